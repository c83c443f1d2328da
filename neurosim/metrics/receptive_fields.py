"""Receptive fields: which unit stands for which cause, how selective units are, and how much they repeat each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.metrics.checks import axis_of, exponent, real, shifted
from neurosim.params import Array, ParameterError, ParamInfo, number

_SHARE = ParamInfo("1", "correlation", above=0.0, high=1.0)
SINGLE_CAUSE = 0.8
"""Correlation from which a field counts as one cause: the sum of two bars that cross has .68 with each of them."""


@dataclass(frozen=True, eq=False)
class Matching:
    """Which cause each unit stands for; made by [match_causes][neurosim.metrics.receptive_fields.match_causes].

    Shapes
        cause and similarity (units,): the most similar cause and its correlation with the field;
        found (causes,): whether a unit stands for it
    """

    cause: npt.NDArray[np.int64]
    similarity: Array
    found: npt.NDArray[np.bool_]

    @property
    def unique(self) -> int:
        """Number of different causes that units stand for."""
        return int(self.found.sum())


def match_causes(fields: Any, causes: Any, *, at_least: float = SINGLE_CAUSE) -> Matching:
    """Match every receptive field with the cause it correlates with most.

    A unit stands for a cause where that correlation reaches `at_least`. The mean over the pixels is taken away: it adds
    the same drive whatever is shown, as a threshold does.

    Equation
        similarity_i = max_k corr(field_i, cause_k) over pixels; a field that is the same everywhere has similarity 0
    Shapes
        fields (units, pixels), causes (causes, pixels)
    Raises
        ParameterError: other shapes, a cause that is the same everywhere, or at_least outside 0 .. 1
    """
    values, patterns = _rows(fields, "match_causes(fields)"), _rows(causes, "match_causes(causes)")
    if values.shape[1] != patterns.shape[1]:
        raise ParameterError(
            f"match_causes: fields have {values.shape[1]} pixels and causes {patterns.shape[1]}, expected as many"
        )
    at_least = number(at_least, _SHARE, "match_causes: at_least")
    directions = _centred(patterns)
    flat = np.flatnonzero(~directions.any(axis=1))
    if len(flat):
        raise ParameterError(f"match_causes(causes): cause {flat[0]} is the same everywhere, expected a pattern")
    similarity = _centred(values) @ directions.T
    best = similarity.argmax(axis=1)
    largest = similarity.max(axis=1)
    found = np.zeros(len(patterns), dtype=bool)
    found[best[largest >= at_least]] = True
    return Matching(best.astype(np.int64), largest, found)


def selectivity(activity: Any, *, axis: int = 0) -> Any:
    """How much a unit prefers its best stimulus to the average one; NaN where it never answers.

    Equation
        1 - mean(activity) / max(activity): 0 for equal answers, 1 - 1/K for one answer in K
    Shapes
        (trials, ...) -> (...)
    Raises
        ParameterError: negative activity, an axis that there is not
    Source
        Bienenstock, Cooper & Munro, J Neurosci 2 (1982).
    """
    values = real(activity, "selectivity(activity)")
    if values.ndim == 0:
        raise ParameterError("selectivity(activity): got a single number, expected the answers to several stimuli")
    axis = axis_of(axis, values, "selectivity: axis")
    if values.min() < 0:
        raise ParameterError(f"selectivity(activity): got {values.min():g}, expected activities >= 0")
    values = shifted(values, exponent(values, axis=axis))
    largest = values.max(axis=axis)
    ratio = values.mean(axis=axis) / np.where(largest > 0, largest, 1.0)
    return np.where(largest > 0, 1.0 - ratio, np.nan)[()]


def mean_absolute_correlation(activity: Any) -> float:
    """Mean magnitude of the correlation of two units over trials: redundancy; NaN where fewer than two units vary.

    Silent and constant units have no correlation and are left out; negative activities are taken as they are.

    Shapes
        activity (trials, units); units that never change are left out
    """
    values = _rows(activity, "mean_absolute_correlation(activity)")
    moving = _centred(values[:, values.max(axis=0) > values.min(axis=0)].T)
    n = len(moving)
    if n < 2:
        return float("nan")
    total = np.abs(moving @ moving.T)
    return float((total.sum() - np.trace(total)) / (n * (n - 1)))


def bimodality(values: Any) -> float:
    """Sarle's bimodality coefficient of a sample: 1 for two values, 5/9 for a uniform, 1/3 for a normal distribution.

    Equation
        (skewness^2 + 1) / kurtosis, moments of the sample without correction for its size; NaN where nothing varies
    Source
        SAS/STAT User's Guide, procedure CLUSTER (there with corrections for small samples).
    """
    sample = real(values, "bimodality(values)").ravel()
    sample = shifted(sample, exponent(sample))
    spread = float(np.ptp(sample))
    if spread == 0:
        return float("nan")
    z = (sample - sample.mean()) / spread
    second, third, fourth = (float(np.mean(z**k)) for k in (2, 3, 4))
    return (third**2 / second**3 + 1.0) / (fourth / second**2)


def _rows(values: Any, where: str) -> Array:
    array = real(values, where)
    if array.ndim != 2:
        raise ParameterError(f"{where}: got shape {array.shape}, expected a matrix")
    return array


def _centred(rows: Array) -> Array:
    """Rows with mean 0 and length 1; a row that is the same everywhere becomes 0."""
    rows = shifted(rows, exponent(rows, axis=1))
    span = np.ptp(rows, axis=1, keepdims=True)
    scaled = np.divide(rows - rows.mean(axis=1, keepdims=True), span, out=np.zeros_like(rows), where=span > 0)
    size = np.linalg.norm(scaled, axis=1, keepdims=True)
    unit: Array = np.divide(scaled, size, out=np.zeros_like(rows), where=size > 0)
    return unit
