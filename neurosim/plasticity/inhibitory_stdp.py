"""Inhibitory STDP: inhibition grows until its target fires at a given rate."""

from dataclasses import dataclass

from neurosim.params import param
from neurosim.plasticity.base import Trace
from neurosim.plasticity.trace_rule import Amounts, Table, TraceRule


@dataclass(frozen=True, kw_only=True)
class InhibitorySTDP(TraceRule):
    """Vogels' symmetric rule: near coincidences strengthen an inhibitory weight, lone presynaptic spikes weaken it.

    Between independent spikes the drift is proportional to s - target, s the rate of the postsynaptic cell: at rest the
    cell fires at its target.

    Equation
        at a presynaptic spike: dw = w_max * learning_rate * (y1 - 2 * target * tau)
        at a postsynaptic spike: dw = w_max * learning_rate * x1
    Units
        w and w_max s (magnitudes), tau s, target Hz, learning_rate 1 (a share of w_max)
    Source
        Vogels, Sprekeler, Zenke, Clopath & Gerstner, Science 334 (2011).
    """

    learning_rate: float = param(0.01, doc="learning rate per coincidence", low=0)
    tau: float = param(20e-3, unit="s", doc="time constant of both traces", above=0)
    target: float = param(5.0, unit="Hz", doc="rate of the postsynaptic cell at rest", low=0)

    @property
    def table(self) -> Table:
        alpha = 2.0 * self.target * self.tau
        return Table(
            x1=Trace(self.tau),
            y1=Trace(self.tau),
            pre=Amounts(constant=-self.learning_rate * alpha, linear=self.learning_rate),
            post=Amounts(linear=self.learning_rate),
        )
