"""Where a run left what numbers can say: the first state of a trial that is not finite, or beyond all bounds."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LARGEST_RATE = 1e6
"""Hz above which the activity of a rate cell is no result (a spike per microsecond)."""

LARGEST_STATE = 1e6
"""Magnitude above which a dimensionless state of a spiking cell is no result (threshold 1, rest 0)."""

LARGEST_POTENTIAL = 10.0
"""The same in V, for cells in volts."""


@dataclass(frozen=True)
class Failure:
    """Why one trial is no result: the first unit whose state is not finite or too large.

    Units
        time s, on the clock of the recording: the end of the stretch in which it was noticed (NaN on the static rung,
        which has no time); value and bound in the variable's own
    """

    trial: int
    population: str
    variable: str
    unit: int
    time: float
    value: float
    bound: float = math.inf

    def __str__(self) -> str:
        beyond = f", beyond {self.bound:.3g}" if math.isfinite(self.value) and math.isfinite(self.bound) else ""
        state = f"is {self.value:.3g}{beyond}"
        when = "" if math.isnan(self.time) else f" by {self.time:.6g} s"
        return f"trial {self.trial}: {self.variable} of unit {self.unit} of {self.population!r} {state}{when}"


def first_failure(
    values: npt.NDArray[np.floating], bound: float, trials: Iterable[int], population: str, variable: str, time: float
) -> list[Failure]:
    """One failure for every row of (trials, units) in which a magnitude is not finite or above a bound."""
    # What is no number fails every comparison, so the one that must hold is asked for.
    with np.errstate(invalid="ignore"):
        good = np.abs(values) <= min(bound, np.finfo(np.float64).max)
    if good.all():
        return []
    found = []
    for row, trial in enumerate(trials):
        bad = np.flatnonzero(~good[row])
        if len(bad):
            unit = int(bad[0])
            found.append(Failure(int(trial), population, variable, unit, time, float(values[row, unit]), bound))
    return found


def first_of_each(found: Iterable[Failure]) -> tuple[Failure, ...]:
    """The earliest failure of every trial, in the order of the trials."""
    earliest: dict[int, Failure] = {}
    for failure in found:
        known = earliest.setdefault(failure.trial, failure)
        if failure.time < known.time:
            earliest[failure.trial] = failure
    return tuple(earliest[trial] for trial in sorted(earliest))
