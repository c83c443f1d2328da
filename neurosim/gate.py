"""The one gate for values from outside: numbers, arrays, whole numbers, switches and texts, checked and converted.

Whatever a public function takes passes through one of these functions. They accept what is a real number without doubt:
Python's and NumPy's integers and floats of any width, lists and ranges of them, subclasses of arrays, numeric pandas
columns and tables, masked arrays without a masked entry, and quantities of the expected dimension. They refuse, in one
sentence that names the argument and the place, what would be a number only by a guess: truth values, complex numbers
(even with an imaginary part of 0), texts, dates, None, masked entries, ragged lists and objects.
"""

import contextlib
import inspect
import math
import numbers
import operator
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from neurosim.errors import DimensionError as DimensionError
from neurosim.errors import ParameterError as ParameterError
from neurosim.quantities import is_quantity as is_quantity
from neurosim.quantities import plain as plain
from neurosim.showing import article as article
from neurosim.showing import in_unit as _in
from neurosim.showing import kind_of, of_type, truth, wanted
from neurosim.showing import range_words as _range
from neurosim.showing import shown as shown

Array = npt.NDArray[np.float64]
"""A float64 array."""

Integers = npt.NDArray[np.int64]
"""An int64 array."""

T = TypeVar("T")

_mask_of: Any = np.ma.getmaskarray  # it has types in some versions of NumPy alone
_INNER = re.compile(r"^(?:[\w.]+: )+(?=got )")
"""Names of a function and its argument in front of what they got."""

_FLOAT64 = np.dtype(np.float64)
MOST_ENTRIES = 10**9
"""Entries of the largest array that a function makes from a few numbers (8 GB)."""
SQUARED = 1e150
"""Largest magnitude of what a function squares and adds up: beyond it float64 is infinite."""


def real(value: Any, unit: str, where: str) -> Array:
    """A float64 array in SI units of any shape; NaN and infinity pass.

    Args:
        value: numbers of any shape, or a quantity.
        unit: the unit that is expected.
        where: who asks, for the error message.

    Raises:
        DimensionError: something in it is no real number, or the quantity has another dimension; the message says
            which entry.
        ParameterError: a masked entry, rows of different lengths, or a whole number too large for float64.
    """
    # most calls bring these, and an activation is called at every step of a run
    if type(value) is np.ndarray and value.dtype is _FLOAT64:
        return value
    if type(value) is float:
        return np.asarray(value)
    array = value if _is_plain(value) else _numeric(value, unit, where)
    if array.dtype.kind == "O":
        array = _from_objects(array, unit, where)
    if array.dtype.kind not in "iuf":
        raise DimensionError(f"{where}: got {kind_of(array)}, expected {wanted(array)}{_in(unit)}")
    if array.dtype.itemsize <= 8:
        return array.astype(np.float64, copy=False)
    # a long double that is too large becomes infinite
    with np.errstate(over="ignore"):
        return array.astype(np.float64)


def finite(
    value: Any, unit: str, where: str, *, low: float = -math.inf, within: float = math.inf, empty: bool = True
) -> Array:
    """A finite float64 array in SI units.

    Args:
        value: numbers of any shape, or a quantity.
        unit: the unit that is expected.
        where: who asks, for the error message.
        low: smallest allowed number.
        within: largest allowed magnitude.
        empty: whether an array without entries is allowed.

    Raises:
        ParameterError: some of them are not finite, below `low` or beyond `within`, or there are none; the message
            names the first.
        DimensionError: no numbers, or the quantity has another dimension.
    """
    array = real(value, unit, where)
    if array.size == 0 and not empty:
        raise ParameterError(f"{where}: got an empty array of shape {array.shape}, expected at least one number")
    bad = ~np.isfinite(array)
    if bad.any():
        first, at = _first(bad)
        raise ParameterError(
            f"{where}{at}: got {array[first]}, expected finite numbers{_in(unit)} ({int(bad.sum())} of {array.size} "
            "are not)"
        )
    if low > -math.inf and (array < low).any():
        first, at = _first(array < low)
        raise ParameterError(f"{where}{at}: got {array[first]:g}, expected numbers >= {low:g}{_in(unit, '')}")
    if within < math.inf and (np.abs(array) > within).any():
        first, at = _first(np.abs(array) > within)
        raise ParameterError(
            f"{where}{at}: got {array[first]:g}, expected a magnitude of at most {within:g}{_in(unit, '')}"
        )
    return array


def whole(value: Any, where: str, *, low: float = -math.inf, high: float = math.inf, doc: str = "") -> int:
    """One whole number; a truth value and a float (1.0 too) are none.

    Args:
        value: what was given.
        where: who asks, for the error message.
        low: smallest allowed number.
        high: largest allowed number.
        doc: the meaning, one line, for the error message.

    Raises:
        DimensionError: no whole number.
        ParameterError: outside of low .. high (both allowed).
    """
    expected = f"expected a whole number{_range(low, high)}" + (f" ({doc})" if doc else "")
    if isinstance(value, bool | np.bool_) or getattr(value, "dtype", None) == np.bool_:
        raise DimensionError(f"{where}: got {shown(value)}, {expected}")
    if isinstance(value, np.ma.MaskedArray):
        raise DimensionError(f"{where}: got a masked value, {expected}")
    try:
        result = operator.index(value)
    except TypeError:
        raise DimensionError(f"{where}: got {shown(value)}, {expected}") from None
    if not low <= result <= high:
        raise ParameterError(f"{where}: got {shown(result)}, {expected}")
    return result


