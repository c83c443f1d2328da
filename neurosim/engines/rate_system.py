"""The equations of the rate rung: the state of all trials, its slope, and what comes from outside."""

import copy
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from neurosim.cells.base import RateCell
from neurosim.circuits.circuit import Projection
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.base import Job
from neurosim.engines.steady_input import Segment, segments, still_input
from neurosim.failures import LARGEST_RATE, Failure, first_failure
from neurosim.final_state import FinalState
from neurosim.params import Array

SAMPLED = 2**18
"""Numbers that are looked at together where the activity is sampled in a step of the solver."""


@dataclass(frozen=True, eq=False)
class End:
    """The state at the end, and those before it that delayed projections have yet to see."""

    state: Array
    past: list[Array]
    remainders: "Remainders"


Remainders: TypeAlias = dict[tuple[str, float], Array]
"""What synapses still withhold of steady inputs, by population and time constant."""


class System:
    """The state (trials, width): activity of every population, then one filter per projection with a time constant."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.slices: dict[str, slice] = {}
        self.filters: dict[str, slice] = {}
        self.cells: dict[str, RateCell] = {}
        self.width = 0
        for population in job.circuit.populations:
            cell = job.cells[population.name]
            assert isinstance(cell, RateCell)
            self.cells[population.name] = cell
            self.slices[population.name] = self._take(int(population.size))
        self.inner = [p for p in job.circuit.projections if p.pre not in job.steady_inputs]
        for p in self.inner:
            if p.tau > 0:
                self.filters[p.name] = self._take(int(job.circuit.sizes[p.post]))
        self.still = still_input(job)
        first = next(segments(job, self.still))
        self.fixed = self.steady(first)
        self.remainders = self.remaining({}, first)
        self.onto = {name: [p for p in self.inner if p.post == name] for name in self.slices}
        self.signed = {p.name: _product(p) for p in self.inner}

    def _take(self, size: int) -> slice:
        self.width += size
        return slice(self.width - size, self.width)

    def steady(self, segment: Segment) -> dict[str, Array]:
        """Bias and steady input of every population in a segment, behind the synapses."""
        result = {}
        for name in self.slices:
            parts = [segment.applied[p.name] for p in self.job.circuit.onto(name) if p.name in segment.applied]
            total: Array = np.array(np.broadcast_to(self.job.circuit.population(name).bias, self._shape(name, parts)))
            for part in parts:
                total += part
            result[name] = total
        return result

    def _shape(self, name: str, parts: list[Array]) -> tuple[int, int]:
        return (self.job.trials if parts else 1), self.job.circuit.sizes[name]

    def remaining(self, before: "Remainders", segment: Segment) -> "Remainders":
        """What the synapses withhold of the steady input at the start of a segment."""
        result = dict(before)
        for p in self.job.circuit.projections:
            if p.name in segment.changes:
                result[p.post, p.tau] = result.get((p.post, p.tau), 0.0) - segment.changes[p.name]
        return result

    def outside_at(self, time: float) -> dict[str, Array]:
        """The steady drives at a time after the start of the only segment; nothing where they are `fixed`."""
        if not self.remainders:
            return {}
        return self.with_remainders(
            self.fixed, {key: value * np.exp(-time / key[1]) for key, value in self.remainders.items()}
        )

    @staticmethod
    def with_remainders(fixed: Mapping[str, Array], remainders: "Remainders") -> dict[str, Array]:
        """Steady drives through their synapses."""
        result = {f"fixed {name}": drive for name, drive in fixed.items()}
        for (name, _), value in remainders.items():
            result[f"fixed {name}"] = result[f"fixed {name}"] + value
        return result

    @staticmethod
    def filtered_units(job: Job) -> int:
        """Number of states that the synapses' filters add."""
        inner = (p for p in job.circuit.projections if p.pre not in job.steady_inputs)
        return sum(job.circuit.sizes[p.post] for p in inner if p.tau > 0)

    def start(self) -> Array:
        """The state at t = 0."""
        state = np.zeros((self.job.trials, self.width))
        if not self.job.initial:
            return state
        for name, values in self.job.initial.items():
            state[:, self.slices[name]] = values["state"]
        known = {} if self.job.resumed is None else self.job.resumed.synapses
        for p in self.inner:
            if p.name in known and p.name in self.filters:
                state[:, self.filters[p.name]] = known[p.name]["filtered"]
            elif p.tau > 0 and p.pre in self.slices:
                state[:, self.filters[p.name]] = self.arriving(p, state, {})
        return state

    def only(self, rows: Any) -> "System":
        """The same equations for some of the trials."""
        if len(rows) == self.job.trials:
            return self
        part = copy.copy(self)
        part.fixed = {name: values if len(values) == 1 else values[rows] for name, values in self.fixed.items()}
        part.remainders = {key: values[rows] for key, values in self.remainders.items()}
        return part

    def failures(self, state: Array, time: float) -> list[Failure]:
        """The first unit of every trial that is not finite, or faster than any cell."""
        if np.abs(state).max(initial=0.0) <= LARGEST_RATE:
            return []
        found = []
        for name, where in self.slices.items():
            variable = "rate (Hz)" if type(self.cells[name]).activity is RateCell.activity else "state"
            found += first_failure(state[:, where], LARGEST_RATE, range(len(state)), name, variable, time)
        for p in self.inner:
            if p.name in self.filters:
                values = state[:, self.filters[p.name]]
                found += first_failure(values, np.inf, range(len(state)), p.post, f"input by {p.name}", time)
        return found

    def unsteady(self, state: Array, trial: int, time: float) -> Failure:
        """A trial whose equations cannot be integrated any further: the unit that moves fastest."""
        slope = np.abs(self.only(np.array([trial])).slope(state[[trial]], {}))[0]
        name, where = max(self.slices.items(), key=lambda item: np.nan_to_num(slope[item[1]], nan=np.inf).max())
        unit = int(np.argmax(np.nan_to_num(slope[where], nan=np.inf)))
        return Failure(trial, name, "slope of the state (1/s)", unit, time, float(slope[where][unit]))

    def final_state(self, end: End) -> FinalState:
        """What the run leaves behind."""
        job, active = self.job, self.active(end.state)
        variables = {n: {"state": end.state[:, w].copy(), "rate": active[:, w].copy()} for n, w in self.slices.items()}
        filters = {name: {"filtered": end.state[:, where].copy()} for name, where in self.filters.items()}
        filters |= {_withheld(*key): {"remainder": value} for key, value in end.remainders.items()}
        longest = max((round(p.delay / job.schedule.dt) for p in self.inner if p.pre in self.slices), default=0)
        past = {}
        if longest:
            # Before the first run the circuit was as it is at its beginning.
            earlier = [self.start()] * (longest - len(end.past)) + end.past[len(end.past) - longest :]
            past = {name: np.stack([state[:, where] for state in earlier]) for name, where in self.slices.items()}
        return FinalState("rate", variables, job.stop, job.schedule.dt, filters, past=past)

    def active(self, state: Array) -> Array:
        """The same array with every population's state replaced by its activity."""
        result = state.copy()
        for name, where in self.slices.items():
            result[..., where] = self.cells[name].activity(state[..., where])
        return result

    def mean_of(self, piece: Any, times: Array, weights: Array) -> Array:
        """Weighted sum of the activity at some times of one step of the solver, from its interpolating polynomial."""
        if all(type(cell).activity is RateCell.activity for cell in self.cells.values()):
            # The state is the activity: the coefficients of the polynomial are averaged and not its samples.
            powers = ((times - piece.t_old) / piece.h) ** np.arange(1, piece.order + 2)[:, None]
            mean: Array = weights.sum() * piece.y_old + piece.Q @ (piece.h * powers @ weights)
            return mean
        together, total = max(1, SAMPLED // piece.y_old.size), np.zeros(piece.y_old.size)
        for begin in range(0, len(times), together):
            part = slice(begin, begin + together)
            states = piece(times[part]).T.reshape(len(times[part]), -1, self.width)
            total += np.einsum("t,tnk->nk", weights[part], self.active(states)).ravel()
        return total

    def rates(self, state: Array) -> dict[str, Array]:
        """The part of each population."""
        return {name: state[:, where].copy() for name, where in self.slices.items()}

    def arriving(self, p: Projection, state: Array, outside: Mapping[str, Array]) -> Array:
        """Signed weighted activity that reaches a projection's synapses now."""
        if p.name in outside:
            return outside[p.name]
        return self.signed[p.name](self.cells[p.pre].activity(state[:, self.slices[p.pre]]))

    def drive(self, name: str, state: Array, outside: Mapping[str, Array]) -> Array:
        """Drive of a population now."""
        fixed = outside.get(f"fixed {name}", self.fixed[name]) if outside else self.fixed[name]
        onto = self.onto[name]
        parts = [state[:, self.filters[p.name]] if p.tau > 0 else self.arriving(p, state, outside) for p in onto]
        if not parts and len(fixed) == len(state):
            return fixed.copy()
        total: Array = fixed + parts[0] if parts else np.broadcast_to(fixed, (len(state), fixed.shape[1])).copy()
        for part in parts[1:]:
            total += part
        return total

    def slope(self, state: Array, outside: Mapping[str, Array]) -> Array:
        """Rate of change of every state, per s."""
        if len(self.slices) == 1 and not self.filters:
            (name,) = self.slices
            return self.cells[name].drdt(state, self.drive(name, state, outside))
        result = np.empty_like(state)
        for name, where in self.slices.items():
            result[:, where] = self.cells[name].drdt(state[:, where], self.drive(name, state, outside))
        for p in self.inner:
            if p.tau > 0:
                where = self.filters[p.name]
                result[:, where] = (self.arriving(p, state, outside) - state[:, where]) / p.tau
        return result


def _withheld(population: str, tau: float) -> str:
    """Name of what the synapses of a population withhold."""
    return f"steady input of {population} through {tau:g} s"


def _product(p: Projection) -> Callable[[Array], Array]:
    """What `p.apply` does, (trials, pre) -> (trials, post), with as little as possible around the product itself."""
    weights, inhibits = p.weights, p.factor < 0
    if isinstance(weights, UniformLateral):
        return p.apply
    # (trials, pre) @ (pre, post) comes out in the order of the state, W @ rates.T does not.
    turned = weights.T if isinstance(weights, np.ndarray) else None

    def product(rates: Array) -> Array:
        if turned is not None:
            result: Array = rates @ turned
        elif len(rates) == 1:
            result = (weights @ rates[0])[None]
        else:
            result = np.asarray((weights @ rates.T).T)
        return -result if inhibits else result

    return product


class Feed:
    """What comes from outside the state in a step: input spikes, delayed activity, the frame of a movie."""

    def __init__(self, job: Job, system: System) -> None:
        self.job, self.system = job, system
        dt = job.schedule.dt
        self.lag = {p.name: round(p.delay / dt) for p in system.inner}
        longest = max(self.lag.values(), default=0)
        self.past: deque[Array] = deque(maxlen=max(longest, 1))
        self.first = system.start()
        self.delayed = [p for p in system.inner if self.lag[p.name] and p.pre in system.slices]
        if job.resumed is not None and job.resumed.past:
            known = next(iter(job.resumed.past.values()))
            for k in range(len(known)):
                state = np.zeros_like(self.first)
                for name, where in system.slices.items():
                    state[:, where] = job.resumed.past[name][k]
                self.past.append(state)
        self.ahead = {p.name: system.arriving(p, self._before(self.lag[p.name]), {}) for p in self.delayed}
        self.segments = segments(job, system.still)
        self.segment = next(self.segments, None)
        self.fixed: Mapping[str, Array] = {}
        self.remainders: Remainders = {}
        while self.segment is not None and self.segment.step < job.start:
            self.fixed = system.steady(self.segment)
            self.remainders = system.remaining(self.remainders, self.segment)
            self.segment = next(self.segments, None)
        left = {} if job.resumed is None else job.resumed.synapses
        for key in self.remainders:
            # As they have decayed until now.
            found = left.get(_withheld(*key), {}).get("remainder")
            self.remainders[key] = np.zeros_like(self.remainders[key]) if found is None else found
        self.fade = {p.tau: float(np.exp(-dt / p.tau)) for p in job.circuit.projections if p.tau > 0}
        self.spikes: dict[str, Any] = {}
        for name, trains in job.input_spikes().items():
            # Order by step, so that the spikes of one step are a slice.
            order = np.argsort(trains.steps, kind="stable")
            edges = np.searchsorted(trains.steps[order], np.arange(trains.n_steps + 1))
            self.spikes[name] = (trains.trials[order], trains.units[order], edges, trains.n_units)

    def at(self, step: int, state: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """At the beginning of a step and at its end, when activity has gone on; spikes and frames hold for the step."""
        outside = dict(self.ahead)
        self.past.append(state)
        for p in self.system.inner:
            if p.pre in self.spikes:
                outside[p.name] = p.apply(self._impulses(p.pre, step - self.lag[p.name]))
        for p in self.delayed:
            self.ahead[p.name] = self.system.arriving(p, self._before(self.lag[p.name]), {})
        if self.segment is not None and self.segment.step == step:
            self.fixed = self.system.steady(self.segment)
            self.remainders = self.system.remaining(self.remainders, self.segment)
            self.segment = next(self.segments, None)
        at_end = {**outside, **self.ahead}
        outside |= self.system.with_remainders(self.fixed, self.remainders)
        self.remainders = {key: value * self.fade[key[1]] for key, value in self.remainders.items()}
        return outside, at_end | self.system.with_remainders(self.fixed, self.remainders)

    def _before(self, lag: int) -> Array:
        """The state that many steps ago; before t = 0 the circuit was as it is at t = 0."""
        return self.past[-lag] if len(self.past) >= lag else self.first

    def _impulses(self, name: str, step: int) -> Array:
        """Input spikes of one step as rates (1/dt per spike), (trials, units)."""
        trials, units, edges, size = self.spikes[name]
        rates = np.zeros((self.job.trials, size))
        if step >= 0:
            part = slice(edges[step], edges[step + 1])
            rates[trials[part], units[part]] = 1.0 / self.job.schedule.dt
        return rates
