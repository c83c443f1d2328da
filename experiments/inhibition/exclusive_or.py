"""Does one layer of competing units solve exclusive or, and what does the competition add?

Three units see two bits and a constant; the weights give the middle unit the largest sum for exactly one active bit.
The answer is yes if the middle unit has the highest rate. The units inhibit each other with w = 1.5, or not at all.

Prediction: a single winner-take-all computes exclusive or, which no threshold unit does. The weights decide who is
strongest, with inhibition or without; the inhibition silences the others, so that the answer is read from one unit.

Source: Maass, Neural Comput 12 (2000) for winner-take-all as a computing element.
"""

from dataclasses import dataclass

import numpy as np

from experiments.inhibition._competition import LABELS, Competition, scene, winners
from neurosim import decisions, plots
from neurosim.activations import KWTA
from neurosim.lab import Row, above, below, check, column, main
from neurosim.metrics import student_interval
from neurosim.params import param

QUICK = {"seeds": 3}
WEIGHTS = 0.4 * np.array([[0.5, 0.0, 0.0], [0.0, 1.0, 1.0], [-2.5, 3.0, 3.0]])
BITS = [(a, b) for a in (0, 1) for b in (0, 1)]
COPIES = 20  # trials of the spiking neurons per pair of bits
NAMES = {"KWTA": "k-winners-take-all", **LABELS}


@dataclass(frozen=True, kw_only=True)
class Parameters(Competition):
    seeds: int = param(5, doc="seeds of the membrane noise", low=2)


class Answers(Row):
    rung: str = column("k-winners-take-all (KWTA), or the rung on which units inhibit each other")
    strength: float = column("inhibition w (0: none)")
    a: int = column("first bit")
    b: int = column("second bit")
    answer: float = column("fraction of trials in which the middle unit wins; a trial without a winner counts half")
    expected: int = column("exclusive or")
    winners: float = column("units above 5 % of the highest rate, mean over trials")


def compute(p, seed, lab):
    neurons, inputs = scene(p), np.array([(1.0, a, b) for a, b in BITS])
    yield from rows("KWTA", p.hard, KWTA(k=1)(inputs @ WEIGHTS.T)[:, None])
    for strength in (p.hard, 0.0):
        for rung in ("artificial", "rate", "spiking"):
            copies = COPIES if rung == "spiking" else 1
            shown = np.repeat(inputs, copies, axis=0)
            activity = neurons.run(rung, shown, strength, weights=WEIGHTS, lab=lab)
            yield from rows(rung, strength, activity.reshape(len(BITS), copies, -1))


def rows(rung, strength, activity):
    """Answers from activities (pairs of bits, trials, units)."""
    for (a, b), trials in zip(BITS, activity, strict=True):
        winner = decisions.decide(trials)
        # Half an answer is right for neither expectation, so silence solves nothing.
        answer = np.where(winner == decisions.NO_ANSWER, 0.5, winner == 1).mean()
        yield Answers(rung, strength, a, b, float(answer), a ^ b, float(winners(trials).mean()))


def right(t, rung, competing=True):
    """Fraction of trials with the right answer, the worst of the four pairs of bits, by seed."""
    chosen = t.answers[(t.answers.rung == rung) & ((t.answers.strength > 0) == competing)]
    return (1 - (chosen.answer - chosen.expected).abs()).groupby(chosen.seed).min()


def active(t, rung, competing):
    """Units that are active where one of the bits is, by seed."""
    chosen = t.answers[(t.answers.rung == rung) & ((t.answers.strength > 0) == competing) & (t.answers.expected == 1)]
    return chosen.groupby("seed").winners.mean()


def answer(t):
    return (
        f"Yes: with spikes {100 * right(t, 'spiking').mean():.0f} % of the answers are right for each pair of "
        f"bits; the weights alone do as well ({100 * right(t, 'spiking', False).mean():.0f} %), but leave "
        f"{active(t, 'spiking', False).mean():.1f} units active instead of {active(t, 'spiking', True).mean():.1f}."
    )


def findings(t):
    words = "LIF neurons that compete solve exclusive or (fraction of right answers, worst pair of bits)."
    why = "at most one trial of 20 may be wrong; a single threshold unit is wrong for one pair of bits in every trial"
    yield check("solved", words, student_interval(right(t, "spiking")), above(0.95), why=why, source="Maass (2000)")
    words = "The competition leaves one unit active where one bit is (number of units)."
    why = "a change of the winner within a trial counts as two; it may happen in one trial of twenty"
    yield check("one_active", words, student_interval(active(t, "spiking", True)), below(1.05), why=why)
    words = "Without inhibition more than one is active (the control)."
    why = "the drives of two units are above threshold then"
    yield check("without", words, student_interval(active(t, "spiking", False)), above(1.05), why=why)


def truth_table(ax, t):
    chosen = t.answers[t.answers.strength > 0]
    for k, rung in enumerate(("KWTA", "artificial", "rate", "spiking")):
        found = chosen[chosen.rung == rung].groupby(["a", "b"]).answer.mean().to_numpy()
        colour = plots.RUNGS[rung].colour if rung in plots.RUNGS else "0.5"
        ax.bar(np.arange(4) + 0.2 * (k - 1.5), found, width=0.17, color=colour, label=NAMES[rung])
    ax.set_xticks(range(4), [f"{a}, {b}" for a, b in BITS])
    ax.set(xlabel="bits", ylabel="fraction of trials that answer yes", ylim=(0, 1.4), yticks=[0, 0.5, 1])
    ax.legend(loc="upper left", ncols=2)
    return "answers of units that compete (w = 1.5); exclusive or is 0, 1, 1, 0"


def units_that_are_active(ax, t):
    rungs = ("artificial", "rate", "spiking")
    for strength, rows in t.answers[t.answers.rung.isin(rungs)].groupby("strength"):
        found = rows.groupby(["rung", "a", "b"]).winners.mean()
        for k, rung in enumerate(rungs):
            look = plots.RUNGS[rung]
            ax.plot(
                np.arange(4) + 0.15 * (k - 1),
                found[rung].to_numpy(),
                look.marker,
                color=look.colour,
                markerfacecolor=look.colour if strength else "white",
                markeredgewidth=0.8,
                label=f"{LABELS[rung]}" if strength else None,
            )
    ax.set_xticks(range(4), [f"{a}, {b}" for a, b in BITS])
    ax.set(xlabel="bits", ylabel="active units", ylim=(0, 3.2), yticks=[0, 1, 2, 3])
    ax.legend(loc="lower right")
    return "units above 5 % of the highest rate, with inhibition (filled) and without (open)"


PANELS = (truth_table, units_that_are_active)

if __name__ == "__main__":
    main(__file__)
