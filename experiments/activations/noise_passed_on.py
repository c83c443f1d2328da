"""Does the linear half of a ReLU make a network less sensitive to noise?

For inputs N(0, 1) a small noise that gets through is the mean squared slope: 1/2 for a ReLU, 0.045 for a sigmoid. A
gain can be changed in the next layer, so what counts in a network is the accuracy that is lost when noise is added to
inputs that it never saw noisy. A gain of 1 passes noise on and a saturating unit compresses it: networks of ReLU should
lose more than those of tanh and sigmoid.

Source: f(x + e) = f(x) + f'(x) e for a small e.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import POINT, POINT_RANGE, TRAINED, TRAINED_RANGE
from experiments.activations._by_network import gain, where
from experiments.activations._rectifiers import accuracy
from neurosim.lab import Row, column, judge, main, needed, side
from neurosim.params import Params, param
from neurosim.plots import activation_style
from neurosim.training import Network, layered

QUICK = {"seeds": 3, "images": 400, "epochs": 12, "noises": (0.5, 1.0)}
TRAINERS = ("ReLU", "LeakyReLU", "GELU", "ELU", "Tanh", "Sigmoid")
OTHERS = ("Tanh", "Sigmoid")
SLOPES = ("Identity", "ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "Tanh", "Sigmoid")
TASKS = ("digits", "prototypes")
CHANNELS, CLASSES, SPREAD = 64, 10, 1.6  # inputs; classes; noise of the prototypes' examples, in their own sd
USUAL = 1.0


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    images: int = param(1200, doc="examples to learn from", low=100, high=1500)
    units: int = param(64, doc="units of the hidden layer", low=4)
    epochs: int = param(20, doc="epochs of learning (Adam)", low=1)
    noises: tuple[float, ...] = param(
        (0.5, 1.0, 2.0), doc="noise added to the inputs of the test, in their standard deviation", above=0
    )


class Accuracy(Row):
    task: str = column("digits, or noisy examples of ten random prototypes")
    activation: str = column("class name")
    noise: float = column("noise added to the test inputs, in their standard deviation")
    trained: float = column("accuracy on the examples learned from")
    clean: float = column("accuracy on test examples")
    noisy: float = column("the same with noise, the same draws for every activation")


class Slopes(Row):
    activation: str = column("activation at its textbook gain")
    slope_squared: float = column("mean squared slope for inputs N(0, 1): noise passed on")
    relative: float = column("noise passed on over the variance of the response to the inputs (identity: 1)")


def compute(p, seed, lab):
    yield from slopes()
    for task in TASKS:
        x, labels, test_x, test_labels = examples(p, task, lab)
        added = lab.stream("noise", task).standard_normal(test_x.shape) * test_x.std()
        for name in TRAINERS:
            circuit, cells = layered([CHANNELS, p.units, CLASSES], ns.activations.known()[name](), seed=seed)
            found = lab.train(circuit, cells, x, labels, epochs=p.epochs)
            network = Network(found.circuit, found.cells)
            kinds = ((x, labels), (test_x, test_labels))
            trained, clean = (accuracy(network, inputs, classes) for inputs, classes in kinds)
            for noise in p.noises:
                noisy = accuracy(network, test_x + noise * added, test_labels)
                yield Accuracy(task, name, noise, trained, clean, noisy)


def examples(p, task, lab):
    """Inputs of mean 0 and variance 1 with classes, to learn from and to test."""
    if task == "digits":
        found = ns.datasets.digits()
        x, labels = found.images.reshape(len(found.images), -1), found.labels
    else:
        rng = lab.stream("stimulus", "prototypes")
        prototypes, labels = rng.standard_normal((CLASSES, CHANNELS)), rng.integers(0, CLASSES, p.images + 500)
        x = prototypes[labels] + SPREAD * rng.standard_normal((len(labels), CHANNELS))
    x = (x - x.mean()) / x.std()
    return x[: p.images], labels[: p.images], x[p.images :], labels[p.images :]


def slopes():
    """Noise that an activation passes on, and that over the signal, by integrals on a grid."""
    grid = (np.arange(-80_000, 80_000) + 0.5) * 1e-4  # midpoints: no kink falls on one
    density = np.exp(-0.5 * grid**2) / math.sqrt(2 * math.pi) * 1e-4
    for name in SLOPES:
        activation = ns.activations.known()[name]()
        passed, values = activation.derivative(grid) ** 2 @ density, activation(grid)
        yield Slopes(name, passed, passed / (values**2 @ density - (values @ density) ** 2))


def drop(t, task, name, noise):
    """Accuracy lost by the noise, by network."""
    rows = where(t.accuracy, task=task, activation=name, noise=noise)
    return rows.clean - rows.noisy


def answer(t):
    lost = {name: 100 * drop(t, "digits", name, USUAL).mean() for name in ("ReLU", *OTHERS)}
    other = {name: 100 * drop(t, "prototypes", name, USUAL).mean() for name in ("ReLU", *OTHERS)}
    return (
        f"Noise of one standard deviation costs ReLU networks {lost['ReLU']:.1f} points on digits, tanh "
        f"{lost['Tanh']:.1f} and sigmoid {lost['Sigmoid']:.1f}; on prototypes {other['ReLU']:.1f}, {other['Tanh']:.1f} "
        f"and {other['Sigmoid']:.1f}."
    )


def findings(t):
    noises = sorted(t.accuracy.noise.unique())
    over = {
        "noise": {f"{noise:g}": insensitive(t, noise=noise) for noise in noises},
        "task": {task: insensitive(t, task) for task in TASKS},
        "points": {point: insensitive(t, point=point) for point in POINT_RANGE},
        "trained": {least: insensitive(t, trained=least) for least in TRAINED_RANGE},
    }
    why = (
        "one hidden layer, the accuracy that noise on unseen inputs costs, and what is lost from seen to unseen ones; "
        "paired by seed, networks that all learned what they saw; a point matters"
    )
    yield judge("A2-18", *insensitive(t), over=over, why=why)


def insensitive(t, task="digits", noise=USUAL, point=POINT, trained=TRAINED):
    """Networks of ReLU lose less accuracy to noise, and to what they did not see, than those of tanh and of sigmoid."""
    rows = where(t.accuracy, task=task, noise=noise).pivot(index="seed", columns="activation")
    rows = rows[(rows["trained"][["ReLU", *OTHERS]] >= trained).all(axis=1)]
    noisy, unseen = rows["clean"] - rows["noisy"], rows["trained"] - rows["clean"]
    lost = ((needed, noisy, f"noise {noise:g}"), (side, unseen, "being unseen"))
    return [
        gain(role, f"accuracy that {what} costs {name} minus ReLU networks, {task}", each[name] - each["ReLU"], point)
        for role, each, what in lost
        for name in OTHERS
    ]


def lost(ax, t):
    for name in TRAINERS:
        style = activation_style(name)
        for task, line in zip(TASKS, ("-", "--"), strict=True):
            means = [100 * drop(t, task, name, noise).mean() for noise in sorted(t.accuracy.noise.unique())]
            label = name if task == "digits" else None
            ax.plot(
                sorted(t.accuracy.noise.unique()), means, line, marker=style.marker, color=style.colour, label=label
            )
    ax.set(xlabel="noise (sd of the inputs)", ylabel="accuracy lost (points)")
    ax.legend(loc="upper left")
    return "test accuracy lost by noise on the inputs, mean over networks; lines: digits, dashed: prototypes"


def over_signal(ax, t):
    table = t.slopes[t.slopes.seed == t.slopes.seed.min()].sort_values("relative").reset_index(drop=True)
    for place, row in enumerate(table.itertuples()):
        colour = activation_style(row.activation).colour
        ax.plot(row.slope_squared, place, "o", color=colour, markerfacecolor="white", markeredgewidth=0.9)
        ax.plot(row.relative, place, "o", color=colour)
    ax.axvline(1.0, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_yticks(range(len(table)), table.activation)
    ax.set(xlim=(0, None), xlabel="noise passed on")
    return "small noise passed on for inputs N(0, 1): mean squared slope (open), and that over the signal's variance"


PANELS = (lost, over_signal)

if __name__ == "__main__":
    main(__file__)
