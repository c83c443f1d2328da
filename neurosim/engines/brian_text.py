"""What Brian2 is told: the text of a population's inputs, and the synapses of a projection as lists."""

from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.circuit import Projection
from neurosim.engines.base import Job
from neurosim.kernels import UniformLateral
from neurosim.params import Array


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
    arriving = [
        p
        for p in job.circuit.onto(population)
        if p.tau > 0 and (p.pre not in job.circuit.is_input or job.spiking_input)
    ]
    keys = sorted({_key(job, p) for p in arriving})
    return {key: "s" if len(keys) == 1 else f"s_{number}" for number, key in enumerate(keys)}


def synaptic_constants(job: Job, population: str) -> dict[str, float]:
    """Time constants in s by the names that the equations use."""
    return {f"tau_{name}": tau for (tau, _), name in _synaptic_variables(job, population).items()}


def input_equations(job: Job, population: str) -> str:
    """The equations of a population's input: the current, one variable per synaptic time constant, and their sum."""
    variables = _synaptic_variables(job, population)
    lines = ["I : 1"]
    lines += [f"d{name}/dt = -{name}/tau_{name} : 1" for name in variables.values()]
    if not is_split(job, population):
        lines.append("drive = " + " + ".join(["I", *variables.values()]) + " : 1")
    else:
        lines += ["I_exc : 1", "I_inh : 1", "current = I : 1"]
        for port, steady, sign in (("excitation", "I_exc", 1), ("inhibition", "I_inh", -1)):
            terms = [steady, *(name for (_, s), name in variables.items() if s == sign)]
            lines.append(f"{port} = {' + '.join(terms)} : 1")
    return "\n".join(lines)
