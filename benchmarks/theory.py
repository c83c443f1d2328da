"""What was counted, against closed forms."""

import math

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import (
    ACTIVE,
    DT,
    KNOWN_DURATION,
    KNOWN_SPIKES,
    KNOWN_UNITS,
    LAYERS,
    SOURCE_RATE,
    SPIKES_PER_STEP,
)  # fmt: skip
from benchmarks.works.independent import expected_counts
from benchmarks.works.layers import relu_network
from benchmarks.works.rates import rate_scene
from benchmarks.works.recurrent import recurrent_network, source_spikes


def theory_of(p, work, found):
    """Rows of the table: what was counted against closed forms."""
    if work == "W1":
        counts = expected_counts(p.units, whole_steps(p.duration, DT).steps)
        rows = [("W1 largest difference of a cell's count", float(np.abs(found[0] - counts).max()), 0.0, 1.0,
                 "spikes in closed form on the time grid; a cell whose crossing falls on a step may be one spike off"),
                ("W1 spikes", float(found.sum()), float(counts.sum()), 1e-4 * float(counts.sum()),
                 "few cells have such a crossing")]  # fmt: skip
        if (p.units, p.duration) == (KNOWN_UNITS, KNOWN_DURATION):
            rows.append(("W1 spikes found elsewhere", float(found.sum()), float(KNOWN_SPIKES), 0.0,
                         "the number that other programs found for these very cells"))  # fmt: skip
        return rows
    if work == "W2":
        trains = source_spikes(p, *recurrent_network(p))
        expected = trains.n_units * SOURCE_RATE * p.network_duration
        return [("W2 input spikes", float(len(trains)), expected, 5 * math.sqrt(expected),
                 "rate * units * time; five standard deviations of a Poisson number")]  # fmt: skip
    if work == "W3":
        return relu_theory(p, found)
    if work == "W5":
        bias, weights, inhibition = rate_scene(p, 1)
        rate = found[0]
        steady = np.maximum(0.0, bias[0] + weights @ rate - inhibition * (rate.sum() - rate))
        return [("W5 distance from the steady state in Hz", float(np.abs(rate - steady).max()), 0.0, 1e-2,
                 "r = max(0, drive(r)); the slowest mode has decayed, the integrator's tolerance remains")]  # fmt: skip
    return []


def relu_theory(p, found):
    scene = relu_network(p, p.batch).select(len(found))
    push = scene.gain * (scene.images @ scene.weights[0].T + scene.bias[0])
    counts, units = found[:, : LAYERS[0]], sum(LAYERS)
    fits = push <= 1.0  # above, there are more spikes wanted than steps
    off = np.abs(counts - scene.steps * np.maximum(0.0, push))[fits].max()
    rate = float(found.sum() / (len(found) * units * scene.steps))
    return [
        ("W3 largest distance of a first-layer count from the ReLU", float(off), 0.0, 1.0 + 1e-9,
         "steps * gain * max(0, drive), rounded to a whole number of spikes"),
        ("W3 active share of the first layer", float((push > 0).mean()), ACTIVE, 0.05,
         "biases put it there for 64 other images; their quantile scatters by sqrt(0.15 * 0.85 / 64) = 0.04 a unit"),
        ("W3 spikes per unit and step", rate, SPIKES_PER_STEP, 0.5 * SPIKES_PER_STEP,
         "scaled so for 64 other images; at most one spike a step cuts the largest rates, and deeper layers lag"),
    ]  # fmt: skip
