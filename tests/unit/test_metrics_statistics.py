"""Intervals, paired differences and Holm's correction, against SciPy and worked examples."""

import numpy as np
import pytest
from scipy import stats

from neurosim import metrics
from neurosim.params import ParameterError

SAMPLE = np.array([0.31, 0.36, 0.29, 0.52, 0.33, 0.41, 0.38, 0.30])


@pytest.mark.parametrize("method", ["bca", "percentile"])
@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_bootstrap_against_scipy(method, statistic):
    found = metrics.bootstrap_interval(
        SAMPLE, n=40_000, rng=np.random.default_rng(0), statistic=statistic, method=method
    )
    other = stats.bootstrap(
        (SAMPLE,),
        statistic,
        n_resamples=40_000,
        method={"bca": "BCa"}.get(method, method),
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (found.value, found.n) == (statistic(SAMPLE), 8)
    # Two independent sets of resamples: a bound's Monte Carlo error is sqrt(.025 * .975 / 40000) / density, some 0.0006
    # here; for the median bounds jump between neighbouring data, 0.01 apart.
    tolerance = 0.003 if statistic is np.mean else 0.011
    assert found.low == pytest.approx(other.low, abs=tolerance)
    assert found.high == pytest.approx(other.high, abs=tolerance)
    assert found.low < found.value < found.high


def test_bca_of_a_skewed_sample_is_not_the_percentile_interval():
    rng = np.random.default_rng
    bca = metrics.bootstrap_interval(SAMPLE, rng=rng(0))
    percentile = metrics.bootstrap_interval(SAMPLE, rng=rng(0), method="percentile")
    # The long tail is to the right, so both bounds move to the right.
    assert bca.low > percentile.low
    assert bca.high > percentile.high


def test_bootstrap_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(8)
    repeats = 400
    covered = 0
    for _ in range(repeats):
        interval = metrics.bootstrap_interval(rng.normal(3.0, 2.0, 40), rng=rng, n=800)
        covered += interval.low <= 3.0 <= interval.high
    # 4 binomial standard errors, and the known shortness sqrt((n - 1)/n) z / t of bootstrap intervals: .01 at n = 40.
    assert abs(covered / repeats - 0.95) < 4 * np.sqrt(0.95 * 0.05 / repeats) + 0.01


def test_degenerate_samples():
    rng = np.random.default_rng(0)
    for interval in (metrics.bootstrap_interval([0.4], rng=rng), metrics.student_interval([0.4])):
        assert (interval.value, interval.n) == (0.4, 1)
        assert np.isnan([interval.low, interval.high]).all()
    equal = metrics.bootstrap_interval([0.1, 0.1, 0.1], rng=rng)
    assert equal.low == equal.value == equal.high == pytest.approx(0.1, rel=1e-15)
    # The statistic lies outside (or at the edge of) all resamples: no bias correction exists, and none is made.
    highest = metrics.bootstrap_interval([1.0, 2.0, 3.0], rng=rng, statistic=np.max, n=200)
    assert np.isfinite([highest.low, highest.high]).all()


def test_same_generator_same_interval():
    first, second = (metrics.bootstrap_interval(SAMPLE, rng=np.random.default_rng(4)) for _ in range(2))
    assert first == second


def test_large_samples_are_drawn_in_blocks():
    values = np.random.default_rng(1).normal(size=5_000)
    interval = metrics.bootstrap_interval(values, rng=np.random.default_rng(2), n=2_000, method="percentile")
    normal = 1.96 * values.std() / np.sqrt(values.size)
    # 5000 x 2000 values do not fit into one block; the central limit holds, bounds' Monte Carlo error is about 5 %.
    assert interval.high - interval.low == pytest.approx(2 * normal, rel=0.15)


def test_student_interval_against_scipy():
    found = metrics.student_interval(SAMPLE, level=0.9)
    low, high = stats.t.interval(0.9, SAMPLE.size - 1, SAMPLE.mean(), stats.sem(SAMPLE))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (175, 1000)])
def test_the_interval_of_a_proportion_is_wilsons(k, n):
    found = metrics.proportion_interval(k, n, level=0.9)
    other = stats.binomtest(k, n).proportion_ci(0.9, method="wilson")
    assert (found.value, found.n) == (k / n, n)
    assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-12)


def test_a_proportion_is_one_of_at_least_one_try():
    for k, n, words in ((1, 0, "trials"), (3, 2, "3 successes in 2"), (-1, 2, "successes")):
        with pytest.raises(ParameterError, match=words):
            metrics.proportion_interval(k, n)


