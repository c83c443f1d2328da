"""Spike trains: counts, rates, intervals, their variability, latency, and how many units fire in a bin.

Shapes
    `times` (s), `units` and, where there are several, `trials` are vectors of one length: one entry per spike, in any
    order. Results are (units,), or (trials, units) where `trials` and `n_trials` are given.
Rules
    A window [start, stop) holds its start and not its stop. Empty spike arrays are allowed: silence is a result.
"""

from typing import Any

import numpy as np

from neurosim.metrics.checks import (
    Integers,
    axis_of,
    count,
    exponent,
    fits,
    indices,
    real,
    representable,
    restored,
    shifted,
)
from neurosim.params import Array, ParameterError, ParamInfo, number

# Simulated spikes lie on multiples of the time step, which rounding moves by less than a nanosecond; without this
# allowance a spike exactly on the edge of a window or bin would fall on either side by chance.
_EDGE = 1e-9


def spike_counts(
    times: Any,
    units: Any,
    n_units: int,
    start: float,
    stop: float,
    *,
    trials: Any = None,
    n_trials: int | None = None,
) -> Integers:
    """Spikes of each unit in [start, stop)."""
    first, last = _window(start, stop, "spike_counts")
    spikes, trains, shape = _trains(times, units, n_units, trials, n_trials, "spike_counts")
    return _count(trains[_inside(spikes, first, last)], shape)


def firing_rates(
    times: Any,
    units: Any,
    n_units: int,
    start: float,
    stop: float,
    *,
    trials: Any = None,
    n_trials: int | None = None,
) -> Array:
    """Mean rate of each unit in [start, stop), in Hz.

    Equation
        count / (stop - start)
    """
    first, last = _window(start, stop, "firing_rates", infinite=False)
    spikes, trains, shape = _trains(times, units, n_units, trials, n_trials, "firing_rates")
    counts = _count(trains[_inside(spikes, first, last)], shape)
    with np.errstate(over="ignore"):
        return np.asarray(representable(counts / (last - first), "firing_rates(start, stop)"))


def isis(times: Any, units: Any, *, trials: Any = None) -> Array:
    """Interspike intervals in seconds, pooled over all trains (no interval spans two units or two trials)."""
    return _intervals(times, units, trials, "isis")[0]


def cv(times: Any, units: Any, *, trials: Any = None) -> float:
    """Coefficient of variation of the intervals pooled over all trains; NaN with fewer than two, or with zeros alone.

    Pooling trains of different rates raises it (the rates differ, not only the intervals); single trains of few spikes
    lower it (long intervals do not fit): for units of one rate pool, otherwise see `cv_per_unit` with long trains.

    Equation
        sd(ISI) / mean(ISI), the sd with 1/n
    """
    intervals = _intervals(times, units, trials, "cv")[0]
    if intervals.size < 2 or not intervals.any():
        return float("nan")
    intervals = shifted(intervals, exponent(intervals))
    return float(intervals.std() / intervals.mean())


def cv_per_unit(times: Any, units: Any, n_units: int, *, trials: Any = None) -> Array:
    """Coefficient of variation of each unit's intervals (pooled over its trials); NaN with fewer than two intervals."""
    size = count(n_units, "cv_per_unit: n_units")
    indices(units, size, "cv_per_unit(units)")
    intervals, owners = _intervals(times, units, trials, "cv_per_unit")
    intervals = shifted(intervals, exponent(intervals))
    numbers = np.bincount(owners, minlength=size)
    safe = np.maximum(numbers, 1)
    mean = np.bincount(owners, intervals, minlength=size) / safe
    spread = np.sqrt(np.bincount(owners, (intervals - mean[owners]) ** 2, minlength=size) / safe)
    defined = (numbers >= 2) & (mean > 0)
    return np.where(defined, spread / np.where(defined, mean, 1.0), np.nan)


def fano(counts: Any, *, axis: int = 0) -> Any:
    """Fano factor of spike counts over trials or windows: 1 for Poisson, 0 for a clock; NaN for a silent unit.

    Equation
        var(count) / mean(count) along the axis, the variance with 1/n (biased by the factor 1 - 1/n); fractions pass,
        but of rates the result has their unit and is no Fano factor
    Shapes
        (trials or windows, units) -> (units,)
    Raises:
        ParameterError: fewer than two counts along the axis, or a count below 0.
    """
    values = real(counts, "fano(counts)")
    if values.ndim == 0 or values.shape[axis_of(axis, values, "fano: axis")] < 2:
        raise ParameterError(f"fano(counts): got shape {values.shape}, expected at least two counts along axis {axis}")
    if values.min() < 0.0:
        raise ParameterError(f"fano(counts): got {values.min():g}, expected counts >= 0")
    power = exponent(values)
    values = shifted(values, power)
    mean = values.mean(axis=axis)
    ratio = np.where(mean > 0.0, values.var(axis=axis) / np.where(mean > 0.0, mean, 1.0), np.nan)
    return restored(ratio, power, "fano(counts)")[()]


def window_counts(times: Any, units: Any, n_units: int, bin: float, start: float, stop: float) -> Integers:
    """Spikes of each unit in each of the bins that fit whole into [start, stop): the counts that `fano` takes.

    Shapes
        (bins, units)
    """
    bins, spikes_bin, spikes_unit = _binned(times, units, n_units, bin, start, stop, "window_counts")
    return _count(spikes_bin * n_units + spikes_unit, (bins, n_units))


def active_fraction_in_bins(times: Any, units: Any, n_units: int, bin: float, start: float, stop: float) -> float:
    """Share of (unit, bin) pairs with at least one spike: 1 - exp(-rate * bin) for Poisson trains.

    Bins that do not fit whole into [start, stop) are left out.
    """
    bins, spikes_bin, spikes_unit = _binned(times, units, n_units, bin, start, stop, "active_fraction_in_bins")
    return float(np.unique(spikes_bin * n_units + spikes_unit).size / (bins * n_units))


def first_spike_latency(
    times: Any,
    units: Any,
    n_units: int,
    start: float = 0.0,
    stop: float = np.inf,
    *,
    trials: Any = None,
    n_trials: int | None = None,
) -> Array:
    """Seconds from `start` to each unit's first spike in [start, stop); NaN where the unit is silent."""
    first, last = _window(start, stop, "first_spike_latency")
    spikes, trains, shape = _trains(times, units, n_units, trials, n_trials, "first_spike_latency")
    inside = _inside(spikes, first, last)
    earliest = np.full(int(np.prod(shape)), np.inf)
    np.minimum.at(earliest, trains[inside], np.maximum(spikes[inside] - first, 0.0))
    return np.where(np.isfinite(earliest), earliest, np.nan).reshape(shape)


def _trains(
    times: Any, units: Any, n_units: int, trials: Any, n_trials: int | None, name: str
) -> tuple[Array, Integers, tuple[int, ...]]:
    """Spike times, the flat index of the train that each belongs to, and the shape of the trains."""
    spikes = _times(times, name)
    size = count(n_units, f"{name}: n_units")
    owner = indices(units, size, f"{name}(units)")
    _same_length(spikes, owner, "units", name)
    if (trials is None) != (n_trials is None):
        raise ParameterError(f"{name}: got only one of trials and n_trials, expected both or neither")
    if trials is None or n_trials is None:
        return spikes, owner, (size,)
    repeats = count(n_trials, f"{name}: n_trials")
    fits(repeats * size, f"{name}: n_units and n_trials", "fewer units or trials")
    trial = indices(trials, repeats, f"{name}(trials)")
    _same_length(spikes, trial, "trials", name)
    return spikes, trial * size + owner, (repeats, size)


def _intervals(times: Any, units: Any, trials: Any, name: str) -> tuple[Array, Integers]:
    """Intervals and the unit of each, trains in the order of trial and unit."""
    spikes = _times(times, name)
    anything = int(np.iinfo(np.int64).max)
    unit = indices(units, anything, f"{name}(units)")
    _same_length(spikes, unit, "units", name)
    trial = np.zeros_like(unit) if trials is None else indices(trials, anything, f"{name}(trials)")
    _same_length(spikes, trial, "trials", name)
    order = np.lexsort((spikes, unit, trial))
    spikes, unit, trial = spikes[order], unit[order], trial[order]
    same = (np.diff(unit) == 0) & (np.diff(trial) == 0)
    return np.diff(spikes)[same], unit[1:][same]


def _binned(
    times: Any, units: Any, n_units: int, bin: float, start: float, stop: float, name: str
) -> tuple[int, Integers, Integers]:
    """Number of whole bins, and bin and unit of every spike inside them."""
    first, last = _window(start, stop, name, infinite=False)
    width = number(bin, ParamInfo("s", "width of a bin", above=0.0), f"{name}: bin")
    size = count(n_units, f"{name}: n_units")
    with np.errstate(over="ignore"):
        most = np.floor(np.divide(last - first + _EDGE, width))
    fits(most * size, f"{name}: bin, start and stop", "a longer bin, or a shorter window")
    bins = int(most)
    if bins < 1:
        raise ParameterError(
            f"{name}: a bin of {width:g} s does not fit into [{first:g}, {last:g}) s, expected a smaller bin"
        )
    spikes, unit, _ = _trains(times, units, n_units, None, None, name)
    near = (spikes >= first - _EDGE) & (spikes <= last)
    place = np.floor((spikes[near] - first + _EDGE) / width)
    inside = (place >= 0) & (place < bins)
    return bins, place[inside].astype(np.int64), unit[near][inside]


def _count(index: Integers, shape: tuple[int, ...]) -> Integers:
    return np.bincount(index, minlength=int(np.prod(shape))).astype(np.int64).reshape(shape)


def _inside(spikes: Array, start: float, stop: float) -> Any:
    return (spikes >= start - _EDGE) & (spikes < stop - _EDGE)


def _window(start: Any, stop: Any, name: str, infinite: bool = True) -> tuple[float, float]:
    first = number(start, ParamInfo("s", "start of the window", low=0.0), f"{name}: start")
    last = number(stop, ParamInfo("s", "end of the window", infinite=infinite), f"{name}: stop")
    if last <= first:
        raise ParameterError(f"{name}: got the window [{first:g}, {last:g}) s, expected stop > start")
    return first, last


def _times(times: Any, name: str) -> Array:
    spikes = real(times, f"{name}(times)", unit="s", empty=True)
    if spikes.ndim != 1:
        raise ParameterError(f"{name}(times): got an array of shape {spikes.shape}, expected a vector")
    if spikes.size and spikes.min() < 0.0:
        raise ParameterError(f"{name}(times): got {spikes.min():g} s, expected times >= 0 s")
    return spikes


def _same_length(spikes: Array, other: Integers, what: str, name: str) -> None:
    if spikes.size != other.size:
        raise ParameterError(
            f"{name}: got {spikes.size} times and {other.size} {what}, expected one entry per spike in both"
        )
