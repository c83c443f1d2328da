"""The f-I curve of the noiseless leaky integrate-and-fire neuron, in closed form."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent, has_zero
from neurosim.params import Array, ParameterError, param, real

_FAR = 1e100


@dataclass(frozen=True, kw_only=True)
class LIFCurve(Activation):
    """Firing rate of a leaky integrate-and-fire neuron at constant drive.

    Equation
        r = 1 / (t_ref + tau_m * ln((drive - v_reset) / (drive - 1)))  for drive > 1, else 0
    Shapes
        any, elementwise
    Units
        drive 1, r Hz
    Source
        Stein, Biophys J 5 (1965); Gerstner et al., Neuronal Dynamics (2014), sec. 1.3 (interval at constant current).
    """

    tau_m: float = param(20e-3, unit="s", doc="membrane time constant", above=0)
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", low=0)
    v_reset: float = param(0.0, doc="membrane potential after a spike", below=1)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "exact", "it is the rate of a leaky integrate-and-fire neuron without noise at constant drive"
    )
    kink: ClassVar[str] = "at drive 1, where the slope from above is infinite and 0 is returned"

    def _value(self, drive: Array) -> Array:
        rate: Array = self._rate(self._above(drive))
        return rate

    def _derivative(self, drive: Array) -> Array:
        above = self._above(drive)
        if not has_zero(self.t_ref):
            return self._slope(above)
        with np.errstate(over="ignore", invalid="ignore"):
            return self._straight(above, self._slope(above))

    def _slope(self, above: Array) -> Array:
        rate = self._rate(above)
        # Two quotients, because the product of the two distances overflows long before the slope does.
        near = np.divide(rate, above, out=np.zeros_like(rate), where=above > 0)
        slope: Array = self.tau_m * self._distance * (rate / (above + self._distance)) * near
        return slope

    def _straight(self, above: Array, slope: Array) -> Array:
        """The slope without a refractory period where the rates leave the range of a double."""
        far = (above > _FAR) & np.equal(self.t_ref, 0.0)
        return np.where(far, 1.0 / (self.tau_m * self._distance), slope) if far.any() else slope

    @property
    def range(self) -> tuple[float, float]:
        return 0.0, 1.0 / self.t_ref if self.t_ref > 0 else np.inf

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        return 0.0, np.inf  # vertical at threshold

    def inverse(self, rate: Array) -> Array:
        """Drive at which the neuron fires at `rate`; at rate 0 the largest silent drive, 1.

        Equation
            drive = 1 + (1 - v_reset) / (exp((1/rate - t_ref) / tau_m) - 1)
        Raises
            ParameterError for a negative rate, NaN, or a rate at or above 1/t_ref
        """
        rate = real(rate, "Hz", "LIFCurve.inverse: rate")
        with np.errstate(divide="ignore"):
            high = np.divide(1.0, self.t_ref)
        bad = ~((rate >= 0) & (rate < high))
        if bad.any():
            wrong, limit = (np.broadcast_to(values, bad.shape)[bad][0] for values in (rate, high))
            raise ParameterError(
                f"LIFCurve.inverse: rate: got {wrong:g} Hz, expected rates >= 0 and < 1/t_ref = {limit:g} Hz"
            )
        with np.errstate(divide="ignore", over="ignore"):  # near rate 0 both may be infinite
            drive: Array = 1.0 + self._distance / np.expm1((1.0 / rate - self.t_ref) / self.tau_m)
        return drive

    @property
    def _distance(self) -> float:
        return 1.0 - self.v_reset

    def _above(self, drive: Array) -> Array:
        above: Array = np.maximum(drive - 1.0, 0.0)
        return above

    def _rate(self, above: Array) -> Array:
        with np.errstate(divide="ignore", over="ignore"):  # an infinite interval is the rate 0
            rate: Array = 1.0 / (self.t_ref + self.tau_m * np.log1p(self._distance / above))
        return rate
