"""What a question concludes beside verdicts on claims: `check` and `report`; all is computed from an interval."""

import math
from dataclasses import dataclass
from typing import Any

from neurosim.lab.findings import (
    FAILS,
    HOLDS,
    NOT_TESTABLE,
    STANDARD_ERRORS,
    UNDECIDED,
    Finding,
    Rule,
    Threshold,
)
from neurosim.params import ParameterError


@dataclass(frozen=True)
class Near:
    """A rule whose value has to lie within a tolerance of what is expected, whatever its interval."""

    expected: float
    tolerance: float

    def __call__(self, value: float, low: float, high: float) -> bool:
        return abs(value - self.expected) <= self.tolerance

    def __str__(self) -> str:
        return f"{self.expected:g} ± {self.tolerance:g}"


def near(expected: Any, tolerance: Any, *, standard_error: Any = 0.0) -> Near:
    """Within `tolerance` of `expected`; with a standard error within four of them where that is more.

    Raises:
        ParameterError: a number that is none, or a negative tolerance.
    """
    limit = max(float(tolerance), STANDARD_ERRORS * float(standard_error))
    if math.isnan(float(expected)) or not float(tolerance) >= 0 or not float(standard_error) >= 0:
        raise ParameterError(f"near: got {expected} +- {tolerance}, expected numbers and a tolerance >= 0")
    return Near(float(expected), limit)


def check(
    id: str, statement: str, value: Any, rule: Rule | Near, unit: str = "1", *, why: str, source: str = "",
    decided: bool = True,
) -> Finding:  # fmt: skip
    """A number against theory: it holds where the whole interval keeps the rule, and fails where none of it does.

    What the interval does not decide is undecided, and counts as nothing.

    Args:
        id: short name, unique within the question.
        statement: one sentence that is true or false.
        value: a number, or anything with `value`, `low` and `high` such as a `metrics.Interval`.
        rule: `above(x)`, `below(x)`, `between(a, b)`, `near(x, tolerance)`, or a function of (value, low, high).
        unit: of the value.
        why: why this rule and this bound.
        source: where the expectation comes from.
        decided: False where this run is too short to tell, whatever the interval.
    """
    numbers = _numbers(value)
    if math.isnan(numbers[0]):
        verdict = FAILS
    elif any(math.isnan(number) for number in numbers):
        verdict = UNDECIDED  # one replicate has no interval
    else:
        verdict = HOLDS if rule(*numbers) else UNDECIDED if _straddles(rule, numbers) else FAILS
    return Finding(
        id=id, kind="check", statement=statement, quantity="", unit=unit, **_interval(numbers),
        expected=_words(rule), reason=why, source=source,
        verdict=verdict if decided else UNDECIDED,
    )  # fmt: skip


def not_testable(id: str, *, why: str, source: str = "") -> Finding:
    """A claim that cannot be put to the test here, with the reason."""
    return Finding(
        id=id, kind="claim", statement="", quantity="", value=None, reason=why, source=source, verdict=NOT_TESTABLE
    )


def report(id: str, statement: str, value: Any, unit: str = "1", *, why: str = "", source: str = "") -> Finding:
    """A number (or a word) that is worth reading and decides nothing."""
    numbers = {"value": value} if isinstance(value, str) else _interval(_numbers(value))
    return Finding(
        id=id, kind="report", statement=statement, quantity="", unit=unit, **numbers, reason=why, source=source
    )


def _numbers(value: Any) -> tuple[float, float, float]:
    if hasattr(value, "low"):
        middle, low, high = float(value.value), float(value.low), float(value.high)
        return middle, low, high
    return (float(value),) * 3


def _straddles(rule: Any, numbers: tuple[float, float, float]) -> bool:
    """Whether some of an interval keeps a rule."""
    _, low, high = numbers
    if low == high:
        return False
    if isinstance(rule, Threshold):
        return high >= rule.lowest and low <= rule.highest
    return any(bool(rule(each, each, each)) for each in numbers)


def _interval(numbers: tuple[float, float, float]) -> dict[str, Any]:
    value, low, high = numbers
    return {
        "value": value,
        "low": None if low == value == high else low,
        "high": None if low == value == high else high,
    }


def _words(rule: Any) -> str:
    if isinstance(rule, Threshold | Near):
        return str(rule)
    return str(rule.__doc__ or getattr(rule, "__name__", "a rule of the question")).strip().splitlines()[0].rstrip(".")
