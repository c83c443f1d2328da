"""A claim as the page shows it: its verdict in words, and each condition with its interval on what was asked."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neurosim.lab.findings import FAILS, HOLDS, UNDECIDED
from neurosim.lab.record import Said, conditions_of, said
from neurosim.report.ledger import Entry

_WIDTH, _HEIGHT = 200.0, 22.0
_NUMBER = r"-?(?:\d[\d.e+-]*|inf)"
_BOUND = re.compile(rf"(?P<sign>>=|<=|>) (?P<bound>{_NUMBER})(?: \(what matters: (?P<matters>{_NUMBER})\))?.*")
_BETWEEN = re.compile(rf"(?P<low>{_NUMBER}) to (?P<high>{_NUMBER})")


@dataclass(frozen=True)
class Interval:
    """A value with its interval on the values that a rule asks for, as places along a line of 200 points.

    Args:
        value, low, high: places of the value and of the ends of its interval.
        kept: from where to where the rule is kept.
        bounds: place and text of each bound of the rule.
    """

    value: float
    low: float
    high: float
    kept: tuple[float, float]
    bounds: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Judgement:
    """A verdict on a claim in one place, models or networks that others trained: its conditions, and it in words."""

    entry: Entry
    real: bool
    conditions: list[tuple[Said, Interval | None]]
    words: str
    question: str


@dataclass(frozen=True)
class Card:
    """A claim with its verdict in each of its places."""

    entry: Entry
    judgements: list[Judgement]
    chapters: str


def card(entry: Entry) -> Card:
    """The card of a claim."""
    second = entry.real
    places = [] if second is not None and not entry.claim.testable else [_judgement(entry, False)]
    places += [_judgement(second, True)] if second is not None else []
    return Card(entry, places, " ".join(each.question.partition("/")[0] for each in places))


def _judgement(entry: Entry, real: bool) -> Judgement:
    if entry.recorded is not None:
        conditions = conditions_of(entry.recorded.conditions)
        question = entry.recorded.question
    else:
        conditions = [said(each) for _, finding in entry.evidence for each in finding.conditions]
        question = entry.evidence[0][0] if entry.evidence else entry.claim.experiment
    shown = [(each, interval(each)) for each in conditions]
    return Judgement(entry, real, shown, in_words(conditions), question)


def in_words(conditions: Sequence[Said]) -> str:
    """How many of the conditions that vote hold, such as "2 of 3 needed conditions hold, 1 is refuted"."""
    parts = []
    for role, name in (("needed", "needed condition"), ("side", "side condition")):
        states = Counter(each.state for each in conditions if each.role == role)
        count = states.total()
        if not count:
            continue
        text = f"{states[HOLDS]} of {count} {name}{'' if count == 1 else 's'} hold{'s' if states[HOLDS] == 1 else ''}"
        for state, told in ((FAILS, "refuted"), (UNDECIDED, "undecided")):
            if states[state]:
                text += f", {states[state]} {'is' if states[state] == 1 else 'are'} {told}"
        parts.append(text)
    return "; ".join(parts)


def interval(condition: Said) -> Interval | None:
    """Where value, interval and bounds lie; None if there is nothing to draw."""
    asked = _asked(condition.asked)
    numbers = [_float(text) for text in (condition.value, condition.low, condition.high)]
    value, low, high = numbers[0], *(numbers[0] if each is None else each for each in numbers[1:])
    if asked is None or value is None or low is None or high is None:
        return None
    bounds = [bound for bound in asked if math.isfinite(bound)]
    if not bounds or not all(math.isfinite(each) for each in (value, low, high)):
        return None
    first, last = min(low, *bounds), max(high, *bounds)
    margin = 0.12 * (last - first) or 0.1 * abs(last) or 1.0
    first, last = first - margin, last + margin

    def place(number: float) -> float:
        return round(_WIDTH * (min(max(number, first), last) - first) / (last - first), 1)

    return Interval(
        value=place(value),
        low=place(low),
        high=place(high),
        kept=(place(asked[0]), place(asked[1])),
        bounds=tuple((place(bound), f"{bound:g}".replace("-", "−")) for bound in bounds),
    )


def _asked(text: str) -> tuple[float, float] | None:
    """From where to where a rule is kept."""
    if found := _BETWEEN.fullmatch(text):
        return float(found["low"]), float(found["high"])
    if found := _BOUND.fullmatch(text):
        bound = float(found["bound"])
        return (-math.inf, bound) if found["sign"] == "<=" else (bound, math.inf)
    return None


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def matrix(cards: Sequence[Card]) -> list[tuple[str, Mapping[str, int]]]:
    """How many claims of each article have each verdict."""
    articles = list(dict.fromkeys(each.entry.claim.article for each in cards))
    return [
        (article, Counter(each.entry.verdict for each in cards if each.entry.claim.article == article))
        for article in articles
    ]
