"""Identity: activity is the drive."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Shaped, SpikingEquivalent
from neurosim.params import Array


@dataclass(frozen=True, kw_only=True)
class Identity(Shaped):
    """Linear unit, the control without any threshold.

    Equation
        r = gain * (drive - threshold)
    Shapes
        any, elementwise
    Source
        Widrow & Hoff, IRE WESCON Convention Record 4 (1960) (the linear unit that is trained).
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none", "a firing rate cannot be negative; two neurons of opposite sign, each rectified, carry it between them"
    )

    def shape(self, z: Array) -> Array:
        return np.array(z)  # its own: who writes into a result must not change the drive

    def slope(self, z: Array) -> Array:
        return np.ones_like(z)

    def shape_range(self) -> tuple[float, float]:
        return -np.inf, np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return 1.0, 1.0
