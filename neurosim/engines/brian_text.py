"""What Brian2 is told: the text of a population's inputs, and the synapses of a projection as lists."""

import re
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.circuit import Projection
from neurosim.engines.base import Job
from neurosim.engines.steady_input import Segment
from neurosim.kernels import UniformLateral
from neurosim.params import Array
from neurosim.per_unit import is_array


def entries(p: Projection) -> tuple[Any, Any, Array]:
    """Connected (post, pre) pairs and their magnitudes, ordered by source, then target."""
    if isinstance(p.weights, UniformLateral):
        n = p.weights.n
        pre, post = np.divmod(np.arange(n * n), n)
        keep = pre != post
        return post[keep], pre[keep], np.full(int(keep.sum()), p.weights.value)
    from scipy.sparse import coo_array, csc_array

    columns = coo_array(csc_array(p.weights))
    return columns.row.astype(np.int64), columns.col.astype(np.int64), columns.data


PERIOD = "refractory_period"
"""Name of the refractory period where every unit has its own."""

BRIAN_UNITS = {
    "1": "1", "s": "second", "Hz": "hertz", "1/s": "hertz", "V": "volt", "V/s": "volt/second", "A": "amp", "F": "farad",
    "S": "siemens", "F/m^2": "farad/meter**2", "S/m^2": "siemens/meter**2", "A/m^2": "amp/meter**2",
}  # fmt: skip
"""Units of parameters as equations have them."""


def unit_constants(cell: SpikingCell) -> dict[str, tuple[Any, str]]:
    """Values and units of what every unit has of its own: all that the text reads, as soon as one parameter is.

    All of it, because the order of Brian2's arithmetic depends on which constants differ between units.
    """
    if cell.units is None:
        return {}
    read = set(re.findall(r"\w+", "\n".join([cell.equations, cell.threshold, cell.reset])))
    values = {name: constant for name, constant in cell.constants.items() if name in read}
    if is_array(cell.refractory) and np.any(cell.refractory):
        values[PERIOD] = (cell.refractory, "s")
    return values


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
    variables = _synaptic_variables(job, p.post)
    return variables[_key(job, p)]


def _key(job: Job, p: Projection) -> tuple[float, int]:
    return float(p.tau), int(p.sign or 0) if is_split(job, p.post) else 0


def is_split(job: Job, population: str) -> bool:
    """Whether the cells of a population tell excitation from inhibition."""
    cell = job.cells[population]
    return isinstance(cell, SpikingCell) and cell.ports == "split"


def _synaptic_variables(job: Job, population: str) -> dict[tuple[float, int], str]:
    keys = sorted({_key(job, p) for p in job.circuit.onto(population) if p.tau > 0})
    return {key: "s" if len(keys) == 1 else f"s_{number}" for number, key in enumerate(keys)}


def synaptic_constants(job: Job, population: str) -> dict[str, float]:
    """Time constants in s by the names that the equations use."""
    return {f"tau_{name}": tau for (tau, _), name in _synaptic_variables(job, population).items()}


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


def input_terms(job: Job, population: str) -> list[str]:
    """The variables whose sum a cell with one drive receives."""
    return ["I", *_synaptic_variables(job, population).values()]


def input_equations(job: Job, population: str) -> str:
    """The equations of a population's input: the current, one variable per synaptic time constant, and their sum."""
    variables = _synaptic_variables(job, population)
    lines = ["I : 1"]
    lines += [f"d{name}/dt = -{name}/tau_{name} : 1" for name in variables.values()]
    if not is_split(job, population):
        total = " + ".join(input_terms(job, population)) + " : 1"
        lines += [f"received = {total}", "drive : 1"] if population in job.competition else [f"drive = {total}"]
    else:
        lines += ["I_exc : 1", "I_inh : 1", "current = I : 1"]
        for port, steady, sign in (("excitation", "I_exc", 1), ("inhibition", "I_inh", -1)):
            terms = [steady, *(name for (_, s), name in variables.items() if s == sign)]
            lines.append(f"{port} = {' + '.join(terms)} : 1")
    return "\n".join(lines)
