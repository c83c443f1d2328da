"""Widths of curves whose width is known in closed form, and the index of direction selectivity."""

import numpy as np
import pytest

from neurosim.metrics import direction_selectivity_index, half_width

# [cos t - T]+ is half as high as at its peak where cos t = (1 + T)/2.
ICEBERG = {0.0: 60.0, 0.25: 51.3178, 0.5: 41.4096, 0.75: 28.9550}


@pytest.mark.parametrize("threshold", ICEBERG)
@pytest.mark.parametrize("peak", [0.0, 170.0])
def test_iceberg(threshold, peak):
    angles = np.arange(-180.0, 180.0, 0.5)
    response = np.maximum(0.0, np.cos(np.radians(angles - peak)) - threshold)
    # A straight line over half a degree misses the cosine by up to (0.5 deg)^2/8 / slope 0.48 = 2e-5 rad = 1.2e-3 deg;
    # the printed angles have four digits.
    assert half_width(angles, response, period=360.0) == pytest.approx(ICEBERG[threshold], abs=1.5e-3)


def test_a_triangle_is_exact_between_samples():
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    y = np.array([0.0, 1.0, 4.0, 3.0, 0.0])
    # Down to 2: left at -2/3, right at 1 + 1/3.
    assert half_width(x, y) == pytest.approx((4 / 3 + 2 / 3) / 2, rel=1e-15)
    # Down to 1 + 3/2 of a baseline of 1: left at -1/2, right at 1 + 1/6.
    assert half_width(x, y, baseline=1.0) == pytest.approx((7 / 6 + 1 / 2) / 2, rel=1e-15)
    assert half_width(x, y, level=0.25) == pytest.approx((5 / 3 + 1) / 2, rel=1e-15)


def test_a_curve_that_stays_high_has_no_width():
    assert np.isnan(half_width([0.0, 1.0, 2.0], [1.0, 2.0, 1.5]))
    assert np.isnan(half_width([0.0, 1.0, 2.0], [0.0, 0.0, 0.0]))
    assert np.isnan(half_width([0.0, 60.0, 120.0], [1.0, 1.0, 1.0], period=180.0))
    with pytest.raises(ValueError, match="positions that ascend"):
        half_width([0.0, 2.0, 1.0], [0.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="span the period or more"):
        half_width([0.0, 90.0, 180.0], [0.0, 1.0, 0.0], period=180.0)


def test_direction_selectivity():
    # The veto model's preferred response 1 - exp(-5) and its null responses for inhibition of 1, 2, 5.
    index = direction_selectivity_index([0.993262] * 3, [0.785398, 0.628799, 0.306622])
    np.testing.assert_allclose(index, [0.116865, 0.224692, 0.528232], atol=1e-6)  # inputs have six digits
    assert direction_selectivity_index(3.0, 0.0) == 1.0
    assert direction_selectivity_index(0.0, 3.0) == -1.0
    assert direction_selectivity_index(2.0, 2.0) == 0.0
    assert np.isnan(direction_selectivity_index(0.0, 0.0))
    with pytest.raises(ValueError, match="same shape"):
        direction_selectivity_index([1.0, 2.0], [1.0])
