"""Excitatory and inhibitory input apart: what arrives by positive connections and what by negative ones, over time.

Synapses of one time constant share a variable, in which the two are one sum. So they are computed beside the run, from
its spikes and steady inputs, each as a magnitude: drive = bias + excitation - inhibition.
"""

import copy
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.circuits.circuit import Projection
from neurosim.circuits.delays import parts
from neurosim.circuits.kernels import UniformLateral
from neurosim.engines.base import Job
from neurosim.engines.record import APART, Wanted, as_traces, kept_inputs, kept_spikes
from neurosim.engines.steady_input import Segment, segments, still_input
from neurosim.engines.synapses import delay_steps, is_split, synaptic_variable
from neurosim.params import Array
from neurosim.plasticity.base import SpikeRule
from neurosim.recording import Spikes, Traces
from neurosim.stimuli.spiketrains import Integers, SpikeTrains

_SIGNS = dict(zip(APART, (1, -1), strict=True))


def apart_populations(job: Job) -> list[str]:
    """Populations whose excitation or inhibition is wanted and is no variable of their cells."""
    every = (p.name for p in job.circuit.populations)
    return [name for name in every if job.record.apart(name) and not is_split(job, name)]


def refuse_apart(job: Job) -> str | None:
    """Why excitation and inhibition cannot be told apart in this job, in one sentence; None if they can."""
    for name in apart_populations(job):
        shared: dict[Any, set[int]] = {}
        for p in job.circuit.onto(name):
            where = f"excitation and inhibition of {name!r}: projection {p.name!r}"
            if isinstance(p.rule, SpikeRule):
                return f"{where} learns while it runs, and they are computed with fixed weights; use circuit.frozen()"
            spiking = isinstance(job.cells[name], SpikingCell)
            if spiking and p.tau == 0 and p.pre not in job.steady_inputs:
                return f"{where} is instantaneous: it moves v itself and is no drive; take tau > 0"
            if not spiking and p.sign is None and p.pre not in job.steady_inputs:
                return f"{where} has weights of both signs that share one state; take one of +1 and one of -1"
            if spiking and p.tau > 0:
                shared.setdefault(synaptic_variable(job, p), set()).update(_signs(p))
        known = job.initial.get(name, {})
        for variable, signs in shared.items():
            if len(signs) > 1 and variable in known:
                return (
                    f"excitation and inhibition of {name!r} share the variable {variable!r}, of which the start knows "
                    "the sum alone; give them time constants that differ, or record from time 0"
                )
    return None


def _signs(p: Projection) -> set[int]:
    """Signs of what a projection contributes."""
    if p.sign is not None:
        return {p.sign}
    values = p.weights.data if hasattr(p.weights, "indptr") else p.dense()
    return {sign for sign in (1, -1) if (sign * values > 0).any()}


def of_one_sign(job: Job, population: str, sign: int) -> Job:
    """The job with what a population receives of one sign alone, as magnitudes."""
    kept = []
    for p in job.circuit.onto(population):
        for part in parts(p, job.schedule.dt) if p.sign in (None, sign) else ():
            one = copy.copy(part)
            # The parts of a projection have names that none of a user's can have.
            for name, value in {"weights": _positive(part, sign), "sign": 1, "rule": None}.items():
                object.__setattr__(one, name, value)
            kept.append(one)
    return dataclasses.replace(job, circuit=dataclasses.replace(job.circuit, projections=tuple(kept)))


def _positive(p: Projection, sign: int) -> Any:
    """Magnitudes of the weights of one sign; connections stay where they are."""
    weights = p.weights
    if p.sign is not None:
        return weights
    if isinstance(weights, UniformLateral):
        return weights if sign > 0 else UniformLateral(weights.n, 0.0)
    if not hasattr(weights, "indptr"):
        return np.maximum(sign * weights, 0.0)
    return type(weights)((np.maximum(sign * weights.data, 0.0), weights.indices, weights.indptr), shape=weights.shape)


