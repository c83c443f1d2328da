"""Mixtures of a digits circuit: what is heard first is that of the pure rungs, whatever stands behind it."""

import itertools

import numpy as np
import pytest

import neurosim as ns
from neurosim.climbing import climb

SHORT = {"duration": 0.1, "settle": 0.04, "dt": 1e-3}
NAMES = ("copies", "hidden", "readout")


def digits():
    """An input layer that copies pixels, a hidden layer of random filters, a read-out of the classes' means."""
    rng = np.random.default_rng(2)
    images = ns.datasets.digits()
    x = images.flat[:6]
    hidden = rng.normal(0, 1.5e-3, (16, 64))
    classes = np.stack([images.flat[images.labels == c].mean(axis=0) for c in range(10)]) @ np.maximum(hidden, 0).T
    circuit = ns.Circuit(
        {"pixels": 64},
        [ns.Population("copies", 64, bias=0.9), ns.Population("hidden", 16, bias=1.3), ns.Population("readout", 10)],
        [
            ns.Projection("to_copies", "pixels", "copies", 0.02 * np.eye(64), tau=0.0),
            ns.Projection("to_hidden", "copies", "hidden", hidden, sign=None),
            ns.Projection("to_readout", "hidden", "readout", 0.02 * classes / classes.max()),
        ],
    )
    return circuit, ns.Stimulus({"pixels": 100.0 * x})


@pytest.mark.parametrize("rungs", list(itertools.pairwise(ns.RUNGS)))
def test_every_mixture_agrees_with_a_pure_rung_as_far_as_all_that_is_heard_stands_on_it(rungs):
    circuit, shown = digits()
    cells = ns.ladder(ns.LIF())
    found = climb(circuit, cells, shown, rungs=rungs, record=("rate", "spikes"), **SHORT)
    record = {"rate": ("rate",), "spiking": ("spikes",)}
    pure = [ns.simulate(circuit, cells[r], shown, record=record.get(r, ()), **SHORT).rates for r in rungs]
    assert pure[1]["readout"].max() > 5
    compared = 0
    for climbed, run in found.runs.items():
        for k, name in enumerate(NAMES):
            above = {heard in climbed for heard in NAMES[: k + 1]}
            if len(above) == 1:
                rung = rungs[above == {True}]
                # Among other levels a static unit follows its synapses of 5 ms, whose onset is e^-8 after 40 ms.
                late = 1e-3 if cells[rung].level == "static" and run.level == "mixed" else 0.0
                np.testing.assert_allclose(run.rates[name], pure[above == {True}][name], rtol=late, atol=30 * late)
                compared += 1
    assert compared == 2 * (4 + 2 + 1)
