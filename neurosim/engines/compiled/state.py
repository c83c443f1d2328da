"""Where the trials of the compiled engine begin, and where they end: rows of tables that the machine code copies."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.engines.base import Job
from neurosim.engines.compiled.machine_code.columns import Pop
from neurosim.engines.compiled.plan import Plan, Table
from neurosim.engines.spiking_state import LAST_SPIKE, bounds_of, flights
from neurosim.failures import Failure, first_failure
from neurosim.final_state import Flight
from neurosim.params import Array

_KINDS = ("v", "s", "ready", "ring", "held")


def beginning(job: Job, plan: Plan, dtype: Any, parts: Sequence[tuple[int, int]]) -> tuple[Table, ...]:
    """v, variables, first free step, order in which units come free, spikes of the last steps and their numbers.

    Each with a row for every trial, or one for all; no spikes and numbers where nothing is on its way. The order is
    that within each of the `parts` (first unit, last unit + 1) that are advanced together, by their place in it.
    """
    given = {(name, variable) for name, part in job.initial.items() for variable in part}
    rows = job.trials if given else 1
    v = np.zeros((rows, plan.units), dtype=dtype)
    s = np.zeros((rows, plan.variables), dtype=dtype)
    ready = np.repeat(plan.rest[None], rows, axis=0)
    for k, (name, part) in enumerate(plan.offsets.items()):
        cell = job.cells[name]
        assert isinstance(cell, SpikingCell)
        state = job.initial.get(name, {})
        v[:, part] = state.get("v", cell.initial.get("v", 0.0))
        for variable, place in plan.places[name].items():
            if variable in state:
                s[:, place : place + part.stop - part.start] = state[variable]
        if LAST_SPIKE in state:
            spiked = np.rint(state[LAST_SPIKE] / job.schedule.dt)
            free = spiked + _periods(plan, k, part)
            ready[:, part] = np.where(spiked > -1e4 / job.schedule.dt + 1, free, plan.rest[part])
    order = np.zeros((rows, plan.units), dtype=np.int32)
    for begin, end in parts:
        order[:, begin:end] = np.argsort(ready[:, begin:end], axis=1, kind="stable")
    ring, held = _on_their_way(job, plan)
    return v, s, ready, order, ring, held


def _periods(plan: Plan, k: int, part: slice) -> Any:
    """Steps of refractoriness of a population, or of each of its units."""
    return plan.own[2][part].astype(np.int64) if plan.pops[k, Pop.OWN] else int(plan.pops[k, Pop.REFRACTORY])


def _on_their_way(job: Job, plan: Plan) -> tuple[Table, Table]:
    """Spikes of the last steps before the run, as the machine code's ring holds them."""
    flight = {} if job.resumed is None else job.resumed.flight
    slots = int(plan.pops[:, Pop.SLOTS].max())
    if not any(len(part.steps) for part in flight.values()):
        return np.zeros((0, 0), np.int32), np.zeros((0, 0, 0), np.int64)
    ring = np.zeros((job.trials, plan.ring), np.int32)
    held = np.zeros((job.trials, len(plan.pops), slots), np.int64)
    for k, name in enumerate(plan.offsets):
        size, mine, begin = plan.pops[k, [Pop.SIZE, Pop.SLOTS, Pop.RING]].tolist()
        if name not in flight or mine == 1:
            continue
        part = flight[name]
        for step, unit, trial in zip(part.steps.tolist(), part.units.tolist(), part.trials.tolist(), strict=True):
            if step > job.start - mine:
                slot = step % mine
                ring[trial, begin + slot * size + held[trial, k, slot]] = unit
                held[trial, k, slot] += 1
    return ring, held


def room(job: Job, plan: Plan, dtype: Any) -> tuple[Table, ...]:
    """Room for the state of every trial at its end: v, variables, first free step, spikes of the last steps."""
    late = plan.pops[:, Pop.SLOTS].max() > 1
    return (
        np.zeros((job.trials, plan.units), dtype=dtype), np.zeros((job.trials, plan.variables), dtype=dtype),
        np.zeros((job.trials, plan.units), dtype=np.int32),
        np.zeros((job.trials, plan.ring if late else 0), dtype=np.int32),
        np.zeros((job.trials, len(plan.pops), int(plan.pops[:, Pop.SLOTS].max()) if late else 0), dtype=np.int64),
    )  # fmt: skip


def variables_at_end(job: Job, plan: Plan, final: tuple[Table, ...]) -> dict[str, dict[str, Array]]:
    """State variables (trials, units) by population, under the names that the equations give them."""
    v, s, ready = final[:3]
    result: dict[str, dict[str, Array]] = {}
    for k, (name, part) in enumerate(plan.offsets.items()):
        found: dict[str, Array] = {"v": v[:, part].astype(np.float64)}
        for variable, place in plan.places[name].items():
            found[variable] = s[:, place : place + part.stop - part.start].astype(np.float64)
        if plan.pops[k, Pop.REFRACTORY]:
            steps = ready[:, part].astype(np.int64) - _periods(plan, k, part)
            never = ready[:, part] == plan.rest[part]
            found[LAST_SPIKE] = np.where(never, -1e4, steps * job.schedule.dt)
        result[name] = found
    return result


def flight_at_end(job: Job, plan: Plan, final: tuple[Table, ...]) -> dict[str, Flight]:
    """Spikes of the last steps that have not arrived everywhere."""
    ring, held = final[3:]
    result = {}
    for k, name in enumerate(plan.offsets):
        size, slots, begin = plan.pops[k, [Pop.SIZE, Pop.SLOTS, Pop.RING]].tolist()
        if slots == 1:
            continue
        found: list[tuple[Any, Any, int]] = []
        for trial in range(job.trials):
            for step in range(max(job.start - slots + 1, job.stop - slots + 1), job.stop):
                slot = step % slots
                units = ring[trial, begin + slot * size : begin + slot * size + held[trial, k, slot]]
                found.append((np.full(len(units), step), units.astype(np.int64), trial))
        result[name] = flights(found)
    return result


def failures(
    job: Job, plan: Plan, values: tuple[Table, Table], trials: list[int], step: int
) -> list[Failure]:  # fmt: skip
    """The first unit of every trial whose state (v and variables, (trials, ...)) has left its bounds."""
    v, s = values
    # One look at everything: nearly always nothing is wrong.
    largest = max(np.abs(v).max(initial=0.0), np.abs(s).max(initial=0.0))
    if largest <= min(bound for name in plan.offsets for bound in bounds_of(job, name).values()):
        return []
    found: list[Failure] = []
    time = step * job.schedule.dt
    for name, part in plan.offsets.items():
        bounds = bounds_of(job, name)
        found += first_failure(v[:, part], bounds["v"], trials, name, "v", time)
        for variable, place in plan.places[name].items():
            values_of = s[:, place : place + part.stop - part.start]
            found += first_failure(values_of, bounds[variable], trials, name, variable, time)
    return found
