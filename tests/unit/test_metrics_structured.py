"""Metrics of structured input: constant, silent, one unit, one trial, ties and negative values, by hand."""

import math

import numpy as np
import pytest

from neurosim import metrics
from neurosim.params import ParameterError

SPARSITY = (metrics.treves_rolls, metrics.vinje_gallant, metrics.hoyer, metrics.gini)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 7.3e-5, 1e300])
def test_a_constant_population_is_dense_and_has_no_variance(value):
    constant = np.full((2, 7), value)
    np.testing.assert_allclose(metrics.treves_rolls(constant), 1.0, rtol=1e-15)
    np.testing.assert_allclose(metrics.participation_ratio(constant), 7.0, rtol=1e-15)
    for index in (metrics.vinje_gallant, metrics.hoyer, metrics.gini):
        np.testing.assert_allclose(index(constant), 0.0, atol=1e-15)
    np.testing.assert_array_equal(metrics.excess_kurtosis(constant), [np.nan, np.nan])
    np.testing.assert_allclose(metrics.selectivity(constant), 0.0, atol=1e-15)
    assert np.isnan(metrics.correlation(constant, np.arange(14.0).reshape(2, 7)))
    assert np.isnan(metrics.nrmse(np.zeros(7), constant[0]))
    assert np.isnan(metrics.r2(np.zeros(7), constant[0]))
    assert np.isnan(metrics.bimodality(constant[0]))
    assert np.isnan(metrics.mean_absolute_correlation(np.full((5, 3), value)))


def test_one_winner_and_ties_by_hand():
    one, two = np.array([0.0, 0.0, 4.0, 0.0]), np.array([3.0, 0.0, 3.0, 0.0])
    # n = 4, m equal active ones: a = m/n, S = (1 - m/n)/(1 - 1/n), Hoyer (2 - sqrt(m))/(2 - 1), Gini 1 - m/n.
    expected = {1: (0.25, 1.0, 1.0, 0.75), 2: (0.5, 2 / 3, 2 - math.sqrt(2), 0.5)}
    for m, vector in ((1, one), (2, two)):
        for index, right in zip(SPARSITY, expected[m], strict=True):
            assert index(vector) == pytest.approx(right, rel=1e-14)
        assert metrics.participation_ratio(vector) == pytest.approx(m, rel=1e-14)
        assert metrics.active_fraction(vector) == m / 4


def test_all_silent_is_undefined_and_not_zero():
    silent = np.zeros((3, 4))
    for index in (*SPARSITY, metrics.negative_mass, metrics.excess_kurtosis, metrics.participation_ratio):
        np.testing.assert_array_equal(index(silent), [np.nan] * 3)
    np.testing.assert_array_equal(metrics.selectivity(silent), [np.nan] * 4)
    np.testing.assert_array_equal(metrics.fano(silent), [np.nan] * 4)
    np.testing.assert_array_equal(metrics.jaccard(silent, silent), [np.nan] * 3)
    assert np.isnan(metrics.direction_selectivity_index(0.0, 0.0))
    assert np.isnan(metrics.slope(np.ones(3), np.zeros(3)))
    np.testing.assert_array_equal(metrics.active_fraction(silent, relative=0.5), [0.0] * 3)
    np.testing.assert_array_equal(metrics.exact_zero_fraction(-silent), [1.0] * 3)
    assert np.isnan(metrics.cv([], []))
    assert np.isnan(metrics.local_variation([], []))
    assert np.isnan(metrics.half_width([0.0, 1.0, 2.0], [0.0, 0.0, 0.0]))


def test_one_unit_and_one_trial():
    np.testing.assert_array_equal(metrics.treves_rolls(np.array([[2.0], [0.0]])), [1.0, np.nan])
    for index in (metrics.vinje_gallant, metrics.hoyer):
        with pytest.raises(ParameterError, match="got 1 entry along axis -1, expected at least 2"):
            index(np.array([[2.0]]))
    assert metrics.gini(np.array([2.0])) == 0.0
    with pytest.raises(ParameterError, match="at least two counts"):
        metrics.fano(np.array([[1.0, 2.0]]))
    assert np.isnan(metrics.mean_absolute_correlation(np.array([[1.0, 2.0]])))


@pytest.mark.parametrize("index", [*SPARSITY, metrics.participation_ratio, metrics.selectivity, metrics.fano])
def test_negative_values_are_refused_or_a_rule_is_asked_for(index):
    with pytest.raises(ParameterError, match=r"-1"):
        index(np.array([[1.0, -1.0], [2.0, 3.0]]))
    with pytest.raises(ParameterError, match=r"expected at least one|empty|no entries|got 0"):
        index(np.zeros((0, 2)))


@pytest.mark.parametrize(("preferred", "null"), [(1.0, -1.0), (2.0, -1.0), (-1.0, 0.5)])
def test_the_direction_index_refuses_negative_responses(preferred, null):
    with pytest.raises(ParameterError, match=r"direction_selectivity_index\(.*\): got -1, expected responses >= 0"):
        metrics.direction_selectivity_index(preferred, null)


@pytest.mark.parametrize("value", [0.1, 0.3, 1 / 3, 123.456])
def test_a_field_that_is_the_same_everywhere_resembles_no_cause(value):
    causes = np.eye(2, 7)
    found = metrics.match_causes(np.full((3, 7), value), causes)
    np.testing.assert_array_equal(found.similarity, [0.0, 0.0, 0.0])


def test_a_flat_spectrum_has_no_peak():
    frequencies = np.arange(0.0, 50.0, 5.0)
    for density in (np.zeros(10), np.full(10, 0.3)):
        place, height = metrics.spectral_peak(frequencies, density)
        assert np.isnan(place)
        assert height == density[0]
    _, silent = metrics.power_spectrum(np.zeros(400), 1e-3, segment=0.1)
    assert np.isnan(metrics.spectral_peak(np.arange(len(silent)) * 10.0, silent)[0])


def test_simultaneous_spikes_are_regular():
    # Intervals 0, 0: no difference between them; 0, 1: the largest there is, 3.
    assert metrics.local_variation([1.0, 1.0, 1.0], [0, 0, 0]) == 0.0
    assert metrics.local_variation([1.0, 1.0, 2.0], [0, 0, 0]) == pytest.approx(3.0, rel=1e-14)
    assert np.isnan(metrics.cv([1.0, 1.0, 1.0], [0, 0, 0]))
