"""Questions of competing units and of attention: theory by other routes, verdicts that follow the tables."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats
from small_questions import QUESTIONS, replicates, small_run
from tampering import falsified, verdict_of

import neurosim as ns
from experiments.inhibition._attention import Task, batch, gradient, law, mechanisms, posterior, weights
from experiments.inhibition._competition import INPUTS, STEADY, Competition, Loops, ratios, scene, switch, winners
from neurosim.activations import DivisiveNormalisation, Softmax, Sparsemax
from neurosim.engines.rate import Rate
from neurosim.lab import ask
from neurosim.metrics import participation_ratio
from neurosim.params import ParameterError


def closed_form(x, w):
    """Steady state of r_i = [x_i - w sum_{j != i} r_j]+ that a silent start leads to; x falls with the index.

    With the k strongest active S = sum x / (1 + (k - 1) w) and r = (x - w S)/(1 - w); from w = 1 on one unit wins.
    """
    if w >= 1:
        return np.where(np.arange(len(x)) == 0, x, 0.0)
    for k in range(len(x), 0, -1):
        total = x[:k].sum() / (1 + (k - 1) * w)
        if x[k - 1] > w * total:
            return np.where(np.arange(len(x)) < k, (x - w * total) / (1 - w), 0.0)
    return np.zeros_like(x)


def test_the_closed_form_is_a_steady_state_and_loses_winners_where_the_boundaries_are():
    rng = np.random.default_rng(1)
    for w in (0.0, 0.07, 0.3, 0.62, 0.95, 1.0, 1.7):
        x = np.sort(rng.uniform(0.1, 1.0, 7))[::-1]
        r = closed_form(x, w)
        # Put into the equation that it solves; rounding is amplified by 1/(1 - w) = 20 at most.
        np.testing.assert_allclose(r, np.maximum(x - w * (r.sum() - r), 0.0), atol=1e-13)
    # x_k = w S of the k - 1 stronger ones, by hand: 1/11, 1/4, 1/2, 4/5.
    for active, w in ((5, 1 / 11), (4, 1 / 4), (3, 1 / 2), (2, 4 / 5)):
        assert (closed_form(np.array(INPUTS), w - 1e-6) > 0).sum() == active
        assert (closed_form(np.array(INPUTS), w + 1e-6) > 0).sum() == active - 1


def test_static_units_have_as_many_winners_as_the_closed_form():
    neurons = scene(Competition())
    for w in (0.0, 0.05, 0.15, 0.2, 0.35, 0.55, 0.7, 0.95, 1.1, 1.5, 2.2):
        found = neurons.run("artificial", np.array([INPUTS]), w, tau=5e-3)
        expected = closed_form(np.array(INPUTS), w)[None]
        np.testing.assert_allclose(found, expected, atol=1e-7)
        assert winners(found) == winners(expected)


def test_as_many_stable_states_as_units_near_the_strongest():
    neurons, stimulus = scene(Competition()), ns.Stimulus({"inputs": np.array([INPUTS])})
    # By hand: below w = 1 one, at 1.1 only the strongest, at 1.6 the two above 1/1.6 = 0.625.
    for w, states in ((0.2, 1), (0.6, 1), (1.1, 1), (1.6, 2)):
        circuit = neurons.circuit(w, 5e-3, np.eye(len(INPUTS)))
        found = ns.fixed_points(circuit, neurons.cells["artificial"], stimulus, starts=200, seed=0)[0]
        assert len(found.stable) == states, w


@pytest.mark.parametrize(("rung", "w"), [("artificial", 0.9), ("relu_rate", 0.5)])
def test_units_that_inhibit_each_other_are_sparsemax(rung, w):
    x = np.random.default_rng(3).standard_normal((20, 16))
    found = scene(Competition()).run(rung, x, w, tau=5e-3)
    total = found.sum(axis=1, keepdims=True)
    # The solver's 1e-10 of a rate of 100 Hz grows by 1/(1 - w) = 10 at most.
    np.testing.assert_allclose(found, total * Sparsemax()(x / ((1 - w) * total)), atol=1e-6)


def test_rate_units_with_divisive_normalisation_settle_at_the_formula():
    units = ns.Population("units", len(INPUTS))
    feed = ns.Projection("feed", "inputs", "units", np.eye(len(INPUTS)), sign=None, tau=0.0)
    cell = ns.LeakyRate(tau=20e-3, activation=DivisiveNormalisation(exponent=1.0))
    factors = np.array([0.5, 1.0, 16.0])[:, None]
    x = factors * np.array(INPUTS)
    circuit = ns.Circuit({"inputs": len(INPUTS)}, [units], [feed])
    precise = Rate(rtol=1e-9, atol=1e-9, samples=3)
    run = ns.simulate(circuit, cell, ns.Stimulus({"inputs": x}), STEADY, engine=precise, progress=False)
    # exp(-5 s / 20 ms) is left of the start; inputs that grow 32-fold raise the total from 0.6 to 0.98 only.
    np.testing.assert_allclose(run.rates["units"], x / (1 + 3 * factors), atol=1e-6)
    # Uniform subtraction of ReLU units is homogeneous: the total grows 32-fold with the inputs.
    total = scene(Competition()).run("artificial", x, 0.5).sum(axis=1)
    assert total[2] / total[0] == pytest.approx(32.0, rel=1e-7)


def test_attention_looks_at_as_many_positions_as_reckoned_elsewhere():
    scores, kinds = np.random.default_rng(8).standard_normal((4000, 64)), mechanisms(4)
    # Fractions of 64 positions from another program's 4,000 vectors: 3 % for three digits, 5 % for two.
    for spread, effective, support in ((1, 0.434, 0.051), (2, 0.136, 0.034), (4, 0.0468, 0.025), (8, 0.0262, 0.020)):
        found = participation_ratio(kinds["softmax"](spread * scores)).mean() / 64
        assert found == pytest.approx(effective, rel=0.03)
        assert (kinds["sparsemax"](spread * scores) > 0).mean() == pytest.approx(support, rel=0.05)
    # A normal score is positive with probability 1/2; four standard errors of 256,000 scores.
    assert (kinds["ReLU attention"](scores) > 0).mean() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(scores.size))
    assert ((kinds["top-k"](scores) > 0).sum(axis=1) == 4).all()


def test_a_softmax_weight_is_0_only_by_underflow():
    # Half of the smallest number, 2^-1075, rounds to 0: at a distance of 1075 ln 2 = 745.13 from the highest score.
    assert Softmax()(np.array([0.0, -745.1]))[1] > 0
    assert Softmax()(np.array([0.0, -745.2]))[1] == 0


def test_the_law_of_many_positions_to_first_order():
    n, s = 64, 0.4
    p = np.exp(s * np.random.default_rng(2).standard_normal((40_000, n)))
    fraction = p.sum(axis=1) ** 2 / (p**2).sum(axis=1) / n
    error = fraction.std() / np.sqrt(len(fraction))
    # Four standard errors and the second order, about (e^(4 s^2)/n)^2.
    assert fraction.mean() == pytest.approx(law(s, n), abs=4 * error + (np.exp(4 * s**2) / n) ** 2)


def test_a_switch_is_found_between_two_inputs():
    p = Loops()
    up = ratios(p)
    k = int(np.searchsorted(up, 1.4))
    rival = np.where(np.arange(len(up)) >= k, 1.0, 0.0)
    loop = np.concatenate([np.stack([1 - rival, rival], axis=1), np.stack([rival, 1 - rival], axis=1)])
    for direction in ("up", "down"):
        assert switch(p, loop, direction) == pytest.approx(math.sqrt(up[k - 1] * up[k]), rel=1e-12)
    assert math.isnan(switch(p, np.tile([1.0, 0.0], (2 * len(up), 1)), "up"))


def test_without_contrast_every_neuron_wins_equally_often():
    table = small_run("inhibition/winners").tables["choice"]
    # Four standard errors of a binomial fraction of 40 trials.
    assert (table[table.contrast == 0].correct - 0.2).abs().max() < 4 * math.sqrt(0.2 * 0.8 / 40)


def test_competing_units_solve_exclusive_or_without_noise():
    table = small_run("inhibition/exclusive_or").tables["answers"].query("rung != 'spiking' and strength > 0")
    assert len(table) == 12
    assert (table.answer == table.expected).all()
    assert (table.winners == 1).all()


@pytest.mark.parametrize(
    ("question", "changes", "words"),
    [
        ("winners", {"contrasts": (0.0, 0.1)}, r"expected 0 and 0\.2"),
        ("winners", {"strengths": (0.0, 1.0)}, r"one of at least 1\.5"),
        ("winners", {"strengths": (0.5, 2.0)}, "expected 0 and"),
        ("attention_as_filter", {"spreads": (1.0, 2.0)}, "expected 1 and 4"),
        ("hysteresis", {"hard": 0.9}, "hard"),
    ],
)
def test_parameters_that_the_findings_could_not_do_with(question, changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS[f"inhibition/{question}"]).settings(**changes)


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("attention_as_filter", None, "A1-30", "definition"),
        ("attention_as_filter", ("attention", "effective", 0.4, "positions == 4096 and spread == 1"), "law", "fails"),
        ("winners", None, "strongest_wins", "holds"),
        ("winners", ("choice", "correct", 0.85, "contrast == 0.2"), "strongest_wins", "fails"),
        ("winners", None, "slow_is_better", "holds"),
        ("winners", ("choice", "correct", 1.0), "slow_is_better", "fails"),
        ("winners", ("choice", "winners", 1.2), "one_winner", "fails"),
        ("hysteresis", None, "keeps_winning", "holds"),
        ("hysteresis", ("switch", "ratio", 1.0), "keeps_winning", "fails"),
        ("hysteresis", None, "tries_early", "holds"),
        ("hysteresis", ("switch", "ratio", 1.6), "tries_early", "fails"),
        ("exclusive_or", None, "solved", "holds"),
        ("exclusive_or", ("answers", "answer", 1.0, "a == 1 and b == 1"), "solved", "fails"),
        ("exclusive_or", ("answers", "answer", 0.5), "solved", "fails"),
        ("exclusive_or", None, "one_active", "holds"),
        ("exclusive_or", ("answers", "winners", 2.0), "one_active", "fails"),
        ("exclusive_or", None, "without", "holds"),
        ("exclusive_or", ("answers", "winners", 1.0), "without", "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"inhibition/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict


@pytest.mark.parametrize("relevant", [1, 2, 3])
def test_the_ideal_observer_of_keys_counts_every_choice_of_the_relevant_ones(relevant):
    # By Bayes over all sets of so many keys, with SciPy's normal density.
    task = Task(keys=5, relevant=relevant, kinds=3, noise=1.5)
    rng = np.random.default_rng(relevant)
    kinds = rng.standard_normal((3, 16))
    queries, keys, *_ = batch(task, kinds, 4, rng)
    found = posterior(task, kinds, queries, keys)
    for query, shown, weight in zip(queries, keys, found, strict=True):
        density = np.array([stats.norm.pdf(shown, kind, 1.5).prod(axis=1) for kind in kinds])
        asked = np.array([np.array_equal(kind, query) for kind in kinds])
        own, other = density[asked][0], density[~asked].mean(axis=0)
        chance, total = np.zeros(5), 0.0
        for some in itertools.combinations(range(5), relevant):
            inside = np.isin(np.arange(5), some)
            likelihood = np.where(inside, own, other).prod()
            chance, total = chance + likelihood * inside, total + likelihood
        np.testing.assert_allclose(weight, chance / total / relevant, rtol=1e-9)  # sums of few terms


def test_the_ideal_observer_of_an_answer_about_all_keys_weighs_them_alike():
    task = Task(keys=8, relevant=2, kinds=3, all_count=True)
    kinds = np.eye(3, 16)
    queries, keys, *_ = batch(task, kinds, 4, np.random.default_rng(0))
    assert np.array_equal(posterior(task, kinds, queries, keys), np.full((4, 8), 0.125))


def test_attention_learns_along_the_slope_of_its_error():
    rng = np.random.default_rng(3)
    task, matrix = Task(keys=8, relevant=2, kinds=4, noise=0.5), rng.standard_normal((16, 16)) / 4
    queries, keys, values, answers = batch(task, rng.standard_normal((4, 16)), 5, rng)

    def error(at):
        exps = np.array([[math.exp(q @ at @ k / 4) for k in some] for q, some in zip(queries, keys, strict=True)])
        given = np.array([e @ v / e.sum() for e, v in zip(exps, values, strict=True)])
        return 0.5 * ((given - answers) ** 2).sum(axis=1).mean()

    slope = gradient(matrix, queries, keys, values, answers)
    for place in ((0, 0), (3, 7), (15, 2)):
        step = np.zeros((16, 16))
        step[place] = 1e-5
        measured = (error(matrix + step) - error(matrix - step)) / 2e-5
        assert slope[place] == pytest.approx(measured, rel=1e-6, abs=1e-10)
    np.testing.assert_allclose(weights(matrix, queries, keys).sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(answers, values[:, :2].mean(axis=1), rtol=1e-12)
