"""Sparse coding on a small setting: its helpers against other routes, and its findings decided by its tables."""

import numpy as np
import pytest
from tampering import changed, claims, failed

from neurosim.lab.experiment import headline
from neurosim.lab.tables import load_tables, save_tables
from neurosim.params import ParameterError

SMALL = {
    "dictionaries": 3,
    "patches": 12,
    "atoms": 64,
    "learning_steps": 15,
    "penalties": (0.05, 0.15, 0.4),
    "patch_time": 40.0,
    "spiking_time": 400.0,
    "layers": 20,
    "blocks": 3,
}


def by_descent(problem):
    """The minimum by SciPy's quasi-Newton method with bounds: no soft threshold, no coordinate descent."""
    from scipy.optimize import minimize

    def value(a):
        rest = problem.signals[0] - problem.features @ a
        return 0.5 * rest @ rest + problem.penalty * a.sum(), problem.penalty - problem.features.T @ rest

    units = problem.features.shape[1]
    options = {"maxiter": 5000, "ftol": 1e-16, "gtol": 1e-11}
    start = np.full(units, 0.1)
    return minimize(value, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * units, options=options).x


def test_the_minimum_is_that_of_another_method(module):
    for problem in (module._worked(), module._gaussian("seeded", np.random.default_rng(42))):
        # The quasi-Newton method stops where the objective no longer changes: half the digits in the activities.
        np.testing.assert_allclose(problem.minimum[0], by_descent(problem), atol=1e-6)
        assert problem.kkt(problem.minimum) < 1e-12


def test_the_worked_example_by_hand_has_the_printed_numbers(module):
    found = {name: value for name, (value, _) in module._by_hand().items()}
    printed = {"a_1": 0.082843, "a_2": 0, "a_3": 1.014214, "a_4": 0, "objective": 0.24284271}
    printed |= {"correlation_1": 0.2, "correlation_2": 0.082843, "correlation_3": 0.2, "correlation_4": -0.082843}
    for name, value in printed.items():
        assert found[name] == pytest.approx(value, abs=5e-7), name  # six digits are printed


def test_the_circuit_inhibits_by_overlap_and_its_bias_is_the_threshold(experiment, module):
    p, problem = experiment.settings(), module._worked()
    circuit = module._circuit(p, problem, gain=3.0, bias=-0.6, tau=1e-3)
    overlap = problem.features.T @ problem.features - np.eye(4)
    # Drive per Hz: an activity of 1 is 500 Hz.
    np.testing.assert_allclose(circuit.projection("competition").weights, -3.0 * overlap / 500.0, atol=1e-15)
    np.testing.assert_allclose(circuit.projection("match").weights, 3.0 * problem.features.T / 500.0, atol=1e-15)
    assert circuit.projection("competition").tau == 1e-3
    assert set(circuit.population("code").bias) == {-0.6}


def test_the_leaky_curve_approaches_the_relu_far_above_threshold(experiment, module):
    p = experiment.settings()
    drive = np.array([20.0, 50.0])
    line = (drive - 0.5) / (p.leak_gain * p.tau)
    # The next term of the series of the logarithm, 1/(12 x^2): below 3e-4 here.
    np.testing.assert_allclose(module._leaky(p).transfer(drive), line, rtol=3e-4)


def test_spikes_are_counted_up_to_the_step_before(experiment, module):
    from neurosim.recording import Spikes

    p = experiment.settings()
    times = np.array([0.0, 0.99, 1.0, 1.5]) * p.tau
    spikes = Spikes(times, np.array([0, 1, 0, 1]), np.zeros(4, dtype=np.int64))
    counts = module._spikes_before(p, spikes, np.array([1.0, 2.0]), 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [2, 2, 0]])


def test_slopes_of_powers_are_their_exponents(module):
    rows = [
        {"dictionary": "0", "cell": "LIF", "time": t, "error": t**-0.7 if t < 50 else 50**0.3 / t}
        for t in np.geomspace(5, 500, 60).tolist()
    ]
    (found,) = module._slopes(rows)
    assert found["early"] == pytest.approx(-0.7)
    assert found["late"] == pytest.approx(-1.0)
    assert found["spikes_late"] == pytest.approx(50**0.3)


