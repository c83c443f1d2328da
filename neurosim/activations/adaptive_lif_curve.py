"""The adapted f-I curve of the leaky integrate-and-fire neuron with spike-triggered adaptation."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, param
from neurosim.per_unit import among, shape_with

_HALVINGS = 54
"""From a bracket one octave wide to the last bit of a double."""


@dataclass(frozen=True, kw_only=True)
class AdaptiveLIFCurve(Activation):
    """Firing rate of the adaptive leaky integrate-and-fire neuron at constant drive, once adaptation has settled.

    Every interval T is the same, so the adaptation just after a spike is jump/(1 - exp(-T/tau_a)), and T is the only
    root of v(T) = 1: after the refractory period v falls, if at all, before it rises, so it crosses the threshold
    once, and a longer T means less adaptation. It is found by bisection, to rounding.

    Equation
        1 = drive*(1 - exp(-s/tau_m)) + v_reset*exp(-s/tau_m) - A*k(s),  s = T - t_ref,  r = 1/T  for drive > 1, else 0
        A = jump*exp(-t_ref/tau_a)/(1 - exp(-T/tau_a))
        k(s) = (exp(-s/tau_a) - exp(-s/tau_m))/(1 - tau_m/tau_a)
    Shapes
        any, elementwise
    Units
        drive and jump 1, r Hz
    Source
        Gerstner et al., Neuronal Dynamics (2014), sec. 6.1 (the equations; the periodic solution is derived here).
    """

    tau_m: float = param(20e-3, unit="s", doc="membrane time constant", above=0)
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", low=0)
    v_reset: float = param(0.0, doc="membrane potential after a spike", below=1)
    tau_a: float = param(100e-3, unit="s", doc="time constant of the adaptation", above=0)
    jump: float = param(0.1, doc="adaptation that one spike adds, as drive", low=0)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "exact",
        "it is the settled rate of an adaptive integrate-and-fire neuron without noise at constant drive",
    )
    kink: ClassVar[str] = "at drive 1, where the slope from above is infinite and 0 is returned"

    def __call__(self, drive: Array) -> Array:
        drive = self._full(drive)
        rate = self._limits(drive)
        firing = (drive > 1) & np.isfinite(drive)
        mine = among(self, drive.shape, firing)
        rate[firing] = 1.0 / (mine.t_ref + mine._rise(drive[firing] - 1.0))
        return rate

    def derivative(self, drive: Array) -> Array:
        """Slope by the implicit function theorem: dr/d drive = r**2 * (dv/d drive) / (dv/dT), all at T = 1/r."""
        drive = self._full(drive)
        slope = np.where(np.isnan(drive), np.nan, 0.0)
        firing = (drive > 1) & np.isfinite(drive)
        slope[firing] = among(self, drive.shape, firing)._slope(drive[firing] - 1.0)
        return slope

    def _slope(self, above: Array) -> Array:
        rise = self._rise(above)
        interval = self.t_ref + rise
        level, kernel = self._adaptation(rise)
        decay = np.exp(-interval / self.tau_a)
        by_drive = -np.expm1(-rise / self.tau_m)
        by_interval = (above - level * np.exp(-rise / self.tau_a)) / self.tau_m
        by_interval += level * kernel * decay / (self.tau_a * -np.expm1(-interval / self.tau_a))
        slope: Array = by_drive / by_interval / interval / interval
        return slope

    def _full(self, drive: Array) -> Array:
        """One entry for every unit."""
        drive = np.asarray(drive, dtype=np.float64)
        return np.broadcast_to(drive, shape_with(self, drive))

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, 1.0 / self.t_ref if self.t_ref > 0 else np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        return 0.0, np.inf  # vertical at the rheobase

    def _limits(self, drive: Array) -> Array:
        """Where there is nothing to solve: 0 below the rheobase, the largest rate at infinity, NaN at NaN."""
        with np.errstate(divide="ignore"):
            high = np.divide(1.0, self.t_ref)
        limits: Array = np.where(drive == np.inf, high, np.where(np.isnan(drive), np.nan, 0.0))
        return limits

    def _rise(self, above: Array) -> Array:
        """Time s from the end of the refractory period to the spike, for drives 1 + above."""
        low = self.tau_m * np.log1p((1.0 - self.v_reset) / above)  # without adaptation
        high = low
        while np.any(short := self._excess(high, above) < 0):  # ends, as the adaptation is gone after a long interval
            low, high = np.where(short, high, low), np.where(short, 2.0 * high, high)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            short = self._excess(middle, above) < 0
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return high

    def _excess(self, rise: Array, above: Array) -> Array:
        """v - 1 a time `rise` after the refractory period; written so that no digits cancel at its ends."""
        x = rise / self.tau_m
        level, kernel = self._adaptation(rise)
        excess: Array = -above * np.expm1(-x) - (1.0 - self.v_reset) * np.exp(-x) - level * kernel
        return excess

    def _adaptation(self, rise: Array) -> tuple[Array, Array]:
        """Adaptation at the end of the refractory period, and k(s): what one unit of it has taken from v since."""
        from scipy.special import exprel

        level = self.jump * np.exp(-self.t_ref / self.tau_a) / -np.expm1(-(self.t_ref + rise) / self.tau_a)
        slow = np.maximum(self.tau_m, self.tau_a)
        apart = np.abs(1.0 / self.tau_m - 1.0 / self.tau_a)
        # (1 - exp(-y))/y for the difference of the exponentials, so that equal time constants are no 0/0.
        kernel = np.exp(-rise / slow) * (rise / self.tau_m) * exprel(-rise * apart)
        return level, kernel
