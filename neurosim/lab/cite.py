"""Whom to cite for a result: the software that ran, and the literature of its question and its models, as BibTeX."""

import inspect
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

from neurosim.lab.question import ask
from neurosim.lab.result import read_result
from neurosim.version import __version__

BIBLIOGRAPHY = Path(__file__).resolve().parents[1] / "references.bib"

_SOFTWARE = {
    "brian2": "stimberg2019", "numpy": "harris2020", "scipy": "virtanen2020", "matplotlib": "hunter2007",
    "scikit-learn": "pedregosa2011", "pandas": "mckinney2010", "numba": "lam2015",
}  # fmt: skip
_MODELS = ("cells", "plasticity", "activations", "homeostasis")


def cite(folder: Path, find: Callable[[str], Path]) -> str:
    """BibTeX of this package, of the libraries that a result used, and of the sources named by question and models.

    Raises:
        ParameterError: the folder holds no undamaged result.
    """
    result = read_result(folder)
    entries = bibliography()
    question = ask(find(result.name))
    texts = [question.question, *(_source(name) for name in result.run["notes"].get("models", ()))]
    engines = result.run["notes"].get("engine", ())
    used = [
        key
        for name, key in _SOFTWARE.items()
        if result.run["versions"].get(name) and (name != "brian2" or "brian" in engines)
    ]
    keys = dict.fromkeys([*(key for key in used if key in entries), *named(texts, entries)])
    title = "neurosim: the same circuit as a ReLU network, a rate population and spiking neurons"
    own = f"@software{{neurosim,\n  author = {{The neurosim authors}},\n  title = {{{title}}},\n"
    own += f"  version = {{{result.run['versions'].get('neurosim') or __version__}}},\n}}"
    return "\n\n".join([own, *(entries[key] for key in keys)])


def bibliography() -> dict[str, str]:
    """Every entry of the bibliography by its key."""
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    return {
        found[1]: found[0].strip() for found in re.finditer(r"^@\w+\{([^,]+),.*?^\}", text, re.DOTALL | re.MULTILINE)
    }


def named(texts: Iterable[str], entries: dict[str, str]) -> list[str]:
    """Keys of the entries whose first author and year stand close together in one of the texts."""
    found = []
    for key, entry in entries.items():
        author = re.search(r"author\s*=\s*\{+([^,}]+)", entry)
        year = re.search(r"year\s*=\s*\{?(\d{4})", entry)
        if author is None or year is None:
            continue
        pattern = rf"\b{re.escape(author[1].split()[-1])}\b[^;]{{0,120}}?\b{year[1]}\b"
        if any(re.search(pattern, text, re.DOTALL) for text in texts):
            found.append(key)
    return found


def _source(name: str) -> str:
    """The part of a model's docstring that names its sources."""
    for family in _MODELS:
        module = import_module(f"neurosim.{family}")
        try:
            return (inspect.getdoc(getattr(module, name)) or "").partition("Source")[2]
        except AttributeError:
            continue
    return ""
