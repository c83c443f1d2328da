"""Soft threshold: shrinks towards zero from both sides."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class SoftThreshold(Activation):
    """Soft threshold, the proximal step of an L1 penalty; on positive drives it is the ReLU of the same threshold.

    Equation
        r = gain * sign(drive) * max(0, |drive| - threshold)
    Shapes
        any, elementwise
    Source
        Donoho, IEEE Trans Inf Theory 41 (1995) (soft-thresholding); as an activation: Rozell et al., Neural Comput 20
        (2008).
    """

    gain: float = param(1.0, unit="Hz", doc="slope beyond the threshold (1: dimensionless activity)", above=0)
    threshold: float = param(1.0, doc="size of a drive below which nothing happens", low=0)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none",
        "its activity is negative below -threshold; two rectified neurons of opposite sign carry it between them",
    )
    kink: ClassVar[str] = "at threshold and -threshold; the slope in between, 0, is returned"

    def _value(self, drive: Array) -> Array:
        drive = np.asarray(drive, dtype=np.float64)
        shrunk: Array = self.gain * np.sign(drive) * np.maximum(np.abs(drive) - self.threshold, 0.0)
        return shrunk + 0.0  # no -0

    def _derivative(self, drive: Array) -> Array:
        return np.where(np.abs(drive) > self.threshold, self.gain, 0.0)

    @property
    def range(self) -> tuple[float, float]:
        return -np.inf, np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        return 0.0, self.gain
