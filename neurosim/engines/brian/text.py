"""What Brian2 is told: the text of a population's inputs, and the synapses of a projection as lists."""

import re
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Projection
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.base import Job
from neurosim.engines.synapses import is_split, synaptic_variables
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


def input_terms(job: Job, population: str) -> list[str]:
    """The variables whose sum a cell with one drive receives."""
    return ["I", *synaptic_variables(job, population).values()]


def input_equations(job: Job, population: str) -> str:
    """The equations of a population's input: the current, one variable per synaptic time constant, and their sum."""
    variables = synaptic_variables(job, population)
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
