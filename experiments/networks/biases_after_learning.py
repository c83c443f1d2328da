"""What do output biases that are changed after learning do for rare classes?

A network that learned from frequent and rare classes has their frequencies in its answers. An output bias lowered by
the logarithm of its class's frequency makes of a posterior under those frequencies one under equal ones; of 99 %
background, a lower bias of the background finds more of the objects. A start at log p does the opposite: it puts the
background first, and learning goes on from there.

Source: Menon et al., arXiv:2007.07314 (2020).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import POINT
from neurosim import training
from neurosim.lab import Row, above, column, context, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

BACKGROUND = 0.99
LOWERED = (0.0, 1.0, 2.0, 4.0)
PARTS = (0.0, 0.5, 1.0)
TAILS = (10, 30, 100)
APART, DISTANCES = 2.5, (1.5, 2.5, 3.5)  # of the classes, in standard deviations: how little they overlap
QUICK = {"seeds": 3, "examples": 1000}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)
    examples: int = param(2000, doc="examples to learn from", low=500)
    epochs: int = param(20, doc="epochs of learning", low=1)


class Shifted(Row):
    ratio: int = column("most frequent over rarest class; 99: one class of objects in 99 % background")
    distance: float = column("of a class's centre from the origin, in standard deviations of its examples")
    start: str = column("zero or prior")
    shift: float = column("what is taken from the background's bias; of many classes this part of log p from each")
    recall: float = column("fraction of the rare classes' test examples (the rarer half of the classes) that are found")
    balanced: float = column("mean over classes of the fraction of test examples that are found")


def compute(p, seed, lab):
    rare = np.array([BACKGROUND, 1 - BACKGROUND])
    cases = [(99, APART, rare), *((ratio, APART, np.geomspace(ratio, 1, 6)) for ratio in TAILS)]
    cases += [(TAILS[-1], distance, np.geomspace(TAILS[-1], 1, 6)) for distance in DISTANCES if distance != APART]
    for ratio, distance, shares in cases:
        shares = shares / shares.sum()
        labels = np.repeat(np.arange(len(shares)), np.maximum(np.round(p.examples * shares), 2).astype(int))
        test = np.repeat(np.arange(len(shares)), 200)
        rng = ns.randomness.stream(seed, "stimulus", "tail", ratio)
        centres = distance * np.eye(8)[: len(shares)]
        x, other = (rng.standard_normal((len(each), 8)) + centres[each] for each in (labels, test))
        for start in ("zero", "prior") if ratio == 99 else ("zero",):
            circuit, cells = training.layered((8, 16, len(shares)), seed=seed)
            circuit = circuit.with_bias(output=np.log(shares)) if start == "prior" else circuit
            run = training.train(
                circuit, cells, x, labels, optimiser=training.SGD(learning_rate=0.05), epochs=p.epochs, seed=seed,
                progress=False,
            )  # fmt: skip
            network = training.Network(run.circuit, run.cells)
            logits = network.forward({"input": other}).activity["output"]
            for shift in LOWERED if ratio == 99 else PARTS:
                lower = shift * (np.arange(len(shares)) == 0) if ratio == 99 else shift * np.log(shares)
                right = (logits - lower).argmax(axis=1) == test
                found = right.reshape(len(shares), -1).mean(axis=1)
                yield Shifted(ratio, distance, start, shift, found[len(shares) // 2 :].mean(), found.mean())


def gain(t, column, ratio, shift, start="zero", distance=APART):
    """By how much the changed biases raise what is found, by network."""
    rows = t.shifted[(t.shifted.ratio == ratio) & (t.shifted.start == start)]
    rows = rows[rows.distance == distance]
    table = rows.pivot(index="seed", columns="shift", values=column)
    return student_interval((table[shift] - table[0.0]).to_numpy())


def answer(t):
    tail, found = gain(t, "balanced", TAILS[-1], 1.0), gain(t, "recall", 99, 2.0)
    return (
        f"Biases lowered by log p raise balanced accuracy in a long tail by {100 * tail.value:.0f} points "
        f"({100 * tail.low:.0f} to {100 * tail.high:.0f}); with a background lowered by 2, {100 * found.value:.0f} "
        "points more of the objects are found."
    )


def attends(t, shift):
    words = f"background's bias {shift:g} lower after learning"
    return [
        needed(
            f"{words}: balanced accuracy rises",
            gain(t, "balanced", 99, shift),
            above(0.0, matters=POINT),
            possible=(-1, 1),
        ),
        context(f"{words}: more of the objects are found", gain(t, "recall", 99, shift), above(0.0)),
    ]


def fair(t, ratio=TAILS[-1], part=1.0, distance=APART):
    words = f"balanced accuracy with biases lowered by {part:g} log p, most frequent over rarest class {ratio}"
    return [
        needed(words, gain(t, "balanced", ratio, part, distance=distance), above(0.0, matters=POINT), possible=(-1, 1))
    ]


def findings(t):
    rows = t.shifted[(t.shifted.ratio == 99) & (t.shifted["shift"] == 0)].pivot(
        index="seed", columns="start", values="recall"
    )
    yield judge(
        "A1-40",
        *attends(t, 2.0),
        context(
            "a start at log p, high for the background, finds more of the objects after learning",
            student_interval((rows.prior - rows.zero).to_numpy()),
            above(0.0),
        ),
        over={"lowered by": {shift: attends(t, shift) for shift in LOWERED if shift}},
        why="99 % background. That more is called an object is certain; that it pays is balanced accuracy. The bias "
        "that makes both classes equal is 4.6 lower; one point matters",
        source="Lin et al. 2017",
    )

    yield judge(
        "A1-59",
        *fair(t),
        over={
            "tail": {ratio: fair(t, ratio) for ratio in TAILS},
            "part of log p": {part: fair(t, part=part) for part in PARTS if part},
            "distance of the classes": {distance: fair(t, distance=distance) for distance in DISTANCES},
        },
        why="six overlapping classes, learned at a geometric tail of frequencies and tested at equal ones; against the "
        "same networks with the biases that they learned; one point matters",
        source="Menon et al. 2020",
    )
    why = "they divide the step of every parameter, of a bias as of a weight, by the size of its own gradients"
    yield definition("A1-48", why=why, source="Kingma & Ba 2015, algorithm 1")


def background(ax, t):
    rows = t.shifted[(t.shifted.ratio == 99) & (t.shifted.start == "zero")]
    for name, label, colour in (("recall", "objects", "vermillion"), ("balanced", "mean of both classes", "black")):
        ax.plot(rows["shift"], rows[name], "o", color=OKABE_ITO[colour], markersize=2.5, alpha=0.5)
        ax.plot(rows.groupby("shift")[name].mean(), color=OKABE_ITO[colour], marker="none", label=label)
    ax.set(xlabel="background's bias lowered by", ylabel="fraction found", ylim=(0, 1.02))
    ax.legend(loc="lower right")
    return "99 % background: test examples found when the background's output bias is lowered after learning"


def tails(ax, t):
    for ratio, colour in zip(TAILS, ("blue", "bluish green", "vermillion"), strict=True):
        rows = t.shifted[(t.shifted.ratio == ratio) & (t.shifted.distance == APART)]
        ax.plot(rows["shift"], rows.balanced, "o", color=OKABE_ITO[colour], markersize=2.5, alpha=0.5)
        ax.plot(rows.groupby("shift").balanced.mean(), color=OKABE_ITO[colour], marker="none", label=f"{ratio} : 1")
    ax.set(xlabel="part of log p taken from the biases", ylabel="balanced accuracy")
    ax.legend(title="most : least frequent", loc="lower right")
    return "six classes with a geometric tail of frequencies, tested at equal ones; a point per network"


PANELS = (background, tails)

if __name__ == "__main__":
    main(__file__)
