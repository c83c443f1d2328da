"""The declaration of one parameter: default, unit, meaning, allowed and usual values."""

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

from neurosim.quantities import DIMENSIONS

T = TypeVar("T")


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
    table: bool = False
    """Whether a sequence may be a table (entries, units) too."""
    usual: tuple[float, float] | None = None
    """Between which magnitudes it usually is; what is far outside was probably given in another unit."""

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
    table: bool = False,
    usual: tuple[float, float] | None = None,
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
        table: whether a sequence may have one column per unit, (entries, units).
        usual: between which magnitudes the value usually is, where another one is warned about; 0 never is.
    """
    if unit not in DIMENSIONS:
        raise ValueError(f"param(): unknown unit {unit!r}; known are {', '.join(DIMENSIONS)}")
    info = ParamInfo(unit, doc, low, above, high, below, choices, infinite, table, usual)
    field: T = dataclasses.field(default=default, metadata={"info": info})
    return field
