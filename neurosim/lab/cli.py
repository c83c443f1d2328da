"""`neurosim list | run | sweep | report | record | verify | compare | cite | new | real`, carried out."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neurosim.lab.findings import FAILS, Finding, tally
from neurosim.lab.interrupt import exit_code, interruptible
from neurosim.lab.options import OWN, Option, help_text, read_options
from neurosim.lab.question import ask, name_of, questions, title_of
from neurosim.lab.reader import Reader
from neurosim.lab.reader import reader as reader_of
from neurosim.lab.real_command import real
from neurosim.lab.result import Result
from neurosim.lab.runs import FailedError, Request, command_line, replot, run_all, say
from neurosim.params import DimensionError, ParameterError
from neurosim.registry import unknown_name

EXIT_CHECK_FAILED, EXIT_BAD_INPUT = 1, 2

USAGE = """usage: neurosim COMMAND [options]

  list                               every question, by chapter
  run QUESTION [options]             one question; its options: neurosim run QUESTION --help
  run QUESTION ... | --all [--quick] several, side by side
  sweep QUESTION --over NAME=A,B,... [--over ...] [--seeds N]
                                     a grid of parameters: one table, one figure
  report                             one HTML page of all results
  record                             the verdicts of the full runs, into experiments/record.csv
  verify FOLDER                      run a result again and compare
  compare FOLDER FOLDER              what differs between two results or two sweeps
  cite FOLDER                        software and literature of a result, as BibTeX
  new CHAPTER/QUESTION               a question file that runs at once
  real fetch [NAME ...] | real list  networks that others trained, into the user's cache

