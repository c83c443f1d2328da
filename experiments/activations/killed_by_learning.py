"""Do large learning rates kill ReLU units, and do leaky variants prevent it?

A unit is dead where its slope is 0 for every input of the data: it is silent, and gradient descent cannot change its
weights. Large steps push ReLU units there and small ones do not. Leaky and parametric units have a slope everywhere.
ELU units have one too, but in networks that diverge exp(drive) underflows. Not dying does not mean more accurate.

Sources: Maas, Hannun & Ng (2013) (leaky ReLU); He et al., ICCV (2015), arXiv:1502.01852 (PReLU); Clevert et al., ICLR
(2016), arXiv:1511.07289 (ELU).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from experiments.activations._rectifiers import RECTIFIERS, Digits, built, dead_fractions, digits, trained
from neurosim import decisions
from neurosim.lab import Row, check, claim_of_parts, column, main, near
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import activation_style
from neurosim.training import Network

QUICK = {"seeds": 2, "images": 400, "epochs": 5, "learning_rates": (0.1, 0.6, 0.8, 1.0, 1.5)}
SOLVED = 0.9  # training accuracy of a network that learned


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(5, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs on the digits", low=2)
    learning_rates: tuple[float, ...] = param(
        (0.1, 0.4, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5), doc="learning rates of gradient descent", above=0
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


def correlation(t):
    """Spearman's correlation of the learning rate with the mean fraction of dead ReLU units."""
    relu = by_rate(t, "ReLU")
    return 0.0 if relu.dead.nunique() == 1 else float(spearmanr(relu.index, relu.dead).statistic)


def at_best(t, name):
    """Test accuracies of the networks at the learning rate of the best mean."""
    rate = by_rate(t, name).accuracy.idxmax()
    rows = t.learning[(t.learning.activation == name) & (t.learning.learning_rate == rate)]
    return rows.sort_values("seed").accuracy.to_numpy()


def most_dead(t, name):
    return float(t.learning[t.learning.activation == name].dead.max())


def answer(t):
    relu = by_rate(t, "ReLU").dead
    return (
        f"Yes: dead ReLU units rise from {100 * relu.iloc[0]:.0f} % at a learning rate of {relu.index[0]:g} to "
        f"{100 * relu.iloc[-1]:.0f} % at {relu.index[-1]:g}; of LeakyReLU units at most "
        f"{100 * most_dead(t, 'LeakyReLU'):.0f} % are dead at any rate, of PReLU units "
        f"{100 * most_dead(t, 'PReLU'):.0f} %."
    )


def findings(t):
    relu, rho = by_rate(t, "ReLU").dead, correlation(t)
    slow, fast, low, high = relu.index[0], relu.index[-1], relu.iloc[0], relu.iloc[-1]
    parts = {
        f"the fraction of dead units rises with the rate (Spearman {rho:.3f})": rho > 0.9,
        f"it is over 10 points higher at {fast:g} than at {slow:g} ({100 * high:.0f} %, {100 * low:.0f} %)": (
            high - low > 0.1
        ),
    }
    yield claim_of_parts("A4-13", parts, why="plain gradient descent on digits")
    dead = most_dead(t, "LeakyReLU")
    parts = {f"no unit dies at any learning rate (largest fraction {dead:.2f})": dead == 0}
    why = "a leak of 0.01 keeps a gradient, but a hundredth of it; ReLU units die at the same rates"
    yield claim_of_parts("A4-15", parts, why=why)
    yield claim_of_parts(
        "A2-04", better(t),
        why="test accuracy on digits, each at its best learning rate, paired by seed, 95 % Student interval",
    )  # fmt: skip
    elu = t.learning[(t.learning.activation == "ELU") & (t.learning.train_accuracy > SOLVED)].dead
    words = f"No ELU unit is dead in a network of more than {100 * SOLVED:.0f} % training accuracy (largest fraction)."
    why = "exp(drive) is above 0; networks that diverge reach drives of -745, where it is 0 in 64 bit"
    yield check("elu", words, elu.max() if len(elu) else 0.0, near(0.0, 0.0), why=why, decided=len(elu) > 0)


def better(t):
    """What the claim on the variants of ReLU says, and whether it holds."""
    variants, relu = RECTIFIERS[1:], at_best(t, "ReLU")
    parts = {
        f"no {name} unit dies (largest fraction {most_dead(t, name):.2f})": most_dead(t, name) == 0 for name in variants
    }
    for name in variants:
        gain = student_interval(100 * (at_best(t, name) - relu))
        words = f"{gain.value:+.2f} points, {gain.low:+.2f} to {gain.high:+.2f}"
        parts[f"{name} is more accurate ({words})"] = gain.low > 0
    return parts


def against_rate(ax, t, name, label):
    for activation in RECTIFIERS:
        rows, style = by_rate(t, activation)[name], activation_style(activation)
        line = style.line() | ({} if len(rows) >= 4 else {"linestyle": "none"})
        ax.plot(rows.index, rows, **line)
    ax.set(xlim=(0, None), ylim=(-0.04, 1.04), xlabel="learning rate", ylabel=label)


def dead(ax, t):
    against_rate(ax, t, "dead", "fraction of dead units")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2)
    return (
        "hidden units with slope 0 for all digits after learning, mean over networks; ELU dies where learning diverges"
    )


def accuracy(ax, t):
    against_rate(ax, t, "accuracy", "test accuracy")
    return "test accuracy of the same networks"


PANELS = (dead, accuracy)

if __name__ == "__main__":
    main(__file__)
