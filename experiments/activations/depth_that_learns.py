"""How many layers can a plain network have and still learn, by activation?

Digits by plain gradient descent in a fixed number of epochs, networks of more and more layers, each activation at the
weight variance that preserves its drives and at its own best learning rate. The gradient of sigmoid shrinks in every
layer at any scale, so deep networks of it should not learn; ReLU keeps the gradient at He's scale, and tanh nearly.

Sources: Glorot & Bengio, AISTATS (2010); He et al., ICCV (2015), arXiv:1502.01852.
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.activations._by_network import interval
from experiments.activations._deep_networks import squares, variance_of
from experiments.activations._learners import digits_of, learner
from neurosim.lab import Row, above, column, judge, main, needed, side
from neurosim.params import ParameterError, Params, param
from neurosim.plots import activation_style
from neurosim.training import SGD, Network

QUICK = {"seeds": 3, "images": 400, "epochs": 6, "depths": (2, 4, 8), "learning_rates": (0.1, 0.3)}
ACTIVATIONS = ("ReLU", "Tanh", "Sigmoid")
WIDTH = 32
SOLVED, SOLVED_RANGE = 0.75, (0.5, 0.75, 0.9)
MATTERS = 0.1  # accuracy, and decades of the gradient per layer would be too many: one decade over the network


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    images: int = param(1200, doc="digits to learn from", low=100, high=1797)
    depths: tuple[int, ...] = param((2, 4, 8, 16, 32), doc="hidden layers", low=1)
    learning_rates: tuple[float, ...] = param((0.03, 0.1, 0.3), doc="learning rates of gradient descent", above=0)
    epochs: int = param(10, doc="epochs on the digits", low=2)


class Depth(Row):
    activation: str = column("class name")
    layers: int = column("hidden layers")
    gradient: float = column("log10 of the gradient of the first layer's drives over that of the output, at the start")
    rate: float = column("learning rate")
    accuracy: float = column("training accuracy in the last epoch (0 if the loss was no longer finite)")


def compute(p, seed, lab):
    x, labels = digits_of(p.images)
    cotangent = lab.stream("init", "cotangent").standard_normal((100, 10))
    for name in ACTIVATIONS:
        for layers in p.depths:
            circuit, cells = learner(name, layers, WIDTH, variance_of(name, None), seed)
            network = Network(circuit, cells)
            found = squares(network, network.forward({"input": x[:100]}), "output", cotangent)
            gradient = 0.5 * math.log10(max(found["hidden1"], 1e-300) / found["output"])
            for rate in p.learning_rates:
                yield Depth(name, layers, gradient, rate, accuracy(lab, circuit, cells, x, labels, rate, p.epochs))


def accuracy(lab, circuit, cells, x, labels, rate, epochs):
    """Training accuracy in the last epoch; 0 where the loss diverged."""
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # train reports that the loss diverged
            run = lab.train(circuit, cells, x, labels, optimiser=SGD(learning_rate=rate, momentum=0.0), epochs=epochs)
    except ParameterError:
        return 0.0
    return float(run.history["score"][-1])


def at_best(t):
    """Accuracy of every network (rows: seed) at the best of its learning rates, by activation and layers."""
    return t.depth.groupby(["seed", "activation", "layers"]).accuracy.max().unstack(["activation", "layers"])


def deepest(t, name, solved):
    """By network: most layers with which it learned (1 if with none that were tried)."""
    found = at_best(t)[name]
    return np.array([max([1, *[n for n in found.columns if row[n] >= solved]]) for _, row in found.iterrows()])


def answer(t):
    found = [np.median(deepest(t, name, SOLVED)) for name in ACTIVATIONS]
    last = at_best(t).mean()
    most = t.depth.layers.max()
    return (
        f"ReLU networks learn with up to {found[0]:.0f} layers of those tried, tanh with {found[1]:.0f}, sigmoid with "
        f"{found[2]:.0f}; with {most} the training accuracy is {last['ReLU', most]:.2f}, {last['Tanh', most]:.2f} and "
        f"{last['Sigmoid', most]:.2f}."
    )


def findings(t):
    depths = sorted(int(n) for n in t.depth.layers.unique())
    middle = depths[len(depths) // 2 + 1] if len(depths) > 3 else depths[-1]
    over = {"hidden layers": {layers: possible(t, layers) for layers in depths if layers >= middle / 2}}
    why = (
        "each at its own scale and best rate; the gradient at the start, and the accuracy at the end; ten points and a "
        "factor of ten matter, and tanh is a side part: the claim names both"
    )
    yield judge("A2-02", *possible(t, middle), over=over, why=why, measurement="learning by depth")
    over = {"learned": {solved: deeper(t, solved) for solved in SOLVED_RANGE}}
    why = "training accuracy in a fixed number of epochs; twice as many layers matter; tanh is a side part"
    yield judge("A2-25", *deeper(t, SOLVED), over=over, why=why, measurement="learning by depth")


def possible(t, layers):
    """ReLU keeps more of the gradient than sigmoid, and than tanh, and learns where they do not."""
    right = at_best(t).xs(layers, axis=1, level="layers")
    rows = t.depth[t.depth.layers == layers]
    left = rows.groupby(["seed", "activation"]).gradient.first().unstack()
    conditions = []
    for role, name in ((needed, "Sigmoid"), (side, "Tanh")):
        more, gain = left["ReLU"] - left[name], right["ReLU"] - right[name]
        conditions += [
            role(
                f"{layers} layers: accuracy of ReLU minus that of {name.lower()}",
                interval(gain),
                above(0.0, matters=MATTERS),
                possible=(-1.0, 1.0),
            ),
            role(
                f"log10 of the gradient that ReLU keeps over what {name.lower()} keeps",
                interval(more),
                above(0.0, matters=1.0),
                possible=(-300.0, 300.0),
            ),
        ]
    return conditions


def deeper(t, solved):
    """ReLU networks learn with more layers than those of sigmoid, and of tanh."""
    relu = np.log2(deepest(t, "ReLU", solved))
    return [
        role(
            f"log2 of the most layers of ReLU over those of {name.lower()}",
            interval(relu - np.log2(deepest(t, name, solved))),
            above(0.0, matters=1.0),
            possible=(-10.0, 10.0),
        )
        for role, name in ((needed, "Sigmoid"), (side, "Tanh"))
    ]


def by_depth(ax, t):
    found = at_best(t)
    for name in ACTIVATIONS:
        style, means = activation_style(name), found[name].mean()
        for _, row in found[name].iterrows():
            ax.plot(row.index, row, ".", color=style.colour, alpha=0.3)
        ax.plot(means.index, means, style.marker + "-", color=style.colour, label=name)
    ax.set(xscale="log", ylim=(0, 1.04), xlabel="hidden layers", ylabel="training accuracy")
    ax.set_xticks(found["ReLU"].columns, [str(n) for n in found["ReLU"].columns])
    ax.minorticks_off()
    ax.legend(loc="lower left")
    return "training accuracy at the best learning rate against depth; small: networks, lines: means"


def gradients(ax, t):
    means = t.depth.groupby(["activation", "layers"]).gradient.mean()
    for name in ACTIVATIONS:
        style = activation_style(name)
        ax.plot(means[name].index, means[name], style.marker + "-", color=style.colour, label=name)
    ax.set(xlabel="hidden layers", ylabel="gradient (log10)")
    return "gradient of the first layer over that of the output before learning, mean over networks"


PANELS = (by_depth, gradients)

if __name__ == "__main__":
    main(__file__)
