"""Leaky integrate-and-fire neuron whose threshold rises with every spike of its own and stays up."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.lif_curve import LIFCurve
from neurosim.cells.base import IntegrateAndFire
from neurosim.params import param


@dataclass(frozen=True, kw_only=True)
class HomeostaticLIF(IntegrateAndFire):
    """Leaky integrate-and-fire neuron with an adaptive threshold that outlives a presentation.

    theta is learned: `neurosim.learn` hands it from one presentation to the next, and `simulate(..., learned=...)`
    takes it. With theta_plus = 0 it only decays, and from theta = 0 the cell is a LIF.

    Equation
        dv/dt = (drive - v)/tau_m : 1 (unless refractory)
        dtheta/dt = -theta/tau_theta : 1
        spike where v > 1 + theta, then v = v_reset, theta = theta + theta_plus, and t_ref of silence
    Units
        v, theta and drive 1 (rest 0, threshold 1 at theta = 0), time s
    Raises
        ParameterError for a reset at or above threshold, or a time constant that is not positive
    Source
        Diehl & Cook, Front Comput Neurosci 9 (2015).
    """

    learned: ClassVar[tuple[str, ...]] = ("theta",)
    threshold: ClassVar[str] = "v > 1 + theta"

    theta_plus: float = param(4e-3, doc="rise of the threshold at every spike", low=0)
    tau_theta: float = param(1e4, unit="s", doc="time constant with which the threshold falls back", above=0)

    @property
    def equations(self) -> str:
        return f"dv/dt = (drive - v)/tau_m : 1{self.clamp}\ndtheta/dt = -theta/tau_theta : 1"

    @property
    def reset(self) -> str:
        return "v = v_reset\ntheta += theta_plus"

    @property
    def transfer(self) -> Activation | None:
        """The curve of a cell that does not adapt; None where it does."""
        if np.any(self.theta_plus):
            return None
        return LIFCurve(tau_m=self.tau_m, t_ref=self.t_ref, v_reset=self.v_reset)
