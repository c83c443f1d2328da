"""Does a dead unit come back?

Half of the units of both layers are silenced for every image, so far below threshold as units are that die in learning
(0.1 to 2.3), then the network learns on. A dead ReLU unit with fixed inputs never comes back under plain gradient
descent, because its gradient is exactly 0. One in a later layer may, because its inputs go on changing. Leaky and
exponential units keep a gradient, the less of it the smaller the leak or the farther from the threshold.

Sources: Maas, Hannun & Ng (2013) (leaky ReLU); Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import RARE, RARE_RANGE
from experiments.activations._by_network import gain, interval, where
from experiments.activations._rectifiers import SMALL_RATE, Digits, built, digits
from neurosim.activations import LeakyReLU
from neurosim.lab import Row, above, column, context, definition, judge, main, needed
from neurosim.params import param
from neurosim.plots import OKABE_ITO, activation_style
from neurosim.training import SGD, Network

QUICK = {"seeds": 3, "images": 400, "epochs": 8}
LAYERS = ("hidden1", "hidden2")
UNITS = (("ReLU", 0.0), ("LeakyReLU", 0.01), ("LeakyReLU", 0.1), ("LeakyReLU", 0.3), ("ELU", 1.0))
"""Activation and slope below threshold of what is silenced (ELU: at the threshold)."""
MARGIN, MARGINS, ASKED = 0.5, (0.05, 0.5, 2.0), (0.0, 0.01, 1.0)
"""How far below threshold the highest drive of a silenced unit is put; slopes for which all of these are tried."""
COLOURS = {0.0: "vermillion", 0.01: "orange", 0.1: "sky blue", 0.3: "blue", 1.0: "bluish green"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    epochs: int = param(30, doc="epochs on the digits after half of the units were silenced", low=2)


class Revival(Row):
    activation: str = column("class name")
    leak: float = column("slope below threshold")
    margin: float = column("how far below threshold the highest drive of the silenced units was put")
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
    for name, leak, margin in ((*unit, margin) for unit in UNITS for margin in MARGINS):
        if margin != MARGIN and leak not in ASKED:
            continue
        start = Network(*built(p, LeakyReLU(negative_slope=leak) if name == "LeakyReLU" else name, seed))
        chosen, rows = silenced(start, x, lab.stream("init", "silenced"), margin), []
        before = start.forward({"input": x}).drive
        mixed = {layer: (before[layer] <= 0).any(axis=0) & (before[layer] > 0).any(axis=0) for layer in LAYERS}

        def observe(epoch, network, unit=(name, leak, margin), start=start, chosen=chosen, mixed=mixed, rows=rows):
            drives = {kind: network.forward({"input": inputs}).drive for kind, inputs in shown.items()}
            for layer, which in chosen.items():
                active = [(drive[layer][:, which] > 0).any(axis=0).mean() for drive in drives.values()]
                moved = np.abs(network.weights[f"to_{layer}"] - start.weights[f"to_{layer}"]).max(axis=1)
                still = (moved[which] == 0).mean(), (moved[mixed[layer]] == 0).mean()
                rows.append(Revival(*unit, layer, epoch, int(which.sum()), moved[which].max(), *still, *active))

        optimiser, again = SGD(learning_rate=SMALL_RATE, momentum=0.0), (start.to_circuit(), start.to_cells())
        lab.train(*again, x, labels, optimiser=optimiser, epochs=p.epochs, observe=observe)
        yield from rows


def silenced(network, x, rng, margin):
    """Put half of the units of each of the first two layers this far below threshold for every input; which ones."""
    chosen = {}
    for name in LAYERS:
        highest = network.forward({"input": x}).drive[name].max(axis=0)
        chosen[name] = rng.permutation(len(highest)) < len(highest) // 2
        network.biases[name] -= np.where(chosen[name], highest + margin, 0.0)
    return chosen


def rows(t, leak, layer=LAYERS[0], margin=MARGIN, epoch=None):
    """Of silenced units with this slope, after the last epoch or another."""
    return where(t.revival, leak=leak, layer=layer, margin=margin, epoch=epoch or int(t.revival.epoch.max()))


def answer(t):
    shares = {leak: 100 * rows(t, leak).data.mean() for leak in (0.0, 0.01, 0.3, 1.0)}
    return (
        f"Of silenced units with fixed inputs {shares[0.0]:.0f} % come back with ReLU, {shares[0.01]:.0f} % with a "
        f"leak of 0.01, {shares[0.3]:.0f} % with 0.3 and {shares[1.0]:.0f} % with ELU ({t.revival.epoch.max()} epochs)."
    )


def findings(t):
    first, second = (rows(t, 0.0, layer) for layer in LAYERS)
    why = (
        f"where no input changes the gradient is exactly 0: {100 * first.data.max():.0f} % come back, no weight moves "
        f"({first.moved.max():g}); above a layer that learns, against the premise, {100 * second.data.mean():.0f} % do"
    )
    yield definition("A2-10", why=why)
    last = int(t.revival.epoch.max())
    times = (max(1, last // 3), last)
    over = {
        "margin": {margin: frozen(t, margin=margin) for margin in MARGINS},
        "epochs": {epoch: frozen(t, epoch=epoch) for epoch in times},
        "exceptions": {rare: frozen(t, rare=rare) for rare in RARE_RANGE},
    }
    why = (
        "silent for every image, above a layer that learns, under plain gradient descent; with fixed inputs none moves "
        "by theorem (A2-10), and one that some image drives above 0 learns from that image by the rule of descent"
    )
    yield judge("A4-21", *frozen(t), over=over, why=why)
    for id, leak, name in (("A4-15", 0.01, "a leak of 0.01"), ("A4-17", 1.0, "ELU")):
        over = {
            "margin": {margin: revives(t, leak, name, margin=margin) for margin in MARGINS},
            "epochs": {epoch: revives(t, leak, name, epoch=epoch) for epoch in times},
            "layer": {layer: revives(t, leak, name, layer=layer) for layer in LAYERS},
            "units": {units: revives(t, leak, name, units) for units in (0.05, 0.1, 0.2)},
        }
        why = "equally deep below threshold, beside ReLU units of the same networks; a tenth of the units matters"
        yield judge(id, *revives(t, leak, name), *(larger(t) if leak < 1 else ()), over=over, why=why)


def frozen(t, rare=RARE, **case):
    """Weights onto units that are silent for all images never change."""
    words, rule = "fraction of silent units whose weights are unchanged", above(1 - rare)
    first, second = (rows(t, 0.0, layer, **case) for layer in LAYERS)
    return [
        needed(f"{words}, layer 2", interval(second.unchanged), rule, possible=(0.0, 1.0)),
        context(f"{words}, layer 1", interval(first.unchanged), rule),
        context(f"{words}, units of layer 2 silent for some images only", interval(second.partial), rule),
    ]


def revives(t, leak, name, units=0.1, **case):
    """More silenced units come back than with ReLU."""
    back, relu = (rows(t, slope, **case).data.to_numpy() for slope in (leak, 0.0))
    return [
        gain(needed, f"fraction of silenced units that come back with {name}, minus that of ReLU", back - relu, units)
    ]


def larger(t):
    """What larger leaks would do."""
    words = "the same with a leak of"
    return [context(f"{words} {leak:g}", interval(rows(t, leak).data), above(0.1)) for leak in (0.1, 0.3)]


def by_epoch(ax, t, layer):
    means = where(t.revival, layer=layer, margin=MARGIN).groupby(["leak", "epoch"]).data.mean()
    for name, leak in UNITS:
        each = means[leak]
        label = f"leak {leak:g}" if name == "LeakyReLU" else name
        line = {"linestyle": "-" if len(each) >= 4 else "none", "marker": activation_style(name).marker}
        ax.plot(each.index, each, color=OKABE_ITO[COLOURS[leak]], markevery=5, label=label, **line)
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
