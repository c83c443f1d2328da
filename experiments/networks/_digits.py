"""Small ReLU networks that have learned the digits that come with scikit-learn."""

from dataclasses import dataclass
from typing import Any

import neurosim as ns
from neurosim import training
from neurosim.params import Array, Params, param


@dataclass(frozen=True, kw_only=True)
class Digits(Params):
    """How the networks learn."""

    images: int = param(1200, doc="digits, half of them to train", low=100, high=1797)
    epochs: int = param(30, doc="epochs on the digits", low=1)


def halves(p: Digits, seed: int) -> tuple[Array, Any, Array, Any]:
    """Training images, their labels, test images, their labels."""
    fit, test = ns.datasets.digits().split(p.images / 2 / 1797, ns.randomness.stream(seed, "shuffle", "halves"))
    test = test.select(ns.randomness.stream(seed, "shuffle", "shown").permutation(len(test))[: p.images // 2])
    return fit.flat, fit.labels, test.flat, test.labels


def trained(p: Digits, seed: int, **options: Any) -> training.Network:
    """A network of one hidden layer of 48 units; `options` go to `train`."""
    x, y, _, _ = halves(p, seed)
    circuit, cells = training.layered((64, 48, 10), seed=seed)
    options = {
        "optimiser": training.SGD(learning_rate=0.05),
        "epochs": p.epochs,
        "seed": seed,
        "progress": False,
        **options,
    }
    run = training.train(circuit, cells, x, y, **options)
    return training.Network(run.circuit, run.cells)


def learned(p: Digits, seed: int) -> tuple[Any, Any]:
    """Circuit and cells of the network after learning."""
    network = trained(p, seed)
    return network.to_circuit(), network.to_cells()


def outputs(network: training.Network, x: Array) -> Array:
    """The network's outputs."""
    return network.forward({"input": x}).activity["output"]
