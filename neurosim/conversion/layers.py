"""Layers of numbers to a circuit of static units, whatever program they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.identity import Identity
from neurosim.activations.prelu import PReLU
from neurosim.activations.relu import ReLU
from neurosim.activations.sigmoid import Sigmoid
from neurosim.activations.tanh import Tanh
from neurosim.cells.base import Cell
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
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
    matrix = finite(numbers(weights, f"{where}: weights"), "1", f"{where}: weights")
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ParameterError(f"{where}: weights: got shape {matrix.shape}, expected (post, pre)")
    vector = np.zeros(len(matrix)) if bias is None else finite(numbers(bias, f"{where}: bias"), "1", f"{where}: bias")
    if vector.shape != (len(matrix),):
        raise ParameterError(f"{where}: bias: got shape {vector.shape}, expected ({len(matrix)},), one per row")
    return Layer(matrix, vector, activation)


def numbers(tensor: Any, where: str) -> Any:
    """A tensor of another program as an array, in double precision where it has such; an array as it is.

    Raises:
        ParameterError: complex numbers, or a tensor that holds no numbers here (on the meta device, quantised).
    """
    if getattr(tensor, "is_complex", bool)():
        raise ParameterError(f"{where}: got complex numbers, expected real ones")
    try:
        for name in ("detach", "cpu", "double", "numpy"):
            tensor = getattr(tensor, name)() if hasattr(tensor, name) else tensor
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise ParameterError(f"{where}: got a {type(tensor).__name__} that gives no numbers ({reason})") from None
    return tensor


class Stack:
    """Layers as they are read, part after part: linear maps, affine maps of every channel, activations.

    An affine map (a batch normalisation, a scaler) goes into the linear map right before it, and where an activation
    or nothing stands there, into the one that comes next.
    """

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.open = False
        """Whether the last linear map still waits for its activation."""
        self._waiting: tuple[Array, Array, str] | None = None

    def linear(self, weights: Any, bias: Any, where: str) -> None:
        """A linear map; a bias of None is 0."""
        found = layer(weights, bias, Identity(), where)
        if self._waiting is not None:
            factor, shift, before = self._waiting
            self._check_channels(factor, found.weights.shape[1], before)
            found = Layer(found.weights * factor, found.bias + found.weights @ shift, found.activation)
            self._waiting = None
        self.layers.append(found)
        self.open = True

    def affine(self, factor: Array, shift: Array, where: str) -> None:
        """x <- factor * x + shift, channel by channel."""
        if self.open:
            last = self.layers[-1]
            self._check_channels(factor, len(last.bias), where)
            weights = factor[:, np.newaxis] * last.weights
            self.layers[-1] = layer(weights, factor * last.bias + shift, last.activation, where)
            return
        if self._waiting is not None:
            self._check_channels(factor, len(self._waiting[0]), where)
            factor, shift = factor * self._waiting[0], factor * self._waiting[1] + shift
        self._waiting = factor, shift, where

    def activate(self, activation: Activation, where: str) -> None:
        """The activation of the linear map right before it."""
        if not self.open:
            raise ParameterError(f"{where}: got no Linear right before it, expected one that it belongs to")
        last = self.layers[-1]
        if isinstance(activation, PReLU) and len(activation.negative_slopes) not in (0, len(last.bias)):
            raise ParameterError(
                f"{where}: got {len(activation.negative_slopes)} slopes, expected 1 or {len(last.bias)}"
            )
        self.layers[-1] = Layer(last.weights, last.bias, activation)
        self.open = False

    def done(self, output: Activation) -> list[Layer]:
        """The layers; `output` is the activation of the last one where it has none."""
        if self._waiting is not None:
            raise ParameterError(f"{self._waiting[2]}: got no Linear behind it, expected one to fold it into")
        if self.open:
            self.activate(output, "import_network: output")
        return self.layers

    @staticmethod
    def _check_channels(factor: Array, expected: int, where: str) -> None:
        if factor.shape != (expected,):
            raise ParameterError(f"{where}: got {factor.size} channels, expected {expected}, those of the layer")


def normalised(values: Mapping[str, Any], eps: float, where: str) -> tuple[Array, Array]:
    """Factor and shift of a batch normalisation: weight * (x - mean)/sqrt(var + eps) + bias."""
    mean, variance = (values.get(name) for name in ("running_mean", "running_var"))
    if mean is None or variance is None:
        raise ParameterError(f"{where}: got no running mean and variance, expected them (track_running_stats=True)")
    mean, variance, weight, bias = (
        None if value is None else finite(numbers(value, f"{where}: {name}"), "1", f"{where}: {name}")
        for name, value in (
            ("running_mean", mean), ("running_var", variance), ("weight", values.get("weight")),
            ("bias", values.get("bias")),
        )
    )  # fmt: skip
    assert mean is not None
    assert variance is not None
    shapes = {part.shape for part in (mean, variance, weight, bias) if part is not None}
    if mean.ndim != 1 or len(shapes) != 1:
        raise ParameterError(f"{where}: got values of shape {', '.join(map(str, sorted(shapes)))}, expected one shape")
    if (variance < 0).any() or (variance + eps <= 0).any():
        raise ParameterError(f"{where}: running_var: got {variance.min():g}, expected variances >= 0 and eps > 0 if 0")
    factor = (1.0 if weight is None else weight) / np.sqrt(variance + eps)
    return factor, (0.0 if bias is None else bias) - factor * mean


def chain(layers: Sequence[Layer]) -> tuple[Circuit, dict[str, Cell]]:
    """The layers one behind the other: `input`, `hidden1`, ..., `output`, as `layered` names them.

    Raises:
        ParameterError: no layer, or two that do not fit together.
    """
    if not layers:
        raise ParameterError("import_network: source: got no layer with weights, expected at least one")
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
