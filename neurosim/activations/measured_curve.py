"""Measured curve: an f-I table turned into an activation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, ParameterError, param
from neurosim.per_unit import shape_with


@dataclass(frozen=True, kw_only=True)
class MeasuredCurve(Activation):
    """Interpolated table of drives and rates, for cells whose curve has no closed form.

    Equation
        r = piecewise cubic Hermite interpolant of (drives, rates), monotone wherever the table is
        below the table: its first rate; above: straight on with the last slope, or level if that falls
    Shapes
        any, elementwise; with a table of rates (drives, units) the last axis holds the units
    Units
        drives 1, rates Hz
    Raises
        ParameterError for fewer than two entries, unequal lengths, drives that do not increase, a negative rate
    Source
        Fritsch & Butland, SIAM J Sci Stat Comput 5 (1984) (the choice of slopes).
    """

    drives: tuple[float, ...] = param((0.0, 1.0, 2.0, 3.0), doc="drives of the table, increasing")
    rates: tuple[float, ...] = param(
        (0.0, 0.0, 40.0, 80.0), unit="Hz", doc="rates measured at these drives; a column per unit", low=0, table=True
    )

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "the neuron that was measured has this rate, up to the errors of measurement and interpolation"
    )
    kink: ClassVar[str] = "at the first drive of the table, where the slope from below, 0, is returned"

    def check(self) -> None:
        if len(self.drives) != len(self.rates) or len(self.drives) < 2:
            raise ParameterError(
                f"MeasuredCurve: got {len(self.drives)} drives and {len(self.rates)} rates, "
                "expected two or more of each, as many rates as drives"
            )
        steps = np.diff(self.drives)
        if not (steps > 0).all():
            first = int(np.flatnonzero(steps <= 0)[0])
            raise ParameterError(
                f"MeasuredCurve.drives: entry {first + 1} is {self.drives[first + 1]:g} after {self.drives[first]:g}, "
                "expected increasing drives"
            )

    def _value(self, drive: Array) -> Array:
        drive = np.asarray(drive, dtype=np.float64)
        if self.units is not None:
            return self._each(drive, lambda curve, x: curve(x))
        inside = np.clip(drive, self.drives[0], self.drives[-1])
        rate: Array = self._interpolant(inside)
        if self._last_slope == 0:
            return rate
        with np.errstate(over="ignore"):  # the last slope takes the largest drives beyond float64
            rate += self._last_slope * np.maximum(drive - self.drives[-1], 0.0)
        return rate

    def _derivative(self, drive: Array) -> Array:
        drive = np.asarray(drive, dtype=np.float64)
        if self.units is not None:
            return self._each(drive, lambda curve, x: curve.derivative(x))
        inside = self._interpolant(np.clip(drive, self.drives[0], self.drives[-1]), 1)
        slope = np.where(drive > self.drives[-1], self._last_slope, inside)
        return np.where(drive <= self.drives[0], 0.0, slope)

    @property
    def range(self) -> tuple[float, float]:
        return min(self.rates), np.inf if self._last_slope > 0 else max(self.rates)

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The slopes of the cubics at their ends, and at their steepest place where that lies within."""
        cubic, square, slope, _ = self._interpolant.c
        width = np.diff(self.drives)
        with np.errstate(divide="ignore", invalid="ignore"):
            vertex = np.nan_to_num(-square / (3.0 * cubic))
        places = np.stack([np.zeros_like(width), width, np.clip(vertex, 0.0, width)])
        slopes = slope + places * (2.0 * square + places * 3.0 * cubic)
        falls = float(slopes.min()) if np.any(np.diff(self.rates) < 0) else 0.0  # monotone wherever the table is
        return falls, max(self._last_slope, float(slopes.max()))

    def _each(self, drive: Array, law: Callable[["MeasuredCurve", Array], Array]) -> Array:
        """Every unit by its own column."""
        full = np.broadcast_to(drive, shape_with(self, drive))
        return np.stack([law(curve, full[..., unit]) for unit, curve in enumerate(_columns(self))], axis=-1)

    @property
    def _interpolant(self) -> Any:
        return _interpolant(self.drives, self.rates)

    @property
    def _last_slope(self) -> float:
        return _last_slope(self.drives, self.rates)


@lru_cache(maxsize=8)
def _columns(curve: MeasuredCurve) -> list[MeasuredCurve]:
    """The curve of every unit of a table."""
    return [curve.of_unit(unit) for unit in range(curve.units or 0)]


@lru_cache(maxsize=64)
def _interpolant(drives: tuple[float, ...], rates: tuple[float, ...]) -> Any:
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(drives, rates)


@lru_cache(maxsize=64)
def _last_slope(drives: tuple[float, ...], rates: tuple[float, ...]) -> float:
    return max(float(_interpolant(drives, rates)(drives[-1], 1)), 0.0)
