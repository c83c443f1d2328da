"""How many neurons are active at any moment, and how much does that depend on how long a moment is?

Active is a cell that spikes at least once in a time bin. The states of Brunel's network in which inhibition leads, with
rates from a few to some 60 spikes per second, are counted in bins of 1 to 100 ms.

Prediction: random spikes of a rate r fill a fraction 1 - exp(-r bin) of the cells' bins; regular spikes fill more, most
where a bin is half an interval. So a fraction of 1 to 4 % names a rate only together with a bin.

Source: Poisson statistics; Lennie, Curr Biol 13 (2003) for the cortical estimate (abstract: possibly fewer than 1 %).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.inhibition._brunel import BINS, COLOURS, REGIMES, SIZES, Network, measured, state_of
from neurosim import plots
from neurosim.lab import Row, above, below, check, column, main, not_testable, report
from neurosim.metrics import student_interval
from neurosim.params import param

QUICK = {"seeds": 2, "size": "medium", "duration": 0.55, "settle": 0.05, "dt": 6.25e-5}
STATES = tuple(name for name, (g, _) in REGIMES.items() if g > 4.0)
USUAL = (5e-3, 10e-3, 50e-3)  # s


@dataclass(frozen=True, kw_only=True)
class Parameters(Network):
    seeds: int = param(4, doc="networks: connections and outside spikes", low=2)


class Active(Row):
    state: str = column("name of the state")
    cells: int = column("cells of the network")
    rate: float = column("mean rate of all cells", "Hz")
    bin: float = column("width of a time bin", "s")
    fraction: float = column("mean fraction of cells that spike at least once in a bin")
    poisson: float = column("1 - exp(-rate * bin)")


def compute(p, seed, lab):
    lab.note(models="LIF")
    for state in STATES:
        found = lab.once(measured, state_of(p, state), seed)
        lab.note(engine=found["engine"])
        for width, fraction in zip(BINS, found["active"], strict=True):
            rate = found["rate"]
            yield Active(state, SIZES[p.size].every, rate, width, fraction, 1.0 - math.exp(-rate * width))


def sparsest(t):
    """Mean rate of the state with the lowest one, and its active fraction by bin."""
    rates = t.active.groupby("state").rate.mean()
    rows = t.active[t.active.state == rates.idxmin()]
    return rates.min(), rows.groupby("bin").fraction.mean()


def answer(t):
    rate, fraction = sparsest(t)
    return (
        f"It depends on the moment: of a network that fires {rate:.1f} Hz, {fraction[5e-3]:.1%} of the cells spike "
        f"within 5 ms, {fraction[10e-3]:.1%} within 10 ms and {fraction[50e-3]:.1%} within 50 ms."
    ).replace("%", " %")


def findings(t):
    why = (
        "the statement names neither a time bin nor a rate, and no model counts the active cells of a brain: energy "
        "budgets bound them from outside"
    )
    yield not_testable("A1-24", why=why, source="Lennie (2003), abstract: possibly fewer than 1 %")
    words = "Rates at which random spikes are in 1 to 4 % of the bins: what such a fraction says of a rate."
    low, high = (-np.log1p(-np.array(each)) for each in (0.01, 0.04))
    rates = [f"{low / width:.1f} to {high / width:.1f} Hz in bins of {1e3 * width:g} ms" for width in USUAL]
    yield report("rate_and_bin", words, "; ".join(rates))
    rows = t.active[t.active.state == "AI"]
    distance = (rows.fraction / rows.poisson - 1.0).groupby([rows.seed, rows.bin]).mean().unstack()
    words = "The active fraction of the asynchronous network is near that of random spikes (largest relative distance)."
    why = "spikes more regular than random are spread over more bins: up to 30 %; bins of 10 and 50 ms"
    usual = student_interval(distance[[10e-3, 50e-3]].abs().max(axis=1))
    large = bool((t.active.cells == SIZES["large"].every).all())
    yield check("near_random", words, usual, below(0.30), why=why, source="Poisson statistics", decided=large)
    words = "Its regular spikes fill more bins than random ones (relative distance, bins of half an interval)."
    half = min(BINS, key=lambda width: abs(math.log(width * 2 * rows.rate.mean())))
    why = "a bin of half an interval seldom holds two spikes of a cell; random ones give 0 (to 1 %), bursts less"
    yield check("regular", words, student_interval(distance[half]), above(0.02), why=why)


def by_bin(ax, t):
    width = np.geomspace(BINS[0], BINS[-1], 60)
    for state, rows in t.active.groupby("state", sort=False):
        colour, rate = plots.OKABE_ITO[COLOURS[state]], rows.rate.mean()
        mean = rows.groupby("bin").fraction.mean()
        ax.plot(1e3 * width, 100 * -np.expm1(-rate * width), color=colour, linewidth=0.8)
        ax.plot(1e3 * mean.index, 100 * mean, "o", color=colour, label=f"{state}, {rate:.1f} Hz")
    ax.axhspan(1.0, 4.0, color="0.88", linewidth=0, zorder=0.2)
    ax.set(xscale="log", yscale="log", ylim=(0.5, 130), xlabel="time bin (ms)", ylabel="active cells (%)")
    ax.legend(loc="lower right")
    return "cells with at least one spike in a bin, mean over networks; lines: random spikes, grey: 1 to 4 %"


def against_random(ax, t):
    for state, rows in t.active.groupby("state", sort=False):
        found = (rows.fraction / rows.poisson).groupby(rows.bin).agg(["mean", "min", "max"])
        spikes, colour = rows.rate.mean() * found.index, plots.OKABE_ITO[COLOURS[state]]
        ax.vlines(spikes, found["min"], found["max"], color=colour)
        ax.plot(spikes, found["mean"], "o-", color=colour, linewidth=0.8, label=state)
    ax.axhline(1.0, color="0.5", linewidth=0.6)
    ax.axvline(0.5, color="0.8", linestyle=":", zorder=0.2)
    ax.set(xscale="log", xlabel="spikes of a cell per bin", ylabel="active cells / those of random spikes")
    ax.legend(loc="upper left")
    return "the same over the fraction for random spikes; bars: range over networks, dotted: bins of half an interval"


PANELS = (by_bin, against_random)

if __name__ == "__main__":
    main(__file__)
