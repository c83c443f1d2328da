"""Does inhibition by side bands sharpen the tuning to frequency, and what does it cost?

A tone excites the units around its channel broadly, and inhibits a still broader range. What is left is a difference of
Gaussians with a narrower peak.

Prediction: with peak inhibition w over peak excitation the response of a ReLU is half its peak where
exp(-x^2/(2 a^2)) - w exp(-x^2/(2 b^2)) = (1 - w)/2, and the peak falls to 1 - w. LIF neurons, whose f-I curve is close
to a line, do about the same. Inhibition that is narrower than the excitation takes from the peak and widens
what is left.

Source: a difference of Gaussians, as for Mach bands; in the model, not measured in hearing.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._channels import (
    RUNG_NAMES,
    Fields,
    channels,
    difference_half_height,
    on_every_rung,
    threshold,
)
from neurosim.engines import choices
from neurosim.lab import Row, below, between, check, column, exists, judge, main, needed
from neurosim.metrics import Interval, half_width, proportion_interval, student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import RUNGS

QUICK = {"seeds": 3, "trials": 2}


@dataclass(frozen=True, kw_only=True)
class Parameters(Fields):
    seeds: int = param(5, doc="draws of the neurons' noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    band_width: float = param(6.0, doc="excitation along the frequency axis, standard deviation in channels", above=1)
    sideband_width: float = param(18.0, doc="inhibition, likewise", above=1, high=30)
    tried: tuple[float, ...] = param(
        (3.0, 5.0, 7.0, 9.0, 12.0, 24.0), doc="other widths of the inhibition, for LIF neurons alone", above=1, high=30
    )
    weights: tuple[float, ...] = param(
        (0.0, 0.2, 0.4, 0.6, 0.8), doc="peak inhibition over peak excitation", low=0, below=1
    )

    def check(self):
        if len(self.weights) < 2 or self.weights[0] != 0 or list(self.weights) != sorted(set(self.weights)):
            raise ParameterError(
                f"Parameters.weights: got {self.weights}, expected at least two, increasing, the first 0"
            )


class Tried(Row):
    sideband_width: float = column("width of the inhibition", "channels")
    weight: float = column("peak inhibition over peak excitation")
    relative_width: float = column("half-height of the tuning of LIF neurons over that without inhibition")


class Sideband(Row):
    rung: str = column("rung")
    weight: float = column("peak inhibition over peak excitation")
    half_height: float = column("distance at which the response is half its peak", "channels")
    expected: float = column("the same for a difference of Gaussians", "channels")
    peak: float = column("rate of the unit at the tone", "Hz")


def compute(p, seed, lab):
    place = channels(60, p.band_width)[0]
    tone = np.zeros((1, len(place)))
    tone[0, len(place) // 2] = 1.0
    for weight in p.weights:
        expected = difference_half_height(p.band_width, p.sideband_width, weight)
        for rung, rates in on_every_rung(p, lab, circuit(p, weight, p.sideband_width), tone):
            half = half_height(place, rates[0], smooth=rung == "spiking")
            if rung == "spiking" and weight == 0:
                alone = half
            yield Sideband(rung, weight, half, expected, (rates[0] + rates[0][::-1])[len(place) // 2] / 2)
    for width in p.tried:
        for weight in p.weights[1:]:
            ((_, rates),) = on_every_rung(p, lab, circuit(p, weight, width), tone, rungs=("spiking",))
            yield Tried(width, weight, half_height(place, rates[0], smooth=True) / alone)


def circuit(p, weight, width):
    """A tone that excites the units around its channel and inhibits those of a range of that width."""
    place, excite = channels(60, p.band_width)
    links = [
        ns.Projection("excitation", "tone", "units", 3.0 * excite, tau=0.0),
        ns.Projection("side_bands", "tone", "units", 3.0 * weight * channels(60, width)[1], sign=-1, tau=0.0),
    ]
    return ns.Circuit({"tone": len(place)}, [ns.Population("units", len(place), bias=threshold(p))], links)


def half_height(place, rates, smooth):
    """Of the two halves of a tuning curve together; single neurons count few spikes, so neighbours are averaged."""
    rate = (rates + rates[::-1]) / 2
    smoothed = rate.copy()
    smoothed[1:-1] = (rate[:-2] + rate[1:-1] + rate[2:]) / 3
    return half_width(place, smoothed if smooth else rate)


def ratios(t, value):
    """That at the strongest inhibition over that without, by seed (rows) and rung (columns)."""
    table = t.sideband.pivot_table(index=["seed", "rung"], columns="weight", values=value)
    return (table.iloc[:, -1] / table.iloc[:, 0]).unstack("rung")


def answer(t):
    width, peak = (student_interval(ratios(t, value).spiking.to_numpy()).value for value in ("half_height", "peak"))
    return (
        f"It does: with inhibition of {t.sideband.weight.max():g} of the excitation the tuning of LIF neurons has "
        f"{100 * width:.0f} % of its width, but also {100 * peak:.0f} % of its peak rate."
    )


def clear(t, narrower):
    """Fraction of the settings that are decided in which LIF neurons are surely tuned so much more sharply."""
    table = t.tried.pivot_table(index="seed", columns=["sideband_width", "weight"], values="relative_width")
    found = [student_interval(table[each].to_numpy()) for each in table]
    sharp = sum(each.high < 1 - narrower for each in found)
    decided = sharp + sum(each.low > 1 - narrower for each in found)
    if not decided:
        return Interval(*3 * (math.nan,), 0)
    return proportion_interval(sharp, decided)


def sharper(t, narrower=0.1):
    words = f"settings of the inhibition that make the tuning at least {100 * narrower:.0f} % narrower (fraction)"
    return [needed(words, clear(t, narrower), exists(0.2), possible=(0.0, 1.0))]


def findings(t):
    why = (
        "may: one setting of width and weight that surely sharpens is enough; side bands narrower than the excitation "
        "are among them, and none of 16 settings would refute: the interval runs over settings and only refutes"
    )
    swept = {"narrower by": {each: sharper(t, each) for each in (0.05, 0.1, 0.2)}}
    yield judge("A1-08", *sharper(t), why=why, over=swept, in_the_model=True)
    neuron = t.sideband[t.sideband.rung == "spiking"]
    distance = (neuron.half_height / neuron.expected - 1).abs().groupby(neuron.seed).max()
    words = "LIF neurons are tuned as a difference of Gaussians (largest relative distance of the half-height)."
    why = "a fitted line misses the f-I curve by about a tenth"
    yield check("like_gaussians", words, student_interval(distance.to_numpy()), below(0.15), why=why)
    cost = student_interval((ratios(t, "peak").spiking / ratios(t, "peak").artificial).to_numpy())
    words = "Sharpening costs a LIF neuron about as much of its peak rate as a ReLU (ratio of what is left)."
    why = "in the line that is fitted to the neuron 1 - w is left"
    yield check("cost", words, cost, between(0.75, 1.5), why=why)


def by_weight(ax, t, value):
    """Means of a column by weight on every rung."""
    mean = t.sideband.groupby(["rung", "weight"])[value].mean()
    for rung, name in RUNG_NAMES.items():
        style, rows = RUNGS[rung], mean[rung]
        ax.plot(rows.index, rows, **{**style.line(), "label": name})
    ax.set(ylim=(0, None), xlabel="side-band inhibition / excitation")


def widths(ax, t):
    first = t.sideband[(t.sideband.rung == "artificial") & (t.sideband.seed == t.sideband.seed.min())]
    ax.plot(first.weight, first.expected, color="0.8", linewidth=3.5, label="difference of Gaussians")
    by_weight(ax, t, "half_height")
    ax.set_ylabel("half-height (channels)")
    ax.legend(loc="lower left")
    return "distance from a tone at which the response is half its peak; mean over seeds"


def peaks(ax, t):
    by_weight(ax, t, "peak")
    ax.set_ylabel("rate at the tone (Hz)")
    ax.legend(loc="lower left")
    return "rate of the unit at the tone; mean over seeds"


PANELS = (widths, peaks)

if __name__ == "__main__":
    main(__file__)
