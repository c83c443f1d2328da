"""Rules of spike times in Brian2: the synapses that learn, and the groups that hold the traces of their spikes.

The traces of a projection are clock-driven variables of two small groups of its own, one unit per presynaptic and one
per postsynaptic cell, so that they decay once per step whatever the number of synapses. Within a step Brian2 then
serves, in this order: decay (with the state update); effect and `on_pre` of every presynaptic spike that arrives now
(order -1); its entry into the presynaptic traces (order 0); `on_post` (order 1); the entry of the postsynaptic spikes
(order 2). The delay of the projection is that of the presynaptic side: a presynaptic spike counts when it arrives.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Projection
from neurosim.engines.base import Job, plastic_entries
from neurosim.engines.brian.device import listing
from neurosim.engines.brian.methods import kept
from neurosim.engines.synapses import synaptic_variable
from neurosim.params import Array
from neurosim.per_unit import is_array
from neurosim.plasticity.base import SpikeRule, Trace

_PRE_TRACES, _POST_TRACES = 0, 2
"""Places of the entries into the traces among Brian2's pathways (-1: on_pre, 1: on_post)."""


class LearningSynapses:
    """The synapses of one projection whose weights change, by a rule of spike times or from one run to the next."""

    def __init__(self, b: Any, job: Job, p: Projection, groups: Mapping[str, Any], clock: Any) -> None:
        self.b, self.p, self.clock, self.groups = b, p, clock, groups
        self.post, self.pre = plastic_entries(p)
        self.rule = p.rule if isinstance(p.rule, SpikeRule) else None
        cell = job.cells[p.post]
        assert isinstance(cell, SpikingCell)
        volts = cell.scale == "V" and p.tau == 0
        # Conductances grow with the magnitude; the cell's reversal potential gives them their sign.
        sign = p.factor if cell.ports == "net" or p.tau == 0 else 1.0
        gain: Any = sign / p.tau if p.tau > 0 else sign * cell.impulse
        target = synaptic_variable(job, p) if p.tau > 0 else cell.hears
        equations, namespace = "w : 1", {"gain": gain * b.volt if volts else gain}
        if is_array(gain):
            equations, namespace = f"w : 1\ngain : {'volt' if volts else '1'} (constant)", {}
        on_pre, on_post = f"{target}_post += gain*w", None
        if self.rule is not None:
            on_pre, on_post = f"{on_pre}\n{self.rule.on_pre}", self.rule.on_post or None
            namespace |= _numbers(self.rule)
        self.synapses = b.Synapses(
            groups[p.pre], groups[p.post], equations, on_pre=on_pre, on_post=on_post,
            delay=p.delay * b.second, clock=clock, namespace=namespace, name=f"synapses_{p.name}",
        )  # fmt: skip
        self.objects = [self.synapses]
        self.pathways = [self.synapses.pre]
        """On which presynaptic spikes are under way for the delay."""
        self.traced: dict[str, Any] = {}
        if self.rule is not None:
            self._traces("pre", self.rule.pre_traces, p.pre, p.delay, _PRE_TRACES)
            self._traces("post", self.rule.post_traces, p.post, 0.0, _POST_TRACES)
        with listing(b):
            self.synapses.connect(i=self.pre, j=self.post)
        if is_array(gain):
            self.synapses.variables["gain"].set_value(gain[self.post])
        self.set(p.dense())

    def _traces(self, side: str, traces: Mapping[str, Trace], source: str, delay: float, order: int) -> None:
        """A group with these traces of the spikes of a source, readable from the synapses under their names."""
        if not traces:
            return
        b, size = self.b, len(self.groups[source])
        group = b.NeuronGroup(
            size, "\n".join(f"d{name}/dt = -{name}/tau_{name} : 1" for name in traces),
            method=kept(b, "exact"), namespace={f"tau_{name}": trace.tau * b.second for name, trace in traces.items()},
            clock=self.clock, name=f"{side}_traces_{self.p.name}",
        )  # fmt: skip
        for name in traces:
            self.synapses.variables.add_reference(name, group, name, index=f"_{side}synaptic_idx")
        enter = b.Synapses(
            self.groups[source], group, clock=self.clock, delay=delay * b.second, namespace={},
            on_pre="\n".join(f"{n}_post = 1" if t.to_one else f"{n}_post += 1" for n, t in traces.items()),
            name=f"{side}_spikes_{self.p.name}",
        )  # fmt: skip
        with listing(b):
            enter.connect(i=np.arange(size), j=np.arange(size))
        enter.pre.order = order
        self.objects += [group, enter]
        self.traced |= dict.fromkeys(traces, group)
        if side == "pre":
            self.pathways.append(enter.pre)

    def state(self) -> dict[str, Array]:
        """Weights and traces as they are."""
        traces = {name: np.array(group.variables[name].get_value()) for name, group in self.traced.items()}
        return {"weights": self.weights(), **traces}

    def go_on(self, state: Mapping[str, Array]) -> None:
        """Weights and traces that an earlier run left behind."""
        self.set(state["weights"])
        for name, group in self.traced.items():
            group.variables[name].set_value(state.get(name, np.zeros(len(group))))

    def set(self, weights: Array) -> None:
        """These weights (post, pre), in s."""
        self.synapses.variables["w"].set_value(weights[self.post, self.pre])

    def weights(self) -> Array:
        """The weights (post, pre) as they are, in s."""
        result = np.zeros(self.p.weights.shape)
        result[self.post, self.pre] = self.synapses.variables["w"].get_value()
        return result


def _numbers(rule: SpikeRule) -> dict[str, float]:
    """The rule's parameters, in SI units without dimension, for its statements."""
    values = {name: getattr(rule, name) for name in rule.info()}
    return {k: float(v) for k, v in values.items() if isinstance(v, int | float) and not isinstance(v, bool)}
