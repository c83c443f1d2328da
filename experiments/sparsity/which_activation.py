"""Which activation is best, with noise on the inputs and when only a fifth of the activity may stay?

Networks of nine activations start from the same weights and learn hard prototypes and digits. Only ReLU has exact
zeros, so only its multiplications can be skipped; that need not make it more accurate, nor what an active unit says
clearer. Which one is best should depend on the task and on the noise, and when only the largest activities are kept,
those that are small anyway below threshold should lose least.

Sources: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3; Holm, Scand J Stat 6 (1979) 65-70 (many comparisons).
"""

from dataclasses import dataclass
from itertools import combinations

from experiments.sparsity._trained import (
    NAMES,
    QUICK_LEARNING,
    TASKS,
    WORDS,
    Learning,
    largest_kept,
    learned,
    needed,
    network_of,
    noisy,
    task_of,
    treves_rolls,
)
from neurosim.lab import Row, claim_of_parts, column, main, report
from neurosim.metrics import holm, student_interval, student_p_value
from neurosim.params import param
from neurosim.plots import activation_style

QUICK = {"seeds": 3, **QUICK_LEARNING, "keep": (1.0, 0.5, 0.2, 0.1), "noises": (0.0, 0.5, 1.0, 2.0)}
MATCH = 0.2
"""Fraction of the activities that are kept where activations are compared."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    keep: tuple[float, ...] = param(
        (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05), doc="fractions of the largest activities that are kept", above=0, high=1
    )
    noises: tuple[float, ...] = param(
        (0.0, 0.25, 0.5, 1.0, 1.5, 2.0), doc="noise on the inputs at test, in their standard deviation", low=0
    )

    def check(self):
        needed(self, "keep", 1.0, MATCH)
        needed(self, "noises", 0.0, 1.0)


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


def above_the_others(t, quantity):
    """What ReLU has more than the mean of the others, over seeds, by task."""
    found = {}
    for task in TASKS:
        by_seed = t.networks[t.networks.task == task].pivot(index="seed", columns="activation", values=quantity)
        found[task] = student_interval((by_seed["ReLU"] - by_seed[list(NAMES[1:])].mean(axis=1)).to_numpy())
    return found


def part(t, words, quantity):
    """A condition: ReLU has more than the others, interval and all, on both tasks."""
    found = above_the_others(t, quantity).values()
    numbers = " and ".join(f"{each.value:+.3f} [{each.low:+.3f}, {each.high:+.3f}]" for each in found)
    return {f"{words} ({numbers})": all(each.low > 0 for each in found)}


def reversals(t):
    """Pairs of activations whose order differs between tasks or noise levels, significantly in each (Holm)."""
    tested = []
    for task in TASKS:
        for noise in (0.0, 1.0):
            rows = t.noise[(t.noise.task == task) & (t.noise.noise == noise)]
            by_seed = rows.pivot(index="seed", columns="activation", values="accuracy")
            tested += [((a, b), by_seed[a] - by_seed[b]) for a, b in combinations(NAMES, 2)]
    p_values = holm([student_p_value(difference.to_numpy()) for _, difference in tested])
    signs = {}
    for (pair, difference), p_value in zip(tested, p_values, strict=True):
        if p_value < 0.05:
            signs.setdefault(pair, set()).add(difference.mean() > 0)
    return [pair for pair, found in signs.items() if len(found) == 2], len(tested)


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
    relu = t.networks[t.networks.activation == "ReLU"]
    saved = student_interval(relu.operations.to_numpy())
    parts = {
        f"fewer multiplications than without zeros ({saved.value:.2f} of them)": saved.high < 1.0,
        **part(t, "better test accuracy", "test_accuracy"),
        **part(t, "an active unit says more about the class", "selectivity"),
    }
    why = "ReLU against the mean of eight activations without exact zeros; negative activities count as inactive"
    yield claim_of_parts("A0-17", parts, why=why)
    first = {(task, noise): best(t, noise, task) for task in TASKS for noise in (0.0, 1.0)}
    found, count = reversals(t)
    told = f"{' and '.join(found[0]) if found else 'none'}; {len(found)} pairs"
    parts = {
        "another activation is best on another task or at another noise level ("
        + ", ".join(f"{task} at noise {noise:g}: {name}" for (task, noise), name in first.items())
        + ")": len(set(first.values())) > 1,
        f"some pair changes its order beyond doubt ({told})": bool(found),
    }
    why = (
        f"beyond doubt: paired Student test over seeds, p < 0.05 in both directions after Holm for {count} comparisons"
    )
    yield claim_of_parts("A2-21", parts, why=why)
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
