"""Leaky integrate-and-fire neuron, with white noise on request."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.lif_curve import LIFCurve
from neurosim.activations.siegert import Siegert
from neurosim.cells.base import IntegrateAndFire
from neurosim.cells.biophysics import Biophysics, from_physical
from neurosim.params import param


@dataclass(frozen=True, kw_only=True)
class LIF(IntegrateAndFire):
    """Leaky integrate-and-fire neuron in units of the threshold distance.

    Equation
        dv/dt = (drive - v)/tau_m + sigma_stat*sqrt(2/tau_m)*xi : 1 (unless refractory)
        spike where v > 1, then v = v_reset and t_ref of silence
    Units
        v and drive 1 (rest 0, threshold 1), time s; sigma_stat is the stationary standard deviation of the free
        membrane potential (Brunel's sigma is sqrt(2) times as large)
    Raises
        ParameterError for a reset at or above threshold, or a time constant that is not positive
    Source
        Stein, Biophys J 5 (1965); Gerstner et al., Neuronal Dynamics (2014), eqs. 1.5 and 5.11-5.13.
    """

    sigma_stat: float = param(
        0.0, doc="stationary standard deviation of the free membrane potential (white noise)", low=0
    )

    @property
    def equations(self) -> str:
        noise = " + sigma_stat*sqrt(2/tau_m)*xi" if self.noisy else ""
        return f"dv/dt = (drive - v)/tau_m{noise} : 1{self.clamp}"

    @property
    def noisy(self) -> bool:
        return bool(np.any(self.sigma_stat))

    @property
    def transfer(self) -> Activation:
        common = {"tau_m": self.tau_m, "t_ref": self.t_ref, "v_reset": self.v_reset}
        return Siegert(**common, sigma_stat=self.sigma_stat) if self.noisy else LIFCurve(**common)

    @classmethod
    def from_biophysics(
        cls, *, C: Any, g_L: Any, E_L: Any, V_th: Any, V_reset: Any, t_ref: Any = 2e-3, sigma_V: Any = 0.0
    ) -> Self:
        """The same cell from capacitance (F), leak (S), potentials (V) and refractory period (s).

        Numbers are SI; Brian2 quantities are accepted. `cell.biophysics()` goes back.
        """
        physical = Biophysics(C=C, g_L=g_L, E_L=E_L, V_th=V_th)
        fields = {
            "v_reset": ("V_reset", V_reset, physical.dimensionless_voltage),
            "sigma_stat": ("sigma_V", sigma_V, physical.dimensionless_spread),
        }
        return from_physical(cls, physical, fields, t_ref=t_ref)
