"""Before and after the run: weights ordered by source, and spikes of several blocks put into one order."""

from typing import Any

from numba import njit

from neurosim.engines.compiled.machine_code.cache import keep

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
def count_steps(steps: Any, start: Any, begins: Any) -> None:
    """Adds the number of spikes of step t to `begins[t - start + 1]`."""
    for t in steps:
        begins[t - start + 1] += 1


@_jit
def merge(
    steps: Any, units: Any, start: Any, begins: Any, offset: Any, dt: Any, times: Any, numbers: Any
) -> None:  # fmt: skip
    """Puts the spikes of a block behind those that other blocks have had in the same step, and moves `begins` on."""
    for i in range(len(steps)):
        place = begins[steps[i] - start]
        times[place] = steps[i] * dt
        numbers[place] = units[i] - offset
        begins[steps[i] - start] = place + 1


for _function in (count_targets, by_source, count_steps, merge):
    keep(_function)
