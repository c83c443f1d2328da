"""Exponential integrate-and-fire neuron: a soft threshold with a finite upstroke."""

import math
from dataclasses import dataclass

from neurosim.activations.base import Activation
from neurosim.cells.base import IntegrateAndFire, Value
from neurosim.params import ParameterError, param
from neurosim.per_unit import unit_by_unit

_LARGEST_EXPONENT = 500.0
"""exp of this and one more step of the upstroke stay far from the largest double (exp(709))."""


@dataclass(frozen=True, kw_only=True)
class ExpIF(IntegrateAndFire):
    """Exponential integrate-and-fire neuron, scaled so that drive 1 is its rheobase.

    The fixed points vanish where the slope of the exponential is that of the leak, at v = v_T and drive v_T - delta_T;
    v_T = 1 + delta_T puts this at drive 1 exactly. The exponential is held at its value at v_peak for larger v, which
    changes nothing below the spike and keeps the trial stages of a step finite. Runge-Kutta of order 2, because the
    equation is not linear in v; what remains is that spikes are seen at the end of a step.

    Equation
        dv/dt = (drive - v + delta_T*exp((v - 1)/delta_T - 1))/tau_m : 1 (unless refractory)
        spike where v > v_peak, then v = v_reset and t_ref of silence
    Units
        v, drive and delta_T 1 (rest close to 0, rheobase 1), time s
    Raises
        ParameterError for a reset at or above v_T, or a v_peak that is not above v_T or more than 500 delta_T above it
    Source
        Fourcaud-Trocme et al., J Neurosci 23 (2003); Gerstner et al., Neuronal Dynamics (2014), eq. 5.6.
    """

    v_reset: float = param(0.0, doc="membrane potential after a spike")
    delta_T: float = param(0.1, doc="sharpness of the spike upstroke", above=0)
    v_peak: float = param(3.5, doc="membrane potential at which the spike is counted")

    threshold = "v > v_peak"
    method = "rk2"
    runs_away = True

    def check(self) -> None:
        onset = 1.0 + self.delta_T
        if not onset < self.v_peak <= onset + _LARGEST_EXPONENT * self.delta_T:
            raise ParameterError(
                f"ExpIF.v_peak: got {self.v_peak:g}, expected above v_T = 1 + delta_T = {onset:g} "
                f"and at most {_LARGEST_EXPONENT:g} delta_T above it"
            )
        if self.v_reset >= onset:
            raise ParameterError(f"ExpIF.v_reset: got {self.v_reset:g}, expected below v_T = 1 + delta_T = {onset:g}")

    @property
    def equations(self) -> str:
        upstroke = "delta_T*exp((clip(v, -inf, v_peak) - 1)/delta_T - 1)"
        return f"dv/dt = (drive - v + {upstroke})/tau_m : 1{self.clamp}"

    @property
    def transfer(self) -> Activation | None:
        """None: the interval is an integral without closed form."""
        return None

    @property
    @unit_by_unit
    def initial(self) -> dict[str, Value]:
        """The resting potential at drive 0."""
        from scipy.special import lambertw

        return {"v": float(-self.delta_T * lambertw(-math.exp(-1.0 / self.delta_T - 1.0)).real)}
