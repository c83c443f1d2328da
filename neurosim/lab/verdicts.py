"""Verdicts on claims: conditions with intervals, each needed, a side matter or context; a rule could go either way.

supported       every needed condition holds, and no side condition is refuted
partly          every needed condition holds, and a side condition is refuted; or the verdict flips while a
                parameter that we chose runs through its range
not supported   a needed condition is refuted
undecided       none of these: an interval decides nothing
definition      true (or false) by construction; out of the tally
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from neurosim.lab.findings import (
    DEFINITION,
    FAILS,
    HOLDS,
    NOT_SUPPORTED,
    PARTLY,
    SUPPORTED,
    UNDECIDED,
    Finding,
    Threshold,
)
from neurosim.params import ParameterError

Role = Literal["needed", "side", "context"]


@dataclass(frozen=True)
class Existence:
    """The rule of a "may": one clear instance is enough; never seen, it is refuted once it must be rare."""

    rare: float

    def state(self, value: float, low: float, high: float) -> str:
        """Holds, fails or undecided, for the share of instances and its interval."""
        return HOLDS if value > 0 else FAILS if high < self.rare else UNDECIDED

    def __str__(self) -> str:
        return f"> 0 (one clear instance; refuted if surely rarer than {self.rare:g})"


def exists(rare: float = 0.05) -> Existence:
    """Rule for a share: it holds if there is one instance, and is refuted if the upper end lies below `rare`."""
    if not 0 < rare < 1:
        raise ParameterError(f"exists: rare is {rare}, expected a share between 0 and 1")
    return Existence(rare)


@dataclass(frozen=True)
class Condition:
    """One condition of a claim; made with `needed`, `side` or `context`.

    Args:
        role: needed (decides), side (its failure makes the verdict "partly") or context (never votes).
        words: what is measured, as a statement that is true if the condition holds.
        value, low, high: the measured number and its interval.
        n: independent measurements behind the interval; 0 where it is exact.
        unit: of the value.
        rule: what the whole interval has to keep.
        possible: the range that the quantity could take, whatever the answer were.
        exact: why there is no interval (a closed form, a count), else "".
    """

    role: Role
    words: str
    value: float
    low: float
    high: float
    n: int
    unit: str
    rule: Threshold | Existence
    possible: tuple[float, float]
    exact: str = ""

    @property
    def state(self) -> str:
        """Holds if the whole interval keeps the rule, fails if none of it does (or what is left cannot matter)."""
        if math.isnan(self.value) or math.isnan(self.low) or math.isnan(self.high):
            return UNDECIDED
        return self.rule.state(self.value, self.low, self.high)

    @property
    def detects(self) -> float | None:
        """Smallest difference that this many measurements with this scatter would show in four of five repetitions.

        (t_(n-1)(0.975) + t_(n-1)(0.8)) standard errors, for Student's interval of 95 %; None for one that does not lie
        evenly about its value (of a proportion).
        """
        half = (self.high - self.low) / 2
        if self.n < 2 or not half > 0 or abs(self.value - self.low - half) > 1e-6 * half:
            return None
        from scipy import special

        two_sided, power = (float(special.stdtrit(self.n - 1, level)) for level in (0.975, 0.8))
        return half * (1 + power / two_sided)

    def as_dict(self) -> dict[str, Any]:
        """For findings.json."""
        return {
            "role": self.role, "words": self.words, "value": self.value, "unit": self.unit, "n": self.n,
            "low": None if self.exact else self.low, "high": None if self.exact else self.high,
            "rule": str(self.rule), "state": self.state, "detects": self.detects, "exact": self.exact,
        }  # fmt: skip


def needed(
    words: str, value: Any, rule: Threshold | Existence, unit: str = "1", *, possible: tuple[float, float],
    exact: str = "",
) -> Condition:  # fmt: skip
    """A condition without which the claim is not supported.

    Args:
        words: what is measured, as a statement that is true if the condition holds.
        value: an interval such as `student_interval(...)`; a bare number only with `exact`.
        rule: `above(x)`, `below(x)`, `between(a, b)` or `exists()`.
        unit: of the value.
        possible: the range that the quantity could take, whatever the answer were; the rule must leave room in it.
        exact: why there is no interval: a closed form, a count of printed values.

    Raises:
        ParameterError: a number without interval, or a rule that holds (or fails) in the whole possible range.
    """
    return _condition("needed", words, value, rule, unit, possible, exact)


def side(
    words: str, value: Any, rule: Threshold | Existence, unit: str = "1", *, possible: tuple[float, float],
    exact: str = "",
) -> Condition:  # fmt: skip
    """A part of the claim whose failure makes the verdict "partly"; arguments as for `needed`."""
    return _condition("side", words, value, rule, unit, possible, exact)


def context(words: str, value: Any, rule: Threshold | Existence, unit: str = "1", *, exact: str = "") -> Condition:
    """Something worth knowing beside a claim; it never votes."""
    return _condition("context", words, value, rule, unit, (-math.inf, math.inf), exact)


def _condition(
    role: Role, words: str, value: Any, rule: Threshold | Existence, unit: str, possible: tuple[float, float],
    exact: str,
) -> Condition:  # fmt: skip
    if not isinstance(rule, Threshold | Existence):
        raise ParameterError(f"{words!r}: the rule is {rule!r:.60}, expected above, below, between or exists")
    if hasattr(value, "low"):
        numbers, n = (float(value.value), float(value.low), float(value.high)), int(value.n)
    else:
        numbers, n = (_number(value, words),) * 3, 0
        if not exact and not math.isnan(numbers[0]):
            raise ParameterError(
                f"{words!r}: got the number {value:.4g} without an interval, expected one (student_interval, "
                "proportion_interval), or exact= with the reason why there is none"
            )
    low, high = possible
    if not low < high:
        raise ParameterError(f"{words!r}: possible is {possible}, expected (lowest, highest)")
    if role != "context" and not isinstance(rule, Existence):
        ends = f"the quantity can lie anywhere from {low:g} to {high:g}"
        if rule.lowest <= low and rule.highest >= high:
            raise ParameterError(f"{words!r}: the rule {rule} could not fail: {ends}")
        if rule.lowest > high or rule.highest < low:
            raise ParameterError(f"{words!r}: the rule {rule} could not hold: {ends}")
    if role != "context" and not math.isnan(numbers[0]) and not low <= numbers[0] <= high:
        raise ParameterError(f"{words!r}: measured {numbers[0]:g}, which is outside the possible range {possible}")
    return Condition(role, words, *numbers, n, unit, rule, possible, exact)


def _number(value: Any, words: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ParameterError(f"{words!r}: got {value!r:.60}, expected an interval or a number") from None


def verdict_of(conditions: Sequence[Condition]) -> str:
    """The verdict that some conditions give."""
    needed_states = {each.state for each in conditions if each.role == "needed"}
    if FAILS in needed_states:
        return NOT_SUPPORTED
    if UNDECIDED in needed_states:
        return UNDECIDED
    return PARTLY if any(each.role == "side" and each.state == FAILS for each in conditions) else SUPPORTED


Over = Mapping[str, Mapping[Any, Sequence[Condition]]]
"""Parameter that we chose -> its value -> the claim's conditions at this value."""


