"""Whether a circuit has one steady state, and whether a state comes back after a push."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from neurosim.activations.base import Activation
from neurosim.cells.base import Cell, check_length
from neurosim.circuits.circuit import Circuit
from neurosim.meant import cells_of
from neurosim.params import Array, ParameterError
from neurosim.per_unit import distinct
from neurosim.stimuli.spiketrains import Integers


class SeveralStatesWarning(UserWarning):
    """A circuit whose feedback is too strong for the promise of one steady state."""


def check_unique(circuit: Circuit, cells: Cell | Mapping[str, Cell]) -> float:
    """The loop gain of a circuit with these cells; a warning with the number where it is 1 or more.

    Nothing else warns: many circuits above 1 have one steady state all the same, and a run tells neither way. So
    this is asked for where one state is relied on. Below 1 the promise is a theorem; above, see
    [fixed_points][neurosim.steady_states.fixed_points].

    Equation
        G is the largest over the groups of units that feed back on each other; what only passes through adds nothing.
        With D = diag(L), L the bound of every population's `Activation.slope_range`, and S = D^(1/2) W D^(1/2):
        G = max(0, largest eigenvalue of (S + S^T)/2) where no slope and no eigenvalue of a Jacobian is negative: then
        |change of activity|^2 <= L <change of activity, change of drive>, so that two states would differ by a d with
        d^T D^-1 d <= d^T W d; elsewhere G = |S|, below which the map of one state to the next contracts.
        Infinite where a curve in a loop jumps or is vertical.
    Raises:
        ParameterError: a cell without a transfer function.
        DimensionError: no circuit, or no cells.
    Warns
        SeveralStatesWarning: G >= 1.
    Source
        Baillon & Haddad, Israel J Math 26 (1977) (the inequality for the gradient of a convex function, as softmax is).
    """
    every = cells_of(circuit, cells, "check_unique", "ns.Unit()")
    curves = []
    for population in circuit.populations:
        transfer = every[population.name].transfer
        if transfer is None:
            raise ParameterError(f"check_unique: cells: expected a transfer function for {population.name!r}")
        check_length(every[population.name], int(population.size), f"check_unique: cells[{population.name!r}]")
        curves.append((transfer, int(population.size)))
    gain = _loop_gain(circuit.recurrent_weights(), curves)
    if gain >= 1:
        warnings.warn(
            f"the loop gain is {gain:.4g}, and only below 1 a circuit is sure to have one steady state: there may be "
            "several or none (compare starts with fixed_points)",
            SeveralStatesWarning,
            stacklevel=2,
        )
    return gain


def _loop_gain(weights: Array, curves: Sequence[tuple[Activation, int]]) -> float:
    bounds = np.concatenate([_slopes(curve, size) for curve, size in curves])
    steepest, falls = np.abs(bounds).max(axis=1), bounds[:, 0] < 0
    gains = [0.0]
    for loop in _loops(weights, curves):
        inside = weights[np.ix_(loop, loop)]
        if not inside.any():
            continue
        if np.isinf(steepest[loop]).any():
            return float(np.inf)
        root = np.sqrt(steepest[loop])
        scaled = root[:, None] * inside * root
        if falls[loop].any():
            gains.append(float(np.linalg.norm(scaled, ord=2)))
        else:
            gains.append(float(np.linalg.eigvalsh((scaled + scaled.T) / 2)[-1]))
    return max(gains)


def _slopes(curve: Activation, size: int) -> Array:
    """Smallest and largest slope of every unit, (units, 2)."""
    if curve.units is None or curve.acts_on == "population":
        return np.tile(curve.slope_range(size), (size, 1))
    kinds, _, kind = distinct(curve)
    return np.array([one.slope_range() for one in kinds])[kind]


def _loops(weights: Array, curves: Sequence[tuple[Activation, int]]) -> list[Integers]:
    """The units by groups: any two of a group reach each other. Those of a population activation stay together."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    reached, start = weights != 0, 0
    for curve, size in curves:
        if curve.acts_on == "population":
            reached[start : start + size, start : start + size] = True
        start += size
    _, labels = connected_components(csr_array(reached), directed=True, connection="strong")
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


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
            raise ParameterError(f"feedback_matrix: cells: expected a transfer function for {population.name!r}")
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
