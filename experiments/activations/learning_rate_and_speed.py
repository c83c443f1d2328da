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

from experiments.activations._by_network import interval
from experiments.activations._learners import QUICK_LEARNERS, SOLVED, Learner, best, epochs_to_learn, lead, plot_epochs
from neurosim.lab import Row, above, below, column, exists, judge, main, needed, side
from neurosim.metrics import proportion_interval
from neurosim.params import ParameterError, Params, param

QUICK = {"seeds": 3, **QUICK_LEARNERS}
LEARNERS = ("ReLU", "Tanh", "Sigmoid", "ELU")
OTHERS = ("Tanh", "Sigmoid")
TENTH = float(np.log2(1.1))  # a tenth more or fewer matters
RATE = 0.3
STABLE = ("largest rate", "largest over best rate")


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    images: int = param(1200, doc="digits to learn from", low=100, high=1797)
    deep: int = param(6, doc="hidden layers of the deep network (the shallow one has one)", low=2)
    learning_rates: tuple[float, ...] = param(
        (0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 3.0, 6.0, 12.0), doc="learning rates of gradient descent", above=0
    )
    epochs: int = param(10, doc="epochs on the digits", low=2)

    def check(self):
        if 0.1 not in self.learning_rates:
            raise ParameterError(f"Parameters.learning_rates: got {self.learning_rates}, expected 0.1 among them")


class Learning(Row):
    layers: int = column("hidden layers")
    activation: str = column("class name")
    learning_rate: float = column("learning rate of plain gradient descent")
    epochs: float = column("epochs to 25 % training error, linear between the means of the epochs; inf if never")
    accuracy: float = column("training accuracy in the last epoch (0 if the loss was no longer finite)")
    moved: float = column("change of the weights that read hidden units, over their size at the start")
    largest: float = column("largest of these weights after learning")


def compute(p, seed, lab):
    for layers in (1, p.deep):
        for name in LEARNERS:
            one = Learner(
                images=p.images, learning_rates=p.learning_rates, epochs=p.epochs, layers=layers, activation=name
            )
            found = lab.once(epochs_to_learn, one, seed).T
            yield Learning.table(
                layers=layers,
                activation=name,
                learning_rate=p.learning_rates,
                epochs=found[0],
                accuracy=found[1],
                moved=found[2],
                largest=found[3],
            )


def deep(t):
    return int(t.learning.layers.max())


def highest(t, name, solved=SOLVED):
    """The largest learning rate at which each network of one hidden layer still learns; NaN if there is none."""
    rows = t.learning[(t.learning.layers == 1) & (t.learning.activation == name)]
    rates = rows.learning_rate.where(rows.accuracy >= solved)
    return rates.groupby(rows.seed).max().sort_index().to_numpy()


def answer(t):
    words = {math.inf: "never"}
    epochs = {(n, k): best(t.learning, n, k)[1] for n in (1, deep(t)) for k in ("ReLU", "Tanh", "Sigmoid")}
    found = {key: words.get(value, f"{value:.2f}") for key, value in epochs.items()}
    one, many = (", ".join(found[n, k] for k in ("ReLU", "Tanh", "Sigmoid")) for n in (1, deep(t)))
    rates = ", ".join(f"{np.nanmedian(highest(t, k)):g}" for k in ("ReLU", "Tanh", "Sigmoid"))
    return (
        f"Epochs to 25 % error of ReLU, tanh and sigmoid: {one} with one hidden layer, {many} with {deep(t)}; with one "
        f"they learn at rates up to {rates}."
    )


def findings(t):
    over = {"hidden layers": {layers: sooner(t, layers) for layers in (1, deep(t))}}
    why = "each at its own best rate and usual scale, epochs to 25 % training error; a tenth matters; tanh a side part"
    yield judge("A2-06", *sooner(t, deep(t)), over=over, why=why)
    over = {
        "measure": {measure: stabler(t, measure, SOLVED) for measure in STABLE},
        "learns": {solved: stabler(t, STABLE[0], solved) for solved in (0.5, SOLVED, 0.9)},
    }
    why = "one hidden layer; the reach above the best rate does not depend on the scale of an activation"
    yield judge("A4-03", *stabler(t, STABLE[0], SOLVED), over=over, why=why)
    over = {"learns": {solved: fast(t, solved) for solved in (0.5, SOLVED, 0.9)}}
    why = "one hidden layer, every network counts: sooner than sigmoid at its best rate, and failing at a rate it bears"
    yield judge("A4-03b", *fast(t, SOLVED), over=over, why=why)
    rates = [rate for rate in sorted(t.learning.learning_rate.unique()) if rate <= 1.0]
    usual = min(rates, key=lambda rate: abs(rate - RATE))
    over = {
        "learning rate": {f"{rate:g}": steadier(t, rate, "moved") for rate in rates},
        "learning rate, largest weight": {f"{rate:g}": steadier(t, rate, "largest") for rate in rates},
    }
    why = "that values lie in (0, 1) is the definition; asked is what the weights that read them do; a tenth matters"
    yield judge("A4-04", *steadier(t, usual, "moved"), over=over, why=why)


def sooner(t, layers):
    """ReLU needs fewer epochs than sigmoid, and than tanh."""
    words = f"{layers} hidden layers: log2 of the epochs of {{}} over those of ReLU"
    return [
        role(
            words.format(name.lower()),
            lead(t.learning, layers, "ReLU", name),
            above(0.0, matters=TENTH),
            possible=(-10.0, 10.0),
        )
        for role, name in ((needed, "Sigmoid"), (side, "Tanh"))
    ]


def stabler(t, measure, solved):
    """Networks with a bounded output still learn at larger rates than ReLU networks."""
    rates = {name: np.log2(highest(t, name, solved)) for name in ("ReLU", *OTHERS)}
    if measure == STABLE[1]:
        rates = {name: each - np.log2(best(t.learning, 1, name)[0]) for name, each in rates.items()}
    return [
        needed(
            f"log2 of the {measure} of {name.lower()} over that of ReLU",
            interval(rates[name] - rates["ReLU"]),
            above(0.0, matters=0.5),
            possible=(-20.0, 20.0),
        )
        for name in OTHERS
    ]


def fast(t, solved):
    """With the right learning rate a ReLU network is fast, and at others it fails where sigmoid still learns."""
    one, other = (best(t.learning, 1, name)[2] for name in ("ReLU", "Sigmoid"))
    relu, sigmoid = (highest(t, name, solved) for name in ("ReLU", "Sigmoid"))
    known = np.isfinite(relu) & np.isfinite(sigmoid)
    both = known & ((one < other) if len(one) and len(other) else np.full(len(relu), len(one) > 0)) & (relu < sigmoid)
    share = proportion_interval(int(both.sum()), len(both)) if known.all() else interval(np.array([]))
    return [needed("networks that were faster, and failed at a larger rate", share, exists(0.3), possible=(0.0, 1.0))]


def steadier(t, rate, measure):
    """The weights that read sigmoid units move less, or stay smaller, than those that read ReLU units."""
    rows = t.learning[(t.learning.layers == 1) & np.isclose(t.learning.learning_rate, rate)]
    sizes = np.log2(rows.pivot(index="seed", columns="activation", values=measure))
    words = {"moved": "how far weights moved", "largest": "the largest weight"}[measure]
    return [
        needed(
            f"log2 of {words}, sigmoid over ReLU, rate {rate:g}",
            interval((sizes["Sigmoid"] - sizes["ReLU"]).to_numpy()),
            below(0.0, matters=-TENTH),
            possible=(-50.0, 50.0),
        )
    ]


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
