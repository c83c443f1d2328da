"""The compiled engine where something learns while a trial runs: weights by spike times, thresholds of the cells."""

import dataclasses
from collections.abc import Collection, Mapping
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.circuits.circuit import Projection
from neurosim.engines.base import (
    EVERY,
    Job,
    Presented,
    Teacher,
    Units,
    drive_while_learning,
    learned_of,
    learns,
    plastic_entries,
)
from neurosim.engines.compiled.machine_code.columns import Amount, Const, Learn
from neurosim.engines.compiled.plan import Table, active, aligned, steady_tables
from neurosim.engines.compiled.run import Run, Settings
from neurosim.engines.compiled.state import failures
from neurosim.engines.compiled.stepper import Block, State
from neurosim.engines.steady_input import still_input
from neurosim.engines.steady_weights import SteadyWeights
from neurosim.failures import first_of_each
from neurosim.final_state import FinalState
from neurosim.params import Array
from neurosim.per_unit import is_array
from neurosim.plasticity.base import SpikeRule
from neurosim.plasticity.trace_rule import TraceRule
from neurosim.recording import Recording


def needs_learning(job: Job) -> bool:
    """Whether weights or cells learn while a trial runs."""
    return learns(job) or bool(learned_of(job))


def refuse_to_learn(job: Job) -> str | None:
    """Why the compiled engine does not run what learns in this job, in one sentence; None if it does."""
    if not needs_learning(job):
        return None
    if job.counted_inputs:
        return "numbers of spikes (counts) do not reach what learns; use poisson or regular spikes"
    for p in job.circuit.projections:
        if isinstance(p.rule, SpikeRule) and not isinstance(p.rule, TraceRule):
            return f"it learns by tables of traces, and {type(p.rule).__name__} of projection {p.name!r} is none"
        if isinstance(p.rule, SpikeRule) and p.tau == 0 and is_array(job.cells[p.post].impulse):  # type: ignore[attr-defined]
            return f"instantaneous synapses that learn (projection {p.name!r}) act alike on all units; take tau > 0"
    return None


_TRACES = ("x1", "x2", "y1", "y2")


