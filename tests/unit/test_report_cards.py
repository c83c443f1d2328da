"""A claim's card: conditions read back from the record, in words, and placed on what was asked."""

import pytest

from neurosim.lab import above, below, between, exists, judge, needed, side
from neurosim.lab.record import Said, conditions_of, said
from neurosim.metrics import Interval
from neurosim.params import ParameterError
from neurosim.report.cards import in_words, interval


def conditions(*made):
    return [said(each) for each in judge("A1-01", *made, why="a test").conditions]


def written(each: Said) -> str:
    reach = f" [{each.low}, {each.high}]" if each.low else ""
    return f"{each.role}, {each.state}: {each.words} = {each.value}{reach}, asked {each.asked}"


def test_conditions_are_read_back_as_they_were_written():
    made = conditions(
        needed("gain = loss, in all", Interval(0.25, 0.2, 0.3, 9), above(0.0, matters=0.1), possible=(-1, 1)),
        side("spread [per unit]", Interval(-2.5, -3.0, -2.0, 9), between(-3.5, -1.0), possible=(-9, 9)),
        side("counted", 3, below(5), possible=(0, 9), exact="a count"),
        needed("seen once", Interval(0.1, 0.05, 0.2, 9), exists(), possible=(0, 1)),
    )
    assert [each.state for each in made] == ["holds"] * 4
    assert conditions_of(" | ".join(written(each) for each in made)) == made
    assert conditions_of("") == []


@pytest.mark.parametrize("text", ["needed, holds: gain", "needed, holds: gain = 1, asked >= 0 | x", " | ", "gain = 1"])
def test_a_condition_that_cannot_be_read_is_refused_and_not_left_out(text):
    with pytest.raises(ParameterError, match="the record has the condition"):
        conditions_of(text)


def test_a_verdict_in_words():
    def condition(role: str, state: str) -> Said:
        return Said(role, state, "w", "1", "", "", ">= 0")

    assert in_words([condition("needed", "holds")]) == "1 of 1 needed condition holds"
    states = [("needed", "holds"), ("needed", "fails"), ("needed", "undecided"), ("side", "fails"), ("side", "fails")]
    told = "1 of 3 needed conditions holds, 1 is refuted, 1 is undecided; 0 of 2 side conditions hold, 2 are refuted"
    assert in_words([condition(*each) for each in (*states, ("context", "fails"))]) == told
    assert in_words([]) == ""


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (">= 2", (100.0, 200.0)),
        (">= 2 (what matters: 3)", (100.0, 200.0)),
        ("> 2 (one clear instance; refuted if surely rarer than 0.05)", (100.0, 200.0)),
        ("<= 2", (0.0, 100.0)),
    ],
)
def test_value_and_bound_lie_on_one_line(asked, kept):
    # From 1 to 3 with 12 % of it on either side: the middle, 2, lies at 100 of 200 points.
    found = interval(Said("needed", "holds", "w", "3", "1", "3", asked))
    assert found.kept == kept
    assert found.bounds == ((100.0, "2"),)
    assert (found.low, found.high, found.value) == (19.4, 180.6, 180.6)  # 0.12 * 2 of 2.48, in 200 points


def test_a_band_has_two_bounds_and_a_minus_sign():
    found = interval(Said("needed", "holds", "w", "0", "", "", "-1 to 1"))
    assert found.bounds == ((19.4, "−1"), (180.6, "1"))
    assert (found.low, found.value, found.high) == (100.0, 100.0, 100.0)
    assert found.kept == (19.4, 180.6)


@pytest.mark.parametrize("value", ["", "nan", "inf", "a word"])
def test_what_is_no_number_is_not_drawn(value):
    assert interval(Said("needed", "undecided", "w", value, "", "", ">= 0")) is None
