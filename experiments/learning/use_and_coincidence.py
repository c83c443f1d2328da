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
    OFTEN,
    RATE_RULES,
    STRONGLY,
    TOGETHER,
    Rungs,
    rungs,
)
from neurosim.lab import Row, above, check, column, definition, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import RUNGS, series_style

QUICK = {"seeds": 3, "presentations": 3}
GROUPS = {"often": OFTEN, "strongly": STRONGLY, "together": TOGETHER[::-1]}
PLACES = dict(zip([(g, level) for g, levels in GROUPS.items() for level in levels], range(10), strict=True))


@dataclass(frozen=True, kw_only=True)
class Parameters(Rungs):
    seeds: int = param(5, doc="seeds of patterns and start weights, the unit of replication", low=2)


class Use(Row):
    rule: str = column("rule of the plastic weights")
    rung: str = column("rung of the ladder")
    group: str = column("often: fraction of patterns; strongly: activity while active; together: inputs of one event")
    level: float = column("how often, how strongly (activity), how many inputs share their events")
    change: float = column("change of the weights, mean over the units and over inputs of this level")


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


def of_hebb(t):
    return t.use[t.use.rule == "Hebb"]


def together(t, rung):
    """Change of inputs that share their events over that of inputs that do not, by seed."""
    rows = of_hebb(t)[lambda rows: (rows.rung == rung) & (rows.group == "together")]
    table = rows.pivot(index="seed", columns="level", values="change")
    return student_interval((table[TOGETHER[0]] / table[TOGETHER[1]]).to_numpy())


def grows(t, rule="Oja", rung="spiking"):
    """Under a rule with a brake, too, a weight gains more from an input that is used more often or more strongly."""
    rows = t.use[(t.use.rule == rule) & (t.use.rung == rung)]
    by_seed = rows.pivot(index="seed", columns=["group", "level"], values="change")
    spread = rows.groupby("seed").change.agg(np.ptp).to_numpy()
    for group, levels, words in (("often", OFTEN, "how often"), ("strongly", STRONGLY, "how strongly")):
        more = (by_seed[group, levels[-1]] - by_seed[group, levels[0]]).to_numpy() / spread
        said = f"change of a weight by {words} its input is active, most less least, over the range of all changes"
        yield needed(said, student_interval(more), above(0.0, matters=0.1), possible=(-1.0, 1.0))


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
    why = (
        "under a rule that multiplies both activities a weight grows with how often and how strongly its input is "
        "active and with what is active together, by construction. Plain Hebb never settles (hebb_and_oja, bcm)"
    )
    yield definition("A0-10", together(t, "spiking"), why=why, source="Hebb (1949)")
    why = (
        "a rule without a brake grows with use by construction, so rules with one are asked, whose inputs compete; a "
        "tenth of the range matters"
    )
    over = {
        "rule": {rule: [*grows(t, rule)] for rule in RATE_RULES[1:-1]},
        "rung": {rung: [*grows(t, rung=rung)] for rung in ns.RUNGS},
    }
    yield judge("A0-10b", *grows(t), over=over, in_the_model=True, why=why)
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
