"""What do dead units cost a network?

A unit that is silent for every image adds nothing to the next layer, so a network with dead units should be as good as
one that is smaller by as many, and its activity have fewer directions. Where the width is scarce that costs accuracy.
Part of the units of both layers is dead before learning, in networks whose weights are otherwise the same.

Source: Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.activations._by_network import gain, interval, where
from experiments.activations._rectifiers import Digits, accuracy, built, digits
from neurosim.lab import Row, above, column, context, judge, main, needed, side
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import SGD, Network

QUICK = {"seeds": 3, "images": 400, "epochs": 6}
KILLED = (0.25, 0.5, 0.75, 0.9)
"""Fractions of the units of both layers that are dead before learning."""
HALF = 0.5
LOST = 0.05  # part of the directions of the activity whose loss matters


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(20, doc="networks, the unit of replication", low=2)
    epochs: int = param(12, doc="epochs on the digits", low=2)


class Capacity(Row):
    units: int = column("units of each hidden layer")
    killed: float = column("fraction of the units of both layers that were dead before learning; 0: none")
    accuracy: float = column("accuracy on the test images after learning, ReLU")
    smaller: float = column("the same of a network without the dead units, as wide as the rest")
    rank: float = column("directions of the second layer's activity: participation ratio of its covariance")


def compute(p, seed, lab):
    for killed in (0.0, *KILLED):
        yield capacity(p, killed, lab)
    for units in (p.units // 2, 2 * p.units):
        for killed in (0.0, HALF):
            yield capacity(p.replace(units=units), killed, lab)


def capacity(p, killed, lab):
    """A network that learns with some units dead from the start, and one that never had them."""
    x, labels, test_x, test_labels = digits(p)
    alive = max(2, round(p.units * (1.0 - killed)))
    learned = []
    for units in (p.units, alive):
        network = Network(*built(p.replace(units=units), "ReLU", lab.seed))
        for name in network.hidden:
            network.biases[name][alive:] = -1e6
        optimiser = SGD(learning_rate=0.1, momentum=0.0)
        found = lab.train(network.to_circuit(), network.to_cells(), x, labels, optimiser=optimiser, epochs=p.epochs)
        learned.append(Network(found.circuit, found.cells))
    activity = learned[0].forward({"input": test_x}).activity[network.hidden[-1]]
    spread = np.linalg.eigvalsh(np.cov(activity.T))
    right = [accuracy(each, test_x, test_labels) for each in learned]
    return Capacity(p.units, killed, *right, spread.sum() ** 2 / (spread**2).sum())


def widths(t):
    """Units of a hidden layer that were tried; the middle one is the usual."""
    return sorted(int(units) for units in t.capacity.units.unique())


def means(t):
    return where(t.capacity, units=widths(t)[1]).groupby("killed")[["accuracy", "smaller", "rank"]].mean()


def answer(t):
    found = means(t)
    lost = {part: 100 * (found.accuracy[0.0] - found.accuracy[part]) for part in (HALF, KILLED[-1])}
    return (
        f"With half of the units dead the test accuracy falls by {lost[HALF]:.1f} points, with {100 * KILLED[-1]:.0f} "
        f"% dead by {lost[KILLED[-1]]:.1f}; a network without the dead half reaches {100 * found.smaller[HALF]:.1f} % "
        f"against {100 * found.accuracy[HALF]:.1f} %."
    )


def findings(t):
    over = {
        "dead units": {part: weaker(t, part=part) for part in KILLED},
        "points": {point: weaker(t, point=point) for point in POINT_RANGE},
        "units of a layer": {units: weaker(t, units=units) for units in widths(t)},
    }
    why = "units of both layers dead before learning, in networks of the same weights; a loss of one point matters"
    yield judge("A2-22", *weaker(t), over=over, why=why)


def weaker(t, part=HALF, point=POINT, units=None):
    """With this part of the units dead a network is less accurate, and its activity has fewer directions."""
    table = where(t.capacity, units=units or widths(t)[1]).pivot(index="seed", columns="killed")
    lost = table["accuracy"][0.0] - table["accuracy"][part]
    fewer = 1.0 - table["rank"][part] / table["rank"][0.0]
    beside = interval(table["smaller"][part] - table["accuracy"][part])
    return [
        gain(needed, f"accuracy lost with {100 * part:.0f} % of the units dead", lost, point),
        gain(side, "part of the directions of the activity that is lost", fewer, LOST, most=10.0),
        context("accuracy of a network without them minus theirs", beside, above(0.0)),
    ]


def cost(ax, t):
    found = means(t)
    ax.plot(found.index, found.accuracy, "o-", color=OKABE_ITO["vermillion"], label="dead units")
    ax.plot(found.index, found.smaller, "s--", color=OKABE_ITO["blue"], markerfacecolor="none", label="without them")
    ax.set(xlabel="fraction of units dead from the start", ylabel="test accuracy")
    ax.legend(loc="lower left")
    return "test accuracy of ReLU networks with dead units, and of networks that are smaller by as many"


def directions(ax, t):
    found = means(t)
    usual = where(t.capacity, units=widths(t)[1])
    ax.plot(usual.killed, usual["rank"], ".", color="0.7")
    ax.plot(found.index, found["rank"], "o-", color=OKABE_ITO["vermillion"])
    ax.set(xlabel="fraction of units dead from the start", ylabel="directions of the activity", ylim=(0, None))
    return "participation ratio of the second layer's activity; points: networks, line: their mean"


PANELS = (cost, directions)

if __name__ == "__main__":
    main(__file__)
