"""From drive and v (threshold 1, rest 0) to amperes and volts, and back."""

from dataclasses import dataclass
from typing import Any, ClassVar

from neurosim.gate import real
from neurosim.params import Array, ParameterError, Params, number_or_each, param


@dataclass(frozen=True, kw_only=True)
class Biophysics(Params):
    """The physical scales of a dimensionless membrane.

    Equation
        V = E_L + v * (V_th - E_L);  I = drive * g_L * (V_th - E_L);  tau_m = C / g_L
    Shapes
        a number each, or one per unit of a population, (units,)
    Units
        F, S, V, A, s
    """

    one_per_unit: ClassVar[bool] = True

    C: float = param(200e-12, unit="F", doc="membrane capacitance", above=0, usual=(1e-14, 5e-9))
    g_L: float = param(10e-9, unit="S", doc="leak conductance", above=0, usual=(1e-12, 1e-6))
    E_L: float = param(-70e-3, unit="V", doc="resting (leak reversal) potential", usual=(1e-4, 0.5))
    V_th: float = param(-50e-3, unit="V", doc="threshold potential", usual=(1e-4, 0.5))

    def check(self) -> None:
        if self.V_th <= self.E_L:
            raise ParameterError(f"Biophysics.V_th: got {self.V_th:g} V, expected above E_L = {self.E_L:g} V")

    @property
    def tau_m(self) -> Any:
        """Membrane time constant C/g_L in s."""
        return self.C / self.g_L

    @property
    def span(self) -> Any:
        """Threshold distance V_th - E_L in V."""
        return self.V_th - self.E_L

    @property
    def rheobase(self) -> Any:
        """Current at drive 1, in A."""
        return self.g_L * self.span

    def voltage(self, v: Any) -> Array:
        """Membrane potential in V of the dimensionless v."""
        potential: Array = self.E_L + real(v, "1", "Biophysics.voltage: v") * self.span
        return potential

    def current(self, drive: Any) -> Array:
        """Current in A of the dimensionless drive."""
        amperes: Array = real(drive, "1", "Biophysics.current: drive") * self.rheobase
        return amperes

    def drive(self, current: Any) -> Any:
        """Dimensionless drive of a current in A (number, array or Brian2 quantity)."""
        return real(current, "A", "Biophysics.drive: current") / self.rheobase

    def dimensionless_voltage(self, V: Any) -> Any:
        """v of a membrane potential in V."""
        return (number_or_each(V, self.info()["E_L"], "V") - self.E_L) / self.span

    def dimensionless_spread(self, sigma_V: Any) -> Any:
        """Standard deviation of v for one of the membrane potential in V."""
        return number_or_each(sigma_V, self.info()["E_L"], "sigma_V") / self.span
