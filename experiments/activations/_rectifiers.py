"""Rectifier networks that learn digits by plain gradient descent, and how many of their units are dead."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim import activations, decisions
from neurosim.activations.base import Activation
from neurosim.params import Array, ParameterError, Params, param
from neurosim.stimuli import datasets
from neurosim.training import SGD, Network, layered, train

RECTIFIERS = ("ReLU", "LeakyReLU", "PReLU", "ELU")
SMALL_RATE = 0.05
FAR = -700.0  # exp(drive) underflows from -745 on
LEARNED = ("weights", "biases", "negative_slopes")


@dataclass(frozen=True, kw_only=True)
class Digits(Params):
    """The networks and what they learn from."""

    images: int = param(1200, doc="digits to learn from; the rest are the test", low=100, high=1500)
    layers: int = param(2, doc="hidden layers", low=1)
    units: int = param(64, doc="units of each hidden layer", low=2)


def digits(p: Digits) -> tuple[Array, Any, Array, Any]:
    """Pixels of mean 0 and variance 1, and classes, to learn from and to test."""
    found = datasets.digits()
    x = found.images.reshape(len(found.images), -1)
    x = (x - x.mean()) / x.std()
    return x[: p.images], found.labels[: p.images], x[p.images :], found.labels[p.images :]


def accuracy(network: Network, x: Array, labels: Any) -> float:
    """Fraction of the inputs that the network names rightly; not finite outputs count as wrong."""
    with np.errstate(over="ignore", invalid="ignore"):
        return decisions.accuracy(network.forward({"input": x}).activity["output"], labels)


def built(p: Digits, kind: str | Activation, seed: int) -> tuple[Any, Any]:
    """Circuit and cells before learning; the weights are the same for every activation (an instance, or its name)."""
    activation = activations.known()[kind]() if isinstance(kind, str) else kind
    return layered([64, *[p.units] * p.layers, 10], activation, seed=seed)


def dead_fractions(network: Network, x: Array) -> tuple[float, float, float]:
    """Fractions of hidden units with slope 0 for every input, with no drive above 0, and with all drives below -700."""
    with np.errstate(over="ignore", invalid="ignore"):
        drive = network.forward({"input": x}).drive
        dead = [(network.activation(name).derivative(drive[name]) == 0).all(axis=0) for name in network.hidden]
    silent, far = ([(drive[name] <= most).all(axis=0) for name in network.hidden] for most in (0.0, FAR))
    return tuple(float(np.concatenate(each).mean()) for each in (dead, silent, far))


def trained(
    p: Digits, kind: str | Activation, rate: float, epochs: int, seed: int, learn: tuple[str, ...] = LEARNED
) -> tuple[Network, bool]:
    """The network after the last epoch in which it was finite, and whether it always was."""
    x, labels, _, _ = digits(p)
    circuit, cells = built(p, kind, seed)
    kept = Network(circuit, cells)

    def observe(epoch: int, network: Network) -> None:
        if all(np.isfinite(values).all() for table in LEARNED for values in getattr(network, table).values()):
            for table in LEARNED:
                for key, values in getattr(network, table).items():
                    np.copyto(getattr(kept, table)[key], values)

    optimiser = SGD(learning_rate=rate, momentum=0.0)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # train reports that the loss diverged
            found = train(
                circuit,
                cells,
                x,
                labels,
                optimiser=optimiser,
                epochs=epochs,
                seed=seed,
                learn=learn,
                observe=observe,
                progress=False,
            )
    except ParameterError:
        return kept, False
    return kept, found.finished
