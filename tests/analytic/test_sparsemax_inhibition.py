"""Uniform lateral inhibition of ReLU units is sparsemax, at a temperature that follows the total activity."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import Sparsemax


@pytest.mark.parametrize("w", [0.2, 0.8])
def test_lateral_inhibition_is_sparsemax_at_the_temperature_of_its_total(w):
    x = np.random.default_rng(4).standard_normal((12, 8)) + 0.5
    units = ns.Population("units", 8)
    feed = ns.Projection("feed", "x", "units", np.eye(8), sign=None, tau=0.0)
    circuit = ns.Circuit({"x": 8}, [units], [feed, ns.lateral(units, w)])
    rates = ns.simulate(circuit, ns.Unit(), ns.stimulus.constant(x, "x")).checked_rates("units")
    for scores, found in zip(x, rates, strict=True):
        total = found.sum()
        expected = Sparsemax(gain=total, temperature=(1 - w) * total)(scores)
        # The engine solves to 1e-10, which the loop amplifies by 1/(1 - w) = 5 at most.
        np.testing.assert_allclose(found, expected, atol=1e-8)
        # And sparsemax is a ReLU with one threshold for all: w times the total.
        np.testing.assert_allclose(found, np.maximum(scores - w * total, 0.0) / (1 - w), atol=1e-8)
