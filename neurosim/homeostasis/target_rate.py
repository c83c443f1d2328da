"""Target rate: the threshold of a unit moves until the unit fires at a given mean rate."""

from dataclasses import dataclass
from typing import Any, Literal

from neurosim.homeostasis.base import Homeostasis, State
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class TargetRate(Homeostasis):
    """Intrinsic homeostasis: each unit's threshold rises while it is more active than its target, and falls while less.

    Equation
        d bias_i = -learning_rate * (<y_i> - target/reference), y = post/reference, the mean over the trials
        Steady where the mean activity is the target, whatever the weights.
    Shapes
        post (trials, units) -> bias change (units,)
    Units
        learning_rate drive per presentation; target and post Hz
    Source
        Földiák, Biol Cybern 64 (1990) (thresholds); Zylberberg, Murphy & DeWeese, PLoS Comput Biol 7 (2011).
    """

    target: float = param(0.1, unit="Hz", doc="mean activity that each unit keeps", low=0)
    learning_rate: float = param(0.02, doc="change of the threshold per presentation and activity 1 too much", low=0)

    @property
    def acts_on(self) -> Literal["bias", "weights"]:
        return "bias"

    def bias_change(self, post: Any, state: State | None = None) -> Array:
        self._known(state)
        excess: Array = self._activity(post).mean(axis=0) - self.target / self.reference
        return -self.learning_rate * excess
