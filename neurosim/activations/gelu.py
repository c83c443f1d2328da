"""GELU: the drive times the probability that noise is below it."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array, param

_ROOT = math.sqrt(2.0 / math.pi)
_CUBIC = 0.044715

_FAR = 100.0
"""Beyond it the gate is 0 or 1 to the last bit; products of larger numbers would overflow, or be 0 times infinity."""

# Lowest value of the curve in either form, rounded away from zero.
_MINIMUM = {"exact": -0.16997120747990371, "tanh": -0.17004075057125411}

# Largest slope, rounded up: at z = sqrt(2), and where the other form's curvature is 0 (1.4185).
_STEEPEST = {"exact": 1.1289041451851549, "tanh": 1.1289930686587720}


@dataclass(frozen=True, kw_only=True)
class GELU(SmoothShaped):
    """Gaussian error linear unit.

    Equation
        r = gain * z * Phi(z),  z = (drive - threshold) / width
        form "tanh": r = gain * z * (1 + tanh(sqrt(2/pi) * (z + 0.044715 z**3))) / 2
    Shapes
        any, elementwise
    Source
        Hendrycks & Gimpel, arXiv:1606.08415 (2016), sec. 2.
    """

    form: str = param("exact", doc="the definition, or its approximation by tanh", choices=("exact", "tanh"))

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "the rate of a noisy threshold-linear unit is GELU(z) + phi(z): never negative, as the GELU is"
    )

    def shape(self, z: Array) -> Array:
        held = np.maximum(z, -_FAR)
        held *= self._gate(z)
        return np.asarray(held)

    def slope(self, z: Array) -> Array:
        gate, z = self._gate(z), np.minimum(np.maximum(z, -_FAR), _FAR)
        if self.form == "exact":
            density: Array = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        else:
            density = 2.0 * gate * (1.0 - gate) * _ROOT * (1.0 + 3.0 * _CUBIC * z * z)
        return np.asarray(gate + z * density)

    def shape_range(self) -> tuple[float, float]:
        return _MINIMUM[self.form], np.inf

    def shape_slopes(self) -> tuple[float, float]:
        steepest = _STEEPEST[self.form]
        return 1.0 - steepest, steepest  # the slopes at z and -z add up to 1

    def _gate(self, z: Array) -> Array:
        if self.form == "exact":
            return np.asarray(_ndtr()(z))
        z = np.minimum(np.maximum(z, -_FAR), _FAR)
        return np.asarray(0.5 * (1.0 + np.tanh(_ROOT * (z + _CUBIC * z**3))))


@cache
def _ndtr() -> Any:
    """SciPy's function, imported once and where it is used."""
    from scipy.special import ndtr

    return ndtr
