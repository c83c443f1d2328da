"""What every homeostasis is: a population's own activity to a change of its thresholds or of its incoming weights."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from neurosim.gate import instance
from neurosim.params import Array, ParameterError, Params, count, finite, param

State = Mapping[str, Array]
"""What a homeostasis remembers, by name; never changed in place."""


@dataclass(frozen=True, kw_only=True)
class Homeostasis(Params, ABC):
    """A slow law that holds the units of a population in their working range, the same on every rung.

    It acts once per presentation, after the rules of the projections: `bias_change` is added to the bias of the
    population (minus the threshold), `scale` gives the incoming weights of its plastic projections anew.

    Shapes
        post (trials, units) in Hz; bias change (units,); w (post, pre)
    Units
        bias 1 (drive); w s, magnitudes where the projection is signed
    Raises
        ParameterError: an array of a shape that does not fit, or not finite
    """

    settles: ClassVar[bool] = False
    """Whether `scale` looks at each unit's weights alone and leaves them as they are (to rounding) once they are as it
    wants them, so that only units whose weights have changed need be scaled."""

    reference: float = param(1.0, unit="Hz", doc="firing rate that counts as activity 1", above=0)

    @property
    @abstractmethod
    def acts_on(self) -> Literal["bias", "weights"]:
        """What it changes: the bias of the population, or its incoming weights."""

    def initial_state(self, n_units: int) -> State:
        """What is remembered at the start, by name; nothing unless overridden."""
        count(n_units, f"{type(self).__name__}.initial_state: n_units")
        return {}

    def next_state(self, post: Any, state: State | None = None) -> State:
        """What is remembered after a presentation."""
        self._activity(post)
        return self._known(state)

    def bias_change(self, post: Any, state: State | None = None) -> Array:
        """Change of the bias (units,) by one presentation; none unless overridden."""
        self._known(state)
        return np.zeros(self._activity(post).shape[1])

    def scale(self, w: Any, post: Any, state: State | None = None) -> Array:
        """The incoming weights (post, pre) of one plastic projection anew; as they were unless overridden."""
        return self._weights(w, post, state)

    def _known(self, state: State | None) -> State:
        """A state that is a mapping; an empty one where there is none."""
        return (
            {} if state is None else instance(state, Mapping, f"{type(self).__name__}: state", "what next_state gave")
        )

    def _weights(self, w: Any, post: Any, state: State | None) -> Array:
        """Weights (post, pre) that fit the activities."""
        self._known(state)
        units = self._activity(post).shape[1]
        weights = finite(w, "s", f"{type(self).__name__}: w")
        if weights.ndim != 2 or len(weights) != units:
            raise ParameterError(f"{type(self).__name__}: w: got shape {weights.shape}, expected ({units}, pre)")
        return weights

    def _activity(self, post: Any) -> Array:
        """Activities (trials, units) in units of the reference rate."""
        where = f"{type(self).__name__}: post"
        array = finite(post, "Hz", where)
        rows = array[np.newaxis] if array.ndim == 1 else array
        if rows.ndim != 2 or rows.size == 0:
            raise ParameterError(f"{where}: got shape {array.shape}, expected (trials, units) or (units,)")
        return rows / self.reference
