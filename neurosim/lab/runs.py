"""Running questions: which tasks a run needs, who computes them, and what is published when the last one is done."""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim.lab.claims import statements
from neurosim.lab.code import code_of
from neurosim.lab.outcome import folder_of, redraw
from neurosim.lab.provenance import available_cores
from neurosim.lab.question import Question, ask
from neurosim.lab.remaining import Remaining, in_words
from neurosim.lab.result import Result, read_result
from neurosim.lab.storage import damage, finished, plain_json
from neurosim.lab.store import refuse_unwritable
from neurosim.lab.tasks import Task, tasks_of
from neurosim.lab.telling import FailedError, say, silent, stamp
from neurosim.lab.workers import Job, Workers
from neurosim.params import ParameterError, Params
from neurosim.real.table import NotFetchedError


@dataclass(frozen=True, kw_only=True)
class Request:
    """One run of a question."""

    question: Question
    parameters: Params
    first: int = 0
    """Seed of the first replicate."""
    quick: bool = False
    command: str = ""

    @property
    def seeds(self) -> range:
        """Seeds of its replicates."""
        return self.question.seeds(self.parameters, self.first)

    def folder(self, out: Path) -> Path:
        """Where its result lies, or will lie."""
        return folder_of(self.question, self.parameters, self.seeds, out)


def run(
    question: Question | Path | str,
    parameters: Params | None = None,
    *,
    quick: bool = False,
    first: int = 0,
    out: Path | str = "results",
    jobs: int = 0,
    force: bool = False,
    progress: bool = True,
    **changes: Any,
) -> Result:
    """Run a question, or return its result if exactly this run is finished already.

    Args:
        question: a question, or the path of its file.
        parameters: its `Parameters`; None for its defaults (with `quick` those of the short run), with `changes`.
        quick: whether this counts as a short run.
        first: seed of the first replicate.
        out: folder of all results; this one goes to `<out>/<chapter>/<question>/<digest>/`.
        jobs: workers; 0 for one per core.
        force: compute again even what is there.
        progress: False for silence.

    Raises:
        ParameterError: the question breaks its contract, or a parameter does not fit.
        FailedError: a task could not be computed; finished ones are kept.
    """
    question = question if isinstance(question, Question) else ask(question)
    parameters = question.settings(quick=quick, **changes) if parameters is None else parameters
    request = Request(question=question, parameters=parameters, first=first, quick=quick)
    outcome = run_all([request], Path(out), jobs=jobs, force=force, told=say if progress else silent)[0]
    if isinstance(outcome, str):
        raise FailedError(outcome)
    return outcome


def run_all(
    requests: Sequence[Request],
    out: Path,
    *,
    jobs: int = 0,
    force: bool = False,
    told: Callable[[str], None],
    pool: Any = None,
) -> list[Result | str]:
    """Run several questions side by side, task by task; a result for each, or a sentence on what went wrong.

    Args:
        requests: what to run.
        out: folder of all results.
        jobs: workers; 0 for one per core.
        force: compute again even what is there.
        told: hears a line on everything that ends or has to wait.
        pool: workers of another kind (see [neurosim.lab.cluster][]).
    """
    refuse_unwritable(out)
    fresh = [force or not _finished(request.folder(out), told) for request in requests]
    plans = [plan(request, out, force) if new else ([], None) for request, new in zip(requests, fresh, strict=True)]
    every = [job for tasks, _ in plans for job in tasks] + [last for _, last in plans if last]
    compute(every, jobs=jobs, told=told, pool=pool)
    return [
        _result(request, out, tasks, last) for request, (tasks, last) in zip(requests, plans, strict=True)
    ]  # fmt: skip


def plan(request: Request, out: Path, force: bool = False) -> tuple[list[Job], Job]:
    """The jobs of a run: its tasks, and the conclusion after them.

    Raises:
        NotFetchedError: the question needs a trained network that is not here.
    """
    refuse_unready(request.question)
    statements(request.question.path.parents[1] / "claims.csv")  # a faulty ledger is refused before hours of computing
    tasks = [job_of(task, out, force) for task in tasks_of(request.question, request.parameters, request.seeds)]
    what = {
        "kind": "conclude", "path": str(request.question.path), "out": str(out),
        "parameters": _json(request.parameters), "first": request.first, "count": len(request.seeds),
        "quick": request.quick, "command": request.command or command_line(request, out),
        "code": code_of(request.question.path),
    }  # fmt: skip
    return tasks, Job(what, f"{request.question.name}: figure", tuple(tasks))


