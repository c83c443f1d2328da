"""The rule of a "may" over several settings: one at which it is surely so is enough."""

from collections.abc import Mapping
from typing import Any

from neurosim.metrics import Interval, student_interval
from neurosim.params import Array


def most(samples: Mapping[Any, Array]) -> tuple[Any, Interval]:
    """The setting whose mean is most surely high, and its interval, which allows for having chosen it.

    The lower end is that of the setting, the upper end the highest of all: what it refutes is refuted everywhere.

    Equation
        Bonferroni: each of k intervals has the level 1 - 0.05/k, so with 95 % all of them are right together
    """
    ends = {key: student_interval(values, level=1 - 0.05 / len(samples)) for key, values in samples.items()}
    best = max(ends, key=lambda key: (ends[key].low, ends[key].high))
    chosen = ends[best]
    return best, Interval(chosen.value, chosen.low, max(each.high for each in ends.values()), chosen.n)
