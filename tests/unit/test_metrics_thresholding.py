"""Onset, gain, softness, dead zone, saturation and negative area against the closed forms of known curves."""

import numpy as np
import pytest
from scipy import integrate
from scipy.special import erf

from neurosim import metrics
from neurosim.params import DimensionError, ParameterError

X = np.linspace(-4.0, 6.0, 10_001)
STEP = X[1] - X[0]
RELU = 40.0 * np.maximum(X - 1.0, 0.0)
WIDTH = 0.25
SOFTPLUS = 40.0 * WIDTH * np.logaddexp(0.0, (X - 1.0) / WIDTH)
JUMP = np.where(X > 1.0, 40.0, 0.0)
TANH = np.tanh(X)
GELU = X * (1.0 + erf(X / np.sqrt(2.0))) / 2.0
ALL = (
    lambda x, y: metrics.onset(x, y, fraction=0.1),
    lambda x, y: metrics.gain_above_onset(x, y, start=0.0, window=1.0),
    metrics.max_slope,
    metrics.softness,
    metrics.dead_zone,
    metrics.saturation,
    metrics.negative_area,
    metrics.threshold_summary,
)


def test_onset_of_known_curves():
    # ReLU is straight around the crossing, so interpolation is exact: 1 + 5 % of the 5 drives above threshold.
    assert metrics.onset(X, RELU, fraction=0.05) == pytest.approx(1.25, abs=1e-12)
    assert metrics.onset(X, RELU, level=40.0) == pytest.approx(2.0, abs=1e-12)
    # Level 0 gives the last silent sample: within one step below the threshold.
    assert 1.0 - STEP <= metrics.onset(X, RELU, level=0.0) <= 1.0 + 1e-9
    # Softplus inverted: x = 1 + w ln(exp(level / (40 w)) - 1); interpolation errs by curvature * step^2 / 8 < 1e-6.
    exact = 1.0 + WIDTH * np.log(np.expm1(2.0 / (40.0 * WIDTH)))
    assert metrics.onset(X, SOFTPLUS, level=2.0) == pytest.approx(exact, abs=1e-6)
    assert metrics.onset(X, TANH, level=0.5) == pytest.approx(np.arctanh(0.5), abs=1e-6)
    assert metrics.onset(X, JUMP, fraction=0.5) == pytest.approx(1.0, abs=STEP)


def test_onset_outside_the_range_is_nan():
    assert np.isnan(metrics.onset(X, np.zeros_like(X), fraction=0.1))
    assert np.isnan(metrics.onset(X, RELU + 1000.0, level=5.0))
    assert np.isnan(metrics.onset(X, RELU, level=1e6))


def test_onset_wants_one_level():
    for levels in ({}, {"fraction": 0.1, "level": 1.0}):
        with pytest.raises(ParameterError, match="exactly one"):
            metrics.onset(X, RELU, **levels)
    with pytest.raises(ParameterError, match="fraction"):
        metrics.onset(X, RELU, fraction=0.0)


def test_gain_is_the_regression_slope_in_the_window():
    assert metrics.gain_above_onset(X, RELU, start=1.0, window=2.0) == pytest.approx(40.0, rel=1e-12)
    inside = (X >= 0.5) & (X <= 1.5)
    # NumPy's own least squares on the same samples; rounding of two algorithms.
    expected = np.polyfit(X[inside], SOFTPLUS[inside], 1)[0]
    assert metrics.gain_above_onset(X, SOFTPLUS, start=0.5, window=1.0) == pytest.approx(expected, rel=1e-9)
    assert np.isnan(metrics.gain_above_onset(X, RELU, start=np.nan, window=1.0))
    assert np.isnan(metrics.gain_above_onset(X, RELU, start=6.0, window=1.0))


def test_softness_of_known_curves():
    # The slope of softplus is a sigmoid, which takes 2 ln 9 widths from 10 % to 90 %; its maximum inside the range is
    # 1 - 2e-9, and differences and interpolation err by step^2.
    assert metrics.softness(X, SOFTPLUS) == pytest.approx(2.0 * np.log(9.0) * WIDTH, abs=1e-5)
    # The slope of tanh is sech^2: from -arcosh(sqrt(10)) to -arcosh(sqrt(10/9)).
    exact = np.arccosh(np.sqrt(10.0)) - np.arccosh(np.sqrt(10.0 / 9.0))
    assert metrics.softness(X, TANH) == pytest.approx(exact, abs=1e-5)
    # A jump of the slope is spread over one sampling step, or over two where a sample hits the kink to rounding.
    for curve in (RELU, JUMP):
        assert 0.0 < metrics.softness(X, curve) <= 2.0 * STEP
    assert np.isnan(metrics.softness(X, X))
    assert np.isnan(metrics.softness(X, -X))
    assert np.isnan(metrics.softness(X, np.ones_like(X)))


