"""Can a network adapt to a new task by its biases alone, how fast, and what of the old one does it keep?

Biases undo a translation of the input exactly, b -> b - W d, and no rotation; new labels of the same digits ask for
other weights. The biases of trained networks, or all their parameters, learn on until accuracy has come back; then a
fresh linear read-out of the hidden layer says what is left of the old task.

Source: linear algebra; the rotation turns every plane of a random basis by the same angle.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import POINT
from experiments.networks._digits import Digits, halves, learned, outputs
from neurosim import training
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, below, check, column, context, judge, main, needed, side
from neurosim.metrics import linear_probe, student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "images": 300, "epochs": 15}
SIZES = (0.5, 1.0)
CHANGES = ("translation", "rotation", "labels")
WON = (0.25, 0.5, 0.75)
"""Parts of a loss of accuracy that count as won back."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(10, doc="networks, the unit of replication", low=2)


class Adaptation(Row):
    change: str = column("translation, or rotation of all inputs about their mean")
    size: float = column("rms displacement over the rms distance of the inputs from their mean")
    original: float = column("accuracy on the test images before the change")
    changed: float = column("after the change, nothing adapted")
    biases: float = column("after the biases alone were trained on changed training images")
    exact: float = column("largest difference of an output from the original with b - W d; NaN for the rotation")


class Tuning(Row):
    change: str = column("translation or rotation of the inputs, or labels: every digit is called the next one")
    tuned: str = column("biases, or everything")
    epoch: int = column("epochs after the change")
    accuracy: float = column("accuracy on changed test images")
    old: float = column("accuracy of a fresh linear read-out of the hidden layer on the unchanged task")


