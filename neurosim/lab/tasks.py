"""A task: one question, one set of parameters, one seed, one state of the code. Its part on disk is found by these."""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.lab.laboratory import Lab
from neurosim.lab.provenance import peak_memory
from neurosim.lab.question import Question, ask
from neurosim.lab.rows import tables_of
from neurosim.lab.storage import plain_json
from neurosim.lab.store import arrays_to_frames, claimed, frames_to_arrays, is_there, read_part, write_part
from neurosim.params import Params
from neurosim.version import __version__

if TYPE_CHECKING:
    import pandas as pd

_PACKAGE = Path(__file__).resolve().parents[1]
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([\w.]+)", re.MULTILINE)
_WITHOUT_NUMBERS = ("report", "plots")
"""Folders of the package that no number depends on."""


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
    code = code_of(question.path)
    return [Task(question.path, question.name, parameters, seed, code) for seed in seeds]


def values_of(parameters: Params) -> dict[str, Any]:
    """The parameters of a task as JSON knows them: how many seeds there are does not matter to one of them."""
    values: dict[str, Any] = plain_json(
        {name: getattr(parameters, name) for name in parameters.info() if name != "seeds"}
    )
    return values


def code_of(path: Path) -> str:
    """Digest of the code that a question's numbers depend on.

    Its own file, what its chapter shares (files with an underscore), what the chapters share from which these import,
    and the package without reports and plots.
    """
    contents, chapters = [path.read_bytes()], [path.parent]
    for chapter in chapters:  # grows while it is gone through
        contents += [each.read_bytes() for each in sorted(chapter.glob("_*.py"))]
        chapters += [other for other in _imported(contents, path.parents[1]) if other not in chapters]
    return hashlib.sha256(b"\0".join(contents) + package_code().encode()).hexdigest()[:16]


def _imported(contents: list[bytes], root: Path) -> list[Path]:
    """The chapters below a folder that these files import from, in order of their names."""
    names = {name.decode() for content in contents for name in _IMPORT.findall(content)}
    within = [name.lstrip(".").removeprefix(f"{root.name}.").split(".")[0] for name in names]
    return [root / name for name in sorted(set(within)) if name not in ("", root.name) and (root / name).is_dir()]


@cache
def package_code() -> str:
    """Digest of version and source of the package, names included."""
    total = hashlib.sha256(__version__.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        name = path.relative_to(_PACKAGE)
        if name.parts[0] not in _WITHOUT_NUMBERS:
            total.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


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
