"""Findings: verdicts are computed, and nothing that is not a number ever passes."""

import math

import pytest

from neurosim.lab import Finding, above, below, between
from neurosim.lab.findings import one_line


def check(value: float, **expectation: float) -> str:
    return Finding.check("c", "a statement", "a quantity", value, reason="a reason", **expectation).verdict


@pytest.mark.parametrize(
    ("value", "expectation", "verdict"),
    [
        (1.05, {"expected": 1.0, "tolerance": 0.06}, "holds"),
        (1.05, {"expected": 1.0, "tolerance": 0.04}, "fails"),
        (0.95, {"expected": 1.0, "tolerance": 0.04}, "fails"),
        (1.0, {"expected": 1.0, "tolerance": 0.0}, "holds"),
        (1.05, {"expected": 1.0, "standard_error": 0.02}, "holds"),  # four standard errors: 0.08
        (1.05, {"expected": 1.0, "standard_error": 0.01}, "fails"),
        (1.05, {"expected": 1.0, "standard_error": 0.01, "tolerance": 0.06}, "holds"),  # the larger of the two counts
        (0.5, {"at_least": 0.5}, "holds"),
        (0.4, {"at_least": 0.5}, "fails"),
        (0.5, {"at_most": 0.5}, "holds"),
        (0.6, {"at_most": 0.5}, "fails"),
        (0.6, {"at_least": 0.1, "at_most": 0.5}, "fails"),
        (math.nan, {"expected": 1.0, "tolerance": math.inf}, "fails"),
        (math.nan, {"at_least": 0.0}, "fails"),
        (math.nan, {"at_most": 0.0}, "fails"),
        (math.inf, {"expected": 1.0, "tolerance": 1.0}, "fails"),
    ],
)
def test_a_check_compares_with_its_tolerance(value, expectation, verdict):
    assert check(value, **expectation) == verdict


@pytest.mark.parametrize(
    ("expectation", "words"),
    [
        ({}, "give `expected`"),
        ({"expected": 1.0}, "needs a `tolerance`"),
        ({"tolerance": 1.0}, "give `expected`"),
        ({"expected": 1.0, "tolerance": 1.0, "at_least": 0.0}, "give `expected`"),
        ({"expected": 1.0, "tolerance": -1.0}, "expected a number >= 0"),
        ({"expected": math.nan, "tolerance": 1.0}, "not a number"),
        ({"expected": 1.0, "tolerance": math.nan}, "not a number"),
        ({"at_least": math.nan}, "not a number"),
    ],
)
def test_a_check_that_could_not_decide_is_refused(expectation, words):
    with pytest.raises(ValueError, match=words):
        check(1.0, **expectation)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(None, None, "supported"), (0.9, 1.0, "supported"), (0.7, 1.0, "partly"), (0.4, 1.0, "not supported")],
)
def test_a_claim_is_decided_by_its_whole_interval(low, high, verdict):
    finding = Finding.claim(
        "A0-06",
        "a statement",
        "a quantity",
        0.95,
        low=low,
        high=high,
        supported=above(0.9),
        partly=above(0.6),
        reason="r",
    )
    assert finding.verdict == verdict
    assert finding.expected == "supported if >= 0.9; partly if >= 0.6"


def test_rules_bound_from_both_sides_and_any_function_will_do():
    def mirrored(value: float, low: float, high: float) -> bool:
        """it is negative."""
        return value < 0

    assert between(0, 1)(0.5, 0.1, 0.9)
    assert not between(0, 1)(0.5, 0.1, 1.1)
    assert below(1)(0.5, 0.1, 0.9)
    assert not below(1)(0.5, 0.1, 1.1)
    finding = Finding.claim("x", "s", "q", 1.0, supported=mirrored, reason="r")
    assert (finding.verdict, finding.expected) == ("not supported", "supported if it is negative")


def test_a_claim_without_a_number_decides_nothing():
    with pytest.raises(ValueError, match="is not a number, so it decides nothing"):
        Finding.claim("A0-06", "s", "q", math.nan, supported=above(0), reason="r")
    with pytest.raises(ValueError, match="no condition"):
        Finding.claim_of_parts("A0-06", "s", {}, reason="r")
    assert Finding.not_testable("A0-06", "s", reason="r").verdict == "not testable here"


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [((True, True), "supported"), ((True, False), "partly"), ((False, False), "not supported")],
)
def test_a_claim_of_parts_is_as_good_as_its_parts(parts, verdict):
    finding = Finding.claim_of_parts(
        "A0-02", "s", dict(zip(("zeros exact", "silent ones useless"), parts, strict=True)), reason="r"
    )
    assert finding.verdict == verdict
    assert finding.value == sum(parts)


def test_one_line_names_what_failed():
    failing = Finding.check("onset", "s", "q", 2.0, expected=1.0, tolerance=0.1, reason="r")
    holding = Finding.check("gain", "s", "q", 1.0, expected=1.0, tolerance=0.1, reason="r")
    claim = Finding.claim("A0-06", "s", "q", 1.0, supported=above(0), reason="r")
    assert one_line([failing, holding, claim]) == "1 of 2 checks hold (failed: onset); A0-06 supported"


def test_the_fields_are_those_of_the_findings_file():
    fields = "id kind statement quantity value unit low high expected tolerance reason source verdict"
    assert " ".join(Finding.report("n", "s", "q", 3).as_dict()) == fields
