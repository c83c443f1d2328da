"""Which activation is best, with noise on the inputs and when only a fifth of the activity may stay?

Networks of nine activations start from the same weights and learn hard prototypes and digits. Only ReLU has exact
zeros, so only its multiplications can be skipped; that need not make it more accurate, nor what an active unit says
clearer. Which one is best should depend on the task and on the noise, and when only the largest activities are kept,
those that are small anyway below threshold should lose least.

Source: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3.
"""

from dataclasses import dataclass

from experiments._bounds import POINT, POINT_RANGE
from experiments.sparsity._trained import (
    NAMES,
    QUICK_LEARNING,
    TASKS,
    WORDS,
    Learning,
    largest_kept,
    learned,
    network_of,
    noisy,
    required,
    task_of,
    treves_rolls,
)
from neurosim.lab import Row, above, below, column, judge, main, needed, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import activation_style

VARIANTS = ("LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Softplus")
QUICK = {"seeds": 3, **QUICK_LEARNING, "keep": (1.0, 0.5, 0.2, 0.1), "noises": (0.0, 0.5, 1.0, 2.0)}
MATCH = 0.2
"""Fraction of the activities that are kept where activations are compared."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(10, doc="number of seeds, the unit of replication", low=2)
    keep: tuple[float, ...] = param(
        (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05), doc="fractions of the largest activities that are kept", above=0, high=1
    )
    noises: tuple[float, ...] = param(
        (0.0, 0.25, 0.5, 1.0, 1.5, 2.0), doc="noise on the inputs at test, in their standard deviation", low=0
    )

    def check(self):
        required(self, "keep", 1.0, MATCH)
        required(self, "noises", 0.0, 1.0)


class Networks(Row):
    task: str = column("prototypes (the hard ones) or digits")
    activation: str = column("class name of the hidden units' activation")
    train_accuracy: float = column("fraction of the learned examples classified correctly")
    test_accuracy: float = column("fraction of the test examples classified correctly")
    gap: float = column("train_accuracy - test_accuracy")
    active_1: float = column("fraction of test activities above 0, first hidden layer")
    active_2: float = column("the same, second hidden layer")
    zeros: float = column("fraction of hidden test activities that are exactly 0")
    operations: float = column("fraction of the multiplications behind hidden layers left when zeros are skipped")
    selectivity: float = column("largest fraction of one class among the examples that make a unit active, mean")
    redundancy: float = column("mean magnitude of the correlation of two units over test examples")


class Sparsity(Row):
    task: str = column("what was learned")
    activation: str = column("class name of the hidden units' activation")
    layer: int = column("hidden layer")
    population_treves_rolls: float = column("Treves-Rolls ratio over the units of an example, mean over examples")
    lifetime_treves_rolls: float = column("Treves-Rolls ratio over the examples of a unit, mean over units")


class Sparsified(Row):
    task: str = column("what was learned")
    activation: str = column("class name of the hidden units' activation")
    keep: float = column("fraction of each layer's activities that stay; the smallest in magnitude are set to 0")
    nonzero: float = column("fraction of hidden activities that are not 0 then")
    accuracy: float = column("fraction of the test examples classified correctly")


class Noise(Row):
    task: str = column("what was learned")
    activation: str = column("class name of the hidden units' activation")
    noise: float = column("standard deviation of the noise on the inputs, in theirs")
    accuracy: float = column("fraction of the test examples classified correctly")


def compute(p, seed, lab):
    for name in TASKS:
        task = task_of(p, name, seed)
        for activation in NAMES:
            found = lab.once(learned, p.learner(name, activation), seed)
            where, network = {"task": name, "activation": activation}, network_of(found)
            values = {key: value for key, value in found["said"].items() if key in Networks.__dataclass_fields__}
            yield Networks(**where, **values)
            for row in treves_rolls(network, task):
                yield Sparsity(**where, **row)
            for keep in p.keep:
                yield Sparsified(**where, keep=keep, **largest_kept(network, task, keep))
            for row in noisy(network, task, name, seed, p.noises, ("input",)):
                yield Noise(**where, noise=row["noise"], accuracy=row["accuracy"])


def more(t, quantity, rival="LeakyReLU", task="digits"):
    """What ReLU has more than another activation, over seeds."""
    by_seed = t.networks[t.networks.task == task].pivot(index="seed", columns="activation", values=quantity)
    return student_interval((by_seed["ReLU"] - by_seed[rival]).to_numpy())


def better(t, rival="LeakyReLU", task="digits"):
    """What A0-17 needs: fewer multiplications, and more accuracy and clearer units than a rival without zeros."""
    relu = t.networks[(t.networks.activation == "ReLU") & (t.networks.task == task)]
    left = student_interval(relu.operations.to_numpy())
    yield needed("fraction of the multiplications that is left", left, below(0.9), possible=(0.0, 1.0))
    words = "test accuracy that ReLU has more than an activation without exact zeros"
    yield needed(words, more(t, "test_accuracy", rival, task), above(0.0, matters=POINT), possible=(-1.0, 1.0))
    words = "what an active unit says more about the class"
    yield needed(words, more(t, "selectivity", rival, task), above(0.0, matters=0.02), possible=(-1.0, 1.0))


def changed_order(t, noise=0.0, matters=POINT):
    """The variant whose accuracy, less that of ReLU, differs most between the tasks; corrected for choosing it."""
    lead = {}
    for task in TASKS:
        rows = t.noise[(t.noise.task == task) & (t.noise.noise == noise)]
        by_seed = rows.pivot(index="seed", columns="activation", values="accuracy")
        lead[task] = by_seed[list(VARIANTS)].sub(by_seed["ReLU"], axis=0)
    one, other = (lead[task] for task in TASKS)
    name = (one - other).mean().abs().idxmax()
    difference = (one - other)[name].to_numpy()
    found = student_interval(difference if difference.mean() >= 0 else -difference, level=1 - 0.05 / len(VARIANTS))
    words = f"accuracy less ReLU's that differs most between two tasks ({name} here)"
    return needed(words, found, above(0.0, matters=matters), possible=(-2.0, 2.0))


def best(t, noise, task):
    """The activation with the largest mean accuracy."""
    rows = t.noise[(t.noise.task == task) & (t.noise.noise == noise)]
    return rows.groupby("activation").accuracy.mean().idxmax()


def kept(t, task):
    """Accuracy over seeds with a fifth of the activity, by activation."""
    rows = t.sparsified[(t.sparsified.task == task) & (t.sparsified.keep == MATCH)]
    return rows.pivot(index="seed", columns="activation", values="accuracy")


def answer(t):
    where = ", ".join(f"{best(t, noise, task)} ({task}, noise {noise:g})" for task in TASKS for noise in (0.0, 1.0))
    fifth = " and ".join(f"{kept(t, task).mean().idxmax()} ({task})" for task in TASKS)
    return f"It depends: {where}; with {100 * MATCH:.0f} % of the activity kept, {fifth}."


def findings(t):
    why = (
        "leaky ReLU is ReLU without exact zeros, so it is the rival that decides; a point of accuracy and two of "
        "selectivity matter; negative activities count as inactive"
    )
    over = {
        "rival": {name: [*better(t, name)] for name in ("LeakyReLU", "ELU", "GELU", "SiLU")},
        "task": {task: [*better(t, task=task)] for task in TASKS},
    }
    yield judge("A0-17", *better(t), why=why, over=over)
    why = (
        f"six variants of ReLU, so the interval of the one that differs most has level 1 - 0.05/{len(VARIANTS)}; more "
        "than a point matters"
    )
    over = {
        "noise": {noise: [changed_order(t, noise)] for noise in (0.0, 1.0)},
        "what matters": {point: [changed_order(t, matters=point)] for point in POINT_RANGE},
    }
    yield judge("A2-21", changed_order(t), why=why, over=over)
    for task in TASKS:
        by_seed = kept(t, task)
        other = by_seed[list(NAMES[1:])].mean().idxmax()
        words = (
            f"ReLU less the best other ({other}) when {100 * MATCH:.0f} % of the activities are kept ({WORDS[task]})."
        )
        yield report(f"kept_{task}", words, student_interval((by_seed["ReLU"] - by_seed[other]).to_numpy()))


def sparsified(ax, t):
    lines(ax, t.sparsified[t.sparsified.task == "digits"], "keep")
    ax.axvline(MATCH, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set(xscale="log", xlabel="fraction of the activities kept", ylabel="test accuracy (digits)")
    ticks = [tick for tick in (0.05, 0.1, 0.2, 0.5, 1.0) if tick >= t.sparsified.keep.min()]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    return "digits, when only the largest hidden activities are kept; dotted: where activations are compared"


def under_noise(ax, t):
    lines(ax, t.noise[t.noise.task == "digits"], "noise")
    ax.set(xlabel="input noise (s.d. of the inputs)", ylabel="test accuracy (digits)")
    ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    return "digits with noise on the inputs; means over seeds"


def lines(ax, rows, x):
    means = rows.groupby(["activation", x]).accuracy.mean()
    for name in NAMES:
        ax.plot(
            means[name].index, means[name], **{**activation_style(name).line(), "markersize": 2.4, "linewidth": 1.0}
        )
    ax.set(ylim=(0, 1.02))


PANELS = (sparsified, under_noise)

if __name__ == "__main__":
    main(__file__)
