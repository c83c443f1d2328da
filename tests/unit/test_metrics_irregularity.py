"""Local variation of trains whose irregularity is known."""

import numpy as np
import pytest

from neurosim.metrics import cv, local_variation


def test_a_clock_and_alternating_intervals():
    assert local_variation(np.arange(10) * 0.01, np.zeros(10, int)) == pytest.approx(0.0, abs=1e-20)
    times = np.cumsum([0.0, 0.01, 0.03, 0.01, 0.03, 0.01])
    # Every pair: ((1 - 3)/(1 + 3))^2 = 1/4.
    assert local_variation(times, np.zeros(6, int)) == pytest.approx(0.75, rel=1e-12)


def test_poisson_is_one_even_where_the_rate_drifts():
    rng = np.random.default_rng(4)
    steady = np.cumsum(rng.exponential(0.05, 40_000))
    # The mean of 3 ((a - b)/(a + b))^2 over exponential pairs is 1, its variance 0.8; neighbours share an interval.
    assert local_variation(steady, np.zeros(steady.size, int)) == pytest.approx(1.0, abs=5 * np.sqrt(2 * 0.8 / 40_000))
    drifting = np.cumsum(rng.exponential(np.repeat([0.01, 0.1], 20_000)))
    assert local_variation(drifting, np.zeros(drifting.size, int)) == pytest.approx(1.0, abs=0.035)
    assert cv(drifting, np.zeros(drifting.size, int)) > 1.2


def test_intervals_of_different_trains_are_no_pair():
    times, units = [0.0, 0.1, 0.2, 0.0, 0.3, 0.6], [0, 0, 0, 1, 1, 1]
    assert local_variation(times, units) == pytest.approx(0.0, abs=1e-20)
    assert local_variation(times, [0] * 6, trials=units) == pytest.approx(0.0, abs=1e-20)
    assert np.isnan(local_variation([0.0, 0.1], [0, 0]))
    assert np.isnan(local_variation([], []))
    with pytest.raises(ValueError, match="expected one each per spike"):
        local_variation([0.0, 0.1], [0])
