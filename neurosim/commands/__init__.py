"""The command `neurosim`: one command, one file, imported when it is asked for."""

import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from neurosim.errors import DimensionError, ParameterError
from neurosim.lab.interrupt import exit_code, interruptible
from neurosim.lab.question_files import home
from neurosim.lab.telling import FailedError, say

EXIT_CHECK_FAILED, EXIT_BAD_INPUT = 1, 2

USAGE = """usage: neurosim COMMAND [options]

  list                               every question, by chapter
  run QUESTION [options]             one question; its options: neurosim run QUESTION --help
  run QUESTION ... | --all [--quick] several, side by side
  sweep QUESTION --over NAME=A,B,... [--over ...] [--seeds N]
                                     a grid of parameters: one table, one figure
  report                             one HTML page of all results
  figure FOLDER|QUESTION [--panels B,C] [--size nature-1] [--format pdf]
                                     its figure again, from its tables, into this folder (--to FOLDER)
  paper FOLDER|QUESTION [--panels B,C] [--size nature-1]
                                     figure, caption, tables, methods, BibTeX in one new folder (--to FOLDER)
  record                             the verdicts of the full runs, into experiments/record.csv
  verify FOLDER                      run a result again and compare
  compare FOLDER FOLDER              what differs between two results or two sweeps
  cite FOLDER                        software and literature of a result, as BibTeX
  new CHAPTER/QUESTION               a question file that runs at once
  real fetch [NAME ...] | real list  networks that others trained, into the user's cache

run, sweep, report, figure, paper and record take --out FOLDER (default: results); run and sweep also --jobs N (default:
one worker per core), --seed N (first seed) and --cluster ADDRESS (an existing dask scheduler)."""


def commands() -> list[str]:
    """The names of all commands: those of the files beside this one."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))


def entry(arguments: Sequence[str], folder: Path | None = None) -> int:
    """Carry out a command; returns the exit code: 0, 1 if a check failed, 2 for bad input, 130 if interrupted.

    Args:
        arguments: the words after the program's name.
        folder: the folder of the questions; the one here or the package's own when left out.
    """
    repeat = shlex.join(["neurosim", *arguments])
    try:
        if not arguments or arguments[0] in ("-h", "--help"):
            print(USAGE)
            return 0 if arguments else EXIT_BAD_INPUT
        if arguments[0] not in commands():
            from neurosim.params import unknown_name

            raise unknown_name("command", arguments[0], commands())
        goodbye = f"interrupted; what was finished is kept. To go on:\n{repeat}"
        with interruptible(lambda: goodbye):
            command = import_module(f"neurosim.commands.{arguments[0]}").command
            return int(command(arguments[1:], folder or home()))
    except (ParameterError, DimensionError, OSError) as mistake:
        say(f"error: {mistake}")
        return EXIT_BAD_INPUT
    except FailedError as fault:
        say(f"error: {fault}\nTo go on:\n{repeat}")
        return EXIT_CHECK_FAILED
    except KeyboardInterrupt:
        say(f"interrupted; what was finished is kept. To go on:\n{repeat}")
        return exit_code()


def main(file: str) -> None:
    """The last line of a question file: `if __name__ == "__main__": main(__file__)`. Does not return."""
    sys.exit(entry(["run", file, *sys.argv[1:]]))
