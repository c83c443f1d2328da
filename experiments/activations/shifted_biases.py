"""Does too large a shift of the biases destroy what a network learned, and do weights that move along save it?

For a Gaussian drive a threshold that is raised by b standard deviations leaves the fraction Q(b) of the units active:
16 % at b = 1, 0.1 % at 3. A trained network loses what the silent units told. If the weights go on learning with the
shifted biases, much of the loss should come back, as long as enough units are active to learn at all.

Source: Q(b) = erfc(b / sqrt 2) / 2.
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._rectifiers import Digits, built, digits, interval
from neurosim import decisions
from neurosim.lab import Row, above, column, context, judge, main, needed
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import Network

QUICK = {"seeds": 3, "images": 400, "epochs": 8}
SHIFTS = (0.5, 1.0, 2.0, 3.0)
LARGE, LARGE_RANGE = 2.0, (1.0, 2.0, 3.0)
MATTERS = 0.1  # ten points of accuracy


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    layers: int = param(1, doc="hidden layers", low=1)
    epochs: int = param(15, doc="epochs before the shift, and of the weights after it", low=1)


class Shifted(Row):
    shift: float = column("by how much the hidden biases were lowered, in standard deviations of each unit's drive")
    active: float = column("fraction of the hidden activities above 0 after the shift")
    before: float = column("test accuracy before the shift")
    after: float = column("test accuracy after it")
    updated: float = column("test accuracy after the weights learned on with the shifted biases")


def compute(p, seed, lab):
    x, labels, test_x, test_labels = digits(p)
    circuit, cells = built(p, "ReLU", seed)
    found = lab.train(circuit, cells, x, labels, epochs=p.epochs)
    network = Network(found.circuit, found.cells)
    drive = network.forward({"input": x}).drive
    before = decisions.accuracy(network.forward({"input": test_x}).activity["output"], test_labels)
    for shift in SHIFTS:
        moved = Network(found.circuit, found.cells)
        for name in moved.hidden:
            moved.biases[name] -= shift * drive[name].std(axis=0)
        run = moved.forward({"input": test_x})
        active = np.mean([(run.activity[name] > 0).mean() for name in moved.hidden])
        again = lab.train(moved.to_circuit(), moved.to_cells(), x, labels, epochs=p.epochs, learn=("weights",))
        output = Network(again.circuit, again.cells).forward({"input": test_x}).activity["output"]
        after, updated = (decisions.accuracy(each, test_labels) for each in (run.activity["output"], output))
        yield Shifted(shift, active, before, after, updated)


def rows(t, shift):
    return t.shifted[np.isclose(t.shifted["shift"], shift)].sort_values("seed")


def answer(t):
    found = rows(t, LARGE)[["before", "after", "updated", "active"]].mean()
    return (
        f"Yes: biases lowered by {LARGE:g} standard deviations take the test accuracy from {100 * found.before:.0f} to "
        f"{100 * found.after:.0f} % ({100 * found.active:.0f} % active); weights that learn on bring it back to "
        f"{100 * found.updated:.0f} %."
    )


def findings(t):
    over = {
        "shift": {shift: destroys(t, shift, MATTERS) for shift in LARGE_RANGE},
        "points": {points: destroys(t, LARGE, points) for points in (0.05, MATTERS, 0.2)},
    }
    why = "large: two standard deviations of each unit's drive; ten points of accuracy matter"
    yield judge("A1-49", *destroys(t, LARGE, MATTERS), over=over, why=why)


def destroys(t, shift, points):
    """A large shift costs accuracy, and weights that are updated along with it win most of the loss back."""
    found = rows(t, shift)
    lost = (found.before - found.after).to_numpy()
    return [
        needed(
            f"accuracy lost by a shift of {shift:g}", interval(lost), above(0.0, matters=points), possible=(-1.0, 1.0)
        ),
        needed(
            "accuracy that updates of the weights win back, beyond half of the loss",
            interval((found.updated - found.after).to_numpy() - lost / 2),
            above(0.0),
            possible=(-1.0, 1.0),
        ),
        context("fraction of the activities that is left", interval(found.active.to_numpy()), above(0.0)),
    ]


def accuracies(ax, t):
    means = t.shifted.groupby("shift")[["before", "after", "updated"]].mean()
    looks = {"before": ("0.5", "--"), "after": ("vermillion", "o-"), "updated": ("blue", "s-")}
    words = {"before": "before", "after": "after the shift", "updated": "weights updated"}
    for name, (colour, line) in looks.items():
        ax.plot(means.index, means[name], line, color=OKABE_ITO.get(colour, colour), label=words[name])
    ax.set(ylim=(0, 1.02), xlabel="shift of the biases (sd of the drive)", ylabel="test accuracy")
    ax.legend(loc="lower left")
    return "test accuracy before a shift of the hidden biases, after it, and after the weights learned on with it"


def active(ax, t):
    means = t.shifted.groupby("shift").active.mean()
    ax.plot(t.shifted["shift"], t.shifted.active, ".", color="0.7")
    ax.plot(means.index, means, "o-", color=OKABE_ITO["vermillion"])
    ax.set(ylim=(0, None), xlabel="shift of the biases (sd of the drive)", ylabel="active fraction")
    return "active fraction of the hidden units after the shift; points: networks"


PANELS = (accuracies, active)

if __name__ == "__main__":
    main(__file__)
