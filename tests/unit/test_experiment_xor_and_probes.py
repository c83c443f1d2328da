"""xor_and_probes: its batch training, separability and information against other routes; its findings notice errors."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from small_runs import FROZEN
from tampering import changed, claims, failed

from neurosim import activations, training
from neurosim.params import ParameterError


@pytest.fixture(scope="module")
def tables(experiment, module):
    frames = {
        name: pd.read_csv(FROZEN / experiment.name / f"{name}.csv", keep_default_na=name != "engines")
        for name in experiment.columns
        if name != "arrays"
    }
    # Frozen numbers are rounded to seven digits; what is checked to rounding is computed again.
    for name in ("printed", "coefficients", "regression"):
        frames[name] = pd.DataFrame(getattr(module, f"_{name}")())
    return {**frames, "arrays": module._maps()}


def test_the_full_run_has_four_hundred_starts_and_takes_longer_than_the_quick_one(experiment):
    full, quick = experiment.settings(), experiment.settings(quick=True)
    assert full.starts == 400
    assert experiment.estimate(quick)[0] < experiment.estimate(full)[0] < 300
    with pytest.raises(ParameterError, match=r"begin with 0"):
        experiment.settings(noises=(0.1, 0.2))


def separable_by_linear_programming(states):
    """Whether some w, b have w h + b >= 1 for the ones and <= -1 for the zeros: feasible exactly if separable."""
    sides = np.array([-1.0, 1.0, 1.0, -1.0])
    rows = -sides[:, None] * np.column_stack([states.T, np.ones(4)])
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(4), bounds=(None, None))
    return found.status == 0


@pytest.mark.parametrize("units", [2, 3, 5])
def test_segments_decide_separability_like_linear_programming(module, units):
    rng = np.random.default_rng(units)
    states = rng.standard_normal((units, 4, 60))
    if units == 2:  # rectified states often have equal points and parallel segments
        states[..., ::2] = np.maximum(0.0, np.round(states[..., ::2]))
    found = module._separable(states)
    assert found.any()
    assert units > 2 or not found.all()
    assert found.tolist() == [separable_by_linear_programming(states[..., k]) for k in range(60)]


def test_the_distance_of_segments_is_that_of_a_fine_grid(module):
    rng = np.random.default_rng(0)
    a, b, c, d = rng.standard_normal((4, 3, 20))
    s = np.linspace(0.0, 1.0, 201)
    on_first = a[..., None] + s * (b - a)[..., None]
    on_second = c[..., None] + s * (d - c)[..., None]
    grid = np.sqrt(((on_first[..., :, None] - on_second[..., None, :]) ** 2).sum(axis=0)).min(axis=(1, 2))
    found = module.segments_apart(a, b, c, d)
    # The grid cannot find less than the minimum, and is off by at most half a step along both segments.
    longest = np.sqrt(((b - a) ** 2).sum(axis=0)) + np.sqrt(((d - c) ** 2).sum(axis=0))
    assert np.all(found <= grid + 1e-12)
    assert np.all(grid - found <= 0.5 * longest / 200)


def test_batched_networks_learn_like_the_training_module(module, monkeypatch):
    monkeypatch.setattr(module, "STEPS", 30)
    batch = module._train_batch(activations.Tanh(), 2, True, 3, np.random.default_rng(7))
    rng = np.random.default_rng(7)
    first, second = rng.standard_normal((2, 2, 1, 3)), rng.standard_normal((2, 1, 3))
    for k in range(3):
        circuit, cells = training.layered((2, 2, 1), activations.Tanh())
        circuit = circuit.with_weights(to_hidden1=first[:, :, 0, k].T, to_output=second[:, :, k].T)
        # The squared error there is 1/2 sum, here the mean of squares: half the rate.
        run = training.train(
            circuit, cells, module.PATTERNS, module.TARGETS[:, None], loss=training.SquaredError(), epochs=30, batch=4,
            optimiser=training.SGD(learning_rate=2 * module.LEARNING_RATE, momentum=0.0), progress=False,
        )  # fmt: skip
        network = training.Network(run.circuit, run.cells)
        output = network.forward({"input": module.PATTERNS}).activity["output"][:, 0]
        # The order of patterns differs between batches, so sums are rounded differently.
        assert np.abs(output - module.TARGETS - batch.error[:, k]).max() < 1e-12


def test_the_quadratic_read_out_descends_its_own_error(module, monkeypatch):
    errors = []
    for steps in (0, 100, 1000):
        monkeypatch.setattr(module, "STEPS", steps)
        batch = module._train_batch(activations.Tanh(), 2, True, 10, np.random.default_rng(1), quadratic=True)
        errors.append((batch.error**2).mean(axis=0))
    assert np.all(errors[1] < errors[0])
    assert np.all(errors[2] < errors[1])


def test_mutual_information_is_that_of_scikit_learn(module):
    from sklearn.metrics import mutual_info_score

    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 5, 200), rng.integers(0, 3, 200)
    assert module.mutual_information(a, b) == pytest.approx(mutual_info_score(a, b) / np.log(2), abs=1e-12)
    assert module.mutual_information(a, a) == pytest.approx(-sum(p * np.log2(p) for p in np.bincount(a) / 200))


def test_the_frozen_quick_run_holds_and_its_claims_are_judged_as_theory_expects(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    verdicts = claims(findings)
    assert set(verdicts) == set(experiment.claims)
    expected = dict.fromkeys(experiment.claims, "supported")
    expected |= dict.fromkeys(("A3-03", "A3-08", "A3-09", "A4-01", "A4-02"), "partly")
    assert verdicts == expected | {"A3-05": "not supported"}


@pytest.mark.parametrize(
    ("table", "column", "rule", "rows", "noticed"),
    [
        ("printed", "package", lambda c: c + 2e-6, lambda t: t.x == 1, {"printed-outputs", "printed-by-hand"}),
        ("coefficients", "x", lambda c: c + 2e-6, lambda t: t.reading == "printed", {"linear-printed"}),
        ("coefficients", "y", lambda c: c - 2e-6, lambda t: t.reading == "transposed", {"linear-transposed"}),
        ("regression", "mse", lambda c: c + 1e-9, lambda t: t.intercept == 0, {"regression-without"}),
        ("regression", "prediction", lambda c: c + 1e-9, lambda t: t.intercept == 1, {"regression-with"}),
        ("composition", "error", lambda c: c + 2e-12, None, {"composition"}),
        ("success", "solved", lambda c: c + 0.3, lambda t: t.activation == "ReLU", {"solved-starts"}),
        ("success", "separable_solved", lambda c: 0.9 * c, lambda t: t.activation == "ELU", {"solved-is-separable"}),
        ("success", "median_mse", lambda c: c + 1e-5, lambda t: t.activation == "Identity",
         {"linear-trained-bias", "linear-trained-no-bias"}),
        ("rungs", "output", lambda c: c + 35.0, lambda t: (t.rung == "spiking") & (t.target == 0), {"xor-spiking"}),
        ("rungs", "output", lambda c: c + 1e-8, lambda t: t.rung == "artificial", {"xor-scaled"}),
        ("agreement", "rate", lambda c: c + 0.3, None, {"digits-rate"}),
        ("agreement", "artificial", lambda c: c + 1e-8, None, {"digits-scaled"}),
        ("probes", "test_error", lambda c: c + 0.2,
         lambda t: (t.rung == "spiking") & (t.layer == 3) & (t.task == "parity"),
         {"probe-rise-spiking-parity", "probe-last-spiking-parity"}),
    ],
)  # fmt: skip
def test_checks_notice_a_wrong_table(experiment, tables, table, column, rule, rows, noticed):
    assert failed(experiment.findings(changed(tables, table, column, rule, rows))) == noticed


@pytest.mark.parametrize(
    ("table", "column", "rule", "rows", "claim", "verdict"),
    [
        ("information", "about_label", lambda c: c + 0.1, lambda t: t.layer == 2, "A3-07", "not supported"),
        ("threshold_network", "output", lambda c: 0 * c, None, "A4-01", "partly"),
        ("single_layer", "most_correct", lambda c: c + 1, lambda t: t.activation == "Tanh", "A4-01", "partly"),
        ("composition", "superposition", lambda c: c + 1.0, None, "A3-02", "not supported"),
        ("printed", "package", lambda c: c + 0.1, None, "A3-04", "partly"),
        ("success", "separable_solved", lambda c: 0 * c + 1, lambda t: t.readout == "quadratic", "A3-09", "partly"),
        ("success", "solved", lambda c: c + 0.5, lambda t: t.activation == "Identity", "A2-09", "partly"),
    ],
)
def test_verdicts_follow_the_tables(experiment, tables, table, column, rule, rows, claim, verdict):
    wrong = changed(tables, table, column, rule, rows)
    (found,) = [f for f in experiment.findings(wrong) if f.id == claim]
    before = [f for f in experiment.findings(tables) if f.id == claim]
    assert found.verdict == verdict
    assert found != before[0]


def test_the_figure_is_drawn_from_the_tables_alone(experiment, tables):
    fig = experiment.figure(tables)
    labels = [ax.get_xlabel() for ax in fig.axes]
    assert "input (x, y)" in labels
    assert labels.count("layer") >= 3
    assert "LIF, spiking" in [text.get_text() for ax in fig.axes if ax.get_legend() for text in ax.get_legend().texts]
    assert f"{tables['setup'].test_images.iloc[0]} test images" in experiment.caption(tables)
