"""Malformed input, generated from the signatures: every argument of everything public, one at a time.

    python tests/audit/bad_input.py [--all | --only WORD] [--quiet]

A usual call of every target is found from the types and names of its arguments (recipes.py); then one argument at a
time is replaced by malformed values (malformed.py), and what becomes of it is judged (verdicts.py). What cannot be
called is listed as an error of the sweep.
The last whole sweep: 38,120 cases, 30,533 refused clearly, 7,576 legitimate, 1 internal error (a settling
time of 1e-308 s in measure_transfer, once and not again), no silent nonsense, 10 not called (newcomers that
surface.py lists as WAITING, and three by a recipe that was mended after it).
"""

import argparse
import contextlib
import functools
import importlib
import inspect
import io
import itertools
import os
import pickle
import resource
import signal
import sys
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import files_and_commands
import malformed
import numpy as np
import recipes
import surface
import verdicts
from verdicts import INTERNAL, NONSENSE, Outcome

UNCALLED = "not called"
_SECONDS = 60
"""Of processor time; ten times that on the clock, for a machine that others use too."""
_MEMORY = 6 << 30


class TookTooLong(BaseException):
    """A call that does not come back."""


def _alarm(*_: Any) -> None:
    raise TookTooLong


def usual_call(target: surface.Target) -> tuple[dict[str, Any], dict[str, Any], Any] | str:
    """The object, arguments and result of a usual call, or why there is none."""
    hints = recipes.hints_of(target)
    listed = surface.parameters(target)
    options = {
        name: recipes.candidates(parameter, hints.get(name, Any))
        for name, parameter in listed.items()
        if parameter.default is inspect.Parameter.empty
    }
    missing = [name for name, values in options.items() if not values]
    if missing:
        return f"no recipe for {missing[0]!r}"
    # some functions need one of several arguments that have no default of their own
    more = {
        name: recipes.NAMES[name]
        for name, parameter in listed.items()
        if name in recipes.NAMES and parameter.default in (None, ())
    }
    if target.label in surface.OUTSIDE:
        return {name: values[0] for name, values in options.items()}, hints, None
    if {"schedule", "duration"} <= set(listed):
        options |= recipes.SHORT
    found, reason = None, "no combination of recipes works"
    for arguments in itertools.chain(
        recipes.combinations(options), *(recipes.combinations({**options, name: more[name]}) for name in more)
    ):
        try:
            result = call(target, arguments)
        except TookTooLong:
            return "a usual call takes too long"
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            continue
        if verdicts.finite(result):
            return arguments, hints, result
        found = found or (arguments, hints, result)
    return found or reason


@functools.cache
def instance_of(cls: type) -> Any:
    """An object of a class of the package: by recipe, by its defaults, or as a public function returns it."""
    if cls.__name__ in recipes.OBJECTS:
        return recipes.OBJECTS[cls.__name__][0]()
    if not surface.is_record(cls):
        return cls()
    for maker in surface.targets():
        if maker.owner is None and recipes.hints_of(maker).get("return") is cls:
            usual = usual_call(maker)
            if not isinstance(usual, str):
                return usual[2]
    raise LookupError(f"no recipe for an object of the class {cls.__name__}, and no function returns one")