class Steady:
    """What steady inputs contribute to a population, step by step, through their synapses."""

    def __init__(self, job: Job, population: str, fade: Mapping[float, float]) -> None:
        self.job, self.population, self.fade = job, population, fade
        self.segments: Iterator[Segment] = segments(job, still_input(job))
        self.next: Segment | None = next(self.segments, None)
        self.now: Array = np.zeros((1, 1))
        self.missing: dict[float, Array] = {}
        self.step = 0

    def at(self, step: int) -> Array:
        """The contribution at the beginning of a step, (trials, units), or (1, 1) where there is none; steps ascend."""
        self.go_to(step)
        self._enter(step)
        total = self.now
        for value in self.missing.values():
            total = total + value
        return total

    def go_to(self, step: int) -> None:
        """Forward to a step, before anything that begins in it."""
        while self.step < step:
            self._enter(self.step)
            self.missing = {tau: value * self.fade[tau] for tau, value in self.missing.items()}
            self.step += 1

    def _enter(self, step: int) -> None:
        """The segment that begins here, if one does."""
        if self.next is None or self.next.step != step:
            return
        segment, self.next = self.next, next(self.segments, None)
        for p in self.job.circuit.onto(self.population):
            if p.name in segment.changes:
                self.missing[p.tau] = self.missing.get(p.tau, 0.0) - segment.changes[p.name]
        applied = list(segment.applied.values())
        self.now = np.sum(applied, axis=0) if applied else np.zeros((1, 1))


class _Arriving:
    """Spikes of one source on their way to a population by one projection, step by step."""

    def __init__(self, job: Job, p: Projection, rows: Any, sent: tuple[Integers, Integers, Integers]) -> None:
        steps, units, trials = sent
        order = np.argsort(steps, kind="stable")
        self.units, self.trials, self.start = units[order], trials[order], job.start
        # A spike of step t arrives in step t + lag; the spikes that arrive in one step are a slice.
        arrived = np.arange(job.start, job.stop + 1) - delay_steps(p, job.schedule.dt)
        self.edges = np.searchsorted(steps[order], arrived).tolist()
        weights = p.dense() if isinstance(p.weights, UniformLateral) else p.weights
        self.sparse = hasattr(weights, "indptr")
        self.weights = weights[rows].T.tocsr() if self.sparse else np.ascontiguousarray(weights[rows].T)
        self.tau = p.tau

    def enter(self, step: int, state: Array) -> None:
        """Add what arrives in a step."""
        begin, end = self.edges[step - self.start], self.edges[step - self.start + 1]
        if begin == end:
            return
        units, trials = self.units[begin:end], self.trials[begin:end]
        if self.sparse:
            from scipy.sparse import csr_array

            sent = csr_array((np.ones(len(units)), (trials, units)), shape=(len(state), self.weights.shape[0]))
            state += (sent @ self.weights).toarray() / self.tau
        else:
            np.add.at(state, trials, self.weights[units] / self.tau)


def input_apart(job: Job, sent: Mapping[str, Spikes]) -> dict[str, dict[str, Array]]:
    """Excitation and inhibition by population and name, (steps, trials, units) as wanted; `sent` is all that spiked.

    Of a run that goes on, what its synapses hold at the start is taken from there, and spikes that were on their way
    then arrive.
    """
    result: dict[str, dict[str, Array]] = {}
    emitted = {name: _emitted(job, name, spikes) for name, spikes in sent.items()}
    for name in apart_populations(job):
        for kind in job.record.apart(name):
            result.setdefault(name, {})[kind] = _one_sign(job, name, kind, emitted)
    return result


def _emitted(job: Job, name: str, spikes: Spikes) -> tuple[Integers, Integers, Integers]:
    """Steps, units and trials of what a source sent, with what was under way before."""
    steps = np.rint(spikes.times / job.schedule.dt).astype(np.int64)
    if job.resumed is None or name not in job.resumed.flight:
        return steps, spikes.units, spikes.trials
    flight = job.resumed.flight[name]
    pairs = ((flight.steps, steps), (flight.units, spikes.units), (flight.trials, spikes.trials))
    before, units, trials = (np.concatenate(pair) for pair in pairs)
    return before, units, trials


