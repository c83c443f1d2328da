"""Triplet STDP: the last spike of the same side counts too, so that the outcome depends on the rate."""

from dataclasses import dataclass
from typing import Any

from neurosim.params import param
from neurosim.plasticity.base import Trace, rate, rates
from neurosim.plasticity.trace_rule import Amounts, Table, TraceRule


@dataclass(frozen=True, kw_only=True)
class TripletSTDP(TraceRule):
    """Pfister and Gerstner's rule with all pairs and triplets.

    The defaults are the minimal model of the visual cortex (pair potentiation and triplet depression left out). With
    independent Poisson spikes it is a BCM rule: below `threshold` Hz of the postsynaptic cell weights shrink, above it
    they grow.

    Equation
        at a presynaptic spike:  dw = -w_max * y1 * (A2_minus + A3_minus * x2)
        at a postsynaptic spike: dw = +w_max * x1 * (A2_plus + A3_plus * y2), x2 and y2 before the spike
        x1, x2, y1, y2 decay with tau_plus, tau_x, tau_minus, tau_y
    Units
        w and w_max s, times s, amplitudes 1 (shares of w_max)
    Source
        Pfister & Gerstner, J Neurosci 26 (2006).
    """

    A2_plus: float = param(0.0, doc="pair potentiation", low=0)
    A3_plus: float = param(6.5e-3, doc="triplet potentiation", low=0)
    A2_minus: float = param(7.1e-3, doc="pair depression", low=0)
    A3_minus: float = param(0.0, doc="triplet depression", low=0)
    tau_plus: float = param(16.8e-3, unit="s", doc="time constant of x1", above=0)
    tau_minus: float = param(33.7e-3, unit="s", doc="time constant of y1", above=0)
    tau_x: float = param(101e-3, unit="s", doc="time constant of x2", above=0)
    tau_y: float = param(114e-3, unit="s", doc="time constant of y2", above=0)

    @property
    def table(self) -> Table:
        return Table(
            x1=Trace(self.tau_plus),
            y1=Trace(self.tau_minus),
            x2=Trace(self.tau_x),
            y2=Trace(self.tau_y),
            pre=Amounts(linear=-self.A2_minus, product=-self.A3_minus),
            post=Amounts(linear=self.A2_plus, product=self.A3_plus),
        )

    def threshold(self, pre: Any = 0.0) -> Any:
        """Postsynaptic rate (Hz) at which the mean drift between independent Poisson spikes changes its sign.

        The presynaptic rate (Hz) matters only where there is triplet depression.
        """
        pair = self.A2_minus * self.tau_minus - self.A2_plus * self.tau_plus
        triplet = self.A3_minus * self.tau_minus * self.tau_x * rate(pre, "TripletSTDP.threshold: pre")
        return (pair + triplet) / (self.A3_plus * self.tau_plus * self.tau_y)

    def drift(self, pre: Any, post: Any) -> Any:
        """Mean drift of a weight (s per s) between independent Poisson spikes of these rates (Hz), far from its bounds.

        Equation
            w_max pre post (A2+ tau+ + A3+ tau+ tau_y post - A2- tau- - A3- tau- tau_x pre)
        Source
            Pfister & Gerstner, J Neurosci 26 (2006) (the mean weight change under Poisson spikes).
        """
        x, y = rates(pre, post, "TripletSTDP.drift")
        growth = self.A2_plus * self.tau_plus + self.A3_plus * self.tau_plus * self.tau_y * y
        decay = self.A2_minus * self.tau_minus + self.A3_minus * self.tau_minus * self.tau_x * x
        return self.w_max * x * y * (growth - decay)
