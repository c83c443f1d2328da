"""Synaptic scaling: all incoming weights of a unit grow or shrink by one common factor."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neurosim.homeostasis.base import Homeostasis, State
from neurosim.params import Array, ParameterError, param


@dataclass(frozen=True, kw_only=True)
class SynapticScaling(Homeostasis):
    """Multiplicative scaling towards a target rate, so that the ratios between a unit's weights stay what they are.

    Equation
        m <- m + (<y> - m)/memory (m starts at the target)
        w_ij <- w_ij * max(0, 1 + learning_rate * (1 - m_i/target)),
        y = post/reference; m is the mean after this presentation
    Shapes
        post (trials, units); w (post, pre)
    Units
        learning_rate relative change per presentation of a silent unit; memory presentations; target Hz
    Raises
        ParameterError: a state that is not this homeostasis's
    Source
        Turrigiano, Leslie, Desai, Rutherford & Nelson, Nature 391 (1998).
    """

    target: float = param(5.0, unit="Hz", doc="mean activity that each unit keeps", above=0)
    learning_rate: float = param(0.01, doc="relative change of the weights of a silent unit per presentation", low=0)
    memory: float = param(20.0, doc="presentations over which the activity is averaged", low=1)

    @property
    def acts_on(self) -> Literal["bias", "weights"]:
        return "weights"

    def initial_state(self, n_units: int) -> State:
        return {**super().initial_state(n_units), "mean": np.full(n_units, self.target / self.reference)}

    def next_state(self, post: Any, state: State | None = None) -> State:
        y = self._activity(post).mean(axis=0)
        mean = self._mean(y.size, state)
        return {"mean": mean + (y - mean) / self.memory}

    def scale(self, w: Any, post: Any, state: State | None = None) -> Array:
        mean = self.next_state(post, state)["mean"]
        factor: Array = np.maximum(0.0, 1.0 + self.learning_rate * (1.0 - mean * self.reference / self.target))
        return self._weights(w, post, state) * factor[:, np.newaxis]

    def _mean(self, units: int, state: State | None) -> Array:
        mean = (self.initial_state(units) if state is None else self._known(state)).get("mean")
        if mean is None or np.shape(mean) != (units,):
            raise ParameterError(
                f"SynapticScaling: state: got {sorted(state or {})}, expected 'mean' of shape ({units},): "
                f"start with initial_state({units}) and go on with next_state"
            )
        return np.asarray(mean, dtype=np.float64)