def _one_sign(
    job: Job, name: str, kind: str, emitted: Mapping[str, tuple[Integers, Integers, Integers]]
) -> Array:  # fmt: skip
    one: Wanted = job.record[kind]
    mine, dt, rows = of_one_sign(job, name, _SIGNS[kind]), job.schedule.dt, one.picked(name)
    fade = {p.tau: _fade(job.cells[name], p.tau, dt) for p in mine.circuit.onto(name) if p.tau > 0}
    steady = Steady(mine, name, fade)
    every = mine.circuit.onto(name)
    arriving = [_Arriving(job, p, rows, emitted[p.pre]) for p in every if p.pre in emitted]
    counted = [(p, _rows(p, rows)) for p in every if p.pre in job.counted_inputs]
    numbers = mine.input_counts(slice(None)) if counted else {}
    size = job.circuit.sizes[name]
    count = one.count(name, size)
    states = _at_start(job, mine, name, kind, fade, count)
    steps = one.steps(job.start, job.stop)
    found, place = np.empty((len(steps), job.trials, count)), 0
    for step in range(job.start, job.stop):
        if place < len(steps) and steps[place] == step:
            total = steady.at(step)
            found[place] = total[:, rows] if total.shape[1] == size else total
            for state in states.values():
                found[place] += state
            place += 1
        for tau, state in states.items():
            state *= fade[tau]
        for part in arriving:
            part.enter(step, states[part.tau])
        for p, weights in counted:
            if step >= delay_steps(p, dt):
                states[p.tau] += np.asarray((weights @ numbers[p.pre].at(step - delay_steps(p, dt)).T).T) / p.tau
    return found


def _rows(p: Projection, rows: Any) -> Any:
    return (p.dense() if isinstance(p.weights, UniformLateral) else p.weights)[rows]


def _at_start(
    job: Job, mine: Job, name: str, kind: str, fade: Mapping[float, float], count: int
) -> dict[float, Array]:  # fmt: skip
    """What the synapses hold before the first step, by time constant."""
    states = {tau: np.zeros((job.trials, count)) for tau in fade}
    known = job.initial.get(name, {})
    rows, sign = job.record[kind].picked(name), _SIGNS[kind]
    steady = Steady(mine, name, fade)
    steady.go_to(job.start)
    for p in job.circuit.onto(name):
        if p.tau in states and sign in _signs(p) and (variable := synaptic_variable(job, p)) in known:
            states[p.tau] = sign * np.asarray(known[variable], dtype=np.float64)[:, rows]
            if p.tau in steady.missing:
                states[p.tau] -= steady.missing[p.tau][:, rows]
    return states


def _fade(cell: Any, tau: float, dt: float) -> float:
    """What is left of a synaptic variable after a step, by the cell's method of integration."""
    step = -dt / tau
    method = "euler" if cell.noisy else cell.method
    return {"euler": 1 + step, "rk2": 1 + step * (1 + step / 2)}.get(method, float(np.exp(step)))


def refuse_inputs(job: Job) -> str | None:
    """Why input spikes cannot be recorded, in one sentence; None if they can, or if nobody wants them."""
    if "input_spikes" not in job.record:
        return None
    units = job.record["input_spikes"].units
    for name, numbers in units.items():
        if name not in job.spiking_inputs and (numbers is not None or len(units) == 1):
            kind = "" if job.stimulus is None else f" ({job.stimulus.kind(name)})"
            return f"the input {name!r}{kind} sends no single spikes to record; take poisson, regular or given spikes"
    if not job.spiking_inputs & set(units):
        return "no input sends single spikes to record; take poisson, regular or given spikes"
    return None


def all_spikes(job: Job, trains: Mapping[str, SpikeTrains], spikes: Mapping[str, Spikes]) -> dict[str, Spikes]:
    """Spikes of populations and of inputs, as wanted."""
    found: dict[str, Spikes] = {}
    if "spikes" in job.record:
        one = job.record["spikes"]
        found = {name: kept_spikes(each, one, name) for name, each in spikes.items() if name in one.units}
    return found | kept_inputs(trains, job.record, job.start)


def with_input_apart(
    job: Job, traces: Mapping[str, Traces], spikes: Mapping[str, Spikes], trains: Mapping[str, SpikeTrains]
) -> dict[str, Traces]:  # fmt: skip
    """Variables over time, with what comes of the spikes of all populations and inputs beside them."""
    inputs = {name: Spikes(train.times, train.units, train.trials) for name, train in trains.items()}
    result, span = dict(traces), (job.start, job.stop)
    for name, values in input_apart(job, {**spikes, **inputs}).items():
        known = dict(traces[name].values) if name in traces else {}
        result[name] = as_traces({**known, **values}, job.record, name, span, job.schedule.dt)
    return result
