"""A network of three hidden layers that learned digits, and what its layers do on every rung of the ladder."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from experiments.networks._rungs import Presentation, ladder, on_ladder, shown
from neurosim.params import Array, param


@dataclass(frozen=True, kw_only=True)
class DeepDigits(Presentation):
    """Training of the network, and the digits that it is shown afterwards."""

    images: int = param(1797, doc="digits that the probes see, half of them to fit", low=100, high=1797)
    epochs: int = param(30, doc="epochs of training on the digits", low=1)
    width: int = param(48, doc="units of each of the three hidden layers", low=4)


def digits_on_rungs(
    lab: Any, p: DeepDigits, seed: int, classes: int
) -> tuple[Array, dict[tuple[str, str], list[Array]], Any, Any, list[Array]]:
    """Train one network to tell the digits modulo `classes`, and run its weights on every rung.

    Returns:
        pixels; activities of the hidden layers by (trained or untrained, rung); labels; which images a probe is fitted
        to; the trained activities in Hz, scaled as the artificial rung should have them.
    """
    learned, rest = ns.datasets.digits().split(0.5, lab.stream("shuffle", "halves"))
    assert learned.labels is not None
    circuit, units = ns.training.layered((64, p.width, p.width, p.width, classes), seed=seed)
    optimiser = ns.training.SGD(learning_rate=0.05)
    trained = lab.train(circuit, units, learned.flat, learned.labels % classes, optimiser=optimiser, epochs=p.epochs)
    rng, half = lab.stream("shuffle", "shown"), p.images // 2
    fit, test = (
        images if half >= len(images) else images.select(np.sort(rng.permutation(len(images))[:half]))
        for images in (learned, rest)
    )
    pixels = np.concatenate([fit.flat, test.flat])
    labels = np.concatenate([fit.labels, test.labels]) % classes
    is_fit = np.arange(len(pixels)) < len(fit)
    untrained = ns.training.Network(circuit, units).forward({"input": pixels}).activity
    network = ns.training.Network(trained.circuit, trained.cells)
    activity, names = network.forward({"input": pixels}).activity, list(network.hidden)
    tops = [float(np.quantile(activity[name][is_fit], 0.999)) for name in names]
    weights, biases = [network.weights[f"to_{name}"] for name in names], [network.biases[name] for name in names]
    same, scales = on_ladder(p, weights, biases, tops, ladder()["artificial"].activation)
    layers = {}
    for rung, cell in ladder().items():
        run = shown(lab, p, rung, cell, same, pixels)
        layers["trained", rung] = [run.checked_rates(name) for name in names]
    layers["untrained", "artificial"] = [untrained[name] for name in names]
    ideal = [scale * activity[name] for scale, name in zip(scales, names, strict=True)]
    return pixels, layers, labels, is_fit, ideal