def refuse_unready(question: Question) -> None:
    """Raise NotFetchedError if a trained network that a question needs is not here."""
    if reason := question.lacking:
        raise NotFetchedError(reason)


def job_of(task: Task, out: Path, force: bool = False) -> Job:
    """A task as a worker gets it."""
    what = {
        "kind": "task", "path": str(task.path), "out": str(out), "parameters": _json(task.parameters),
        "seed": task.seed, "code": task.code, "again": force,
    }  # fmt: skip
    return Job(what, f"{task.name}: seed {task.seed}")


def compute(jobs_to_do: Sequence[Job], *, jobs: int, told: Callable[[str], None], pool: Any = None) -> None:
    """Have all jobs done, and say what comes of each."""
    if not jobs_to_do:
        return
    cores = available_cores()
    count = min(jobs or cores, sum(job.what["kind"] == "task" for job in jobs_to_do) or 1)
    started, done, remaining = time.monotonic(), 0, Remaining(jobs_to_do, count)

    def heard(job: Job) -> None:
        nonlocal done
        if not job.ended:
            told(f"{stamp()}waiting: {job.reply['text']}")
            return
        done += 1
        now = time.monotonic()
        remaining.ended(job, now - (job.begun or now))
        word = {"done": "done", "refused": "refused", "skipped": "left out"}.get(job.state, job.state)
        left = in_words(remaining.seconds()) if done < len(jobs_to_do) else ""
        told(f"{stamp()}[{done}/{len(jobs_to_do)}] {now - started:5.0f} s{left}  {job.label}: {word}")

    with contextlib.ExitStack() as stack:
        workers = pool or stack.enter_context(Workers(max(1, count), cores))
        workers.run(jobs_to_do, heard)


def replot(request: Request, out: Path) -> Result:
    """Answer, findings, figure and caption again, from the newest result with these parameters, whatever code made it.

    Raises:
        ParameterError: there is none.
    """
    wanted = _json(request.parameters)
    for folder in reversed(finished(out / request.question.name)):
        if damage(folder):
            continue
        earlier = read_result(folder, verify=False)
        values = {name: entry["value"] for name, entry in earlier.parameters.items()}
        if values == wanted and earlier.run["seeds"] == [request.first, len(request.seeds)]:
            return read_result(redraw(request.question, folder), verify=False)
    raise ParameterError(
        f"--replot: {out / request.question.name} has no undamaged result with these parameters and seeds; run it first"
    )


def command_line(request: Request, out: Path) -> str:
    """The shortest command that repeats a run."""
    import shlex

    question, words = request.question, ["neurosim", "run", request.question.name]
    if not _in_collection(question.path):
        words[2] = str(question.path)
    words += ["--quick"] if request.quick else []
    reference = question.settings(quick=request.quick)
    for name in request.parameters.info():
        value = getattr(request.parameters, name)
        if value == getattr(reference, name):
            continue
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        else:
            words += [flag, *(map(repr, value) if isinstance(value, tuple) else [str(value)])]
    words += ["--seed", str(request.first)] if request.first else []
    words += ["--out", str(out)] if out != Path("results") else []
    return shlex.join(words)


def _in_collection(path: Path) -> bool:
    return path.parents[1].name == "experiments"


def _json(parameters: Params) -> dict[str, Any]:
    values: dict[str, Any] = plain_json({name: getattr(parameters, name) for name in parameters.info()})
    return values


def _finished(folder: Path, told: Callable[[str], None]) -> bool:
    if not folder.exists():
        return False
    if fault := damage(folder):
        told(f"{folder} is not used: {fault}; it is made again")
    return not fault


def _result(request: Request, out: Path, tasks: list[Job], last: Job | None) -> Result | str:
    if last is None:
        return read_result(request.folder(out), reused=True, verify=False)
    if last.state == "done":
        return read_result(Path(last.reply["folder"]), verify=False)
    failed = [job for job in (*tasks, last) if job.state in ("refused", "broke")]
    words = [f"{job.label}: {job.reply['text'].strip()}" for job in failed[:3]]
    more = f"\n({len(failed) - 3} more like these)" if len(failed) > 3 else ""
    kept = sum(job.state == "done" for job in tasks)
    kept_words = f"\n{kept} of {len(tasks)} tasks are finished and kept." if kept else ""
    return "\n".join(words) + more + kept_words
