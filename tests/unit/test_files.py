"""Files of arrays: what is written is read back, and no file takes more memory than it may."""

import errno
import io
import json
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

from neurosim import files

ARRAYS = {
    "columns first": np.arange(12.0).reshape(3, 4).T,
    "empty": np.zeros((0, 3)),
    "big-endian": np.array([1.5, -2.0], dtype=">f4"),
    "truth": np.array([True, False]),
    "number": np.array(3),
    "words": np.array(["a", "bcd"]),
    # names of parameters of NumPy's own function
    "file": np.ones(2),
    "allow_pickle": np.ones(1),
}


def packed(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def npy(array, **wrong):
    """An .npy file, with lies in its header."""
    stream = io.BytesIO()
    said = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape, **wrong}
    np.lib.format.write_array_header_1_0(stream, said)
    return stream.getvalue() + array.tobytes()


@pytest.mark.parametrize("compress", [True, False])
def test_what_is_written_is_read_back(tmp_path, compress):
    path = tmp_path / "arrays.npz"
    files.write_arrays(path, ARRAYS, compress=compress)
    found = files.read_arrays(path)
    with np.load(path, allow_pickle=False) as also:  # NumPy reads the same
        assert list(found) == list(ARRAYS) == also.files
        for name, array in ARRAYS.items():
            assert found[name].dtype == array.dtype == also[name].dtype
            np.testing.assert_array_equal(found[name], array)
            assert found[name].flags.f_contiguous == array.flags.f_contiguous
    assert [file.name for file in tmp_path.iterdir()] == ["arrays.npz"]


