"""What questions share, as arrays and text: numbers, tables, circuits, networks and the package's own results."""

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.circuits import file as circuit_file
from neurosim.circuits.circuit import Circuit
from neurosim.params import ParameterError, Params
from neurosim.registry import from_dict


def pack(value: Any, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arrays by number, and a tree of what JSON can hold that refers to them.

    Raises:
        ParameterError: something that cannot be stored (a function, an object of another package).
    """
    arrays: dict[str, Any] = {}

    def keep(array: Any) -> dict[str, Any]:
        name = f"a{len(arrays)}"
        arrays[name] = np.asarray(array)
        return {"array": name}

    def tree(item: Any) -> Any:
        import pandas as pd
        from scipy.sparse import csr_array, issparse

        if item is None or isinstance(item, bool | int | float | str):
            return item
        if isinstance(item, np.generic):
            return {"scalar": keep(item)}
        if isinstance(item, np.ndarray) and not item.dtype.hasobject:
            return keep(item)
        if issparse(item):
            m = csr_array(item)
            return {"sparse": [keep(m.data), keep(m.indices), keep(m.indptr)], "shape": list(m.shape)}
        if isinstance(item, pd.DataFrame):
            _check_frame(item, where)
            columns = ((name, _plain(column, f"{where}: column {name!r}")) for name, column in item.items())
            return {"frame": [[str(name), keep(column)] for name, column in columns]}
        if isinstance(item, Params):
            return {"params": item.as_dict()}
        if isinstance(item, Circuit):
            text, parts = circuit_file.describe(item)
            return {"circuit": text, "parts": {name: keep(array) for name, array in parts.items()}}
        if isinstance(item, Mapping):
            if not all(isinstance(key, str | int) for key in item):
                raise ParameterError(f"{where}: got a dictionary with the keys {list(item)[:3]}, expected texts")
            return {"dict": [[key, tree(part)] for key, part in item.items()]}
        if isinstance(item, list | tuple):
            return {"tuple" if isinstance(item, tuple) else "list": [tree(part) for part in item]}
        if dataclasses.is_dataclass(item) and type(item).__module__.startswith("neurosim."):
            parts = {f.name: tree(getattr(item, f.name)) for f in dataclasses.fields(item) if f.init}
            return {"class": f"{type(item).__module__}:{type(item).__qualname__}", "fields": parts}
        raise ParameterError(
            f"{where}: returned {type(item).__name__}, expected numbers, texts, arrays, data frames, circuits, "
            "parameter sets or results of the package, alone or in dictionaries, lists and tuples"
        )

    return arrays, {"value": tree(value)}


def unpack(arrays: Mapping[str, Any], described: Mapping[str, Any]) -> Any:
    """What [pack][neurosim.lab.packing.pack] was given."""

    def take(item: Any) -> Any:
        return arrays[item["array"]]

    def value(item: Any) -> Any:
        if not isinstance(item, dict):
            return item
        if "array" in item:
            return take(item)
        if "scalar" in item:
            return take(item["scalar"])[()]
        if "sparse" in item:
            from scipy.sparse import csr_array

            return csr_array(tuple(take(part) for part in item["sparse"]), shape=tuple(item["shape"]))
        if "frame" in item:
            import pandas as pd

            return pd.DataFrame({name: take(column) for name, column in item["frame"]})
        if "params" in item:
            return from_dict(item["params"])
        if "circuit" in item:
            return Circuit(*circuit_file.restore(item["circuit"], {name: take(a) for name, a in item["parts"].items()}))
        if "dict" in item:
            return {key: value(part) for key, part in item["dict"]}
        if "class" in item:
            module, _, name = item["class"].partition(":")
            kind = getattr(importlib.import_module(module), name)
            return kind(**{key: value(part) for key, part in item["fields"].items()})
        kind, parts = next(iter(item.items()))
        return tuple(map(value, parts)) if kind == "tuple" else list(map(value, parts))

    return value(described["value"])


def _check_frame(frame: Any, where: str) -> None:
    """A data frame is kept by its columns: names that occur twice and an index with a meaning would be lost."""
    names = [str(name) for name in frame.columns]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ParameterError(f"{where}: got the column {twice[0]!r} twice, expected different names")
    if frame.index.nlevels > 1 or frame.index.name is not None or frame.index.dtype.kind not in "iu":
        raise ParameterError(f"{where}: got a data frame with an index of its own, expected reset_index() before")


def _plain(column: Any, where: str) -> Any:
    """A column as an array of numbers or of texts."""
    if getattr(column.dtype, "kind", "O") in "biufc":
        return column.to_numpy()
    values = list(column)
    if wrong := [value for value in values if not isinstance(value, str)]:
        raise ParameterError(f"{where}: got {type(wrong[0]).__name__}, expected numbers or a text in every row")
    return np.array(values, dtype=np.str_)
