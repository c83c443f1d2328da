"""Writing files so that nobody ever finds half of one."""

import os
import sys
import zipfile
from pathlib import Path
from typing import Any


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that under its name there is always the old content or the new one, also after a crash.

    Raises:
        FileNotFoundError: the folder does not exist; it is not made here, since it may be a slip of the pen.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: cannot be written, because the folder {path.parent} does not exist")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def read_arrays(path: Path) -> dict[str, Any]:
    """The arrays of an .npz file by name, never pickled ones.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no .npz file.
    """
    import numpy as np

    with path.open("rb") as stream:
        if not zipfile.is_zipfile(stream):
            raise ValueError("it is no .npz file, or was cut short")
        stream.seek(0)
        with np.load(stream, allow_pickle=False) as data:
            return {name: data[name] for name in data.files}


def sync_directory(folder: Path) -> None:
    """Make a rename inside the folder survive a power cut (where the system can open folders)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
