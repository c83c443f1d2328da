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
from html import escape
from typing import Any, Self, TypeVar

import numpy as np

from neurosim.gate import DIMENSIONS, article, shown
from neurosim.gate import Array as Array
from neurosim.gate import DimensionError as DimensionError
from neurosim.gate import Integers as Integers
from neurosim.gate import ParameterError as ParameterError
from neurosim.gate import UnknownNameError as UnknownNameError
from neurosim.gate import finite as finite
from neurosim.gate import flag as flag
from neurosim.gate import instance as instance
from neurosim.gate import labels as labels
from neurosim.gate import plain as plain
from neurosim.gate import real as real
from neurosim.gate import text as text
from neurosim.gate import whole as whole

T = TypeVar("T")


def unknown_name(kind: str, name: object, known: Iterable[str]) -> UnknownNameError:
    """The error for an unknown name, with the nearest match and the whole list."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    if not near:
        lowered = {n.lower(): n for n in names}
        near = [lowered[m] for m in difflib.get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.5)]
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UnknownNameError(f"no {kind} is named {name!r}; {hint}known are: {', '.join(names) or 'none'}")


@dataclass(frozen=True)
class ParamInfo:
    """What is known of one parameter: unit, meaning and allowed values."""

    unit: str
    doc: str
    low: float | None = None
    above: float | None = None
    high: float | None = None
    below: float | None = None
    choices: tuple[Any, ...] | None = None
    infinite: bool = False

    def allowed(self) -> str:
        """The allowed values in words, with the unit."""
        unit = "" if self.unit in ("1", "") else f" {self.unit}"
        if self.choices is not None:
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        parts = [
            f"{sign} {bound:g}{unit}"
            for sign, bound in ((">=", self.low), (">", self.above), ("<=", self.high), ("<", self.below))
            if bound is not None
        ]
        return " and ".join(parts) if parts else "a finite number" + (f" in{unit}" if unit else "")


def param(
    default: T,
    *,
    unit: str = "1",
    doc: str,
    low: float | None = None,
    above: float | None = None,
    high: float | None = None,
    below: float | None = None,
    choices: tuple[Any, ...] | None = None,
    infinite: bool = False,
) -> T:
    """Declare one parameter of a [Params][neurosim.params.Params] class.

    Args:
        default: value when none is given; its type (float, int, bool, str, other) decides what is accepted.
        unit: SI unit as text ("s", "Hz", "1" for dimensionless, ...).
        doc: the meaning, one line.
        low: smallest allowed value (inclusive); `above` is the same, exclusive.
        above: see `low`.
        high: largest allowed value (inclusive); `below` is the same, exclusive.
        below: see `high`.
        choices: the allowed values, when there are only a few.
        infinite: whether an infinite value is allowed.
    """
    if unit not in DIMENSIONS:
        raise ValueError(f"param(): unknown unit {unit!r}; known are {', '.join(DIMENSIONS)}")
    info = ParamInfo(unit, doc, low, above, high, below, choices, infinite)
    field: T = dataclasses.field(default=default, metadata={"info": info})
    return field


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
    return float(value)


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


def _checked(value: Any, default: Any, info: ParamInfo, where: str) -> Any:
    if isinstance(default, bool):
        return flag(value, where, info.doc)
    if isinstance(default, int):
        result = whole(value, where, doc=info.doc)
        _check_bounds(result, info, where)
        return result
    if isinstance(default, float):
        return number(value, info, where)
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


@dataclass(frozen=True, kw_only=True)
class Params:
    """Base of every frozen, validated, hashable parameter set.

    Raises:
        ParameterError: a value outside its bounds, NaN or infinite; the message names class, field, value, unit and
            bound.
        DimensionError: a quantity of the wrong dimension, or something that is no number.
        UnknownNameError: no parameter has that name; the message offers the nearest one.
    """

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
                value = _checked(getattr(self, field.name), field.default, info, where)
                object.__setattr__(self, field.name, value)
        self.check()

    def check(self) -> None:
        """Conditions between several parameters; override and raise ParameterError."""

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
            values[field.name] = value.as_dict() if isinstance(value, Params) else value
        return values

    def _repr_html_(self) -> str:
        rows = []
        for name, info in self.info().items():
            value = getattr(self, name)
            text = f"{value:g}" if isinstance(value, float) else repr(value)
            unit = "" if info.unit == "1" else info.unit
            rows.append(
                f"<tr><td><code>{name}</code></td><td>{escape(text)}</td><td>{unit}</td><td>{escape(info.doc)}</td></tr>"
            )
        head = "<tr><th>parameter</th><th>value</th><th>unit</th><th>meaning</th></tr>"
        return f"<b>{type(self).__name__}</b><table>{head}{''.join(rows)}</table>"
