"""Rectangular pulses of many durations and strengths at once, and the weakest that make a cell fire."""

import math
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


def weakest(fire: Callable[[Array], Any], durations: int, lowest: float, points: int) -> tuple[Array, Array]:
    """Weakest pulse of each duration that makes a spike, by two grids, and the width of the last one.

    Shapes: `fire` takes strengths (durations, points) and says which of them make a spike.
    """
    low, high, rows = np.full(durations, lowest), np.full(durations, STRONGEST), np.arange(durations)
    for _ in range(2):
        grid = np.linspace(low, high, points).T
        spikes = fire(grid)
        if not spikes.any(axis=1).all():
            raise ParameterError(f"weakest: a pulse of {STRONGEST:g} times the rheobase makes no spike")
        first = spikes.argmax(axis=1)
        low, high = grid[rows, np.maximum(first - 1, 0)], grid[rows, first]
    return high, high - low


def resting_time_constant(cell: HodgkinHuxley) -> float:
    """Capacitance over the conductance at rest in s; there V = v - V_rest = 0 in the rates of the gates."""
    from scipy.special import exprel

    rest = {"m": (1 / exprel(2.5), 4.0), "h": (0.07, 1 / (1 + math.exp(3.0))), "n": (0.1 / exprel(1.0), 0.125)}
    m, h, n = (opening / (opening + closing) for opening, closing in rest.values())
    conductance = cell.g_Na * m**3 * h + cell.g_K * n**4 + cell.g_L
    return float(cell.C_m / conductance)
