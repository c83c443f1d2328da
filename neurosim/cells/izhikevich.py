"""Izhikevich's simple model: two equations, many firing patterns."""

import math
from dataclasses import dataclass
from typing import Self

from neurosim.activations.base import Activation
from neurosim.cells.base import SpikingCell, Value
from neurosim.params import ParameterError, param
from neurosim.per_unit import unit_by_unit


@dataclass(frozen=True, kw_only=True)
class Izhikevich(SpikingCell):
    """Izhikevich's neuron in volts; drive 1 is the current at which its resting state is lost.

    In the original numbers (mV, ms) rest and saddle merge at I = (5 - b)**2/0.16 - 140. With a < b rest turns unstable
    before, in an Andronov-Hopf bifurcation at v = (a - 5)/0.08; all presets do so (regular spiking at 3.7975 instead of
    4). `rheobase` is the smaller of the two. A sudden step below it can still cause one spike or burst, and where the
    bifurcation is subcritical (resonator, thalamo-cortical, low threshold) sustained firing at drives a little below 1.
    Runge-Kutta of order 2, because the equation is quadratic in v.

    Equation
        dv/dt = 0.04*v**2/(ms*mV) + 5*v/ms + 140*mV/ms - u + drive*rheobase : volt
        du/dt = a*(b*v - u) : volt/second
        spike where v > v_peak, then v = c, u = u + d
    Units
        v V, u V/s (the original's mV/ms), drive 1; a 1/s, b 1/s, c V, d V/s: the original's numbers times 1e3, 1e3,
        1e-3 and 1
    Raises
        ParameterError where there is no stable resting state at drive 0, or a reset at or above v_peak
    Source
        Izhikevich, IEEE Trans Neural Netw 14 (2003), eqs. 1-3 and fig. 2 (presets).
    """

    a: float = param(20.0, unit="1/s", doc="rate of the recovery variable", above=0, usual=(1.0, 1e3))
    b: float = param(200.0, unit="1/s", doc="sensitivity of the recovery variable to v", low=0)
    c: float = param(-65e-3, unit="V", doc="membrane potential after a spike", usual=(1e-4, 0.5))
    d: float = param(8.0, unit="V/s", doc="jump of the recovery variable at a spike")
    v_peak: float = param(30e-3, unit="V", doc="membrane potential at which the spike is cut off", usual=(1e-4, 0.5))

    threshold = "v > v_peak"
    method = "rk2"
    scale = "V"
    runs_away = True

    def check(self) -> None:
        if self.c >= self.v_peak:
            raise ParameterError(f"Izhikevich.c: got {self.c:g} V, expected below v_peak = {self.v_peak:g} V")
        if self.rheobase <= 0:
            raise ParameterError(
                f"Izhikevich.b: got {self.b:g} 1/s, expected a value with a stable resting state at drive 0 "
                f"(with a = {self.a:g} 1/s it is lost at a current of {self.rheobase:g} V/s)"
            )

    @property
    @unit_by_unit
    def rheobase(self) -> Value:
        """Current (V/s, the original's mV/ms) at which the resting state is lost: drive 1."""
        a, b = self._original
        if a >= b:
            return (5 - b) ** 2 / 0.16 - 140
        v = (a - 5) / 0.08
        return -(0.04 * v**2 + (5 - b) * v + 140)

    @property
    @unit_by_unit
    def rest(self) -> Value:
        """Resting potential at drive 0 in V."""
        _, b = self._original
        return -1e-3 * ((5 - b) + math.sqrt((5 - b) ** 2 - 0.16 * 140)) / 0.08

    @property
    def equations(self) -> str:
        return (
            "dv/dt = 0.04*v**2/(ms*mV) + 5*v/ms + 140*mV/ms - u + drive*rheobase : volt\n"
            "du/dt = a*(b*v - u) : volt/second"
        )

    @property
    def reset(self) -> str:
        return "v = c\nu += d"

    @property
    def refractory(self) -> float:
        return 0.0

    @property
    def impulse(self) -> Value:
        return self.rheobase

    @property
    def time_constant(self) -> Value:
        """Membrane time constant at rest."""
        return 1e-3 / -(0.08 * 1e3 * self.rest + 5)

    @property
    def constants(self) -> dict[str, tuple[Value, str]]:
        return {**super().constants, "rheobase": (self.rheobase, "V/s")}

    @property
    def initial(self) -> dict[str, Value]:
        return {"v": self.rest, "u": self.b * self.rest}

    @property
    def transfer(self) -> Activation | None:
        """None: no closed form."""
        return None

    @property
    def _original(self) -> tuple[float, float]:
        """a and b in 1/ms, as published."""
        return self.a * 1e-3, self.b * 1e-3

    @classmethod
    def regular_spiking(cls) -> Self:
        """Cortical excitatory cell that slows down (RS)."""
        return cls(a=20.0, b=200.0, c=-65e-3, d=8.0)

    @classmethod
    def intrinsically_bursting(cls) -> Self:
        """Cortical excitatory cell that begins with a burst (IB)."""
        return cls(a=20.0, b=200.0, c=-55e-3, d=4.0)

    @classmethod
    def chattering(cls) -> Self:
        """Cortical excitatory cell that fires bursts (CH)."""
        return cls(a=20.0, b=200.0, c=-50e-3, d=2.0)

    @classmethod
    def fast_spiking(cls) -> Self:
        """Cortical inhibitory cell without adaptation (FS)."""
        return cls(a=100.0, b=200.0, c=-65e-3, d=2.0)

    @classmethod
    def low_threshold_spiking(cls) -> Self:
        """Cortical inhibitory cell with a low threshold (LTS)."""
        return cls(a=20.0, b=250.0, c=-65e-3, d=2.0)

    @classmethod
    def thalamo_cortical(cls) -> Self:
        """Relay cell (TC)."""
        return cls(a=20.0, b=250.0, c=-65e-3, d=0.05)

    @classmethod
    def resonator(cls) -> Self:
        """Cell with subthreshold oscillations (RZ)."""
        return cls(a=100.0, b=260.0, c=-65e-3, d=2.0)
