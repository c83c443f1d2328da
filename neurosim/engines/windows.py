"""Windows of cells that spike once: what must fit before such a circuit runs."""

from neurosim.cells.timed_if import TimedIF
from neurosim.engines.base import Job

_ON_GRID = 1e-6
"""Fraction of a step by which a window may miss the grid."""


def windows(job: Job) -> dict[str, TimedIF]:
    """The cells with a window, by population."""
    return {name: cell for name, cell in job.cells.items() if isinstance(cell, TimedIF)}


def refuse_ends(job: Job) -> str | None:
    """Why the windows do not fit into the run, in one sentence; None if they do."""
    for name, cell in windows(job).items():
        if cell.closes > job.end * (1 + 1e-9):
            return (
                f"the window of {name!r} closes at {cell.closes:g} s and the run ends at {job.end:g} s, which would "
                "leave spikes out; run at least as long"
            )
    return None


def refuse_windows(job: Job) -> str | None:
    """Why the windows do not fit into the run or its steps, in one sentence; None if they do."""
    dt = job.schedule.dt
    for name, cell in windows(job).items():
        for what, time in (("opens at", cell.opens), ("lasts", cell.window)):
            if abs(time / dt - round(time / dt)) > _ON_GRID:
                return f"the window of {name!r} {what} {time:.9g} s, which is no whole multiple of dt = {dt:g} s"
    return refuse_ends(job)
