"""Leaky integrate-and-fire neuron with synaptic conductances and reversal potentials."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from neurosim.activations.base import Activation
from neurosim.activations.shunted_lif_curve import ShuntedLIFCurve
from neurosim.cells.base import IntegrateAndFire, Value
from neurosim.cells.biophysics import Biophysics, from_physical
from neurosim.params import param


@dataclass(frozen=True, kw_only=True)
class ConductanceLIF(IntegrateAndFire):
    """Integrate-and-fire neuron whose projections open conductances instead of injecting current.

    Conductances are normalised at threshold: at v = 1 a projection carries exactly the drive that it would carry as a
    current. So excitation x and inhibition y reach threshold where x - y = 1 whatever the reversal potentials, and only
    what happens below threshold (saturation, shunting, a shorter time constant) differs from the LIF neuron.
    Brian2's exponential Euler: exact while the conductances are constant and stable however large they are, where the
    exact method does not apply because they vary; with exponential synapses its error is of first order in dt.

    Equation
        tau_m*dv/dt = -v + current + g_exc*(E_exc - v) + (g_inh + tonic_inhibition)*(E_inh - v)  (unless refractory)
        g_exc = excitation/(E_exc - 1),  g_inh = inhibition/(1 - E_inh)
        spike where v > 1, then v = v_reset and t_ref of silence
    Units
        v, current, excitation, inhibition and reversal potentials 1 (rest 0, threshold 1); conductances in units of the
        leak; time s
    Raises
        ParameterError for a reset at or above threshold, E_exc at or below it, or E_inh at or above it
    Source
        Stein, Biophys J 7 (1967) (reversal potentials); Holt & Koch, Neural Comput 9 (1997) (shunting acts like
        subtraction).
    """

    ports: ClassVar[Literal["net", "split"]] = "split"

    tau_m: float = param(
        20e-3, unit="s", doc="membrane time constant without synaptic conductance", above=0, usual=(1e-4, 1.0)
    )
    E_exc: float = param(
        3.5, doc="reversal potential of the excitation (3.5: 0 mV at rest -70, threshold -50 mV)", above=1
    )
    E_inh: float = param(0.0, doc="reversal potential of the inhibition (0: rest, pure shunting)", below=1)
    tonic_inhibition: float = param(0.0, doc="constant inhibitory conductance in units of the leak", low=0)

    method = "exponential_euler"

    @property
    def equations(self) -> str:
        return (
            "dv/dt = (-v + current + g_exc*(E_exc - v) + (g_inh + tonic_inhibition)*(E_inh - v))/tau_m : 1"
            f"{self.clamp}\n"
            "g_exc = excitation/(E_exc - 1) : 1\n"
            "g_inh = inhibition/(1 - E_inh) : 1"
        )

    @property
    def time_constant(self) -> Value:
        """Membrane time constant under the tonic conductance."""
        return self.tau_m / (1.0 + self.tonic_inhibition)

    @property
    def initial(self) -> dict[str, Value]:
        """The resting potential under the tonic conductance."""
        return {"v": self.tonic_inhibition * self.E_inh / (1.0 + self.tonic_inhibition)}

    @property
    def transfer(self) -> Activation:
        """Rate for a constant `current`; what projections open on top of it moves the curve further."""
        return ShuntedLIFCurve(
            tau_m=self.tau_m,
            t_ref=self.t_ref,
            v_reset=self.v_reset,
            tonic_inhibition=self.tonic_inhibition,
            E_inh=self.E_inh,
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
        E_exc: Any,
        E_inh: Any,
        g_tonic: Any = 0.0,
        t_ref: Any = 2e-3,
    ) -> Self:
        """The same cell from capacitance (F), conductances (S), potentials (V) and refractory period (s).

        Numbers are SI; Brian2 quantities are accepted. `cell.biophysics()` goes back.
        """
        physical = Biophysics(C=C, g_L=g_L, E_L=E_L, V_th=V_th)
        fields = {
            "v_reset": ("V_reset", V_reset, physical.dimensionless_voltage),
            "E_exc": ("E_exc", E_exc, physical.dimensionless_voltage),
            "E_inh": ("E_inh", E_inh, physical.dimensionless_voltage),
            "tonic_inhibition": ("g_tonic", g_tonic, physical.dimensionless_conductance),
        }
        return from_physical(cls, physical, fields, t_ref=t_ref)
