"""When do spikes cost less than multiplications, at the same accuracy?

A spike costs an addition per target, an activity that is not 0 a multiplication with addition, which takes 5.1 times
the energy (32-bit floating point, 45 nm). Spikes grow in proportion to the duration of a run, so they are cheaper as
long as a cell sends fewer than 5.1 times the density of the network that skips its zeros. Counted are the layers that
hidden units feed; updates of the cells and memory are not.

Sources: Horowitz, ISSCC (2014); Rueckauer et al., Front Neurosci 11:682 (2017).
"""

from dataclasses import dataclass

import numpy as np

from experiments.networks._twins import BEST, QUICK_TWINS, RELU, Twins, twins
from neurosim.lab import Row, below, check, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO, RUNGS, SeriesStyle

QUICK = {"seeds": 2, **QUICK_TWINS}
POINT = 0.01 + 1e-12
"""One point of accuracy, and the rounding of a mean."""
LOOKS = {
    BEST: SeriesStyle(OKABE_ITO["bluish green"], "-", "s", "IF, half charged"),
    "IF": SeriesStyle(OKABE_ITO["sky blue"], "--", "v", "IF, empty at start"),
    "LIF": SeriesStyle(RUNGS["spiking"].colour, "-", "o", "LIF"),
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Twins):
    seeds: int = param(5, doc="number of seeds of split, weights and order of examples", low=2)


class Energy(Row):
    network: str = column("trained here, by scikit-learn, or here with a smoothed LIF curve")
    twin: str = column("what the network became")
    steps: int = column("duration in steps of 1 ms")
    accuracy: float = column("fraction of the test digits classified correctly")
    network_accuracy: float = column("that of the network itself")
    spikes: float = column("spikes per hidden unit and digit")
    density: float = column("fraction of the network's hidden activities that are not 0, weighted by their targets")
    acs: float = column("additions per digit: hidden spikes times targets")
    macs: float = column("multiplications per digit of the same layers with zeros skipped")
    dense_macs: float = column("without skipping")
    energy_low: float = column("lowest energy of the additions (32-bit integers)", "pJ")
    energy: float = column("energy of the additions in 32-bit floating point", "pJ")
    network_energy: float = column("energy of the multiplications, zeros skipped, in 32-bit floating point", "pJ")
    network_low: float = column("the same in 32-bit integers", "pJ")
    dense_energy: float = column("the same without skipping, 32-bit floating point", "pJ")


def compute(p, seed, lab):
    found = lab.once(twins, p, seed)
    for engine in found["engines"]:
        lab.note(engine=engine)
    frame = found["answers"]
    frame = frame[frame.twin != "rate"]
    yield Energy.table(**{each.name: frame[each.name].to_numpy() for each in Energy.columns()})


def of(t, twin):
    """The network trained here as one twin."""
    return t.energy[(t.energy.network == RELU) & (t.energy.twin == twin)]


def break_even(t, twin):
    """Duration (steps) at which spikes cost as much as the network, in each seed; NaN where they never do."""
    found = []
    for _, rows in of(t, twin).groupby("seed"):
        ratio = (rows.energy / rows.network_energy).to_numpy()
        found.append(np.interp(1.0, ratio, rows.steps, left=np.nan, right=np.nan))
    return np.array(found)


def ratio_at_a_point(t, twin):
    """Duration from which the mean loss stays within a point, and energy there over the network's, in each seed.

    Where the loss never stays within a point, the longest duration, and False.
    """
    rows = of(t, twin)
    loss = (rows.network_accuracy - rows.accuracy).groupby(rows.steps).mean()
    poor = np.flatnonzero(loss.to_numpy() > POINT)
    first = int(poor[-1]) + 1 if poor.size else 0
    steps = loss.index[min(first, len(loss) - 1)]
    there = rows[rows.steps == steps]
    return int(steps), (there.energy / there.network_energy).to_numpy(), first < len(loss)


