"""Does dropout make the activity of a network sparse, and its units less alike?

Dropout silences random hidden units while a network learns, and none when it is tested. Noise of this kind may lower
activity, as was reported of autoencoders; but nothing in it enforces zeros, and which units carry a class must be
spread over many, so units may become more alike rather than less.

Source: Srivastava et al., J Mach Learn Res 15 (2014), sec. 7.2 (dropout and sparsity).
"""

from dataclasses import dataclass

from experiments._bounds import POINT
from experiments.sparsity._trained import COLOURS, QUICK_LEARNING, TASKS, WORDS, Learning, learned
from neurosim.lab import Row, below, column, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

MAIN, LENGTHS = "digits", (0.5, 2.0)  # task of the verdict, and other lengths of learning over the usual one
QUICK = {"seeds": 3, **QUICK_LEARNING, "dropouts": (0.5,)}


@dataclass(frozen=True, kw_only=True)
class Parameters(Learning):
    seeds: int = param(10, doc="number of seeds, the unit of replication", low=2)
    dropouts: tuple[float, ...] = param((0.2, 0.5), doc="probabilities of dropout", above=0, below=1)


class Networks(Row):
    task: str = column("prototypes (the hard ones) or digits")
    epochs: int = column("epochs of learning")
    dropout: float = column("probability of dropout while learning; none at test")
    train_accuracy: float = column("fraction of the learned examples classified correctly")
    test_accuracy: float = column("fraction of the test examples classified correctly")
    active_1: float = column("fraction of test activities above 0, first hidden layer")
    active_2: float = column("the same, second hidden layer")
    zeros: float = column("fraction of hidden test activities that are exactly 0")
    selectivity: float = column("largest fraction of one class among the examples that make a unit active, mean")
    redundancy: float = column("mean magnitude of the correlation of two units over test examples")


def compute(p, seed, lab):
    for task in TASKS:
        cases = [(p.epochs, dropout) for dropout in (0.0, *p.dropouts)]
        if task == MAIN:
            cases += [(round(times * p.epochs), dropout) for times in LENGTHS for dropout in (0.0, max(p.dropouts))]
        for epochs, dropout in cases:
            said = lab.once(learned, p.learner(task, dropout=dropout).replace(epochs=epochs), seed)["said"]
            values = {key: said[key] for key in Networks.__dataclass_fields__ if key in said}
            yield Networks(task=task, epochs=epochs, dropout=dropout, **values)


def of(t, task, epochs=None):
    """Networks of a task after the usual or other epochs, with the active fraction of both layers."""
    rows = t.networks[t.networks.task == task]
    usual = t.networks[t.networks.task != MAIN].epochs.iloc[0]
    rows = rows[rows.epochs == (epochs or usual)]
    return rows.assign(active=(rows.active_1 + rows.active_2) / 2)


def change(t, quantity, task=MAIN, dropout=None, epochs=None):
    """From no dropout to some (the strongest), over seeds."""
    by_seed = of(t, task, epochs).pivot(index="seed", columns="dropout", values=quantity)
    return student_interval((by_seed[dropout or by_seed.columns.max()] - by_seed[0.0]).to_numpy())


def sparser(t, **where):
    """Fewer units are active at test, and they are less alike."""
    fewer, alike = (change(t, quantity, **where) for quantity in ("active", "redundancy"))
    rule, span = below(0.0, matters=-POINT), (-1.0, 1.0)
    yield needed("change of the active fraction by dropout", fewer, rule, possible=span)
    yield needed("change of the mean correlation of two units", alike, rule, possible=span)


def answer(t):
    active, alike = ({task: change(t, value, task) for task in TASKS} for value in ("active", "redundancy"))
    return (
        f"With dropout of {t.networks.dropout.max():g} the active fraction changes by "
        f"{100 * active['prototypes'].value:+.1f} (prototypes) and {100 * active['digits'].value:+.1f} "
        f"points (digits), the mean correlation of two units by {alike['prototypes'].value:+.3f} and "
        f"{alike['digits'].value:+.3f}."
    )


def findings(t):
    over = {
        "task": {task: [*sparser(t, task=task)] for task in TASKS},
        "epochs": {each: [*sparser(t, epochs=each)] for each in sorted(set(t.networks.epochs))},
        "dropout": {each: [*sparser(t, dropout=each)] for each in sorted(set(t.networks.dropout) - {0.0})},
    }
    why = "against the same network without dropout, paired by seed; a hundredth of the units or of correlation matters"
    yield judge("A1-26", *sparser(t), over=over, why=why)


def activity(ax, t):
    against_dropout(ax, t, "active")
    ax.set(ylim=(0, 0.6), ylabel="active fraction (test)")
    ax.legend(loc="lower left")
    return "active fraction of ReLU networks at test against dropout while learning; mean of both layers"


def redundancy(ax, t):
    against_dropout(ax, t, "redundancy")
    ax.set(ylim=(0, None), ylabel="mean |correlation| of two units")
    return "how alike units are; 95 % intervals over seeds"


def against_dropout(ax, t, quantity):
    for task in TASKS:
        colour, groups = OKABE_ITO[COLOURS[task]], of(t, task).groupby("dropout")[quantity]
        for k, (dropout, values) in enumerate(groups):
            found = student_interval(values.to_numpy())
            ax.plot(dropout, found.value, "o", color=colour, label=None if k else WORDS[task])
            ax.vlines(dropout, max(found.low, 0.0), min(found.high, 1.0), color=colour)
    ax.set(xlim=(-0.05, 0.55 if t.networks.dropout.max() <= 0.5 else 1.0), xlabel="probability of dropout")


PANELS = (activity, redundancy)

if __name__ == "__main__":
    main(__file__)