def test_what_would_swell_too_much_is_stored_as_it_is(tmp_path):
    path = tmp_path / "zeros.npz"
    blank = np.zeros(files.ROOM // 8 + 1)
    files.write_arrays(path, {"zeros": blank})
    assert files.read_arrays(path)["zeros"].nbytes == blank.nbytes
    np.savez_compressed(path, zeros=blank)
    with pytest.raises(ValueError, match=r"takes 67,109,000 bytes of memory, expected at most 67,108,864 from a file"):
        files.read_arrays(path)


def test_text_that_is_long_is_stored_as_it_is(tmp_path):
    path = tmp_path / "text.npz"
    files.write_arrays(path, {"text": np.array(json.dumps("x" * files.TEXT))})
    assert files.read_json(files.read_arrays(path), "text") == "x" * files.TEXT
    np.savez_compressed(path, text=np.array(json.dumps("x" * files.TEXT)))
    with pytest.raises(ValueError, match="'text' is a text of more than 2,097,152 characters"):
        files.read_arrays(path)


HONEST = npy(np.ones(4))
REFUSED = {
    "pickled objects": ([("a.npy", npy(np.ones(1), descr="|O"))], "'a' holds object, expected numbers"),
    "records": ([("a.npy", npy(np.ones(1), descr=[("x", "<f8")]))], r"'a' (holds|is no array)"),
    "complex": ([("a.npy", npy(np.ones(2), descr="<c16", shape=(1,)))], "'a' holds complex128"),
    "dates": ([("a.npy", npy(np.ones(1), descr="<M8[s]"))], "'a' holds datetime64"),
    "2^31 numbers": ([("a.npy", npy(np.ones(1), shape=(2**31,)))], r"shape is \(2147483648,\), which does not fit"),
    "2^62 x 2^62": ([("a.npy", npy(np.ones(1), shape=(2**62, 2**62)))], "which does not fit its"),
    "less than none": ([("a.npy", npy(np.ones(1), shape=(-1,)))], r"'a' has the shape \(-1,\)"),
    "more than said": ([("a.npy", HONEST + b"more")], "which does not fit its"),
    "cut short": ([("a.npy", HONEST[:-1])], "which does not fit its"),
    "no header": ([("a.npy", b"import os")], "'a' is no array"),
    "another version": ([("a.npy", b"\x93NUMPY\x09\x00" + HONEST[8:])], "'a' is no array"),
    "a header of 4 GiB": ([("a.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 99)], "'a' is no array"),
    "a header that is a program": ([("a.npy", HONEST[:10] + b"exit()" + HONEST[16:])], "'a' is no array"),
    "twice": ([("a.npy", HONEST), ("a.npy", HONEST)], "holds 'a' twice"),
    "a path": ([("../a.npy", HONEST)], r"holds '\.\./a\.npy', expected arrays"),
    "an absolute path": ([("/tmp/a.npy", HONEST)], "expected arrays"),
    "a program": ([("a.npy", HONEST), ("a.py", b"import os")], r"holds 'a\.py', expected arrays"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_array_is_refused_in_one_sentence(tmp_path, name):
    members, words = REFUSED[name]
    path = packed(tmp_path / "a.npz", members)
    with pytest.raises(ValueError, match=words) as refusal:
        files.read_arrays(path)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packing_whose_memory_nobody_can_tell_is_refused(tmp_path, compression):
    with pytest.raises(ValueError, match="packed in a way that NumPy does not write"):
        files.read_arrays(packed(tmp_path / "a.npz", [("a.npy", HONEST)], compression))


def test_an_archive_that_was_cut_short_anywhere_is_named(tmp_path):
    whole, path = tmp_path / "whole.npz", tmp_path / "cut.npz"
    files.write_arrays(whole, {"a": np.random.default_rng(0).normal(size=50), "b": np.arange(3)})
    content = whole.read_bytes()
    for length in range(0, len(content), 16):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"no \.npz file, or was cut short"):
            files.read_arrays(path)


def test_one_bit_that_turned_is_noticed(tmp_path):
    """The checksum of every array is compared, also where the file is otherwise well-formed."""
    path = tmp_path / "a.npz"
    files.write_arrays(path, {"a": np.ones(64)}, compress=False)
    content = bytearray(path.read_bytes())
    content[content.index(np.ones(64).tobytes()) + 100] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged: Bad CRC-32"):
        files.read_arrays(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """A quarter of a megabyte that becomes a quarter of a gigabyte: nothing of it is unpacked."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (2**25,)})
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as member:
        member.write(header.getvalue())
        for _ in range(2**8):
            member.write(bytes(2**20))
    assert path.stat().st_size < 2**19
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="what it holds takes 268,435"):
            files.read_arrays(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Expecting property name"),
        ("[" * 100_000, "nested more than 64 deep"),
        ("[" * 65 + "]" * 65, "nested more than 64 deep"),
        ('{"a": 1, "b": 2, "a": 3}', "names 'a' twice"),
        ("9" * 5000, "Exceeds the limit"),
    ],
)
def test_json_that_is_none(text, words):
    with pytest.raises(ValueError, match=words):
        files.read_json({"text": np.array(text)}, "text")


def test_json_that_is_not_there_or_no_text():
    assert files.read_json({"text": np.array("[" * 64 + "]" * 64)}, "text")
    with pytest.raises(ValueError, match="holds no 'text'"):
        files.read_json({}, "text")
    with pytest.raises(ValueError, match="'text' is no text"):
        files.read_json({"text": np.ones(3)}, "text")


def test_a_full_disk_is_named_with_path_and_need(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    path.write_bytes(b"old")

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    words = rf"{path} cannot be written: the disk is full \(4,000 bytes are needed, [\d,]+ are free\)"
    with pytest.raises(OSError, match=words) as fault:
        files.write_arrays(path, {"a": np.ones(500)})
    assert fault.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("n" * 255)
    files.write_bytes(path, b"content")
    assert path.read_bytes() == b"content"
    with pytest.raises(OSError, match="cannot be written: File name too long"):
        files.write_bytes(tmp_path / ("n" * 256), b"content")


def test_whether_a_file_can_be_written_is_known_without_a_trace(tmp_path):
    path = tmp_path / "a.npz"
    files.check_writable(path)
    assert not list(tmp_path.iterdir())
    path.write_bytes(b"old")
    files.check_writable(path)
    assert path.read_bytes() == b"old"
    with pytest.raises(FileNotFoundError, match="does not exist"):
        files.check_writable(tmp_path / "nowhere" / "a.npz")
