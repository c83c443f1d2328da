"""Instar: an active unit moves its weights towards the pattern that made it active."""

from dataclasses import dataclass

import numpy as np

from neurosim.params import Array, param
from neurosim.plasticity.base import RateRule, State


@dataclass(frozen=True, kw_only=True)
class Instar(RateRule):
    """Competitive Hebbian learning whose decay is gated by the output: weights end at the mean of a unit's patterns.

    Equation
        du_i = learning_rate * <y_i (x - u_i)>, at rest u_i = <y_i x>/<y_i>
    Shapes
        u (post, pre), x (trials, pre), y (trials, post)
    Units
        dimensionless: activities in units of the reference rate, weights in units of 1/reference
    Source
        Grossberg, Biol Cybern 23 (1976) (instar); Földiák, Biol Cybern 64 (1990) (feed-forward weights).
    """

    learning_rate: float = param(0.02, doc="learning rate per presentation", low=0)

    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        decay: Array = y.sum(axis=0)[:, np.newaxis] * u
        return self.learning_rate / len(x) * (y.T @ x - decay)
