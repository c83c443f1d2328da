"""A result folder on disk: written completely or not at all, recognised by its checksums.

The finished folder `<chapter>/<question>/<digest>/` appears by one rename. Every file in it is written under a
temporary name, flushed, synced and moved into place.
"""

import hashlib
import json
import math
import os
from pathlib import Path
from typing import Any

from neurosim.files import sync_directory
from neurosim.files import write_bytes as write_bytes

MANIFEST = "manifest.json"
REPLACED = ".replaced"


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
    for old in final.parent.glob(f"{final.name}{REPLACED}-*"):  # also what a killed save has set aside
        shutil.rmtree(old, ignore_errors=True)


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
    """The finished folders below a question's results, oldest first; their checksums are not verified here."""
    if not root.is_dir():
        return []
    folders = [path for path in root.iterdir() if "." not in path.name and (path / MANIFEST).is_file()]
    return sorted(folders, key=lambda path: ((path / MANIFEST).stat().st_mtime_ns, path.name))
