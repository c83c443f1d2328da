"""Softmax: a population shares a fixed total."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, DimensionError, param


@dataclass(frozen=True, kw_only=True)
class Softmax(Activation):
    """Exponential normalisation over the last axis: no unit is ever silent, only small.

    Equation
        r_i = gain * exp(drive_i / temperature) / sum_j exp(drive_j / temperature)
    Shapes
        (..., units) in and out; the derivative is (..., units, units)
    Raises
        DimensionError for a drive without a units axis
    Source
        Bridle, Advances in Neural Information Processing Systems 2 (1990) (the name and its use in networks).
    """

    gain: float = param(1.0, unit="Hz", doc="total activity of the population (1: dimensionless)", above=0)
    temperature: float = param(1.0, doc="drive that changes a unit's share by a factor e", low=1e-9)

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none",
        "no single neuron knows the others' drive; a population normalised by lateral inhibition approximates it",
    )

    def _value(self, drive: Array) -> Array:
        return self.gain * self._share(drive)

    def _derivative(self, drive: Array) -> Array:
        share = self._share(drive)
        diagonal = share[..., :, None] * np.eye(share.shape[-1])
        jacobian: Array = self.gain / self.temperature * (diagonal - share[..., :, None] * share[..., None, :])
        return jacobian

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        share = self._share(drive)
        mean = np.sum(cotangent * share, axis=-1, keepdims=True)
        gradient: Array = self.gain / self.temperature * share * (cotangent - mean)
        return gradient

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, self.gain

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The Jacobian is symmetric: v^T J v is gain/temperature times the variance of v under the shares.

        A variance is at most a quarter of the squared span, and (a - b)^2 <= 2 (a^2 + b^2): Popoviciu (1935); reached
        where two units share everything.
        """
        return 0.0, (0.5 * self.gain / self.temperature if units > 1 else 0.0)

    def _share(self, drive: Array) -> Array:
        if drive.ndim == 0:
            raise DimensionError("Softmax: drive: got one number, expected drives with the units on the last axis")
        weight = np.exp(below_largest(drive, self.temperature))
        share: Array = weight / np.add.reduce(weight, axis=-1, keepdims=True)
        return share


def below_largest(drive: Array, unit: float) -> Array:
    """Distance of every drive from the largest of its population, in a unit; NaN where the largest is infinite."""
    # `initial` lets an empty population through.
    largest = np.maximum.reduce(drive, axis=-1, keepdims=True, initial=-np.inf)
    # Large distances are infinite, and infinity less infinity is NaN: both are meant.
    with np.errstate(over="ignore", invalid="ignore"):
        distance: Array = (drive - largest) / unit
        distance += largest - largest
    return distance
