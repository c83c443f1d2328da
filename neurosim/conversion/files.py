"""Networks as .npz files: arrays and JSON, no pickle."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurosim import circuit_file
from neurosim.cells.base import Cell
from neurosim.circuit import Circuit
from neurosim.files import read_arrays, read_json, write_arrays
from neurosim.params import Array, DimensionError, ParameterError
from neurosim.registry import from_dict


def export_network(circuit: Circuit, cells: Cell | Mapping[str, Cell], path: str | os.PathLike[str]) -> Path:
    """Write a circuit and its cells to one .npz file, from which `import_network` restores both, bit for bit.

    `Circuit.load` reads the circuit out of it as well.

    Returns:
        The path, with the ending .npz.
    Raises:
        ParameterError: a population without a cell.
        DimensionError: something else than a circuit and cells.
    """
    if not isinstance(circuit, Circuit) or not isinstance(cells, Cell | Mapping):
        raise DimensionError(
            f"export_network: got {type(circuit).__name__} and {type(cells).__name__}, expected a Circuit and its cells"
        )
    names = [p.name for p in circuit.populations]
    every = dict.fromkeys(names, cells) if isinstance(cells, Cell) else dict(cells)
    if set(every) != set(names):
        raise ParameterError(f"export_network: cells: got {sorted(every)}, expected one for each of {sorted(names)}")
    target = Path(path)
    target = target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
    text, arrays = circuit_file.describe(circuit)
    described = {name: every[name].as_dict() for name in names}
    words = {"circuit": np.array(json.dumps(text)), "cells": np.array(json.dumps(described))}
    write_arrays(target, {**words, **arrays})
    return target


def load_network(path: Path) -> tuple[Circuit, dict[str, Cell]] | list[tuple[Array, Array]]:
    """What `export_network` wrote, or the (weights, bias) pairs of a file with arrays W1, b1, W2, b2, ...

    Raises:
        ParameterError: neither of them.
    """
    with circuit_file.reading(path, ".npz file of a network"):
        arrays = read_arrays(path)
        if "circuit" in arrays and "cells" in arrays:
            cells = {name: from_dict(values) for name, values in read_json(arrays, "cells").items()}
            _check_cells(cells)
            return Circuit(*circuit_file.restore(read_json(arrays, "circuit"), arrays)), cells
    count = len(arrays) // 2
    expected = {f"{letter}{k}" for k in range(1, count + 1) for letter in ("W", "b")}
    if not count or set(arrays) != expected:
        raise ParameterError(
            f"{path}: got the arrays {', '.join(sorted(arrays)) or 'none'}, expected those of export_network or "
            "W1, b1, W2, ..."
        )
    return [(arrays[f"W{k}"], arrays[f"b{k}"]) for k in range(1, count + 1)]


def _check_cells(cells: Mapping[str, Any]) -> None:
    for name, cell in cells.items():
        if not isinstance(cell, Cell):
            raise ParameterError(f"the cell of {name!r} is {cell!r}")
