"""How many units share the activity."""

from typing import Any

import numpy as np

from neurosim.metrics.checks import axis_of, real
from neurosim.params import ParameterError


def participation_ratio(activity: Any, *, axis: int = -1) -> Any:
    """Effective number of active units: 1 for a single winner, n for n equal ones; NaN where nobody is active.

    Equation
        1 / sum_i p_i^2, p = activity / sum(activity)  (n times the Treves-Rolls index); silent units add nothing
    Shapes
        (..., units) -> (...)
    Raises:
        ParameterError: negative activity.
    Source
        Simpson, Nature 163 (1949) (the sum of squared shares).
    """
    values = real(activity, "participation_ratio(activity)")
    if values.ndim == 0:
        raise ParameterError(
            "participation_ratio(activity): got a single number, expected the activities of a population"
        )
    if values.min() < 0:
        raise ParameterError(f"participation_ratio(activity): got {values.min():g}, expected activities >= 0")
    axis = axis_of(axis, values, "participation_ratio: axis")
    largest = values.max(axis=axis, keepdims=True)
    scaled = values / np.where(largest > 0, largest, 1.0)
    squares = np.square(scaled).sum(axis=axis)
    return np.where(squares > 0, np.square(scaled.sum(axis=axis)) / np.where(squares > 0, squares, 1.0), np.nan)[()]
