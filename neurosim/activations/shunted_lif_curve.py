"""The f-I curve of a leaky integrate-and-fire neuron under constant inhibitory conductance, in closed form."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Activation, SpikingEquivalent
from neurosim.activations.lif_curve import LIFCurve
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class ShuntedLIFCurve(Activation):
    """Firing rate of a leaky integrate-and-fire neuron with a second, constant conductance beside its leak.

    The conductance raises the rheobase to 1 + g*(1 - E_inh) and shortens the membrane time constant; the two cancel in
    the slope at high rates, so a shunt shifts the curve and hardly divides it.

    Equation
        r = 1 / (t_ref + tau * ln((m - v_reset) / (m - 1)))  for m > 1, else 0, with g = tonic_inhibition and
        m = (drive + g*E_inh) / (1 + g),  tau = tau_m / (1 + g)
    Shapes
        any, elementwise
    Units
        drive 1, tonic_inhibition in units of the leak conductance, E_inh 1 (rest 0, threshold 1), r Hz
    Raises
        ParameterError for a reset or an inhibitory reversal potential at or above threshold
    Source
        Holt & Koch, Neural Comput 9 (1997) (shunting inhibition acts on firing rates like subtraction).
    """

    tau_m: float = param(20e-3, unit="s", doc="membrane time constant without the tonic conductance", above=0)
    t_ref: float = param(2e-3, unit="s", doc="absolute refractory period", low=0)
    v_reset: float = param(0.0, doc="membrane potential after a spike", below=1)
    tonic_inhibition: float = param(0.0, doc="constant inhibitory conductance in units of the leak", low=0)
    E_inh: float = param(0.0, doc="reversal potential of the inhibition (0: rest, pure shunting)", below=1)

    spiking: ClassVar[SpikingEquivalent] = SpikingEquivalent(
        "exact", "it is the rate of a conductance-based integrate-and-fire neuron at constant drive and inhibition"
    )
    kink: ClassVar[str] = "at the rheobase, where the slope from above is infinite and 0 is returned"

    def _value(self, drive: Array) -> Array:
        return self._curve(self._asymptote(drive))

    def _derivative(self, drive: Array) -> Array:
        return self._curve.derivative(self._asymptote(drive)) / self._total

    @property
    def range(self) -> tuple[float, float]:
        return self._curve.range

    def slope_range(self, units: int = 1) -> tuple[float, float]:
        return 0.0, np.inf  # vertical at the rheobase

    @property
    def rheobase(self) -> float:
        """Drive above which the neuron fires."""
        return 1.0 + self.tonic_inhibition * (1.0 - self.E_inh)

    @property
    def _total(self) -> float:
        return 1.0 + self.tonic_inhibition

    @property
    def _curve(self) -> LIFCurve:
        return LIFCurve(tau_m=self.tau_m / self._total, t_ref=self.t_ref, v_reset=self.v_reset)

    def _asymptote(self, drive: Array) -> Array:
        # Written as a distance from the rheobase, so that the corner sits exactly there in floating point.
        asymptote: Array = 1.0 + (np.asarray(drive, dtype=np.float64) - self.rheobase) / self._total
        return asymptote
