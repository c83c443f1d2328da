"""How much memory a run takes: estimates in bytes, from numbers measured with NumPy's own account of its arrays."""

import math

from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import longest
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.apart import apart_populations
from neurosim.engines.base import Job

PER_INPUT_SPIKE = 80
"""While it is drawn, sorted and put on the grid; it stays at 32."""
PER_SPIKE = 30
"""Recorded: trial, step and unit in machine code, then time, unit and trial."""
EXPECTED_RATE = 100.0
"""Spikes per second of a cell, of which nobody knows before the run how many they are."""


def input_spikes(job: Job) -> float:
    """Of the spikes that inputs send, at their mean rates from the start of the first run on."""
    stimulus, total = job.stimulus, 0.0
    for name in job.spiking_inputs if stimulus is not None else ():
        assert stimulus is not None
        if name in stimulus.given:
            total += PER_INPUT_SPIKE * len(stimulus.given[name].times)
        else:
            total += PER_INPUT_SPIKE * float(stimulus.rates[name].mean()) * _channels(job, name) * job.end
    return total


def _channels(job: Job, name: str) -> int:
    """Units of an input in all trials."""
    return job.trials * job.circuit.sizes[name]


def recorded_spikes(job: Job, per_spike: float = PER_SPIKE) -> float:
    """Of the spikes of populations that are kept, if each unit sends as many as expected."""
    sizes = {p.name: int(p.size) for p in job.circuit.populations}
    units = sum(job.record["spikes"].count(name, n) for name, n in sizes.items()) if "spikes" in job.record else 0
    if apart_populations(job):
        units = sum(sizes.values())
    return per_spike * EXPECTED_RATE * job.schedule.duration * units * job.trials


def late_spikes(job: Job) -> float:
    """Of the tables in which spikes of the last steps wait, for each trial."""
    total = 0.0
    for p in job.circuit.populations:
        lags = [longest(q.delay) / job.schedule.dt for q in job.circuit.projections if q.pre == p.name]
        slots = 1 + round(max(lags, default=0))
        total += 4 * slots * int(p.size) if slots > 1 else 0
    return total * job.trials


def copied_weights(job: Job) -> float:
    """Of weights by source in the order of machine code: a copy, and a second one where several are joined."""
    carrying = [p for p in job.circuit.projections if p.pre not in job.steady_inputs | job.counted_inputs]
    sizes = [_copied(p, job) for p in carrying]
    return sum(sizes) * (1 if len(sizes) < 2 else 2)


def _copied(p: Projection, job: Job) -> float:
    if hasattr(p.weights, "nnz"):
        return 13.0 * int(p.weights.nnz)
    cell = job.cells[p.post]
    alike = isinstance(cell, SpikingCell) and cell.units is None
    if isinstance(p.weights, UniformLateral) and alike:
        return 0.0
    return 8.0 * math.prod(int(n) for n in p.weights.shape)


def filtered(job: Job) -> int:
    """Number of synaptic variables of one trial."""
    pairs = {(p.post, p.tau) for p in job.circuit.projections if p.tau > 0}
    return sum(job.circuit.sizes[post] for post, _ in pairs)
