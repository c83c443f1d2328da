"""Do large learning rates kill ReLU units, and do leaky variants prevent it?

A unit is dead where its slope is 0 for every input of the data: it is silent, and gradient descent cannot change its
weights. Large steps push ReLU units there and small ones do not. Leaky and parametric units have a slope everywhere.
ELU units have one too, but in networks that diverge exp(drive) underflows; so only networks that learned are compared.
Not dying does not mean more accurate.

Sources: Maas, Hannun & Ng (2013) (leaky ReLU); He et al., ICCV (2015), arXiv:1502.01852 (PReLU); Clevert et al., ICLR
(2016), arXiv:1511.07289 (ELU).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE, TRAINED, TRAINED_RANGE
from experiments.activations._rectifiers import RECTIFIERS, Digits, built, dead_fractions, digits, interval, trained
from neurosim import decisions
from neurosim.lab import Row, above, below, column, context, exists, judge, main, needed, side
from neurosim.metrics import proportion_interval
from neurosim.params import ParameterError, param
from neurosim.plots import activation_style
from neurosim.training import Network

QUICK = {"seeds": 3, "images": 400, "epochs": 5, "learning_rates": (0.1, 0.6, 0.8, 1.5)}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(20, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs on the digits", low=2)
    learning_rates: tuple[float, ...] = param(
        (0.1, 0.4, 0.6, 0.7, 0.8, 1.0, 1.5), doc="learning rates of gradient descent", above=0
    )

    def check(self):
        rates = self.learning_rates
        if len(rates) < 3 or list(rates) != sorted(set(rates)):
            raise ParameterError(f"Parameters.learning_rates: got {rates}, expected at least three, increasing")


class Learning(Row):
    activation: str = column("class name")
    learning_rate: float = column("learning rate of plain gradient descent")
    dead: float = column("fraction of hidden units with slope 0 for every image they learned from, after learning")
    underflow: float = column("fraction of hidden units whose drives all lie below -700, where exp(drive) is nearly 0")
    born: float = column("fraction of dead units before learning")
    finite: bool = column("whether the loss stayed finite (else all columns are those of the last such epoch)")
    accuracy: float = column("accuracy on the test images")
    train_accuracy: float = column("accuracy on the images learned from")


def compute(p, seed, lab):
    x, labels, test_x, test_labels = digits(p)
    for name in RECTIFIERS:
        born, _ = dead_fractions(Network(*built(p, name, seed)), x)
        for rate in p.learning_rates:
            network, finite = trained(p, name, rate, p.epochs, seed)
            dead, underflow = dead_fractions(network, x)
            with np.errstate(over="ignore", invalid="ignore"):
                shown = [network.forward({"input": inputs}).activity["output"] for inputs in (test_x, x)]
            right = [decisions.accuracy(o, c) for o, c in zip(shown, (test_labels, labels), strict=True)]
            yield Learning(name, rate, dead, underflow, born, finite, *right)


def by_rate(t, name):
    """Means over networks by learning rate."""
    return t.learning[t.learning.activation == name].groupby("learning_rate")[["dead", "accuracy"]].mean()


def at_best(t, name, trained):
    """Test accuracies at the learning rate of the best mean training accuracy; NaN if none learned."""
    rows = t.learning[t.learning.activation == name]
    best = rows.groupby("learning_rate").train_accuracy.mean()
    rows = rows[rows.learning_rate == best.idxmax()].sort_values("seed")
    return rows.accuracy.to_numpy() if best.max() >= trained else np.full(len(rows), np.nan)


def spared(t, name, trained):
    """By network: dead ReLU units minus dead ones of another activation, where both learned, at the largest such rate.

    With `name` "slow" the other network is the ReLU network of the smallest learning rate.
    """
    table = t.learning.pivot(index=["seed", "learning_rate"], columns="activation", values=["dead", "train_accuracy"])
    other = "ReLU" if name == "slow" else name
    learned = table[(table["train_accuracy"][["ReLU", other]] >= trained).all(axis=1)].reset_index()
    last = learned.groupby("seed").tail(1)
    if name == "slow":
        first = learned.groupby("seed").head(1)
        return last["dead"]["ReLU"].to_numpy() - first["dead"]["ReLU"].to_numpy()
    return (last["dead"]["ReLU"] - last["dead"][name]).to_numpy()


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
        "trained": {least: variants(t, least, POINT) for least in TRAINED_RANGE},
        "points": {point: variants(t, TRAINED, point) for point in POINT_RANGE},
    }
    why = "networks that learned, paired by seed; accuracy of each at its own best rate, a gain of one point matters"
    yield judge("A2-04", *variants(t, TRAINED, POINT), over=over, why=why)
    over = {"trained": {least: elu(t, least) for least in TRAINED_RANGE}}
    why = "only networks that learned: in those that diverge exp(drive) underflows in 64 bit and ELU units die too"
    yield judge("A4-17", *elu(t, TRAINED), over=over, why=why)


def killed(t, trained):
    """A large learning rate kills units of a network that learns."""
    more = spared(t, "slow", trained)
    known = len(more) and np.isfinite(more).all()
    seen = proportion_interval(int((more > 0).sum()), len(more)) if known else interval([])
    return [
        needed("networks with more dead ReLU units at the large rate", seen, exists(0.2), possible=(0.0, 1.0)),
        context("how many more of their units", interval(more), above(0.0)),
    ]


def variants(t, trained, point):
    """Fewer units of the variants die, and they are more accurate."""
    relu = at_best(t, "ReLU", trained)
    gains = {name: at_best(t, name, trained) - relu for name in RECTIFIERS[1:]}
    return [
        *(
            needed(
                f"dead ReLU units minus dead {name} units",
                interval(spared(t, name, trained)),
                above(0.0, matters=0.01),
                possible=(-1.0, 1.0),
            )
            for name in gains
        ),
        *(
            side(f"gain in test accuracy by {name}", interval(gain), above(0.0, matters=point), possible=(-1.0, 1.0))
            for name, gain in gains.items()
        ),
    ]


def elu(t, trained):
    """No ELU unit is dead where networks learned, while ReLU units are."""
    rows = t.learning[(t.learning.activation == "ELU") & (t.learning.train_accuracy >= trained)]
    dead = interval(rows.groupby("seed").dead.max().to_numpy())
    return [
        needed("largest fraction of dead ELU units, by network", dead, below(0.01), possible=(0.0, 1.0)),
        needed(
            "dead ReLU units minus dead ELU units at the same rate",
            interval(spared(t, "ELU", trained)),
            above(0.0, matters=0.01),
            possible=(-1.0, 1.0),
        ),
    ]


def dead(ax, t):
    for activation in RECTIFIERS:
        rows, style = by_rate(t, activation).dead, activation_style(activation)
        ax.plot(rows.index, rows, **(style.line() | ({} if len(rows) >= 4 else {"linestyle": "none"})))
    ax.set(xlim=(0, None), ylim=(-0.04, 1.04), xlabel="learning rate", ylabel="fraction of dead units")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2)
    return (
        "hidden units with slope 0 for all digits after learning, mean over networks; ELU dies where learning diverges"
    )


def accuracy(ax, t):
    for activation in RECTIFIERS:
        rows, style = by_rate(t, activation).accuracy, activation_style(activation)
        ax.plot(rows.index, rows, **(style.line() | ({} if len(rows) >= 4 else {"linestyle": "none"})))
    ax.set(xlim=(0, None), ylim=(-0.04, 1.04), xlabel="learning rate", ylabel="test accuracy")
    return "test accuracy of the same networks"


PANELS = (dead, accuracy)

if __name__ == "__main__":
    main(__file__)
