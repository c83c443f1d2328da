"""`neurosim sweep`: a question over a grid of its parameters."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from neurosim.commands._options import OPTIONS, whole
from neurosim.lab import grid
from neurosim.lab.options import read_options
from neurosim.lab.question import ask
from neurosim.lab.question_files import find
from neurosim.lab.telling import say
from neurosim.params import ParameterError


def command(words: Sequence[str], folder: Path) -> int:
    """A grid of parameters.

    Raises:
        ParameterError: words that are no such command.
    """
    if not words or words[0].startswith("-"):
        raise ParameterError("sweep: give the name of a question, then --over NAME=VALUE,VALUE,...")
    question = ask(find(words[0], folder))
    over, rest = _over(words[1:])
    parameters, given = read_options(question, rest, OPTIONS)
    reference = question.settings(quick=given["quick"])
    changes = {name: getattr(parameters, name) for name in parameters.info()
               if getattr(parameters, name) != getattr(reference, name)}  # fmt: skip
    made = grid.make(question, over, None, given["quick"], whole(given, "seed"), changes)
    out, told = Path(given["out"]), say if given["progress"] else (lambda text: None)
    if given["dry_run"]:
        print(grid.cost(made, out))
        return 0
    jobs = whole(given, "jobs")
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