class _Changing:
    """Projections whose weights change, as flat tables: by source, and a list of the ways back where one is needed."""

    def __init__(self, job: Job, changing: Collection[str], kind: Any) -> None:
        paths = active(job)
        number = {p.name: k for k, p in enumerate(job.circuit.populations)}
        self.parts = [p for p in paths if isinstance(p.rule, TraceRule) or p.name in changing]
        self.row_of = np.full(len(paths), -1, dtype=np.int64)
        self.learn = np.zeros((len(self.parts), len(Learn)), dtype=np.int64)
        self.amounts = np.zeros((len(self.parts), len(Amount)), dtype=kind)
        lists: dict[str, list[Table]] = {"pointers": [], "targets": [], "back": [], "entries": [], "sources": []}
        begin = pre = post = 0
        for q, p in enumerate(self.parts):
            self.row_of[paths.index(p)] = q
            n_post, n_pre = p.weights.shape
            listed = p.connected() is not None
            to, source = plastic_entries(p) if listed else (np.zeros(0, np.int64), np.zeros(0, np.int64))
            row = {
                Learn.N_PRE: n_pre, Learn.N_POST: n_post, Learn.SPARSE: listed, Learn.WEIGHTS: begin,
                Learn.POINTERS: sum(map(len, lists["pointers"])), Learn.BACK_POINTERS: sum(map(len, lists["back"])),
                Learn.PRE: pre, Learn.POST: post, Learn.TARGET: number[p.post], **_flags(p),
            }  # fmt: skip
            self.learn[q, list(row)] = list(row.values())
            values = _amounts(p, job)
            self.amounts[q, list(values)] = list(values.values())
            size = len(to) if listed else n_post * n_pre
            back = np.lexsort((source, to))
            lists["pointers"].append(np.searchsorted(source, np.arange(n_pre + 1)))
            lists["back"].append(np.searchsorted(to[back], np.arange(n_post + 1)))
            for key, part in (("targets", to), ("entries", back), ("sources", source[back])):
                lists[key].append(part if listed else np.zeros(0, np.int64))
                # Lists keep step with the weights, so that one position serves them all.
                if not listed and any(r.connected() is not None for r in self.parts):
                    lists[key][-1] = np.zeros(size, np.int64)
            begin, pre, post = begin + size, pre + n_pre, post + n_post
        self.w = aligned(begin, kind)
        self.lists = tuple(np.concatenate([np.zeros(0, np.int64), *part]).astype(np.int64) for part in lists.values())
        self.last = np.zeros(pre, dtype=np.int32)
        self.faded = _faded(self.learn, self.amounts, job.stop)
        self.traces = tuple(np.zeros(size, dtype=kind) for size in (pre, pre, post, post))
        self.touched = np.zeros(post, dtype=np.uint8)
        self.row = {p.name: q for q, p in enumerate(self.parts)}
        self.rows: list[list[int]] = self.learn.tolist()
        self.dense = [self._dense(row) for row in self.rows]
        for p in self.parts:
            self.give(p.name, EVERY, p.dense())

    def start(self) -> None:
        """The beginning of a trial: traces at 0."""
        self.last[:] = -1
        for trace in (*self.traces, self.touched):
            trace[:] = 0

    def resume(self, synapses: Mapping[str, Mapping[str, Array]], start: int) -> None:
        """Weights and traces that an earlier run left behind at step `start`."""
        for q, p in enumerate(self.parts):
            if p.name not in synapses:
                continue
            given, row = synapses[p.name], self.rows[q]
            self.give(p.name, EVERY, given["weights"])
            for name, trace, where in zip(_TRACES, self.traces, self._sides(q), strict=True):
                trace[where] = given.get(name, 0.0)
            if row[Learn.X1_TO_ONE]:
                # The step of the last spike, from what its trace has become: the table falls, so it is read backwards.
                x1, fallen = np.asarray(given["x1"], dtype=self.w.dtype), self.faded[q, ::-1]
                age = self.faded.shape[1] - 1 - np.searchsorted(fallen, x1)
                self.last[self._sides(q)[0]] = np.where(x1 > 0, start - 1 - age, -1)

    def synapses(self, stop: int) -> dict[str, dict[str, Array]]:
        """Weights and traces as they are after the step before `stop`."""
        result = {}
        for q, p in enumerate(self.parts):
            sides = self._sides(q)
            found = {
                name: np.array(t[w], dtype=np.float64) for name, t, w in zip(_TRACES, self.traces, sides, strict=True)
            }
            if self.rows[q][Learn.X1_TO_ONE]:
                last = self.last[sides[0]]
                found["x1"] = np.where(last >= 0, self.faded[q, np.maximum(stop - 1 - last, 0)], 0.0)
            result[p.name] = {"weights": self.incoming(p.name, EVERY), **found}
        return result

    def _sides(self, q: int) -> tuple[slice, slice, slice, slice]:
        """Where the four traces of a projection stand."""
        row = self.rows[q]
        pre = slice(row[Learn.PRE], row[Learn.PRE] + row[Learn.N_PRE])
        post = slice(row[Learn.POST], row[Learn.POST] + row[Learn.N_POST])
        return pre, pre, post, post

    def touched_by(self, q: int) -> Units:
        """Units whose weights may have changed since the start of the trial."""
        row = self.rows[q]
        if row[Learn.ON_PRE]:
            return EVERY
        return np.flatnonzero(self.touched[row[Learn.POST] : row[Learn.POST] + row[Learn.N_POST]])

    def incoming(self, name: str, units: Units) -> Array:
        """The weights of some units as they are, (units, pre)."""
        q = self.row[name]
        if not self.rows[q][Learn.SPARSE]:
            return np.array(self.dense[q][:, units].T, dtype=np.float64, order="C")
        rows, sources, places = self._listed(q, units)
        result = np.zeros((len(np.arange(self.rows[q][Learn.N_POST])[units]), self.rows[q][Learn.N_PRE]))
        result[rows, sources] = self.w[places]
        return result

    def give(self, name: str, units: Units, weights: Array) -> Array:
        """Other weights for some units; as they are kept."""
        q = self.row[name]
        if self.rows[q][Learn.SPARSE]:
            rows, sources, places = self._listed(q, units)
            self.w[places] = weights[rows, sources]
        else:
            self.dense[q][:, units] = weights.T
        return weights if self.w.dtype == np.float64 else weights.astype(self.w.dtype).astype(np.float64)

    def _dense(self, row: list[int]) -> Table:
        """Weights by source where every pair of cells has one; else none."""
        pre, post, begin = row[Learn.N_PRE], row[Learn.N_POST], row[Learn.WEIGHTS]
        return self.w[:0] if row[Learn.SPARSE] else self.w[begin : begin + pre * post].reshape(pre, post)

    def _listed(self, q: int, units: Units) -> tuple[Table, Table, Table]:
        """Row, presynaptic unit and place of each listed weight of some units."""
        back, entries, sources = self.lists[2:]
        begin, first, n = self.learn[q, [Learn.WEIGHTS, Learn.BACK_POINTERS, Learn.N_POST]].tolist()
        starts = back[first : first + n][units]
        lengths = back[first + 1 : first + n + 1][units] - starts
        rows = np.repeat(np.arange(len(starts)), lengths)
        place = begin + np.arange(lengths.sum()) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        return rows, sources[place], begin + entries[place]

    @property
    def tables(self) -> tuple[Any, ...]:
        """In the order in which the machine code takes them."""
        return (
            self.row_of,
            self.learn,
            self.amounts,
            self.w,
            *self.lists,
            *self.traces,
            self.last,
            self.faded,
            self.touched,
        )


