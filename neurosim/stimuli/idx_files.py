"""The IDX format of MNIST and its relatives: two zeros, type, number of dimensions, their lengths (big-endian), data.

Plain or gzip, which is told by the content and not by the ending. What the header says is compared with the file before
memory is taken for it.
"""

import contextlib
import gzip
import math
import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from neurosim.files import brief, check_room, fill
from neurosim.params import ParameterError, unknown_name

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The third byte of a file: unsigned and signed byte, short, int, float, double."""
_NAME = re.compile(
    r"(?:(?P<set>.+)[-_.])?(?P<split>train|test|t10k)[-_.](?P<kind>images|labels)[-_.]"
    r"idx\d[-_.](?:ubyte|byte|short|int|float|double)(?:\.gz)?"
)


@dataclass(frozen=True)
class Header:
    """What a file says of itself: shape and type of the array, and how many bytes said so."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    length: int

    @property
    def bytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize


def find(folder: Path, split: str, name: str | None = None) -> tuple[str, Path, Path | None]:
    """Name of a data set in a folder, its file of pictures and that of labels (None where there is none).

    Args:
        folder: where the files are, with the names that MNIST, Fashion-MNIST, KMNIST, QMNIST and EMNIST give theirs:
            `[<set>-]<train, test or t10k>-<images or labels>-idx<n>-<type>[.gz]`.
        split: "train" or "test".
        name: what stands before the split ("emnist-letters", "qmnist"), where the folder holds several sets; None
            where it holds one, "" for files whose names begin with the split.

    Raises:
        ParameterError: no pictures, or several sets to choose from.
        UnknownNameError: no set has that name.
    """
    sets: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        found = _NAME.fullmatch(path.name)
        if found and (found["split"] == "train") == (split == "train") and path.is_file():
            sets.setdefault(found["set"] or "", {}).setdefault(found["kind"], path)
    complete = {key: files for key, files in sets.items() if "images" in files}
    if not complete:
        prefix = "train" if split == "train" else "t10k"
        raise ParameterError(
            f"{folder}: found no IDX file of pictures, expected {prefix}-images-idx3-ubyte, the same with .gz, "
            f"or with a data set's name before it (emnist-letters-{split}-images-idx3-ubyte)"
        )
    if name is None and len(complete) > 1:
        raise ParameterError(
            f"{folder}: found the data sets {', '.join(map(repr, sorted(complete)))}, expected name= with one of them"
        )
    chosen = next(iter(complete)) if name is None else name
    if chosen not in complete:
        raise unknown_name(f"data set in {folder}", chosen, complete)
    return chosen, complete[chosen]["images"], complete[chosen].get("labels")


def header(path: Path) -> Header:
    """What the file says of itself, after comparing it with the file's own size.

    Raises:
        ParameterError: it is no IDX file, or its size does not fit.
    """
    with _opened(path) as (stream, size, packed):
        return _header(path, stream, size, packed)


def read(path: Path) -> npt.NDArray[Any]:
    """The array in an IDX file, of its own type in the machine's byte order.

    Shapes
        one to four dimensions
    Raises:
        ParameterError: the file is cut short, too long, damaged, holds something else, or (gzip) would become more
            than [most_bytes][neurosim.files] of its size.
    """
    with _opened(path) as (stream, size, packed):
        said = _header(path, stream, size, packed)
        content = np.empty(said.bytes, np.uint8)
        got = fill(stream, content.data) if content.size else 0
        if got < said.bytes or stream.read(1):
            state = f"cut short, got {said.length + got} bytes" if got < said.bytes else "too long"
            raise ParameterError(f"{path}: {state}, expected {said.length + said.bytes} for the shape {said.shape}")
        array = content.view(said.dtype).reshape(said.shape)
    return array.astype(said.dtype.newbyteorder("="), copy=False)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], int, bool]]:
    """The content as a stream, the file's size, and whether it is packed; damage as one sentence."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            packed = file.peek(2)[:2] == b"\x1f\x8b"
            stream: Any = gzip.GzipFile(fileobj=file) if packed else file
            yield stream, size, packed
    except ParameterError:
        raise
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ParameterError(f"{path}: got a damaged gzip file ({brief(error)}), expected a complete one") from None
    except ValueError as error:
        raise ParameterError(f"{path}: {brief(error)}") from None


def _header(path: Path, stream: IO[bytes], size: int, packed: bool) -> Header:
    magic = stream.read(4)
    if len(magic) < 4:
        raise ParameterError(f"{path}: got {len(magic)} bytes, expected at least the 8 of an IDX header")
    zeros, kind, dimensions = struct.unpack(">HBB", magic)
    if zeros or kind not in TYPES or not 1 <= dimensions <= 4:
        known = ", ".join(f"{number:02x}" for number in TYPES)
        raise ParameterError(
            f"{path}: got the magic number 0x{magic.hex()}, expected 0x0000, one of the types {known}, and 01 to 04 "
            "dimensions"
        )
    lengths = stream.read(4 * dimensions)
    if len(lengths) < 4 * dimensions:
        raise ParameterError(
            f"{path}: got {4 + len(lengths)} bytes, expected at least the {4 + 4 * dimensions} of an IDX header"
        )
    said = Header(struct.unpack(f">{dimensions}I", lengths), np.dtype(TYPES[kind]), 4 + 4 * dimensions)
    expected = said.length + said.bytes
    if packed:
        check_room(expected, size, "the array in it")
    elif size != expected:
        state = "cut short" if size < expected else "too long"
        raise ParameterError(f"{path}: {state}, got {size} bytes, expected {expected} for the shape {said.shape}")
    return said
