"""W1: independent LIF cells at drives from 0 to 5."""

import numpy as np

from benchmarks.engines import engines_of, simulated, whole_steps
from benchmarks.entrants import BOUND, Entrant
from benchmarks.parameters import DT, HIGHEST_DRIVE, T_REF, TAU
from benchmarks.program import as_double, pointer


def drives(units):
    return np.linspace(0.0, HIGHEST_DRIVE, units)


def silent_steps():
    """Whole steps from a spike to the first one in which the cell integrates again, as Brian2 counts them."""
    return int((T_REF + 1e-3 * DT) / DT)


def sweep(p, units, duration, program, every_step=False):
    from neurosim.cells import LIF
    from neurosim.circuits.circuit import Circuit, Population

    drive, schedule = drives(units), whole_steps(duration, DT)
    circuit = Circuit(populations=[Population("cells", units, bias=drive)])
    cell = LIF(tau_m=TAU, t_ref=T_REF)
    engines = engines_of(p)
    if every_step:
        # The short cut for independent units leaves out steps that the C program makes.
        whole = [(name, e.replace(shortcut=False)) for name, e in engines if hasattr(e, "shortcut")]
        engines += [(f"{name} in every step", e) for name, e in whole]
    entrants = [simulated(name, e, circuit, cell, None, schedule, p) for name, e in engines]
    if program is not None:
        counts = np.zeros((1, units), dtype=np.int64)

        def run():
            program.independent(
                pointer(drive), units, schedule.steps, as_double(np.exp(-DT / TAU)), silent_steps(), 1, pointer(counts)
            )
            return counts.copy()

        entrants.append(Entrant("C", BOUND, run))
    return entrants


def expected_counts(units, steps):
    """Spikes of each cell in closed form on the grid: v after n steps from reset is drive * (1 - a^n)."""
    drive = drives(units)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.floor(np.log1p(-1.0 / drive) / (-DT / TAU)) + 1
    fires = (drive > 1) & (needed <= steps)
    needed = np.where(fires, needed, 1)
    return np.where(fires, 1 + (steps - needed) // (silent_steps() + needed - 1), 0)
