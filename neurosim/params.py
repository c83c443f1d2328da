"""Frozen parameter sets: every number carries its unit, its meaning and its bounds beside its default.

A subclass of [Params][neurosim.params.Params] is a frozen keyword-only dataclass whose fields are made with
[param][neurosim.params.param]. Values are checked when the object is made; a Brian2 quantity is accepted wherever a
number with a unit is expected, its dimension is checked and it is stored as a plain SI float.
"""

import dataclasses
import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from neurosim import per_unit
from neurosim.declaration import ParamInfo as ParamInfo
from neurosim.declaration import param as param
from neurosim.errors import UnknownNameError as UnknownNameError
from neurosim.gate import Array as Array
from neurosim.gate import DimensionError as DimensionError
from neurosim.gate import Integers as Integers
from neurosim.gate import ParameterError as ParameterError
from neurosim.gate import article, shown
from neurosim.gate import count as count
from neurosim.gate import finite as finite
from neurosim.gate import fits as fits
from neurosim.gate import flag as flag
from neurosim.gate import instance as instance
from neurosim.gate import labels as labels
from neurosim.gate import plain as plain
from neurosim.gate import real as real
from neurosim.gate import text as text
from neurosim.gate import whole as whole
from neurosim.magnitudes import MagnitudeWarning as MagnitudeWarning
from neurosim.magnitudes import warn_if_unusual as warn_if_unusual

