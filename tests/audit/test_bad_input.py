"""A slice of the sweep of malformed input in the ordinary suite; all of it with NEUROSIM_BAD_INPUT=all.

Every family is held to no internal error, no silent nonsense and nothing that the sweep cannot call.
"""

import os
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import bad_input
import surface
from verdicts import INTERNAL, NONSENSE

ONE_IN = 1 if os.environ.get("NEUROSIM_BAD_INPUT") == "all" else 16
"""Of every argument of everything public, every n-th malformed value."""
FAMILIES = sorted({surface.family(target.label) for target in surface.targets()})


def test_everything_public_is_found():
    labels = [target.label for target in surface.targets()]
    assert len(labels) > 350
    assert {"simulate", "metrics.r2", "Stimulus.select", "cells.ExpIF", "plots.plot_raster"} <= set(labels)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_slice_is_refused_clearly_or_makes_sense(family):
    outcomes = bad_input.family_outcomes(family, ONE_IN)
    outcomes = [each for each in outcomes if each.target not in surface.WAITING]
    counts = Counter(each.verdict for each in outcomes)
    offenders = [str(each) for each in outcomes if each.verdict in (INTERNAL, NONSENSE, bad_input.UNCALLED)]
    assert not offenders, "\n".join([str(counts), *offenders])
    assert outcomes or family == "real"


def test_damaged_files_are_refused_or_whole():
    outcomes = bad_input.isolated(lambda: bad_input.files_and_commands.file_outcomes(lambda _: True), "files")
    assert not [str(each) for each in outcomes if each.verdict in (INTERNAL, NONSENSE, bad_input.UNCALLED)]
    assert len(outcomes) >= 5 * 28


def test_a_slice_of_malformed_commands_is_refused_or_makes_sense():
    def task():
        return bad_input.files_and_commands.command_outcomes(lambda case: zlib.crc32(case.encode()) % ONE_IN == 0)

    outcomes = bad_input.isolated(task, "commands")
    assert not [str(each) for each in outcomes if each.verdict in (INTERNAL, NONSENSE, bad_input.UNCALLED)]
    assert len(outcomes) > 20
