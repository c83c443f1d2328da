"""Is sparseness that was learned better than thresholds that are raised afterwards?

Networks learn hard prototypes and digits with L1 penalties on their hidden activities; others learn without, and all
their thresholds are raised afterwards until as many units are active. Raised thresholds take away from every unit
alike, and nothing is learned anew; a penalty lets the network choose. So at equal activity learned sparseness should
classify better, and the more so the sparser.

Source: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

from dataclasses import dataclass

import numpy as np

from experiments.sparsity._trained import (
    COLOURS,
    HIDDEN,
    QUICK_LEARNING,
    TASKS,
    WORDS,
    Learning,
    learned,
    needed,
    network_of,
    passed,
    task_of,
)  # fmt: skip
from neurosim.decisions import accuracy
from neurosim.lab import Row, above, check, column, main
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, **QUICK_LEARNING, "penalties": (0.0, 1e-3, 3e-3, 1e-2)}


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    penalties: tuple[float, ...] = param(
        (0.0, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2), doc="L1 penalties on hidden activities", low=0
    )
    shifts: tuple[float, ...] = param(
        (0.0, 0.25, 0.5, 1.0, 1.5, 2.0), low=0,
        doc="rises of the thresholds after learning, in standard deviations of a layer's drives",
    )  # fmt: skip

    def check(self):
        for name in ("penalties", "shifts"):
            needed(self, name, 0.0)


class Learned(Row):
    task: str = column("prototypes (the hard ones) or digits")
    l1: float = column("L1 penalty on hidden activities")
    active: float = column("fraction of hidden activities above 0, mean of the layers")
    accuracy: float = column("fraction of the test examples classified correctly")


class Lowered(Row):
    task: str = column("what was learned, without a penalty")
    shift: float = column("rise of all hidden thresholds, in standard deviations of their layer's drives")
    active: float = column("fraction of hidden activities above 0 then, mean of the layers")
    accuracy: float = column("fraction of the test examples classified correctly")


def compute(p, seed, lab):
    for name in TASKS:
        task = task_of(p, name, seed)
        for l1 in p.penalties:
            found = lab.once(learned, p.learner(name, l1=l1), seed)
            said = found["said"]
            yield Learned(name, l1, (said["active_1"] + said["active_2"]) / 2, said["test_accuracy"])
            if l1 == 0:
                yield from lowered(p, network_of(found), task, name)


def lowered(p, network, task, name):
    """Accuracy when every unit's threshold is raised, nothing is learned anew."""
    drives = network.forward({"input": task.test_x}).drive
    for shift in p.shifts:

        def change(layer, drive, shift=shift):
            return network.activations[layer](drive - shift * drives[layer].std())

        logits, hidden = passed(network, task.test_x, change)
        active = np.mean([(hidden[layer] > 0).mean() for layer in HIDDEN])
        yield Lowered(name, shift, active, accuracy(logits, task.test_y))


def advantage(t, task):
    """Accuracy of the sparsest learned networks within reach of raised thresholds, less theirs, and the activity."""
    rows = t.learned[(t.learned.task == task) & (t.learned.l1 > 0)]
    raised = t.lowered[(t.lowered.task == task) & (t.lowered.active > 0)].sort_values("active")
    inside = rows[rows.active >= rows.seed.map(raised.groupby("seed").active.min())]
    if inside.empty:
        return np.empty(0), np.nan
    seeds = inside.groupby("l1").size()
    chosen = inside[inside.l1 == seeds.index[seeds == seeds.max()].max()]
    curves = dict(list(raised.groupby("seed")))
    gain = [
        row.accuracy - np.interp(np.log(row.active), np.log(curves[row.seed].active), curves[row.seed].accuracy)
        for row in chosen.itertuples()
    ]
    return np.array(gain), chosen.active.mean()


def answer(t):
    parts = []
    for task in TASKS:
        gain, active = advantage(t, task)
        if len(gain):
            parts.append(f"{100 * gain.mean():+.1f} points at {100 * active:.1f} % active ({WORDS[task]})")
    return f"Learned less raised: {' and '.join(parts) or 'no activity that both reach, 0 comparisons'}."


def findings(t):
    for task in TASKS:
        gain, active = advantage(t, task)
        found = student_interval(gain) if len(gain) > 1 else 0.0
        words = f"Learned sparseness classifies better than raised thresholds at equal activity ({WORDS[task]})."
        why = f"at the strongest penalty that both reach ({100 * active:.1f} % active); more than one point of accuracy"
        yield check(f"learned_{task}", words, found, above(0.01), why=why, decided=len(gain) > 1)


def of_prototypes(ax, t):
    tradeoff(ax, t, "prototypes")
    return "hard prototypes: accuracy against activity as penalties grow, or as thresholds rise later; dotted: chance"


def of_digits(ax, t):
    tradeoff(ax, t, "digits")
    return "the same for digits; mean and range over seeds"


def tradeoff(ax, t, task):
    colour = OKABE_ITO[COLOURS[task]]
    for rows, by, look, words in ((t.learned, "l1", "o-", "penalty"), (t.lowered, "shift", "x--", "thresholds raised")):
        found = rows[rows.task == task].groupby(by)[["active", "accuracy"]]
        means, low, high = found.mean(), found.min(), found.max()
        ax.plot(means.active, means.accuracy, look, color=colour, markersize=3.2, markeredgewidth=0.8, label=words)
        ax.vlines(means.active, low.accuracy, high.accuracy, color=colour, linewidth=0.7)
    ax.axhline(0.1, color="0.6", linewidth=0.7, linestyle=":")
    ax.set(xscale="log", ylim=(0, 1.05), xlabel=f"active fraction ({task})", ylabel="test accuracy")
    ax.set_xticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
    ax.minorticks_off()
    ax.legend(loc="lower right")


PANELS = (of_prototypes, of_digits)

if __name__ == "__main__":
    main(__file__)
