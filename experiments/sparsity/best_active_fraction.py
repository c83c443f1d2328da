"""Which fraction of active cells carries most information per energy?

If an active cell costs r times a silent one, a code in which the fraction p is active carries H(p) = -p log p -
(1 - p) log(1 - p) for the energy 1 + (r - 1) p, and the best fraction solves p = (1 - p)^r. Under the energy budget of
the cortex r = (4.44e8 + 7.1e8 rate) / 4.44e8 (ATP per second, rate in Hz): some 20 % at 4 Hz; 1 to 4 %, the fractions
that are often quoted, only if active cells fire at high rates.

Sources: Levy & Baxter, Neural Comput 8 (1996); Attwell & Laughlin, J Cereb Blood Flow Metab 21 (2001); Lennie, Curr
Biol 13 (2003).
"""

from dataclasses import dataclass

import numpy as np

from neurosim.lab import Row, above, check, column, main, report
from neurosim.metrics import energy
from neurosim.params import ParameterError, Params, param
from neurosim.plots import OKABE_ITO

QUICK = {}
RATIOS = (2, 5, 7.396, 10, 20, 50, 64.96, 78.9, 100, 160.91, 458)
"""Cost ratios between the equidistant ones; 7.396 and 64.96 are the rounded ratios of 4 and 40 Hz."""
PUBLISHED = {4.0: 0.15, 40.0: 0.05}
"""Attwell & Laughlin: at most so many active at that rate in Hz."""
LENNIE, FEW = 0.01, 0.04
SHOWN = {1.0: "sky blue", 4.0: "blue", 40.0: "black"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    rates: tuple[float, ...] = param(
        (0.16, 1.0, 4.0, 10.0, 40.0, 50.0), unit="Hz", doc="rates of active cells, 4 among them", above=0
    )
    points: int = param(31, doc="number of cost ratios from 1 to 1,000", low=4)

    def check(self):
        if 4.0 not in self.rates:
            raise ParameterError(
                f"Parameters.rates: got {self.rates}, expected 4 Hz among them, the cortex's mean rate"
            )


class Atp(Row):
    rate: float = column("firing rate of an active cell", "Hz")
    atp: float = column("ATP per second and neuron", "1/s")
    ratio: float = column("cost of the active cell over that of a silent one")
    fraction: float = column("best active fraction at that ratio")


class Fractions(Row):
    ratio: float = column("cost of an active cell over that of a silent one")
    fraction: float = column("best active fraction")


class Efficiency(Row):
    rate: float = column("firing rate of an active cell", "Hz")
    active: float = column("fraction of the cells that are active")
    efficiency: float = column("information per energy, over that of the best fraction")


def compute(p, seed, lab):
    for rate in p.rates:
        ratio = energy.active_cost_ratio(rate)
        yield Atp(rate, float(energy.atp_per_second(rate)), ratio, energy.optimal_active_fraction(ratio))
    for ratio in sorted([*RATIOS, *np.geomspace(1.0, 1000.0, p.points)]):
        yield Fractions(float(ratio), energy.optimal_active_fraction(float(ratio)))
    active = np.geomspace(1e-3, 0.5, 60)
    for rate in SHOWN:
        ratio = energy.active_cost_ratio(rate)
        best = information_per_energy(energy.optimal_active_fraction(ratio), ratio)
        yield Efficiency.table(rate=rate, active=active, efficiency=information_per_energy(active, ratio) / best)


def information_per_energy(p, ratio):
    return -(p * np.log(p) + (1 - p) * np.log1p(-p)) / (1 + (ratio - 1) * p)


def rate_for(fraction):
    """Rate in Hz of active cells at which this fraction is the best one: r = log p / log(1 - p)."""
    return (np.log(fraction) / np.log1p(-fraction) - 1) / (energy.active_cost_ratio(1.0) - 1)


def answer(t):
    four = t.atp[t.atp.rate == 4.0].fraction.iloc[0]
    return (
        f"Under the cortical energy budget {100 * four:.0f} % if active cells fire at 4 Hz; 4 to 1 % is best only for "
        f"active cells that fire at {rate_for(FEW):.0f} to {rate_for(LENNIE):.0f} Hz."
    )


def findings(t):
    four = t.atp[t.atp.rate == 4.0].iloc[0]
    words = "At the cortex's mean rate of 4 Hz the best active fraction is more than 4 %."
    why = "4 %: the upper end of the fractions that are often quoted; published for 4 Hz: at most 15 %"
    yield check("at_4_hz", words, four.fraction, above(FEW), why=why, source="Attwell & Laughlin 2001")
    few = t.efficiency[t.efficiency.rate == 4.0]
    left = float(np.interp(np.log(FEW), np.log(few.active), few.efficiency))
    words = "Information per energy with 4 % active at 4 Hz, over that of the best fraction."
    yield report("with_4_percent", words, left, why="how much a sparser code than the best one costs")


def best_fraction(ax, t):
    ax.plot(t.fractions.ratio, t.fractions.fraction, color="black", linewidth=1.2)
    for row in t.atp.itertuples():
        ax.plot(row.ratio, row.fraction, "o", color="black", markersize=4)
        low = row.rate == 50.0  # beside 40 Hz there is no room above the curve
        ax.annotate(
            f"{row.rate:g} Hz",
            (row.ratio, row.fraction),
            xytext=(-5, -5) if low else (5, 3),
            fontsize="small",
            textcoords="offset points",
            ha="right" if low else "left",
            va="top" if low else "bottom",
        )
    for rate, most in PUBLISHED.items():
        ax.plot(
            energy.active_cost_ratio(rate),
            most,
            "o",
            markerfacecolor="white",
            markeredgecolor="black",
            markeredgewidth=0.8,
            markersize=5,
        )
    ax.axhline(LENNIE, color="0.5", linestyle="--", linewidth=0.9)
    ax.set(xscale="log", yscale="log", xlim=(1, 1000))
    ax.set(xlabel="cost of an active cell (silent cell = 1)", ylabel="best active fraction")
    return (
        "fraction of active cells that carries most information per energy; filled: the cortical budget at the rates "
        "beside; open: at most 15 and 5 % active at 4 and 40 Hz (Attwell & Laughlin); dashed: 1 % (Lennie)"
    )


def flatness(ax, t):
    ax.axvspan(LENNIE, FEW, color="0.92", zorder=0)
    for rate, colour in SHOWN.items():
        rows = t.efficiency[t.efficiency.rate == rate]
        ax.plot(rows.active, rows.efficiency, color=OKABE_ITO[colour], label=f"{rate:g} Hz")
    ax.set(xscale="log", ylim=(0, 1.05), xlabel="fraction of active cells", ylabel="information per energy / best")
    ax.legend(loc="lower right")
    return "information per energy against the active fraction, over its maximum; shaded: 1 to 4 %"


PANELS = (best_fraction, flatness)

if __name__ == "__main__":
    main(__file__)
