"""How often is a ReLU network dead before it has learned anything?

A network without biases is dead on one ray of inputs as soon as all units of one layer are silent there. With hidden
layers of N units that happens with the probability 1 - (1 - 2^-N)^(number of hidden layers), hence almost surely in
deep, narrow networks. A line through 0 is two rays, and the network is dead on it when it is dead on both. Leaky,
parametric and exponential units are never silent.

Source: Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019).
"""

import math
from dataclasses import dataclass

import numpy as np

from neurosim import activations
from neurosim.lab import Row, below, check, column, main
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.theory import born_dead

QUICK = {"line_nets": 20_000}
# Units per layer, number of layers (one more than hidden ones).
RAYS = ((2, 2), (2, 5), (2, 10), (2, 20), (3, 10), (4, 10), (5, 10), (8, 10), (8, 50))
# Width -> probability that a network is dead on the whole line, 1 to 9 hidden layers (60,000 networks).
LINE = {
    2: (0.0, 0.1532, 0.3356, 0.4950, 0.6192, 0.7153, 0.7852, 0.8385, 0.8794),
    3: (0.0, 0.0428, 0.1192, 0.2071, 0.2953, 0.3765, 0.4521, 0.5197, 0.5777),
    4: (0.0, 0.0118, 0.0384, 0.0728, 0.1139, 0.1589, 0.2035, 0.2493, 0.2933),
}
COLOURS = {2: "blue", 3: "vermillion", 4: "bluish green", 5: "orange", 8: "reddish purple"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(1, doc="batches of random networks", low=1)
    nets: int = param(20_000, doc="random networks per width and depth on one ray, per batch", low=100)
    line_nets: int = param(60_000, doc="random networks per width on the whole line, per batch", low=100)


class Rays(Row):
    activation: str = column("class name")
    width: int = column("units per layer")
    layers: int = column("layers: one more than hidden ones")
    dead: float = column("fraction of networks whose output is the same for all inputs on one ray")
    formula: float = column("1 - (1 - 2^-N)^(layers - 1)")
    standard_error: float = column("of a fraction that obeys the formula")


class Line(Row):
    width: int = column("units per layer")
    hidden: int = column("hidden layers")
    dead: float = column("fraction of networks whose output is the same for all inputs of each sign")
    reference: float = column("the same computed elsewhere, 60,000 networks")


def compute(p, seed, lab):
    cases = [("ReLU", *ray) for ray in RAYS] + [(name, 2, 10) for name in ("LeakyReLU", "PReLU", "ELU")]
    for name, width, layers in cases:
        formula = born_dead([width] * (layers - 1)) if name == "ReLU" else 0.0
        found = dead_by_layer(name, width, layers - 1, (1.0,), p.nets, lab.stream("weights", name, width, layers))
        yield Rays(name, width, layers, found[-1], formula, math.sqrt(formula * (1 - formula) / p.nets))
    for width, references in LINE.items():
        rng = lab.stream("weights", "line", width)
        found = dead_by_layer("ReLU", width, len(references), (1.0, -1.0), p.line_nets, rng)
        yield Line.table(width=width, hidden=np.arange(1, 10), dead=found, reference=references)


def dead_by_layer(name, width, hidden, inputs, nets, rng):
    """Fraction of random networks, after each hidden layer, whose output is the same for all inputs of each sign.

    Shapes: activity (nets, inputs, units); a network that is dead on every input is not followed further.
    """
    activation = activations.known()[name]()
    activity = np.broadcast_to(np.array(inputs)[:, np.newaxis], (nets, len(inputs), 1))
    dead = []
    for _ in range(hidden):
        weights = rng.standard_normal((len(activity), width, activity.shape[2]))
        activity = activation(np.einsum("nuj,nij->niu", weights, activity))
        activity = activity[(activity != 0).any(axis=(1, 2))]
        dead.append(1 - len(activity) / nets)
    return dead


def rays(t, name="ReLU"):
    """Means over batches by width and number of layers, with the batches' number."""
    rows = t.rays[t.rays.activation == name].groupby(["width", "layers"], as_index=False)
    return rows[["dead", "formula", "standard_error"]].mean(), t.rays.seed.nunique()


def answer(t):
    found = rays(t)[0].set_index(["width", "layers"]).dead
    return (
        f"With 9 hidden layers {100 * found[2, 10]:.0f} % of networks with 2 units per layer are born dead on one ray "
        f"of inputs, {100 * found[4, 10]:.0f} % with 4 and {100 * found[8, 10]:.1f} % with 8."
    )


def findings(t):
    found, batches = rays(t)
    errors = found.standard_error / math.sqrt(batches)
    words = "ReLU networks are born dead on a ray as often as the formula says (largest distance in standard errors)."
    why = "four standard errors of a binomial fraction, nine widths and depths"
    distance = ((found.dead - found.formula).abs() / errors).max()
    yield check("rays", words, distance, below(4.0), why=why, source="Lu et al. 2019: 1 - (1 - 2^-N)^(L - 1)")
    lines = t.line.groupby(["width", "hidden"])[["dead", "reference"]].mean()
    words = "ReLU networks are dead on the whole line as often as known (largest distance, widths 2 to 4)."
    why = "fixed before the run; two samples of some 60,000 differ by 0.003 (20,000: 0.004)"
    distance = (lines.dead - lines.reference).abs().max()
    yield check("line", words, distance, below(0.01), why=why, source="Monte Carlo, computed elsewhere")


def on_a_ray(ax, t):
    hidden = np.arange(1, 50)
    for width, rows in rays(t)[0].groupby("width"):
        colour = OKABE_ITO[COLOURS[width]]
        ax.plot(hidden, 1 - (1 - 2.0**-width) ** hidden, color=colour, linewidth=0.9)
        ax.plot(rows.layers - 1, rows.dead, "o", color=colour, label=f"N = {width}")
    ax.set_xscale("log")
    ax.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    ax.minorticks_off()
    ax.set(ylim=(-0.02, 1.02), xlabel="hidden layers", ylabel="fraction born dead")
    ax.legend(loc="upper left")
    return (
        "fraction of ReLU networks of N units per layer that are dead on one ray; lines: 1 - (1 - 2^-N)^hidden layers"
    )


def on_a_line(ax, t):
    lines = t.line.groupby(["width", "hidden"])[["dead", "reference"]].mean()
    for width, rows in lines.groupby("width"):
        rows, colour = rows.droplevel("width"), OKABE_ITO[COLOURS[width]]
        ax.plot(rows.index, rows.reference, color=colour, linewidth=0.9)
        ax.plot(rows.index, rows.dead, "s", color=colour, markersize=3, label=f"N = {width}")
    ax.set(ylim=(-0.02, 1.02), xlabel="hidden layers", ylabel="fraction born dead")
    ax.legend(loc="upper left")
    return "the same on a whole line of inputs; lines: reference of 60,000 networks"


PANELS = (on_a_ray, on_a_line)

if __name__ == "__main__":
    main(__file__)
