"""Files of tensors are read without torch, and a pickle that asks for anything else is refused before it runs."""

import collections
import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

from neurosim.params import ParameterError
from neurosim.real.torch_file import read_tensors


class _Named:
    """Pickled as a name of another module."""

    def __init__(self, module, name):
        self.named = module, name


class _Kind(_Named):
    pass


def tensor(key, shape, *, kind="FloatStorage", size=None, first=0, strides=None):
    size = int(np.prod(shape)) if size is None else size
    if strides is None:
        strides = tuple(int(np.prod(shape[k + 1 :])) for k in range(len(shape)))
    return ("tensor", ("storage", _Kind("torch", kind), key, "cpu", size), first, shape, strides)


def written(value, *, legacy=False):
    """A pickle as torch writes it, protocol 2, by hand."""
    out = bytearray(b"\x80\x02")

    def put(x):
        if isinstance(x, _Named):
            out.extend(b"c" + "\n".join(x.named).encode() + b"\n")
        elif isinstance(x, tuple) and x[:1] == ("tensor",):
            _, storage, first, shape, strides = x
            put(_Named("torch._utils", "_rebuild_tensor_v2"))
            out.extend(b"(")
            put((*storage, None) if legacy else storage)
            out.extend(b"Q")
            for part in (first, shape, strides, False):
                put(part)
            put(_Named("collections", "OrderedDict"))
            out.extend(b")RtR")
        elif isinstance(x, dict):
            put(_Named("collections", "OrderedDict"))
            out.extend(b")R(")
            for name, item in x.items():
                put(name)
                put(item)
            out.extend(b"u")
        else:
            body = pickle.dumps(x, protocol=2)[2:-1] if not isinstance(x, tuple) else None
            if body is None:
                out.extend(b"(")
                for item in x:
                    put(item)
                out.extend(b"t")
            else:
                out.extend(body)

    put(value)
    return bytes(out + b".")


