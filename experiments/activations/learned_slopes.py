"""Do the slopes of PReLU units learn, and does that lower the loss?

A parametric ReLU has a slope below threshold that gradient descent changes, one per unit. The same networks learn with
the slopes learned and with the same slopes fixed at 0.25.

Source: He et al., ICCV (2015), arXiv:1502.01852.
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._rectifiers import LEARNED, SMALL_RATE, Digits, digits, trained
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import CrossEntropy

QUICK = {"seeds": 2, "images": 400, "epochs": 5}
START = 0.25


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(5, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs on the digits", low=2)


class Leaks(Row):
    mean: float = column("mean slope below threshold over units, after learning (start: 0.25)")
    sd: float = column("standard deviation over units")
    largest: float = column("largest change")
    learned_loss: float = column("cross-entropy on the images learned from, slopes learned", "nat")
    fixed_loss: float = column("the same, slopes fixed", "nat")


def compute(p, seed, lab):
    x, labels, _, _ = digits(p)
    loss = CrossEntropy()
    targets = loss.prepared(labels, len(x), 10)
    networks = [trained(p, "PReLU", SMALL_RATE, p.epochs, seed, learn)[0] for learn in (LEARNED, LEARNED[:2])]
    losses = [
        float(loss.value_and_gradient(network.forward({"input": x}).activity["output"], targets)[0])
        for network in networks
    ]
    slopes = np.concatenate(list(networks[0].negative_slopes.values()))
    yield Leaks(slopes.mean(), slopes.std(), np.abs(slopes - START).max(), *losses)


def answer(t):
    return (
        f"Yes: they leave 0.25 by up to {t.leaks.largest.max():.3f}, and the loss ends at "
        f"{t.leaks.learned_loss.mean():.4f} against {t.leaks.fixed_loss.mean():.4f} with fixed slopes."
    )


def findings(t):
    leaks = t.leaks
    moved = {f"the slopes leave their start (by up to {leaks.largest.max():.3f})": (leaks.largest > 0.01).all()}
    lower = {
        "with learned slopes the loss ends lower than with fixed ones, in every network "
        f"({leaks.learned_loss.mean():.4f} against {leaks.fixed_loss.mean():.4f})": (
            leaks.learned_loss < leaks.fixed_loss
        ).all()
    }
    why = f"slopes start at 0.25; the same weights and order of images, learning rate {SMALL_RATE:g}"
    yield claim_of_parts("A2-13", moved | lower, why=why)
    part = {f"those of different units differ (standard deviation {leaks.sd.mean():.3f})": (leaks.sd > 0.0025).all()}
    yield claim_of_parts("A4-16", moved | part, why="more than 1 % of the start; one slope per unit")
    words = "Fall of the loss by learning the slopes too."
    yield report("fall", words, student_interval((leaks.fixed_loss - leaks.learned_loss).to_numpy()), "nat")


def slopes(ax, t):
    ax.errorbar(t.leaks.seed, t.leaks["mean"], t.leaks.sd, fmt="o", color=OKABE_ITO["blue"], linewidth=1)
    ax.axhline(START, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_xticks(sorted(t.leaks.seed.unique()))
    ax.set(xlabel="network", ylabel="slope below threshold")
    return "slopes after learning, mean and standard deviation over the units of a network; dotted: start"


def losses(ax, t):
    for row in t.leaks.itertuples():
        ax.plot([0, 1], [row.fixed_loss, row.learned_loss], color="0.75", linewidth=0.8)
    for x, name, colour in ((0, "fixed_loss", "vermillion"), (1, "learned_loss", "blue")):
        ax.plot(np.full(len(t.leaks), x), t.leaks[name], "o", color=OKABE_ITO[colour])
    ax.set_xticks([0, 1], ["fixed", "learned"])
    ax.set(xlim=(-0.5, 1.5), xlabel="slopes", ylabel="loss (nat)")
    return "cross-entropy after learning with fixed and with learned slopes; lines join the same network"


PANELS = (slopes, losses)

if __name__ == "__main__":
    main(__file__)
