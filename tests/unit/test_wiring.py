import tracemalloc

import numpy as np
import pytest
import scipy.sparse
from scipy import stats

from neurosim.circuits import wiring
from neurosim.params import DimensionError, ParameterError


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_identity_is_one_to_one() -> None:
    np.testing.assert_array_equal(wiring.identity(2, 2, scale=3.0), [[3, 0], [0, 3]])


@pytest.mark.parametrize(
    ("weights", "law"),
    [
        (wiring.random_normal(200, 100, rng(), scale=0.3), stats.norm(scale=0.3)),
        (wiring.random_uniform(200, 100, rng(), low=-1.0, high=3.0), stats.uniform(-1, 4)),
        (wiring.he_normal(200, 100, rng()), stats.norm(scale=np.sqrt(2 / 100))),
        (wiring.xavier_normal(200, 100, rng()), stats.norm(scale=np.sqrt(2 / 300))),
    ],
)
def test_dense_weights_follow_their_law(weights: np.ndarray, law: object) -> None:
    assert weights.shape == (200, 100)
    # Kolmogorov-Smirnov on 20,000 weights sees a scale that is 2 % off; one seed in a thousand falls below
    assert stats.kstest(weights.ravel(), law.cdf).pvalue > 1e-3  # type: ignore[attr-defined]


def test_he_weights_keep_the_second_moment_through_relu() -> None:
    x = rng().standard_normal((400, 300))
    y = np.maximum(x @ wiring.he_normal(500, 300, np.random.default_rng(1)).T, 0)
    # E y^2 = E x^2 for ReLU; the 400 x 500 squares share 300 x 500 weights: measured over
    # 20 seeds the ratio is 0.9985 with a spread of 0.0052, so 0.03 is more than five spreads
    assert (y**2).mean() == pytest.approx((x**2).mean(), rel=0.03)


def test_random_signs_are_balanced() -> None:
    weights = wiring.random_signs(100, 100, rng(), scale=0.5)
    assert set(np.unique(weights)) == {-0.5, 0.5}
    # mean of 10,000 fair signs, 4 standard errors
    assert abs(weights.mean()) < 4 * 0.5 / 100


def test_fixed_indegree_is_exact_and_partners_are_even() -> None:
    weights = wiring.sparse_fixed_indegree(2000, 20, rng(), indegree=5, weight=0.2)
    assert isinstance(weights, scipy.sparse.csr_array)
    dense = weights.toarray()
    assert set(np.unique(dense)) == {0.0, 0.2}
    np.testing.assert_array_equal((dense > 0).sum(axis=1), np.full(2000, 5))
    chosen = (dense > 0).sum(axis=0)
    # every input is chosen with probability 1/4: binomial, within 4.5 standard deviations for all 20 at once
    assert np.abs(chosen - 500).max() < 4.5 * np.sqrt(2000 * 0.25 * 0.75)


def test_bernoulli_has_the_law_of_one_coin_per_pair() -> None:
    dense = wiring.sparse_bernoulli(2000, 20, rng(), probability=0.3).toarray() > 0
    per_row = np.bincount(dense.sum(axis=1), minlength=21)
    expected = 2000 * stats.binom(20, 0.3).pmf(np.arange(21))
    inner = slice(2, 11)
    # chi-square over the counts with an expectation above 5, the rest in one bin; one seed in a thousand falls below
    observed = [*per_row[inner], 2000 - per_row[inner].sum()]
    assert stats.chisquare(observed, [*expected[inner], 2000 - expected[inner].sum()]).pvalue > 1e-3
    # columns: 4.5 standard deviations for all 20 at once
    assert np.abs(dense.sum(axis=0) - 600).max() < 4.5 * np.sqrt(2000 * 0.3 * 0.7)


def test_sparse_wirings_without_self_connections() -> None:
    fixed = wiring.sparse_fixed_indegree(30, 30, rng(), indegree=29, self_connections=False)
    np.testing.assert_array_equal(fixed.toarray(), 1 - np.eye(30))
    coin = wiring.sparse_bernoulli(30, 30, rng(), probability=0.9, self_connections=False)
    assert not coin.diagonal().any()
    assert coin.nnz > 0.8 * 30 * 29
    assert wiring.sparse_bernoulli(3, 4, rng(), probability=0.0).nnz == 0


def test_normalised_rows_sum_to_the_total() -> None:
    dense = wiring.normalise_rows(np.array([[1.0, 3.0], [0.0, 0.5], [-1.0, 1.0]]), 2.0)
    np.testing.assert_array_equal(dense, [[0.5, 1.5], [0, 2], [-1, 1]])
    sparse = wiring.normalise_rows(wiring.sparse_fixed_indegree(4, 9, rng(), indegree=3), 0.6)
    assert isinstance(sparse, scipy.sparse.csr_array)
    # one division and three additions
    np.testing.assert_allclose(sparse.sum(axis=1), np.full(4, 0.6), rtol=1e-14)


