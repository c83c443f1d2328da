"""The report: every result on one page that needs nothing else."""

from neurosim.report.page import build_report

__all__ = ["build_report"]
