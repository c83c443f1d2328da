"""What an experiment concludes: checks against theory, verdicts on claims, and numbers worth reporting.

A verdict is always computed here from the measured value and its interval; nobody types one in.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, SupportsFloat

Kind = Literal["check", "claim", "report"]
Rule = Callable[[float, float, float], bool]
"""Decides on (value, low, high); `above`, `below` and `between` make the usual ones."""

HOLDS, FAILS = "holds", "fails"
SUPPORTED, PARTLY, NOT_SUPPORTED, NOT_TESTABLE = "supported", "partly", "not supported", "not testable here"
CLAIM_VERDICTS = (SUPPORTED, PARTLY, NOT_SUPPORTED, NOT_TESTABLE)

# A check on a mean over random draws allows this many standard errors: a true expectation fails 6 times in 100,000.
STANDARD_ERRORS = 4.0


@dataclass(frozen=True)
class Threshold:
    """A rule whose whole interval has to lie between two bounds; its words go into the report."""

    lowest: float = -math.inf
    highest: float = math.inf

    def __call__(self, value: float, low: float, high: float) -> bool:
        return min(value, low) >= self.lowest and max(value, high) <= self.highest

    def __str__(self) -> str:
        return _range_words(self.lowest, self.highest)


def above(bound: float) -> Threshold:
    """The value and its interval lie at or above the bound."""
    return Threshold(lowest=bound)


def below(bound: float) -> Threshold:
    """The value and its interval lie at or below the bound."""
    return Threshold(highest=bound)


def between(lowest: float, highest: float) -> Threshold:
    """The value and its interval lie between the bounds, bounds included."""
    return Threshold(lowest, highest)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One conclusion with the number behind it.

    Made with `Finding.check`, `.claim`, `.claim_of_parts`, `.not_testable` or `.report`.

    Args:
        id: short name, unique within the experiment; for a claim its id in the ledger ("A0-07"). A check or report
            named "group/name" stands under a heading of its own in the report, such as "engines/digits".
        kind: "check" (against theory), "claim" (of an article) or "report" (a number worth knowing).
        statement: one sentence that is true or false.
        quantity: what was measured.
        value: the measured number; `low` and `high` its interval where there is one.
        unit: of the value ("1" for none).
        expected: what theory or the rule asks for.
        tolerance: largest allowed distance from `expected`, for a two-sided check.
        reason: why this tolerance or this rule.
        source: where the expectation comes from.
        verdict: "holds" or "fails"; "supported", "partly", "not supported" or "not testable here"; "" for a report.
    """

    id: str
    kind: Kind
    statement: str
    quantity: str
    value: float | str | None
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    expected: float | str | None = None
    tolerance: float | None = None
    reason: str = ""
    source: str = ""
    verdict: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The fields in order, for findings.json."""
        return dataclasses.asdict(self)

    @classmethod
    def check(
        cls,
        id: str,
        statement: str,
        quantity: str,
        value: SupportsFloat,
        *,
        expected: SupportsFloat | None = None,
        tolerance: SupportsFloat | None = None,
        standard_error: SupportsFloat | None = None,
        at_least: SupportsFloat | None = None,
        at_most: SupportsFloat | None = None,
        low: SupportsFloat | None = None,
        high: SupportsFloat | None = None,
        unit: str = "1",
        reason: str,
        source: str = "",
    ) -> "Finding":
        """A number against theory: `expected` with `tolerance`, or `at_least` and/or `at_most`.

        With `standard_error` the tolerance is the larger of `tolerance` (0 when not given) and four standard errors.
        A value that is not a number fails.

        Raises:
            ValueError: neither or both forms of expectation, a negative tolerance, an expectation that is not a number.
        """
        measured = float(value)
        words: float | str
        if expected is not None and at_least is None and at_most is None:
            words = float(expected)
            limit = _tolerance(id, tolerance, standard_error)
            holds = abs(measured - words) <= limit
            bounds = [words, limit]
        elif expected is None and tolerance is None and standard_error is None and (at_least, at_most) != (None, None):
            lowest = -math.inf if at_least is None else float(at_least)
            highest = math.inf if at_most is None else float(at_most)
            words, limit = _range_words(lowest, highest), None
            holds = lowest <= measured <= highest
            bounds = [lowest, highest]
        else:
            raise ValueError(
                f"check {id!r}: give `expected` with a `tolerance` (or `standard_error`), or `at_least` / `at_most`"
            )
        if any(math.isnan(bound) for bound in bounds):
            raise ValueError(
                f"check {id!r}: the expectation is not a number ({words}), so nothing could ever pass or fail"
            )
        return cls(
            id=id,
            kind="check",
            statement=statement,
            quantity=quantity,
            value=measured,
            unit=unit,
            low=_optional(low),
            high=_optional(high),
            expected=words,
            tolerance=limit,
            reason=reason,
            source=source,
            verdict=HOLDS if holds else FAILS,
        )

    @classmethod
    def claim(
        cls,
        id: str,
        statement: str,
        quantity: str,
        value: SupportsFloat,
        *,
        supported: Rule,
        partly: Rule | None = None,
        low: SupportsFloat | None = None,
        high: SupportsFloat | None = None,
        unit: str = "1",
        reason: str,
        source: str = "",
    ) -> "Finding":
        """A claim decided from one number: `supported` if that rule holds, else `partly` if that one does, else not.

        Args:
            supported: `above(x)`, `below(x)`, `between(a, b)`, or any function of (value, low, high).
            partly: the weaker rule, asked when the first does not hold.
            low: lower end of the value's interval (the value itself when there is none); `high` likewise.

        Raises:
            ValueError: the value is not a number: measure it, or say `not_testable`.
        """
        measured, bottom, top = float(value), _optional(low), _optional(high)
        numbers = (measured, measured if bottom is None else bottom, measured if top is None else top)
        if any(math.isnan(number) for number in numbers):
            raise ValueError(f"claim {id!r}: the value {quantity!r} is not a number, so it decides nothing")
        verdict = SUPPORTED if supported(*numbers) else PARTLY if partly and partly(*numbers) else NOT_SUPPORTED
        rules = f"supported if {_rule_words(supported)}" + (f"; partly if {_rule_words(partly)}" if partly else "")
        return cls(
            id=id,
            kind="claim",
            statement=statement,
            quantity=quantity,
            value=measured,
            unit=unit,
            low=bottom,
            high=top,
            expected=rules,
            reason=reason,
            source=source,
            verdict=verdict,
        )

    @classmethod
    def claim_of_parts(
        cls, id: str, statement: str, parts: Mapping[str, bool], *, reason: str, source: str = ""
    ) -> "Finding":
        """A claim with several conditions, each computed: supported if all hold, partly if some do, else not supported.

        Args:
            parts: condition in words -> whether it was found to hold.
        """
        if not parts:
            raise ValueError(f"claim {id!r}: no condition was given, so it decides nothing")
        held = [words for words, holds in parts.items() if holds]
        missed = [words for words, holds in parts.items() if not holds]
        verdict = SUPPORTED if not missed else PARTLY if held else NOT_SUPPORTED
        found = "; ".join(
            f"{label}: {', '.join(words)}" for label, words in (("holds", held), ("does not hold", missed)) if words
        )
        return cls(
            id=id,
            kind="claim",
            statement=statement,
            quantity=f"conditions that hold, of {len(parts)}",
            value=float(len(held)),
            expected=f"supported if all {len(parts)} hold; partly if some do ({found})",
            reason=reason,
            source=source,
            verdict=verdict,
        )

    @classmethod
    def not_testable(cls, id: str, statement: str, *, reason: str, source: str = "") -> "Finding":
        """A claim that this package cannot put to the test, with the reason and the literature's word."""
        return cls(
            id=id,
            kind="claim",
            statement=statement,
            quantity="",
            value=None,
            reason=reason,
            source=source,
            verdict=NOT_TESTABLE,
        )

    @classmethod
    def report(
        cls,
        id: str,
        statement: str,
        quantity: str,
        value: SupportsFloat | str,
        *,
        low: SupportsFloat | None = None,
        high: SupportsFloat | None = None,
        unit: str = "1",
        reason: str = "",
        source: str = "",
    ) -> "Finding":
        """A number (or a word) that is worth reading and decides nothing.

        Args:
            id: "group/name" puts it under a heading of its own in the report, such as "engines/equality".
        """
        return cls(
            id=id,
            kind="report",
            statement=statement,
            quantity=quantity,
            value=value if isinstance(value, str) else float(value),
            unit=unit,
            low=_optional(low),
            high=_optional(high),
            reason=reason,
            source=source,
        )


