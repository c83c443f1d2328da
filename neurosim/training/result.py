"""What a training run returns, finished or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from neurosim.cells.base import Cell
from neurosim.circuits.circuit import Circuit
from neurosim.params import Array
from neurosim.prediction import Predictor

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Training(Predictor):
    """The trained circuit, its units, and how it came about; `predict` and `accuracy` ask it.

    Shapes
        history[name]: one entry per epoch; "loss" and "score" (running means over the epoch), "validation" (score),
        and by population "active <name>" (fraction of activities that are not 0), "dead <name>" (units that no trial of
        the epoch made active), by projection "gradient <name>" (root mean square of the gradient)
    """

    circuit: Circuit
    cells: Mapping[str, Cell]
    finished: bool
    epochs: int
    history: Mapping[str, Array]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""
    """What the outputs stand for, by the loss: "classes", "values", or "" where it does not say."""
    classes: Array | None = None

    def to_frame(self) -> "pd.DataFrame":
        """The history as a table, one row per epoch."""
        import pandas as pd

        return pd.DataFrame({"epoch": range(1, self.epochs + 1), **self.history})

    def __repr__(self) -> str:
        state = "finished" if self.finished else "stopped"
        last = {name: values[-1] for name, values in self.history.items() if name in ("loss", "score", "validation")}
        numbers = ", ".join(f"{name} {value:.4g}" for name, value in last.items())
        return f"Training({state} after {self.epochs} epochs; {numbers})"
