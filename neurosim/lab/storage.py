"""A result folder on disk: claimed by one run, written completely or not at all, recognised by its checksums.

`<root>/<digest>.partial/` is the claim and the place of work; it is made with mkdir, which only one of several
processes can do, and carries the process that owns it. The finished folder `<root>/<digest>/` appears by one rename.
Every file is written under a temporary name, flushed, synced and moved into place.
"""

import hashlib
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurosim.files import sync_directory
from neurosim.files import write_bytes as write_bytes
from neurosim.params import ParameterError

MANIFEST = "manifest.json"
OWNER = ".owner.json"
PARTIAL, FAILED, REPLACED = ".partial", ".failed", ".replaced"


def write_json(path: Path, value: Any) -> None:
    """Write JSON without NaN literals: a number that is none becomes null, an infinite one the text "inf" or "-inf"."""
    write_bytes(path, (json.dumps(plain_json(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def plain_json(value: Any) -> Any:
    """The value with only what JSON knows: NumPy numbers and arrays become plain ones, NaN None, infinities text."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return None if math.isnan(value) else str(value) if math.isinf(value) else value
    if isinstance(value, dict):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_json(item) for item in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def claim(root: Path, digest: str, *, waiting: Callable[[int], None] = lambda pid: None) -> Path:
    """Claim `<root>/<digest>.partial` for this process; while a living process holds it, wait.

    Claims of dead processes are cleared away first.

    Args:
        root: folder of the experiment's results; made when missing.
        digest: name of the result.
        waiting: told once, with the process id, when another run holds the claim.

    Raises:
        ParameterError: a process on another machine holds the claim; nobody here can tell whether it still runs.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder = root / f"{digest}{PARTIAL}"
    told = False
    while True:
        with _exclusive(root):
            _clear_abandoned(root)
            try:
                folder.mkdir()
            except FileExistsError:
                pass
            else:
                write_json(folder / OWNER, _this_process())
                return folder
        owner = _owner(folder)
        if owner and owner.get("host") != _host():
            raise ParameterError(
                f"{folder} is held by a process on {str(owner.get('host'))[:80]!r}, which cannot be asked from here; "
                "if no run is going on there, delete this folder"
            )
        if not told:
            waiting(owner.get("pid", 0))
            told = True
        time.sleep(0.1)


def publish(partial: Path) -> Path:
    """Turn a claimed folder into the finished one: checksums, then one rename. Returns the finished folder."""
    final = partial.with_name(partial.name.removesuffix(PARTIAL))
    replaced = final.with_name(final.name + REPLACED)
    files = sorted(path for path in partial.iterdir() if path.is_file() and not path.name.startswith("."))
    write_json(partial / MANIFEST, {path.name: checksum(path) for path in files if path.name != MANIFEST})
    with _exclusive(final.parent):
        (partial / OWNER).unlink()
        if final.exists():
            os.rename(final, replaced)
        os.rename(partial, final)
        sync_directory(final.parent)
        _remove(replaced)
        _remove(final.with_name(final.name + FAILED))
    return final


def publish_files(partial: Path, final: Path) -> None:
    """Checksums of all files of a folder, then one rename; an earlier folder of that name is replaced."""
    import shutil

    files = sorted(path for path in partial.iterdir() if path.name != MANIFEST and not path.name.startswith("."))
    write_json(partial / MANIFEST, {path.name: checksum(path) for path in files})
    replaced = final.with_name(f"{final.name}{REPLACED}-{os.getpid()}")
    if final.exists():
        os.rename(final, replaced)
    os.rename(partial, final)
    sync_directory(final.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def keep_failed(partial: Path) -> Path:
    """Keep what a run had written before it broke, under a name that is never mistaken for a result."""
    failed = partial.with_name(partial.name.removesuffix(PARTIAL) + FAILED)
    with _exclusive(partial.parent):
        _remove(failed)
        (partial / OWNER).unlink()
        os.rename(partial, failed)
    return failed


def release(partial: Path) -> None:
    """Give up a claim and everything in it."""
    with _exclusive(partial.parent):
        _remove(partial)


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damage(folder: Path) -> str:
    """Why a folder is no finished result ("" if it is): every file of the manifest must be there, unchanged."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "it has no manifest"
    except ValueError:
        return "its manifest is unreadable"
    if not isinstance(manifest, dict) or not manifest:
        return "its manifest lists nothing"
    for name, expected in manifest.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if checksum(path) != expected:
            return f"{name} was changed after it was written"
    return ""


def finished(root: Path) -> list[Path]:
    """The finished folders below an experiment's results, oldest first; their checksums are not verified here."""
    if not root.is_dir():
        return []
    folders = [path for path in root.iterdir() if "." not in path.name and (path / MANIFEST).is_file()]
    return sorted(folders, key=lambda path: ((path / MANIFEST).stat().st_mtime_ns, path.name))


def _clear_abandoned(root: Path) -> None:
    for path in root.iterdir():
        final = path.with_name(path.name.removesuffix(REPLACED))
        if path.name.endswith(REPLACED) and not final.exists():
            os.rename(path, final)  # killed between the two renames of publish: the old result is still whole
        elif path.name.endswith(REPLACED) or (path.name.endswith(PARTIAL) and not _alive(_owner(path))):
            _remove(path)


def _owner(folder: Path) -> dict[str, Any]:
    try:
        owner = json.loads((folder / OWNER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def _host() -> str:
    import platform

    return platform.node()


def _alive(owner: dict[str, Any]) -> bool:
    if not owner:
        return False  # the claim and its owner are written under the lock, so a claim without owner died right there
    if owner.get("host") != _host():
        return True  # nobody here can tell; the message names the folder to delete
    pid = owner.get("pid")
    if type(pid) is not int or not 0 < pid < 2**31:
        return False  # no process has such a number
    if sys.platform != "win32":
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
    return owner.get("started") == _start_time(pid)


def _this_process() -> dict[str, Any]:
    return {"pid": os.getpid(), "started": _start_time(os.getpid()), "host": _host()}


def _start_time(pid: int) -> str | None:
    """When the process started, as the kernel counts: a recycled process id is another process (Linux only)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return None


def _remove(folder: Path) -> None:
    import shutil

    if folder.exists():
        shutil.rmtree(folder)


@contextmanager
def _exclusive(root: Path) -> Iterator[None]:
    """A lock that the system itself releases when the process dies; held for moments, never while computing."""
    with (root / ".lock").open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
