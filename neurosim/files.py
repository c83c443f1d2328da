"""Files: written so that nobody ever finds half of one, and read so that no file takes more memory than it may.

What a file of arrays (.npz) or a packed data set makes of itself in memory is bounded before it is unpacked: `ROOM`, or
`SWELLING` times the size of the file where that is more. Files that are written here keep to it: arrays that would
swell more are stored as they are.
"""

import contextlib
import errno
import io
import json
import os
import re
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

ROOM = 64 * 2**20
"""Bytes that every file may take in memory, however small it is."""
SWELLING = 32
"""How many times its own size a larger file may take."""
TEXT = 2 * 2**20
"""Characters of JSON that every file may hold; a larger file as many as it has bytes."""
DEPTH = 64
"""How deep its JSON may be nested."""

_KINDS = "biufU"
"""NumPy's kinds of numbers, truth values and text: whatever else an array may hold does not belong into these files."""
_LONGEST_HEADER = 4096


def cache_folder() -> Path:
    """Where things lie that can be made or fetched again: NEUROSIM_CACHE, or a folder in the user's own cache."""
    if chosen := os.environ.get("NEUROSIM_CACHE"):
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "neurosim"


def most_bytes(size: int) -> int:
    """How many bytes a file of this size may become in memory."""
    return max(ROOM, SWELLING * size)


