"""What does a network lose without any bias, in classification, regression and an autoencoder?

A classifier and a line with an offset need their bias; a linear autoencoder without one spends a component on the mean
and loses little. The linear autoencoder is solved in closed form (principal components).

Source: Baldi & Hornik, Neural Netw 2 (1989).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._digits import Digits, halves, outputs, trained
from neurosim.decisions import accuracy
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "images": 300, "epochs": 15}
TASKS = ("classification", "regression", "autoencoder")
KEPT = 8  # components of the autoencoder


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(8, doc="networks, the unit of replication", low=2)


class WithoutBias(Row):
    task: str = column("classification, regression or autoencoder")
    measure: str = column("error rate, or mean squared error over the variance")
    with_bias: float = column("its value with biases")
    without: float = column("its value without")


def compute(p, seed, lab):
    x, _, test, labels = halves(p, seed)
    errors = [
        1.0 - accuracy(outputs(trained(p, seed, learn=learn), test), labels)
        for learn in (("weights", "biases"), ("weights",))
    ]
    yield WithoutBias("classification", "error rate", *errors)
    yield WithoutBias("regression", "mean squared error over variance", *regression(seed))
    yield WithoutBias("autoencoder", "mean squared error over variance", *autoencoder(x, test))


def regression(seed):
    """Errors of a line with an offset of 3, fitted with and without a constant."""
    rng = ns.randomness.stream(seed, "stimulus", "regression")
    inputs = rng.standard_normal((400, 6))
    values = inputs @ rng.standard_normal(6) + 3.0 + 0.1 * rng.standard_normal(400)
    for design in (np.column_stack([inputs, np.ones(400)]), inputs):
        solution = np.linalg.lstsq(design[:200], values[:200], rcond=None)[0]
        yield float(np.mean((design[200:] @ solution - values[200:]) ** 2) / values[200:].var())


def autoencoder(x, test):
    """Errors of the best linear autoencoder with and without the mean."""
    for mean in (x.mean(axis=0), np.zeros(64)):
        components = np.linalg.svd(x - mean, full_matrices=False)[2][:KEPT]
        rest = (test - mean) - (test - mean) @ components.T @ components
        yield float((rest**2).sum() / ((test - test.mean(axis=0)) ** 2).sum())


def ratio(t, task):
    """Error without bias over that with it: mean of the logarithms over networks, as a ratio."""
    rows = t.without_bias[t.without_bias.task == task]
    found = student_interval(np.log10(rows.without / rows.with_bias))
    return type(found)(10**found.value, 10**found.low, 10**found.high, found.n)


def answer(t):
    found = {task: ratio(t, task).value for task in TASKS}
    return (
        f"The error grows {found['classification']:.2f}-fold in classification, {found['regression']:.0f}-fold for a "
        f"line with an offset, and {found['autoencoder']:.2f}-fold in an autoencoder."
    )


def findings(t):
    parts = {}
    for task in ("classification", "regression"):
        found = ratio(t, task)
        words = (
            f"{task}: without bias the error is higher (times {found.value:.2g}, {found.low:.2g} to {found.high:.2g})"
        )
        parts[words] = found.low > 1
    rows = t.without_bias[t.without_bias.task == "autoencoder"]
    growth = student_interval(rows.without / rows.with_bias - 1)
    words = (
        f"autoencoder: without bias the error grows by less than a tenth ({growth.value:.1%}, {growth.low:.1%} to "
        f"{growth.high:.1%})"
    )
    parts[words] = growth.high < 0.1
    why = "digits (one hidden layer), a line with an offset, and a linear autoencoder of eight units in closed form"
    yield claim_of_parts("A1-50", parts, why=why, source="Baldi & Hornik 1989")
    rows = t.without_bias[t.without_bias.task == "classification"]
    words = "Error rate of digits without biases (with them: " + f"{rows.with_bias.mean():.3f})."
    yield report("classification", words, student_interval(rows.without.to_numpy()))


def errors(ax, t):
    for k, task in enumerate(TASKS):
        rows = t.without_bias[t.without_bias.task == task]
        for name, shift, colour in (("with_bias", -0.12, "blue"), ("without", 0.12, "vermillion")):
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
    ax.set(yscale="log", xlim=(-0.5, 2.5), ylabel="error without / with bias", xlabel="task")
    return "the ratio of the two errors, with 95 % intervals over networks"


PANELS = (errors, growth)

if __name__ == "__main__":
    main(__file__)
