"""Do synapses grow with how often and how strongly they are used, and with what is active together?

Under Hebb's rule a weight changes by the product of both activities, so an input gains by how often it is active, by
how strongly, and by how many inputs are active with it, because these make the cell answer. The rules with a brake
weigh the same use differently, but end at points that theory knows. Inputs of LIF neurons differ in one of the three at
a time; the rungs below see the same patterns.

Sources: Hebb, The Organization of Behavior (1949); Oja (1982); Intrator & Cooper, Neural Networks 5 (1992).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.learning._hebbian import (
    LINEAR_RUNGS,
    OFTEN,
    RATE_RULES,
    SIZES,
    START_LENGTH,
    STRONGLY,
    TOGETHER,
    Linear,
    Rungs,
    Selective,
    paths,
    rungs,
    selective,
)
from neurosim.lab import Row, above, check, claim_of_parts, column, main
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import RUNGS, series_style

QUICK = {"seeds": 3, "presentations": 3, "counting": 3.0, "selective": 350}
GROUPS = {"often": OFTEN, "strongly": STRONGLY, "together": TOGETHER[::-1]}
PLACES = dict(zip([(g, level) for g, levels in GROUPS.items() for level in levels], range(10), strict=True))


@dataclass(frozen=True, kw_only=True)
class Parameters(Rungs, Linear, Selective):
    seeds: int = param(5, doc="seeds of patterns and start weights, the unit of replication", low=2)


class Use(Row):
    rule: str = column("rule of the plastic weights")
    rung: str = column("rung of the ladder")
    group: str = column("often: fraction of patterns; strongly: activity while active; together: inputs of one event")
    level: float = column("how often, how strongly (activity), how many inputs share their events")
    change: float = column("change of the weights, mean over the units and over inputs of this level")


class Settled(Row):
    rule: str = column("Hebb and Oja: length of the weights; BCM: selectivity")
    rung: str = column("rung of the ladder")
    patterns: int = column("number of patterns")
    value: float = column("at the end of learning (times the reference rate)")
    theory: float = column("where the rule ends; NaN for plain Hebb, which does not")


def compute(p, seed, lab):
    found = lab.once(rungs, p, seed)
    lab.note(engine=found["engine"])
    for rule in RATE_RULES[:-1]:  # inputs alone: not the inhibition of AntiHebb
        for rung in ns.RUNGS:
            change = found[rule][rung].mean(axis=0)
            means = [*change[:8], *(change[8 + 4 * k : 12 + 4 * k].mean() for k in range(2))]
            levels = [*(("often", x) for x in OFTEN), *(("strongly", x) for x in STRONGLY)]
            levels += [("together", float(x)) for x in TOGETHER]
            for (group, level), mean in zip(levels, means, strict=True):
                yield Use(rule, rung, group, level, mean)
    # Where rules with a brake end is asked of more starts in hebb_and_oja and bcm.
    linear, bcm = lab.once(paths, p, 0), lab.once(selective, p, 0)
    for rung in LINEAR_RUNGS:
        for rule, end in (("Hebb", np.nan), ("Oja", 1.0)):
            yield Settled(rule, rung, 3, np.linalg.norm(linear[rule][rung]["weights"][-1]), end)
        for k, y in zip(SIZES, bcm[rung][-1].T, strict=True):
            peak = float(y.max())
            yield Settled("BCM", rung, k, 1.0 - float(y[:k].mean()) / peak if peak > 0 else np.nan, 1 - 1 / k)


def of_hebb(t):
    return t.use[t.use.rule == "Hebb"]


def together(t, rung):
    """Change of inputs that share their events over that of inputs that do not, by seed."""
    rows = of_hebb(t)[lambda rows: (rows.rung == rung) & (rows.group == "together")]
    table = rows.pivot(index="seed", columns="level", values="change")
    return student_interval((table[TOGETHER[0]] / table[TOGETHER[1]]).to_numpy())


def answer(t):
    levels = of_hebb(t)[of_hebb(t).rung == "spiking"].groupby(["group", "level"]).change.mean()
    often = levels["often", OFTEN[-1]] / levels["often", OFTEN[0]]
    strongly = levels["strongly", STRONGLY[-1]] / levels["strongly", STRONGLY[0]]
    return (
        f"Under Hebb's rule yes: on spikes, weights gain {often:.1f} times as much from inputs active four times as "
        f"often, {strongly:.1f} times from four-fold activity, and {together(t, 'spiking').value:.2f} times if four "
        "inputs share events."
    )


def findings(t):
    levels = of_hebb(t).groupby(["rung", "group", "level"]).change.mean()

    def rising(group):
        return all(levels[rung, group].sort_index().is_monotonic_increasing for rung in ns.RUNGS)

    ends = t.settled[t.settled.rule != "Hebb"]
    settled = bool(((ends.value - ends.theory).abs() < 0.05).all())
    growth = t.settled[t.settled.rule == "Hebb"].value.max() / START_LENGTH
    parts = {
        "a synapse grows more the more often its input is active, on every rung": rising("often"),
        "a synapse grows more the more strongly its input is active, on every rung": rising("strongly"),
        "inputs that are active together gain more than inputs of the same activity that are not": rising("together"),
        "with a brake (Oja, BCM) the weights settle where theory says, on every rung": settled,
    }
    why = (
        "mean change of the weights under Hebb's rule, over units and seeds, by how an input was used; without a brake "
        f"nothing settles: the weights of plain Hebb grew {growth:.0f}-fold and still grow"
    )
    yield claim_of_parts("A0-10", parts, why=why)
    words = "Four inputs that share their events gain more than four that do not (ratio on the spiking rung)."
    why = "same activity, so only the coincidence differs; 1 would be no effect"
    yield check("together", words, together(t, "spiking"), above(1.0), why=why, source="Hebb (1949)")


def draw(ax, rows, styles):
    """Changes over their mean by how an input is used, one series per style."""
    for place, (name, style) in enumerate(styles.items()):
        each = rows[rows.series == name]
        mean = each.groupby(["group", "level"]).change.mean() / each.change.mean()
        x = [PLACES[key] + 0.6 * list(GROUPS).index(key[0]) + 0.15 * (place - 1.5) for key in mean.index]
        ax.plot(x, mean, **{**style.line(), "linestyle": "none", "markersize": 3})
    labels = [*(f"{x:g}" for x in OFTEN), *(f"{x:g}" for x in STRONGLY), "apart", "shared"]
    ticks = [place + 0.6 * list(GROUPS).index(group) for (group, _), place in PLACES.items()]
    ax.set_xticks(ticks, labels, rotation=90)
    for where, words in ((1.5, "how often"), (6.1, "how strongly"), (9.7, "together")):
        ax.text(where, 0.02, words, transform=ax.get_xaxis_transform(), ha="center", va="bottom")
    ax.set(xlabel="use of the input (fraction, activity, events)", ylabel="weight change (mean = 1)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4)


def by_rung(ax, t):
    draw(ax, of_hebb(t).assign(series=of_hebb(t).rung), RUNGS)
    ax.set_ylim(bottom=0)
    return "mean change of weights under Hebb's rule by how their input is used, as a multiple of the mean change"


def by_rule(ax, t):
    rows = t.use[t.use.rung == "spiking"]
    draw(ax, rows.assign(series=rows.rule), {rule: series_style(rule) for rule in ("Oja", "Sanger", "BCM", "Instar")})
    return "the same under rules with a brake, on the spiking rung; Instar with inhibition that learns"


PANELS = (by_rung, by_rule)

if __name__ == "__main__":
    main(__file__)
