"""What a read-out decides: the class with the largest response, or no answer."""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.params import ParameterError, real
from neurosim.params import labels as class_numbers
from neurosim.registry import exports

Classes = npt.NDArray[np.intp]

NO_ANSWER = -1
"""What stands for the class of a trial that was not decided; it equals no class, so it counts as wrong."""


def decide(activity: Any) -> Classes:
    """The column with the largest response in every row, or `NO_ANSWER` where there is none.

    There is none where the largest response is shared (all units silent, or a tie), where a response is NaN, and where
    the largest one is infinite. `numpy.argmax` would answer with a class in each of these cases.

    Shapes
        activity (trials, classes), rates or logits -> (trials,)
    Raises:
        ParameterError: another shape, or fewer than two classes to choose from.
        DimensionError: no real numbers.
    """
    values = real(activity, "1", "decide: activity")
    if values.ndim != 2 or values.shape[1] < 2:
        raise ParameterError(
            f"decide: activity: got shape {values.shape}, expected (trials, classes) with two classes or more"
        )
    return winners(values)


def winners(values: Any) -> Classes:
    """The same where there may be a single column, which answers wherever it is finite (NaN: no answer).

    Raises:
        ParameterError: no rows of responses.
        DimensionError: no real numbers.
    """
    values = real(values, "1", "winners: values")
    if values.ndim != 2 or values.shape[1] < 1:
        raise ParameterError(f"winners: values: got shape {values.shape}, expected (trials, classes)")
    largest = values.max(axis=1)
    alone = np.count_nonzero(values == largest[:, np.newaxis], axis=1) == 1
    chosen: Classes = np.where(alone & np.isfinite(largest), values.argmax(axis=1), NO_ANSWER)
    return chosen


def accuracy(activity: Any, labels: Any) -> float:
    """Fraction of the trials whose decision is their label; no answer (of silence, a tie or NaN) is a wrong answer.

    Shapes
        activity (trials, classes), labels (trials,): numbers of columns
    Raises:
        ParameterError: no trial, shapes that do not fit, or labels that are no numbers of columns.
        DimensionError: no numbers.
    """
    decided = decide(activity)
    given = class_numbers(labels, "accuracy: labels", high=np.shape(activity)[1] - 1)
    if given.shape != decided.shape or not given.size:
        raise ParameterError(
            f"accuracy: got labels of shape {given.shape} for {decided.size} trials, expected one for each, and a trial"
        )
    return float(np.mean(decided == given))


__all__, __dir__ = exports(globals())
