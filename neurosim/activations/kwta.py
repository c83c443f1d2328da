"""k-winners-take-all: the strongest few of a population are active."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, DimensionError, param


@dataclass(frozen=True, kw_only=True)
class KWTA(Activation):
    """Hard k-winners-take-all over the last axis; winners keep their rectified drive.

    Equation
        r_i = max(0, drive_i) if drive_i is among the k largest, else 0
        Ties go to the unit with the lower index. An array of fewer than k units has only winners; a circuit with a
        population of fewer than k units is refused. A missing drive (NaN) leaves open who wins: all are NaN.
    Shapes
        (..., units) in and out; the derivative is (..., units, units)
    Raises
        DimensionError for a drive without a units axis
    Source
        Maass, Neural Comput 12 (2000) (k-winner-take-all as a computational unit; graded values are kept here).
    """

    k: int = param(1, doc="number of winners", low=1)

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "strong lateral inhibition silences all but the strongest; how many win depends on the drive too"
    )
    kink: ClassVar[str] = (
        "where a winner changes (the curve jumps) or has drive 0; the slope of the losers, 0, is returned"
    )

    @property
    def smallest_population(self) -> int:
        return self.k

    def _value(self, drive: Array) -> Array:
        active, zero = self._active(drive)
        return np.where(active, drive, zero)

    def _derivative(self, drive: Array) -> Array:
        active, zero = self._active(drive)
        return (active + zero)[..., :, None] * np.eye(active.shape[-1])

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        active, zero = self._active(drive)
        return np.where(active, cotangent, zero)

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        return 0.0, (np.inf if units > self.k else 1.0)  # it jumps where a winner changes

    def _active(self, drive: Array) -> tuple[npt.NDArray[np.bool_], Array]:
        """Which units are active, and the 0 of the others: NaN where a missing drive leaves open who wins."""
        if drive.ndim == 0:
            raise DimensionError("KWTA: drive: got one number, expected drives with the units on the last axis")
        if drive.shape[-1] <= self.k:
            return drive > 0, np.minimum(np.abs(drive), 0.0)
        ordered = -drive
        ordered.partition((self.k - 1, -1), axis=-1)
        last = -ordered[..., self.k - 1, np.newaxis]
        zero = np.minimum(np.abs(ordered[..., -1:]), 0.0)  # what is missing is sorted to the end
        won, ties = drive > last, drive == last
        room = self.k - np.add.reduce(won, axis=-1, keepdims=True)
        won |= ties & (ties.cumsum(axis=-1) <= room)
        return won & (drive > zero), zero
