"""Which activation learns fastest, at which learning rates, and with which weights?

Digits by plain gradient descent, one hidden layer and several, every activation at every learning rate. Bounded
activations tolerate larger rates than ReLU; part of that is scale, since the slope of sigmoid is at most 1/4, so the
reach above the best rate is compared too. A bounded input bounds the gradient of the weights that read it; which
weights move more is measured. Speed is that at the best learning rate of each.

Sources: Krizhevsky et al., NeurIPS (2012); Glorot & Bengio, AISTATS (2010); He et al., ICCV (2015), arXiv:1502.01852.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.activations._by_network import gain, interval, where
from experiments.activations._learners import (
    GOALS,
    QUICK_LEARNERS,
    SOLVED,
    Learner,
    best,
    epochs_to_learn,
    lead,
    plot_epochs,
)
from neurosim.lab import Row, above, column, exists, judge, main, needed, side
from neurosim.metrics import proportion_interval
from neurosim.params import ParameterError, Params, param

QUICK = {"seeds": 3, **QUICK_LEARNERS}
LEARNERS = ("ReLU", "Tanh", "Sigmoid", "ELU")
OTHERS = ("Tanh", "Sigmoid")
TENTH = float(np.log2(1.1))  # a tenth more or fewer matters
RATE, OWN = 0.3, (0.1, 3.0)  # rates, and the range of rates tried at an activation's own s^2
MEASURES = {"moved": "the change of the weights", "grown": "the largest weight over that at the start"}
STABLE = ("largest rate", "largest over best rate")


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    images: int = param(1200, doc="digits to learn from", low=100, high=1797)
    deep: int = param(6, doc="hidden layers of the deep network (the shallow one has one)", low=2)
    learning_rates: tuple[float, ...] = param(
        (0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 3.0, 6.0, 12.0, 24.0), doc="learning rates of gradient descent", above=0
    )
    epochs: int = param(10, doc="epochs on the digits", low=2)

    def check(self):
        if 0.1 not in self.learning_rates:
            raise ParameterError(f"Parameters.learning_rates: got {self.learning_rates}, expected 0.1 among them")


class Learning(Row):
    layers: int = column("hidden layers")
    activation: str = column("class name")
    own: bool = column("whether tanh and sigmoid start with the s^2 that preserves their variance, instead of 1")
    learning_rate: float = column("learning rate of plain gradient descent")
    epochs_50: float = column("epochs to 50 % training accuracy, linear between the means of epochs; inf if never")
    epochs: float = column("the same to 75 %: 25 % error")
    epochs_90: float = column("the same to 90 %")
    epochs_95: float = column("the same to 95 %")
    accuracy: float = column("training accuracy in the last epoch (0 if the loss was no longer finite)")
    moved: float = column("root mean square of the change of the weights that read hidden units")
    grown: float = column("largest of these weights after learning over the largest at the start")


def compute(p, seed, lab):
    between = tuple(rate for rate in p.learning_rates if OWN[0] <= rate <= OWN[1])
    cases = [(layers, name, False, p.learning_rates) for layers in (1, p.deep) for name in LEARNERS]
    for layers, name, own, rates in cases + [(p.deep, name, True, between) for name in OTHERS]:
        one = Learner(images=p.images, learning_rates=rates, epochs=p.epochs, layers=layers, activation=name, own=own)
        found = lab.once(epochs_to_learn, one, seed)
        yield Learning.table(layers=layers, activation=name, own=own, learning_rate=rates, **found)


def usual(t, own=False):
    """Networks at the usual scale, or tanh and sigmoid at their own (that of ReLU is its own)."""
    rows = t.learning[t.learning.own.astype(bool) == own]
    return pd.concat([rows, t.learning[t.learning.activation == "ReLU"]]) if own else rows


def highest(t, name, solved=SOLVED):
    """The largest learning rate at which each network of one hidden layer still learns; NaN if there is none."""
    rows = where(usual(t), layers=1, activation=name)
    rates = rows.learning_rate.where(rows.accuracy >= solved)
    return rates.groupby(rows.seed).max().sort_index().to_numpy()


def answer(t):
    words = {math.inf: "never"}
    deep = int(t.learning.layers.max())
    epochs = {(n, k): best(usual(t), n, k)[1] for n in (1, deep) for k in ("ReLU", "Tanh", "Sigmoid")}
    found = {key: words.get(value, f"{value:.2f}") for key, value in epochs.items()}
    one, many = (", ".join(found[n, k] for k in ("ReLU", "Tanh", "Sigmoid")) for n in (1, deep))
    rates = ", ".join(f"{np.nanmedian(highest(t, k)):g}" for k in ("ReLU", "Tanh", "Sigmoid"))
    return (
        f"Epochs to 25 % error of ReLU, tanh and sigmoid: {one} with one hidden layer, {many} with {deep}; with one "
        f"they learn at rates up to {rates}."
    )


def findings(t):
    deep = int(t.learning.layers.max())
    over = {
        "hidden layers": {layers: sooner(t, layers) for layers in (1, deep)},
        "training accuracy reached": {goal: sooner(t, deep, name) for name, goal in GOALS.items()},
        "s^2 of tanh and sigmoid": {"1": sooner(t, deep), "preserving": sooner(t, deep, own=True)},
    }
    why = "each at its own best rate, epochs to 25 % training error; a tenth matters; tanh a side part"
    yield judge("A2-06", *sooner(t, deep), over=over, why=why)
    over = {
        "measure": {measure: stabler(t, measure, SOLVED) for measure in STABLE},
        "learns": {solved: stabler(t, STABLE[0], solved) for solved in (0.5, SOLVED, 0.9)},
    }
    why = "one hidden layer; the reach above the best rate does not depend on the scale of an activation"
    yield judge("A4-03", *stabler(t, STABLE[0], SOLVED), over=over, why=why)
    over = {"learns": {solved: fast(t, solved) for solved in (0.5, SOLVED, 0.9)}}
    why = "one hidden layer, every network counts: sooner than sigmoid at its best rate, and failing at a rate it bears"
    yield judge("A4-03b", *fast(t, SOLVED), over=over, why=why)
    rates = [rate for rate in sorted(usual(t).learning_rate.unique()) if rate <= 1.0]
    nearest = min(rates, key=lambda rate: abs(rate - RATE))
    over = {
        words: {f"{rate:g}": steadier(t, (rate, rate), measure) for rate in rates}
        | {"own best": steadier(t, [best(usual(t), 1, name)[0] for name in ("ReLU", "Sigmoid")], measure)}
        for measure, words in {"moved": "learning rate", "grown": "learning rate, largest weight"}.items()
    }
    why = (
        "that values lie in (0, 1) is the definition; asked is how far the weights that read them move, beside those "
        "that read ReLU units, and how much the largest grows; ReLU starts with larger weights, so neither is over the "
        "mean size at the start; a tenth matters"
    )
    yield judge("A4-04", *steadier(t, (nearest, nearest), "moved"), over=over, why=why)


def sooner(t, layers, goal="epochs", own=False):
    """ReLU needs fewer epochs than sigmoid, and than tanh."""
    rule = above(0.0, matters=TENTH)
    return [
        role(
            f"{layers} hidden layers: log2 of the epochs of {name.lower()} over those of ReLU",
            lead(usual(t, own), layers, "ReLU", name, goal),
            rule,
            possible=(-10.0, 10.0),
        )
        for role, name in ((needed, "Sigmoid"), (side, "Tanh"))
    ]


def stabler(t, measure, solved):
    """Networks with a bounded output still learn at larger rates than ReLU networks."""
    rates = {name: np.log2(highest(t, name, solved)) for name in ("ReLU", *OTHERS)}
    if measure == STABLE[1]:
        rates = {name: each - np.log2(best(usual(t), 1, name)[0]) for name, each in rates.items()}
    return [
        gain(
            needed, f"log2 of the {measure} of {name.lower()} over ReLU's", rates[name] - rates["ReLU"], 0.5, most=20.0
        )
        for name in OTHERS
    ]


def fast(t, solved):
    """With the right learning rate a ReLU network is fast, and at others it fails where sigmoid still learns."""
    one, other = (best(usual(t), 1, name)[2] for name in ("ReLU", "Sigmoid"))
    relu, sigmoid = (highest(t, name, solved) for name in ("ReLU", "Sigmoid"))
    known = np.isfinite(relu) & np.isfinite(sigmoid)
    both = known & ((one < other) if len(one) and len(other) else np.full(len(relu), len(one) > 0)) & (relu < sigmoid)
    share = proportion_interval(int(both.sum()), len(both)) if known.all() else interval(np.array([]))
    return [needed("networks that were faster, and failed at a larger rate", share, exists(0.3), possible=(0.0, 1.0))]


def steadier(t, rates, measure):
    """The weights that read sigmoid units move less, or grow less, than those that read ReLU units."""
    sizes = {
        name: np.log2(where(usual(t), layers=1, activation=name, learning_rate=float(rate))[measure].to_numpy())
        for name, rate in zip(("ReLU", "Sigmoid"), rates, strict=True)
    }
    if not len(sizes["ReLU"]) == len(sizes["Sigmoid"]) > 0:
        sizes = dict.fromkeys(sizes, np.array([math.nan]))  # one of them has no best rate
    words = f"log2 of {MEASURES[measure]}, ReLU over sigmoid, rates {rates[0]:g} and {rates[1]:g}"
    return [gain(needed, words, sizes["ReLU"] - sizes["Sigmoid"], TENTH, most=50.0)]


def shallow_networks(ax, t):
    plot_epochs(ax, usual(t), 1, LEARNERS)
    return (
        "mean epochs to 25 % training error against the learning rate, one hidden layer; no point where a network did "
        "not reach it"
    )


def deep_networks(ax, t):
    deep = int(t.learning.layers.max())
    plot_epochs(ax, usual(t), deep, LEARNERS)
    return f"the same with {deep} hidden layers"


PANELS = (shallow_networks, deep_networks)

if __name__ == "__main__":
    main(__file__)
