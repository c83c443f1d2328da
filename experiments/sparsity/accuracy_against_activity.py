"""How little activity can a population afford before a read-out of handwritten digits loses accuracy?

The active fraction falls when the threshold rises or when the units inhibit each other, on every rung. A read-out loses
accuracy when too few units are left, alike on all rungs at the same active fraction. If the silent units were the
unnecessary ones, neither their silence nor their removal would make a difference to the read-out.

Sources: Glorot, Bordes & Bengio, AISTATS (2011); Treves & Rolls, Network 2 (1991) 371.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import POINT, POINT_RANGE
from experiments.sparsity._digits import QUICK_SWEEP, Sweep, curve_of, read_out, responses, scene
from experiments.sparsity._prototypes import forward, shaped, smallest_gone
from neurosim import plots, training
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, column, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param

QUICK = {"seeds": 3, **QUICK_SWEEP}
REMOVED = (0.0, 0.9, 0.95, 0.98)
ROUTES = {"threshold": "shift", "inhibition": "strength"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Sweep):
    seeds: int = param(8, doc="number of seeds, the unit of replication", low=2)


class Tradeoff(Row):
    route: str = column("what was moved: start (nothing), inhibition, or threshold")
    strength: float = column("inhibition as loop gain of the mean rate, at the start")
    shift: float = column("rise of the threshold (threshold distance)")
    rung: str = column("rung")
    active_fraction: float = column("fraction of the entries that are active")
    accuracy: float = column("fraction of the test images that a linear read-out classifies correctly")


class Silence(Row):
    exact_zeros: float = column("fraction of the ReLU's activities that are exactly 0")
    below_threshold: float = column("fraction of the drives at or below its threshold, computed apart")
    always_silent: float = column("fraction of the units that are silent for every image")
    accuracy: float = column("read-out of the ReLU layer")
    silence_accuracy: float = column("read-out that sees only which units are silent")
    chance: float = column("fraction of the most frequent digit among the test images")
    without_silent_half: float = column("read-out without the half of the units that is silent most often")
    pixel_accuracy: float = column("the same read-out of the pixels themselves")


class Pruned(Row):
    removed: float = column("fraction of the weights of a network that learned the images, the smallest, set to 0")
    accuracy: float = column("fraction of the test images classified correctly")


def compute(p, seed, lab):
    here, found = scene(p, seed), lab.once(responses, p, seed)
    lab.note(engine=found["engine"])
    for point in found["points"]:
        where = {name: point[name] for name in ("route", "strength", "shift")}
        labels, train = here.labels[point["settled"]], here.train[point["settled"]]
        for rung, rates in point["rates"].items():
            active = (rates > p.smallest_rate).mean()
            yield Tradeoff(**where, rung=rung, active_fraction=active, accuracy=read_out(rates, labels, train))
        if point["route"] == "start":
            yield silence(here, point["rates"]["artificial"])
    yield from pruned(here, seed)


def pruned(here, seed):
    """A ReLU network of this size that learned the same images, without its smallest weights."""
    x, labels, train = here.shown.flat, here.labels, here.train
    circuit, cells = training.layered((x.shape[1], here.units, 10), seed=seed)
    optimiser = training.SGD(learning_rate=0.05)
    run = training.train(circuit, cells, x[train], labels[train], optimiser=optimiser, seed=seed, epochs=30, batch=20,
                         progress=False)  # fmt: skip
    network = training.Network(run.circuit, run.cells)
    values = np.concatenate([w.ravel() for w in network.weights.values()])
    for removed in REMOVED:
        logits, _ = forward(network, shaped(network, smallest_gone(values, removed)), x[~train])
        yield Pruned(removed, accuracy(logits, labels[~train]))


def silence(here, activity):
    """What the silent units of the ReLU layer mean to a read-out."""
    labels, train = here.labels, here.train
    silent = activity == 0
    talkative = np.argsort(silent[train].mean(axis=0), kind="stable")[: here.units // 2]
    return Silence(
        exact_zeros=silent.mean(),
        below_threshold=(here.drive <= curve_of(here.cells["artificial"]).as_dict()["threshold"]).mean(),
        always_silent=silent.all(axis=0).mean(),
        accuracy=read_out(activity, labels, train),
        silence_accuracy=read_out((~silent).astype(np.float64), labels, train),
        chance=np.bincount(labels[~train]).max() / (~train).sum(),
        without_silent_half=read_out(activity[:, talkative], labels, train),
        pixel_accuracy=read_out(here.shown.flat, labels, train),
    )


def swept(t, route, rung="spiking"):
    """Operating points of a route, from its start."""
    return t.tradeoff[(t.tradeoff.rung == rung) & t.tradeoff.route.isin(["start", route])]


def lost(t, route):
    """Accuracy lost from the densest to the sparsest point of a route, spiking rung, and how many are active there."""
    by_seed = swept(t, route).pivot(index="seed", columns=ROUTES[route], values=["accuracy", "active_fraction"])
    read = by_seed["accuracy"]
    return student_interval(read.iloc[:, 0] - read.iloc[:, -1]), by_seed["active_fraction"].iloc[:, -1].mean()


def loses(t, route="threshold", point=POINT, removed=REMOVED[-1]):
    """Accuracy that too little activity costs, and too few weights."""
    pruned = t.pruned.pivot(index="seed", columns="removed", values="accuracy")
    words = f"accuracy that a network loses without the {100 * removed:g} % smallest of its weights"
    rule, span = above(0.0, matters=point), (-1.0, 1.0)
    return [
        needed("accuracy lost from the densest to the sparsest point", lost(t, route)[0], rule, possible=span),
        side(words, student_interval((pruned[0.0] - pruned[removed]).to_numpy()), rule, possible=span),
    ]


def answer(t):
    (by_threshold, left), (by_inhibition, inhibited) = (lost(t, route) for route in ROUTES)
    start = swept(t, "start").active_fraction.mean()
    return (
        f"From {100 * start:.0f} % active, a threshold that leaves {100 * left:.1f} % costs "
        f"{100 * by_threshold.value:.0f} points of accuracy, inhibition that leaves {100 * inhibited:.1f} % costs "
        f"{100 * by_inhibition.value:.0f}."
    )


def findings(t):
    over = {
        "route": {route: loses(t, route) for route in ROUTES},
        "what matters": {point: loses(t, point=point) for point in POINT_RANGE},
        "weights taken out": {removed: loses(t, removed=removed) for removed in REMOVED[1:]},
    }
    why = (
        "read-out of the spiking rung, sparsest against densest point of a route, paired by seed. The article's "
        "example, too high a threshold of pruning, is the side part"
    )
    yield judge("A1-37", *loses(t), why=why, over=over)


def by_threshold(ax, t):
    tradeoff(ax, t, "threshold")
    return "accuracy of a linear read-out against the active fraction as the threshold rises; dotted: of the pixels"


def by_inhibition(ax, t):
    tradeoff(ax, t, "inhibition")
    return "the same as the units inhibit each other more; bars: range over seeds"


def tradeoff(ax, t, route):
    for rung in ns.RUNGS:
        rows = swept(t, route, rung).groupby(ROUTES[route])[["active_fraction", "accuracy"]]
        means, low, high = rows.mean(), rows.min(), rows.max()
        ax.plot(means.active_fraction, means.accuracy, **plots.RUNGS[rung].line())
        ax.vlines(means.active_fraction, low.accuracy, high.accuracy, color=plots.RUNGS[rung].colour, linewidth=0.7)
    ax.axhline(t.silence.pixel_accuracy.mean(), color="0.6", linestyle=":", linewidth=0.8)
    ticks = (0.01, 0.03, 0.1, 0.3, 1.0)
    ax.set(xscale="log", xlim=(max(0.005, t.tradeoff.active_fraction.min() / 1.4), 1.0), ylim=(0, 1))
    ax.set_xticks([tick for tick in ticks if tick >= ax.get_xlim()[0]])
    ax.xaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
    ax.set(xlabel=f"active fraction (by {route})", ylabel="accuracy of the read-out")
    ax.legend(loc="lower right")


def silent_units(ax, t):
    names = {
        "accuracy": "all units",
        "without_silent_half": "without the half\nmost often silent",
        "silence_accuracy": "only which\nare silent",
        "chance": "chance",
    }
    for place, column_ in enumerate(names):
        found = student_interval(t.silence[column_].to_numpy())
        ax.plot(found.value, place, "o", color=plots.RUNGS["artificial"].colour)
        ax.hlines(place, max(found.low, 0.0), min(found.high, 1.0), color=plots.RUNGS["artificial"].colour)
    ax.set_yticks(range(len(names)), names.values())
    ax.set(ylim=(len(names) - 0.5, -0.5), xlim=(0, 1), xlabel="accuracy of the read-out (ReLU)")
    return "what a read-out of the ReLU layer knows without its quietest units, or from silence alone; 95 % intervals"


PANELS = (by_threshold, by_inhibition, silent_units)

if __name__ == "__main__":
    main(__file__)
