"""From how many random starts does gradient descent solve XOR, and what does it make of the hidden layer?

With a ReLU two hidden units suffice, but few starts get there: where a unit is silent for every input there is no
gradient. Where the read-out is linear, a line has to separate the hidden states of a network that solves XOR. Step
units have no slope: their hidden weights cannot learn.

Sources: Rumelhart, Hinton & Williams, Nature 323 (1986) 533; an independent run of 400 starts per network.
"""

from dataclasses import dataclass

import numpy as np

from experiments.networks._rungs import Presentation, ladder, printed_circuit, shown, yes_over_no
from experiments.networks._xor import PATTERNS, XorNetworks, learned_starts
from neurosim.lab import Row, below, check, claim_of_parts, column, main
from neurosim.metrics import proportion_interval, student_interval
from neurosim.params import param
from neurosim.plots import activation_style

SETTINGS = ((2, False), (2, True), (4, True), (8, True))
"""Hidden units, and whether there are biases."""
# Fractions of solved starts of an independent run; one per setting.
SOLVED = {
    "Sigmoid": (0.0, 0.677, 0.990, 1.0),
    "Tanh": (0.830, 0.848, 1.0, 1.0),
    "ReLU": (0.175, 0.210, 0.625, 0.905),
    "LeakyReLU": (0.215, 0.240, 0.708, 0.950),
    "ELU": (0.778, 0.895, 1.0, 1.0),
}
REFERENCE_STARTS = 400
QUICK = {"seeds": 2, "starts": 30, "sizes": 2}


@dataclass(frozen=True, kw_only=True)
class Parameters(Presentation):
    seeds: int = param(4, doc="seeds of the random starts", low=1)
    starts: int = param(100, doc="random starts of every network, per seed", low=20)
    sizes: int = param(4, doc="how many of the sizes of the network, small ones first", low=2, high=4)


class Success(Row):
    activation: str = column("class name of the hidden units' activation")
    hidden: int = column("hidden units")
    bias: int = column("1 with biases")
    starts: int = column("random starts")
    solved: float = column("fraction whose four errors are all below 0.1 after 3,000 steps")
    median_mse: float = column("median mean squared error")
    diverged: int = column("networks that diverged")
    separable_start: float = column("fraction whose hidden states a line separates before training")
    separable: float = column("fraction after training")
    separable_solved: float = column("fraction among those that are solved; NaN if there are none")
    moved: float = column("largest change of any hidden weight in any network")


class Spiking(Row):
    ratio: float = column("printed weights, spiking: smallest response to a true input over the largest to a false one")


def compute(p, seed, lab):
    kinds = [(name, *size) for name in SOLVED for size in SETTINGS[: p.sizes]]
    for name, hidden, bias in [*kinds, ("Step", 8, True)]:
        kind = XorNetworks(activation=name, hidden=hidden, bias=bias, starts=p.starts)
        yield Success(name, hidden, int(bias), p.starts, **lab.once(learned_starts, kind, seed))
    circuit, _ = printed_circuit(p)
    run = shown(lab, p, "spiking", ladder()["spiking"], circuit, PATTERNS)
    yield Spiking(yes_over_no(run.checked_rates("hidden2")[:, 0], p.schedule.window))


def pooled(t):
    """Every kind of network over all seeds: starts, and fractions of them."""
    keys = ["activation", "hidden", "bias"]
    rows = t.success.assign(both=t.success.separable_solved.fillna(0.0) * t.success.solved)
    found = rows.groupby(keys, sort=False).agg(
        starts=("starts", "sum"), solved=("solved", "mean"), both=("both", "mean"), moved=("moved", "max"),
        separable_start=("separable_start", "mean"), separable=("separable", "mean"), diverged=("diverged", "sum"),
    ).reset_index()  # fmt: skip
    found["separable_solved"] = found.both / found.solved.where(found.solved > 0)
    return found


def interval(row):
    return proportion_interval(round(row.solved * row.starts), int(row.starts))


def two_units(t, name):
    """Solved fraction of two hidden units without bias."""
    rows = pooled(t)
    return interval(rows[(rows.activation == name) & (rows.hidden == 2) & (rows.bias == 0)].iloc[0])


def distances(t):
    """Distance of every solved fraction from the independent run's, over what chance allows."""
    rows = pooled(t)
    rows = rows[rows.activation != "Step"]
    places = [SETTINGS.index((row.hidden, bool(row.bias))) for row in rows.itertuples()]
    known = np.array([SOLVED[name][place] for name, place in zip(rows.activation, places, strict=True)])
    chance = np.sqrt(known * (1 - known) * (1 / rows.starts + 1 / REFERENCE_STARTS))
    few = rows.starts.min() < REFERENCE_STARTS
    allowed = np.maximum(0.06, 4.0 * chance) if few else 0.06
    return np.abs(rows.solved - known) / allowed


