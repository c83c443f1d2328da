"""Rate rung: the ordinary differential equations of all trials at once."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np

from neurosim.cells.base import Level
from neurosim.circuits.delays import is_matrix, parts
from neurosim.engines.apart import all_spikes, refuse_apart, refuse_inputs
from neurosim.engines.base import Engine, Job, drive_of_all
from neurosim.engines.memory import input_spikes
from neurosim.engines.rate_system import SAMPLED, End, Feed, System
from neurosim.engines.rate_watch import Watch
from neurosim.engines.steady_input import change_steps
from neurosim.failures import LARGEST_RATE, Failure, first_of_each
from neurosim.params import Array, param
from neurosim.recording import Recording, Traces

_Result: TypeAlias = tuple[Array, End, dict[str, Traces], list[Failure]]


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
    traceable: ClassVar[frozenset[str]] = frozenset(
        {"rate", "drive", "state", "excitation", "inhibition", "input_spikes"}
    )

    rtol: float = param(1e-6, doc="relative tolerance of the adaptive integration", above=0)
    atol: float = param(1e-5, unit="Hz", doc="absolute tolerance of the adaptive integration", above=0)
    samples: int = param(201, doc="times at which an adaptive run is sampled in the counting window", low=2)
    fixed_step: bool = param(False, doc="always use the schedule's dt")

    def refuse(self, job: Job) -> str | None:
        unknown = set(job.record) - self.traceable
        if unknown:
            return f"rate units have no {', '.join(sorted(unknown))} to record"
        if job.circuit.plastic:
            return "it runs trials independently and the circuit learns; use neurosim.learn, or circuit.frozen()"
        return refuse_inputs(job) or refuse_apart(job)

    def memory(self, job: Job) -> int:
        width = job.trials * (sum(int(p.size) for p in job.circuit.populations) + System.filtered_units(job))
        samples = 48 * min(SAMPLED, self.samples * width)
        return int(8 * width * 20 + samples + job.trace_bytes + input_spikes(job))

    def run(self, job: Job) -> Recording:
        given, job = job, one_delay_each(job)
        system = System(job)
        delayed = any(p.delay for p in system.inner) or bool(job.spiking_inputs)
        stepped = self.fixed_step or delayed or len(change_steps(job)) > 1 or bool(job.record.variables)
        # What overflows is found out below, and named.
        with np.errstate(over="ignore", invalid="ignore"):
            mean, end, traces, found = self._stepped(job, system) if stepped else self._adaptive(job, system)
            found += system.failures(end.state, job.end) + system.failures(mean, job.end)
        failed = first_of_each(found)
        good = np.ones(job.trials, dtype=bool)
        good[[failure.trial for failure in failed]] = False
        mean[~good] = np.nan
        rates = system.rates(mean)
        drive = drive_of_all(given.circuit, {**given.input_rates(), **rates})
        weights = {p.name: p.weights for p in given.circuit.projections}
        spikes = all_spikes(job, job.input_spikes(), {})
        return Recording(
            "rate", rates, drive, weights, good, spikes, traces, provenance={"method": "Heun" if stepped else "RK45"},
            failures=failed, at_end=system.final_state(end),
        )  # fmt: skip

    def _adaptive(self, job: Job, system: System) -> _Result:
        times = np.linspace(job.schedule.settle, job.schedule.duration, self.samples)
        weights = np.full(len(times), 1.0)
        weights[[0, -1]] = 0.5
        weights /= weights.sum()
        state, total, time = system.start(), np.zeros((job.trials, system.width)), 0.0
        going, found = np.arange(job.trials), []
        while len(going):
            # Who leaves the bounds goes, and the others go on from there.
            time, good = self._integrate(job, system.only(going), going, time, (state, total), (times, weights))
            at = job.start * job.schedule.dt + time
            found += [f for f in system.failures(state, at) if f.trial in going[~good]]
            found += [system.unsteady(state, int(k), at) for k in set(going[~good].tolist()) - {f.trial for f in found}]
            going = going[good] if not good.all() else going[:0]
        job.progress(1.0)
        return total, End(state, [], {}), {}, found

    def _integrate(
        self, job: Job, system: System, rows: Any, begin: float, tables: tuple[Array, Array],
        samples: tuple[Array, Array],
    ) -> tuple[float, Any]:  # fmt: skip
        """Go on with some trials until the end, or until one is no result: the time, and which of them still are."""
        from scipy.integrate import RK45

        state, total = tables
        times, weights = samples
        shape = (len(rows), system.width)

        def slope(t: float, values: Array) -> Array:
            outside = system.outside_at(job.start * job.schedule.dt + t)
            result: Array = system.slope(values.reshape(-1, system.width), outside).ravel()
            return result

        good = np.isfinite(system.slope(state[rows], {})).all(axis=1)
        if not good.all():
            return begin, good
        solver = RK45(slope, begin, state[rows].ravel(), job.schedule.duration, rtol=self.rtol, atol=self.atol)
        # Past SciPy's checks of every value, which for a small circuit take as long as the value itself.
        solver.fun = slope
        first = int(np.searchsorted(times, begin, side="right")) if begin else 0
        sums = np.zeros(solver.n)
        while solver.status == "running" and good.all():
            solver.step()
            job.progress(min(1.0, solver.t / job.schedule.duration))
            if solver.status == "failed":
                good = self._alone(system, solver.t, solver.y.reshape(shape), rows, job)
                break
            end = int(np.searchsorted(times, solver.t, side="right"))
            if end > first:
                sums += system.mean_of(solver.dense_output(), times[first:end], weights[first:end])
                first = end
            if not np.abs(solver.y).max() <= LARGEST_RATE:
                good = (np.abs(solver.y.reshape(shape)) <= LARGEST_RATE).all(axis=1)
        state[rows], total[rows] = solver.y.reshape(shape), total[rows] + sums.reshape(shape)
        return float(solver.t), good

    def _alone(self, system: System, time: float, state: Array, rows: Any, job: Job) -> Any:
        """Which trials can take a step by themselves, where all of them together cannot; one at least cannot."""
        from scipy.integrate import RK45

        good = np.ones(len(rows), dtype=bool)
        for k in range(len(rows)):
            mine = system.only(np.array([k]))

            def slope(t: float, values: Array, mine: System = mine) -> Array:
                outside = mine.outside_at(job.start * job.schedule.dt + t)
                result: Array = mine.slope(values[None], outside).ravel()
                return result

            solver = RK45(slope, time, state[k], job.schedule.duration, rtol=self.rtol, atol=self.atol)
            solver.step()
            good[k] = solver.status != "failed"
        if good.all():
            good[np.argmax(np.abs(state).max(axis=1))] = False
        return good

    def _stepped(self, job: Job, system: System) -> _Result:
        schedule = job.schedule
        state = system.start()
        total = np.zeros_like(state)
        feed, found, watch = Feed(job, system), [], Watch(job, system)
        for step in range(schedule.steps):
            outside, at_end = feed.at(job.start + step, state)
            first = system.slope(state, outside)
            second = system.slope(state + schedule.dt * first, at_end)
            active = system.active(state)
            watch.at(job.start + step, state, active, outside)
            if step >= schedule.settle_steps:
                total += active
            state = state + schedule.dt / 2 * (first + second)
            if step % 64 == 0:
                job.progress(step / schedule.steps)
                found += system.failures(state, (job.start + step + 1) * schedule.dt)
        total /= schedule.steps - schedule.settle_steps
        job.progress(1.0)
        return total, End(state, list(feed.past), feed.remainders), watch.traces(), found


def one_delay_each(job: Job) -> Job:
    """The same job with projections of one delay each in place of those with a delay per connection."""
    if not any(is_matrix(p.delay) for p in job.circuit.projections):
        return job
    every = tuple(part for p in job.circuit.projections for part in parts(p, job.schedule.dt))
    return dataclasses.replace(job, circuit=dataclasses.replace(job.circuit, projections=every))
