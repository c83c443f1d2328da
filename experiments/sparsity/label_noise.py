"""Does sparse activity help a network that learns from wrong labels, and does it keep noise out?

A third of the labels is replaced by random ones, so there is something to overfit: the network can learn the wrong
labels by heart. A penalty on activity silences units and restricts what is learned; it should help the accuracy on
clean test examples there, and not where the labels are right and examples few. Noise on the drives of hidden units
reaches a silent unit only if it lifts it over threshold, so sparse networks should lose less by it; noise on the inputs
is not kept out by zeros. Accuracy under noise is compared with that of the same network without, since the penalty
itself costs some. That only units which contribute are adjusted is no reason for all this: over a whole pass
nearly every unit is.

Sources: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3; Zhang et al., ICLR (2017) (random labels).
"""

from dataclasses import dataclass

import numpy as np

from experiments._bounds import POINT, RARE
from experiments.sparsity._trained import (
    COLOURS,
    HIDDEN,
    QUICK_LEARNING,
    TASKS,
    WORDS,
    Learning,
    learned,
    network_of,
    noisy,
    required,
    task_of,
)
from neurosim.lab import Row, above, below, column, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

L1, REPLACED = 3e-3, 0.3
"""Penalty and fraction of replaced labels where the findings look first."""
QUICK = {"seeds": 3, **QUICK_LEARNING, "few": 100, "rounds": 20}
DIFFERENCE = (-1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(10, doc="number of seeds, the unit of replication", low=2)
    examples: int = param(800, doc="examples to learn from (digits: at most 898)", low=100)
    few: int = param(150, doc="examples where they are few and their labels right", low=50)
    rounds: int = param(40, doc="epochs of learning", low=2)
    penalties: tuple[float, ...] = param((0.0, 1e-3, L1, 1e-2), doc="L1 penalties on hidden activities", low=0)
    noises: tuple[float, ...] = param(
        (0.0, 1.0, 2.0), low=0,
        doc="noise at test: of inputs in their standard deviation, of hidden drives in their layer's mean activity",
    )  # fmt: skip

    def check(self):
        required(self, "penalties", 0.0, L1)
        required(self, "noises", 0.0, 1.0, 2.0)

    @property
    def cases(self):
        """What is learned, from how many examples, with how many labels replaced, under which penalties."""
        yield "digits", self.examples, REPLACED, self.penalties
        yield "digits", self.examples, 0.5, (0.0, L1)
        yield "prototypes", self.examples, REPLACED, (0.0, L1)
        yield "digits", self.few, 0.0, (0.0, L1)
        yield "digits", self.examples, 0.0, (0.0, L1)


class Networks(Row):
    task: str = column("digits or prototypes (the hard ones)")
    examples: int = column("examples to learn from")
    replaced: float = column("fraction of their labels that were replaced by random ones")
    l1: float = column("L1 penalty on hidden activities")
    train_accuracy: float = column("fraction of the learned examples classified as their labels say, right or wrong")
    test_accuracy: float = column("fraction of the test examples, all labelled right, classified correctly")
    active: float = column("fraction of hidden test activities above 0")
    operations: float = column("fraction of the multiplications behind hidden layers left when zeros are skipped")
    selectivity: float = column("largest fraction of one class among the examples that make a unit active, mean")
    unadjusted: float = column(
        "fraction of hidden units that no learned example makes active, so that none adjusts them"
    )


class Noise(Row):
    l1: float = column("L1 penalty on hidden activities; all labels right")
    place: str = column("input, or hidden (noise on the drives, in units of the layer's mean activity)")
    noise: float = column("standard deviation of the noise at test")
    accuracy: float = column("fraction of the test digits classified correctly")


def compute(p, seed, lab):
    for name, examples, replaced, penalties in p.cases:
        for l1 in penalties:
            learner = p.learner(name, l1=l1).replace(examples=examples, epochs=p.rounds, replaced=replaced)
            found = lab.once(learned, learner, seed)
            said, network, task = found["said"], network_of(found), task_of(learner, name, seed)
            run = network.forward({"input": task.x})
            yield Networks(
                name, examples, replaced, l1, said["train_accuracy"], said["test_accuracy"],
                (said["active_1"] + said["active_2"]) / 2, said["operations"], said["selectivity"],
                np.mean([(run.activity[layer] == 0).all(axis=0).mean() for layer in HIDDEN]),
            )  # fmt: skip
            if replaced == 0 and examples == p.examples:
                for row in noisy(network, task, name, seed, p.noises, ("input", "hidden")):
                    yield Noise(l1=l1, **row)


def gain(t, value="test_accuracy", task="digits", replaced=REPLACED, l1=L1, few=False):
    """What a penalty adds, over seeds."""
    rows = t.networks[(t.networks.task == task) & (t.networks.replaced == replaced)]
    rows = rows[(rows.examples == rows.examples.min()) if few else (rows.examples == rows.examples.max())]
    by_seed = rows.pivot(index="seed", columns="l1", values=value)
    return student_interval((by_seed[l1] - by_seed[0.0]).to_numpy())


def kept_out(t, place, noise=2.0):
    """How much less a network with the penalty loses by noise, over seeds."""
    rows = t.noise[t.noise.place == place]
    by_seed = rows.pivot(index="seed", columns=["l1", "noise"], values="accuracy")
    lost = by_seed[L1] - np.asarray(by_seed[L1][[0.0]]) - (by_seed[0.0] - np.asarray(by_seed[0.0][[0.0]]))
    return student_interval(lost[noise].to_numpy())


def helps(t, **where):
    words = "clean test accuracy that a penalty adds when labels were replaced"
    return needed(words, gain(t, **where), above(0.0, matters=POINT), possible=DIFFERENCE)


def aims(t, **where):
    """Cheaper, less overfitting, easier to read: what A1-16 needs."""
    saved, says = (gain(t, value, **where) for value in ("operations", "selectivity"))
    words = "fraction of the multiplications that a penalty adds"
    yield needed(words, saved, below(0.0, matters=-0.1), possible=DIFFERENCE)
    yield helps(t, **where)
    yield needed("what an active unit says more about the class", says, above(0.0, matters=0.02), possible=DIFFERENCE)


def spared(t, **where):
    """Sparse activity helps, and does so by units that a network does without: what A2-07b says."""
    words = "units that no example adjusts, more of them under the penalty"
    more = gain(t, "unadjusted", **where)
    return [helps(t, **where), side(words, more, above(0.0, matters=RARE), possible=DIFFERENCE)]


def answer(t):
    wrong, right, few = gain(t), gain(t, replaced=0.0), gain(t, replaced=0.0, few=True)
    inside, outside = (100 * kept_out(t, place).value for place in ("hidden", "input"))
    return (
        f"Under label noise it adds {100 * wrong.value:+.1f} points [{100 * wrong.low:+.1f}, {100 * wrong.high:+.1f}], "
        f"with right labels {100 * right.value:+.1f} (few examples {100 * few.value:+.1f}); noise inside costs "
        f"{-inside:+.1f} points, noise on the inputs {-outside:+.1f}, compared with no penalty."
    )


def findings(t):
    over = {
        "replaced labels": {fraction: [helps(t, replaced=fraction)] for fraction in (REPLACED, 0.5)},
        "penalty": {l1: [helps(t, l1=l1)] for l1 in sorted(set(t.networks.l1) - {0.0})},
        "task": {task: [helps(t, task=task)] for task in TASKS},
    }
    point = above(0.0, matters=POINT)
    few = side(
        "the same with few examples and right labels", gain(t, replaced=0.0, few=True), point, possible=DIFFERENCE
    )
    inputs, inside = (
        side(f"accuracy under {words}, less that without, that a penalty adds", kept_out(t, place), point,
             possible=DIFFERENCE)
        for place, words in (("input", "noise on the inputs"), ("hidden", "noise on hidden drives"))
    )  # fmt: skip
    why = f"a penalty of {L1:g} fixed beforehand, paired by seed; more than a point matters"
    shared = {"why": why, "measurement": "label noise"}
    yield judge("A0-04", helps(t), few, inputs, over=over, **shared)
    yield judge("A1-22", helps(t), inside, inputs, over=over, **shared)
    swept = {
        "replaced labels": {fraction: [*aims(t, replaced=fraction)] for fraction in (REPLACED, 0.5)},
        "penalty": {l1: [*aims(t, l1=l1)] for l1 in sorted(set(t.networks.l1) - {0.0})},
        "task": {task: [*aims(t, task=task)] for task in TASKS},
    }
    yield judge("A1-16", *aims(t), over=swept, **shared)
    over = {
        "replaced labels": {fraction: spared(t, replaced=fraction) for fraction in (REPLACED, 0.5)},
        "penalty": {l1: spared(t, l1=l1) for l1 in sorted(set(t.networks.l1) - {0.0})},
        "task": {task: spared(t, task=task) for task in TASKS},
    }
    yield judge("A2-07b", *spared(t), over=over, **shared)


def under_label_noise(ax, t):
    for place, (task, replaced) in enumerate(
        (("digits", 0.0), ("digits", REPLACED), ("digits", 0.5), ("prototypes", REPLACED))
    ):
        found, colour = gain(t, task=task, replaced=replaced), OKABE_ITO[COLOURS[task]]
        ax.errorbar(place, 100 * found.value, 100 * (found.high - found.value), marker="o", color=colour)
    ax.axhline(0.0, color="0.6", linewidth=0.7)
    ax.set_xticks(range(4), ["digits\n0 %", "digits\n30 %", "digits\n50 %", "prototypes\n30 %"])
    ax.set(xlabel="labels replaced", ylabel="accuracy added (points)")
    return f"clean test accuracy that an L1 penalty of {L1:g} adds, by the labels replaced; 95 % intervals over seeds"


def under_noise(ax, t):
    for place, colour, words in (("hidden", "blue", "hidden drives"), ("input", "vermillion", "inputs")):
        for l1, look in ((0.0, "o-"), (L1, "s--")):
            rows = t.noise[(t.noise.place == place) & (t.noise.l1 == l1)].groupby("noise").accuracy.mean()
            label = f"{words}, {'penalty' if l1 else 'no penalty'}"
            ax.plot(rows.index, rows, look, color=OKABE_ITO[colour], markersize=3, label=label)
    ax.set(ylim=(0, 1.05), xlabel="noise at test", ylabel="test accuracy (digits)")
    ax.legend(loc="lower left")
    return f"accuracy under noise on inputs or hidden drives, {WORDS['digits']}, all labels right; means over seeds"


PANELS = (under_label_noise, under_noise)

if __name__ == "__main__":
    main(__file__)
