"""What every motif asks of its arguments."""

from typing import Any

import numpy as np

from neurosim.circuits.circuit import Population
from neurosim.circuits.kernels import Kernel
from neurosim.circuits.parts import SignError
from neurosim.gate import shown
from neurosim.params import Array, DimensionError, ParameterError, ParamInfo, finite, labels, number


def population_of(value: Any, motif: str, argument: str = "population") -> Population:
    """The population itself, or an error that says what was given instead."""
    if not isinstance(value, Population):
        raise DimensionError(f"{motif}: {argument}: got {value!r}, expected a Population")
    return value


def kernel_of(value: Any, motif: str) -> Kernel | None:
    """The kernel itself or None, or an error that says what was given instead."""
    if value is not None and not isinstance(value, Kernel):
        raise DimensionError(
            f"{motif}: kernel: got {value!r}, expected one of neurosim.kernels such as Gaussian(sigma=3.0), or None"
        )
    return value


def magnitude(value: Any, motif: str, argument: str = "strength", unit: str = "s") -> float:
    """A strength >= 0.

    Raises:
        SignError: a negative strength, which would excite.
    """
    where = f"{motif}: {argument}"
    result = number(value, ParamInfo(unit, "inhibitory weight as a magnitude"), where)
    if result < 0:
        raise SignError(f"{where}: got {result:g} {unit}, expected >= 0 {unit}: a magnitude (the sign is applied here)")
    return result


def magnitudes(value: Any, shape: tuple[int, int], motif: str, argument: str, per: str) -> Array:
    """A (post, pre) matrix of magnitudes from one number for all pairs, or from the matrix itself."""
    where = f"{motif}: {argument}"
    array = finite(value, "s", where)
    if array.ndim == 0:
        strength = magnitude(value, motif, argument)
        return np.full(shape, strength / shape[1] if per == "total" else strength)
    if array.shape != shape:
        raise ParameterError(f"{where}: got shape {array.shape}, expected a number or (post, pre) = {shape}")
    if array.min() < 0:
        raise SignError(f"{where}: got {array.min():g} s, expected magnitudes >= 0 s (the sign is applied here)")
    return array


def sides_of(shape: Any, units: int, motif: str) -> tuple[int, int] | None:
    """Rows and columns of a grid of so many units, or None."""
    if shape is None:
        return None
    sides = labels(shape, f"{motif}: shape", low=1)
    if sides.shape != (2,) or sides.prod() != units:
        raise ParameterError(f"{motif}: shape: got {shown(shape)}, expected (rows, columns) of {units} units")
    return int(sides[0]), int(sides[1])
