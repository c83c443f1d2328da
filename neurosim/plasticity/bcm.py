"""BCM: potentiation above a threshold that slides with the unit's own activity, depression below it."""

from dataclasses import dataclass

import numpy as np

from neurosim.params import Array, param
from neurosim.plasticity.base import RateRule, State


@dataclass(frozen=True, kw_only=True)
class BCM(RateRule):
    """Bienenstock, Cooper and Munro's rule: units become selective, as the threshold outruns what patterns share.

    With K orthonormal patterns of equal probability the stable states answer one pattern with K and the others with 0:
    the selectivity, 1 minus the mean answer over the largest, is 1 - 1/K.

    Equation
        du_i = learning_rate * <y_i (y_i - theta_i) x^T>
        theta_i <- theta_i + (<y_i^2> - theta_i)/memory, after the change
    Shapes
        u (post, pre), x (trials, pre), y (trials, post); state "theta" (post,)
    Units
        dimensionless: activities in units of the reference rate, weights in units of 1/reference, theta in units of
        the squared reference rate over it; memory presentations. The threshold must move faster than the weights.
    Source
        Bienenstock, Cooper & Munro, J Neurosci 2 (1982); Intrator & Cooper, Neural Networks 5 (1992) (theta = E y^2).
    """

    learning_rate: float = param(0.01, doc="learning rate per presentation", low=0)
    memory: float = param(20.0, doc="presentations over which the threshold averages", low=1)
    theta: float = param(0.0, doc="threshold at the start", low=0)

    def initial_state(self, n_post: int, n_pre: int) -> State:
        return {**super().initial_state(n_post, n_pre), "theta": np.full(n_post, self.theta)}

    def change(self, u: Array, x: Array, y: Array, state: State) -> Array:
        drift: Array = y * (y - state["theta"])
        return self.learning_rate / len(x) * (drift.T @ x)

    def advance(self, u: Array, x: Array, y: Array, state: State) -> State:
        theta = state["theta"]
        return {"theta": theta + (np.square(y).mean(axis=0) - theta) / self.memory}