def call(target: surface.Target, arguments: dict[str, Any]) -> Any:
    """Call it with fresh copies of the arguments."""
    listed = surface.parameters(target)
    given = {name: verdicts.fresh(value) for name, value in arguments.items()}
    before = [
        given.pop(name) for name in listed if name in given and listed[name].kind is inspect.Parameter.POSITIONAL_ONLY
    ]
    if target.owner is not None:
        before.insert(0, instance_of(target.owner))
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)
    signal.setitimer(signal.ITIMER_REAL, 10 * _SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return target.function(*before, **given)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def nature(parameter: inspect.Parameter, hint: Any, value: Any) -> str:
    """What an argument is by its type and its usual value: number, integer, flag, text, array or object."""
    kinds = [recipes.typing.get_origin(branch) or branch for branch in recipes.branches(hint)]
    if Any in kinds and (value is None or (isinstance(value, tuple) and not value)):
        value = next(iter(recipes.NAMES.get(parameter.name, [None])), None)
    if bool in kinds or isinstance(value, bool):
        return "flag"
    if str in kinds or recipes.typing.Literal in kinds or isinstance(value, str):
        return "text"
    if np.ndarray in kinds or isinstance(value, np.ndarray):
        return "array"
    if any(recipes.of_numbers(branch) for branch in recipes.branches(hint)):
        return "array"
    if float in kinds or isinstance(value, float) or (isinstance(value, int) and int not in kinds):
        return "number"
    if int in kinds and not isinstance(value, list | tuple):
        return "integer"
    numeric = isinstance(value, list | tuple) and value and all(isinstance(each, int | float) for each in value)
    return "array" if numeric else "object"


def cases(
    target: surface.Target, arguments: dict[str, Any], hints: dict[str, Any]
) -> Iterator[tuple[str, malformed.Bad]]:
    """Every argument with every malformed value of its nature."""
    for name, parameter in surface.parameters(target).items():
        if name in surface.SAYS_WHO:
            continue
        hint = hints.get(name, Any)
        value = arguments.get(name, parameter.default)
        kind = nature(parameter, hint, value)
        valid = value if kind != "array" or value is not None else recipes.NAMES.get(name, [recipes.vector()])[0]
        if kind == "array" and not isinstance(valid, np.ndarray | list | tuple):
            valid = recipes.vector()
        if kind == "array" and np.asarray(valid).dtype.kind == "O":
            kind = "object"
        default = name not in arguments
        for bad in malformed.BY_NATURE[kind](valid):
            if bad.value is None and (parameter.default is None or type(None) in recipes.branches(hint)):
                continue
            if bad.must == "same" and (
                default or target.label in surface.OUTSIDE or not isinstance(value, np.ndarray | list | tuple)
            ):
                continue
            yield name, _softened(bad, hint)


def _softened(bad: malformed.Bad, hint: Any) -> malformed.Bad:
    """A value that another branch of the type allows may pass."""
    allowed = any(_fits(bad.value, branch) for branch in recipes.branches(hint))
    return malformed.Bad(bad.kind, bad.value, "may") if allowed and bad.must == "refuse" else bad


def _fits(value: Any, branch: Any) -> bool:
    """Whether a value is of one branch of a type, as far as its class tells."""
    origin = recipes.typing.get_origin(branch) or branch
    if origin is recipes.abc.Callable:
        return callable(value) and not isinstance(value, type)
    if origin is recipes.typing.Literal:
        return isinstance(value, str)
    if (
        not inspect.isclass(origin)
        or getattr(origin, "_is_protocol", False)
        or recipes.typing.is_typeddict(origin)
        or origin in (object, Any)
    ):
        return False
    return isinstance(value, origin)


def sweep_target(target: surface.Target, chosen: Callable[[str], bool]) -> list[Outcome]:
    """All cases of one target."""
    signal.signal(signal.SIGALRM, _alarm)
    signal.signal(signal.SIGPROF, _alarm)
    warnings.simplefilter("ignore")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        usual = usual_call(target)
    if isinstance(usual, str):
        return [Outcome(target.label, "-", "-", UNCALLED, usual)]
    arguments, hints, result = usual
    documented = verdicts.documentation(target)
    outcomes = []
    for name, bad in cases(target, arguments, hints):
        if not chosen(f"{target.label} {name} {bad.kind}"):
            continue
        without = recipes.SHORT if name == "schedule" else ()  # a schedule takes the place of these
        others = {each: value for each, value in arguments.items() if each not in without}
        try:
            verdict, detail = verdicts.of_call(
                lambda name=name, bad=bad, others=others: call(target, {**others, name: bad.value}),
                bad,
                name,
                documented,
                result,
                tuple(surface.parameters(target)),
            )
        except TookTooLong:
            verdict, detail = INTERNAL, f"does not come back within {_SECONDS} s"
        outcomes.append(Outcome(target.label, name, bad.kind, verdict, detail))
    return outcomes


def isolated(task: Callable[[], list[Outcome]], label: str) -> list[Outcome]:
    """The task in a process of its own: a crash or a flood of memory ends that process alone."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.chdir(recipes.FOLDER)  # some malformed paths are good names
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        try:
            found = task()
        except BaseException as error:
            found = [Outcome(label, "-", "-", UNCALLED, f"{type(error).__name__}: {error}")]
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(found, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data) if data else [Outcome(label, "-", "-", INTERNAL, "the process died")]


def warm() -> None:
    """Load here what is heavy, once and not in every process."""
    for heavy in (
        "scipy.signal",
        "scipy.stats",
        "scipy.optimize",
        "scipy.interpolate",
        "sklearn.linear_model",
        "sklearn.datasets",
        "brian2",
    ):
        importlib.import_module(heavy)


def everything(one_in: int = 1, only: str = "", tell: Callable[[str], None] | None = None) -> list[Outcome]:
    """All outcomes; with `one_in` a fixed choice of every n-th case."""

    def chosen(case: str) -> bool:
        return _every(one_in, case)

    warm()
    outcomes: list[Outcome] = []
    for part in (files_and_commands.file_outcomes, files_and_commands.command_outcomes):
        if part.__name__.startswith(only) or only in ("files", "commands"):
            outcomes += isolated(lambda part=part: part(chosen), part.__name__)
    for target in surface.targets():
        if only in target.label:
            started = time.perf_counter()
            outcomes += isolated(lambda target=target: sweep_target(target, chosen), target.label)
            if tell is not None and time.perf_counter() - started > 10:
                tell(f"{target.label}: {time.perf_counter() - started:.0f} s")
    return outcomes


def family_outcomes(family: str, one_in: int) -> list[Outcome]:
    """The outcomes of all targets of a family with a fixed choice of every n-th case, in one process of their own.

    A method that a class inherits is asked through every class, and so with a quarter of the cases each.
    """
    warm()

    def task() -> list[Outcome]:
        mine = [target for target in surface.targets() if surface.family(target.label) == family]
        return [
            outcome
            for each in mine
            for outcome in sweep_target(
                each, functools.partial(_every, 4 * one_in if one_in > 1 and surface.inherited(each) else one_in)
            )
        ]

    return isolated(task, family)


def _every(one_in: int, case: str) -> bool:
    """Whether a case is one of every n."""
    return zlib.crc32(case.encode()) % one_in == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="targets whose name holds this text")
    parser.add_argument("--one-in", type=int, default=1, help="every n-th case")
    parser.add_argument("--quiet", action="store_true", help="counts only")
    given = parser.parse_args()
    outcomes = everything(given.one_in, given.only, tell=lambda text: print(text, file=sys.stderr, flush=True))
    counts = Counter(outcome.verdict for outcome in outcomes)
    if not given.quiet:
        for outcome in sorted(outcomes, key=lambda each: (each.verdict, each.target)):
            if outcome.verdict in (INTERNAL, NONSENSE, UNCALLED):
                print(outcome)
    print(f"{len(outcomes)} cases: " + ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items())))
    return int(bool(counts[INTERNAL] or counts[NONSENSE] or counts[UNCALLED]))


if __name__ == "__main__":
    sys.exit(main())
