"""What holds for every activity: bounds, no scale, no order."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurosim import metrics

BOUNDED = (metrics.treves_rolls, metrics.vinje_gallant, metrics.hoyer, metrics.gini, metrics.negative_mass)
SCALELESS = (*BOUNDED, metrics.exact_zero_fraction, metrics.active_fraction, metrics.excess_kurtosis)

# How long an example takes says something about the machine, not about the index.
calm = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=8)
# Rates in steps of 1/64 up to 1 kHz: exact in floating point, so that a power of two scales them without rounding.
RATES = hnp.arrays(np.int64, SHAPES, elements=st.integers(0, 64_000)).map(lambda counts: counts / 64)
ANY_RATES = hnp.arrays(np.float64, SHAPES, elements=st.floats(0, 1e308, allow_subnormal=True))


def defined(values):
    return values[np.isfinite(values)]


@pytest.mark.parametrize("index", BOUNDED)
@pytest.mark.parametrize("axis", [0, -1])
@calm
@given(rates=ANY_RATES)
def test_indices_lie_between_zero_and_one(index, axis, rates):
    found = index(rates, axis=axis)
    silent = ~rates.any(axis=axis)
    np.testing.assert_array_equal(np.isnan(found), silent)
    assert ((defined(found) >= 0) & (defined(found) <= 1)).all()


@pytest.mark.parametrize("index", SCALELESS)
@calm
@given(rates=RATES, power=st.integers(-30, 30))
def test_scale_does_not_matter(index, rates, power):
    # A power of two changes no mantissa, so the answer is the same to the last bit.
    np.testing.assert_array_equal(index(rates * 2.0**power), index(rates))


@pytest.mark.parametrize("index", SCALELESS)
@calm
@given(rates=RATES, seed=st.integers(0, 2**32 - 1))
def test_order_does_not_matter(index, rates, seed):
    shuffled = np.random.default_rng(seed).permuted(rates, axis=-1)
    # Sums in another order round differently; the kurtosis of a nearly constant vector amplifies it most.
    np.testing.assert_allclose(index(shuffled), index(rates), rtol=1e-9, atol=1e-9)


@calm
@given(rates=RATES)
def test_sparser_by_one_index_of_the_pair_is_sparser_by_the_other(rates):
    # Vinje-Gallant is defined as a falling line of Treves-Rolls with ends 1/n -> 1 and 1 -> 0.
    a, s, n = metrics.treves_rolls(rates), metrics.vinje_gallant(rates), rates.shape[-1]
    ok = np.isfinite(a)
    np.testing.assert_allclose(a[ok], 1 - s[ok] * (1 - 1 / n), rtol=0, atol=1e-12)
    assert (a[ok] >= 1 / n - 1e-12).all()


@calm
@given(rates=RATES, zeros=st.integers(1, 20))
def test_silent_units_make_it_sparser(rates, zeros):
    # Hurley & Rickard's property P2 ("babies"): holds for Gini and Hoyer; Treves-Rolls falls as n grows.
    assume(rates.any(axis=-1).all())
    padded = np.pad(rates, ((0, 0), (0, zeros)))
    for index in (metrics.gini, metrics.hoyer, metrics.vinje_gallant):
        assert (index(padded) >= index(rates) - 1e-12).all()
    n = rates.shape[-1]
    np.testing.assert_allclose(metrics.treves_rolls(padded), metrics.treves_rolls(rates) * n / (n + zeros), rtol=1e-12)


@calm
@given(rates=RATES)
def test_gini_is_half_the_relative_mean_difference(rates):
    assume(rates.any(axis=-1).all())
    differences = np.abs(rates[:, :, None] - rates[:, None, :]).mean(axis=(1, 2))
    np.testing.assert_allclose(metrics.gini(rates), differences / (2 * rates.mean(axis=-1)), rtol=0, atol=1e-12)


@calm
@given(rates=RATES)
def test_row_keeps_its_columns_and_counts(rates):
    row = metrics.sparsity_row(rates, rung="any")
    assert list(row) == list(metrics.SPARSITY_COLUMNS)
    assert row["population_gini_left_out"] == round(row["silent_trials"] * row["trials"])
    assert row["lifetime_gini_left_out"] == round(row["silent_units"] * row["n_units"])


@calm
@given(a=RATES, seed=st.integers(0, 1000))
def test_agreement_is_bounded_and_symmetric(a, seed):
    b = np.random.default_rng(seed).permuted(a, axis=-1)
    np.testing.assert_array_equal(metrics.jaccard(a, b), metrics.jaccard(b, a))
    assert ((defined(metrics.jaccard(a, b)) >= 0) & (defined(metrics.jaccard(a, b)) <= 1)).all()
    assert metrics.rmse(a, b) == metrics.rmse(b, a) >= 0
    correlation = metrics.correlation(a, b)
    assert np.isnan(correlation) or -1 <= correlation <= 1
    np.testing.assert_allclose(metrics.correlation(3 * a + 7, b), correlation, rtol=0, atol=1e-6)


@calm
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=20), seed=st.integers(0, 1000))
def test_holm_lies_between_the_value_and_bonferroni_and_ignores_order(p, seed):
    p = np.array(p)
    adjusted = metrics.holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, p.size * p)).all()
    order = np.random.default_rng(seed).permutation(p.size)
    np.testing.assert_array_equal(metrics.holm(p[order]), adjusted[order])


@calm
@given(
    values=st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=2, max_size=12),
    method=st.sampled_from(["bca", "percentile"]),
)
def test_bootstrap_bounds_lie_within_the_sample(values, method):
    interval = metrics.bootstrap_interval(values, rng=np.random.default_rng(0), n=300, method=method)
    slack = 1e-12 * max(1.0, *map(abs, values))  # a mean of equal numbers may round past them
    assert min(values) - slack <= interval.low <= interval.high <= max(values) + slack


@calm
@given(
    trains=st.lists(st.tuples(st.integers(0, 999), st.integers(0, 3)), max_size=40),
    width=st.sampled_from([0.01, 0.05, 0.1, 0.25]),
)
def test_windows_add_up(trains, width):
    times = np.array([k / 1000 for k, _ in trains])
    units = np.array([unit for _, unit in trains], dtype=int)
    windows = metrics.window_counts(times, units, 4, width, 0.0, 1.0)
    np.testing.assert_array_equal(windows.sum(axis=0), metrics.spike_counts(times, units, 4, 0.0, 1.0))
    assert metrics.active_fraction_in_bins(times, units, 4, width, 0.0, 1.0) == (windows > 0).mean()
