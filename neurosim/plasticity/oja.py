"""Oja: Hebb with a decay that keeps the weights at length 1."""

from dataclasses import dataclass

import numpy as np

from neurosim.params import Array, param
from neurosim.plasticity.base import RateRule, State


@dataclass(frozen=True, kw_only=True)
class Oja(RateRule):
    """Hebbian learning with a decay in proportion to the squared output, each unit for itself.

    Behind a linear unit (y = u x) the weights turn to the first eigenvector of `<x x^T>` (of the covariance, if the
    inputs have mean 0), with length 1 or -1 along it: tan(angle) falls as exp(-learning_rate * (lambda1 - lambda2)) per
    presentation.

    Equation
        du_i = learning_rate * <y_i x^T - y_i^2 u_i>
    Shapes
        u (post, pre), x (trials, pre), y (trials, post)
    Units
        dimensionless: activities in units of the reference rate, weights in units of 1/reference (length 1/reference)
    Source
        Oja, J Math Biol 15 (1982).
    """

    learning_rate: float = param(0.01, doc="learning rate per presentation", low=0)

    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        decay: Array = np.square(y).sum(axis=0)[:, np.newaxis] * u
        return self.learning_rate / len(x) * (y.T @ x - decay)
