"""import_network: a network that was trained elsewhere as a circuit of static units."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from neurosim.activations.base import Activation
from neurosim.conversion.files import load_network
from neurosim.conversion.imported import ImportedNetwork
from neurosim.conversion.layers import Layer, activation_of, chain, layer
from neurosim.conversion.nir_graphs import from_nir, is_graph
from neurosim.conversion.scikit_learn import is_estimator, layers_of_estimator
from neurosim.conversion.state_dicts import layers_of_state
from neurosim.conversion.torch_modules import is_module, layers_of_module
from neurosim.gate import shown
from neurosim.params import ParameterError, ParamInfo, number

_EPS = 1e-5
"""What a batch normalisation adds to the variance unless told otherwise; a state dictionary does not say."""
_EPS_INFO = ParamInfo("1", "added to the variances of every batch normalisation", low=0.0)


def import_network(
    source: Any, *, activation: Any = "relu", output: Any = "identity", order: Any = None, eps: float | None = None
) -> ImportedNetwork:
    """A trained network as a circuit of static units: `input`, `hidden1`, ..., `output`.

    What the source does not prove is refused, never guessed: the order of layers whose names do not tell it, the place
    of a batch normalisation, an output that no activation stands for. Scalers and batch normalisations are folded into
    the weights. A classifier with several classes gives logits: the softmax changes no decision and is left out. One
    with a single logistic output keeps it.

    Shapes
        weights (post, pre), biases (post,)
    Args:
        source: a fitted scikit-learn MLPClassifier or MLPRegressor, alone, at the end of a Pipeline of scalers
            (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler), or in a GridSearchCV or RandomizedSearchCV; a
            list of (weights, bias) or (weights, bias, activation); a torch Sequential (Linear, activations, PReLU,
            BatchNorm1d, and in evaluation mode Dropout); a state_dict or a checkpoint with one; a NIR graph; or the
            path of a file: .npz, written by [export_network][neurosim.conversion.files.export_network], with arrays
            W1, b1, W2, b2, ... or with those of a state_dict; .safetensors; .nir. Torch is not needed.
        activation: of the hidden units where the source does not say: an activation, its class, or a name such as
            "relu", "tanh", "logistic".
        output: of the last population where the source does not say.
        order: of a state_dict whose names do not tell it: its names in the order of the data flow, with activations
            at their places where a batch normalisation makes that matter.
        eps: of the batch normalisations of a state_dict (1e-5 unless given, torch's own default).

    Returns:
        The pair of circuit and cells; it also answers `predict(inputs)` and `accuracy(inputs, labels)`.

    Raises:
        ParameterError: something that cannot be converted; the message names it.
    """
    hidden, last = activation_of(activation), activation_of(output)

    def activations(k: int, count: int) -> Activation:
        return hidden if k < count - 1 else last

    epsilon = _EPS if eps is None else number(eps, _EPS_INFO, "import_network: eps")
    if isinstance(source, str | os.PathLike):
        source = load_network(Path(source))
    if isinstance(source, Mapping):
        return _network(layers_of_state(source, activations, order, epsilon))
    for name, given in (("order", order), ("eps", eps)):
        if given is not None:
            raise ParameterError(f"import_network: {name}: got it with {_kind(source)}, expected it with a state_dict")
    return _of_object(source, last, activations)


def _of_object(source: Any, last: Activation, activations: Callable[[int, int], Activation]) -> ImportedNetwork:
    """Everything but state dictionaries."""
    if isinstance(source, ImportedNetwork):
        return source
    if is_graph(source):
        return from_nir(source)
    if is_estimator(source) or hasattr(source, "out_activation_"):
        layers, task, classes = layers_of_estimator(source)
        return ImportedNetwork(*chain(layers), task, classes)
    if is_module(source):
        layers, softmax = layers_of_module(source, last)
        return _network(layers, "classes" if softmax else "")
    if isinstance(source, list | tuple):
        return _network(_listed(source, activations))
    raise ParameterError(
        f"import_network: source: got {_kind(source)}, expected a scikit-learn MLP, a list of (weights, bias), a torch "
        "Sequential or state_dict, or the path of a .npz or .safetensors file"
    )


def _kind(source: Any) -> str:
    return type(source).__name__


def _network(layers: list[Layer], task: str = "") -> ImportedNetwork:
    return ImportedNetwork(*chain(layers), task)


def _listed(parts: Any, activations: Callable[[int, int], Activation]) -> list[Layer]:
    found = []
    for k, part in enumerate(parts):
        where = f"import_network: layer {k + 1}"
        if not isinstance(part, list | tuple) or len(part) not in (2, 3):
            raise ParameterError(f"{where}: got {shown(part)}, expected (weights, bias) or (weights, bias, activation)")
        chosen = activation_of(part[2]) if len(part) == 3 else activations(k, len(parts))
        found.append(layer(part[0], part[1], chosen, where))
    return found
