"""A leaky rate unit: activity relaxes to the value of its f-I curve."""

from dataclasses import dataclass

from neurosim.activations.base import Activation
from neurosim.activations.relu import ReLU
from neurosim.cells.base import RateCell, Value
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class LeakyRate(RateCell):
    """Rate unit with one time constant.

    Equation
        tau dr/dt = -r + activation(drive)
    Units
        r Hz, drive 1, tau s
    Source
        Wilson & Cowan, Biophys J 12 (1972); Dayan & Abbott, Theoretical Neuroscience (2001), eq. 7.6.
    """

    tau: float = param(10e-3, unit="s", doc="time constant of the activity", above=0, usual=(1e-5, 10.0))
    activation: Activation = param(ReLU(), doc="steady activity at constant drive")

    @property
    def transfer(self) -> Activation:
        return self.activation

    @property
    def time_constant(self) -> Value:
        return self.tau

    def drdt(self, rate: Array, drive: Array) -> Array:
        return (self.activation(drive) - rate) / self.tau
