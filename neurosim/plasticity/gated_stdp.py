"""Gated STDP: only postsynaptic spikes change weights, up where the input spiked just before, down where it did not."""

from dataclasses import dataclass

from neurosim.params import param
from neurosim.plasticity.base import Trace
from neurosim.plasticity.trace_rule import Amounts, Table, TraceRule


@dataclass(frozen=True, kw_only=True)
class GatedSTDP(TraceRule):
    """A rule for unsupervised digits: a unit that fires moves its weights towards the inputs that drove it.

    Equation
        at a postsynaptic spike: a = learning_rate * (x1 - offset), dw = a * (w_max - w) for a > 0, a * w for a < 0
        x1 jumps to 1 at each presynaptic spike and decays with tau
    Units
        w and w_max s, tau s, learning_rate and offset 1
    Source
        Diehl & Cook, Front Comput Neurosci 9 (2015) (weight change at postsynaptic spikes, with an offset); soft bounds
        linear in the weight.
    """

    learning_rate: float = param(0.01, doc="learning rate per postsynaptic spike", low=0)
    offset: float = param(0.2, doc="presynaptic trace that leaves a weight unchanged", low=0)
    tau: float = param(20e-3, unit="s", doc="time constant of the presynaptic trace", above=0)

    @property
    def table(self) -> Table:
        return Table(
            x1=Trace(self.tau, to_one=True),
            y1=Trace(self.tau),
            pre=Amounts(),
            post=Amounts(constant=-self.learning_rate * self.offset, linear=self.learning_rate),
            soft=True,
        )
