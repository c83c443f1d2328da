"""Is a ReLU with lateral inhibition a sparse coder, and do rate and spiking neurons find the same code?

A dictionary Phi explains a signal s by few of its columns: minimise |s - Phi a|^2/2 + lambda |a|_1 over a >= 0. In the
circuit each column is a unit that hears how well it fits (Phi^T s), every unit inhibits the others by how much their
columns overlap (Phi^T Phi - 1), and the threshold of all units is lambda.

Prediction: the fixed point of ReLUs and inhibition is the minimum; rate units settle there, and integrate-and-fire
neurons come close. The larger lambda, the fewer units are active and the more of the signal is missed. Where many units
are active, a threshold without inhibition misses more at the same number of them, because similar units say the same
twice. A neuron with a leak has another penalty.

Sources: Rozell, Johnson, Baraniuk & Olshausen, Neural Comput 20 (2008); Shapero, Zhu, Hasler & Rozell, Int J Neural
Syst 24 (2014); Olshausen & Field, Nature 381 (1996).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.inhibition._patches import SIDE, Learning, dictionary, patches
from experiments.inhibition._sparse_code import (
    RUNG,
    RUNGS,
    SPIKING,
    Coder,
    Problem,
    activity,
    agreement,
    code,
    median_patch,
    missed,
    settled,
)
from neurosim import plots
from neurosim.lab import Row, below, check, column, main, report
from neurosim.metrics import student_interval
from neurosim.metrics.sparsity_table import sparsity_row
from neurosim.params import Array, ParameterError, param

QUICK = {
    "seeds": 3,
    "patches": 10,
    "atoms": 64,
    "learning_steps": 40,
    "penalties": (0.05, 0.1, 0.2, 0.4),
    "patch_time": 50.0,
}
AT = 0.1
"""Fraction of active units at which codes with and without inhibition are compared."""
INDICES = ("mean_rate", "active_fraction", "silent_units", "population_treves_rolls", "lifetime_treves_rolls")
PERCENT = (0.5, 1, 2, 5, 10, 20, 50)
NAMES = {"artificial": "ReLU, fixed point", "rate": "rate (LCA)", "spiking": "IF, no leak", "leaky": "LIF"}
STYLES = plots.RUNGS | {
    "leaky": plots.SeriesStyle(plots.OKABE_ITO["reddish purple"], (0, (5, 1.4)), "v", "LIF"),
    "threshold": plots.SeriesStyle("0.55", (0, (1.2, 1.4)), "x", "no inhibition"),
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Coder, Learning):
    seeds: int = param(3, doc="learned dictionaries, each with patches of its own", low=2)
    patches: int = param(100, doc="photograph patches that are coded", low=10)
    penalties: tuple[float, ...] = param(
        (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6), doc="lambdas, increasing", above=0, below=1
    )
    patch_time: float = param(
        100.0, doc="length of the spiking runs in tau; the second half is counted; rate runs take twice as long", low=20
    )

    def check(self):
        if len(self.penalties) < 3 or list(self.penalties) != sorted(set(self.penalties)):
            raise ParameterError(f"Parameters.penalties: got {self.penalties}, expected at least three, increasing")
        if self.patch_time % 2:
            raise ParameterError(f"Parameters.patch_time: got {self.patch_time:g}, expected an even whole number")


class Code(Row):
    penalty: float = column("lambda, the threshold")
    rung: str = column(RUNG + "; threshold has no inhibition")
    mean_rate: float = column("mean over patches and units", "Hz")
    active_fraction: float = column("fraction of the units with at least half a spike in the counted time")
    silent_units: float = column("fraction of the units that are active for no patch")
    population_treves_rolls: float = column("Treves-Rolls activity ratio over units, mean over patches")
    lifetime_treves_rolls: float = column("Treves-Rolls activity ratio over patches, mean over units")
    error: float = column("fraction of the patches' energy that the reconstruction misses, mean over patches")
    scale: float = column("factor on the reconstruction (1 except without inhibition)")
    l1: float = column("sum of the activities, mean over patches")


class Distance(Row):
    penalty: float = column("lambda")
    rung: str = column(RUNG)
    largest: float = column("largest distance of an activity from the minimum")
    rmse: float = column("root mean squared distance")
    from_curve: float = column("leaky: largest distance from the fixed point of its own curve; NaN elsewhere")
    gap: float = column("largest excess of the objective over its minimum")
    kkt: float = column("largest violation of the conditions of optimality (Karush, Kuhn, Tucker)")
    active: float = column("active units, mean over patches")
    unsettled: int = column("patches left out because iterations found no steady state (curve only)")


class Picture(Row):
    name: str = column("patch, or the rung that reconstructs it")
    pixels: Array = column("picture of 8 x 8 pixels; the patch is the one of median error")


def compute(p, seed, lab):
    features, signals = lab.once(dictionary, p, seed), patches(p.patches, "code", seed)
    least = 0.5 / (p.patch_time / 2)  # half a spike in the counted half of a run, as an activity
    times = {"rate": 2.0 * p.patch_time, "spiking": p.patch_time, "leaky": p.patch_time}
    for penalty in p.penalties:
        problem = Problem(features, signals, penalty)
        codes = {"reference": problem.minimum}
        for rung in RUNGS:
            time = times.get(rung, 0.0)
            run = code(p, lab, problem, rung, time=time, settle=time / 2 if rung in SPIKING else 0.0)
            codes[rung] = activity(p, run, rung)
        inhibited = {rung: found for rung, found in codes.items() if rung != "threshold"}
        for rung, numbers in agreement(problem, inhibited).items():
            yield Distance(penalty, rung, **numbers)
        for rung, found in codes.items():
            lost, scale = missed(problem, found, fitted=rung == "threshold")
            kept = settled(found)
            row = sparsity_row(p.unit_rate * found[kept], rung=rung, above=p.unit_rate * least)
            size = found[kept].sum(axis=1).mean()
            yield Code(penalty, rung, *(row[name] for name in INDICES), lost[kept].mean(), scale, size)
        if penalty == p.penalties[len(p.penalties) // 2 - 1]:
            for rung, pixels in median_patch(problem, codes).items():
                yield Picture(rung, pixels.reshape(SIDE, SIDE))


def means(t, rung, value):
    """Mean over seeds, by penalty."""
    return t.code[t.code.rung == rung].groupby("penalty")[value].mean()


def lost_at(t, rung):
    """Energy missed where 10 % of the units are active, by seed: between penalties by straight lines."""
    found = []
    for _, rows in t.code[(t.code.rung == rung) & (t.code.active_fraction > 0)].groupby("seed"):
        rows = rows.sort_values("active_fraction")
        inside = rows.active_fraction.iloc[0] <= AT <= rows.active_fraction.iloc[-1]
        value = np.interp(math.log(AT), np.log(rows.active_fraction), rows.error)
        found.append(float(value) if inside else math.nan)
    return np.array(found)


def answer(t):
    active = means(t, "spiking", "active_fraction")
    distance = excess(t)
    return (
        f"Yes: thresholds of {active.index[0]:g} to {active.index[-1]:g} leave {100 * active.iloc[0]:.0f} to "
        f"{100 * active.iloc[-1]:.1f} % of the neurons active, and spikes miss at most {100 * distance.value:.1f} "
        "points more of the patches' energy than the minimum."
    )


def excess(t):
    """Energy missed by integrate-and-fire neurons beyond that of the minimum, largest over penalties."""
    table = t.code.pivot_table(index=["seed", "penalty"], columns="rung", values="error")
    return student_interval((table.spiking - table.reference).groupby("seed").max().to_numpy())


def findings(t):
    gain = lost_at(t, "spiking") - lost_at(t, "threshold")
    reached = np.isfinite(gain)
    words = f"At {100 * AT:.0f} % active neurons less energy is missed with inhibition than by a threshold alone."
    why = "the threshold alone, the control, may be scaled as suits the reconstruction best"
    if reached.any():
        yield check("inhibition", words, student_interval(gain[reached]), below(0.0), why=why, decided=reached.all())
    words = "Integrate-and-fire neurons miss hardly more of the energy than the minimum (largest excess over lambdas)."
    why = "5 points, fixed before the run; whole spikes in half of the run are steps of 2 / patch_time"
    yield check("spiking_error", words, excess(t), below(0.05), why=why)
    rows = t.distance[t.distance.rung == "leaky"]
    words = "Neurons with a leak minimise another penalty: largest distance of an activity from the L1 minimum."
    yield report("leak", words, student_interval(rows.groupby("seed").largest.max().to_numpy()))


def by_penalty(ax, t, value, factor=1.0):
    minimum = factor * means(t, "reference", value)
    ax.plot(minimum.index, minimum, color="0.8", linewidth=4.0, solid_capstyle="round", label="minimum")
    sizes = {"artificial": 5.0, "rate": 3.6, "spiking": 2.2, "leaky": 3.0, "threshold": 3.0}
    for rung, size in sizes.items():
        rows, style = factor * means(t, rung, value), STYLES[rung]
        hollow = {"markerfacecolor": "none"} if rung in ("artificial", "rate") else {}
        line = style.linestyle if rung in ("leaky", "threshold") else "none"
        ax.plot(rows.index, rows, linestyle=line, linewidth=0.9, marker=style.marker, markersize=size,
                color=style.colour, markeredgewidth=0.8, label=NAMES.get(rung, style.label), **hollow)  # fmt: skip
    ticks = [tick for tick in (0.025, 0.05, 0.1, 0.2, 0.4) if tick >= 0.99 * minimum.index.min()]
    ax.set_xscale("log")
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("threshold lambda")


def active_units(ax, t):
    by_penalty(ax, t, "active_fraction", 100.0)
    ax.set(yscale="log", ylim=(0.2, 60), ylabel="active units (%)")
    ax.set_yticks(PERCENT, [f"{each:g}" for each in PERCENT])
    ax.minorticks_off()
    return "active units by threshold, mean over patches of photographs and seeds"


def energy(ax, t):
    by_penalty(ax, t, "error")
    ax.set(ylim=(0, 1), ylabel="fraction of energy missed")
    ax.legend(loc="upper left", handlelength=1.6)
    return "energy of the patches that the reconstruction misses"


def trade_off(ax, t):
    for rung, name in (("spiking", "IF, no leak"), ("leaky", "LIF"), ("threshold", "no inhibition")):
        style = STYLES[rung]
        ax.plot(
            100 * means(t, rung, "active_fraction"),
            means(t, rung, "error"),
            linestyle=style.linestyle,
            color=style.colour,
            marker=style.marker,
            markersize=3,
            markeredgewidth=0.8,
            label=name,
        )
    ax.axvline(100 * AT, color="0.8", linewidth=0.7, zorder=0)
    ax.set(xscale="log", xlim=(0.2, 60), ylim=(0, 1), xlabel="active units (%)", ylabel="fraction of energy missed")
    ax.set_xticks(PERCENT, [f"{each:g}" for each in PERCENT])
    ax.minorticks_off()
    ax.legend(loc="lower left")
    return "what is missed by the fraction of active units: inhibition beside a threshold alone, which may be scaled"


def reconstructions(ax, t):
    first = t.picture[t.picture.seed == t.picture.seed.min()]
    shown = np.array(first.pixels.tolist())
    plots.plot_filters(ax, shown, columns=3, scale="shared")
    for k, name in enumerate(first.name):
        lost = ((shown[k] - shown[0]) ** 2).sum() / (shown[0] ** 2).sum()
        words = "patch" if k == 0 else f"{NAMES.get(name, 'minimum')}: {100 * lost:.0f} %"
        ax.text(k % 3 * (SIDE + 1) + SIDE / 2, -0.9 if k < 3 else 2 * SIDE + 1.7, words, ha="center", fontsize="small")
    return "the patch of median error and its reconstructions with the energy that is missed (one colour scale)"


PANELS = (active_units, energy, trade_off, reconstructions)

if __name__ == "__main__":
    main(__file__)
