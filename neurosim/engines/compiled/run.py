"""One run of the compiled engine: the tables that all threads read, and what each thread changes."""

import dataclasses
import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.engines.apart import all_spikes, apart_populations, with_input_apart
from neurosim.engines.base import Job, drive_while_learning
from neurosim.engines.compiled.counts import AHEAD
from neurosim.engines.compiled.plan import Plan, Table, input_tables, make_plan, steady_tables
from neurosim.engines.compiled.repeating import Repetition, bounded, repeats
from neurosim.engines.compiled.sleeping import sleepers
from neurosim.engines.compiled.state import beginning, failures, flight_at_end, room, variables_at_end
from neurosim.engines.compiled.stepper import Block, State
from neurosim.engines.compiled.traces import Tracks
from neurosim.engines.record import Record
from neurosim.engines.spiking_state import without_failures
from neurosim.engines.steady_input import still_input
from neurosim.failures import Failure
from neurosim.final_state import FinalState
from neurosim.params import Array, ParameterError
from neurosim.recording import Recording, Spikes, Traces

_CALL = 3e7
"""Unit-steps of one call of the machine code (about 0.05 s): how often progress is shown and Ctrl-C is heard."""
_NUMBERS = 1 << 16
"""Random numbers drawn at a time."""
_PARTS = 16
"""Parts of a trial in which the spikes of several blocks are put in order."""
_BLOCK = 1024
"""Independent units that go through all steps together: their state fits the processor's nearest cache."""


def threads_of(wanted: int) -> int:
    """How many threads a run may use, where so many are wanted (0: as many as there are)."""
    if wanted:
        return wanted
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("NUMBA_NUM_THREADS") or str(available)
    if not limit.isdecimal():
        raise ParameterError(f"the variable NUMBA_NUM_THREADS: got {limit!r}, expected a whole number of threads")
    return max(1, min(available, int(limit)))


class Settings(NamedTuple):
    """What the engine's user chose."""

    precision: str
    threads: int
    shortcut: bool
    sleep: bool = True