def answer(t):
    relu, tanh = two_units(t, "ReLU"), two_units(t, "Tanh")
    return (
        f"Two ReLUs without bias solve XOR from {100 * relu.value:.1f} % of the starts ({100 * relu.low:.1f} to "
        f"{100 * relu.high:.1f} %), two tanh units from {100 * tanh.value:.1f} %."
    )


def findings(t):
    rows = pooled(t)
    words = f"As many starts solve XOR as in an independent run ({len(distances(t))} networks; largest distance over "
    why = (
        "0.06 at 400 starts, about two standard errors of the difference of two such runs; with fewer starts four "
        "standard errors if that is more"
    )
    source = "400 starts per network, full-batch gradient descent at 0.1, 3,000 steps, N(0,1) weights"
    yield check("starts", words + "what chance allows).", distances(t).max(), below(1.0), why=why, source=source)
    curved = rows[rows.activation != "Step"]
    rise, two = student_interval(curved.separable - curved.separable_start), curved[curved.hidden == 2]
    parts = {
        f"in every network that solves XOR a line separates the hidden states "
        f"({100 * curved.separable_solved.min():.0f} %)": curved.separable_solved.min() == 1.0,
        f"training makes separable hidden states more frequent ({rise.value:+.2f}, {rise.low:+.2f} to {rise.high:+.2f}"
        f"; two hidden units: from {two.separable_start.mean():.2f} to {two.separable.mean():.2f})": rise.low > 0,
    }
    why = (
        "95 % interval over networks of all activations and sizes. It is a pressure and no guarantee: networks that "
        "stay unsolved mostly stay inseparable"
    )
    yield claim_of_parts("A3-06", parts, why=why)
    step, relu = rows[rows.activation == "Step"].iloc[0], rows[rows.activation == "ReLU"]
    parts = {
        "with a slope of 0 wherever there is one, gradient descent leaves the hidden weights of step units where they "
        f"were (moved by {step.moved:g})": step.moved == 0,
        f"a kink keeps ReLUs from learning XOR (up to {100 * relu.solved.max():.0f} % of the starts solve it)": (
            (relu.solved == 0).all()
        ),
        "spiking neurons, which have no derivative, cannot take over trained weights": not t.spiking.ratio.min() >= 3.0,
    }
    why = (
        "differentiable almost everywhere is enough for the gradient; without a slope the read-out alone learns "
        f"({100 * step.solved:.0f} % of the starts of {step.hidden} step units solved by luck of their random features)"
    )
    yield claim_of_parts("A4-02", parts, why=why)


def solved_starts(ax, t):
    rows = pooled(t)
    for k, name in enumerate(SOLVED):
        style, those = activation_style(name), rows[rows.activation == name]
        x = np.arange(len(those)) + 0.13 * (k - (len(SOLVED) - 1) / 2)
        found = [interval(row) for row in those.itertuples()]
        ax.hlines(SOLVED[name][: len(x)], x - 0.055, x + 0.055, color="0.55", linewidth=1.2)
        ax.vlines(x, [f.low for f in found], [f.high for f in found], color=style.colour, linewidth=1.0)
        ax.plot(x, [f.value for f in found], style.marker, color=style.colour, label=name)
    words = [f"{hidden} hidden,\n{'bias' if bias else 'no bias'}" for hidden, bias in SETTINGS[: len(those)]]
    ax.set_xticks(range(len(words)), words)
    ax.set(xlim=(-0.5, len(words) - 0.5), ylim=(-0.04, 1.04), ylabel="fraction of starts solved", xlabel="network")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.02), ncols=3, columnspacing=0.8)
    return "random starts that gradient descent takes to a solution, 95 % intervals; grey: an independent run"


def before_and_after(ax, t):
    rows = pooled(t)
    for name in SOLVED:
        style, those = activation_style(name), rows[rows.activation == name]
        ax.plot(those.separable_start, those.separable, style.marker, color=style.colour, label=name)
    ax.plot([0, 1], [0, 1], ":", color="0.6", linewidth=0.8)
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="fraction separable before training", ylabel="after training")
    return "fraction of networks whose hidden states a line separates, a point per activation and size; colours as in A"


PANELS = (solved_starts, before_and_after)

if __name__ == "__main__":
    main(__file__)
