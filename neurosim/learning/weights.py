"""The weights of a plastic projection while they change: which connections exist, and the bounds that hold."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.circuits.circuit import Projection
from neurosim.engines.base import EVERY, Units
from neurosim.params import Array, ParameterError
from neurosim.plasticity.base import RateRule, Rule
from neurosim.plasticity.trace_rule import TraceRule

_EXPLODED = 1e6
_CUT = 1e-9


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights (post, pre) after a batch: all of them before it, and those of the units that it changed.

    So a batch costs what it changes, and not what there is.
    """

    before: Array
    units: Units
    rows: Array
    squares: Array
    """Sum of the squares of each unit's weights."""
    unsettled: npt.NDArray[np.bool_]
    """Units that the next homeostasis has to look at even if nothing else changes them."""

    @classmethod
    def at_start(cls, values: Array, unsettled: npt.NDArray[np.bool_] | None = None) -> "Weights":
        """No batch yet; the array is changed from now on."""
        squares = np.einsum("ij,ij->i", values, values)
        return cls(values, EVERY, values, squares, np.ones(len(values), bool) if unsettled is None else unsettled)

    def now(self) -> Array:
        """The weights of all units; brings those before up to date, which one may do any number of times."""
        self.before[self.units] = self.rows
        return self.before

    def after(self, units: Units, rows: Array, unsettled: npt.NDArray[np.bool_]) -> "Weights":
        """The same with other weights of some units."""
        squares, still = self.squares.copy(), self.unsettled.copy()
        squares[units] = np.einsum("ij,ij->i", rows, rows)
        still[units] = unsettled
        return Weights(self.now(), units, rows, squares, still)

    def change_to(self, new: "Weights") -> float:
        """Length of a change over the length before; 0 where nothing changed, infinite from nothing to something."""
        difference = new.rows - self.now()[new.units]
        # Exact sums: it does not matter whether units that did not change are among them.
        change = math.sqrt(math.fsum(np.einsum("ij,ij->i", difference, difference).tolist()))
        size = math.sqrt(self.squares.sum())
        if size > 0:
            return change / size
        return math.inf if change > 0 else 0.0


class PlasticWeights:
    """Where the weights (post, pre) of one projection start, and what they may become; dense while they learn.

    Connections exist where the projection says so. Weights of a signed projection stay at or above 0, and no magnitude
    exceeds the rule's `w_max`.
    """

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self.start: Array = np.array(projection.dense(), dtype=np.float64, order="C")
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

    def bounded(self, rows: Array, units: Units = EVERY) -> Array:
        """These weights of some units within the bounds, on the connections that exist."""
        low = -self.limit if self.projection.sign is None else 0.0
        inside: Array = np.clip(rows, low, self.limit)
        return inside if self.exists is None else np.where(self.exists[units], inside, 0.0)

    def as_given(self, values: Array) -> Any:
        """These weights as the projection holds its own: sparse ones keep their connections, those of weight 0 too."""
        return self.projection.as_given(values)

    def cut(self, wanted: Array, kept: Array) -> npt.NDArray[np.bool_]:
        """Units of which a bound took away a part that counts, so that a homeostasis has not got what it wants."""
        return np.asarray((np.abs(wanted - kept) > _CUT * self.beyond / _EXPLODED).any(axis=1), dtype=np.bool_)


def _largest(rule: Rule | None) -> float:
    """Largest magnitude in s that a rule allows."""
    if isinstance(rule, RateRule):
        return float(rule.w_max / rule.reference)
    return float(rule.w_max) if isinstance(rule, TraceRule) else np.inf
