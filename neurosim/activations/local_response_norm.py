"""Local response normalisation: every unit is divided by what its neighbours do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.params import Array, DimensionError, ParameterError, param

_FAR = 1e20

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class LocalResponseNorm(Activation):
    """Rectified drive, divided by a power of the summed squares of the neighbours: divisive lateral inhibition.

    Equation
        r_i = gain * a_i / (offset + alpha * sum_{|j - i| <= (size - 1)/2} a_j^2)^beta, a = max(0, drive)
        The neighbours lie on a line, or with `wrap` on a ring, where each counts once. The sum is not divided by its
        number of terms (some libraries do that; alpha is then `size` times as large).
    Shapes
        (..., units) in and out; the derivative is (..., units, units)
    Raises
        DimensionError for a drive without a units axis, ParameterError for an even size
    Source
        Krizhevsky, Sutskever & Hinton, Advances in Neural Information Processing Systems 25 (2012), sec. 3.3; there the
        neighbours are feature maps at one place, here they are the units of a population.

    [DivisiveNormalisation][neurosim.activations.divisive.DivisiveNormalisation] is the form that physiologists use: it
    saturates, while beta > 1/2 lets the answer to a uniform field fall again where the field is strong.
    """

    gain: float = param(1.0, unit="Hz", doc="factor on the activity (1: dimensionless)", above=0)
    size: int = param(5, doc="units in the neighbourhood, the unit itself included (odd)", low=1)
    offset: float = param(2.0, doc="what is added to the sum; k in the source", above=0)
    alpha: float = param(1e-4, doc="weight of the neighbours' squares", low=0)
    beta: float = param(0.75, doc="power of the divisor", low=0)
    wrap: bool = param(False, doc="whether the first and the last unit are neighbours")

    acts_on: ClassVar[Literal["unit", "population"]] = "population"
    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "none", "a neuron's inhibition subtracts from its drive; nothing divides its rate by a power of the neighbours'"
    )
    kink: ClassVar[str] = "at drive 0 (rectification); the slope of a silent unit, 0, is returned"

    def check(self) -> None:
        if self.size % 2 == 0:
            raise ParameterError(f"LocalResponseNorm.size: got {self.size}, expected an odd number of units")

    def _value(self, drive: Array) -> Array:
        rectified = self._rectified(drive)
        if _is_far(rectified):
            return _by_rows(rectified, drive, self._value, self._far_value)
        activity: Array = self.gain * rectified * self._pool(rectified) ** -self.beta
        return activity

    def _derivative(self, drive: Array) -> Array:
        rectified = self._rectified(drive)
        if _is_far(rectified):
            return _by_rows(rectified, drive, self._derivative, self._far_derivative)
        pool, near = self._pool(rectified), self._neighbours(rectified.shape[-1])
        cross = self._cross(rectified, pool)[..., :, None] * near * rectified[..., None, :]
        straight = (pool**-self.beta * np.heaviside(rectified, 0.0))[..., :, None] * np.eye(len(near))
        jacobian: Array = self.gain * (straight - cross)
        return jacobian

    def _pullback(self, drive: Array, cotangent: Array) -> Array:
        rectified = self._rectified(drive)
        if _is_far(rectified):
            return super()._pullback(drive, cotangent)
        pool, own = self._pool(rectified), np.heaviside(rectified, 0.0)
        spread = self._sum(cotangent * self._cross(rectified, pool))
        gradient: Array = self.gain * (pool**-self.beta * own * cotangent - rectified * spread)
        return gradient

    @property
    def range(self) -> tuple[float, float]:
        """A unit is highest alone: at a^2 = offset / (alpha (2 beta - 1)) where beta > 1/2, else without end."""
        if self.alpha == 0 or self.beta < 0.5:
            return 0.0, np.inf
        if self.beta == 0.5:
            return 0.0, self.gain / np.sqrt(self.alpha)
        square = self.offset / (self.alpha * (2 * self.beta - 1))
        return 0.0, float(self.gain * np.sqrt(square) * (self.offset + self.alpha * square) ** -self.beta)

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """A lone unit at drive 0 has the slope gain * offset^-beta; what the neighbours take comes on top.

        Equation
            with m neighbours, the unit included, and e = (beta/(1 + beta))^(1+beta): the diagonal is at most
            gain * offset^-beta, a row of the rest adds up to sqrt(m - 1) e of that and a column to (m - 1) e.
            Where every unit is everyone's neighbour the Jacobian is symmetric and no eigenvalue exceeds the diagonal.
        """
        straight, beta, half = self.gain * self.offset**-self.beta, self.beta, self.size // 2
        if self.alpha == 0 or beta == 0:
            return 0.0, straight
        if half >= units - 1 or (self.wrap and self.size >= units):
            return (0.0 if beta <= 0.5 else -straight), straight
        others = min(self.size, units) - 1
        steepest = float(straight * (1.0 + (beta / (1.0 + beta)) ** (1.0 + beta) * others**0.75))
        return -steepest, steepest

    def _rectified(self, drive: Array) -> Array:
        if drive.ndim == 0:
            raise DimensionError(
                "LocalResponseNorm: drive: got one number, expected drives with the units on the last axis"
            )
        return np.maximum(drive, 0.0)

    def _logarithms(self, rectified: Array) -> tuple[Array, Array]:
        """Those of the drives and of the pool, whose powers leave the range of a double."""
        infinite = (rectified == np.inf).any(axis=-1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_drive = np.where(infinite, np.nan, np.log(rectified))
            log_alpha = np.log(self.alpha)
        norm = np.zeros_like(rectified)
        for index in range(norm.shape[-1]):
            near = rectified[..., self._near(index, norm.shape[-1])]
            norm[..., index] = np.hypot.reduce(near, axis=-1)
        with np.errstate(divide="ignore"):
            log_pool = np.logaddexp(np.log(self.offset), log_alpha + 2.0 * np.log(norm))
        return log_drive, log_pool

    def _far_value(self, drive: Array) -> Array:
        log_drive, log_pool = self._logarithms(self._rectified(drive))
        value: Array = self.gain * np.exp(log_drive - self.beta * log_pool)
        return value

    def _far_derivative(self, drive: Array) -> Array:
        rectified = self._rectified(drive)
        log_drive, log_pool = self._logarithms(rectified)
        near = self._neighbours(rectified.shape[-1])
        straight = (np.exp(-self.beta * log_pool) * np.heaviside(rectified, 0.0))[..., :, None] * np.eye(len(near))
        pairs = log_drive[..., :, None] + log_drive[..., None, :]
        cross = 2.0 * self.alpha * self.beta * np.exp(pairs - (self.beta + 1.0) * log_pool[..., :, None])
        jacobian: Array = self.gain * (straight - near * cross)
        return jacobian

    def _pool(self, rectified: Array) -> Array:
        pool: Array = self.offset + self.alpha * self._sum(np.square(rectified))
        return pool

    def _cross(self, rectified: Array, pool: Array) -> Array:
        """What a unit loses per summed square of its neighbours, times two."""
        cross: Array = 2.0 * self.alpha * self.beta * rectified * pool ** (-self.beta - 1.0)
        return cross

    def _neighbours(self, units: int) -> Array:
        """1 where unit j (second axis) is a neighbour of unit i."""
        near = np.zeros((units, units))
        for index, row in enumerate(near):
            row[self._near(index, units)] = 1.0
        return near

    def _near(self, index: int, units: int) -> Integers:
        reach = np.arange(index - self.size // 2, index + self.size // 2 + 1, dtype=np.int64)
        return np.unique(reach % units) if self.wrap else reach[(reach >= 0) & (reach < units)]

    def _sum(self, values: Array) -> Array:
        """Sum over every unit's neighbours, in the same order whatever the other axes are."""
        units, half = values.shape[-1], self.size // 2
        if self.wrap and self.size >= units:
            return np.broadcast_to(values.sum(axis=-1, keepdims=True), values.shape).copy()
        total = np.zeros(values.shape)
        for shift in range(-half, half + 1):
            if self.wrap:
                total += np.roll(values, shift, axis=-1)
            elif abs(shift) < units:
                to = slice(max(0, shift), units + min(0, shift))
                total[..., to] += values[..., max(0, -shift) : units - max(0, shift)]
        return total


def _is_far(rectified: Array) -> bool:
    """Whether powers of some pool could leave the range of a double."""
    return bool((rectified > _FAR).any())


def _by_rows(rectified: Array, drive: Array, law: Callable[[Array], Array], far_law: Callable[[Array], Array]) -> Array:
    """Every population by its own law, so that none depends on the others."""
    far = (rectified > _FAR).any(axis=-1)
    near_values, far_values = law(drive[~far]), far_law(drive[far])
    result = np.empty(far.shape + far_values.shape[1:])
    result[~far], result[far] = near_values, far_values
    return result
