"""The sparseness indices against the printed vectors, against quadrature of their definitions, and in closed form."""

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import norm

from neurosim import metrics

INDICES = (metrics.treves_rolls, metrics.vinje_gallant, metrics.hoyer, metrics.gini, metrics.excess_kurtosis)

VECTORS = {
    "graded": ([4, 3, 2, 1], (0.833333, 0.222222, 0.174258, 0.25, -1.36)),
    "one of four": ([1, 0, 0, 0], (0.25, 1, 1, 0.75, -0.666667)),
    "three of ten": ([0] * 7 + [5, 3, 2], (0.263158, 0.818713, 0.712241, 0.76, 0.571429)),
    "four of sixteen": (
        [10, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 3, 0, 0],
        (0.140351, 0.916959, 0.833821, 0.859375, 7.978759),
    ),
}

# b: active, mean, E r^2, Treves-Rolls, Vinje-Gallant, Hoyer, Gini, excess kurtosis of max(z - b, 0), z ~ N(0, 1).
POPULATION = {
    -1.0: (0.841345, 1.083315, 1.92466, 0.609756, 0.390244, 0.219131, 0.450570, -0.239679),
    0.0: (0.5, 0.398942, 0.5, 0.318310, 0.681690, 0.435810, 0.707107, 2.40764),
    0.5: (0.308538, 0.197797, 0.209639, 0.186623, 0.813377, 0.568001, 0.826142, 7.25237),
    1.0: (0.158655, 0.083316, 0.075340, 0.092136, 0.907865, 0.696462, 0.913160, 19.935),
    1.281552: (0.1, 0.047343, 0.039327, 0.056993, 0.943007, 0.761268, 0.945963, 35.7924),
    1.644854: (0.05, 0.020893, 0.015634, 0.027921, 0.972079, 0.832905, 0.973344, 79.9853),
    1.750686: (0.04, 0.016146, 0.011733, 0.022220, 0.977780, 0.850936, 0.978747, 102.489),
    2.326348: (0.01, 0.003389, 0.002117, 0.005425, 0.994575, 0.926347, 0.994766, 451.576),
}


@pytest.mark.parametrize("name", VECTORS)
def test_indices_of_the_reference_vectors(name):
    vector, expected = VECTORS[name]
    # The references are printed to six decimals: half a unit of the last one.
    np.testing.assert_allclose([index(vector) for index in INDICES], expected, rtol=0, atol=5.1e-7)


def test_reference_vectors_in_exact_fractions():
    # Worked by hand; the indices are a few dozen float operations, each good to 1e-16.
    assert metrics.treves_rolls([4, 3, 2, 1]) == pytest.approx(5 / 6, abs=1e-15)
    assert metrics.vinje_gallant([4, 3, 2, 1]) == pytest.approx(2 / 9, abs=1e-15)
    assert metrics.hoyer([4, 3, 2, 1]) == pytest.approx(2 - np.sqrt(10 / 3), abs=1e-14)
    assert metrics.gini([4, 3, 2, 1]) == pytest.approx(1 / 4, abs=1e-15)
    assert metrics.excess_kurtosis([4, 3, 2, 1]) == pytest.approx(-1.36, abs=1e-14)


def _moment(b, power):
    """E max(z - b, 0)^power by quadrature."""
    return integrate.quad(lambda z: (z - b) ** power * norm.pdf(z), b, 40, epsabs=1e-14, epsrel=1e-12)[0]


def _population(b):
    """The population limits from the definitions: moments, and the Gini index as half the relative mean difference."""
    m1, m2, m3, m4 = (_moment(b, power) for power in (1, 2, 3, 4))
    variance = m2 - m1**2
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
    # Mean absolute difference / (2 mean) = integral F (1 - F) dr / mean for a distribution on r >= 0.
    spread = integrate.quad(lambda z: norm.cdf(z) * norm.sf(z), b, 40, epsabs=1e-14, epsrel=1e-12)[0]
    a = m1**2 / m2
    return norm.sf(b), m1, m2, a, 1 - a, 1 - m1 / np.sqrt(m2), spread / m1, fourth / variance**2 - 3


