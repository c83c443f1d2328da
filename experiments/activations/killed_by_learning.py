"""Do large learning rates kill ReLU units, and do leaky variants prevent it?

A ReLU unit is dead where no input of the data drives it above 0: its slope is 0, and gradient descent cannot change its
weights. Large steps push ReLU units there and small ones do not. Leaky, parametric and exponential units have a slope
there too, so they may be driven back; asked is how many of each are below 0 for every input after learning, in networks
that learned. Not dying does not mean more accurate, and it costs zeros.

Sources: Maas, Hannun & Ng (2013) (leaky ReLU); He et al., ICCV (2015), arXiv:1502.01852 (PReLU); Clevert et al., ICLR
(2016), arXiv:1511.07289 (ELU).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import NEAR_ZERO, NEAR_ZERO_RANGE, POINT, POINT_RANGE, TRAINED, TRAINED_RANGE
from experiments.activations._by_network import gain, interval
from experiments.activations._rectifiers import RECTIFIERS, Digits, accuracy, built, dead_fractions, digits, trained
from neurosim.lab import Row, above, column, context, exists, judge, main, needed, side
from neurosim.metrics import proportion_interval
from neurosim.params import ParameterError, param
from neurosim.plots import activation_style
from neurosim.training import Network

SPARED = 0.01  # fraction of the units: one of the 128
KEPT = 0.5  # of ReLU's near zeros
NEAR = dict(zip(NEAR_ZERO_RANGE, ("near_half", "near", "near_twice"), strict=True))
BALANCED = ("LeakyReLU", "SELU")
QUICK = {"seeds": 3, "images": 400, "epochs": 5, "learning_rates": (0.1, 0.6, 0.8, 1.5)}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(20, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs on the digits", low=2)
    learning_rates: tuple[float, ...] = param(
        (0.1, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.5), doc="learning rates of gradient descent", above=0
    )

    def check(self):
        rates = self.learning_rates
        if len(rates) < 3 or list(rates) != sorted(set(rates)):
            raise ParameterError(f"Parameters.learning_rates: got {rates}, expected at least three, increasing")


class Learning(Row):
    activation: str = column("class name")
    learning_rate: float = column("learning rate of plain gradient descent")
    dead: float = column("fraction of hidden units with slope 0 for every image they learned from, after learning")
    silent: float = column("fraction of hidden units with no drive above 0 for these images, after learning")
    underflow: float = column("fraction of hidden units whose drives all lie below -700, where exp(drive) is nearly 0")
    born: float = column("fraction of units with no drive above 0 before learning")
    finite: bool = column("whether the loss stayed finite (else all columns are those of the last such epoch)")
    accuracy: float = column("accuracy on the test images")
    train_accuracy: float = column("accuracy on the images learned from")
    near_half: float = column("fraction of hidden activities below 0.5 % of their layer's sd, test images")
    near: float = column("the same below 1 %")
    near_twice: float = column("the same below 2 %")


def compute(p, seed, lab):
    x, labels, test_x, test_labels = digits(p)
    for name in (*RECTIFIERS, "SELU"):
        _, born, _ = dead_fractions(Network(*built(p, name, seed)), x)
        for rate in p.learning_rates:
            network, finite = trained(p, name, rate, p.epochs, seed)
            right = accuracy(network, test_x, test_labels), accuracy(network, x, labels)
            with np.errstate(over="ignore", invalid="ignore"):
                activity = network.forward({"input": test_x}).activity
                hidden = [np.abs(activity[layer]) / max(activity[layer].std(), 1e-300) for layer in network.hidden]
            near = [np.mean([each < tolerance for each in hidden]) for tolerance in NEAR_ZERO_RANGE]
            dead, silent, underflow = dead_fractions(network, x)
            yield Learning(name, rate, dead, silent, underflow, born, finite, *right, *near)


def by_rate(t, name):
    """Means over networks by learning rate."""
    return t.learning[t.learning.activation == name].groupby("learning_rate")[["dead", "accuracy"]].mean()


def at_best(t, name, trained):
    """Test accuracies at the learning rate of the best mean training accuracy; NaN if none learned."""
    rows = t.learning[t.learning.activation == name]
    best = rows.groupby("learning_rate").train_accuracy.mean()
    rows = rows[rows.learning_rate == best.idxmax()].sort_values("seed")
    return rows.accuracy.to_numpy() if best.max() >= trained else np.full(len(rows), np.nan)


def spared(t, name, trained, column="silent", part=1.0):
    """By network: part of a column of ReLU minus that of another activation, at the largest rate at which both learned.

    Silent units are those silenced by learning. With `name` "slow" the other network is the ReLU network of the
    smallest learning rate.
    """
    learning = t.learning.assign(silent=t.learning.silent - t.learning.born)
    table = learning.pivot(index=["seed", "learning_rate"], columns="activation", values=[column, "train_accuracy"])
    other = "ReLU" if name == "slow" else name
    learned = table[(table["train_accuracy"][["ReLU", other]] >= trained).all(axis=1)][column].groupby("seed")
    beside = learned.head(1) if name == "slow" else learned.tail(1)
    return part * learned.tail(1)["ReLU"].to_numpy() - beside[other].to_numpy()


def answer(t):
    relu = by_rate(t, "ReLU").dead
    rows = t.learning[(t.learning.train_accuracy >= TRAINED) & (t.learning.activation == "ReLU")]
    learned = f"of networks that learned at most {100 * rows.dead.max():.0f} %" if len(rows) else "none learned"
    return (
        f"Yes: dead ReLU units rise from {100 * relu.iloc[0]:.0f} % at a learning rate of {relu.index[0]:g} to "
        f"{100 * relu.iloc[-1]:.0f} % at {relu.index[-1]:g} ({learned}); leaky and parametric units do not die."
    )


def findings(t):
    over = {"trained": {least: killed(t, least) for least in TRAINED_RANGE}}
    why = "networks that learned, at the largest rate at which they do, against the smallest; one instance is enough"
    yield judge("A4-13", *killed(t, TRAINED), over=over, why=why)
    over = {
        "trained": {least: variants(t, trained=least) for least in TRAINED_RANGE},
        "points": {point: variants(t, point=point) for point in POINT_RANGE},
        "units": {units: variants(t, units=units) for units in (SPARED / 2, SPARED, 2 * SPARED)},
    }
    why = (
        "dead: below 0 for every image, which is possible for all of them; those that were so before learning are "
        "taken off; at the largest rate at which both learned; accuracy of each at its own best rate"
    )
    yield judge("A2-04", *variants(t), over=over, why=why)
    over = {
        "tolerance": {value: balanced(t, tolerance=value) for value in NEAR_ZERO_RANGE},
        "part kept": {part: balanced(t, part=part) for part in (0.25, KEPT, 0.75)},
        "trained": {least: balanced(t, trained=least) for least in TRAINED_RANGE},
    }
    why = (
        "sparse: half of ReLU's near zeros in networks that learned; gradients: fewer units that no image drives above "
        "0, where ReLU has none; SELU, which the article names beside leaky ReLU, is a side part"
    )
    yield judge("A1-28", *balanced(t), over=over, why=why)


def killed(t, trained):
    """A large learning rate kills units of a network that learns."""
    more = spared(t, "slow", trained)
    known = len(more) and np.isfinite(more).all()
    seen = proportion_interval(int((more > 0).sum()), len(more)) if known else interval([])
    return [
        needed("networks with more dead ReLU units at the large rate", seen, exists(0.2), possible=(0.0, 1.0)),
        context("how many more of their units", interval(more), above(0.0)),
    ]


def variants(t, trained=TRAINED, point=POINT, units=SPARED):
    """Fewer units of the variants die, and they are more accurate."""
    relu = at_best(t, "ReLU", trained)
    words = "fraction of units silenced by learning, ReLU minus"
    return [gain(needed, f"{words} {name}", spared(t, name, trained), units) for name in RECTIFIERS[1:]] + [
        gain(side, f"gain in test accuracy by {name}", at_best(t, name, trained) - relu, point)
        for name in RECTIFIERS[1:]
    ]


def balanced(t, trained=TRAINED, tolerance=NEAR_ZERO, part=KEPT):
    """Leaky ReLU, and beside it SELU, has a good part of ReLU's near zeros and fewer silenced units."""
    conditions = []
    for role, name in zip((needed, side), BALANCED, strict=True):
        words = f"fraction of {name} activities below {100 * tolerance:g} % of their sd, minus {part:g} of that of ReLU"
        conditions += [
            gain(role, words, -spared(t, name, trained, NEAR[tolerance], part), 0.0),
            gain(role, f"fraction of units silenced by learning, ReLU minus {name}", spared(t, name, trained), SPARED),
        ]
    return conditions


def dead(ax, t):
    for activation in RECTIFIERS:
        rows, style = by_rate(t, activation).dead, activation_style(activation)
        ax.plot(rows.index, rows, **(style.line() | ({} if len(rows) >= 4 else {"linestyle": "none"})))
    ax.set(xlim=(0, None), ylim=(-0.04, 1.04), xlabel="learning rate", ylabel="fraction of dead units")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2)
    return (
        "hidden units with slope 0 for all digits after learning, mean over networks; ELU dies where learning diverges"
    )


def right(ax, t):
    for activation in RECTIFIERS:
        rows, style = by_rate(t, activation).accuracy, activation_style(activation)
        ax.plot(rows.index, rows, **(style.line() | ({} if len(rows) >= 4 else {"linestyle": "none"})))
    ax.set(xlim=(0, None), ylim=(-0.04, 1.04), xlabel="learning rate", ylabel="test accuracy")
    return "test accuracy of the same networks"


PANELS = (dead, right)

if __name__ == "__main__":
    main(__file__)
