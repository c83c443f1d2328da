"""Hodgkin and Huxley's squid axon."""

import math
from dataclasses import dataclass

from neurosim.activations.base import Activation
from neurosim.cells.base import SpikingCell, Value
from neurosim.params import ParameterError, param
from neurosim.per_unit import unit_by_unit


@dataclass(frozen=True, kw_only=True)
class HodgkinHuxley(SpikingCell):
    """Space-clamped squid axon at 6.3 degrees Celsius, potentials in today's sign with rest at -65 mV.

    Drive 1 is the smallest sustained step from rest that makes the standard axon fire for ever, found by bisection on
    firing in the last 50 ms of 3 s (LSODA, rtol 1e-8): 6.2603 uA/cm^2. It is a parameter, not a law: measure it again
    after a change of the others. Weaker steps cause one spike (from drive .37) or a few (from .95). The removable 0/0
    of two rate functions is written with exprel(x) = (exp(x) - 1)/x. A spike is counted where v exceeds v_spike, at
    most one in t_ref: v stays above 0 mV for under 1 ms, and the axon itself is refractory for longer. Nothing is
    reset. Exponential Euler, because every variable is linear in itself and the membrane takes less than 30 us in the
    upstroke, where Runge-Kutta with 0.1 ms diverges. It takes the rates at the start of a step, so they are computed
    once per step, and is of first order: measured intervals are too long by 5 % at dt 0.1 ms, 1 % at 20 us and 0.5 %
    at 10 us.

    Equation
        C_m*dv/dt = drive*rheobase - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K) - g_L*(v - E_L)
        dx/dt = alpha_x*(1 - x) - beta_x*x  for x = m, h, n; with V = v - V_rest in mV and rates in 1/ms
        alpha_m = 1/exprel((25 - V)/10),  beta_m = 4*exp(-V/18)
        alpha_h = 0.07*exp(-V/20),        beta_h = 1/(1 + exp((30 - V)/10))
        alpha_n = 0.1/exprel((10 - V)/10), beta_n = 0.125*exp(-V/80)
    Units
        v V, m h n 1, drive 1, conductances and currents per area of membrane
    Raises
        ParameterError for a capacitance, conductance or rheobase that is not positive, or E_K at or above E_Na
    Source
        Hodgkin & Huxley, J Physiol 117 (1952) 500-544, eqs. 7, 12, 13, 15, 16, 20, 21, 23, 24, 26 and table 3.
    """

    C_m: float = param(1e-2, unit="F/m^2", doc="membrane capacitance (1 uF/cm^2)", above=0)
    g_Na: float = param(1200.0, unit="S/m^2", doc="largest sodium conductance (120 mS/cm^2)", above=0)
    g_K: float = param(360.0, unit="S/m^2", doc="largest potassium conductance (36 mS/cm^2)", above=0)
    g_L: float = param(3.0, unit="S/m^2", doc="leak conductance (0.3 mS/cm^2)", above=0)
    E_Na: float = param(50e-3, unit="V", doc="sodium reversal potential (115 mV above rest)", usual=(1e-4, 0.5))
    E_K: float = param(-77e-3, unit="V", doc="potassium reversal potential (12 mV below rest)", usual=(1e-4, 0.5))
    E_L: float = param(-54.387e-3, unit="V", doc="leak reversal potential (10.613 mV above rest)", usual=(1e-4, 0.5))
    V_rest: float = param(-65e-3, unit="V", doc="potential from which the rate functions count", usual=(1e-4, 0.5))
    rheobase: float = param(0.062603, unit="A/m^2", doc="current density at drive 1 (6.2603 uA/cm^2)", above=0)
    v_spike: float = param(0.0, unit="V", doc="potential above which a spike is counted")
    t_ref: float = param(3e-3, unit="s", doc="time in which a spike is counted once", above=0, usual=(1e-6, 1.0))

    threshold = "v > v_spike"
    method = "exponential_euler"
    scale = "V"

    def check(self) -> None:
        if self.E_Na <= self.E_K:
            raise ParameterError(f"HodgkinHuxley.E_K: got {self.E_K:g} V, expected below E_Na = {self.E_Na:g} V")

    @property
    def equations(self) -> str:
        return """\
dv/dt = (drive*rheobase - g_Na*m**3*h*(v - E_Na) - g_K*n**4*(v - E_K) - g_L*(v - E_L))/C_m : volt
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
V = (v - V_rest)/mV : 1 (constant over dt)
alpha_m = 1/exprel((25 - V)/10)/ms : Hz (constant over dt)
beta_m = 4*exp(-V/18)/ms : Hz (constant over dt)
alpha_h = 0.07*exp(-V/20)/ms : Hz (constant over dt)
beta_h = 1/(1 + exp((30 - V)/10))/ms : Hz (constant over dt)
alpha_n = 0.1/exprel((10 - V)/10)/ms : Hz (constant over dt)
beta_n = 0.125*exp(-V/80)/ms : Hz (constant over dt)"""

    @property
    def reset(self) -> str:
        return ""

    @property
    def refractory(self) -> Value:
        return self.t_ref

    @property
    def impulse(self) -> Value:
        return self.rheobase / self.C_m

    @property
    def time_constant(self) -> float:
        """Time constant of the fastest gate, m, at rest."""
        opening, closing = _rates(0.0)[0]
        return 1e-3 / (opening + closing)

    @property
    @unit_by_unit
    def initial(self) -> dict[str, Value]:
        """The resting state at drive 0: gates at equilibrium, no net current."""
        from scipy.optimize import brentq

        v = float(brentq(self._resting_current, self.E_K, self.E_Na, xtol=1e-12))
        m, h, n = self._gates(v)
        return {"v": v, "m": m, "h": h, "n": n}

    @property
    def transfer(self) -> Activation | None:
        """None: no closed form (rest and firing are both stable up to about drive 1.56)."""
        return None

    def _gates(self, v: float) -> tuple[float, float, float]:
        m, h, n = (opening / (opening + closing) for opening, closing in _rates((v - self.V_rest) * 1e3))
        return m, h, n

    def _resting_current(self, v: float) -> float:
        m, h, n = self._gates(v)
        sodium = self.g_Na * m**3 * h * (v - self.E_Na)
        return sodium + self.g_K * n**4 * (v - self.E_K) + self.g_L * (v - self.E_L)


def _rates(V: float) -> tuple[tuple[float, float], ...]:
    """Opening and closing rate (1/ms) of m, h and n at V mV above rest."""
    m = 1 / _exprel((25 - V) / 10), 4 * math.exp(-V / 18)
    h = 0.07 * math.exp(-V / 20), 1 / (1 + math.exp((30 - V) / 10))
    n = 0.1 / _exprel((10 - V) / 10), 0.125 * math.exp(-V / 80)
    return m, h, n


def _exprel(x: float) -> float:
    return math.expm1(x) / x if x else 1.0
