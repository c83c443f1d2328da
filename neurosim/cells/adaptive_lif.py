"""Leaky integrate-and-fire neuron with spike-triggered adaptation."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from neurosim.activations.adaptive_lif_curve import AdaptiveLIFCurve
from neurosim.activations.base import Activation
from neurosim.cells.base import IntegrateAndFire, Value
from neurosim.cells.biophysics import Biophysics, from_physical
from neurosim.params import param


@dataclass(frozen=True, kw_only=True)
class AdaptiveLIF(IntegrateAndFire):
    """Leaky integrate-and-fire neuron whose every spike adds to a slow hyperpolarising drive.

    The adaptation decays also while the neuron is refractory, and 1 stays the rheobase: a silent neuron has none.

    Equation
        dv/dt = (drive - a - v)/tau_m + sigma_stat*sqrt(2/tau_m)*xi : 1 (unless refractory)
        da/dt = -a/tau_a : 1
        spike where v > 1, then v = v_reset, a = a + jump, and t_ref of silence
    Units
        v, a and drive 1 (rest 0, threshold 1), time s; sigma_stat as in LIF
    Raises
        ParameterError for a reset at or above threshold, a negative jump, or a time constant that is not positive
    Source
        Treves, Network 4 (1993); Liu & Wang, J Comput Neurosci 10 (2001) (there a conductance, here a current);
        Gerstner et al., Neuronal Dynamics (2014), eqs. 6.1-6.2 with subthreshold adaptation 0.
    """

    tau_a: float = param(100e-3, unit="s", doc="time constant of the adaptation", above=0, usual=(1e-3, 10.0))
    jump: float = param(0.1, doc="adaptation that one spike adds, as drive", low=0)
    sigma_stat: float = param(0.0, doc="stationary standard deviation of the free v (white noise)", low=0)

    @property
    def equations(self) -> str:
        noise = " + sigma_stat*sqrt(2/tau_m)*xi" if self.noisy else ""
        return f"dv/dt = (drive - a - v)/tau_m{noise} : 1{self.clamp}\nda/dt = -a/tau_a : 1"

    @property
    def reset(self) -> str:
        return "v = v_reset\na += jump"

    @property
    def noisy(self) -> bool:
        return bool(np.any(self.sigma_stat))

    @property
    def decaying(self) -> dict[str, tuple[Value, float]]:
        return {"a": (self.tau_a, -1.0)}

    @property
    def transfer(self) -> Activation | None:
        """Rate after adaptation has settled; None with noise."""
        if self.noisy:
            return None
        return AdaptiveLIFCurve(
            tau_m=self.tau_m, t_ref=self.t_ref, v_reset=self.v_reset, tau_a=self.tau_a, jump=self.jump
        )

    @classmethod
    def from_biophysics(
        cls,
        *,
        C: Any,
        g_L: Any,
        E_L: Any,
        V_th: Any,
        V_reset: Any,
        b: Any,
        tau_a: Any = 100e-3,
        t_ref: Any = 2e-3,
        sigma_V: Any = 0.0,
    ) -> Self:
        """The same cell from capacitance (F), leak (S), potentials (V), adaptation per spike b (A) and times (s).

        Numbers are SI; Brian2 quantities are accepted. `cell.biophysics()` goes back.
        """
        physical = Biophysics(C=C, g_L=g_L, E_L=E_L, V_th=V_th)
        fields = {
            "v_reset": ("V_reset", V_reset, physical.dimensionless_voltage),
            "jump": ("b", b, physical.dimensionless_jump),
            "sigma_stat": ("sigma_V", sigma_V, physical.dimensionless_spread),
        }
        return from_physical(cls, physical, fields, tau_a=tau_a, t_ref=t_ref)
