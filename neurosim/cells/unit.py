"""A static unit: activity is a function of the drive, no time."""

from dataclasses import dataclass
from typing import ClassVar

from neurosim.activations.base import Activation
from neurosim.activations.relu import ReLU
from neurosim.cells.base import Cell, Level
from neurosim.params import param


@dataclass(frozen=True, kw_only=True)
class Unit(Cell):
    """The unit of an artificial network.

    Equation
        r = activation(drive)
    Units
        drive 1 (threshold distance), activity Hz where the activation carries a gain in Hz
    Source
        McCulloch & Pitts, Bull Math Biophys 5 (1943); graded: Hartline & Ratliff, J Gen Physiol 40 (1957), eq. 1.
    """

    level: ClassVar[Level] = "static"

    activation: Activation = param(ReLU(), doc="curve from drive to activity")

    @property
    def transfer(self) -> Activation:
        return self.activation
