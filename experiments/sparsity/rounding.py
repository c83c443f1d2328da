"""Does rounding set the small weights of a network to zero?

Rounding to multiples of a step sets exactly the weights below half a step to 0: a fraction erf(step / (2 sqrt(2) s)) of
Gaussian weights with standard deviation s. Learned weights have heavier tails, so more of them lie close to 0.

Source: the normal distribution; Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from experiments.sparsity._prototypes import QUICK_NETWORKS, Networks, forward, learned
from neurosim.decisions import accuracy
from neurosim.lab import Row, column, definition, main, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import Network

QUICK = {"seeds": 3, **QUICK_NETWORKS}


@dataclass(frozen=True, kw_only=True)
class Parameters(Networks):
    seeds: int = param(5, doc="number of networks, the unit of replication", low=2)
    rounding: tuple[float, ...] = param(
        (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0), doc="rounding steps in standard deviations of a layer", above=0
    )


class Rounded(Row):
    weights: str = column("initial (Gaussian) or learned")
    step: float = column("rounding step in standard deviations of the layer's weights")
    n: int = column("weights")
    zeros: float = column("fraction of the weights that are 0 after rounding")
    accuracy: float = column("fraction of the test examples classified correctly")


def compute(p, seed, lab):
    found = lab.once(learned, p, seed)
    network = Network(found["circuit"], found["cells"])
    for kind, weights in (("initial", found["initial"]), ("learned", network.weights)):
        for step in p.rounding:
            rounded, zeros, total = {}, 0, 0
            for name, w in weights.items():
                # Before learning the standard deviation is known: He's, sqrt(2/n_pre).
                sd = math.sqrt(2.0 / w.shape[1]) if kind == "initial" else float(w.std())
                rounded[name] = np.rint(w / (step * sd)) * (step * sd)
                zeros, total = zeros + int((rounded[name] == 0).sum()), total + w.size
            right = accuracy(forward(network, rounded, found["x"])[0], found["y"]) if kind == "learned" else math.nan
            yield Rounded(kind, step, total, zeros / total, right)


def learned_at(t, step, name):
    rows = t.rounded[(t.rounded.weights == "learned") & (t.rounded.step == step)]
    return student_interval(rows[name].to_numpy())


def coarse(t):
    """The step that is nearest to one standard deviation."""
    return min(t.rounded.step.unique(), key=lambda step: abs(step - 1.0))


def answer(t):
    step = coarse(t)
    return (
        f"Yes: steps of {step:g} standard deviations set {100 * learned_at(t, step, 'zeros').value:.0f} % of the "
        f"learned weights to 0, and {100 * learned_at(t, step, 'accuracy').value:.1f} % of the examples are still "
        "classified correctly."
    )


def findings(t):
    step = coarse(t)
    why = f"rounding to a multiple of a step puts what lies below half a step at 0; shown: steps of {step:g} deviations"
    yield definition("A1-31", learned_at(t, step, "zeros"), why=why)
    words = f"Fraction of the examples classified correctly after rounding to steps of {step:g} standard deviations."
    yield report("learned_accuracy", words, learned_at(t, step, "accuracy"))


def zeros_against_the_step(ax, t):
    steps = np.linspace(0.0, 1.05 * t.rounded.step.max(), 200)
    ax.plot(steps, special.erf(steps / (2 * math.sqrt(2))), color="0.7", linewidth=2.6, label="error function")
    for kind, colour, marker in (("initial", "black", "o"), ("learned", "blue", "s")):
        rows = t.rounded[t.rounded.weights == kind].groupby("step").zeros.mean()
        ax.plot(rows.index, rows, marker, color=OKABE_ITO[colour], label=f"{kind} weights")
    ax.set(ylim=(0, 1.02), xlabel="rounding step (standard deviations)", ylabel="fraction of weights that are 0")
    ax.legend(loc="lower right")
    return "fraction of the weights that rounding to multiples of a step sets to 0; line: Gaussian weights in theory"


def accuracy_against_the_step(ax, t):
    rows = t.rounded[t.rounded.weights == "learned"]
    for _, each in rows.groupby("seed"):
        ax.plot(each.step, each.accuracy, color="0.75", linewidth=0.8)
    mean = rows.groupby("step").accuracy.mean()
    ax.plot(mean.index, mean, "^-", color=OKABE_ITO["bluish green"], label="mean")
    ax.set(ylim=(0, 1.02), xlabel="rounding step (standard deviations)", ylabel="test accuracy")
    return "test accuracy with rounded weights; grey: single networks"


PANELS = (zeros_against_the_step, accuracy_against_the_step)

if __name__ == "__main__":
    main(__file__)
