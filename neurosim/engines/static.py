"""Static rung: one pass for feed-forward circuits, a fixed point for recurrent ones, all trials at once."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from neurosim.cells.base import Level
from neurosim.engines.base import Engine, Job, MemoryLimitError, drive_of_all, mean_drive, size_of
from neurosim.engines.memory import input_spikes
from neurosim.failures import first_failure, first_of_each
from neurosim.final_state import FinalState
from neurosim.params import Array, param
from neurosim.randomness import stream
from neurosim.recording import Recording
from neurosim.stimuli.spiketrains import Integers
from neurosim.stimuli.stimulus import Stimulus

Booleans = npt.NDArray[np.bool_]

_BEYOND = 1e12
"""Times all that drives a circuit from outside: where a loop has carried the activity so far, it does not come back."""
_SQUARES = 5
"""Matrices of units by units that an iteration of Newton's method has at once."""
_EVERY = 16
"""Iterations from one look at that to the next."""


@dataclass(frozen=True, kw_only=True)
class Static(Engine):
    """Solves r = activation(drive(r)) for every trial.

    Equation
        r <- r + c/(1 + g) * (activation(bias + W r) - r), g a running estimate of the loop's largest eigenvalue per
        trial, then Newton's method with a line search; trials that are left start again with half the c
        A movie of constant drive is solved frame by frame and averaged over time. `initial` sets where the iteration
        starts, which matters where there are several solutions (a feed-forward circuit has one and ignores it). The
        steps are then small (`follow`), so that the iteration stays near the path of dr/dt = activation(drive(r)) - r.
    Units
        rates Hz; the residual max |activation(drive(r)) - r| is compared with tolerance * max(1 Hz, max r)
    """

    name: ClassVar[str] = "static"
    level: ClassVar[Level] = "static"

    tolerance: float = param(1e-10, doc="largest relative residual of a converged trial", above=0)
    iterations: int = param(300, doc="damped iterations of an attempt before Newton's method", low=1)
    newton: int = param(30, doc="Newton iterations for the trials that are left", low=0)
    attempts: int = param(5, doc="attempts, each with half the step of the one before", low=1)
    follow: float = param(0.2, doc="factor c of the first attempt where initial states are given", above=0, high=1)
    start: str = param(
        "feedforward", doc="initial activity of a recurrent circuit", choices=("feedforward", "zero", "random")
    )

    def refuse(self, job: Job) -> str | None:
        if job.record:
            return f"static units have no {', '.join(sorted(job.record))} to record, expected an empty record"
        if job.circuit.plastic:
            return "it solves trials independently and the circuit learns; use neurosim.learn, or circuit.frozen()"
        return None

    def memory(self, job: Job) -> int:
        sizes = job.circuit.sizes
        needed = 8 * (12 if job.circuit.recurrent else 5) * job.trials * sum(sizes.values())
        needed += int(input_spikes(job))
        if job.circuit.recurrent:  # the Jacobians of all trials at once, and what they are made of
            curves = {name: cell.transfer for name, cell in job.cells.items()}
            joint = [sizes[n] for n, curve in curves.items() if curve is not None and curve.acts_on == "population"]
            needed += 8 * 3 * job.trials * max((n * n for n in joint), default=0)
        return needed

    def run(self, job: Job) -> Recording:
        stimulus = job.stimulus
        if stimulus is not None and any(stimulus.frames_of(name) > 1 for name in job.steady_inputs):
            return self._movie(job, stimulus)
        return self._solve(job, job.input_rates())

    def _solve(self, job: Job, inputs: Mapping[str, Array]) -> Recording:
        order = job.circuit.order()
        if order is not None:
            # What overflows is found out below, and named.
            with np.errstate(over="ignore", invalid="ignore"):
                rates, converged = self._forward(job, inputs, order), np.ones(job.trials, dtype=bool)
        else:
            rates, converged = self._fixed_point(job, inputs)
        job.progress(1.0)
        solved = np.flatnonzero(converged)
        found = [first_failure(rates[n][solved], np.inf, solved, n, "rate (Hz)", np.nan) for n in order or rates]
        failed = first_of_each(failure for part in found for failure in part)
        if failed:
            converged[[failure.trial for failure in failed]] = False
            rates = {name: np.where(converged[:, None], values, np.nan) for name, values in rates.items()}
        drive = drive_of_all(job.circuit, {**inputs, **rates})
        weights = {p.name: p.weights for p in job.circuit.projections}
        state = FinalState("static", {n: {"rate": values} for n, values in rates.items()}, job.stop, job.schedule.dt)
        return Recording("static", rates, drive, weights, converged, failures=failed, at_end=state)

    def _movie(self, job: Job, stimulus: Stimulus) -> Recording:
        """Every frame on its own, then the mean over the time for which each is shown in the counting window.

        Inputs that spike have their mean rate throughout.
        """
        begins = [
            np.arange(stimulus.frames_of(name)) * (stimulus.frame_of(name) or 0.0) for name in sorted(job.steady_inputs)
        ]
        edges = np.unique(np.concatenate([*begins, [job.end]]))
        edges = np.clip(edges, *job.window)
        shown = np.diff(edges) / (job.window[1] - job.window[0])
        mean, parts = job.input_rates(), []
        for k in np.flatnonzero(shown):
            now = stimulus.rates_at((edges[k] + edges[k + 1]) / 2)
            given = {name: now[name] if name in job.steady_inputs else rates for name, rates in mean.items()}
            parts.append((shown[k], self._solve(job, given)))
        rates = {name: sum(share * part.rates[name] for share, part in parts) for name in parts[0][1].rates}
        drive = {name: sum(share * part.drive[name] for share, part in parts) for name in parts[0][1].drive}
        converged = np.all([part.converged for _, part in parts], axis=0)
        failed = first_of_each(failure for _, part in parts for failure in part.failures)
        last = parts[-1][1]
        return dataclasses.replace(last, rates=rates, drive=drive, converged=converged, failures=failed)

    def _forward(self, job: Job, inputs: Mapping[str, Array], order: tuple[str, ...]) -> dict[str, Array]:
        rates = dict(inputs)
        for name in order:
            rates[name] = _activation(job, name, _full(mean_drive(job.circuit, name, rates), job.trials))
        return {name: rates[name] for name in order}

    def _fixed_point(self, job: Job, inputs: Mapping[str, Array]) -> tuple[dict[str, Array], Booleans]:
        problem = _Problem(job, inputs)
        rates = problem.initial(self.start)
        problem.beyond = problem.far(rates)
        residual = np.full(job.trials, np.inf)
        active = np.arange(job.trials)
        first = self.follow if job.initial else 1.0
        for attempt in range(self.attempts):
            rates[active], residual[active] = self._relax(problem, rates[active], active, first * 0.5**attempt)
            lost = np.abs(rates).max(axis=1) > problem.beyond
            for index in active[residual[active] > self._limit(rates[active])]:
                rates[index], residual[index] = self._newton(problem, rates[index], int(index))
            # Smaller steps would run away just as far.
            active = active[(residual[active] > self._limit(rates[active])) & ~lost[active]]
            if not len(active):
                break
            job.progress(1 - len(active) / job.trials)
        converged = residual <= self._limit(rates)
        # One undamped step: what is silent becomes exactly 0, as the activation has it.
        rates = problem.image(rates, np.arange(job.trials)) + 0.0
        rates[~converged] = np.nan
        return problem.split(rates), converged

    def _relax(self, problem: "_Problem", rates: Array, trials: Integers, caution: float) -> tuple[Array, Array]:
        """Damped iterations; the step per trial follows a running estimate of the loop's largest eigenvalue."""
        rates, residual = rates.copy(), np.full(len(trials), np.inf)
        probe = stream(problem.job.seed, "init", "probe").standard_normal(rates.shape)
        going, now, beyond = np.arange(len(trials)), rates.copy(), problem.beyond[trials]
        for iteration in range(int(self.iterations / caution)):
            drive = problem.drive(now, trials[going])
            gap = problem.activity(drive) - now
            size = np.abs(gap).max(axis=1)
            keep = size > self._limit(now)
            if iteration % _EVERY == 0:
                keep &= np.abs(now).max(axis=1) <= beyond[going]
            if not keep.all():
                rates[going], residual[going] = now, size
                going, now, gap, drive, probe = going[keep], now[keep], gap[keep], drive[keep], probe[keep]
                if not len(going):
                    return rates, residual
            # One step of the power method on (slope * W): how much the loop amplifies what it is fed.
            image = problem.slope_times(drive, problem.feedback(probe))
            length = np.linalg.norm(image, axis=1, keepdims=True)
            gain = length / np.linalg.norm(probe, axis=1, keepdims=True)
            probe = np.where(length > 0, image / np.where(length > 0, length, 1.0), probe)
            now += caution / (1.0 + gain) * gap
        rates[going], residual[going] = now, size[keep]
        return rates, residual

    def _limit(self, rates: Array) -> Array:
        limit: Array = self.tolerance * np.maximum(1.0, np.abs(rates).max(axis=1))
        return limit

    def _newton(self, problem: "_Problem", rates: Array, trial: int) -> tuple[Array, float]:
        """Semismooth Newton iterations on r - activation(bias + W r) = 0 with a backtracking line search."""
        _refuse_matrices(len(rates), problem.job.memory_limit)
        which = np.array([trial])
        gap = problem.image(rates[None], which)[0] - rates
        for _ in range(self.newton):
            size = float(np.abs(gap).max())
            if size <= self._limit(rates[None])[0]:
                break
            jacobian = np.eye(len(rates)) - problem.jacobian(rates, trial)
            direction = np.linalg.lstsq(jacobian, gap, rcond=None)[0]
            length = 1.0
            while length > 1e-6:
                candidate = rates + length * direction
                new_gap = problem.image(candidate[None], which)[0] - candidate
                if np.abs(new_gap).max() < size:
                    rates, gap = candidate, new_gap
                    break
                length /= 2
            else:
                break
        return rates, float(np.abs(gap).max())


