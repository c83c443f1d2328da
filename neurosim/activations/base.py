"""What every activation is: drive to activity, with its slope, its range and what a spiking neuron makes of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neurosim.params import Array, Params, param


@dataclass(frozen=True)
class SpikingEquivalent:
    """What a spiking neuron can make of an activation: "exact", "approximate" or "none", and why."""

    kind: Literal["exact", "approximate", "none"]
    why: str


@dataclass(frozen=True, kw_only=True)
class Activation(Params, ABC):
    """A curve from drive (1: the noiseless LIF threshold is 1, rest is 0) to activity.

    Shapes
        Any shape in, the same shape out. Where `acts_on` is "population" the last axis holds the units, and the
        derivative is the Jacobian with one more axis: `derivative(x)[..., i, j] = d r_i / d x_j`.
    """

    acts_on: ClassVar[Literal["unit", "population"]] = "unit"
    spiking: ClassVar[SpikingEquivalent]
    kink: ClassVar[str] = ""
    """Where the derivative jumps, and which subgradient is returned there ("" where the curve is smooth)."""

    @abstractmethod
    def __call__(self, drive: Array) -> Array:
        """Activity at this drive."""

    @abstractmethod
    def derivative(self, drive: Array) -> Array:
        """Slope of the activity at this drive (the Jacobian for a population activation)."""

    @property
    @abstractmethod
    def range(self) -> tuple[float, float]:
        """Smallest and largest activity that can occur (bounds, whether or not they are reached)."""

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """Bounds on the slope at every drive, in Hz per drive; a jump counts as infinite.

        Where an activation of a population of `units` has a symmetric Jacobian without negative eigenvalues these are
        0 and a bound on its eigenvalues; elsewhere -L and L with a bound L on the spectral norm. An activation that
        states nothing is taken to be unbounded, and then `check_unique` promises nothing.
        """
        return -np.inf, np.inf

    @property
    def smallest_population(self) -> int:
        """Fewest units that a population needs to have this activation in a circuit."""
        return 1

    def pullback(self, drive: Array, cotangent: Array) -> Array:
        """Gradient with respect to the drive, given the gradient with respect to the activity (same shapes)."""
        slope = self.derivative(drive)
        if self.acts_on == "unit":
            return cotangent * slope
        back: Array = np.einsum("...i,...ij->...j", cotangent, slope)
        return back


@dataclass(frozen=True, kw_only=True)
class Shaped(Activation, ABC):
    """A textbook curve f, scaled: `r = gain * f(drive - threshold)`; subclasses give `shape` and `slope` of f."""

    gain: float = param(1.0, unit="Hz", doc="factor on the textbook curve (1: dimensionless activity)", above=0)
    threshold: float = param(0.0, doc="drive at which the textbook curve has its origin")

    def __call__(self, drive: Array) -> Array:
        return self._scaled(self.gain, self.shape(self._argument(drive)))

    def derivative(self, drive: Array) -> Array:
        return self._scaled(self.gain / self._scale, self.slope(self._argument(drive)))

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
        drive = np.asarray(drive, dtype=np.float64)
        # Textbook curves are used on large arrays in training: nothing is subtracted or divided there.
        scale = self._scale
        if self.threshold == 0.0 and scale == 1.0:
            return drive
        return (drive - self.threshold) / scale

    @staticmethod
    def _scaled(factor: float, values: Array) -> Array:
        return values if factor == 1.0 else factor * values

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


def peak(slope: Callable[[Array], Array], places: Array) -> float:
    """The maximum of a smooth slope, from its values at increasing places around a single peak; rounded up."""
    from scipy.optimize import minimize_scalar

    best = int(np.argmax(slope(places)))
    low, high = places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)]
    found = minimize_scalar(
        lambda place: -float(slope(np.array([place]))[0]), bounds=(low, high), method="bounded", options={"xatol": 0.0}
    )
    return max(-float(found.fun), float(slope(places)[best])) * (1.0 + 1e-9)
