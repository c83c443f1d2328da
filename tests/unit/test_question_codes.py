"""Correlations over few layers, with intervals: by other routes."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.real._codes import alike, at_same, with_interval

ONE, OTHER, THIRD = (pd.Series(np.random.default_rng(k).standard_normal(13)) for k in range(3))


def test_a_correlation_has_the_interval_of_fishers_z():
    found = with_interval(alike(ONE, OTHER), 13)
    expected = stats.pearsonr(ONE.rank(), OTHER.rank())
    low, high = expected.confidence_interval(0.95)
    # 1.96 for the quantile of the normal distribution: six digits.
    assert (found.value, found.low, found.high) == pytest.approx((expected.statistic, low, high), rel=1e-4)
    assert found.n == 13


def test_a_correlation_at_the_same_value_is_that_of_what_the_third_leaves():
    ranks = [each.rank().to_numpy() for each in (ONE + THIRD, OTHER + THIRD, THIRD)]
    left = [each - np.polyval(np.polyfit(ranks[2], each, 1), ranks[2]) for each in ranks[:2]]
    found, places = at_same(ONE + THIRD, OTHER + THIRD, THIRD)
    assert found == pytest.approx(np.corrcoef(*left)[0, 1])
    assert places == 12
    assert at_same(THIRD, OTHER, THIRD)[0] == 0.0
