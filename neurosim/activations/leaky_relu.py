"""Leaky ReLU: a rectifier that lets a little through."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Shaped, SpikingEquivalent
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class LeakyReLU(Shaped):
    """Rectified linear unit with a small slope below threshold.

    Equation
        r = gain * (z if z > 0 else negative_slope * z),  z = drive - threshold
    Shapes
        any, elementwise
    Source
        Maas, Hannun & Ng, ICML Workshop on Deep Learning for Audio, Speech and Language Processing (2013), sec. 2.
    """

    negative_slope: float = param(0.01, doc="slope below threshold, as a fraction of the slope above", low=0, below=1)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none", "its activity is negative below threshold; above threshold it is the ReLU"
    )
    kink: ClassVar[str] = "at threshold, where the slope below (gain * negative_slope) is returned"

    def shape(self, z: Array) -> Array:
        return np.where(z > 0, z, self.negative_slope * z)

    def slope(self, z: Array) -> Array:
        return np.where(z > 0, 1.0, self.negative_slope)

    def shape_range(self) -> tuple[float, float]:
        return (-np.inf if self.negative_slope > 0 else 0.0), np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return self.negative_slope, 1.0
