"""At which speeds does inhibition from one side prefer a direction, and what does a delay of the inhibition change?

Without a delay, a faster bar finds more of the excitation and the inhibition together in the null direction. A delay d
of the inhibition shifts the two against each other by d in both directions: they coincide best in the null direction
when the bar takes just d from place to place, and bars that are faster still arrive before their inhibition.

Prediction: at weight 5 and without delay selectivity only falls as the bar slows down; with a delay of half a unit of
time it is 1, and largest, at a travel time of half a unit.

Source: Barlow & Levick, J Physiol 178 (1965) (the veto); the closed form of `_bar.closed_form`.
"""

from dataclasses import dataclass

import numpy as np

from experiments.inhibition._bar import Bar, closed_form, even, index, rate_cells, shown, spiking_cells
from neurosim.engines import choices
from neurosim.lab import Row, above, below, check, column, main, report
from neurosim.params import ParameterError, param
from neurosim.plots import RUNGS

QUICK = {"travels": (0.25, 0.5, 1.0, 2.0), "amplitudes": 5}
WEIGHT = 5.0  # area of the inhibition over that of the excitation


@dataclass(frozen=True, kw_only=True)
class Parameters(Bar):
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    delay: float = param(0.5, doc="delay of the inhibition in one of the two runs, in units of time", above=0, high=2)
    travels: tuple[float, ...] = param(
        (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0), doc="times from place to place, in units of time", above=0.1, high=4
    )
    amplitudes: int = param(13, doc="brightnesses of the bar over which spikes are averaged", low=3)

    def check(self):
        if list(self.travels) != sorted(set(self.travels)) or self.delay not in self.travels[1:]:
            raise ParameterError(
                f"Parameters.travels: got {self.travels}, expected them to increase, and the delay of {self.delay:g} "
                "among them after a shorter time"
            )


class Speed(Row):
    rung: str = column("theory (closed form), or rung")
    travel: float = column("time from place to place, in units of time")
    delay: float = column("delay of the inhibition, in units of time")
    dsi: float = column("direction selectivity (P - N)/(P + N) at weight 5")


def compute(p, seed, lab):
    travels = np.array(p.travels)
    for delay in (0.0, p.delay):
        for travel in np.geomspace(travels.min(), travels.max(), 61):
            yield Speed("theory", travel, delay, index(*closed_form(p, WEIGHT, float(travel), delay)))
        for rung, cells, copies in (
            ("rate", rate_cells(p, ("rectified",)), 1),
            ("spiking", spiking_cells(p, ("rectified",)), p.amplitudes),
        ):
            bars = np.tile(even(p, copies), (len(travels), 1))
            times = np.repeat(travels, copies)
            responses, _ = shown(p, lab, cells, (WEIGHT,), bars, tail=4.0, travels=times, delay=delay)
            means = responses["rectified"].reshape(2, len(travels), -1).mean(axis=2)
            for travel, towards, against in zip(p.travels, *means, strict=True):
                yield Speed(rung, travel, delay, index(towards, against))


def curves(t, rung):
    """Selectivity by travel time, one column without and one with the delay."""
    return t.speed[t.speed.rung == rung].pivot(index="travel", columns="delay", values="dsi")


def answer(t):
    found = curves(t, "spiking")
    without, delayed = found.iloc[0, 0], found[found.columns[1]]
    return (
        f"Fast bars without a delay: selectivity is {without:.2f} at a travel time of {found.index[0]:g} and falls to "
        f"{found.iloc[-1, 0]:.2f}; a delay of {delayed.name:g} lowers it to {delayed.iloc[0]:.2f} there and makes it "
        f"{delayed[delayed.name]:.2f} at {delayed.name:g}."
    )


def findings(t):
    found = curves(t, "spiking")
    delay = found.columns[1]
    words = "Without a delay LIF neurons become less selective with every step to a slower bar."
    why = "inhibition decays before the bar reaches the next place: the closed form falls by more than 0.1 per step"
    yield check("slower_is_less", words, found[0.0].diff().max(), below(-0.02), why=why, source="closed form")
    gained = found[delay][delay] - found[delay].iloc[0]
    lost = found[0.0][delay] - found[0.0].iloc[0]
    words = (
        f"With a delay LIF neurons are more selective for a bar whose travel time is the delay than for the fastest "
        f"one (difference without a delay: {lost:.3f})."
    )
    why = "bars faster than the delay meet their inhibition too late in both directions; about 0.8 in the closed form"
    yield check("delay_sets_best_speed", words, gained, above(0.1), why=why, source="closed form")
    words = "Selectivity of LIF neurons above the closed form, largest value: inhibition pulls the membrane below rest."
    theory = t.speed[t.speed.rung == "theory"]
    above_theory = max(
        (found[each] - np.interp(found.index, rows.travel, rows.dsi)).max() for each, rows in theory.groupby("delay")
    )
    yield report("above_theory", words, above_theory)


def panel(ax, t, place):
    for rung in ("theory", "rate", "spiking"):
        rows = curves(t, rung).iloc[:, place].dropna()
        if rung == "theory":
            ax.plot(rows.index, rows, color="0.6", label="closed form", zorder=0.5)
        else:
            look = RUNGS[rung]
            name = "LIF" if rung == "spiking" else "rectified rate unit"
            ax.plot(rows.index, rows, color=look.colour, marker=look.marker, linestyle="none", label=name)
    ticks = curves(t, "rate").index
    ax.set_xscale("log", base=2)
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(ylim=(-0.05, 1.08), xlabel="time from place to place (units of time)", ylabel="direction selectivity")
    ax.legend(loc="best")


def without_delay(ax, t):
    panel(ax, t, 0)
    return "selectivity at weight 5 against the travel time of the bar, inhibition without a delay"


def with_delay(ax, t):
    panel(ax, t, 1)
    delay = curves(t, "rate").columns[1]
    ax.axvline(delay, color="0.6", linewidth=0.8, linestyle=":", zorder=0.5)
    return f"the same with inhibition that is delayed by {delay:g} units of time (dotted)"


PANELS = (without_delay, with_delay)

if __name__ == "__main__":
    main(__file__)
