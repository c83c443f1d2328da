"""One table row that says how sparse a population is, over its units and over its trials, and by which rules."""

from collections.abc import Callable
from typing import Any

import numpy as np

from neurosim.metrics import sparsity
from neurosim.metrics.checks import exponent, real, restored, shifted
from neurosim.params import Array, ParameterError, ParamInfo, number, text, whole

_FIXED: dict[str, tuple[str, str]] = {
    "rung": ("", "what was measured: an activation, or a rung of the ladder"),
    "n_units": ("1", "units in the population"),
    "trials": ("1", "trials (stimuli)"),
    "duration": ("s", "time over which the activity was averaged; NaN where there is no time"),
    "dt": ("s", "time step; NaN where there is none"),
    "seed": ("", "seed of the run; empty where none was given"),
    "active_rule": ("", "when an entry counts as active; what does not is set to 0 before the indices are taken"),
    "negative_rule": ("", "what was done with negative values: rectify, abs, or none present"),
    "mean_rate": ("as given", "mean activity over trials and units, before the rules"),
    "active_fraction": ("1", "fraction of all entries that are active"),
    "exact_zero_fraction": ("1", "fraction of all entries that are exactly 0, before the rules"),
    "negative_mass": ("1", "fraction of the total magnitude that is negative, before the rules; NaN when all are 0"),
    "silent_units": ("1", "fraction of the units that are active in no trial"),
    "silent_trials": ("1", "fraction of the trials in which no unit is active"),
}
_INDICES: dict[str, tuple[Callable[..., Any], str]] = {
    "treves_rolls": (sparsity.treves_rolls, "Treves-Rolls activity ratio (small means sparse)"),
    "vinje_gallant": (sparsity.vinje_gallant, "Vinje-Gallant sparseness"),
    "hoyer": (sparsity.hoyer, "Hoyer sparseness"),
    "gini": (sparsity.gini, "Gini index"),
    "kurtosis": (sparsity.excess_kurtosis, "excess kurtosis"),
}
_VIEWS: dict[str, tuple[int, str]] = {
    "population": (-1, "over the units of a trial, mean over trials"),
    "lifetime": (0, "over the trials of a unit, mean over units"),
}
SPARSITY_COLUMNS: dict[str, tuple[str, str]] = {
    **_FIXED,
    **{
        f"{view}_{name}": ("1", f"{meaning}, {how}")
        for view, (_, how) in _VIEWS.items()
        for name, (_, meaning) in _INDICES.items()
    },
    **{
        f"{view}_{name}_left_out": (
            "1",
            f"vectors left out of {view}_{name}: silent, constant or of one entry (undefined)",
        )
        for view in _VIEWS
        for name in _INDICES
    },
}
"""Unit and meaning of every column of [sparsity_row][neurosim.metrics.sparsity_table.sparsity_row], in order."""


def sparsity_row(
    rates: Any,
    *,
    rung: str,
    above: float = 0.0,
    relative: float | None = None,
    negative: sparsity.Negative | None = None,
    duration: float | None = None,
    dt: float | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """One row with every index over units and over trials, the rules used, and how many vectors were left out.

    An entry that does not count as active is set to 0 first, so that the residue of a unit that has decayed into
    silence does not enter an index. Means leave out the vectors on which an index is undefined and say how many.

    Args:
        rates: activity (trials, units); a vector is one trial.
        rung: what was measured.
        above: level that an active entry exceeds.
        relative: the same as a fraction of the largest entry, instead of `above`.
        negative: what to do with negative values ("rectify" or "abs"); needed only where there are any.
        duration: seconds over which the activity was averaged, where there is time.
        dt: time step in seconds, where there is one.
        seed: seed of the run.

    Raises:
        ParameterError: NaN, an empty array, more than two axes, negative values without a rule, or a time not above 0.
    """
    raw = np.atleast_2d(real(rates, "sparsity_row(rates)"))
    values = sparsity.nonnegative(rates, negative, "sparsity_row", "rates")
    if values.ndim > 2:
        raise ParameterError(f"sparsity_row(rates): got shape {values.shape}, expected (trials, units) or a vector")
    values = np.atleast_2d(values)
    power = exponent(raw)
    is_active = values > sparsity.active_level(values, above, relative)
    counted = np.where(is_active, values, 0.0)
    row: dict[str, Any] = {
        "rung": text(rung, "sparsity_row: rung"),
        "n_units": values.shape[1],
        "trials": values.shape[0],
        "duration": _seconds(duration, "duration"),
        "dt": _seconds(dt, "dt"),
        "seed": "" if seed is None else whole(seed, "sparsity_row: seed", low=0),
        "active_rule": f"> {above:g}" if relative is None else f"> {relative:g} of the largest",
        "negative_rule": negative if negative is not None else "none present",
        "mean_rate": float(restored(shifted(raw, power).mean(), power, "sparsity_row(rates)")),
        "active_fraction": float(is_active.mean()),
        "exact_zero_fraction": float((raw == 0.0).mean()),
        "negative_mass": float(sparsity.negative_mass(raw.ravel())),
        "silent_units": float((~is_active.any(axis=0)).mean()),
        "silent_trials": float((~is_active.any(axis=1)).mean()),
    }
    for view, (axis, _) in _VIEWS.items():
        for name, (index, _) in _INDICES.items():
            row[f"{view}_{name}"], row[f"{view}_{name}_left_out"] = _mean_of_defined(index, counted, axis)
    return {name: row[name] for name in SPARSITY_COLUMNS}


def _seconds(value: float | None, name: str) -> float:
    return float("nan") if value is None else number(value, ParamInfo("s", name, above=0.0), f"sparsity_row: {name}")


def _mean_of_defined(index: Callable[..., Any], values: Array, axis: int) -> tuple[float, int]:
    """Mean of the index over the vectors on which it is defined, and how many others there were."""
    vectors = values.size // values.shape[axis]
    if values.shape[axis] < 2:
        return float("nan"), vectors
    found = index(values, axis=axis)
    defined = found[np.isfinite(found)]
    return (float(defined.mean()) if defined.size else float("nan")), vectors - defined.size