def test_place_and_direction_of_simple_pictures(module):
    spot = np.zeros((8, 8))
    spot[2, 5] = 1.0
    assert module._localisation(spot) == 1.0
    assert module._localisation(np.ones((8, 8))) == 0.25
    ramp = np.arange(8.0) * np.ones((8, 1))
    assert module._orientation(ramp) == pytest.approx(1.0)
    bowl = (ramp - 3.5) ** 2 + (ramp.T - 3.5) ** 2
    assert module._orientation(bowl) == pytest.approx(0.0, abs=1e-12)


def test_missed_energy_may_be_scaled_only_without_inhibition(module):
    problem = module._Problem("", np.eye(2), np.array([[1.0, 0.0], [0.0, 1.0]]), 0.1)
    code = 2.0 * np.eye(2)
    missed, scale = module._missed(problem, code, fitted=False)
    np.testing.assert_allclose(missed, 1.0)
    assert scale == 1.0
    missed, scale = module._missed(problem, code, fitted=True)
    np.testing.assert_allclose(missed, 0.0, atol=1e-15)
    assert scale == 0.5
    assert module._missed(problem, 0.0 * code, fitted=True)[1] == 1.0


def test_signals_without_a_steady_state_are_left_out_and_counted(experiment, module):
    problem = module._Problem("", np.eye(2), np.array([[1.0, 0.0], [0.0, 1.0]]), 0.1)
    holes = np.array([[0.9, 0.0], [np.nan, np.nan]])
    codes = {"reference": problem.minimum, "curve": holes, "leaky": np.array([[0.8, 0.0], [0.0, 0.5]])}
    curve, leaky = module._agreement(experiment.settings(), problem, codes, {})[1:]
    assert (curve["unsettled"], leaky["unsettled"]) == (1, 0)
    assert curve["largest"] == pytest.approx(0.0, abs=1e-12)
    assert leaky["largest"] == pytest.approx(0.4)
    assert leaky["from_curve"] == pytest.approx(0.1)
    with pytest.raises(ParameterError, match="no signal has a steady state"):
        module._settled(np.full((2, 2), np.nan))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"penalties": (0.1, 0.2)}, "penalties"),
        ({"penalties": (0.2, 0.1, 0.3)}, "increasing"),
        ({"patch_time": 21.0}, "patch_time"),
        ({"dictionaries": 1}, "dictionaries"),
    ],
)
def test_parameters_that_cannot_be(experiment, changes, words):
    with pytest.raises(ParameterError, match=words):
        experiment.settings(**changes)


def test_the_claims_can_be_read_without_running_the_file(experiment):
    assert headline(experiment.path)[1] == experiment.claims == ("A1-20", "A1-25", "A1-34")


