"""The laboratory: run an experiment, keep everything it found, and never mistake half a run for a whole one.

An experiment is one file (see [Experiment][neurosim.lab.experiment.Experiment]) and may be run as a script, with
`python -m experiments run`, or in a notebook with [run][neurosim.lab.runner.run].
"""

from neurosim.lab.cli import main as main_of_question
from neurosim.lab.command import main as main_of_experiment
from neurosim.lab.conclusions import check, claim, claim_of_parts, near, not_testable, report
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.experiment import Experiment, load
from neurosim.lab.findings import Finding, above, below, between
from neurosim.lab.grid import sweep
from neurosim.lab.progress import Progress
from neurosim.lab.question import Question, ask
from neurosim.lab.result import Result, read_result
from neurosim.lab.rows import Row, column
from neurosim.lab.runner import replot, run


def main(file: str) -> None:
    """The last line of a question file: `if __name__ == "__main__": main(__file__)`. Does not return."""
    import sys

    (main_of_question if hasattr(sys.modules["__main__"], "PANELS") else main_of_experiment)(file)


__all__ = [
    "CROSS_CHECK_COLUMNS",
    "Experiment",
    "Finding",
    "Progress",
    "Question",
    "Result",
    "Row",
    "above",
    "ask",
    "below",
    "between",
    "check",
    "claim",
    "claim_of_parts",
    "column",
    "cross_check",
    "cross_check_findings",
    "load",
    "main",
    "near",
    "not_testable",
    "read_result",
    "replot",
    "report",
    "run",
    "sweep",
]
