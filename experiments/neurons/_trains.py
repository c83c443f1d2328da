"""Noisy LIF cells at constant drives: their spike trains and rates."""

import math
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.params import Array


def whole_steps(duration: float, settle: float, dt: float) -> ns.Schedule:
    """A schedule whose times are rounded to whole steps."""
    return ns.Schedule(duration=round(duration / dt) * dt, settle=round(settle / dt) * dt, dt=dt)


def trains_of(lab: Any, drives: Array, copies: int, sigma: float, schedule: ns.Schedule) -> list[list[Array]]:
    """Spike times of cells in noise of the amplitude sigma_B: for each drive a list of `copies` cells."""
    units = len(drives) * copies
    circuit = ns.Circuit(populations=[ns.Population("cells", units, bias=np.repeat(drives, copies))])
    cell = ns.LIF(sigma_stat=sigma / math.sqrt(2))
    spikes = lab.simulate(circuit, cell, schedule=schedule, record=("spikes",)).spikes["cells"]
    order = np.lexsort((spikes.times, spikes.units))
    edges = np.cumsum(np.bincount(spikes.units, minlength=units))
    trains = np.split(spikes.times[order], edges[:-1])
    return [trains[k * copies : (k + 1) * copies] for k in range(len(drives))]


def rate_of(cells: list[Array]) -> float | None:
    """Rate from the time that a fixed number of intervals takes; None where spikes are too few.

    All copies start at rest, so regular cells fire in step and their counts hardly scatter: whole intervals do not
    suffer from the ends of the window. Where a cell has few spikes it is irregular, and counts are unbiased.
    """
    counts = [len(train) for train in cells]
    number = int(2 * np.median(counts) / 3) - 1
    if number < 1 or min(counts) <= number:
        return None
    return float(1 / np.mean([(train[number] - train[0]) / number for train in cells]))
