"""ReLU networks of two hidden layers that have learned noisy prototypes of ten classes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.params import Array, Params, param
from neurosim.training import SGD, Network, layered, train

CLASSES, CHANNELS = 10, 64
HIDDEN = ("hidden1", "hidden2")


@dataclass(frozen=True, kw_only=True)
class Networks(Params):
    """How the networks learn."""

    units: int = param(256, doc="units of each of the two hidden layers", low=16)
    examples: int = param(2000, doc="examples to learn from", low=100)
    tests: int = param(2000, doc="examples to test with", low=100)
    epochs: int = param(15, doc="epochs of learning", low=1)
    batch: int = param(50, doc="examples per step", low=1)
    rate: float = param(0.02, doc="learning rate of gradient descent", above=0)
    momentum: float = param(0.9, doc="momentum of gradient descent", low=0, below=1)
    noise: float = param(1.6, doc="noise of the prototypes (standard deviation; the prototypes have 1)", above=0)


QUICK_NETWORKS = {"units": 96, "examples": 800, "epochs": 10, "rate": 0.05}


def learned(p: Networks, seed: int) -> dict[str, Any]:
    """Circuit and cells after learning, the weights before it, and the examples that it has not seen."""
    rng = ns.randomness.stream(seed, "stimulus", "prototypes")
    prototypes = rng.standard_normal((CLASSES, CHANNELS))
    n = p.examples + p.tests
    y = rng.integers(0, CLASSES, n)
    x = prototypes[y] + p.noise * rng.standard_normal((n, CHANNELS))
    circuit, cells = layered([CHANNELS, p.units, p.units, CLASSES], ns.ReLU(), seed=seed)
    initial = Network(circuit, cells).weights
    optimiser = SGD(learning_rate=p.rate, momentum=p.momentum)
    seen = slice(0, p.examples)
    found = train(
        circuit, cells, x[seen], y[seen], epochs=p.epochs, batch=p.batch, seed=seed, progress=False, optimiser=optimiser
    )
    circuit, cells = found.circuit, dict(found.cells)
    return {"circuit": circuit, "cells": cells, "initial": initial, "x": x[p.examples :], "y": y[p.examples :]}


def forward(
    network: Network, weights: Mapping[str, Array], x: Array, kept: Callable[[Array], Array] | None = None
) -> tuple[Array, dict[str, Array]]:
    """Logits and hidden activities with other weights, or with only some of each example's activities."""
    before, hidden = x, {}
    for name in network.hidden:
        before = network.activations[name](before @ weights[f"to_{name}"].T + network.biases[name])
        before = before if kept is None else kept(before)
        hidden[name] = before
    return before @ weights[f"to_{network.output}"].T + network.biases[network.output], hidden


def shaped(network: Network, values: Array) -> dict[str, Array]:
    """The network's weight matrices, by name, from all their values in one vector."""
    ends = np.cumsum([w.size for w in network.weights.values()])[:-1]
    parts = zip(network.weights.items(), np.split(values, ends), strict=True)
    return {name: part.reshape(w.shape) for (name, w), part in parts}


def smallest_gone(values: Array, fraction: float) -> Array:
    """Each row without its smallest magnitudes; exactly round(fraction * columns) entries are set to 0."""
    count = round(fraction * values.shape[-1])
    if not count:
        return values
    order = np.argsort(np.abs(values), axis=-1, kind="stable")[..., :count]
    result = values.copy()
    np.put_along_axis(result, order, 0.0, axis=-1)
    return result


def operations(weights: Mapping[str, Array], x: Array, hidden: Mapping[str, Array]) -> float:
    """Multiplications per example of a weight and an activity that are both not 0, as a fraction of all."""
    before = [x, *hidden.values()]
    done = [
        float(((a != 0).mean(axis=0) * (w != 0).sum(axis=0)).sum())
        for a, w in zip(before, weights.values(), strict=True)
    ]
    return sum(done) / sum(w.size for w in weights.values())
