"""Step: all or none."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Shaped, SpikingEquivalent
from neurosim.params import Array


@dataclass(frozen=True, kw_only=True)
class Step(Shaped):
    """Heaviside step, the all-or-none unit.

    Equation
        r = gain if drive > threshold else 0
    Shapes
        any, elementwise
    Source
        McCulloch & Pitts, Bull Math Biophys 5 (1943), assumption 1 of sec. 2 (the all-or-none process).
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "one spike or none in a window has this form; the rate over many windows is graded"
    )
    kink: ClassVar[str] = (
        "at threshold, where the curve itself jumps (0 there); the derivative returned is 0 everywhere"
    )

    def shape(self, z: Array) -> Array:
        return np.heaviside(z, 0.0)

    def slope(self, z: Array) -> Array:
        return np.zeros_like(z)

    def shape_range(self) -> tuple[float, float]:
        return 0.0, 1.0

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, np.inf  # at the jump
