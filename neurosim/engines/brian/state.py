"""The state of a Brian2 network: watched, read, and set so that it goes on from where another run stopped."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import longest
from neurosim.engines.base import Job
from neurosim.engines.brian.learning import LearningSynapses
from neurosim.engines.spiking_state import LAST_SPIKE, bounds_of, state_variables
from neurosim.failures import Failure, first_failure
from neurosim.final_state import FinalState, Flight
from neurosim.params import Array
from neurosim.stimuli.spiketrains import Integers, SpikeTrains

_LOOK = 1000
"""Steps between two looks at whether every state is within its bounds."""


class Chunk(Protocol):
    """What is watched and set of a network: see [network][neurosim.engines.brian.network]."""

    b: Any
    job: Job
    trials: Integers
    copies: int
    apart: bool
    clock: Any
    network: Any
    groups: dict[str, Any]
    monitors: dict[str, Any]
    learning: dict[str, LearningSynapses]
    late: list[tuple[Any, Projection]]
    failures: list[Failure]
    flight: dict[str, list[tuple[int, Any]]]

    def time(self) -> float:
        """Where its clock stands, in s."""


def watch(chunk: Chunk) -> None:
    """Look at the state from time to time, and at the spikes of the last steps, which will be on their way."""
    if chunk.apart:
        return
    dt, last = chunk.job.schedule.dt, chunk.job.stop - chunk.job.memory_steps

    def look() -> None:
        chunk.failures += failed(chunk, chunk.time())

    def keep() -> None:
        step = int(chunk.clock.variables["timestep"].get_value().item())
        if step >= last:
            for name in {p.pre for _, p in chunk.late} - set(chunk.job.circuit.is_input):
                fired = chunk.groups[name].variables["_spikespace"].get_value()
                chunk.flight.setdefault(name, []).append((step, np.array(fired[: fired[-1]])))

    clock = chunk.b.Clock(dt=_LOOK * dt * chunk.b.second, name="watch_clock")
    chunk.network.add(chunk.b.NetworkOperation(look, clock=clock, when="start", name="watch"))
    if chunk.job.memory_steps:
        chunk.network.add(chunk.b.NetworkOperation(keep, clock=chunk.clock, when="end", name="flight"))


def failed(chunk: Chunk, time: float) -> list[Failure]:
    """First units whose state has left its bounds."""
    found = []
    for name, size in ((p.name, int(p.size)) for p in chunk.job.circuit.populations):
        for variable, bound in bounds_of(chunk.job, name).items():
            values = chunk.groups[name].variables[variable].get_value().reshape(chunk.copies, size)
            found += first_failure(values, bound, chunk.trials, name, variable, time)
    return found


def go_on(chunk: Chunk, state: FinalState, inputs: Mapping[str, SpikeTrains]) -> None:
    """Put the spikes that are on their way into the queues, as if this network had sent them."""
    for name, part in chunk.learning.items():
        part.go_on(state.synapses[name])
    for pathway, p in chunk.late:
        lag = round(longest(p.delay) / chunk.job.schedule.dt)
        if lag == 0:
            continue
        pathway.initialise_queue()
        size = chunk.job.circuit.sizes[p.pre]
        if p.pre in inputs:
            steps, units, trials = (getattr(inputs[p.pre], name) for name in ("steps", "units", "trials"))
        else:
            mine = state.flight[p.pre].of(chunk.trials)
            steps, units, trials = mine.steps, mine.units, mine.trials
        for step in range(chunk.job.start - lag, chunk.job.start):
            here = steps == step
            sources = np.sort(trials[here] * size + units[here]).astype(np.int32)
            if len(sources):
                pathway.queue.push(sources)
            pathway.queue.advance()


def state_of(chunk: Chunk, name: str) -> dict[str, Array]:
    """State variables of a population as they are, (copies, units)."""
    variables, shape = chunk.groups[name].variables, (chunk.copies, chunk.job.circuit.sizes[name])
    names = {v: "lastspike" if v == LAST_SPIKE else v for v in state_variables(chunk.job, name)}
    return {v: np.array(variables[own].get_value(), dtype=np.float64).reshape(shape) for v, own in names.items()}


def on_their_way(chunk: Chunk, name: str) -> Flight:
    """Spikes of a population in the last steps."""
    size, found = chunk.job.circuit.sizes[name], chunk.flight.get(name, [])
    if chunk.apart:
        monitor = chunk.monitors[name]
        steps = np.rint(np.array(monitor.t_[:]) / chunk.job.schedule.dt).astype(np.int64)
        late = steps >= chunk.job.stop - chunk.job.memory_steps
        found = [(int(s), np.array([i])) for s, i in zip(steps[late], np.array(monitor.i[:])[late], strict=True)]
    steps = np.concatenate([np.zeros(0, np.int64), *(np.full(len(units), step) for step, units in found)])
    copy, unit = np.divmod(np.concatenate([steps[:0], *(units for _, units in found)]), size)
    order = np.lexsort((unit, steps, copy))
    return Flight(steps[order], unit[order], chunk.trials[copy[order]])