def _refuse_matrices(units: int, limit: float) -> None:
    """Newton's method takes the square of the units, which no estimate counts: damped iterations nearly always do."""
    needed = 8.0 * _SQUARES * units**2
    if needed > limit:
        raise MemoryLimitError(
            f"simulate: damped iterations do not settle, and Newton's method for {units} units needs about "
            f"{size_of(needed)}; the limit is {size_of(limit)}: lower the loop gain, take fewer units, or raise "
            "memory_limit"
        )


class _Problem:
    """The fixed-point map of a recurrent circuit on the concatenated activity of all populations."""

    def __init__(self, job: Job, inputs: Mapping[str, Array]) -> None:
        self.job = job
        self.names = [p.name for p in job.circuit.populations]
        bounds = np.cumsum([0, *(int(p.size) for p in job.circuit.populations)])
        self.slices = {n: slice(int(bounds[k]), int(bounds[k + 1])) for k, n in enumerate(self.names)}
        self.total = int(bounds[-1])
        self.inner = [p for p in job.circuit.projections if p.pre in self.slices]
        outer = job.circuit.without(*(p.name for p in self.inner))
        self.fixed = np.empty((job.trials, self.total))
        for name, where in self.slices.items():
            self.fixed[:, where] = mean_drive(outer, name, inputs)
        self.beyond = np.full(job.trials, np.inf)

    def feedback(self, rates: Array) -> Array:
        """Drive that these activities cause within the circuit."""
        total = np.zeros_like(rates)
        for p in self.inner:
            total[:, self.slices[p.post]] += p.apply(rates[:, self.slices[p.pre]])
        return total

    def drive(self, rates: Array, trials: Integers) -> Array:
        result: Array = self.fixed[trials] + self.feedback(rates)
        return result

    def activity(self, drive: Array) -> Array:
        return np.concatenate([_activation(self.job, n, drive[:, self.slices[n]]) for n in self.names], axis=1)

    def slope_times(self, drive: Array, change: Array) -> Array:
        """First-order change of the activity when the drive changes."""
        parts = []
        for name in self.names:
            where = self.slices[name]
            transfer = self.job.cells[name].transfer
            assert transfer is not None
            slope = transfer.derivative(drive[:, where])
            flat = transfer.acts_on == "unit"
            part = slope * change[:, where] if flat else np.einsum("nij,nj->ni", slope, change[:, where])
            parts.append(np.clip(part, -1e12, 1e12))
        return np.concatenate(parts, axis=1)

    def image(self, rates: Array, trials: Integers) -> Array:
        return self.activity(self.drive(rates, trials))

    def jacobian(self, rates: Array, trial: int) -> Array:
        """d image / d rates for one trial, (total, total)."""
        drive = self.drive(rates[None], np.array([trial]))[0]
        weights = np.zeros((self.total, self.total))
        for p in self.inner:
            weights[self.slices[p.post], self.slices[p.pre]] += p.factor * p.dense()
        result = np.empty_like(weights)
        for name in self.names:
            where = self.slices[name]
            transfer = self.job.cells[name].transfer
            assert transfer is not None
            slope = transfer.derivative(drive[where])
            result[where] = slope[:, None] * weights[where] if slope.ndim == 1 else slope @ weights[where]
        return np.clip(result, -1e12, 1e12)

    def initial(self, start: str) -> Array:
        everyone = np.arange(self.job.trials)
        first = np.zeros((self.job.trials, self.total))
        if start != "zero" and self.inner:
            first = self.image(first, everyone)
        if start == "random":
            first = first * stream(self.job.seed, "init").uniform(0, 1, size=first.shape)
        for name, state in self.job.initial.items():
            first[:, self.slices[name]] = state["rate"]
        return first

    def far(self, rates: Array) -> Array:
        """What no activity of a steady state reaches, by trial, for one that starts here."""
        alone = self.activity(self.fixed)
        with np.errstate(over="ignore"):
            limit: Array = _BEYOND * np.maximum(1.0, np.maximum(np.abs(alone), np.abs(rates)).max(axis=1))
        return limit

    def split(self, rates: Array) -> dict[str, Array]:
        return {name: rates[:, where].copy() for name, where in self.slices.items()}


def _activation(job: Job, name: str, drive: Array) -> Array:
    transfer = job.cells[name].transfer
    assert transfer is not None
    return transfer(drive)


def _full(drive: Array, trials: int) -> Array:
    return np.broadcast_to(drive, (trials, drive.shape[1]))
