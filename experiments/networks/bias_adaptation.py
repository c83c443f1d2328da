"""Can a network adapt to a new task by its biases alone, how fast, and what of the old one does it keep?

Biases undo a translation of the input exactly, b -> b - W d, where nothing comes before them, and no rotation; new
labels of the same digits ask for other weights. The biases of trained fully connected layers, behind the pixels or
behind convolutions that stay, or all parameters of these layers, learn on until accuracy has come back; then a fresh
linear read-out of the hidden layer says what is left of the old task.

Source: linear algebra; the rotation turns every plane of a random basis by the same angle.
"""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

import neurosim as ns
from experiments._bounds import POINT
from experiments.networks._digits import Digits, convolved, filters_of, halves, outputs, trained
from neurosim import training
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, below, check, column, judge, main, needed, side
from neurosim.metrics import Interval, linear_probe, student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "images": 300, "epochs": 15}
CHANGES = ("translation", "rotation", "labels")
SMALL, LARGE = 0.5, 1.0
NETWORKS = ("convolutions", "pixels")
WON = (0.25, 0.5, 0.75)
"""Parts of a loss of accuracy that count as won back."""
SWEEPS = {
    "task": ("change", CHANGES),
    "behind": ("network", NETWORKS),
    "size of the translation": ("size", (SMALL, LARGE)),
    "times as many epochs": ("slack", (1.5, 2.0, 4.0)),
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)


class Tuning(Row):
    network: str = column("what the fully connected layers see: pixels, or convolutions, whose weights stay")
    change: str = column("translation or rotation of the inputs, or labels: every digit is called the next one")
    size: float = column("rms displacement over the rms distance of the inputs from their mean; labels: 1")
    tuned: str = column("biases, or everything")
    epoch: int = column("epochs after the change")
    original: float = column("accuracy on the test images before the change")
    accuracy: float = column("accuracy on changed test images")
    old: float = column("accuracy of a fresh linear read-out of the hidden layer on the unchanged task; NaN: not asked")


