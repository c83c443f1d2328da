"""Hebb and Oja against closed forms, on every rung; the contract of rules; circuits that carry one."""

from dataclasses import dataclass

import brian2
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from neurosim import (
    LIF,
    Circuit,
    LeakyRate,
    Population,
    Projection,
    ReLU,
    Schedule,
    Stimulus,
    Unit,
    cells,
    plasticity,
    simulate,
)
from neurosim.params import DimensionError, ParameterError, param
from neurosim.plasticity import BCM, Hebb, Oja, RateRule, Rule, SpikeRule

C = np.array([[2.0, 1.0], [1.0, 2.0]])
E1 = np.array([1.0, 1.0]) / np.sqrt(2.0)
# Rows of mean 0 whose second moment is C to the last bits: +-sqrt(2) times the columns of a square root of C.
ENSEMBLE = np.sqrt(2.0) * np.vstack([np.linalg.cholesky(C).T, -np.linalg.cholesky(C).T])


def behind_a_linear_unit(rule, w, x):
    """Change of the weights of units whose activity is w x."""
    return rule.dw(w, x, x @ w.T)


def degrees_from_e1(w):
    return np.degrees(np.arccos(np.clip(w @ E1 / np.linalg.norm(w), -1.0, 1.0)))


def test_the_ensemble_has_exactly_that_covariance():
    np.testing.assert_allclose(ENSEMBLE.T @ ENSEMBLE / len(ENSEMBLE), C, rtol=1e-15)
    np.testing.assert_allclose(ENSEMBLE.mean(axis=0), 0.0, atol=1e-15)


def test_hebb_grows_as_the_exponential_of_the_largest_eigenvalue():
    learning_rate, presentations = 1e-3, 2000
    w = np.array([[1.0, -0.5], [0.2, 0.0]])
    start = w.copy()
    for _ in range(presentations):
        w = w + behind_a_linear_unit(Hebb(learning_rate=learning_rate), w, ENSEMBLE)
    exponent = np.log((w @ E1) / (start @ E1)) / presentations
    # lambda1 = 3; presentations of finite size lag behind the exponential by learning_rate lambda1 / 2 = 0.15 %.
    np.testing.assert_allclose(exponent, learning_rate * 3.0, rtol=2e-3)
    # The same lag, 0.15 % of an exponent of 6, in the weights themselves.
    np.testing.assert_allclose(w, start @ expm(learning_rate * presentations * C), rtol=0.01)


def test_hebb_is_the_mean_product():
    pre, post = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]), np.array([[10.0, 0.0], [20.0, 4.0]])
    # By hand: (10*[1 2 3] + 20*[0 1 0])/2 and (0*[1 2 3] + 4*[0 1 0])/2, times 0.1.
    expected = [[0.5, 2.0, 1.5], [0.0, 0.2, 0.0]]
    np.testing.assert_allclose(Hebb(learning_rate=0.1).dw(np.ones((2, 3)), pre, post), expected, rtol=1e-15)


