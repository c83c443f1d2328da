"""What a question concludes: checks against theory, verdicts on claims, and numbers worth reporting.

A verdict is always computed here from the measured value and its interval; nobody types one in.
"""

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from neurosim.params import ParameterError

Kind = Literal["check", "claim", "report"]
Rule = Callable[[float, float, float], bool]
"""Decides on (value, low, high); `above`, `below` and `between` make the usual ones."""

HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
SUPPORTED, PARTLY, NOT_SUPPORTED, NOT_TESTABLE = "supported", "partly", "not supported", "not testable here"
DEFINITION = "definition"
CLAIM_VERDICTS = (SUPPORTED, PARTLY, NOT_SUPPORTED, UNDECIDED, DEFINITION, NOT_TESTABLE)

# A check on a mean over random draws allows this many standard errors: a true expectation fails 6 times in 100,000.
STANDARD_ERRORS = 4.0


@dataclass(frozen=True)
class Threshold:
    """A rule whose whole interval has to lie between two bounds; its words go into the report.

    `matters` is the smallest difference worth speaking of, as a value beyond the one bound there is: an interval that
    ends before it refutes, however surely it lies on the right side, and a value that does not reach it never holds.
    """

    lowest: float = -math.inf
    highest: float = math.inf
    matters: float | None = None

    def __call__(self, value: float, low: float, high: float) -> bool:
        return min(value, low) >= self.lowest and max(value, high) <= self.highest

    def state(self, value: float, low: float, high: float) -> str:
        """Holds if the whole interval keeps the rule, fails if none of it does, else undecided."""
        middle, low, high = value, min(value, low), max(value, high)
        floor, ceiling = self.lowest, self.highest
        if self.matters is not None:
            floor, ceiling = (self.matters, ceiling) if math.isfinite(floor) else (floor, self.matters)
        if high < floor or low > ceiling:
            return FAILS
        kept = low >= self.lowest and high <= self.highest and floor <= middle <= ceiling
        return HOLDS if kept else UNDECIDED

    def __str__(self) -> str:
        words = _range_words(self.lowest, self.highest)
        return words if self.matters is None else f"{words} (what matters: {self.matters:g})"


def above(bound: float, *, matters: float | None = None) -> Threshold:
    """The value and its interval lie at or above the bound.

    Args:
        bound: where the rule begins.
        matters: at or above the bound; an interval that ends below it refutes.

    Raises:
        ParameterError: a bound that is no number, or `matters` on its wrong side.
    """
    _refuse_nan("above", bound)
    if matters is not None and not matters >= bound:
        raise ParameterError(f"above({bound:g}): matters is {matters:g}, expected at least {bound:g}")
    return Threshold(lowest=bound, matters=matters)


def below(bound: float, *, matters: float | None = None) -> Threshold:
    """The value and its interval lie at or below the bound; `matters` as for `above`, at or below the bound."""
    _refuse_nan("below", bound)
    if matters is not None and not matters <= bound:
        raise ParameterError(f"below({bound:g}): matters is {matters:g}, expected at most {bound:g}")
    return Threshold(highest=bound, matters=matters)


def between(lowest: float, highest: float) -> Threshold:
    """The value and its interval lie between the bounds, bounds included.

    Raises:
        ParameterError: a bound that is no number, or the upper one below the lower one.
    """
    _refuse_nan("between", lowest, highest)
    if highest < lowest:
        raise ParameterError(f"between({lowest:g}, {highest:g}): nothing lies there, expected (lowest, highest)")
    return Threshold(lowest, highest)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One conclusion with the number behind it.

    Made with `check`, `judge`, `definition`, `not_testable` or `report`.

    Args:
        id: short name, unique within the question; for a claim its id in the ledger ("A0-07"). A check or report
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
        verdict: "holds", "fails" or "undecided" of a check; a word of `CLAIM_VERDICTS` of a claim; "" for a report.
        n: independent measurements behind a claim's interval.
        conditions: of a claim: role, words, value, interval, rule and state of each.
        swept: of a claim: parameter that we chose -> its value -> the verdict there.
        flips: the parameters within whose range the verdict flips.
        in_the_model: the claim speaks of brains, and only a model was asked.
        measurement: what a claim's verdict rests on; claims that share it count once.
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
    n: int | None = None
    conditions: list[dict[str, Any]] = field(default_factory=list)
    swept: dict[str, dict[str, str]] = field(default_factory=dict)
    flips: list[str] = field(default_factory=list)
    in_the_model: bool = False
    measurement: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The fields in order, for findings.json."""
        return dataclasses.asdict(self)


def tally(findings: list[Finding]) -> tuple[int, int]:
    """How many checks hold and how many fail."""
    verdicts = [finding.verdict for finding in findings if finding.kind == "check"]
    return verdicts.count(HOLDS), verdicts.count(FAILS)


def one_line(findings: list[Finding]) -> str:
    """The outcome in one line: checks held and the verdict on each claim."""
    held, failed = tally(findings)
    failed_ids = ", ".join(finding.id for finding in findings if finding.verdict == FAILS)
    open_ids = ", ".join(f.id for f in findings if f.kind == "check" and f.verdict not in (HOLDS, FAILS))
    failing = f" (failed: {failed_ids})" if failed else ""
    parts = [f"{held} of {held + failed} checks hold{failing}"] if held + failed else []
    parts += [f"not decided in this run: {open_ids}"] if open_ids else []
    parts += [f"{finding.id} {finding.verdict}" for finding in findings if finding.kind == "claim"]
    return "; ".join(parts)


def _refuse_nan(rule: str, *bounds: float) -> None:
    if any(math.isnan(bound) for bound in bounds):
        raise ParameterError(f"{rule}: got a bound that is not a number, which no value could keep or break")


def _range_words(lowest: float, highest: float) -> str:
    if highest == math.inf:
        return f">= {lowest:g}"
    if lowest == -math.inf:
        return f"<= {highest:g}"
    return f"{lowest:g} to {highest:g}"
