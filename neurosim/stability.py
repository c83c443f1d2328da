"""Whether a circuit has one steady state, and whether a state comes back after a push."""

import warnings
from collections.abc import Mapping

import numpy as np

from neurosim.activations.base import Activation, Shaped
from neurosim.cells.base import Cell
from neurosim.circuit import Circuit
from neurosim.params import Array, DimensionError, ParameterError

_GRID = np.concatenate([-np.geomspace(1e4, 1e-6, 4000), [0.0], np.geomspace(1e-6, 1e4, 4000)])


class SeveralStatesWarning(UserWarning):
    """A circuit whose feedback is too strong for the promise of one steady state."""


def steepest_slope(activation: Activation, units: int = 1) -> tuple[float, float]:
    """Smallest and largest slope (Hz per drive) that an activation takes on a fine grid of drives.

    A curve that is vertical somewhere (an LIF neuron without noise at its threshold) returns the slope of the grid's
    nearest point: a large number instead of infinity. Of an activation of a population it is the spectral norm of the
    Jacobian, searched over drives along one unit and along all of them.

    Args:
        activation: the curve.
        units: size of the population, where the activation acts on one.
    """
    if activation.acts_on == "population":
        along = [np.eye(units)[0], np.linspace(-1.0, 1.0, units), np.ones(units)]
        drives = np.concatenate([np.multiply.outer(_GRID[::40], direction) for direction in along])
        norm = np.linalg.norm(activation.derivative(drives), ord=2, axis=(-2, -1))
        return -float(norm.max()), float(norm.max())
    if isinstance(activation, Shaped):
        drives = activation.threshold + activation._scale * _GRID
    else:
        drives = np.concatenate([_GRID, 1.0 + _GRID])
    slope = activation.derivative(drives)
    return float(slope.min()), float(slope.max())


def check_unique(circuit: Circuit, cells: Cell | Mapping[str, Cell]) -> float:
    """The loop gain of a circuit with these cells; a warning with the number where it is 1 or more.

    Nothing else warns: many circuits above 1 have one steady state all the same, and a run tells neither way. So
    this is asked for where one state is relied on. Below 1 the promise is a theorem; above, see
    [fixed_points][neurosim.steady_states.fixed_points].

    Equation
        G = `Circuit.loop_gain` with the steepest slope s_p of every population's curve (slopes within [0, s_p]); where
        a slope can be negative G = |D^(1/2) W D^(1/2)|, D the largest magnitudes, below which the map contracts
    Raises:
        ParameterError: a cell without a transfer function.
        DimensionError: no circuit, or no cells.
    Warns
        SeveralStatesWarning: G >= 1.
    """
    if not isinstance(circuit, Circuit):
        raise DimensionError(f"check_unique: circuit: got {type(circuit).__name__}, expected a Circuit")
    given = cells.values() if isinstance(cells, Mapping) else (cells,)
    if not all(isinstance(cell, Cell) for cell in given):
        raise DimensionError(
            f"check_unique: cells: got {cells!r}, expected a cell such as Unit(), or one per population"
        )
    every = dict(cells) if isinstance(cells, Mapping) else {p.name: cells for p in circuit.populations}
    steepest, falls = {}, False
    for population in circuit.populations:
        transfer = every[population.name].transfer if population.name in every else None
        if transfer is None:
            raise ParameterError(f"check_unique: no transfer function is known for population {population.name!r}")
        low, high = steepest_slope(transfer, int(population.size))
        steepest[population.name] = max(high, -low)
        falls |= low < 0
    if falls:
        root = np.concatenate([np.full(p.size, np.sqrt(steepest[p.name])) for p in circuit.populations])
        gain = float(np.linalg.norm(root[:, None] * circuit.recurrent_weights() * root, ord=2))
    else:
        gain = circuit.loop_gain(steepest)
    if gain >= 1:
        warnings.warn(
            f"the loop gain is {gain:.4g}, and only below 1 a circuit is sure to have one steady state: there may be "
            "several or none (compare starts with fixed_points)",
            SeveralStatesWarning,
            stacklevel=2,
        )
    return gain


def feedback_matrix(circuit: Circuit, cells: Mapping[str, Cell], drive: Mapping[str, Array]) -> Array:
    """Slopes times weights at one state: how a change of all activities comes back after one round.

    Equation
        F = diag(phi'(drive)) W, with the Jacobian of phi where it acts on a population
    Shapes
        drive[population] (units,) -> (units, units) of all populations in the circuit's order
    """
    matrix = circuit.recurrent_weights()
    start = 0
    for population in circuit.populations:
        transfer = cells[population.name].transfer
        if transfer is None:
            raise ParameterError(f"feedback_matrix: no transfer function is known for population {population.name!r}")
        stop = start + int(population.size)
        slope = transfer.derivative(drive[population.name])
        rows = matrix[start:stop]
        matrix[start:stop] = slope[:, None] * rows if transfer.acts_on == "unit" else slope @ rows
        start = stop
    return matrix


def growth(matrix: Array) -> float:
    """Largest real part of the eigenvalues of F - 1: below 0 the state comes back after a small push.

    It speaks of tau dr/dt = -r + phi(W r + input) with one time constant; unequal ones and delays can make a state
    oscillate that is stable here.
    """
    return float(np.linalg.eigvals(matrix).real.max() - 1.0)
