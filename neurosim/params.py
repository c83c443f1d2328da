"""Frozen parameter sets: every number carries its unit, its meaning and its bounds beside its default.

A subclass of [Params][neurosim.params.Params] is a frozen keyword-only dataclass whose fields are made with
[param][neurosim.params.param]. Values are checked when the object is made; a Brian2 quantity is accepted wherever a
number with a unit is expected, its dimension is checked and it is stored as a plain SI float.
"""

import dataclasses
import difflib
import math
import operator
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
"""A float64 array."""

T = TypeVar("T")

# SI exponents (length, mass, time, current, temperature, substance, luminosity) of every unit used here.
_DIMENSIONS: dict[str, tuple[int, ...]] = {
    "1": (0, 0, 0, 0, 0, 0, 0),
    "s": (0, 0, 1, 0, 0, 0, 0),
    "Hz": (0, 0, -1, 0, 0, 0, 0),
    "1/s": (0, 0, -1, 0, 0, 0, 0),
    "V": (2, 1, -3, -1, 0, 0, 0),
    "V/s": (2, 1, -4, -1, 0, 0, 0),
    "A": (0, 0, 0, 1, 0, 0, 0),
    "F": (-2, -1, 4, 2, 0, 0, 0),
    "S": (-2, -1, 3, 2, 0, 0, 0),
    "F/m^2": (-4, -1, 4, 2, 0, 0, 0),
    "S/m^2": (-4, -1, 3, 2, 0, 0, 0),
    "A/m^2": (-2, 0, 0, 1, 0, 0, 0),
}


class ParameterError(ValueError):
    """A value that a parameter cannot take."""


class UnknownNameError(ParameterError):
    """A name that nothing answers to; the message offers the nearest one."""


class DimensionError(TypeError):
    """A quantity with the wrong physical dimension, or something that is no number."""


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
    if unit not in _DIMENSIONS:
        raise ValueError(f"param(): unknown unit {unit!r}; known are {', '.join(_DIMENSIONS)}")
    info = ParamInfo(unit, doc, low, above, high, below, choices, infinite)
    field: T = dataclasses.field(default=default, metadata={"info": info})
    return field


def is_quantity(value: object) -> bool:
    """Whether `value` carries physical dimensions the way Brian2's quantities do (no import of Brian2 needed)."""
    return hasattr(value, "dim") and hasattr(value.dim, "get_dimension")


def plain(value: Any, unit: str, where: str) -> Any:
    """`value` as plain SI numbers, after checking that its dimension is that of `unit`.

    Args:
        value: a number, an array, or a Brian2 quantity of either.
        unit: the unit that is expected.
        where: who asks, for the error message ("LIF.tau_m").

    Raises:
        DimensionError: the quantity has another dimension.
    """
    if not is_quantity(value):
        return value
    names = ("length", "mass", "time", "current", "temperature", "substance", "luminosity")
    found = tuple(round(float(value.dim.get_dimension(name)), 9) for name in names)
    if found != _DIMENSIONS[unit]:
        expected = "a dimensionless number" if unit == "1" else f"a quantity in {unit}"
        shown = str(value) if np.ndim(value) == 0 else f"an array of shape {np.shape(value)}"
        raise DimensionError(f"{where}: got {shown} ({value.dim!s}), expected {expected}")
    array = np.asarray(value, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def finite(value: Any, unit: str, where: str) -> Array:
    """A finite float64 array in SI units.

    Args:
        value: numbers of any shape, or a Brian2 quantity.
        unit: the unit that is expected.
        where: who asks, for the error message.

    Raises:
        ParameterError: not numbers, or some of them are not finite; the message names the first.
        DimensionError: the quantity has another dimension.
    """
    raw = plain(value, unit, where)
    try:
        array = np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{where}: got {type(value).__name__}, expected an array of numbers") from None
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        place = str(list(first)) if first else ""
        raise ParameterError(
            f"{where}{place}: got {array[first]}, expected finite numbers ({int(bad.sum())} of {array.size} are not)"
        )
    return array


def seconds(value: Any, where: str) -> float:
    """A time in seconds from a number or a Brian2 quantity; raises on anything else."""
    return number(value, ParamInfo("s", "a time", low=0.0), where)


def number(value: Any, info: ParamInfo, where: str) -> float:
    """One checked real number in SI units."""
    value = plain(value, info.unit, where)
    if isinstance(value, bool | str | bytes) or value is None:
        raise DimensionError(f"{where}: got {value!r}, expected a number in {_unit_word(info.unit)}")
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise DimensionError(f"{where}: got {value!r}, expected one number in {_unit_word(info.unit)}") from None
    _check_bounds(result, info, where)
    return result


def _unit_word(unit: str) -> str:
    return "1 (dimensionless)" if unit == "1" else unit


def _check_bounds(value: float, info: ParamInfo, where: str) -> None:
    bad = (
        math.isnan(value)
        or (math.isinf(value) and not info.infinite)
        or (info.low is not None and value < info.low)
        or (info.above is not None and value <= info.above)
        or (info.high is not None and value > info.high)
        or (info.below is not None and value >= info.below)
        or (info.choices is not None and value not in info.choices)
    )
    if bad:
        unit = "" if info.unit == "1" else f" {info.unit}"
        raise ParameterError(f"{where}: got {value:g}{unit}, expected {info.allowed()} ({info.doc})")


def _checked(value: Any, default: Any, info: ParamInfo, where: str) -> Any:
    if isinstance(default, bool):
        if not isinstance(value, bool | np.bool_):
            raise DimensionError(f"{where}: got {value!r}, expected True or False ({info.doc})")
        return bool(value)
    if isinstance(default, int):
        try:
            result = operator.index(value)
        except TypeError:
            raise DimensionError(f"{where}: got {value!r}, expected a whole number ({info.doc})") from None
        _check_bounds(result, info, where)
        return result
    if isinstance(default, float):
        return number(value, info, where)
    if info.choices is not None and value not in info.choices:
        raise ParameterError(f"{where}: got {value!r}, expected {info.allowed()} ({info.doc})")
    if isinstance(default, tuple):
        array = np.asarray(plain(value, info.unit, where))
        whole = bool(default) and all(isinstance(item, int) for item in default)
        if array.dtype.kind not in "iuf"[: 2 if whole else 3] or array.ndim != 1:
            numbers = "whole numbers" if whole else "numbers"
            raise DimensionError(f"{where}: got {value!r}, expected a sequence of {numbers} ({info.doc})")
        entry = dataclasses.replace(info, choices=None)
        if whole:
            return tuple(_checked(item, 0, entry, f"{where}[{index}]") for index, item in enumerate(array.tolist()))
        return tuple(number(item, entry, f"{where}[{index}]") for index, item in enumerate(array.tolist()))
    if default is not None and isinstance(default, str | Params) and not isinstance(value, _family(default)):
        expected = _family(default).__name__
        raise DimensionError(f"{where}: got {value!r}, expected {_article(expected)} {expected} ({info.doc})")
    return value


def _family(default: Any) -> type:
    """The class that a value must be an instance of: for parameter sets the family (Activation, ...), not the class."""
    kind = type(default)
    for base in reversed(kind.__mro__):
        if isinstance(base, type) and issubclass(base, Params) and base is not Params:
            return base
    return kind


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"


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
