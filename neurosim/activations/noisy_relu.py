"""Noisy ReLU: a threshold-linear unit averaged over Gaussian noise."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from neurosim.activations.base import Shaped, SpikingEquivalent
from neurosim.params import Array, param

_FAR = 100.0


@dataclass(frozen=True, kw_only=True)
class NoisyReLU(Shaped):
    """Mean of a rectified linear unit whose drive carries Gaussian noise.

    Equation
        r = gain * (z * Phi(z / width) + width * phi(z / width)),  z = drive - threshold
        which is gain * E[max(0, z + width * xi)] with xi standard normal
    Shapes
        any, elementwise
    Source
        Miller & Troyer, J Neurophysiol 87 (2002) (a threshold-linear rate in noise); the mean is elementary.
    """

    width: float = param(1.0, doc="standard deviation of the noise in the drive", low=1e-9)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "near threshold a neuron in noise has this curve; its own gain is not constant above threshold"
    )

    def shape(self, z: Array) -> Array:
        # Below -100 both terms are 0 to the last bit, above 100 the second is.
        u = np.maximum(self._in_widths(z), -_FAR)
        near = np.minimum(u, _FAR)
        density = np.exp(-0.5 * near * near) / math.sqrt(2.0 * math.pi)
        # The two terms cancel far below threshold: rounding must not leave a negative rate.
        return np.asarray(np.maximum(self.width * (u * _ndtr()(u) + density), 0.0))

    def slope(self, z: Array) -> Array:
        return np.asarray(_ndtr()(self._in_widths(z)))

    def _in_widths(self, z: Array) -> Array:
        if isinstance(self.width, float) and self.width == 1.0:
            return z
        with np.errstate(over="ignore"):
            return z / self.width

    def shape_range(self) -> tuple[float, float]:
        return 0.0, np.inf

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, 1.0


@cache
def _ndtr() -> Any:
    """SciPy's function, imported once and where it is used."""
    from scipy.special import ndtr

    return ndtr
