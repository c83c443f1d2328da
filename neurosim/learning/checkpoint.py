"""A learning run on disk, from which it goes on bit for bit."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.files import brief, check_writable, read_arrays, read_json, write_arrays
from neurosim.learning.presentations import Presentations
from neurosim.learning.state import named
from neurosim.params import ParameterError
from neurosim.reading import a_path
from neurosim.stimuli.stimulus import Stimulus


def save(run: Presentations, file: Path) -> None:
    """Write the checkpoint of a run."""
    state, arrays = run.state, run.state.arrays()
    arrays |= {f"history.{name}": values for name, values in run.history().items()}
    for number, kept in run.kept.items():
        arrays |= {f"kept{number}.weights.{name}": kept.projection(name).dense() for name in state.weights}
        arrays |= {f"kept{number}.bias.{name}": kept.population(name).bias for name in state.bias}
    facts = {**state.facts(), "kept": sorted(run.kept), "fingerprint": _fingerprint_of(run)}
    write(file, facts, arrays)


def restore(run: Presentations, file: Path) -> None:
    """Go on from a checkpoint, where there is one."""
    found = read(file, _fingerprint_of(run), run.state.arrays(), run.total)
    if found is None:
        return
    facts, arrays = found
    old = run.state
    run.state = old.restored(facts, arrays, run.changes.give)
    names = [name.removeprefix("history.") for name in arrays if name.startswith("history.")]
    columns = [arrays[f"history.{name}"].tolist() for name in names]
    run.rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    for number in facts["kept"]:
        weights = named(arrays, f"kept{number}.weights.", old.weights)
        run.kept[number] = run.changes.as_given(weights, named(arrays, f"kept{number}.bias.", old.bias))


def _fingerprint_of(run: Presentations) -> dict[str, str]:
    parts = {
        "circuit": run.circuit.digest,
        "cells": {name: cell.as_dict() for name, cell in run.job.given_cells.items()},
        "schedule": run.job.schedule.as_dict(),
        "settings": [run.seed, run.batch, run.total, run.shuffle, sorted(run.keep)],
        "engine": run.engine.as_dict(),
        "learned": {n: {v: a.tolist() for v, a in part.items()} for n, part in run.job.learned.items()},
        "readout": None if run.readout is None else run.readout.as_dict(),
    }
    return fingerprint(parts, run.stimulus)


def fingerprint(parts: Mapping[str, Any], stimulus: Stimulus) -> dict[str, str]:
    """What must be the same for a run to go on: a digest of every setting, by name."""
    result = {name: _hash(json.dumps(value, sort_keys=True, default=str).encode()) for name, value in parts.items()}
    state = hashlib.sha256(f"{stimulus.encoding} {stimulus.frame}".encode())
    for name, rates in sorted(stimulus.rates.items()):
        state.update(name.encode() + str(rates.shape).encode() + np.ascontiguousarray(rates).tobytes())
    for spikes in stimulus.given.values():
        state.update(spikes.times.tobytes() + spikes.units.tobytes() + spikes.trials.tobytes())
    state.update(np.ascontiguousarray(stimulus.identity).tobytes())
    result["stimulus"] = state.hexdigest()
    return result


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(path: Path, facts: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write numbers and arrays so that the file is always whole."""
    write_arrays(path, {"facts": np.array(json.dumps(facts)), **arrays}, compress=False)


def checked(given: str | Path) -> Path:
    """The path, if a checkpoint can be written there; asked before anything is learned.

    Raises:
        ParameterError: a folder, a file in a folder that does not exist, or one that the system refuses to write.
    """
    path = a_path(given, "learn: checkpoint")
    try:
        if path.is_dir():
            raise ParameterError(
                f"learn: checkpoint: got the folder {path}, expected a file, such as {path / 'run.npz'}"
            )
        if not path.parent.is_dir():
            raise ParameterError(
                f"learn: checkpoint: got {path}, expected a file in a folder that exists; make {path.parent} first"
            )
        check_writable(path)
    except OSError as fault:
        raise ParameterError(f"learn: checkpoint: {fault.strerror or fault}; give a file that can be written") from None
    return path


def read(
    path: Path, expected: Mapping[str, str], like: Mapping[str, npt.NDArray[Any]], most: int
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]] | None:
    """What was written, or None where there is no file yet.

    Args:
        path: the file.
        expected: the fingerprint of the run that wants to go on.
        like: arrays that it must hold, with the shapes and types that the run has for them.
        most: number of batches in the run.

    Raises:
        ParameterError: the file is no checkpoint, or that of another run; the message names what differs.
    """
    if not path.exists():
        return None
    try:
        arrays = read_arrays(path)
        facts = read_json(arrays, "facts")
        del arrays["facts"]
        found = dict(facts["fingerprint"])
        different = sorted(name for name in expected if found.get(name) != expected[name])
        if not different:
            _check(facts, arrays, like, most)
    except Exception as error:
        reason = f"it lacks {brief(error)}" if isinstance(error, KeyError) else brief(error)
        raise ParameterError(
            f"{path}: no checkpoint of a learning run, or a damaged one ({reason}); remove it to start again"
        ) from None
    if different:
        raise ParameterError(
            f"{path}: the checkpoint belongs to another run ({', '.join(different)} differ); "
            "give another file, or remove it to start again"
        )
    return facts, arrays


def _check(
    facts: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], like: Mapping[str, npt.NDArray[Any]], most: int
) -> None:
    """Numbers and arrays are those that a run of this fingerprint writes, as far as shapes and types tell."""
    batches, kept = facts["batches"], facts["kept"]
    if type(batches) is not int or not 0 <= batches <= most:
        raise ParameterError(f"it has learned {batches!r} of {most} batches")
    if not isinstance(kept, list) or not all(type(number) is int and 0 <= number <= batches for number in kept):
        raise ParameterError(f"it keeps the snapshots {kept!r}, expected numbers of batches")
    for name in ("wall", "inside"):
        if type(facts[name]) not in (int, float) or not 0 <= facts[name] < math.inf:
            raise ParameterError(f"its number {name!r} is {facts[name]!r}")
    snapshots = {
        f"kept{number}.{name}": array
        for number in kept
        for name, array in like.items()
        if name.startswith(("weights.", "bias."))
    }
    for name, array in {**like, **snapshots}.items():
        if (arrays[name].shape, arrays[name].dtype) != (array.shape, array.dtype):
            raise ParameterError(f"{name!r} is {arrays[name].dtype} of shape {arrays[name].shape}")
    for name, array in arrays.items():
        if name.startswith("history.") and (array.shape, array.dtype.kind) != ((batches,), "f"):
            raise ParameterError(f"{name!r} is {array.dtype} of shape {array.shape}, expected {batches} numbers")
