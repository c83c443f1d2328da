"""Soft k-winners-take-all: a population shares k winners through one common threshold."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, DimensionError, param

_ARRIVED = 4 * float(np.finfo(np.float64).eps)
_FLAT = 1e-12
_LOWEST = -float(np.finfo(np.float64).max)


@dataclass(frozen=True, kw_only=True)
class SoftKWTA(Activation):
    """Soft k-winners-take-all over the last axis: logistic units whose common threshold makes their sum k.

    Equation
        r_i = gain * s_i,  s_i = 1/(1 + exp(-(drive_i - theta)/temperature)),  theta such that sum_i s_i = k
        With k units or fewer all are fully on.
    Shapes
        (..., units) in and out; the derivative is (..., units, units):
        gain/temperature * (diag(d) - d d^T / sum d), d_i = s_i (1 - s_i)
    Raises
        DimensionError for a drive without a units axis
    Source
        Amos, Koltun & Kolter, arXiv:1906.08707 (2019) (the same projection onto a sum of k, temperature 1).
    """

    k: int = param(1, doc="number of winners, the sum of all activities over the gain", low=1)
    gain: float = param(1.0, unit="Hz", doc="activity of a unit that is fully on (1: dimensionless)", above=0)
    temperature: float = param(0.1, doc="drive that changes the odds of a unit by a factor e", low=1e-9)

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate",
        "pooled inhibition is a common threshold too, but it settles where the pool's drive balances, not at a count k",
    )

    @property
    def smallest_population(self) -> int:
        return self.k

    def _value(self, drive: Array) -> Array:
        return self.gain * self._share(drive)

    def _derivative(self, drive: Array) -> Array:
        slope = self._slope(drive)
        diagonal = slope[..., :, None] * np.eye(slope.shape[-1])
        total = slope.sum(axis=-1)[..., None, None]
        outer = slope[..., :, None] * slope[..., None, :] / np.where(total > 0, total, 1.0)
        jacobian: Array = self.gain / self.temperature * (diagonal - outer)
        return jacobian

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        slope = self._slope(drive)
        total = slope.sum(axis=-1, keepdims=True)
        mean = np.sum(cotangent * slope, axis=-1, keepdims=True) / np.where(total > 0, total, 1.0)
        gradient: Array = self.gain / self.temperature * slope * (cotangent - mean)
        return gradient

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, self.gain

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The Jacobian is symmetric and at most gain/temperature * max d; two units at one half reach d = 1/4."""
        return 0.0, (0.25 * self.gain / self.temperature if units > self.k else 0.0)

    def _slope(self, drive: Array) -> Array:
        share = self._share(drive)
        slope: Array = share * (1.0 - share)
        return slope

    def _share(self, drive: Array) -> Array:
        if drive.ndim == 0:
            raise DimensionError("SoftKWTA: drive: got one number, expected drives with the units on the last axis")
        if drive.shape[-1] <= self.k or drive.size == 0:
            return np.where(np.isnan(drive), np.nan, 1.0)
        largest = np.maximum.reduce(drive, axis=-1, keepdims=True)
        # -inf is held at the lowest number, so that no two infinities are compared; +inf has no distance to others.
        drive = np.maximum(drive, _LOWEST)
        with np.errstate(over="ignore", invalid="ignore"):  # a distance beyond float64 is far enough
            share: Array = _expit()((drive - self._threshold(drive, largest)) / self.temperature)
        return np.where(np.isfinite(largest), share, np.nan)

    def _threshold(self, drive: Array, largest: Array) -> Array:
        """The common threshold, (..., 1): Newton's method kept inside a bracket that bisection halves.

        It starts between the last winner and the first loser, where it stays when the temperature is low. A row stops
        moving as soon as it has arrived, so no row depends on the others.
        """
        expit = _expit()
        share = self.k / drive.shape[-1]
        shift = self.temperature * np.log(share / (1.0 - share))
        # With the threshold at `high` no unit exceeds k/n, at `low` none falls below it.
        low = np.minimum.reduce(drive, axis=-1, keepdims=True) - shift
        high = largest - shift
        ordered = drive.copy()
        ordered.partition((-self.k - 1, -self.k), axis=-1)
        edge = (0.5 * ordered[..., -self.k - 1] + 0.5 * ordered[..., -self.k])[..., np.newaxis]
        theta: Array = np.minimum(np.maximum(edge, low), high)
        going = np.ones(theta.shape, dtype=bool)
        for _ in range(200):  # bisection alone needs some 60
            active = expit((drive - theta) / self.temperature)
            excess = np.add.reduce(active, axis=-1, keepdims=True) - self.k
            short = excess <= 0
            high = np.where(short, theta, high)
            low = np.where(short, low, theta)
            slope = np.add.reduce(active * (1.0 - active), axis=-1, keepdims=True)
            steep = slope > 1e-30  # a quotient that does not overflow
            newton = theta + self.temperature * excess / np.where(steep, slope, 1.0)
            # A step below the last bit stays on the edge of the bracket, and is no reason to try its middle.
            inside = steep & (((newton > low) & (newton < high)) | (newton == theta))
            new = np.where(inside, newton, 0.5 * low + 0.5 * high)
            near = np.abs(new - theta) <= _ARRIVED * np.maximum(np.abs(theta), self.temperature)
            # Between winners and losers far apart every threshold makes the sum k, as far as digits go.
            flat = (slope < _FLAT) & (np.abs(excess) <= _ARRIVED * self.k)
            theta = np.where(going & ~flat, new, theta)
            going &= ~(near | flat)
            if not going.any():
                break
        return theta


@cache
def _expit() -> Any:
    from scipy.special import expit

    return expit
