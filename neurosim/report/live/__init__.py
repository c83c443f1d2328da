"""Live panels of the page: what a reader can move, in plain JavaScript whose numbers are those of the package.

A panel is one file of this folder, `<name>.js`, that begins with

    // title: what it is called on the page
    // beside: the question that it stands with, such as "neurons/activation_fits"
    // about: one sentence on what there is to see

and calls `live.add("<name>", {...})`. A module `<name>.py` beside it with a function `given()` hands it constants and
data that the package computes when the page is built. Files whose name begins with an underscore are what panels
share. No list names the panels: those of the folder are shown.
"""

import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from neurosim.params import ParameterError

_HEAD = re.compile(r"// (title|beside|about): (.+)")


@dataclass(frozen=True)
class Panel:
    """A live panel as the page has it.

    Args:
        name: of its file.
        title: what it is called.
        beside: the question that it stands with.
        about: one sentence on what there is to see.
    """

    name: str
    title: str
    beside: str
    about: str


def panels(folder: Path = Path(__file__).parent) -> list[Panel]:
    """The panels of the folder, in the order of their names.

    Raises:
        ParameterError: a file does not say its title, its question, or what it is about.
    """
    return [_panel(path) for path in sorted(folder.glob("[!_]*.js"))]


def script() -> str:
    """The JavaScript of all panels with the data that they are given."""
    folder = Path(__file__).parent
    files = sorted(
        folder.glob("*.js"), key=lambda path: (path.name != "_kit.js", not path.name.startswith("_"), path.name)
    )
    sources = {path.stem: _brief(path.read_text(encoding="utf-8")) for path in files}
    # A closing tag inside a text would end the script.
    data = json.dumps(_given(), separators=(",", ":")).replace("</", "<\\/")
    kit = sources.pop("_kit")
    return "\n".join(['"use strict";', kit, f"Object.assign(live.given, {data});", *sources.values(), "live.begin();"])


def _brief(source: str) -> str:
    """The source without comments of a whole line and without indentation, which the page need not carry."""
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _panel(path: Path) -> Panel:
    lines = path.read_text(encoding="utf-8").splitlines()[:3]
    said: dict[str, str] = {found[1]: found[2] for line in lines if (found := _HEAD.match(line))}
    if set(said) != {"title", "beside", "about"}:
        raise ParameterError(
            f'{path.name}: a panel begins with "// title: ", "// beside: " and "// about: ", got {sorted(said)}'
        )
    return Panel(path.stem, **said)


@cache
def _given() -> Mapping[str, Any]:
    """What the modules beside the panels hand to them, by name."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")
    return {name: importlib.import_module(f"{__name__}.{name}").given() for name in names}
