"""What does each of Földiák's three rules contribute to finding bars?

Without anti-Hebbian inhibition nothing keeps units from learning the same, so they all do; without Hebb's rule the
feed-forward weights stay what they were; thresholds need not move where all bars are equally frequent, but may matter
where half of the bars are rare. The networks with a rule left out stand beside the intact one: the same start, the same
pictures, and as many of them. What a network does not find means something only if the intact one has found it by then.

Source: Földiák, Biol Cybern 64 (1990); own runs of the published rules, 3 seeds.
"""

from dataclasses import dataclass

import numpy as np

from experiments.learning._bars import BARS, RARE, TARGET, Foldiak, matched, side_by_side
from neurosim.lab import Row, above, below, check, column, main
from neurosim.metrics import mean_absolute_correlation
from neurosim.params import param
from neurosim.plots import OKABE_ITO

VARIANTS = {
    "all rules": {},
    "no anti-Hebb": {"alpha": 0.0},
    "no Hebb": {"beta": 0.0},
    "thresholds frozen": {"gamma": 0.0},
    "thresholds never move": {"gamma": 0.0, "warm": 0.0},
}
FROZEN = ("thresholds frozen", "thresholds never move")
CASES = {(variant, "equal"): rates for variant, rates in VARIANTS.items()}
CASES |= {(variant, "unequal"): VARIANTS[variant] for variant in ("all rules", *FROZEN)}
COLOURS = ("blue", "vermillion", "reddish purple", "bluish green", "orange")
LONG = 3000
QUICK = {"seeds": 2, "patterns": 400, "warm_up": 20}
SOURCE = "own runs of the published rules, 3 seeds"


@dataclass(frozen=True, kw_only=True)
class Parameters(Foldiak):
    seeds: int = param(3, doc="seeds of pictures and start weights", low=2)
    patterns: int = param(LONG, doc="pictures for each network", low=50)


class Ablations(Row):
    variant: str = column("what was left out")
    distribution: str = column("equal: all bars 1/8; unequal: half of them 3/16, half 1/16")
    patterns: int = column("pictures seen")
    unique: int = column("different bars that units stand for, of 16")
    rare: int = column("different rare bars found, of 8 (the same half where bars are equal)")
    activity: float = column("fraction of active units, last pictures")
    spread: float = column("standard deviation of the units' mean activities")
    correlation: float = column("mean magnitude of the correlation of two units over the last pictures")


def compute(p, seed, lab):
    cases = {f"{variant}, {distribution}": (distribution, rates) for (variant, distribution), rates in CASES.items()}
    found = side_by_side(p, seed, cases)
    for variant, distribution in CASES:
        one = found[f"{variant}, {distribution}"]
        matching, active = matched(one["weights"][-1]), one["active"]
        yield Ablations(
            variant, distribution, p.patterns, matching.unique, matching.found[RARE].sum(), active.mean(),
            active.mean(axis=0).std(), mean_absolute_correlation(active),
        )  # fmt: skip


def of(t, variant, name, distribution="equal"):
    rows = t.ablations[(t.ablations.variant == variant) & (t.ablations.distribution == distribution)]
    return rows.set_index("seed")[name]


def answer(t):
    seen = t.ablations.patterns.max()
    intact, anti, hebb, never = (
        of(t, variant, "unique").mean() for variant in ("all rules", "no anti-Hebb", "no Hebb", FROZEN[1])
    )
    return (
        f"After {seen:,} pictures the intact network has found {intact:.1f} of 16 bars, without anti-Hebb {anti:.1f}, "
        f"without Hebb {hebb:.1f}, with thresholds that never move {never:.1f}."
    )


def findings(t):
    intact, seen = of(t, "all rules", "unique"), t.ablations.patterns.max()
    beside = f"the intact network found {intact.min()} to {intact.max()} in the same {seen:,} pictures"
    why = "2 of 15: none in the reference runs, a chance match or two is allowed; undecided if the intact found below 8"
    for variant, name in (("no anti-Hebb", "no_anti_hebb"), ("no Hebb", "no_hebb")):
        words = f"{variant[0].upper()}{variant[1:]}: no network of bars (most bars over the intact's fewest; {beside})."
        value = of(t, variant, "unique").max() / max(intact.min(), 1)
        yield check(name, words, value, below(2 / 15), why=why, source=SOURCE, decided=intact.min() >= 8)
    without, control = of(t, "no anti-Hebb", "correlation"), of(t, "all rules", "correlation").max()
    words = (
        f"No anti-Hebb: all units become the same (smallest correlation of two units; intact at most {control:.2f})."
    )
    why = "0.99 in the reference runs; undecided if the intact network's exceeds 0.5"
    yield check("same", words, without.min(), above(0.9), why=why, source=SOURCE, decided=control < 0.5)
    fewest = min((of(t, variant, "unique") / intact.clip(lower=1)).min() for variant in FROZEN)
    words = f"Where bars are equally frequent thresholds need not move (fewest bars over the intact's; {beside})."
    why = "15 of 16, as many as the intact network may miss; the number of pictures of the source"
    yield check("thresholds", words, fewest, above(15 / 16), why=why, source=SOURCE, decided=seen >= LONG)


def bars(ax, t):
    height, ticks = 0.0, {}
    for k, (variant, distribution) in enumerate(CASES):
        height -= 1.9 if k == len(VARIANTS) else 1.0
        rows = of(t, variant, "unique", distribution)
        colour = OKABE_ITO[COLOURS[list(VARIANTS).index(variant)]]
        ax.barh([height], [rows.mean()], height=0.62, color=colour, alpha=0.35)
        ax.plot(rows, height + np.linspace(-0.18, 0.18, len(rows)), "o", markersize=2.4, color=colour)
        ticks[height] = variant
        if variant == "all rules":
            ax.text(0.1, height + 0.42, f"{distribution} bars", va="bottom")
    ax.set_yticks(list(ticks), list(ticks.values()))
    ax.set(xlim=(-0.4, BARS + 0.6), ylim=(min(ticks) - 0.6, max(ticks) + 1.3), xlabel="bars found (of 16)")
    return (
        f"bars found in {t.ablations.patterns.max():,} pictures with a rule left out (points: networks, bars: their "
        "mean); unequal: half of the bars have probability 3/16, half 1/16"
    )


def codes(ax, t):
    for variant, colour, marker in zip(VARIANTS, COLOURS, "Dosv^", strict=True):
        look = {"marker": marker, "color": OKABE_ITO[colour], "markersize": 3.6, "alpha": 0.8}
        ax.plot(of(t, variant, "activity"), of(t, variant, "correlation"), linestyle="none", label=variant, **look)
    ax.axvline(TARGET, color="0.6", linestyle=":", linewidth=0.8)
    ax.set(xlim=(0, None), ylim=(0, 1.05), xlabel="mean activity", ylabel="mean |correlation| of units")
    ax.legend(loc="center right")
    return "activity and correlation of units at the end, equal bars, one mark per network; dotted: the target 1/8"


PANELS = (bars, codes)

if __name__ == "__main__":
    main(__file__)