run, sweep, report and record take --out FOLDER (default: results); run and sweep also --jobs N (default: one worker per
core), --seed N (first seed) and --cluster ADDRESS (an existing dask scheduler)."""

_JOBS = Option("jobs", "0", "INT", "workers (default: one per core)")
_FIRST = Option("seed", "0", "INT", "seed of the first replicate (default: 0)")
_CLUSTER = Option("cluster", "", "ADDRESS", "hand the tasks to a dask scheduler, such as tcp://127.0.0.1:8786")
OPTIONS = (*OWN, _FIRST, _JOBS, _CLUSTER)

_Report = Callable[[Path, Path], Path]


def entry(arguments: Sequence[str], build_report: _Report, folder: Path | None = None) -> int:
    """Carry out a command; returns the exit code: 0, 1 if a check failed, 2 for bad input, 130 if interrupted.

    Args:
        arguments: the words after the program's name.
        build_report: makes the report from (results, folder of the questions).
        folder: the folder of the questions; the one here or the package's own when left out.
    """
    commands: dict[str, Callable[[Sequence[str], Path], int]] = {
        "list": _list,
        "run": _run,
        "sweep": _sweep,
        "report": lambda words, where: _report(words, where, build_report),
        "record": _record,
        "verify": _verify,
        "compare": _compare,
        "cite": _cite,
        "new": _new,
        "real": real,
    }
    repeat = shlex.join(["neurosim", *arguments])
    try:
        if not arguments or arguments[0] in ("-h", "--help"):
            print(USAGE)
            return 0 if arguments else EXIT_BAD_INPUT
        if arguments[0] not in commands:
            raise unknown_name("command", arguments[0], commands)
        goodbye = f"interrupted; what was finished is kept. To go on:\n{repeat}"
        with interruptible(lambda: goodbye):
            return commands[arguments[0]](arguments[1:], folder or home())
    except (ParameterError, DimensionError, OSError) as mistake:
        say(f"error: {mistake}")
        return EXIT_BAD_INPUT
    except FailedError as fault:
        say(f"error: {fault}\nTo go on:\n{repeat}")
        return EXIT_CHECK_FAILED
    except KeyboardInterrupt:
        say(f"interrupted; what was finished is kept. To go on:\n{repeat}")
        return exit_code()


def home() -> Path:
    """The folder of the questions: `experiments` here, or the one that came with the package."""
    here = Path("experiments")
    if here.is_dir():
        return here.resolve()
    return Path(__file__).resolve().parents[2] / "experiments"


def find(name: str, folder: Path) -> Path:
    """The file of a question, by its path or its name ("learning/bars", or "bars" where that is enough).

    A question of one's own is found by its path from here, with or without ".py"; known names go first.
    """
    if name.endswith(".py"):
        if not Path(name).is_file():
            raise ParameterError(f"{name}: there is no such question file")
        return Path(name)
    known = {name_of(path): path for path in questions(folder)}
    short = {full.partition("/")[2]: path for full, path in known.items()}
    own = Path(f"{name}.py")
    found = known.get(name) or short.get(name) or (own if own.is_file() else None)
    if found is None:
        raise unknown_name("question", name, [*known, *(word for word in short if "/" not in name)])
    return found


def _list(words: Sequence[str], folder: Path) -> int:
    _reader("list").parse_args(words)
    chapter = ""
    for path in questions(folder):
        name = name_of(path)
        if name.partition("/")[0] != chapter:
            chapter = name.partition("/")[0]
            print(f"{chapter}/")
        print(f"  {path.stem:<28} {title_of(path)}")
    return 0


def _run(words: Sequence[str], folder: Path) -> int:
    names = [word for word in words if not word.startswith("-")]
    if words and names[:1] == [words[0]] and (len(words) == 1 or words[1].startswith("-")):
        return run_one(find(words[0], folder), words[1:])
    reader = _reader("run")
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
        print("\n".join(dry_run(request, given.out) for request in requests))
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
    request = Request(question=question, parameters=parameters, first=_whole(given, "seed"), quick=quick)
    if given["dry_run"]:
        print(dry_run(request, out))
        return 0
    if given["replot"]:
        outcome: Result | str = replot(request, out)
    else:
        outcome = _carried_out(
            [request], out, _whole(given, "jobs"), given["force"], given["progress"], given["cluster"]
        )[0]  # fmt: skip
    if isinstance(outcome, str):
        raise FailedError(outcome)
    return _print_result(outcome, command_line(request, out))


def dry_run(request: Request, out: Path) -> str:
    """What would run, where it would go, and what it would cost as far as that is known."""
    from neurosim.lab.tasks import facts, tasks_of

    tasks = tasks_of(request.question, request.parameters, request.seeds)
    there = sum(task.part(out).exists() for task in tasks)
    known = [facts(path) for path in sorted((out / "parts" / request.question.name).glob("*.part"))[-5:]]
    cost = "unknown before the first run"
    if known:
        seconds, memory = (max((fact.get(name) or 0) for fact in known) for name in ("wall_s", "peak_memory_bytes"))
        cost = f"{seconds * (len(tasks) - there):.3g} s of computing, {memory / 2**20:.0f} MiB per worker"
    full, mine = request.question.settings(), request.parameters
    changed = [f"{n}={getattr(mine, n)!r}" for n in mine.info() if getattr(mine, n) != getattr(full, n)]
    return "\n".join(
        (
            f"{request.question.name}: {request.question.title}",
            f"  parameters  {', '.join(changed) or 'those of the full run'}",
            f"  tasks       {len(tasks)}, {there} of them finished",
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


def _sweep(words: Sequence[str], folder: Path) -> int:
    from neurosim.lab import grid

    if not words or words[0].startswith("-"):
        raise ParameterError("sweep: give the name of a question, then --over NAME=VALUE,VALUE,...")
    question = ask(find(words[0], folder))
    over, rest = _over(words[1:])
    parameters, given = read_options(question, rest, OPTIONS)
    reference = question.settings(quick=given["quick"])
    changes = {name: getattr(parameters, name) for name in parameters.info()
               if getattr(parameters, name) != getattr(reference, name)}  # fmt: skip
    made = grid.make(question, over, None, given["quick"], _whole(given, "seed"), changes)
    out, told = Path(given["out"]), say if given["progress"] else (lambda text: None)
    if given["dry_run"]:
        print(grid.cost(made, out))
        return 0
    jobs = _whole(given, "jobs")
    if given["cluster"]:
        from neurosim.lab.cluster import Cluster

        with Cluster(given["cluster"]) as pool:
            tables = grid.carry_out(made, out, jobs=jobs, told=told, pool=pool)
    else:
        tables = grid.carry_out(made, out, jobs=jobs, told=told)
    print(f"folder  {grid.publish(made, tables, out, shlex.join(['neurosim', 'sweep', *words]))}")
    return 0


def _over(words: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The swept parameters, and the other words."""
    over: dict[str, list[str]] = {}
    rest, waiting = [], False
    for word in words:
        if waiting or word.startswith("--over="):
            name, equals, values = word.removeprefix("--over=").partition("=")
            if not equals or not values:
                raise ParameterError(f"--over: got {word!r}, expected NAME=VALUE,VALUE,...")
            over[name.replace("-", "_")] = values.split(",")
            waiting = False
        elif word == "--over":
            waiting = True
        else:
            rest.append(word)
    if waiting:
        raise ParameterError("--over: got nothing, expected NAME=VALUE,VALUE,...")
    return over, rest