def tally(findings: list[Finding]) -> tuple[int, int]:
    """How many checks hold and how many fail."""
    verdicts = [finding.verdict for finding in findings if finding.kind == "check"]
    return verdicts.count(HOLDS), verdicts.count(FAILS)


def one_line(findings: list[Finding]) -> str:
    """The outcome in one line: checks held and the verdict on each claim."""
    held, failed = tally(findings)
    failed_ids = ", ".join(finding.id for finding in findings if finding.verdict == FAILS)
    open_ids = ", ".join(f.id for f in findings if f.kind == "check" and f.verdict not in (HOLDS, FAILS))
    parts = [f"{held} of {held + failed} checks hold" + (f" (failed: {failed_ids})" if failed else "")]
    parts += [f"not decided in this run: {open_ids}"] if open_ids else []
    parts += [f"{finding.id} {finding.verdict}" for finding in findings if finding.kind == "claim"]
    return "; ".join(parts)


def _tolerance(id: str, tolerance: SupportsFloat | None, standard_error: SupportsFloat | None) -> float:
    if tolerance is None and standard_error is None:
        raise ValueError(f"check {id!r}: `expected` needs a `tolerance` or a `standard_error`")
    limit = 0.0 if tolerance is None else float(tolerance)
    if standard_error is not None:
        limit = max(limit, STANDARD_ERRORS * float(standard_error))
    if limit < 0:
        raise ValueError(f"check {id!r}: the tolerance is {limit:g}, expected a number >= 0")
    return limit


def _optional(value: SupportsFloat | None) -> float | None:
    return None if value is None else float(value)


def _range_words(lowest: float, highest: float) -> str:
    if highest == math.inf:
        return f">= {lowest:g}"
    if lowest == -math.inf:
        return f"<= {highest:g}"
    return f"{lowest:g} to {highest:g}"


def _rule_words(rule: Rule) -> str:
    if isinstance(rule, Threshold):
        return str(rule)
    words = rule.__doc__ or getattr(rule, "__name__", "a rule of the experiment")
    return str(words).strip().splitlines()[0].rstrip(".")
