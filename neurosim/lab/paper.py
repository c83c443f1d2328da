"""What a paper needs of a result, in one folder: figure, caption, tables, a methods sentence and BibTeX."""

import re
import shutil
from pathlib import Path
from typing import Any

from neurosim.lab.cite import cite
from neurosim.lab.figures import draw_figure, letters_of, result_of
from neurosim.lab.question_files import find, home
from neurosim.lab.result import Result
from neurosim.lab.storage import write_bytes
from neurosim.lab.tables import table_files
from neurosim.params import ParameterError
from neurosim.reading import a_path

_LIBRARIES = {"brian2": "Brian2", "numpy": "NumPy", "scipy": "SciPy", "scikit-learn": "scikit-learn", "numba": "Numba"}


def write_paper(
    result: Result | Path | str,
    into: Path | str,
    *,
    panels: str = "",
    size: str = "nature-2",
    folder: Path | None = None,
) -> list[Path]:
    """Write `figure.pdf`, `caption.txt`, `methods.txt`, `references.bib` and the tables of a result.

    Each table is a CSV with its columns' units and meanings in the `.json` of the same name; columns of arrays are
    `.npz` beside it.

    Args:
        result: whose; also its folder, or the name of a question.
        into: a folder that is empty or not there yet.
        panels: letters of the panels that are wanted, such as "B,C"; all when left out.
        size: width of the figure, as for [style][neurosim.plots.style.style].
        folder: the folder of the questions.

    Returns
        The files.

    Raises:
        ParameterError: the folder holds something, or the question has no such panel.
    """
    from neurosim.plots import save_figure

    into = a_path(into, "write_paper", "into")
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ParameterError(f"{into} is there already and holds something, expected an empty folder or a new name")
    questions = folder or home()
    result = result_of(result, folder=questions)
    drawing = draw_figure(result, panels=letters_of(panels), size=size, folder=questions)
    references = cite(result.folder, lambda name: find(name, questions))
    into.mkdir(parents=True, exist_ok=True)
    files = save_figure(drawing.figure, into / "figure", ("pdf",))
    texts = {"caption.txt": drawing.caption, "methods.txt": methods(result), "references.bib": references}
    for name, content in texts.items():
        write_bytes(into / name, (content + "\n").encode())
        files.append(into / name)
    for table in table_files(result.folder):
        parts = [table, table.with_suffix(".json"), *sorted(result.folder.glob(f"{table.stem}.*.npz"))]
        files += [Path(shutil.copyfile(part, into / part.name)) for part in parts]
    return files


def methods(result: Result) -> str:
    """One paragraph: what ran, with which versions, seeds and parameters."""
    run, versions = result.run, result.run["versions"]
    first, count = run["seeds"]
    used = [f"{label} {versions[name]}" for name, label in _LIBRARIES.items() if _used(name, run)]
    commit = str((run.get("git") or {}).get("commit") or "")
    code = f"commit {commit[:12]}" if commit else f"code {run['code']}"
    seeds = f"seeds {first} to {first + count - 1}" if count > 1 else f"seed {first}"
    seeds = f"with {seeds} (one replicate each)" if run["seed"][:1].isdigit() else "without random numbers"
    chosen = [
        f"{name} = {_value(entry['value'])}{'' if entry['unit'] == '1' else ' ' + entry['unit']} ({entry['meaning']})"
        for name, entry in result.parameters.items()
        if name != "seeds"
    ]
    caution = "This was a short run, whose numbers are leanings. " if result.quick else ""
    repeat = re.sub(r" --out (?:'[^']*'|\S+)", "", run["command"])  # a folder of one's own says nothing to a reader
    changed = " with changes that were not committed" if (run.get("git") or {}).get("changed") else ""
    return (
        f"{caution}The question {result.name} of neurosim {versions['neurosim']} ({code}{changed}) was run {seeds} on "
        f"Python {versions['python']} with {_listed(used)}. Parameters: {'; '.join(chosen) or 'none'}. The figure was "
        f"drawn from the stored tables. To repeat: {repeat}"
    )


def _used(name: str, run: dict[str, Any]) -> bool:
    return bool(run["versions"].get(name)) and (name != "brian2" or "brian" in run["notes"].get("engine", ()))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
