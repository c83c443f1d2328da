"""The effective number of winners."""

import numpy as np
import pytest

from neurosim.metrics import participation_ratio, treves_rolls


def test_by_hand():
    np.testing.assert_allclose(
        participation_ratio([[0.0, 5.0, 0.0], [2.0, 2.0, 2.0], [3.0, 1.0, 0.0]]), [1.0, 3.0, 1.6]
    )
    assert np.isnan(participation_ratio([0.0, 0.0]))
    assert participation_ratio([1e-300, 1e-300]) == 2.0  # no square underflows
    assert participation_ratio([3e300, 1e300]) == pytest.approx(1.6, rel=1e-15)


def test_softmax_of_many_gaussian_logits_keeps_a_share_of_exp_minus_variance():
    # n -> infinity: (E e^x)^2 / E e^(2x) = exp(-s^2); the relative standard error at n = 1e6 is below 1 %.
    weights = np.exp(np.random.default_rng(1).normal(0.0, 1.0, 1_000_000))
    assert participation_ratio(weights) / weights.size == pytest.approx(np.exp(-1.0), rel=0.03)


def test_it_is_n_times_the_treves_rolls_index():
    rates = np.random.default_rng(2).exponential(size=(5, 40))
    np.testing.assert_allclose(participation_ratio(rates), 40 * treves_rolls(rates), rtol=1e-12)
    np.testing.assert_allclose(participation_ratio(rates.T, axis=0), participation_ratio(rates), rtol=1e-12)


def test_negative_activity_is_refused():
    with pytest.raises(ValueError, match=r"got -1, expected activities >= 0"):
        participation_ratio([-1.0, 2.0])