@pytest.mark.parametrize("b", POPULATION)
def test_printed_population_table_is_the_quadrature(b):
    # Printed to six significant digits (kurtosis) or six decimals, b itself to six decimals: near b = 2.33 the kurtosis
    # moves by 1.2e3 per unit of b, so that half a unit of b's last decimal is 1.3e-6 of it.
    found = _population(b)
    np.testing.assert_allclose(found[:7], POPULATION[b][:7], rtol=0, atol=1.1e-6)
    assert found[7] == pytest.approx(POPULATION[b][7], rel=4e-6)


@pytest.mark.parametrize("b", POPULATION)
def test_indices_reach_the_population_limit(b):
    # The inverse distribution function at the midpoints of n equal shares is a sample without chance; what it misses is
    # within the outermost share, 1/n of the units at about z = 4.7: 1e-5 of the second moment and 0.6 % of the fourth
    # where only 1 % are active.
    n = 400_000
    vector = np.maximum(norm.ppf((np.arange(n) + 0.5) / n) - b, 0.0)
    active, _, _, a, s, hoyer, gini, kurtosis = _population(b)
    assert metrics.active_fraction(vector) == pytest.approx(active, abs=1 / n)
    found = [index(vector) for index in INDICES]
    # n enters the finite formulas as 1/n (Vinje-Gallant) and 1/sqrt(n) (Hoyer): undone here.
    found[1] *= 1 - 1 / n
    found[2] = 1 - (np.sqrt(n) - found[2] * (np.sqrt(n) - 1)) / np.sqrt(n)
    np.testing.assert_allclose(found[:4], (a, s, hoyer, gini), rtol=0, atol=2e-5)
    assert found[4] == pytest.approx(kurtosis, rel=0.01)


@pytest.mark.parametrize("b", [0.0, 1.0, 2.326348])
def test_random_samples_are_within_four_standard_errors(b):
    blocks, n = 100, 10_000
    rates = np.maximum(np.random.default_rng(7).normal(size=(blocks, n)) - b, 0.0)
    active, _, _, a, _, _, gini, _ = _population(b)
    for index, expected in ((metrics.active_fraction, active), (metrics.treves_rolls, a), (metrics.gini, gini)):
        values = index(rates)
        error = values.std(ddof=1) / np.sqrt(blocks)
        # 4 SE of the mean over blocks, and the bias of a ratio of means: of order 1 / (active entries per block).
        assert abs(values.mean() - expected) < 4 * error + expected / (n * active)


@pytest.mark.parametrize(("n", "k"), [(100, 50), (1000, 40), (64, 1)])
def test_binary_code(n, k):
    code = np.r_[np.full(k, 3.0), np.zeros(n - k)]
    f = k / n
    # Closed forms; rounding of sums of n terms only.
    assert metrics.active_fraction(code) == f
    assert metrics.treves_rolls(code) == pytest.approx(f, rel=1e-13)
    assert metrics.gini(code) == pytest.approx(1 - f, rel=1e-13)
    assert metrics.vinje_gallant(code) == pytest.approx((1 - f) / (1 - 1 / n), rel=1e-13)
    assert metrics.hoyer(code) == pytest.approx((np.sqrt(n) - np.sqrt(k)) / (np.sqrt(n) - 1), rel=1e-13)
    assert metrics.excess_kurtosis(code) == pytest.approx(1 / (f * (1 - f)) - 6, rel=1e-11)


def test_poisson_units_active_in_a_bin():
    # 1 - exp(-rate * bin) as printed, six decimals.
    printed = {
        (0.16, 0.01): 0.001599,
        (1, 0.01): 0.009950,
        (4, 0.01): 0.039211,
        (4, 0.05): 0.181269,
        (10, 0.05): 0.393469,
    }
    rng = np.random.default_rng(11)
    n_units, duration = 200, 50.0
    for (rate, width), expected in printed.items():
        units = np.repeat(np.arange(n_units), rng.poisson(rate * duration, n_units))
        times = rng.uniform(0, duration, units.size)
        found = metrics.active_fraction_in_bins(times, units, n_units, width, 0.0, duration)
        pairs = n_units * round(duration / width)
        # Bins of a Poisson process are independent: 4 binomial standard errors.
        assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / pairs)
