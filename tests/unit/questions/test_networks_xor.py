"""XOR, probes and information: batch training, separability and arithmetic by other routes; verdicts follow tables."""

import numpy as np
import pytest
from scipy.optimize import linprog
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.networks import _xor
from experiments.networks._rungs import ladder, printed_circuit, yes_over_no
from experiments.networks.information_by_depth import mutual_information
from neurosim import activations, training
from neurosim.lab import ask
from neurosim.params import ParameterError


def separable_by_linear_programming(states):
    """Whether some w, b have w h + b >= 1 for the ones and <= -1 for the zeros: feasible exactly if separable."""
    sides = np.array([-1.0, 1.0, 1.0, -1.0])
    rows = -sides[:, None] * np.column_stack([states.T, np.ones(4)])
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(4), bounds=(None, None))
    return found.status == 0


@pytest.mark.parametrize("units", [2, 3, 5])
def test_segments_decide_separability_like_linear_programming(units):
    rng = np.random.default_rng(units)
    states = rng.standard_normal((units, 4, 60))
    if units == 2:  # rectified states often have equal points and parallel segments
        states[..., ::2] = np.maximum(0.0, np.round(states[..., ::2]))
    found = _xor.line_separates(states)
    assert found.any()
    assert units > 2 or not found.all()
    assert found.tolist() == [separable_by_linear_programming(states[..., k]) for k in range(60)]


def test_the_distance_of_segments_is_that_of_a_fine_grid():
    rng = np.random.default_rng(0)
    a, b, c, d = rng.standard_normal((4, 3, 20))
    s = np.linspace(0.0, 1.0, 201)
    on_first = a[..., None] + s * (b - a)[..., None]
    on_second = c[..., None] + s * (d - c)[..., None]
    grid = np.sqrt(((on_first[..., :, None] - on_second[..., None, :]) ** 2).sum(axis=0)).min(axis=(1, 2))
    found = _xor.segments_apart(a, b, c, d)
    # The grid cannot find less than the minimum, and is off by at most half a step along both segments.
    longest = np.sqrt(((b - a) ** 2).sum(axis=0)) + np.sqrt(((d - c) ** 2).sum(axis=0))
    assert np.all(found <= grid + 1e-12)
    assert np.all(grid - found <= 0.5 * longest / 200)


def test_batched_networks_learn_like_the_training_module(monkeypatch):
    monkeypatch.setattr(_xor, "STEPS", 30)
    batch = _xor.train_batch(activations.Tanh(), 2, True, 3, np.random.default_rng(7))
    rng = np.random.default_rng(7)
    first, second = rng.standard_normal((2, 2, 1, 3)), rng.standard_normal((2, 1, 3))
    for k in range(3):
        circuit, cells = training.layered((2, 2, 1), activations.Tanh())
        circuit = circuit.with_weights(to_hidden1=first[:, :, 0, k].T, to_output=second[:, :, k].T)
        # The squared error there is 1/2 sum, here the mean of squares: half the rate.
        run = training.train(
            circuit, cells, _xor.PATTERNS, _xor.TARGETS[:, None], loss=training.SquaredError(), epochs=30, batch=4,
            optimiser=training.SGD(learning_rate=2 * _xor.LEARNING_RATE, momentum=0.0), progress=False,
        )  # fmt: skip
        network = training.Network(run.circuit, run.cells)
        output = network.forward({"input": _xor.PATTERNS}).activity["output"][:, 0]
        # The order of patterns differs between batches, so sums are rounded differently.
        assert np.abs(output - _xor.TARGETS - batch.error[:, k]).max() < 1e-12


def test_the_quadratic_read_out_descends_its_own_error(monkeypatch):
    errors = []
    for steps in (0, 100, 1000):
        monkeypatch.setattr(_xor, "STEPS", steps)
        batch = _xor.train_batch(activations.Tanh(), 2, True, 10, np.random.default_rng(1), quadratic=True)
        errors.append((batch.error**2).mean(axis=0))
    assert np.all(errors[1] < errors[0])
    assert np.all(errors[2] < errors[1])


def test_mutual_information_is_that_of_scikit_learn():
    from sklearn.metrics import mutual_info_score

    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 5, 200), rng.integers(0, 3, 200)
    assert mutual_information(a, b) == pytest.approx(mutual_info_score(a, b) / np.log(2), abs=1e-12)
    assert mutual_information(a, a) == pytest.approx(-sum(p * np.log2(p) for p in np.bincount(a) / 200))