def test_dead_zone_of_known_curves():
    # -4 .. 1 of -4 .. 6; the kink may lie within one step of a sample.
    assert metrics.dead_zone(X, RELU) == pytest.approx(0.5, abs=STEP / 10)
    assert metrics.dead_zone(X, JUMP) == pytest.approx(0.5, abs=STEP / 10)
    assert metrics.dead_zone(X, RELU, level=4.0) == pytest.approx(0.51, abs=1e-12)
    assert metrics.dead_zone(X, SOFTPLUS) == 0.0
    # |tanh| <= 0.5 on both sides of 0, a zone that is entered and left.
    assert metrics.dead_zone(X, TANH, level=0.5) == pytest.approx(2 * np.arctanh(0.5) / 10, abs=1e-6)
    assert metrics.dead_zone(X, np.zeros_like(X)) == 1.0


def test_dead_zone_of_a_coarse_line_is_exact():
    # One interval from -1 to 3 holds |r| <= 0.5 for a quarter of its length.
    assert metrics.dead_zone([0.0, 1.0], [-1.0, 3.0], level=0.5) == pytest.approx(0.25, abs=1e-15)


def test_saturation_of_known_curves():
    assert metrics.saturation(X, RELU) == pytest.approx(0.0, abs=1e-9)
    assert metrics.saturation(X, JUMP) == 1.0
    # sech^2 at the last midpoint over its maximum 1; the difference quotient errs by step^2 / 3.
    exact = 1.0 - 1.0 / np.cosh(X[-1] - STEP / 2) ** 2
    assert metrics.saturation(X, TANH) == pytest.approx(exact, abs=1e-6)
    assert metrics.saturation([0.0, 1.0, 2.0], [0.0, 2.0, 1.0]) == 1.5
    assert np.isnan(metrics.saturation(X, -X))


def test_negative_area_of_known_curves():
    assert metrics.negative_area(X, RELU) == 0.0
    # integral of tanh from 0 to a is ln cosh a; trapezia err by step^2 / 12.
    below, above = np.log(np.cosh(4.0)), np.log(np.cosh(6.0))
    assert metrics.negative_area(X, TANH) == pytest.approx(below / (below + above), abs=1e-6)
    below = -integrate.quad(lambda x: x * (1 + erf(x / np.sqrt(2))) / 2, -4, 0)[0]
    above = integrate.quad(lambda x: x * (1 + erf(x / np.sqrt(2))) / 2, 0, 6)[0]
    assert metrics.negative_area(X, GELU) == pytest.approx(below / (below + above), abs=1e-6)
    assert metrics.negative_area([0.0, 4.0], [-1.0, 3.0]) == pytest.approx(0.1, abs=1e-15)
    assert np.isnan(metrics.negative_area(X, np.zeros_like(X)))


def test_max_slope_of_known_curves():
    assert metrics.max_slope(X, RELU) == pytest.approx(40.0, rel=1e-9)
    assert metrics.max_slope(X, TANH) == pytest.approx(1.0, abs=STEP**2)


def test_summary_states_its_rules():
    row = metrics.threshold_summary(X, RELU, fraction=0.1, window=1.0, level=0.0)
    assert (row["onset_fraction"], row["gain_window"], row["dead_level"]) == (0.1, 1.0, 0.0)
    assert row["onset"] == pytest.approx(1.5, abs=1e-12)
    assert row["gain_above_onset"] == pytest.approx(40.0, rel=1e-9)
    flat = metrics.threshold_summary(X, np.zeros_like(X))
    assert all(
        np.isnan(flat[name]) for name in ("onset", "gain_above_onset", "softness", "saturation", "negative_area")
    )
    assert (flat["dead_zone"], flat["max_slope"]) == (1.0, 0.0)


@pytest.mark.parametrize("index", ALL)
def test_bad_curves_are_refused(index):
    for x, y, message in (
        ([0.0, 1.0, np.nan], [0.0, 1.0, 2.0], r"\(drive\)\[2\]: got nan, expected finite numbers \(1 of 3 are not\)"),
        ([0.0, 1.0, 2.0], [0.0, np.inf, 2.0], r"\(rate\)\[1\]: got inf, expected finite"),
        ([], [], "empty"),
        ([0.0, 1.0], [0.0, 1.0, 2.0], "vectors of one length"),
        ([0.0, 1.0, 1.0], [0.0, 1.0, 2.0], "1 follows 1 at index 2"),
        ([1.0], [1.0], "1 samples"),
    ):
        with pytest.raises(ParameterError, match=message):
            index(x, y)
    with pytest.raises(DimensionError):
        index(["a", "b", "c"], [0.0, 1.0, 2.0])
