"""A circuit as text and arrays: what is saved, compared and fingerprinted."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from neurosim.circuits import delays
from neurosim.circuits.kernels import UniformLateral
from neurosim.circuits.parts import Input, Population, Projection, Weights
from neurosim.files import read_arrays, read_json, write_arrays
from neurosim.params import Array, ParameterError
from neurosim.reading import reading
from neurosim.registry import from_dict

T = TypeVar("T")


def digest(circuit: Any) -> str:
    """Fingerprint (sha256, hexadecimal) of everything that a circuit contains."""
    text, arrays = describe(circuit)
    state = hashlib.sha256(json.dumps(text, sort_keys=True).encode())
    for name in sorted(arrays):
        state.update(name.encode() + str(arrays[name].shape).encode())
        state.update(np.ascontiguousarray(arrays[name]).reshape(-1).view(np.uint8).data)
    return state.hexdigest()


def save(circuit: Any, path: Path) -> Path:
    """Write a circuit to one .npz file (the ending is added where it is missing)."""
    target = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    text, arrays = describe(circuit)
    write_arrays(target, {"circuit": np.array(json.dumps(text)), **arrays})
    return target


def load(path: Path, make: Callable[[Any, Any, Any], T]) -> T:
    """What is made of the inputs, populations and projections of a saved circuit.

    Raises:
        ParameterError: the file is no saved circuit or is damaged.
    """
    with reading(path, "saved circuit"):
        arrays = read_arrays(path)
        return make(*restore(read_json(arrays, "circuit"), arrays))


def describe(circuit: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """Everything in a circuit: what JSON can hold, and its arrays by name."""
    arrays: dict[str, Array] = {}
    projections = []
    for p in circuit.projections:
        entry = {"name": p.name, "pre": p.pre, "post": p.post, "sign": p.sign, "tau": p.tau, "delay": p.delay}
        if delays.is_matrix(p.delay):
            dense = isinstance(p.delay, np.ndarray)
            entry["delay"] = "dense" if dense else "sparse"
            arrays[f"d_{p.name}"] = p.delay if dense else p.delay.data
        entry["rule"] = p.rule.as_dict() if p.rule is not None else None
        if isinstance(p.weights, UniformLateral):
            entry["uniform"] = {"n": p.weights.n, "value": p.weights.value}
        elif isinstance(p.weights, np.ndarray):
            arrays[f"w_{p.name}"] = p.weights
        else:
            entry["shape"] = [int(n) for n in p.weights.shape]
            # a dot, which no name holds: a projection called w_data stays apart from the data of w
            arrays |= {
                f"w_{p.name}.data": p.weights.data,
                f"w_{p.name}.indices": p.weights.indices,
                f"w_{p.name}.indptr": p.weights.indptr,
            }
        projections.append(entry)
    populations = []
    for q in circuit.populations:
        arrays[f"b_{q.name}"] = q.bias
        laws = [law.as_dict() for law in q.homeostasis]
        populations.append({"name": q.name, "size": int(q.size), "homeostasis": laws})
    inputs = [{"name": i.name, "size": int(i.size)} for i in circuit.inputs]
    return {"format": 1, "inputs": inputs, "populations": populations, "projections": projections}, arrays


def restore(text: Mapping[str, Any], arrays: Mapping[str, Array]) -> tuple[Any, Any, Any]:
    """The inverse of [describe][neurosim.circuits.file.describe]: inputs, populations, projections.

    Raises:
        ParameterError: something is there that `describe` does not write.
        KeyError: something is missing.
    """
    if text["format"] != 1:
        raise ParameterError(f"it has the format {text['format']!r}, expected 1; it was saved by another version")

    def rule(values: Any) -> Any:
        return from_dict(values) if values is not None else None

    def numbers(name: str, kinds: str = "fiu") -> Array:
        if arrays[name].dtype.kind not in kinds:
            raise ParameterError(f"{name!r} holds {arrays[name].dtype}, expected {_WORDS[kinds]}")
        return arrays[name]

    def bias(entry: Mapping[str, Any]) -> Array:
        found = numbers(f"b_{entry['name']}")
        # A number would be taken for every unit, and a small file could then ask for any number of units.
        if found.shape != (entry["size"],):
            raise ParameterError(f"population {entry['name']!r} has {entry['size']} units and a bias of {found.shape}")
        return found

    def weights(entry: Mapping[str, Any]) -> Weights:
        name = entry["name"]
        if "uniform" in entry:
            return UniformLateral(**entry["uniform"])
        if "shape" in entry:
            from scipy.sparse import csr_array

            parts = (numbers(f"w_{name}.data"), *(numbers(f"w_{name}.{part}", "iu") for part in ("indices", "indptr")))
            return csr_array(parts, shape=tuple(entry["shape"]))
        return numbers(f"w_{name}")

    def delay(entry: Mapping[str, Any]) -> Any:
        if not isinstance(entry["delay"], str):
            return entry["delay"]
        found = numbers(f"d_{entry['name']}")
        if entry["delay"] == "dense":
            return found
        from scipy.sparse import csr_array

        given = weights(entry)
        return csr_array((found, given.indices, given.indptr), shape=given.shape)

    inputs = [Input(**entry) for entry in text["inputs"]]
    populations = [
        Population(e["name"], e["size"], bias(e), [rule(law) for law in e["homeostasis"] or ()])
        for e in text["populations"]
    ]
    projections = [
        Projection(e["name"], e["pre"], e["post"], weights(e), e["sign"], e["tau"], delay(e), rule(e["rule"]))
        for e in text["projections"]
    ]
    return inputs, populations, projections


_WORDS = {"fiu": "numbers", "iu": "whole numbers"}
