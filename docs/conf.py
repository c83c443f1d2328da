"""Sphinx: builds the documentation site from the pages of this folder (`make docs`)."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

project = "neurosim"
author = "The neurosim authors"
copyright = "The neurosim authors"
release = (ROOT / "neurosim" / "version.py").read_text(encoding="utf-8").partition('"')[2].partition('"')[0]
version = release

extensions = ["myst_nb"]
nb_custom_formats = {".nb.py": ["jupytext.reads", {"fmt": "py:percent"}]}
suppress_warnings = ["myst-nb.lexer"]  # of tutorials that are not run (nb_execution_mode=off)
exclude_patterns = ["_build"]
root_doc = "index"
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".nb.py": "myst-nb"}
myst_heading_anchors = 4
nb_execution_mode = "auto"  # the tutorials; a notebook keeps its outputs
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_execution_excludepatterns = ["notebooks/*"]

html_theme = "pydata_sphinx_theme"
html_title = "neurosim"
html_theme_options = {
    "navigation_with_keys": True,
    "show_toc_level": 1,
    "icon_links": [],
    "search_bar_text": "Search these pages",
}
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_sidebars = {"**": []}


def contents(app, name, text):
    """The contents of the site: what stands under each heading of the start page, in that order."""
    if name != "index":
        return
    for part in re.split(r"^## ", text[0], flags=re.MULTILINE)[1:]:
        heading = part.partition("\n")[0]
        pages = re.findall(r"^\| \[[^\]]+\]\((\S+?)\.(?:md|ipynb|nb\.py)\)", part, re.MULTILINE)
        text[0] += "\n".join(["", "```{toctree}", ":hidden:", f":caption: {heading}", "", *pages, "```", ""])


def setup(app):
    """Sphinx calls this."""
    app.connect("source-read", contents)
