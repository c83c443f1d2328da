"""Sanger: Oja's rule in a row, so that each unit learns what the units before it leave over."""

from dataclasses import dataclass

import numpy as np

from neurosim.params import Array, param
from neurosim.plasticity.base import RateRule, State


@dataclass(frozen=True, kw_only=True)
class Sanger(RateRule):
    """The generalised Hebbian algorithm: behind linear units the k-th unit turns to the k-th principal component.

    Equation
        du_i = learning_rate * <y_i (x - sum_{k <= i} y_k u_k)>
    Shapes
        u (post, pre), x (trials, pre), y (trials, post); the order of the postsynaptic units matters
    Units
        dimensionless: activities in units of the reference rate, weights in units of 1/reference
    Source
        Sanger, Neural Networks 2 (1989) (generalised Hebbian algorithm).
    """

    learning_rate: float = param(0.01, doc="learning rate per presentation", low=0)

    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        explained = np.tril(y.T @ y) @ u
        return self.learning_rate / len(x) * (y.T @ x - explained)
