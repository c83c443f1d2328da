"""Patterns to show: bars, gratings, and one-dimensional profiles; arrays between two levels, to be scaled to rates."""

import math
from collections.abc import Sequence

import numpy as np

from neurosim.params import Array, DimensionError, ParameterError
from neurosim.randomness import generator
from neurosim.registry import exports


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
    _at_least("bars: n", n, 1)
    _at_least("bars: size", size, 1)
    try:
        shares = np.asarray(probability, dtype=np.float64)
    except (TypeError, ValueError):
        raise DimensionError(f"bars: probability: got {probability!r}, expected numbers") from None
    if shares.shape not in ((), (2 * size,)):
        raise ParameterError(f"bars: probability: got shape {shares.shape}, expected one number or {2 * size} of them")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ParameterError(f"bars: probability: got {probability}, expected 0 to 1")
    lines = generator(rng, "bars").random((n, 2, size)) < (shares if shares.ndim == 0 else shares.reshape(2, size))
    return (lines[:, 0, :, None] | lines[:, 1, None, :]).reshape(n, size * size).astype(np.float64)


def single_bars(size: int) -> Array:
    """The causes of `bars`: every row, then every column, alone.

    Shapes
        (2 * size, size * size), 0 or 1
    """
    _at_least("single_bars: size", size, 1)
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
    _at_least("gratings: size", size, 1)
    angles = np.asarray(orientations, dtype=np.float64)
    if angles.ndim != 1 or angles.size == 0 or not np.all(np.isfinite(angles)):
        raise ParameterError(f"gratings: orientations: got {orientations!r}, expected a row of finite angles in rad")
    if not 0 <= frequency <= 0.5:
        raise ParameterError(f"gratings: frequency: got {frequency} cycles per pixel, expected 0 to 0.5 (Nyquist)")
    if not math.isfinite(phase):
        raise ParameterError(f"gratings: phase: got {phase} rad, expected a finite number")
    place = np.arange(size) - (size - 1) / 2
    along = np.multiply.outer(np.cos(angles), place)[:, None, :] + np.multiply.outer(np.sin(angles), place)[:, :, None]
    waves: Array = (1 + np.cos(2 * np.pi * frequency * along + phase)) / 2
    return waves.reshape(angles.size, size * size)


def uniform_profile(n: int, level: float = 1.0) -> Array:
    """The same level everywhere, (n,)."""
    _at_least("uniform_profile: n", n, 1)
    return np.full(n, float(level))


def step_profile(n: int, low: float, high: float, start: int, stop: int) -> Array:
    """`high` at start <= i < stop and `low` elsewhere, (n,)."""
    _inside("step_profile", n, start, stop)
    profile = uniform_profile(n, low)
    profile[start:stop] = high
    return profile


def point_profile(n: int, low: float, high: float, at: int) -> Array:
    """`high` at one place and `low` elsewhere, (n,)."""
    _inside("point_profile", n, at, at + 1)
    return step_profile(n, low, high, at, at + 1)


def ramp_profile(n: int, low: float, high: float, start: int, stop: int) -> Array:
    """`low` up to start, a straight line to `high` at stop, and `high` from there on, (n,)."""
    _inside("ramp_profile", n, start, stop)
    profile: Array = np.interp(np.arange(n), [start, stop], [low, high])
    return profile


def _at_least(where: str, value: int, low: int) -> None:
    if value < low:
        raise ParameterError(f"{where}: got {value}, expected at least {low}")


def _inside(where: str, n: int, start: int, stop: int) -> None:
    if not 0 <= start < stop <= n:
        raise ParameterError(f"{where}: got places {start} to {stop} of {n}, expected 0 <= start < stop <= {n}")


__all__, __dir__ = exports(globals())
