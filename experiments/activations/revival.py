"""Does a dead unit come back?

Half of the units of both layers are silenced for every image, then the network learns on. A dead ReLU unit with fixed
inputs never comes back under plain gradient descent, because its gradient is exactly 0. One in a later layer may,
because its inputs go on changing. Leaky units keep a gradient, the less of it the smaller the leak.

Sources: Maas, Hannun & Ng (2013) (leaky ReLU); Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import RARE
from experiments.activations._rectifiers import SMALL_RATE, Digits, built, digits
from neurosim.activations import LeakyReLU
from neurosim.lab import Row, above, column, definition, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO, activation_style
from neurosim.training import SGD, Network

QUICK = {"seeds": 3, "images": 400, "epochs": 8}
LAYERS = ("hidden1", "hidden2")
UNITS = (("ReLU", 0.0), ("LeakyReLU", 0.01), ("LeakyReLU", 0.1), ("LeakyReLU", 0.3), ("ELU", 1.0))
"""Activation and slope below threshold of what is silenced (ELU: at the threshold)."""
COLOURS = {0.0: "vermillion", 0.01: "orange", 0.1: "sky blue", 0.3: "blue", 1.0: "bluish green"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    epochs: int = param(30, doc="epochs on the digits after half of the units were silenced", low=2)


class Revival(Row):
    activation: str = column("class name")
    leak: float = column("slope below threshold")
    layer: str = column("hidden layer; hidden1 has fixed inputs")
    epoch: int = column("epochs since half of the units of both layers were silenced")
    units: int = column("silenced units")
    moved: float = column("largest change of a weight onto a silenced unit")
    unchanged: float = column("fraction of silenced units whose weights are exactly as they were")
    partial: float = column("the same of the units that were silent for some images and active for others")
    data: float = column("fraction of silenced units above threshold for some image learned from")
    new: float = column("the same for some test image")
    inverted: float = column("the same for some image of inverted contrast")


def compute(p, seed, lab):
    x, labels, test_x, _ = digits(p)
    shown = {"data": x, "new": test_x, "inverted": -x}
    for name, leak in UNITS:
        circuit, cells = built(p, name, seed)
        if name == "LeakyReLU":
            cells = {
                **cells,
                **{layer: type(cells[layer])(activation=LeakyReLU(negative_slope=leak)) for layer in LAYERS},
            }
        start = Network(circuit, cells)
        chosen, rows = silenced(start, x, lab.stream("init", "silenced")), []
        before = start.forward({"input": x}).drive
        mixed = {layer: (before[layer] <= 0).any(axis=0) & (before[layer] > 0).any(axis=0) for layer in LAYERS}

        def observe(epoch, network, name=name, leak=leak, start=start, chosen=chosen, mixed=mixed, rows=rows):
            drives = {kind: network.forward({"input": inputs}).drive for kind, inputs in shown.items()}
            for layer, which in chosen.items():
                active = [(drive[layer][:, which] > 0).any(axis=0).mean() for drive in drives.values()]
                moved = np.abs(network.weights[f"to_{layer}"] - start.weights[f"to_{layer}"]).max(axis=1)
                still = (moved[which] == 0).mean(), (moved[mixed[layer]] == 0).mean()
                rows.append(Revival(name, leak, layer, epoch, int(which.sum()), moved[which].max(), *still, *active))

        optimiser = SGD(learning_rate=SMALL_RATE, momentum=0.0)
        lab.train(
            start.to_circuit(), start.to_cells(), x, labels, optimiser=optimiser, epochs=p.epochs, observe=observe
        )
        yield from rows


def silenced(network, x, rng):
    """Put half of the units of each of the first two layers just below threshold for every input; which ones."""
    chosen = {}
    for name in LAYERS:
        highest = network.forward({"input": x}).drive[name].max(axis=0)
        chosen[name] = rng.permutation(len(highest)) < len(highest) // 2
        network.biases[name] -= np.where(chosen[name], highest + 0.05, 0.0)
    return chosen


def at_the_end(t):
    """Rows after the last epoch."""
    return t.revival[t.revival.epoch == t.revival.epoch.max()]


def answer(t):
    rows = at_the_end(t)
    shares = {leak: rows[(rows.leak == leak) & (rows.layer == LAYERS[0])].data.mean() for leak in (0.0, 0.01, 0.3)}
    return (
        f"Of silenced units with fixed inputs {100 * shares[0.0]:.0f} % come back with ReLU, {100 * shares[0.01]:.0f} "
        f"% with a leak of 0.01 and {100 * shares[0.3]:.0f} % with 0.3, in {rows.epoch.max()} epochs."
    )


def findings(t):
    rows = at_the_end(t)
    first, second = (rows[(rows.activation == "ReLU") & (rows.layer == layer)] for layer in LAYERS)
    why = (
        f"where no input changes the gradient is exactly 0: {100 * first.data.max():.0f} % come back, no weight moves "
        f"({first.moved.max():g}); above a layer that learns, against the premise, {100 * second.data.mean():.0f} % do"
    )
    yield definition("A2-10", why=why)
    why = "under plain gradient descent; a unit that is silent for some images only learns from the others"
    over = {"layer": {layer: frozen(t, layer) for layer in LAYERS}}
    yield judge("A4-21", *frozen(t, LAYERS[0]), over=over, why=why)
    epochs = sorted(int(epoch) for epoch in t.revival.epoch.unique())
    over = {
        "leak": {leak: revives(t, leak, epochs[-1]) for leak in (0.01, 0.1, 0.3)},
        "epochs": {epoch: revives(t, 0.01, epoch) for epoch in (epochs[len(epochs) // 3], epochs[-1])},
    }
    why = "equally deep below threshold, inputs fixed, beside ReLU units of the same networks; ten points matter"
    yield judge("A4-15", *revives(t, 0.01, epochs[-1]), over=over, why=why)


def frozen(t, layer):
    """Weights onto units that are silent never change: silent for all images, or for some."""
    rows = at_the_end(t)
    rows = rows[(rows.activation == "ReLU") & (rows.layer == layer)].sort_values("seed")
    kinds = {"unchanged": (needed, "silent for every image"), "partial": (side, "silent for some of them")}
    return [
        role(
            f"fraction of units with unchanged weights, {words}, {layer}",
            student_interval(rows[column].to_numpy()),
            above(1 - RARE),
            possible=(0.0, 1.0),
        )
        for column, (role, words) in kinds.items()
    ]


def revives(t, leak, epoch):
    """More silenced units come back with this leak than with ReLU."""
    rows = t.revival[(t.revival.layer == LAYERS[0]) & (t.revival.epoch == epoch)]
    leaky, relu = (rows[rows.leak == slope].sort_values("seed").data.to_numpy() for slope in (leak, 0.0))
    words = f"fraction of silenced units that come back in {epoch} epochs, leak {leak:g}, minus that of ReLU"
    return [needed(words, student_interval(leaky - relu), above(0.0, matters=0.1), possible=(-1.0, 1.0))]


def by_epoch(ax, t, layer):
    means = t.revival[t.revival.layer == layer].groupby(["leak", "epoch"]).data.mean()
    for name, leak in UNITS:
        rows = means[leak]
        label = f"leak {leak:g}" if name == "LeakyReLU" else name
        line = {"linestyle": "-" if len(rows) >= 4 else "none", "marker": activation_style(name).marker}
        ax.plot(rows.index, rows, color=OKABE_ITO[COLOURS[leak]], markevery=5, label=label, **line)
    ax.set(ylim=(-0.04, 1.04), xlabel="epochs since they were silenced", ylabel="fraction revived")


def fixed_inputs(ax, t):
    by_epoch(ax, t, "hidden1")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2)
    return (
        "silenced units of layer 1, whose inputs are fixed: fraction above threshold for some image, mean over networks"
    )


def changing_inputs(ax, t):
    by_epoch(ax, t, "hidden2")
    return "the same in layer 2, whose inputs go on changing"


PANELS = (fixed_inputs, changing_inputs)

if __name__ == "__main__":
    main(__file__)
