"""ReLU: silent below threshold, proportional above."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Shaped, SpikingEquivalent
from neurosim.params import Array


@dataclass(frozen=True, kw_only=True)
class ReLU(Shaped):
    """Rectified linear unit, the threshold-linear rate curve.

    Equation
        r = gain * max(0, drive - threshold)
    Shapes
        any, elementwise
    Source
        Hartline & Ratliff, J Gen Physiol 40 (1957), eq. 1 (a neuron's threshold); Nair & Hinton, ICML (2010), sec. 2.
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "exact", "a perfect integrate-and-fire unit with reset by subtraction fires at max(0, drive)/tau_m"
    )
    kink: ClassVar[str] = "at threshold, where 0 is returned"

    def shape(self, z: Array) -> Array:
        return np.maximum(z, 0.0)

    def slope(self, z: Array) -> Array:
        return (z > 0).astype(np.float64)

    def shape_range(self) -> tuple[float, float]:
        return 0.0, np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, 1.0