def packed(path, table, data, *, byteorder=b"little", packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("net/data.pkl", table if isinstance(table, bytes) else written(table))
        archive.writestr("net/byteorder", byteorder)
        for key, raw in data.items():
            archive.writestr(f"net/data/{key}", raw)
    return path


def legacy(path, table, data, system=True):
    parts = [
        pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2),
        pickle.dumps({"protocol_version": 1001, "little_endian": system}, 2),
        table if isinstance(table, bytes) else written(table, legacy=True), pickle.dumps(list(data), 2),
    ]  # fmt: skip
    for raw in data.values():
        parts += [struct.pack("<q", len(raw) // 4), raw]
    path.write_bytes(b"".join(parts))
    return path


NUMBERS = np.arange(6, dtype="<f4").tobytes()
TABLE = {"a": tensor("0", (2, 3)), "b": tensor("0", (3,), size=6, first=3), "c": tensor("1", (), kind="LongStorage")}


@pytest.mark.parametrize("write", [packed, legacy])
def test_tensors_come_by_name(write, tmp_path):
    table = dict(TABLE) if write is packed else {"a": TABLE["a"], "b": TABLE["b"]}
    data = {"0": NUMBERS, **({"1": np.int64(7).tobytes()} if write is packed else {})}
    found = read_tensors(write(tmp_path / "x.pt", table, data))
    np.testing.assert_array_equal(found["a"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found["b"], [3, 4, 5])
    assert found["a"].dtype == np.float32
    assert not found["a"].flags.writeable
    if write is packed:
        assert found["c"] == 7


def test_a_transposed_tensor_is_read_by_its_strides(tmp_path):
    found = read_tensors(packed(tmp_path / "x", {"a": tensor("0", (3, 2), strides=(1, 3))}, {"0": NUMBERS}))
    np.testing.assert_array_equal(found["a"], [[0, 3], [1, 4], [2, 5]])


class _Call:
    def __init__(self, function, *arguments):
        self.given = function, arguments

    def __reduce__(self):
        return self.given


HOSTILE = {
    "posix.system": _Call(os.system, "touch {mark}"),
    "builtins.eval": _Call(eval, "open('{mark}', 'w')"),
    "builtins.exec": _Call(exec, "open('{mark}', 'w')"),
    "builtins.getattr": _Call(getattr, "x", "upper"),
    "collections.deque": collections.deque([1]),
    "numpy": np.arange(3),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("write", [packed, legacy])
def test_what_a_hostile_pickle_asks_for_is_refused_and_does_not_run(write, protocol, name, tmp_path, monkeypatch):
    mark, value = tmp_path / "ran", HOSTILE[name]
    if isinstance(value, _Call):
        value = _Call(value.given[0], *(text.format(mark=mark) for text in value.given[1]))
    text = pickle.dumps({"a": value}, protocol=protocol)
    with pytest.raises(ParameterError, match=r"its pickle (names|has the opcode)"):
        read_tensors(write(tmp_path / "x.pt", text, {"0": NUMBERS}))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("module", "name"), [("os", "system"), ("torch", "load"), ("torch", "UntypedStorage"), ("torch._utils", "_rebuild")]
)
def test_a_foreign_name_is_refused_by_name(module, name, tmp_path):
    with pytest.raises(ParameterError, match=f"its pickle names {module}.{name}, and may name tensors"):
        read_tensors(packed(tmp_path / "x", {"a": _Named(module, name)}, {}))


BOMB = b"\x80\x02" + b"r\xff\xff\xff\x7f".join([b"}", b"."])


@pytest.mark.parametrize(
    ("table", "data", "message"),
    [
        (BOMB, {}, "asks for memory that it does not use"),
        (b"\x80\x02\x8e" + b"\xff" * 8, {}, "damaged"),  # a text of 2^64 bytes
        (b"\x80\x02X\xff\xff\xff\x7fabc.", {}, "damaged"),  # one of 2 GB
        (b"\x80\x02\x8b\xff\xff\xff\x7f.", {}, "damaged"),  # a whole number of 2 GB
        (b"", {}, "damaged"),
        (b"\x80\x02(" * 10, {}, "damaged"),
        ({"a": tensor("0", (7,))}, {"0": NUMBERS}, "holds 24 bytes, expected 7 numbers"),
        ({"a": tensor("0", (2, 3), size=5)}, {"0": NUMBERS}, "holds 24 bytes, expected 5 numbers"),
        ({"a": tensor("0", (6,), first=1, size=6)}, {"0": NUMBERS}, "'a' is larger than its storage"),
        ({"a": tensor("0", (10**9, 10**9), size=6, strides=(0, 0))}, {"0": NUMBERS}, "'a' is larger than its storage"),
        ({"a": tensor("0", (2, 3), strides=(-3, 1))}, {"0": NUMBERS}, "and the strides"),
        ({"a": tensor("0", (-2, -3), size=6)}, {"0": NUMBERS}, "has the shape"),
        ({"a": tensor("0", (2.0, 3.0), size=6, strides=(3, 1))}, {"0": NUMBERS}, "opcode BINFLOAT"),
        ({"a": tensor("0", (6,), first=-1)}, {"0": NUMBERS}, "has the shape"),
        ({"a": tensor("0", (1,) * 9, size=6)}, {"0": NUMBERS}, "has the shape"),
        ({"a": tensor("0", (6,), size=-1)}, {"0": NUMBERS}, "a storage .* of the size -1"),
        ({"a": tensor("9", (6,))}, {"0": NUMBERS}, "damaged"),
        ({"a": tensor("../x", (6,))}, {"0": NUMBERS}, "damaged"),
        ({"a": 3}, {}, "'a' is no tensor"),
        ({"a": {"b": tensor("0", (6,))}}, {"0": NUMBERS}, "'a' is no tensor"),
        ({1: tensor("0", (6,))}, {"0": NUMBERS}, "1 is no tensor"),
        ({}, {}, "expected a table of tensors"),
        (written(("a", 1)), {}, "it holds tuple"),
        ({"a": tensor("0", (6,)), "b": tensor("0", (3,), kind="DoubleStorage")}, {"0": NUMBERS}, "declared twice"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(table, data, message, tmp_path):
    with pytest.raises(ParameterError, match=message):
        read_tensors(packed(tmp_path / "x.pt", table, data))


def test_other_archives_are_refused(tmp_path):
    table = {"a": tensor("0", (6,))}
    with pytest.raises(ParameterError, match="an entry is packed"):
        read_tensors(packed(tmp_path / "x", table, {"0": NUMBERS}, packing=zipfile.ZIP_DEFLATED))
    with pytest.raises(ParameterError, match="big-endian"):
        read_tensors(packed(tmp_path / "x", table, {"0": NUMBERS}, byteorder=b"big"))
    with pytest.raises(ParameterError, match="big-endian"):
        read_tensors(legacy(tmp_path / "x", table, {"0": NUMBERS}, system=False))
    with pytest.raises(ParameterError, match="does not have the size"):
        read_tensors(legacy(tmp_path / "x", table, {"0": NUMBERS[:8]}))
    whole = legacy(tmp_path / "x", table, {"0": NUMBERS}).read_bytes()
    for cut in range(0, len(whole), 7):
        (tmp_path / "x").write_bytes(whole[:cut])
        with pytest.raises(ParameterError, match="no file of tensors, or a damaged one"):
            read_tensors(tmp_path / "x")
    with zipfile.ZipFile(tmp_path / "x", "w") as archive:
        archive.writestr("elsewhere.txt", "x")
    with pytest.raises(ParameterError, match="damaged"):
        read_tensors(tmp_path / "x")
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "nothing")


def test_a_state_that_a_pickle_sets_reaches_nothing(tmp_path):
    """BUILD sets attributes of what is there; a description of a tensor has none."""
    out = io.BytesIO(written({"a": tensor("0", (6,))})[:-1] + b"}X\x05\x00\x00\x00otherK\x01sb.")
    assert set(read_tensors(packed(tmp_path / "x", out.getvalue(), {"0": NUMBERS}))) == {"a"}
    body = written(tensor("0", (6,)))[:-1] + b"}X\x05\x00\x00\x00shapeK\x01sb."
    with pytest.raises(ParameterError, match="damaged"):
        read_tensors(packed(tmp_path / "x", body, {"0": NUMBERS}))
