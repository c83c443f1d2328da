"""SELU: the ELU whose output keeps mean 0 and variance 1."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array

# The one pair for which a standard normal argument gives a value of mean 0 and second moment 1.
SCALE = 1.0507009873554805
ALPHA = 1.6732632423543772


@dataclass(frozen=True, kw_only=True)
class SELU(SmoothShaped):
    """Scaled exponential linear unit.

    Equation
        r = gain * 1.0507 * (z if z > 0 else 1.6733 * (exp(z) - 1)),  z = (drive - threshold) / width
    Shapes
        any, elementwise
    Source
        Klambauer, Unterthiner, Mayr & Hochreiter, NIPS 30 (2017), arXiv:1706.02515 (constants solved again here).
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent("none", "its activity is negative below threshold")
    kink: ClassVar[str] = "at threshold, where the slope from below (1.7581 * gain / width) is returned"

    def shape(self, z: Array) -> Array:
        return np.where(z > 0, SCALE * z, SCALE * ALPHA * np.expm1(np.minimum(z, 0.0)))

    def slope(self, z: Array) -> Array:
        return np.where(z > 0, SCALE, SCALE * ALPHA * np.exp(np.minimum(z, 0.0)))

    def shape_range(self) -> tuple[float, float]:
        return -SCALE * ALPHA, np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, SCALE * ALPHA
