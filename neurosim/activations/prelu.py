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
        r = gain * (z if z > 0 else leak * z),  z = drive - threshold
    Shapes
        any, elementwise; with `leaks` the last axis holds the units
    Source
        He, Zhang, Ren & Sun, ICCV (2015), arXiv:1502.01852, eq. 1.
    """

    leak: float = param(0.25, doc="slope below threshold (any sign), the starting value of the learned one")
    leaks: tuple[float, ...] = param((), doc="a slope for each unit (last axis), in place of `leak`")

    by_unit: ClassVar[tuple[str, ...]] = ("leaks",)
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none", "its activity is negative below threshold (for a positive leak); above threshold it is the ReLU"
    )
    kink: ClassVar[str] = "at threshold, where the slope below (gain * leak) is returned"

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
        return np.asarray(self.leaks) if self.leaks else self.leak

    def leak_derivative(self, drive: Array) -> Array:
        """Derivative of the activity with respect to `leak`, for training it: gain * min(0, drive - threshold)."""
        slope: Array = self.gain * np.minimum(self._argument(drive), 0.0)
        return slope
