"""Take what the gallery shows from full runs: `python docs/gallery.py results` writes gallery.csv and images/gallery/.

The page itself is written by `docs/generate.py`. Thumbnails are kept in the repository, so that the page is built
without a run; a figure at full size comes from `make figures`.
"""

import csv
import io
import sys
from pathlib import Path

from PIL import Image

from neurosim.files import write_bytes
from neurosim.lab.figures import newest, undamaged
from neurosim.lab.question_files import name_of, questions

DOCS = Path(__file__).resolve().parent
EXPERIMENTS = DOCS.parent / "experiments"
COLUMNS = ("question", "answer", "replicates", "cpu_s")
WIDTH = 360
"""Pixels."""


def main(out: Path) -> None:
    """Write the table and a thumbnail for every question that has a full run."""
    rows = []
    (DOCS / "images" / "gallery").mkdir(parents=True, exist_ok=True)
    for path in questions(EXPERIMENTS):
        name, folders = name_of(path), undamaged(out / name_of(path))
        result = newest(folders, path) if folders else None
        if result is None or result.quick:
            print(f"no full run of {name} in {out}")
            continue
        run = result.run
        rows.append((name, run["summary"], run["seeds"][1], f"{run['cpu_s']:.2g}"))
        write_bytes(DOCS / "images" / "gallery" / thumbnail_name(name), thumbnail(result.figure))
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([COLUMNS, *rows])
    write_bytes(DOCS / "gallery.csv", buffer.getvalue().encode())


def thumbnail_name(question: str) -> str:
    """The file of a question's thumbnail."""
    return f"{question.replace('/', '.')}.webp"


def thumbnail(figure: Path) -> bytes:
    """A figure, small."""
    with Image.open(figure) as image:
        small = image.convert("RGB").resize(
            (WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS
        )
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=60, method=6)
    return buffer.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