def test_the_printed_network_has_the_outputs_computed_by_hand():
    t = replicates("networks/xor_printed", seeds=1)
    rows = t.printed
    by_hand = [
        sum(v * max(0.0, a * x + b * y) for v, (a, b) in zip(_xor.SECOND[0].tolist(), _xor.FIRST.tolist(), strict=True))
        for x, y in _xor.PATTERNS.tolist()
    ]
    # A few roundings of numbers near 1; the second reference is written with six decimals.
    assert np.abs(rows.package - by_hand).max() <= 1e-14
    assert np.abs(rows.package - [0.0, 1.000050, 0.999999, 0.0]).max() <= 1e-6
    coefficients = t.coefficients.set_index("reading")
    for reading, expected in (("printed", (-0.001622, -0.000036)), ("transposed", (-0.127352, 0.111501))):
        assert np.abs(coefficients.loc[reading, ["x", "y"]].to_numpy(float) - expected).max() <= 1e-6


def test_least_squares_on_xor_has_the_solutions_found_by_hand():
    rows = replicates("networks/linear_layers", seeds=1).regression
    for intercept, values, mse in ((1, (0.5,) * 4, 0.25), (0, (0.0, 1 / 3, 1 / 3, 2 / 3), 1 / 3)):
        found = rows[rows.intercept == intercept]
        # Normal equations solved by hand; rounding.
        assert np.abs(found.prediction - np.array(values)).max() <= 1e-12
        assert np.abs(found.mse - mse).max() <= 1e-12


def test_trained_linear_networks_end_where_least_squares_does():
    rows = replicates("networks/linear_layers", seeds=1).linear.set_index("bias")
    # 3,000 steps at rate 0.1 bring the slowest direction of all but few starts to rounding.
    assert rows.median_mse[0] == pytest.approx(1 / 3, abs=1e-6)
    assert rows.median_mse[1] == pytest.approx(0.25, abs=1e-6)


def test_a_linear_read_out_that_solves_xor_is_such_a_line():
    rows = replicates("networks/xor_starts", seeds=1).success
    assert rows.separable_solved.min() == 1.0  # the test by segments does not know the read-out


def test_the_artificial_rung_is_the_network_scaled():
    t = replicates("networks/xor_printed", seeds=1)
    rows = t.rungs[t.rungs.rung == "artificial"]
    _, ideal = printed_circuit(ask(QUESTIONS["networks/xor_printed"]).settings())
    relu = ladder()["artificial"].activation
    assert ideal.max() == pytest.approx(relu.gain * (3.0 - relu.threshold))
    assert np.abs(rows.output.to_numpy() - ideal).max() <= 1e-9  # Hz; the fitted ReLU stretches and shifts
    agreement = replicates("networks/probes_by_depth", seeds=1).agreement
    assert agreement.artificial.max() <= 1e-9
    # After 25 time constants 1e-6 of a rate is left, which the vertical onset of the curve turns into some Hz for a few
    # units.
    assert agreement.rate.max() <= 0.25


def test_silence_counts_as_one_spike():
    assert yes_over_no(np.array([0.0, 40.0, 60.0, 0.0]), 0.25) == 10.0
    assert yes_over_no(np.array([0.0, 40.0, 60.0, 8.0]), 0.25) == 5.0


def test_noise_begins_with_none():
    with pytest.raises(ParameterError, match=r"begin with 0"):
        ask(QUESTIONS["networks/xor_printed"]).settings(noises=(0.1, 0.2))


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("xor_printed", None, "rungs", "holds"),
        ("xor_printed", ("answers", "ratio", 2.9, "rung == 'spiking'"), "rungs", "fails"),
        ("xor_starts", None, "starts", "holds"),
        ("xor_starts", ("success", "solved", 0.9, "activation == 'ReLU'"), "starts", "fails"),
        ("information_by_depth", None, "linear", "holds"),
        ("information_by_depth", ("information", "probe_error", 0.5, None), "linear", "fails"),
        ("probes_by_depth", None, "rungs", "holds"),
        ("probes_by_depth", ("probes", "test_error", 0.5, "rung == 'spiking' and layer == 3"), "rungs", "fails"),
    ],
)
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"networks/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict
