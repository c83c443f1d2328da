"""Rhythms of a population: the spectrum of its activity, and where it peaks."""

from typing import Any

import numpy as np

from neurosim.metrics.checks import count, real
from neurosim.params import Array, ParameterError, ParamInfo, number


def population_rate(times: Any, n_units: int, bin: Any, start: Any, stop: Any) -> Array:
    """Spikes of the whole population per bin, as a rate per unit in Hz.

    Equation
        r_k = (spikes in [start + k bin, start + (k + 1) bin)) / (n_units * bin)
        Bins that do not fit whole before `stop` are left out.
    Shapes
        times (spikes,) in s -> (bins,)
    Raises:
        ParameterError: no whole bin between start and stop.
    """
    spikes = real(times, "population_rate(times)", unit="s", empty=True).ravel()
    size = count(n_units, "population_rate: n_units")
    width = number(bin, ParamInfo("s", "width of a bin", above=0), "population_rate: bin")
    first = number(start, ParamInfo("s", "start"), "population_rate: start")
    last = number(stop, ParamInfo("s", "stop"), "population_rate: stop")
    # Spikes sit on multiples of the time step; a nanosecond decides for the side on which a spike on an edge falls.
    bins = int(np.floor((last - first + 1e-9) / width))
    if bins < 1:
        raise ParameterError(
            f"population_rate: got a bin of {width:g} s and {first:g} to {last:g} s, expected at least one whole bin"
        )
    index = np.floor((spikes - first + 1e-9) / width).astype(np.int64)
    counts = np.bincount(index[(index >= 0) & (index < bins)], minlength=bins)
    rate: Array = counts / (size * width)
    return rate


def power_spectrum(rate: Any, bin: Any, *, segment: Any = 0.25) -> tuple[Array, Array]:
    """Power spectral density of a population rate by Welch's method (Hann window, half overlap, mean removed).

    Independent Poisson trains of rate r have the flat density 2 r / n_units; a rhythm stands out of it.

    Shapes
        rate (bins,), as [population_rate][neurosim.metrics.population_rate] gives it -> frequencies, density
    Units
        rate Hz, bin and segment s; frequencies Hz from 0 to 1/(2 bin), density Hz^2/Hz = Hz (one-sided)
    Args:
        rate: population rate per bin.
        bin: width of a bin.
        segment: length of the segments that are averaged; 1/segment is the distance of two frequencies.
    Raises:
        ParameterError: a segment longer than the record or shorter than eight bins.
    """
    from scipy.signal import welch

    values = real(rate, "power_spectrum(rate)", unit="Hz")
    width = number(bin, ParamInfo("s", "width of a bin", above=0), "power_spectrum: bin")
    length = round(number(segment, ParamInfo("s", "length of a segment", above=0), "power_spectrum: segment") / width)
    if values.ndim != 1 or not 8 <= length <= values.size:
        raise ParameterError(
            f"power_spectrum: got a segment of {length} bins and a rate of shape {values.shape}, expected a vector and "
            f"8 to {values.size} bins"
        )
    frequencies, density = welch(values, fs=1.0 / width, window="hann", nperseg=length, detrend="constant")
    return np.asarray(frequencies, dtype=np.float64), np.asarray(density, dtype=np.float64)


def spectral_peak(frequencies: Any, density: Any, *, low: float = 0.0, high: float = np.inf) -> tuple[float, float]:
    """Frequency (Hz) and density (Hz) of the largest value of a spectrum between two frequencies.

    The frequency is refined by the parabola through the largest value and its two neighbours.

    Raises:
        ParameterError: no frequency lies between `low` and `high`, or the arrays differ in length.
    """
    axis, power = real(frequencies, "spectral_peak(frequencies)", unit="Hz"), real(density, "spectral_peak(density)")
    if axis.ndim != 1 or axis.shape != power.shape:
        raise ParameterError(f"spectral_peak: got shapes {axis.shape} and {power.shape}, expected two equal vectors")
    inside = np.flatnonzero((axis >= low) & (axis <= high))
    if not len(inside):
        raise ParameterError(f"spectral_peak: no frequency lies between {low:g} and {high:g} Hz, expected some")
    k = int(inside[power[inside].argmax()])
    if k in (0, len(axis) - 1):
        return float(axis[k]), float(power[k])
    before, here, after = power[k - 1 : k + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    # At the edge of the band the largest value may be on a slope, whose parabola peaks elsewhere.
    shift = shift if abs(shift) <= 0.5 else 0.0
    return float(axis[k] + shift * (axis[k + 1] - axis[k])), float(here - 0.25 * (before - after) * shift)