def compute(p, seed, lab):
    x, y, test, labels = halves(p, seed)
    rng = ns.randomness.stream(seed, "stimulus", "changes")
    centre = x.mean(axis=0)
    spread = math.sqrt(float(((x - centre) ** 2).sum(axis=1).mean()))
    basis = np.linalg.qr(rng.standard_normal((64, 64)))[0]
    angle = 2.0 * math.asin(LARGE / 2.0)  # turning every plane by one angle moves every input by this fraction
    turn = np.kron(np.eye(32), [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    changes = {
        ("translation", LARGE): lambda z: z + LARGE * spread * basis[:, 0],
        ("translation", SMALL): lambda z: z + SMALL * spread * basis[:, 0],
        ("rotation", LARGE): lambda z: centre + (z - centre) @ (basis @ turn @ basis.T).T,
        ("labels", LARGE): lambda z: z,
    }
    for kind, see in zip(NETWORKS, (partial(convolved, filters_of(x)), lambda z: z), strict=True):
        network, old = trained(p, seed, see), (see(x), y, see(test), labels)
        original = accuracy(outputs(network, old[2]), labels)
        for (change, size), moved in changes.items():
            new = int(change == "labels")
            tasks = (see(moved(x)), (y + new) % 10), (see(moved(test)), (labels + new) % 10)
            for tuned in ("biases", "everything"):
                for row in tuning(p, seed, network, tuned, *tasks, old):
                    yield Tuning(kind, change, size, tuned, row[0], original, *row[1:])


def tuning(p, seed, network, tuned, learned, tested, old):
    """By epoch, accuracy while some of a trained network learns on, and at both ends what is left of the old task."""
    x, y, test, labels = old
    found = []

    def observe(epoch, now):
        left = math.nan
        if epoch in (0, p.epochs):
            hidden = [now.forward({"input": each}).activity["hidden1"] for each in (x, test)]
            left = 1.0 - linear_probe(hidden[0], y, hidden[1], labels).test_error
        found.append((epoch, accuracy(outputs(now, tested[0]), tested[1]), left))

    training.train(
        network.to_circuit(), network.to_cells(), *learned, epochs=p.epochs, seed=seed, progress=False,
        observe=observe, learn=("biases",) if tuned == "biases" else ("weights", "biases"),
        optimiser=training.SGD(learning_rate=0.05),
    )  # fmt: skip
    return found


def of(t, change="translation", network=NETWORKS[0], size=LARGE):
    rows = t.tuning[(t.tuning.change == change) & (t.tuning.network == network)]
    return rows[rows["size"] == size]


def beyond(rows, tuned, goal=0.5):
    """Accuracy won back less a part of what the change cost, by network (down) and epoch."""
    rows = rows[rows.tuned == tuned]
    course = rows.pivot(index="seed", columns="epoch", values="accuracy")
    lost = rows.groupby("seed").original.mean() - course[0]
    return course.sub(course[0] + goal * lost, axis=0)


def quick(t, role, slack=2.0, goal=0.5, **where):
    """The way to a part of the loss is not much longer with biases alone; where neither gets there nothing is said."""
    epochs = []
    for tuned in ("biases", "everything"):
        there = beyond(of(t, **where), tuned, goal).iloc[:, 1:] >= 0
        # Who never gets there is counted as one epoch more than there were.
        epochs.append(1 + np.where(there.any(axis=1), there.to_numpy().argmax(axis=1), there.shape[1]))
    neither = (np.minimum(*epochs) > there.shape[1]).any()
    found = Interval(*3 * (math.nan,), 0) if neither else student_interval(np.log2(epochs[0] / epochs[1]))
    words = (
        f"{where.get('change', CHANGES[0])}: doublings of the epochs to {goal:g} of the loss, biases over everything"
    )
    return role(words, found, below(math.log2(slack)), possible=(-10, 10))


def adapts(t, won=0.5, slack=2.0, **where):
    """What A1-41 asks: biases win back much of what the change costs, and quickly."""
    back = student_interval(beyond(of(t, **where), "biases", won).iloc[:, -1].to_numpy())
    words = f"{where.get('change', CHANGES[0])}: accuracy that biases alone win back less {won:g} of what it costs"
    return [needed(words, back, above(0.0), possible=(-2, 2)), quick(t, side, slack, won, **where)]


def keeps(t, slack=2.0, least=POINT, **where):
    """What A1-60 asks: after tuning the biases as much of the old task is left as before, and the way is not longer."""
    rows, change = of(t, **where), where.get("change", CHANGES[0])
    old = rows.dropna(subset="old").pivot(index="seed", columns=["tuned", "epoch"], values="old")
    before, biases, everything = old.biases[0], old.biases.iloc[:, -1], old.everything.iloc[:, -1]
    words, rule, span = f"{change}: accuracy of a fresh read-out of the old task,", above(-least), (-1, 1)
    return [
        needed(f"{words} after tuning biases minus before", student_interval(biases - before), rule, possible=span),
        quick(t, needed, slack, **where),
        side(f"{words} biases tuned minus all", student_interval(biases - everything), rule, possible=span),
    ]


def answer(t):
    gained, left = ({c: beyond(of(t, c), "biases", goal).mean().iloc[-1] for c in CHANGES} for goal in (0.0, 1.0))
    back = {change: 100 * gained[change] / (gained[change] - left[change]) for change in CHANGES}
    return (
        f"It depends on the task: behind convolutions biases alone win back {back['translation']:.0f} % of what a "
        f"translation costs, {back['rotation']:.0f} % after a rotation of equal size and {back['labels']:.0f} % with "
        "new labels."
    )


def findings(t):
    over = {
        rule: {name: {v: rule(t, **{key: v}) for v in values} for name, (key, values) in SWEEPS.items()}
        for rule in (adapts, keeps)
    }
    yield judge(
        "A1-41",
        *adapts(t),
        over={**over[adapts], "part": {won: adapts(t, won) for won in WON}},
        why="biases of both fully connected layers, trained on the new task; half of the loss counts as adapted, up to "
        "twice as many epochs as all parameters need as quick",
    )
    yield judge(
        "A1-60",
        *keeps(t),
        over={**over[keeps], "points": {least: keeps(t, least=least) for least in (POINT, 0.02, 0.05)}},
        why="keeps: a fresh read-out of the old task loses less than a point, or two, or five, against that before the "
        "change, and no more than with all weights tuned, a side part (an earlier rule asked for a point more than "
        "these keep, which after a translation keep nearly all); quickly: up to twice as many epochs to half of the "
        "loss as all weights need. New labels and rotations ask for other features, where biases may give up the old",
    )
    last = [of(t, change).query("tuned == 'biases' and epoch == epoch.max()") for change in ("translation", "rotation")]
    gap = student_interval(last[0].set_index("seed").accuracy - last[1].set_index("seed").accuracy)
    words = "Trained biases win back less after a rotation than after a translation of equal size."
    why = "bias training may end anywhere; 5 points are many standard errors over test images and networks"
    yield check("rotation_not_undone", words, gap, above(0.05), why=why)


def accuracies(ax, t):
    for k, (change, colour) in enumerate((("translation", "bluish green"), ("rotation", "vermillion"))):
        rows = of(t, change)[of(t, change).tuned == "biases"]
        first, last = rows[rows.epoch == 0], rows[rows.epoch == rows.epoch.max()]
        found = [student_interval(each.to_numpy()) for each in (first.original, first.accuracy, last.accuracy)]
        x = np.arange(3) + 0.12 * (k - 0.5)
        ax.vlines(x, [max(0, f.low) for f in found], [min(1, f.high) for f in found], color=OKABE_ITO[colour])
        ax.plot(x, [f.value for f in found], "os"[k], color=OKABE_ITO[colour], label=change)
    ax.set_xticks(range(3), ["original", "changed", "biases\ntrained"])
    ax.set(xlim=(-0.4, 2.4), ylim=(0, 1.02), ylabel="test accuracy", xlabel="state of the network")
    ax.legend(loc="lower left")
    return "accuracy on digits after all inputs moved by their rms distance from the mean; bars: 95 % intervals"


def by_epoch(ax, t):
    for change, colour in zip(CHANGES, ("bluish green", "vermillion", "black"), strict=True):
        for tuned, line in (("biases", "-"), ("everything", ":")):
            rows = of(t, change)
            course = rows[rows.tuned == tuned].groupby("epoch").accuracy.mean()
            label = change if tuned == "biases" else None
            ax.plot(course.index, course, line, color=OKABE_ITO[colour], marker="none", label=label)
    ax.set(xlabel="epochs after the change", ylabel="test accuracy", ylim=(0, 1.02))
    ax.legend(loc="lower right")
    return "accuracy on the new task while the biases (lines) or all parameters (dotted) learn, mean over networks"


PANELS = (accuracies, by_epoch)

if __name__ == "__main__":
    main(__file__)
