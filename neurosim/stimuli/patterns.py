"""Patterns to show: bars, gratings, and one-dimensional profiles; arrays between two levels, to be scaled to rates."""

import math
from collections.abc import Sequence

import numpy as np

from neurosim.gate import shown
from neurosim.params import Array, ParameterError, ParamInfo, count, finite, fits, number, whole
from neurosim.randomness import generator
from neurosim.registry import exports

_LEVEL = ParamInfo("1", "activity")
_FREQUENCY = ParamInfo("1", "cycles per pixel, up to Nyquist", low=0, high=0.5)


def bars(n: int, size: int, probability: float | Sequence[float] | Array, rng: np.random.Generator) -> Array:
    """Pictures in which every row and column of a square lights up on its own.

    Shapes
        (n, size * size), 0 or 1, row by row
    Args:
        n: number of pictures.
        size: pixels along one side.
        probability: of a line, one for all or (2 * size,), rows before columns as in `single_bars`.
        rng: source of the draws.
    Source
        Foldiak, Biol Cybern 64 (1990) 165 (there 8 x 8 pixels and probability 1/8).
    """
    count(n, "bars: n")
    _side(size, "bars: size", float(n))
    shares = finite(probability, "1", "bars: probability")
    if shares.shape not in ((), (2 * size,)):
        raise ParameterError(f"bars: probability: got shape {shares.shape}, expected one number or {2 * size} of them")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ParameterError(f"bars: probability: got {shown(probability)}, expected 0 to 1")
    lines = generator(rng, "bars").random((n, 2, size)) < (shares if shares.ndim == 0 else shares.reshape(2, size))
    return (lines[:, 0, :, None] | lines[:, 1, None, :]).reshape(n, size * size).astype(np.float64)


def single_bars(size: int) -> Array:
    """The causes of `bars`: every row, then every column, alone.

    Shapes
        (2 * size, size * size), 0 or 1
    """
    count(size, "single_bars: size")
    fits(2.0 * size**3, "single_bars: size", "a smaller picture")
    rows = np.repeat(np.eye(size), size, axis=1)
    return np.concatenate([rows, np.tile(np.eye(size), size)])


def gratings(orientations: Sequence[float], frequency: float, size: int, phase: float = 0.0) -> Array:
    """Sinusoidal gratings through the middle of a square, one per orientation.

    Equation
        (1 + cos(2 pi frequency (x cos(orientation) + y sin(orientation)) + phase)) / 2
    Shapes
        (orientations, size * size), 0 to 1, row by row
    Units
        orientations (of the wave vector, from the columns' axis to the rows') and phase rad, frequency cycles per pixel
    """
    angles = finite(orientations, "1", "gratings: orientations", empty=False)
    if angles.ndim != 1:
        raise ParameterError(f"gratings: orientations: got shape {angles.shape}, expected a row of angles in rad")
    _side(size, "gratings: size", float(angles.size))
    frequency = number(frequency, _FREQUENCY, "gratings: frequency")
    # an angle beyond 2**53 does not know where it points
    phase = number(phase, ParamInfo("1", "phase in rad", low=-1e9, high=1e9), "gratings: phase")
    place = np.arange(size) - (size - 1) / 2
    along = np.multiply.outer(np.cos(angles), place)[:, None, :] + np.multiply.outer(np.sin(angles), place)[:, :, None]
    waves: Array = (1 + np.cos(2 * np.pi * frequency * along + phase)) / 2
    return waves.reshape(angles.size, size * size)


def uniform_profile(n: int, level: float = 1.0) -> Array:
    """The same level everywhere, (n,)."""
    return np.full(count(n, "uniform_profile: n"), number(level, _LEVEL, "uniform_profile: level"))


def step_profile(n: int, low: float, high: float, start: int, stop: int) -> Array:
    """`high` at start <= i < stop and `low` elsewhere, (n,)."""
    _inside("step_profile", n, start, stop)
    profile = np.full(n, number(low, _LEVEL, "step_profile: low"))
    profile[start:stop] = number(high, _LEVEL, "step_profile: high")
    return profile


def point_profile(n: int, low: float, high: float, at: int) -> Array:
    """`high` at one place and `low` elsewhere, (n,)."""
    count(n, "point_profile: n")
    place = whole(at, "point_profile: at", low=0, high=n - 1)
    profile = np.full(n, number(low, _LEVEL, "point_profile: low"))
    profile[place] = number(high, _LEVEL, "point_profile: high")
    return profile


def ramp_profile(n: int, low: float, high: float, start: int, stop: int) -> Array:
    """`low` up to start, a straight line to `high` at stop, and `high` from there on, (n,)."""
    _inside("ramp_profile", n, start, stop)
    first, last = number(low, _LEVEL, "ramp_profile: low"), number(high, _LEVEL, "ramp_profile: high")
    if math.isinf(last - first):
        raise ParameterError(f"ramp_profile: got low {first:g} and high {last:g}, expected less than 1.8e308 apart")
    profile: Array = np.interp(np.arange(n), [start, stop], [first, last])
    return profile


def _side(size: int, where: str, pictures: float) -> None:
    count(size, where)
    fits(pictures * size * size, where, "fewer or smaller pictures")


def _inside(where: str, n: int, start: int, stop: int) -> None:
    count(n, f"{where}: n")
    for name, value in (("start", start), ("stop", stop)):
        whole(value, f"{where}: {name}", low=0, high=n)
    if not start < stop:
        raise ParameterError(f"{where}: got places {start} to {stop} of {n}, expected 0 <= start < stop <= {n}")


__all__, __dir__ = exports(globals())
