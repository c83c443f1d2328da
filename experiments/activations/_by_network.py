"""Rows of a table, and conditions on means over networks."""

from typing import Any

import numpy as np

from neurosim.lab import above, context
from neurosim.metrics import Interval, student_interval


def where(table: Any, **values: Any) -> Any:
    """The rows in which these columns have these values, by seed."""
    for name, value in values.items():
        table = table[np.isclose(table[name], value) if isinstance(value, float) else table[name] == value]
    return table.sort_values("seed", kind="stable")


def interval(values: Any) -> Interval:
    """Student's interval over networks; NaN, which decides nothing, where no network can be compared."""
    known = np.asarray(values, dtype=float)
    if not known.size or not np.isfinite(known).all():
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    return student_interval(known)


def decades(role: Any, words: str, value: Any, rule: Any) -> Any:
    """A condition on the log10 of a change, given as an interval."""
    possible = {} if role is context else {"possible": (-300.0, 300.0)}
    return role(f"log10 of {words}", value, rule, **possible)


def gain(role: Any, words: str, values: Any, matters: float, *, most: float = 1.0) -> Any:
    """A condition that the mean over networks is above 0; the values lie between -most and most."""
    return role(words, interval(values), above(0.0, matters=matters), possible=(-most, most))