def judge(
    id: str, *conditions: Condition, why: str, source: str = "", over: Over | None = None, in_the_model: bool = False,
    measurement: str = "",
) -> Finding:  # fmt: skip
    """A claim of the ledger, decided by its conditions.

    Args:
        id: of the claim in the ledger.
        conditions: `needed`, `side` and `context`; the number that is shown is that of the first that decides: one
            that fails or is open where the verdict is not that of all, else the first.
        why: the reasons for rule and bounds.
        source: where the expectation comes from.
        over: the conditions again for other values of what we chose (a size, a margin, a noise level); where two
            values decide differently the verdict is "partly", and it is said where it flips.
        in_the_model: the claim speaks of brains, and only a model was asked.
        measurement: name of the measurement where several claims rest on one; they count once.

    Raises:
        ParameterError: no condition is needed, something is no condition, or two swept values are written alike.
    """
    for name, values in (over or {}).items():
        if len({str(value) for value in values}) < len(values):
            raise ParameterError(f"claim {id!r}: two values of {name!r} are written alike, expected each once")
    for given in (conditions, *(each for values in (over or {}).values() for each in values.values())):
        if isinstance(given, Condition) or not all(isinstance(each, Condition) for each in given):
            raise ParameterError(f"claim {id!r}: got {given!r:.60}, expected a list of conditions")
        if not any(each.role == "needed" for each in given):
            raise ParameterError(f"claim {id!r}: none of its conditions is needed, so nothing could refute it")
    swept = {
        name: {str(value): verdict_of(given) for value, given in values.items()}
        for name, values in (over or {}).items()
    }
    flips = {name: values for name, values in swept.items() if len(_decided(values)) > 1}
    verdict = verdict_of(conditions)
    everywhere = {verdict} | {each for values in swept.values() for each in _decided(values)}
    if verdict != UNDECIDED and len(everywhere) > 1:
        verdict = PARTLY
    shown = _deciding(conditions)
    return Finding(
        id=id, kind="claim", statement="", quantity=shown.words, value=shown.value, unit=shown.unit,
        low=None if shown.exact else shown.low, high=None if shown.exact else shown.high, n=shown.n,
        expected=_words(conditions), reason=why, source=source, verdict=verdict,
        conditions=[each.as_dict() for each in conditions], swept=swept, flips=sorted(flips),
        in_the_model=in_the_model, measurement=measurement or id,
    )  # fmt: skip


def definition(id: str, value: Any = None, unit: str = "1", *, why: str, source: str = "") -> Finding:
    """A claim that is true, or false, by construction: no run could refute it, so it is out of the tally."""
    number = None if value is None else float(getattr(value, "value", value))
    return Finding(
        id=id, kind="claim", statement="", quantity="", value=number, unit=unit, reason=why, source=source,
        verdict=DEFINITION, measurement=id,
    )  # fmt: skip


def _deciding(conditions: Sequence[Condition]) -> Condition:
    """The first condition behind a verdict."""
    order = (("needed", FAILS), ("needed", UNDECIDED), ("side", FAILS))
    found = (each for wanted in order for each in conditions if (each.role, each.state) == wanted)
    return next(found, conditions[0])


def _decided(values: Mapping[str, str]) -> set[str]:
    return set(values.values()) - {UNDECIDED}


def _words(conditions: Sequence[Condition]) -> str:
    count = sum(each.role == "needed" for each in conditions)
    return "supported if " + ("the needed condition holds" if count == 1 else f"all {count} needed conditions hold")
