"""The list of planted defects: where each belongs, and the source of a file with one of them in it.

A defect is one line of one function and what stands there instead. It is found by the function's name and the line's
own text, so that changes elsewhere in the file do not touch it; a line that has changed has lost its defect, which is
then `gone`.
"""

import ast
import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LISTS = (HERE / "by_hand.csv", HERE / "generated.csv")
FIELDS = ("file", "function", "line", "instead", "nth", "kind")


@dataclass(frozen=True)
class Defect:
    """One line of a function and what stands there instead."""

    file: str
    function: str
    line: str
    instead: str
    nth: int = 0
    kind: str = ""

    @property
    def name(self) -> str:
        """Eight digits that say which it is, whatever stands before it in the list."""
        text = "\n".join((self.file, self.function, self.line, self.instead, str(self.nth)))
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def __str__(self) -> str:
        return f"{self.name} {self.file} {self.function or 'module'}: {self.line}  ->  {self.instead}"


def listed(path: Path) -> list[Defect]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Defect(**row | {"nth": int(row["nth"])}) for row in csv.DictReader(file)]


def everything() -> list[Defect]:
    """By hand first, each once."""
    return list({defect.name: defect for path in LISTS for defect in listed(path)}.values())


def write(path: Path, defects: list[Defect]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(FIELDS)
        rows.writerows([getattr(each, field) for field in FIELDS] for each in defects)


def functions(tree: ast.Module) -> dict[str, ast.AST]:
    """Every function and class by its qualified name as Python says it; the module itself is ''."""
    found: dict[str, ast.AST] = {"": tree}

    def visit(node: ast.AST, before: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = before + child.name
                found.setdefault(name, child)
                visit(child, name + (".<locals>." if isinstance(child, ast.FunctionDef) else "."))
            else:
                visit(child, before)

    visit(tree, "")
    return found


@cache
def _source(path: Path) -> tuple[str, dict[str, ast.AST]]:
    text = path.read_text(encoding="utf-8")
    return text, functions(ast.parse(text)) if path.suffix == ".py" else {}


def planted(defect: Defect, root: Path = ROOT) -> str | None:
    """The file's text with the defect in it; None where its line is gone."""
    path = root / defect.file
    if not path.exists():
        return None
    text, known = _source(path)
    node = known.get(defect.function)
    if node is None:
        return None
    lines = text.splitlines(keepends=True)
    first, last = (1, len(lines)) if not defect.function else (node.lineno, node.end_lineno)  # type: ignore[attr-defined]
    places = [at for at in range(first - 1, last) if lines[at].strip() == defect.line]
    if len(places) <= defect.nth:
        return None
    at = places[defect.nth]
    lines[at] = lines[at].replace(defect.line, defect.instead)
    changed = "".join(lines)
    try:
        compile(changed, defect.file, "exec")
    except SyntaxError:
        return None
    return changed
