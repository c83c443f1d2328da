"""The documentation is true: its Python runs, its recipes need one file each, its generated pages follow the code."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from neurosim import activations, cells, homeostasis, inhibition, plasticity, registry
from neurosim.lab.question_files import name_of, questions

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILE = re.compile(
    r"# ((?:neurosim/(?:activations|cells|homeostasis|inhibition|plasticity)|experiments/neurons)/\w+\.py)\n"
)
LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)]*)?\)")


def blocks(page: Path) -> list[tuple[int, str]]:
    """Line number and text of every Python block of a page."""
    text = page.read_text(encoding="utf-8")
    return [(text[: match.start(1)].count("\n"), match[1]) for match in BLOCK.finditer(text)]


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """A folder to run in, whose neurosim/activations, /cells and so on count as part of the package's own."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    for package in (activations, cells, homeostasis, inhibition, plasticity):
        folder = tmp_path / package.__name__.replace(".", "/")
        folder.mkdir(parents=True)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    (tmp_path / "experiments" / "neurons").mkdir(parents=True)
    yield tmp_path
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(tmp_path)):
            parent, _, child = name.rpartition(".")
            vars(sys.modules.get(parent, ModuleType(""))).pop(child, None)
            del sys.modules[name]
    registry._found.cache_clear()
    inhibition.motifs.cache_clear()


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=lambda page: page.name)
def test_python_blocks_run(page, workplace, monkeypatch):
    session = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", session)
    for line, code in blocks(page):
        header = FILE.match(code)
        if header:
            (workplace / header[1]).write_text(code, encoding="utf-8")
            registry._found.cache_clear()
            inhibition.motifs.cache_clear()
        else:
            # blank lines in front make a traceback name the line of the page
            exec(compile("\n" * line + code, str(page), "exec"), vars(session))


def test_every_recipe_is_there():
    headers = [FILE.match(code) for _, code in blocks(ROOT / "docs" / "extending.md")]
    folders = {str(Path(header[1]).parent) for header in headers if header}
    families = {f"neurosim/{name}" for name in ("activations", "cells", "homeostasis", "inhibition", "plasticity")}
    assert folders == {*families, "experiments/neurons"}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith("results/") or target.endswith(".ipynb"):
            continue  # written by a run; notebooks have tests of their own
        assert (page.parent / target).exists(), f"{page.name} links to {target}, which does not exist"


def test_references_are_complete():
    text = (ROOT / "neurosim" / "references.bib").read_text(encoding="utf-8")
    entries = re.findall(r"^@(\w+)\{(\w+),\n(.*?)^\}", text, re.DOTALL | re.MULTILINE)
    assert len(entries) == text.count("\n@")
    keys = [key for _, key, _ in entries]
    assert keys == sorted(set(keys))
    home = {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "eprint"}
    for kind, key, body in entries:
        fields = dict(re.findall(r"^  (\w+) = \{(.+)\},$", body, re.MULTILINE))
        assert {"author", "title", "year", home[kind]} <= set(fields), key
        assert fields["year"] == re.search(r"\d{4}", key)[0], key
        assert body.count("{") == body.count("}"), key


def test_generated_pages_are_up_to_date():
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    written = {f"docs/{name}": text for name, text in generate.pages().items()}
    written |= {f"neurosim/{name}": text for name, text in generate.stubs().items()}
    for name, text in written.items():
        committed = (ROOT / name).read_text(encoding="utf-8")
        assert committed == text, f"{name} is not what the code says now: run `python docs/generate.py`"


def test_the_gallery_has_every_question_and_the_start_page_every_page_once():
    text = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    for path in questions(ROOT / "experiments"):
        name = name_of(path)
        assert f"(../experiments/{name}.py)" in text, (
            f"{name}: run it at full size, then `python docs/gallery.py results`"
        )
        picture = re.search(rf"!\[Figure of {name}\]\((\S+)\)", text)[1]
        assert (ROOT / "docs" / picture).is_file(), picture
    start = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[[^\]]+\]\((\S+)\)", start, re.MULTILINE)
    pages = [path for kind in ("*.md", "notebooks/*.ipynb", "tutorials/*.py") for path in (ROOT / "docs").glob(kind)]
    assert sorted(listed) == sorted({path.relative_to(ROOT / "docs").as_posix() for path in pages} - {"index.md"})
