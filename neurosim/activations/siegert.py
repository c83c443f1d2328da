"""Siegert's formula: the f-I curve of the leaky integrate-and-fire neuron in white noise."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent, has_zero, peak
from neurosim.activations.lif_curve import LIFCurve
from neurosim.params import Array, param
from neurosim.per_unit import among, shape_with

# -zeta(1/2)/sqrt(2 pi): how far, in standard deviations of one step, a random walk that is watched in steps is
# beyond a barrier when it is first seen there (Broadie, Glasserman & Kou, Math Finance 7 (1997), theorem 1.1).
GRID_OVERSHOOT = 0.5825971579390107

# Below this noise the squared distances would leave the range of a double; the curve is the noiseless one.
_NOISELESS = 1e-100
_LARGEST = 1e150

# From here on five terms of the asymptotic series of erfcx are exact to double precision (next: 10395 / 1800**6).
_FAR = 30.0


@dataclass(frozen=True, kw_only=True)
class Siegert(Activation):
    """Mean firing rate of a leaky integrate-and-fire neuron in white noise.

    Equation
        1/r = t_ref + tau_m*sqrt(pi) * integral from (v_reset - drive)/sigma to (1 - drive)/sigma of
        exp(u**2)*(1 + erf(u)) du,  sigma = sqrt(2)*sigma_stat
        With a time step dt: threshold 1 + 0.5826*sigma*sqrt(dt/tau_m) for 1, and t_ref - dt for t_ref > 0.
    Shapes
        any, elementwise
    Units
        drive and sigma_stat 1, r Hz
    Source
        Siegert, Phys Rev 81 (1951); Brunel, J Comput Neurosci 8 (2000) (stationary rate; appendix for the CV).
        Step: Broadie, Glasserman & Kou, Math Finance 7 (1997), theorem 1.1 (its constant).
    """

    tau_m: float = param(20e-3, unit="s", doc="membrane time constant", above=0)
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", low=0)
    v_reset: float = param(0.0, doc="membrane potential after a spike", below=1)
    sigma_stat: float = param(0.3, doc="stationary standard deviation of the free membrane potential", low=0)
    dt: float = param(0.0, unit="s", doc="time step of the simulation it is compared with; 0: continuous time", low=0)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "exact", "it is the mean rate of a leaky integrate-and-fire neuron in white noise at constant drive"
    )
    kink: ClassVar[str] = "with sigma_stat = 0 only: at drive 1, where 0 is returned"

    @property
    def sigma_brunel(self) -> Any:
        """Noise amplitude of Siegert and Brunel, sqrt(2) times the stationary standard deviation."""
        return math.sqrt(2.0) * self.sigma_stat

    @property
    def range(self) -> tuple[float, float]:
        return self._noiseless.range

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The largest slope has no closed form: it is searched for around the threshold, and rounded up."""
        if self.sigma_stat < _NOISELESS:
            return self._noiseless.slope_range(units)
        far = 0.0 if self._t_ref > 0 else 1.0 / (self.tau_m * (self._threshold - self.v_reset))
        places = self._threshold + self.sigma_brunel * np.concatenate([np.linspace(-8, 8, 200), np.geomspace(8, 1e6)])
        return 0.0, max(far, peak(self.derivative, places))

    def _value(self, drive: Array) -> Array:
        return self._with_and_without_noise(
            drive, lambda curve, x: curve._noiseless(x), lambda curve, x: curve._rate(x)
        )

    def _rate(self, drive: Array) -> Array:
        a, b = self._bounds(drive)
        rate: Array = np.exp(-_growth(b)) / self._scaled_interval(a, b)
        return self._far(drive, b, rate, lambda curve: curve)

    def _derivative(self, drive: Array) -> Array:
        return self._with_and_without_noise(
            drive, lambda curve, x: curve._noiseless.derivative(x), lambda curve, x: curve._slope(x)
        )

    def _slope(self, drive: Array) -> Array:
        a, b = self._bounds(drive)
        per_interval = self.tau_m * math.sqrt(math.pi) / self.sigma_brunel / self._scaled_interval(a, b) ** 2
        slope: Array = np.exp(-_growth(b)) * _integrand_difference(a, b, self._length) * per_interval
        return self._far(drive, b, slope, lambda curve: curve.derivative)

    def _far(self, drive: Array, b: Array, near: Array, law: Callable[[LIFCurve], Callable[[Array], Array]]) -> Array:
        """The noiseless law where the distance to threshold is held at _LARGEST."""
        if not has_zero(self._t_ref):
            return near  # the ceiling is reached long before
        far = b <= -_LARGEST
        return np.where(far, law(self._noiseless)(drive), near) if far.any() else near

    def cv(self, drive: Array) -> Array:
        """Coefficient of variation of the interspike intervals; NaN where a noiseless neuron is silent.

        Equation
            cv**2 = 2*pi*(r*tau_m)**2 * integral over the bounds of the rate of exp(x**2) *
            (integral from -inf to x of exp(y**2)*(1 + erf(y))**2 dy) dx
        Source
            Brunel, J Comput Neurosci 8 (2000), appendix.
        """
        return self._with_and_without_noise(
            self._checked(drive),
            lambda curve, x: np.where(curve._noiseless(x) > 0, 0.0, np.nan),
            lambda curve, x: curve._cv(x),
        )

    def _cv(self, drive: Array) -> Array:
        a, b = self._bounds(drive)
        moment = _second_moment(a.ravel(), b.ravel(), self._lengths(a)).reshape(a.shape)
        cv: Array = math.sqrt(2.0 * math.pi) * self.tau_m * np.sqrt(moment) / self._scaled_interval(a, b)
        return cv

    def _with_and_without_noise(
        self, drive: Array, quiet: Callable[["Siegert", Array], Array], noisy: Callable[["Siegert", Array], Array]
    ) -> Array:
        """Each unit by its law: noise may be there in some of them."""
        silent = np.asarray(self.sigma_stat < _NOISELESS)
        if silent.ndim == 0 or silent.all() or not silent.any():
            return quiet(self, drive) if silent.all() else noisy(self, drive)
        drive = np.asarray(drive, dtype=np.float64)
        shape = shape_with(self, drive)
        result, everywhere = np.empty(shape), np.broadcast_to(drive, shape)
        for law, mask in ((quiet, np.broadcast_to(silent, shape)), (noisy, np.broadcast_to(~silent, shape))):
            result[mask] = law(among(self, shape, mask), everywhere[mask])
        return result

    @property
    def _t_ref(self) -> Any:
        return np.maximum(self.t_ref - self.dt, 0.0)

    @property
    def _threshold(self) -> Any:
        return 1.0 + GRID_OVERSHOOT * self.sigma_brunel * np.sqrt(self.dt / self.tau_m)

    @property
    def _noiseless(self) -> LIFCurve:
        return LIFCurve(tau_m=self.tau_m, t_ref=self._t_ref, v_reset=self.v_reset)

    @property
    def _length(self) -> Any:
        return (self._threshold - self.v_reset) / self.sigma_brunel

    def _lengths(self, a: Array) -> Any:
        """The same for each of these bounds, in a row."""
        length = self._length
        return np.broadcast_to(length, a.shape).ravel() if np.ndim(length) else length

    def _bounds(self, drive: Array) -> tuple[Array, Array]:
        drive = np.asarray(drive, dtype=np.float64)
        drive = np.broadcast_to(drive, shape_with(self, drive))
        with np.errstate(over="ignore"):  # what is too far is held at _LARGEST
            a, b = ((edge - drive) / self.sigma_brunel for edge in (self.v_reset, self._threshold))
        return np.clip(a, -_LARGEST, _LARGEST), np.clip(b, -_LARGEST, _LARGEST)

    def _scaled_interval(self, a: Array, b: Array) -> Array:
        """Mean interval times exp(-max(b, 0)**2), which stays finite however far the drive is below threshold."""
        integral = _scaled_integral(a.ravel(), b.ravel(), self._lengths(a)).reshape(a.shape)
        interval: Array = self._t_ref * np.exp(-_growth(b)) + self.tau_m * math.sqrt(math.pi) * integral
        return interval


