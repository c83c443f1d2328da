"""Hebb: what fires together is wired together, without end."""

from dataclasses import dataclass

from neurosim.params import Array, param
from neurosim.plasticity.base import RateRule, State


@dataclass(frozen=True, kw_only=True)
class Hebb(RateRule):
    """Plain Hebbian learning: the product of the two activities.

    The weights grow without bound. Behind a linear unit (y = u x) they grow as exp(learning_rate * lambda1) per
    presentation along the first eigenvector of `<x x^T>`, whose eigenvalue is lambda1.

    Equation
        du = learning_rate * <y x^T>
    Shapes
        u (post, pre), x (trials, pre), y (trials, post)
    Units
        dimensionless: activities in units of the reference rate, weights in units of 1/reference
    Source
        Hebb, The Organization of Behavior (1949), p. 62 (in words).
    """

    learning_rate: float = param(0.01, doc="learning rate per presentation", low=0)

    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        return self.learning_rate / len(x) * (y.T @ x)
