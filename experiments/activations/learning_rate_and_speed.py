"""Which activation learns fastest, and at which learning rates does it still learn?

Digits by plain gradient descent, one hidden layer and several, every activation at every learning rate. Bounded
activations tolerate larger rates than ReLU. In deep networks the gradients of sigmoid have vanished, so it does not
learn, while ReLU, tanh and ELU do; which of these is fastest is measured at the best learning rate of each.

Sources: Krizhevsky et al., NeurIPS (2012); Glorot & Bengio, AISTATS (2010); He et al., ICCV (2015), arXiv:1502.01852;
Clevert et al., ICLR (2016), arXiv:1511.07289.
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.activations._deep_networks import (
    LEARNERS,
    QUICK_LEARNERS,
    SETTINGS,
    SOLVED,
    Deep,
    Inputs,
    Learner,
    activation,
    best,
    epochs_to_learn,
    faster,
    flow,
    input_independent,
    plot_epochs,
)
from neurosim.lab import Row, claim_of_parts, column, main
from neurosim.params import ParameterError, Params, param

QUICK = {"seeds": 2, "deepest": 10, **QUICK_LEARNERS}
OTHERS = ("Tanh", "Sigmoid")
SETTING = (
    "digits, plain gradient descent, each activation at its best learning rate; epochs to 25 % training error, faster "
    "if in every network"
)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(4, doc="networks, the unit of replication", low=2)
    images: int = param(1200, doc="digits to learn from", low=100, high=1797)
    deep: int = param(6, doc="hidden layers of the deep network (the shallow one has one)", low=2)
    learning_rates: tuple[float, ...] = param(
        (0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 3.0), doc="learning rates of gradient descent", above=0
    )
    epochs: int = param(10, doc="epochs on the digits", low=2)
    width: int = param(512, doc="units per layer of the random networks", low=8)
    deepest: int = param(50, doc="layers of random networks over which the gradient is followed", low=10, high=200)
    inputs: int = param(64, doc="inputs over which the input-independent fraction is measured", low=2)

    def check(self):
        if 1.5 not in self.learning_rates:
            raise ParameterError(f"Parameters.learning_rates: got {self.learning_rates}, expected 1.5 among them")


class Learning(Row):
    layers: int = column("hidden layers")
    activation: str = column("class name; CentredSigmoid: sigmoid - 1/2")
    learning_rate: float = column("learning rate of plain gradient descent")
    epochs: float = column("epochs to 25 % training error, linear between the means of the epochs; inf if never")
    accuracy: float = column("training accuracy in the last epoch (0 if the loss was no longer finite)")


class Initial(Row):
    weight_variance: float = column("s^2: variance of a weight times the number of inputs of a unit")
    layers: int = column("number of layers")
    log10_gradient: float = column("log10 of the squared gradient's ratio in a random ReLU network")


class Shift(Row):
    activation: str = column("class name")
    fraction: float = column("fraction of the second layer's squared drive that is the same for all inputs (unbiased)")


def compute(p, seed, lab):
    for layers in (1, p.deep):
        for name in LEARNERS:
            one = Learner(
                images=p.images, learning_rates=p.learning_rates, epochs=p.epochs, layers=layers, activation=name
            )
            found = lab.once(epochs_to_learn, one, seed)
            yield Learning.table(
                layers=layers, activation=name, learning_rate=p.learning_rates, epochs=found[:, 0],
                accuracy=found[:, 1],
            )  # fmt: skip
    ratios = lab.once(flow, Deep(width=p.width, deepest=p.deepest), seed)["ratios"][:, -1]
    for variance in (1.0, 2.0):
        yield Initial(variance, p.deepest, ratios[SETTINGS.index(("ReLU", variance))])
    fractions = lab.once(input_independent, Inputs(width=p.width, inputs=p.inputs), seed)
    for name in ("ReLU", "ELU"):
        yield Shift(name, fractions[name])


def deep(t):
    return int(t.learning.layers.max())


def epochs(t, layers, name):
    return best(t.learning, layers, name)[1]


def highest_rate(t, name):
    """The largest learning rate at which every network of one hidden layer still learns; 0 if there is none."""
    rows = t.learning[(t.learning.layers == 1) & (t.learning.activation == name)]
    solved = rows.groupby("learning_rate").accuracy.min() >= SOLVED
    return float(solved.index[solved].max()) if solved.any() else 0.0


def words_of(value):
    return f"{value:.2f}" if math.isfinite(value) else "never"


def answer(t):
    found = ", ".join(f"{name} {words_of(epochs(t, deep(t), name))}" for name in ("ELU", "ReLU", "Tanh", "Sigmoid"))
    return (
        f"Epochs to 25 % error with {deep(t)} hidden layers: {found}; with one, ReLU learns at rates up to "
        f"{highest_rate(t, 'ReLU'):g}, tanh up to {highest_rate(t, 'Tanh'):g}, sigmoid up to "
        f"{highest_rate(t, 'Sigmoid'):g}."
    )


def findings(t):
    names = {1: "one hidden layer", deep(t): f"{deep(t)} hidden layers"}
    relu, sigmoid = epochs(t, deep(t), "ReLU"), epochs(t, deep(t), "Sigmoid")
    kept, layers = t.initial.groupby("weight_variance").log10_gradient.mean(), int(t.initial.layers.iloc[0])
    parts = {
        f"with s^2 = 2 the squared gradient stays within a factor 10, {layers} layers (10^{kept[2.0]:.2f})": (
            abs(kept[2.0]) < 1
        ),
        f"with s^2 = 1 it does too (10^{kept[1.0]:.2f})": abs(kept[1.0]) < 1,
        f"{deep(t)} hidden layers of ReLU learn the digits, sigmoid does not (epochs to 25 % error {words_of(relu)}, "
        f"{words_of(sigmoid)})": math.isfinite(relu) and not math.isfinite(sigmoid),
    }
    why = "the slope is 1 at both weight variances: what keeps the gradient is the slope and the initialisation"
    yield claim_of_parts("A2-02", parts, why=why)
    parts = {
        f"than {other.lower()}, {words} ({words_of(epochs(t, layers, 'ReLU'))} and "
        f"{words_of(epochs(t, layers, other))})": faster(t.learning, layers, "ReLU", other)
        for layers, words in names.items()
        for other in ("Sigmoid", "Tanh")
    }
    yield claim_of_parts("A2-06", parts, why=SETTING)
    yield claim_of_parts("A4-03", bounded(t), why=f"one hidden layer; the last part: {deep(t)} layers too; {SETTING}")
    yield claim_of_parts("A4-17", elu(t, names), why=f"alpha = 1; {SETTING}; its cost is measured elsewhere")


def bounded(t):
    """What the claim on bounded outputs says, and whether it holds."""
    highest = {name: highest_rate(t, name) for name in ("ReLU", *OTHERS)}
    at = t.learning[(t.learning.activation == "ReLU") & (t.learning.learning_rate == 1.5)].accuracy
    larger = {
        f"{name.lower()} learns at a larger rate than ReLU ({highest[name]:g} against {highest['ReLU']:g})": (
            highest[name] > highest["ReLU"]
        )
        for name in OTHERS
    }
    sooner = {
        f"ReLU is faster than {name.lower()} ({words_of(epochs(t, 1, 'ReLU'))} against {words_of(epochs(t, 1, name))} "
        "epochs)": faster(t.learning, 1, "ReLU", name)
        for name in OTHERS
    }
    failed = {f"at a rate of 1.5 ReLU networks fail ({100 * (at < SOLVED).mean():.0f} % of them)": (at < SOLVED).any()}
    return larger | sooner | failed


def elu(t, names):
    """What the claim on ELU says, and whether it holds."""
    lowest = activation("ELU")(np.array([-30.0]))[0]
    slope = activation("ELU").derivative(np.array([-5.0]))[0]
    shift = t.shift.groupby("activation").fraction.mean()
    sooner = {
        f"it learns faster than ReLU, {words} ({words_of(epochs(t, layers, 'ELU'))}, "
        f"{words_of(epochs(t, layers, 'ReLU'))})": faster(t.learning, layers, "ELU", "ReLU")
        for layers, words in names.items()
    }
    return {
        f"it saturates at -1 (found {lowest:.6f})": abs(lowest + 1) < 1e-6,
        f"less of the next layer's drive is its mean than with ReLU (fraction {shift['ELU']:.3f} against "
        f"{shift['ReLU']:.3f})": shift["ELU"] < shift["ReLU"],
        **sooner,
        f"a unit at a drive of -5 still has a slope ({slope:.4f})": slope > 0,
    }


def shallow_networks(ax, t):
    plot_epochs(ax, t.learning, 1, LEARNERS)
    return (
        "mean epochs to 25 % training error against the learning rate, one hidden layer; no point where a network did "
        "not reach it"
    )


def deep_networks(ax, t):
    plot_epochs(ax, t.learning, deep(t), LEARNERS)
    return f"the same with {deep(t)} hidden layers"


PANELS = (shallow_networks, deep_networks)

if __name__ == "__main__":
    main(__file__)
