"""Does it matter whether a raised threshold or inhibition makes a population sparse?

On every rung the active fraction of a population that looks at digits is brought to the same value in four ways: by a
raised threshold (drive - a), by inhibition that subtracts from the drive or divides it in proportion to the contrast n
of the image (drive - a n; drive/(1 + a n)), or by lateral inhibition (drive - w sum of the others' rates). n is the
root mean square difference of its pixels from the mean image, 1 on average. A linear read-out learns at contrast 1 and
is tested at other contrasts and with noise on the pixels.

Prediction, written before the first run. A unit with threshold T fires above T + a n under subtraction and above
T + T a n under division, so the two keep exactly the same units when they are matched; only the rates differ. Every way
keeps the units with the largest drives in an image, so at one contrast the read-outs differ by less than five points.
Lateral inhibition takes away what units share: the mean correlation of two units is lower than under a raised
threshold, and as many units are active in every image (the spread over images is less than half). The mean drive lies
at the neurons' threshold, so drives above it grow with contrast as inhibition does: the inhibited active fractions stay
at any contrast (on the ReLU, whose threshold is lower, only roughly), while that under a raised threshold more than
doubles from contrast 1 to 2. A read-out at half and double contrast therefore loses most with the raised threshold and
least with division, which also keeps the size of the rates. Noise adds contrast, and it reaches all alike: there the
ways differ by less than five points again. Images for which a static rung finds no steady state are left out.

The first runs (eight short ones) refuted two parts of it. At double contrast the raised threshold reads best (61 %
against 55 %), and with strong noise too (36 % against 25 to 30 %), since more units are active then; it fails at half
contrast (12 % against 54 to 56 %), where hardly any unit is left.

Sources: Carandini & Heeger, Nat Rev Neurosci 13 (2012) 51 (division by contrast); Holt & Koch, Neural Comput 9 (1997)
(subtraction and division); Treves & Rolls, Network 2 (1991) 371.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

import neurosim as ns
from experiments.sparsity._digits import QUICK_DIGITS, reader, scene
from experiments.sparsity._four_ways import SETTLED, Changes, active_fraction, changed, conditions, matched, responses
from neurosim import metrics, plots
from neurosim.lab import Row, above, below, check, column, main
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, **QUICK_DIGITS, "dt": 5e-4}
WAYS = {"none": "black", "threshold": "vermillion", "subtractive": "blue", "divisive": "bluish green",
        "lateral": "reddish purple"}  # fmt: skip
INHIBITION = ("subtractive", "divisive", "lateral")


@dataclass(frozen=True, kw_only=True)
class Parameters(Changes):
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)


class Matched(Row):
    rung: str = column("rung")
    way: str = column("what makes the population sparse (none: nothing)")
    amount: float = column("rise of the threshold, a of subtraction or division, or loop gain of lateral inhibition")
    active_fraction: float = column("fraction of the entries that are active, contrast 1")
    accuracy: float = column("fraction of the test images that a linear read-out classifies correctly")
    correlation: float = column("mean correlation of two units over images (units that vary)")
    redundancy: float = column("mean magnitude of that correlation")
    spread: float = column("standard deviation over images of the active fraction")
    mean_rate: float = column("mean rate over images and units", "Hz")
    unsettled: int = column("images without a steady state, left out (static rungs)")


class Overlap(Row):
    rung: str = column("rung")
    first: str = column("one way")
    second: str = column("another")
    overlap: float = column("overlap (Jaccard index) of the sets of active units, mean over images")
    unsettled: int = column("images left out, without a steady state in one of the two")
    images: int = column("images shown")


class Robustness(Row):
    rung: str = column("rung")
    way: str = column("what makes the population sparse (none: nothing)")
    change: str = column("contrast or noise")
    level: float = column("contrast, or standard deviation of the noise in that of the pixels")
    active_fraction: float = column("fraction of the entries that are active")
    accuracy: float = column("fraction of the test images classified correctly by the read-out of contrast 1")
    unsettled: int = column("images left out, without a steady state (static rungs)")
    images: int = column("images shown")


def compute(p, seed, lab):
    here = scene(p, seed)
    seen = conditions(p, here, lab.stream("noise", "pixels"))
    for rung in ns.RUNGS:
        if rung != "rate":  # its steady states are those of the f-I curve rung before it
            amounts = {"none": 0.0, **matched(p, lab.simulate, here, rung, seen["contrast", 1.0])}
        found = {}
        for way, amount in amounts.items():
            weight = here.weight(amount) if way == "lateral" else 0.0
            # One run each: in the rate rung's integration the trials of a run share their steps, and the finest rules.
            runs = {key: responses(p, lab.simulate, here, rung, changed(way, amount, *each), weight)
                    for key, each in seen.items()}  # fmt: skip
            found[way] = {key: rates for key, (rates, _) in runs.items()}
            yield from described(p, here, rung, way, amount, found[way])
        for first, second in combinations(list(amounts)[1:], 2):
            both = [found[way]["contrast", 1.0] for way in (first, second)]
            settled = np.isfinite(both).all(axis=(0, 2))
            alike = metrics.jaccard(*(rates[settled] for rates in both), above=p.smallest_rate)
            alike = np.nanmean(alike) if settled.any() else np.nan
            yield Overlap(rung, first, second, alike, int((~settled).sum()), len(settled))


def described(p, here, rung, way, amount, rates):
    """What a read-out makes of one way, and what changes with contrast and noise.

    Images without a steady state are left out; without enough others there is no number.
    """
    settled = {key: np.isfinite(activity).all(axis=1) for key, activity in rates.items()}
    out = {key: (int((~each).sum()), len(each)) for key, each in settled.items()}
    learns = settled["contrast", 1.0]
    if learns.mean() < SETTLED:
        yield Matched(rung, way, amount, *[np.nan] * 6, out["contrast", 1.0][0])
    else:
        every, train = rates["contrast", 1.0], here.train & learns
        clean, read = every[learns], reader(every[train], here.labels[train])
        varying = clean[:, clean.std(axis=0) > 0]
        pairs = np.corrcoef(varying.T)[np.triu_indices(varying.shape[1], 1)]
        active, tested = clean > p.smallest_rate, ~here.train & learns
        yield Matched(
            rung, way, amount, active.mean(), np.mean(read(every[tested]) == here.labels[tested]),
            pairs.mean(), np.abs(pairs).mean(), active.mean(axis=1).std(), clean.mean(), out["contrast", 1.0][0],
        )  # fmt: skip
    for key, activity in rates.items():
        active = right = np.nan
        if min(learns.mean(), settled[key].mean()) >= SETTLED:
            tested, active = ~here.train & settled[key], active_fraction(p, activity)
            right = np.mean(read(activity[tested]) == here.labels[tested])
        yield Robustness(rung, way, *key, active, right, *out[key])


def at(t, change, level, value="accuracy", rung="spiking"):
    """A number under one change, by seed and way; noise of 0 is contrast 1."""
    if change == "noise" and level == 0:
        change, level = "contrast", 1.0
    rows = t.robustness
    chosen = rows[(rows.rung == rung) & (rows.change == change) & (rows.level == level)]
    return chosen.pivot(index="seed", columns="way", values=value)


def changed_contrast(t):
    """Accuracy at half and double contrast, mean of the two, spiking rung, by seed and way."""
    return (at(t, "contrast", 0.5) + at(t, "contrast", 2.0)) / 2


def answer(t):
    clean, ways = at(t, "contrast", 1.0).mean(), [way for way in WAYS if way != "none"]
    told = {
        way: [f"{100 * at(t, 'contrast', level, value)[way].mean():.0f}" for value in ("active_fraction", "accuracy")
              for level in (0.5, 2.0)]
        for way in ("threshold", "divisive")
    }  # fmt: skip
    (few, many, low, high), divided = told.values()
    return (
        f"Not at one contrast (accuracy {100 * clean[ways].min():.0f} to {100 * clean[ways].max():.0f} %); at half and "
        f"double contrast a threshold leaves {few} and {many} % active and reads {low} and {high} %, division "
        f"{divided[0]} and {divided[1]} % and {divided[2]} and {divided[3]} %."
    )


def enough(rows):
    """Whether enough images had a steady state everywhere for a finding to rest on them."""
    return bool((rows.images - rows.unsettled >= SETTLED * rows.images).all())


def findings(t):
    pairs = t.overlap[(t.overlap["first"] == "subtractive") & (t.overlap.second == "divisive")]
    words = "Subtraction and division keep the same units (overlap of the active sets, smallest over rungs)."
    why = "T + a n and T + T a n are the same thresholds when matched; bisection leaves a few entries"
    found = student_interval(pairs.groupby("seed").overlap.min())
    yield check("same_units", words, found, above(0.95), why=why, decided=enough(pairs))
    decided = enough(t.robustness[t.robustness.rung == "spiking"])
    factor = at(t, "contrast", 2.0, "active_fraction") / at(t, "contrast", 1.0, "active_fraction")
    words = (
        "Twice the contrast raises activity under a threshold, not under inhibition (its factor over their largest)."
    )
    why = "predicted: more than doubled, and within 25 % of 1; spiking rung"
    ratio = student_interval(factor.threshold / factor[[*INHIBITION]].max(axis=1))
    yield check("contrast", words, ratio, above(1.6), why=why, decided=decided)
    words = "Lateral inhibition makes units less alike than a raised threshold (difference of the mean correlation)."
    spiking = t.matched[t.matched.rung == "spiking"]
    alike = spiking.pivot(index="seed", columns="way", values="correlation")
    why = "it takes away what units share; spiking rung, equal active fraction"
    found = student_interval(alike.lateral - alike.threshold)
    yield check("correlation", words, found, below(-0.01), why=why, decided=decided)
    words = "At half and double contrast a read-out loses less with division than with a raised threshold."
    other = changed_contrast(t)
    why = "difference of the mean accuracy; division keeps the active set and the size of the rates; spiking rung"
    found = student_interval(other.divisive - other.threshold)
    yield check("accuracy", words, found, above(0.05), why=why, decided=decided)


def overlaps(ax, t):
    pairs = t.overlap.groupby(["first", "second"], sort=False).overlap.mean().sort_values().index
    for k, rung in enumerate(ns.RUNGS):
        look = plots.RUNGS[rung]
        for place, (first, second) in enumerate(pairs):
            rows = t.overlap[(t.overlap.rung == rung) & (t.overlap["first"] == first) & (t.overlap.second == second)]
            y, label = place + 0.15 * (k - 1.5), None if place else look.label
            ax.plot(rows.overlap.mean(), y, look.marker, color=look.colour, markersize=3.4, label=label)
            ax.hlines(y, rows.overlap.min(), rows.overlap.max(), color=look.colour, linewidth=0.8)
    ax.set_yticks(range(len(pairs)), [f"{first},\n{second}" for first, second in pairs])
    ax.set(xlim=(0, 1.02), xlabel="overlap of the active sets (Jaccard)")
    ax.legend(loc="lower left")
    return "which units stay active: overlap of the sets of two ways at equal activity, mean and range over seeds"


def activity(ax, t):
    curves(ax, t, "contrast", "active_fraction")
    ax.set(ylim=(0, None), ylabel="active fraction (spiking)")
    return "active fraction of the spiking population against contrast; all but none are equal at contrast 1"


def accuracy_and_contrast(ax, t):
    curves(ax, t, "contrast", "accuracy")
    ax.set(ylim=(0, 1), ylabel="accuracy (spiking)")
    return "accuracy of a linear read-out that learned at contrast 1; mean and range over seeds"


def accuracy_and_noise(ax, t):
    curves(ax, t, "noise", "accuracy")
    ax.set(ylim=(0, 1), ylabel="accuracy (spiking)")
    return "the same with noise on the pixels"


def curves(ax, t, change, value):
    levels = sorted(t.robustness[t.robustness.change == change].level.unique())
    levels = [0.0, *levels] if change == "noise" else levels
    for way, colour in WAYS.items():
        found = [at(t, change, level, value)[way] for level in levels]
        ax.plot(levels, [each.mean() for each in found], "o-", color=OKABE_ITO[colour], markersize=2.8, label=way)
        low, high = [each.min() for each in found], [each.max() for each in found]
        ax.vlines(levels, low, high, color=OKABE_ITO[colour], linewidth=0.6)
    if change == "contrast":
        ax.set_xscale("log")
        ax.set_xticks(levels, [f"{level:g}" for level in levels])
        ax.minorticks_off()
    ax.set(xlabel="contrast" if change == "contrast" else "noise (s.d. of the pixels)")
    ax.legend()


PANELS = (overlaps, activity, accuracy_and_contrast, accuracy_and_noise)

if __name__ == "__main__":
    main(__file__)