@cache
def _nodes(count: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1.0) / 2.0, weights / 2.0


def _growth(b: Array) -> Array:
    return np.asarray(np.maximum(b, 0.0) ** 2)


def _scaled_integral(a: Array, b: Array, length: Array | float) -> Array:
    """exp(-max(b, 0)**2) times the integral from a to b of exp(u**2)*(1 + erf(u)), where b - a = length.

    With erfcx(-u) = 2 exp(u**2) - erfcx(u) the integral is that of 2 exp(u**2) over the positive part of (a, b)
    plus that of the slowly falling erfcx from |b| to |a|.
    """
    above_reset = a < 0
    span = np.where(above_reset, np.where(b > 0, -a - b, length), -length)
    slow = np.sign(span) * _erfcx_integral(np.minimum(np.abs(a), np.abs(b)), np.abs(span))
    fast = _gauss_integral(np.maximum(a, 0.0), np.maximum(b, 0.0), length)
    return np.asarray(fast + np.exp(-_growth(b)) * slow)


def _gauss_integral(low: Array, high: Array, length: Array | float) -> Array:
    """exp(-high**2) times the integral of 2 exp(u**2) from low >= 0 to high (at most `length` above)."""
    from scipy.special import dawsn

    span = np.where(low > 0, length, high)
    exponent = span * (low + high)
    result: Array = 2.0 * (dawsn(high) - np.exp(-exponent) * dawsn(low))
    near = (exponent < 1.0) & (span > 0)  # there the two terms cancel, and a quadrature does not
    if near.any():
        nodes, weights = _nodes(16)
        step = span[near, None] * nodes
        result[near] = 2.0 * span[near] * (np.exp(-step * (2.0 * high[near, None] - step)) @ weights)
    return result


