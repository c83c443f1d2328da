"""State dictionaries: parameters by name, whose order and places are proven by the names or told by the caller."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.conversion.layers import Layer, Stack, activation_of, normalised, numbers
from neurosim.gate import shown
from neurosim.params import ParameterError
from neurosim.registry import unknown_name

_INSIDE = ("model_state_dict", "state_dict")
_LINEAR = {"weight", "bias"}
_NORM = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
_WAY_OUT = "pass order=[...], the names in the order of the data flow"
_PLACES = 'with an activation such as "relu" at its place among them'


@dataclass(frozen=True)
class _Part:
    """What stands under one name: a linear map or a batch normalisation."""

    name: str
    values: Mapping[str, Any]
    norm: bool

    @property
    def where(self) -> str:
        return f"import_network: state {self.name!r}"


def layers_of_state(
    state: Mapping[str, Any], activations: Callable[[int, int], Activation], order: Any, eps: float
) -> list[Layer]:
    """Layers of a state dictionary; `activations(k, n)` gives that of layer k of n where the state does not say.

    The order is that of the numbers in the names, never that of the entries: files sort those by the alphabet, "10"
    before "2". A batch normalisation stands before the activation where its number follows that of a linear map, and
    behind it where the number of the next linear map follows its own.

    Args:
        order: names in the order of the data flow, with activations at their places where that matters; None: the
            names' numbers tell.
        eps: what every batch normalisation adds to its variances.

    Raises:
        ParameterError: names that do not prove an order or a place, or an entry that belongs to no linear map and no
            batch normalisation.
    """
    parts = {name: _part(name, values) for name, values in _grouped(_inside(state)).items()}
    told = None if order is None else _told(parts, order)
    flow = _with_places(_sorted(list(parts.values()))) if told is None else told
    count = sum(isinstance(item, _Part) and not item.norm for item in flow)
    stack, explicit = Stack(), told is not None and any(isinstance(item, Activation) for item in told)
    for item in flow:
        k = len(stack.layers) - 1
        if isinstance(item, Activation):
            stack.activate(item, "import_network: order")
        elif item is None:
            stack.activate(activations(k, count), "import_network: activation")
        elif item.norm:
            stack.affine(*normalised(item.values, eps, item.where), item.where)
        else:
            if stack.open and not explicit:
                stack.activate(activations(k, count), "import_network: activation")
            stack.linear(item.values["weight"], item.values.get("bias"), item.where)
    return stack.done(activations(max(0, count - 1), count))


def is_state(arrays: Mapping[str, Any]) -> bool:
    """Whether these are arrays under the dotted names of a state dictionary."""
    return any(str(key).rpartition(".")[2] in ("weight", "running_mean") for key in arrays)


def _inside(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state dictionary inside of a checkpoint."""
    found = [name for name in _INSIDE if isinstance(state.get(name), Mapping)]
    if len(found) > 1:
        raise ParameterError(
            f"import_network: source: got both {' and '.join(found)}, expected one; pass source[{found[0]!r}]"
        )
    return _inside(state[found[0]]) if found else state