def count(value: Any, where: str, *, low: int = 1) -> int:
    """A number of things that fit into memory: a whole number from `low` to MOST_ENTRIES.

    Raises:
        DimensionError: no whole number.
        ParameterError: outside of these bounds.
    """
    result = whole(value, where, low=low)
    return whole(result, where, low=low, high=MOST_ENTRIES)


def fits(entries: float, where: str, way_out: str) -> None:
    """Refuse an array of more entries than memory holds."""
    if entries > MOST_ENTRIES:
        raise ParameterError(
            f"{where}: got values that make {entries:.3g} entries, expected at most {MOST_ENTRIES:.0e} ({way_out})"
        )


def labels(values: Any, where: str, *, low: float = 0, high: float = math.inf) -> Integers:
    """Whole numbers of any shape, such as class labels, indices and seeds; floats pass where every one is whole.

    Raises:
        DimensionError: something in it is no number.
        ParameterError: a fractional number, NaN, or one outside of low .. high (both allowed); the message says which.
    """
    array: npt.NDArray[Any] = values
    if not _is_plain(array):
        array = _numeric(values, "1", where)
        if array.dtype.kind == "O":
            array = _from_objects(array, "1", where)
        if array.dtype.kind not in "iuf":
            raise DimensionError(f"{where}: got {kind_of(array)}, expected whole numbers{_range(low, high)}")
    expected = f"expected whole numbers{_range(low, high)}"
    # beyond 2**53 a float does not know its last digit
    limit = 2.0**53 if array.dtype.kind == "f" else 2**63 - 1
    with np.errstate(invalid="ignore"):
        bad = (array < max(low, -limit)) | (array > min(high, limit))
        if array.dtype.kind == "f":
            bad |= ~(array == np.floor(array))
    if bad.any():
        first, at = _first(bad)
        raise ParameterError(f"{where}{at}: got {array[first]}, {expected}")
    result: Integers = array.astype(np.int64)
    return result


def picked(size: int, index: Any, where: str) -> Integers:
    """The numbers out of 0 .. size-1 that a number, slice, mask or array of numbers picks, in a row.

    Raises:
        DimensionError: no index.
        ParameterError: it does not fit, or picks nothing.
    """
    expected = f"expected a number, slice, mask or array of numbers that fits {size}"
    if isinstance(index, slice):
        for part in (index.start, index.stop, index.step):
            if part is not None:
                whole(part, where)
        if index.step == 0:
            raise ParameterError(f"{where}: got a slice of step 0, {expected}")
        chosen = np.arange(size)[index]
    elif (mask := _mask(index)) is not None:
        if mask.shape != (size,):
            raise ParameterError(f"{where}: got a mask of shape {mask.shape}, expected ({size},)")
        chosen = np.flatnonzero(mask)
    else:
        numbers = labels(index, where, low=-size, high=size - 1)
        chosen = np.arange(size)[np.atleast_1d(numbers)]
    if chosen.ndim != 1 or chosen.size == 0:
        raise ParameterError(f"{where}: got {shown(index)}, which picks {chosen.size}, expected at least one in a row")
    result: Integers = chosen.astype(np.int64)
    return result


def _mask(index: Any) -> npt.NDArray[np.bool_] | None:
    """A row of truth values as an array; None for what is none."""
    try:
        array = np.asarray(index)
    except ValueError:  # rows of different lengths
        return None
    masked = isinstance(index, np.ma.MaskedArray) and _mask_of(index).any()
    return array if array.ndim == 1 and array.dtype == np.bool_ and not masked else None


def flag(value: Any, where: str, doc: str = "") -> bool:
    """True or False; nothing else stands for one, 1, 0 and texts neither.

    Raises:
        DimensionError: something else.
    """
    if not isinstance(value, bool | np.bool_):
        raise DimensionError(f"{where}: got {shown(value)}, expected True or False" + (f" ({doc})" if doc else ""))
    return bool(value)


def text(value: Any, where: str) -> str:
    """A text.

    Raises:
        DimensionError: something else.
    """
    if not isinstance(value, str):
        raise DimensionError(f"{where}: got {shown(value)}, expected a text")
    return str(value)


def instance(value: Any, kind: type[T], where: str, way_out: str = "") -> T:
    """An object of a class, or an error that says what was given instead (a class where an object belongs, often).

    Args:
        value: what was given.
        kind: the class.
        where: who asks, for the error message.
        way_out: what is expected, in words; the name of the class if left out.

    Raises:
        DimensionError: an object of another class.
    """
    if not isinstance(value, kind):
        word = kind.__name__
        raise DimensionError(f"{where}: got {shown(value)}, expected {way_out or f'{article(word)} {word}'}")
    return value


