"""Normalised ReLU: what is above threshold is divided by the sum of all that is."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, DimensionError, param


@dataclass(frozen=True, kw_only=True)
class NormalisedReLU(Activation):
    """Rectification, then division by the population's sum, over the last axis (divisive normalisation, exponent 1).

    Equation
        r_i = gain * u_i / (saturation + sum_j u_j), u_i = max(0, drive_i - threshold)
        With saturation 0 the total is the gain, and 0 where no unit is above threshold.
    Shapes
        (..., units) in and out; the derivative is (..., units, units)
    Raises
        DimensionError for a drive without a units axis
    Source
        Heeger, Vis Neurosci 9 (1992) (normalisation of rectified responses); Carandini & Heeger, Nat Rev Neurosci 13
        (2012).
    """

    gain: float = param(1.0, unit="Hz", doc="largest total activity of the population (1: dimensionless)", above=0)
    threshold: float = param(0.0, doc="drive at which a unit begins to take part")
    saturation: float = param(0.0, doc="total drive above threshold at which half of the gain is reached", low=0)

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate",
        "the rectification is a firing threshold; no single neuron knows the others' drive, and the inhibition that "
        "tells it of them mostly subtracts",
    )
    kink: ClassVar[str] = (
        "at the threshold of a unit; the slope from below is returned (the curve jumps where the last unit falls "
        "silent and saturation is 0)"
    )

    def __call__(self, drive: Array) -> Array:
        rectified = self._rectified(drive)
        return self.gain * rectified / self._pool(rectified)

    def derivative(self, drive: Array) -> Array:
        rectified = self._rectified(drive)
        pool, above = self._pool(rectified), (rectified > 0).astype(np.float64)
        diagonal = above[..., :, None] * np.eye(above.shape[-1])
        crossed = (rectified / pool)[..., :, None] * above[..., None, :]
        jacobian: Array = self.gain / pool[..., None] * (diagonal - crossed)
        return jacobian

    def pullback(self, drive: Array, cotangent: Array) -> Array:
        rectified = self._rectified(drive)
        pool = self._pool(rectified)
        mean = np.sum(cotangent * rectified, axis=-1, keepdims=True) / pool
        gradient: Array = self.gain / pool * (rectified > 0) * (cotangent - mean)
        return gradient

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, self.gain

    def _rectified(self, drive: Array) -> Array:
        drive = np.asarray(drive, dtype=np.float64)
        if drive.ndim == 0:
            raise DimensionError("NormalisedReLU: got a single number, expected drives with the units on the last axis")
        return np.maximum(drive - self.threshold, 0.0)

    def _pool(self, rectified: Array) -> Array:
        pool = self.saturation + np.sum(rectified, axis=-1, keepdims=True)
        return np.where(pool > 0, pool, 1.0)
