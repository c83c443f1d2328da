"""What must fit the time steps of a run: time constants, delays, refractory periods."""

import warnings
from collections.abc import Mapping

import numpy as np

from neurosim.cells.base import Cell, RateCell, SpikingCell
from neurosim.circuits.circuit import Circuit
from neurosim.circuits.delays import off_grid
from neurosim.params import Array, ParameterError
from neurosim.schedule import Schedule


class StepNote(UserWarning):
    """A time that counts as fewer whole steps."""


class StepError(ParameterError):
    """A time that the steps of the schedule do not fit: too coarse a dt, or a delay between two steps."""


def check_steps(circuit: Circuit, cells: Mapping[str, Cell], schedule: Schedule) -> None:
    """Refuse a time step that is too coarse and delays off the grid; tell of refractory periods off it."""
    dt = schedule.dt
    for name, cell in cells.items():
        if not isinstance(cell, RateCell | SpikingCell):
            continue
        fastest = float(np.min(cell.time_constant))
        if dt > fastest / 2:
            raise StepError(
                f"simulate: dt = {dt:g} s is too coarse for the {type(cell).__name__} cells of {name!r}, expected at "
                f"most half of their time constant ({fastest / 2:g} s)"
            )
        if isinstance(cell, SpikingCell):
            _note_refractory(name, np.ravel(cell.refractory), dt)
    for p in circuit.projections:
        if wrong := off_grid(p, dt):
            place, delay = wrong
            raise StepError(
                f"Projection {p.name!r}: delay{place}: got {delay:g} s, expected a whole multiple of dt = {dt:g} s, "
                f"such as {round(delay / dt) * dt:g} s"
            )


def _note_refractory(name: str, periods: Array, dt: float) -> None:
    """A warning for a period off the grid; no error, because units may have theirs from a distribution."""
    away = np.abs(periods / dt - np.rint(periods / dt)) > 1e-3
    if away.any():
        first = float(periods[away][0])
        warnings.warn(
            f"population {name!r}: t_ref: got {first:g} s, which is no whole multiple of dt = {dt:g} s and counts as "
            f"{int((first + 1e-3 * dt) / dt) * dt:g} s",
            StepNote,
            stacklevel=4,
        )
