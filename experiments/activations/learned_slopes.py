"""Do the slopes of PReLU units learn, and does that lower the loss?

A parametric ReLU has a slope below threshold that gradient descent changes, one per unit. The same networks learn with
the slopes learned and with the same slopes fixed at 0.25.

Source: He et al., ICCV (2015), arXiv:1502.01852.
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.activations._rectifiers import LEARNED, SMALL_RATE, Digits, digits, trained
from neurosim import decisions
from neurosim.activations import LeakyReLU
from neurosim.lab import Row, above, column, definition, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import CrossEntropy

QUICK = {"seeds": 4, "images": 400, "epochs": 5}
RATES = (SMALL_RATE / 2, SMALL_RATE, 2 * SMALL_RATE, 4 * SMALL_RATE)
START = 0.25


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs on the digits", low=2)


class Leaks(Row):
    learning_rate: float = column("learning rate of plain gradient descent")
    mean: float = column("mean slope below threshold over units, after learning (start: 0.25)")
    sd: float = column("standard deviation over units")
    largest: float = column("largest change")
    learned_loss: float = column("cross-entropy on the images learned from, slopes learned", "nat")
    fixed_loss: float = column("the same, slopes fixed", "nat")
    learned_accuracy: float = column("accuracy on the test images, slopes learned")
    fixed_accuracy: float = column("the same, slopes fixed")


def compute(p, seed, lab):
    x, labels, test_x, test_labels = digits(p)
    loss = CrossEntropy()
    targets = loss.prepared(labels, len(x), 10)
    for rate in RATES:
        networks = [trained(p, "PReLU", rate, p.epochs, seed, learn)[0] for learn in (LEARNED, LEARNED[:2])]
        outputs = [
            [network.forward({"input": each}).activity["output"] for each in (x, test_x)] for network in networks
        ]
        losses = [float(loss.value_and_gradient(output, targets)[0]) for output, _ in outputs]
        right = [decisions.accuracy(output, test_labels) for _, output in outputs]
        slopes = np.concatenate(list(networks[0].negative_slopes.values()))
        yield Leaks(rate, slopes.mean(), slopes.std(), np.abs(slopes - START).max(), *losses, *right)


def at(t, rate=SMALL_RATE):
    return t.leaks[np.isclose(t.leaks.learning_rate, rate)].sort_values("seed")


def answer(t):
    leaks = at(t)
    gain = 100 * (leaks.learned_accuracy - leaks.fixed_accuracy).mean()
    return (
        f"Yes: they leave 0.25 by up to {leaks.largest.max():.3f}, the loss ends at {leaks.learned_loss.mean():.4f} "
        f"against {leaks.fixed_loss.mean():.4f} with fixed slopes; the test accuracy changes by {gain:+.1f} points."
    )


def findings(t):
    over = {
        "learning rate": {rate: better(t, rate, POINT) for rate in RATES},
        "points": {point: better(t, SMALL_RATE, point) for point in POINT_RANGE},
    }
    why = "the same weights and order of images; a fall of the loss by 1 % and a gain of one point matter"
    yield judge("A2-13", *better(t, SMALL_RATE, POINT), over=over, why=why)
    leaks = at(t)
    why = f"one slope per unit that gradient descent changes: by up to {leaks.largest.max():.3f} from {START}"
    yield definition("A4-16", leaks.largest.max(), why=why)
    drives, leaky = np.linspace(-5.0, 5.0, 1001), LeakyReLU()
    why = "its slope below threshold is a = 0.01, for a below 1; whether units come back with it is A4-15"
    yield definition("A2-12", float(leaky.derivative(drives).min()), why=why)


def better(t, rate, point):
    """With learned slopes the loss ends lower, and the test accuracy higher."""
    leaks = at(t, rate)
    fall = student_interval(1.0 - (leaks.learned_loss / leaks.fixed_loss).to_numpy())
    gain = student_interval((leaks.learned_accuracy - leaks.fixed_accuracy).to_numpy())
    return [
        needed(
            "part of the training loss that learning the slopes takes off",
            fall,
            above(0.0, matters=0.01),
            possible=(-10.0, 1.0),
        ),
        side("gain in test accuracy by learning the slopes", gain, above(0.0, matters=point), possible=(-1.0, 1.0)),
    ]


def slopes(ax, t):
    leaks = at(t)
    ax.errorbar(leaks.seed, leaks["mean"], leaks.sd, fmt="o", color=OKABE_ITO["blue"], linewidth=1)
    ax.axhline(START, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_xticks(sorted(t.leaks.seed.unique()))
    ax.set(xlabel="network", ylabel="slope below threshold")
    return "slopes after learning, mean and standard deviation over the units of a network; dotted: start"


def losses(ax, t):
    for row in at(t).itertuples():
        ax.plot([0, 1], [row.fixed_loss, row.learned_loss], color="0.75", linewidth=0.8)
    for x, name, colour in ((0, "fixed_loss", "vermillion"), (1, "learned_loss", "blue")):
        ax.plot(np.full(len(at(t)), x), at(t)[name], "o", color=OKABE_ITO[colour])
    ax.set_xticks([0, 1], ["fixed", "learned"])
    ax.set(xlim=(-0.5, 1.5), xlabel="slopes", ylabel="loss (nat)")
    return "cross-entropy after learning with fixed and with learned slopes; lines join the same network"


PANELS = (slopes, losses)

if __name__ == "__main__":
    main(__file__)
