"""Torch modules by what they look like: torch itself is never imported."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from neurosim.activations.base import Activation
from neurosim.activations.elu import ELU
from neurosim.activations.gelu import GELU
from neurosim.activations.leaky_relu import LeakyReLU
from neurosim.activations.prelu import PReLU
from neurosim.activations.relu import ReLU
from neurosim.activations.selu import SELU
from neurosim.activations.sigmoid import Sigmoid
from neurosim.activations.silu import SiLU
from neurosim.activations.softplus import Softplus
from neurosim.activations.tanh import Tanh
from neurosim.conversion.layers import Layer, Stack, normalised, numbers
from neurosim.params import ParameterError, finite

_ACTIVATIONS: Mapping[str, Callable[[Any], Activation]] = {
    "ReLU": lambda module: ReLU(),
    "Tanh": lambda module: Tanh(),
    "Sigmoid": lambda module: Sigmoid(),
    "SELU": lambda module: SELU(),
    "SiLU": lambda module: SiLU(),
    "ELU": lambda module: _plain(module, ELU, alpha=1.0),
    "Softplus": lambda module: _plain(module, Softplus, beta=1.0, threshold=20.0),
    "GELU": lambda module: GELU(form="tanh" if getattr(module, "approximate", "none") == "tanh" else "exact"),
    "LeakyReLU": lambda module: _leaky(float(module.negative_slope)),
    "PReLU": lambda module: _learned_leaks(module),
}
_DROPOUTS = ("Dropout", "AlphaDropout")
_WITHOUT_EFFECT = ("Flatten", "Identity")
_READ_AS_LOGITS = ("Softmax", "LogSoftmax")
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")


def is_module(source: Any) -> bool:
    """Whether this is a torch module, by its methods."""
    return hasattr(source, "state_dict") and hasattr(source, "children")


def layers_of_module(module: Any, output: Activation) -> tuple[list[Layer], bool]:
    """Layers of a Sequential, and whether a softmax at the end says that its outputs are logits of classes.

    Dropout is left out, and a batch normalisation goes into the linear layer right before it, or behind an activation
    into the next one. The softmax at the end is left out as well: the output is the logits.

    Raises:
        ParameterError: a module that is none of these, or one in training mode that computes otherwise there.
    """
    stack, softmax = Stack(), False
    for name, part in _flat(module):
        kind, where = type(part).__name__, f"import_network: module {name!r} ({type(part).__name__})"
        if any(getattr(part, hooks, None) for hooks in _HOOKS):
            raise ParameterError(f"{where}: got hooks that may change what it computes, expected a module without")
        if kind in _DROPOUTS or kind in _WITHOUT_EFFECT:
            _check_without_effect(part, where)
            continue
        if softmax:
            raise ParameterError(f"{where}: got it behind a softmax, expected the softmax at the end")
        if kind == "Linear":
            stack.linear(part.weight, part.bias, where)
        elif kind == "BatchNorm1d":
            _check_evaluated(part, where)
            stack.affine(*normalised(_state_of(part), float(getattr(part, "eps", 1e-5)), where), where)
        elif kind in _ACTIVATIONS:
            stack.activate(_ACTIVATIONS[kind](part), where)
        elif kind in _READ_AS_LOGITS:
            softmax = _softmax(part, stack, where)
        else:
            known = ", ".join(("Linear", "BatchNorm1d", *_ACTIVATIONS, *_DROPOUTS, *_WITHOUT_EFFECT, *_READ_AS_LOGITS))
            raise ParameterError(f"{where}: cannot be converted, expected one of {known} in a Sequential")
    return stack.done(output), softmax


def _check_evaluated(part: Any, where: str) -> None:
    if getattr(part, "training", False):
        raise ParameterError(f"{where}: got it in training mode, expected evaluation mode (call model.eval() first)")


def _check_without_effect(part: Any, where: str) -> None:
    """Dropout acts in training mode; a Flatten that begins at the trials mixes them."""
    if type(part).__name__ in _DROPOUTS and getattr(part, "p", 0.5) > 0:
        _check_evaluated(part, where)
    if getattr(part, "start_dim", 1) == 0:
        raise ParameterError(f"{where}: got start_dim=0, which mixes the trials, expected start_dim=1")


def _softmax(part: Any, stack: Stack, where: str) -> bool:
    if not stack.open:
        raise ParameterError(f"{where}: got no Linear right before it, expected one that it belongs to")
    if getattr(part, "dim", 1) not in (1, -1, None):
        raise ParameterError(f"{where}: got dim={part.dim}, expected the softmax over the outputs (dim=1)")
    return True


def _state_of(module: Any) -> dict[str, Any]:
    """What a batch normalisation knows, by the names of its state."""
    return {name: getattr(module, name, None) for name in ("weight", "bias", "running_mean", "running_var")}


def _flat(module: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The modules of nested Sequentials in their order, with their dotted names; a module may stand there twice."""
    if type(module).__name__ != "Sequential":
        yield prefix or type(module).__name__, module
        return
    # named_children leaves out the second place of a module that is used twice
    inside = getattr(module, "_modules", None)
    parts = inside.items() if isinstance(inside, Mapping) else module.named_children()
    for name, part in parts:
        yield from _flat(part, f"{prefix}.{name}" if prefix else str(name))


def _plain(module: Any, activation: type[Activation], **usual: float) -> Activation:
    for name, value in usual.items():
        if getattr(module, name, value) != value:
            raise ParameterError(
                f"import_network: {type(module).__name__}: got {name} = {getattr(module, name):g}, expected {value:g}"
            )
    return activation()


def _leaky(slope: float) -> Activation:
    """Any slope: those outside of 0 .. 1 are the parametric ReLU's."""
    return LeakyReLU(negative_slope=slope) if 0 <= slope < 1 else PReLU(negative_slope=slope)


def _learned_leaks(module: Any) -> Activation:
    leaks = finite(
        numbers(module.weight, "import_network: PReLU: weight"), "1", "import_network: PReLU: weight"
    ).ravel()
    return PReLU(negative_slope=float(leaks[0])) if leaks.size == 1 else PReLU(negative_slopes=tuple(leaks.tolist()))
