"""What import_network returns: a circuit and its units, which may be asked for answers."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.gate import shown
from neurosim.params import Array, ParameterError, instance
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
        instance(circuit, Circuit, "ImportedNetwork: circuit")
        instance(cells, Mapping, "ImportedNetwork: cells", "a dictionary of cells by population")
        for name in (part.name for part in circuit.populations):
            instance(cells.get(name), Cell, f"ImportedNetwork: cells[{name!r}]", "a cell for every population")
        lookup("task of a network", task, dict.fromkeys(TASKS, task))
        made = super().__new__(cls, (circuit, cells))
        made.task = task
        made.classes = None if classes is None else class_names(classes, circuit, task, "ImportedNetwork: classes")
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


def class_names(classes: Any, circuit: Circuit, task: str, where: str) -> Array:
    """Names of classes as an array that needs no pickle, one for every output (two where one output tells both).

    Raises:
        ParameterError: they are no different texts or numbers, or not as many as the outputs.
    """
    expected = 2 if task == "binary" else circuit.sizes[(circuit.order() or tuple(circuit.sizes))[-1]]
    wanted = f"expected {expected} different texts or numbers, one per output"
    try:
        names = np.asarray(classes)
    except ValueError:
        raise ParameterError(f"{where}: got rows that differ in length, {wanted}") from None
    names = np.array(names.tolist()) if names.dtype.kind == "O" and names.ndim == 1 else names
    if names.ndim != 1 or names.dtype.kind not in "iufUb" or np.ma.is_masked(classes):
        raise ParameterError(f"{where}: got {shown(classes)}, {wanted}")
    if len(names) != expected or len(set(names.tolist())) < len(names) or not np.array_equal(names, names):
        raise ParameterError(f"{where}: got {len(names)} names, {len(set(names.tolist()))} of them different, {wanted}")
    return names
