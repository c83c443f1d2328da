"""What one thread of the compiled engine steps: some units, one trial after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from neurosim.engines.base import Job
from neurosim.engines.compiled.counts import Arrivals
from neurosim.engines.compiled.machine_code.columns import Nap
from neurosim.engines.compiled.plan import Plan, SteadyTables, Table, aligned
from neurosim.engines.compiled.sleeping import sleep_tables
from neurosim.engines.compiled.traces import Tracks

_BUFFER = 1 << 17
"""Spikes of a thread before they are moved to their place."""


@dataclass(frozen=True, eq=False)
class Block:
    """Units that are advanced together: their rows of the plan's tables."""

    pops: Table
    consts: Table
    where: Table

    @cached_property
    def size(self) -> int:
        """Number of units."""
        return int(self.pops[:, 1].sum())


class Shared(Protocol):
    """What all threads of a run read, and where each leaves the results of its trials."""

    job: Job
    plan: Plan
    dtype: Any
    noisy: bool
    steady: SteadyTables
    inputs: tuple[Table, Table, Table]
    first: tuple[Table, ...]
    final: tuple[Table, ...]
    counts: Table
    tracks: Tracks
    keeps_spikes: bool
    sleepers: Table
    generators: dict[int, Any]
    advance: Callable[..., Any]


class State:
    """What changes from step to step, for one trial at a time."""

    def __init__(self, run: Shared, block: Block) -> None:
        plan = run.plan
        self.run, self.block = run, block
        self.fixed = (
            block.pops, block.consts, block.where, plan.factors, plan.own, plan.paths, plan.weights, plan.pointers,
            plan.targets,
        )  # fmt: skip
        self.renew()
        kind = run.dtype
        flags = aligned(plan.flags, np.uint8)
        slots = int(plan.pops[:, 8].max())
        self.varying = (
            aligned(plan.units, kind), aligned(plan.variables, kind), aligned(plan.units, np.int32),
            np.zeros(plan.ring, np.int32), np.zeros((len(block.pops), slots), np.int64),
            np.zeros(len(plan.paths), np.int64), flags, flags.view(np.uint64), aligned(plan.units, kind),
            np.zeros(plan.units, np.int32), np.zeros((len(block.pops), 2), np.int64), np.zeros(plan.units, kind),
            np.zeros(len(block.pops), np.int64),
        )  # fmt: skip
        self.sleep = sleep_tables(plan, run.sleepers, kind)
        keep = max(_BUFFER, plan.units) if run.keeps_spikes else 0
        self.out: Table = np.empty((3, keep), np.int32)
        self.quiet = np.zeros((0, 0), kind)
        self.generator: np.random.Generator | None = None
        self.drawn: tuple[int, Any] = (0, None)
        self.source = Arrivals(run.job, kind) if run.job.counted_inputs else None
        self.arrived: tuple[int, Any] = (0, None)

    def renew(self) -> None:
        """The input of the job that the run has now."""
        self.outside = (*self.run.steady.tables, *self.run.inputs)
        self.results = (self.run.final, self.run.counts, self.run.tracks.tables)

    def advance(self, span: list[int]) -> tuple[int, int, int]:
        """One call of the machine code: trial and step at which it stopped, and the number of spikes in `out`."""
        job = self.run.job
        counted = job.start + job.schedule.settle_steps
        bounds = np.array([*span, counted, job.start, job.stop], dtype=np.int64)
        trial, step, written = self.call(bounds, span)
        return int(trial), int(step), int(written)

    @property
    def slept(self) -> int:
        """Steps of units that were not made, because they slept."""
        return int(self.sleep[0][:, Nap.SLEPT].sum())

    def call(self, bounds: Table, span: list[int]) -> Any:
        """The machine code with its tables."""
        return self.run.advance(
            bounds, *self.fixed, *self.outside, self.run.first, self.noise(span), self.arrivals(span), *self.varying,
            self.sleep, *self.results, self.out,
        )  # fmt: skip

    def arrivals(self, span: list[int]) -> Table:
        """What numbers of spikes bring in the steps of a span."""
        if self.source is None:
            return self.quiet
        first, _, start, stop = span
        begin, rows = self.arrived
        if rows is None or start == self.run.job.start or stop > begin + len(rows):
            begin, rows = start, self.source.rows(first, start, stop)
            self.arrived = begin, rows
        part: Table = rows[start - begin :]
        return part

    def take(self, written: int) -> Table:
        """The spikes of the last call: the buffer itself if it is well filled, else a copy."""
        part: Table = self.out[:, :written]
        if 2 * written < self.out.shape[1]:
            return part.copy()
        self.out = np.empty_like(self.out)
        return part

    def noise(self, span: list[int]) -> Table:
        """Standard normal numbers of the steps of a span, from the trial's own stream whatever the spans."""
        if not self.run.noisy:
            return self.quiet
        first, _, start, stop = span
        job = self.run.job
        if start == job.start:
            self.generator = job.noise(first)
            self.drawn = (0, None)
        begin, numbers = self.drawn
        if numbers is None or stop > begin + len(numbers):
            assert self.generator is not None
            numbers = self.generator.standard_normal((stop - start, self.run.plan.units), dtype=self.run.dtype)
            begin = start
            self.drawn = (begin, numbers)
            if stop == job.stop:
                self.run.generators[first] = self.generator.bit_generator.state
        part: Table = numbers[start - begin :]
        return part
