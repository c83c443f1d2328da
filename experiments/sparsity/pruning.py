"""Does taking the small weights out of a network resemble the silence of its ReLUs?

After learning the smallest weights of the whole network are set to 0 (magnitude pruning, nothing is learned anew), or
as many random ones; of the active units of each layer and example the least active, which a higher threshold would
silence first, or as many random ones. The two are alike if what goes was not needed and what stays is the useful part,
of weights and of activities. They differ in one thing: pruning takes the same weights for every input, ReLU other
units.

Sources: Han et al., NIPS (2015) (magnitude pruning); Gale, Elsen & Hooker, arXiv:1902.09574 (2019) (magnitude pruning
as a baseline); Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

import neurosim as ns
from experiments._bounds import POINT, POINT_RANGE
from experiments.sparsity._prototypes import (
    CLASSES,
    HIDDEN,
    QUICK_NETWORKS,
    Networks,
    forward,
    learned,
    operations,
    shaped,
    smallest_gone,
)
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, below, between, column, context, definition, judge, main, needed
from neurosim.metrics import jaccard, student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO
from neurosim.training import Network

QUICK = {"seeds": 3, **QUICK_NETWORKS}
ASKED = (0.3, 0.5, 0.7)
"""Fractions that the finding asks about: a half, and twenty points to either side."""
NEEDED = (0.0, *ASKED)
SEEN = "a simulation apart from this one: accuracy 0.987 whole, 0.9845 at 50 %, 0.863 at 90 %, 0.110 at 99.5 %"


@dataclass(frozen=True, kw_only=True)
class Parameters(Networks):
    seeds: int = param(10, doc="number of networks, the unit of replication", low=2)
    removed: tuple[float, ...] = param(
        (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995), doc="fractions that are set to 0", low=0, below=1
    )

    def check(self):
        missing = [fraction for fraction in NEEDED if fraction not in self.removed]
        if missing or list(self.removed) != sorted(set(self.removed)):
            raise ParameterError(
                f"Parameters.removed: got {self.removed}, expected growing fractions with {', '.join(map(str, NEEDED))}"
            )


class Pruned(Row):
    route: str = column("weights: the smallest go; random: any go; activities: of each example and layer the smallest "
                        "active ones; random activities: any active ones")  # fmt: skip
    removed: float = column("fraction that is set to 0, of the weights or of the activities above 0")
    left: float = column("fraction that is not 0 then")
    accuracy: float = column("fraction of the test examples classified correctly")
    operations: float = column("fraction of the multiplications that are left when zeros are skipped")


class Overlap(Row):
    layer: int = column("hidden layer")
    pairs: str = column("same: two examples of one class; different: of two classes")
    overlap: float = column("overlap (Jaccard) of the sets of active units of two examples, mean over pairs")
    chance: float = column("the same for independent sets of that size")
    active: float = column("fraction of the activities above 0")


def compute(p, seed, lab):
    found = lab.once(learned, p, seed)
    network, x, y = Network(found["circuit"], found["cells"]), found["x"], found["y"]
    flat = np.concatenate([w.ravel() for w in network.weights.values()])
    order = ns.randomness.stream(seed, "init", "random pruning").permutation(len(flat))
    rng = ns.randomness.stream(seed, "init", "random activities")
    for fraction in p.removed:
        any_gone = flat.copy()
        any_gone[order[: round(fraction * len(flat))]] = 0.0
        for route, values in (("weights", smallest_gone(flat, fraction)), ("random", any_gone)):
            weights = shaped(network, values)
            logits, hidden = forward(network, weights, x)
            yield Pruned(route, fraction, (values != 0).mean(), accuracy(logits, y), operations(weights, x, hidden))
        for route, draw in (("activities", None), ("random activities", rng)):
            change = partial(thinned, fraction=fraction, rng=draw)
            logits, hidden = forward(network, network.weights, x, change)
            left = np.mean([(a != 0).mean() for a in hidden.values()])
            yield Pruned(route, fraction, left, accuracy(logits, y), operations(network.weights, x, hidden))
    yield from overlaps(network, x, y)


def thinned(activity, fraction, rng=None):
    """Each row without a fraction of its activities above 0: the smallest ones, or with a generator any."""
    active = activity > 0
    rank = np.where(active, activity if rng is None else rng.random(activity.shape), np.inf).argsort(1).argsort(1)
    return np.where(rank < np.round(fraction * active.sum(axis=1, keepdims=True)), 0.0, activity)


def overlaps(network, x, y):
    """How alike the sets of active units of two examples are."""
    run = network.forward({"input": x})
    half = len(y) // 2
    alike = y[:half] == y[half : 2 * half]
    for layer, name in enumerate(HIDDEN, 1):
        active = run.activity[name] > 0
        a, b = np.split(active[: 2 * half].mean(axis=1), 2)
        chance = a * b / np.maximum(a + b - a * b, 1e-12)
        both = jaccard(active[:half].astype(float), active[half : 2 * half].astype(float))
        for pairs, which in (("same", alike), ("different", ~alike)):
            yield Overlap(layer, pairs, np.nanmean(both[which]), chance[which].mean(), active.mean())


def after(t, fraction, route="weights", than=None):
    """Accuracy with a fraction removed, or its loss against another state, over networks."""
    by_seed = t.pruned[t.pruned.route == route].pivot(index="seed", columns="removed", values="accuracy")
    return student_interval((by_seed[fraction] if than is None else by_seed[than] - by_seed[fraction]).to_numpy())


def answer(t):
    other = t.overlap[t.overlap.pairs == "different"].overlap.mean()
    return (
        f"In what it takes, yes: half of the weights can go ({100 * after(t, 0.5).value:.1f} % of "
        f"{100 * after(t, 0.0).value:.1f} % correct remain), and the smaller half of what is active too "
        f"({100 * after(t, 0.5, 'activities').value:.1f} %); but ReLU takes other units for every input (overlap "
        f"{other:.2f})."
    )


def over_random(t, route, fraction):
    """Accuracy when the smallest go, less that when any go, over networks."""
    by_seed = t.pruned[t.pruned.removed == fraction].pivot(index="seed", columns="route", values="accuracy")
    other = {"weights": "random", "activities": "random activities"}[route]
    return student_interval((by_seed[route] - by_seed[other]).to_numpy())


def resembles(t, fraction=0.5, margin=POINT):
    """What the claim needs at a fraction removed: both leave out what is not needed, and keep what is useful."""
    for route in ("weights", "activities"):
        words = f"what the smallest {100 * fraction:g} % of the {route} cost in accuracy"
        yield needed(words, after(t, fraction, route, than=0.0), below(margin), possible=(-1.0, 1.0))
        words = f"accuracy without the smallest {route} over that without random ones"
        yield needed(words, over_random(t, route, fraction), above(0.0, matters=margin), possible=(-1.0, 1.0))


def findings(t):
    yield definition("A1-18", why="magnitude pruning sorts by magnitude and takes the smallest")
    alike = student_interval(t.overlap[t.overlap.pairs == "different"].groupby("seed").overlap.mean().to_numpy())
    words = "overlap of the sets that two classes make active; pruning leaves the same for all (1)"
    why = (
        "resembles: what goes was not needed (less than a point) and what stays is the useful part, of weights and of "
        "the activities above 0; whether it is the same for every input is not claimed"
    )
    over = {
        "fraction removed": {fraction: [*resembles(t, fraction)] for fraction in ASKED},
        "margin": {margin: [*resembles(t, margin=margin)] for margin in POINT_RANGE},
    }
    yield judge("A0-14", *resembles(t), context(words, alike, between(0.9, 1.0)), why=why, source=SEEN, over=over)


def accuracy_against_what_is_left(ax, t):
    looks = {
        "weights": ("blue", "o-", "smallest weights"),
        "random": ("black", "D:", "random weights"),
        "activities": ("vermillion", "s--", "smallest activities"),
        "random activities": ("orange", "^:", "random activities"),
    }
    for route, (colour, look, label) in looks.items():
        rows = t.pruned[t.pruned.route == route].groupby("removed").accuracy
        found = {1 - fraction: student_interval(values.to_numpy()) for fraction, values in rows}
        middle, low, high = (np.array([getattr(v, end) for v in found.values()]) for end in ("value", "low", "high"))
        ax.plot(list(found), middle, look, color=OKABE_ITO[colour], label=label)
        ax.vlines(list(found), low.clip(0, 1), high.clip(0, 1), color=OKABE_ITO[colour], linewidth=0.8)
    ax.axhline(1 / CLASSES, color="0.6", linewidth=0.7, linestyle=":")
    ax.set(xscale="log", ylim=(0, 1.35), xlabel="fraction left", ylabel="test accuracy", yticks=[0.0, 0.5, 1.0])
    ax.set_xticks([0.005, 0.02, 0.1, 0.5, 1.0], ["0.005", "0.02", "0.1", "0.5", "1"])
    ax.minorticks_off()
    ax.legend(loc="upper left", ncols=2)
    return (
        "test accuracy when the smallest weights of the whole network, random ones, or activities of each example and "
        "layer are set to 0; bars: 95 % intervals over networks; dotted: chance"
    )


def overlap_of_two_inputs(ax, t):
    places = [(layer, pairs) for layer in (1, 2) for pairs in ("same", "different")]
    for k, (layer, pairs) in enumerate(places):
        rows = t.overlap[(t.overlap.layer == layer) & (t.overlap.pairs == pairs)]
        x = k + np.linspace(-0.12, 0.12, len(rows))
        ax.plot(x, rows.overlap, "s", color=OKABE_ITO["vermillion"], label="active ReLUs" if k == 0 else None)
        ax.hlines(
            rows.chance.mean(),
            k - 0.3,
            k + 0.3,
            color="0.5",
            linestyle=":",
            label="independent sets" if k == 0 else None,
        )
    ax.axhline(1.0, color=OKABE_ITO["blue"], label="weights left by pruning")
    ax.set_xticks(range(4), [f"layer {layer}\n{pairs} class" for layer, pairs in places])
    ax.set(ylim=(0, 1.05), ylabel="overlap (Jaccard)", xlabel="pairs of examples")
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, 0.94))
    return (
        "overlap of the sets of units that two examples make active, a point per network; pruning is the same for all"
    )


PANELS = (accuracy_against_what_is_left, overlap_of_two_inputs)

if __name__ == "__main__":
    main(__file__)