def _faded(learn: Table, amounts: Table, steps: int) -> Table:
    """What a trace of 1 has become after so many steps, by projection, multiplied step by step as traces are."""
    result = np.ones((len(learn), steps + 1), dtype=amounts.dtype)
    result[:, 1:] = amounts[:, [Amount.X1]]
    return np.multiply.accumulate(result, axis=1, dtype=amounts.dtype)


def _flags(p: Projection) -> dict[int, bool]:
    if not isinstance(p.rule, TraceRule):
        return {}
    table = p.rule.table
    return {
        Learn.ON_PRE: any(table.pre), Learn.ON_POST: any(table.post), Learn.SOFT: table.soft,
        Learn.X1_TO_ONE: table.x1.to_one, Learn.X2_TO_ONE: table.x2.to_one,
        Learn.Y1_TO_ONE: table.y1.to_one, Learn.Y2_TO_ONE: table.y2.to_one,
    }  # fmt: skip


def _amounts(p: Projection, job: Job) -> dict[int, float]:
    cell, dt = job.cells[p.post], job.schedule.dt
    assert isinstance(cell, SpikingCell)
    # As in Brian2's code for the same synapses: one over tau, then times the weight.
    result: dict[int, float] = {Amount.GAIN: p.factor / p.tau if p.tau > 0 else p.factor * cell.impulse}
    if isinstance(p.rule, TraceRule):
        table = p.rule.table
        decays = {Amount.X1: table.x1, Amount.X2: table.x2, Amount.Y1: table.y1, Amount.Y2: table.y2}
        result[Amount.W_MAX] = p.rule.w_max
        result |= {int(k): float(np.exp(-dt / trace.tau)) for k, trace in decays.items()}
        result |= dict(zip(range(Amount.PRE_CONSTANT, Amount.X1), (*table.pre, *table.post), strict=True))
    return result


class _LearningState(State):
    """The state of a run that learns; its weights and traces are the run's, because there is one trial then."""

    def __init__(self, run: "LearningRun", block: Block) -> None:
        super().__init__(run, block)
        self.theta = aligned(run.plan.units, run.dtype)
        self.mine = (*run.changing.tables, run.raising, run.start_theta, self.theta, run.learned)

    def call(self, bounds: Table, span: list[int]) -> Any:
        return self.run.advance(
            bounds, *self.fixed, *self.outside, self.run.first, self.noise(span), *self.varying, *self.results,
            self.out, *self.mine,
        )  # fmt: skip


