"""What every activation is: drive to activity, with its slope, its range and what a spiking neuron makes of it."""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, overload

import numpy as np
import numpy.typing as npt

from neurosim.params import Array, DimensionError, Params, count, param, real
from neurosim.per_unit import every
from neurosim.precision import Floats, rounded

_FLOAT64 = np.dtype(np.float64)


@dataclass(frozen=True)
class SpikingEquivalent:
    """What a spiking neuron can make of an activation: "exact", "approximate" or "none", and why."""

    kind: Literal["exact", "approximate", "none"]
    why: str


@dataclass(frozen=True, kw_only=True)
class Activation(Params, ABC):
    """A curve from drive (1: the noiseless LIF threshold is 1, rest is 0) to activity.

    Shapes
        Any shape in, the same shape out. Real parameters of a curve of single units may have one value per unit,
        (units,); the last axis of the drive then holds the units. It does where `acts_on` is "population" too, and the
        derivative is the Jacobian with one more axis: `derivative(x)[..., i, j] = d r_i / d x_j`. What is no real
        number is refused. A missing drive (NaN) gives NaN, for its unit and for all units that it competes with. An
        infinite drive gives the limit. Where differences or ratios of drives decide and the largest is infinite there
        is no limit, and the population is NaN. The slope at a missing drive is NaN too, except that of straight pieces
        (a rectifier's), which is that of one of them. None of these warns, unless the value itself exceeds float64.
    Raises
        ParameterError for a `dtype` other than float32 and float64
    """

    acts_on: ClassVar[Literal["unit", "population"]] = "unit"
    spiking: ClassVar[SpikingEquivalent]
    by_unit: ClassVar[tuple[str, ...]] = ()
    """Parameters that are lists with an entry for each unit of the population."""
    kink: ClassVar[str] = ""
    """Where the derivative jumps, and which subgradient is returned there ("" where the curve is smooth)."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.one_per_unit = cls.acts_on == "unit"
        # Bounds are written for plain numbers; those of unlike units are the widest of them.
        bounds, slopes = cls.__dict__.get("range"), cls.__dict__.get("slope_range")
        if isinstance(bounds, property) and bounds.fget is not None and not getattr(bounds, "__isabstractmethod__", 0):
            setattr(cls, "range", property(_widest(bounds.fget), doc=bounds.__doc__))  # noqa: B010 - it is a property
        if slopes is not None:
            setattr(cls, "slope_range", _widest(slopes))  # noqa: B010 - it is a method

    @overload
    def __call__(self, drive: Array) -> Array: ...
    @overload
    def __call__(self, drive: Array, *, dtype: npt.DTypeLike) -> Floats: ...
    def __call__(self, drive: Array, *, dtype: npt.DTypeLike | None = None) -> Floats:
        """Activity at this drive, in float64 or rounded once to `dtype`."""
        if dtype is not None:
            return rounded(self(drive), dtype, type(self).__name__)
        if type(drive) is not np.ndarray or drive.dtype is not _FLOAT64:
            drive = self._checked(drive)
        return self._value(drive)

    @overload
    def derivative(self, drive: Array) -> Array: ...
    @overload
    def derivative(self, drive: Array, *, dtype: npt.DTypeLike) -> Floats: ...
    def derivative(self, drive: Array, *, dtype: npt.DTypeLike | None = None) -> Floats:
        """Slope of the activity at this drive (the Jacobian for a population activation)."""
        if dtype is not None:
            return rounded(self.derivative(drive), dtype, type(self).__name__)
        if type(drive) is not np.ndarray or drive.dtype is not _FLOAT64:
            drive = self._checked(drive)
        return self._derivative(drive)

    @overload
    def pullback(self, drive: Array, cotangent: Array) -> Array: ...
    @overload
    def pullback(self, drive: Array, cotangent: Array, *, dtype: npt.DTypeLike) -> Floats: ...
    def pullback(self, drive: Array, cotangent: Array, *, dtype: npt.DTypeLike | None = None) -> Floats:
        """Gradient with respect to the drive, given the gradient with respect to the activity (same shapes)."""
        if dtype is not None:
            return rounded(self.pullback(drive, cotangent), dtype, type(self).__name__)
        if type(drive) is not np.ndarray or drive.dtype is not _FLOAT64:
            drive = self._checked(drive)
        if type(cotangent) is not np.ndarray or cotangent.dtype is not _FLOAT64:
            cotangent = self._checked(cotangent, "cotangent")
        if cotangent.shape != drive.shape:
            raise DimensionError(
                f"{type(self).__name__}: cotangent: got shape {cotangent.shape}, expected that of the drive, "
                f"{drive.shape}"
            )
        return self._pullback(drive, cotangent)

    @abstractmethod
    def _value(self, drive: Array) -> Array:
        """Activity at a drive that is a float64 array."""

    @abstractmethod
    def _derivative(self, drive: Array) -> Array:
        """Slope, or Jacobian, at a drive that is a float64 array."""

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        """Gradient with respect to the drive: the transposed derivative, unless a class has a shorter way."""
        slope = self._derivative(drive)
        if self.acts_on == "unit":
            return cotangent * slope
        back: Array = np.einsum("...i,...ij->...j", cotangent, slope)
        return back

    def _checked(self, values: Any, what: str = "drive") -> Array:
        """A float64 array: texts, masks and complex numbers stop here."""
        return real(values, "1", f"{type(self).__name__}: {what}")

    @property
    @abstractmethod
    def range(self) -> tuple[float, float]:
        """Smallest and largest activity that can occur (bounds, whether or not they are reached)."""

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """Bounds on the slope at every drive, in Hz per drive; a jump counts as infinite.

        Where an activation of a population of `units` has a symmetric Jacobian without negative eigenvalues these are
        0 and a bound on its eigenvalues; elsewhere -L and L with a bound L on the spectral norm. An activation that
        states nothing is taken to be unbounded, and then `check_unique` promises nothing.

        Raises
            ParameterError for a number of units below 1
        """
        count(units, f"{type(self).__name__}.slope_range: units")
        return -np.inf, np.inf

    @property
    def smallest_population(self) -> int:
        """Fewest units that a population needs to have this activation in a circuit."""
        return 1


def _widest(bounds: Callable[..., tuple[float, float]]) -> Callable[..., tuple[float, float]]:
    """Bounds written for plain numbers, for parameters with one value per unit too: those of all units together."""

    @functools.wraps(bounds)
    def wide(activation: Any, *sizes: int, **named: int) -> tuple[float, float]:
        for size in (*sizes, *named.values()):
            count(size, f"{type(activation).__name__}.slope_range: units")
        if activation.units is None:
            return bounds(activation, *sizes, **named)
        lows, highs = zip(*(bounds(one, *sizes, **named) for one in every(activation)), strict=True)
        return min(lows), max(highs)

    return wide


def lowest_ceiling(activation: "Activation") -> float:
    """Activity (Hz) that every unit can exceed, and one can no more than reach."""
    return min(one.range[1] for one in every(activation))


def _is(value: Any, number: float) -> bool:
    """Whether a parameter is this number for all units."""
    return isinstance(value, float) and value == number


@dataclass(frozen=True, kw_only=True)
class Shaped(Activation, ABC):
    """A textbook curve f, scaled: `r = gain * f(drive - threshold)`; subclasses give `shape` and `slope` of f."""

    gain: float = param(1.0, unit="Hz", doc="factor on the textbook curve (1: dimensionless activity)", above=0)
    threshold: float = param(0.0, doc="drive at which the textbook curve has its origin")

    def _value(self, drive: Array) -> Array:
        if self._textbook:
            return self.shape(drive)
        return self._scaled(self.gain, self.shape(self._argument(drive)))

    def _derivative(self, drive: Array) -> Array:
        if self._textbook:
            return self.slope(drive)
        return self._scaled(self.gain / self._scale, self.slope(self._argument(drive)))

    @cached_property
    def _textbook(self) -> bool:
        """Whether nothing is scaled, as in most networks that learn."""
        return _is(self.gain, 1.0) and _is(self.threshold, 0.0) and _is(self._scale, 1.0)

    @property
    def range(self) -> tuple[float, float]:
        low, high = self.shape_range()
        return self.gain * low, self.gain * high

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        low, high = self.shape_slopes()
        return self.gain / self._scale * low, self.gain / self._scale * high

    @property
    def _scale(self) -> float:
        return 1.0

    def _argument(self, drive: Array) -> Array:
        # Textbook curves are used on large arrays in training: nothing is subtracted or divided there.
        scale = self._scale
        shifted = drive if _is(self.threshold, 0.0) else drive - self.threshold
        if _is(scale, 1.0):
            return shifted
        with np.errstate(over="ignore"):  # an infinite argument is at the curve's limit
            return shifted / scale

    @staticmethod
    def _scaled(factor: float, values: Array) -> Array:
        return values if _is(factor, 1.0) else factor * values

    @abstractmethod
    def shape(self, z: Array) -> Array:
        """The textbook curve f(z)."""

    @abstractmethod
    def slope(self, z: Array) -> Array:
        """Its derivative f'(z)."""

    @abstractmethod
    def shape_range(self) -> tuple[float, float]:
        """Infimum and supremum of f."""

    def shape_slopes(self) -> tuple[float, float]:
        """Infimum and supremum of f' (infinite at a jump), by default unknown."""
        return -np.inf, np.inf


@dataclass(frozen=True, kw_only=True)
class SmoothShaped(Shaped, ABC):
    """A curve with a scale of its own: `r = gain * f((drive - threshold) / width)`."""

    width: float = param(1.0, doc="drive that one unit of the textbook argument spans", low=1e-9)

    @property
    def _scale(self) -> float:
        return self.width


def has_zero(value: float | Array) -> bool:
    """Whether a parameter is 0, for some unit at least."""
    return value == 0 if isinstance(value, float) else bool(np.any(np.equal(value, 0.0)))


def peak(slope: Callable[[Array], Array], places: Array) -> float:
    """The maximum of a smooth slope, from its values at increasing places around a single peak; rounded up."""
    from scipy.optimize import minimize_scalar

    best = int(np.argmax(slope(places)))
    low, high = places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)]
    found = minimize_scalar(
        lambda place: -float(slope(np.array([place]))[0]), bounds=(low, high), method="bounded", options={"xatol": 0.0}
    )
    return max(-float(found.fun), float(slope(places)[best])) * (1.0 + 1e-9)
