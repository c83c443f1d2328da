"""Parametric ReLU: the slope below threshold is learned."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Shaped, SpikingEquivalent
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class PReLU(Shaped):
    """Rectified linear unit whose slope below threshold is a trained parameter.

    Equation
        r = gain * (z if z > 0 else negative_slope * z),  z = drive - threshold
    Shapes
        any, elementwise; with `negative_slopes` the last axis holds the units
    Source
        He, Zhang, Ren & Sun, ICCV (2015), arXiv:1502.01852, eq. 1.
    """

    negative_slope: float = param(0.25, doc="slope below threshold (any sign), the starting value of the learned one")
    negative_slopes: tuple[float, ...] = param(
        (), doc="a slope for each unit (last axis), in place of `negative_slope`"
    )

    by_unit: ClassVar[tuple[str, ...]] = ("negative_slopes",)
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none", "its activity is negative below threshold (for a positive slope below); above threshold it is the ReLU"
    )
    kink: ClassVar[str] = "at threshold, where the slope below (gain * negative_slope) is returned"

    def shape(self, z: Array) -> Array:
        return np.where(z > 0, z, self._below * z)

    def slope(self, z: Array) -> Array:
        return np.where(z > 0, 1.0, self._below)

    def shape_range(self) -> tuple[float, float]:
        return (-np.inf if np.any(np.asarray(self._below) > 0) else 0.0), np.inf

    def shape_slopes(self) -> tuple[float, float]:
        below = np.asarray(self._below)
        return min(1.0, float(below.min())), max(1.0, float(below.max()))

    @property
    def _below(self) -> Array | float:
        return np.asarray(self.negative_slopes) if self.negative_slopes else self.negative_slope

    def negative_slope_derivative(self, drive: Array) -> Array:
        """Derivative of the activity by `negative_slope`, for training it: gain * min(0, drive - threshold)."""
        slope: Array = self.gain * np.minimum(self._argument(self._checked(drive)), 0.0)
        return slope
