"""What a read-out decides: the class with the largest response, or no answer."""

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.params import DimensionError, ParameterError

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
    try:
        values = np.asarray(activity)
    except ValueError:
        raise ParameterError("decide: got rows that differ in length, expected (trials, classes)") from None
    if values.dtype.kind not in "biuf" or np.ma.isMaskedArray(activity):
        kind = "a masked array" if np.ma.isMaskedArray(activity) else f"values of type {values.dtype}"
        raise DimensionError(f"decide: got {kind}, expected real numbers, one column per class")
    if values.ndim != 2 or values.shape[1] < 2:
        raise ParameterError(f"decide: got shape {values.shape}, expected (trials, classes) with two classes or more")
    return winners(values)


def winners(values: Any) -> Classes:
    """The same of an array that is known to be (trials, classes)."""
    largest = values.max(axis=1)
    alone = np.count_nonzero(values == largest[:, np.newaxis], axis=1) == 1
    chosen: Classes = np.where(alone & np.isfinite(largest), values.argmax(axis=1), NO_ANSWER)
    return chosen


def accuracy(activity: Any, labels: Any) -> float:
    """Fraction of the trials whose decision is their label; no answer is a wrong answer.

    Shapes
        activity (trials, classes), labels (trials,): numbers of columns
    Raises:
        ParameterError: no trial, shapes that do not fit, or labels that are no numbers of columns.
    """
    decided = decide(activity)
    classes = np.shape(activity)[1]
    given = np.asarray(labels)
    if given.shape != decided.shape or not given.size:
        raise ParameterError(
            f"accuracy: got labels of shape {given.shape} for {decided.size} trials, expected one for each, and a trial"
        )
    if given.dtype.kind not in "iu" or np.ma.isMaskedArray(labels):
        kind = "a masked array" if np.ma.isMaskedArray(labels) else f"labels of type {given.dtype}"
        raise ParameterError(f"accuracy: got {kind}, expected class numbers from 0 to {classes - 1}")
    outside = given[(given < 0) | (given >= classes)]
    if outside.size:
        raise ParameterError(f"accuracy: got the label {outside[0]}, expected class numbers from 0 to {classes - 1}")
    return float(np.mean(decided == given))
