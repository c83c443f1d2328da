"""Networks as .npz files (arrays and JSON, no pickle), as NIR graphs, and what is read from files of other kinds."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.cells.base import Cell
from neurosim.circuits import file as circuit_file
from neurosim.circuits.circuit import Circuit
from neurosim.conversion.imported import ImportedNetwork, class_names
from neurosim.conversion.nir_graphs import from_nir, read_nir, write_nir
from neurosim.conversion.safetensors_file import read_safetensors
from neurosim.conversion.state_dicts import is_state
from neurosim.files import read_arrays, read_json, write_arrays
from neurosim.meant import cells_of
from neurosim.params import Array, ParameterError
from neurosim.prediction import TASKS
from neurosim.reading import a_path, reading
from neurosim.registry import from_dict, lookup

_LOAD_IT = "load it yourself, if you trust where it comes from, and pass the object"
_HDF5 = "read the layers with h5py or Keras and pass a list of (weights, bias, activation), Keras's weights transposed"
_TORCH = "load it with torch.load(path, weights_only=True) and pass the state_dict, or save it as .safetensors"
NOT_READ = {
    ".h5": _HDF5, ".hdf5": _HDF5, ".keras": _HDF5,
    ".pt": _TORCH, ".pth": _TORCH, ".ckpt": _TORCH, ".bin": _TORCH,
    ".onnx": "read its initialisers with the package onnx and pass a list of (weights, bias, activation)",
    ".pkl": _LOAD_IT, ".pickle": _LOAD_IT, ".joblib": _LOAD_IT, ".skops": _LOAD_IT,
    ".npy": "a network has several arrays: save them with numpy.savez as W1, b1, W2, b2, ...",
    ".mat": "read it with scipy.io.loadmat and pass a list of (weights, bias, activation)",
}  # fmt: skip
"""Endings of files that are not read here, and what to do instead."""


def export_network(
    circuit: Circuit,
    cells: Cell | Mapping[str, Cell],
    path: str | os.PathLike[str],
    *,
    task: str = "",
    classes: Any = None,
) -> Path:
    """Write a circuit and its cells to one .npz file, from which `import_network` restores both, bit for bit.

    `Circuit.load` reads the circuit out of it as well.

    Args:
        circuit: what is written, and `cells` its cells by population, or one for all.
        path: of the file; the ending .npz is added where there is none. With the ending .nir a circuit of spiking
            cells is written as [to_nir][neurosim.conversion.nir_graphs.to_nir] says it.
        task: what the outputs stand for, one of `neurosim.prediction.TASKS`, so that the network that is read back
            knows how to predict.
        classes: names of the classes (texts or numbers) in the order of the outputs.

    Returns:
        The path, with its ending.
    Raises:
        ParameterError: a population without a cell, what NIR cannot say, an unknown task, or classes that do not
            fit the outputs.
        DimensionError: something else than a circuit and cells.
    """
    every = cells_of(circuit, cells, "export_network")
    lookup("task of a network", task, dict.fromkeys(TASKS, task))
    target = a_path(path, "export_network")
    if target.suffix == ".nir":
        return write_nir(circuit, every, target)
    target = target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
    text, arrays = circuit_file.describe(circuit)
    arrays = {
        **arrays,
        **({} if classes is None else {"classes": class_names(classes, circuit, task, "export_network: classes")}),
    }
    described = {name: cell.as_dict() for name, cell in every.items()}
    words = {"circuit": np.array(json.dumps(text)), "cells": np.array(json.dumps(described)), "task": np.array(task)}
    write_arrays(target, {**words, **arrays})
    return target


def load_network(path: Path) -> ImportedNetwork | list[tuple[Array, Array]] | dict[str, Any]:
    """What `export_network` wrote, the (weights, bias) pairs of a file with arrays W1, b1, ..., or a state dictionary.

    Raises:
        FileNotFoundError: there is no such file.
        ParameterError: neither of them, or a file of a kind that is not read here, with what to do instead.
    """
    if path.suffix.lower() in NOT_READ:
        raise ParameterError(
            f"{path}: files of the kind {path.suffix.lower()} are not read here; {NOT_READ[path.suffix.lower()]}"
        )
    if path.suffix.lower() == ".safetensors":
        return read_safetensors(path)
    if path.suffix.lower() == ".nir":
        return from_nir(read_nir(path))
    with reading(path, ".npz file of a network"):
        arrays = read_arrays(path)
        if "circuit" in arrays and "cells" in arrays:
            cells = {name: from_dict(values) for name, values in read_json(arrays, "cells").items()}
            _check_cells(cells)
            circuit = Circuit(*circuit_file.restore(read_json(arrays, "circuit"), arrays))
            task = lookup("task of a network", str(arrays.get("task", "")), {name: name for name in TASKS})
            return ImportedNetwork(circuit, cells, task, arrays.get("classes"))
    if is_state(arrays):
        return arrays
    count = len(arrays) // 2
    expected = {f"{letter}{k}" for k in range(1, count + 1) for letter in ("W", "b")}
    if not count or set(arrays) != expected:
        raise ParameterError(
            f"{path}: got the arrays {', '.join(sorted(arrays)) or 'none'}, expected those of export_network, of a "
            "state_dict, or W1, b1, W2, b2, ..."
        )
    return [(arrays[f"W{k}"], arrays[f"b{k}"]) for k in range(1, count + 1)]


def _check_cells(cells: Mapping[str, Any]) -> None:
    for name, cell in cells.items():
        if not isinstance(cell, Cell):
            raise ParameterError(f"the cell of {name!r} is {cell!r}")
