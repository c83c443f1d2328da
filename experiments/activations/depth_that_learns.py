"""How many layers can a plain network have and still learn, by activation?

Digits by plain gradient descent in a fixed number of epochs, networks of more and more layers, each activation at the
weight variance that preserves its drives and at its own best learning rate; where accuracy still rises towards an end
of the rates that were tried nothing is decided. The gradient of sigmoid shrinks in every layer at any scale, so deep
networks of it should not learn; ReLU keeps the gradient at He's scale, and tanh nearly. Networks that start with units
far from threshold, and wider ones, are tried at one depth.

Sources: Glorot & Bengio, AISTATS (2010); He et al., ICCV (2015), arXiv:1502.01852.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.activations._by_network import gain, where
from experiments.activations._deep_networks import squares, variance_of
from experiments.activations._learners import digits_of, learner
from neurosim.lab import Row, column, judge, main, needed, side
from neurosim.params import ParameterError, Params, param
from neurosim.plots import activation_style
from neurosim.training import SGD, Network

QUICK = {"seeds": 2, "images": 400, "epochs": 6, "depths": (2, 4, 8), "learning_rates": (0.03, 0.1, 0.3, 1.0)}
ACTIVATIONS = ("ReLU", "Tanh", "Sigmoid")
WIDTH, NARROW, WIDE, MIDDLE = 32, 16, 128, 8  # units of a layer; layers at which wide and saturated networks are tried
OWN, SATURATED, SPREAD = "own", "saturated", 4.0  # starts: biases of 0, and normal ones with this standard deviation
RISES = 0.05  # of accuracy, to the best rate from the next one
SOLVED, SOLVED_RANGE = 0.75, (0.5, 0.75, 0.9)
MATTERS = 0.1  # of accuracy


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    images: int = param(1000, doc="digits to learn from", low=100, high=1797)
    depths: tuple[int, ...] = param((2, 4, 8, 16), doc="hidden layers", low=1)
    learning_rates: tuple[float, ...] = param(
        (0.01, 0.03, 0.1, 0.3, 1.0, 3.0), doc="learning rates of gradient descent", above=0
    )
    epochs: int = param(8, doc="epochs on the digits", low=2)

    def check(self):
        if MIDDLE not in self.depths:
            raise ParameterError(f"Parameters.depths: got {self.depths}, expected {MIDDLE} among them")


class Depth(Row):
    activation: str = column("class name")
    width: int = column("units of a layer")
    start: str = column("own: the variance-preserving weights; saturated: and biases that put units far from threshold")
    layers: int = column("hidden layers")
    gradient: float = column("log10 of the gradient of the first layer's drives over that of the output, at the start")
    rate: float = column("learning rate")
    half: float = column("training accuracy after half of the epochs (0 if the loss was no longer finite)")
    accuracy: float = column("the same in the last epoch")


def compute(p, seed, lab):
    x, labels = digits_of(p.images)
    cotangent = lab.stream("init", "cotangent").standard_normal((100, 10))
    between = p.learning_rates[1:-1] if len(p.learning_rates) > 2 else p.learning_rates
    cases = [(WIDTH, OWN, layers, p.learning_rates) for layers in p.depths]
    cases += [(NARROW, OWN, layers, between) for layers in p.depths]
    cases += [(WIDE, OWN, MIDDLE, between), (WIDTH, SATURATED, MIDDLE, between)]
    for name in ACTIVATIONS:
        for width, start, layers, rates in cases:
            network = Network(*learner(name, layers, width, variance_of(name, None), seed))
            rng = lab.stream("init", "biases")
            for layer in network.hidden if start == SATURATED else ():
                network.biases[layer] += SPREAD * rng.standard_normal(width)
            found = squares(network, network.forward({"input": x[:100]}), "output", cotangent)
            gradient = 0.5 * math.log10(max(found["hidden1"], 1e-300) / found["output"])
            for rate in rates:
                yield Depth(
                    name, width, start, layers, gradient, rate, *scores(lab, network, x, labels, rate, p.epochs)
                )


def scores(lab, network, x, labels, rate, epochs):
    """Training accuracy after half of the epochs and in the last one; 0 where the loss diverged."""
    made, optimiser = (network.to_circuit(), network.to_cells()), SGD(learning_rate=rate, momentum=0.0)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # train reports that the loss diverged
            score = lab.train(*made, x, labels, optimiser=optimiser, epochs=epochs).history["score"]
    except ParameterError:
        return 0.0, 0.0
    return float(score[epochs // 2 - 1]), float(score[-1])


def at_best(t, when="accuracy", width=WIDTH, start=OWN):
    """Accuracy of every network (rows: seed) at the rate that is best on average, by activation and layers.

    NaN where accuracy still rises towards an end of the rates: the best one was not tried.
    """
    rows, found = where(t.depth, width=width, start=start), {}
    for key, each in rows.groupby(["activation", "layers"]):
        table = each.pivot(index="seed", columns="rate", values=when)
        means = table.mean().to_numpy()
        best, last = int(means.argmax()), len(means) - 1
        rising = last > 0 and best in (0, last) and means[best] - means[1 if best == 0 else last - 1] > RISES
        found[key] = table.iloc[:, best] * (math.nan if rising else 1.0)
    return pd.DataFrame(found)


def deepest(t, name, solved, **case):
    """By network: most layers with which it learned (1 if with none that were tried); NaN where a rate is missing."""
    found = at_best(t, **case)[name]
    layers = found.columns.to_numpy()
    most = np.maximum(1.0, np.where(found.to_numpy() >= solved, layers, 1).max(axis=1))
    unknown = found.isna().to_numpy() & (layers > most[:, None])  # deeper ones of which it is not known
    return np.where(unknown.any(axis=1), math.nan, most)


def answer(t):
    found = {name: np.nan_to_num(pd.Series(deepest(t, name, SOLVED)).median()) for name in ACTIVATIONS}
    last, most = at_best(t).mean().fillna(0.0), t.depth.layers.max()
    return (
        f"ReLU networks learn with up to {found['ReLU']:.0f} layers of those tried, tanh with {found['Tanh']:.0f}, "
        f"sigmoid with {found['Sigmoid']:.0f}; with {most} the training accuracy is {last['ReLU', most]:.2f}, "
        f"{last['Tanh', most]:.2f} and {last['Sigmoid', most]:.2f}."
    )


def findings(t):
    depths = sorted(int(n) for n in t.depth.layers.unique())
    when = {"half": {"when": "half"}, "all": {}}
    over = {
        "hidden layers": {layers: possible(t, layers) for layers in depths if layers >= MIDDLE / 2},
        "units of a layer": {width: possible(t, width=width) for width in (NARROW, WIDTH, WIDE)},
        "start": {start: possible(t, start=start) for start in (OWN, SATURATED)},
        "epochs": {part: possible(t, **case) for part, case in when.items()},
    }
    why = (
        "each at its own scale and best rate; the gradient at the start, which may neither vanish nor explode, and the "
        "accuracy at the end; ten points and a factor of ten matter; tanh is a side part: the claim names both"
    )
    yield judge("A2-02", *possible(t), over=over, why=why, measurement="learning by depth")
    over = {
        "learned": {solved: deeper(t, solved) for solved in SOLVED_RANGE},
        "units of a layer": {width: deeper(t, width=width) for width in (NARROW, WIDTH)},
        "epochs": {part: deeper(t, **case) for part, case in when.items()},
    }
    why = "training accuracy in a fixed number of epochs; twice as many layers matter; tanh is a side part"
    yield judge("A2-25", *deeper(t), over=over, why=why, measurement="learning by depth")


def possible(t, layers=MIDDLE, when="accuracy", width=WIDTH, start=OWN):
    """The gradient of ReLU changes less than that of sigmoid, and of tanh, and ReLU learns where they do not."""
    right = at_best(t, when, width, start).xs(layers, axis=1, level=1)
    rows = where(t.depth, width=width, start=start, layers=layers)
    change = rows.groupby(["seed", "activation"]).gradient.first().abs().unstack()
    return [
        gain(role, f"{layers} layers: {words} {name.lower()}", values, matters, most=most)
        for role, name in ((needed, "Sigmoid"), (side, "Tanh"))
        for words, values, matters, most in (
            ("accuracy of ReLU minus that of", right["ReLU"] - right[name], MATTERS, 1.0),
            ("decades that the gradient of ReLU changes less than that of", change[name] - change["ReLU"], 1.0, 300.0),
        )
    ]


def deeper(t, solved=SOLVED, **case):
    """ReLU networks learn with more layers than those of sigmoid, and of tanh."""
    most = {name: np.log2(deepest(t, name, solved, **case)) for name in ACTIVATIONS}
    words = "log2 of the most layers of ReLU over those of"
    return [
        gain(role, f"{words} {name.lower()}", most["ReLU"] - most[name], 1.0, most=10.0)
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
    means = where(t.depth, width=WIDTH, start=OWN).groupby(["activation", "layers"]).gradient.mean()
    for name in ACTIVATIONS:
        style = activation_style(name)
        ax.plot(means[name].index, means[name], style.marker + "-", color=style.colour, label=name)
    ax.set(xlabel="hidden layers", ylabel="gradient (log10)")
    return "gradient of the first layer over that of the output before learning, mean over networks"


PANELS = (by_depth, gradients)

if __name__ == "__main__":
    main(__file__)
