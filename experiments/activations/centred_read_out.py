"""Is it the mean of an activation that makes a read-out learn slowly?

A mean that is not 0 puts one large eigenvalue into the second moments of the hidden units; the learning rate is bounded
by it and all other directions learn slowly. Without their mean ReLU and sigmoid should learn like ELU and tanh, whose
mean is nearly or exactly 0 from the start, and ELU should have no advantage left. Steps until 1 % of the reducible
error is left, at the learning rate 1 / largest eigenvalue, are known in closed form.

Sources: LeCun et al., Efficient BackProp (1998); Clevert et al., arXiv:1511.07289 (2015).
"""

from dataclasses import dataclass

import numpy as np

from neurosim import activations
from neurosim.lab import Row, above, claim, claim_of_parts, column, main
from neurosim.params import Params, param
from neurosim.plots import activation_style
from neurosim.training import gaussian_moments

QUICK = {"seeds": 3}
ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "Tanh", "Sigmoid")


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="random networks whose read-out learns", low=1)
    units: int = param(64, doc="hidden units", low=8)


class Readout(Row):
    activation: str = column("hidden units of the read-out")
    centred: bool = column("whether the mean of each unit was subtracted")
    steps: int = column("gradient steps until 1 % of the reducible error is left, at the learning rate 1/largest")


class Means(Row):
    activation: str = column("class name")
    mean: float = column("E f(z), z standard normal")
    index: float = column("(E f)^2 / E f^2: fraction of the second moment that is mean")


def compute(p, seed, lab):
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(4,)))
    x, W = rng.standard_normal((4000, 16)), rng.standard_normal((p.units, 16))
    drive = x @ (W / np.linalg.norm(W, axis=1, keepdims=True)).T
    y = np.tanh(x @ rng.standard_normal((16, 8))).sum(axis=1)
    for name in ACTIVATIONS:
        activation = activations.known()[name]()
        raw, moments = activation(drive), gaussian_moments(activation)
        yield Readout(name, False, steps_to_learn(raw, y))
        yield Readout(name, True, steps_to_learn(raw - raw.mean(axis=0), y))
        yield Means(name, moments.mean, moments.index)


def steps_to_learn(h, y):
    """Gradient steps of a linear read-out, in the eigenbasis of the second moments of its inputs."""
    values, vectors = np.linalg.eigh(h.T @ h / len(h))
    best = vectors.T @ np.linalg.solve(h.T @ h, h.T @ y)
    gains, left = values * best**2, 1.0 - values / values.max()
    low, high = 0, 2**24
    while high - low > 1:
        middle = (low + high) // 2
        unlearned = float(gains @ left ** (2.0 * middle)) > 0.01 * float(gains.sum())
        low, high = (middle, high) if unlearned else (low, middle)
    return high


def medians(t):
    return t.readout.groupby(["activation", "centred"]).steps.median()


def means(t):
    return t.means.groupby("activation").first()


def answer(t):
    steps = medians(t)
    return (
        f"Yes: with its mean taken off a read-out of ReLU units learns in {steps['ReLU', True]:.0f} steps instead of "
        f"{steps['ReLU', False]:.0f}; of ELU units it takes {steps['ELU', True]:.0f} instead of "
        f"{steps['ELU', False]:.0f} (medians)."
    )


def findings(t):
    steps, moments = medians(t), means(t)
    why = "a tenth of the input power as a constant offset counts as a shift; tanh has 0"
    yield claim("A4-05", moments["index"]["Sigmoid"], supported=above(0.1), why=why)
    why = "a tenth of the standard deviation of the drive"
    yield claim("A4-12", moments["mean"]["ReLU"], supported=above(0.1), why=why)
    relu, elu = steps["ReLU"], steps["ELU"]
    parts = {
        "a tenth or more of ReLU's second moment is mean": moments["index"]["ReLU"] >= 0.1,
        "tanh and SELU have no such shift": moments["index"][["Tanh", "SELU"]].max() <= 1e-6,
        "with the mean taken off, a read-out of ReLU learns at least twice as fast": relu[False] >= 2.0 * relu[True],
    }
    why = f"index {moments['index']['ReLU']:.3f}; median steps {relu[False]:.0f} raw and {relu[True]:.0f} centred"
    yield claim_of_parts("A1-42", parts, why=why)
    parts = {
        "its mean is closer to zero": abs(moments["mean"]["ELU"]) < abs(moments["mean"]["ReLU"]),
        "a read-out of ELU units takes at most half the steps": 2.0 * elu[False] <= relu[False],
        "it still takes at most half once every unit's mean is taken off": 2.0 * elu[True] <= relu[True],
    }
    why = (
        f"median steps to 1 % of the reducible error: ReLU {relu[False]:.0f}, ELU {elu[False]:.0f}; centred "
        f"{relu[True]:.0f} and {elu[True]:.0f}: the gain is the mean's, and goes with it"
    )
    yield claim_of_parts("A2-14", parts, why=why)


def steps_by_activation(ax, t):
    order = medians(t).xs(False, level="centred").sort_values().index
    for place, name in enumerate(order):
        colour = activation_style(name).colour
        for centred, face in ((False, colour), (True, "white")):
            rows = t.readout[(t.readout.activation == name) & (t.readout.centred == centred)]
            at = np.full(len(rows), place + (0.15 if centred else -0.15))
            ax.plot(rows.steps, at, "o", color=colour, markerfacecolor=face, markeredgewidth=0.8, markersize=3.5)
    ax.plot([], [], "o", color="0.4", label="raw")
    ax.plot([], [], "o", color="0.4", markerfacecolor="white", markeredgewidth=0.8, label="mean taken off")
    ax.set_yticks(range(len(order)), order)
    ax.set(xscale="log", xlabel="gradient steps to 1 % of the reducible error")
    ax.legend(loc="lower right")
    return "steps that a linear read-out needs, one point per random network"


PLACES = {"LeakyReLU": (4, -7), "Tanh": (-4, 6), "SELU": (-6, -10), "ELU": (6, -2)}
"""Where names stand beside their points, in points, so that they do not overlap."""


def steps_against_mean(ax, t):
    steps = medians(t)
    for name, index in means(t)["index"].items():
        look = {"color": activation_style(name).colour, "markeredgewidth": 0.8}
        ax.plot(index, steps[name, False], "o", **look)
        ax.plot(index, steps[name, True], "o", markerfacecolor="white", **look)
        place = PLACES.get(name, (4, 3))
        ax.annotate(name, (index, steps[name, False]), place, textcoords="offset points", fontsize="small")
    ax.set(yscale="log", xlabel="fraction of the second moment that is mean", ylabel="gradient steps (median)")
    ax.set(xlim=(-0.08, 1.05), ylim=(4, None))
    return "median steps against the mean's part of the activity, (E f)^2 / E f^2; open: with the mean taken off"


PANELS = (steps_by_activation, steps_against_mean)

if __name__ == "__main__":
    main(__file__)
