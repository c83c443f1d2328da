"""Tuning curves: how wide they are, and how much one direction is preferred to the other."""

from typing import Any

import numpy as np

from neurosim.metrics.checks import exponent, pair, restored, shifted
from neurosim.params import Array, ParameterError, ParamInfo, number


def half_width(
    positions: Any, response: Any, *, level: float = 0.5, baseline: float = 0.0, period: float | None = None
) -> float:
    """Half the width of a tuning curve at half of its height, between samples by straight lines.

    Equation
        (right - left)/2, the nearest places on either side of the largest response where the curve falls to
        baseline + level * (largest - baseline); NaN where it does not fall so far on both sides, is flat or silent, or
        nowhere exceeds the baseline. Of several equal maxima the first counts.
    Shapes
        positions (n,) ascending, response (n,)
    Units
        those of the positions; level 1
    Args:
        positions: stimulus values, such as orientations.
        response: activity at each of them.
        level: share of the height at which the width is taken.
        baseline: response that counts as no height.
        period: length of the circle, where the positions lie on one (180 for orientations in degrees).
    Raises:
        ParameterError: positions that do not ascend, or that span the period or more.
    """
    x, y = pair(positions, response, "half_width", ("positions", "response"))
    share = number(level, ParamInfo("1", "share of the height", above=0, below=1), "half_width: level")
    if x.ndim != 1 or x.size < 3 or (np.diff(x) <= 0).any():
        raise ParameterError(
            f"half_width(positions, response): got shape {x.shape}, expected vectors of at least three entries, "
            "positions that ascend"
        )
    low = number(baseline, ParamInfo("1", "response that counts as no height"), "half_width: baseline")
    around_all = None if period is None else number(period, ParamInfo("1", "circle", above=0), "half_width: period")
    powers = exponent(x, around_all or 0.0), exponent(y, low)
    x, y, low = shifted(x, powers[0]), shifted(y, powers[1]), float(shifted(low, powers[1]))
    width = _half_width(x, y, share, low, None if around_all is None else float(shifted(around_all, powers[0])))
    return float(restored(width, powers[0], "half_width(positions)"))


def _half_width(x: Array, y: Array, share: float, baseline: float, period: float | None) -> float:
    middle = int(y.argmax())
    height = float(y[middle] - baseline)
    if height <= 0:
        return float("nan")
    if period is None:
        right_x, right_y, left_x, left_y = x[middle:], y[middle:], x[middle::-1], y[middle::-1]
    else:
        if x[-1] - x[0] >= period:
            raise ParameterError(
                "half_width(positions): got positions that span the period or more, expected less than the period"
            )
        around = np.roll(y, -middle)
        ahead = np.mod(np.roll(x, -middle) - x[middle], period)
        right_x, right_y = np.append(x[middle] + ahead, x[middle] + period), np.append(around, around[0])
        left_x, left_y = right_x[::-1] - period, right_y[::-1]
    limit = baseline + share * height
    return 0.5 * (_crossing(right_x, right_y, limit) - _crossing(left_x, left_y, limit))


def _crossing(x: Array, y: Array, limit: float) -> float:
    """First place, from the start on, where the polygon falls to the limit; NaN if it does not."""
    below = np.flatnonzero(y <= limit)
    if not len(below):
        return float("nan")
    k = int(below[0])
    return float(x[k - 1] + (x[k] - x[k - 1]) * (y[k - 1] - limit) / (y[k - 1] - y[k]))


def direction_selectivity_index(preferred: Any, null: Any) -> Any:
    """How much stronger one direction is: 1 if the other is silent, 0 if they are equal; NaN if both are 0.

    Equation
        (preferred - null)/(preferred + null), within [-1, 1]
    Shapes
        any, elementwise; numbers give a number
    Raises:
        ParameterError: a negative response, with which the index is not bounded.
    """
    towards, against = pair(preferred, null, "direction_selectivity_index", ("preferred", "null"))
    for name, response in (("preferred", towards), ("null", against)):
        if response.min() < 0:
            raise ParameterError(
                f"direction_selectivity_index({name}): got {response.min():g}, expected responses >= 0"
            )
    power = np.frexp(np.maximum(np.abs(towards), np.abs(against)))[1]
    towards, against = shifted(towards, power), shifted(against, power)
    total = towards + against
    safe = np.where(total != 0, total, 1.0)
    return np.where(total != 0, (towards - against) / safe, np.nan)[()]
