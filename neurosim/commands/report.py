"""`neurosim report`: one HTML page of all results."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.reader import reader as reader_of
from neurosim.report import build_report


def command(words: Sequence[str], folder: Path) -> int:
    """Build the page."""
    reader = reader_of("neurosim report")
    reader.add_argument("--out", type=Path, default=Path("results"))
    print(build_report(reader.parse_args(words).out, folder))
    return 0
