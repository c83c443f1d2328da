"""What a sampled curve (drive, rate) does at its threshold: where it starts, how softly, how steeply, where it ends.

Shapes
    `drive` and `rate` are vectors of one length; `drive` ascends strictly. Between samples the curve is straight.
Rules
    What does not occur inside the sampled range is NaN: a constant has no onset, a straight line has no soft corner.
    Slopes are differences of neighbouring samples, so noise in the curve goes straight into `softness` and
    `saturation`: average over trials first.
"""

from typing import Any

import numpy as np

from neurosim.gate import real as real_number
from neurosim.metrics.checks import exponent, real, restored, shifted
from neurosim.params import Array, ParameterError, ParamInfo, number


def onset(drive: Any, rate: Any, *, fraction: float | None = None, level: float | None = None) -> float:
    """Drive at which the rate first rises above a level, interpolated; NaN where it never does so inside the range.

    Equation
        first upward crossing of L, L = level or L = fraction * max(rate); at level=0 the last sample still silent
    Args:
        drive: sampled drive.
        rate: rate at each drive.
        fraction: the level as a share of the largest rate.
        level: the level in the unit of the rate; exactly one of the two.

    Raises:
        ParameterError: both or neither of the levels given; a bad curve.
    """
    x, y, across, up = _curve(drive, rate, "onset", points=2)
    if (fraction is None) == (level is None):
        raise ParameterError(
            f"onset: got fraction={fraction!r} and level={level!r}, expected exactly one of the two to be given"
        )
    if fraction is not None:
        share = number(fraction, ParamInfo("1", "share of the largest rate", above=0.0, below=1.0), "onset: fraction")
        crossed = share * float(y.max())
    else:
        crossed = float(shifted(number(level, ParamInfo("1", "rate to be exceeded"), "onset: level"), up))
    rises = np.flatnonzero((y[:-1] <= crossed) & (y[1:] > crossed))
    if rises.size == 0:
        return float("nan")
    k = rises[0]
    place = x[k] + (x[k + 1] - x[k]) * (crossed - y[k]) / (y[k + 1] - y[k])
    return float(restored(place, across, "onset(drive)"))


def gain_above_onset(drive: Any, rate: Any, *, start: float, window: float) -> float:
    """Slope of the least-squares line through the samples in [start, start + window]; NaN with fewer than two of them.

    Args:
        drive: sampled drive.
        rate: rate at each drive.
        start: drive at which the window begins, such as the onset (NaN gives NaN: no onset, no gain).
        window: its width in drive.
    """
    x, y, across, up = _curve(drive, rate, "gain_above_onset", points=2)
    width = number(window, ParamInfo("1", "width of the window in drive", above=0.0), "gain_above_onset: window")
    given = real_number(start, "1", "gain_above_onset: start")
    if given.ndim == 0 and np.isnan(given):
        return float("nan")
    begin = number(given, ParamInfo("1", "drive at which the window begins"), "gain_above_onset: start")
    first, width = float(shifted(begin, across)), float(shifted(width, across))
    inside = (x >= first) & (x <= first + width)
    if np.count_nonzero(inside) < 2:
        return float("nan")
    dx = x[inside] - x[inside].mean()
    gain = dx @ (y[inside] - y[inside].mean()) / (dx @ dx)
    return float(restored(gain, up - across, "gain_above_onset(drive, rate)"))


def max_slope(drive: Any, rate: Any) -> float:
    """Largest slope between neighbouring samples."""
    x, y, across, up = _curve(drive, rate, "max_slope", points=2)
    return float(restored((np.diff(y) / np.diff(x)).max(), up - across, "max_slope(drive, rate)"))


def softness(drive: Any, rate: Any) -> float:
    """Drive that the slope needs to grow from 10 % to 90 % of its maximum (ReLU: 0; softplus: 4.394 width).

    Equation
        x90 - x10, x_p the first drive at which s(x) > p * max(s); s the slope between neighbouring samples, placed at
        their midpoint and straight between midpoints. A jump of the slope shows as 0.8 of the sampling step.
        NaN where the slope is above 10 % from the first sample on (the corner lies outside), or nowhere positive.
    """
    x, y, across, _ = _curve(drive, rate, "softness", points=3)
    slope = np.diff(y) / np.diff(x)
    if slope.max() <= 0.0:
        return float("nan")
    middle = (x[1:] + x[:-1]) / 2.0
    low, high = (onset(middle, slope, fraction=share) for share in (0.1, 0.9))
    return float(restored(high - low, across, "softness(drive)")) if slope[0] <= 0.1 * slope.max() else float("nan")


