"""A slice of the sweep of malformed input in the ordinary suite; all of it with NEUROSIM_BAD_INPUT=all.

The families below are held to no internal error and no silent nonsense; the whole sweep prints the rest.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bad_input
import surface
from verdicts import INTERNAL, NONSENSE

WHOLE = os.environ.get("NEUROSIM_BAD_INPUT") == "all"
HELD = (
    *("activations.", "circuits.kernels.", "circuits.wiring.", "decisions.", "engines.", "homeostasis.", "metrics."),
    *("plasticity.", "plots.", "randomness.", "stimuli.patterns.", "theory.", "training."),
)
"""Beginnings of the names of what is clean."""
ONE_TARGET_IN, ONE_CASE_IN = 10, 5
"""Of a slice: every n-th target of a family, of it every n-th case."""


def test_everything_public_is_found():
    labels = [target.label for target in surface.targets()]
    assert len(labels) > 350
    assert {"simulate", "metrics.r2", "Stimulus.select", "cells.ExpIF", "plots.plot_raster"} <= set(labels)


@pytest.mark.parametrize("family", HELD)
def test_a_slice_is_refused_clearly_or_makes_sense(family):
    outcomes = bad_input.family_outcomes(family, 1 if WHOLE else ONE_TARGET_IN, 1 if WHOLE else ONE_CASE_IN)
    counts = Counter(each.verdict for each in outcomes)
    offenders = [str(each) for each in outcomes if each.verdict in (INTERNAL, NONSENSE, bad_input.UNCALLED)]
    assert not offenders, "\n".join([str(counts), *offenders])
    assert len(outcomes) > 3


def test_damaged_files_are_refused_or_whole():
    outcomes = bad_input.isolated(lambda: bad_input.files_and_commands.file_outcomes(lambda _: True), "files")
    assert not [str(each) for each in outcomes if each.verdict in (INTERNAL, NONSENSE, bad_input.UNCALLED)]
    assert len(outcomes) >= 5 * 28
