"""A rate unit whose state is a potential: inputs are filtered first and thresholded then."""

from dataclasses import dataclass

from neurosim.activations.base import Activation
from neurosim.activations.relu import ReLU
from neurosim.cells.base import RateCell, Value
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class MembraneRate(RateCell):
    """Rate unit with a membrane: the drive charges a potential and the activity is its instantaneous function.

    The steady states are those of a LeakyRate unit with the same activation; the way there differs. With a
    `SoftThreshold` and the projection of `neurosim.inhibition.competition` it is the locally competitive algorithm.

    Equation
        tau dv/dt = -v + drive,  r = activation(v)
    Units
        v and drive 1, r Hz, tau s
    Source
        Hopfield, Proc Natl Acad Sci USA 81 (1984); Rozell et al., Neural Comput 20 (2008) (with a soft threshold).
    """

    tau: float = param(10e-3, unit="s", doc="time constant of the potential", above=0, usual=(1e-5, 10.0))
    activation: Activation = param(ReLU(), doc="activity as a function of the potential")

    @property
    def transfer(self) -> Activation:
        return self.activation

    @property
    def time_constant(self) -> Value:
        return self.tau

    def drdt(self, rate: Array, drive: Array) -> Array:
        """Rate of change of the potential (1/s); `rate` holds the potential, the state of this cell."""
        return (drive - rate) / self.tau

    def activity(self, state: Array) -> Array:
        return self.activation(state)
