"""`neurosim figure`: a question's figure again, from its tables: some panels, another size, another format."""

from collections.abc import Sequence
from pathlib import Path

from neurosim.lab.figures import draw_figure, letters_of, result_of, stem_of
from neurosim.lab.reader import reader as reader_of
from neurosim.lab.telling import say


def command(words: Sequence[str], folder: Path) -> int:
    """Draw and write one file."""
    from neurosim.plots import save_figure

    reader = reader_of("neurosim figure")
    reader.add_argument("source", metavar="FOLDER or QUESTION")
    reader.add_argument("--size", default="nature-2")
    reader.add_argument("--panels", default="")
    reader.add_argument("--format", default="pdf")
    reader.add_argument("--to", type=Path, default=Path())
    reader.add_argument("--out", type=Path, default=Path("results"))
    given = reader.parse_args(words)
    result, letters = result_of(given.source, out=given.out, folder=folder), letters_of(given.panels)
    drawing = draw_figure(result, panels=letters, size=given.size, folder=folder)
    if result.quick:
        say("from a short run: its numbers are leanings")
    (file,) = save_figure(drawing.figure, given.to / stem_of(result, letters), (given.format,))
    print(f"{drawing.caption}\n{file}")
    return 0
