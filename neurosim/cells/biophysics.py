"""From drive and v (threshold 1, rest 0) to amperes and volts, and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from neurosim.gate import named_as, real
from neurosim.params import Array, DimensionError, ParameterError, ParamInfo, Params, number_or_each, param


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
        """Membrane potential in V of the dimensionless v (an array of any shape; NaN and infinity stay what they are).

        Raises:
            ParameterError: a potential beyond what float64 can hold.
        """
        given = real(v, "1", "Biophysics.voltage: v")
        potential: Array = _within(self.E_L + given * self.span, given, "Biophysics.voltage: v")
        return potential

    def current(self, drive: Any) -> Array:
        """Current in A of the dimensionless drive (of any shape; NaN and infinity stay what they are)."""
        amperes: Array = real(drive, "1", "Biophysics.current: drive") * self.rheobase
        return amperes

    def drive(self, current: Any) -> Any:
        """Dimensionless drive of a current in A: a number, array or Brian2 quantity (NaN and infinity stay).

        Raises:
            ParameterError: a drive beyond what float64 can hold.
        """
        given = real(current, "A", "Biophysics.drive: current")
        with np.errstate(over="ignore"):
            return _within(given / self.rheobase, given, "Biophysics.drive: current")

    def dimensionless_voltage(self, V: Any) -> Any:
        """v of a membrane potential in V, a number or one per unit."""
        given = number_or_each(V, self.info()["E_L"], "Biophysics.dimensionless_voltage: V")
        with np.errstate(over="ignore"):
            return _within((given - self.E_L) / self.span, given, "Biophysics.dimensionless_voltage: V")

    def dimensionless_spread(self, sigma_V: Any) -> Any:
        """Standard deviation of v for one of the membrane potential in V, a number or one per unit."""
        given = number_or_each(sigma_V, _SPREAD, "Biophysics.dimensionless_spread: sigma_V")
        with np.errstate(over="ignore"):
            return _within(given / self.span, given, "Biophysics.dimensionless_spread: sigma_V")

    def dimensionless_jump(self, current: Any) -> Any:
        """Drive of a current in A that a spike adds, a number or one per unit."""
        given = number_or_each(current, _JUMP, "Biophysics.dimensionless_jump: current")
        with np.errstate(over="ignore"):
            return _within(given / self.rheobase, given, "Biophysics.dimensionless_jump: current")

    def dimensionless_conductance(self, g: Any) -> Any:
        """Conductance in units of the leak for one in S, a number or one per unit."""
        given = number_or_each(g, _CONDUCTANCE, "Biophysics.dimensionless_conductance: g")
        with np.errstate(over="ignore"):
            return _within(given / self.g_L, given, "Biophysics.dimensionless_conductance: g")


_SPREAD = ParamInfo("V", "standard deviation of a potential", low=0.0)
_JUMP = ParamInfo("A", "current that one spike adds", low=0.0)
_CONDUCTANCE = ParamInfo("S", "a conductance", low=0.0)

T = TypeVar("T", bound=Params)


def _within(result: Any, given: Any, where: str) -> Any:
    """A result, or an error where it is infinite and what was given is not."""
    if (np.isinf(result) & ~np.isinf(given)).any():
        raise ParameterError(f"{where}: got values whose result is beyond 1.8e308, expected smaller ones in SI units")
    return result


def from_physical(
    cell: type[T], scales: Biophysics, fields: Mapping[str, tuple[str, Any, Callable[[Any], Any]]], **others: Any
) -> T:
    """A cell whose dimensionless fields are made of physical numbers; an error names the number that was given.

    Args:
        cell: the class.
        scales: capacitance, leak and potentials that it is made from.
        fields: by name of the cell's field the argument's name, its value, and what makes the field of it.
        others: fields that are taken as they are.
    """
    made = {"tau_m": scales.tau_m}
    words = {"tau_m": "C and g_L"}
    for field, (argument, value, convert) in fields.items():
        words[field] = argument
        with named_as(f"{cell.__name__}.from_biophysics: {argument}"):
            made[field] = convert(value)
    try:
        return cell(scales=scales, **made, **others)
    except (ParameterError, DimensionError) as error:
        # the sentence begins with the class and the field
        field = str(error).partition(":")[0].partition("[")[0].rpartition(".")[2]
        if field not in words:
            raise
        raise type(error)(f"{cell.__name__}.from_biophysics: {words[field]}: {error}") from None
