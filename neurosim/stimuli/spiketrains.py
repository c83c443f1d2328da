"""Spike trains of many trials on one integer time grid, and how they are drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.gate import picked
from neurosim.params import Array, ParameterError, ParamInfo, number, whole

Integers = npt.NDArray[np.int64]

Stream = Callable[..., np.random.SeedSequence]
"""The seed of a trial and input; with a number, that of a later stretch of time."""

Draw = Callable[[Array, Array, int, int, Stream], tuple[Array, Integers]]
"""(rates per step (frames, units), frame edges in steps (frames + 1,), first and last step, seeds) -> spike times in
steps, units; what falls outside the steps is left out later."""

_BLOCK = 100_000
"""Steps after which random input begins a new stream (10 s at 0.1 ms), so that to go on from a run costs no more."""

_PIECES = (0, 1000, 3000, 5000, *range(10_000, _BLOCK + 1, 10_000))
"""Steps between which random input is drawn at once; usual durations are among them, since the rest is left out."""


@dataclass(frozen=True, eq=False, repr=False)
class SpikeTrains:
    """Spikes on the grid `time = step * dt`, at most one per unit and step, sorted by (trial, step, unit).

    Shapes
        steps, units, trials: (spikes,) int64, read-only
    Units
        dt s
    Raises:
        ParameterError: entries out of range, of different lengths, unsorted, or two spikes of a unit in one step.
    """

    steps: Integers
    units: Integers
    trials: Integers
    dt: float
    n_steps: int
    n_units: int
    n_trials: int

    def __post_init__(self) -> None:
        limits = {"steps": self.n_steps, "units": self.n_units, "trials": self.n_trials}
        for name, limit in limits.items():
            values = np.array(getattr(self, name), dtype=np.int64)
            if values.ndim != 1 or values.size != np.size(self.steps):
                raise ParameterError(f"SpikeTrains.{name}: got shape {values.shape}, expected ({np.size(self.steps)},)")
            # As a number without sign a negative one is larger than any limit.
            if values.size and values.view(np.uint64).max() >= limit:
                bad = values.min() if values.min() < 0 else values.max()
                raise ParameterError(f"SpikeTrains.{name}: got {bad}, expected 0 to {limit - 1}")
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        key = (self.trials * self.n_steps + self.steps) * self.n_units + self.units
        if (key[1:] <= key[:-1]).any():
            raise ParameterError(
                "SpikeTrains: got spikes out of order or doubled, expected them sorted by (trial, step, unit), "
                "one per unit and step"
            )

    @property
    def times(self) -> Array:
        """Spike times in s."""
        return self.steps.astype(np.float64) * self.dt

    @property
    def duration(self) -> float:
        """Length of every trial in s."""
        return self.n_steps * self.dt

    def select(self, index: Any) -> "SpikeTrains":
        """The trials that an index, slice, mask or array of numbers picks, renumbered from 0."""
        chosen = pick(self.n_trials, index, "SpikeTrains.select")
        begin = np.searchsorted(self.trials, chosen, side="left")
        lengths = np.searchsorted(self.trials, chosen, side="right") - begin
        trials = np.repeat(np.arange(chosen.size), lengths)
        place = np.arange(lengths.sum()) + np.repeat(begin - (np.cumsum(lengths) - lengths), lengths)
        return SpikeTrains(
            self.steps[place], self.units[place], trials, self.dt, self.n_steps, self.n_units, int(chosen.size)
        )

    def since(self, first: int) -> "SpikeTrains":
        """Without the spikes before a step, on the same clock."""
        if whole(first, "SpikeTrains.since: first", low=0) == 0:
            return self
        kept = self.steps >= first
        return SpikeTrains(
            self.steps[kept], self.units[kept], self.trials[kept], self.dt, self.n_steps, self.n_units, self.n_trials
        )

    def counts(self, start: float = 0.0, stop: float | None = None) -> Integers:
        """Number of spikes with start <= time < stop (s; to the end by default), (trials, units)."""
        first, last = self._bounds(start, stop)
        inside = (self.steps >= first) & (self.steps < last)
        flat = self.trials[inside] * self.n_units + self.units[inside]
        return np.bincount(flat, minlength=self.n_trials * self.n_units).reshape(self.n_trials, self.n_units)

    def rates(self, start: float = 0.0, stop: float | None = None) -> Array:
        """Spikes per second between start and stop (s), (trials, units) in Hz."""
        first, last = self._bounds(start, stop)
        return self.counts(start, stop) / ((last - first) * self.dt)

    def _bounds(self, start: float, stop: float | None) -> tuple[int, int]:
        times = ParamInfo("s", "a time", low=-1e9, high=1e9)
        first = round(number(start, times, "SpikeTrains: start") / self.dt)
        last = self.n_steps if stop is None else round(number(stop, times, "SpikeTrains: stop") / self.dt)
        if not 0 <= first < last <= self.n_steps:
            raise ParameterError(
                f"SpikeTrains: got the window {start:g} to {last * self.dt:g} s, "
                f"expected 0 <= start < stop <= {self.duration:g} s"
            )
        return first, last

    def __len__(self) -> int:
        return int(self.steps.size)

    def __repr__(self) -> str:
        return (
            f"SpikeTrains({len(self)} spikes, {self.n_trials} trials x {self.n_units} units, "
            f"{self.duration:g} s in steps of {self.dt:g} s)"
        )


def pick(count: int, index: Any, where: str) -> Integers:
    """The numbers out of 0 ... count-1 that an index, slice, mask or array of numbers picks; at least one."""
    return picked(count, index, f"{where}: index")


def poisson_times(rates: Array, edges: Array, first: int, last: int, stream: Stream) -> tuple[Array, Integers]:
    """An inhomogeneous Poisson process in continuous time: a Poisson number of spikes per frame, uniform within it.

    It is drawn in pieces of fixed steps, and always whole ones, so that no spike depends on where the run ends.
    """
    times, units = [], []
    for block in range(first // _BLOCK, -(-last // _BLOCK)):
        rng = np.random.default_rng(stream(block) if block else stream())
        for begin, end in pairwise(block * _BLOCK + piece for piece in _PIECES):
            if begin >= last:
                break
            time, unit = _piece(rates, edges, begin, end, rng)
            if end > first:
                times.append(time)
                units.append(unit)
    return (times[0], units[0]) if len(times) == 1 else (np.concatenate(times), np.concatenate(units))


def _piece(
    rates: Array, edges: Array, begin: int, end: int, rng: np.random.Generator
) -> tuple[Array, Integers]:  # fmt: skip
    """All spikes between two steps; the last frame goes on for ever."""
    if len(rates) == 1:
        number = rng.poisson(rates[0] * (end - begin))
        unit = np.repeat(np.arange(number.size), number)
        return begin + rng.random(unit.size) * (end - begin), unit
    cuts = np.concatenate([[begin], edges[(edges > begin) & (edges < end)], [end]])
    first = int(np.searchsorted(edges, begin, side="right")) - 1
    lengths = np.diff(cuts)
    number = rng.poisson(rates[first : first + len(lengths)] * lengths[:, None])
    frame, unit = np.divmod(np.repeat(np.arange(number.size), number.ravel()), number.shape[1])
    return cuts[frame] + rng.random(frame.size) * lengths[frame], unit


def regular_times(rates: Array, edges: Array, first: int, last: int, stream: Stream) -> tuple[Array, Integers]:
    """A spike whenever the integral of the rate passes phase + 0, 1, 2, ...; one random phase in [0, 1) per unit."""
    rng = np.random.default_rng(stream())
    edges = np.minimum(edges, max(last, edges[-2]) + 1.0)
    passed = np.vstack([np.zeros(rates.shape[1]), np.cumsum(rates * np.diff(edges)[:, None], axis=0)])
    phase: Array = rng.random(rates.shape[1:])
    times = []
    for unit, integral in enumerate(passed.T):
        # One number more on either side than rounding could ask for; what lies outside is cut off later.
        bounds = np.interp([first, last], edges, integral) - phase[unit]
        target = phase[unit] + np.arange(max(0.0, np.floor(bounds[0]) - 1), max(0.0, np.ceil(bounds[1]) + 1))
        target = target[target < integral[-1]]
        frame = np.searchsorted(integral, target, side="right") - 1
        times.append(edges[frame] + (target - integral[frame]) / rates[frame, unit])
    units = np.repeat(np.arange(rates.shape[1]), [len(spikes) for spikes in times])
    return np.concatenate(times), units


def draw(
    draw_times: Draw, rates: Array, edges: Array, dt: float, n_steps: int, streams: Sequence[Stream], first: int = 0
) -> SpikeTrains:
    """Spike trains on the grid: each spike falls into the step that contains it, a second one in the same step is lost.

    Args:
        draw_times: `poisson_times` or `regular_times`.
        rates: (trials, frames, units) in Hz.
        edges: beginning of each frame and end of the last one (infinite), in steps.
        dt: time step in s.
        n_steps: number of steps.
        streams: one per trial: what gives the seed of each stretch of time.
        first: spikes of earlier steps are left out.
    """
    n_trials, _, n_units = rates.shape
    keys = []
    for trial, stream in enumerate(streams):
        times, units = draw_times(rates[trial] * dt, edges, first, n_steps, stream)
        steps = times.astype(np.int64)
        inside = (steps >= first) & (steps < n_steps)
        if not inside.all():
            steps, units = steps[inside], units[inside]
        key = np.sort(steps * n_units + units)
        distinct = np.ones(key.size, dtype=bool)
        np.not_equal(key[1:], key[:-1], out=distinct[1:])
        keys.append(key[distinct])
    trials = np.repeat(np.arange(n_trials), [key.size for key in keys])
    every = np.concatenate(keys)
    steps = every // n_units
    return SpikeTrains(steps, every - steps * n_units, trials, dt, n_steps, n_units, n_trials)
