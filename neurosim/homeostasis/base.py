"""What every homeostasis is: a population's own activity to a change of its thresholds or of its incoming weights."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

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
        return {} if state is None else state

    def bias_change(self, post: Any, state: State | None = None) -> Array:
        """Change of the bias (units,) by one presentation; none unless overridden."""
        return np.zeros(self._activity(post).shape[1])

    def scale(self, w: Array, post: Any, state: State | None = None) -> Array:
        """The incoming weights (post, pre) of one plastic projection anew; as they were unless overridden."""
        return w

    def _activity(self, post: Any) -> Array:
        """Activities (trials, units) in units of the reference rate."""
        where = f"{type(self).__name__}: post"
        array = finite(post, "Hz", where)
        rows = array[np.newaxis] if array.ndim == 1 else array
        if rows.ndim != 2 or rows.size == 0:
            raise ParameterError(f"{where}: got shape {array.shape}, expected (trials, units) or (units,)")
        return rows / self.reference
