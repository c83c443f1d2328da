"""Rows of a table, and conditions on means over networks."""

from typing import Any

import numpy as np

from neurosim.lab import above, context
from neurosim.metrics import Interval, proportion_interval, student_interval


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


def spared(one: Any, other: Any, most: float) -> tuple[Any, Any, str]:
    """Networks at some setting of which one activation keeps the gradient and the other loses it.

    Args:
        one, other: log10 of the change of the gradient with either, (networks, settings).
        most: decades within which `one` has to keep it, and which `other` has to lose more than it loses or gains.

    Returns
        What `other` loses more, by network, largest over settings (to explode is no help); the share of networks where
        that is at least `most`, with its interval; why there is none.
    """
    more = np.clip(-other - np.abs(one), -300.0, 300.0)  # a gradient may be lost altogether
    more = np.where(np.abs(one) <= most, more, np.minimum(more, 0.0)).max(axis=1)
    if np.isnan(one).any() or np.isnan(other).any():
        return more, float("nan"), "not computed"
    return more, proportion_interval(int((more >= most).sum()), len(more)), ""


def decades(role: Any, words: str, value: Any, rule: Any) -> Any:
    """A condition on the log10 of a change, given as an interval."""
    possible = {} if role is context else {"possible": (-300.0, 300.0)}
    return role(f"log10 of {words}", value, rule, **possible)


def gain(role: Any, words: str, values: Any, matters: float, *, most: float = 1.0) -> Any:
    """A condition that the mean over networks is above 0; the values lie between -most and most."""
    return role(words, interval(values), above(0.0, matters=matters), possible=(-most, most))
