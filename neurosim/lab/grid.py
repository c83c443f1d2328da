"""A grid of parameters over the same tasks: one tidy table with the swept parameters as columns, one figure."""

import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.lab.code import code_of
from neurosim.lab.options import value_of
from neurosim.lab.question import Question, ask
from neurosim.lab.runs import Request, compute, job_of, refuse_unready
from neurosim.lab.storage import publish_files, write_bytes, write_json
from neurosim.lab.store import refuse_unwritable
from neurosim.lab.tasks import facts, gather, tasks_of, values_of
from neurosim.lab.telling import FailedError, say, silent
from neurosim.params import ParameterError, Params

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A question over a grid of parameters."""

    question: Question
    base: Params
    over: Mapping[str, tuple[Any, ...]]
    first: int = 0

    def points(self) -> Iterator[tuple[dict[str, Any], Request]]:
        """The swept values and the run of each point of the grid."""
        for values in itertools.product(*self.over.values()):
            point = dict(zip(self.over, values, strict=True))
            yield point, Request(question=self.question, parameters=self.base.replace(**point), first=self.first)

    def folder(self, out: Path) -> Path:
        """Where its table and figure lie."""
        content = {
            "code": code_of(self.question.path), "base": values_of(self.base), "first": self.first,
            "over": {name: list(values) for name, values in self.over.items()}, "seeds": getattr(self.base, "seeds", 1),
        }  # fmt: skip
        return out / self.question.name / f"sweep-{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}"


def sweep(
    question: Question | Path | str,
    over: Mapping[str, Sequence[Any]],
    *,
    seeds: int | None = None,
    quick: bool = False,
    first: int = 0,
    table: str | None = None,
    out: Path | str = "results",
    jobs: int = 0,
    progress: bool = True,
    **changes: Any,
) -> "pd.DataFrame":
    """Run a question on every combination of some parameters' values; one row per point, seed and row of its table.

    Args:
        question: a question, or the path of its file.
        over: values by parameter.
        seeds: replicates at every point; the question's own number when left out.
        quick: whether the other parameters are those of the short run.
        first: seed of the first replicate.
        table: which of its tables; the first when left out.
        out: folder of all results.
        jobs: workers; 0 for one per core.
        progress: False for silence.
        changes: parameters that differ from the question's everywhere.

    Raises:
        ParameterError: a parameter that does not exist or cannot take a value.
        FailedError: a task could not be computed; finished ones are kept.
    """
    made = make(question if isinstance(question, Question) else ask(question), over, seeds, quick, first, changes)
    return carry_out(made, Path(out), jobs=jobs, told=say if progress else silent)[_table(made.question, table)]


def make(
    question: Question, over: Mapping[str, Sequence[Any]], seeds: int | None, quick: bool, first: int,
    changes: Mapping[str, Any],
) -> Sweep:  # fmt: skip
    """The checked sweep: every value of every parameter is tried before anything runs."""
    if not over:
        raise ParameterError("sweep: got nothing to sweep over, expected at least one parameter with its values")
    if seeds is not None:
        if not question.random:
            raise ParameterError(f"sweep: {question.name} has no randomness and so one replicate; leave seeds out")
        changes = {**changes, "seeds": seeds}
    base = question.settings(quick=quick, **changes)
    checked = {}
    for name, values in over.items():
        if name == "seeds":
            raise ParameterError(
                "sweep: seeds are replicates of every point, not swept; give their number with --seeds"
            )
        if name in changes or not len(values):
            raise ParameterError(f"sweep: {name}: expected values to sweep over, given once")
        default = getattr(question.settings(**{name: getattr(base, name)} if hasattr(base, name) else {name: 0}), name)
        checked[name] = tuple(getattr(base.replace(**{name: value_of(value, default)}), name) for value in values)
    return Sweep(question=question, base=base, over=checked, first=first)


def cost(made: Sweep, out: Path) -> str:
    """What a sweep is going to cost, in words: how many tasks, and how long where one like them has run."""
    tasks = [
        task for _, request in made.points() for task in tasks_of(made.question, request.parameters, request.seeds)
    ]
    missing = [task for task in tasks if not task.part(out).exists()]
    known = [facts(path)["wall_s"] for path in sorted((out / "parts" / made.question.name).glob("*.part"))[-20:]]
    guess = f", some {len(missing) * sum(known) / len(known):.3g} s of computing" if known and missing else ""
    points = len(list(made.points()))
    return (
        f"{made.question.name}: {points} points x {len(tasks) // points} seeds = {len(tasks)} tasks, "
        f"{len(missing)} of them to compute{guess}"
    )


def carry_out(
    made: Sweep, out: Path, *, jobs: int, told: Callable[[str], None], pool: Any = None
) -> "dict[str, pd.DataFrame]":  # fmt: skip
    """Compute what is missing, and gather every table with the swept parameters in front."""
    import pandas as pd

    refuse_unwritable(out)
    refuse_unready(made.question)
    told(cost(made, out))
    points = [
        (point, tasks_of(made.question, request.parameters, request.seeds)) for point, request in made.points()
    ]  # fmt: skip
    every = [job_of(task, out) for _, tasks in points for task in tasks]
    compute(every, jobs=jobs, told=told, pool=pool)
    failed = [job for job in every if job.state != "done"]
    if failed:
        raise FailedError("\n".join(f"{job.label}: {job.reply.get('text', job.state).strip()}" for job in failed[:3]))
    frames: dict[str, list[pd.DataFrame]] = {}
    for point, tasks in points:
        tables, _ = gather(tasks, out, random=made.question.random)
        for name, frame in tables.items():
            for at, (parameter, value) in enumerate(point.items()):
                if parameter in frame:
                    raise ParameterError(f"sweep: the table {name} has a column {parameter!r} of its own")
                frame.insert(at, parameter, [value] * len(frame))
            frames.setdefault(name, []).append(frame)
    return {name: pd.concat(parts, ignore_index=True) for name, parts in frames.items()}


def publish(made: Sweep, tables: "Mapping[str, pd.DataFrame]", out: Path, command: str) -> Path:
    """Tables and figure of a sweep in one folder, published by one rename."""
    from neurosim.lab.drawing import draw_grid
    from neurosim.plots import save_figure

    final = made.folder(out)
    partial = final.with_name(f"{final.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        for name, frame in tables.items():
            plain = frame[[column for column in frame if not _holds_arrays(frame[column])]]
            write_bytes(partial / f"{name}.csv", plain.to_csv(index=False, lineterminator="\n").encode())
        save_figure(draw_grid(made, tables), partial / "figure")
        over = {name: list(values) for name, values in made.over.items()}
        write_json(partial / "sweep.json", {"question": made.question.name, "over": over, "command": command})
        publish_files(partial, final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return final


def _holds_arrays(column: Any) -> bool:
    return column.dtype == object and len(column) > 0 and not isinstance(column.iloc[0], str)


def _table(question: Question, name: str | None) -> str:
    from neurosim.registry import unknown_name

    known = [table.name() for table in question.tables]
    if name is not None and name not in known:
        raise unknown_name(f"table of {question.name}", name, known)
    return name or known[0]
