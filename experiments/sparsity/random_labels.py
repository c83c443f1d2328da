"""Can a network with few active units learn labels without meaning by heart, and is it the zeros that help?

The labels are drawn apart from the pictures, so there is nothing to generalise: a network that classifies the learned
examples correctly has learned them by heart, and is at chance on others. Sparse activity does not prevent that. One
example moves nothing that leads into a silent ReLU, whose derivative is exactly 0; a leaky ReLU is a ReLU but for the
zeros, so the difference between the two is what the zeros do.

Source: Zhang et al., ICLR (2017), sec. 2.
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT
from experiments.sparsity._trained import (
    COLOURS,
    HIDDEN,
    QUICK_LEARNING,
    TASKS,
    Learning,
    learned,
    task_of,
    untrained,
)
from neurosim.lab import Row, above, below, check, column, context, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO
from neurosim.training import CrossEntropy, Network

QUICK = {"seeds": 3, **QUICK_LEARNING}
LEARNERS = ("ReLU", "LeakyReLU", "Tanh")
CEILING = 0.98
PENALTIES, L1 = (0.0, 3e-4, 1e-3, 3e-3), 1e-3
"""L1 penalties of networks too small for all labels, and the one where the rule looks first."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(10, doc="number of seeds, the unit of replication", low=2)

    narrow: tuple[int, ...] = param((16, 32), doc="units of each layer of networks too small for all labels", low=16)


class Capacity(Row):
    units: int = column("units of each hidden layer")
    activation: str = column("class name of the hidden units' activation")
    l1: float = column("L1 penalty on hidden activities, which makes them sparse")
    active: float = column("fraction of hidden test activities above 0")
    train_accuracy: float = column("fraction of the random labels that were learned")


class Networks(Row):
    task: str = column("random (labels without meaning), prototypes (the hard ones) or digits")
    activation: str = column("class name of the hidden units' activation")
    train_accuracy: float = column("fraction of the learned examples classified correctly")
    test_accuracy: float = column("fraction of the test examples classified correctly")
    gap: float = column("train_accuracy - test_accuracy")
    epochs_to_fit: float = column("epochs until 99 % of the examples were classified correctly; NaN: never")
    active_1: float = column("fraction of test activities above 0, first hidden layer")
    active_2: float = column("the same, second hidden layer")


class Gradients(Row):
    activation: str = column("class name of the hidden units' activation")
    silent: float = column("fraction of hidden units with a drive <= 0, for one example, before learning")
    silent_moved: float = column("fraction of these whose weights or bias have a gradient other than exactly 0")
    moved: float = column("fraction of all hidden units with such a gradient")


def compute(p, seed, lab):
    for task in ("random", *TASKS):
        for name in LEARNERS:
            said = lab.once(learned, p.learner(task, name), seed)["said"]
            yield Networks(task, name, **{key: said[key] for key in Networks.__dataclass_fields__ if key in said})
    for units in p.narrow:
        for name, l1 in (("LeakyReLU", 0.0), *(("ReLU", l1) for l1 in PENALTIES)):
            said = lab.once(learned, p.learner("random", name, l1=l1).replace(units=units), seed)["said"]
            active = (said["active_1"] + said["active_2"]) / 2
            yield Capacity(units, name, l1, active, said["train_accuracy"])
    task = task_of(p, "prototypes", seed)
    for name in LEARNERS:
        yield gradients(Network(*untrained(p.learner("prototypes", name), seed)), name, task)


def gradients(network, name, task):
    """Which units one example would move, before learning, mean over twenty examples."""
    loss = CrossEntropy()
    silent, silent_moved, moved = [], [], []
    for trial in range(20):
        run = network.forward({"input": task.x[trial : trial + 1]})
        _, gradient = loss.value_and_gradient(run.activity["output"], task.y[trial : trial + 1])
        found = network.backward(run, {"output": gradient})
        for layer in HIDDEN:
            off = run.drive[layer][0] <= 0
            any_gradient = (found.weights[f"to_{layer}"] != 0).any(axis=1) | (found.biases[layer] != 0)
            silent.append(off.mean())
            silent_moved.append(any_gradient[off].mean())
            moved.append(any_gradient.mean())
    return Gradients(name, np.mean(silent), np.mean(silent_moved), np.mean(moved))


def of(t, quantity, name="ReLU", task="random", than=None):
    """A quantity over seeds, or how much larger it is than that of another activation; seeds without it left out."""
    by_seed = t.networks[t.networks.task == task].pivot(index="seed", columns="activation", values=quantity)
    values = (by_seed[name] if than is None else by_seed[name] - by_seed[than]).dropna()
    return student_interval(values.to_numpy()) if len(values) > 1 else None


