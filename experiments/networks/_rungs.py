"""A trained ReLU network on every rung of the ladder: the same weights, scaled to the drives of neurons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from experiments.networks._xor import FIRST, PATTERNS, SECOND, TARGETS
from neurosim.params import Array, Params, param

RATE_TAU = 5e-3
REACH = 3.0
"""Drive that the largest activities of a layer are mapped to on the ladder (threshold 1)."""


@dataclass(frozen=True, kw_only=True)
class Presentation(Params):
    """How a network of spiking neurons is shown an input, and what of its answer is counted."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    max_rate: float = param(100.0, unit="Hz", doc="input rate of a 1 (brightest pixel)", above=0)
    tau_synapse: float = param(5e-3, unit="s", doc="synaptic time constant between layers", low=5e-3, high=0.01)
    duration: float = param(0.4, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.15, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking neurons", above=0)

    @property
    def schedule(self) -> ns.Schedule:
        """When spikes are counted."""
        return ns.Schedule(duration=self.duration, settle=self.settle, dt=self.dt)


def ladder() -> Mapping[str, Any]:
    """The cell of every rung."""
    return ns.ladder(ns.LIF(), tau_rate=RATE_TAU)


def on_ladder(
    p: Presentation, weights: list[Array], biases: list[Array], tops: list[float], relu: Any
) -> tuple[ns.Circuit, list[float]]:
    """A ReLU network as a circuit for all rungs, and what an activity of 1 becomes in Hz, by layer.

    Equation
        drive = threshold + scale_l (b_l + W_l a), scale_l = (REACH - threshold)/(largest activity of the layer);
        activity a becomes the rate gain * scale_l * a of the fitted ReLU
    """
    populations, projections, pre, unit = [], [], "input", p.max_rate
    scales = []
    for k, (w, b, top) in enumerate(zip(weights, biases, tops, strict=True), start=1):
        scale = (REACH - relu.threshold) / top
        name = f"hidden{k}"
        populations.append(ns.Population(name, len(w), bias=relu.threshold + scale * b))
        # From constant inputs a synapse makes no difference, and a tau of 0 saves its onset.
        tau = 0.0 if pre == "input" else p.tau_synapse
        projections.append(ns.Projection(f"to_{name}", pre, name, scale * w / unit, sign=None, tau=tau))
        pre, unit = name, relu.gain * scale
        scales.append(unit)
    return ns.Circuit({"input": weights[0].shape[1]}, populations, projections), scales


def shown(lab: Any, p: Presentation, rung: str, cell: Any, circuit: ns.Circuit, inputs: Array) -> ns.Recording:
    """One rung; the rate rung takes fixed steps, as the vertical onset of the f-I curve stalls adaptive ones."""
    schedule: ns.Schedule = p.schedule
    chosen: Any = p.engine if rung == "spiking" else "auto"
    if rung == "rate":
        # Only the steady state is asked for: with time constants of 5 ms it is reached in a tenth of a second.
        schedule = ns.Schedule(duration=0.15, settle=0.125, dt=0.5 * RATE_TAU)
        chosen = ns.engines.rate.Rate(fixed_step=True)
    stimulus = ns.Stimulus({"input": p.max_rate * inputs})
    run: ns.Recording = lab.simulate(circuit, cell, stimulus, schedule, engine=chosen)
    return run


def printed_circuit(p: Presentation) -> tuple[ns.Circuit, Array]:
    """The printed XOR network for the ladder, and the ideal output rate for each pattern in Hz."""
    hidden = np.maximum(0.0, PATTERNS @ FIRST.T)
    tops = [float(hidden.max()), float((hidden @ SECOND.T).max())]
    relu = ladder()["artificial"].activation
    circuit, scales = on_ladder(p, [FIRST, SECOND], [np.zeros(2), np.zeros(1)], tops, relu)
    return circuit, scales[-1] * (hidden @ SECOND.T)[:, 0]


def yes_over_no(output: Array, window: float) -> float:
    """The smallest response to a pattern whose XOR is 1 over the largest to one whose XOR is 0 (silence: one spike)."""
    output = np.asarray(output)
    return float(output[TARGETS == 1].min() / max(output[TARGETS == 0].max(), 1.0 / window))
