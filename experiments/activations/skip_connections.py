"""Do skip connections keep the gradient over 100 layers?

In a network of the form drive' = drive + W f(drive) with f = ReLU the squared gradient grows by 1 + s^2/2 per layer,
where s^2 is the weight variance times the number of inputs: 2.7-fold over 100 layers with small branches
(s^2 = 2/100), but by 10^17.6 with s^2 = 1. Without the skip connection it falls by 10^-30 with s^2 = 1.

Sources: He et al., CVPR (2016), arXiv:1512.03385; Hanin & Rolnick, NeurIPS (2018), arXiv:1803.01719.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.activations._deep_networks import activation, normal, squares, unit_length
from neurosim.activations import Identity
from neurosim.lab import Row, check, claim_of_parts, column, main, near, report
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.training import Network

QUICK = {"seeds": 3}
DEPTH, WIDTH = 100, 128
CASES = (
    ("plain", 1.0, 1 / 2, "vermillion"),
    ("skip", 1.0, 1 + 1 / 2, "orange"),
    ("skip", 2 / DEPTH, 1 + 1 / DEPTH, "blue"),
)
"""Kind, s^2, factor on the squared gradient per layer, colour."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="random networks, the unit of replication", low=2)


class Residual(Row):
    network: str = column("plain: drive' = W f(drive); skip: drive' = drive + W f(drive)")
    weight_variance: float = column("s^2: variance of a weight times the number of inputs of a unit")
    layer: int = column("layer, from 0")
    theory: float = column("log10 of the squared gradient over that of layer 100 at infinite width")
    log10_gradient: float = column("the same in the simulated network")


def compute(p, seed, lab):
    for kind, variance, factor, _ in CASES:
        found = gradients(lab, math.sqrt(variance), skip=kind == "skip")
        layers = np.arange(DEPTH + 1)
        theory = (DEPTH - layers) * math.log10(factor)
        yield Residual.table(network=kind, weight_variance=variance, layer=layers, theory=theory, log10_gradient=found)


def gradients(lab, scale, *, skip):
    """log10 of the squared gradient of every layer over the last's, with or without the drive handed on as it is."""
    n, same = WIDTH, np.eye(WIDTH)
    populations, projections = [ns.Population("drive0", n)], [ns.Projection("in", "input", "drive0", same, None, 0.0)]
    cells = {"drive0": ns.Unit(activation=Identity())}
    for layer in range(1, DEPTH + 1):
        before, branch, after = f"drive{layer - 1}", f"branch{layer}", f"drive{layer}"
        populations += [ns.Population(branch, n), ns.Population(after, n)]
        weights = scale * normal(n, n, lab.stream("weights", branch))
        projections += [
            ns.Projection(f"to_{branch}", before, branch, same, None, 0.0),
            ns.Projection(f"from_{branch}", branch, after, weights, None, 0.0),
        ]
        if skip:
            projections.append(ns.Projection(f"past_{branch}", before, after, same, None, 0.0))
        cells |= {branch: ns.Unit(activation=activation("ReLU")), after: ns.Unit(activation=Identity())}
    network = Network(ns.Circuit({"input": n}, populations, projections), cells)
    run = network.forward({"input": unit_length(lab.stream("stimulus", "residual"), 1, n)})
    cotangent = lab.stream("init", "residual").standard_normal((1, n))
    found = squares(network, run, f"drive{DEPTH}", cotangent)
    return [math.log10(found[f"drive{layer}"] / found[f"drive{DEPTH}"]) for layer in range(DEPTH + 1)]


def case(t, kind, variance):
    return t.residual[(t.residual.network == kind) & np.isclose(t.residual.weight_variance, variance)]


def ratio(t, kind, variance):
    """log10 of the squared gradient's ratio over all layers: mean over networks with its interval."""
    rows = case(t, kind, variance)
    return student_interval(rows[rows.layer == 0].log10_gradient.to_numpy())


def answer(t):
    plain, large, small = (ratio(t, kind, variance).value for kind, variance, *_ in CASES)
    return (
        f"Yes, if their branches are small: over {DEPTH} ReLU layers the squared gradient changes by 10^{small:.2f}, "
        f"with large branches by 10^{large:.1f}, and without skip connections by 10^{plain:.1f}."
    )


def findings(t):
    plain, large, small = (ratio(t, kind, variance) for kind, variance, *_ in CASES)
    drives = np.linspace(-30.0, 30.0, 6001)
    slope = activation("ReLU").derivative(drives)
    parts = {
        "its slope at positive drive is 1": (slope.max(), slope[drives > 0].min()) == (1.0, 1.0),
        f"{DEPTH} layers with skip connections and small branches keep the squared gradient within a factor of 10 "
        f"(10^{small.value:.2f})": abs(small.value) < 1,
        f"the slope alone does, without skip connections at s^2 = 1 (10^{plain.value:.1f})": abs(plain.value) < 1,
    }
    why = f"the claim says that the depth follows from the slope; width {WIDTH}"
    yield claim_of_parts("A4-11", parts, why=why)
    words = f"A skip connection with small branches keeps the gradient over {DEPTH} layers (log10 of its change)."
    why = "calibrated: five networks of width 128 scatter by less than 0.15 in the mean; plain ones end 30 away"
    rule, source = near(DEPTH * math.log10(1 + 1 / DEPTH), 0.15), f"(1 + s^2/2)^{DEPTH} with s^2 = 2/{DEPTH}"
    yield check("small_branches", words, small, rule, why=why, source=source)
    words = "Skip connections with branches of s^2 = 1 explode (log10 of the change of the squared gradient)."
    why = "a skip connection alone does not keep the gradient: its branch must be small, or be normalised"
    yield report("large_branches", words, large, why=why)


def label(kind, variance):
    return f"{'skip' if kind == 'skip' else 'no skip'} ({variance:g})"


def by_layer(ax, t):
    for kind, variance, _, colour in CASES:
        rows = case(t, kind, variance).groupby("layer")[["theory", "log10_gradient"]].mean()
        ax.plot(rows.index, rows.theory, color=OKABE_ITO[colour], label=label(kind, variance))
        ax.plot(rows.index[::10], rows.log10_gradient[::10], "o", color=OKABE_ITO[colour], markersize=2.6)
    ax.set(xlabel="layer", ylabel="squared gradient (log10)")
    ax.legend(loc="lower right")
    return (
        "squared gradient of each layer over that of the last; lines: infinite width, points: mean over networks; in "
        "brackets s^2 of the branches"
    )


def distances(ax, t):
    for k, (kind, variance, factor, colour) in enumerate(CASES):
        rows = case(t, kind, variance)
        values = rows[rows.layer == 0].log10_gradient - DEPTH * math.log10(factor)
        found = student_interval(values.to_numpy())
        ax.vlines(k, found.low, found.high, color="black")
        ax.plot(k + np.linspace(-0.1, 0.1, len(values)), values, "o", color=OKABE_ITO[colour], markersize=2.6)
    ax.axhline(0.0, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_xticks(range(len(CASES)), [label(kind, variance) for kind, variance, *_ in CASES])
    ax.set(xlim=(-0.5, 2.5), xlabel="network", ylabel="simulated - theory (log10)")
    return f"distance from theory over {DEPTH} layers; points: networks, bars: 95 % intervals of their mean"


PANELS = (by_layer, distances)

if __name__ == "__main__":
    main(__file__)
