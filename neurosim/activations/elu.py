"""ELU: linear above threshold, an exponential approach to a negative floor below."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class ELU(SmoothShaped):
    """Exponential linear unit.

    Equation
        r = gain * (z if z > 0 else alpha * (exp(z) - 1)),  z = (drive - threshold) / width
    Shapes
        any, elementwise
    Source
        Clevert, Unterthiner & Hochreiter, ICLR (2016), arXiv:1511.07289 (the definition of the unit).
    """

    alpha: float = param(1.0, doc="depth of the floor below threshold", above=0)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent("none", "its activity is negative below threshold")
    kink: ClassVar[str] = "at threshold unless alpha = 1; the slope from below (gain * alpha / width) is returned"

    def shape(self, z: Array) -> Array:
        return np.where(z > 0, z, self.alpha * np.expm1(np.minimum(z, 0.0)))

    def slope(self, z: Array) -> Array:
        return np.where(z > 0, 1.0, self.alpha * np.exp(np.minimum(z, 0.0)))

    def shape_range(self) -> tuple[float, float]:
        return -self.alpha, np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, max(1.0, self.alpha)
