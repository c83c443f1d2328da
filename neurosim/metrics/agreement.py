"""How well two arrays agree: a value and its reference, entry by entry, whatever their (common) shape."""

from typing import Any

import numpy as np

from neurosim.metrics.checks import pair
from neurosim.metrics.sparsity import Negative, active
from neurosim.params import Array, ParameterError


def rmse(values: Any, reference: Any) -> float:
    """Root of the mean squared difference, in the unit of the values.

    Equation
        sqrt(mean((values - reference)^2))
    """
    a, b = pair(values, reference, "rmse")
    return float(_root_mean_square(a - b))


def nrmse(values: Any, reference: Any) -> float:
    """RMSE divided by the range of the reference; NaN for a constant reference.

    Equation
        rmse / (max(reference) - min(reference))
    """
    a, b = pair(values, reference, "nrmse")
    spread = float(np.ptp(b))
    return float(_root_mean_square(a - b) / spread) if spread > 0.0 else float("nan")


def correlation(values: Any, reference: Any) -> float:
    """Pearson's correlation over all entries; NaN where one of the two is constant (undefined, not 0).

    Equation
        cov(values, reference) / (sd(values) sd(reference))
    """
    a, b = pair(values, reference, "correlation")
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
    a, b = pair(values, reference, "r2")
    if np.ptp(b) == 0.0:
        return float("nan")
    return float(1.0 - (_root_mean_square(a - b) / _root_mean_square(b - b.mean())) ** 2)


def slope(values: Any, reference: Any) -> float:
    """Factor of the least-squares line through the origin, values = slope * reference; NaN for a reference of zeros.

    Equation
        sum(values * reference) / sum(reference^2)
    """
    a, b = pair(values, reference, "slope")
    largest = float(np.abs(b).max())
    if largest == 0.0:
        return float("nan")
    scaled = b / largest
    return float((a / largest * scaled).sum() / (scaled**2).sum())


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


def _root_mean_square(difference: Array) -> float:
    # Scaled first: the square of a difference beyond 1e154 would overflow.
    largest = float(np.abs(difference).max())
    return largest * float(np.sqrt(np.mean((difference / largest) ** 2))) if largest > 0.0 else 0.0


def _unit_length(vector: Array) -> Array:
    scaled = vector / np.abs(vector).max()
    return np.asarray(scaled / np.sqrt(scaled @ scaled))