def dead_zone(drive: Any, rate: Any, *, level: float = 0.0) -> float:
    """Share of the sampled drive range over which |rate| is at most `level` (0: exactly silent).

    Equation
        length{x : |r(x)| <= level} / (x_last - x_first), r straight between samples
    """
    x, y, _, up = _curve(drive, rate, "dead_zone", points=2)
    limit = number(level, ParamInfo("1", "largest rate that counts as silent", low=0.0), "dead_zone: level")
    # no rate is larger than 1 here
    limit = float(shifted(min(limit, float(np.ldexp(1.0, min(up, 1023)))), up))
    rise = np.diff(y)
    within = np.diff(np.clip(y, -limit, limit))
    share = np.where(rise == 0.0, np.abs(y[:-1]) <= limit, within / np.where(rise == 0.0, 1.0, rise))
    return float(share @ np.diff(x) / (x[-1] - x[0]))


def saturation(drive: Any, rate: Any) -> float:
    """How far the slope has fallen at the end of the range: 0 at its steepest (ReLU), 1 when flat (step, tanh far out).

    Equation
        1 - s_last / max(s), s the slope between neighbouring samples; above 1 where the curve falls again; NaN where no
        slope is positive
    """
    x, y, _, _ = _curve(drive, rate, "saturation", points=2)
    slope = np.diff(y) / np.diff(x)
    return float(1.0 - slope[-1] / slope.max()) if slope.max() > 0.0 else float("nan")


def negative_area(drive: Any, rate: Any) -> float:
    """Share of the area between the curve and zero that lies below zero; NaN for a curve that is 0 throughout.

    Equation
        integral max(-r, 0) dx / integral |r| dx, r straight between samples
    """
    x, y, _, _ = _curve(drive, rate, "negative_area", points=2)
    largest = np.abs(y).max()
    if largest == 0.0:
        return float("nan")
    below, above = (_positive_area(x, sign * y / largest) for sign in (-1.0, 1.0))
    return below / (below + above)


def threshold_summary(
    drive: Any, rate: Any, *, fraction: float = 0.05, window: float = 0.5, level: float = 0.0
) -> dict[str, float]:
    """All of these for one curve, with the rules that were used, as one table row.

    Args:
        drive: sampled drive.
        rate: rate at each drive.
        fraction: share of the largest rate that marks the onset.
        window: drive over which the gain above the onset is measured.
        level: largest rate that counts as silent.
    """
    start = onset(drive, rate, fraction=fraction)
    return {
        "onset": start,
        "onset_fraction": fraction,
        "gain_above_onset": gain_above_onset(drive, rate, start=start, window=window),
        "gain_window": window,
        "max_slope": max_slope(drive, rate),
        "softness": softness(drive, rate),
        "dead_zone": dead_zone(drive, rate, level=level),
        "dead_level": level,
        "saturation": saturation(drive, rate),
        "negative_area": negative_area(drive, rate),
    }


def _curve(drive: Any, rate: Any, name: str, *, points: int) -> tuple[Array, Array, int, int]:
    """Drives and rates within -1 .. 1, and the powers of two that they were divided by."""
    x, y = real(drive, f"{name}(drive)"), real(rate, f"{name}(rate)")
    if x.ndim != 1 or x.shape != y.shape:
        raise ParameterError(f"{name}: got drive {x.shape} and rate {y.shape}, expected two vectors of one length")
    if x.size < points:
        raise ParameterError(f"{name}(drive, rate): got {x.size} samples, expected at least {points}")
    if not (x[1:] > x[:-1]).all():
        k = int(np.argmin(x[1:] > x[:-1]))
        raise ParameterError(
            f"{name}(drive): {x[k + 1]:g} follows {x[k]:g} at index {k + 1}, expected strictly ascending drives"
        )
    across, up = exponent(x), exponent(y)
    return shifted(x, across), shifted(y, up), across, up


def _positive_area(x: Array, y: Array) -> float:
    """Integral of max(y, 0), exact for the curve that is straight between samples."""
    up, rise = np.maximum(y, 0.0), np.diff(y)
    level = np.where(rise == 0.0, up[:-1], np.diff(up**2) / (2.0 * np.where(rise == 0.0, 1.0, rise)))
    return float(level @ np.diff(x))
