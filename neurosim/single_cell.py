"""One cell and one drive, without naming a circuit: what `LIF().run(1.5)` does."""

from typing import Any

import numpy as np

from neurosim.cells.base import Cell, SpikingCell
from neurosim.cells.competing import Competing
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.meant import a_cell
from neurosim.params import ParameterError, finite
from neurosim.recording import Recording
from neurosim.schedule import Schedule, schedule_of
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import Stimulus, constant, movie

_NAME = "cell"


def run_cell(
    cell: Cell,
    drive: Any,
    schedule: Schedule | None = None,
    *,
    frame: Any = None,
    duration: Any = None,
    settle: Any = None,
    dt: Any = None,
    record: Any = None,
    **options: Any,
) -> Recording:
    """Run one cell at a constant drive, at several (one trial each), or at a drive that changes from frame to frame.

    Shapes
        drive: a number (one trial) or (trials,); with `frame` (frames,) or (trials, frames)
    Units
        drive 1, frame, duration, settle and dt s
    Args:
        cell: of any level.
        drive: what the cell receives.
        schedule: as for `simulate`.
        frame: how long each drive of a time course lasts; the run lasts as long as all frames unless told otherwise.
        duration: as for `simulate`.
        settle: as for `simulate`.
        dt: as for `simulate`.
        record: as for `simulate`; by default all that shows what one cell does: spikes and v, or the rate.
        options: further options of `simulate`.

    Returns:
        The recording, with the population "cell" of one unit.

    Raises:
        ParameterError: a drive of another shape, or several drives for a cell that takes its drive as a current.
    """
    a_cell(cell, "run: cell")
    where = f"{type(cell).__name__}.run: drive"
    drives = finite(drive, "1", where)
    allowed, expected = (
        ((0, 1), "a number or (trials,)") if frame is None else ((1, 2), "(frames,) or (trials, frames)")
    )
    if drives.ndim not in allowed or drives.size == 0:
        raise ParameterError(f"{where}: got shape {drives.shape}, expected {expected}")
    circuit = Circuit(populations=[Population(_NAME, 1, bias=drives if drives.ndim == 0 else 0.0)])
    stimulus: Stimulus | None = None
    if drives.ndim:
        inner = cell.cell if isinstance(cell, Competing) else cell
        if isinstance(inner, SpikingCell) and inner.ports == "split":
            raise ParameterError(
                f"{where}: got {drives.size} drives, expected one: {type(inner).__name__} takes it as a current, the "
                'same in all trials; give several to the units of a population, Population("cells", n, bias=drives)'
            )
        feed = Projection("drive", "drives", _NAME, [[1.0]], sign=None, tau=0.0)
        circuit = Circuit({"drives": 1}, circuit.populations, [feed])
        if frame is None:
            stimulus = constant(drives[:, None], "drives")
        else:
            stimulus = movie(np.atleast_2d(drives)[..., None], frame, "constant", "drives")
            duration = stimulus.length if schedule is None and duration is None else duration
    times = schedule_of(f"{type(cell).__name__}.run", schedule, duration=duration, settle=settle, dt=dt)
    return simulate(circuit, cell, stimulus, times, record=_shown(cell) if record is None else record, **options)


def _shown(cell: Cell) -> tuple[str, ...]:
    """What one cell does over time."""
    return {"spiking": ("spikes", "v"), "rate": ("rate",), "static": ()}[cell.level]
