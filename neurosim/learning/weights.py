"""The weights of a plastic projection while they change: which connections exist, and the bounds that hold."""

from typing import Literal

import numpy as np

from neurosim.circuit import Projection
from neurosim.params import Array, ParameterError
from neurosim.plasticity.base import RateRule, Rule, SpikeRule
from neurosim.plasticity.trace_rule import TraceRule

_EXPLODED = 1e6


class PlasticWeights:
    """Where the weights (post, pre) of one projection start, and what they may become; dense while they learn.

    Connections exist where the projection says so. Weights of a signed projection stay at or above 0, and no magnitude
    exceeds the rule's `w_max`.
    """

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        # By source in memory where engines learn by spikes: fast for them, and sums are the same after each of them.
        self.layout: Literal["C", "F"] = "F" if isinstance(projection.rule, SpikeRule) else "C"
        self.start: Array = np.array(projection.dense(), dtype=np.float64, order=self.layout)
        self.exists = projection.connected()
        self.limit = _largest(projection.rule)
        reference = projection.rule.reference if isinstance(projection.rule, RateRule) else 1.0
        largest = float(np.abs(self.start).max(initial=0.0))
        if largest > self.limit * (1.0 + 1e-9):  # equal but for rounding
            raise ParameterError(
                f"learn: projection {projection.name!r}: got weights up to {largest:g} s, expected at most "
                f"{self.limit:g} s, the bound w_max of its {type(projection.rule).__name__}"
            )
        self.beyond = _EXPLODED * max(1.0 / reference, largest)
        """Magnitude in s at which weights explode: a million times the largest at the start (u = 1 if that is more)."""

    def bounded(self, values: Array) -> Array:
        """These weights within the bounds, on the connections that exist."""
        low = -self.limit if self.projection.sign is None else 0.0
        inside: Array = np.clip(values, low, self.limit)
        return self.stored(inside if self.exists is None else np.where(self.exists, inside, 0.0))

    def stored(self, values: Array) -> Array:
        """The same weights, in memory as this projection has them."""
        return np.asarray(values, order=self.layout)


def _largest(rule: Rule | None) -> float:
    """Largest magnitude in s that a rule allows."""
    if isinstance(rule, RateRule):
        return float(rule.w_max / rule.reference)
    return float(rule.w_max) if isinstance(rule, TraceRule) else np.inf
