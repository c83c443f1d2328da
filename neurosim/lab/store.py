"""Parts on disk: each one file, written at once or not at all, and never trusted before its checksum was compared.

A part is the SHA-256 of what follows, a line feed, and an .npz archive (no pickle). Beside it, while somebody computes
it, lies `<part>.claim`, which its owner touches every second: a claim that has not been touched for a while belongs to
nobody, whatever process, host or garbage it names.
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.files import write_bytes
from neurosim.params import ParameterError

if TYPE_CHECKING:
    import pandas as pd

HEARTBEAT = 1.0
"""Seconds between two touches of a claim."""
ABANDONED = 10.0
"""Seconds without a touch after which a claim counts for nothing."""
_META = "meta"


class StorageError(OSError):
    """A part that could not be written; the message names the path, what was needed and what is free."""


class BusyError(RuntimeError):
    """Another process is computing this part."""


def write_part(path: Path, arrays: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
    """Write a part: arrays by name, and facts that JSON can hold.

    Raises:
        StorageError: the disk is full, the folder cannot be written, or the name is too long.
    """
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(meta, allow_nan=True).encode(), dtype=np.uint8)
    np.savez(buffer, **{_META: text, **arrays})
    body = buffer.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    except OSError as fault:
        raise StorageError(fault.errno, _no_room(path, len(body), fault)) from None


def read_part(path: Path) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Arrays and facts of a part; None if it is not there or damaged (a damaged one is moved out of the way)."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    checksum, _, body = content.partition(b"\n")
    if checksum.decode(errors="replace") != hashlib.sha256(body).hexdigest():
        with contextlib.suppress(OSError):
            path.replace(path.with_name(path.name + ".damaged"))
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return arrays, json.loads(arrays.pop(_META).tobytes())


def is_there(path: Path) -> bool:
    """Whether a part is there and whole."""
    return read_part(path) is not None


@contextmanager
def claimed(path: Path) -> Iterator[None]:
    """Hold the claim on a part while computing it.

    Raises:
        BusyError: somebody else holds it, and still touches it.
    """
    claim = path.with_name(path.name + ".claim")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _take(claim)
    except BusyError:
        raise
    except OSError as fault:
        raise StorageError(fault.errno, _no_room(claim, 100, fault)) from None
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT):
            with contextlib.suppress(OSError):
                os.utime(claim)

    thread = threading.Thread(target=beat, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with contextlib.suppress(OSError):
            claim.unlink()


def _take(claim: Path) -> None:
    for _ in range(3):
        try:
            handle = os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            if not _abandoned(claim):
                raise BusyError(f"{claim} is held by another run (touched less than {ABANDONED:g} s ago)") from None
            _remove(claim)
            continue
        with os.fdopen(handle, "w") as file:
            json.dump({"pid": os.getpid()}, file)
        return
    raise BusyError(f"{claim} comes back whenever it is taken away; delete it by hand")


def _abandoned(claim: Path) -> bool:
    """Whether nobody has touched a claim for some time, by the clock of the disk that it lies on."""
    probe = claim.with_name(f".{claim.name}.{os.getpid()}.{threading.get_ident()}.now")
    try:
        touched = claim.stat().st_mtime
        probe.touch()
        now = probe.stat().st_mtime
    except FileNotFoundError:
        return True
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    # A claim from the future was left by a clock that ran ahead: it is watched until it does not move.
    if touched > now + ABANDONED:
        time.sleep(2 * HEARTBEAT)
        return claim.exists() and claim.stat().st_mtime == touched
    return now - touched > ABANDONED


def _remove(claim: Path) -> None:
    if claim.is_dir():
        shutil.rmtree(claim, ignore_errors=True)
    else:
        claim.unlink(missing_ok=True)


def _no_room(path: Path, need: int, fault: OSError) -> str:
    """One sentence: which path, what it needed, what is free, and what helps."""
    where = path.parent
    while not where.exists() and where != where.parent:
        where = where.parent
    free = shutil.disk_usage(where).free
    cause = os.strerror(fault.errno) if fault.errno else str(fault)
    advice = {
        errno.ENOSPC: "make room there, or choose another folder with --out",
        errno.EDQUOT: "make room there, or choose another folder with --out",
        errno.EFBIG: "the file size limit (ulimit -f) is smaller",
        errno.ENAMETOOLONG: "choose a shorter folder with --out",
        errno.ENOTDIR: f"{where} is a file; choose another folder with --out",
        errno.EEXIST: f"{where} is a file; choose another folder with --out",
    }.get(fault.errno or 0, "choose a folder that can be written with --out")
    return f"{path} could not be written ({cause}): it needs {need:,} bytes and {free:,} are free; {advice}"


def frames_to_arrays(tables: "Mapping[str, pd.DataFrame]") -> dict[str, Any]:
    """Data frames as arrays by "table/column"; a column that holds arrays becomes one entry for each of its rows."""
    arrays: dict[str, Any] = {}
    for table, frame in tables.items():
        for name, values in frame.items():
            key = f"{table}/{name}"
            if values.dtype != object:
                arrays[key] = values.to_numpy()
            elif len(values) and isinstance(values.iloc[0], np.ndarray):
                arrays |= {f"{key}/{row}": value for row, value in enumerate(values)}
            else:
                arrays[key] = np.array([str(value) for value in values], dtype=np.str_)
    return arrays


def arrays_to_frames(arrays: Mapping[str, Any], columns: Mapping[str, list[str]]) -> "dict[str, pd.DataFrame]":
    """The data frames again; `columns` are the names of the columns of every table, in order."""
    import pandas as pd

    frames = {}
    for table, names in columns.items():
        found: dict[str, Any] = {}
        for name in names:
            key = f"{table}/{name}"
            if key in arrays:
                values = arrays[key]
                found[name] = pd.Series(list(values), dtype=object) if values.dtype.kind == "U" else values
            else:
                rows = sorted((k for k in arrays if k.startswith(f"{key}/")), key=lambda k: int(k.rpartition("/")[2]))
                found[name] = pd.Series([arrays[k] for k in rows], dtype=object)
        frames[table] = pd.DataFrame(found)
    return frames


def refuse_unwritable(folder: Path) -> None:
    """Raises a ParameterError where a folder cannot be written, before anything is computed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as fault:
        raise ParameterError(_no_room(folder / "part", 1, fault)) from None
