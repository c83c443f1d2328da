"""Mean field of a network of excitatory and inhibitory LIF neurons: the rate that brings itself about."""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.activations.siegert import Siegert
from neurosim.params import Array, ParameterError, Params, finite, param, seconds


@dataclass(frozen=True)
class SteadyRate:
    """A self-consistent rate with the mean and the standard deviation of the drive that it causes."""

    rate: float
    """Hz."""
    drive: float
    """Mean drive; the threshold is 1."""
    sigma_stat: float
    """Stationary standard deviation of the free membrane potential."""


@dataclass(frozen=True, kw_only=True)
class BalancedNetwork(Params):
    """Brunel's network, where its neurons fire asynchronously: the rate at which every one keeps all others firing.

    Excitatory and inhibitory neurons alike hear the same number of randomly chosen neurons, and Poisson spikes from
    outside.

    Equation
        r = Siegert(mean, sigma) at mean and sigma of `moments(r)`
    Units
        rates Hz, times s, potentials and drives in units of the threshold
    Source
        Brunel, J Comput Neurosci 8 (2000) 183, eqs. 4 and 5 (moments); Siegert, Phys Rev 81 (1951) (rate).
    """

    inputs: int = param(1000, doc="excitatory neurons that a neuron hears", low=1)
    jump: float = param(0.005, doc="excitatory postsynaptic potential over the threshold", above=0)
    g: float = param(5.0, doc="inhibitory over excitatory synaptic strength", low=0)
    eta: float = param(2.0, doc="outside rate over the one that brings the mean potential to threshold", low=0)
    ratio: float = param(0.25, doc="inhibitory over excitatory neurons that a neuron hears", low=0)
    tau_m: float = param(20e-3, unit="s", doc="membrane time constant", above=0)
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", above=0)
    v_reset: float = param(0.5, doc="membrane potential after a spike", below=1)

    @property
    def weight(self) -> float:
        """Excitatory weight in s: a spike moves the membrane by weight/tau_m."""
        return self.jump * self.tau_m

    @property
    def outside(self) -> float:
        """Rate of the outside spikes that a neuron receives, per excitatory input (Hz)."""
        return self.eta / (self.inputs * self.weight)

    def moments(self, rate: Any) -> tuple[Any, Any]:
        """Mean drive and stationary standard deviation of the free membrane potential where all fire at this rate.

        Equation
            mean = C w (r_ext + r (1 - ratio g)), variance = C w^2 (r_ext + r (1 + ratio g^2))/(2 tau_m), w = jump tau_m
        Shapes
            any, elementwise
        Source
            Brunel (2000), eqs. 4 and 5 (there sigma is sqrt(2) times the standard deviation).
        """
        rate = finite(rate, "Hz", "BalancedNetwork.moments: rate", low=0.0)
        with np.errstate(over="ignore"):
            mean, spread = self._moments(rate if rate.ndim else float(rate))
        if not (np.isfinite(mean).all() and np.isfinite(spread).all()):
            raise ParameterError("BalancedNetwork.moments: rate: got rates beyond all bounds, expected below 1e300 Hz")
        return mean, spread

    def _moments(self, rate: Any) -> tuple[Any, Any]:
        w, outside = self.weight, self.outside
        mean = self.inputs * w * (outside + rate * (1.0 - self.ratio * self.g))
        variance = self.inputs * w**2 * (outside + rate * (1.0 + self.ratio * self.g**2)) / (2.0 * self.tau_m)
        return mean, np.sqrt(variance)

    def steady_rate(self, dt: Any = 0.0) -> SteadyRate:
        """The highest self-consistent rate.

        Args:
            dt: time step of a simulation to compare with (0: continuous time), below the refractory period: the
                threshold is then that of a path watched once per step, and the input of a step decays for half a step
                on average before it is looked at.

        Raises:
            ParameterError: a negative step, or one as long as the refractory period.
        """
        from scipy.optimize import brentq

        dt = self._step(dt)

        def gap(rate: float) -> float:
            drive, sigma = self._moments(rate)
            curve = Siegert(tau_m=self.tau_m, t_ref=self.t_ref, v_reset=self.v_reset, sigma_stat=float(sigma), dt=dt)
            return float(curve(np.array([drive * (1.0 - dt / (2.0 * self.tau_m))]))[0]) - rate

        # From above, so that the first change of sign is the highest solution; no rate exceeds 1/t_ref.
        above = gap(self._grid(dt)[0])
        for high, low in itertools.pairwise(self._grid(dt)):
            below = gap(low)
            if above <= 0.0 < below:
                return self._at(float(brentq(gap, low, high, xtol=1e-10)))
            above = below
        return self._at(0.0)

    def linear_rate(self) -> float:
        """Steady rate of threshold-linear neurons with the LIF's slope at high drive; NaN where there is none.

        Equation
            r = s [drive - (1 + v_reset)/2]+, s = 1/(tau_m (1 - v_reset)): r = s (eta - (1 + v_reset)/2)/(1 - G) with
            the loop gain G = s C w (1 - ratio g), as long as G < 1
        """
        slope = 1.0 / (self.tau_m * (1.0 - self.v_reset))
        excess = self.eta - (1.0 + self.v_reset) / 2.0
        if excess <= 0:
            return 0.0
        loop = slope * self.inputs * self.weight * (1.0 - self.ratio * self.g)
        return slope * excess / (1.0 - loop) if loop < 1.0 else math.nan

    def _at(self, rate: float) -> SteadyRate:
        drive, sigma = self._moments(rate)
        return SteadyRate(rate, float(drive), float(sigma))

    def _grid(self, dt: float) -> Array:
        return np.concatenate([np.linspace(1.0 / (self.t_ref - dt), 5.0, 40), np.geomspace(5.0, 1e-4, 12)[1:]])

    def _step(self, dt: Any) -> float:
        step = seconds(dt, "BalancedNetwork.steady_rate: dt")
        if step >= self.t_ref:
            raise ParameterError(
                f"BalancedNetwork.steady_rate: dt: got {step:g} s, expected less than t_ref = {self.t_ref:g} s"
            )
        return step