def several(values: Any, where: str, way_out: str) -> list[Any]:
    """The entries of a list or of anything else that can be gone through; a text, a class and a number cannot.

    Raises:
        DimensionError: something else.
    """
    single = isinstance(values, str | bytes | type) or getattr(values, "ndim", 1) == 0
    if single or not isinstance(values, Iterable):
        raise DimensionError(f"{where}: got {shown(values)}, expected {way_out}")
    return list(values)


@contextlib.contextmanager
def named_as(where: str) -> Iterator[None]:
    """What is refused inside, under the name that the caller knows it by instead of the one it has there."""
    try:
        yield
    except (ParameterError, DimensionError) as error:
        raise type(error)(f"{where}: {_INNER.sub('', str(error))}") from None


def function(value: Any, arguments: int, where: str, way_out: str) -> Any:
    """A function that takes so many arguments in a row.

    Raises:
        DimensionError: it cannot be called, or not with so many.
    """
    if isinstance(value, type) or not callable(value):
        raise DimensionError(f"{where}: got {shown(value)}, expected {way_out}")
    try:
        inspect.signature(value).bind(*range(arguments))
    except TypeError as error:
        raise DimensionError(f"{where}: got a function of other arguments ({error}), expected {way_out}") from None
    except ValueError:
        pass  # some functions that are written in C do not tell
    return value


def _is_plain(value: Any) -> bool:
    """Whether this is an array that needs no look at its entries."""
    return type(value) is np.ndarray and value.dtype.kind in "iuf"


def _numeric(value: Any, unit: str, where: str) -> npt.NDArray[Any]:
    """An array without masked entries and truth values, the unit checked, the type of its entries not yet."""
    if isinstance(value, np.ma.MaskedArray):
        value = _unmasked(value, where)
    if isinstance(value, list | tuple):
        value = _plain_sequence(value, unit, where)
    value = plain(value, unit, where)
    if hasattr(value, "tocsr"):
        raise DimensionError(f"{where}: got a sparse matrix, expected real numbers{_in(unit)} (take .toarray())")
    try:
        array = np.asarray(value)
    except ValueError:
        raise DimensionError(
            f"{where}: got rows that differ in length, expected a rectangular array of numbers{_in(unit)}"
        ) from None
    except Exception as error:
        # other packages' arrays raise what they like; theirs says best what to do
        raise DimensionError(f"{where}: got {of_type(value)} ({error})") from None
    if array.dtype.kind == "b":
        raise DimensionError(
            f"{where}: got {truth(array)}, expected {wanted(array)}{_in(unit)} (for 1 and 0 take .astype(int))"
        )
    return array


def _unmasked(value: Any, where: str) -> npt.NDArray[Any]:
    mask = _mask_of(value)
    if mask.any():
        _, at = _first(mask)
        raise ParameterError(
            f"{where}{at}: got a masked entry ({int(mask.sum())} of {mask.size}), expected numbers throughout "
            "(leave the masked ones out or fill them first)"
        )
    return np.asarray(value.data)


def _plain_sequence(values: Any, unit: str, where: str) -> Any:
    """A list or tuple whose entries NumPy would convert without a word: truth values, quantities, masked arrays."""
    kinds = set(map(type, values))
    if kinds <= {float, int, np.float64, np.int64}:
        return values
    return [_plain_entry(entry, unit, f"{where}[{index}]") for index, entry in enumerate(values)]


def _plain_entry(entry: Any, unit: str, where: str) -> Any:
    if isinstance(entry, list | tuple):
        return _plain_sequence(entry, unit, where)
    if isinstance(entry, bool | np.bool_):
        raise DimensionError(f"{where}: got {entry!s}, expected a number{_in(unit)}")
    if isinstance(entry, np.ma.MaskedArray):
        return _unmasked(entry, where)
    if isinstance(entry, np.ndarray) and entry.dtype.kind == "b":
        raise DimensionError(f"{where}: got {truth(entry)}, expected real numbers{_in(unit)}")
    return plain(entry, unit, where)


def _from_objects(array: npt.NDArray[Any], unit: str, where: str) -> npt.NDArray[Any]:
    """Objects that are real numbers each (fractions, whole numbers beyond 64 bits, columns of mixed types)."""
    for place, entry in _entries(array):
        if not isinstance(entry, numbers.Real) or isinstance(entry, bool | np.bool_):
            raise DimensionError(f"{where}{place}: got {shown(entry)}, expected a number{_in(unit)}")
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise ParameterError(
            f"{where}: got a whole number beyond 1.8e308, expected real numbers{_in(unit)} that float64 can hold"
        ) from None


def _entries(array: npt.NDArray[Any]) -> Iterator[tuple[str, Any]]:
    for index in np.ndindex(array.shape):
        yield (str(list(index)) if index else ""), array[index]


def _first(bad: Any) -> tuple[tuple[int, ...], str]:
    """Index of the first True, and how a message writes it."""
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    return first, str(list(first)) if first else ""
