"""The laboratory: a question is asked, its replicates are computed, and half a run is never taken for a whole one.

A question is one file (see [Question][neurosim.lab.question.Question]). It may be run as a script, with `neurosim run`,
or in a notebook with [run][neurosim.lab.runs.run].
"""

from neurosim.lab.cli import main
from neurosim.lab.conclusions import check, near, not_testable, report
from neurosim.lab.findings import Finding, above, below, between
from neurosim.lab.grid import sweep
from neurosim.lab.question import Question, ask
from neurosim.lab.result import Result, read_result
from neurosim.lab.rows import Row, column
from neurosim.lab.runs import run
from neurosim.lab.verdicts import context, definition, exists, judge, needed, side

__all__ = [
    "Finding",
    "Question",
    "Result",
    "Row",
    "above",
    "ask",
    "below",
    "between",
    "check",
    "column",
    "context",
    "definition",
    "exists",
    "judge",
    "main",
    "near",
    "needed",
    "not_testable",
    "read_result",
    "report",
    "run",
    "side",
    "sweep",
]
