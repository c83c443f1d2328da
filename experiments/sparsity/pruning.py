"""Does taking the small weights out of a network resemble the silence of its ReLUs?

After learning the smallest weights of the whole network are set to 0 (magnitude pruning, nothing is learned anew), or
as many random ones, or in each layer the smallest activities of each example. Half of the weights can go for at most
1.5 points of accuracy, nine tenths cost 5 or more, and with one in 200 left the network guesses. Pruning takes the same
weights for every input, while two inputs make different sets of ReLUs active.

Sources: Han et al., NIPS (2015) (magnitude pruning); Gale, Elsen & Hooker, arXiv:1902.09574 (2019) (magnitude pruning
as a baseline); Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.sparsity._prototypes import (
    CLASSES,
    HIDDEN,
    QUICK_NETWORKS,
    Networks,
    forward,
    learned,
    operations,
    smallest_gone,
)
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, below, check, claim_of_parts, column, main
from neurosim.metrics import jaccard, student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO
from neurosim.training import Network

QUICK = {"seeds": 3, **QUICK_NETWORKS}
NEEDED = (0.0, 0.5, 0.9, 0.995)
"""Fractions of the weights that the findings ask about."""
SEEN = "a simulation apart from this one: 0.987 whole, 0.9845 at 50 %, 0.863 at 90 %, 0.110 at 99.5 %"


@dataclass(frozen=True, kw_only=True)
class Parameters(Networks):
    seeds: int = param(5, doc="number of networks, the unit of replication", low=2)
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
    route: str = column("weights: the smallest go; random: any go; activities: the smallest of each example and layer")
    removed: float = column("fraction that is set to 0")
    left: float = column("fraction that is not 0 then")
    accuracy: float = column("fraction of the test examples classified correctly")
    largest_removed: float = column("largest magnitude that went, in standard deviations of all weights")
    smallest_kept: float = column("smallest magnitude that stayed, likewise")
    operations: float = column("fraction of the multiplications that are left when zeros are skipped")


class Overlap(Row):
    layer: int = column("hidden layer")
    pairs: str = column("same: two examples of one class; different: of two classes")
    overlap: float = column("overlap (Jaccard) of the sets of active units of two examples, mean over pairs")
    chance: float = column("the same for independent sets of that size")
    active: float = column("fraction of the activities above 0")


class Zeros(Row):
    zeros: int = column("hidden activities that are exactly 0, over examples and units")
    changed: float = column("largest change of an output when the connections of all silent units are left out")


def compute(p, seed, lab):
    found = lab.once(learned, p, seed)
    network, x, y = Network(found["circuit"], found["cells"]), found["x"], found["y"]
    flat = np.concatenate([w.ravel() for w in network.weights.values()])
    ends = np.cumsum([w.size for w in network.weights.values()])[:-1]
    size, sd = np.abs(flat), float(flat.std())
    order = ns.randomness.stream(seed, "init", "random pruning").permutation(len(flat))
    for fraction in p.removed:
        any_gone = flat.copy()
        any_gone[order[: round(fraction * len(flat))]] = 0.0
        for route, values in (("weights", smallest_gone(flat, fraction)), ("random", any_gone)):
            parts = zip(network.weights.items(), np.split(values, ends), strict=True)
            weights = {name: part.reshape(w.shape) for (name, w), part in parts}
            logits, hidden = forward(network, weights, x)
            gone, stay = size[(values == 0) & (flat != 0)], size[values != 0]
            yield Pruned(
                route, fraction, (values != 0).mean(), accuracy(logits, y), gone.max() / sd if gone.size else 0.0,
                stay.min() / sd, operations(weights, x, hidden),
            )  # fmt: skip
        logits, hidden = forward(network, network.weights, x, lambda a, fraction=fraction: smallest_gone(a, fraction))
        left = np.mean([(a != 0).mean() for a in hidden.values()])
        done = operations(network.weights, x, hidden)
        yield Pruned("activities", fraction, left, accuracy(logits, y), np.nan, np.nan, done)
    yield from overlaps(network, x, y)
    yield silence(network, x[:50])


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


def silence(network, x):
    """What the output loses when every connection that leaves a silent unit is left out."""
    outputs = network.forward({"input": x}).activity[network.output]
    changed, count = 0.0, 0
    for before, right in zip(x, outputs, strict=True):
        for name in network.order:
            on = np.flatnonzero(before)
            before = network.weights[f"to_{name}"][:, on] @ before[on] + network.biases[name]
            if name != network.output:
                before = network.activations[name](before)
                count += int((before == 0).sum())
        changed = max(changed, float(np.abs(before - right).max()))
    return Zeros(count, changed)


def after(t, fraction, route="weights", than=None):
    """Accuracy with a fraction removed, or its loss against another state, over networks."""
    by_seed = t.pruned[t.pruned.route == route].pivot(index="seed", columns="removed", values="accuracy")
    return student_interval((by_seed[fraction] if than is None else by_seed[than] - by_seed[fraction]).to_numpy())


def answer(t):
    other = t.overlap[t.overlap.pairs == "different"].overlap.mean()
    return (
        f"Only in part: half of the weights can go ({100 * after(t, 0.5).value:.1f} % of "
        f"{100 * after(t, 0.0).value:.1f} % correct remain), but pruning silences the same for every input, ReLU other "
        f"units (overlap {other:.2f})."
    )


def findings(t):
    why = "magnitude pruning over all layers, nothing is learned anew"
    words = "Half of the weights can go for at most 1.5 points of accuracy."
    yield check("half", words, after(t, 0.5, than=0.0), below(0.015), why=why, source=SEEN)
    words = "Nine tenths cost 5 points or more."
    yield check("nine_tenths", words, after(t, 0.9, than=0.0), above(0.05), why=why, source=SEEN)
    weights = t.pruned[(t.pruned.route == "weights") & (t.pruned.removed > 0)]
    largest = weights[weights.removed == 0.5].largest_removed.max()
    parts = {
        "every weight that goes is smaller than every one that stays": (
            weights.largest_removed <= weights.smallest_kept
        ).all(),
        f"of half of the weights the largest that goes is below one standard deviation ({largest:.2f})": largest < 1.0,
    }
    why = "magnitude pruning is made so; close to zero is measured against the weights' own spread"
    yield claim_of_parts("A1-18", parts, why=why)
    loss = after(t, 0.0).value - after(t, 0.5).value
    by_seed = t.pruned.pivot(index="seed", columns=["route", "removed"], values="accuracy")
    better = [student_interval((by_seed["weights"][f] - by_seed["random"][f]).to_numpy()) for f in (0.5, 0.9)]
    alike = student_interval(t.overlap[t.overlap.pairs == "different"].groupby("seed").overlap.mean().to_numpy())
    parts = {
        f"both leave half out almost for nothing (zeros of ReLU change outputs by {t.zeros.changed.max():.1g}; half of "
        f"the weights cost {100 * loss:.2f} points)": t.zeros.changed.max() < 1e-9 and loss <= 0.015,
        "what pruning keeps is the useful part (accuracy over random pruning: "
        + " and ".join(f"{v.value:+.3f} [{v.low:+.3f}, {v.high:+.3f}]" for v in better)
        + ")": all(v.low > 0 for v in better),
        f"both leave the same out for every input (active sets of two classes overlap by {alike.value:.2f})": (
            alike.low >= 0.9
        ),
    }
    why = "95 % Student intervals over networks; an overlap (Jaccard) of 0.9 would count as the same"
    yield claim_of_parts("A0-14", parts, why=why)


def accuracy_against_what_is_left(ax, t):
    looks = {"weights": ("blue", "o-", "smallest weights"), "random": ("black", "D:", "random weights"),
             "activities": ("vermillion", "s--", "smallest activities")}  # fmt: skip
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
        "test accuracy when the smallest weights of the whole network, random ones, or the smallest activities of each "
        "example and layer are set to 0; bars: 95 % intervals over networks; dotted: chance"
    )


def overlap_of_two_inputs(ax, t):
    places = [(layer, pairs) for layer in (1, 2) for pairs in ("same", "different")]
    for k, (layer, pairs) in enumerate(places):
        rows = t.overlap[(t.overlap.layer == layer) & (t.overlap.pairs == pairs)]
        x = k + np.linspace(-0.12, 0.12, len(rows))
        ax.plot(x, rows.overlap, "s", color=OKABE_ITO["vermillion"], label="active ReLUs" if k == 0 else None)
        ax.hlines(rows.chance.mean(), k - 0.3, k + 0.3, color="0.5", linestyle=":",
                  label="independent sets" if k == 0 else None)  # fmt: skip
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
