"""Reader of .safetensors files: a length, a JSON header, raw tensors. Nothing is allocated before it is checked."""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.params import ParameterError

_TYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"), "I32": np.dtype("<i4"), "I16": np.dtype("<i2"), "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"), "U32": np.dtype("<u4"), "U16": np.dtype("<u2"), "U8": np.dtype("u1"),
}  # fmt: skip
_LONGEST_HEADER = 100_000_000
"""Bytes; the format's own limit."""
_MOST_TENSORS = 100_000


def read_safetensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a file by name; bfloat16 comes as float32, which holds every one of its numbers.

    Raises:
        FileNotFoundError: there is no such file.
        ParameterError: a file that is damaged, or holds something else than real numbers; the message says where.
    Source
        The format's description: github.com/huggingface/safetensors, README, "Format".
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(8)
        length = int.from_bytes(head, "little")
        if len(head) < 8 or length > min(size - 8, _LONGEST_HEADER):
            raise ParameterError(f"{path}: no .safetensors file, or one that was cut short")
        header = _header(path, file.read(length))
        tensors = _checked(path, header, size - 8 - length)
        found = {}
        for name, (kind, shape, start) in tensors.items():
            file.seek(8 + length + start)
            count = math.prod(shape)
            values = np.frombuffer(file.read(count * _TYPES[kind].itemsize), dtype=_TYPES[kind])
            if values.size != count:
                raise ParameterError(f"{path}: {name!r}: the file ends before its numbers do")
            found[name] = _widened(values, kind).reshape(shape)
    return found


def _header(path: Path, text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_unique)
        if not text.startswith(b"{") or not isinstance(header, dict) or len(header) > _MOST_TENSORS:
            raise ValueError("no header of tensors")
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"{path}: no .safetensors file, or a damaged one ({error})") from None
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object that names nothing twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in the header")
    return found


def _checked(path: Path, header: dict[str, Any], available: int) -> dict[str, tuple[str, tuple[int, ...], int]]:
    """Type, shape and first byte of every tensor; together they fill the file without a gap or an overlap."""
    tensors: dict[str, tuple[str, tuple[int, ...], int]] = {}
    spans = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        where = f"{path}: {name!r}"
        if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
            raise ParameterError(f"{where}: got a damaged entry, expected dtype, shape and data_offsets")
        kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not isinstance(kind, str) or kind not in _TYPES:
            raise ParameterError(f"{where}: got numbers of type {kind!r}, expected one of {', '.join(_TYPES)}")
        if not _naturals(shape) or len(shape) > 8 or not _naturals(offsets) or len(offsets) != 2:
            raise ParameterError(f"{where}: got shape {shape!r} and offsets {offsets!r}, expected whole numbers >= 0")
        start, end = offsets
        needed = math.prod(shape) * _TYPES[kind].itemsize
        if end - start != needed or end > available:
            raise ParameterError(
                f"{where}: got bytes {start} to {end} of {available}, expected {needed} bytes of {kind} for {shape}"
            )
        tensors[name] = kind, tuple(shape), start
        spans.append((start, end, name))
    place = 0
    for start, end, name in sorted(spans):
        if start != place:
            raise ParameterError(
                f"{path}: {name!r}: begins at byte {start}, expected {place}, the end of the one before"
            )
        place = end
    if place != available:
        raise ParameterError(f"{path}: got {available} bytes of numbers, expected {place} by its header")
    return tensors


def _naturals(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**48 for value in values)


def _widened(values: npt.NDArray[Any], kind: str) -> npt.NDArray[Any]:
    """bfloat16 is the upper half of a float32."""
    return (values.astype("<u4") << 16).view("<f4") if kind == "BF16" else values