def test_checks_hold_and_claims_have_the_verdicts_that_theory_leads_one_to_expect(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    assert claims(findings) == {"A1-20": "supported", "A1-25": "partly", "A1-34": "partly"}


def test_every_table_has_its_columns_and_comes_back_from_disk(experiment, tables, tmp_path):
    assert set(tables) == set(experiment.columns)
    for name, columns in experiment.columns.items():
        if name != "arrays":
            assert list(tables[name]) == list(columns), name
    save_tables(tmp_path, tables, experiment.columns)
    assert experiment.findings(load_tables(tmp_path)) == experiment.findings(tables)


@pytest.mark.parametrize(
    ("table", "column", "rule", "rows", "noticed"),
    [
        ("numbers", "value", lambda c: c + 2e-6, lambda t: t.quantity == "a_3", {"worked/a_3"}),
        ("numbers", "value", lambda c: c - 2e-6, lambda t: (t.quantity == "objective") & (t.rung == "rate"),
         {"worked/objective", "seeded/objective"}),
        ("numbers", "value", lambda c: c + 1, lambda t: t.quantity == "active", {"seeded/active"}),
        ("numbers", "value", lambda c: np.nan, lambda t: (t.quantity == "l1") & (t.problem == "seeded"),
         {"seeded/l1"}),
        ("agreement", "kkt", lambda c: 2e-6, lambda t: (t.rung == "artificial") & (t.problem == "patches"),
         {"kkt/artificial"}),
        ("agreement", "kkt", lambda c: 2e-6, lambda t: t.rung == "reference", {"kkt/reference"}),
        ("agreement", "largest", lambda c: 2e-6, lambda t: (t.rung == "rate") & (t.problem == "seeded"),
         {"minimum/rate"}),
        ("approach", "gap", lambda c: 1.1 * t_bound(c), lambda t: t.step == 60, {"unrolled/bound",
                                                                               "unrolled/descent"}),
        ("monotone", "smallest_patch_rise", lambda c: -1e-8, lambda t: t.rung == "artificial",
         {"error/monotone"}),
        ("monotone", "smallest_patch_fall", lambda c: -1e-8, lambda t: t.rung == "reference", {"l1/monotone"}),
        ("monotone", "smallest_rise", lambda c: -1e-4, lambda t: t.rung == "spiking", {"error/spiking"}),
        ("spikes", "error", lambda c: 0.061, lambda t: (t.time == 25) & (t.dictionary == "42"),
         {"spiking/within_25", "spiking/seen_25"}),
        ("spikes", "error", lambda c: 0.02, lambda t: (t.time == 50) & (t.dictionary == "42"), {"spiking/seen_50"}),
        ("slopes", "early", lambda c: -0.3, lambda t: t.dictionary == "42", {"spiking/slope"}),
        ("slopes", "late", lambda c: -0.8, lambda t: t.dictionary != "42", {"spiking/late"}),
        ("slopes", "early", lambda c: -1.3, lambda t: t.dictionary != "42", {"spiking/slope_others"}),
    ],
)  # fmt: skip
def test_checks_notice_a_wrong_table(experiment, tables, table, column, rule, rows, noticed):
    assert failed(experiment.findings(changed(tables, table, column, rule, rows))) == noticed


def t_bound(column):
    """Beyond any bound of the theorem on this dictionary (5 |a*|^2 / 2 after one layer)."""
    return 0.0 * column + 10.0


@pytest.mark.parametrize(
    ("claim", "table", "column", "rule", "rows", "verdict"),
    [
        ("A1-20", "monotone", "smallest_fall", lambda c: -0.01, lambda t: t.rung == "spiking", "partly"),
        ("A1-20", "monotone", "smallest_fall", lambda c: 0.0 * c, None, "not supported"),
        ("A1-25", "weights", "exact_zeros", lambda c: [0, 0, 0, 0.1] * (len(c) // 4), None, "not supported"),
        ("A1-25", "weights", "exact_zeros", lambda c: c + 0.2, lambda t: t.method == "subgradient descent",
         "supported"),
        ("A1-34", "atoms", "orientation", lambda c: 0.1 + 0.0 * c, lambda t: t.group == "learned", "not supported"),
        ("A1-34", "atoms", "localisation", lambda c: 0.9 + 0.0 * c, lambda t: t.group == "principal",
         "not supported"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(experiment, tables, claim, table, column, rule, rows, verdict):
    assert claims(experiment.findings(changed(tables, table, column, rule, rows)))[claim] == verdict


def test_figure_has_lettered_panels_and_the_caption_takes_its_numbers_from_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    letters = [text.get_text() for ax in figure.axes for text in ax.texts if text.get_fontweight() == "bold"]
    assert letters == list("ABCDE")
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes[:6])
    assert "0.045 at 25 tau" in experiment.caption(tables)
    moved = changed(tables, "spikes", "error", lambda c: 0.05, lambda t: (t.time == 25) & (t.dictionary == "42"))
    assert "0.050 at 25 tau" in experiment.caption(moved)
    assert "L1 minimum" in experiment.summary(tables)


def test_the_estimate_grows_with_the_work(experiment):
    quick, full = experiment.settings(quick=True), experiment.settings()
    assert experiment.estimate(quick)[0] < experiment.estimate(full)[0] < 300
    assert experiment.estimate(full)[0] < experiment.estimate(experiment.settings(engine="brian"))[0]
