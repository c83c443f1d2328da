"""State variables of spiking cells: their names, their units and the bounds beyond which they are no result."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from neurosim.cells.base import SpikingCell
from neurosim.engines.base import Job
from neurosim.engines.synapses import synaptic_constants
from neurosim.failures import LARGEST_POTENTIAL, LARGEST_STATE, Failure, first_failure, first_of_each
from neurosim.final_state import Flight
from neurosim.params import Array

LAST_SPIKE = "last_spike"
NEVER = -1e4
"""Seconds at which Brian2 has every unit spike for the last time before the start."""

_UNITS = {"1": "1", "volt": "V", "volt/second": "V/s"}
_EQUATION = re.compile(r"^\s*d(\w+)/dt\s*=.*:\s*([\w/]+)", flags=re.MULTILINE)


def state_variables(job: Job, population: str) -> dict[str, str]:
    """Everything that a population's cells and synapses remember, with its unit."""
    cell = job.cells[population]
    assert isinstance(cell, SpikingCell)
    found = {name: _UNITS.get(unit, "1") for name, unit in _EQUATION.findall(cell.equations)}
    found |= {name.removeprefix("tau_"): "1" for name in synaptic_constants(job, population)}
    return found | ({LAST_SPIKE: "s"} if np.any(cell.refractory) else {})


def bounds_of(job: Job, population: str) -> dict[str, float]:
    """Largest magnitude of every variable that a result may have; infinite (but finite) where there is none."""
    largest = {"1": LARGEST_STATE, "V": LARGEST_POTENTIAL}
    every = state_variables(job, population)
    return {name: largest.get(unit, np.inf) for name, unit in every.items() if name != LAST_SPIKE}


def too_fast(job: Job, population: str, rates: Array) -> list[Failure]:
    """Trials in which a cell spikes more often than its own law can mean: see `SpikingCell.fastest`."""
    cell = job.cells[population]
    assert isinstance(cell, SpikingCell)
    # A single spike is never too fast, however short the window in which it is counted.
    limit = np.maximum(cell.fastest(job.schedule.dt), (1 + 1e-9) / job.schedule.window)
    fast = rates > limit
    if not fast.any():
        return []
    shown = np.where(fast, rates, 0.0)
    return first_failure(shown, float(np.min(limit)), range(len(rates)), population, "rate (Hz)", job.end)


def without_failures(
    job: Job, rates: dict[str, Array], found: Iterable[Failure]
) -> tuple[dict[str, Array], tuple[Failure, ...]]:
    """Rates with NaN in the trials that failed, by their state or because no cell spikes so often."""
    fast = [failure for name, values in rates.items() for failure in too_fast(job, name, values)]
    failed = first_of_each([*found, *fast])
    if failed:
        good = np.ones(job.trials, dtype=bool)
        good[[failure.trial for failure in failed]] = False
        rates = {name: np.where(good[:, None], values, np.nan) for name, values in rates.items()}
    return rates, failed


def flights(found: Iterable[tuple[Any, Any, int]]) -> Flight:
    """Spikes on their way from (steps, units, trial) of every trial."""
    parts = list(found)
    nothing = np.zeros(0, dtype=np.int64)
    return Flight(
        np.concatenate([nothing, *(np.asarray(steps, dtype=np.int64) for steps, _, _ in parts)]),
        np.concatenate([nothing, *(np.asarray(units, dtype=np.int64) for _, units, _ in parts)]),
        np.concatenate([nothing, *(np.full(len(steps), trial, dtype=np.int64) for steps, _, trial in parts)]),
    )
