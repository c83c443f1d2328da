"""import_network: a network that was trained elsewhere as a circuit of static units."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neurosim.activations.base import Activation
from neurosim.activations.identity import Identity
from neurosim.activations.sigmoid import Sigmoid
from neurosim.cells.base import Cell
from neurosim.circuit import Circuit
from neurosim.conversion.files import load_network
from neurosim.conversion.layers import Layer, activation_of, chain, layer
from neurosim.conversion.torch_modules import is_module, layers_of_module, layers_of_state
from neurosim.params import ParameterError


def import_network(
    source: Any, *, activation: Any = "relu", output: Any = "identity"
) -> tuple[Circuit, dict[str, Cell]]:
    """A trained network as a circuit of static units: `input`, `hidden1`, ..., `output`.

    A classifier with several classes gives logits: the softmax changes no decision and is left out. One with a single
    logistic output keeps it.

    Shapes
        weights (post, pre), biases (post,)
    Args:
        source: a fitted scikit-learn MLPClassifier or MLPRegressor; a list of (weights, bias) or (weights, bias,
            activation); the path of a `.npz` file, either written by
            [export_network][neurosim.conversion.files.export_network] or with arrays W1, b1, W2, b2, ...; a torch
            Sequential (Linear, activations, Dropout, BatchNorm1d) or the state_dict of one. Torch is not needed.
        activation: of the hidden units where the source does not say: an activation, its class, or a name such as
            "relu", "tanh", "logistic".
        output: of the last population where the source does not say.

    Raises:
        ParameterError: something that cannot be converted; the message names it.
    """
    hidden, last = activation_of(activation), activation_of(output)

    def activations(k: int, count: int) -> Activation:
        return hidden if k < count - 1 else last

    if isinstance(source, str | os.PathLike):
        loaded = load_network(Path(source))
        return loaded if isinstance(loaded, tuple) else chain(_listed(loaded, activations))
    if hasattr(source, "out_activation_") or type(source).__name__ in ("MLPClassifier", "MLPRegressor"):
        return chain(_scikit_learn(source))
    if is_module(source):
        return chain(layers_of_module(source, last))
    if isinstance(source, Mapping):
        return chain(layers_of_state(source, activations))
    if isinstance(source, list | tuple):
        return chain(_listed(source, activations))
    raise ParameterError(
        f"import_network: got {type(source).__name__}, expected a scikit-learn MLP, a list of (weights, bias), a .npz "
        "path, or a torch Sequential or state_dict"
    )


def _scikit_learn(model: Any) -> list[Layer]:
    if not hasattr(model, "coefs_"):
        raise ParameterError(f"import_network: got a {type(model).__name__} that was not fitted, expected a fitted one")
    last = Sigmoid() if model.out_activation_ == "logistic" else Identity()
    hidden, count = activation_of(model.activation), len(model.coefs_)
    return [
        layer(weights.T, bias, hidden if k < count - 1 else last, f"import_network: coefs_[{k}]")
        for k, (weights, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True))
    ]


def _listed(parts: Any, activations: Any) -> list[Layer]:
    found = []
    for k, part in enumerate(parts):
        where = f"import_network: layer {k + 1}"
        if not isinstance(part, list | tuple) or len(part) not in (2, 3):
            raise ParameterError(f"{where}: got {type(part).__name__}, expected (weights, bias)")
        chosen = activation_of(part[2]) if len(part) == 3 else activations(k, len(parts))
        found.append(layer(part[0], part[1], chosen, where))
    return found
