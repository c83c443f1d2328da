"""Units that look at digits without inhibition: every rung reproduces its static curve, within what can be derived.

Also the pieces of the questions about them, against values from other routes.
"""

import math

import numpy as np
import pytest

import neurosim as ns
from experiments.sparsity._digits import Digits, chosen_images, curve_of, scene
from experiments.sparsity.activations_at_equal_activity import matched_shift
from neurosim.params import ParameterError
from neurosim.theory import counting_error

SMALL = {"images": 40, "units": 16, "duration": 0.3}


def closed_form(drive):
    """Rate of the noiseless LIF neuron from its interval, t_ref + tau ln(drive - reset) - tau ln(drive - 1)."""
    cell, fires = ns.LIF(), drive > 1
    rates = np.zeros_like(drive)
    interval = cell.t_ref + cell.tau_m * (np.log(drive[fires] - cell.v_reset) - np.log(drive[fires] - 1.0))
    rates[fires] = 1.0 / interval
    return rates


def test_the_closed_form_brings_the_membrane_to_threshold_after_the_interval():
    drive = np.array([0.3, 1.0, 1.001, 1.3, 2.0, 5.0])
    rates, cell = closed_form(drive), ns.LIF()
    assert (rates[:2] == 0).all()
    charging = 1 / rates[2:] - cell.t_ref
    # v(t) = drive (1 - exp(-t / tau)) is 1 at the spike; only rounding may remain.
    np.testing.assert_allclose(drive[2:] * -np.expm1(-charging / cell.tau_m), 1.0, rtol=1e-12)


@pytest.fixture(scope="module", params=[0, 1])
def here(request):
    p = Digits(**SMALL)
    return p, scene(p, request.param)


def rates_of(here, rung):
    p, found = here
    run = ns.simulate(found.circuit, found.cells[rung], found.stimulus, p.schedule, progress=False)
    assert run.converged.all()
    return run.rates["hidden"]


def test_artificial_units_are_the_fitted_relu_of_the_drive_computed_apart(here):
    relu = curve_of(here[1].cells["artificial"]).as_dict()
    line = relu["gain"] * np.maximum(here[1].drive - relu["threshold"], 0.0)
    assert np.abs(rates_of(here, "artificial") - line).max() < 1e-9  # Hz: rounding


def test_curve_units_have_the_rate_of_the_closed_form(here):
    assert np.abs(rates_of(here, "curve") - closed_form(here[1].drive)).max() < 1e-9  # Hz: rounding


def test_rate_units_have_the_closed_form_of_their_average_over_the_window(here):
    p, found = here
    curve, tau = closed_form(found.drive), ns.LIF().tau_m
    # r(t) = curve (1 - exp(-t / tau)), averaged over the window.
    missing = tau / p.schedule.window * (math.exp(-p.settle / tau) - math.exp(-p.duration / tau))
    distance = np.abs(rates_of(here, "rate") - curve * (1 - missing)).max()
    assert distance < 1e-4 * curve.max()  # ten times the integrator's relative tolerance


def test_spiking_units_are_counted_as_the_whole_number_below_or_above(here):
    p, found = here
    curve, window = closed_form(found.drive), p.schedule.window
    # A period may be shorter than in continuous time by up to one step.
    faster = np.where(curve > 0, curve**2 * p.dt / (1 - curve * p.dt), 0.0)
    spiking = rates_of(here, "spiking")
    assert (np.abs(spiking - curve) <= np.where(curve > 0, 1.0 / window, 0.0) + faster).all()
    # The expectation takes the broken part of the count as uniform; 640 entries of two seeds are within 15 %.
    assert np.sqrt(np.mean((spiking - curve) ** 2)) == pytest.approx(counting_error(curve, window, p.dt), rel=0.15)


def test_counting_noise_is_that_of_regular_trains_at_random_phase():
    rng = np.random.default_rng(1)
    rates = rng.uniform(5.0, 30.0, 20_000)
    counts = np.floor(rates * 0.4 + rng.uniform(size=rates.size))
    measured = np.sqrt(np.mean((counts / 0.4 - rates) ** 2))
    # 20,000 draws leave a relative error of about 0.5 %; the term of the time step is below 0.1 %.
    assert counting_error(rates, 0.4, 1e-4) == pytest.approx(measured, rel=0.02)


def test_the_threshold_of_equal_activity_solves_for_the_mean():
    z = np.linspace(-1.0, 1.0, 2001)
    # The mean of max(0, z - s) over a uniform z in [-1, 1] is (1 - s)^2 / 4: s = 0.2 gives 0.16.
    assert matched_shift(ns.ReLU(), z, 0.16) == pytest.approx(0.2, abs=1e-3)


def test_images_are_halved_with_every_digit_on_both_sides():
    every = ns.datasets.digits()
    shown, train = chosen_images(every, 60, ns.randomness.stream(0, "shuffle"))
    assert len(shown) == 60
    assert train.sum() == 30
    for half in (shown.labels[train], shown.labels[~train]):
        assert set(half) == set(range(10))
    assert len({picture.tobytes() for picture in shown.images}) == 60
    assert len(chosen_images(every, 1797, ns.randomness.stream(0, "shuffle"))[0]) == 1797


@pytest.mark.parametrize("filters", ["random", "gabor", "principal"])
def test_every_unit_has_the_stated_drive(filters):
    drive = scene(Digits(**SMALL, filters=filters, drive_mean=0.8, drive_sd=0.3), 3).drive
    # Rounding of sums over 40 images is all that may remain.
    np.testing.assert_allclose(drive.mean(axis=0), 0.8, atol=1e-12)
    np.testing.assert_allclose(drive.std(axis=0), 0.3, atol=1e-12)


def test_the_strength_is_the_loop_gain_of_the_mean_rate():
    found = scene(Digits(**SMALL), 0)
    curve = found.cells["curve"].transfer
    slope = (curve(found.drive + 1e-2).mean() - curve(found.drive - 1e-2).mean()) / 2e-2
    # A change of the mean rate by 1 lowers every drive by weight * (units - 1); 1e-2 against 5e-2 in the difference
    # quotient of a curve with a kink in 640 places.
    assert found.weight(2.0) * (found.units - 1) * slope == pytest.approx(2.0, rel=0.1)


def test_there_are_only_as_many_principal_components_as_pixels_vary():
    with pytest.raises(ParameterError, match="at most 120"):
        Digits(filters="principal", units=200)
