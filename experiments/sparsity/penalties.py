"""What does a penalty on activity buy that raised thresholds do not, and is a sparser network easier to trace?

Networks learn hard prototypes and digits with L1 penalties on their hidden activities; others learn without, and all
their thresholds are raised afterwards until as many units are active. Raised thresholds take away from every unit
alike, and nothing is learned anew; a penalty lets the network choose. So at equal activity learned sparseness should
classify better, and the more so the sparser.

What carries an output is traced in two ways. Units of a hidden layer are set to 0 from the one that adds most to the
output of the class on (gradient times activity) until 90 % of that output is gone; the fewer it takes, the shorter the
trace. And what each unit adds by its gradient is correlated with what the output loses when this unit alone is set to
0: within a linear region the two are the same, and fewer active units should mean fewer crossings of its border.

Source: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, POINT_RANGE
from experiments.sparsity._tracing import lowered, silenced, trace
from experiments.sparsity._trained import (
    COLOURS,
    QUICK_LEARNING,
    TASKS,
    WORDS,
    Learning,
    learned,
    network_of,
    required,
    task_of,
)
from neurosim.lab import Row, above, below, between, check, column, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, **QUICK_LEARNING, "penalties": (0.0, 1e-3, 3e-3, 1e-2), "traced": 40}
MILD = 1e-3
"""Penalty of the networks that are traced: both tasks should keep their accuracy."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(10, doc="number of seeds, the unit of replication", low=2)
    penalties: tuple[float, ...] = param((0.0, MILD, 3e-3, 1e-2), doc="L1 penalties on hidden activities", low=0)
    traced: int = param(100, doc="test examples whose outputs are traced", low=4)
    shifts: tuple[float, ...] = param(
        (0.0, 0.25, 0.5, 1.0, 1.5, 2.0), low=0,
        doc="rises of the thresholds after learning, in standard deviations of a layer's drives",
    )  # fmt: skip

    def check(self):
        required(self, "penalties", 0.0, MILD)
        required(self, "shifts", 0.0)


class Networks(Row):
    task: str = column("prototypes (the hard ones) or digits")
    l1: float = column("L1 penalty on hidden activities")
    active: float = column("fraction of hidden activities above 0, mean of the layers")
    accuracy: float = column("fraction of the test examples classified correctly")
    carriers: float = column("hidden units to set to 0 until 90 % of the class's output are gone, mean of the layers")
    agreement: float = column("correlation over units of gradient times activity and what the output loses without it")


class Lowered(Row):
    task: str = column("what was learned, without a penalty")
    shift: float = column("rise of all hidden thresholds, in standard deviations of their layer's drives")
    active: float = column("fraction of hidden activities above 0 then, mean of the layers")
    accuracy: float = column("fraction of the test examples classified correctly")


class Silenced(Row):
    task: str = column("what was learned, without a penalty")
    accuracy: float = column("fraction of the test examples classified correctly")
    let_through: float = column("the same when silent units pass on their negative drives")
    silenced: float = column(
        "the same when of each example as many active units, at random, are silenced as are silent"
    )


def compute(p, seed, lab):
    for name in TASKS:
        task = task_of(p, name, seed)
        for l1 in p.penalties:
            found = lab.once(learned, p.learner(name, l1=l1), seed)
            said, network = found["said"], network_of(found)
            traces = [trace(network, x, int(y)) for x, y in zip(task.test_x[: p.traced], task.test_y, strict=False)]
            active = (said["active_1"] + said["active_2"]) / 2
            yield Networks(name, l1, active, said["test_accuracy"], *np.nanmean(traces, axis=0))
            if l1 == 0:
                for shift, where, right in lowered(network, task, p.shifts):
                    yield Lowered(name, shift, where, right)
                yield Silenced(name, *silenced(network, task, lab.stream("weights", "silenced")))


def advantage(t, task):
    """Accuracy of the sparsest learned networks within reach of raised thresholds, less theirs, and the activity."""
    rows = t.networks[(t.networks.task == task) & (t.networks.l1 > 0)]
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


