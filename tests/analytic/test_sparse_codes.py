"""Sparse codes: problems solved by hand and by other methods, and theorems about the minimum and the way to it."""

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from small_questions import small_run

from experiments.inhibition._sparse_code import (
    Coder,
    Problem,
    activity,
    agreement,
    code,
    gaussian,
    leaky,
    missed,
    settled,
    spikes_before,
    unrolled,
    wired,
)
from experiments.inhibition.photograph_features import localisation, orientation
from neurosim.lab.laboratory import Lab
from neurosim.params import ParameterError
from neurosim.recording import Spikes

P = Coder()
EYE = Problem(np.eye(2), np.array([[1.0, 0.0], [0.0, 1.0]]), 0.1)


@pytest.fixture
def lab():
    return Lab(P, 0, Path(tempfile.gettempdir()))


def worked():
    half = math.sqrt(0.5)
    features = np.array([[1.0, 0.0, half, -half], [0.0, 1.0, half, half]])
    return Problem(features, np.array([[1.0, 0.8]]), 0.2)


def seeded():
    return gaussian(np.random.default_rng(42))


def by_hand():
    """The worked example: columns 1 and 3 are active, and their two conditions are two linear equations.

    Equation
        a_1 + a_3/sqrt(2) = 1 - lambda,  a_1/sqrt(2) + a_3 = 1.8/sqrt(2) - lambda
    """
    root, penalty = math.sqrt(2.0), 0.2
    first, third = penalty * (root - 1.0), root - 2.0 * penalty
    left = (1.0 - first - third / root, 0.8 - third / root)
    objective = 0.5 * (left[0] ** 2 + left[1] ** 2) + penalty * (first + third)
    fits = (left[0], left[1], (left[0] + left[1]) / root, (left[1] - left[0]) / root)
    return np.array([first, 0.0, third, 0.0]), objective, fits


def steady(lab, problem, rung):
    """The code of coordinate descent, of the layer of ReLUs, or of the rate network after 400 tau."""
    if rung == "reference":
        return problem.minimum
    return activity(P, code(P, lab, problem, rung, time=400.0 if rung == "rate" else 0.0), rung)


def test_the_worked_example_by_hand_has_the_printed_numbers():
    codes, objective, fits = by_hand()
    # Six digits are printed.
    np.testing.assert_allclose(codes, [0.082843, 0, 1.014214, 0], atol=5e-7)
    assert objective == pytest.approx(0.24284271, abs=5e-7)
    np.testing.assert_allclose(fits, [0.2, 0.082843, 0.2, -0.082843], atol=5e-7)


@pytest.mark.parametrize("rung", ["reference", "artificial", "rate"])
def test_every_rung_solves_the_worked_example(lab, rung):
    problem = worked()
    codes, objective, fits = by_hand()
    found = steady(lab, problem, rung)
    # The fixed point is found to 1e-9; 400 tau let the slowest mode decay below rounding.
    np.testing.assert_allclose(found[0], codes, atol=1e-8)
    assert problem.objective(found)[0] == pytest.approx(objective, abs=1e-8)
    np.testing.assert_allclose((problem.signals - found @ problem.features.T) @ problem.features, [fits], atol=1e-8)


@pytest.mark.parametrize("rung", ["reference", "artificial", "rate"])
def test_every_rung_finds_the_minimum_that_was_computed_elsewhere(lab, rung):
    problem = seeded()
    found = steady(lab, problem, rung)
    fits = (problem.signals - found @ problem.features.T) @ problem.features
    assert (found > 1e-9).sum() == 9
    # The printed digits allow no less.
    assert problem.objective(found)[0] == pytest.approx(0.3778566147, abs=1e-8)
    assert found.sum() == pytest.approx(1.41551310, abs=1e-6)
    assert fits[found <= 1e-9].max() == pytest.approx(0.064758, abs=1e-6)
    assert problem.kkt(found) < 1e-9


@pytest.mark.parametrize("problem", [worked(), seeded()], ids=["worked", "seeded"])
def test_the_minimum_is_that_of_another_method(problem):
    def value(a):
        rest = problem.signals[0] - problem.features @ a
        return 0.5 * rest @ rest + problem.penalty * a.sum(), problem.penalty - problem.features.T @ rest

    units = problem.features.shape[1]
    # SciPy's quasi-Newton method with bounds: no soft threshold, no coordinate descent.
    options = {"maxiter": 5000, "ftol": 1e-16, "gtol": 1e-11}
    start = np.full(units, 0.1)
    found = minimize(value, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * units, options=options).x
    # It stops where the objective no longer changes: half the digits in the activities.
    np.testing.assert_allclose(problem.minimum[0], found, atol=1e-6)


def test_patches_have_their_minimum_on_the_layer_of_relus():
    distance = small_run("inhibition/sparse_code").tables["distance"]
    exact = distance[distance.rung.isin(["reference", "artificial"])]
    assert exact.kkt.max() < 1e-6
    assert exact.largest.max() < 1e-6


