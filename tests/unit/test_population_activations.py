"""Activations of lateral inhibition against closed forms: soft threshold, soft winners, divisive normalisation."""

import numpy as np
import pytest
from scipy.optimize import brentq

from neurosim.activations.divisive import DivisiveNormalisation
from neurosim.activations.kwta import KWTA
from neurosim.activations.relu import ReLU
from neurosim.activations.soft_kwta import SoftKWTA
from neurosim.activations.soft_threshold import SoftThreshold
from neurosim.circuits.kernels import DifferenceOfGaussians, Exponential
from neurosim.params import ParameterError


def test_soft_threshold_is_two_relus_of_opposite_sign():
    x = np.linspace(-3, 3, 61)
    relu = ReLU(threshold=0.7, gain=2.0)
    soft = SoftThreshold(threshold=0.7, gain=2.0)
    np.testing.assert_allclose(soft(x), relu(x) - relu(-x), atol=1e-15)
    np.testing.assert_array_equal(soft(np.array([-0.7, -0.1, 0.0, 0.7])), 0.0)
    assert not np.signbit(soft(np.array([-0.1]))).any()
    # It minimises (r - x)^2/2 + threshold |r|.
    r = np.linspace(-4, 4, 8001)
    for drive in (-2.0, -0.3, 0.5, 1.9):
        best = r[np.argmin((r - drive) ** 2 / 2 + 0.7 * np.abs(r))]
        assert SoftThreshold(threshold=0.7)(np.array(drive)) == pytest.approx(best, abs=1e-3)  # step of the search


def test_soft_winners_add_up_to_k():
    drives = np.random.default_rng(0).normal(0, 2, (20, 30))
    for k in (1, 7, 29):
        for temperature in (1e-3, 0.1, 5.0):
            active = SoftKWTA(k=k, gain=50.0, temperature=temperature)(drives)
            # Rounding of the threshold (1e-16 of drives up to 6) over the temperature, for some units in between.
            np.testing.assert_allclose(active.sum(axis=1), 50.0 * k, rtol=1e-13 + 1e-14 / temperature)


def test_soft_winners_share_one_threshold():
    drive, k, temperature = np.array([0.3, -1.2, 2.0, 0.9, 0.4]), 2, 0.5

    def excess(theta):
        return (1 / (1 + np.exp(-(drive - theta) / temperature))).sum() - k

    theta = brentq(excess, -10, 10, xtol=1e-15)
    expected = 1 / (1 + np.exp(-(drive - theta) / temperature))
    np.testing.assert_allclose(SoftKWTA(k=k, temperature=temperature)(drive), expected, rtol=1e-13)
    # Two units with one winner are a logistic of half their difference.
    pair = SoftKWTA(temperature=0.5)(np.array([1.0, 0.4]))
    assert pair[0] == pytest.approx(1 / (1 + np.exp(-0.6)), rel=1e-14)


def test_soft_winners_become_hard_ones_and_shifts_do_not_matter():
    drive = np.random.default_rng(1).normal(5, 1, 12)
    winners = KWTA(k=4)(drive) > 0
    np.testing.assert_allclose(SoftKWTA(k=4, temperature=1e-4)(drive), winners.astype(float), atol=1e-12)
    soft = SoftKWTA(k=4, temperature=0.3)
    np.testing.assert_allclose(soft(drive + 1000.0), soft(drive), atol=1e-11)  # 1000 costs three digits
    np.testing.assert_array_equal(SoftKWTA(k=12)(drive), 1.0)


def test_divisive_normalisation_by_hand():
    act = DivisiveNormalisation(gain=10.0, exponent=2.0, sigma=2.0)
    # 1 + 4 + 0 in the pool, and sigma^2 = 4.
    np.testing.assert_allclose(act(np.array([1.0, 2.0, -3.0])), [10 / 9, 40 / 9, 0])
    assert act(np.array([2.0, 0.0]))[0] == pytest.approx(5.0)  # alone at sigma: half of the gain
    local = DivisiveNormalisation(exponent=1.0, weight=0.5, kernel=Exponential(length=1.0), topology="line")
    near, far = 0.5 * np.exp(-1), 0.5 * np.exp(-2)
    expected = np.array([1, 2, 3]) / (1 + np.array([[0.5, near, far], [near, 0.5, near], [far, near, 0.5]]) @ [1, 2, 3])
    np.testing.assert_allclose(local(np.array([1.0, 2.0, 3.0])), expected, rtol=1e-14)


def test_divisive_normalisation_keeps_ratios_and_saturates():
    drive = np.array([3.0, 1.0, 2.0, 0.0])
    act = DivisiveNormalisation(gain=1.0, exponent=2.0, sigma=1.0)
    weak, strong = act(drive), act(1e6 * drive)
    np.testing.assert_allclose(weak / weak.sum(), np.square(drive) / 14, rtol=1e-14)
    np.testing.assert_allclose(strong, np.square(drive) / 14, rtol=1e-11)  # sigma^2 is 1e-13 of the pool
    high = DivisiveNormalisation(exponent=8.0)(np.array([1e60, 1e60]))
    np.testing.assert_allclose(high, 0.5)  # (1e60)^8 would overflow


def test_a_pool_that_could_be_negative_is_refused():
    with pytest.raises(ParameterError, match=r"DivisiveNormalisation\.kernel: .*nowhere negative"):
        DivisiveNormalisation(kernel=DifferenceOfGaussians())
