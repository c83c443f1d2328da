"""Spiking rung in continuous time, for cells that spike once: from spike times to spike times, without a step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.cells.base import Level
from neurosim.cells.timed_if import TimedIF
from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import is_matrix
from neurosim.engines.apart import all_spikes
from neurosim.engines.base import Engine, Job, drive_while_learning
from neurosim.engines.steady_input import still_input
from neurosim.engines.windows import refuse_ends
from neurosim.failures import Failure, first_of_each
from neurosim.params import Array
from neurosim.recording import Recording, Spikes

_ROUNDING = 1e-9
"""Fraction of a window by which an activity may exceed it."""


@dataclass(frozen=True, kw_only=True)
class Timed(Engine):
    """Runs feed-forward circuits of `TimedIF` cells from event to event, exact but for rounding.

    Where a run has no steps, `dt` of its schedule changes nothing, and a spike is recorded at its own time instead of
    at the beginning of a step. A trial that asks a cell for more activity than its window can hold has failed, as one
    whose state left its bounds.

    Equation
        v_i(opens) = sum_j (W_ij/tau_c) sum_spikes max(0, opens - t_j - delay)/tau_c
        t_i = opens + window - tau_c x_i with x_i = v_i + drive_i, where x_i > 0
    Units
        as everywhere: weights s, drive and v 1, times s
    Source
        Stanojevic et al., Nat Commun 15, 6793 (2024), eqs. 1-5; see TimedIF for what differs.
    """

    name: ClassVar[str] = "timed"
    level: ClassVar[Level] = "spiking"
    rank: ClassVar[int] = 20
    one_spike: ClassVar[bool] = True

    def refuse(self, job: Job) -> str | None:
        for name, cell in job.cells.items():
            if not isinstance(cell, TimedIF):
                return f"it runs TimedIF cells, and those of {name!r} are {type(cell).__name__}"
        if job.circuit.order() is None:
            return "it goes through the populations once and the circuit is recurrent; take the compiled engine"
        if job.circuit.plastic:
            return "TimedIF cells keep their weights; use circuit.frozen()"
        if job.initial or job.start:
            return "it begins at time 0 with cells at rest; take the compiled engine"
        others = sorted(set(job.record) - {"spikes"})
        if others:
            return f"it records spikes and nothing else, not {others[0]!r}; take the compiled engine"
        for name in job.stimulus.sizes if job.stimulus is not None else ():
            assert job.stimulus is not None
            kind, frames = job.stimulus.kind(name), job.stimulus.frames_of(name)
            if kind not in ("spikes", "constant") or frames > 1:
                what = f"a movie of {frames} frames" if frames > 1 else f"{kind} spikes of a grid"
                return f"input {name!r} sends {what}; take ns.stimulus.spikes(times, units), or the compiled engine"
        return next((reason for p in job.circuit.projections if (reason := _refuse_synapse(p))), None) or refuse_ends(
            job
        )

    def memory(self, job: Job) -> int:
        return 8 * 6 * job.trials * sum(job.circuit.sizes.values())

    def run(self, job: Job) -> Recording:
        applied = still_input(job)
        sent = {name: _events(job, name) for name in job.spiking_inputs}
        found: list[Failure] = []
        order = job.circuit.order()
        assert order is not None
        for k, name in enumerate(order):
            activity = self._activity(job, name, sent, applied)
            found += _too_large(job, name, activity)
            sent[name] = _spikes(job, name, activity)
            job.progress((k + 1) / len(order))
        return _recording(job, {p.name: sent[p.name] for p in job.circuit.populations}, applied, found)

    def _activity(self, job: Job, name: str, sent: Mapping[str, Spikes], applied: Mapping[str, Array]) -> Array:
        """What is left of v - theta at the end of the window, in units of activity: (trials, units)."""
        cell = job.cells[name]
        assert isinstance(cell, TimedIF)
        bias = job.circuit.population(name).bias
        total: Array = np.broadcast_to(bias, (job.trials, len(bias))).copy()
        for p in job.circuit.onto(name):
            if p.name in applied:
                total += applied[p.name]
                continue
            time_left = np.zeros((job.trials, job.circuit.sizes[p.pre]))
            spikes = sent[p.pre]
            left = np.maximum(cell.opens - spikes.times - p.delay, 0.0) / cell.tau_c
            np.add.at(time_left, (spikes.trials, spikes.units), left)
            total += p.apply(time_left) * cell.impulse
        return total


def _refuse_synapse(p: Projection) -> str | None:
    if p.tau > 0:
        return f"projection {p.name!r}: a spike switches on a current of TimedIF cells that lasts; take tau = 0"
    if is_matrix(p.delay):
        return f"projection {p.name!r} has a delay per connection, and it takes one per projection"
    return None


def _events(job: Job, name: str) -> Spikes:
    """The spikes of an input, at their own times."""
    assert job.stimulus is not None
    given = job.stimulus.given[name]
    mine = given.times < job.end
    return Spikes(given.times[mine], given.units[mine], given.trials[mine])


def _spikes(job: Job, name: str, activity: Array) -> Spikes:
    cell = job.cells[name]
    assert isinstance(cell, TimedIF)
    trials, units = np.nonzero(activity > 0)
    times = np.maximum(cell.closes - cell.tau_c * activity[trials, units], cell.opens)
    order = np.lexsort((units, times, trials))
    return Spikes(times[order], units[order], trials[order])


def _too_large(job: Job, name: str, activity: Array) -> list[Failure]:
    """The first unit of every trial that would have to spike before its window opens."""
    cell = job.cells[name]
    assert isinstance(cell, TimedIF)
    bad = ~(activity <= cell.largest * (1 + _ROUNDING))
    found = []
    for trial in np.flatnonzero(bad.any(axis=1)).tolist():
        unit = int(np.argmax(bad[trial]))
        value = float(activity[trial, unit])
        found.append(Failure(trial, name, "activity", unit, cell.opens, value, cell.largest))
    return found


def _recording(
    job: Job, spikes: Mapping[str, Spikes], applied: Mapping[str, Array], found: list[Failure]
) -> Recording:  # fmt: skip
    failed = first_of_each(found)
    good = np.ones(job.trials, dtype=bool)
    good[[failure.trial for failure in failed]] = False
    rates = {}
    for name, each in spikes.items():
        counted = np.zeros((job.trials, job.circuit.sizes[name]))
        late = each.times >= job.schedule.settle
        np.add.at(counted, (each.trials[late], each.units[late]), 1.0)
        counted[~good] = np.nan
        rates[name] = counted / job.schedule.window
    inputs: dict[str, Any] = job.stimulus.mean_rates(job.end, job.schedule.settle) if job.stimulus is not None else {}
    drive = drive_while_learning(job, {**inputs, **rates}, applied)
    weights = {p.name: p.weights for p in job.circuit.projections}
    kept = all_spikes(job, {}, spikes)
    return Recording("spiking", rates, drive, weights, good, kept, failures=failed, at_end=None)
