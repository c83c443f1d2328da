"""One question, one file: read and checked, so that every mistake in it is named before anything is computed.

The file `experiments/<chapter>/<question>.py` holds, at its top level and in this order:

    docstring    the question in the first line; then what theory predicts and why; the source
    Parameters   a frozen Params class whose defaults are the full run (`seeds` where anything is random)
    QUICK        what --quick changes, parameter -> value
    Row classes  its tables
    compute(p, seed, lab)    yields the rows of one replicate
    answer(t)    one plain sentence with its number
    findings(t)  yields at most four of check, claim, report
    PANELS       two to four functions (ax, t) -> its part of the caption

and, where it asks networks that others trained, between QUICK and the tables

    NEEDS        names of those networks, such as ("hed",): without them it cannot run (`neurosim real fetch`)
"""

import ast
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from neurosim.lab.findings import Finding
from neurosim.lab.question_files import name_of
from neurosim.lab.rows import Row
from neurosim.params import ParameterError, Params
from neurosim.real.table import lacking, packages
from neurosim.registry import lookup, unknown_name

MOST_FINDINGS = 4
_RESERVED = frozenset(
    ("quick", "params", "out", "replot", "dry_run", "progress", "no_progress", "force", "help", "jobs", "all", "seed",
     "cluster", "over")
)  # fmt: skip
_NEEDED = ("Parameters", "QUICK", "compute", "answer", "findings", "PANELS")


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question file as the laboratory sees it; made by [ask][neurosim.lab.question.ask]."""

    name: str
    """Chapter and file, such as "learning/stdp_competition"."""
    path: Path
    title: str
    """The question itself."""
    question: str
    """The rest of the docstring."""
    parameters: type[Params]
    quick: Mapping[str, Any]
    tables: tuple[type[Row], ...]
    compute: Callable[[Any, int, Any], Iterable[Any]]
    answer: Callable[[Any], str]
    findings: Callable[[Any], Iterable[Finding]]
    panels: tuple[Callable[[Any, Any], str], ...]
    needs: tuple[str, ...] = ()
    """Networks that others trained, without which it cannot run."""

    @property
    def lacking(self) -> str:
        """What has to be done before it can run, as one sentence; "" if nothing."""
        reason = lacking(self.needs)
        return f"{self.name} needs {reason}" if reason else ""

    @property
    def random(self) -> bool:
        """Whether it has replicates: a question without the parameter `seeds` has one."""
        return "seeds" in self.parameters.info()

    def settings(self, *, quick: bool = False, **changes: Any) -> Params:
        """The full run's parameters, or with `quick` those of the quick run, with some changed.

        Raises:
            UnknownNameError: there is no such parameter.
        """
        values = {**(self.quick if quick else {}), **changes}
        for name in values:
            if name not in self.parameters.info():
                raise unknown_name(f"parameter of {self.name}", name, self.parameters.info())
        return self.parameters(**values)

    def seeds(self, parameters: Params, first: int = 0) -> range:
        """Seeds of the replicates."""
        return range(first, first + (getattr(parameters, "seeds", 1)))


def needs_of(path: Path) -> tuple[str, ...]:
    """The networks that a file says it needs, read without running it.

    Raises:
        ParameterError: NEEDS is something else than a tuple of texts.
        UnknownNameError: there is no such network.
    """
    try:
        statements = ast.parse(path.read_text(encoding="utf-8")).body
    except SyntaxError:
        return ()  # said where the file is run
    for statement in statements:
        if isinstance(statement, ast.Assign) and [ast.unparse(target) for target in statement.targets] == ["NEEDS"]:
            try:
                value = ast.literal_eval(statement.value)
            except ValueError:
                value = None
            if not isinstance(value, tuple) or not value or not all(isinstance(name, str) for name in value):
                raise ParameterError(
                    f'{name_of(path)}: NEEDS is {ast.unparse(statement.value)}, expected names such as ("hed",)'
                )
            for name in value:
                lookup(f"trained network that {name_of(path)} needs", name, packages())
            return value
    return ()


def ask(path: Path | str | ModuleType) -> Question:
    """Read a question file.

    Raises:
        ParameterError: the file is not there, or something it must hold is missing or wrong; the message says what.
    """
    path = Path(str(path.__file__) if isinstance(path, ModuleType) else path).resolve()
    if not path.is_file():
        raise ParameterError(f"{path}: there is no such question file")
    module = _import(path)
    where = name_of(path)
    for name in _NEEDED:
        if not hasattr(module, name):
            raise ParameterError(f"{where}: a question needs {', '.join(_NEEDED)} at its top level; {name} is missing")
    # python -OO leaves no docstring behind.
    text = inspect.cleandoc(module.__doc__ or ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    title, _, rest = text.partition("\n")
    if not title.rstrip().endswith("?"):
        raise ParameterError(f"{where}: the first line of its docstring is {title!r}, expected a question (with a ?)")
    found = Question(
        name=where, path=path, title=title.strip(), question=rest.strip(),
        parameters=module.Parameters, quick=module.QUICK, tables=_tables(module), compute=module.compute,
        answer=module.answer, findings=module.findings, panels=tuple(module.PANELS),
        needs=needs_of(path),
    )  # fmt: skip
    _check(found)
    return found


def _import(path: Path) -> ModuleType:
    running = sys.modules["__main__"]
    if Path(getattr(running, "__file__", None) or "").resolve() == path:
        return running  # the file is the running script, and has been read up to its last line
    chapters = path.parents[1]
    package = [chapters.name] if (chapters / "__init__.py").exists() else []
    root = str(chapters.parent if package else chapters)
    if root not in sys.path:
        sys.path.append(root)  # what a chapter shares is imported as `<chapter>._topic`
    name = ".".join([*package, path.parent.name, path.stem])
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ParameterError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while the class is being made
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _tables(module: ModuleType) -> tuple[type[Row], ...]:
    found = [
        member
        for name, member in vars(module).items()
        if inspect.isclass(member) and issubclass(member, Row) and member is not Row and not name.startswith("_")
    ]
    return tuple(found)


def _check(question: Question) -> None:
    where = question.name
    if not question.tables:
        raise ParameterError(f"{where}: it has no table, expected at least one subclass of Row")
    for table in question.tables:
        table.columns()
    _check_parameters(question)
    for name, function, arguments in (
        ("compute", question.compute, ("p", "seed", "lab")),
        ("answer", question.answer, ("t",)),
        ("findings", question.findings, ("t",)),
        *((f"PANELS[{k}]", panel, ("ax", "t")) for k, panel in enumerate(question.panels)),
    ):
        if not callable(function):
            raise ParameterError(f"{where}: {name}: got {function!r}, expected a function ({', '.join(arguments)})")
        if len(inspect.signature(function).parameters) != len(arguments):
            given = ", ".join(inspect.signature(function).parameters)
            raise ParameterError(f"{where}: {name} takes ({given}), expected ({', '.join(arguments)})")
    if not 2 <= len(question.panels) <= 4:
        raise ParameterError(f"{where}: PANELS has {len(question.panels)} functions, expected two to four")


def _check_parameters(question: Question) -> None:
    where = f"{question.name}: Parameters"
    if not (isinstance(question.parameters, type) and issubclass(question.parameters, Params)):
        raise ParameterError(f"{where}: expected a subclass of neurosim.params.Params")
    for field in fields(question.parameters):
        if field.name in _RESERVED:
            raise ParameterError(f"{where}.{field.name}: this name is an option of every question; take another")
        if "info" not in field.metadata or field.default is MISSING:
            raise ParameterError(f"{where}.{field.name}: declare it with param(), so that it has a unit and a meaning")
        if not isinstance(field.default, bool | int | float | str | tuple):
            raise ParameterError(
                f"{where}.{field.name}: got {field.default!r}, expected a number, a word, True, False or numbers"
            )
    if question.random and not isinstance(question.settings().seeds, int):  # type: ignore[attr-defined]
        raise ParameterError(f"{where}.seeds: expected the number of replicates, a whole number")
    question.settings(quick=True)
