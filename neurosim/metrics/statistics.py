"""What a handful of seeds can say: intervals, paired differences, and the price of many comparisons.

Rule
    The unit of replication is the network seed: pass one value per seed, not one per trial or unit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from neurosim.metrics.checks import count, exponent, pair, real, restored, shifted
from neurosim.params import Array, DimensionError, ParameterError, ParamInfo, number
from neurosim.randomness import generator
from neurosim.registry import unknown_name

_EXACT_PAIRS = 14  # 2^14 sign patterns are about as many as the random ones drawn otherwise, and leave no chance
_CHUNK = 1 << 22  # resampled values held at once, 32 MiB
_LEVEL = ParamInfo("1", "coverage of the interval", above=0.0, below=1.0)


@dataclass(frozen=True)
class Interval:
    """A value, its interval and the number of replications; the bounds are NaN where there is only one."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class PairedDifference:
    """Mean of `a - b` with its interval, the two-sided p-value, and whether that one is exact."""

    interval: Interval
    p_value: float
    exact: bool


def bootstrap_interval(
    values: Any,
    *,
    level: float = 0.95,
    n: int = 10_000,
    rng: np.random.Generator,
    statistic: Callable[..., Any] = np.mean,
    method: Literal["bca", "percentile"] = "bca",
) -> Interval:
    """Bootstrap interval of a statistic over seeds.

    One value has no interval (NaN bounds); equal values have an interval of length 0. Few values give an interval that
    is too short: with 5 normal ones the 95 % interval of the mean holds the truth in about 84 % of the cases, with 10
    in about 90 %, with 30 in about 94 %; `student_interval` is the honest one for few seeds.

    Equation
        percentile: the (1 -+ level)/2 quantiles of the statistic over n resamples with replacement
        bca: the quantiles at Phi(z0 + (z0 + z) / (1 - acc (z0 + z))), z = Phi^-1((1 -+ level)/2), z0 the bias
        correction, acc the jackknife's acceleration; percentile where the value lies outside all resamples
    Args:
        values: one value per seed.
        level: coverage.
        n: resamples.
        rng: where the resamples are drawn from.
        statistic: called as `statistic(samples, axis=-1)`, such as np.mean or np.median.
        method: which interval.

    Raises:
        ParameterError: no values, NaN, more than one axis, a level outside (0, 1), or an unknown method.
    Source
        Efron, J Am Stat Assoc 82 (1987) 171-185.
    """
    sample = _vector(values, "bootstrap_interval(values)")
    coverage = number(level, _LEVEL, "bootstrap_interval: level")
    resamples = count(n, "bootstrap_interval: n")
    if not isinstance(method, str) or method not in ("bca", "percentile"):
        raise unknown_name("bootstrap method (method)", method, ("bca", "percentile"))
    if not callable(statistic):
        raise DimensionError(f"bootstrap_interval: statistic: got {statistic!r}, expected a function such as np.mean")
    generator(rng, "bootstrap_interval")
    value = _value(statistic, sample)
    if sample.size == 1:
        return Interval(value, float("nan"), float("nan"), 1)
    if sample.min() == sample.max():
        return Interval(value, value, value, sample.size)
    with np.errstate(over="ignore", invalid="ignore"):
        replicas = _resampled(sample, resamples, rng, statistic)
    if not np.isfinite(replicas).all():
        raise ParameterError(
            "bootstrap_interval(values): the statistic of a resample is not finite, expected values whose statistic is "
            "finite whatever is drawn"
        )
    tails = np.array([(1.0 - coverage) / 2.0, (1.0 + coverage) / 2.0])
    if method == "bca":
        tails = _bca_tails(sample, replicas, value, tails, statistic)
    low, high = np.quantile(replicas, tails)
    return Interval(value, float(low), float(high), sample.size)


def _value(statistic: Callable[..., Any], sample: Array) -> float:
    """The statistic of the whole sample: one finite number, and the same whatever is put before it."""
    where = "bootstrap_interval: statistic"
    with np.errstate(over="ignore", invalid="ignore"):
        try:
            found = np.asarray(statistic(sample, axis=-1), dtype=np.float64)
        except Exception as error:
            raise DimensionError(
                f"{where}: {type(error).__name__} ({error}), expected a function of (samples, axis=-1) such as np.mean"
            ) from error
    if found.shape != ():
        raise DimensionError(f"{where}: got a result of shape {found.shape}, expected one number per sample")
    if not np.isfinite(found):
        raise ParameterError(
            f"bootstrap_interval(values): the statistic is {float(found)}, expected values whose statistic is finite"
        )
    return float(found)


