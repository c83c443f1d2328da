"""Rate rung: the ordinary differential equations of all trials at once."""

import dataclasses
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np

from neurosim.cells.base import Level, RateCell
from neurosim.circuit import Projection
from neurosim.delays import is_matrix, parts
from neurosim.engines.base import Engine, Job, drive_of_all, trace_bytes
from neurosim.engines.steady_input import Segment, change_steps, segments, still_input
from neurosim.kernels import UniformLateral
from neurosim.params import Array, param
from neurosim.recording import Recording, Traces


@dataclass(frozen=True, kw_only=True)
class Rate(Engine):
    """Integrates the rate equations and averages the activity over the counting window.

    Equation
        dx/dt = cell.drdt(x, drive), r = cell.activity(x);  tau_p ds_p/dt = -s_p + W^p r_pre(t - delay_p);
        drive = bias + sum_p sign_p s_p
        (tau_p = 0: s_p = W^p r_pre). Inputs begin at t = 0; what a synapse makes of a constant one, and of the frames
        of a movie, is exact. SciPy's adaptive Runge-Kutta 5(4); with delays, frames or input spikes Heun's method of
        second order on the schedule's dt. The adaptive tolerances bound the root mean square over all trials and units:
        a single unit may err more, the others then less.
        All start silent, x = 0; with `initial` x starts there, and the synapses between populations as if it had been
        so for ever.
    Units
        x (the state) and r Hz, or x 1 where it is a potential; s_p and drive 1, t s
    """

    name: ClassVar[str] = "rate"
    level: ClassVar[Level] = "rate"
    traceable: ClassVar[frozenset[str]] = frozenset({"rate", "drive", "state"})

    rtol: float = param(1e-6, doc="relative tolerance of the adaptive integration", above=0)
    atol: float = param(1e-5, unit="Hz", doc="absolute tolerance of the adaptive integration", above=0)
    samples: int = param(201, doc="times at which an adaptive run is sampled in the counting window", low=2)
    fixed_step: bool = param(False, doc="always use the schedule's dt")

    def refuse(self, job: Job) -> str | None:
        unknown = job.record - self.traceable
        if unknown:
            return f"rate units have no {', '.join(sorted(unknown))} to record"
        if job.circuit.plastic:
            return "it runs trials independently and the circuit learns; use neurosim.learn, or circuit.frozen()"
        return None

    def memory(self, job: Job) -> int:
        units = sum(int(p.size) for p in job.circuit.populations) + _System.filtered_units(job)
        return 8 * job.trials * units * 24 + trace_bytes(job)

    def run(self, job: Job) -> Recording:
        given, job = job, one_delay_each(job)
        system = _System(job)
        delayed = any(p.delay for p in system.inner) or bool(job.spiking_inputs)
        stepped = self.fixed_step or delayed or len(change_steps(job)) > 1 or bool(job.record)
        mean, state, traces = self._stepped(job, system) if stepped else self._adaptive(job, system)
        last = system.rates(system.active(state))
        drive = drive_of_all(given.circuit, {**given.input_rates(), **mean})
        finite = np.all([np.isfinite(rates).all(axis=1) for rates in mean.values()], axis=0)
        weights = {p.name: p.weights for p in given.circuit.projections}
        return Recording(
            "rate", mean, drive, weights, finite, traces=traces,
            provenance={
                "method": "Heun" if stepped else "RK45", "final_rates": last, "final_state": system.rates(state),
            },
        )  # fmt: skip

    def _adaptive(self, job: Job, system: "_System") -> tuple[dict[str, Array], Array, dict[str, Traces]]:
        from scipy.integrate import RK45

        times = np.linspace(job.schedule.settle, job.schedule.duration, self.samples)
        weights = np.full(len(times), 1.0)
        weights[[0, -1]] = 0.5
        weights /= weights.sum()
        shape = (job.trials, system.width)

        def slope(t: float, state: Array) -> Array:
            result: Array = system.slope(state.reshape(shape), system.outside_at(t)).ravel()
            return result

        solver = RK45(slope, 0.0, system.start().ravel(), job.schedule.duration, rtol=self.rtol, atol=self.atol)
        # Past SciPy's checks of every value, which for a small circuit take as long as the value itself.
        solver.fun = slope
        total, begin = np.zeros(solver.n), 0
        while solver.status == "running":
            message = solver.step()
            job.progress(min(1.0, solver.t / job.schedule.duration))
            if solver.status == "failed":
                raise FloatingPointError(f"the rate equations could not be integrated: {message}")
            end = int(np.searchsorted(times, solver.t, side="right"))
            if end > begin:
                total += system.mean_of(solver.dense_output(), times[begin:end], weights[begin:end])
                begin = end
        job.progress(1.0)
        return system.rates(total.reshape(shape)), solver.y.reshape(shape), {}

    def _stepped(self, job: Job, system: "_System") -> tuple[dict[str, Array], Array, dict[str, Traces]]:
        schedule = job.schedule
        state = system.start()
        total = np.zeros_like(state)
        drives: dict[str, list[Array]] = {name: [] for name in system.slices}
        curves: dict[str, list[Array]] = {name: [] for name in system.slices}
        states: dict[str, list[Array]] = {name: [] for name in system.slices}
        feed = _Feed(job, system)
        for step in range(schedule.steps):
            outside, at_end = feed.at(step, state)
            first = system.slope(state, outside)
            second = system.slope(state + schedule.dt * first, at_end)
            active = system.active(state)
            if job.record:
                for name, where in system.slices.items():
                    curves[name].append(active[:, where].copy())
                    states[name].append(state[:, where].copy())
                    drives[name].append(system.drive(name, state, outside))
            if step >= schedule.settle_steps:
                total += active
            state = state + schedule.dt / 2 * (first + second)
            if step % 64 == 0:
                job.progress(step / schedule.steps)
        total /= schedule.steps - schedule.settle_steps
        traces = {}
        if job.record:
            times: Array = np.arange(schedule.steps, dtype=np.float64) * schedule.dt
            for name in system.slices:
                every = {"rate": curves[name], "drive": drives[name], "state": states[name]}
                traces[name] = Traces(times, {key: np.stack(every[key]) for key in sorted(job.record)})
        job.progress(1.0)
        return system.rates(total), state, traces


