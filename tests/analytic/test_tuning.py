"""Tuning curves: closed forms of iceberg, ring, noise, side bands and fields against quadrature and simulation."""

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from small_questions import QUESTIONS, small_run

from experiments.inhibition._channels import difference_half_height
from experiments.inhibition._orientation_ring import falls_to_zero, wired
from experiments.inhibition.ring_model import smooth
from experiments.inhibition.tuning_in_noise import with_neighbours
from experiments.neurons.power_law import EXPONENTS, LINE, NEURON, power_law, siegert
from neurosim import activations
from neurosim.activations import NoisyReLU
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.lab.laboratory import Lab
from neurosim.lab.question import ask
from neurosim.lab.rows import tables_of
from neurosim.theory import active_zone


def table(name, which):
    return small_run(name).tables[which]


@pytest.mark.parametrize(("coupling", "degrees"), [(3.0, 52.6815), (4.0, 45.0), (6.0, 37.3185), (10.0, 30.2685)])
def test_the_active_zone_of_the_ring(coupling, degrees):
    # Published to four digits after the point.
    assert math.degrees(active_zone(coupling)) == pytest.approx(degrees, abs=5e-5)
    # The zone reproduces itself: J2 times the second moment of cos 2t - cos 2c over the ring is the amplitude 1.
    edge = math.radians(degrees)
    moment = quad(lambda t: (math.cos(2 * t) - math.cos(2 * edge)) * math.cos(2 * t), -edge, edge)[0] / math.pi
    assert coupling * moment == pytest.approx(1.0, abs=1e-5)


def test_the_active_zone_of_simulated_rings_ends_where_theory_says():
    zone = table("inhibition/ring_model", "zone")
    assert zone.converged.all()
    # Between units 1 deg apart by interpolation; the weak tuning of the input narrows the zone by about 0.1 deg.
    np.testing.assert_allclose(zone.theta_c, 45.0, atol=0.15)


def test_a_ring_of_rectified_lines_has_one_width():
    rows = table("inhibition/ring_model", "ladder").query("rung == 'artificial'")
    # An input above threshold times c gives rates times c; only the solver's tolerance is left.
    assert np.ptp(rows.half_height) < 1e-3
    assert rows.peak.max() / rows.peak.min() == pytest.approx(4.0, rel=1e-6)


def test_where_a_line_falls_to_zero():
    angle, _, _ = wired(360, 4.0, 0.0, (1.0,), 1.0, 0.0)
    assert falls_to_zero(angle, np.cos(2 * np.radians(angle))) == pytest.approx(45.0, abs=1e-3)


def test_the_iceberg_ends_and_is_half_as_high_where_theory_says():
    question = ask(QUESTIONS["inhibition/iceberg"])
    p = question.settings()
    lab = Lab(p, 0, Path(tempfile.gettempdir()))
    rows = tables_of(question.compute(p, 0, lab), question.tables, question.name)["iceberg"]
    known = {0.0: (90.0, 60.0), 0.25: (75.5225, 51.3178), 0.5: (60.0, 41.4096), 0.75: (41.4096, 28.9550)}
    for row in rows.itertuples():
        ends, half = known[row.threshold]
        # The grid of 720 units has steps of 0.5 deg; between its points the response is a straight line to 0.001 deg.
        assert row.half_width == pytest.approx(ends, abs=0.5)
        if row.rung != "spiking":
            assert row.half_height == pytest.approx(half, abs=1e-3)


def rectified(x, z):
    """A noisy line above its threshold, weighted by the normal density (written out: SciPy's checks each number)."""
    return (z + x) * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def test_exponents_of_the_averaged_line():
    for threshold, expected in EXPONENTS.items():
        potential = np.linspace(0.05, threshold + 1.5, 400)
        # By SciPy's quadrature of the rectified Gaussian, not by its closed form.
        rate = np.array([quad(rectified, threshold - v, 12, args=(v - threshold,))[0] for v in potential])
        # 1e-4 is the last digit of the expectation.
        assert power_law(potential, rate)[1] == pytest.approx(expected, abs=1e-4)
        curve = NoisyReLU(threshold=threshold)
        np.testing.assert_allclose(curve(potential), rate, rtol=1e-9, atol=1e-12)
    # The steady state of a leaky rate unit is its curve.
    unit = LeakyRate(activation=curve)
    np.testing.assert_allclose(unit.transfer(potential), rate, rtol=1e-9, atol=1e-12)


def test_measured_exponents_are_those_of_theory():
    exponents = table("neurons/power_law", "exponents")
    for model in (LINE, NEURON):
        rows = exponents[exponents.model == model]
        # The exponent depends on the grid of potentials by up to 1 %; neurons' counts scatter by about 1 %.
        np.testing.assert_allclose(rows.exponent, rows.expected, rtol=0.03)


