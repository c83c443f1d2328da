"""The experiment on tuning: its theory against numbers from elsewhere, and a small run from tables to figure."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from neurosim.cells.lif import LIF
from neurosim.lab.findings import HOLDS
from neurosim.params import ParameterError
from neurosim.theory import active_zone

# Enough copies that the widths of noisy neurons can be read; everything else is small.
SMALL = {
    "cells": 256,
    "units": 720,
    "ring_couplings": (4.0,),
    "ring_contrasts": (1.0, 4.0),
    "ring_duration": 0.4,
    "spiking_duration": 0.8,
    "orientations": 25,
    "copies": 150,
    "draws": 4000,
    "lif_thresholds": (3.0,),
    "sideband_weights": (0.0, 0.4, 0.8),
}


@pytest.fixture(scope="module")
def tables(from_disk):
    return from_disk


@pytest.mark.parametrize(("coupling", "degrees"), [(3.0, 52.6815), (4.0, 45.0), (6.0, 37.3185), (10.0, 30.2685)])
def test_the_active_zone_of_the_ring(coupling, degrees):
    # Published to four digits after the point.
    assert math.degrees(active_zone(coupling)) == pytest.approx(degrees, abs=5e-5)
    # The zone reproduces itself: J2 times the second moment of cos 2t - cos 2c over the ring is the amplitude 1.
    edge = math.radians(degrees)
    moment = quad(lambda t: (math.cos(2 * t) - math.cos(2 * edge)) * math.cos(2 * t), -edge, edge)[0] / math.pi
    assert coupling * moment == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("threshold", "zero", "half"),
    [(0.0, 90.0, 60.0), (0.25, 75.5225, 51.3178), (0.5, 60.0, 41.4096), (0.75, 41.4096, 28.9550)],
)
def test_the_iceberg_by_threshold(tables, threshold, zero, half):
    rows = tables["iceberg"].query("threshold == @threshold and rung != 'spiking'")
    # The grid of 720 units has steps of 0.5 deg; between its points the response is a straight line to 0.001 deg.
    np.testing.assert_allclose(rows.half_width, zero, atol=0.5)
    np.testing.assert_allclose(rows.half_height, half, atol=1e-3)


def rectified(x, z):
    """A noisy line above its threshold, weighted by the normal density (written out: SciPy's checks each number)."""
    return (z + x) * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def test_exponents_of_the_averaged_line(module):
    for threshold, expected in module._EXPONENTS.items():
        potential = np.linspace(0.05, threshold + 1.5, 400)
        # By SciPy's quadrature of the rectified Gaussian, not by its closed form.
        rate = np.array([quad(rectified, threshold - v, 12, args=(v - threshold,))[0] for v in potential])
        # 1e-4 is the last digit of the expectation.
        assert module._power_law(potential, rate)[1] == pytest.approx(expected, abs=1e-4)


def test_the_power_law_is_found_where_there_is_one(module):
    potential = np.linspace(0.1, 2.0, 50)
    factor, exponent, explained = module._power_law(potential, 3.0 * potential**2.5)
    # The search stops at 1e-9 in the exponent.
    assert (factor, exponent, explained) == pytest.approx((3.0, 2.5, 1.0), abs=1e-7)


def test_siegert_on_a_grid_is_the_documented_number(module):
    # docs/conventions.md: sigma 0.3, drive 1, dt 0.1 ms gives 24.40 Hz against 25.26 Hz in continuous time.
    found = module._siegert(LIF(sigma_stat=0.3), np.array([1.0]), 1e-4)[0]
    assert found == pytest.approx(24.40, abs=0.005)


def test_smoothing_keeps_the_mean_and_goes_round(module):
    spike = np.zeros(20)
    spike[0] = 7.0
    smooth = module._smooth(spike, 3)
    assert smooth.sum() == pytest.approx(7.0)
    assert np.flatnonzero(smooth > 0.5).tolist() == [0, 1, 2, 3, 17, 18, 19]
    np.testing.assert_allclose(module._neighbours(np.array([1.0, 2.0, 6.0, 1.0])), [1.0, 3.0, 3.0, 1.0])


def test_half_height_of_a_difference_of_gaussians(module):
    x = module._difference_half_height(6.0, 18.0, 0.5)
    profile = norm.pdf(x / 6.0) - 0.5 * norm.pdf(x / 18.0)
    assert profile / (0.5 * norm.pdf(0.0)) == pytest.approx(0.5, abs=1e-9)
    # Without inhibition it is that of a Gaussian, width * sqrt(2 ln 2).
    assert module._difference_half_height(6.0, 18.0, 0.0) == pytest.approx(6.0 * math.sqrt(2 * math.log(2)), abs=1e-9)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sideband_weights": (0.2, 0.4)}, "the first 0"),
        ({"sideband_width": 5.0}, "expected more than 6"),
        ({"ring_contrasts": (1.0,)}, "at least two"),
        ({"thresholds": (1.0,)}, "< 1"),
    ],
)
def test_parameters_that_cannot_be(settings, changes, words):
    with pytest.raises(ParameterError, match=words):
        settings(**changes)


