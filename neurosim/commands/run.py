"""`neurosim run`: one question, or several side by side."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from neurosim.commands import EXIT_CHECK_FAILED
from neurosim.commands._options import OPTIONS, whole
from neurosim.lab.findings import FAILS, Finding, tally
from neurosim.lab.options import help_text, read_options
from neurosim.lab.question import ask
from neurosim.lab.question_files import find, questions
from neurosim.lab.reader import Reader
from neurosim.lab.reader import reader as reader_of
from neurosim.lab.result import Result
from neurosim.lab.runs import Request, command_line, replot, run_all
from neurosim.lab.telling import FailedError, say
from neurosim.params import ParameterError


def command(words: Sequence[str], folder: Path) -> int:
    """One question with options of its own, or several.

    Raises:
        ParameterError: words that are no such command.
        FailedError: a question of which some tasks could not be computed.
    """
    names = [word for word in words if not word.startswith("-")]
    if words and names[:1] == [words[0]] and (len(words) == 1 or words[1].startswith("-")):
        return run_one(find(words[0], folder), words[1:])
    reader = reader_of("neurosim run")
    reader.add_argument("names", nargs="*", metavar="QUESTION")
    reader.add_argument("--all", action="store_true")
    for flag in ("--quick", "--force", "--replot", "--dry-run", "--no-progress"):
        reader.add_argument(flag, action="store_true")
    _common(reader)
    given = reader.parse_args(words)
    if given.all == bool(given.names):
        raise ParameterError("run: give the names of questions, or --all")
    files = questions(folder) if given.all else [find(name, folder) for name in dict.fromkeys(given.names)]
    requests = [
        Request(question=q, parameters=q.settings(quick=given.quick), first=given.seed, quick=given.quick)
        for q in map(ask, files)
    ]
    if given.dry_run:
        print("\n".join([*(dry_run(request, given.out) for request in requests), _total(requests, given.out)]))
        return 0
    requests = _ready(requests, given.out)
    if given.replot:
        outcomes: list[Result | str] = [replot(request, given.out) for request in requests]
    else:
        outcomes = _carried_out(requests, given.out, given.jobs, given.force, not given.no_progress, given.cluster)
    print(_table(requests, outcomes) if requests else "nothing was run")
    print(f"folder  {given.out}")
    results = [outcome for outcome in outcomes if isinstance(outcome, Result)]
    return EXIT_CHECK_FAILED if len(results) < len(outcomes) or any(result.failed for result in results) else 0


def _ready(requests: Sequence[Request], out: Path) -> list[Request]:
    """Without those that need a trained network which is not here, and that did not finish before: a line on each."""
    lacking = ["" if request.folder(out).exists() else request.question.lacking for request in requests]
    for reason in filter(None, lacking):
        say(f"left out: {reason}")
    return [request for request, reason in zip(requests, lacking, strict=True) if not reason]


def run_one(path: Path, words: Sequence[str]) -> int:
    """One question with the options of a command line."""
    question = ask(path)
    if "--help" in words or "-h" in words:
        width = shutil.get_terminal_size((100, 24)).columns
        print(help_text(question, OPTIONS, width))
        return 0
    parameters, given = read_options(question, words, OPTIONS)
    out, quick = Path(given["out"]), given["quick"]
    request = Request(question=question, parameters=parameters, first=whole(given, "seed"), quick=quick)
    if given["dry_run"]:
        print(dry_run(request, out))
        return 0
    if given["replot"]:
        outcome: Result | str = replot(request, out)
    else:
        outcome = _carried_out(
            [request], out, whole(given, "jobs"), given["force"], given["progress"], given["cluster"]
        )[0]  # fmt: skip
    if isinstance(outcome, str):
        raise FailedError(outcome)
    return _print_result(outcome, command_line(request, out))


def _cost(request: Request, out: Path) -> tuple[int, int, float | None, int]:
    """Tasks of a run, how many of them are finished, seconds of computing left (None: unknown), memory of a worker."""
    from neurosim.lab.tasks import facts, tasks_of

    tasks = tasks_of(request.question, request.parameters, request.seeds)
    there = sum(task.part(out).exists() for task in tasks)
    known = [facts(path) for path in sorted((out / "parts" / request.question.name).glob("*.part"))[-5:]]
    if not known:
        return len(tasks), there, None, 0
    seconds, memory = (max((fact.get(name) or 0) for fact in known) for name in ("wall_s", "peak_memory_bytes"))
    return len(tasks), there, seconds * (len(tasks) - there), memory


def _total(requests: Sequence[Request], out: Path) -> str:
    """What all of them would cost together."""
    costs = [_cost(request, out) for request in requests]
    unknown = sum(seconds is None for _, _, seconds, _ in costs)
    known = sum(seconds or 0.0 for _, _, seconds, _ in costs)
    beside = f", and {unknown} of which nothing is known before the first run" if unknown else ""
    return (
        f"total: {len(requests)} question{'s' * (len(requests) > 1)}, {sum(count for count, *_ in costs)} tasks, "
        f"{sum(there for _, there, *_ in costs)} of them finished; {known:.3g} s of computing{beside}"
    )


def dry_run(request: Request, out: Path) -> str:
    """What would run, where it would go, and what it would cost as far as that is known."""
    count, there, seconds, memory = _cost(request, out)
    cost = "unknown before the first run"
    if seconds is not None:
        cost = f"{seconds:.3g} s of computing, {memory / 2**20:.0f} MiB per worker"
    full, mine = request.question.settings(), request.parameters
    changed = [f"{n}={getattr(mine, n)!r}" for n in mine.info() if getattr(mine, n) != getattr(full, n)]
    return "\n".join(
        (
            f"{request.question.name}: {request.question.title}",
            f"  parameters  {', '.join(changed) or 'those of the full run'}",
            f"  tasks       {count}, {there} of them finished",
            f"  estimate    {cost}",
            f"  folder      {request.folder(out)}",
        )
    )


def _carried_out(
    requests: Sequence[Request], out: Path, jobs: int, force: bool, progress: bool, cluster: str
) -> list[Result | str]:
    told = say if progress else (lambda text: None)
    if not cluster:
        return run_all(requests, out, jobs=jobs, force=force, told=told)
    from neurosim.lab.cluster import Cluster

    with Cluster(cluster) as pool:
        return run_all(requests, out, jobs=jobs, force=force, told=told, pool=pool)


def _common(reader: Reader) -> None:
    reader.add_argument("--out", type=Path, default=Path("results"))
    reader.add_argument("--jobs", type=int, default=0)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--cluster", default="")


def _table(requests: Sequence[Request], outcomes: Sequence[Result | str]) -> str:
    """A line per question: seconds, checks, answer; then why the broken ones broke."""
    lines, trouble = [], []
    width = max(len(request.question.name) for request in requests)
    for request, outcome in zip(requests, outcomes, strict=True):
        name = request.question.name.ljust(width)
        if isinstance(outcome, str):
            lines.append(f"{name}  did not finish")
            trouble.append(f"{request.question.name}:\n{outcome}")
            continue
        held, failed = tally(outcome.findings)
        wrong = (
            f", {failed} FAILED: {', '.join(f.id for f in outcome.findings if f.verdict == FAILS)}" if failed else ""
        )
        before = " (done before)" if outcome.reused else ""
        held_words = {0: "no check holds" if failed else "", 1: "1 check holds"}.get(held, f"{held} checks hold")
        lines.append(f"{name}  {outcome.run['wall_s']:6.1f} s{before}  {held_words}{wrong}".rstrip())
    return "\n".join([*lines, *trouble])


def _print_result(result: Result, repeat: str) -> int:
    for finding in result.findings:
        if finding.verdict == FAILS:
            print(f"check {finding.id} fails: {_failure(finding)}")
    if result.reused:
        print("finished before (checksums verified); --force runs it again")
    print(result.outcome)
    print(f"folder  {result.folder}")
    print(f"figure  {result.figure}")
    print(f"repeat  {repeat}")
    return EXIT_CHECK_FAILED if result.failed else 0


def _failure(finding: Finding) -> str:
    """The value of a failed check beside what was expected."""
    unit = "" if finding.unit == "1" else f" {finding.unit}"
    return f"{finding.value}{unit}, expected {finding.expected}{unit} ({finding.statement})"