def expressive(t, units, l1=L1):
    """Sparser activity lets a network of this width learn more labels without meaning."""
    rows = t.capacity[t.capacity.units == units]
    by_seed = rows.pivot(index="seed", columns=["activation", "l1"], values="train_accuracy")
    plain, sparse, leaky = (by_seed[kind].to_numpy() for kind in (("ReLU", 0.0), ("ReLU", l1), ("LeakyReLU", 0.0)))
    # Where both have learned nearly all of them the width says nothing.
    open_ended = min(plain.mean(), sparse.mean()) <= CEILING
    more = student_interval(sparse - plain) if open_ended else math.nan
    words, rule = "random labels learned under an L1 penalty less those without (fraction)", above(0.0, matters=POINT)
    without = "those learned by ReLU less those by leaky ReLU, a ReLU but for the zeros"
    return [
        needed(words, more, rule, possible=(-1.0, 1.0)),
        context(without, student_interval(plain - leaky), rule),
    ]


def answer(t):
    seen, tested, active = (100 * of(t, name).value for name in ("train_accuracy", "test_accuracy", "active_2"))
    return (
        f"Yes: with {active:.0f} % of its second layer active a ReLU network classifies {seen:.1f} % of the learned "
        f"examples correctly, and {tested:.1f} % of others."
    )


def findings(t):
    words = "A ReLU network learns random labels by heart (accuracy on the learned examples)."
    source = "Zhang et al. (2017), sec. 2"
    seen = of(t, "train_accuracy")
    yield check("by_heart", words, seen, above(0.99), why="chance is 0.1", source=source)
    words = "It knows nothing of others (test accuracy)."
    why = "chance is 0.1; the control of the check above"
    yield check("nothing_of_others", words, of(t, "test_accuracy"), below(0.15), why=why)
    units = sorted(set(t.capacity.units))
    why = (
        "expressiveness as how many labels without meaning a network too small for all of them learns, with sparse "
        "activity and without; more than a point matters; a width at which both learn 98 % decides nothing"
    )
    over = {
        "units": {each: expressive(t, each) for each in units},
        "penalty": {l1: expressive(t, units[0], l1) for l1 in PENALTIES[1:]},
    }
    yield judge("A2-07", *expressive(t, units[0]), over=over, why=why)
    moved = t.gradients[t.gradients.activation == "ReLU"].silent_moved.max()
    yield definition("A2-07c", moved, why="the gradient of a silent ReLU is exactly 0 (fraction that has another one)")


def accuracies(ax, t):
    for place, name in enumerate(LEARNERS):
        for shift, quantity, colour in ((-0.1, "train_accuracy", "black"), (0.1, "test_accuracy", "vermillion")):
            found = of(t, quantity, name)
            words = {"train_accuracy": "learned examples", "test_accuracy": "others"}[quantity]
            ax.plot(place + shift, found.value, "o", color=OKABE_ITO[colour], label=None if place else words)
            ax.vlines(place + shift, max(found.low, 0.0), min(found.high, 1.0), color=OKABE_ITO[colour])
    ax.axhline(0.1, color="0.6", linestyle=":", linewidth=0.7)
    ax.set_xticks(range(len(LEARNERS)), LEARNERS)
    ax.set(xlim=(-0.5, 2.5), ylim=(0, 1.05), xlabel="activation", ylabel="accuracy (random labels)")
    ax.legend(loc="center right")
    return "accuracy on learned and other examples with random labels; 95 % intervals over seeds; dotted: chance"


def gaps(ax, t):
    for place, name in enumerate(LEARNERS):
        for shift, task in zip((-0.1, 0.1), TASKS, strict=True):
            found, colour = of(t, "gap", name, task), OKABE_ITO[COLOURS[task]]
            label = None if place else {"prototypes": "hard prototypes"}.get(task, task)
            ax.plot(place + shift, found.value, "o", color=colour, label=label)
            ax.vlines(place + shift, found.low, found.high, color=colour)
    ax.axhline(0.0, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set_xticks(range(len(LEARNERS)), LEARNERS)
    ax.set(xlim=(-0.5, 2.5), xlabel="activation", ylabel="training less test accuracy")
    ax.legend()
    return "overfitting on tasks with meaning: accuracy on learned examples less that on others; 95 % intervals"


PANELS = (accuracies, gaps)

if __name__ == "__main__":
    main(__file__)
