"""Which changes of its input can a layer undo by its biases alone?

The bias b - W d undoes the translation x + d of the input of a ReLU layer exactly. A rotation changes what every unit
sees from pattern to pattern, and no constant undoes that: the best bias of every unit, found by search, should leave
most of the error.

Source: linear algebra; the rotation turns every plane of a random basis by one angle.
"""

import math
from dataclasses import dataclass

import numpy as np

from neurosim import ReLU
from neurosim.lab import Row, above, check, claim_of_parts, column, main
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "patterns": 300}
ANGLES = (5, 10, 20, 30, 45, 60, 90)  # degrees
CANDIDATES = np.arange(-3.0, 3.01, 0.02)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="random layers", low=2)
    patterns: int = param(2000, doc="patterns that are translated and rotated", low=50)
    inputs: int = param(10, doc="inputs of the layer, an even number", low=2)
    units: int = param(32, doc="units of the layer", low=1)


class Adaptation(Row):
    change: str = column("translation or rotation of the input")
    size: float = column("angle of the rotation in degrees, or length of the translation", "deg or 1")
    displacement: float = column("rms distance that the patterns move, over their rms length")
    before: float = column("rms error of a ReLU layer with the old bias, over the rms of its output")
    residual: float = column("the same with the best bias")
    largest: float = column("largest absolute error with the best bias")


def compute(p, seed, lab):
    rng, relu = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,))), ReLU()
    W, b = rng.standard_normal((p.units, p.inputs)) / math.sqrt(p.inputs), 0.3 * rng.standard_normal(p.units)
    x = rng.standard_normal((p.patterns, p.inputs))
    basis = np.linalg.qr(rng.standard_normal((p.inputs, p.inputs)))[0]
    target, length = relu(x @ W.T + b), math.sqrt(float((x**2).sum(axis=1).mean()))
    power = math.sqrt(float((target**2).mean()))
    for degrees in ANGLES:
        angle = math.radians(degrees)
        turn = np.kron(np.eye(p.inputs // 2), [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        moved = 2.0 * math.sin(angle / 2.0)  # turning every plane by one angle moves every pattern by this fraction
        d = moved * length * basis[:, 0]
        rotated = x @ (basis @ turn @ basis.T).T
        for change, size, shown, best in (
            ("translation", moved * length, x + d, b - W @ d),
            ("rotation", float(degrees), rotated, best_bias(rotated @ W.T, target)),
        ):
            error, before = (relu(shown @ W.T + bias) - target for bias in (best, b))
            displacement = math.sqrt(float(((shown - x) ** 2).sum(axis=1).mean())) / length
            fractions = (math.sqrt(float((e**2).mean())) / power for e in (before, error))
            yield Adaptation(change, size, displacement, *fractions, np.abs(error).max())


def best_bias(drive, target):
    """Per unit the bias in steps of 0.02 with the smallest squared error of its rectified output."""
    errors = [((np.maximum(drive + c, 0.0) - target) ** 2).mean(axis=0) for c in CANDIDATES]
    return CANDIDATES[np.argmin(errors, axis=0)]


def rotated(t):
    return t.adaptation[t.adaptation.change == "rotation"]


def kept(t):
    """Fraction of the error that a rotation keeps with the best bias, mean over angles, by network."""
    rows = rotated(t)
    return student_interval((rows.residual / rows.before).groupby(rows.seed).mean().to_numpy())


def answer(t):
    found = kept(t)
    return (
        f"A translation exactly; of the error that a rotation makes the best biases leave {100 * found.value:.0f} % "
        f"({100 * found.low:.0f} to {100 * min(found.high, 1.0):.0f} %)."
    )


def findings(t):
    rows, moved = rotated(t), t.adaptation[t.adaptation.change == "translation"]
    parts = {
        "a translation of the input is undone exactly": moved.largest.max() <= 1e-12,
        "a rotation is undone to 1 %": rows.residual.max() <= 0.01,
    }
    why = (
        f"after rotations by {rows['size'].min():.0f} to {rows['size'].max():.0f} degrees the best bias leaves errors "
        f"of {100 * rows.residual.min():.0f} to {100 * rows.residual.max():.0f} % of the output's rms"
    )
    yield claim_of_parts("A1-41", parts, why=why)
    words = "Fraction of a rotation's error that the best biases leave."
    yield check("rotation", words, kept(t), above(0.5), why="a translation, the control, leaves none")


def errors(ax, t):
    for change, colour, marker in (("rotation", "vermillion", "s"), ("translation", "blue", "o")):
        rows = t.adaptation[t.adaptation.change == change].assign(step=lambda r: r.displacement.round(6))
        means = rows.groupby("step")[["displacement", "before", "residual"]].mean()
        look = {"color": OKABE_ITO[colour], "marker": marker, "markersize": 3}
        old = {"linestyle": ":", "markerfacecolor": "white", "markeredgewidth": 0.7}
        ax.plot(means.displacement, means.before, label=f"{change}, old bias", **old, **look)
        ax.plot(means.displacement, means.residual, label=f"{change}, best bias", **look)
    ax.set(xlabel="distance moved (rms length of the input)", ylabel="output error (its rms = 1)", ylim=(-0.04, 1.6))
    ax.legend(loc="upper left")
    return "error of a ReLU layer whose input was moved, with the old and with the best bias, mean over seeds"


def by_angle(ax, t):
    rows = rotated(t).assign(kept=lambda r: r.residual / r.before)
    found = {angle: student_interval(values.to_numpy()) for angle, values in rows.groupby("size").kept}
    ax.vlines(list(found), [f.low for f in found.values()], [f.high for f in found.values()], color="black")
    ax.plot(list(found), [f.value for f in found.values()], "o-", color=OKABE_ITO["vermillion"])
    ax.set(xlabel="rotation (degrees)", ylabel="error left / error with the old bias", ylim=(0, 1.05))
    return "fraction of the error that the best biases leave after a rotation; bars: 95 % intervals over seeds"


PANELS = (errors, by_angle)

if __name__ == "__main__":
    main(__file__)
