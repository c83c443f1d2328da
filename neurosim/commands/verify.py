"""`neurosim verify`: run a result again and compare."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.commands import EXIT_CHECK_FAILED
from neurosim.lab.compare import verify
from neurosim.lab.question_files import find
from neurosim.lab.reader import reader as reader_of


def command(words: Sequence[str], folder: Path) -> int:
    """Say whether a result comes out again."""
    reader = reader_of("neurosim verify")
    reader.add_argument("folder", type=Path)
    reader.add_argument("--jobs", type=int, default=0)
    given = reader.parse_args(words)
    text, same = verify(given.folder, lambda name: find(name, folder), jobs=given.jobs)
    print(text)
    return 0 if same else EXIT_CHECK_FAILED
