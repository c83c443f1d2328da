"""Do the slopes of PReLU units learn, and does that lower the loss?

A parametric ReLU has a slope below threshold that gradient descent changes, one per unit. The same networks learn with
the slopes learned, from 0.25 on, and with the slopes fixed at 0.25 or at another value.

Source: He et al., ICCV (2015), arXiv:1502.01852.
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.activations._by_network import gain, interval, where
from experiments.activations._rectifiers import LEARNED, SMALL_RATE, Digits, accuracy, digits, trained
from neurosim.activations import LeakyReLU, PReLU
from neurosim.lab import Row, above, column, context, definition, judge, main, needed
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import CrossEntropy

QUICK = {"seeds": 4, "images": 400, "epochs": 5}
RATES = (SMALL_RATE / 2, SMALL_RATE, 2 * SMALL_RATE, 4 * SMALL_RATE)
START, FIXED = 0.25, (0.01, 0.1, 0.25, 0.5)


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs on the digits", low=2)


class Leaks(Row):
    learning_rate: float = column("learning rate of plain gradient descent")
    slope: float = column("slope below threshold where it is fixed")
    mean: float = column("mean slope below threshold over units, after learning from 0.25 on")
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

    def measured(network):
        output = network.forward({"input": x}).activity["output"]
        return float(loss.value_and_gradient(output, targets)[0]), accuracy(network, test_x, test_labels)

    for rate in RATES:
        network = trained(p, PReLU(negative_slope=START), rate, p.epochs, seed)[0]
        slopes, learned = np.concatenate(list(network.negative_slopes.values())), measured(network)
        for slope in FIXED if rate == SMALL_RATE else (START,):
            kind = PReLU(negative_slope=slope)
            fixed = measured(trained(p, kind, rate, p.epochs, seed, LEARNED[:2])[0])
            pairs = [value for pair in zip(learned, fixed, strict=True) for value in pair]
            yield Leaks(rate, slope, slopes.mean(), slopes.std(), np.abs(slopes - START).max(), *pairs)


def at(t, rate=SMALL_RATE, slope=START):
    return where(t.leaks, learning_rate=rate, slope=slope)


def answer(t):
    leaks = at(t)
    points = 100 * (leaks.learned_accuracy - leaks.fixed_accuracy).mean()
    return (
        f"Yes: they leave 0.25 by up to {leaks.largest.max():.3f}, the loss ends at {leaks.learned_loss.mean():.4f} "
        f"against {leaks.fixed_loss.mean():.4f} with fixed slopes; the test accuracy changes by {points:+.1f} points."
    )


def findings(t):
    over = {
        "learning rate": {rate: better(t, rate=rate) for rate in RATES},
        "fixed slope": {slope: better(t, slope=slope) for slope in FIXED},
        "points": {point: better(t, point=point) for point in POINT_RANGE},
    }
    why = "the same weights and order of images, test accuracy; the training loss is context: it can only fall"
    yield judge("A2-13", *better(t), over=over, why=why)
    leaks = at(t)
    why = f"one slope per unit that gradient descent changes: by up to {leaks.largest.max():.3f} from {START}"
    yield definition("A4-16", leaks.largest.max(), why=why)
    drives, leaky = np.linspace(-5.0, 5.0, 1001), LeakyReLU()
    why = "its slope below threshold is a = 0.01, for a below 1; whether units come back with it is A4-15"
    yield definition("A2-12", float(leaky.derivative(drives).min()), why=why)


def better(t, rate=SMALL_RATE, slope=START, point=POINT):
    """With learned slopes networks are more accurate than with this fixed one."""
    leaks = at(t, rate, slope)
    words = f"gain in test accuracy by learning the slopes, beside slopes fixed at {slope:g}"
    fall = interval(1.0 - leaks.learned_loss / leaks.fixed_loss)
    return [
        gain(needed, words, leaks.learned_accuracy - leaks.fixed_accuracy, point),
        context("part of the training loss that learning the slopes takes off", fall, above(0.0)),
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
