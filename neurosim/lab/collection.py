"""`python -m experiments list | run | report`: a folder of experiments, run side by side in processes of their own."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from neurosim.lab.batch import Job, run_jobs
from neurosim.lab.command import EXIT_BAD_INPUT, run_file, say
from neurosim.lab.experiment import find, headline, names
from neurosim.lab.interrupt import exit_code, interruptible
from neurosim.lab.provenance import available_cores
from neurosim.lab.reader import reader as reader_of
from neurosim.params import ParameterError
from neurosim.registry import unknown_name

COMMANDS = ("list", "run", "report")


def collection_main(
    folder: Path,
    arguments: Sequence[str],
    build_report: Callable[[Path, Path], Path],
    program: str = "python -m experiments",
) -> int:
    """Carry out a command of the collection; returns the exit code.

    Args:
        folder: where the experiment files are.
        arguments: the words after the program's name.
        build_report: makes the report from (results, experiments folder) and returns its path.
        program: how the collection is started, for messages.
    """
    try:
        if not arguments or arguments[0] in ("-h", "--help"):
            print(_usage(program))
            return 0 if arguments else EXIT_BAD_INPUT
        command, rest = arguments[0], arguments[1:]
        if command == "list":
            reader_of(f"{program} list").parse_args(rest)
            print(listing(folder))
            return 0
        if command == "report":
            reader = reader_of(f"{program} report")
            reader.add_argument("--out", type=Path, default=Path("results"), help="folder of all results")
            print(build_report(reader.parse_args(rest).out, folder))
            return 0
        if command == "run":
            return _run(folder, rest, program)
        raise unknown_name("command", command, COMMANDS)
    except (ParameterError, OSError) as mistake:
        say(f"error: {mistake}")
        return EXIT_BAD_INPUT


def listing(folder: Path) -> str:
    """One line per experiment: name, question and the claims it decides."""
    width = max((len(name) for name in names(folder)), default=0)
    lines = []
    for name in names(folder):
        title, claims = headline(folder / f"{name}.py")
        lines.append(f"{name:<{width}}  {title}" + (f"  [{', '.join(claims)}]" if claims else ""))
    return "\n".join(lines) or f"no experiments in {folder}"


def _run(folder: Path, arguments: Sequence[str], program: str) -> int:
    chosen = [word for word in arguments if not word.startswith("-")]
    if len(arguments) > 0 and chosen[:1] == [arguments[0]] and (len(arguments) == 1 or arguments[1].startswith("-")):
        # One name, followed by options only: exactly what the file itself does, all of its options included.
        return run_file(find(folder, arguments[0]), arguments[1:])
    reader = reader_of(f"{program} run")
    reader.add_argument("names", nargs="*", metavar="NAME")
    reader.add_argument("--all", action="store_true", help="every experiment of the folder")
    reader.add_argument("--quick", action="store_true", help="short runs")
    reader.add_argument("--force", action="store_true", help="run again what is finished already")
    reader.add_argument("--replot", action="store_true", help="draw again from the tables on disk")
    reader.add_argument("--dry-run", action="store_true", help="say what would run, and stop")
    reader.add_argument("--seed", type=int, help="seed of every experiment")
    reader.add_argument("--out", type=Path, default=Path("results"), help="folder of all results")
    reader.add_argument(
        "--jobs", type=int, default=available_cores(), help="processes at a time (default: one per core)"
    )
    reader.add_argument("--no-progress", action="store_true", help="silence while computing")
    given = reader.parse_args(arguments)
    if given.all == bool(given.names):
        raise ParameterError("run: give the names of experiments, or --all")
    if given.jobs < 1:
        raise ParameterError(f"--jobs: got {given.jobs}, expected a whole number >= 1")
    files = [find(folder, name) for name in (names(folder) if given.all else dict.fromkeys(given.names))]
    flags = [f"--{name.replace('_', '-')}" for name in ("quick", "force", "replot", "dry_run") if getattr(given, name)]
    flags += ["--out", str(given.out)] + ([] if given.seed is None else ["--seed", str(given.seed)])
    repeat = f"{program} run {shlex.join(word for word in arguments if word != '--force')}"
    goodbye = f"interrupted; finished experiments are kept. To go on:\n{repeat}"
    try:
        with interruptible(lambda: goodbye):
            return run_jobs(
                [Job(path.stem, path, (*flags, "--no-progress")) for path in files],
                jobs=given.jobs,
                out=given.out,
                progress=not given.no_progress,
                show_output=given.dry_run,
            )
    except KeyboardInterrupt:
        say(goodbye)
        return exit_code()


def _usage(program: str) -> str:
    return "\n".join(
        (
            f"{program} list                          every experiment with its question",
            f"{program} run NAME [options]            one experiment; its options: run NAME --help",
            f"{program} run NAME NAME ... [--quick]   several, side by side",
            f"{program} run --all [--quick] [--jobs N] [--force] [--out FOLDER] [--seed N]",
            f"{program} report [--out FOLDER]         one HTML page of all results",
        )
    )
