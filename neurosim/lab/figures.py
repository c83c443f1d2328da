"""Figures of finished results for papers and talks: some panels, another size, or on axes of one's own."""

import os
import string
from pathlib import Path
from typing import Any

from neurosim.lab.code import code_of
from neurosim.lab.digests import digests
from neurosim.lab.drawing import Drawing, draw, on, panel_of
from neurosim.lab.outcome import tables_in
from neurosim.lab.question import Question, ask
from neurosim.lab.question_files import find, home, name_of
from neurosim.lab.result import Result, read_result
from neurosim.lab.storage import MANIFEST, damage, finished
from neurosim.lab.telling import say
from neurosim.params import DimensionError, ParameterError, text
from neurosim.reading import a_path


def undamaged(folder: Path) -> list[Path]:
    """Finished results of one question, oldest first, without sweeps and without those that were changed."""
    return [each for each in finished(folder) if not each.name.startswith("sweep-") and not damage(each)]


def newest(folders: list[Path], path: Path) -> Result:
    """The newest of some results; a full run of the code of now goes before short ones."""
    code, results = code_of(path), [read_result(folder, verify=False) for folder in folders]
    full = [result for result in results if not result.quick and result.run["code"] == code]
    return (full or results)[-1]


def result_of(source: Result | Path | str, *, out: Path | str = "results", folder: Path | None = None) -> Result:
    """A result by its folder, or the newest one of a question by its name.

    Args:
        source: a result, its folder, or a question (name or file).
        out: folder of all results.
        folder: the folder of the questions; the one here or the package's own when left out.

    Raises:
        ParameterError: it is neither, or the question was not run.
        DimensionError: something that cannot be one of them.
    """
    if isinstance(source, Result):
        return source
    out = a_path(out, "result_of", "folder")
    if not isinstance(source, str | os.PathLike) or not str(source):
        raise DimensionError(f"source: got {source!r:.60}, expected a result, its folder, or the name of a question")
    if (Path(source) / MANIFEST).is_file():
        return read_result(Path(source))
    if Path(source).is_dir():
        raise ParameterError(f"{source} is no finished result, expected a folder with {MANIFEST}, or a question's name")
    path = find(str(source), folder or home())
    there = undamaged(out / name_of(path))
    if not there:
        raise ParameterError(f"{out / name_of(path)} holds no finished result; neurosim run {name_of(path)}")
    return newest(there, path)


def question_of(result: Result, folder: Path | None = None) -> Question:
    """The question that a result answers; it is said if its numbers would come out otherwise by now."""
    question = ask(find(result.name, folder or home()))
    if result.run.get("numbers") != digests(question)["numbers"]:
        say(f"{result.name}: what its numbers depend on has changed since they were computed; drawn by the code of now")
    return question


def draw_figure(
    source: Result | Path | str,
    *,
    panels: str = "",
    size: str = "nature-2",
    out: Path | str = "results",
    folder: Path | None = None,
) -> Drawing:
    """A question's figure from the tables of a result, in the fonts of journals where they are installed.

    Args:
        source: a result, its folder, or a question (name or file), whose newest result is taken.
        panels: letters of those that are wanted, such as "B,C" or "BC"; all when left out.
        size: width, as for [style][neurosim.plots.style.style].
        out: folder of all results.
        folder: the folder of the questions.

    Returns
        The figure (of Matplotlib), its caption, and the caption of each panel. Panels are lettered anew from A.

    Raises:
        ParameterError: no such result, or the question has no such panel.
        UnknownNameError: no such size.
    """
    result = result_of(source, out=out, folder=folder)
    question = question_of(result, folder)
    return draw(question, tables_in(result.folder), size, letters_of(panels), journal=True)


def draw_panel(
    source: Result | Path | str, panel: str, ax: Any, *, out: Path | str = "results", folder: Path | None = None
) -> str:
    """Draw one panel of a result on axes of your own; returns its caption.

    Args:
        source: a result, its folder, or a question (name or file), whose newest result is taken.
        panel: its letter.
        ax: axes of Matplotlib.
        out: folder of all results.
        folder: the folder of the questions.

    Raises:
        ParameterError: no such result, or the question has no such panel.
    """
    from neurosim.plots.checks import own_axes

    result = result_of(source, out=out, folder=folder)
    question = question_of(result, folder)
    chosen = panel_of(question, text(panel, "draw_panel: panel"))
    return on(own_axes(ax, "draw_panel: ax"), question, chosen, tables_in(result.folder))


def letters_of(panels: str) -> str:
    """The letters in "B,C", "b, c" or "BC".

    Raises:
        ParameterError: something else, or one of them twice.
    """
    letters = text(panels, "panels").upper().replace(",", "").replace(" ", "")
    if set(letters) - set(string.ascii_uppercase) or len(set(letters)) < len(letters):
        raise ParameterError(f"panels: got {panels!r}, expected letters, each once, such as B,C")
    return letters


def stem_of(result: Result, letters: str) -> str:
    """The name of a figure's file: the question's, and the panels if they are some."""
    return os.path.basename(result.name) + (f"-{letters}" if letters else "")