def changed(t, value, task="digits", l1=MILD):
    """What a penalty changes, over seeds; of `carriers` the logarithm of the ratio."""
    by_seed = t.networks[t.networks.task == task].pivot(index="seed", columns="l1", values=value)
    by_seed = np.log(by_seed) if value == "carriers" else by_seed
    return student_interval((by_seed[l1] - by_seed[0.0]).to_numpy())


def easier(t, task="digits", l1=MILD):
    """What the claim on tracing needs: fewer carriers at equal accuracy; a side part is that attribution agrees."""
    words = "logarithm of the units that carry the output, with a penalty over without"
    yield needed(
        words, changed(t, "carriers", task, l1), below(0.0, matters=float(np.log(0.9))), possible=(-10.0, 10.0)
    )
    words = "agreement of gradient and ablation that a penalty adds"
    yield side(words, changed(t, "agreement", task, l1), above(0.0, matters=0.01), possible=(-2.0, 2.0))


def unneeded(t, task="digits", margin=POINT):
    """Silent units are not needed, since letting them through helps nobody; as many active ones are."""
    rows = t.silenced[t.silenced.task == task]
    gain = student_interval((rows.let_through - rows.accuracy).to_numpy())
    cost = student_interval((rows.accuracy - rows.silenced).to_numpy())
    words = "accuracy gained when silent units pass on their negative drives"
    yield needed(words, gain, below(margin), possible=(-1.0, 1.0))
    words = "accuracy lost without as many active units: they are needed"
    yield needed(words, cost, above(margin), possible=(-1.0, 1.0))


def answer(t):
    parts = []
    for task in TASKS:
        gain, active = advantage(t, task)
        if len(gain):
            parts.append(f"{100 * gain.mean():+.1f} points at {100 * active:.1f} % active ({WORDS[task]})")
    fewer = 100 * (1 - np.exp(changed(t, "carriers").value))
    return (
        f"Learned less raised: {' and '.join(parts) or 'no activity that both reach'}; with a penalty of {MILD:g} "
        f"{fewer:.0f} % fewer units carry an output (digits), for {100 * changed(t, 'accuracy').value:+.1f} points."
    )


def findings(t):
    for task in TASKS:
        gain, active = advantage(t, task)
        found = student_interval(gain) if len(gain) > 1 else 0.0
        words = f"Learned sparseness classifies better than raised thresholds at equal activity ({WORDS[task]})."
        why = f"at the strongest penalty that both reach ({100 * active:.1f} % active); more than one point of accuracy"
        yield check(f"learned_{task}", words, found, above(POINT), why=why, decided=len(gain) > 1)
    over = {
        "task": {task: [*easier(t, task)] for task in TASKS},
        "penalty": {l1: [*easier(t, l1=l1)] for l1 in sorted(set(t.networks.l1) - {0.0})},
    }
    equal = side("change of the accuracy", changed(t, "accuracy"), between(-POINT, POINT), possible=(-1.0, 1.0))
    why = f"a penalty of {MILD:g} fixed beforehand; a tenth fewer units matter, and equal accuracy is within a point"
    yield judge("A1-56", *easier(t), equal, why=why, over=over)
    over = {
        "task": {task: [*unneeded(t, task)] for task in TASKS},
        "margin": {margin: [*unneeded(t, margin=margin)] for margin in POINT_RANGE},
    }
    why = (
        "of networks that learned: a unit is not needed if passing its negative drive on helps nobody; the rule was "
        "changed after numbers had been seen"
    )
    yield judge("A0-02", *unneeded(t), why=why, over=over)


def of_prototypes(ax, t):
    tradeoff(ax, t, "prototypes")
    return "hard prototypes: accuracy against activity as penalties grow, or as thresholds rise later; dotted: chance"


def of_digits(ax, t):
    tradeoff(ax, t, "digits")
    return "the same for digits; mean and range over seeds"


def tradeoff(ax, t, task):
    colour = OKABE_ITO[COLOURS[task]]
    for rows, by, look, words in ((t.networks, "l1", "o-", "penalty"), (t.lowered, "shift", "x--", "threshold raised")):
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