def student_interval(values: Any, *, level: float = 0.95) -> Interval:
    """Student's interval of the mean over seeds: for normal values it keeps its coverage however few they are.

    One value has no interval (NaN bounds).

    Equation
        mean -+ t_(n-1)((1 + level)/2) sd / sqrt(n), the sd with 1/(n - 1)
    Raises:
        ParameterError: no values, NaN, more than one axis, or a level outside (0, 1).
    Source
        Student, Biometrika 6 (1908) 1-25.
    """
    from scipy import special  # costs 0.4 s, and nothing else here needs it

    sample = _vector(values, "student_interval(values)")
    coverage = number(level, _LEVEL, "student_interval: level")
    power = exponent(sample)
    sample = shifted(sample, power)
    mean = float(sample.mean())
    if sample.size == 1:
        return Interval(float(np.ldexp(mean, power)), float("nan"), float("nan"), 1)
    quantile = float(special.stdtrit(sample.size - 1, (1.0 + coverage) / 2.0))
    half = quantile * float(sample.std(ddof=1)) / float(np.sqrt(sample.size))
    bounds = np.array([mean, mean - half, mean + half])
    value, low, high = restored(bounds, power, "student_interval(values)").tolist()
    return Interval(value, low, high, sample.size)


def proportion_interval(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Interval of the probability behind `successes` in `trials` independent tries; it stays within 0 and 1.

    Equation
        (k + z^2/2 -+ z sqrt(k (n - k)/n + z^2/4)) / (n + z^2), z the normal quantile at (1 + level)/2
    Raises:
        ParameterError: no trials, more successes than trials, or a level outside (0, 1).
    Source
        Wilson, J Am Stat Assoc 22 (1927) 209-212.
    """
    n = count(trials, "proportion_interval: trials")
    k = count(successes, "proportion_interval: successes", low=0)
    if k > n:
        raise ParameterError(f"proportion_interval: got {k} successes in {n} trials, expected at most {n}")
    coverage = number(level, _LEVEL, "proportion_interval: level")
    z = NormalDist().inv_cdf((1.0 + coverage) / 2.0)
    centre = (k + z * z / 2.0) / (n + z * z)
    half = z / (n + z * z) * float(np.sqrt(k * (n - k) / n + z * z / 4.0))
    return Interval(k / n, max(0.0, centre - half), min(1.0, centre + half), n)


def paired_difference(
    a: Any, b: Any, *, rng: np.random.Generator, level: float = 0.95, n: int = 10_000
) -> PairedDifference:
    """Mean of `a - b` over pairs (same seed), its bootstrap interval, and a two-sided sign-flip test.

    All 2^m sign patterns are tried for up to 14 pairs, n random ones beyond. With m pairs no p-value can be
    smaller than 2 / 2^m: five seeds never reach 0.05.

    Equation
        p = share of sign patterns s with |mean(s (a - b))| >= |mean(a - b)|; random: (1 + hits) / (1 + n)
    Args:
        a: one value per seed.
        b: the values it is compared with, in the same order of seeds.
        rng: where resamples and random signs are drawn from.
        level: coverage of the interval.
        n: resamples and random sign patterns.

    Raises:
        ParameterError: different lengths, no values or NaN.
    Source
        Fisher, The Design of Experiments (1935), sec. 21.
    """
    first, second = pair(a, b, "paired_difference", ("a", "b"))
    coverage = number(level, _LEVEL, "paired_difference: level")
    n = count(n, "paired_difference: n")
    generator(rng, "paired_difference")
    power = exponent(first, second)
    difference = _vector(shifted(first, power) - shifted(second, power), "paired_difference(a, b)")
    scaled = bootstrap_interval(difference, level=coverage, n=n, rng=rng)
    bounds = np.array([scaled.value, scaled.low, scaled.high])
    value, low, high = restored(bounds, power, "paired_difference(a, b)").tolist()
    interval = Interval(value, low, high, scaled.n)
    exact = difference.size <= _EXACT_PAIRS
    # Sums that are equal in exact arithmetic differ by rounding, and must count as equal.
    bar = abs(float(difference.sum())) - 1e-12 * float(np.abs(difference).sum())
    if exact:
        patterns = np.arange(2**difference.size)[:, None] >> np.arange(difference.size) & 1
        p = float((np.abs((1.0 - 2.0 * patterns) @ difference) >= bar).mean())
    else:
        hits = sum(
            int((np.abs((1.0 - 2.0 * rng.integers(0, 2, (rows, difference.size))) @ difference) >= bar).sum())
            for rows in _chunks(n, difference.size)
        )
        p = (1 + hits) / (1 + n)
    return PairedDifference(interval, p, exact)


def student_p_value(differences: Any) -> float:
    """Two-sided p-value of a mean difference of 0, paired over seeds; 1 where all are 0, 0 where all are another value.

    Equation
        P(|T| >= |mean| sqrt(n) / sd), T of Student's distribution with n - 1 degrees of freedom
    Raises:
        ParameterError: fewer than two values, NaN, or more than one axis.
    Source
        Student, Biometrika 6 (1908) 1-25.
    """
    from scipy import special

    sample = _vector(differences, "student_p_value(differences)")
    if sample.size < 2:
        raise ParameterError("student_p_value(differences): got one value, expected at least two")
    sample = shifted(sample, exponent(sample))
    error = float(sample.std(ddof=1)) / float(np.sqrt(sample.size))
    if error == 0:
        return 1.0 if sample.mean() == 0 else 0.0
    return float(2 * special.stdtr(sample.size - 1, -abs(float(sample.mean())) / error))


def holm(p_values: Any) -> Array:
    """Holm's adjusted p-values, in the order given: compare each with the level that the whole family may err at.

    Equation
        adjusted_(k) = max over j <= k of min(1, (m - j + 1) p_(j)), p sorted upwards, j = 1 .. m
    Raises:
        ParameterError: no values, NaN, or a value outside [0, 1].
    Source
        Holm, Scand J Stat 6 (1979) 65-70.
    """
    p = _vector(p_values, "holm(p_values)")
    if p.min() < 0.0 or p.max() > 1.0:
        outside = p.min() if p.min() < 0.0 else p.max()
        raise ParameterError(f"holm(p_values): got {outside:g}, expected probabilities in [0, 1]")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(np.minimum(p[order] * np.arange(p.size, 0, -1), 1.0))
    adjusted = np.empty_like(p)
    adjusted[order] = stepped
    return adjusted


def _vector(values: Any, where: str) -> Array:
    array = real(values, where)
    if array.ndim != 1:
        raise ParameterError(f"{where}: got an array of shape {array.shape}, expected a vector, one value per seed")
    return array


def _chunks(rows: int, columns: int) -> list[int]:
    """Row counts that add up to `rows` and keep each block within memory."""
    edges = [*range(0, rows, max(1, _CHUNK // columns)), rows]
    return [stop - start for start, stop in pairwise(edges)]


def _resampled(sample: Array, n: int, rng: np.random.Generator, statistic: Callable[..., Any]) -> Array:
    blocks = [
        np.asarray(statistic(sample[rng.integers(0, sample.size, (rows, sample.size))], axis=-1), dtype=np.float64)
        for rows in _chunks(n, sample.size)
    ]
    return np.concatenate(blocks)


def _bca_tails(sample: Array, replicas: Array, value: float, tails: Array, statistic: Callable[..., Any]) -> Array:
    # Replicas equal to the value count half, so that a statistic with few distinct values is not called biased.
    below = (np.mean(replicas < value) + np.mean(replicas <= value)) / 2.0
    if not 0.0 < below < 1.0:
        return tails
    normal = NormalDist()
    z0 = normal.inv_cdf(float(below))
    left_out = np.array([float(statistic(np.delete(sample, k), axis=-1)) for k in range(sample.size)])
    pull = left_out.mean() - left_out
    # The acceleration has no unit, and cubes of huge numbers overflow. A power of two moves the last bit of every
    # 3000th power of 1.5, so that what does not need it keeps its bits.
    power = exponent(pull)
    pull = shifted(pull, power) if abs(power) > 300 else pull
    spread = float((pull**2).sum())
    acceleration = float((pull**3).sum()) / (6.0 * spread**1.5) if spread > 0.0 else 0.0
    moved = [z0 + normal.inv_cdf(float(tail)) for tail in tails]
    return np.array([normal.cdf(z0 + z / (1.0 - acceleration * z)) for z in moved])