def _report(words: Sequence[str], folder: Path, build_report: _Report) -> int:
    reader = _reader("report")
    reader.add_argument("--out", type=Path, default=Path("results"))
    print(build_report(reader.parse_args(words).out, folder))
    return 0


def _record(words: Sequence[str], folder: Path) -> int:
    from neurosim.lab.record import NAME, read_rows, renew

    reader = _reader("record")
    reader.add_argument("--out", type=Path, default=Path("results"))
    lost = renew(questions(folder), reader.parse_args(words).out, folder / NAME)
    print(f"{folder / NAME}: {len(read_rows(folder / NAME))} verdicts")
    print("\n".join(lost), end="\n" if lost else "")
    return EXIT_CHECK_FAILED if lost else 0


def _verify(words: Sequence[str], folder: Path) -> int:
    from neurosim.lab.compare import verify

    reader = _reader("verify")
    reader.add_argument("folder", type=Path)
    reader.add_argument("--jobs", type=int, default=0)
    given = reader.parse_args(words)
    text, same = verify(given.folder, lambda name: find(name, folder), jobs=given.jobs)
    print(text)
    return 0 if same else EXIT_CHECK_FAILED


def _compare(words: Sequence[str], folder: Path) -> int:
    from neurosim.lab.compare import compare

    reader = _reader("compare")
    reader.add_argument("one", type=Path)
    reader.add_argument("other", type=Path)
    given = reader.parse_args(words)
    print(compare(given.one, given.other))
    return 0


def _cite(words: Sequence[str], folder: Path) -> int:
    from neurosim.lab.cite import cite

    reader = _reader("cite")
    reader.add_argument("folder", type=Path)
    print(cite(reader.parse_args(words).folder, lambda name: find(name, folder)))
    return 0


def _new(words: Sequence[str], folder: Path) -> int:
    from neurosim.lab.new import new

    reader = _reader("new")
    reader.add_argument("name", metavar="CHAPTER/QUESTION")
    path = new(reader.parse_args(words).name, Path("experiments") if Path("experiments").is_dir() else Path())
    print(f"{path}\nneurosim run {path}")
    return 0


def _common(reader: argparse.ArgumentParser) -> None:
    reader.add_argument("--out", type=Path, default=Path("results"))
    reader.add_argument("--jobs", type=int, default=0)
    reader.add_argument("--seed", type=int, default=0)
    reader.add_argument("--cluster", default="")


def _whole(given: dict[str, Any], name: str) -> int:
    text = given[name]
    if not str(text).isdecimal():
        raise ParameterError(f"--{name}: got {text!r}, expected a whole number >= 0")
    return int(text)


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
        lines.append(f"{name}  {outcome.run['wall_s']:6.1f} s{before}  {held} checks hold{wrong}")
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


def _reader(command: str) -> Reader:
    return reader_of(f"neurosim {command}")


def main(file: str) -> None:
    """The last line of a question file: `if __name__ == "__main__": main(__file__)`. Does not return."""
    from importlib import import_module

    build = import_module("neurosim.report").build_report
    words = sys.argv[1:]
    sys.exit(entry(["run", file, *words], build))
