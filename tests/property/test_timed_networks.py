"""Spike times are the activities of a network, for every dense network of rectified linear units."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.conversion import convert

SIZES = st.lists(st.integers(1, 64), min_size=2, max_size=7)
"""Widths of the input and of one to six layers."""
SCALES = st.sampled_from((0.0, 1e-6, 1e-2, 1.0, 30.0, 1e4))


def network(sizes, seed, silent):
    """A random network with biases; one layer is silent for every input."""
    rng = np.random.default_rng(seed)
    names = ["x", *(f"layer{k}" for k in range(1, len(sizes)))]
    weights = [rng.normal(0, np.sqrt(2 / n), (m, n)) for n, m in pairwise(sizes)]
    biases = [rng.normal(0, 0.3, m) for m in sizes[1:]]
    if silent:
        weights[silent % len(weights)] *= 0.0
        biases[silent % len(weights)] = -np.abs(biases[silent % len(weights)])
    populations = [ns.Population(name, len(b), bias=b) for name, b in zip(names[1:], biases, strict=True)]
    projections = [
        ns.Projection(f"to_{post}", pre, post, w, sign=None)
        for (pre, post), w in zip(pairwise(names), weights, strict=True)
    ]
    return ns.Circuit([ns.Input("x", sizes[0])], populations, projections), weights, biases


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(sizes=SIZES, seed=st.integers(0, 10**6), scale=SCALES, signed=st.booleans(), silent=st.integers(0, 6))
def test_times_are_the_activities_of_the_network(sizes, seed, scale, signed, silent):
    circuit, weights, biases = network(sizes, seed, silent)
    x = scale * np.random.default_rng(seed + 1).normal(size=(3, sizes[0]))
    x = x if signed else np.maximum(x, 0.0)
    x[0] = 0.0
    # A window of 1e4 time constants: small ones keep the run below the usual 300 s.
    conversion = convert(circuit, ns.Unit(), ns.cells.TimedIF(tau_c=2e-5), x, readout="spiking")
    run = conversion.run(x)
    found, counts, expected = conversion.activities(run), conversion.spikes_per_unit(run), x
    for k, (w, b) in enumerate(zip(weights, biases, strict=True), 1):
        expected = np.maximum(0.0, expected @ w.T + b)
        # Times are sums of windows: their rounding is that of the time at which the last one closes.
        size = max(1.0, conversion.duration / conversion.tau_c, np.abs(w).sum(axis=1).max())
        np.testing.assert_allclose(found[f"layer{k}"], expected, rtol=0, atol=1e-12 * size)
        if scale <= 1.0 and conversion.duration / conversion.tau_c < 100:
            assert np.abs(found[f"layer{k}"] - expected).max() < 1e-12
        # Rounding decides on which side of 0 an activity of rounding's own size lies.
        sure = np.abs(expected - 0.0) > 1e-12 * size
        assert abs(counts[f"layer{k}"] - (expected > 0).mean()) <= (~sure & (expected != 0)).mean() + 1e-12
    assert all(len(np.unique([s.trials, s.units], axis=1).T) == len(s) for s in run.spikes.values())