def test_the_checks_hold_on_a_small_run(experiment, tables):
    found = experiment.findings(tables)
    assert not [f"{f.id}: {f.value}" for f in found if f.kind == "check" and f.verdict != HOLDS]
    assert {f.id for f in found if f.kind == "claim"} == set(experiment.claims)


def test_slopes_of_the_textbook_activations(tables):
    noise = tables["noise"].query("threshold == 0").set_index("activation")
    for name, slope in (("Tanh", lambda x: 1 / np.cosh(x) ** 2), ("Sigmoid", lambda x: 0.25 / np.cosh(x / 2) ** 2)):
        expected = quad(lambda x, f=slope: f(x) ** 2 * norm.pdf(x), -12, 12)[0]
        # The midpoint rule with steps of 1e-4 is good to far better than 1e-9.
        assert noise.slope_squared[name] == pytest.approx(expected, abs=1e-9)
    # Variance of a rectified Gaussian: 1/2 - 1/(2 pi).
    assert noise.relative["ReLU"] == pytest.approx(0.5 / (0.5 - 0.5 / math.pi), abs=1e-8)


def test_verdicts_follow_the_numbers(experiment, tables):
    def verdicts(**changed):
        return {f.id: f.verdict for f in experiment.findings({**tables, **changed})}

    assert verdicts()["A2-18"] == "not supported"
    noise = tables["noise"].copy()
    noise.loc[noise.activation == "ReLU", ["slope_squared", "relative"]] = 0.01
    changed = verdicts(noise=noise)
    assert (changed["A2-18"], changed["noise_relu"]) == ("supported", "fails")
    sideband = tables["sideband"].assign(half_height=5.0)
    assert verdicts(sideband=sideband)["A1-08"] == "partly"
    overlap = tables["overlap"].assign(overlap=0.5)
    overlap.loc[overlap.width == overlap.width.max(), "overlap"] = 0.4
    assert verdicts(overlap=overlap)["A1-10"] == "not supported"
    pooling = tables["pooling"].assign(gain=1.0)
    assert verdicts(pooling=pooling)["A1-09"] == "not supported"
    contrast = tables["contrast"].assign(half_height=np.linspace(5, 9, len(tables["contrast"])))
    assert verdicts(contrast=contrast)["bare_width_spiking"] == "fails"
    ring = tables["ring"].assign(converged=0)
    assert verdicts(ring=ring)["theta_c_rate"] == "fails"


def test_figure_and_caption_come_from_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    panels = {ax.get_ylabel(): ax for ax in figure.axes}
    theta = panels["end of active zone (deg)"]
    assert any(np.array_equal(line.get_ydata(), tables["ring_theory"].theta_c) for line in theta.lines)
    assert "ReLU 0.50 and 1.47" in experiment.caption(tables)
    assert "deg without noise" in experiment.summary(tables)


def test_the_estimate_grows_with_the_work(experiment, settings):
    assert experiment.estimate(experiment.settings())[0] > experiment.estimate(settings())[0]
