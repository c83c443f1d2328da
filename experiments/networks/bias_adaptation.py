"""Can a network adapt to a shifted world by its biases alone?

Biases undo a translation of the input exactly, b -> b - W d, and no rotation: learning them alone should win a
translation back and lose accuracy on a rotation that moves the inputs as far.

Source: linear algebra; the rotation turns every plane of a random basis by the same angle.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._digits import Digits, halves, learned, outputs
from neurosim import training
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, check, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "images": 300, "epochs": 15}
SIZES = (0.5, 1.0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(8, doc="networks, the unit of replication", low=2)


class Adaptation(Row):
    change: str = column("translation, or rotation of all inputs about their mean")
    size: float = column("rms displacement over the rms distance of the inputs from their mean")
    original: float = column("accuracy on the test images before the change")
    changed: float = column("after the change, nothing adapted")
    biases: float = column("after the biases alone were trained on changed training images")
    exact: float = column("largest difference of an output from the original with b - W d; NaN for the rotation")


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
            run = training.train(
                network.to_circuit(), network.to_cells(), moved(x), y, learn=("biases",), epochs=p.epochs, seed=seed,
                optimiser=training.SGD(learning_rate=0.05), progress=False,
            )  # fmt: skip
            adapted = outputs(training.Network(run.circuit, run.cells), moved(test))
            unchanged = accuracy(outputs(network, moved(test)), labels)
            yield Adaptation(change, size, accuracy(original, labels), unchanged, accuracy(adapted, labels), exact)


def largest(t, change):
    return t.adaptation[(t.adaptation["size"] == max(SIZES)) & (t.adaptation.change == change)].set_index("seed")


def answer(t):
    moved, turned = largest(t, "translation").biases.mean(), largest(t, "rotation").biases.mean()
    return (
        f"For a translation yes: biases alone bring accuracy back to {100 * moved:.1f} %, but only to "
        f"{100 * turned:.1f} % after a rotation of equal size."
    )


def findings(t):
    moved, turned = largest(t, "translation"), largest(t, "rotation")
    gap = student_interval((turned.original - turned.biases) - (moved.original - moved.biases))
    words = "Trained biases win back less after a rotation than after a translation of equal size."
    why = "bias training may end anywhere; 5 points are many standard errors over test images and networks"
    yield check("rotation_not_undone", words, gap, above(0.05), why=why)
    for change, rows in (("translation", moved), ("rotation", turned)):
        words = (
            f"Accuracy after a {change} and training of the biases alone (original {rows.original.mean():.3f}, nothing "
            f"adapted {rows.changed.mean():.3f})."
        )
        yield report(f"after_{change}", words, student_interval(rows.biases))


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


def lost_by_size(ax, t):
    for k, (change, colour) in enumerate((("translation", "bluish green"), ("rotation", "vermillion"))):
        for size in SIZES:
            rows = t.adaptation[(t.adaptation["size"] == size) & (t.adaptation.change == change)]
            x = size + 0.04 * (k - 0.5) + np.linspace(-0.01, 0.01, len(rows))
            label = change if size == SIZES[0] else None
            ax.plot(x, rows.original - rows.biases, "os"[k], color=OKABE_ITO[colour], label=label, alpha=0.7)
    ax.axhline(0, color="0.5", linewidth=0.8)
    ax.set(xticks=SIZES, xlabel="displacement / distance from the mean", ylabel="accuracy still lost")
    ax.legend(loc="upper left")
    return "accuracy that is still lost after training of the biases, a point per network"


PANELS = (accuracies, lost_by_size)

if __name__ == "__main__":
    main(__file__)
