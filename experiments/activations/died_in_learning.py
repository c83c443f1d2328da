"""Does a unit that died in learning ever answer again?

ReLU networks learn digits at a rate at which some of their units die: silent for every image that they learned from.
Then they learn on, the same classes at a small and a larger rate, or other ones. A dead unit of the first layer has no
gradient and fixed inputs, so it stays dead for these images; new ones may still wake it, and inverted contrast surely.

Source: Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import RARE, RARE_RANGE, TRAINED, TRAINED_RANGE
from experiments.activations._by_network import interval
from experiments.activations._rectifiers import SMALL_RATE, Digits, accuracy, digits, trained
from neurosim.lab import Row, below, column, context, judge, main, needed
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import SGD, Network

QUICK = {"seeds": 3, "images": 400, "epochs": 8, "later": 6}
LAYERS = ("hidden1", "hidden2")
KILLING = (0.7, 0.8)  # learning rates at which networks still learn and units die
LATER = (("same", SMALL_RATE), ("same", 0.4), ("new", SMALL_RATE))
"""Task that is learned after the units died, and the learning rate."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(20, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs in which units die", low=2)
    later: int = param(10, doc="epochs after that", low=1)


class Died(Row):
    rate: float = column("learning rate at which they died")
    accuracy: float = column("training accuracy of the network then")
    task: str = column("what was learned afterwards: the same, or the same images with permuted classes")
    later_rate: float = column("at this learning rate")
    layer: str = column("hidden layer")
    units: int = column("units that were dead before")
    data: int = column("of these, above threshold for some image learned from, afterwards")
    new: int = column("the same for some test image")
    inverted: int = column("the same for some image of inverted contrast")


def compute(p, seed, lab):
    x, labels, test_x, _ = digits(p)
    renamed = lab.stream("stimulus", "classes").permutation(10)[labels]
    for rate in KILLING:
        network, _ = trained(p, "ReLU", rate, p.epochs, seed)
        drive, right = network.forward({"input": x}).drive, accuracy(network, x, labels)
        dead = {layer: ~(drive[layer] > 0).any(axis=0) for layer in LAYERS}
        for task, later in LATER:
            optimiser, classes = SGD(learning_rate=later, momentum=0.0), labels if task == "same" else renamed
            found = lab.train(network.to_circuit(), network.to_cells(), x, classes, optimiser=optimiser, epochs=p.later)
            after = [Network(found.circuit, found.cells).forward({"input": each}).drive for each in (x, test_x, -x)]
            for layer, which in dead.items():
                again = [int((drive[layer][:, which] > 0).any(axis=0).sum()) for drive in after]
                yield Died(rate, right, task, later, layer, int(which.sum()), *again)


def back(t, column, layers=LAYERS, task="same", later=SMALL_RATE, trained=TRAINED, rates=KILLING):
    """By network that learned and had such units: fraction of its dead units that answer afterwards."""
    rows = t.died[(t.died.task == task) & np.isclose(t.died.later_rate, later) & (t.died.accuracy >= trained)]
    rows = rows[rows.layer.isin(layers) & rows.rate.isin(rates) & (rows.units > 0)]
    sums = rows.groupby("seed")[["units", column]].sum(min_count=1)
    return interval(sums[column] / sums.units)


def answer(t):
    second, new, inverted = back(t, "data", LAYERS[1:]), back(t, "new"), back(t, "inverted")
    if not second.n or not new.n:
        return "No unit died in a network that learned: 0 units."
    return (
        f"Some do: of the dead units of the second layer {100 * second.value:.0f} % answer again to an image that was "
        f"learned from, of all of them {100 * new.value:.0f} % to some new image and {100 * inverted.value:.0f} % to "
        "one of inverted contrast."
    )


def findings(t):
    over = {
        "learning on": {f"{task} task, {rate:g}": never(t, task=task, later=rate) for task, rate in LATER},
        "rate that killed": {rate: never(t, rates=(rate,)) for rate in KILLING},
        "trained": {least: never(t, trained=least) for least in TRAINED_RANGE},
        "never": {rare: never(t, rare) for rare in RARE_RANGE},
    }
    why = (
        "dead: below threshold for every training image; back: above it for some image; first layers stay dead for "
        "images learned from by theorem (A2-10), so only the second is asked for these"
    )
    yield judge("A2-03", *never(t), over=over, why=why)


def never(t, rare=RARE, **case):
    """A unit that died gives no output any more, for what it learned from and for new images."""
    words, possible = "fraction of a network's dead units that answer again", (0.0, 1.0)
    return [
        needed(
            f"{words}: learned from, layer 2",
            back(t, "data", LAYERS[1:], **case),
            below(rare),
            possible=possible,
        ),
        needed(f"{words}: new images", back(t, "new", **case), below(rare), possible=possible),
        context(f"{words}: learned from, layer 1", back(t, "data", LAYERS[:1], **case), below(rare)),
        context(f"{words}: inverted images", back(t, "inverted", **case), below(rare)),
    ]


def bars(ax, t, cases):
    for k, layer in enumerate(LAYERS):
        rows = t.died[(t.died.layer == layer) & (t.died.accuracy >= TRAINED)]
        sums = [(rows[(rows.task == task) & np.isclose(rows.later_rate, rate)], kind) for task, rate, kind in cases]
        heights = [found[kind].sum() / max(1, found.units.sum()) for found, kind in sums]
        at = np.arange(len(cases)) + 0.36 * (k - 0.5)
        ax.bar(at, heights, width=0.32, color=OKABE_ITO[("blue", "vermillion")[k]], label=f"layer {k + 1}")
    ax.set(ylim=(0, 1.04), ylabel="fraction that answers")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2)


def by_images(ax, t):
    kinds = {"data": "learned from", "new": "new", "inverted": "inverted"}
    bars(ax, t, [("same", SMALL_RATE, kind) for kind in kinds])
    ax.set_xticks(range(len(kinds)), kinds.values())
    ax.set_xlabel("images")
    return "units that died, in networks that learned: fraction above threshold for some image after learning on"


def by_what_is_learned(ax, t):
    bars(ax, t, [(task, rate, "data") for task, rate in LATER])
    ax.set_xticks(range(len(LATER)), [f"{task}, {rate:g}" for task, rate in LATER])
    ax.set_xlabel("task and learning rate afterwards")
    return "the same for the images learned from, by what was learned afterwards"


PANELS = (by_images, by_what_is_learned)

if __name__ == "__main__":
    main(__file__)
