"""A learning run on disk, from which it goes on bit for bit."""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.files import read_arrays, write_bytes
from neurosim.params import ParameterError
from neurosim.stimulus import Stimulus


def fingerprint(parts: Mapping[str, Any], stimulus: Stimulus) -> dict[str, str]:
    """What must be the same for a run to go on: a digest of every setting, by name."""
    result = {name: _hash(json.dumps(value, sort_keys=True, default=str).encode()) for name, value in parts.items()}
    state = hashlib.sha256(f"{stimulus.encoding} {stimulus.frame}".encode())
    for name, rates in sorted(stimulus.rates.items()):
        state.update(name.encode() + str(rates.shape).encode() + np.ascontiguousarray(rates).tobytes())
    state.update(np.ascontiguousarray(stimulus.identity).tobytes())
    result["stimulus"] = state.hexdigest()
    return result


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(path: Path, facts: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write numbers and arrays so that the file is always whole."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, facts=np.array(json.dumps(facts)), **arrays)
    write_bytes(path, buffer.getvalue())


def checked(given: str | Path) -> Path:
    """The path, if a checkpoint can be written there; asked before anything is learned.

    Raises:
        ParameterError: a folder, or a file in a folder that does not exist.
    """
    path = Path(given)
    if path.is_dir():
        raise ParameterError(f"learn: checkpoint: got the folder {path}, expected a file, such as {path / 'run.npz'}")
    if not path.parent.is_dir():
        raise ParameterError(
            f"learn: checkpoint: got {path}, expected a file in a folder that exists; make {path.parent} first"
        )
    return path


def read(path: Path, expected: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]] | None:
    """What was written, or None where there is no file yet.

    Raises:
        ParameterError: the file is no checkpoint, or that of another run; the message names what differs.
    """
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        facts = json.loads(str(arrays.pop("facts")))
        found = facts["fingerprint"]
    except Exception as error:
        raise ParameterError(
            f"{path}: no checkpoint of a learning run, or a damaged one ({error}); remove it to start again"
        ) from None
    different = sorted(name for name in expected if found.get(name) != expected[name])
    if different:
        raise ParameterError(
            f"{path}: the checkpoint belongs to another run ({', '.join(different)} differ); "
            "give another file, or remove it to start again"
        )
    return facts, arrays
