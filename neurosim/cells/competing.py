"""A spiking cell whose drive competes with that of its population before it reaches the membrane."""

from dataclasses import dataclass
from typing import ClassVar

from neurosim.activations.base import Activation
from neurosim.activations.composition import Composition, check_competition
from neurosim.activations.kwta import KWTA
from neurosim.cells.base import Cell, Level, SpikingCell
from neurosim.cells.lif import LIF
from neurosim.params import DimensionError, ParameterError, param


@dataclass(frozen=True, kw_only=True)
class Competing(Cell):
    """The spiking rung of an activation that acts on a population: the drives compete, then each cell integrates.

    The same competition runs on every rung, so `ladder(Competing(...))` changes one thing at a time: the shape of the
    curve, the time it takes, the spikes. It is an operation on drives, at every step, with what the synapses carry at
    that step, and no membrane computes it. For a division its counterpart is presynaptic inhibition, which scales what
    arrives by the activity of all afferents; winners of a given number have none, and `winner_take_all` and `pooled`
    are what neurons can do.

    Equation
        drive = competition(received) over the units of the population, received_i = bias_i + sum_j W_ij (kappa * s_j)
        with kappa the synapses' exponentials; then the equations of the cell
    Units
        received and drive 1 (a competition's own unit of activity, Hz, is a drive here); time s
    Raises
        DimensionError for a cell that does not spike or competes already; ParameterError for a cell of conductances,
        and for a competition that acts on single units
    Source
        Olsen & Wilson, Nature 452 (2008) (lateral presynaptic inhibition divides the drive of a population).
    """

    level: ClassVar[Level] = "spiking"

    cell: SpikingCell = param(LIF(), doc="the neuron that gets the drive")
    competition: Activation = param(KWTA(), doc="an activation of a population: drives received to drives left")

    def check(self) -> None:
        if not isinstance(self.cell, SpikingCell):
            raise DimensionError(
                f"Competing.cell: got {type(self.cell).__name__}, expected a spiking cell such as LIF()"
            )
        if self.cell.ports != "net":
            raise ParameterError(
                f"Competing.cell: got {type(self.cell).__name__}, which tells excitation from inhibition, expected a "
                "cell with one drive such as LIF()"
            )
        check_competition(self.competition, "Competing.competition")

    @property
    def transfer(self) -> Activation | None:
        curve = self.cell.transfer
        return None if curve is None else Composition(inner=self.competition, outer=curve)