def _erfcx_integral(low: Array, span: Array) -> Array:
    """Integral of erfcx from low >= 0 to low + span: quadrature up to _FAR, its asymptotic series beyond."""
    from scipy.special import erfcx

    result = np.zeros_like(low)
    near = low < _FAR
    if near.any():
        start = low[near]
        stretch = np.log1p(np.minimum(span[near], _FAR - start) / (1.0 + start))
        nodes, weights = _nodes(24)
        factor = (1.0 + start)[:, None] * np.exp(stretch[:, None] * nodes)
        result[near] = stretch * ((erfcx(factor - 1.0) * factor) @ weights)
    far = low + span > _FAR
    if far.any():
        start = np.maximum(low[far], _FAR)
        length = np.where(low[far] > _FAR, span[far], low[far] + span[far] - start)
        tail = np.log1p(length / start) + _asymptotic_tail(start + length) - _asymptotic_tail(start)
        result[far] += tail / math.sqrt(math.pi)
    return result


def _asymptotic_tail(t: Array) -> Array:
    """sqrt(pi) times the antiderivative of erfcx(t), less log(t): Abramowitz & Stegun 7.1.23, term by term."""
    q = 1.0 / (2.0 * t * t)
    return q / 2.0 * (1.0 - q * (3.0 / 2.0 - q * (5.0 - q * (105.0 / 4.0 - q * 189.0))))


def _integrand_difference(a: Array, b: Array, length: Array | float) -> Array:
    """exp(-max(b, 0)**2) times the difference of exp(u**2)*(1 + erf(u)) between b and a."""
    from scipy.special import erfc, erfcx

    low, high = np.maximum(a, 0.0), np.maximum(b, 0.0)
    upper = np.where(b > 0, erfc(-high), erfcx(np.maximum(-b, 0.0)))
    below_reset = np.exp(-length * (low + high)) * erfc(-low)
    lower = np.where(a > 0, below_reset, np.exp(-_growth(b)) * erfcx(np.maximum(-a, 0.0)))
    # Far above threshold the two nearly cancel: two terms of the asymptotic series, factored, exact to 4e-12.
    p, q = np.maximum(-b, 1e3), np.maximum(-a, 1e3)
    far = length / p / q * (1.0 - 0.5 * (1.0 / p**2 + 1.0 / (p * q) + 1.0 / q**2)) / math.sqrt(math.pi)
    return np.where(b < -1e3, far, upper - lower)


def _second_moment(a: Array, b: Array, length: Array | float) -> Array:
    """exp(-2*max(b, 0)**2) times the double integral of the CV, with the integrals exchanged so that one is Dawson's.

    The inner variable y runs from -inf to b, the outer one from max(a, y) to b. Both pieces, y < a and y > a, are
    steepest at their upper end: the nodes crowd there.
    """
    # Below a the integrand falls as exp(-y**2): 40 in the exponent is 4e-18 of the whole.
    negative = np.maximum(-a, 0.0)
    below = np.maximum(a, 0.0) + 40.0 / (np.sqrt(negative**2 + 40.0) + negative)
    result = np.zeros_like(a)
    pieces = ((a, length, below, np.abs(a)), (b, 0.0, np.full_like(b, length), np.maximum(b, 0.0)))
    for top, offset, reach, steepness in pieces:
        width = 1.0 / (1.0 + 2.0 * steepness)
        stretch = np.log1p(reach / width)
        for node, weight in zip(*_nodes(96), strict=True):
            crowded = np.exp(stretch * node)
            down = width * (crowded - 1.0)
            result += weight * stretch * width * crowded * _second_moment_density(top, down, offset, b)
    return result


def _second_moment_density(top: Array, down: Array, offset: Array | float, b: Array) -> Array:
    """exp(y**2)*erfc(-y)**2 times the integral of exp(x**2) from max(a, y) to b, over exp(2*max(b, 0)**2).

    y = top - down, where top = b - offset. Differences of squares are written as products of differences that are
    known exactly: the squares themselves lose all their digits far from threshold.
    """
    from scipy.special import dawsn, erfc, erfcx

    y = top - down
    apart = np.any(offset)
    start = top if apart else y
    to_end = (offset + down) * (b + y)  # b**2 - y**2
    to_start = down * (top + y) if apart else np.zeros_like(y)  # start**2 - y**2
    amplitude = np.where(y > 0, erfc(-np.maximum(y, 0.0)), erfcx(np.maximum(-y, 0.0))) ** 2
    # exp(y**2) belongs to erfc and exp(-y**2) to erfcx; with b > 0 > y nothing cancels in the exponent.
    first = np.where(y > 0, -to_end, np.where(b > 0, -y * y - b * b, to_end))
    second = np.where(y > 0, to_start - 2.0 * to_end, np.where(b > 0, to_start - 2.0 * b * b, to_start))
    return np.asarray(amplitude * (np.exp(first) * dawsn(b) - np.exp(second) * dawsn(start)))
