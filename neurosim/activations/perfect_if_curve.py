"""The f-I curve of the perfect integrator: threshold-linear, bent by the refractory period."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent, has_zero
from neurosim.params import Array, param

_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, kw_only=True)
class PerfectIFCurve(Activation):
    """Firing rate of an integrate-and-fire neuron without leak; a ReLU that saturates at 1/t_ref.

    Equation
        r = 1 / (t_ref + tau_m / drive) = drive / (tau_m + t_ref * drive)  for drive > 0, else 0
    Shapes
        any, elementwise
    Units
        drive 1, r Hz
    Source
        Lapicque's integrator without leak: Gerstner & Kistler, Spiking Neuron Models (2002), sec. 4.1.
    """

    tau_m: float = param(20e-3, unit="s", doc="time in which a drive of 1 takes v from reset to threshold", above=0)
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", low=0)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "exact", "it is the rate of a perfect integrate-and-fire neuron at constant drive"
    )
    kink: ClassVar[str] = "at drive 0, where 0 is returned"

    def _value(self, drive: Array) -> Array:
        drive = np.maximum(drive, 0.0)
        with np.errstate(divide="ignore", over="ignore"):  # an infinite interval is the rate 0
            rate: Array = 1.0 / (self.t_ref + self.tau_m / drive)
        return rate

    def _derivative(self, drive: Array) -> Array:
        positive = np.maximum(drive, 0.0)
        if has_zero(self.t_ref):
            positive = np.minimum(positive, _LARGEST)  # 0 times infinity is no number
        total = self.tau_m + self.t_ref * positive
        slope: Array = np.where(drive <= 0, 0.0, self.tau_m / total / total)
        return slope

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, 1.0 / self.t_ref if self.t_ref > 0 else np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        return 0.0, 1.0 / self.tau_m
