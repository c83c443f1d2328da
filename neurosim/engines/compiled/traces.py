"""Variables over time: which of them the machine code copies in which steps, and what they are afterwards."""

from typing import Any

import numpy as np

from neurosim.engines.base import Job
from neurosim.engines.compiled.machine_code.columns import Track
from neurosim.engines.compiled.plan import Plan, Table
from neurosim.engines.record import Wanted, as_traces
from neurosim.engines.synapses import synaptic_constants
from neurosim.params import Array
from neurosim.recording import Traces


def synaptic_names(job: Job, population: str) -> list[str]:
    """The synaptic variables of a population."""
    return [name.removeprefix("tau_") for name in synaptic_constants(job, population)]


def recordable(job: Job) -> set[str]:
    """Names that this engine can record over time."""
    found = {"v", "drive", "excitation", "inhibition"}
    for population in job.circuit.populations:
        found |= set(synaptic_names(job, population.name))
        found |= {"a"} if "a" in getattr(job.cells[population.name], "decaying", {}) else set()
    return found


class Tracks:
    """Rows of the table that the machine code reads, and the room that it fills for all trials."""

    def __init__(self, job: Job, plan: Plan, dtype: Any) -> None:
        self.job, self.plan = job, plan
        self.rows: dict[tuple[str, str, str], list[int]] = {}
        """By population, what is wanted, and the variable that is copied for it."""
        self.size = 0
        picks: list[Table] = [np.zeros(0, np.int64)]
        for name in plan.offsets:
            for wanted, variable in self._copied(name):
                self._add(name, wanted, variable, picks)
        table = np.array(list(self.rows.values()), dtype=np.int64).reshape(-1, len(Track))
        self.tables = table, np.concatenate(picks), np.zeros(self.size, dtype=dtype)

    def _copied(self, name: str) -> list[tuple[str, str]]:
        """What is copied of a population: (what is wanted, the variable)."""
        found = []
        for wanted in self.job.record.variables:
            if name not in self.job.record[wanted].units:
                continue
            if wanted == "drive":
                found += [("drive", variable) for variable in synaptic_names(self.job, name)]
            elif wanted == "v" or wanted in self.plan.places[name]:
                found.append((wanted, wanted))
        return found

    def _add(self, name: str, wanted: str, variable: str, picks: list[Table]) -> None:
        job, part, one = self.job, self.plan.offsets[name], self.job.record[wanted]
        size = part.stop - part.start
        begin = part.start if variable == "v" else self.plan.places[name][variable]
        units, count = one.units[name], one.count(name, size)
        row = {
            Track.OF_V: variable == "v", Track.LISTED: units is not None, Track.FIRST: begin, Track.COUNT: count,
            Track.EVERY: one.every, Track.BEFORE: -(-job.start // one.every), Track.BEGIN: self.size,
        }  # fmt: skip
        if units is not None:
            row[Track.FIRST] = sum(map(len, picks))
            picks.append(begin + units)
        self.rows[name, wanted, variable] = [int(row[column]) for column in Track]
        self.size += len(one.steps(job.start, job.stop)) * job.trials * count

    def _values(self, key: tuple[str, str, str]) -> Array:
        """(steps, trials, units) of one row."""
        row, job = self.rows[key], self.job
        steps = len(job.record[key[1]].steps(job.start, job.stop))
        shape = steps, job.trials, row[Track.COUNT]
        values: Array = self.tables[2][row[Track.BEGIN] : row[Track.BEGIN] + np.prod(shape)].reshape(shape)
        return values

    def traces(self, current: Table, changes: Table) -> dict[str, Traces]:
        """What was recorded of every population; `current` is bias and steady input from the steps `changes` on."""
        job, result = self.job, {}
        for name, part in self.plan.offsets.items():
            values = {key[1]: self._values(key) for key in self.rows if key[0] == name and key[1] != "drive"}
            if "drive" in job.record and name in job.record["drive"].units:
                one = job.record["drive"]
                values["drive"] = self._drive(name, one, current[:, :, part][:, :, one.picked(name)], changes)
            if values:
                result[name] = as_traces(values, job.record, name, (job.start, job.stop), job.schedule.dt)
        return result

    def _drive(self, name: str, one: Wanted, current: Table, changes: Table) -> Array:
        """Bias, steady input and synaptic variables, in the order of Brian2's sum."""
        steps = one.steps(self.job.start, self.job.stop)
        shown = np.searchsorted(changes, steps, side="right") - 1
        shape = len(steps), self.job.trials, current.shape[2]
        total: Array = np.array(np.broadcast_to(current[shown], shape), dtype=np.float64)
        for variable in synaptic_names(self.job, name):
            total += self._values((name, "drive", variable))
        return total