def check_room(needed: int, size: int, what: str) -> None:
    """Raise a ValueError if something in a file of `size` bytes needs more memory than the file may take."""
    if needed > most_bytes(size):
        raise ValueError(
            f"{what} takes {needed:,} bytes of memory, expected at most {most_bytes(size):,} from a file of "
            f"{size:,} bytes (written without compression it may be as large as it is)"
        )


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that under its name there is always the old content or the new one, also after a crash.

    Raises:
        FileNotFoundError: the folder does not exist; it is not made here, since it may be a slip of the pen.
        OSError: the system refuses; the message names the path and, where the disk is full, what is needed and free.
    """
    with _replacing(path, len(content)) as file:
        file.write(content)


def check_writable(path: Path) -> None:
    """Find out whether a file could be written under this name, without leaving anything behind.

    Raises:
        OSError: as for `write_bytes`.
    """
    temporary = _temporary(path)
    try:
        temporary.touch()
        temporary.unlink()
    except OSError as fault:
        raise _explained(fault, path, 0) from fault


def write_arrays(path: Path, arrays: Mapping[str, Any], *, compress: bool = True) -> None:
    """Write arrays to an .npz file that `read_arrays` reads: whole or not at all, nothing pickled.

    Raises:
        ValueError: an array of Python objects.
        OSError: as for `write_bytes`.
    """
    import numpy as np

    held = {name: np.asanyarray(value) for name, value in arrays.items()}
    needed = sum(array.nbytes for array in held.values())
    longest = max((array.nbytes // 4 for array in held.values() if array.dtype.kind == "U"), default=0)
    with _replacing(path, needed) as file:
        _pack(file, held, zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED)
        size = file.tell()
        # A megabyte for the headers, which `read_arrays` counts as well.
        if compress and (needed + 2**20 > most_bytes(size) or longest > max(TEXT, size)):
            file.seek(0)
            file.truncate()
            _pack(file, held, zipfile.ZIP_STORED)


def _pack(file: IO[bytes], arrays: Mapping[str, Any], packing: int) -> None:
    import numpy as np

    npy: Any = np.lib.format  # its functions have types in some versions of NumPy alone
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy.write_array(member, array, allow_pickle=False)


@contextlib.contextmanager
def _replacing(path: Path, needed: int) -> Iterator[IO[bytes]]:
    """A file to write to, which takes the place of `path` when all of it is on the disk."""
    temporary = _temporary(path)
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as fault:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            raise _explained(fault, path, needed) from fault
        raise
    sync_directory(path.parent)


def _temporary(path: Path) -> Path:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: cannot be written, because the folder {path.parent} does not exist")
    # Not made from the file's own name, which may be as long as a name can be.
    return path.with_name(f".{zlib.crc32(path.name.encode()):08x}.{os.getpid()}.tmp")


def _explained(fault: OSError, path: Path, needed: int) -> OSError:
    """The same fault with the path, and with need and room where the disk is full."""
    reason = fault.strerror or str(fault)
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        free = shutil.disk_usage(path.parent).free
        reason = f"the disk is full ({needed:,} bytes are needed, {free:,} are free)"
    return type(fault)(fault.errno, f"{path} cannot be written: {reason}")


def read_arrays(path: Path) -> dict[str, Any]:
    """The arrays of an .npz file by name, never pickled ones.

    Everything that the file says of itself is checked before memory is taken for it: names, packing, number of bytes
    of each array, shape and type.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no .npz file, is damaged, or would take more memory than [most_bytes][neurosim.files] allows;
            one sentence.
    """
    with _archive(path) as (archive, members, size):
        return {name: _read_member(archive, entry, name, size) for name, entry in members.items()}


def names_of_arrays(path: Path) -> list[str]:
    """The names of the arrays in an .npz file, by which one kind of file is told from another.

    Raises:
        FileNotFoundError, ValueError: as for `read_arrays`.
    """
    with _archive(path) as (_, members, _):
        return list(members)


@contextlib.contextmanager
def _archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo], int]]:
    """An .npz file, its members by the name of their array, and its size; faults inside say that it is damaged."""
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if not zipfile.is_zipfile(stream):
            raise ValueError("it is no .npz file, or was cut short")
        try:
            with zipfile.ZipFile(stream) as archive:
                yield archive, _checked_members(archive.infolist(), size), size
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise ValueError(f"it is damaged: {brief(error)}") from None


def read_json(arrays: Mapping[str, Any], name: str) -> Any:
    """The JSON value that one of the arrays of `read_arrays` holds as text.

    Raises:
        ValueError: there is none, it is no JSON, names something twice, or is nested too deep; one sentence.
    """
    if name not in arrays:
        raise ValueError(f"it holds no {name!r}")
    if arrays[name].dtype.kind != "U" or arrays[name].shape != ():
        raise ValueError(f"{name!r} is no text")
    try:
        value = json.loads(str(arrays[name]), object_pairs_hook=_once)
    except RecursionError:
        value = _too_deep
    if deeper(value, DEPTH):
        raise ValueError(f"{name!r} is nested more than {DEPTH} deep")
    return value


_too_deep: Any = []
_too_deep.append(_too_deep)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it names {next(name for name in names if names.count(name) > 1)!r} twice")
    return values


def deeper(value: Any, depth: int) -> bool:
    """Whether lists and dictionaries are nested deeper than that."""
    if not isinstance(value, dict | list):
        return False
    return depth == 0 or any(deeper(part, depth - 1) for part in (value.values() if isinstance(value, dict) else value))


def _checked_members(entries: list[zipfile.ZipInfo], size: int) -> dict[str, zipfile.ZipInfo]:
    """The members by the name of their array, if their names, packing and sizes are those of an .npz file."""
    members: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        # Nothing is ever unpacked to the disk; a name that leads out of a folder is refused all the same.
        if not entry.filename.endswith(".npy") or {"", ".", ".."} & set(re.split(r"[/\\]", entry.filename)):
            raise ValueError(f"it holds {entry.filename[:80]!r}, expected arrays (.npy) only")
        name = entry.filename.removesuffix(".npy")
        if name in members:
            raise ValueError(f"it holds {name!r} twice")
        # Other ways of packing may ask for gigabytes to unpack a byte.
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 0x1:
            raise ValueError(f"{name!r} is packed in a way that NumPy does not write")
        members[name] = entry
    check_room(sum(entry.file_size for entry in entries), size, "what it holds")
    return members


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, size: int) -> Any:
    import numpy as np

    with archive.open(entry) as stream:
        shape, fortran, dtype, header = _read_header(stream, name)
        if dtype.kind not in _KINDS:
            raise ValueError(f"{name!r} holds {dtype}, expected numbers, truth values or text")
        count = 1
        for length in shape:
            count *= length
        if header + count * dtype.itemsize != entry.file_size:
            raise ValueError(f"{name!r} says that its shape is {shape}, which does not fit its {entry.file_size} bytes")
        if dtype.kind == "U" and count * dtype.itemsize // 4 > max(TEXT, size):
            raise ValueError(f"{name!r} is a text of more than {max(TEXT, size):,} characters")
        array = np.empty(shape, dtype, order="F" if fortran else "C")
        flat = array.reshape(-1, order="F" if fortran else "C")
        view = flat.view(np.uint8).data if flat.nbytes else memoryview(b"")
        if fill(stream, view) < len(view):
            raise ValueError(f"{name!r} was cut short")
        if stream.read(1):
            raise ValueError(f"{name!r} is longer than it says")
    return array


def _read_header(stream: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, Any, int]:
    """Shape, order, type, and the number of bytes that said so."""
    import numpy as np

    npy: Any = np.lib.format
    read: dict[Any, Any] = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    start = io.BytesIO(stream.read(_LONGEST_HEADER))
    try:
        version = npy.read_magic(start)
        shape, fortran, dtype = read[version](start, max_header_size=_LONGEST_HEADER)
    except Exception:
        raise ValueError(f"{name!r} is no array of numbers, truth values or text") from None
    stream.seek(start.tell())
    if any(isinstance(length, bool) or length < 0 for length in shape):
        raise ValueError(f"{name!r} has the shape {shape}")
    return shape, fortran, dtype, start.tell()


def fill(stream: IO[bytes], view: memoryview) -> int:
    """Read as many bytes as there is room for, a block at a time; returns how many there were."""
    at = 0
    while at < len(view):
        block = stream.read(min(2**18, len(view) - at))
        if not block:
            break
        view[at : at + len(block)] = block
        at += len(block)
    return at


def brief(error: BaseException, most: int = 300) -> str:
    """What an error says, on one line and not longer than a sentence: some messages hold half of the file."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= most else f"{text[:most]}..."


def sync_directory(folder: Path) -> None:
    """Make a rename inside the folder survive a power cut (where the system can open folders)."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
