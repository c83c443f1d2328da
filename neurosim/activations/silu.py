"""SiLU (Swish): the drive times its own sigmoid."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from neurosim.activations.base import SmoothShaped, SpikingEquivalent
from neurosim.params import Array

_FAR = 1000.0
"""Beyond it the sigmoid is 0 or 1 to the last bit, and 0 times infinity is avoided."""

# Lowest value of the curve, rounded away from zero.
_MINIMUM = -0.27846454276107385

# Largest slope, rounded up: at the root of z tanh(z/2) = 2 (2.3994).
_STEEPEST = 1.0998393201288672


@dataclass(frozen=True, kw_only=True)
class SiLU(SmoothShaped):
    """Sigmoid-weighted linear unit.

    Equation
        r = gain * z / (1 + exp(-z)),  z = (drive - threshold) / width
    Shapes
        any, elementwise
    Source
        Hendrycks & Gimpel, arXiv:1606.08415 (2016), where it is named; Elfwing, Uchibe & Doya, Neural Netw 107 (2018).
    """

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "close to a noisy neuron's curve above threshold, but it is negative below, which no rate is"
    )

    def shape(self, z: Array) -> Array:
        held = np.maximum(z, -_FAR)
        held *= _expit()(z)
        return np.asarray(held)

    def slope(self, z: Array) -> Array:
        expit, z = _expit(), np.minimum(np.maximum(z, -_FAR), _FAR)
        return np.asarray(expit(z) * (1.0 + z * expit(-z)))

    def shape_range(self) -> tuple[float, float]:
        return _MINIMUM, np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return 1.0 - _STEEPEST, _STEEPEST  # the slopes at z and -z add up to 1


@cache
def _expit() -> Any:
    """SciPy's function, imported once and where it is used."""
    from scipy.special import expit

    return expit
