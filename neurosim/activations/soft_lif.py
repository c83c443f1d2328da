"""SoftLIF: the LIF curve with a smooth threshold, for gradient descent."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent, peak
from neurosim.params import Array, param

# Below this argument ln(1 + exp(z)) is exp(z) to double precision.
_TAIL = -37.0


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

    def __call__(self, drive: Array) -> Array:
        return self._rate(self._argument(drive))

    def derivative(self, drive: Array) -> Array:
        from scipy.special import expit

        z = self._argument(drive)
        soft = _soft(z)
        relative = np.where(z > _TAIL, expit(z) / soft, 1.0) / self.smoothing
        slope: Array = self._rate(z) ** 2 * self.tau_m * relative / (1.0 + self.smoothing * soft)
        return slope

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, 1.0 / self.t_ref if self.t_ref > 0 else np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        """The largest slope has no closed form: it is searched for around the threshold, and rounded up."""
        far = 0.0 if self.t_ref > 0 else 1.0 / self.tau_m
        places = 1.0 + self.smoothing * np.concatenate([np.linspace(-20, 20, 400), np.geomspace(20, 1e9)])
        return 0.0, max(far, peak(self.derivative, places))

    def _argument(self, drive: Array) -> Array:
        return (np.asarray(drive, dtype=np.float64) - 1.0) / self.smoothing

    def _rate(self, z: Array) -> Array:
        # In logarithms, because the softplus underflows long before the rate does.
        log_soft = np.where(z > _TAIL, np.log(_soft(z)), z)
        log_inverse = -log_soft - np.log(self.smoothing)
        rate: Array = 1.0 / (self.t_ref + self.tau_m * _ln_one_plus_exp(log_inverse))
        return rate


def _soft(z: Array) -> Array:
    """ln(1 + exp(z)), held above zero: below _TAIL it is not used."""
    return _ln_one_plus_exp(np.maximum(z, _TAIL))


def _ln_one_plus_exp(z: Array) -> Array:
    # The argument of exp cannot overflow; unlike logaddexp, a missing drive passes without a warning.
    return np.asarray(np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z))))
