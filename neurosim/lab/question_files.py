"""The files of the questions: found, named and titled without running or importing what they import."""

import ast
from collections.abc import Iterator
from pathlib import Path

from neurosim.errors import ParameterError

_LONGEST_TITLE = 4096
"""Characters at the start of a file in which its first line of text ends."""


def is_question(path: Path) -> bool:
    """Whether a file is a question: `<chapter>/<name>.py`, no underscore in front."""
    return path.suffix == ".py" and not path.name.startswith("_")


def questions(folder: Path) -> Iterator[Path]:
    """The question files below a folder: those of its chapters, in order of their names."""
    for chapter in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))):
        yield from sorted(path for path in chapter.glob("*.py") if is_question(path))


def name_of(path: Path) -> str:
    """Chapter and file name of a question file."""
    return f"{path.resolve().parent.name}/{path.stem}"


def title_of(path: Path) -> str:
    """The question of a file, the first line of its text (of a file that is not Python, what is wrong with it)."""
    with path.open(encoding="utf-8") as file:
        start = file.read(_LONGEST_TITLE)
    if start.startswith('"""') and not start.startswith('"""\\') and "\n" in start:
        first = start[3:].partition("\n")[0].partition('"""')[0].strip()
        if first and "\\" not in first:
            return first
    try:
        return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "(no docstring)").splitlines()[0]
    except SyntaxError as error:
        return f"(not readable: {error.msg}, line {error.lineno})"


def home() -> Path:
    """The folder of the questions: `experiments` here, or the one that came with the package."""
    here = Path("experiments")
    if here.is_dir():
        return here.resolve()
    return Path(__file__).resolve().parents[2] / "experiments"


def find(name: str, folder: Path) -> Path:
    """The file of a question, by its path or its name ("learning/bars", or "bars" where that is enough).

    A question of one's own is found by its path from here, with or without ".py"; known names go first.

    Raises:
        ParameterError: there is no such file.
        UnknownNameError: there is no such question.
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
        from neurosim.params import unknown_name

        raise unknown_name("question", name, [*known, *(word for word in short if "/" not in name)])
    return found
