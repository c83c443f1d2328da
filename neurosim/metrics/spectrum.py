"""Rhythms of a population: the spectrum of its activity, and where it peaks."""

from typing import Any

import numpy as np

from neurosim.metrics.checks import count, exponent, fits, real, representable, restored, shifted
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
    spikes = real(times, "population_rate(times)", unit="s", empty=True)
    if spikes.ndim != 1:
        raise ParameterError(f"population_rate(times): got shape {spikes.shape}, expected a vector")
    size = count(n_units, "population_rate: n_units")
    width = number(bin, ParamInfo("s", "width of a bin", above=0), "population_rate: bin")
    first = number(start, ParamInfo("s", "start"), "population_rate: start")
    last = number(stop, ParamInfo("s", "stop"), "population_rate: stop")
    # Spikes sit on multiples of the time step; a nanosecond decides for the side on which a spike on an edge falls.
    with np.errstate(over="ignore"):
        most = np.floor(np.divide(last - first + 1e-9, width))
    fits(most, "population_rate: bin, start and stop", "a longer bin, or a shorter window")
    if most < 1:
        raise ParameterError(
            f"population_rate: got a bin of {width:g} s and {first:g} to {last:g} s, expected at least one whole bin"
        )
    bins = int(most)
    inside = (spikes >= first - 1e-9) & (spikes <= last)
    place = np.floor((spikes[inside] - first + 1e-9) / width)
    counts = np.bincount(place[(place >= 0) & (place < bins)].astype(np.int64), minlength=bins)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        rate: Array = representable(counts / (size * width), "population_rate(bin)")
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
    longest = number(segment, ParamInfo("s", "length of a segment", above=0), "power_spectrum: segment")
    # a segment beyond the record is refused below, however far beyond
    length = round(min(longest / width, 2.0 * values.size + 8))
    if values.ndim != 1 or not 8 <= length <= values.size:
        raise ParameterError(
            f"power_spectrum(rate, bin, segment): got a segment of {length} bins and a rate of shape {values.shape}, "
            f"expected a vector and 8 to {values.size} bins"
        )
    power = exponent(values)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        fs = float(representable(np.divide(1.0, width), "power_spectrum(bin)"))
        frequencies, density = welch(shifted(values, power), fs=fs, window="hann", nperseg=length, detrend="constant")
    return np.asarray(frequencies, dtype=np.float64), restored(density, 2 * power, "power_spectrum(rate)")


def spectral_peak(frequencies: Any, density: Any, *, low: float = 0.0, high: float = np.inf) -> tuple[float, float]:
    """Frequency (Hz) and density (Hz) of the largest value of a spectrum between two frequencies.

    The frequency is refined by the parabola through the largest value and its two neighbours. Of several equal maxima
    the lowest frequency counts; a spectrum that is the same at all of several frequencies, as that of silence, has no
    peak: its frequency is NaN.

    Raises:
        ParameterError: no frequency lies between `low` and `high`, or the arrays differ in length.
    """
    axis, power = real(frequencies, "spectral_peak(frequencies)", unit="Hz"), real(density, "spectral_peak(density)")
    if axis.ndim != 1 or axis.shape != power.shape:
        raise ParameterError(
            f"spectral_peak(frequencies, density): got shapes {axis.shape} and {power.shape}, expected equal vectors"
        )
    first = number(low, ParamInfo("Hz", "lowest frequency", infinite=True), "spectral_peak: low")
    last = number(high, ParamInfo("Hz", "highest frequency", infinite=True), "spectral_peak: high")
    inside = np.flatnonzero((axis >= first) & (axis <= last))
    if not len(inside):
        raise ParameterError(
            f"spectral_peak: no frequency lies between low = {first:g} and high = {last:g} Hz, expected some"
        )
    powers = exponent(axis), exponent(power)
    axis, power = shifted(axis, powers[0]), shifted(power, powers[1])
    k = int(inside[power[inside].argmax()])
    if len(inside) > 1 and np.ptp(power[inside]) == 0:
        return _unscaled(np.nan, power[k], powers)
    if k in (0, len(axis) - 1):
        return _unscaled(axis[k], power[k], powers)
    before, here, after = power[k - 1 : k + 2]
    bend = before - 2 * here + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    # At the edge of the band the largest value may be on a slope, whose parabola peaks elsewhere.
    shift = shift if abs(shift) <= 0.5 else 0.0
    return _unscaled(axis[k] + shift * (axis[k + 1] - axis[k]), here - 0.25 * (before - after) * shift, powers)


def _unscaled(place: Any, height: Any, powers: tuple[int, int]) -> tuple[float, float]:
    return (
        float(restored(place, powers[0], "spectral_peak(frequencies)")),
        float(restored(height, powers[1], "spectral_peak(density)")),
    )
