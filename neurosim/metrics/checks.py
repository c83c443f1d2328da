"""What every metric asks of its arrays before it computes, and how it computes at any scale.

Numbers are finite, real and of the right shape: the package's gate, with the metric's name. The square of a number
beyond 1e154 overflows and that of one below 1e-162 is 0, so metrics divide by a power of two first, which changes no
digit.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.gate import MOST_ENTRIES as MOST_ENTRIES
from neurosim.gate import Array, ParameterError, finite, labels, whole
from neurosim.gate import Integers as Integers
from neurosim.gate import count as count
from neurosim.gate import fits as fits


def real(values: Any, where: str, *, unit: str | None = None, empty: bool = False) -> Array:
    """`values` as a finite float64 array.

    Args:
        values: numbers; a Brian2 quantity is accepted, and its dimension checked where `unit` is given.
        where: who asks, for the error message ("hoyer(activity)").
        unit: the unit that a quantity must have.
        empty: whether an array without entries is allowed.

    Raises:
        ParameterError: no entries, or an entry is NaN, infinite or masked.
        DimensionError: the values are no real numbers, or have another dimension.
    """
    return finite(values, "" if unit is None else unit, where, empty=empty)


def pair(
    values: Any, reference: Any, where: str, names: tuple[str, str] = ("values", "reference")
) -> tuple[Array, Array]:
    """Two finite arrays of one shape.

    Raises:
        ParameterError: the shapes differ, or an array is empty or not finite.
    """
    first, second = (real(each, f"{where}({name})") for each, name in zip((values, reference), names, strict=True))
    if first.shape != second.shape:
        raise ParameterError(
            f"{where}: got {names[0]} of shape {first.shape} and {names[1]} of shape {second.shape}, expected the same "
            "shape"
        )
    return first, second


def indices(values: Any, size: int, where: str) -> Integers:
    """A vector of whole numbers in 0 .. size-1 (an empty one is allowed: silence is a result).

    Raises:
        ParameterError: not a vector, a number outside the range or a fraction.
        DimensionError: the values are no numbers.
    """
    array = labels(values, where, high=size - 1)
    if array.ndim != 1:
        raise ParameterError(f"{where}: got an array of shape {array.shape}, expected a vector")
    return array


def axis_of(axis: Any, values: npt.NDArray[Any], where: str) -> int:
    """An axis that the array has, counted from 0 or, negative, from behind.

    Raises:
        ParameterError: there is no such axis.
        DimensionError: no whole number.
    """
    return whole(axis, where, low=-values.ndim, high=values.ndim - 1)


def exponent(*arrays: Any, axis: int | None = None) -> Any:
    """e such that the arrays, or their vectors along the axis, divided by 2**e lie within -1 .. 1; 0 for zeros."""
    largest = [np.abs(array).max(axis=axis, keepdims=axis is not None, initial=0.0) for array in arrays]
    found = np.frexp(np.maximum.reduce(largest))[1]
    return found if axis is not None else int(found)


def shifted(values: Any, power: Any) -> Array:
    """`values` divided by 2**power, every digit kept."""
    return np.asarray(np.ldexp(values, np.negative(power)))


def restored(value: Any, power: Any, where: str) -> Any:
    """`value` times 2**power, or an error if the result is beyond what float64 can hold."""
    with np.errstate(over="ignore"):
        result = np.ldexp(value, power)
    return representable(result, where)


def representable(result: Any, where: str) -> Any:
    """A result itself, or an error if it is beyond what float64 can hold (NaN, the undefined, passes)."""
    if np.isinf(result).any():
        raise ParameterError(f"{where}: the result is beyond 1.8e308, expected smaller values or another unit")
    return result
