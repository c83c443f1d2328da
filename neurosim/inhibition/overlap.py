"""Competition between the elements of a dictionary: each inhibits the others as much as their fields overlap."""

from typing import Any

import numpy as np

from neurosim.circuits.circuit import Population, Projection
from neurosim.inhibition.checks import population_of
from neurosim.params import ParameterError, finite


def competition(
    population: Population, dictionary: Any, *, tau: Any = 0.0, delay: Any = 0.0, name: str = "competition"
) -> Projection:
    """Lateral inhibition that explains away: the weight of a pair is the overlap of its receptive fields.

    Equation
        drive_i -= sum_{j != i} (phi_i . phi_j) r_j, phi the columns of the dictionary
    Fixed point
        With drives Phi^T s from outside, columns of norm 1 and units that shrink by lambda (`SoftThreshold(lambda)`, or
        `ReLU(threshold=lambda)` for coefficients >= 0) the activities minimise |s - Phi r|^2/2 + lambda |r|_1: the
        locally competitive algorithm. The minimum is unique where Phi^T Phi of the active units has full rank.
    Rungs
        static: the same minimum; rate: `MembraneRate` cells follow tau du/dt = Phi^T s - u - (Phi^T Phi - 1) r;
        spiking: columns that point apart excite each other (a free-signed projection), which cells with separate
        excitation and inhibition refuse.
    Shapes
        dictionary (features, units), one column per unit
    Units
        dimensionless activity (reference rate 1 Hz)
    Args:
        population: the units, one per column.
        dictionary: the receptive fields; columns of norm 1, unless the fixed point is not meant to be a sparse code.
        tau: synaptic time constant in s (0: the equation of the source).
        delay: transmission delay in s.
        name: name of the projection.
    Raises:
        ParameterError: not one column per unit.
    Source
        Rozell, Johnson, Baraniuk & Olshausen, Neural Comput 20 (2008).
    """
    n = int(population_of(population, "competition").size)
    fields = finite(dictionary, "1", "competition: dictionary")
    if fields.ndim != 2 or fields.shape[1] != n:
        raise ParameterError(
            f"competition: dictionary: got shape {fields.shape}, expected (features, {n}): one column per unit"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        overlap = fields.T @ fields
    if not np.isfinite(overlap).all():
        raise ParameterError(
            "competition: dictionary: the overlap of its columns is beyond 1.8e308, expected smaller fields"
        )
    np.fill_diagonal(overlap, 0.0)
    return Projection(name, population.name, population.name, -overlap, sign=None, tau=tau, delay=delay)
