"""Torch modules and state dictionaries by what they look like: torch itself is never imported."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.elu import ELU
from neurosim.activations.gelu import GELU
from neurosim.activations.identity import Identity
from neurosim.activations.leaky_relu import LeakyReLU
from neurosim.activations.relu import ReLU
from neurosim.activations.selu import SELU
from neurosim.activations.sigmoid import Sigmoid
from neurosim.activations.silu import SiLU
from neurosim.activations.softplus import Softplus
from neurosim.activations.tanh import Tanh
from neurosim.conversion.layers import Layer, layer, numbers
from neurosim.params import ParameterError

_EPSILON = 1e-5
"""What a batch normalisation adds to the variance unless told otherwise; a state dictionary does not say."""

_ACTIVATIONS: Mapping[str, Callable[[Any], Activation]] = {
    "ReLU": lambda module: ReLU(),
    "Tanh": lambda module: Tanh(),
    "Sigmoid": lambda module: Sigmoid(),
    "SELU": lambda module: SELU(),
    "SiLU": lambda module: SiLU(),
    "ELU": lambda module: _plain(module, ELU, alpha=1.0),
    "Softplus": lambda module: _plain(module, Softplus, beta=1),
    "GELU": lambda module: GELU(form="tanh" if getattr(module, "approximate", "none") == "tanh" else "exact"),
    "LeakyReLU": lambda module: LeakyReLU(leak=float(module.negative_slope)),
}
_WITHOUT_EFFECT = ("Dropout", "AlphaDropout", "Flatten", "Identity")
_READ_AS_LOGITS = ("Softmax", "LogSoftmax")


def is_module(source: Any) -> bool:
    """Whether this is a torch module, by its methods."""
    return hasattr(source, "state_dict") and hasattr(source, "children")


def layers_of_module(module: Any, output: Activation) -> list[Layer]:
    """Layers of a Sequential; dropout is left out, batch normalisation goes into the linear layer before it.

    The softmax at the end is left out as well: the output is the logits.

    Raises:
        ParameterError: a module that is none of these; the message names it.
    """
    found: list[Layer] = []
    open_layer = softmax = False  # whether the last linear layer still waits for its activation
    for name, part in _flat(module):
        kind, where = type(part).__name__, f"import_network: module {name!r} ({type(part).__name__})"
        if kind in _WITHOUT_EFFECT:
            continue
        if softmax:
            raise ParameterError(f"{where}: got it behind a softmax, expected the softmax at the end")
        if kind == "Linear":
            found.append(layer(part.weight, part.bias, Identity(), where))
            open_layer = True
        elif kind == "BatchNorm1d" and open_layer:
            found[-1] = _folded(found[-1], vars_of(part), where)
        elif kind in _ACTIVATIONS and open_layer:
            found[-1] = Layer(found[-1].weights, found[-1].bias, _ACTIVATIONS[kind](part))
            open_layer = False
        elif kind in _READ_AS_LOGITS and open_layer:
            softmax = True
        elif kind in ("BatchNorm1d", *_ACTIVATIONS, *_READ_AS_LOGITS):
            raise ParameterError(f"{where}: got no Linear right before it, expected one that it belongs to")
        else:
            known = ", ".join(("Linear", "BatchNorm1d", *_ACTIVATIONS, *_WITHOUT_EFFECT, *_READ_AS_LOGITS))
            raise ParameterError(f"{where}: cannot be converted, expected one of {known} in a Sequential")
    if found and open_layer:
        found[-1] = Layer(found[-1].weights, found[-1].bias, output)
    return found


def layers_of_state(state: Mapping[str, Any], activations: Callable[[int, int], Activation]) -> list[Layer]:
    """Layers of a state dictionary in its order; `activations(k, n)` gives that of layer k of n.

    Raises:
        ParameterError: an entry that belongs to no linear layer or batch normalisation; the message names it.
    """
    groups: dict[str, dict[str, Any]] = {}
    for key, value in state.items():
        prefix, _, leaf = str(key).rpartition(".")
        groups.setdefault(prefix, {})[leaf] = value
    found: list[Layer] = []
    for prefix, values in groups.items():
        where = f"import_network: state {prefix!r}"
        dimensions = numbers(values["weight"]).ndim if "weight" in values else 0
        if dimensions == 2 and set(values) <= {"weight", "bias"}:
            found.append(layer(values["weight"], values.get("bias"), Identity(), where))
        elif "running_mean" in values and found:
            found[-1] = _folded(found[-1], values, where)
        else:
            raise ParameterError(
                f"{where}: got {', '.join(values)}{f' with a weight of {dimensions} dimensions' if dimensions else ''}"
                ", expected the weight (post, pre) and bias of a linear layer, or a batch normalisation behind one"
            )
    return [Layer(part.weights, part.bias, activations(k, len(found))) for k, part in enumerate(found)]


def vars_of(module: Any) -> dict[str, Any]:
    """What a batch normalisation knows, by the names of its state."""
    names = ("weight", "bias", "running_mean", "running_var", "eps")
    return {name: getattr(module, name, None) for name in names}


def _folded(before: Layer, values: Mapping[str, Any], where: str) -> Layer:
    """A linear layer with the batch normalisation behind it: w * (x - mean)/sqrt(var + eps) + b is linear too."""
    mean, variance = (values.get(name) for name in ("running_mean", "running_var"))
    if mean is None or variance is None:
        raise ParameterError(f"{where}: got no running mean and variance, expected them (track_running_stats=True)")
    epsilon = _EPSILON if values.get("eps") is None else float(values["eps"])
    factor = 1.0 / np.sqrt(numbers(variance).astype(np.float64) + epsilon)
    if values.get("weight") is not None:
        factor = factor * numbers(values["weight"])
    if factor.shape != before.bias.shape:
        raise ParameterError(f"{where}: got {factor.size} channels, expected {before.bias.size}, those of the layer")
    shift = 0.0 if values.get("bias") is None else numbers(values["bias"])
    bias = factor * (before.bias - numbers(mean)) + shift
    return layer(factor[:, np.newaxis] * before.weights, bias, before.activation, where)


def _flat(module: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The modules of nested Sequentials in their order, with their dotted names."""
    if type(module).__name__ != "Sequential":
        yield prefix or type(module).__name__, module
        return
    parts = module.named_children() if hasattr(module, "named_children") else enumerate(module.children())
    for name, part in parts:
        yield from _flat(part, f"{prefix}.{name}" if prefix else str(name))


def _plain(module: Any, activation: type[Activation], **usual: float) -> Activation:
    for name, value in usual.items():
        if getattr(module, name, value) != value:
            raise ParameterError(
                f"import_network: {type(module).__name__}: got {name} = {getattr(module, name):g}, expected {value:g}"
            )
    return activation()
