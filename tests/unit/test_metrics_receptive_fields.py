"""Units and causes, selectivity, redundancy, bimodality: by hand, by other routes, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from neurosim import metrics
from neurosim.params import DimensionError, ParameterError
from neurosim.stimuli.patterns import single_bars

BARS = single_bars(8)


def test_a_bar_on_any_ground_is_that_bar():
    fields = np.concatenate([0.2 + 0.5 * BARS[:3], 3.0 * BARS[15:] - 7.0])
    matching = metrics.match_causes(fields, BARS)
    assert matching.cause.tolist() == [0, 1, 2, 15]
    np.testing.assert_allclose(matching.similarity, 1.0, rtol=1e-12)
    assert matching.unique == 4
    assert np.flatnonzero(matching.found).tolist() == [0, 1, 2, 15]


def test_two_bars_at_once_are_no_cause():
    crossing, parallel = np.maximum(BARS[0], BARS[8]), BARS[0] + BARS[1]
    matching = metrics.match_causes([crossing, parallel], BARS)
    expected = [np.corrcoef(crossing, BARS[0])[0, 1], np.corrcoef(parallel, BARS[0])[0, 1]]
    np.testing.assert_allclose(matching.similarity, expected, rtol=1e-12)
    assert max(expected) < 0.69  # the number in the definition
    assert matching.unique == 0
    assert metrics.match_causes([crossing], BARS, at_least=0.6).unique == 1


def test_two_units_with_one_bar_count_once_and_an_empty_field_not_at_all():
    matching = metrics.match_causes([BARS[4], BARS[4], np.ones(64), np.zeros(64)], BARS)
    assert matching.unique == 1
    assert matching.similarity[2:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.match_causes(np.ones((2, 3)), np.eye(4)), "fields have 3 pixels and causes 4"),
        (lambda: metrics.match_causes(np.eye(4), np.ones((1, 4))), "cause 0 is the same everywhere"),
        (lambda: metrics.match_causes(np.eye(4), np.eye(4), at_least=0.0), "at_least"),
        (lambda: metrics.match_causes(np.ones(4), np.eye(4)), r"got shape \(4,\), expected a matrix"),
        (
            lambda: metrics.selectivity([1.0, 2.0], axis=3),
            "selectivity: axis: got 3, expected a whole number from -1 to 0",
        ),
        (lambda: metrics.selectivity([1.0, 2.0], axis="x"), "selectivity: axis: got 'x', expected a whole number"),
        (lambda: metrics.selectivity([-1.0, 2.0]), "got -1, expected activities >= 0"),
        (lambda: metrics.mean_absolute_correlation([[np.nan, 1.0]]), r"activity\)\[0, 0\]: got nan"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises((ParameterError, DimensionError), match=message):
        call()


def test_selectivity_of_one_answer_in_k():
    answers = np.array([[5.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    found = metrics.selectivity(answers)
    np.testing.assert_allclose(found[:2], [0.8, 0.0], atol=1e-15)
    assert np.isnan(found[2])


def test_mean_correlation_is_that_of_numpy():
    activity = np.random.default_rng(0).normal(size=(50, 5))
    activity[:, 1] -= activity[:, 0]
    both = np.abs(np.corrcoef(activity.T)[~np.eye(5, dtype=bool)]).mean()
    assert metrics.mean_absolute_correlation(activity) == pytest.approx(both, rel=1e-12)
    silent = np.column_stack([activity, np.zeros(50)])
    assert metrics.mean_absolute_correlation(silent) == pytest.approx(both, rel=1e-12)
    assert np.isnan(metrics.mean_absolute_correlation(silent[:, 4:]))


def test_bimodality_of_known_distributions():
    assert metrics.bimodality([0.0, 1.0, 0.0, 1.0]) == pytest.approx(1.0)
    assert metrics.bimodality([0.0, 0.0, 0.0, 1.0]) == pytest.approx(1.0)
    uniform = (np.arange(100_000) + 0.5) / 100_000
    assert metrics.bimodality(uniform) == pytest.approx(5 / 9, rel=1e-6)
    sample = np.random.default_rng(1).gamma(2.0, size=500)
    other = (stats.skew(sample) ** 2 + 1) / stats.kurtosis(sample, fisher=False)
    assert metrics.bimodality(1e200 * sample) == pytest.approx(other, rel=1e-10)
    assert np.isnan(metrics.bimodality([2.0, 2.0]))
