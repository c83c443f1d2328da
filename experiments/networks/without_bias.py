"""What does adjusting the biases bring in classification, in regression and in an autoencoder?

Each network first learns without any bias; then its biases alone are adjusted. A classifier and a line with an offset
need them; a linear autoencoder without one spends a component on the mean and loses little. The linear autoencoder is
solved in closed form (principal components).

Source: Baldi & Hornik, Neural Netw 2 (1989).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._digits import Digits, halves, outputs, trained
from neurosim import training
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, column, context, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "images": 300, "epochs": 15}
TASKS = ("classification", "regression", "autoencoder")
KEPT, OFFSET = 8, 3.0
COMPONENTS, OFFSETS = (4, KEPT, 16, 32), (0.0, 1.0, OFFSET)
MATTERS = 0.02
"""Decades of an error worth speaking of: 5 %."""
SETTINGS = {"classification": 48, "regression": OFFSET, "autoencoder": KEPT}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(24, doc="networks, the unit of replication", low=2)


class WithoutBias(Row):
    task: str = column("classification, regression or autoencoder")
    setting: float = column("hidden units; offset of the target (noise 0.1); components of the autoencoder")
    measure: str = column("error rate, or mean squared error over the variance")
    with_bias: float = column("its value with biases")
    without: float = column("its value without")
    adjusted: float = column("its value if the biases alone are adjusted afterwards")


def compute(p, seed, lab):
    x, y, test, labels = halves(p, seed)
    networks = [trained(p, seed, learn=learn) for learn in (("weights", "biases"), ("weights",))]
    run = training.train(
        networks[1].to_circuit(),
        networks[1].to_cells(),
        x,
        y,
        learn=("biases",),
        epochs=p.epochs,
        seed=seed,
        optimiser=training.SGD(learning_rate=0.05),
        progress=False,
    )
    networks.append(training.Network(run.circuit, run.cells))
    errors = [1.0 - accuracy(outputs(network, test), labels) for network in networks]
    yield WithoutBias("classification", SETTINGS["classification"], "error rate", *errors)
    for offset in OFFSETS:
        yield WithoutBias("regression", offset, "mean squared error over variance", *regression(seed, offset))
    for kept in COMPONENTS:
        yield WithoutBias("autoencoder", kept, "mean squared error over variance", *autoencoder(x, test, kept))


def regression(seed, offset):
    """Errors of a line with an offset, fitted with a constant, without one, and without one but moved afterwards."""
    rng = ns.randomness.stream(seed, "stimulus", "regression")
    inputs = rng.standard_normal((400, 6))
    values = inputs @ rng.standard_normal(6) + offset + 0.1 * rng.standard_normal(400)
    for design, move in ((np.column_stack([inputs, np.ones(400)]), False), (inputs, False), (inputs, True)):
        solution = np.linalg.lstsq(design[:200], values[:200], rcond=None)[0]
        left = values - design @ solution
        left = left - left[:200].mean() if move else left
        yield float(np.mean(left[200:] ** 2) / values[200:].var())


def autoencoder(x, test, kept):
    """Errors of the best linear autoencoder with the mean, without it, and without it but moved afterwards."""
    for mean, move in ((x.mean(axis=0), False), (np.zeros(64), False), (np.zeros(64), True)):
        components = np.linalg.svd(x - mean, full_matrices=False)[2][:kept]
        seen, rest = ((each - mean) - (each - mean) @ components.T @ components for each in (x, test))
        rest = rest - seen.mean(axis=0) if move else rest
        yield float((rest**2).sum() / ((test - test.mean(axis=0)) ** 2).sum())


def lowered(t, task, setting=None):
    """Decades by which adjusting the biases lowers the error, by network."""
    setting = SETTINGS[task] if setting is None else setting
    rows = t.without_bias[(t.without_bias.task == task) & (t.without_bias.setting == setting)].set_index("seed")
    return np.log10(rows.without / rows.adjusted)


def ratio(t, task):
    """Error without bias over that with adjusted ones: mean of the logarithms over networks, as a ratio."""
    found = student_interval(lowered(t, task).to_numpy())
    return type(found)(10**found.value, 10**found.low, 10**found.high, found.n)


def matter(t, offset=OFFSET, kept=KEPT):
    """What A1-50 asks, for one offset of the regression's target and one autoencoder."""
    effect = {"classification": lowered(t, "classification"), "regression": lowered(t, "regression", offset)}
    less = lowered(t, "autoencoder", kept)
    bound, span = above(0.0, matters=MATTERS), {"possible": (-5, 5)}
    return [
        *(
            needed(
                f"{task}: decades by which adjusted biases lower the error",
                student_interval(found.to_numpy()),
                bound,
                **span,
            )
            for task, found in effect.items()
        ),
        *(
            needed(
                f"{task}: decades more than in an autoencoder of {kept} components",
                student_interval((found - less).to_numpy()),
                bound,
                **span,
            )
            for task, found in effect.items()
        ),
    ]


def answer(t):
    found = {task: 1 - 1 / ratio(t, task).value for task in TASKS}
    return (
        f"Adjusting biases lowers the error of classification by {100 * found['classification']:.0f} %, of a line with "
        f"an offset by {100 * found['regression']:.0f} % and of an autoencoder by {100 * found['autoencoder']:.0f} %."
    )


def findings(t):
    rows = t.without_bias[t.without_bias.task == "autoencoder"]
    growth = student_interval(
        (rows[rows.setting == KEPT].without / rows[rows.setting == KEPT].with_bias - 1).to_numpy()
    )
    yield judge(
        "A1-50",
        *matter(t),
        context("the autoencoder's error without bias grows by this part of itself", growth, above(0.0)),
        over={
            "offset of the target": {offset: matter(t, offset) for offset in OFFSETS},
            "components": {kept: matter(t, kept=kept) for kept in COMPONENTS},
        },
        why="weights learned without bias stay, and biases alone are adjusted: digits (one hidden layer), a line, and "
        "a linear autoencoder in closed form. A fiftieth of a decade is 5 % of the error. May: fewer components or a "
        "centred target turn it round where they do",
        source="Baldi & Hornik 1989",
    )


def errors(ax, t):
    for k, task in enumerate(TASKS):
        rows = t.without_bias[(t.without_bias.task == task) & (t.without_bias.setting == SETTINGS[task])]
        for name, shift, colour in (("adjusted", -0.12, "blue"), ("without", 0.12, "vermillion")):
            label = name.replace("_", " ") if k == 0 else None
            x = k + shift + np.linspace(-0.05, 0.05, len(rows))
            ax.plot(x, rows[name], "o", color=OKABE_ITO[colour], label=label, alpha=0.7)
    ax.set_xticks(range(len(TASKS)), TASKS)
    ax.set(yscale="log", ylabel="error", xlabel="task")
    ax.legend(loc="lower left")
    return "error rate, or mean squared error over the variance; a point per network"


def growth(ax, t):
    found = [ratio(t, task) for task in TASKS]
    ax.vlines(range(3), [f.low for f in found], [f.high for f in found], color="black")
    ax.plot(range(3), [f.value for f in found], "s", color="black")
    ax.axhline(1.0, color="0.5", linewidth=0.8)
    ax.set_xticks(range(len(TASKS)), TASKS)
    ax.set(yscale="log", xlim=(-0.5, 2.5), ylabel="error without / with adjusted bias", xlabel="task")
    return "the ratio of the two errors, with 95 % intervals over networks"


PANELS = (errors, growth)

if __name__ == "__main__":
    main(__file__)