def test_student_p_value_against_scipy():
    first, second = np.random.default_rng(2).normal(size=(2, 6))
    found = metrics.student_p_value(first - second)
    assert found == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-10)
    assert metrics.student_p_value(1e200 * (first - second)) == pytest.approx(found, rel=1e-10)
    assert metrics.student_p_value([0.0, 0.0]) == 1.0
    assert metrics.student_p_value([0.5, 0.5]) == 0.0


@pytest.mark.parametrize("values", [[1.0], [], [np.nan, 1.0], [[1.0, 2.0]], np.ma.masked_array([1.0, 2.0], [0, 1])])
def test_student_p_value_refuses_what_has_none(values):
    with pytest.raises(ParameterError, match="student_p_value"):
        metrics.student_p_value(values)


def test_paired_difference_is_exact_for_few_pairs():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.4, 1, 8), rng.normal(0, 1, 8)
    found = metrics.paired_difference(a, b, rng=rng)
    other = stats.permutation_test(
        (a - b,), lambda d, axis=-1: np.mean(d, axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert found.exact
    assert found.p_value == pytest.approx(other.pvalue, abs=1e-15)  # the same count out of 256
    assert found.interval.value == pytest.approx((a - b).mean(), rel=1e-15)


def test_five_seeds_never_reach_five_percent():
    found = metrics.paired_difference(np.arange(5) + 10.0, np.zeros(5), rng=np.random.default_rng(0))
    assert found.p_value == 2 / 2**5
    assert metrics.paired_difference([1.0], [0.0], rng=np.random.default_rng(0)).p_value == 1.0


def test_equal_pairs_do_not_differ():
    found = metrics.paired_difference([0.3, 0.2, 0.7], [0.3, 0.2, 0.7], rng=np.random.default_rng(0))
    assert found.p_value == 1.0
    assert (found.interval.low, found.interval.high) == (0.0, 0.0)


def test_random_signs_for_many_pairs():
    rng = np.random.default_rng(6)
    difference = rng.normal(0.35, 1.0, 40)
    found = metrics.paired_difference(difference, np.zeros(40), rng=rng, n=20_000)
    assert not found.exact
    # The sign-flip law of the mean is close to normal with the root mean square as its scale.
    z = abs(difference.sum()) / np.sqrt((difference**2).sum())
    expected = 2 * stats.norm.sf(z)
    # 4 Monte Carlo standard errors, and 0.005 for the normal approximation at 40 pairs.
    assert abs(found.p_value - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000) + 0.005


def test_sign_flip_errs_as_often_as_it_says():
    rng = np.random.default_rng(12)
    repeats = 1000
    p = np.array([metrics.paired_difference(*rng.normal(size=(2, 8)), rng=rng, n=2).p_value for _ in range(repeats)])
    # Exact: P(p <= k/128) = k/128 for continuous differences; 4 binomial standard errors.
    for k in (2, 6, 32):
        level = k / 128
        assert abs((p <= level).mean() - level) < 4 * np.sqrt(level * (1 - level) / repeats)


def test_holm_by_hand():
    # Sorted .005 .01 .03 .04 times 4 3 2 1 = .02 .03 .06 .04, made ascending: .02 .03 .06 .06.
    np.testing.assert_allclose(metrics.holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02], rtol=1e-14)
    np.testing.assert_array_equal(metrics.holm([0.6, 0.9]), [1.0, 1.0])
    np.testing.assert_array_equal(metrics.holm([0.03]), [0.03])


@pytest.mark.parametrize("bad", [[], [np.nan, 0.1], [[0.1, 0.2]]])
def test_bad_values_are_refused(bad):
    rng = np.random.default_rng(0)
    for call in (
        lambda: metrics.bootstrap_interval(bad, rng=rng),
        lambda: metrics.student_interval(bad),
        lambda: metrics.paired_difference(bad, bad, rng=rng),
        lambda: metrics.holm(bad),
    ):
        with pytest.raises(ParameterError):
            call()


def test_bad_arguments_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ParameterError, match="level"):
        metrics.bootstrap_interval(SAMPLE, rng=rng, level=95)
    with pytest.raises(ParameterError, match="n: got 0"):
        metrics.bootstrap_interval(SAMPLE, rng=rng, n=0)
    with pytest.raises(ParameterError, match="did you mean 'bca'"):
        metrics.bootstrap_interval(SAMPLE, rng=rng, method="BCa")
    with pytest.raises(ParameterError, match="same shape"):
        metrics.paired_difference([1.0, 2.0], [1.0], rng=rng)
    with pytest.raises(ParameterError, match=r"got 1\.5, expected probabilities"):
        metrics.holm([0.1, 1.5])