class LearningRun(Run):
    """One run, or one presentation after the other on the same tables."""

    may_repeat = False

    def __init__(self, settings: Settings, job: Job, changing: Collection[str] = ()) -> None:
        super().__init__(settings, job)
        self.changing = _Changing(job, changing, self.dtype)
        self.raising = np.zeros((len(self.plan.offsets), 3), dtype=self.dtype)
        for k, name in enumerate(self.plan.offsets):
            cell = job.cells[name]
            if isinstance(cell, HomeostaticLIF):
                fall, rise = self.plan.consts[k, [Const.FALL, Const.RISE]]
                self.raising[k] = 1.0, fall, rise
        self.start_theta = np.zeros((job.trials if job.initial else 1, self.plan.units), dtype=self.dtype)
        self._begin(job.learned)
        self.take(job)

    def code(self) -> ModuleType:
        from neurosim.engines.compiled.machine_code import learning

        return learning

    def _blocks(self, traced: bool) -> list[Block]:
        return [Block(self.plan.pops, self.plan.consts, self.plan.where)]

    def state(self, block: Block) -> State:
        return _LearningState(self, block)

    def take(self, job: Job) -> None:
        """Other trials, with room for what comes of them."""
        if job is not self.job:
            self.prepare(job)
            self.advance = self.quickest()
        self.learned = np.zeros((job.trials, self.plan.units))
        self.kept: State | None = None

    def steer(self, job: Job) -> None:
        """The same trials with other weights of the steady inputs."""
        self.job, self.applied = job, still_input(job)
        self.steady = steady_tables(job, self.plan, self.dtype, self.applied, {})

    def _begin(self, learned: Mapping[str, Mapping[str, Array]]) -> None:
        self.changing.start()
        self.start_theta[:] = 0.0
        for name, values in learned.items():
            self.start_theta[:, self.plan.offsets[name]] = values.get("theta", 0.0)
        for name, values in self.job.initial.items():
            if "theta" in values:
                self.start_theta[:, self.plan.offsets[name]] = values["theta"]
        if self.job.resumed is not None:
            self.changing.resume(self.job.resumed.synapses, self.job.start)

    def present(
        self, trial: int, learned: Mapping[str, Mapping[str, Array]], bias: Mapping[str, Array]
    ) -> Presented:  # fmt: skip
        """One of the trials by itself."""
        self._begin(learned)
        if bias:
            self.steady = steady_tables(self.job, self.plan, self.dtype, self.applied, bias)
        block, self.spikes = self.blocks[0], [[]]
        self.kept = self.kept or self.state(block)
        self.kept.renew()
        self.failed = []
        self._advance(self.kept, 0, block, trial, trial + 1)
        ended = (self.final[0][[trial]], self.final[1][[trial]])
        found = first_of_each([*self.failed, *failures(self.job, self.plan, ended, [0], self.job.stop)])
        rates = {
            name: self.counts[[trial], part] / self.job.schedule.window for name, part in self.plan.offsets.items()
        }
        now = {name: {"theta": self.learned[trial, self.plan.offsets[name]]} for name in learned_of(self.job)}
        learning = enumerate(self.changing.parts)
        touched = {p.name: self.changing.touched_by(q) for q, p in learning if p.rule is not None}
        return Presented(rates, now, touched, partial(self._presented, trial, rates, now), found)

    def _presented(
        self, trial: int, rates: Mapping[str, Array], learned: Mapping[str, Mapping[str, Array]]
    ) -> Recording:  # fmt: skip
        job = self.job.only(trial)
        drive = drive_while_learning(job, {**job.input_rates(), **rates}, still_input(job))
        learned = {name: {v: a[np.newaxis] for v, a in values.items()} for name, values in learned.items()}
        return Recording(
            "spiking", rates, drive, self._weights(), np.ones(1, dtype=bool), {}, {}, self._extra(), learned
        )  # fmt: skip

    def recording(self) -> Recording:
        """What was recorded, with weights and cells as they are now."""
        offsets = self.plan.offsets
        learned = {name: {"theta": self.learned[:, offsets[name]]} for name in learned_of(self.job)}
        return dataclasses.replace(super().recording(), weights=self._weights(), learned=learned)

    def final_state(self) -> FinalState:
        """With the thresholds that the cells have learned."""
        state, offsets = super().final_state(), self.plan.offsets
        learned = {name: {"theta": self.learned[:, offsets[name]]} for name in learned_of(self.job)}
        every = {name: {**part, **learned.get(name, {})} for name, part in state.variables.items()}
        return dataclasses.replace(state, variables=every)

    def _synapses_at_end(self) -> dict[str, dict[str, Array]]:
        return self.changing.synapses(self.job.stop)

    def _weights(self) -> dict[str, Any]:
        fixed = {p.name: p.weights for p in self.job.circuit.projections}
        return fixed | {p.name: self.changing.incoming(p.name, EVERY) for p in self.changing.parts}


class CompiledTeacher(Teacher):
    """Tables that are made once, for one presentation after the other."""

    def __init__(self, settings: Settings, job: Job, changing: Collection[str]) -> None:
        one = dataclasses.replace(job, stimulus=None if job.stimulus is None else job.stimulus.select([0]))
        self.steady = SteadyWeights(job, changing)
        self.run = LearningRun(settings, one, changing)
        self.run.planned = job.trials

    def take(self, job: Job) -> None:
        self.run.take(job)

    def present(
        self, trial: int, learned: Mapping[str, Mapping[str, Array]], bias: Mapping[str, Array]
    ) -> Presented:  # fmt: skip
        if self.steady.weights:
            self.run.steer(self.steady.job(self.run.job))
        return self.run.present(trial, learned, bias)

    def incoming(self, name: str, units: Units) -> Array:
        return self.steady.incoming(name, units) if name in self.steady else self.run.changing.incoming(name, units)

    def give(self, name: str, units: Units, weights: Array) -> Array:
        if name in self.steady:
            return self.steady.give(name, units, weights)
        return self.run.changing.give(name, units, weights)
