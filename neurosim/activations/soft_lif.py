"""SoftLIF: the LIF curve with a smooth threshold, for gradient descent."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent, has_zero, peak
from neurosim.params import Array, param

# Below this argument ln(1 + exp(z)) is exp(z) to double precision.
_TAIL = -37.0

# Above it the curve is straight, or at its ceiling, and squares of rates and drives leave the range of a double.
_FAR = 1e100


@dataclass(frozen=True, kw_only=True)
class SoftLIF(Activation):
    """LIF rate curve (reset to rest) in which a softplus replaces the rectified distance to threshold.

    Equation
        r = 1 / (t_ref + tau_m * ln(1 + 1/y)),  y = smoothing * ln(1 + exp((drive - 1) / smoothing))
        Far below threshold r falls as smoothing / (tau_m * (1 - drive)), slower than any noisy neuron.
    Shapes
        any, elementwise
    Units
        drive 1, r Hz
    Source
        Hunsberger & Eliasmith, arXiv:1510.08829 (2015) (the soft LIF rate).
    """

    tau_m: float = param(20e-3, unit="s", doc="membrane time constant", above=0)
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", low=0)
    smoothing: float = param(0.02, doc="range of drive over which the threshold is smoothed (gamma)", low=1e-9)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "approximate", "a LIF neuron has this rate well above threshold and, with smoothing -> 0, everywhere"
    )

    def _value(self, drive: Array) -> Array:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            z = (drive - 1.0) / self.smoothing
            return self._rate(z, _soft(z))

    def _derivative(self, drive: Array) -> Array:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            return self._slope((drive - 1.0) / self.smoothing)

    def _slope(self, z: Array) -> Array:
        expit, soft = _expit(), _soft(z)
        relative: Array = np.where(z > _TAIL, expit(z) / soft, 1.0) / self.smoothing
        slope: Array = self._rate(z, soft) ** 2 * self.tau_m * relative / (1.0 + self.smoothing * soft)
        if not has_zero(self.t_ref):
            return slope
        return np.where((z > _FAR) & np.equal(self.t_ref, 0.0), 1.0 / self.tau_m, slope)

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, 1.0 / self.t_ref if self.t_ref > 0 else np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The largest slope has no closed form: it is searched for around the threshold, and rounded up."""
        far = 0.0 if self.t_ref > 0 else 1.0 / self.tau_m
        places = 1.0 + self.smoothing * np.concatenate([np.linspace(-20, 20, 400), np.geomspace(20, 1e9)])
        return 0.0, max(far, peak(self.derivative, places))

    def _rate(self, z: Array, soft: Array) -> Array:
        # In logarithms, because the softplus underflows long before the rate does.
        log_soft = np.where(z > _TAIL, np.log(soft), z)
        log_inverse = -log_soft - np.log(self.smoothing)
        rate: Array = 1.0 / (self.t_ref + self.tau_m * _ln_one_plus_exp(log_inverse))
        return rate


def _soft(z: Array) -> Array:
    """ln(1 + exp(z)), held above zero: below _TAIL it is not used."""
    return _ln_one_plus_exp(np.maximum(z, _TAIL))


def _ln_one_plus_exp(z: Array) -> Array:
    # The argument of exp cannot overflow; unlike logaddexp, a missing drive passes without a warning.
    tail = np.abs(z, out=np.empty_like(z))
    np.negative(tail, out=tail)
    np.exp(tail, out=tail)
    np.log1p(tail, out=tail)
    tail += np.maximum(z, 0.0)
    return tail


@cache
def _expit() -> Any:
    """SciPy's function, imported once and where it is used."""
    from scipy.special import expit

    return expit
