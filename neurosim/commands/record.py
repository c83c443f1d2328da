"""`neurosim record`: the verdicts of the full runs, for everybody to read."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.commands import EXIT_CHECK_FAILED
from neurosim.lab.question_files import questions
from neurosim.lab.reader import reader as reader_of
from neurosim.lab.record import NAME, read_rows, renew


def command(words: Sequence[str], folder: Path) -> int:
    """Renew the record; says whose verdicts were lost."""
    reader = reader_of("neurosim record")
    reader.add_argument("--out", type=Path, default=Path("results"))
    lost = renew(questions(folder), reader.parse_args(words).out, folder / NAME)
    print(f"{folder / NAME}: {len(read_rows(folder / NAME))} verdicts")
    print("\n".join(lost), end="\n" if lost else "")
    return EXIT_CHECK_FAILED if lost else 0
