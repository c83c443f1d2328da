"""What a learning run returns, finished or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

from neurosim.circuits.circuit import Circuit
from neurosim.failures import Failure
from neurosim.params import Array, ParameterError
from neurosim.recording import Recording

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The circuit as it was after some presentations."""

    batch: int
    circuit: Circuit


@dataclass(frozen=True, eq=False)
class Learning:
    """The learned circuit and how it came about.

    Shapes
        history[name]: one entry per batch; learned[population][variable]: (units,)
    Units
        history "rate <population>": mean activity in Hz; "change <projection>": length of the change of its weights
        over their length; "converged": share of the trials that reached a steady state
    """

    circuit: Circuit
    finished: bool
    batches: int
    history: Mapping[str, Array]
    snapshots: tuple[Snapshot, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    learned: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)
    """What the cells have learned (an adaptive threshold), for `learned` of `simulate` and `learn`."""

    def to_frame(self) -> "pd.DataFrame":
        """The history as a table, one row per batch."""
        import pandas as pd

        return pd.DataFrame({"batch": range(1, self.batches + 1), **self.history})

    def _summary(self) -> str:
        state = "finished" if self.finished else "interrupted"
        rates = [
            f"{name.removeprefix('rate ')} {values[-1]:.3g} Hz"
            for name, values in self.history.items()
            if name.startswith("rate ") and len(values)
        ]
        return f"{state} after {self.batches} batches; last mean rates: {', '.join(rates) or 'none'}"

    def __repr__(self) -> str:
        return f"Learning({self._summary()}; {len(self.snapshots)} snapshots)"

    def _repr_html_(self) -> str:
        return f"<b>Learning</b>: {escape(self._summary())}{self.circuit._repr_html_()}"


class DivergedError(ParameterError):
    """Weights that left all bounds; `learning` is the run before the batch in which they did."""

    def __init__(self, message: str, learning: Learning) -> None:
        super().__init__(message)
        self.learning = learning

    def __reduce__(self) -> tuple[Any, ...]:
        """With both, so that it comes back from another process."""
        return type(self), (str(self), self.learning)


def left_all_bounds(failure: Failure, batch: int, trials: Any, before: Learning) -> DivergedError:
    """The error of a presentation in which a cell did; it keeps the run before it."""
    named = replace(failure, trial=int(trials[0]))
    message = f"learn: in batch {batch + 1} a cell left all bounds: {named}; "
    return DivergedError(message + "the error's .learning holds the weights before this batch", before)


def no_steady_state(recording: Recording, batch: int) -> ParameterError:
    """The error of a batch of which no trial is a result."""
    first = f" ({recording.failures[0]})" if recording.failures else ""
    return ParameterError(f"learn: no trial of batch {batch + 1} reached a steady state{first}; lower the loop gain")
