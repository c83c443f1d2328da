"""Which code a result depends on: the whole of a question, what its numbers are made by, what its verdicts are made by.

A figure that is drawn otherwise, or a rule that decides otherwise, computes nothing again: a task and what questions
share are found by the code that `compute` reaches, name by name, through the question's file and the shared ones.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from neurosim.params import ParameterError
from neurosim.version import __version__

_PACKAGE = Path(__file__).resolve().parents[1]
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([\w.]+)(?:[ \t]+import[ \t]+(\w+))?", re.MULTILINE)
_WITHOUT_NUMBERS = ("report", "plots", "commands")
"""Folders of the package that no number depends on."""
_AFTERWARDS = frozenset(
    f"lab/{name}.py"
    for name in ("cite", "claims", "compare", "conclusions", "drawing", "findings", "new", "outcome", "digests",
                 "record", "result", "tables", "verdicts")
)  # fmt: skip
"""Files of the laboratory that come after the numbers."""


def code_of(path: Path) -> str:
    """Digest of all code behind a question's result.

    Its own file, what its chapter shares (files with an underscore), what the chapters share from which these import,
    and the package without reports and plots.
    """
    contents, seen = [path.read_bytes()], {path.parent: 0}
    contents += [each.read_bytes() for each in sorted(path.parent.glob("_*.py"))]
    for content in contents:  # grows while it is gone through
        for other in _imported(content, path.parents[1]):
            if other not in seen and other.parent not in seen:
                seen[other] = 0
                files = [other] if other.is_file() else sorted(other.glob("_*.py"))
                contents += [each.read_bytes() for each in files]
    return hashlib.sha256(b"\0".join(contents) + package_code().encode()).hexdigest()[:16]


def numbers_code(path: Path, *roots: str) -> str:
    """Digest of the code that numbers depend on: what the roots (`compute`) reach, and the package up to the tables."""
    return hashlib.sha256((reached(path, roots or ("compute", "Parameters")) + package_code()).encode()).hexdigest()[
        :16
    ]


def reached(path: Path, roots: Iterable[str]) -> str:
    """Digest of every top-level statement of the question files that some names of a file reach.

    Comments on lines of their own, empty lines and docstrings do not count, nor does the version of Python.
    """
    key = path.resolve(), tuple(roots)
    digest, states = _KNOWN.get(key, ("", {}))
    if not states or any(_state(file) != state for file, state in states.items()):
        texts, files = _reached(*key)
        total = hashlib.sha256()
        for text in sorted(texts):
            total.update(text.encode() + b"\0")
        digest, states = total.hexdigest()[:16], {file: _state(file) for file in files}
        _KNOWN[key] = digest, states
    return digest


def bare(path: Path) -> str:
    """All statements of a file without comments on lines of their own, empty lines and docstrings."""
    module = _Module(path, path.parents[1])
    return "\n".join(module.text(statement, "*") for statement in module.of("*"))


@cache
def package_code() -> str:
    """Digest of version and source of what computes in the package, names included."""
    total = hashlib.sha256(__version__.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        name = path.relative_to(_PACKAGE)
        if name.parts[0] not in _WITHOUT_NUMBERS and name.as_posix() not in _AFTERWARDS:
            total.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


_KNOWN: dict[tuple[Path, tuple[str, ...]], tuple[str, dict[Path, tuple[int, int]]]] = {}
"""Digests with the state of the files that they were made of: a worker asks before every task."""


def _state(file: Path) -> tuple[int, int]:
    try:
        state = file.stat()
    except OSError:
        return 0, 0
    return state.st_mtime_ns, state.st_size


def _reached(path: Path, roots: tuple[str, ...]) -> tuple[set[str], set[Path]]:
    """The statements that some names reach, and the files that were read for it."""
    root, found = path.parents[1], set()
    todo, seen = [(path, name) for name in roots], set()
    while todo:
        here, name = todo.pop()
        if (here, name) in seen:
            continue
        seen.add((here, name))
        module = _module(here, _state(here), root)
        for statement in module.of(name):
            found.add(f"{here.relative_to(root)}: {module.text(statement, name)}")
            todo += [(file, used) for file, used in module.uses(statement)]
    return found, {file for file, _ in seen}


@cache
def _module(path: Path, _changed: tuple[int, int], root: Path) -> "_Module":
    return _Module(path, root)


class _Module:
    """A file's top-level statements by the names they bind."""

    def __init__(self, path: Path, root: Path) -> None:
        source = path.read_text(encoding="utf-8")
        self.path, self.root, self.lines = path, root, source.splitlines()
        self.bound: dict[str, list[ast.stmt]] = {}
        self.imported: dict[str, tuple[Path, str]] = {}
        self.always: list[ast.stmt] = []
        for statement in ast.parse(source).body:
            names = list(_bound(statement))
            for name in names:
                self.bound.setdefault(name, []).append(statement)
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.imported |= self._project(statement)
            elif not names and not _is_text(statement) and not _is_script(statement):
                self.always.append(statement)

    def of(self, name: str) -> list[ast.stmt]:
        """The statements behind a name ("*": all of them), and those that run whatever is asked for."""
        if name == "*":
            return [each for statements in self.bound.values() for each in statements] + self.always
        return [*self.bound.get(name, ()), *self.always]

    def text(self, statement: ast.stmt, name: str) -> str:
        """A statement without comments on lines of their own, empty lines and docstrings; of an import the one name."""
        if isinstance(statement, ast.Import | ast.ImportFrom):
            home = "." * statement.level + (statement.module or "") if isinstance(statement, ast.ImportFrom) else ""
            names = sorted(each.name for each in statement.names if name in (each.asname or each.name, "*"))
            return f"from {home} import {', '.join(names)} as {name}"
        left_out = {
            number
            for node in ast.walk(statement)
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and _is_text(node.body[0])
            for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
        }
        decorators = [each.lineno for each in getattr(statement, "decorator_list", ())]
        numbers = range(min([statement.lineno, *decorators]), (statement.end_lineno or 0) + 1)
        kept = (self.lines[number - 1].rstrip() for number in numbers if number not in left_out)
        return "\n".join(line for line in kept if line and not line.lstrip().startswith("#"))

    def uses(self, statement: ast.stmt) -> Iterator[tuple[Path, str]]:
        """File and name of everything of the question files that a statement names."""
        imported = dict(self.imported)
        for node in ast.walk(statement):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported |= self._project(node)
        within = {id(node.value) for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                file, name = imported.get(node.value.id, (self.path, ""))
                if name == "*":
                    yield file, node.attr
            if isinstance(node, ast.Name):
                if node.id in imported:
                    file, name = imported[node.id]
                    if name != "*" or id(node) not in within:
                        yield file, name
                elif node.id in self.bound:
                    yield self.path, node.id

    def _project(self, statement: ast.Import | ast.ImportFrom) -> dict[str, tuple[Path, str]]:
        """Name here -> (file, name there, "*" for a whole file), for imports from the question files."""
        found: dict[str, tuple[Path, str]] = {}
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                file = self._file(alias.name.split("."))
                if file and not alias.asname:
                    raise ParameterError(
                        f"{self.path}: import {alias.name} has no name of its own here, so what is used of it cannot "
                        f"be told; write import {alias.name} as ..., or from ... import"
                    )
                if file and alias.asname:
                    found[alias.asname] = file, "*"
            return found
        above = [self.root.name, self.path.parent.name][: 3 - statement.level] if statement.level else []
        parts = [*above, *(statement.module or "").split(".")] if statement.module else above
        for alias in statement.names:
            name = alias.asname or alias.name
            if name == "*" and (file := self._file(parts)):
                names = _module(file, _state(file), self.root).bound
                found |= {each: (file, each) for each in names}
            elif file := self._file([*parts, alias.name]):
                found[name] = file, "*"
            elif file := self._file(parts):
                found[name] = file, alias.name
        return found

    def _file(self, parts: list[str]) -> Path | None:
        inside = parts[1:] if parts[:1] == [self.root.name] else parts
        file = self.root.joinpath(*inside).with_suffix(".py") if inside else None
        return file if file is not None and file.is_file() else None


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in statement.names)
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_script(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def _imported(content: bytes, root: Path) -> list[Path]:
    """Chapters and shared files below a folder that a file imports from, in order of their names."""
    found = set()
    for module, name in _IMPORT.findall(content):
        parts = module.decode().lstrip(".").removeprefix(root.name).lstrip(".").split(".")
        first = parts[0] or name.decode()
        found |= {place for place in (root / first, root / f"{first}.py") if first and place.exists()}
    return sorted(found)
