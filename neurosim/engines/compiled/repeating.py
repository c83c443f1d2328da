"""The compiled engine's short cut for units that repeat themselves: each interval is that after the first reset."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.engines.base import Job
from neurosim.engines.compiled.machine_code.columns import Const, Pop
from neurosim.engines.compiled.plan import Plan, Table
from neurosim.engines.steady_input import change_steps
from neurosim.failures import LARGEST_STATE
from neurosim.recording import Spikes

_TILE = 256
"""Units that are looked at together."""
_PARTS = 16
"""Parts of a trial whose spikes are put in order together: the nearest caches hold them."""


def bounded(job: Job, current: Table) -> bool:
    """Whether no drive can carry `v` beyond its bounds: else somebody has to look at it."""
    largest = float(np.abs(current).max(initial=0.0))
    # A leak holds v below its drive; without one it goes on by drive/tau_m.
    fastest = min(float(np.min(cell.time_constant)) for cell in job.cells.values() if isinstance(cell, SpikingCell))
    return largest * max(1.0, job.schedule.duration / fastest) <= LARGEST_STATE


def repeats(job: Job, plan: Plan) -> bool:
    """Whether all units do: steady drive alone, no variable besides v, and a reset that forgets what was before."""
    still = len(change_steps(job)) == 1
    simple = np.all(plan.pops[:, Pop.FIRST] == plan.pops[:, Pop.LAST]) and not plan.pops[:, Pop.SUBTRACTS].any()
    noisy = any(getattr(cell, "noisy", False) for cell in job.cells.values())
    started = bool(job.initial) or any(
        np.any(getattr(cell, "initial", {}).get("v", 0.0)) for cell in job.cells.values()
    )
    return bool(
        still
        and simple
        and not noisy
        and not started
        and not len(plan.paths)
        and not job.record.variables
        and plan.rest.max() <= 0
    )


class Repetition:
    """First spike and interval of every unit in every trial: the same steps, the same arithmetic, but not again."""

    def __init__(self, job: Job, plan: Plan, current: Table, threads: int) -> None:
        self.job, self.plan, self.current, self.threads = job, plan, current, threads
        self.first: Table = np.zeros((job.trials, plan.units), dtype=np.int64)
        self.interval = np.zeros_like(self.first)

    def counts(self) -> Table:
        """Spikes of every unit that count, (trials, units)."""
        tiles = [
            (trial, k, begin, min(begin + _TILE, offset + size))
            for trial in range(self.job.trials)
            for k, (offset, size) in enumerate(self.plan.pops[:, :2].tolist())
            for begin in range(offset, offset + size, _TILE)
        ]
        self._share(self._tiles, [tiles[k :: 4 * self.threads] for k in range(4 * self.threads)])
        schedule = self.job.schedule
        counted: Table = self._before(schedule.steps) - self._before(schedule.settle_steps)
        return counted

    def _tiles(self, tiles: list[tuple[int, int, int, int]]) -> None:
        from neurosim.engines.compiled.machine_code.repeating import intervals

        kind = self.current.dtype
        v, before, drive, rate = (np.ones(_TILE, dtype=kind) for _ in range(4))
        constants, _, periods = self.plan.own
        ready, taken, flags = np.zeros(_TILE, np.int32), np.zeros(_TILE, np.int64), np.zeros(_TILE, np.uint8)
        for trial, k, a, b in tiles:
            mine = slice(a, b) if self.plan.pops[k, Pop.OWN] else slice(0)
            rate[: b - a] = constants[Const.RATE, mine] if self.plan.pops[k, Pop.OWN] else 1.0
            row = self.current[0, trial if self.current.shape[1] > 1 else 0]
            intervals(
                self.plan.pops[k], self.plan.consts[k], rate, constants[Const.RESET, mine], periods[mine],
                self.job.schedule.steps, row[a:b], v, before, drive, ready, flags,
                flags.view(np.uint64), taken, self.first[trial, a:b], self.interval[trial, a:b],
            )  # fmt: skip

    def _before(self, step: int) -> Table:
        """Spikes of every unit before a step, (trials, units)."""
        number = (step - 1 - self.first) // np.maximum(self.interval, 1) + 1
        result: Table = np.where((self.first < 0) | (self.first >= step), 0, number)
        return result

    def spikes(self, part: slice) -> Spikes:
        """The spikes of a population."""
        from neurosim.engines.compiled.machine_code.repeating import spread

        steps, dt, trials = self.job.schedule.steps, self.job.schedule.dt, self.job.trials
        edges = np.linspace(0, steps, _PARTS + 1).astype(int).tolist()
        numbers = np.stack([self._before(step)[:, part].sum(axis=1) for step in edges], axis=1)
        ends = np.cumsum([0, *np.diff(numbers, axis=1).ravel().tolist()]).tolist()
        times, units = np.empty(ends[-1]), np.empty(ends[-1], dtype=np.int64)

        def fill(k: int) -> None:
            trial, (start, stop) = k // _PARTS, edges[k % _PARTS : k % _PARTS + 2]
            mine = slice(ends[k], ends[k + 1])
            begins = np.zeros(stop - start + 1, dtype=np.int64)
            spread(
                self.first[trial, part], self.interval[trial, part], start, stop, begins, dt, times[mine], units[mine]
            )

        self._share(fill, list(range(trials * _PARTS)))
        # Zeros, if there is but one trial, which take no memory until somebody looks at them.
        which = np.repeat(np.arange(trials), numbers[:, -1]) if trials > 1 else np.zeros(ends[-1], dtype=np.int64)
        return Spikes(times, units, which)

    def _share(self, work: Callable[[Any], None], tasks: list[Any]) -> None:
        if self.threads == 1:
            for task in tasks:
                work(task)
            return
        with ThreadPoolExecutor(self.threads, thread_name_prefix="compiled") as pool:
            list(pool.map(work, tasks))
