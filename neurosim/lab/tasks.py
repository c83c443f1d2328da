"""A task: one question, one set of parameters, one seed, one state of the code. Its part on disk is found by these."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.lab.code import numbers_code
from neurosim.lab.laboratory import Lab
from neurosim.lab.provenance import peak_memory
from neurosim.lab.question import Question, ask
from neurosim.lab.rows import tables_of
from neurosim.lab.storage import plain_json
from neurosim.lab.store import arrays_to_frames, claimed, frames_to_arrays, is_there, read_part, write_part
from neurosim.params import Params

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Task:
    """One replicate of a question."""

    path: Path
    name: str
    parameters: Params
    seed: int
    code: str

    @property
    def id(self) -> str:
        """Its name on disk."""
        content = {
            "question": self.name,
            "seed": self.seed,
            "code": self.code,
            "parameters": values_of(self.parameters),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]

    def part(self, out: Path) -> Path:
        """Where its part lies, or will lie."""
        return out / "parts" / self.name / f"{self.id}.part"


def tasks_of(question: Question, parameters: Params, seeds: range) -> list[Task]:
    """The tasks of one run."""
    code = numbers_code(question.path)
    return [Task(question.path, question.name, parameters, seed, code) for seed in seeds]


def values_of(parameters: Params) -> dict[str, Any]:
    """The parameters of a task as JSON knows them: how many seeds there are does not matter to one of them."""
    values: dict[str, Any] = plain_json(
        {name: getattr(parameters, name) for name in parameters.info() if name != "seeds"}
    )
    return values


def perform(task: Task, out: Path, *, again: bool = False) -> Mapping[str, Any]:
    """Compute a task and store its part, unless it is there already; returns what is known of how it went.

    Raises:
        BusyError: another process is computing it.
        StorageError: it could not be stored.
    """
    path = task.part(out)
    with claimed(path):
        if not again and is_there(path):
            return facts(path)
        question = ask(task.path)
        lab = Lab(task.parameters, task.seed, out)
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        wall, cpu = time.perf_counter(), time.process_time()
        tables = tables_of(question.compute(task.parameters, task.seed, lab), question.tables, question.name)
        meta = {
            "question": task.name,
            "seed": task.seed,
            "code": task.code,
            "parameters": values_of(task.parameters),
            "columns": {name: list(frame) for name, frame in tables.items()},
            "started": started,
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "peak_memory_bytes": peak_memory(),
            "notes": lab.notes,
            "shared": lab.shared,
        }
        write_part(path, frames_to_arrays(tables), plain_json(meta))
        return meta


def facts(path: Path) -> dict[str, Any]:
    """What a part knows of how it was made."""
    found = read_part(path)
    return found[1] if found else {}


def gather(tasks: list[Task], out: Path, *, random: bool) -> "tuple[dict[str, pd.DataFrame], list[dict[str, Any]]]":
    """The tables of some tasks, one below the other with a column `seed` in front, and the facts of every part.

    Raises:
        FileNotFoundError: a part is missing or damaged.
    """
    import pandas as pd

    frames: dict[str, list[pd.DataFrame]] = {}
    every = []
    for task in tasks:
        found = read_part(task.part(out))
        if found is None:
            raise FileNotFoundError(f"{task.part(out)}: the part of seed {task.seed} is missing or damaged")
        arrays, meta = found
        every.append(meta)
        for name, frame in arrays_to_frames(arrays, meta["columns"]).items():
            if random:
                frame.insert(0, "seed", task.seed)
            frames.setdefault(name, []).append(frame)
    return {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}, every