def test_gabor_filters_are_zero_mean_unit_norm_and_selective() -> None:
    filters = wiring.gabor_filters(40, 12, rng())
    # 144 numbers of about 1/12: sums are exact to a few 1e-16
    np.testing.assert_allclose(filters.mean(axis=1), 0, atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(filters, axis=1), 1, rtol=1e-14)
    power = np.abs(np.fft.fft2(filters.reshape(40, 12, 12), s=(48, 48))) ** 2
    peaks = power.reshape(40, -1).argmax(axis=1)
    frequency = np.hypot(*(np.fft.fftfreq(48)[part] for part in np.divmod(peaks, 48)))
    # one to two periods per 12 pixels; an envelope half a period wide and cut by the edge shifts the peak of the
    # spectrum by up to half its own width, 1/(2 pi 0.5 / f) = f/3
    assert np.all((frequency > 2 / 3 / 12) & (frequency < 2 * 4 / 3 / 12))
    angles = np.arctan2(*(np.fft.fftfreq(48)[part] for part in np.divmod(peaks, 48))) % np.pi
    # random orientations fill all four quarters of the half circle: 40 miss one with probability 4e-5
    assert set((angles // (np.pi / 4)).astype(int) % 4) == {0, 1, 2, 3}


def test_principal_components_agree_with_scikit_learn() -> None:
    pca = pytest.importorskip("sklearn.decomposition").PCA
    data = rng().standard_normal((60, 8)) @ np.diag([5, 4, 3, 2.5, 2, 1.5, 1, 0.5]) + 7
    ours = wiring.principal_components(data, 4)
    theirs = pca(4, svd_solver="full").fit(data).components_
    signs = np.sign((ours * theirs).sum(axis=1))
    # same decomposition up to signs; errors grow with 1/gap of the singular values, here some 1e-15
    np.testing.assert_allclose(ours, theirs * signs[:, None], atol=1e-12)
    assert np.all(np.take_along_axis(ours, np.abs(ours).argmax(axis=1)[:, None], axis=1) > 0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wiring.identity(2, 3), ParameterError, "got 2 units from 3"),
        (lambda: wiring.random_normal(0, 3, rng()), ParameterError, "n_post: got 0, expected a whole number >= 1"),
        (lambda: wiring.random_normal(2.5, 3, rng()), DimensionError, r"n_post: got 2\.5, expected a whole number"),  # type: ignore[arg-type]
        (lambda: wiring.random_normal(2, 3, rng(), scale=np.nan), ParameterError, "scale: got nan"),
        (lambda: wiring.random_signs(2, 3, rng(), scale=-1.0), ParameterError, "scale: got -1, expected >= 0"),
        (lambda: wiring.random_uniform(2, 3, rng(), low=1.0), ParameterError, "expected low < high"),
        (
            lambda: wiring.sparse_fixed_indegree(2, 3, rng(), indegree=4),
            ParameterError,
            "got 4, expected a whole number from 0 to 3",
        ),
        (
            lambda: wiring.sparse_fixed_indegree(3, 3, rng(), indegree=3, self_connections=False),
            ParameterError,
            "0 to 2",
        ),
        (
            lambda: wiring.sparse_bernoulli(2, 3, rng(), probability=1.5),
            ParameterError,
            r"got 1\.5, expected >= 0 and <= 1",
        ),
        (lambda: wiring.sparse_bernoulli(2, 3, rng(), probability=0.5, weight=np.inf), ParameterError, "got inf"),
        (
            lambda: wiring.sparse_bernoulli(2, 3, rng(), probability=0.5, self_connections=False),
            ParameterError,
            "2 x 3 units",
        ),
        (
            lambda: wiring.random_normal(2, 3, 0),
            DimensionError,
            "wiring: rng: got 0, expected a random generator such as",
        ),
        (lambda: wiring.he_normal(2, 3, None), DimensionError, "wiring: rng: got None, expected a random generator"),
        (lambda: wiring.gabor_filters(2, 8, 1), DimensionError, "wiring: rng: got 1"),
        (lambda: wiring.sparse_bernoulli(2, 3, 1, probability=0.5), DimensionError, "wiring: rng: got 1"),
        (lambda: wiring.normalise_rows(np.array([[1.0], [0.0]]), 1.0), ParameterError, "row 1 sums to 0"),
        (lambda: wiring.normalise_rows(np.array([[np.nan]]), 1.0), ParameterError, r"weights\[0, 0\]: got nan"),
        (lambda: wiring.gabor_filters(2, 3, rng()), ParameterError, "got 3, expected a whole number >= 4"),
        (lambda: wiring.principal_components(np.ones(3), 1), ParameterError, r"expected \(samples, features\)"),
        (
            lambda: wiring.principal_components(np.ones((5, 9)), 5),
            ParameterError,
            "got 5, expected a whole number from 1 to 4",
        ),
    ],
)
def test_mistakes_are_named(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]


def test_sparse_wirings_of_a_large_network_stay_sparse() -> None:
    # 4,000 x 4,000 dense would take 128 MB and its coins as much again; 400,000 entries take 6.4 MB, built from lists
    for make in (
        lambda rng: wiring.sparse_fixed_indegree(4000, 4000, rng, indegree=100),
        lambda rng: wiring.sparse_bernoulli(4000, 4000, rng, probability=0.025, self_connections=False),
    ):
        tracemalloc.start()
        try:
            weights = make(np.random.default_rng(0))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        # 400,000 on average, binomial with a standard deviation of 624; 5 of them
        assert abs(weights.nnz - 400_000) < 5 * 624
        assert peak < 32e6
