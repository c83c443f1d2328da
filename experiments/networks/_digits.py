"""Small ReLU networks that have learned the digits that come with scikit-learn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

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


def trained(
    p: Digits, seed: int, see: Callable[[Array], Array] | None = None, kept: Any = slice(None), **options: Any
) -> training.Network:
    """A network of one hidden layer of 48 units on what `see` makes of the pixels of the images that are kept.

    `options` go to `train`.
    """
    x, y, _, _ = halves(p, seed)
    x, y = (x if see is None else see(x))[kept], y[kept]
    circuit, cells = training.layered((x.shape[1], 48, 10), seed=seed)
    optimiser = training.SGD(learning_rate=0.05)
    options = {"optimiser": optimiser, "epochs": p.epochs, "seed": seed, "progress": False, **options}
    run = training.train(circuit, cells, x, y, **options)
    return training.Network(run.circuit, run.cells)


def learned(p: Digits, seed: int) -> tuple[Any, Any]:
    """Circuit and cells of the network after learning."""
    network = trained(p, seed)
    return network.to_circuit(), network.to_cells()


def outputs(network: training.Network, x: Array) -> Array:
    """The network's outputs."""
    return network.forward({"input": x}).activity["output"]


def filters_of(x: Array) -> Array:
    """Eight kernels of 3 x 3: the first four principal components of the images' patches, with either sign."""
    patches = np.lib.stride_tricks.sliding_window_view(x.reshape(-1, 8, 8), (3, 3), axis=(1, 2)).reshape(-1, 9)
    components = np.linalg.svd(patches - patches.mean(axis=0), full_matrices=False)[2][:4]
    return np.concatenate([components, -components]).reshape(8, 3, 3)


def convolved(filters: Array, x: Array) -> Array:
    """Rectified convolutions of images of 8 x 8 pixels, means of 2 x 2 places: (images, 8 * 3 * 3)."""
    windows = np.lib.stride_tricks.sliding_window_view(x.reshape(-1, 8, 8), (3, 3), axis=(1, 2))
    seen = np.maximum(np.einsum("nijab,kab->nkij", windows, filters), 0.0)
    pooled: Array = seen.reshape(len(x), 8, 3, 2, 3, 2).mean(axis=(3, 5)).reshape(len(x), -1)
    return pooled
