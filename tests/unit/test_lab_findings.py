"""Conclusions: verdicts are computed, and nothing that is not a number ever passes."""

import math

import pytest

from neurosim.lab import above, below, between, check, judge, near, needed, not_testable, report
from neurosim.lab.findings import UNDECIDED, one_line
from neurosim.metrics import Interval
from neurosim.params import ParameterError


@pytest.mark.parametrize(
    ("value", "rule", "verdict"),
    [
        (1.05, near(1.0, 0.06), "holds"),
        (1.05, near(1.0, 0.04), "fails"),
        (0.95, near(1.0, 0.04), "fails"),
        (1.0, near(1.0, 0.0), "holds"),
        (1.05, near(1.0, 0.0, standard_error=0.02), "holds"),  # four standard errors: 0.08
        (1.05, near(1.0, 0.0, standard_error=0.01), "fails"),
        (1.05, near(1.0, 0.06, standard_error=0.01), "holds"),  # the larger of the two counts
        (0.5, above(0.5), "holds"),
        (0.4, above(0.5), "fails"),
        (0.5, below(0.5), "holds"),
        (0.6, below(0.5), "fails"),
        (0.6, between(0.1, 0.5), "fails"),
        (math.nan, near(1.0, math.inf), "fails"),
        (math.nan, above(0.0), "fails"),
        (math.nan, below(0.0), "fails"),
        (math.inf, near(1.0, 1.0), "fails"),
        (Interval(0.6, 0.55, 0.65, 5), above(0.5), "holds"),
        (Interval(0.6, 0.45, 0.75, 5), above(0.5), UNDECIDED),
        (Interval(0.4, 0.35, 0.45, 5), above(0.5), "fails"),
        (Interval(0.6, math.nan, math.nan, 5), above(0.5), UNDECIDED),
    ],
)
def test_a_check_is_decided_by_its_whole_interval(value, rule, verdict):
    assert check("c", "a statement", value, rule, why="a reason").verdict == verdict
    assert check("c", "a statement", value, rule, why="a reason", decided=False).verdict == UNDECIDED


@pytest.mark.parametrize(("expected", "tolerance"), [(1.0, -1.0), (math.nan, 1.0), (1.0, math.nan)])
def test_a_rule_that_could_not_decide_is_refused(expected, tolerance):
    with pytest.raises(ParameterError, match="expected numbers and a tolerance >= 0"):
        near(expected, tolerance)


def test_rules_bound_from_both_sides():
    assert between(0, 1)(0.5, 0.1, 0.9)
    assert not between(0, 1)(0.5, 0.1, 1.1)
    assert below(1)(0.5, 0.1, 0.9)
    assert not below(1)(0.5, 0.1, 1.1)
    assert not_testable("A0-06", why="r").verdict == "not testable here"


def test_one_line_names_what_failed_and_what_is_open():
    failing = check("onset", "s", 2.0, near(1.0, 0.1), why="r")
    holding = check("gain", "s", 1.0, near(1.0, 0.1), why="r")
    open_one = check("width", "s", 1.0, above(0.5), why="r", decided=False)
    found = judge("A0-06", needed("s", 1.0, above(0), possible=(-1, 1), exact="by hand"), why="r")
    assert one_line([failing, holding, open_one, found]) == (
        "1 of 2 checks hold (failed: onset); not decided in this run: width; A0-06 supported"
    )


def test_the_fields_are_those_of_the_findings_file():
    fields = (
        "id kind statement quantity value unit low high expected tolerance reason source verdict n conditions swept "
        "flips in_the_model measurement"
    )
    assert " ".join(report("n", "s", 3).as_dict()) == fields
