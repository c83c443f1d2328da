"""Values that were probably given in another unit: one warning each, with the value that was probably meant."""

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.declaration import ParamInfo
from neurosim.gate import is_quantity

_PACKAGE = str(Path(__file__).parent)
_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"), (1e-15, "f"))
_SCALED = ("s", "V", "F", "S", "A")
"""Units that are written with a prefix."""
_SLIPS = (1e-3, 1e3, 1e-6, 1e6, 1e-9, 1e-12)
"""Factors between a unit and those that it is taken for, the likeliest first."""
_told: set[tuple[str, float]] = set()


class MagnitudeWarning(UserWarning):
    """A value that is probably in the wrong unit, such as a membrane time constant of 20 s.

    It comes once per parameter and value. A Brian2 quantity (`20 * second`) carries its unit and is never warned about;
    `warnings.filterwarnings("ignore", category=MagnitudeWarning)` silences the rest.
    """


def meant(value: float, info: ParamInfo) -> float | None:
    """The usual value that differs from this one by a unit's prefix; None where it is usual, 0, or nothing fits."""
    if info.usual is None or value == 0 or not np.isfinite(value) or _fits(value, info.usual):
        return None
    return next((value * factor for factor in _SLIPS if _fits(value * factor, info.usual)), None)


def warn_if_unusual(given: Any, value: Any, info: ParamInfo, where: str) -> None:
    """A warning, once, where a value (a number or one per unit) is probably in another unit.

    Args:
        given: what the user gave: a quantity carries its unit.
        value: the same as plain numbers in SI units.
        info: what is known of the parameter.
        where: its name ("LIF.tau_m").
    """
    if info.usual is None or is_quantity(given):
        return
    numbers = np.ravel(value)
    size = np.abs(numbers)
    odd = numbers[(size > 0) & ((size < info.usual[0]) | (size > info.usual[1]))]
    likely = meant(float(odd[0]), info) if odd.size else None
    if likely is None or (where, float(odd[0])) in _told:
        return
    _told.add((where, float(odd[0])))
    low, high = (shown(bound, info.unit) for bound in info.usual)
    warnings.warn(
        f"{where}: got {odd[0]:g} {info.unit}; usual ({info.doc}) is {low} to {high}: {shown(likely, info.unit)} was "
        f"probably meant ({likely:.6g})",
        MagnitudeWarning,
        stacklevel=_outside(),
    )


def shown(value: float, unit: str) -> str:
    """A value with the prefix that reads best ("20 ms")."""
    factor, prefix = 1.0, ""
    if unit in _SCALED:
        factor, prefix = next((pair for pair in _PREFIXES if abs(value) >= 0.999 * pair[0]), _PREFIXES[-1])
    return f"{value / factor:.6g} {prefix}{unit}"


def _fits(value: float, usual: tuple[float, float]) -> bool:
    return usual[0] * (1 - 1e-9) <= abs(value) <= usual[1] * (1 + 1e-9)


def _outside() -> int:
    """How far up the first caller outside of the package is."""
    level = 2
    while True:
        try:
            file = sys._getframe(level).f_code.co_filename
        except ValueError:
            return level
        if not file.startswith((_PACKAGE, "<string>")):
            return level
        level += 1
