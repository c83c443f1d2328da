"""What the chunks of a Brian2 run give, put together to one recording."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from neurosim.engines.apart import all_spikes, apart_populations, with_input_apart
from neurosim.engines.base import Job, drive_while_learning, learned_of
from neurosim.engines.record import as_traces
from neurosim.engines.spiking_state import without_failures
from neurosim.failures import Failure
from neurosim.final_state import FinalState, Flight
from neurosim.params import Array
from neurosim.recording import Recording, Spikes

_FLIGHT = ("steps", "units", "trials")


@dataclass(frozen=True, eq=False)
class Part:
    """What one chunk of trials gives, by population (weights: by projection)."""

    rates: dict[str, Array]
    spikes: dict[str, Spikes]
    values: dict[str, dict[str, Array]]
    """Variables over time."""
    learned: dict[str, dict[str, Array]]
    weights: dict[str, Array]
    """Of what learns; there is one copy then."""
    state: dict[str, dict[str, Array]] = field(default_factory=dict)
    """State variables at the end, (trials, units) by population."""
    flight: dict[str, Flight] = field(default_factory=dict)
    """Spikes on their way at the end, with the numbers of their trials."""
    synapses: dict[str, dict[str, Array]] = field(default_factory=dict)
    """Weights and traces of what learns."""
    failures: list[Failure] = field(default_factory=list)


def assemble(
    job: Job, parts: list[Part], extra: Mapping[str, Any], applied: Mapping[str, Array] | None = None
) -> Recording:
    """The parts of a job, one after the other, as a recording; `applied` is what still inputs contributed."""
    names = [p.name for p in job.circuit.populations]
    rates = {name: np.concatenate([part.rates[name] for part in parts]) for name in names}
    apart = apart_populations(job)
    spikes, traces = {}, {}
    for name in names:
        if "spikes" in job.record or apart:
            pieces = [part.spikes[name] for part in parts]
            fields = ("times", "units", "trials")
            spikes[name] = Spikes(*(np.concatenate([getattr(piece, field) for piece in pieces]) for field in fields))
        runs = [part.values[name] for part in parts]
        values = {v: np.concatenate([run[v] for run in runs], axis=1) for v in runs[0]}
        if values:
            traces[name] = as_traces(values, job.record, name, (job.start, job.stop), job.schedule.dt)
    trains = job.input_spikes()
    if apart:
        traces = with_input_apart(job, traces, spikes, trains)
    learned = {
        name: {v: np.concatenate([part.learned[name][v] for part in parts]) for v in variables}
        for name, variables in learned_of(job).items()
    }
    rates, failed = without_failures(job, rates, [failure for part in parts for failure in part.failures])
    done = np.ones(job.trials, dtype=bool)
    done[[failure.trial for failure in failed]] = False
    drive = drive_while_learning(job, {**job.input_rates(), **rates}, applied)
    weights = {p.name: p.weights for p in job.circuit.projections} | parts[-1].weights
    kept = all_spikes(job, trains, spikes)
    return Recording(
        "spiking", rates, drive, weights, done, kept, traces, extra, learned, failed, partial(_at_end, job, parts)
    )  # fmt: skip


def _at_end(job: Job, parts: list[Part]) -> FinalState:
    names = [p.name for p in job.circuit.populations]
    state = {n: {v: np.concatenate([part.state[n][v] for part in parts]) for v in parts[0].state[n]} for n in names}
    flight = {
        name: Flight(*(np.concatenate([getattr(part.flight[name], f) for part in parts]) for f in _FLIGHT))
        for name in parts[0].flight
    }
    return FinalState("spiking", state, job.stop, job.schedule.dt, parts[-1].synapses, flight)
