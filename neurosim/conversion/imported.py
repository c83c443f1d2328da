"""What import_network returns: a circuit and its units, which may be asked for answers."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.params import Array
from neurosim.prediction import TASKS, Predictor
from neurosim.registry import lookup

if TYPE_CHECKING:
    _Pair = tuple[Circuit, dict[str, Cell]]
else:
    _Pair = tuple


class ImportedNetwork(_Pair, Predictor):
    """A pair of circuit and cells, `circuit, cells = import_network(...)`, with `predict` and `accuracy`.

    Args:
        circuit: the network; `cells` its units by population.
        task: what the outputs stand for, one of `neurosim.prediction.TASKS`.
        classes: names of the classes in the order of the outputs, None where they are numbers from 0 on.
    """

    task: str
    classes: Array | None

    def __new__(
        cls, circuit: Circuit, cells: dict[str, Cell], task: str = "", classes: Array | None = None
    ) -> "ImportedNetwork":
        lookup("task of a network", task, dict.fromkeys(TASKS, task))
        made = super().__new__(cls, (circuit, cells))
        made.task, made.classes = task, classes
        return made

    @property
    def circuit(self) -> Circuit:  # type: ignore[override]
        """The network's circuit."""
        return self[0]

    @property
    def cells(self) -> dict[str, Cell]:  # type: ignore[override]
        """Its units by population."""
        return self[1]

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.circuit, self.cells, self.task, self.classes)

    def export(self, path: str | os.PathLike[str]) -> Path:
        """Write the network with its task and classes; `import_network` reads it back, bit for bit."""
        from neurosim.conversion.files import export_network

        return export_network(self.circuit, self.cells, path, task=self.task, classes=self.classes)

    def __repr__(self) -> str:
        sizes = " -> ".join(str(size) for size in self.circuit.sizes.values())
        return f"ImportedNetwork({sizes}{f'; outputs are {self.task}' if self.task else ''})"
