"""How much of a small noise does an activation pass on?

For inputs N(0, 1) the noise that gets through is the mean squared slope: 1/2 for a ReLU, 0.045 for a sigmoid. A gain
can be changed in the next layer, so what counts is the noise relative to the variance of the response to the inputs.

Prediction: a ReLU passes more noise on than sigmoid and tanh, by either measure. A higher threshold rejects noise, and
even more of the signal.

Source: f(x + e) = f(x) + f'(x) e for a small e.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import activation_style

QUICK = {"seeds": 3, "draws": 4000}
UNITS = (*((name, 0.0) for name in ("Identity", "ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "Tanh",
                                    "Sigmoid")), ("ReLU", 0.5), ("ReLU", 1.0), ("ReLU", 2.0))  # fmt: skip
SMALL = 1e-3  # standard deviation of the added noise


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="draws of input and noise", low=2)
    draws: int = param(20_000, doc="inputs in a draw", low=100)


class Noise(Row):
    activation: str = column("activation at its textbook gain")
    threshold: float = column("its threshold")
    slope_squared: float = column("mean squared slope for inputs N(0, 1): noise passed on")
    measured: float = column("variance of the response to a small added noise over that of the noise")
    relative: float = column("noise passed on over the variance of the response to the inputs (identity: 1)")


def compute(p, seed, lab):
    inputs, added = lab.stream("noise", "input").standard_normal((2, p.draws, 1))
    link = ns.Projection("x", "x", "unit", np.ones((1, 1)), tau=0.0)
    circuit = ns.Circuit({"x": 1}, [ns.Population("unit", 1)], [link])
    grid = (np.arange(-80_000, 80_000) + 0.5) * 1e-4  # midpoints: no kink falls on one
    density = np.exp(-0.5 * grid**2) / math.sqrt(2 * math.pi) * 1e-4
    for name, threshold in UNITS:
        activation = ns.activations.known()[name]().replace(threshold=threshold)
        passed, values = activation.derivative(grid) ** 2 @ density, activation(grid)
        variance = values**2 @ density - (values @ density) ** 2
        still, moved = (
            lab.simulate(circuit, ns.Unit(activation=activation), ns.stimulus.constant(x, "x")).rates["unit"][:, 0]
            for x in (inputs, inputs + SMALL * added)
        )
        measured = np.mean((moved - still) ** 2) / (SMALL**2 * np.mean(added**2))
        yield Noise(name, threshold, passed, measured, passed / variance)


def rows(t, name, threshold=0.0):
    return t.noise[(t.noise.activation == name) & (t.noise.threshold == threshold)]


def answer(t):
    relu, sigmoid = (student_interval(rows(t, name).measured.to_numpy()).value for name in ("ReLU", "Sigmoid"))
    relative = {name: rows(t, name).relative.iloc[0] for name in ("ReLU", "Sigmoid")}
    return (
        f"A ReLU passes {100 * relu:.0f} % of the noise's variance on and a sigmoid {100 * sigmoid:.1f} %; relative to "
        f"the signal that is {relative['ReLU']:.2f} against {relative['Sigmoid']:.2f}."
    )


def findings(t):
    parts = {}
    for value, words in (("slope_squared", "noise passed on"), ("relative", "noise over signal")):
        relu = rows(t, "ReLU")[value].iloc[0]
        for other in ("Sigmoid", "Tanh"):
            limit = rows(t, other)[value].iloc[0]
            parts[f"ReLU {relu:.3f} below {other} {limit:.3f} ({words})"] = relu < limit
    why = "less sensitive than the saturating activations it is set against, for inputs N(0, 1) and a small noise"
    yield claim_of_parts("A2-18", parts, why=why)
    low, high = rows(t, "ReLU"), rows(t, "ReLU", 2.0)
    passed = 100 * high.slope_squared.iloc[0]
    words = (
        f"A threshold of 2 passes {passed:.1f} % of the noise on, but loses more of the signal (noise over signal, "
        "relative to that at threshold 0)."
    )
    yield report("threshold", words, high.relative.iloc[0] / low.relative.iloc[0])


def ordered(t):
    """One row for each unit, by threshold and noise over signal."""
    first = t.noise[t.noise.seed == t.noise.seed.min()]
    return first.sort_values(["threshold", "relative"], ascending=[False, False], kind="stable").reset_index(drop=True)


def dots(ax, t, value):
    table = ordered(t)
    names = [row.activation + (f", T = {row.threshold:g}" if row.threshold else "") for row in table.itertuples()]
    for place, row in enumerate(table.itertuples()):
        colour = activation_style(row.activation).colour
        ax.hlines(place, 0, getattr(row, value), color="0.9", linewidth=0.6)
        ax.plot(getattr(row, value), place, "o", color=colour, markersize=4)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)


def passed_on(ax, t):
    dots(ax, t, "slope_squared")
    for place, row in enumerate(ordered(t).itertuples()):
        found = student_interval(rows(t, row.activation, row.threshold).measured.to_numpy())
        ax.hlines(place, max(0.0, found.low), found.high, color="0.2", linewidth=0.9)
    ax.set(xlim=(0, 1.1), xlabel="noise passed on")
    return "mean squared slope for inputs N(0, 1), the fraction of a small noise that passes; bars: simulated (95 %)"


def over_signal(ax, t):
    dots(ax, t, "relative")
    ax.axvline(1.0, color="0.6", linewidth=0.7, linestyle=":")
    ax.set(xlim=(0, 4.3), xlabel="noise / signal (identity: 1)")
    return "noise passed on relative to the variance of the response to the inputs"


PANELS = (passed_on, over_signal)

if __name__ == "__main__":
    main(__file__)
