"""Which part of batch normalisation keeps a deep network in range: the division, or the offset that is learned?

In a deep ReLU network the division keeps activities in range whatever the weights; centring and an offset alone do not.
Gradients of normalised networks grow with depth all the same. A factor of 10 from the first to the last layer counts as
in range, over weights of a quarter, once and four times He's variance and offsets 0 and 1.

Sources: Ioffe & Szegedy, arXiv:1502.03167 (2015); Yang et al., arXiv:1902.08129 (2019).
"""

import math
from dataclasses import dataclass

import numpy as np

from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "depth": 16}
KINDS = (("plain", 0.0), ("offset", 0.0), ("offset", 1.0), ("normalised", 0.0), ("normalised", 1.0))
SCALES = (0.25, 1.0, 4.0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(8, doc="networks, the unit of replication", low=2)
    depth: int = param(30, doc="layers", low=4)


class Depth(Row):
    kind: str = column("plain; offset: mean removed and beta added; normalised: divided by the deviation too")
    beta: float = column("offset")
    scale: float = column("weight variance over that of He")
    activity: float = column("log10 of the mean squared activity, last over first layer")
    gradient: float = column("log10 of the mean squared gradient of the drives, first over last layer")


def compute(p, seed, lab):
    for scale in SCALES:
        for kind, beta in KINDS:
            yield Depth(kind, beta, scale, *through(p.depth, kind, beta, scale, lab.stream("weights", "deep")))


def through(depth, kind, beta, scale, rng, width=64, batch=96):
    """Logarithms of the growth of activities and gradients through a deep network."""
    h, layers, squares = rng.standard_normal((batch, width)), [], []
    for _ in range(depth):
        w = rng.standard_normal((width, width)) * math.sqrt(2.0 * scale / width)
        drive, spread = normalised(h @ w.T, kind, beta)
        h = np.maximum(drive, 0.0)
        layers.append((w, drive, spread))
        squares.append(float(np.mean(h**2)))
    back, gradients = rng.standard_normal((batch, width)), []
    for w, drive, spread in reversed(layers):
        back = back * (drive > 0)
        gradients.append(float(np.mean(back**2)))
        back = normalised_gradient(back, drive - beta, spread, kind) @ w
    return math.log10(squares[-1] / squares[0]), math.log10(gradients[-1] / gradients[0])


def normalised(z, kind, beta):
    """Drives (batch, units) after plain, offset-only or full batch normalisation, and what they were divided by."""
    if kind == "plain":
        return z, np.ones(z.shape[1])
    centred = z - z.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0) + 1e-12) if kind == "normalised" else np.ones(z.shape[1])
    return centred / spread + beta, spread


def normalised_gradient(back, y, spread, kind):
    """The gradient by z from that by `normalised(z)` (Ioffe & Szegedy, section 3); y is the result without offset."""
    if kind == "plain":
        return back
    back = back - back.mean(axis=0)
    if kind == "normalised":
        back = (back - y * (back * y).mean(axis=0)) / spread
    return back


def worst(t, kind, name):
    """Largest power of ten over offsets and scales, mean over networks."""
    return float(t.depth[t.depth.kind == kind].groupby(["beta", "scale"])[name].mean().abs().max())


def answer(t):
    return (
        f"The division: with it activities stay within 10^{worst(t, 'normalised', 'activity'):.1f}, with the offset "
        f"alone they change by up to 10^{worst(t, 'offset', 'activity'):.1f}."
    )


def findings(t):
    parts = {}
    for kind, words in (("normalised", "with the division"), ("offset", "with the offset alone")):
        for name, say in (
            ("activity", "activities stay in range"),
            ("gradient", "gradients neither vanish nor explode"),
        ):
            parts[f"{words} {say} (10^{worst(t, kind, name):.1f} at worst)"] = worst(t, kind, name) < 1.0
    why = f"a factor of 10 counts as in range (without anything: 10^{worst(t, 'plain', 'activity'):.1f})"
    yield claim_of_parts("A1-45", parts, why=why, source="Ioffe & Szegedy 2015; Yang et al. 2019")
    rows = t.depth[(t.depth.kind == "normalised") & (t.depth.beta == 0) & (t.depth.scale == 1)]
    words = "log10 of the growth of squared gradients through the normalised network at He's variance."
    yield report("gradient_growth", words, student_interval(rows.gradient.to_numpy()), source="Yang et al. 2019")


def growth(ax, t, name):
    labels = {"plain": "nothing", "offset": "offset only", "normalised": "division too"}
    colours = {"plain": "black", "offset": "vermillion", "normalised": "bluish green"}
    for k, (kind, beta) in enumerate(KINDS):
        rows = t.depth[(t.depth.kind == kind) & (t.depth.beta == beta)].groupby("scale")[name].mean()
        label = labels[kind] if kind == "plain" else f"{labels[kind]}, β = {beta:g}"
        x = np.arange(len(rows)) + 0.06 * (k - 2)
        ax.plot(x, rows, "o" if beta == 0 else "s", color=OKABE_ITO[colours[kind]], label=label)
    ax.axhspan(-1, 1, color="0.92", zorder=0)
    ax.set_xticks(range(len(SCALES)), [f"{scale:g}" for scale in SCALES])
    ax.set_xlabel("weight variance / He's")


def activities(ax, t):
    growth(ax, t, "activity")
    ax.set(ylabel="log10 (activity, last / first layer)")
    ax.legend(loc="upper left")
    return "growth of the mean squared activity through the network; grey: within a factor of 10"


def gradients(ax, t):
    growth(ax, t, "gradient")
    ax.set(ylabel="log10 (gradient, first / last layer)")
    return "growth of the mean squared gradient on the way back"


PANELS = (activities, gradients)

if __name__ == "__main__":
    main(__file__)
