"""`neurosim paper`: figure, caption, tables, methods and references of a result in one folder."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.figures import letters_of, result_of, stem_of
from neurosim.lab.paper import write_paper
from neurosim.lab.reader import reader as reader_of
from neurosim.lab.telling import say


def command(words: Sequence[str], folder: Path) -> int:
    """Write the folder."""
    reader = reader_of("neurosim paper")
    reader.add_argument("source", metavar="FOLDER or QUESTION")
    reader.add_argument("--size", default="nature-2")
    reader.add_argument("--panels", default="")
    reader.add_argument("--to", type=Path)
    reader.add_argument("--out", type=Path, default=Path("results"))
    given = reader.parse_args(words)
    result = result_of(given.source, out=given.out, folder=folder)
    into = given.to or Path(f"paper-{stem_of(result, letters_of(given.panels))}")
    if result.quick:
        say("from a short run: its numbers are leanings")
    files = write_paper(result, into, panels=given.panels, size=given.size, folder=folder)
    print("\n".join(str(file) for file in files))
    return 0
