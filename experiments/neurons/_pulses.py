"""Rectangular pulses of many durations and strengths at once, and the weakest that make a cell fire."""

from collections.abc import Callable
from typing import Any

import numpy as np

import neurosim as ns
from experiments.neurons._trains import whole_steps
from neurosim.cells import HodgkinHuxley
from neurosim.params import Array, ParameterError

STRONGEST = 25.0
"""Strongest pulse that is tried."""


def pulses(
    cell: Any, durations: Any, strengths: Array, dt: float, wait: float = 0.0
) -> tuple[ns.Circuit, Any, ns.Stimulus, ns.Schedule]:
    """Circuit, cell, stimulus and schedule of pulses that begin together: frames of a movie.

    One channel for each duration, with `strengths` (durations, cells) of its pulse; after the longest the run goes on
    for `wait` seconds.
    """
    channels, cells = strengths.shape
    weights = np.zeros((channels * cells, channels))
    for channel in range(channels):
        weights[channel * cells : (channel + 1) * cells, channel] = strengths[channel]
    circuit = ns.Circuit(
        inputs=[ns.Input("pulse", channels)],
        populations=[ns.Population("cells", channels * cells)],
        projections=[ns.Projection("current", "pulse", "cells", weights, sign=None, tau=0.0)],
    )
    steps = np.round(np.asarray(durations) / dt).astype(int)
    frame = int(np.gcd.reduce(steps))
    last = steps.max() + round(wait / dt)
    shown = np.arange(last // frame)[:, None] < steps // frame
    stimulus = ns.stimulus.movie(shown[None].astype(float), frame * dt, "constant", "pulse")
    return circuit, cell, stimulus, whole_steps(last * dt, 0.0, dt)


def weakest(
    fire: Callable[[Array], Any], durations: int, lowest: float, points: int, rounds: int = 2
) -> tuple[Array, Array]:
    """Weakest pulse of each duration that makes a spike, by finer and finer grids, and the width of the last one.

    Shapes: `fire` takes strengths (durations, points) and says which of them make a spike.
    """
    low, high, rows = np.full(durations, lowest), np.full(durations, STRONGEST), np.arange(durations)
    for _ in range(rounds):
        grid = np.linspace(low, high, points).T
        spikes = fire(grid)
        if not spikes.any(axis=1).all():
            raise ParameterError(f"weakest: a pulse of {STRONGEST:g} times the rheobase makes no spike")
        first = spikes.argmax(axis=1)
        low, high = grid[rows, np.maximum(first - 1, 0)], grid[rows, first]
    return high, high - low


def resting_time_constant(cell: HodgkinHuxley) -> float:
    """Capacitance over the conductance at rest, in s."""
    rest = cell.initial
    sodium, potassium = cell.g_Na * rest["m"] ** 3 * rest["h"], cell.g_K * rest["n"] ** 4
    return float(cell.C_m / (sodium + potassium + cell.g_L))
