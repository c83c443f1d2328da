"""Verdicts on claims: what is needed decides, context never votes, and a rule can go either way."""

import math

import pytest

from neurosim.lab import above, below, between, context, definition, exists, judge, near, needed, side
from neurosim.metrics import Interval, proportion_interval, student_interval
from neurosim.params import ParameterError

UP, DOWN, OPEN = Interval(0.7, 0.6, 0.8, 10), Interval(0.2, 0.1, 0.3, 10), Interval(0.5, 0.3, 0.7, 10)
RANGE = (0.0, 1.0)


def need(value, rule=None, **how):
    return needed("a share", value, rule or above(0.5), possible=RANGE, **how)


def beside(value):
    return side("another share", value, above(0.5), possible=RANGE)


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [
        ([need(UP)], "supported"),
        ([need(DOWN)], "not supported"),
        ([need(OPEN)], "undecided"),
        ([need(UP), need(DOWN)], "not supported"),
        ([need(UP), need(OPEN)], "undecided"),
        ([need(DOWN), need(OPEN)], "not supported"),
        ([need(UP), beside(DOWN)], "partly"),
        ([need(UP), beside(OPEN)], "supported"),
        ([need(DOWN), beside(UP)], "not supported"),
        ([need(UP), context("beside", DOWN, above(0.5))], "supported"),
        ([need(DOWN), context("beside", UP, above(0.5))], "not supported"),
        ([need(Interval(0.7, math.nan, math.nan, 1))], "undecided"),
        ([need(math.nan)], "undecided"),
    ],
)
def test_what_is_needed_decides(conditions, verdict):
    assert judge("A0-01", *conditions, why="r").verdict == verdict


@pytest.mark.parametrize(
    ("rule", "interval", "state"),
    [
        (above(0.0, matters=0.1), (0.2, 0.15, 0.25), "holds"),
        (above(0.0, matters=0.1), (0.12, 0.02, 0.22), "holds"),
        (above(0.0, matters=0.1), (0.08, 0.02, 0.14), "undecided"),  # surely there, but does it matter?
        (below(0.0, matters=-0.1), (-0.08, -0.14, -0.02), "undecided"),
        (above(0.0, matters=0.1), (0.02, 0.01, 0.03), "fails"),  # surely there, surely too small to matter
        (above(0.0, matters=0.1), (0.02, -0.01, 0.05), "fails"),
        (above(0.0, matters=0.1), (0.1, -0.1, 0.3), "undecided"),
        (below(0.0, matters=-0.1), (-0.02, -0.03, -0.01), "fails"),
        (below(0.0, matters=-0.1), (-0.2, -0.3, -0.1), "holds"),
        (between(0.45, 0.55), (0.5, 0.46, 0.54), "holds"),
        (between(0.45, 0.55), (0.5, 0.40, 0.54), "undecided"),
        (between(0.45, 0.55), (0.7, 0.60, 0.80), "fails"),
    ],
)
def test_a_difference_that_cannot_matter_refutes(rule, interval, state):

    assert rule.state(*interval) == state


def test_matters_lies_beyond_the_bound():
    with pytest.raises(ParameterError, match="matters is -1, expected at least 0"):
        above(0.0, matters=-1.0)
    with pytest.raises(ParameterError, match="matters is 1, expected at most 0"):
        below(0.0, matters=1.0)


@pytest.mark.parametrize(("seen", "of", "state"), [(1, 20, "holds"), (0, 20, "undecided"), (0, 200, "fails")])
def test_one_clear_instance_shows_that_something_may_be(seen, of, state):
    assert need(proportion_interval(seen, of), exists()).state == state


@pytest.mark.parametrize(
    ("rule", "fault"),
    [(above(0.0), "could not fail"), (below(1.0), "could not fail"), (between(-1, 2), "could not fail"),
     (above(1.5), "could not hold"), (below(-0.1), "could not hold")],
)  # fmt: skip
def test_a_rule_that_could_not_go_either_way_is_refused(rule, fault):
    with pytest.raises(ParameterError, match=fault):
        need(UP, rule)


def test_a_number_needs_an_interval_or_the_reason_why_it_has_none():
    with pytest.raises(ParameterError, match=r"got the number 0\.7 without an interval"):
        need(0.7)
    assert need(0.7, exact="a closed form").state == "holds"


