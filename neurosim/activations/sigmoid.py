"""Sigmoid: a smooth step from silence to saturation."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array


@dataclass(frozen=True, kw_only=True)
class Sigmoid(SmoothShaped):
    """Logistic curve.

    Equation
        r = gain / (1 + exp(-z)),  z = (drive - threshold) / width
    Shapes
        any, elementwise
    Source
        Wilson & Cowan, Biophys J 12 (1972), eq. 15 without its constant (as the response of a population).
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "a refractory neuron saturates at 1/t_ref and noise softens its threshold, but not symmetrically"
    )

    def shape(self, z: Array) -> Array:
        return np.asarray(_expit()(z))

    def slope(self, z: Array) -> Array:
        expit = _expit()
        return np.asarray(expit(z) * expit(-z))

    def shape_range(self) -> tuple[float, float]:
        return 0.0, 1.0

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, 0.25


@cache
def _expit() -> Any:
    """SciPy's function, imported once and where it is used: a rate engine calls it a hundred times per presentation."""
    from scipy.special import expit

    return expit
