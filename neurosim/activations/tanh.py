"""Tanh: a smooth step around zero."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array


@dataclass(frozen=True, kw_only=True)
class Tanh(SmoothShaped):
    """Hyperbolic tangent.

    Equation
        r = gain * tanh(z),  z = (drive - threshold) / width
    Shapes
        any, elementwise
    Source
        LeCun, Bottou, Orr & Mueller, Efficient BackProp, in: Neural Networks: Tricks of the Trade (1998), sec. 4.4.
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none", "half of its values are negative rates; it can only stand for a rate around a baseline"
    )

    def shape(self, z: Array) -> Array:
        return np.tanh(z)

    def slope(self, z: Array) -> Array:
        from scipy.special import expit

        # 1 - tanh(z)**2 written as a product, which keeps its digits in the tails.
        return np.asarray(4.0 * expit(2.0 * z) * expit(-2.0 * z))

    def shape_range(self) -> tuple[float, float]:
        return -1.0, 1.0

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, 1.0
