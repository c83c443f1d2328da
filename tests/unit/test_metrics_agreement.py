"""Agreement of two arrays, against SciPy and scikit-learn where they have it, and against numbers worked by hand."""

import numpy as np
import pytest
from scipy import stats

from neurosim import metrics
from neurosim.params import ParameterError

MEASURES = (metrics.rmse, metrics.nrmse, metrics.correlation, metrics.r2, metrics.slope, metrics.jaccard)


@pytest.fixture
def noisy():
    rng = np.random.default_rng(5)
    reference = rng.gamma(2.0, 10.0, (30, 12))
    return 0.8 * reference + rng.normal(0, 3, reference.shape), reference


def test_by_hand():
    values, reference = [1.0, 2.0, 5.0], [0.0, 2.0, 4.0]
    assert metrics.rmse(values, reference) == pytest.approx(np.sqrt(2 / 3), rel=1e-15)
    assert metrics.nrmse(values, reference) == pytest.approx(np.sqrt(2 / 3) / 4, rel=1e-15)
    assert metrics.r2(values, reference) == pytest.approx(1 - 2 / 8, rel=1e-15)
    assert metrics.slope(values, reference) == pytest.approx(24 / 20, rel=1e-15)


def test_against_other_libraries(noisy):
    from sklearn.metrics import r2_score, root_mean_squared_error

    values, reference = noisy
    # The same formula by another implementation: rounding only.
    assert metrics.rmse(values, reference) == pytest.approx(
        root_mean_squared_error(reference.ravel(), values.ravel()), rel=1e-12
    )
    assert metrics.r2(values, reference) == pytest.approx(r2_score(reference.ravel(), values.ravel()), rel=1e-12)
    assert metrics.correlation(values, reference) == pytest.approx(
        stats.pearsonr(values.ravel(), reference.ravel()).statistic, rel=1e-12
    )
    fitted = np.linalg.lstsq(reference.reshape(-1, 1), values.ravel(), rcond=None)[0][0]
    assert metrics.slope(values, reference) == pytest.approx(fitted, rel=1e-12)


def test_constants_have_no_correlation():
    ramp, constant = [0.0, 1.0, 2.0], [0.1, 0.1, 0.1]
    assert np.isnan(metrics.correlation(ramp, constant))
    assert np.isnan(metrics.correlation(constant, ramp))
    assert np.isnan(metrics.nrmse(ramp, constant))
    assert np.isnan(metrics.r2(ramp, constant))
    assert np.isnan(metrics.slope(ramp, [0.0, 0.0, 0.0]))
    assert metrics.r2(constant, ramp) < 0.0


def test_identical_arrays_agree_fully(noisy):
    _, reference = noisy
    assert metrics.rmse(reference, reference) == 0.0
    assert metrics.r2(reference, reference) == 1.0
    assert metrics.correlation(reference, reference) == pytest.approx(1.0, abs=1e-15)
    np.testing.assert_array_equal(metrics.jaccard(reference, reference), 1.0)


def test_jaccard_per_trial():
    values = [[1.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    reference = [[0.0, 5.0, 5.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    np.testing.assert_array_equal(metrics.jaccard(values, reference), [1 / 3, 0.0, np.nan])
    assert metrics.jaccard(values[0], reference[0], above=1.0) == 0.5
    assert metrics.jaccard([1e-9, 10.0], [0.0, 2.0], relative=1e-6) == 1.0


def test_jaccard_needs_a_rule_for_negative_values():
    with pytest.raises(ParameterError, match="negative values"):
        metrics.jaccard([1.0, -1.0], [1.0, 1.0])
    assert metrics.jaccard([1.0, -1.0], [1.0, 1.0], negative="rectify") == 0.5
    assert metrics.jaccard([1.0, -1.0], [1.0, 1.0], negative="abs") == 1.0


def test_extreme_scales_do_not_overflow():
    values, reference = np.array([1.0, 2.0, 5.0]), np.array([0.0, 2.0, 4.0])
    for scale in (1e-250, 1e250):
        assert metrics.r2(values * scale, reference * scale) == pytest.approx(0.75, rel=1e-14)
        assert metrics.slope(values * scale, reference * scale) == pytest.approx(1.2, rel=1e-14)


@pytest.mark.parametrize("measure", MEASURES)
def test_bad_input_is_refused(measure):
    for values, reference, message in (
        ([1.0, np.nan], [1.0, 2.0], r"\(values\)\[1\]: got nan, expected finite numbers \(1 of 2 are not\)"),
        ([1.0, 2.0], [np.nan, 2.0], r"\(reference\)\[0\]: got nan, expected finite numbers"),
        ([], [], "empty"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], r"values of shape \(2,\) and reference of shape \(3,\)"),
    ):
        with pytest.raises(ParameterError, match=message):
            measure(values, reference)