_LONGEST_LIST = 700
"""Characters of a list of names that a message shows whole."""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """The error for an unknown name, with the nearest match and the whole list (of a long one the nearest)."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    if not near:
        lowered = {n.lower(): n for n in names}
        near = [lowered[m] for m in difflib.get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.5)]
    hint = f"did you mean {near[0]!r}? " if near else ""
    listed = ", ".join(names) or "none"
    if len(listed) > _LONGEST_LIST:
        nearest = difflib.get_close_matches(str(name)[:100], names, n=12, cutoff=0.0)
        listed = f"{', '.join(nearest)} and {len(names) - len(nearest)} more"
    return UnknownNameError(f"no {kind} is named {shown(name)}; {hint}known are: {listed}")


def seconds(value: Any, where: str) -> float:
    """A time in seconds from a number or a Brian2 quantity; raises on anything else."""
    return number(value, ParamInfo("s", "a time", low=0.0), where)


def number(value: Any, info: ParamInfo, where: str) -> float:
    """One checked real number in SI units.

    Raises:
        ParameterError: outside of the bounds, NaN, or infinite where that is not allowed.
        DimensionError: no number, several numbers, or a quantity of another dimension.
    """
    if type(value) is not float:
        array = real(value, info.unit, where)
        if array.ndim:
            raise DimensionError(f"{where}: got {shown(value)}, expected one number in {_unit_word(info.unit)}")
        value = float(array)
    _check_bounds(value, info, where)
    # a zero has no sign: equal parameters are equal bytes
    return float(value) + 0.0


def number_per_unit(value: Any, info: ParamInfo, where: str) -> Array:
    """Checked numbers in SI units, one per unit, read-only; the message names the first that is out of bounds."""
    array = real(value, info.unit, where)
    if array.ndim != (2 if info.table else 1) or not array.size:
        raise DimensionError(
            f"{where}: got an array of shape {array.shape}, expected a number in {_unit_word(info.unit)}, or one per "
            "unit, shape (units,)"
        )
    result = per_unit.frozen(array)
    for place in np.argwhere(_out_of_bounds(result, info)).tolist():
        _check_bounds(float(result[tuple(place)]), info, f"{where}{place}")
    return result


def number_or_each(value: Any, info: ParamInfo, where: str) -> Any:
    """One checked number, or one per unit where several are given."""
    several = isinstance(value, list | tuple | range) or getattr(value, "ndim", 0) > 0
    return number_per_unit(value, info, where) if several else number(value, info, where)


def _out_of_bounds(values: Array, info: ParamInfo) -> npt.NDArray[np.bool_]:
    """Where values may be wrong, for all of them at once."""
    bad = ~np.isfinite(values)
    for bound, wrong in (
        (info.low, np.less), (info.above, np.less_equal), (info.high, np.greater), (info.below, np.greater_equal),
    ):  # fmt: skip
        if bound is not None:
            bad |= wrong(values, bound)
    return bad if info.choices is None else bad | ~np.isin(values, info.choices)


def _is_table(value: Any) -> bool:
    """Whether a sequence of numbers has a column per unit."""
    first = value[0] if isinstance(value, list | tuple) and len(value) else 0.0
    return getattr(value, "ndim", 1) == 2 or isinstance(first, list | tuple) or getattr(first, "ndim", 0) == 1


def _unit_word(unit: str) -> str:
    return "1 (dimensionless)" if unit == "1" else unit


def _check_bounds(value: float, info: ParamInfo, where: str) -> None:
    bad = (
        (isinstance(value, float) and (math.isnan(value) or (math.isinf(value) and not info.infinite)))
        or (info.low is not None and value < info.low)
        or (info.above is not None and value <= info.above)
        or (info.high is not None and value > info.high)
        or (info.below is not None and value >= info.below)
        or (info.choices is not None and value not in info.choices)
    )
    if bad:
        unit = "" if info.unit == "1" else f" {info.unit}"
        got = f"{value:g}" if isinstance(value, float) else shown(value)
        raise ParameterError(f"{where}: got {got}{unit}, expected {info.allowed()} ({info.doc})")


def _checked(value: Any, default: Any, info: ParamInfo, where: str, *, each: bool = False) -> Any:
    if isinstance(default, bool):
        return flag(value, where, info.doc)
    if isinstance(default, int):
        result = whole(value, where, doc=info.doc)
        _check_bounds(result, info, where)
        return result
    if isinstance(default, float):
        return number_or_each(value, info, where) if each else number(value, info, where)
    if isinstance(default, tuple) and info.table and _is_table(value):
        return number_per_unit(value, info, where)
    if isinstance(default, tuple):
        return _checked_sequence(value, default, info, where)
    if default is not None and isinstance(default, str | Params) and not isinstance(value, _family(default)):
        expected = _family(default).__name__
        wanted = info.allowed() if info.choices is not None else f"{article(expected)} {expected}"
        raise DimensionError(f"{where}: got {shown(value)}, expected {wanted} ({info.doc})")
    if info.choices is not None and not any(isinstance(value, type(c)) and value == c for c in info.choices):
        raise ParameterError(f"{where}: got {shown(value)}, expected {info.allowed()} ({info.doc})")
    return value


def _checked_sequence(value: Any, default: tuple[Any, ...], info: ParamInfo, where: str) -> tuple[Any, ...]:
    ints = bool(default) and all(isinstance(item, int) for item in default)
    kind = "whole numbers" if ints else "numbers"
    given = plain(value, info.unit, where)
    try:
        array = real(given, info.unit, where)
    except DimensionError:
        array = np.zeros((0, 0))
    if array.ndim != 1 or (ints and array.size and np.asarray(given).dtype.kind not in "iu"):
        raise DimensionError(f"{where}: got {shown(value)}, expected a sequence of {kind} ({info.doc})")
    entry = dataclasses.replace(info, choices=None)
    if ints:
        return tuple(_checked(item, 0, entry, f"{where}[{index}]") for index, item in enumerate(np.asarray(given)))
    return tuple(number(item, entry, f"{where}[{index}]") for index, item in enumerate(array.tolist()))


def _family(default: Any) -> type:
    """The class that a value must be an instance of: for parameter sets the family (Activation, ...), not the class."""
    kind = type(default)
    for base in reversed(kind.__mro__):
        if isinstance(base, type) and issubclass(base, Params) and base is not Params:
            return base
    return kind


def choice(value: Any, kind: str, known: Iterable[str]) -> str:
    """One of some texts, or an error that names the nearest.

    Raises:
        UnknownNameError: another text, or something that is none.
    """
    names = tuple(known)
    if not isinstance(value, str) or value not in names:
        raise unknown_name(kind, value, names)
    return value


@dataclass(frozen=True, kw_only=True)
class Params:
    """Base of every frozen, validated, hashable parameter set.

    Raises:
        ParameterError: a value outside its bounds, NaN or infinite; the message names class, field, value, unit and
            bound.
        DimensionError: a quantity of the wrong dimension, or something that is no number.
        UnknownNameError: no parameter has that name; the message offers the nearest one.
    """

    one_per_unit: ClassVar[bool] = False
    """Whether a real number may be given as one value per unit of a population, (units,)."""

    def __init_subclass__(cls) -> None:
        # The methods that a dataclass would write into the class cannot compare, hash or shorten arrays.
        for name in ("__eq__", "__hash__", "__repr__"):
            if name not in cls.__dict__ or cls.__dict__[name] is None:
                setattr(cls, name, Params.__dict__[name])

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and per_unit.key(self) == per_unit.key(other)

    def __hash__(self) -> int:
        return hash(per_unit.key(self))

    def __repr__(self) -> str:
        values = [f"{name}={per_unit.text(value)}" for name, value in per_unit.fields_of(self).items()]
        return f"{type(self).__qualname__}({', '.join(values)})"

    def __setstate__(self, state: dict[str, Any]) -> None:
        # What is copied or read from a pickle is read-only again.
        for name, value in state.items():
            object.__setattr__(self, name, per_unit.frozen(value) if per_unit.is_array(value) else value)

    def __new__(cls, *values: Any, **named: Any) -> Self:
        known = [field.name for field in dataclasses.fields(cls) if field.init]
        for name in named:
            if name not in known:
                raise unknown_name(f"parameter of {cls.__name__}", name, known)
        if values:
            raise DimensionError(
                f"{cls.__name__}: got {values[0]!r} without a name, expected every parameter by name: "
                f"{', '.join(known) or 'it has none'}"
            )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            info = field.metadata.get("info")
            if info is not None:
                where = f"{type(self).__name__}.{field.name}"
                value = _checked(getattr(self, field.name), field.default, info, where, each=self.one_per_unit)
                warn_if_unusual(getattr(self, field.name), value, info, where)
                object.__setattr__(self, field.name, value)
        self._check_units()

    def _check_units(self) -> None:
        """The conditions between parameters, unit by unit where they differ between units."""
        known = list(per_unit.lengths(self))
        for name, length in known[1:]:
            if length != known[0][1]:
                raise ParameterError(
                    f"{name}: got {length} values and {known[0][0]} has {known[0][1]}, expected as many, or one number"
                )
        if not known or type(self).check is Params.check:
            self.check()
            return
        kinds, first, _ = per_unit.distinct(self)
        for one, unit in sorted(zip(kinds, first.tolist(), strict=True), key=lambda pair: pair[1]):
            try:
                one.check()
            except (ParameterError, DimensionError) as error:
                raise type(error)(f"{error} (unit {unit})") from None

    def check(self) -> None:
        """Conditions between several parameters; override and raise ParameterError.

        It sees plain numbers: where parameters have one value per unit, it is called for every unit.
        """

    @property
    def units(self) -> int | None:
        """How many units it speaks of, where a parameter has one value per unit; None where it fits any number."""
        return per_unit.units(self)

    def of_unit(self, unit: int) -> Self:
        """The same with the numbers of one unit."""
        whole(unit, f"{type(self).__name__}.of_unit: unit", low=0)
        return per_unit.of_unit(self, unit)

    def replace(self, **changes: Any) -> Self:
        """A copy with some parameters changed, validated again."""
        known = {field.name for field in dataclasses.fields(self)}
        for name in changes:
            if name not in known:
                raise unknown_name(f"parameter of {type(self).__name__}", name, known)
        return dataclasses.replace(self, **changes)

    @classmethod
    def info(cls) -> dict[str, ParamInfo]:
        """Unit, meaning and bounds of every parameter, in order."""
        return {f.name: f.metadata["info"] for f in dataclasses.fields(cls) if "info" in f.metadata}

    def as_dict(self) -> dict[str, Any]:
        """Plain nested dictionary, class name under "class"; [from_dict][neurosim.registry.from_dict] undoes it."""
        values: dict[str, Any] = {"class": f"{type(self).__module__}:{type(self).__qualname__}"}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Params):
                value = value.as_dict()
            values[field.name] = value.tolist() if per_unit.is_array(value) else value
        return values

    def _repr_html_(self) -> str:
        return per_unit.html(self, {name: (info.unit, info.doc) for name, info in self.info().items()})
