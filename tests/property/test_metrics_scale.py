"""Metrics at any scale: what has no unit ignores that of its arrays, what has one follows it, near overflow too."""

import numpy as np
import pytest

from neurosim import metrics

RNG = np.random.default_rng(5)
A, B = RNG.uniform(0.1, 1.0, (2, 6, 5))
SIGNED = RNG.standard_normal((6, 5))
TIMES = np.cumsum(RNG.uniform(0.1, 1.0, 30))
UNITS = np.arange(30) % 3
DRIVE = np.linspace(-1.0, 2.0, 13)
CURVE = np.logaddexp(0.0, 4 * DRIVE)
LABELS = (SIGNED[:, 0] > 0).astype(int)
FIELDS = RNG.standard_normal((3, 8, 8))
POWERS = (-1021, -700, -540, 0, 530, 540, 1000, 1022)
"""Powers of two: 2**530 = 3.5e159, 2**1022 = 4.5e307, 2**-700 = 1.9e-211."""

# What is the same whatever the unit of the activity.
SCALE_FREE = {
    "nrmse": lambda s: metrics.nrmse(A * s, B * s),
    "correlation": lambda s: metrics.correlation(SIGNED * s, B),
    "correlation with a huge reference": lambda s: metrics.correlation(B, SIGNED * s),
    "r2": lambda s: metrics.r2(A * s, B * s),
    "slope": lambda s: metrics.slope(A * s, B * s),
    "jaccard": lambda s: metrics.jaccard(A * s, B * s, relative=0.5),
    "active_fraction": lambda s: metrics.active_fraction(A * s, relative=0.5),
    "negative_mass": lambda s: metrics.negative_mass(SIGNED * s),
    "treves_rolls": lambda s: metrics.treves_rolls(A * s),
    "vinje_gallant": lambda s: metrics.vinje_gallant(A * s, axis=0),
    "hoyer": lambda s: metrics.hoyer(A * s),
    "gini": lambda s: metrics.gini(A * s),
    "excess_kurtosis": lambda s: metrics.excess_kurtosis(SIGNED * s, negative="keep"),
    "selectivity": lambda s: metrics.selectivity(A * s),
    "mean_absolute_correlation": lambda s: metrics.mean_absolute_correlation(SIGNED * s),
    "bimodality": lambda s: metrics.bimodality(SIGNED * s),
    "match_causes": lambda s: metrics.match_causes(A * s, B * s).similarity,
    "participation_ratio": lambda s: metrics.participation_ratio(A * s),
    "direction_selectivity_index": lambda s: metrics.direction_selectivity_index(A * s, B * s),
    "cv": lambda s: metrics.cv(TIMES / 32 * s, UNITS),
    "cv_per_unit": lambda s: metrics.cv_per_unit(TIMES / 32 * s, UNITS, 3),
    "local_variation": lambda s: metrics.local_variation(TIMES / 32 * s, UNITS),
    "softness": lambda s: metrics.softness(DRIVE, CURVE / 16 * s),
    "saturation": lambda s: metrics.saturation(DRIVE, CURVE / 16 * s),
    "negative_area": lambda s: metrics.negative_area(DRIVE, (CURVE - 0.5) / 16 * s),
    "onset": lambda s: metrics.onset(DRIVE, CURVE / 16 * s, fraction=0.2),
    "half_width": lambda s: metrics.half_width(np.arange(5.0), np.array([0.0, 1.0, 3.0, 2.0, 0.0]) / 4 * s),
    "linear_probe": lambda s: metrics.linear_probe(SIGNED / 8 * s, LABELS, SIGNED / 8 * s, LABELS).train_error,
    "fit_gabors": lambda s: metrics.fit_gabors(FIELDS / 8 * s).r2,
    "p of a paired difference": lambda s: (
        metrics.paired_difference(A[0] * s, B[0] * s, rng=np.random.default_rng(0)).p_value
    ),
}  # fmt: skip
# What has the unit of its array.
WITH_UNIT = {
    "rmse": lambda s: metrics.rmse(A * s, B * s),
    "fano": lambda s: metrics.fano(A * s),
    "student_interval": lambda s: [*vars(metrics.student_interval(A[0] / 8 * s)).values()][:3],
    "paired difference": lambda s: (
        [*vars(metrics.paired_difference(A[0] * s, B[0] * s, rng=np.random.default_rng(0)).interval).values()][:3]
    ),
    "mach_overshoot": lambda s: metrics.mach_overshoot(A[0] * s, 4, 0).overshoot if A[0, 0] > A[0, 4] else 0.0,
    "max_slope": lambda s: metrics.max_slope(DRIVE, CURVE / 64 * s),
    "gain_above_onset": lambda s: metrics.gain_above_onset(DRIVE, CURVE / 64 * s, start=0.0, window=2.0),
    "mean_rate": lambda s: metrics.sparsity_row(A * s, rung="x")["mean_rate"],
    "spectral_peak": lambda s: metrics.spectral_peak(np.arange(5.0), np.array([0.0, 1.0, 3.0, 2.0, 0.0]) / 4 * s)[1],
    "half_width": lambda s: metrics.half_width(np.arange(5.0) / 8 * s, [0.0, 1.0, 3.0, 2.0, 0.0]),
    "onset": lambda s: metrics.onset(DRIVE / 4 * s, CURVE, fraction=0.2),
}  # fmt: skip


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("name", SCALE_FREE)
def test_a_metric_without_a_unit_ignores_the_scale(name, power):
    # A power of two changes no digit; below 2**-1000 the smallest entries lose some.
    tolerance = 1e-12 if power > -1000 else 1e-5
    usual = SCALE_FREE[name](1.0)
    np.testing.assert_allclose(SCALE_FREE[name](2.0**power), usual, rtol=tolerance, atol=tolerance)
    assert np.isfinite(usual).all()