def test_a_value_outside_what_is_possible_is_refused():
    with pytest.raises(ParameterError, match="outside the possible range"):
        need(Interval(1.2, 1.1, 1.3, 5))


def test_a_claim_without_a_needed_condition_is_refused():
    with pytest.raises(ParameterError, match="none of its conditions is needed"):
        judge("A0-01", beside(UP), why="r")
    with pytest.raises(ParameterError, match="none of its conditions is needed"):
        judge("A0-01", need(UP), why="r", over={"margin": {0.1: [beside(UP)]}})


@pytest.mark.parametrize(
    ("at", "verdict", "flips"),
    [
        ({0.1: [need(UP)], 0.2: [need(UP)]}, "supported", []),
        ({0.1: [need(UP)], 0.2: [need(DOWN)]}, "partly", ["margin"]),
        ({0.1: [need(UP)], 0.2: [need(OPEN)]}, "supported", []),  # nothing speaks against it there
        ({0.1: [need(DOWN)]}, "partly", []),
    ],
)
def test_a_verdict_that_flips_within_a_range_is_partly(at, verdict, flips):
    finding = judge("A0-01", need(UP), why="r", over={"margin": at})
    assert (finding.verdict, finding.flips) == (verdict, flips)
    assert set(finding.swept["margin"]) == {str(value) for value in at}


def test_an_undecided_claim_is_not_lifted_by_another_value():
    assert judge("A0-01", need(OPEN), why="r", over={"margin": {0.1: [need(UP)]}}).verdict == "undecided"


def test_what_would_be_seen_is_known_from_scatter_and_number():
    # Ten values with standard deviation s: se = s / sqrt(10), t(9): 2.2622 and 0.8834 (tables).
    sample = [0.5 + 0.01 * k for k in range(10)]
    deviation = 0.01 * math.sqrt(sum((k - 4.5) ** 2 for k in range(10)) / 9)
    found = need(student_interval(sample)).detects
    assert found == pytest.approx((2.2622 + 0.8834) * deviation / math.sqrt(10), rel=1e-4)


def test_a_definition_is_no_verdict_of_a_run():
    finding = definition("A2-01", why="it is the formula")
    assert (finding.verdict, finding.value, finding.kind) == ("definition", None, "claim")


@pytest.mark.parametrize(
    ("conditions", "shown"),
    [
        ([need(UP), beside(UP)], UP),
        ([need(UP), need(OPEN), need(DOWN)], DOWN),
        ([need(UP), need(OPEN), beside(DOWN)], OPEN),
        ([need(UP), beside(DOWN), context("beside", OPEN, above(0.5))], DOWN),
    ],
)
def test_the_number_that_is_shown_is_that_of_the_condition_that_decides(conditions, shown):
    finding = judge("A0-01", *conditions, why="r", in_the_model=True, measurement="share")
    assert (finding.value, finding.low, finding.high, finding.n) == (shown.value, shown.low, shown.high, 10)
    assert finding.in_the_model
    assert finding.measurement == "share"
    assert [each["state"] for each in finding.conditions] == [each.state for each in conditions]


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        (lambda: above(math.nan), "not a number"),
        (lambda: between(0.5, 0.4), "nothing lies there"),
        (lambda: need(UP, near(1.0, 0.1)), "expected above, below, between or exists"),
        (lambda: needed("w", UP, None, possible=RANGE), "expected above, below"),
        (lambda: need(None), "got None, expected an interval or a number"),
        (lambda: need([0.1, 0.2]), r"got \[0\.1, 0\.2\], expected an interval or a number"),
        (lambda: judge("A0-01", need(UP), "more", why="r"), "expected a list of conditions"),
        (lambda: judge("A0-01", need(UP), why="r", over={"m": {0.1: need(UP)}}), "expected a list of conditions"),
        (
            lambda: judge("A0-01", need(UP), why="r", over={"m": {1: [need(UP)], "1": [need(DOWN)]}}),
            "written alike",
        ),
    ],
)
def test_what_could_be_lost_without_a_word_is_refused(make, fault):
    with pytest.raises(ParameterError, match=fault):
        make()


def test_an_interval_of_a_proportion_says_nothing_of_a_difference_that_it_would_show():
    assert need(proportion_interval(3, 20)).detects is None
