"""The IDX format of MNIST: a magic number, the length of each dimension (big-endian), then unsigned bytes."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neurosim.params import ParameterError


def find(folder: Path, stem: str, kind: str) -> Path:
    """The file of that stem and kind in a folder, under any of the names that MNIST's files go by.

    Raises:
        ParameterError: there is none.
    """
    names = [f"{stem}{mark}{kind}{ending}" for mark in "-." for ending in ("", ".gz")]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise ParameterError(f"{folder}: found no IDX file, expected one of {', '.join(names)}")


def read(path: Path, dimensions: int) -> npt.NDArray[np.uint8]:
    """The array of unsigned bytes in an IDX file, plain or gzip (by its ending).

    Raises:
        ParameterError: the file is cut short, too long, damaged, or holds something else.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ParameterError(f"{path}: got a damaged gzip file ({error}), expected a complete one") from None
    header = 4 + 4 * dimensions
    if len(data) < header:
        raise ParameterError(f"{path}: got {len(data)} bytes, expected at least the {header} of an IDX header")
    magic, *shape = struct.unpack(f">{1 + dimensions}I", data[:header])
    # 0x08: unsigned bytes; the last byte is the number of dimensions
    if magic != 0x0800 + dimensions:
        raise ParameterError(
            f"{path}: got the magic number 0x{magic:08x}, expected 0x{0x0800 + dimensions:08x} "
            f"(unsigned bytes in {dimensions} dimension{'s' if dimensions > 1 else ''})"
        )
    expected = header + math.prod(shape)
    if len(data) != expected:
        state = "cut short" if len(data) < expected else "too long"
        raise ParameterError(
            f"{path}: {state}, got {len(data)} bytes, expected {expected} for the shape {tuple(shape)}"
        )
    return np.frombuffer(data, dtype=np.uint8, offset=header).reshape(shape)
