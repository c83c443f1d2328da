"""`neurosim cite`: software and literature of a result."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.cite import cite
from neurosim.lab.question_files import find
from neurosim.lab.reader import reader as reader_of


def command(words: Sequence[str], folder: Path) -> int:
    """Print BibTeX entries."""
    reader = reader_of("neurosim cite")
    reader.add_argument("folder", type=Path)
    print(cite(reader.parse_args(words).folder, lambda name: find(name, folder)))
    return 0
