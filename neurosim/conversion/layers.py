"""Layers of numbers to a circuit of static units, whatever program they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.identity import Identity
from neurosim.activations.relu import ReLU
from neurosim.activations.sigmoid import Sigmoid
from neurosim.activations.tanh import Tanh
from neurosim.cells.base import Cell
from neurosim.cells.unit import Unit
from neurosim.circuit import Circuit, Input, Population, Projection
from neurosim.params import Array, ParameterError, finite
from neurosim.registry import lookup

_NAMED: dict[str, type[Activation]] = {
    "relu": ReLU, "tanh": Tanh, "logistic": Sigmoid, "sigmoid": Sigmoid, "identity": Identity, "linear": Identity,
}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One layer: weights (post, pre), bias (post,), and what its units do with the drive."""

    weights: Array
    bias: Array
    activation: Activation


def activation_of(given: Any) -> Activation:
    """An activation from an instance, a class, or the name that other programs use for it."""
    if isinstance(given, Activation):
        return given
    if isinstance(given, type) and issubclass(given, Activation):
        return given()
    if isinstance(given, str):
        return lookup("activation of a network to import", given, _NAMED)()
    raise ParameterError(f"import_network: activation: got {given!r}, expected an activation, its class or a name")


def layer(weights: Any, bias: Any, activation: Activation, where: str) -> Layer:
    """A checked layer; a bias of None is 0."""
    matrix = finite(numbers(weights), "1", f"{where}: weights")
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ParameterError(f"{where}: weights: got shape {matrix.shape}, expected (post, pre)")
    vector = np.zeros(len(matrix)) if bias is None else finite(numbers(bias), "1", f"{where}: bias")
    if vector.shape != (len(matrix),):
        raise ParameterError(f"{where}: bias: got shape {vector.shape}, expected ({len(matrix)},), one per row")
    return Layer(matrix, vector, activation)


def numbers(tensor: Any) -> Any:
    """A tensor of another program as an array; an array as it is."""
    for name in ("detach", "cpu", "numpy"):
        tensor = getattr(tensor, name)() if hasattr(tensor, name) else tensor
    return np.asarray(tensor)


def chain(layers: Sequence[Layer]) -> tuple[Circuit, dict[str, Cell]]:
    """The layers one behind the other: `input`, `hidden1`, ..., `output`, as `layered` names them.

    Raises:
        ParameterError: no layer, or two that do not fit together.
    """
    if not layers:
        raise ParameterError("import_network: got no layer with weights, expected at least one")
    names = [*(f"hidden{k}" for k in range(1, len(layers))), "output"]
    before = ["input", *names[:-1]]
    for k in range(1, len(layers)):
        made, read = len(layers[k - 1].weights), layers[k].weights.shape[1]
        if made != read:
            raise ParameterError(
                f"import_network: {names[k]!r} reads {read} units, expected {made}, the units of {names[k - 1]!r}"
            )
    populations = [Population(name, len(part.weights), part.bias) for name, part in zip(names, layers, strict=True)]
    projections = [
        Projection(f"to_{name}", pre, name, part.weights, sign=None, tau=0.0)
        for name, pre, part in zip(names, before, layers, strict=True)
    ]
    cells: dict[str, Cell] = {name: Unit(activation=part.activation) for name, part in zip(names, layers, strict=True)}
    return Circuit([Input("input", layers[0].weights.shape[1])], populations, projections), cells
