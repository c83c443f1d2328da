"""Local irregularity of spike trains: a measure that slow changes of the rate do not raise."""

from typing import Any

import numpy as np

from neurosim.metrics.checks import exponent, indices, real, shifted
from neurosim.params import ParameterError


def local_variation(times: Any, units: Any, *, trials: Any = None) -> float:
    """Local variation of the interspike intervals over all trains: 0 for a clock, 1 for Poisson; NaN without a pair.

    Equation
        3 * mean((I_k - I_(k+1))^2 / (I_k + I_(k+1))^2) over successive intervals of the same unit and trial;
        two intervals of length 0 (three spikes at once) do not differ and count as 0
    Shapes
        times (s), units and trials: one entry per spike, in any order
    Raises:
        ParameterError: the arrays differ in length.
    Source
        Shinomoto, Shima & Tanji, Neural Comput 15 (2003).
    """
    spikes = real(times, "local_variation(times)", unit="s", empty=True)
    anything = int(np.iinfo(np.int64).max)
    unit = indices(units, anything, "local_variation(units)")
    trial = np.zeros_like(unit) if trials is None else indices(trials, anything, "local_variation(trials)")
    if not spikes.shape == unit.shape == trial.shape:
        raise ParameterError(
            f"local_variation: got {spikes.size} times, {unit.size} units and {trial.size} trials, expected one each "
            "per spike"
        )
    order = np.lexsort((spikes, unit, trial))
    spikes, unit, trial = spikes[order], unit[order], trial[order]
    same = (np.diff(unit) == 0) & (np.diff(trial) == 0)
    both = same[1:] & same[:-1]
    if not both.any():
        return float("nan")
    intervals = np.diff(shifted(spikes, exponent(spikes)))
    first, second = intervals[:-1][both], intervals[1:][both]
    total = first + second
    return float(3.0 * np.mean(np.square(np.where(total > 0, (first - second) / np.where(total > 0, total, 1.0), 0.0))))
