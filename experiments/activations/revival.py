"""Does a dead unit come back?

Half of the units of both layers are silenced for every image, then the network learns on. A dead ReLU unit with fixed
inputs never comes back under plain gradient descent, because its gradient is exactly 0. One in a later layer may,
because its inputs go on changing, and so may any unit when new images are shown. Leaky units keep a gradient.

Sources: Maas, Hannun & Ng (2013) (leaky ReLU); Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019).
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._rectifiers import RECTIFIERS, SMALL_RATE, Digits, built, digits
from neurosim.activations import LeakyReLU
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO, activation_style
from neurosim.training import SGD, Network

QUICK = {"seeds": 2, "images": 400, "epochs": 4}
LAYERS = ("hidden1", "hidden2")


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(5, doc="networks, the unit of replication", low=2)
    epochs: int = param(10, doc="epochs on the digits after half of the units were silenced", low=2)


class Revival(Row):
    activation: str = column("class name")
    layer: str = column("hidden layer; hidden1 has fixed inputs")
    epoch: int = column("epochs since half of the units of both layers were silenced")
    units: int = column("silenced units")
    moved: float = column("largest change of a weight onto a silenced unit")
    data: float = column("fraction of silenced units above threshold for some image learned from")
    new: float = column("the same for some test image")
    inverted: float = column("the same for some image of inverted contrast")


def compute(p, seed, lab):
    x, labels, test_x, _ = digits(p)
    shown = {"data": x, "new": test_x, "inverted": -x}
    for name in RECTIFIERS:
        start = Network(*built(p, name, seed))
        chosen, rows = silenced(start, x, lab.stream("init", "silenced")), []

        def observe(epoch, network, name=name, start=start, chosen=chosen, rows=rows):
            drives = {kind: network.forward({"input": inputs}).drive for kind, inputs in shown.items()}
            for layer, which in chosen.items():
                active = [(drive[layer][:, which] > 0).any(axis=0).mean() for drive in drives.values()]
                moved = np.abs(network.weights[f"to_{layer}"] - start.weights[f"to_{layer}"])[which].max()
                rows.append(Revival(name, layer, epoch, int(which.sum()), moved, *active))

        optimiser = SGD(learning_rate=SMALL_RATE, momentum=0.0)
        circuit, cells = start.to_circuit(), start.to_cells()
        lab.train(circuit, cells, x, labels, optimiser=optimiser, epochs=p.epochs, observe=observe)
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
    """Means over networks after the last epoch by activation and layer."""
    last = t.revival[t.revival.epoch == t.revival.epoch.max()]
    return last.groupby(["activation", "layer"])[["data", "new", "inverted", "moved"]].mean()


def percent(value):
    return f"{100 * value:.0f} %"


def answer(t):
    first, second = (at_the_end(t).loc[("ReLU", layer)] for layer in LAYERS)
    return (
        f"With fixed inputs {percent(first.data)} of the silenced ReLU units come back by gradient descent, above a "
        f"layer that learns {percent(second.data)}, and for new images {percent(first.new)} respond."
    )


def findings(t):
    means = at_the_end(t)
    first, second = (means.loc[("ReLU", layer)] for layer in LAYERS)
    parts = {
        f"not when the network learns on and its inputs stay ({percent(first.data)} come back)": first.data == 0,
        f"not when the layer before learns on ({percent(second.data)})": second.data == 0,
        f"not for new images ({percent(first.new)})": first.new == 0,
        f"not for images of inverted contrast ({percent(first.inverted)})": first.inverted == 0,
    }
    why = "units silenced for every image learned from; a unit is back if it is above threshold for some image"
    yield claim_of_parts("A2-03", parts, why=why)
    parts = {
        f"with fixed inputs none comes back ({percent(first.data)})": first.data == 0,
        f"its weights do not move (by {first.moved:g})": first.moved == 0,
        f"with inputs from a layer that learns none comes back ({percent(second.data)})": second.data == 0,
    }
    yield claim_of_parts("A2-10", parts, why="plain gradient descent without weight decay")
    drives, leaky = np.linspace(-5.0, 5.0, 1001), LeakyReLU()
    slope, moved = float(leaky.derivative(drives).min()), float(means.loc[("LeakyReLU", "hidden1")].moved)
    parts = {
        "it is max(a x, x)": np.allclose(leaky(drives), np.maximum(slope * drives, drives), atol=1e-15),
        f"its slope is nowhere 0 (least {slope:g})": slope > 0,
        f"weights onto silenced units move (by {moved:.1g}, with ReLU by {first.moved:g})": moved > first.moved,
    }
    why = "a = 0.01; for a above 1 the maximum of the two is x below threshold and a x above it"
    yield claim_of_parts("A2-12", parts, why=why)
    rows = t.revival[(t.revival.epoch == t.revival.epoch.max()) & (t.revival.activation == "LeakyReLU")]
    words = "Fraction of the silenced LeakyReLU units with fixed inputs that are back at the end."
    value = student_interval(rows[rows.layer == "hidden1"].data.to_numpy())
    yield report("leaky", words, value, why="a leak of 0.01 keeps only a hundredth of the gradient")


def by_epoch(ax, t, layer):
    means = t.revival[t.revival.layer == layer].groupby(["activation", "epoch"]).data.mean()
    for name in RECTIFIERS:
        rows, style = means[name], activation_style(name)
        line = style.line() | ({} if len(rows) >= 4 else {"linestyle": "none"})
        ax.plot(rows.index, rows, **line)
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


def other_images(ax, t):
    kinds = {"data": "learned from", "new": "new", "inverted": "inverted"}
    for k, (layer, colour) in enumerate(zip(LAYERS, ("blue", "vermillion"), strict=True)):
        rows = at_the_end(t).loc[("ReLU", layer)]
        x = np.arange(len(kinds)) + 0.36 * (k - 0.5)
        ax.bar(x, [rows[kind] for kind in kinds], width=0.32, color=OKABE_ITO[colour], label=f"layer {k + 1}")
    ax.set_xticks(range(len(kinds)), kinds.values())
    ax.set(ylim=(0, 1.04), xlabel="images", ylabel="fraction active")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2)
    return "silenced ReLU units at the end: fraction above threshold for some image, by kind of image"


PANELS = (fixed_inputs, changing_inputs, other_images)

if __name__ == "__main__":
    main(__file__)
