"""Perfect integrate-and-fire neuron: no leak, two resets."""

from dataclasses import dataclass

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.perfect_if_curve import PerfectIFCurve
from neurosim.activations.relu import ReLU
from neurosim.cells.base import SpikingCell, Value
from neurosim.params import param


@dataclass(frozen=True, kw_only=True)
class PerfectIF(SpikingCell):
    """Integrate-and-fire neuron without leak, the spiking ReLU.

    Nothing pulls `v` back: every positive drive fires in the end (the rheobase is 0, not 1), and a negative drive takes
    `v` down without bound, a debt that later excitation must repay first. With the reset "subtract" what was above
    threshold is kept and the rate at constant drive is exact up to one spike per run; a drive that asks for more than
    one spike per time step fires at 1/dt and heaps up `v`. With the reset "zero" the overshoot is lost: in steps of dt
    the rate is 1/(dt * (floor(tau_m/(drive*dt)) + 1)): intervals are rounded up to whole steps, and one more follows
    where the division is exact, because v = 1 is no spike (where the steps' sum misses 1, rounding decides). With a
    refractory period the intervals are whole steps under either reset. From `v_start` = 1/2 the first spike comes after
    half an interval, so that counts are rounded to the nearest whole number instead of down. Runge-Kutta of order 2:
    exact at constant drive, where Brian2's exact method has no solution (v is missing from its own equation).

    Equation
        dv/dt = drive/tau_m : 1 (unless refractory)
        spike where v > 1, then v = v - 1 ("subtract") or v = 0 ("zero"), and t_ref of silence
    Units
        v and drive 1 (threshold 1; drive 1 fires at 1/tau_m without refractoriness), time s
    Raises
        ParameterError for a time constant that is not positive or an unknown reset
    Source
        Lapicque, J Physiol Pathol Gen 9 (1907), without the leak; reset by subtraction: Rueckauer et al., Front
        Neurosci 11:682 (2017), sec. 2.
    """

    tau_m: float = param(
        20e-3, unit="s", doc="time in which a drive of 1 takes v from reset to threshold", above=0, usual=(1e-4, 1.0)
    )
    t_ref: float = param(0.0, unit="s", doc="absolute refractory period", low=0, usual=(1e-6, 1.0))
    reset_mode: str = param("subtract", doc="what a spike does to v", choices=("subtract", "zero"))
    v_start: float = param(0.0, doc="membrane potential at the start of a run", high=1)

    threshold = "v > 1"
    method = "rk2"

    @property
    def equations(self) -> str:
        clamp = " (unless refractory)" if np.any(self.t_ref) else ""
        return f"dv/dt = drive/tau_m : 1{clamp}"

    @property
    def reset(self) -> str:
        return "v -= 1" if self.reset_mode == "subtract" else "v = 0"

    @property
    def refractory(self) -> Value:
        return self.t_ref

    @property
    def impulse(self) -> Value:
        return 1.0 / self.tau_m

    @property
    def time_constant(self) -> Value:
        return self.tau_m

    @property
    def initial(self) -> dict[str, Value]:
        return {"v": self.v_start} if np.any(self.v_start) else {}

    @property
    def transfer(self) -> Activation:
        if np.any(self.t_ref):
            return PerfectIFCurve(tau_m=self.tau_m, t_ref=self.t_ref)
        return ReLU(gain=1.0 / self.tau_m)
