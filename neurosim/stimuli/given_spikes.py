"""Spike times that were recorded or made up, trial by trial, until a run puts them on its time grid."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.gate import count, finite, fits, labels
from neurosim.params import Array, ParameterError, seconds
from neurosim.stimuli.spiketrains import Integers, SpikeTrains

_ON_GRID = 1e-6
"""Fraction of a step by which a time may miss the grid and still count as on it: 0.3/1e-4 is no integer in binary."""


@dataclass(frozen=True, eq=False, repr=False)
class GivenSpikes:
    """Spike times of one input, sorted by trial, then time, then unit.

    Shapes
        times, units, trials: (spikes,), read-only
    Units
        times and duration s (duration: length of the recording, infinite where none was given)
    """

    times: Array
    units: Integers
    trials: Integers
    n_units: int
    n_trials: int
    duration: float = np.inf

    def __post_init__(self) -> None:
        order = np.lexsort((self.units, self.times, self.trials))
        for name in ("times", "units", "trials"):
            values = np.array(getattr(self, name)[order])
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    def select(self, chosen: Integers) -> "GivenSpikes":
        """These trials, renumbered from 0; one may be chosen several times."""
        begin = np.searchsorted(self.trials, chosen, side="left")
        lengths = np.searchsorted(self.trials, chosen, side="right") - begin
        place = np.arange(lengths.sum()) + np.repeat(begin - (np.cumsum(lengths) - lengths), lengths)
        trials = np.repeat(np.arange(chosen.size), lengths)
        return GivenSpikes(self.times[place], self.units[place], trials, self.n_units, int(chosen.size), self.duration)

    def rates(self, start: float, stop: float) -> Array:
        """Spikes per second with start <= time < stop (s), (trials, units) in Hz."""
        inside = (self.times >= start) & (self.times < stop)
        flat = self.trials[inside] * self.n_units + self.units[inside]
        counts = np.bincount(flat, minlength=self.n_trials * self.n_units)
        return counts.reshape(self.n_trials, self.n_units) / (stop - start)

    @property
    def mean(self) -> Array:
        """Spikes per second over the recording, or up to the last spike where its length is not known."""
        last = self.duration if np.isfinite(self.duration) else self.times.max(initial=0.0)
        return self.rates(0.0, np.nextafter(last, np.inf)) if last > 0 else np.zeros((self.n_trials, self.n_units))

    def on_grid(self, name: str, dt: float, n_steps: int) -> SpikeTrains:
        """Each spike in the step that contains it; what comes after the last step is left to a longer run.

        Raises:
            ParameterError: two spikes of a unit in one step.
        """
        steps = np.floor(self.times / dt + _ON_GRID).astype(np.int64)
        kept = steps < n_steps
        steps, units, trials = steps[kept], self.units[kept], self.trials[kept]
        order = np.lexsort((units, steps, trials))
        steps, units, trials = steps[order], units[order], trials[order]
        same = (np.diff(trials) == 0) & (np.diff(steps) == 0) & (np.diff(units) == 0)
        if same.any():
            k = int(np.flatnonzero(same)[0])
            raise ParameterError(
                f"input {name!r}: unit {units[k]} has two spikes in the step of {dt:g} s at {steps[k] * dt:g} s (trial "
                f"{trials[k]}), expected at most one per unit and step; take a smaller dt, or several units"
            )
        return SpikeTrains(steps, units, trials, dt, n_steps, self.n_units, self.n_trials)


def given_spikes(
    times: Any, units: Any = None, trials: Any = None, *, size: Any = None, n_trials: Any = None, duration: Any = None
) -> GivenSpikes:
    """Spike times from arrays, a SpikeTrains, Neo spike trains (one per unit) or a Neo segment, checked."""
    where = "spikes"
    whole_time = None if duration is None else seconds(duration, f"{where}: duration")
    if isinstance(times, SpikeTrains):
        _nothing_beside(units=units, trials=trials, size=size, n_trials=n_trials)
        whole_time = times.duration if whole_time is None else whole_time
        return _checked(times.times, times.units, times.trials, times.n_units, times.n_trials, whole_time)
    neo = _neo_trains(times)
    if neo is not None:
        _nothing_beside(units=units, trials=trials, n_trials=n_trials)
        parts, stop = neo
        units = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        size = len(parts) if size is None else size
        whole_time = stop if whole_time is None else whole_time
        times = np.concatenate([np.zeros(0), *parts])
    elif units is None:
        raise ParameterError(f"{where}: got times without units, expected the unit of every spike, an array as long")
    array = finite(times, "s", f"{where}: times")
    which = labels(units, f"{where}: units")
    trial = np.zeros(array.shape, dtype=np.int64) if trials is None else labels(trials, f"{where}: trials")
    if array.ndim != 1 or array.shape != which.shape or array.shape != trial.shape:
        raise ParameterError(
            f"{where}: got {array.shape} times, {which.shape} units and {trial.shape} trials, expected one of each per "
            "spike, (spikes,)"
        )
    most = int(which.max(initial=-1)) + 1
    if size is None and most == 0:
        raise ParameterError(f"{where}: got no spikes and no size, expected size, the number of units")
    units_given = most if size is None else count(size, f"{where}: size")
    last = int(trial.max(initial=0)) + 1
    trials_given = last if n_trials is None else count(n_trials, f"{where}: n_trials")
    fits(units_given * trials_given, f"{where}: size and n_trials", "fewer units or trials")
    return _checked(array, which, trial, units_given, trials_given, whole_time)


def _nothing_beside(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise ParameterError(f"spikes: got {name} beside spike trains that say it themselves, expected one of them")


def _checked(
    times: Array, units: Integers, trials: Integers, n_units: int, n_trials: int, duration: float | None
) -> GivenSpikes:  # fmt: skip
    for name, values, limit in (("units", units, n_units), ("trials", trials, n_trials)):
        if values.size and values.max() >= limit:
            raise ParameterError(f"spikes: {name}: got {values.max()}, expected 0 to {limit - 1}")
    if times.size and times.min() < 0:
        raise ParameterError(f"spikes: times: got {times.min():g} s, expected times >= 0 s, counted from the start")
    end = np.inf if duration is None else duration
    if not end > 0:
        raise ParameterError(f"spikes: duration: got {end:g} s, expected > 0 s")
    if times.size and times.max() >= end:
        raise ParameterError(f"spikes: times: got {times.max():g} s, expected times before the duration of {end:g} s")
    return GivenSpikes(times, units, trials, n_units, n_trials, end)


def _neo_trains(given: Any) -> tuple[list[Array], float] | None:
    """Times in s of each of several Neo spike trains (or of a segment's), from their start on, and their length."""
    if hasattr(given, "t_stop") and not hasattr(given, "spiketrains"):
        given = [given]
    trains = getattr(given, "spiketrains", given)
    # a segment's list of trains is no sequence, but can be gone through
    listed = [] if isinstance(trains, np.ndarray | type) or not hasattr(trains, "__len__") else [*trains]
    if not listed or not all(hasattr(train, "t_stop") and hasattr(train, "rescale") for train in listed):
        return None
    begin = {float(train.t_start.rescale("s").magnitude) for train in listed}
    if len(begin) > 1:
        raise ParameterError(f"spikes: got spike trains that start at {sorted(begin)} s, expected one start for all")
    start = begin.pop()
    stop = min(float(train.t_stop.rescale("s").magnitude) for train in listed) - start
    # A Neo train includes its end, and a spike there belongs to the time after it.
    times = [np.asarray(train.rescale("s").magnitude, dtype=np.float64) - start for train in listed]
    return [part[part < stop] for part in times], stop
