"""Do rules of rates learn the same behind a ReLU, an f-I curve, a leaky rate unit and from spike counts?

A rule of rates sees the activities on both sides and nothing else, so on rungs with the same activities it makes the
same changes. Rate unit and f-I curve settle at the same rates; spike counts differ from them by whole spikes, and a
fitted ReLU from the f-I curve by some Hz. Six rules start from the same weights and see the same patterns on each rung
of the LIF neuron. Because inputs that are used more gain more in every unit, changes of different units are alike too:
the correlation between units on one rung is the control that the correlation between rungs has to exceed.

Sources: Oja (1982); Sanger (1989); Bienenstock, Cooper & Munro (1982); Földiák, Biol Cybern 64 (1990).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.learning._hebbian import RATE_RULES, Rungs, rungs
from neurosim.lab import Row, above, below, check, column, main, report
from neurosim.metrics import Interval, correlation, student_interval
from neurosim.params import param
from neurosim.plots import RUNGS, series_style

QUICK = {"seeds": 3, "presentations": 3}


@dataclass(frozen=True, kw_only=True)
class Parameters(Rungs):
    seeds: int = param(5, doc="seeds of patterns and start weights, the unit of replication", low=2)


class Changes(Row):
    rule: str = column("rule of the plastic weights")
    rung: str = column("rung of the ladder")
    unit: int = column("postsynaptic unit")
    partner: int = column("presynaptic input or unit")
    change: float = column("change of the weight over the whole run (times the reference rate)")


class Agreement(Row):
    rule: str = column("rule of the plastic weights")
    rung: str = column("rung of the ladder")
    against: str = column("the rung below")
    correlation: float = column("correlation of the changes of all weights with those on the rung below")
    slope: float = column("least-squares slope through 0 of the changes against those on the rung below")
    first_rung: float = column("correlation with the artificial rung instead")
    control: float = column("correlation with the changes of the next unit on the rung below")


def compute(p, seed, lab):
    found = lab.once(rungs, p, seed)
    lab.note(engine=found["engine"])
    for rule in RATE_RULES:
        changes = {}
        for rung in ns.RUNGS:
            change = found[rule][rung]
            # Units do not inhibit themselves.
            connected = ~np.eye(len(change), dtype=bool) if rule == "AntiHebb" else np.ones(change.shape, dtype=bool)
            unit, partner = np.nonzero(connected)
            yield Changes.table(rule=rule, rung=rung, unit=unit, partner=partner, change=change[connected])
            changes[rung] = change[connected].reshape(len(change), -1)
        for lower, rung in zip(ns.RUNGS, ns.RUNGS[1:], strict=False):
            x, y = changes[lower].ravel(), changes[rung].ravel()
            yield Agreement(
                rule, rung, lower, correlation(x, y), (x @ y) / (x @ x), correlation(changes["artificial"].ravel(), y),
                correlation(np.roll(changes[lower], 1, axis=0).ravel(), y),
            )  # fmt: skip


def interval(rows):
    """Mean correlation over seeds, with Student's interval of Fisher's z."""
    values = rows.correlation.to_numpy()
    z = student_interval(np.arctanh(np.minimum(values, 1.0 - 1e-15)))
    return Interval(float(values.mean()), math.tanh(z.low), math.tanh(z.high), z.n)


def lowest(t, rung):
    """The rule whose correlation with the rung below is smallest, and its interval."""
    rows = t.agreement[t.agreement.rung == rung]
    rule = rows.groupby("rule").correlation.mean().idxmin()
    return rule, interval(rows[rows.rule == rule])


def answer(t):
    (rule, spiking), (other, curve) = lowest(t, "spiking"), lowest(t, "curve")
    return (
        f"Nearly: weight changes on spike counts correlate with those on rates at {spiking.value:.4f} or more (lowest "
        f"for {rule}), and those on the f-I curve with a fitted ReLU's at {curve.value:.4f} or more ({other})."
    )


def findings(t):
    rule, found = lowest(t, "spiking")
    words = f"Spike counts teach every rule what rates teach it (correlation of weight changes, lowest: {rule})."
    why = (
        "whole spikes: 1/0.5 s = 2 Hz of about 40 Hz scatter by less than 2 % of an activity (uniform, 2/sqrt(12)/40), "
        "and a change averages over all patterns"
    )
    yield check("spiking", words, found, above(0.98), why=why)
    rows = t.agreement[t.agreement.rung == "spiking"].groupby("rule")[["correlation", "control"]].mean()
    closest = ((1 - rows.correlation) / (1 - rows.control)).max()
    words = "A unit's changes are closer to its own on the rung below than to another unit's (ratio of 1 - r, largest)."
    why = "a tenth: otherwise the correlation would only say that all units see the same inputs"
    yield check("control", words, closest, below(0.1), why=why)
    rule, found = lowest(t, "curve")
    words = f"Weight changes behind the f-I curve against those behind a fitted ReLU (correlation, lowest: {rule})."
    yield report("curve", words, found, why="the fit differs from the curve by up to some Hz")


def scatter(ax, t):
    table = t.changes.pivot(index=["rule", "seed", "unit", "partner"], columns="rung", values="change")
    low = 0.0
    for rule in RATE_RULES:
        rows = table.loc[rule] / table.loc[rule].abs().to_numpy().max()
        low = min(low, rows.to_numpy().min())
        style = {**series_style(rule).line(), "linestyle": "none", "markersize": 2.4, "alpha": 0.7}
        ax.plot(rows["artificial"], rows["spiking"], **style)
    ax.plot([low, 1.0], [low, 1.0], color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(xlabel="weight change, ReLU (largest = 1)", ylabel="weight change, spikes (largest = 1)")
    ax.set(xlim=(low - 0.05, 1.08), ylim=(low - 0.05, 1.08))
    ax.legend(loc="lower right", markerscale=1.6)
    return "changes of every weight on two rungs, as fractions of the largest change under the rule; line: equal"


def distances(ax, t):
    for place, rung in enumerate(ns.RUNGS[1:]):
        rows = t.agreement[t.agreement.rung == rung]
        means = rows.groupby("rule").correlation.mean()[list(RATE_RULES)]
        style = {**RUNGS[rung].line(), "linestyle": "none", "markersize": 3.6}
        label = f"{RUNGS[rung].label} - {RUNGS[ns.RUNGS[place]].label}"
        ax.plot(1 - means, np.arange(len(means)) + 0.15 * (place - 1), **{**style, "label": label})
    rows = t.agreement[t.agreement.rung == "spiking"].groupby("rule").control.mean()[list(RATE_RULES)]
    ax.plot(1 - rows, np.arange(len(rows)), "|", color="0.5", markersize=8, markeredgewidth=1.0, label="other unit")
    ax.set_yticks(range(len(RATE_RULES)), RATE_RULES)
    ax.set(xscale="log", ylim=(len(RATE_RULES) - 0.5, -0.5), xlabel="1 - correlation of weight changes")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2)
    return "distance of the changes between neighbouring rungs, and (bars) from those of another unit, means over seeds"


PANELS = (scatter, distances)

if __name__ == "__main__":
    main(__file__)
