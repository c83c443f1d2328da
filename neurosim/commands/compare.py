"""`neurosim compare`: what differs between two results or two sweeps."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.compare import compare
from neurosim.lab.reader import reader as reader_of


def command(words: Sequence[str], folder: Path) -> int:
    """Print the differences."""
    reader = reader_of("neurosim compare")
    reader.add_argument("one", type=Path)
    reader.add_argument("other", type=Path)
    given = reader.parse_args(words)
    print(compare(given.one, given.other))
    return 0