def answer(t):
    even = break_even(t, BEST)
    steps, ratio, reached = ratio_at_a_point(t, BEST)
    words = f"within a point of accuracy they are after {steps}" if reached else "they never come within a point"
    return (
        f"Half-charged IF cells cost less than the network for runs of up to {np.nanmean(even):.0f} steps; {words}, at "
        f"{ratio.mean():.2f} times the network's energy."
    )


def findings(t):
    found = []
    for _, rows in of(t, BEST).groupby("seed"):
        line = rows.spikes.iloc[-1] / rows.steps.iloc[-1] * rows.steps
        found.append(np.abs(rows.spikes / line - 1)[rows.steps >= 16].max())
    words = "Spikes grow in proportion to the duration (largest relative distance from a line, from 16 steps on)."
    why = "a spike is one step under way to the second of two populations: half of 1/16 is 0.03"
    yield check("linear", words, student_interval(np.array(found)), below(0.04), why=why, source="constant rates")
    for id, twin, name in (("if_cells", BEST, "half-charged IF cells"), ("lif_cells", "LIF", "LIF cells")):
        steps, ratio, reached = ratio_at_a_point(t, twin)
        words = f"At the shortest duration from which {name} stay within a point of accuracy they cost less (ratio)."
        why = f"1: as much as the network with its zeros skipped; {steps} steps of 1 ms; additions alone"
        source = "Horowitz 2014"
        yield check(id, words, student_interval(ratio), below(1.0), why=why, source=source, decided=reached)
    density = of(t, BEST).groupby("seed").density.first()
    words = "Fraction of the hidden activities that are not 0; spikes per unit at equal energy are 5.1 times as many."
    yield report("density", words, student_interval(density.to_numpy()))


def energy_against_duration(ax, t):
    for twin, look in LOOKS.items():
        rows = of(t, twin)
        ratio = (rows.energy / rows.network_energy).groupby(rows.steps).mean()
        ax.plot(ratio.index, ratio, **look.line())
    ax.axhline(1.0, color="0.5", linestyle="--", linewidth=0.9)
    steps = sorted(set(t.energy.steps))
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(steps, [str(step) for step in steps])
    ax.minorticks_off()
    ax.set(xlabel="duration (ms; IF: steps)", ylabel="energy / energy of the network")
    ax.legend(loc="upper left")
    return "energy of the additions over that of the network's multiplications with zeros skipped, mean over seeds"


def accuracy_against_energy(ax, t):
    for twin, look in LOOKS.items():
        mean = of(t, twin).groupby("steps")[["energy", "energy_low", "accuracy"]].mean()
        ax.plot(mean.energy / 1e3, 100 * mean.accuracy, **look.line())
        ax.hlines(100 * mean.accuracy, mean.energy_low / 1e3, mean.energy / 1e3, color=look.colour, linewidth=0.6)
    own = of(t, BEST)[["network_energy", "network_low", "network_accuracy"]].mean()
    ax.axvline(own.network_energy / 1e3, color="0.5", linewidth=0.9, linestyle="--")
    ax.plot(own.network_energy / 1e3, 100 * own.network_accuracy, "*", color="0.3", markersize=8, label="network")
    ax.hlines(100 * own.network_accuracy, own.network_low / 1e3, own.network_energy / 1e3, color="0.3", linewidth=0.9)
    ax.set(xscale="log", xlim=(0.1, 400), ylim=(75, 101))
    ax.set(xlabel="energy of the arithmetic (nJ per digit)", ylabel="accuracy (%)")
    ax.legend(loc="lower right")
    return (
        "accuracy against energy per digit; bars reach from 32-bit integers to 32-bit floating point (45 nm); dashed: "
        f"the network with zeros skipped (density {of(t, BEST).density.mean():.2f}); accuracies below 75 % are left out"
    )


PANELS = (energy_against_duration, accuracy_against_energy)

if __name__ == "__main__":
    main(__file__)
