"""The laboratory: a question is asked, its replicates are computed, and half a run is never taken for a whole one.

A question is one file (see [Question][neurosim.lab.question.Question]). It may be run as a script, with `neurosim run`,
or in a notebook with [run][neurosim.lab.runs.run]. Each name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.commands import main as main
    from neurosim.lab.conclusions import check as check
    from neurosim.lab.conclusions import near as near
    from neurosim.lab.conclusions import not_testable as not_testable
    from neurosim.lab.conclusions import report as report
    from neurosim.lab.figures import draw_figure as draw_figure
    from neurosim.lab.figures import draw_panel as draw_panel
    from neurosim.lab.findings import Finding as Finding
    from neurosim.lab.findings import above as above
    from neurosim.lab.findings import below as below
    from neurosim.lab.findings import between as between
    from neurosim.lab.grid import sweep as sweep
    from neurosim.lab.question import Question as Question
    from neurosim.lab.question import ask as ask
    from neurosim.lab.result import Result as Result
    from neurosim.lab.result import read_result as read_result
    from neurosim.lab.rows import Row as Row
    from neurosim.lab.rows import column as column
    from neurosim.lab.runs import run as run
    from neurosim.lab.verdicts import context as context
    from neurosim.lab.verdicts import definition as definition
    from neurosim.lab.verdicts import exists as exists
    from neurosim.lab.verdicts import judge as judge
    from neurosim.lab.verdicts import needed as needed
    from neurosim.lab.verdicts import side as side

_HOMES = {
    "commands": ("main",),
    "lab.conclusions": ("check", "near", "not_testable", "report"),
    "lab.figures": ("draw_figure", "draw_panel"),
    "lab.findings": ("Finding", "above", "below", "between"),
    "lab.grid": ("sweep",),
    "lab.question": ("Question", "ask"),
    "lab.result": ("Result", "read_result"),
    "lab.rows": ("Row", "column"),
    "lab.runs": ("run",),
    "lab.verdicts": ("context", "definition", "exists", "judge", "needed", "side"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_MODULE_OF)  # pyright: ignore


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'neurosim.lab' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value = globals()[name] = getattr(import_module(f"neurosim.{_MODULE_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return list(__all__)