def test_unrolled_layers_keep_the_theorems(lab):
    problem = seeded()
    codes = unrolled(P, lab, problem, layers=10, blocks=3)
    gaps = np.array([problem.objective(each)[0] for each in codes]) - problem.objective(problem.minimum)[0]
    bound = problem.steepest * (problem.minimum**2).sum() / (2.0 * np.arange(1, 31))
    assert (gaps < bound).all()  # Beck & Teboulle (2009), theorem 3.1
    # Steps of 1/L never raise the objective; 1e-14 is its rounding.
    assert np.diff(gaps).max() < 1e-14
    # The same iteration in plain NumPy.
    a, step = np.zeros((1, 32)), 1.0 / problem.steepest
    for each in codes:
        a = np.maximum(a + step * ((problem.signals - a @ problem.features.T) @ problem.features - 0.1), 0.0)
        np.testing.assert_allclose(each, a, atol=1e-12)


def test_a_larger_penalty_misses_more_of_every_signal_and_has_less_activity():
    features, rng = seeded().features, np.random.default_rng(1)
    signals = rng.standard_normal((20, 16))
    signals /= np.linalg.norm(signals, axis=1, keepdims=True)
    problems = [Problem(features, signals, penalty) for penalty in (0.02, 0.05, 0.1, 0.2, 0.4)]
    lost = np.array([missed(problem, problem.minimum)[0] for problem in problems])
    size = np.array([problem.minimum.sum(axis=1) for problem in problems])
    # Optimality of both minima, subtracted; solver errors of 1e-10 can add 1e-9.
    assert np.diff(lost, axis=0).min() > -1e-9
    assert np.diff(size, axis=0).max() < 1e-9


def test_spiking_errors_are_those_of_another_simulation():
    spikes = small_run("inhibition/unrolled_or_in_time").tables["spikes"]
    errors = spikes[spikes.cell == "PerfectIF"].set_index("time").error
    # Simulated elsewhere in steps of 0.002 tau; half of the last digit of the coarsest printed number.
    for time, seen in {10.0: 0.145, 25.0: 0.0454, 50.0: 0.0254, 100.0: 0.0197, 200.0: 0.0147}.items():
        assert errors[time] == pytest.approx(seen, abs=5e-4)


def test_the_circuit_inhibits_by_overlap_and_its_bias_is_the_threshold():
    problem = worked()
    circuit = wired(P, problem, gain=3.0, bias=-0.6, tau=1e-3)
    overlap = problem.features.T @ problem.features - np.eye(4)
    # Drive per Hz: an activity of 1 is 500 Hz.
    np.testing.assert_allclose(circuit.projection("competition").weights, -3.0 * overlap / 500.0, atol=1e-15)
    np.testing.assert_allclose(circuit.projection("match").weights, 3.0 * problem.features.T / 500.0, atol=1e-15)
    assert circuit.projection("competition").tau == 1e-3
    assert set(circuit.population("code").bias) == {-0.6}


def test_the_leaky_curve_approaches_the_relu_far_above_threshold():
    drive = np.array([20.0, 50.0])
    line = (drive - 0.5) / (P.leak_gain * P.tau)
    # The next term of the series of the logarithm, 1/(12 x^2): below 3e-4 here.
    np.testing.assert_allclose(leaky(P).transfer(drive), line, rtol=3e-4)


def test_spikes_are_counted_up_to_the_step_before():
    times = np.array([0.0, 0.99, 1.0, 1.5]) * P.tau
    spikes = Spikes(times, np.array([0, 1, 0, 1]), np.zeros(4, dtype=np.int64))
    counts = spikes_before(P, spikes, np.array([1.0, 2.0]), 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [2, 2, 0]])


def test_place_and_direction_of_simple_pictures():
    spot = np.zeros((8, 8))
    spot[2, 5] = 1.0
    assert localisation(spot) == 1.0
    assert localisation(np.ones((8, 8))) == 0.25
    ramp = np.arange(8.0) * np.ones((8, 1))
    assert orientation(ramp) == pytest.approx(1.0)
    bowl = (ramp - 3.5) ** 2 + (ramp.T - 3.5) ** 2
    assert orientation(bowl) == pytest.approx(0.0, abs=1e-12)


def test_missed_energy_may_be_scaled_only_where_it_is_fitted():
    codes = 2.0 * np.eye(2)
    lost, scale = missed(EYE, codes)
    np.testing.assert_allclose(lost, 1.0)
    assert scale == 1.0
    lost, scale = missed(EYE, codes, fitted=True)
    np.testing.assert_allclose(lost, 0.0, atol=1e-15)
    assert scale == 0.5
    assert missed(EYE, 0.0 * codes, fitted=True)[1] == 1.0


def test_signals_without_a_steady_state_are_left_out_and_counted():
    holes = np.array([[0.9, 0.0], [np.nan, np.nan]])
    found = agreement(EYE, {"reference": EYE.minimum, "curve": holes, "leaky": np.array([[0.8, 0.0], [0.0, 0.5]])})
    assert (found["curve"]["unsettled"], found["leaky"]["unsettled"]) == (1, 0)
    assert found["curve"]["largest"] == pytest.approx(0.0, abs=1e-12)
    assert found["leaky"]["largest"] == pytest.approx(0.4)
    assert found["leaky"]["from_curve"] == pytest.approx(0.1)
    with pytest.raises(ParameterError, match="no signal has a steady state"):
        settled(np.full((2, 2), np.nan))
