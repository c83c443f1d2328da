"""Synapses as the spiking engines have them: which variable a projection feeds, and by how much, how late."""

from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Projection
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.base import Job
from neurosim.engines.steady_input import Segment
from neurosim.params import Array
from neurosim.per_unit import is_array


def jumps(weights: Array, p: Projection, cell: SpikingCell, post: Any) -> Array:
    """What one spike adds to `v` or to a synaptic variable, for these magnitudes onto these units."""
    # Conductances grow with the magnitude; the cell's reversal potential gives them their sign.
    sign = p.factor if cell.ports == "net" or p.tau == 0 else 1.0
    impulse = cell.impulse
    if is_array(impulse):
        impulse = impulse[post]
    jump: Array = sign * weights / p.tau if p.tau > 0 else sign * weights * impulse
    return jump


def arriving(p: Projection, job: Job) -> Any:
    """Sparse matrix (post, pre) of what one spike adds: times the numbers of spikes it is what arrives in a step."""
    from scipy.sparse import csr_array

    cell = job.cells[p.post]
    assert isinstance(cell, SpikingCell)
    matrix = csr_array(p.dense() if isinstance(p.weights, UniformLateral) else p.weights, dtype=np.float64, copy=True)
    matrix.sort_indices()
    matrix.data = jumps(matrix.data, p, cell, np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)))
    return matrix


def delay_steps(p: Projection, dt: float) -> int:
    """Whole steps of a delay, as Brian2 counts them."""
    return int(p.delay / dt + 0.5)


def synaptic_variable(job: Job, p: Projection) -> str:
    """The variable that a projection feeds: one per time constant (and per sign where conductances are apart)."""
    variables = synaptic_variables(job, p.post)
    return variables[_key(job, p)]


def _key(job: Job, p: Projection) -> tuple[float, int]:
    return float(p.tau), int(p.sign or 0) if is_split(job, p.post) else 0


def is_split(job: Job, population: str) -> bool:
    """Whether the cells of a population tell excitation from inhibition."""
    cell = job.cells[population]
    return isinstance(cell, SpikingCell) and cell.ports == "split"


def synaptic_variables(job: Job, population: str) -> dict[tuple[float, int], str]:
    """Names of a population's synaptic variables by time constant (s) and, where conductances are apart, sign."""
    keys = sorted({_key(job, p) for p in job.circuit.onto(population) if p.tau > 0})
    return {key: "s" if len(keys) == 1 else f"s_{number}" for number, key in enumerate(keys)}


def synaptic_constants(job: Job, population: str) -> dict[str, float]:
    """Time constants in s by the names that the equations use."""
    return {f"tau_{name}": tau for (tau, _), name in synaptic_variables(job, population).items()}


def remainders(job: Job, segment: Segment) -> dict[tuple[str, str], Array]:
    """What synaptic variables gain at the beginning of a segment, (trials, units) by population and variable."""
    result: dict[tuple[str, str], Array] = {}
    for p in job.circuit.projections:
        if p.name in segment.changes:
            key = p.post, synaptic_variable(job, p)
            change = segment.changes[p.name]
            # A conductance grows with the magnitude.
            change = p.factor * change if is_split(job, p.post) else change
            result[key] = result[key] - change if key in result else -change
    return result
