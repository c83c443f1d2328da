"""Losses: the activity of the last population and the targets to one number and its gradient."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.decisions import winners
from neurosim.gate import SQUARED
from neurosim.params import Array, ParameterError, Params, finite, param
from neurosim.params import labels as class_numbers


@dataclass(frozen=True, kw_only=True)
class Loss(Params, ABC):
    """A mean over trials."""

    task: ClassVar[str] = ""
    """What it makes of the outputs: "classes" (logits), "values", or "" where that is not known."""

    @abstractmethod
    def prepared(self, targets: Any, trials: int, units: int) -> Array:
        """Targets as this loss reads them, checked once."""

    @abstractmethod
    def value_and_gradient(self, activity: Array, targets: Array) -> tuple[float, Array]:
        """The loss, and its derivative by the activity (trials, units)."""

    @abstractmethod
    def score(self, activity: Array, targets: Array) -> float:
        """A number that is larger for a better output, for early stopping and for people."""


@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """Softmax cross-entropy of logits; the last population is linear and its activities are the logits.

    Equation
        L = mean over trials of weight_c * (log sum_k exp(a_k) - a_c), c the trial's class, divided by the mean weight
    Shapes
        activity (trials, classes); targets (trials,) class numbers
    Source
        Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.108.
    """

    task: ClassVar[str] = "classes"
    class_weights: tuple[float, ...] = param((), doc="weight of each class (none: all alike)", low=0)

    def prepared(self, targets: Any, trials: int, units: int) -> Array:
        labels = class_numbers(targets, "CrossEntropy: targets")
        if labels.shape != (trials,):
            raise ParameterError(
                f"CrossEntropy: targets: got shape {labels.shape}, expected ({trials},) class numbers, one per trial"
            )
        if labels.max() >= units:
            raise ParameterError(
                f"CrossEntropy: targets: got class {labels.max()}, expected 0 to {units - 1}: the last population has "
                f"{units} units"
            )
        if self.class_weights and len(self.class_weights) != units:
            raise ParameterError(
                f"CrossEntropy.class_weights: got {len(self.class_weights)} weights, expected {units}, one per class"
            )
        return labels.astype(np.intp)

    def value_and_gradient(self, activity: Array, targets: Array) -> tuple[float, Array]:
        rows = np.arange(len(targets))
        shifted = activity - activity.max(axis=1, keepdims=True)
        gradient = np.exp(shifted)
        total = gradient.sum(axis=1, keepdims=True)
        loss = np.log(total[:, 0]) - shifted[rows, targets]
        gradient /= total
        gradient[rows, targets] -= 1.0
        if not self.class_weights:
            gradient /= len(rows)
            return float(loss.mean()), gradient
        weight = np.asarray(self.class_weights)[targets]
        weight = weight / weight.sum()
        return float(weight @ loss), gradient * weight[:, np.newaxis]

    def score(self, activity: Array, targets: Array) -> float:
        """Accuracy; a trial whose largest logit is shared has no answer, which is a wrong one."""
        return float(np.mean(winners(activity) == targets))


@dataclass(frozen=True, kw_only=True)
class SquaredError(Loss):
    """Half the squared distance between activity and target.

    Equation
        L = mean over trials of 1/2 sum_k (a_k - t_k)^2
    Shapes
        activity and targets (trials, units)
    """

    task: ClassVar[str] = "values"

    def prepared(self, targets: Any, trials: int, units: int) -> Array:
        values = finite(targets, "1", "SquaredError: targets", within=SQUARED)
        if values.shape != (trials, units):
            raise ParameterError(f"SquaredError: targets: got shape {values.shape}, expected ({trials}, {units})")
        return values

    def value_and_gradient(self, activity: Array, targets: Array) -> tuple[float, Array]:
        difference = activity - targets
        loss = 0.5 * float(np.einsum("ij,ij->", difference, difference)) / len(targets)
        return loss, difference / len(targets)

    def score(self, activity: Array, targets: Array) -> float:
        """Minus the loss."""
        return -self.value_and_gradient(activity, targets)[0]
