"""Pair STDP: a weight grows when the presynaptic spike comes first, and shrinks when it comes last."""

import math
from dataclasses import dataclass
from typing import Any

from neurosim.params import ParameterError, param
from neurosim.plasticity.base import Trace, rates
from neurosim.plasticity.trace_rule import Amounts, Table, TraceRule


@dataclass(frozen=True, kw_only=True)
class STDP(TraceRule):
    """Spike-timing dependent plasticity of pairs of spikes.

    For independent Poisson spikes of rates r and s the mean drift of an additive weight with all pairs is
    w_max * r * s * (A_plus * tau_plus - A_minus * tau_minus).

    Equation
        pair with t_post - t_pre = d > 0: a = A_plus * exp(-d/tau_plus);  d < 0: a = -A_minus * exp(d/tau_minus)
        additive: dw = w_max * a;  multiplicative: dw = (w_max - w) * a for a > 0, w * a for a < 0; 0 <= w <= w_max
        all: every pair counts;  nearest: each spike pairs with the last one of the other side only
    Units
        w and w_max s, times s, amplitudes 1 (a share of w_max, or of the room that is left)
    Raises
        ParameterError for a pairing or a dependence that there is not
    Source
        Song, Miller & Abbott, Nat Neurosci 3 (2000) (additive, all pairs); van Rossum, Bi & Turrigiano, J Neurosci 20
        (2000) (dependence on the weight); Morrison, Diesmann & Gerstner, Biol Cybern 98 (2008) (pairings).
    """

    A_plus: float = param(0.01, doc="potentiation by a pair without delay", low=0)
    A_minus: float = param(0.0105, doc="depression by a pair without delay", low=0)
    tau_plus: float = param(20e-3, unit="s", doc="time constant of the potentiation", above=0)
    tau_minus: float = param(20e-3, unit="s", doc="time constant of the depression", above=0)
    pairing: str = param("all", doc="which pairs of spikes count", choices=("all", "nearest"))
    dependence: str = param("additive", doc="dependence on the weight", choices=("additive", "multiplicative"))
    any_step: bool = param(False, doc="whether to run where the time step turns depression into potentiation")

    @property
    def table(self) -> Table:
        nearest = self.pairing == "nearest"
        return Table(
            x1=Trace(self.tau_plus, nearest),
            y1=Trace(self.tau_minus, nearest),
            pre=Amounts(linear=-self.A_minus),
            post=Amounts(linear=self.A_plus),
            soft=self.dependence == "multiplicative",
        )

    @property
    def largest_step(self) -> float:
        """Time step in s above which depression by mean pairs turns into potentiation; infinite where it cannot.

        Two spikes in one step count as potentiation and not as depression, so on a grid the ratio of the two is that of
        the amplitudes times exp(-dt/tau): it reaches 1 at tau*ln(A_minus/A_plus), for equal time constants.
        """
        if self.pairing != "all" or self.tau_plus != self.tau_minus or not self.A_minus > self.A_plus > 0:
            return math.inf
        return self.tau_plus * math.log(self.A_minus / self.A_plus)

    def refuse_step(self, dt: float) -> str | None:
        if self.any_step or dt <= self.largest_step:
            return super().refuse_step(dt)
        return (
            f"at dt = {1e3 * dt:g} ms spikes in one step make STDP potentiate on average although A_minus > A_plus, "
            f"expected a dt below tau*ln(A_minus/A_plus) = {1e3 * self.largest_step:.6g} ms (or any_step=True)"
        )

    def drift(self, pre: Any, post: Any) -> Any:
        """Mean drift of a weight (s per s) between independent Poisson spikes of these rates (Hz): additive, all pairs.

        Raises:
            ParameterError: the rule has another pairing or dependence.
        """
        if self.pairing != "all" or self.dependence != "additive":
            raise ParameterError(
                f"STDP.drift: got pairing {self.pairing!r} and dependence {self.dependence!r}, "
                "expected 'all' and 'additive'"
            )
        x, y = rates(pre, post, "STDP.drift")
        return self.w_max * x * y * (self.A_plus * self.tau_plus - self.A_minus * self.tau_minus)
