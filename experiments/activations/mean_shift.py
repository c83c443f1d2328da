"""How much of what a layer passes on is the same for every input?

An activation f whose mean is not 0 passes on a drive of which the fraction (E f)^2 / E f^2 (z standard normal, weights
with mean 0) is the same for every input: 0.318 for ReLU, 0.040 for ELU, 0.852 for sigmoid, 0 for tanh and SELU. That
holds of random networks; what is left of it when a network has learned, biases included, is measured.

Sources: LeCun et al., Efficient BackProp (1998); Clevert et al., ICLR (2016), arXiv:1511.07289; Klambauer et al.,
NeurIPS (2017), arXiv:1706.02515.
"""

from dataclasses import dataclass

import numpy as np

from experiments.activations._deep_networks import SHIFTED, Inputs, activation, in_common, input_independent
from experiments.sparsity._trained import HIDDEN, TASKS, Learning, learned, network_of, task_of
from neurosim.lab import Row, above, column, context, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import activation_style
from neurosim.training import gaussian_moments

QUICK = {"seeds": 6, "epochs": 8}


@dataclass(frozen=True, kw_only=True)
class Parameters(Inputs):
    seeds: int = param(20, doc="networks, random ones and such that learn: the unit of replication", low=2)
    epochs: int = param(20, doc="epochs of those that learn", low=2)


class Shift(Row):
    activation: str = column("class name")
    fraction: float = column("fraction of the second layer's squared drive that is the same for all inputs (unbiased)")
    expected: float = column("(E f)^2 / E f^2 for a standard normal drive")


class Learned(Row):
    task: str = column("what a ReLU network has learned: prototypes (the hard ones) or digits")
    fraction: float = column(
        "fraction of the second layer's squared drive that is the same for all test inputs (unbiased)"
    )
    first: float = column("the same of the first layer's, whose inputs are pixels or channels")


def compute(p, seed, lab):
    for task in TASKS:
        learner = Learning(epochs=p.epochs).learner(task)
        drive = (
            network_of(lab.once(learned, learner, seed)).forward({"input": task_of(learner, task, seed).test_x}).drive
        )
        yield Learned(task, in_common(drive[HIDDEN[1]]), in_common(drive[HIDDEN[0]]))
    found = lab.once(input_independent, p, seed)
    for name in SHIFTED:
        yield Shift(name, found[name], gaussian_moments(activation(name)).index)


def fraction(t, name):
    return student_interval(t.shift[t.shift.activation == name].fraction.to_numpy())


def answer(t):
    relu, elu, sigmoid = (100 * fraction(t, name).value for name in ("ReLU", "ELU", "Sigmoid"))
    return (
        f"Of the squared drive that a ReLU layer passes on {relu:.0f} % is the same for every input, {elu:.0f} % with "
        f"ELU and {sigmoid:.0f} % with sigmoid."
    )


def findings(t):
    over = {
        "a shift": {least: shifted(t, least) for least in (0.02, 0.05, 0.1)},
        "task": {task: shifted(t, task=task) for task in TASKS},
    }
    rows = t.learned[t.learned.task == "digits"]
    more = (rows.fraction - rows["first"]).mean()
    why = (
        "the layer behind the ReLUs against the one before them, whose inputs are pixels or channels: a twentieth of "
        "the squared drive more that is the same for every input counts as a shift; in networks that learned, since "
        "before that it is a theorem: (E f)^2 / E f^2 = 0.318. May: the task on which it is clearest; with "
        f"digits, whose pixels have a mean of their own, it is {more:.3f}. Until a fourth review the second layer's "
        "own part, at least a tenth, decided, which a layer that hears no ReLU has too"
    )
    yield judge("A1-42", *shifted(t), over=over, why=why)
    words = "{0} of its second moment is mean for a standard normal drive"
    sigmoid, relu = (t.shift[t.shift.activation == name].expected.iloc[0] for name in ("Sigmoid", "ReLU"))
    yield definition("A4-05", sigmoid, why=f"its values lie in (0, 1): {words.format(f'{sigmoid:.3f}')}")
    yield definition("A4-12", relu, why=f"its values are never negative: {words.format(f'{relu:.3f}')}")


def shifted(t, least=0.05, task="prototypes"):
    """Behind the ReLUs more of the drive is the same for every input than before them, in networks that learned."""
    words = "fraction of the squared drive that is the same for every input, {}"
    rows = t.learned[t.learned.task == task]
    more = student_interval((rows.fraction - rows["first"]).to_numpy())
    after, before = (student_interval(rows[name].to_numpy()) for name in ("fraction", "first"))
    difference = words.format("second layer less first, after learning")
    return [
        needed(difference, more, above(0.0, matters=least), possible=(-2.0, 2.0)),
        context(words.format("second layer, ReLU, after learning"), after, above(least)),
        context(words.format("first layer, which hears no ReLU, after learning"), before, above(least)),
        context(words.format("second layer, ReLU, before learning"), fraction(t, "ReLU"), above(least)),
    ]


def ordered(t):
    """Expected fractions by activation, increasing."""
    return t.shift.groupby("activation").expected.first().sort_values()


def by_activation(ax, t):
    expected = ordered(t)
    ax.barh(range(len(expected)), expected, color="0.85", height=0.7)
    for place, name in enumerate(expected.index):
        values = t.shift[t.shift.activation == name].fraction
        colour = activation_style(name).colour
        ax.plot(values, np.full(len(values), place), "o", markersize=2.2, alpha=0.6, color=colour)
    ax.set_yticks(range(len(expected)), expected.index)
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(-0.05, 1.0), xlabel="input-independent fraction")
    return "input-independent fraction of the second layer's squared drive; points: networks, bars: (E f)^2 / E f^2"


def distance(ax, t):
    expected = ordered(t)
    for place, name in enumerate(expected.index):
        rows, style = t.shift[t.shift.activation == name], activation_style(name)
        found = student_interval((rows.fraction - rows.expected).to_numpy())
        ax.hlines(place, found.low, found.high, color=style.colour)
        ax.plot(found.value, place, "o", color=style.colour)
    ax.axvline(0.0, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_yticks(range(len(expected)), expected.index)
    ax.set_xlabel("measured - expected fraction")
    return "distance of the measured fraction from the expected one; bars: 95 % intervals over networks"


PANELS = (by_activation, distance)

if __name__ == "__main__":
    main(__file__)
