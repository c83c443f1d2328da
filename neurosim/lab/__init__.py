"""The laboratory: run an experiment, keep everything it found, and never mistake half a run for a whole one.

An experiment is one file (see [Experiment][neurosim.lab.experiment.Experiment]) and may be run as a script, with
`python -m experiments run`, or in a notebook with [run][neurosim.lab.runner.run].
"""

from neurosim.lab.command import main
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.experiment import Experiment, load
from neurosim.lab.findings import Finding, above, below, between
from neurosim.lab.progress import Progress
from neurosim.lab.result import Result, read_result
from neurosim.lab.runner import replot, run

__all__ = [
    "CROSS_CHECK_COLUMNS",
    "Experiment",
    "Finding",
    "Progress",
    "Result",
    "above",
    "below",
    "between",
    "cross_check",
    "cross_check_findings",
    "load",
    "main",
    "read_result",
    "replot",
    "run",
]
