"""Does the rule of Bienenstock, Cooper and Munro make units selective, on rates and on spikes?

A pattern strengthens its synapses if the unit answers it above a threshold that follows the mean squared answer, and
weakens them below it. With K orthonormal patterns of equal probability the stable end is a unit that answers one of
them with K and the others with 0: its selectivity, 1 minus the mean answer over the largest, is 1 - 1/K. The rule sees
activities only, so a static ReLU, a leaky rate unit and the spike counts of a neuron without leak end alike.

Sources: Bienenstock, Cooper & Munro, J Neurosci 2 (1982); Intrator & Cooper, Neural Networks 5 (1992).
"""

from dataclasses import dataclass

import numpy as np

from experiments.learning._hebbian import LINEAR_RUNGS, SIZES, Selective, selective
from neurosim.lab import Row, below, check, column, main, report
from neurosim.params import param
from neurosim.plots import RUNGS

QUICK = {"seeds": 1, "selective": 350}


@dataclass(frozen=True, kw_only=True)
class Parameters(Selective):
    seeds: int = param(5, doc="seeds of the start weights", low=1)


class Selectivity(Row):
    rung: str = column("rung of the ladder")
    patterns: int = column("orthonormal patterns K of equal probability")
    presentation: int = column("presentations of all patterns")
    selectivity: float = column("1 minus the mean answer over the largest")
    theory: float = column("1 - 1/K")


class Answers(Row):
    rung: str = column("rung of the ladder")
    patterns: int = column("number of patterns K")
    rank: int = column("patterns in the order of the answer at the end, largest first")
    before: float = column("answer to it before learning (times the reference rate)")
    after: float = column("answer to it after learning")


def compute(p, seed, lab):
    found = lab.once(selective, p, seed)
    lab.note(engine=found["engine"])
    numbers = [number for number in range(1, p.selective + 1) if number % 10 == 0 or number in (1, p.selective)]
    for rung in LINEAR_RUNGS:
        for number in numbers:
            for k, y in zip(SIZES, found[rung][number - 1].T, strict=True):
                yield Selectivity(rung, k, number, selectivity(y, k), 1 - 1 / k)
    for rung in LINEAR_RUNGS:
        first, last = found[rung][0], found[rung][-1]
        for unit, k in enumerate(SIZES):
            order = np.argsort(-last[:k, unit], kind="stable")
            yield Answers.table(
                rung=rung, patterns=k, rank=np.arange(1, k + 1), before=first[order, unit], after=last[order, unit]
            )


def selectivity(y, k):
    """Of answers in which k patterns repeat; NaN of a silent unit."""
    peak = float(y.max())
    return 1.0 - float(y[:k].mean()) / peak if peak > 0 else float("nan")


def at(t, presentation):
    return t.selectivity[t.selectivity.presentation == presentation]


def answer(t):
    first, last = (at(t, number) for number in (1, t.selectivity.presentation.max()))
    size = max(SIZES)
    return (
        f"Yes: with {size} patterns the selectivity rises from {first[first.patterns == size].selectivity.mean():.2f} "
        f"to {last[last.patterns == size].selectivity.mean():.3f} (theory {1 - 1 / size:g}); rungs and seeds differ "
        f"from theory by at most {(last.selectivity - last.theory).abs().max():.1g}."
    )


def findings(t):
    last = at(t, t.selectivity.presentation.max())
    words = "Selectivity ends at 1 - 1/K (largest distance over rungs, K = 2, 5 and 10, and seeds)."
    why = "the fixed point attracts exponentially; a stray spike would count 1/40 of the reference rate"
    source = "Intrator & Cooper 1992: (K, 0, ..., 0)"
    distance = (last.selectivity - last.theory).abs()
    yield check("selectivity", words, distance.max(skipna=False), below(0.01), why=why, source=source)
    preferred = t.answers[t.answers["rank"] == 1]
    words = "The unit answers its pattern with K (largest relative distance)."
    why = "whole spikes in 2 s: 1/(40 K), at most 1.3 %, and as much again for the threshold that follows them"
    value = (preferred.after / preferred.patterns - 1).abs().max()
    yield check("answer", words, value, below(0.025), why=why, source=source)
    words = "Before learning units are hardly selective (largest selectivity over the one of theory)."
    yield report("before", words, (at(t, 1).selectivity / at(t, 1).theory).max())


def course(ax, t):
    for k in SIZES:
        expected = 1 - 1 / k
        ax.axhline(expected, color="0.6", linestyle=":", linewidth=0.8)
        for place, rung in enumerate(LINEAR_RUNGS):
            rows = t.selectivity[(t.selectivity.rung == rung) & (t.selectivity.patterns == k)]
            mean = rows.groupby("presentation").selectivity.mean()
            step = max(1, len(mean) // 7)
            shown = mean.iloc[place * step // 3 :: step]
            style = {**RUNGS[rung].line(), "linestyle": "none", "markersize": 3.2}
            ax.plot(shown.index, shown, **{**style, "label": style["label"] if k == SIZES[0] else "_"})
        ax.text(t.selectivity.presentation.max(), expected - 0.02, f"K = {k}", ha="right", va="top")
    ax.set(ylim=(0.0, 1.0), xlabel="presentations of all patterns", ylabel="selectivity")
    ax.legend(loc="lower right")
    return "selectivity under the BCM rule with K orthonormal patterns, mean over seeds; dotted: 1 - 1/K"


def answers(ax, t):
    size = max(SIZES)
    for place, rung in enumerate(LINEAR_RUNGS):
        rows = t.answers[(t.answers.rung == rung) & (t.answers.patterns == size)]
        mean = rows.groupby("rank")[["before", "after"]].mean()
        x = mean.index + 0.18 * (place - 1)
        style = {**RUNGS[rung].line(), "linestyle": "none", "markersize": 3.2}
        ax.plot(x, mean.after, **style)
        ax.plot(x, mean.before, **{**style, "markerfacecolor": "white", "markeredgewidth": 0.6, "label": "_"})
    ax.axhline(size, color="0.6", linestyle=":", linewidth=0.8)
    ax.set_xticks(range(1, size + 1))
    ax.set(xlabel="pattern, in order of the answer at the end", ylabel="answer (reference rate = 1)")
    ax.legend(loc="upper right")
    return f"answers to {size} patterns before (open) and after learning (filled), mean over seeds; dotted: K"


PANELS = (course, answers)

if __name__ == "__main__":
    main(__file__)
