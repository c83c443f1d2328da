"""Does a code become sparser while spiking neurons learn it?

Neurons learn fields by Hebb and inhibition by anti-Hebb from patches of photographs (SAILnet) on three rungs, and
thresholds hold the mean count at its target. At a fixed mean count the code need not become sparser: homeostatic sparse
coders can even become less sparse while their fields become selective.

Sources: Zylberberg & DeWeese, PLoS Comput Biol 9 (2013); Zylberberg, Murphy & DeWeese, PLoS Comput Biol 7 (2011).
"""

import itertools
from dataclasses import dataclass

import numpy as np

from experiments.learning._photographs import (
    LEARNERS,
    QUICK,
    Learning,
    Photographs,
    code,
    counts,
    fields_of,
    learned,
    patches,
    settled,
    unit,
)
from neurosim.lab import Row, above, below, check, column, main, report
from neurosim.params import ParameterError, param
from neurosim.plots import series_style

QUICK = {**QUICK, "snapshots": 5}


@dataclass(frozen=True, kw_only=True)
class Parameters(Photographs):
    seeds: int = param(3, doc="seeds of patches, first fields and the order of patches", low=1)


class History(Row):
    rung: str = column("rung of the ladder")
    batch: int = column("last batch of this twentieth of the run")
    count: float = column("mean count over the twentieth")
    deviation: float = column("(count - target)/target")
    converged: float = column("fraction of the presentations in which a steady state was found (others teach nothing)")
    change: float = column("mean over the twentieth of the relative change of the fields by one batch")


class Looks(Row):
    rung: str = column("rung of the ladder")
    batch: int = column("batches learned so far")
    mean_activity: float = column("mean count over further patches and units")
    active_fraction: float = column("fraction of patches and units with half a count or more")
    population: float = column("Treves-Rolls ratio over units, mean over patches that make any unit active")
    lifetime: float = column("Treves-Rolls ratio over patches, mean over units that are ever active")
    correlation: float = column("root mean square of the correlation of two units over patches")
    error: float = column("fraction of the energy missed by the sum of the fields, weighted by counts; one gain")
    similarity: float = column("mean over units of the cosine between the field now and at the end")


def compute(p, seed, lab):
    _, _, test = patches(p, seed)
    known = {name: getattr(p, name) for name in Photographs.info()}
    for rung in LEARNERS:
        run = lab.once(learned, Learning(**known, rung=rung), seed)
        lab.note(engine=run["engine"])
        yield from twentieths(p, rung, run["history"])
        last = fields_of(p, run["circuit"])
        for batch, circuit in run["snapshots"]:
            codes, fields = counts(lab, p, rung, circuit, test), fields_of(p, circuit)
            there = settled(codes)
            if not there.any():
                raise ParameterError(f"{rung}: no patch has a steady state after {batch} batches; lower anti_hebb")
            similarity = float((unit(fields) * unit(last)).sum(axis=1).mean())
            yield Looks(rung, batch, **code(codes[there], test[there], fields, None, 0.5), similarity=similarity)


def twentieths(p, rung, history):
    """Twenty parts of the run."""
    edges = np.linspace(0, len(history["converged"]), 21).round().astype(int)
    for first, last in itertools.pairwise(edges.tolist()):
        part = slice(first, last)
        count = float(history["rate units"][part].mean()) / p.reference
        converged, change = history["converged"][part].mean(), history["change fields"][part].mean()
        yield History(rung, last, count, (count - p.target) / p.target, float(converged), float(change))


def target(t):
    """Mean count that homeostasis asks for."""
    return float((t.history["count"] / (1.0 + t.history.deviation)).mean())


def trend(t, rung):
    """Change of the Treves-Rolls ratio from the first look with a mean count near its target; NaN without two."""
    found, aim = [], target(t)
    for _, rows in t.looks[t.looks.rung == rung].groupby("seed"):
        near = rows[(rows.mean_activity - aim).abs() <= 0.2 * aim]
        found.append(near.population.iloc[-1] - near.population.iloc[0] if len(near) > 1 else float("nan"))
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def answer(t):
    words = ", ".join(f"{trend(t, rung):+.2f} ({series_style(rung).label})" for rung in LEARNERS)
    return f"Change of the Treves-Rolls ratio over units (small: sparse) during learning at a held mean count: {words}."


def findings(t):
    last = t.history.groupby(["seed", "rung"]).tail(4).groupby("rung").deviation.mean()
    worst = last.abs().idxmax()
    words = f"Homeostasis holds the mean count at its target (relative deviation in the last fifth; worst: {worst})."
    why = "10 %, as for SAILnet: the thresholds follow a mean over 100 patches"
    yield check("count", words, abs(last[worst]), below(0.1), why=why, source="Zylberberg, Murphy & DeWeese 2011")
    before = t.looks.groupby(["seed", "rung"]).nth(-2).groupby("rung").similarity.mean()
    words = f"Fields have come to rest (cosine between last look but one and end; worst: {before.idxmin()})."
    why = "fields that are still being replaced have a cosine near 0; learning that goes on leaves 0.98 to 0.99"
    yield check("rest", words, before.min(), above(0.9), why=why)
    steady = t.history.groupby("rung").converged.mean()
    words = f"Presentations end in a steady state or need none (fraction; worst: {steady.idxmin()})."
    why = "strong mutual inhibition makes the fixed point of static units slow to find; those left out teach nothing"
    yield check("steady", words, steady.min(), above(0.9), why=why)
    words = "Change of the Treves-Rolls ratio over units of the spiking neurons; above 0: less sparse."
    yield report("spiking", words, trend(t, "spiking"), source="Zylberberg & DeWeese 2013")


def curves(ax, t, name, label):
    for rung in LEARNERS:
        rows = t.looks[t.looks.rung == rung].groupby("batch")[name].mean()
        ax.plot(rows.index, rows, **series_style(rung).line())
    ax.set(xlabel="batches learned", ylabel=label, ylim=(0, None))


def sparseness(ax, t):
    curves(ax, t, "population", "Treves-Rolls ratio over units")
    ax.legend(loc="lower left")
    return "sparseness over units (small: sparse) on patches that are not learned from; means over seeds"


def correlation(ax, t):
    curves(ax, t, "correlation", "correlation (rms)")
    return "correlation of two units over patches"


def count(ax, t):
    curves(ax, t, "mean_activity", "mean count per unit")
    ax.axhline(target(t), color="0.6", linewidth=0.7, linestyle=":")
    return "mean count per unit; dotted: what homeostasis asks for"


PANELS = (sparseness, correlation, count)

if __name__ == "__main__":
    main(__file__)
