"""Do spiking neurons that learn by Hebb and inhibit each other find the receptive fields of sparse coding?

Neurons see whitened patches of photographs. Each learns what it is driven by (Hebb, in Oja's form), neurons that fire
together inhibit each other more (anti-Hebb), and thresholds move until each fires as often as it should. These are the
rules of SAILnet, here as one circuit on three rungs that start from the same weights and see the same patches. Beside
them stand sparse coding with a learned dictionary and an autoencoder of ReLUs with a penalty on their activity.

All five should find localised, oriented fields, as Gabor functions are; random fields and principal components are not.

Sources: Zylberberg, Murphy & DeWeese, PLoS Comput Biol 7 (2011), and the authors' code (SAILnet); King, Zylberberg &
DeWeese, J Neurosci 33 (2013); Olshausen & Field, Nature 381 (1996).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.learning._coders import (
    COLOURS,
    CONTROLS,
    METHOD,
    METHODS,
    NAMES,
    TILES,
    Coders,
    autoencoder,
    described,
    dictionary,
    linear_error,
    of_norm_one,
)
from experiments.learning._photographs import (
    LEARNERS,
    QUICK,
    Learning,
    best_gain,
    code,
    counts,
    fields_of,
    learned,
    patches,
    settled,
    unit,
)
from neurosim.lab import Row, below, check, column, main, report
from neurosim.params import Array, param
from neurosim.plots import plot_filters

QUICK = {**QUICK, "snapshots": 5, "learning_steps": 60, "epochs": 40, "activity_penalty": 0.2}


@dataclass(frozen=True, kw_only=True)
class Parameters(Coders):
    seeds: int = param(3, doc="seeds of patches, first fields and the order of patches", low=1)


class Codes(Row):
    method: str = column(METHOD)
    mean_activity: float = column("mean over patches and units: counts on the rungs, coefficients elsewhere")
    active_fraction: float = column("active entries: half a count or more on the rungs, above 0 elsewhere")
    population: float = column("Treves-Rolls ratio over units, mean over patches that make any unit active")
    lifetime: float = column("Treves-Rolls ratio over patches, mean over units that are ever active")
    correlation: float = column("root mean square of the correlation of two units over patches")
    error: float = column("fraction of the energy missed by the sum of the fields, weighted by activity; one gain")
    linear_error: float = column("fraction missed by a linear decoder fitted to other patches (ridge)")
    left_out: int = column("patches left out because no steady state was found")


class Fields(Row):
    method: str = column(METHOD)
    unit: int = column("number of the unit; those that answer to no patch have no field")
    r2: float = column("fraction of the field's variance that the Gabor function explains")
    x: float = column("centre, to the right", "pixels")
    y: float = column("centre, downwards", "pixels")
    across: float = column("standard deviation of the envelope across the bars", "pixels")
    along: float = column("standard deviation of the envelope along the bars", "pixels")
    orientation: float = column("of the bars, 0 horizontal, anticlockwise", "deg")
    wave: float = column("frequency of the Gabor function's wave (0: a single bar)", "cycles/pixel")
    frequency: float = column("spatial frequency at the peak of the field's spectrum", "cycles/pixel")
    coherence: float = column("of the field's gradients: 0 no direction, 1 one direction")
    localised: int = column("1 where a Gabor function explains 80 % of it, and no envelope is wider than side/4")
    good: int = column("1 where it is localised and its coherence is at least 0.5")


class Rungs(Row):
    first: str = column("rung")
    second: str = column("another one")
    same: float = column("mean cosine of the fields of the same unit on two rungs, which started alike")
    best: float = column("mean cosine with the most similar field of the other rung")
    other: float = column("mean cosine of the fields of different units")


class Pictures(Row):
    method: str = column(METHOD)
    picture: Array = column("a field as an image")


def compute(p, seed, lab):
    examples, train, test = patches(p, seed)
    shown = {"train": train, "test": test}
    fields, codes, decoders = {}, {}, {}
    known = {name: getattr(p, name) for name in Learning.info() if name not in ("rung", "blind")}
    for name in (*LEARNERS, "random"):
        rung = "spiking" if name == "random" else name
        run = lab.once(learned, Learning(**known, rung=rung, blind=name == "random"), seed)
        lab.note(engine=run["engine"])
        fields[name] = fields_of(p, run["circuit"])
        codes[name] = {use: counts(lab, p, rung, run["circuit"], rows) for use, rows in shown.items()}
    fraction = float((codes["spiking"]["test"] >= 0.5).mean())
    fields["dictionary"], codes["dictionary"] = dictionary(p, seed, examples, shown, fraction)
    decoders["dictionary"] = fields["dictionary"]
    found = autoencoder(p, seed, examples, shown, fraction)
    fields["autoencoder"], codes["autoencoder"], decoders["autoencoder"] = found
    fields["principal"] = ns.wiring.principal_components(examples, p.side**2 - 1)
    for name in (*METHODS, *CONTROLS):
        answers = np.nansum(codes[name]["test"], axis=0) if name in codes else np.ones(len(fields[name]))
        for facts in described(p, fields[name], answers > 0):
            yield Fields(name, *facts)
        if name in codes:
            yield compared(name, codes[name], shown, fields[name], decoders.get(name))
        for picture in fields[name].reshape(-1, p.side, p.side)[:TILES] if name in METHODS else ():
            yield Pictures(name, picture)
    yield from alike(fields)


def compared(name, codes, shown, fields, decoder):
    """Codes of the test patches; artificial ones are of patches of norm 1, and so a code and its patch are scaled."""
    pairs, left_out = {}, 0
    for use, rows in shown.items():
        there = settled(codes[use])
        pairs[use] = (codes[use][there], of_norm_one(rows[there]))
        left_out += int((~there).sum())
    level = 0.5 - 1e-9 if decoder is None else 0.0
    atoms = fields if decoder is None else decoder
    gain = best_gain(pairs["train"][0] @ atoms, pairs["train"][1])
    linear = linear_error(pairs["train"], pairs["test"])
    return Codes(name, **code(*pairs["test"], atoms, gain, level), linear_error=linear, left_out=left_out)


def alike(fields):
    """Do the same units become the same fields?"""
    for first, second in (("spiking", "rate"), ("spiking", "artificial"), ("rate", "artificial")):
        table = unit(fields[first]) @ unit(fields[second]).T
        n = len(table)
        other = float((table.sum() - np.trace(table)) / (n * (n - 1)))
        yield Rungs(first, second, float(np.diagonal(table).mean()), float(table.max(axis=1).mean()), other)


def answer(t):
    good = t.fields.groupby("method").good.mean()
    words = ", ".join(f"{100 * good[name]:.0f} % ({NAMES[name]})" for name in METHODS)
    return (
        f"Localised, oriented fields: {words}; of random fields {100 * good['random']:.0f} %, of principal components "
        f"{100 * good['principal']:.0f} %."
    )


def findings(t):
    from scipy.stats import fisher_exact

    several = t.fields.seed.nunique() > 1  # one replicate decides nothing
    good = t.fields.groupby("method").good.agg(["sum", "count"])
    control = (good.loc[list(CONTROLS), "sum"] / good.loc[list(CONTROLS), "count"]).idxmax()
    chances = {}
    for name in METHODS:
        table = [[row["sum"], row["count"] - row["sum"]] for row in (good.loc[name], good.loc[control])]
        chances[name] = float(fisher_exact(table, alternative="greater").pvalue)
    worst = max(chances, key=lambda name: chances[name])
    words = f"Localised, oriented fields are more frequent than among {NAMES[control]} (worst: {NAMES[worst]}; p)."
    why = "Fisher's exact test against the better control, one-sided; five tests with a common level of 0.05"
    source = "Olshausen & Field 1996"
    yield check("fields", words, chances[worst], below(0.01), why=why, source=source, decided=several)
    error = t.codes.groupby("method").error.mean()
    more = error[list(METHODS)] - error["random"]
    words = f"Learned fields miss less of a patch than random ones do (difference of energy; worst: {more.idxmax()})."
    why = (
        "both are decoded with one gain, fitted on other patches, at the same mean count (artificial codes: at the "
        "same fraction of active units)"
    )
    yield check("reconstruction", words, more.max(), below(0.0), why=why, decided=several)
    rungs = t.rungs.groupby(["first", "second"])[["same", "other"]].mean()
    words = (
        f"The same unit becomes the same field on another rung (mean cosine; least similar pair; different units "
        f"{rungs.other.max():.2f})."
    )
    yield report("same", words, rungs.same.min())
    words = "Correlation of two spiking units over patches (root mean square)."
    source = "King, Zylberberg & DeWeese 2013 report less than 0.13"
    yield report("correlation", words, t.codes[t.codes.method == "spiking"].correlation.mean(), source=source)


def mosaics(ax, t):
    ax.set_axis_off()
    first = t.pictures[t.pictures.seed == t.pictures.seed.min()]
    for k, name in enumerate(METHODS):
        tiles = np.stack(first[first.method == name].picture.tolist())
        place = (0.36 * (k % 3), 0.52 * (1 - k // 3), 0.3, 0.42)
        plot_filters(ax.inset_axes(place), tiles, columns=math.isqrt(TILES), title=NAMES[name])
    return (
        "fields after learning, each in its own colour range (red excites); on the rungs (LIF, rate, ReLU) a place is "
        "the same unit, which started from the same random field and saw the same patches"
    )


def directions(ax, t):
    for name in METHODS:
        rows = t.fields[(t.fields.method == name) & (t.fields.good == 1)]
        ax.plot(rows.orientation, rows.frequency, "o", markersize=2.4, color=COLOURS[name], label=NAMES[name], zorder=2)
    ax.set(xlabel="orientation (deg)", ylabel="best frequency (cycles/pixel)", xlim=(-5, 185), ylim=(0, 0.5))
    ax.set_xticks([0, 45, 90, 135, 180])
    ax.legend(loc="upper center", ncols=3, columnspacing=0.8)
    return "orientation of the bars and best spatial frequency of localised, oriented fields"


def good_fields(ax, t):
    bars(ax, t.fields.groupby(["method", "seed"]).good.mean())
    ax.set(xlim=(0, 1), xlabel="fraction of localised, oriented fields")
    return (
        "fields of which a Gabor function explains 80 %, not wider across the bars than a quarter of the patch, and "
        "with a coherence of gradients of 0.5; points: seeds"
    )


def missed_energy(ax, t):
    bars(ax, t.codes.groupby(["method", "seed"]).error.mean())
    linear = t.codes.groupby("method").linear_error.mean()
    names = [name for name in NAMES if name in linear.index]
    ax.plot(linear[names], [-list(NAMES).index(name) for name in names], "D", color="white", mec="black", mew=0.7)
    ax.set(xlim=(0, 1), xlabel="fraction of energy missed")
    return "energy of a patch that a code misses: bars, the sum of the fields with one gain; diamonds, ridge regression"


def bars(ax, values):
    names = [name for name in NAMES if name in values.index.get_level_values(0)]
    for name in names:
        place, those = -list(NAMES).index(name), values[name]
        ax.barh(place, those.mean(), height=0.65, color=COLOURS[name], alpha=0.5, linewidth=0)
        ax.plot(those, np.full(len(those), place), "o", markersize=2.4, color=COLOURS[name])
    ax.set_yticks([-list(NAMES).index(name) for name in names], [NAMES[name] for name in names])


PANELS = (mosaics, directions, good_fields, missed_energy)

if __name__ == "__main__":
    main(__file__)
