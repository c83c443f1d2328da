"""Tanh: a smooth step around zero."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

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
        # 1 - tanh(z)**2 written as a product, which keeps its digits in the tails; it is 0 long before 2 * 400.
        expit, double = _expit(), 2.0 * np.minimum(np.abs(z), 400.0)
        return np.asarray(4.0 * expit(double) * expit(-double))

    def shape_range(self) -> tuple[float, float]:
        return -1.0, 1.0

    def shape_slopes(self) -> tuple[float, float]:
        return 0.0, 1.0


@cache
def _expit() -> Any:
    """SciPy's function, imported once and where it is used."""
    from scipy.special import expit

    return expit