def compute(p, seed, lab):
    circuit, cells = lab.once(learned, p, seed)
    network = training.Network(circuit, cells)
    x, y, test, labels = halves(p, seed)
    rng = ns.randomness.stream(seed, "stimulus", "changes")
    centre = x.mean(axis=0)
    spread = math.sqrt(float(((x - centre) ** 2).sum(axis=1).mean()))
    basis = np.linalg.qr(rng.standard_normal((64, 64)))[0]
    original = outputs(network, test)
    for size in SIZES:
        angle = 2.0 * math.asin(size / 2.0)  # turning every plane by one angle moves every input by this fraction
        turn = np.kron(np.eye(32), [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        rotation, d = basis @ turn @ basis.T, size * spread * basis[:, 0]
        for change in ("translation", "rotation"):

            def moved(z, change=change, d=d, rotation=rotation):
                return z + d if change == "translation" else centre + (z - centre) @ rotation.T

            exact = math.nan
            if change == "translation":
                bias = network.biases["hidden1"] - network.weights["to_hidden1"] @ d
                undone = training.Network(network.to_circuit().with_bias(hidden1=bias), network.to_cells())
                exact = float(np.abs(outputs(undone, moved(test)) - original).max())
            tuned = ("biases", "everything") if size == max(SIZES) else ("biases",)
            rows = [
                row
                for each in tuned
                for row in tuning(
                    p, seed, network, change, each, (moved(x), y), (moved(test), labels), (x, y, test, labels)
                )
            ]
            adapted = [row.accuracy for row in rows if row.tuned == "biases"][-1]
            unchanged = accuracy(outputs(network, moved(test)), labels)
            yield Adaptation(change, size, accuracy(original, labels), unchanged, adapted, exact)
            yield from rows if size == max(SIZES) else ()
    for each in ("biases", "everything"):
        renamed = (x, (y + 1) % 10), (test, (labels + 1) % 10)
        yield from tuning(p, seed, network, "labels", each, *renamed, (x, y, test, labels))


def tuning(p, seed, network, change, tuned, learned, tested, old):
    """Accuracy by epoch when some of a trained network learns on; what a read-out gets of the old task at the end."""
    x, y, test, labels = old
    found = []

    def observe(epoch, now):
        hidden = [now.forward({"input": each}).activity["hidden1"] for each in (x, test)]
        probe = linear_probe(hidden[0], y, hidden[1], labels) if epoch in (0, p.epochs) else None
        left = math.nan if probe is None else 1.0 - probe.test_error
        found.append(Tuning(change, tuned, epoch, accuracy(outputs(now, tested[0]), tested[1]), left))

    training.train(
        network.to_circuit(),
        network.to_cells(),
        *learned,
        epochs=p.epochs,
        seed=seed,
        progress=False,
        observe=observe,
        learn=("biases",) if tuned == "biases" else ("weights", "biases"),
        optimiser=training.SGD(learning_rate=0.05),
    )
    return found


def largest(t, change):
    return t.adaptation[(t.adaptation["size"] == max(SIZES)) & (t.adaptation.change == change)].set_index("seed")


def courses(t, change, tuned):
    """Accuracy by network (down) and epoch, and the part of what the change cost that is won back."""
    rows = t.tuning[(t.tuning.change == change) & (t.tuning.tuned == tuned)]
    course = rows.pivot(index="seed", columns="epoch", values="accuracy")
    lost = t.adaptation.groupby("seed").original.mean() - course[0]
    return course, course.sub(course[0], axis=0).div(lost, axis=0)


def adapts(t, change, won=0.5):
    back = student_interval(courses(t, change, "biases")[1].iloc[:, -1].to_numpy())
    words = f"{change}: part of what it costs that biases alone win back"
    return [needed(words, back, above(won), possible=(-5, 2))]


def keeps(t, change, slack=2.0):
    """What A1-60 asks: more of the old task is left, and the way is not much longer."""
    last, epochs = t.tuning.epoch.max(), {}
    for tuned in ("biases", "everything"):
        back = courses(t, change, tuned)[1]
        # Half of the loss is the goal; who never gets there is counted as one epoch more than there were.
        epochs[tuned] = (back >= 0.5).to_numpy().argmax(axis=1) + (last + 1) * ~(back >= 0.5).any(axis=1).to_numpy()
    rows = t.tuning[(t.tuning.change == change) & (t.tuning.epoch == last)]
    old = rows.pivot(index="seed", columns="tuned", values="old")
    longer = student_interval(np.log2(epochs["biases"] / epochs["everything"]))
    return [
        needed(
            f"{change}: accuracy of a fresh read-out of the old task, biases tuned minus all tuned",
            student_interval((old.biases - old.everything).to_numpy()),
            above(0.0, matters=POINT),
            possible=(-1, 1),
        ),
        side(
            f"{change}: doublings of the epochs to half of the loss, biases over everything",
            longer,
            below(math.log2(slack)),
            possible=(-10, 10),
        ),
    ]


def answer(t):
    back = {change: adapts(t, change)[0].value for change in CHANGES}
    return (
        f"It depends on the task: biases alone win back {100 * back['translation']:.0f} % of what a translation costs, "
        f"{100 * back['rotation']:.0f} % after a rotation of equal size and {100 * back['labels']:.0f} % with "
        "new labels."
    )


def findings(t):
    full = {change: courses(t, change, "everything")[1].iloc[:, -1].mean() for change in CHANGES}
    yield judge(
        "A1-41",
        *adapts(t, "translation"),
        over={
            "task": {change: adapts(t, change) for change in CHANGES},
            "part": {won: adapts(t, "translation", won) for won in WON},
        },
        why="biases of both fully connected layers, trained on the new task; half of the loss counts as adapted (a "
        "quarter to three quarters as well). All parameters win back "
        + ", ".join(f"{100 * value:.0f} % ({change})" for change, value in full.items()),
    )
    yield judge(
        "A1-60",
        *keeps(t, "translation"),
        context(
            "the best any tuning could keep: accuracy of a fresh read-out before it",
            student_interval(t.tuning[t.tuning.epoch == 0].groupby("seed").old.mean().to_numpy()),
            above(0.9),
        ),
        over={
            "task": {change: keeps(t, change) for change in CHANGES},
            "slack": {slack: keeps(t, "translation", slack) for slack in (1.5, 2.0, 4.0)},
        },
        why="against the same network of which everything is tuned; one point matters, and up to twice as many epochs "
        "(1.5 to 4 times) count as quick",
    )
    moved, turned = largest(t, "translation"), largest(t, "rotation")
    gap = student_interval((turned.original - turned.biases) - (moved.original - moved.biases))
    words = "Trained biases win back less after a rotation than after a translation of equal size."
    why = "bias training may end anywhere; 5 points are many standard errors over test images and networks"
    yield check("rotation_not_undone", words, gap, above(0.05), why=why)


def accuracies(ax, t):
    for k, (change, colour) in enumerate((("translation", "bluish green"), ("rotation", "vermillion"))):
        rows = largest(t, change)
        found = [student_interval(rows[name]) for name in ("original", "changed", "biases")]
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
            course = courses(t, change, tuned)[0].mean()
            label = change if tuned == "biases" else None
            ax.plot(course.index, course, line, color=OKABE_ITO[colour], marker="none", label=label)
    ax.set(xlabel="epochs after the change", ylabel="test accuracy", ylim=(0, 1.02))
    ax.legend(loc="lower right")
    return "accuracy on the new task while the biases (lines) or all parameters (dotted) learn, mean over networks"


PANELS = (accuracies, by_epoch)

if __name__ == "__main__":
    main(__file__)