def test_oja_turns_to_the_first_component_as_the_averaged_equation_says():
    rule = Oja(learning_rate=0.5)

    def slope(_, w):
        return behind_a_linear_unit(rule, w[np.newaxis], ENSEMBLE)[0] / rule.learning_rate

    angle = np.radians(45.0 + 80.0)
    times = [0.5, 1.0, 2.0, 4.0]
    path = solve_ivp(slope, (0.0, 4.0), [np.cos(angle), np.sin(angle)], t_eval=times, rtol=1e-11, atol=1e-13)
    found = [degrees_from_e1(w) for w in path.y.T]
    # tan(angle) = tan(80 deg) exp(-2 learning_rate t); the digits given end at 5e-5 degrees.
    np.testing.assert_allclose(found, [64.3913, 37.5071, 5.9302, 0.1090], atol=1e-4)
    closed = np.degrees(np.arctan(np.tan(np.radians(80.0)) * np.exp(-2.0 * np.array(times))))
    np.testing.assert_allclose(found, closed, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("side", [+1, -1])
def test_oja_ends_at_plus_or_minus_the_first_component_with_length_one(seed, side):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((200, 5)) * np.array([2.0, 1.2, 1.0, 0.8, 0.5]) @ np.linalg.qr(rng.normal(size=(5, 5)))[0]
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    w = np.vstack([vectors[:, -1], -vectors[:, -1]]) * 0.1 + rng.normal(0.0, 0.3, (2, 5))
    w *= side
    start = np.sign(w @ vectors[:, -1])
    for _ in range(2000):
        w = w + behind_a_linear_unit(Oja(learning_rate=0.02), w, x)
    # The gap lambda1 - lambda2 is above 1.5 here, so exp(-0.02 * 1.5 * 2000) of the other directions is left: nothing.
    assert values[-1] - values[-2] > 1.5
    np.testing.assert_allclose(w, start[:, np.newaxis] * vectors[:, -1], atol=1e-9)


def test_oja_finds_the_component_from_single_noisy_presentations():
    rng = np.random.default_rng(3)
    rule = Oja(learning_rate=1e-3)
    w = np.array([[np.cos(np.radians(125.0)), np.sin(np.radians(125.0))]])
    late = []
    for step, x in enumerate(rng.standard_normal((12000, 2)) @ np.linalg.cholesky(C).T):
        w = w + behind_a_linear_unit(rule, w, x)
        if step >= 4000:
            late.append(w[0])
    # Single steps jitter by sqrt(rate lambda1 lambda2 / (2 (lambda1 - lambda2))) = 0.03 rad; the mean of 8000 steps, 16
    # correlation times, by 0.01 rad: |cos| > 0.999 (0.045 rad) leaves room for four of those.
    mean = np.mean(late, axis=0)
    assert abs(mean @ E1) / np.linalg.norm(mean) > 0.999
    assert np.mean(np.linalg.norm(late, axis=1)) == pytest.approx(1.0, abs=0.02)


PRE = np.array([[21.0, 42.0, 31.0], [59.0, 11.0, 53.0]])
WEIGHTS = np.array([[0.10, 0.0, 0.05], [0.0, 0.15, 0.05]])


@pytest.fixture(scope="module")
def activity():
    """Activity behind the same weights on every rung; a perfect integrator fires at drive/tau_m, as this ReLU does."""
    circuit = Circuit({"x": 3}, [Population("y", 2)], [Projection("ff", "x", "y", WEIGHTS, tau=0.0)])
    relu = ReLU(gain=50.0)
    rungs = (Unit(activation=relu), LeakyRate(activation=relu), cells.PerfectIF())
    runs = [simulate(circuit, cell, Stimulus({"x": PRE}), Schedule(duration=1.03, settle=0.2)) for cell in rungs]
    return {run.level: run.rates["y"] for run in runs}


@pytest.mark.parametrize("rule", [Hebb(learning_rate=0.1, reference=50.0), Oja(learning_rate=0.1, reference=50.0)])
def test_the_same_function_learns_from_static_rate_and_spiking_cells(rule, activity):
    assert set(activity) == rule.rungs
    change = {level: rule.dw(WEIGHTS, PRE, post) for level, post in activity.items()}
    expected = rule.dw(WEIGHTS, PRE, 50.0 * PRE @ WEIGHTS.T)
    size = np.abs(expected).max()
    np.testing.assert_allclose(change["static"], expected, rtol=0, atol=1e-12 * size)
    # exp(-0.2/0.01) of the onset is left after settling, and the solver promises 1e-6.
    np.testing.assert_allclose(change["rate"], expected, rtol=0, atol=1e-5 * size)
    # A count in 0.83 s is off by one spike at most: 1.2 Hz of the 175 Hz and more of these cells, and Oja squares it.
    np.testing.assert_allclose(change["spiking"], expected, rtol=0, atol=2 * 1.2 / 175.0 * size)
    # These were counts, not rates: none of the rates is a whole number of spikes in 0.83 s.
    assert (change["spiking"] != change["static"]).any()


def test_what_is_frozen_does_not_change():
    weights = np.array([[0.3, 0.7]])
    circuit = Circuit(
        {"x": 2}, [Population("y", 1)], [Projection("ff", "x", "y", weights, rule=Hebb(learning_rate=0.5))]
    )
    stimulus = Stimulus({"x": [[3.0, 5.0]]})
    run = simulate(circuit.frozen(), Unit(), stimulus)
    np.testing.assert_array_equal(run.weights["ff"], weights)
    assert run.rates["y"] > 0
    for rule in (Hebb(learning_rate=0.0), Oja(learning_rate=0.0)):
        assert not rule.dw(weights, [3.0, 5.0], run.rates["y"]).any()
    # No engine learns, and none pretends to.
    for cell in (Unit(), LeakyRate(), LIF()):
        with pytest.raises(ParameterError, match="the circuit learns"):
            simulate(circuit, cell, stimulus)


@pytest.mark.parametrize(
    ("w", "pre", "post", "message"),
    [
        (np.ones(3), np.ones(3), np.ones(1), r"Hebb: w: got shape \(3,\), expected \(post, pre\)"),
        (np.ones((2, 3)), np.ones(4), np.ones(2), r"Hebb: pre: got shape \(4,\), expected \(trials, 3\) or \(3,\)"),
        (np.ones((2, 3)), np.ones(3), np.ones((5, 3)), r"Hebb: post: got shape \(5, 3\), expected \(trials, 2\)"),
        (np.ones((2, 3)), np.ones((4, 3)), np.ones((5, 2)), "got 4 trials of pre and 5 of post, expected as many"),
        (np.ones((2, 3)), np.ones((0, 3)), np.ones((0, 2)), r"pre: got shape \(0, 3\), expected \(trials, 3\)"),
        (np.ones((2, 3)), [1.0, np.nan, 2.0], np.ones(2), r"pre\[1\]: got nan, expected finite numbers"),
        (np.ones((2, 3)), np.ones(3), np.full((1, 2), np.inf), r"post\[0, 0\]: got inf, expected finite numbers"),
        (np.full((2, 3), np.nan), np.ones(3), np.ones(2), r"w\[0, 0\]: got nan, expected finite numbers"),
        (np.ones((2, 3)), ["a", "b", "c"], np.ones(2), "pre: got text, expected real numbers"),
    ],
)
def test_bad_activity_is_refused_in_one_sentence(w, pre, post, message):
    for call in (Hebb().dw, Hebb().next_state):
        with pytest.raises((ParameterError, DimensionError), match=message):
            call(w, pre, post)


def test_sizes_and_states_that_are_none_are_refused():
    for size in (0, 1.5, True, "2", None):
        with pytest.raises((ParameterError, DimensionError), match=r"initial_state: n_post: got .*, expected a whole"):
            BCM().initial_state(size, 2)
    with pytest.raises(DimensionError, match=r"Hebb: state: got 3, expected a mapping"):
        Hebb().dw(np.ones((2, 3)), np.ones(3), np.ones(2), state=3)


def test_quantities_are_taken_and_checked():
    w = np.array([[0.1, 0.2]])
    plain = Hebb().dw(w, [10.0, 20.0], [5.0])
    with_units = Hebb().dw(w * brian2.second, [10, 20] * brian2.Hz, [5] * brian2.Hz)
    np.testing.assert_array_equal(with_units, plain)
    with pytest.raises(DimensionError, match=r"Hebb: pre: .*expected a quantity in Hz"):
        Hebb().dw(w, [10, 20] * brian2.mV, [5.0])


@dataclass(frozen=True, kw_only=True)
class Sliding(RateRule):
    """A rule with a memory: the mean of y."""

    memory: float = param(0.5, doc="weight of the newest presentation", low=0, high=1)

    def initial_state(self, n_post, n_pre):
        return {"mean": np.zeros(n_post)}

    def change(self, u, x, y, state):
        return (y - state["mean"]).T @ x / len(x)

    def advance(self, u, x, y, state):
        return {"mean": (1 - self.memory) * state["mean"] + self.memory * y.mean(axis=0)}


def test_a_rule_with_memory_hands_its_state_on():
    rule = Sliding(reference=10.0)
    w, pre, post = np.ones((2, 3)), np.full(3, 10.0), np.array([20.0, 40.0])
    state = rule.initial_state(2, 3)
    first, state = rule.dw(w, pre, post, state), rule.next_state(w, pre, post, state)
    second = rule.dw(w, pre, post, state)
    # By hand, in units of 10 Hz: y = (2, 4), x = 1; the mean is 0, then y/2; weights are per 10 Hz.
    np.testing.assert_allclose(first, [[0.2] * 3, [0.4] * 3], rtol=1e-15)
    np.testing.assert_allclose(second, first / 2, rtol=1e-15)


@pytest.mark.parametrize(
    ("rule", "state", "message"),
    [
        (Sliding(), None, r"Sliding: state: got nothing, expected 'mean': start with initial_state\(2, 3\)"),
        (Sliding(), {"mean": np.zeros(3)}, r"state\['mean'\]: got shape \(3,\), expected \(2,\) for weights \(2, 3\)"),
        (Sliding(), {"mean": np.array([0.0, np.nan])}, r"state\['mean'\]\[1\]: got nan, expected finite numbers"),
        (Hebb(), {"mean": np.zeros(2)}, "Hebb: state: got 'mean', expected nothing"),
    ],
)
def test_the_state_of_another_rule_is_refused(rule, state, message):
    with pytest.raises(ParameterError, match=message):
        rule.dw(np.ones((2, 3)), np.ones(3), np.ones(2), state)


def after(rule, side, w, **traces):
    """The weight after one spike, from the rule's own text (its statements are Python as well)."""
    names = {"w": w, "clip": lambda x, low, high: min(max(x, low), high), **traces}
    names |= {name: getattr(rule, name) for name in rule.info()}
    exec(getattr(rule, side), {}, names)
    return names["w"]


def test_a_pair_changes_the_weight_by_its_amount():
    rule = plasticity.STDP(A_plus=0.1, A_minus=0.2, w_max=0.5)
    assert after(rule, "on_post", 0.3, x1=np.exp(-0.5)) == pytest.approx(0.3 + 0.5 * 0.1 * np.exp(-0.5), rel=1e-15)
    assert after(rule, "on_pre", 0.3, y1=0.25) == pytest.approx(0.3 - 0.5 * 0.2 * 0.25, rel=1e-15)
    assert after(rule, "on_post", 0.49, x1=1.0) == 0.5
    assert after(rule, "on_pre", 0.05, y1=1.0) == 0.0
    soft = rule.replace(dependence="multiplicative")
    assert after(soft, "on_post", 0.3, x1=0.5) == pytest.approx(0.3 + 0.2 * 0.1 * 0.5, rel=1e-15)
    assert after(soft, "on_pre", 0.3, y1=0.5) == pytest.approx(0.3 - 0.3 * 0.2 * 0.5, rel=1e-15)


def test_pairs_between_poisson_spikes_drift_as_the_source_says():
    rule = plasticity.STDP(A_plus=0.005, A_minus=0.00525, w_max=1.0)
    # 10 Hz on either side, amplitudes .005 and 1.05 times that, 20 ms: -5e-4 of the largest weight per second.
    assert rule.drift(10.0, 10.0) == pytest.approx(-5.0e-4, rel=1e-12)
    with pytest.raises(ParameterError, match="got pairing 'nearest' and dependence 'additive', expected 'all'"):
        rule.replace(pairing="nearest").drift(1.0, 1.0)


def test_triplets_change_by_both_traces_and_turn_at_the_published_rate():
    rule = plasticity.TripletSTDP(A2_plus=0.1, A3_plus=0.2, A2_minus=0.3, A3_minus=0.4, w_max=2.0)
    assert after(rule, "on_post", 1.0, x1=0.5, y2=0.25) == pytest.approx(1.0 + 2.0 * 0.5 * (0.1 + 0.2 * 0.25))
    assert after(rule, "on_pre", 1.0, y1=0.5, x2=0.25) == pytest.approx(1.0 - 2.0 * 0.5 * (0.3 + 0.4 * 0.25))
    # The minimal model of the visual cortex: 19.2203 Hz.
    assert plasticity.TripletSTDP().threshold() == pytest.approx(19.2203, abs=5e-5)


def test_inhibition_and_gated_rules_change_by_their_equations():
    inhibition = plasticity.InhibitorySTDP(learning_rate=0.1, tau=20e-3, target=5.0, w_max=1.0)
    assert after(inhibition, "on_pre", 0.5, y1=0.0) == pytest.approx(0.5 - 0.1 * 0.2)
    assert after(inhibition, "on_pre", 0.5, y1=0.7) == pytest.approx(0.5 + 0.1 * (0.7 - 0.2))
    assert after(inhibition, "on_post", 0.5, x1=0.7) == pytest.approx(0.5 + 0.07)
    gated = plasticity.GatedSTDP(learning_rate=0.1, offset=0.2, w_max=1.0)
    assert gated.on_pre == ""
    assert after(gated, "on_post", 0.6, x1=1.0) == pytest.approx(0.6 + 0.1 * 0.8 * 0.4)
    assert after(gated, "on_post", 0.6, x1=0.0) == pytest.approx(0.6 - 0.1 * 0.2 * 0.6)


def test_a_rule_is_abstract_until_it_says_what_changes():
    for base in (Rule, RateRule, SpikeRule):
        with pytest.raises(TypeError, match="abstract"):
            base()


@pytest.mark.parametrize(
    "rule", [Hebb(learning_rate=0.2), Oja(learning_rate=0.05, reference=40.0), plasticity.STDP(pairing="nearest")]
)
def test_a_circuit_keeps_its_rules_in_a_file(tmp_path, rule):
    circuit = Circuit({"x": 2}, [Population("y", 3)], [Projection("ff", "x", "y", np.ones((3, 2)), rule=rule)])
    again = Circuit.load(circuit.save(tmp_path / "plastic"))
    assert again == circuit
    assert again.plastic
    assert again.projection("ff").rule == rule
    assert again != circuit.frozen()
    assert f"learns by {type(rule).__name__}" in repr(again)


@pytest.mark.parametrize("rule", ["Oja", Oja, ReLU(), 0.1])
def test_a_projection_takes_a_rule_or_none(rule):
    with pytest.raises(ParameterError, match=r"Projection 'ff': got the rule .*, expected one of neurosim\.plasticity"):
        Projection("ff", "x", "y", np.ones((3, 2)), rule=rule)