@pytest.mark.parametrize("power", [-540, 0, 530, 1000, 1022])
@pytest.mark.parametrize("name", WITH_UNIT)
def test_a_metric_with_a_unit_follows_the_scale(name, power):
    usual = np.array(WITH_UNIT[name](1.0))
    found = np.ldexp(np.array(WITH_UNIT[name](2.0**power)), -power)
    np.testing.assert_allclose(found, usual, rtol=1e-12)
    assert np.isfinite(usual).all()


def test_values_by_hand_where_squares_overflow():
    huge = 1e307
    assert metrics.r2([1 * huge, 2 * huge, 4 * huge], [1 * huge, 2 * huge, 3 * huge]) == pytest.approx(0.5)
    assert metrics.selectivity(np.array([[1.0], [1.0], [4.0]]) * 4e307) == pytest.approx([0.5])
    assert metrics.correlation([-1.7e308, 0.0, 1.7e308], [1.0, 2.0, 3.0]) == pytest.approx(1.0)
    # two of four at the top: fourth over squared second moment is 1
    assert metrics.excess_kurtosis([0.0, 0.0, 1.7e308, 1.7e308]) == pytest.approx(-2.0)
    assert metrics.direction_selectivity_index(1.5e308, 0.5e308) == pytest.approx(0.5)
    assert metrics.student_interval([1.6e308, 1.6e308]).value == 1.6e308
    assert metrics.cv(np.array([0.0, 1.0, 4.0]) * 1e-200, [0, 0, 0]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.rmse([1.7e308], [-1.7e308]),
        lambda: metrics.r2([1e200, 0.0], [0.0, 1.0]),
        lambda: metrics.slope([1e300], [1e-300]),
        lambda: metrics.max_slope([0.0, 1e-300], [0.0, 1e300]),
        lambda: metrics.atp_per_second(1e300),
    ],
)
def test_a_result_beyond_float64_is_refused(call):
    with pytest.raises(ValueError, match=r"^\w+.*: the result is beyond 1\.8e308, expected smaller values"):
        call()
