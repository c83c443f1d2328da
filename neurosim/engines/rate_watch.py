"""What the rate rung records over time, step by step."""

from collections.abc import Mapping

import numpy as np

from neurosim.engines.apart import Steady, of_one_sign
from neurosim.engines.base import Job
from neurosim.engines.rate_system import System
from neurosim.engines.record import APART, as_traces
from neurosim.params import Array
from neurosim.recording import Traces


class Watch:
    """Room for what is wanted, filled at the beginning of each step."""

    def __init__(self, job: Job, system: System) -> None:
        self.job, self.system = job, system
        self.values: dict[tuple[str, str], Array] = {}
        self.steps: dict[str, list[int]] = {}
        self.place = dict.fromkeys(job.record.variables, 0)
        self.steady: dict[tuple[str, str], Steady] = {}
        fade = {p.tau: float(np.exp(-job.schedule.dt / p.tau)) for p in job.circuit.projections if p.tau > 0}
        for variable in job.record.variables:
            one = job.record[variable]
            self.steps[variable] = one.steps(job.start, job.stop).tolist()
            for name in one.units:
                shape = len(self.steps[variable]), job.trials, one.count(name, job.circuit.sizes[name])
                self.values[name, variable] = np.empty(shape)
                if variable in APART:
                    sign = 1 if variable == APART[0] else -1
                    self.steady[name, variable] = Steady(of_one_sign(job, name, sign), name, fade)

    def at(self, step: int, state: Array, active: Array, outside: Mapping[str, Array]) -> None:
        """The state before a step, its activity, and what comes from outside."""
        for variable, place in self.place.items():
            if place == len(self.steps[variable]) or self.steps[variable][place] != step:
                continue
            one = self.job.record[variable]
            for name in one.units:
                now = self._now(name, variable, step, state, active, outside)
                self.values[name, variable][place] = now[:, one.picked(name)]
            self.place[variable] += 1

    def _now(
        self, name: str, variable: str, step: int, state: Array, active: Array, outside: Mapping[str, Array]
    ) -> Array:  # fmt: skip
        where = self.system.slices[name]
        if variable == "rate":
            return active[:, where]
        if variable == "state":
            return state[:, where]
        if variable == "drive":
            return self.system.drive(name, state, outside)
        sign = 1 if variable == APART[0] else -1
        total = np.zeros((len(state), where.stop - where.start)) + self.steady[name, variable].at(step)
        for p in self.system.onto[name]:
            if p.sign == sign:
                part = state[:, self.system.filters[p.name]] if p.tau > 0 else self.system.arriving(p, state, outside)
                total += sign * part
        return total

    def traces(self) -> dict[str, Traces]:
        """Everything, by population."""
        result = {}
        for name in self.system.slices:
            mine = {variable: values for (population, variable), values in self.values.items() if population == name}
            if mine:
                span = self.job.start, self.job.stop
                result[name] = as_traces(mine, self.job.record, name, span, self.job.schedule.dt)
        return result
