"""How well two arrays agree: a value and its reference, entry by entry, whatever their (common) shape.

Rules
    Zeros and silent units count like every other entry, and negative values are taken as they are; `jaccard` alone asks
    what to do with them. What is undefined (a constant or silent reference, for the measures that divide by it) is NaN.
"""

from typing import Any

import numpy as np

from neurosim.metrics.checks import exponent, pair, representable, restored, shifted
from neurosim.metrics.sparsity import Negative, active
from neurosim.params import Array, ParameterError


def rmse(values: Any, reference: Any) -> float:
    """Root of the mean squared difference, in the unit of the values.

    Equation
        sqrt(mean((values - reference)^2))
    """
    a, b, power = _scaled(values, reference, "rmse")
    return float(restored(_root_mean_square(a - b), power, "rmse(values, reference)"))


def nrmse(values: Any, reference: Any) -> float:
    """RMSE divided by the range of the reference; NaN for a constant reference.

    Equation
        rmse / (max(reference) - min(reference))
    """
    a, b, _ = _scaled(values, reference, "nrmse")
    spread = float(np.ptp(b))
    return _quotient(_root_mean_square(a - b), spread, "nrmse") if spread > 0.0 else float("nan")


def correlation(values: Any, reference: Any) -> float:
    """Pearson's correlation over all entries; NaN where one of the two is constant (undefined, not 0).

    Equation
        cov(values, reference) / (sd(values) sd(reference))
    """
    a, b = (shifted(x, exponent(x)) for x in pair(values, reference, "correlation"))
    if np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return float("nan")
    da, db = (_unit_length((x - x.mean()).ravel()) for x in (a, b))
    # Rounding can push the product of two unit vectors one unit in the last place above 1.
    return float(np.clip(da @ db, -1.0, 1.0))


def r2(values: Any, reference: Any) -> float:
    """Share of the variance of the reference that the values explain as they stand; NaN for a constant reference.

    No line is fitted first: values that are right up to a factor score below 1, and a bad prediction scores below 0.

    Equation
        1 - sum((reference - values)^2) / sum((reference - mean(reference))^2)
    """
    a, b, _ = _scaled(values, reference, "r2")
    if np.ptp(b) == 0.0:
        return float("nan")
    with np.errstate(over="ignore"):
        ratio = np.float64(_quotient(_root_mean_square(a - b), _root_mean_square(b - b.mean()), "r2"))
        return float(representable(1.0 - ratio**2, "r2(values, reference)"))


def slope(values: Any, reference: Any) -> float:
    """Factor of the least-squares line through the origin, values = slope * reference; NaN for a reference of zeros.

    Equation
        sum(values * reference) / sum(reference^2)
    """
    a, b = pair(values, reference, "slope")
    if not b.any():
        return float("nan")
    powers = exponent(a), exponent(b)
    a, b = shifted(a, powers[0]), shifted(b, powers[1])
    largest = float(np.abs(b).max())
    scaled = b / largest
    ratio = float((a / largest * scaled).sum() / (scaled**2).sum())
    return float(restored(ratio, powers[0] - powers[1], "slope(values, reference)"))


def jaccard(
    values: Any,
    reference: Any,
    *,
    above: float = 0.0,
    relative: float | None = None,
    negative: Negative | None = None,
) -> Any:
    """Overlap of the sets of active units, one number per trial; NaN where both sets are empty (undefined, not 1).

    Equation
        |A and B| / |A or B|, A and B the active units by the rule of `active` (`relative`: to each array's own maximum)
    Shapes
        (trials, units) -> (trials,); a vector -> one number
    """
    a, b = pair(values, reference, "jaccard")
    if a.ndim == 0:
        raise ParameterError("jaccard: got single numbers, expected vectors or (trials, units)")
    first, second = (active(x, above=above, relative=relative, negative=negative) for x in (a, b))
    both, either = (first & second).sum(axis=-1), (first | second).sum(axis=-1)
    return np.where(either > 0, both / np.maximum(either, 1), np.nan)[()]


def _scaled(values: Any, reference: Any, name: str) -> tuple[Array, Array, int]:
    """Both arrays divided by one power of two, and that power: their difference is finite."""
    a, b = pair(values, reference, name)
    power = exponent(a, b)
    return shifted(a, power), shifted(b, power), power


def _quotient(above: float, below: float, name: str) -> float:
    with np.errstate(over="ignore"):
        return float(representable(np.divide(above, below), f"{name}(values, reference)"))


def _root_mean_square(difference: Array) -> float:
    # Scaled first: the square of a difference beyond 1e154 would overflow.
    largest = float(np.abs(difference).max())
    return largest * float(np.sqrt(np.mean((difference / largest) ** 2))) if largest > 0.0 else 0.0


def _unit_length(vector: Array) -> Array:
    scaled = vector / np.abs(vector).max()
    return np.asarray(scaled / np.sqrt(scaled @ scaled))
