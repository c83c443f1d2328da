"""`neurosim list`: every question, by chapter."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.question_files import name_of, questions, title_of


def command(words: Sequence[str], folder: Path) -> int:
    """Print the names and titles of all questions of a folder."""
    if words:
        from neurosim.lab.reader import reader

        reader("neurosim list").parse_args(words)
    chapter = ""
    for path in questions(folder):
        name = name_of(path)
        if name.partition("/")[0] != chapter:
            chapter = name.partition("/")[0]
            print(f"{chapter}/")
        print(f"  {path.stem:<28} {title_of(path)}")
    return 0