def _grouped(state: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for key, value in state.items():
        if not isinstance(key, str):
            raise ParameterError(f"import_network: state: got the name {key!r}, expected texts such as '0.weight'")
        if not (hasattr(value, "shape") or hasattr(value, "numpy")):
            raise ParameterError(
                f"import_network: state {key!r}: got {shown(value)}, expected an array; a checkpoint holds its "
                f"parameters under {' or '.join(map(repr, _INSIDE))}, or pass the part that does"
            )
        prefix, _, leaf = key.rpartition(".")
        groups.setdefault(prefix, {})[leaf] = value
    return groups


def _part(name: str, values: dict[str, Any]) -> _Part:
    """A linear map or a batch normalisation, with every key that it needs and no other."""
    where, keys = f"import_network: state {name!r}", set(values)
    dimensions = np.ndim(numbers(values["weight"], where)) if "weight" in values else 0
    if dimensions == 2 and keys <= _LINEAR:
        return _Part(name, values, norm=False)
    if "running_mean" in keys and keys <= _NORM:
        missing = {"running_var"} - keys or ({"weight", "bias"} - keys if keys & _LINEAR else set())
        if missing:
            raise ParameterError(f"{where}: got no {missing.pop()}, expected all parts of a batch normalisation")
        return _Part(name, values, norm=True)
    hint = ""
    if keys == {"weight"} and dimensions == 1:
        hint = "; one row alone may be a PReLU or a normalisation: import the module itself"
    raise ParameterError(
        f"{where}: got {', '.join(values)}{f' with a weight of {dimensions} dimensions' if dimensions else ''}, "
        f"expected the weight (post, pre) and bias of a linear layer, or a batch normalisation with its running mean "
        f"and variance{hint}"
    )


def _sorted(parts: list[_Part]) -> list[_Part]:
    """Parts by the numbers in their names, where those prove an order."""
    tokens = {part.name: re.split(r"(\d+)", part.name) for part in parts}
    numbers_of = {name: tuple(int(n) for n in found[1::2]) for name, found in tokens.items()}
    texts = {tuple(found[0::2]) for found in tokens.values()}
    inner = _without_common([part.name.split(".") for part in parts])
    nested = all(component.isdecimal() for path in inner for component in path)
    if len(parts) > 1 and ((len(texts) > 1 and not nested) or len(set(numbers_of.values())) < len(parts)):
        names = ", ".join(repr(part.name) for part in parts[:6]) + (", ..." if len(parts) > 6 else "")
        raise ParameterError(
            f"import_network: state: got the names {names}, which do not tell their order, expected names that differ "
            f"in their numbers alone; {_WAY_OUT}"
        )
    return sorted(parts, key=lambda part: numbers_of[part.name])


def _without_common(paths: list[list[str]]) -> list[list[str]]:
    """Dotted names without the components that all share."""
    while len(paths) > 1 and all(len(path) > 1 for path in paths) and len({path[0] for path in paths}) == 1:
        paths = [path[1:] for path in paths]
    return paths


def _with_places(parts: list[_Part]) -> list[_Part | None]:
    """The parts with None at every place of an activation that a batch normalisation makes doubtful."""
    flow: list[_Part | None] = []
    stretch: list[_Part] = []
    linear = False
    for part in parts:
        stretch.append(part)
        if not part.norm:
            flow += _placed(stretch, linear, True)
            stretch, linear = [part], True
    flow += _placed(stretch, linear, False)
    # every stretch but the first begins with the linear map that ended the one before
    return [item for k, item in enumerate(flow) if k == 0 or item is None or item is not flow[k - 1]]


def _placed(stretch: list[_Part], after_linear: bool, before_linear: bool) -> list[_Part | None]:
    """A linear map, the normalisations behind it, and the next one, with the activation where there is room for it."""
    if not any(part.norm for part in stretch):
        return [*stretch]
    rooms = [k + 1 for k in range(len(stretch) - 1) if not _follows(stretch[k], stretch[k + 1])]
    norm = next(part for part in stretch if part.norm)
    if not after_linear or not before_linear:
        # before the first linear map nothing, behind the last one only the output's activation
        if rooms:
            raise _doubtful(norm)
        return [*stretch]
    if len(rooms) != 1:
        raise _doubtful(norm)
    return [*stretch[: rooms[0]], None, *stretch[rooms[0] :]]


def _follows(first: _Part, second: _Part) -> bool:
    """Whether nothing stands between two parts: same place in the hierarchy, and one number higher."""
    (before, _, k), (after, _, n) = first.name.rpartition("."), second.name.rpartition(".")
    return before == after and k.isdecimal() and n.isdecimal() and int(n) == int(k) + 1


def _doubtful(norm: _Part) -> ParameterError:
    return ParameterError(
        f"{norm.where}: the names do not tell whether this batch normalisation stands before or behind the activation; "
        f"{_WAY_OUT}, {_PLACES}"
    )


def _told(parts: Mapping[str, _Part], order: Any) -> list[_Part | Activation]:
    """The order that the caller gives: names, and activations at their places."""
    if isinstance(order, str) or not isinstance(order, Sequence):
        raise ParameterError(f"import_network: order: got {shown(order)}, expected a list of names")
    flow: list[_Part | Activation] = []
    for item in order:
        name = _named(item, parts) if isinstance(item, str) else None
        if name is not None:
            flow.append(parts[name])
            continue
        try:
            flow.append(activation_of(item))
        except ParameterError:
            raise ParameterError(
                f"import_network: order: {unknown_name('part of the state, or activation,', item, parts)}"
            ) from None
    given = [item.name for item in flow if isinstance(item, _Part)]
    _check_complete(given, parts)
    if any(part.norm for part in parts.values()) and not any(isinstance(item, Activation) for item in flow):
        raise ParameterError(
            f"import_network: order: got a batch normalisation and no activation, expected the names {_PLACES} (or "
            '"identity" where there is none)'
        )
    return flow


def _check_complete(given: list[str], parts: Iterable[str]) -> None:
    missing = [name for name in parts if name not in given]
    twice = [name for name in given if given.count(name) > 1]
    if missing or twice:
        problem = f"lacks {missing[0]!r}" if missing else f"has {twice[0]!r} {given.count(twice[0])} times"
        raise ParameterError(f"import_network: order: {problem}, expected every part of the state once")


def _named(item: str, parts: Mapping[str, _Part]) -> str | None:
    """The part of that name, with or without what stands before it."""
    ends = [item] if item in parts else [name for name in parts if name.endswith(f".{item}")]
    return ends[0] if len(ends) == 1 else None
