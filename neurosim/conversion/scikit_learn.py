"""Networks of scikit-learn: MLPs, alone, behind scalers in a pipeline, or found by a search. It is never imported."""

from typing import Any

import numpy as np

from neurosim.activations.identity import Identity
from neurosim.activations.sigmoid import Sigmoid
from neurosim.conversion.layers import Layer, Stack, activation_of
from neurosim.params import Array, ParameterError, finite

_NETWORKS = ("MLPClassifier", "MLPRegressor")
_SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler")
_OUTPUTS = {"identity": Identity, "softmax": Identity, "logistic": Sigmoid}


def is_estimator(source: Any) -> bool:
    """Whether this is a model of scikit-learn, by its methods."""
    return hasattr(source, "get_params") and hasattr(source, "fit")


def layers_of_estimator(model: Any) -> tuple[list[Layer], str, Array | None]:
    """Layers of an MLP with the scalers before it folded into the first one; its task and its classes.

    Raises:
        ParameterError: a step or a model that is none of these, one that was not fitted, or one that clips.
    """
    stack = Stack()
    network = _network(model, stack, "import_network")
    where = f"import_network: {type(network).__name__}"
    if not hasattr(network, "coefs_"):
        raise ParameterError(
            f"import_network: source: got a {type(network).__name__} that was not fitted, expected a fitted one"
        )
    if network.out_activation_ not in _OUTPUTS:
        loss = f" (loss={network.loss!r})" if hasattr(network, "loss") else ""
        raise ParameterError(
            f"{where}: got the output activation {network.out_activation_!r}{loss}, expected one of "
            f"{', '.join(map(repr, _OUTPUTS))}; for another one pass the layers as (weights, bias, activation)"
        )
    hidden = activation_of(network.activation)
    for k, (weights, bias) in enumerate(zip(network.coefs_, network.intercepts_, strict=True)):
        if stack.open:
            stack.activate(hidden, where)
        stack.linear(weights.T, bias, f"import_network: coefs_[{k}]")
    return stack.done(_OUTPUTS[network.out_activation_]()), *_task(network)


def _network(model: Any, stack: Stack, where: str) -> Any:
    """The MLP inside; what stands before it goes into the stack."""
    kind = type(model).__name__
    if kind.endswith("SearchCV"):
        if not hasattr(model, "best_estimator_"):
            raise ParameterError(
                f"{where}: got a {kind} without best_estimator_, expected a fitted one with refit=True"
            )
        return _network(model.best_estimator_, stack, f"{where}: {kind}")
    if hasattr(model, "steps"):
        *before, (_, last) = model.steps
        for name, step in before:
            if step is not None and not isinstance(step, str):
                _scale(step, stack, f"{where}: step {name!r} ({type(step).__name__})")
        return _network(last, stack, where)
    if kind not in _NETWORKS and not hasattr(model, "out_activation_"):
        raise ParameterError(
            f"{where}: got a {kind}, expected an {' or '.join(_NETWORKS)}, scalers before it or a search"
        )
    return model


def _scale(step: Any, stack: Stack, where: str) -> None:
    """A scaler as factor and shift of every input."""
    kind = type(step).__name__
    if hasattr(step, "steps"):
        for name, inner in step.steps:
            _scale(inner, stack, f"{where}: step {name!r} ({type(inner).__name__})")
        return
    if kind not in _SCALERS:
        raise ParameterError(f"{where}: cannot be folded into the network, expected one of {', '.join(_SCALERS)}")
    if not hasattr(step, "n_features_in_"):
        raise ParameterError(f"{where}: got a scaler that was not fitted, expected a fitted one")
    if getattr(step, "clip", False):
        raise ParameterError(f"{where}: got clip=True, which no layer can do, expected clip=False")
    if kind == "MinMaxScaler":
        factor, shift = step.scale_, step.min_
    else:
        centre = {"StandardScaler": "mean_", "RobustScaler": "center_"}.get(kind, "")
        used = getattr(step, "with_mean", True) and getattr(step, "with_centering", True)
        middle = getattr(step, centre, None) if centre and used else None
        scale = getattr(step, "scale_", None)
        factor = np.ones(step.n_features_in_) if scale is None else 1.0 / finite(scale, "1", f"{where}: scale_")
        shift = np.zeros_like(factor) if middle is None else -factor * finite(middle, "1", f"{where}: {centre}")
    stack.affine(finite(factor, "1", f"{where}: scale_"), finite(shift, "1", f"{where}: shift"), where)


def _task(network: Any) -> tuple[str, Array | None]:
    """What the outputs stand for, and the names of the classes."""
    if not hasattr(network, "classes_"):
        return "values", None
    if network.out_activation_ == "softmax":
        return "classes", np.asarray(network.classes_)
    if network.n_outputs_ == 1:
        return "binary", np.asarray(network.classes_)
    return "labels", None
