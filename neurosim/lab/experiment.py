"""One experiment file, read and checked: question, parameters, computation, findings and figure.

The file `experiments/<name>.py` holds, at its top level:

    docstring     the question in the first line; then the prediction and its source
    Parameters    a Params class whose defaults are the full run; it has a field `seed` (and `engine` where spikes run)
    QUICK         what --quick changes, parameter -> value
    CLAIMS        ids of the claims that it decides (may be empty)
    COLUMNS       table -> column -> (unit, meaning)
    compute(parameters, progress) -> tables           the only part that computes
    findings(tables) -> list of Finding
    figure(tables) -> Matplotlib figure
    caption(tables) -> text whose numbers come from the tables

and may hold `estimate(parameters) -> (seconds, bytes)`, `summary(tables) -> one sentence`, and `ORDER`, a number that
places it in the report (1000 when absent; equal numbers by name).
"""

import ast
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from neurosim.lab.findings import Finding
from neurosim.lab.progress import Progress
from neurosim.lab.tables import Columns
from neurosim.params import ParameterError, Params
from neurosim.registry import unknown_name

Tables = Mapping[str, Any]
"""table -> pandas DataFrame, and under "arrays" a mapping of NumPy arrays."""

RESERVED = frozenset(
    ("quick", "params", "out", "replot", "dry_run", "progress", "no_progress", "force", "help", "jobs", "all")
)
_NEEDED = ("Parameters", "QUICK", "CLAIMS", "COLUMNS", "compute", "findings", "figure", "caption")
_DEFAULT_ORDER = 1000


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """An experiment file as the laboratory sees it; made by [load][neurosim.lab.experiment.load]."""

    name: str
    path: Path
    title: str
    question: str
    order: int
    parameters: type[Params]
    quick: Mapping[str, Any]
    claims: tuple[str, ...]
    columns: Columns
    compute: Callable[[Any, Progress], Tables]
    findings: Callable[[Tables], list[Finding]]
    figure: Callable[[Tables], Any]
    caption: Callable[[Tables], str]
    estimate: Callable[[Any], tuple[float, float]] | None
    summary: Callable[[Tables], str] | None

    def settings(self, *, quick: bool = False, **changes: Any) -> Params:
        """The full run's parameters, or with `quick` those of the quick run, with some changed.

        Raises:
            UnknownNameError: there is no such parameter.
        """
        known = [field.name for field in fields(self.parameters)]
        values = {**(self.quick if quick else {}), **changes}
        for name in values:
            if name not in known:
                raise unknown_name(f"parameter of {self.name}", name, known)
        return self.parameters(**values)


def load(path: Path | str) -> Experiment:
    """Read an experiment file.

    Raises:
        ParameterError: the file is not there, or something it must hold is missing; the message says what.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise ParameterError(f"{path}: there is no such experiment file")
    module = _import(path)
    missing = [name for name in _NEEDED if not hasattr(module, name)]
    if missing:
        raise ParameterError(f"{path.name}: an experiment needs {', '.join(missing)} at its top level")
    text = (module.__doc__ or "").strip()
    if not text:
        raise ParameterError(f"{path.name}: an experiment needs a docstring whose first line is its question")
    title, _, question = text.partition("\n")
    experiment = Experiment(
        name=path.stem,
        path=path,
        title=title.strip(),
        question=question.strip(),
        order=getattr(module, "ORDER", _DEFAULT_ORDER),
        parameters=module.Parameters,
        quick=module.QUICK,
        claims=tuple(module.CLAIMS),
        columns=module.COLUMNS,
        compute=module.compute,
        findings=module.findings,
        figure=module.figure,
        caption=module.caption,
        estimate=getattr(module, "estimate", None),
        summary=getattr(module, "summary", None),
    )
    _check_parameters(experiment)
    return experiment


def names(folder: Path) -> list[str]:
    """Names of the experiments in a folder: every file `<name>.py` that does not begin with an underscore."""
    return sorted(path.stem for path in folder.glob("*.py") if not path.name.startswith("_"))


def find(folder: Path, name: str) -> Path:
    """The file of a named experiment.

    Raises:
        UnknownNameError: there is none; the message offers the nearest name.
    """
    known = names(folder)
    if name not in known:
        raise unknown_name("experiment", name, known)
    return folder / f"{name}.py"


def headline(path: Path) -> tuple[str, tuple[str, ...]]:
    """Title and claims of an experiment file, read without running it (a broken file has the title of its fault)."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        return f"(not readable: {error.msg}, line {error.lineno})", ()
    claims: tuple[str, ...] = ()
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "CLAIMS" for t in node.targets):
            words = (part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant))
            claims = tuple(sorted(word for word in words if isinstance(word, str)))
    return (ast.get_docstring(tree) or "(no docstring)").splitlines()[0], claims


def _import(path: Path) -> ModuleType:
    running = sys.modules["__main__"]
    if Path(getattr(running, "__file__", None) or "").resolve() == path:
        return running  # the file is the running script, and has been read up to its last line
    name = f"{path.parent.name}.{path.stem}"
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


def _check_parameters(experiment: Experiment) -> None:
    where = f"{experiment.path.name}: Parameters"
    if not (isinstance(experiment.parameters, type) and issubclass(experiment.parameters, Params)):
        raise ParameterError(f"{where}: expected a subclass of neurosim.params.Params")
    for field in fields(experiment.parameters):
        if field.name in RESERVED:
            raise ParameterError(f"{where}.{field.name}: this name is an option of every experiment; take another")
        if "info" not in field.metadata or field.default is MISSING:
            raise ParameterError(f"{where}.{field.name}: declare it with param(), so that it has a unit and a meaning")
        if not isinstance(field.default, bool | int | float | str | tuple):
            raise ParameterError(
                f"{where}.{field.name}: got {field.default!r}, expected a number, a word, True, False or numbers"
            )
    if "seed" not in experiment.parameters.info():
        raise ParameterError(f"{where}: every experiment has a field `seed`")
    experiment.settings(quick=True)
