"""One value per unit: parameters as read-only arrays inside frozen sets of parameters.

A set of parameters (a dataclass) whose numbers are partly arrays of shape (units,) stands for that many sets of plain
numbers, one per unit; what is a single number holds for all of them. A table (entries, units) has a column per unit.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
_SHOWN = 6
"""Values of an array that are written out in full; of a longer one the first three and the last."""


def is_array(value: object) -> bool:
    """Whether a parameter has one value per unit."""
    return isinstance(value, np.ndarray) and value.ndim > 0


def frozen(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A read-only copy. Zeros have no sign in it, so that equal values are equal bytes."""
    result: npt.NDArray[np.float64] = np.asarray(values, dtype=np.float64) + 0.0
    result.flags.writeable = False
    return result


def fields_of(parameters: Any) -> dict[str, Any]:
    """The values of a set of parameters by name."""
    return {field.name: getattr(parameters, field.name) for field in dataclasses.fields(parameters)}


def key(parameters: Any) -> tuple[Any, ...]:
    """What is compared and hashed in place of the values: arrays by their bytes."""
    return tuple(
        (value.shape, value.tobytes()) if is_array(value) else value for value in fields_of(parameters).values()
    )


def text(value: object) -> str:
    """A value as people read it, long arrays shortened."""
    if not is_array(value):
        return repr(value)
    array: npt.NDArray[np.float64] = np.asarray(value)
    if array.ndim > 1:
        return f"a table of shape {array.shape}"
    numbers: list[float] = array.tolist()
    if len(numbers) <= _SHOWN:
        return repr(numbers)
    first, second, third, last = (f"{numbers[k]:.6g}" for k in (0, 1, 2, -1))
    return f"[{first}, {second}, {third}, ..., {last}] ({len(numbers):,} values)"


def html(parameters: Any, meanings: Mapping[str, tuple[str, str]]) -> str:
    """A set of parameters as a table, given unit and meaning by name."""
    rows = []
    for name, (unit, meaning) in meanings.items():
        value = getattr(parameters, name)
        shown = escape(f"{value:g}" if isinstance(value, float) else text(value))
        unit = "" if unit == "1" else unit
        rows.append(f"<tr><td><code>{name}</code></td><td>{shown}</td><td>{unit}</td><td>{escape(meaning)}</td></tr>")
    head = "<tr><th>parameter</th><th>value</th><th>unit</th><th>meaning</th></tr>"
    return f"<b>{type(parameters).__name__}</b><table>{head}{''.join(rows)}</table>"


def lengths(parameters: Any, where: str = "") -> Iterator[tuple[str, int]]:
    """Name and length of everything with one value per unit, in nested sets too ("LeakyRate.activation.gain")."""
    where = where or type(parameters).__name__
    for name, value in fields_of(parameters).items():
        if is_array(value):
            yield f"{where}.{name}", value.shape[-1]
        elif dataclasses.is_dataclass(value):
            yield from lengths(value, f"{where}.{name}")


def listed(parameters: Any, where: str = "") -> Iterator[tuple[str, int]]:
    """Name and length of every list with an entry per unit, as the class names them in `by_unit`; nested sets too."""
    where = where or type(parameters).__name__
    for name, value in fields_of(parameters).items():
        if name in getattr(parameters, "by_unit", ()) and value:
            yield f"{where}.{name}", len(value)
        elif dataclasses.is_dataclass(value):
            yield from listed(value, f"{where}.{name}")


def units(parameters: Any) -> int | None:
    """How many units a set of parameters speaks of; None where one set of numbers holds for all of any population."""
    return next((length for _, length in lengths(parameters)), None)


def _mapped(parameters: T, change: Callable[[Any], Any]) -> T:
    """A copy with every array changed, which needs no new validation."""
    result: T = object.__new__(type(parameters))
    for name, value in fields_of(parameters).items():
        if is_array(value):
            value = change(value)
        elif dataclasses.is_dataclass(value) and units(value) is not None:
            value = _mapped(value, change)
        object.__setattr__(result, name, value)
    return result


def of_unit(parameters: T, unit: int) -> T:
    """The parameters of one unit, all of them plain numbers."""

    def one(values: npt.NDArray[np.float64]) -> Any:
        return float(values[unit]) if values.ndim == 1 else tuple(values[:, unit].tolist())

    return _mapped(parameters, one)


def repeated(parameters: T, times: int) -> T:
    """The parameters of all units, and of all of them again, so many times."""
    return _mapped(parameters, lambda values: frozen(np.tile(values, times)))


def _tables(parameters: Any) -> Iterator[npt.NDArray[np.float64]]:
    for value in fields_of(parameters).values():
        if is_array(value):
            yield from np.atleast_2d(value)
        elif dataclasses.is_dataclass(value):
            yield from _tables(value)


def distinct(parameters: T) -> tuple[list[T], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The different units as sets of plain numbers, the first unit of each kind, and the kind of every unit."""
    table = np.stack(list(_tables(parameters)), axis=1)
    _, first, kind = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return [of_unit(parameters, int(unit)) for unit in first], first.astype(np.int64), kind.ravel().astype(np.int64)


def unit_by_unit(compute: Callable[[Any], T]) -> Callable[[Any], T]:
    """For a method without arguments that is written for plain numbers: one value per unit where parameters have.

    It may return a number, or numbers by name.
    """

    @functools.wraps(compute)
    def every(parameters: Any) -> Any:
        if units(parameters) is None:
            return compute(parameters)
        kinds, _, kind = distinct(parameters)
        values: list[Any] = [compute(one) for one in kinds]
        if isinstance(values[0], dict):
            return {name: frozen(np.array([value[name] for value in values])[kind]) for name in values[0]}
        return frozen(np.array(values)[kind])

    return every


def among(parameters: T, shape: tuple[int, ...], mask: npt.NDArray[np.bool_]) -> T:
    """The parameters of the entries of an array (..., units) where a mask of this shape is true, in their order."""

    def entries(values: Any) -> Any:
        return np.broadcast_to(values, shape)[mask]

    return _mapped(parameters, entries)


def shape_with(parameters: Any, drive: npt.NDArray[np.float64]) -> tuple[int, ...]:
    """Shape of what such parameters make of an array (..., units) or of one number for all units."""
    found = [np.shape(table) for table in _tables(parameters)]
    return np.broadcast_shapes(np.shape(drive), *found)


def every(parameters: T) -> list[T]:
    """The different units as sets of plain numbers: the set itself, where it is one."""
    return [parameters] if units(parameters) is None else distinct(parameters)[0]


def joined(sets: Sequence[T], kind: npt.NDArray[np.int64]) -> T:
    """Sets of one class and of plain numbers as one set, in which unit i has the numbers of set `kind[i]`."""
    result: T = object.__new__(type(sets[0]))
    for name, value in fields_of(sets[0]).items():
        if isinstance(value, float):
            value = frozen(np.array([getattr(one, name) for one in sets])[kind])
        object.__setattr__(result, name, value)
    return result