def test_the_power_law_is_found_where_there_is_one():
    potential = np.linspace(0.1, 2.0, 50)
    factor, exponent, explained = power_law(potential, 3.0 * potential**2.5)
    # The search stops at 1e-9 in the exponent.
    assert (factor, exponent, explained) == pytest.approx((3.0, 2.5, 1.0), abs=1e-7)


def test_siegert_on_a_grid_is_the_documented_number():
    # docs/conventions.md: sigma 0.3, drive 1, dt 0.1 ms gives 24.40 Hz against 25.26 Hz in continuous time.
    found = siegert(LIF(sigma_stat=0.3), np.array([1.0]), 1e-4)[0]
    assert found == pytest.approx(24.40, abs=0.005)


def test_smoothing_keeps_the_mean_and_goes_round():
    spike = np.zeros(20)
    spike[0] = 7.0
    smoothed = smooth(spike, 3)
    assert smoothed.sum() == pytest.approx(7.0)
    assert np.flatnonzero(smoothed > 0.5).tolist() == [0, 1, 2, 3, 17, 18, 19]
    np.testing.assert_allclose(with_neighbours(np.array([1.0, 2.0, 6.0, 1.0])), [1.0, 3.0, 3.0, 1.0])


def test_noise_keeps_the_width_of_lines_and_rate_units():
    contrast = table("inhibition/tuning_in_noise", "contrast")
    for rung in ("artificial", "rate"):
        rows = contrast[contrast.rung == rung]
        # The iceberg of a Gaussian of 20.5 deg goes from 4.2 to 20.1 deg; closed forms give 2.5 deg in noise.
        assert np.ptp(rows[rows.range == "bare"].half_height) > 15.0
        assert np.ptp(rows[(rows.range == "noisy") & (rows.noise > 0)].half_height) < 3.0


def test_a_line_behind_side_bands_is_a_difference_of_gaussians():
    x = difference_half_height(6.0, 18.0, 0.5)
    profile = norm.pdf(x / 6.0) - 0.5 * norm.pdf(x / 18.0)
    assert profile / (0.5 * norm.pdf(0.0)) == pytest.approx(0.5, abs=1e-9)
    # Without inhibition it is that of a Gaussian, width * sqrt(2 ln 2).
    assert difference_half_height(6.0, 18.0, 0.0) == pytest.approx(6.0 * math.sqrt(2 * math.log(2)), abs=1e-9)
    rows = table("inhibition/side_bands", "sideband").query("rung == 'artificial'")
    # Interpolation between channels 1 apart.
    np.testing.assert_allclose(rows.half_height, rows.expected, atol=0.05)


def test_fields_overlap_and_pool_as_gaussians_do():
    rows = table("inhibition/shifts", "overlap").query("rung == 'artificial'")
    # Sums over channels equal the integral to better than exp(-pi^2 width^2), 1e-17 at width 2.
    np.testing.assert_allclose(rows.overlap, np.exp(-(rows["shift"] ** 2) / (4 * rows.width**2)), atol=1e-6)
    pooling, draws = table("inhibition/shifts", "pooling").query("shared == 0 and pattern == inf"), 1000
    np.testing.assert_allclose(pooling.features, 2 * math.sqrt(math.pi) * pooling.width, rtol=1e-6)
    # Four standard errors of a variance that is estimated from so many Gaussian draws.
    np.testing.assert_allclose(pooling.gain, pooling.features, rtol=4 * math.sqrt(2 / draws))


def test_slopes_of_the_textbook_activations():
    noise = table("activations/noise_passed_on", "slopes").set_index("activation")
    for name, slope in (("Tanh", lambda x: 1 / np.cosh(x) ** 2), ("Sigmoid", lambda x: 0.25 / np.cosh(x / 2) ** 2)):
        expected = quad(lambda x, f=slope: f(x) ** 2 * norm.pdf(x), -12, 12)[0]
        # The midpoint rule with steps of 1e-4 is good to far better than 1e-9.
        assert noise.slope_squared[name] == pytest.approx(expected, abs=1e-9)
    assert noise.slope_squared["ReLU"] == pytest.approx(0.5, abs=1e-9)
    assert noise.slope_squared["Sigmoid"] == pytest.approx(0.0448, abs=5e-5)
    # Variance of a rectified Gaussian: 1/2 - 1/(2 pi).
    assert noise.relative["ReLU"] == pytest.approx(0.5 / (0.5 - 0.5 / math.pi), abs=1e-8)


def test_a_small_noise_passes_as_the_slope_says():
    x, added = np.random.default_rng(0).standard_normal((2, 1000))
    relu = activations.ReLU()
    passed = np.mean((relu(x + 1e-3 * added) - relu(x)) ** 2) / 1e-6
    # Variance of slope^2 xi^2 with slope 0 or 1 alike: 3/2 - 1/4; 1,000 draws, four standard errors.
    assert passed == pytest.approx(0.5, abs=4 * math.sqrt(1.25 / 1000))
