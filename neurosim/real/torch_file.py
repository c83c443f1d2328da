"""Reader of .pt and .pth files without torch: tensors by name, and nothing else of what a pickle could do.

Such a file is a pickle beside raw numbers, in a zip or (before torch 1.6) one after the other. A pickle is a program:
here it is read opcode by opcode before it runs, may name four things, and calls none that is not written below.
"""

import io
import math
import pickle
import pickletools
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.params import ParameterError
from neurosim.reading import reading

_TYPES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4",
    "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip
_OPCODES = frozenset(
    (
        "PROTO", "STOP", "MARK", "GLOBAL", "REDUCE", "BUILD", "BINPERSID", "BINPUT", "LONG_BINPUT", "BINGET",
        "LONG_BINGET", "NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE",
        "EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_DICT", "SETITEM", "SETITEMS", "EMPTY_LIST",
        "APPEND", "APPENDS",
    )
)  # fmt: skip
"""All that torch writes for a table of tensors."""
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_LONGEST = 2**24
"""Bytes of a pickle: a table of a hundred thousand tensors takes less."""


class _Storage(NamedTuple):
    kind: str
    key: str
    size: int


class _Tensor(NamedTuple):
    storage: _Storage
    first: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a file by name, as read-only arrays.

    Raises:
        FileNotFoundError: there is no such file.
        ParameterError: a file that is damaged, or whose pickle asks for something else than tensors; the message names
            it, and nothing of it ran.
    """
    with reading(path, "file of tensors"):
        with path.open("rb") as file:
            packed = zipfile.is_zipfile(file)
        tensors, numbers = (_from_zip if packed else _from_stream)(path)
        found, known = {}, {}
        for name, tensor in tensors.items():
            if tensor.storage.key not in known:
                known[tensor.storage.key] = numbers(tensor.storage)
            found[name] = _view(name, tensor, known[tensor.storage.key])
        return found


_Numbers = Callable[[_Storage], npt.NDArray[Any]]


def _from_zip(path: Path) -> tuple[dict[str, _Tensor], _Numbers]:
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        # Nothing is packed, so no entry can become larger than the file.
        if any(e.compress_type != zipfile.ZIP_STORED or e.file_size > size for e in entries.values()):
            raise ValueError("an entry is packed, which torch does not do")
        (table,) = (name for name in entries if name.count("/") == 1 and name.endswith("/data.pkl"))
        root = table.removesuffix("data.pkl")
        if f"{root}byteorder" in entries and archive.read(f"{root}byteorder") != b"little":
            raise ValueError("its numbers are big-endian")
        tensors = _table(_load(io.BytesIO(archive.read(table))))
        raw = {s.key: archive.read(f"{root}data/{s.key}") for s in {tensor.storage for tensor in tensors.values()}}

    def numbers(storage: _Storage) -> npt.NDArray[Any]:
        return _numbers(storage, raw[storage.key])

    return tensors, numbers


def _from_stream(path: Path) -> tuple[dict[str, _Tensor], _Numbers]:
    content = io.BytesIO(path.read_bytes())
    if _load(content) != _MAGIC or _load(content) != _PROTOCOL:
        raise ValueError("it does not begin as one")
    system = _load(content)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise ValueError("its numbers are big-endian")
    tensors = _table(_load(content))
    declared = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    raw = {}
    for key in _load(content):
        count = int.from_bytes(content.read(8), "little", signed=True)
        if key not in declared or count != declared[key].size:
            raise ValueError(f"storage {key!r} does not have the size that its tensors say")
        raw[key] = content.read(count * np.dtype(_TYPES[declared[key].kind]).itemsize)

    def numbers(storage: _Storage) -> npt.NDArray[Any]:
        return _numbers(storage, raw[storage.key])

    return tensors, numbers


def _numbers(storage: _Storage, raw: bytes) -> npt.NDArray[Any]:
    dtype = np.dtype(_TYPES[storage.kind])
    if len(raw) != storage.size * dtype.itemsize:
        raise ValueError(f"storage {storage.key!r} holds {len(raw)} bytes, expected {storage.size} numbers of {dtype}")
    return np.frombuffer(raw, dtype=dtype)


def _view(name: str, tensor: _Tensor, numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A tensor of the numbers of its storage, if it lies inside and shows none of them twice."""
    first, shape, strides = tensor.first, tensor.shape, tensor.strides
    if any(type(n) is not int or n < 0 for n in (first, *shape, *strides)) or len(shape) != len(strides):
        raise ValueError(f"{name!r} has the shape {shape!r} and the strides {strides!r}")
    last = first + sum((length - 1) * stride for length, stride in zip(shape, strides, strict=True))
    count = math.prod(int(length) for length in shape)
    if count > len(numbers) or (count and last >= len(numbers)):
        raise ValueError(f"{name!r} is larger than its storage")
    if not count:
        return np.zeros(shape, dtype=numbers.dtype)
    steps = tuple(stride * numbers.itemsize for stride in strides)
    return np.lib.stride_tricks.as_strided(numbers[first:], shape, steps, writeable=False)


def _table(value: Any) -> dict[str, _Tensor]:
    if not isinstance(value, dict) or not value:
        raise ValueError(f"it holds {type(value).__name__}, expected a table of tensors")
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, _Tensor) or not isinstance(tensor.storage, _Storage):
            raise ValueError(f"{name!r:.80} is no tensor")
        if not isinstance(tensor.shape, tuple) or not isinstance(tensor.strides, tuple) or len(tensor.shape) > 8:
            raise ValueError(f"{name!r} has the shape {tensor.shape!r:.80}")
    storages = {tensor.storage for tensor in value.values()}
    if len({storage.key for storage in storages}) < len(storages):
        raise ValueError("a storage is declared twice")
    return dict(value)


def _load(stream: IO[bytes]) -> Any:
    """The next pickle of a stream, checked before it runs."""
    start, size = stream.tell(), 0
    for opcode, argument, _ in pickletools.genops(stream):
        size = stream.tell() - start
        if opcode.name not in _OPCODES or size > _LONGEST:
            raise ValueError(f"its pickle has the opcode {opcode.name}, which no table of tensors needs")
        if opcode.name == "LONG_BINPUT" and int(argument or 0) > size:
            raise ValueError("its pickle asks for memory that it does not use")
    stream.seek(start)
    return _Unpickler(io.BytesIO(stream.read(size))).load()


class _Unpickler(pickle.Unpickler):
    """Four things may be named; a storage is a description, a tensor one too."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuilt
        if module == "torch" and name in _TYPES:
            return name
        raise ParameterError(
            f"its pickle names {module}.{name}, and may name tensors, their storages and OrderedDict alone"
        )

    def persistent_load(self, pid: Any) -> _Storage:
        if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage" or pid[5:] not in ((), (None,)):
            raise ValueError("it refers to something that is no storage")
        _, kind, key, _, size = pid[:5]
        if kind not in _TYPES or not isinstance(key, str) or type(size) is not int or size < 0:
            raise ValueError(f"it refers to a storage {kind!r:.40} of the size {size!r:.40}")
        return _Storage(kind, key, size)


def _rebuilt(storage: Any, first: Any, shape: Any, strides: Any, _grad: Any, _hooks: Any, *_more: Any) -> _Tensor:
    return _Tensor(storage, first, shape, strides)
