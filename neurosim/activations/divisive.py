"""Divisive normalisation: every unit is divided by what its neighbours are driven by."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.circuits.kernels import Kernel, Topology, Uniform, distance_kernel
from neurosim.params import Array, DimensionError, ParameterError, param


@dataclass(frozen=True, kw_only=True)
class DivisiveNormalisation(Activation):
    """Rectified drive to a power, divided by the pooled power of the neighbourhood, the unit itself included.

    Equation
        r_i = gain * x_i^n / (sigma^n + sum_j w_ij x_j^n),  x = max(0, drive), w_ij = weight * kernel(|i - j|)
        Feed-forward: the pool hears drives, not activities. When all drives grow together beyond sigma, the activities
        stop growing and keep their ratios (contrast normalisation).
    Shapes
        (..., units) in and out; the derivative is (..., units, units)
    Raises
        DimensionError for a drive without a units axis, ParameterError for a free-signed kernel
    Source
        Heeger, Vis Neurosci 9 (1992); Carandini & Heeger, Nat Rev Neurosci 13 (2012).

    On the spiking rung [Competing][neurosim.cells.competing.Competing] divides the drives before the membranes. No
    membrane divides like this: a shunting conductance shifts the f-I curve (Holt & Koch 1997). What comes nearest is
    [pooled][neurosim.inhibition.pooled] inhibition of total strength w k over k active units: the population's sum is
    divided by 1 + k w, and each unit loses the same amount instead of the same share.
    """

    gain: float = param(1.0, unit="Hz", doc="factor on the normalised activity (1: dimensionless)", above=0)
    exponent: float = param(2.0, doc="power of the rectified drive", low=1)
    sigma: float = param(1.0, doc="drive at which a lone unit with weight 1 reaches half of the gain", above=0)
    weight: float = param(1.0, doc="weight of a neighbour at kernel value 1", low=0)
    kernel: Kernel = param(Uniform(), doc="how the pool's weights fall with distance")
    topology: str = param("ring", doc="arrangement of the units", choices=("line", "ring"))

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "pooled inhibition divides the population's sum, but subtracts from each unit; shunting shifts"
    )
    kink: ClassVar[str] = "at drive 0 with exponent 1; the slope from below, 0, is returned"

    def check(self) -> None:
        if self.kernel.free_signed:
            raise ParameterError(
                f"DivisiveNormalisation.kernel: got {self.kernel!r}, expected a kernel that is nowhere negative"
            )

    def _value(self, drive: Array) -> Array:
        scaled, unit = self._scaled(drive)
        power = scaled**self.exponent
        result: Array = self.gain * power / self._pool(unit, power)
        return result

    def _derivative(self, drive: Array) -> Array:
        scaled, unit = self._scaled(drive)
        pool = self._pool(unit, scaled**self.exponent)
        inner, share, weights = *self._inner(scaled, pool), self._weights(scaled.shape[-1])
        diagonal = inner[..., :, None] * np.eye(scaled.shape[-1])
        # d r_i / d x_j = gain n (delta_ij x_j^(n-1)/D_i - x_i^n/D_i w_ij x_j^(n-1)/D_i)
        raised = inner * pool
        outer = (share / pool)[..., :, None] * weights * raised[..., None, :]
        jacobian: Array = self.gain * self.exponent / unit[..., None] * (diagonal - outer)
        return jacobian

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        scaled, unit = self._scaled(drive)
        pool = self._pool(unit, scaled**self.exponent)
        inner, share = self._inner(scaled, pool)
        back = (cotangent * share / pool) @ self._weights(scaled.shape[-1])
        gradient: Array = self.gain * self.exponent / unit * inner * (cotangent - back * pool)
        return gradient

    @property
    def range(self) -> tuple[float, float]:
        own = self.weight * float(self.kernel(np.zeros(1))[0])
        return 0.0, self.gain / own if own > 0 else np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The norm of the Jacobian is at most that of its diagonal plus that of the rest, what the others take.

        Equation
            with P = sum_j w_ij x_j^n = p sigma^n, e = (n - 1)/n and w the weight of a unit in its own pool:
            the diagonal is at most gain n w^-e c1/sigma, c1 = e^e (2 - e)^(2-e)/4 (reached by a unit alone);
            the rest has sums of x_i^n w_ij x_j^(n-1)/D_i^2, with p^(1+e)/(1 + p)^2 <= c2 in each,
            c2 = ((1+e)/2)^(1+e) ((1-e)/2)^(1-e). Of a common pool it lies below an outer product, of others its norm
            is at most the root of the largest row sum (by Hoelder's inequality) times the largest column sum.
        """
        n, own = self.exponent, self.weight * float(self.kernel(np.zeros(1))[0])
        if own == 0:
            bare = n == 1 and (self.weight == 0 or units == 1)
            return (0.0, self.gain / self.sigma) if bare else (-np.inf, np.inf)
        e = (n - 1.0) / n
        straight = e**e * (2.0 - e) ** (2.0 - e) / 4.0 * own**-e
        taken = ((1.0 + e) / 2.0) ** (1.0 + e) * ((1.0 - e) / 2.0) ** (1.0 - e) * self._others(units, own, e)
        steepest = self.gain * n / self.sigma * (straight + taken)
        return -steepest, steepest

    def _others(self, units: int, own: float, e: float) -> float:
        """How the weights of the others enter the bound of the slope."""
        if units == 1:
            return 0.0
        n = self.exponent
        if isinstance(self.kernel, Uniform):
            return float(own**-e * max(1.0, units ** ((2.0 - n) / (2.0 * n))))
        weights = self._weights(units)
        np.fill_diagonal(weights, 0.0)
        apart = e**e / (1.0 + e) ** (1.0 + e)  # the largest a b^e of two terms with a + b = 1
        row, column = weights.sum(axis=1).max() ** (1.0 / n), apart * (weights ** (1.0 / n)).sum(axis=0).max()
        return float(np.sqrt(row * column)) / own

    def _scaled(self, drive: Array) -> tuple[Array, Array]:
        """Rectified drives in units of the largest (of sigma at least), which no power can overflow, and that unit."""
        if drive.ndim == 0:
            raise DimensionError(
                "DivisiveNormalisation: drive: got one number, expected drives with the units on the last axis"
            )
        rectified = np.maximum(drive, 0.0)
        unit = np.maximum(np.maximum.reduce(rectified, axis=-1, keepdims=True, initial=0.0), self.sigma)
        # Infinity has no ratio to the others: their population is missing.
        unit = np.where(unit == np.inf, np.nan, unit)
        return rectified / unit, unit

    def _pool(self, unit: Array, power: Array) -> Array:
        """The denominator in the units of `_scaled`."""
        if isinstance(self.kernel, Uniform):
            total = self.weight * power.sum(axis=-1, keepdims=True)
        else:
            total = power @ self._weights(power.shape[-1]).T
        result: Array = (self.sigma / unit) ** self.exponent + total
        return np.broadcast_to(result, power.shape)

    def _inner(self, scaled: Array, pool: Array) -> tuple[Array, Array]:
        """x^(n-1)/D, 0 for a silent unit, and x^n/D."""
        raised = np.where(scaled <= 0, 0.0, scaled ** (self.exponent - 1.0))
        return raised / pool, scaled**self.exponent / pool

    def _weights(self, n: int) -> Array:
        if n == 0:
            return np.zeros((0, 0))
        topology: Topology = "line" if self.topology == "line" else "ring"
        return self.weight * distance_kernel(n, self.kernel, topology, self_connections=True)
