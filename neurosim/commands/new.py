"""`neurosim new`: a question file that runs at once."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.new import new
from neurosim.lab.reader import reader as reader_of


def command(words: Sequence[str], folder: Path) -> int:
    """Write the file and say how to run it."""
    reader = reader_of("neurosim new")
    reader.add_argument("name", metavar="CHAPTER/QUESTION")
    path = new(reader.parse_args(words).name, Path("experiments") if Path("experiments").is_dir() else Path())
    print(f"{path}\nneurosim run {path}")
    return 0