Remainders: TypeAlias = dict[tuple[str, float], Array]
"""What synapses still withhold of steady inputs, by population and time constant."""


def one_delay_each(job: Job) -> Job:
    """The same job with projections of one delay each in place of those with a delay per connection."""
    if not any(is_matrix(p.delay) for p in job.circuit.projections):
        return job
    every = tuple(part for p in job.circuit.projections for part in parts(p, job.schedule.dt))
    return dataclasses.replace(job, circuit=dataclasses.replace(job.circuit, projections=every))


class _System:
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
        return sum(job.circuit.sizes[p.post] for p in job.circuit.projections if p.tau > 0)

    def start(self) -> Array:
        """The state at t = 0."""
        state = np.zeros((self.job.trials, self.width))
        if not self.job.initial:
            return state
        for name, values in self.job.initial.items():
            state[:, self.slices[name]] = values
        for p in self.inner:
            if p.tau > 0 and p.pre in self.slices:
                state[:, self.filters[p.name]] = self.arriving(p, state, {})
        return state

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
        states = piece(times).T.reshape(len(times), -1, self.width)
        active: Array = np.einsum("t,tnk->nk", weights, self.active(states))
        return active.ravel()

    def rates(self, state: Array) -> dict[str, Array]:
        """The part of each population."""
        return {name: state[:, where].copy() for name, where in self.slices.items()}

    def arriving(self, p: Projection, state: Array, outside: Mapping[str, Array]) -> Array:
        """Signed weighted activity that reaches a projection's synapses now."""
        if p.name in outside:
            return outside[p.name]
        return self.signed[p.name](self.cells[p.pre].activity(state[:, self.slices[p.pre]]))

    def drive(self, name: str, state: Array, outside: Mapping[str, Array]) -> Array:
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


class _Feed:
    """What comes from outside the state in a step: input spikes, delayed activity, the frame of a movie."""

    def __init__(self, job: Job, system: _System) -> None:
        self.job, self.system = job, system
        dt = job.schedule.dt
        self.lag = {p.name: round(p.delay / dt) for p in system.inner}
        longest = max(self.lag.values(), default=0)
        self.past: deque[Array] = deque(maxlen=max(longest, 1))
        self.first = system.start()
        self.delayed = [p for p in system.inner if self.lag[p.name] and p.pre in system.slices]
        self.ahead = {p.name: system.arriving(p, self.first, {}) for p in self.delayed}
        self.segments = segments(job, system.still)
        self.segment = next(self.segments, None)
        self.fixed: Mapping[str, Array] = {}
        self.remainders: Remainders = {}
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
            # Before t = 0 the circuit was as it is at t = 0.
            lag = self.lag[p.name]
            then = self.past[-lag] if len(self.past) >= lag else self.first
            self.ahead[p.name] = self.system.arriving(p, then, {})
        if self.segment is not None and self.segment.step == step:
            self.fixed = self.system.steady(self.segment)
            self.remainders = self.system.remaining(self.remainders, self.segment)
            self.segment = next(self.segments, None)
        at_end = {**outside, **self.ahead}
        outside |= self.system.with_remainders(self.fixed, self.remainders)
        self.remainders = {key: value * self.fade[key[1]] for key, value in self.remainders.items()}
        return outside, at_end | self.system.with_remainders(self.fixed, self.remainders)

    def _impulses(self, name: str, step: int) -> Array:
        """Input spikes of one step as rates (1/dt per spike), (trials, units)."""
        trials, units, edges, size = self.spikes[name]
        rates = np.zeros((self.job.trials, size))
        if step >= 0:
            part = slice(edges[step], edges[step + 1])
            rates[trials[part], units[part]] = 1.0 / self.job.schedule.dt
        return rates
