"""Before and after the run: weights ordered by source, and spikes of several blocks put into one order."""

from typing import Any

from numba import njit

from neurosim.engines.compiled_kernels.cache import GuardedCache

_jit = njit(nogil=True, error_model="numpy")


@_jit
def count_targets(data: Any, sources: Any, pointers: Any, firsts: Any) -> Any:
    """Row pointers by source of a matrix that is given by target; whether each source has the same weight everywhere.

    `firsts` holds a weight of every source afterwards.
    """
    even = True
    for k in range(len(sources)):
        j = sources[k]
        if pointers[j + 1] == 0:
            firsts[j] = data[k]
        even &= firsts[j] == data[k]
        pointers[j + 1] += 1
    for j in range(len(pointers) - 1):
        pointers[j + 1] += pointers[j]
    return even


@_jit
def by_source(data: Any, sources: Any, rows: Any, pointers: Any, targets: Any, weights: Any) -> None:
    """Targets and weights (none if `weights` is empty) ordered by source, those of a source by target."""
    place = pointers[:-1].copy()
    for i in range(len(rows) - 1):
        for k in range(rows[i], rows[i + 1]):
            j = sources[k]
            targets[place[j]] = i
            if len(weights):
                weights[place[j]] = data[k]
            place[j] += 1


@_jit
def merge(steps: Any, units: Any, edges: Any, begins: Any, offset: Any, dt: Any, times: Any, numbers: Any) -> None:
    """Spikes of one trial, sorted within each block, all in the order of the steps and within a step of the blocks.

    Block k has the entries edges[k, 0] ... edges[k, 1] - 1; `begins` is 0, one entry more than there are steps.
    """
    for k in range(len(edges)):
        for i in range(edges[k, 0], edges[k, 1]):
            begins[steps[i] + 1] += 1
    for t in range(len(begins) - 1):
        begins[t + 1] += begins[t]
    for k in range(len(edges)):
        for i in range(edges[k, 0], edges[k, 1]):
            t = steps[i]
            times[begins[t]] = t * dt
            numbers[begins[t]] = units[i] - offset
            begins[t] += 1


for _function in (count_targets, by_source, merge):
    _function._cache = GuardedCache(_function.py_func)
