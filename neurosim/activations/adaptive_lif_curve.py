"""The adapted f-I curve of the leaky integrate-and-fire neuron with spike-triggered adaptation."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, param
from neurosim.per_unit import among, shape_with

_NEAR = 1e-7
"""A step of Newton's method after which the next one would be below the last bit."""
_MOST = 100
_FAR = 1e100
"""Beyond it the curve is straight, or at its ceiling."""
_HALVINGS = 18
"""From some 25 octaves to the 1e-4 that a table would leave."""


@dataclass(frozen=True, kw_only=True)
class AdaptiveLIFCurve(Activation):
    """Firing rate of the adaptive leaky integrate-and-fire neuron at constant drive, once adaptation has settled.

    Every interval T is the same, so the adaptation just after a spike is jump/(1 - exp(-T/tau_a)), and T is the only
    root of v(T) = 1: after the refractory period v falls, if at all, before it rises, so it crosses the threshold
    once, and a longer T means less adaptation. It is found to rounding.

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

    def _value(self, drive: Array) -> Array:
        drive = self._full(drive)
        rate = self._limits(drive)
        firing = (drive > 1) & np.isfinite(drive)
        mine = self._among(firing)
        with np.errstate(over="ignore"):  # without a refractory period the largest drives have the rate infinity
            rate[firing] = 1.0 / (mine.t_ref + mine._rise(drive[firing] - 1.0))
        return rate

    def _derivative(self, drive: Array) -> Array:
        """Slope by the implicit function theorem: dr/d drive = -r**2 / (d drive/ds), at s = 1/r - t_ref."""
        drive = self._full(drive)
        slope = np.where(np.isnan(drive), np.nan, 0.0)
        firing = (drive > 1) & np.isfinite(drive)
        slope[firing] = self._among(firing)._slope(drive[firing] - 1.0)
        far = drive > _FAR
        if far.any():
            # Without a refractory period adaptation takes the mean current jump * tau_a * r, and the curve is straight.
            straight = 1.0 / (self.tau_m * (1.0 - self.v_reset) + self.tau_a * self.jump)
            slope = np.where(far, np.where(np.equal(self.t_ref, 0.0), straight, 0.0), slope)
        return slope

    def _slope(self, above: Array) -> Array:
        rise = self._rise(above)
        above, change = self._drive(rise)
        interval = self.t_ref + rise
        slope: Array = -rise / (above * change) / interval / interval
        return slope

    def _full(self, drive: Array) -> Array:
        """One entry for every unit."""
        drive = np.asarray(drive, dtype=np.float64)
        return np.broadcast_to(drive, shape_with(self, drive)) if self._unlike else drive

    @property
    def _unlike(self) -> bool:
        return any(isinstance(value, np.ndarray) for value in vars(self).values())

    def _among(self, mask: npt.NDArray[np.bool_]) -> Self:
        return among(self, mask.shape, mask) if self._unlike else self

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, 1.0 / self.t_ref if self.t_ref > 0 else np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        return 0.0, np.inf  # vertical at the rheobase

    def _limits(self, drive: Array) -> Array:
        """Where there is nothing to solve: 0 below the rheobase, the largest rate at infinity, NaN at NaN."""
        limits = np.where(np.isnan(drive), np.nan, 0.0)
        if np.any(drive == np.inf):
            with np.errstate(divide="ignore"):
                limits = np.where(drive == np.inf, np.divide(1.0, self.t_ref), limits)
        return limits

    def _rise(self, above: Array) -> Array:
        """Time s from the end of the refractory period to the spike, for drives 1 + above.

        Newton's method on the logarithms, where the curve bends little, from a table: the first step leaves some 1e-8
        of its error of 1e-4, the second nothing. Whatever needs more goes on by itself, so that no drive depends on
        the others.
        """
        wanted = np.log(above)
        log_rise = _guess(self, wanted)
        for _ in range(2):
            step = self._step(log_rise, wanted)
            log_rise -= step
        far = np.abs(step) > _NEAR
        for _ in range(_MOST):
            if not far.any():
                break
            again = np.clip(self._among(far)._step(log_rise[far], wanted[far]), -1.0, 1.0)
            log_rise[far] -= again
            far[far] = np.abs(again) > _NEAR
        rise: Array = np.exp(log_rise)
        return rise

    def _longest_and_shortest(self) -> tuple[Any, Any]:
        """Logarithms of times to the spike, at a drive closer to 1 than the last bit and at a huge one."""
        longest = np.maximum(self.tau_m, self.tau_a) * (50.0 + np.log1p(self.jump + 1.0 - self.v_reset))
        return np.log(longest), np.log(1e-6 * np.minimum(self.tau_m, self.tau_a))

    def _step(self, log_rise: Array, wanted: Array) -> Array:
        above, change = self._drive(np.exp(log_rise))
        step: Array = (np.log(above) - wanted) / change
        return step

    def _drive(self, rise: Array) -> tuple[Array, Array]:
        """The drive, less 1, that makes a cell spike a time s after its refractory period, and d ln drive / d ln s.

        The equation of the interval is linear in the drive; nothing in it cancels.
        """
        exprel = _exprel()
        x = rise / self.tau_m
        fast, passed = np.exp(-x), -np.expm1(-x)
        gone = -np.expm1(-(self.t_ref + rise) / self.tau_a)
        # (1 - exp(-y))/y for the difference of the exponentials, so that equal time constants are no 0/0.
        slow, apart = np.maximum(self.tau_m, self.tau_a), np.abs(1.0 / self.tau_m - 1.0 / self.tau_a)
        kernel = np.exp(-rise / slow) * x * exprel(-rise * apart)
        level = self.jump * np.exp(-self.t_ref / self.tau_a) / gone
        distance = 1.0 - self.v_reset
        above = (distance * fast + level * kernel) / passed
        taken = level * (np.exp(-rise / self.tau_a) - kernel - kernel * (1.0 - gone) / gone * (self.tau_m / self.tau_a))
        change = x * ((taken - distance * fast) / above - fast) / passed
        return above, change


@lru_cache(maxsize=64)
def _table(curve: AdaptiveLIFCurve) -> tuple[Array, Array]:
    """Logarithms of drives less 1, increasing, and of the times to the spike: from the last bit above 1 to huge drives.

    A drive follows from its time without a search.
    """
    log_rise = np.linspace(*curve._longest_and_shortest(), 1024)
    return np.log(curve._drive(np.exp(log_rise))[0]), log_rise


def _guess(curve: AdaptiveLIFCurve, wanted: Array) -> Array:
    if curve._unlike:  # a table for each would cost more than it saves
        return _halved(curve, wanted)
    log_above, log_rise = _table(curve)
    # Beyond the table the time is inversely proportional to the drive.
    guess: Array = np.interp(wanted, log_above, log_rise) - np.maximum(wanted - log_above[-1], 0.0)
    return guess


def _halved(curve: AdaptiveLIFCurve, wanted: Array) -> Array:
    """The same for unlike neurons, one entry each, between the ends of their tables."""
    high, low = (np.broadcast_to(end, wanted.shape) for end in curve._longest_and_shortest())
    beyond = np.maximum(wanted - np.log(curve._drive(np.exp(low))[0]), 0.0)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        short = np.log(curve._drive(np.exp(middle))[0]) > wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    guess: Array = 0.5 * (low + high) - beyond
    return guess


@cache
def _exprel() -> Any:
    """SciPy's function, imported once and where it is used."""
    from scipy.special import exprel

    return exprel
