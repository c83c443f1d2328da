"""The IDX format, written here byte by byte: every type, MNIST's relatives by their names, and sizes that are lies."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from neurosim import files
from neurosim.params import ParameterError
from neurosim.stimuli import datasets, idx_files

VALUES = {
    "ubyte": (0x08, "B", [0, 1, 200, 255]),
    "byte": (0x09, "b", [-128, -1, 0, 127]),
    "short": (0x0B, ">h", [-32768, -2, 258, 32767]),
    "int": (0x0C, ">i", [-(2**31), -3, 66051, 2**31 - 1]),
    "float": (0x0D, ">f", [-0.5, 0.0, 1.5, 2.0**-126]),
    "double": (0x0E, ">d", [-0.1, 0.0, 1.7e308, 5e-324]),
}
SHAPES = [(4,), (2, 2), (1, 4, 1), (2, 1, 2, 1)]


def content(kind, shape, data):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + data


def numbers(kind, shape, values):
    number, code, _ = VALUES[kind]
    return content(number, shape, b"".join(struct.pack(code, value) for value in values))


def small_set(folder, prefix, pixels, labels=None, label_file="labels-idx1-ubyte", split="train"):
    (folder / f"{prefix}{split}-images-idx3-ubyte").write_bytes(content(8, pixels.shape, pixels.tobytes()))
    if labels is not None:
        (folder / f"{prefix}{split}-{label_file}").write_bytes(labels)
    return folder


PIXELS = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", VALUES)
def test_every_type_in_one_to_four_dimensions(tmp_path, kind, shape, packed):
    path = tmp_path / "data"  # gzip is told by the content, whatever the ending
    data = numbers(kind, shape, VALUES[kind][2])
    path.write_bytes(gzip.compress(data) if packed else data)
    found = idx_files.read(path)
    assert found.shape == shape == idx_files.header(path).shape
    assert found.ravel().tolist() == VALUES[kind][2]
    assert found.dtype.isnative


def test_a_plain_file_with_the_ending_of_a_packed_one_is_read(tmp_path):
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    path.write_bytes(numbers("ubyte", (4,), [1, 2, 3, 4]))
    assert idx_files.read(path).tolist() == [1, 2, 3, 4]


def test_labels_may_be_missing(tmp_path):
    found = datasets.idx(small_set(tmp_path, "", PIXELS))
    assert found.labels is None
    np.testing.assert_array_equal(found.images, PIXELS / 255)
    assert "no labels" in repr(found)


@pytest.mark.parametrize("split", ["train", "test"])
def test_qmnist_has_its_class_in_the_first_of_eight_columns(tmp_path, split):
    # class, series, writer, digit of that writer, NIST's class, index, two that are unused (facebookresearch/qmnist)
    rows = [[5, 0, 2, 12, 35, 7, 0, 0], [0, 1, 3, 9, 30, 8, 0, 0], [4, 4, 4, 1, 34, 9, 0, 0]]
    labels = numbers("int", (3, 8), np.ravel(rows))
    found = datasets.idx(small_set(tmp_path, "qmnist-", PIXELS, labels, "labels-idx2-int", split), split)
    assert found.labels.tolist() == [5, 0, 4]
    assert found.name == f"qmnist-{split}"


def test_emnist_is_turned_upright_and_chosen_by_its_name(tmp_path):
    labels = numbers("ubyte", (3,), [1, 26, 2])
    small_set(tmp_path, "emnist-letters-", PIXELS, labels)
    found = datasets.idx(tmp_path)
    # EMNIST stores each picture column by column
    np.testing.assert_array_equal(found.images[1], np.array([[8, 12], [9, 13], [10, 14], [11, 15]]) / 255)
    assert found.labels.tolist() == [1, 26, 2]
    small_set(tmp_path, "emnist-digits-", PIXELS, labels)
    with pytest.raises(ParameterError, match=r"found the data sets 'emnist-digits', 'emnist-letters', expected name="):
        datasets.idx(tmp_path)
    assert datasets.idx(tmp_path, name="emnist-digits").name == "emnist-digits-train"
    with pytest.raises(ParameterError, match=r"is named 'emnist-leters'; did you mean 'emnist-letters'"):
        datasets.idx(tmp_path, name="emnist-leters")


def test_brightness_of_other_types(tmp_path):
    path = tmp_path / "train-images-idx3-short"
    path.write_bytes(numbers("short", (1, 2, 2), [0, 100, 250, 1000]))
    np.testing.assert_array_equal(datasets.idx(tmp_path).images, [[[0, 0.1], [0.25, 1]]])
    path.write_bytes(numbers("short", (1, 2, 2), [0, -100, 250, 1000]))
    with pytest.raises(ParameterError, match="got a pixel of -100, expected whole numbers >= 0"):
        datasets.idx(tmp_path)
    path.write_bytes(numbers("double", (1, 2, 2), [0, 0.1, 0.5, 1]))
    np.testing.assert_array_equal(datasets.idx(tmp_path).images, [[[0, 0.1], [0.5, 1]]])
    path.write_bytes(numbers("ubyte", (1, 2, 2, 1), [0, 51, 102, 255]))
    np.testing.assert_array_equal(datasets.idx(tmp_path).images, [[[0, 0.2], [0.4, 1]]])
    path.write_bytes(numbers("ubyte", (1, 2, 2, 3), [0] * 12))
    with pytest.raises(ParameterError, match=r"got an array of shape \(1, 2, 2, 3\), expected grey pictures"):
        datasets.idx(tmp_path)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (numbers("ubyte", (2,), [1, 2]), "got 2 labels, expected 3, one per picture in train-images-idx3-ubyte"),
        (numbers("ubyte", (3, 2), range(6)), r"got labels of shape \(3, 2\), expected \(3,\), or QMNIST's \(3, 8\)"),
        (numbers("float", (3,), [1, 2.5, 3]), "got labels that are no whole numbers"),
        (numbers("float", (3,), [1, float("nan"), 3]), "got labels that are no whole numbers"),
    ],
)
def test_labels_that_do_not_fit(tmp_path, labels, words):
    with pytest.raises(ParameterError, match=words):
        datasets.idx(small_set(tmp_path, "", PIXELS, labels))


def _peak(path):
    tracemalloc.start()
    try:
        with pytest.raises(ParameterError) as refusal:
            idx_files.read(path)
        return tracemalloc.get_traced_memory()[1], str(refusal.value)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", [(2**31,), (2**32 - 1,) * 4, (2**16, 2**16, 28)])
def test_sizes_that_are_lies_take_no_memory(tmp_path, shape, packed):
    path = tmp_path / "lies"
    data = content(0x0E, shape, b"12345678")
    path.write_bytes(gzip.compress(data) if packed else data)
    peak, message = _peak(path)
    assert peak < 2**20
    assert ("takes" if packed else "cut short") in message
    assert "\n" not in message


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    """1.5 MB that become 1.5 GB: refused after four bytes where they are no IDX file, and after the header else."""
    for number, start in enumerate((b"", content(8, (3 * 2**29 - 8,), b""))):
        path = tmp_path / f"bomb{number}.gz"
        with gzip.open(path, "wb", compresslevel=1) as stream:
            stream.write(start)
            for _ in range(96):
                stream.write(bytes(2**20))
        peak, message = _peak(path)
        assert peak < 2**20
        assert ("magic number 0x00000000" if number == 0 else "the array in it takes") in message


def test_blank_pictures_keep_below_the_bound(tmp_path):
    """What shrinks a thousand times is read as long as it stays small."""
    path = tmp_path / "blank"
    path.write_bytes(gzip.compress(content(8, (1000, 28, 28), bytes(784_000))))
    assert idx_files.read(path).shape == (1000, 28, 28)
    assert path.stat().st_size < 2000
    assert files.most_bytes(path.stat().st_size) == 64 * 2**20


def test_no_pictures_of_a_size_that_no_array_can_have(tmp_path):
    """Found by the fuzzer: a file without data whose other lengths overflow."""
    path = tmp_path / "empty"
    path.write_bytes(content(8, (2**31, 2**32 - 1, 2**31, 0), b""))
    with pytest.raises(ParameterError, match="cannot reshape array of size 0"):
        idx_files.read(path)
