"""Softplus: a threshold with a soft corner."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array


@dataclass(frozen=True, kw_only=True)
class Softplus(SmoothShaped):
    """Smooth threshold-linear curve.

    Equation
        r = gain * ln(1 + exp(z)),  z = (drive - threshold) / width
    Shapes
        any, elementwise
    Source
        Dugas et al., Advances in Neural Information Processing Systems 13 (2001) (the softplus function).
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate",
        "a noisy neuron's rate has this soft corner, with a Gaussian tail where softplus has an exponential",
    )

    def shape(self, z: Array) -> Array:
        # ln(1 + exp(z)) without overflow; unlike logaddexp, a missing drive passes without a warning.
        return np.asarray(np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))))

    def slope(self, z: Array) -> Array:
        from scipy.special import expit

        return np.asarray(expit(z))

    def shape_range(self) -> tuple[float, float]:
        return 0.0, np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, 1.0