class Run:
    """One run: the tables that all threads read, and the results that each writes to its own trials."""

    may_repeat = True
    planned = 1
    """Trials of all jobs that it will be given."""

    def __init__(self, settings: Settings, job: Job) -> None:
        self.settings, self.dtype = settings, np.dtype(settings.precision)
        self.plan: Plan = make_plan(job, self.dtype)
        self.steps = job.schedule.steps
        self.noisy = any(isinstance(cell, SpikingCell) and cell.noisy for cell in job.cells.values())
        self.lock = threading.Lock()
        self.tracks = Tracks(job, self.plan, self.dtype)
        self.apart = bool(apart_populations(job))
        self.keeps_spikes = "spikes" in job.record or self.apart
        self.blocks = self._blocks(len(self.tracks.rows) > 0)
        self.sleepers = sleepers(job, self.plan, self.dtype) if settings.sleep else np.zeros(0, dtype=bool)
        self.prepare(job)
        self.threads = min(threads_of(settings.threads), job.trials * len(self.blocks))
        self.repetition: Repetition | None = None
        if settings.shortcut and self.may_repeat and repeats(job, self.plan) and bounded(job, self.steady.current):
            self.threads = min(threads_of(settings.threads), job.trials * -(-self.plan.units // 1024))
            self.repetition = Repetition(job, self.plan, self.steady.current, self.threads)

    def code(self) -> ModuleType:
        """The module whose `advance` goes through time."""
        from neurosim.engines.compiled.machine_code import stepping

        return stepping

    def quickest(self) -> Callable[..., Any]:
        """Its `advance`, compiled or interpreted, for the job of now."""
        from neurosim.engines.compiled.machine_code.interpreted import quickest

        module, plan, job = self.code(), self.plan, self.job
        if self.dtype != np.float64:
            return module.advance  # type: ignore[no-any-return]
        every_step = self.steps * (10 * (1 + len(plan.paths)) + plan.units + plan.variables)
        every_spike = 100 * job.schedule.duration * sum(math.prod(p.weights.shape) for p in job.circuit.projections)
        work = every_step + every_spike
        return quickest(module, "advance", job.trials * work, self.planned * work)

    def prepare(self, job: Job) -> None:
        """What a job brings: its input, and room for the results."""
        self.job = job
        self.trains = job.input_spikes()
        self.applied = still_input(job)
        self.steady = steady_tables(job, self.plan, self.dtype, self.applied, {})
        self.inputs = input_tables(self.trains, job)
        self.counts = np.zeros((job.trials, self.plan.units), dtype=np.int64)
        parts = [(int(first), int(first + size)) for block in self.blocks for first, size in block.pops[:, :2]]
        self.first = beginning(job, self.plan, self.dtype, parts)
        self.final = room(job, self.plan, self.dtype)
        self.generators: dict[int, Any] = {}
        self.failed: list[Failure] = []
        self.spikes: list[list[Table]] = []
        self.done = 0
        self.stopped = False
        self.slept = 0

    def state(self, block: Block) -> State:
        """What a thread needs of its own."""
        return State(self, block)

    def _blocks(self, traced: bool) -> list[Block]:
        """Everything at once; units that nothing connects in parts, which no result depends on."""
        plan = self.plan
        if len(plan.paths) or self.noisy or traced:
            return [Block(plan.pops, plan.consts, plan.where)]
        blocks = []
        for k, (offset, size) in enumerate(plan.pops[:, :2].tolist()):
            for begin in range(0, size, _BLOCK):
                pops = plan.pops[k : k + 1].copy()
                pops[0, :2] = offset + begin, min(_BLOCK, size - begin)
                blocks.append(Block(pops, plan.consts[k : k + 1], plan.where + begin))
        return blocks

    def everything(self) -> None:
        """All trials."""
        if self.repetition is not None:
            self.counts = self.repetition.counts()
            return
        self.advance = self.quickest()
        groups = min(self.job.trials, 1 if self.threads == 1 else 8 * self.threads)
        edges = [k * self.job.trials // groups for k in range(groups + 1)]
        tasks = [(b, edges[k], edges[k + 1]) for b in self.blocks for k in range(groups)]
        self.spikes = [[] for _ in tasks]
        waiting = deque(enumerate(tasks))
        if self.threads == 1:
            self._groups(waiting)
            return
        # This thread works too: to start one costs a millisecond.
        with ThreadPoolExecutor(self.threads - 1, thread_name_prefix="compiled") as pool:
            others = [pool.submit(self._groups, waiting) for _ in range(self.threads - 1)]
            self._groups(waiting)
            for other in others:
                other.result()

    def _wanted(self, spikes: Table) -> Table:
        """Of spikes (trial, step and unit of each) those of units whose spikes are wanted: memory follows these."""
        if self.apart or all(units is None for units in self.job.record["spikes"].units.values()):
            return spikes
        return spikes[:, self.spiking_units[spikes[2]]]

    @cached_property
    def spiking_units(self) -> Table:
        """Whether a unit's spikes are wanted."""
        wanted, found = self.job.record["spikes"], np.zeros(self.plan.units, dtype=bool)
        for name in wanted.units:
            found[self.plan.offsets[name]][wanted.picked(name)] = True
        return found

    def _groups(self, waiting: "deque[tuple[int, tuple[Block, int, int]]]") -> None:
        """Groups of trials as long as there are some, on one state per block."""
        state: State | None = None
        try:
            while waiting:
                try:
                    number, (block, first, last) = waiting.popleft()
                except IndexError:
                    return  # another thread was faster
                if state is None or state.block is not block:
                    state = self.state(block)
                self._advance(state, number, block, first, last)
        except BaseException:
            self.stopped = True
            raise
        finally:
            if state is not None:
                with self.lock:
                    self.slept += state.slept

    def _advance(self, state: State, number: int, block: Block, first: int, last: int) -> None:
        """A block's trials from first to last - 1, on this state."""
        for span in self._spans(first, last, block.size):
            if self.stopped:
                return
            begin = [span[0], span[1], span[2], span[3]]
            while True:
                trial, step, written = state.advance(begin)
                if written:
                    self.spikes[number].append(self._wanted(state.take(written)))
                if trial == span[1]:
                    break
                begin = [trial, span[1], step, span[3]]
            if span[3] < self.job.stop:
                self._check(state, span)
            self._report((span[1] - span[0]) * (span[3] - span[2]) * block.size)

    def _spans(self, first: int, last: int, units: int) -> Iterator[tuple[int, int, int, int]]:
        """(first trial, last trial + 1, first step, last step + 1) of each call: whole trials, or parts of one."""
        steps, begin, end = self.steps, self.job.start, self.job.stop
        together = int(_CALL / (units * steps))
        ahead = _NUMBERS if self.noisy else AHEAD if self.job.counted_inputs else _CALL
        if together >= 1 and ahead == _CALL:
            for trial in range(first, last, together):
                yield trial, min(trial + together, last), begin, end
            return
        length = max(1, int(ahead / units))
        for trial in range(first, last):
            for start in range(begin, end, length):
                yield trial, trial + 1, start, min(start + length, end)

    def _check(self, state: State, span: tuple[int, int, int, int]) -> None:
        """A look at the state where a part of a trial ends."""
        part = tuple(values[None] for values in state.varying[:2])
        found = failures(self.job, self.plan, (part[0], part[1]), [span[0]], span[3])
        if found:
            with self.lock:
                self.failed += found

    def _failures(self) -> list[Failure]:
        """What was seen in between and at the end."""
        job = self.job
        at_end = failures(job, self.plan, (self.final[0], self.final[1]), list(range(job.trials)), job.stop)
        return [*self.failed, *at_end]

    def _report(self, work: int) -> None:
        with self.lock:
            self.done += work
            self.job.progress(self.done / (self.steps * self.counts.size))

    def rates(self) -> dict[str, Array]:
        """Mean activity (trials, units) in Hz of every population."""
        return {name: self.counts[:, part] / self.job.schedule.window for name, part in self.plan.offsets.items()}

    def recording(self) -> Recording:
        """What was recorded."""
        job, rates = self.job, self.rates()
        rates, failed = without_failures(job, rates, self._failures())
        done = np.ones(job.trials, dtype=bool)
        done[[failure.trial for failure in failed]] = False
        drive = drive_while_learning(job, {**job.input_rates(), **rates}, self.applied)
        weights = {p.name: p.weights for p in job.circuit.projections}
        every = self._spikes()
        return Recording(
            "spiking", rates, drive, weights, done, all_spikes(job, self.trains, every), self._traces(every),
            self._extra(), failures=failed, at_end=self.final_state,
        )  # fmt: skip

    def _traces(self, spikes: dict[str, Spikes]) -> dict[str, Traces]:
        """What was recorded over time."""
        found = self.tracks.traces(self.steady.current, self.steady.steps)
        return with_input_apart(self.job, found, spikes, self.trains) if self.apart else found

    def final_state(self) -> FinalState:
        """The state at the end; where units were repeated and not stepped, by stepping them after all."""
        if self.repetition is not None:
            again = type(self)(self.settings._replace(shortcut=False), dataclasses.replace(self.job, record=Record()))
            again.everything()
            return again.final_state()
        job, plan = self.job, self.plan
        noise = tuple(self.generators[trial] for trial in range(job.trials)) if self.noisy else ()
        return FinalState(
            "spiking", variables_at_end(job, plan, self.final), job.stop, job.schedule.dt, self._synapses_at_end(),
            flight_at_end(job, plan, self.final), noise=noise,
        )  # fmt: skip

    def _synapses_at_end(self) -> dict[str, dict[str, Array]]:
        """Of what learns; nothing does here."""
        return {}

    def _extra(self) -> dict[str, Any]:
        """Of the provenance."""
        import numba

        slept = self.slept / (self.steps * self.counts.size)
        return {"threads": self.threads, "numba": numba.__version__, "slept": slept}

    def _spikes(self) -> dict[str, Spikes]:
        if not self.keeps_spikes:
            return {}
        offsets, dt = self.plan.offsets, self.job.schedule.dt
        if self.repetition is not None:
            return {name: self.repetition.spikes(part) for name, part in offsets.items()}
        if len(self.blocks) > len(offsets):
            return {name: self._merged(part) for name, part in offsets.items()}
        pieces = [piece for group in self.spikes for piece in group]
        trials, steps, units = np.concatenate([np.zeros((3, 0), dtype=np.int32), *pieces], axis=1)
        result = {}
        for name, part in offsets.items():
            mine = slice(None) if len(offsets) == 1 else (units >= part.start) & (units < part.stop)
            unit = units[mine].astype(np.int64) - part.start
            result[name] = Spikes(steps[mine] * dt, unit, trials[mine].astype(np.int64))
        return result

    def _merged(self, part: slice) -> Spikes:
        """The spikes of a population that was advanced in blocks; each piece of what a block left is sorted."""
        from neurosim.engines.compiled.machine_code.arrange import count_steps, merge

        groups, trials, dt = len(self.spikes) // len(self.blocks), self.job.trials, self.job.schedule.dt
        own = [k for k, block in enumerate(self.blocks) if part.start <= block.pops[0, 0] < part.stop]
        pieces = [piece for k in own for group in self.spikes[k * groups : (k + 1) * groups] for piece in group]
        # Parts of the time of a trial whose spikes the nearest caches hold, and which threads can share.
        span, begin, end = -(-self.steps // _PARTS), self.job.start, self.job.stop
        parts = [(trial, start) for trial in range(trials) for start in range(begin, end, span)]
        keys = np.array([trial * end + start for trial, start in parts] + [trials * end])
        edges = [np.searchsorted(piece[0] * np.int64(end) + piece[1], keys).tolist() for piece in pieces]
        ends = np.cumsum([0, *np.diff(edges, axis=1).sum(axis=0).tolist()] if pieces else [0] * len(keys)).tolist()
        times, units = np.empty(ends[-1]), np.empty(ends[-1], dtype=np.int64)

        def fill(k: int) -> None:
            start, mine = (
                parts[k][1],
                [(piece, edge[k], edge[k + 1]) for piece, edge in zip(pieces, edges, strict=True)],
            )
            begins = np.zeros(span + 1, dtype=np.int64)
            for piece, a, b in mine:
                count_steps(piece[1, a:b], start, begins)
            np.cumsum(begins, out=begins)
            for piece, a, b in mine:
                merge(
                    piece[1, a:b], piece[2, a:b], start, begins, part.start, dt, times[ends[k] : ends[k + 1]],
                    units[ends[k] : ends[k + 1]],
                )  # fmt: skip

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(fill, range(len(parts))))
        # Zeros, if there is but one trial, which take no memory until somebody looks at them.
        lengths = np.diff(ends[:: len(parts) // trials])
        which = np.repeat(np.arange(trials), lengths) if trials > 1 else np.zeros(ends[-1], dtype=np.int64)
        return Spikes(times, units, which)
