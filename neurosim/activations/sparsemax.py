"""Sparsemax: a population shares a fixed total, and most of it may get nothing."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.activations.softmax import below_largest
from neurosim.params import Array, DimensionError, param


@dataclass(frozen=True, kw_only=True)
class Sparsemax(Activation):
    """Nearest point of the simplex over the last axis: a ReLU whose threshold the population sets for itself.

    Equation
        r_i = gain * max(0, z_i - theta), z = drive / temperature, theta such that sum_i r_i = gain:
        with z sorted downwards, k = max{k : 1 + k z_k > sum_{j <= k} z_j}, theta = (sum_{j <= k} z_j - 1) / k
        dr/dz = gain * (diag(s) - s s^T / k), s the indicator of the k units above theta (the support)
    Shapes
        (..., units) in and out; the derivative is (..., units, units)
    Raises
        DimensionError for a drive without a units axis
    Source
        Martins & Astudillo, ICML (2016), eq. 2 and algorithm 1.
    """

    gain: float = param(1.0, unit="Hz", doc="total activity of the population (1: dimensionless)", above=0)
    temperature: float = param(1.0, doc="advantage over all others at which a unit takes the whole total", low=1e-9)

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate",
        "uniform lateral inhibition is such a common threshold; its strength would have to follow the input to keep "
        "the total fixed",
    )
    kink: ClassVar[str] = "where a unit enters or leaves the support; the slope without it is returned"

    def _value(self, drive: Array) -> Array:
        z = self._scaled(drive)
        return self.gain * np.maximum(z - _threshold(z), 0.0)

    def _derivative(self, drive: Array) -> Array:
        support = self._support(drive)
        share = support / np.maximum(support.sum(axis=-1, keepdims=True), 1.0)
        jacobian: Array = support[..., :, None] * (np.eye(support.shape[-1]) - share[..., None, :])
        return self.gain / self.temperature * jacobian

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        support = self._support(drive)
        mean = np.sum(cotangent * support, axis=-1, keepdims=True) / np.maximum(support.sum(-1, keepdims=True), 1.0)
        gradient: Array = self.gain / self.temperature * support * (cotangent - mean)
        return gradient

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, self.gain

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The Jacobian is symmetric: gain/temperature times the projection that takes the mean off the support."""
        return 0.0, (self.gain / self.temperature if units > 1 else 0.0)

    def _support(self, drive: Array) -> Array:
        z = self._scaled(drive)
        return np.heaviside(z - _threshold(z), 0.0)

    def _scaled(self, drive: Array) -> Array:
        if drive.ndim == 0:
            raise DimensionError("Sparsemax: drive: got one number, expected drives with the units on the last axis")
        # A common shift changes nothing, and sums of small numbers keep their digits. A unit that is more than 1 below
        # the largest gets nothing, however far below it is.
        return np.maximum(below_largest(drive, self.temperature), -2.0)


def _threshold(z: Array) -> Array:
    """The threshold of each vector, with a last axis of length 1."""
    if not z.shape[-1]:
        return np.zeros((*z.shape[:-1], 1))
    ordered = -z
    ordered.sort(axis=-1)
    ordered = -ordered
    excess = ordered.cumsum(axis=-1) - 1.0
    counts = np.arange(1, z.shape[-1] + 1)
    size = np.sum(counts * ordered > excess, axis=-1, keepdims=True)
    theta: Array = np.take_along_axis(excess, size - 1, axis=-1) / size
    return theta
