"""What every metric asks of its arrays before it computes: real, finite, not empty, of the right shape."""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.params import Array, DimensionError, ParameterError, plain

Integers = npt.NDArray[np.int64]


def real(values: Any, where: str, *, unit: str | None = None, empty: bool = False) -> Array:
    """`values` as a finite float64 array.

    Args:
        values: numbers; a Brian2 quantity is accepted, and its dimension checked where `unit` is given.
        where: who asks, for the error message ("hoyer(activity)").
        unit: the unit that a quantity must have.
        empty: whether an array without entries is allowed.

    Raises:
        ParameterError: no entries, or an entry is NaN or infinite.
        DimensionError: the values are no real numbers, or have another dimension.
    """
    try:
        array = np.asarray(values if unit is None else plain(values, unit, where))
    except ValueError:
        raise DimensionError(f"{where}: the rows differ in length, expected a rectangular array of numbers") from None
    if array.size == 0 and not empty:
        raise ParameterError(f"{where}: got an empty array of shape {array.shape}, expected at least one number")
    if array.size and array.dtype.kind not in "biuf":
        raise DimensionError(f"{where}: got values of type {array.dtype}, expected real numbers")
    array = array.astype(np.float64)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        first = tuple(bad[0].tolist())
        raise ParameterError(
            f"{where}: {len(bad)} of {array.size} values are NaN or infinite (first at index {first}), "
            "expected finite numbers"
        )
    return array


def pair(values: Any, reference: Any, where: str) -> tuple[Array, Array]:
    """Two finite arrays of one shape.

    Raises:
        ParameterError: the shapes differ, or an array is empty or not finite.
    """
    first, second = real(values, f"{where}, first array"), real(reference, f"{where}, second array")
    if first.shape != second.shape:
        raise ParameterError(
            f"{where}: the arrays have shapes {first.shape} and {second.shape}, expected the same shape"
        )
    return first, second


def indices(values: Any, size: int, where: str) -> Integers:
    """A vector of whole numbers in 0 .. size-1 (an empty one is allowed: silence is a result).

    Raises:
        ParameterError: not a vector, or a number outside the range.
        DimensionError: the values are no whole numbers.
    """
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iu":
        raise DimensionError(f"{where}: got values of type {array.dtype}, expected whole numbers")
    if array.ndim != 1:
        raise ParameterError(f"{where}: got an array of shape {array.shape}, expected a vector")
    if array.size and (array.min() < 0 or array.max() >= size):
        outside = array.min() if array.min() < 0 else array.max()
        raise ParameterError(f"{where}: got index {outside}, expected 0 .. {size - 1}")
    return array.astype(np.int64)


def count(value: Any, where: str, *, low: int = 1) -> int:
    """A whole number of at least `low`.

    Raises:
        ParameterError: smaller than `low`.
        DimensionError: no whole number.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise DimensionError(f"{where}: got {value!r}, expected a whole number")
    if value < low:
        raise ParameterError(f"{where}: got {value}, expected a whole number >= {low}")
    return int(value)
