"""Does inhibition by side bands sharpen the tuning to frequency, and what does it cost?

A tone excites the units around its channel broadly, and inhibits a still broader range. What is left is a difference of
Gaussians with a narrower peak.

Prediction: with peak inhibition w over peak excitation the response of a ReLU is half its peak where
exp(-x^2/(2 a^2)) - w exp(-x^2/(2 b^2)) = (1 - w)/2, and the peak falls to 1 - w. LIF neurons, whose f-I curve is close
to a line, do about the same.

Source: a difference of Gaussians, as for Mach bands; in the model, not measured in hearing.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._channels import RUNG_NAMES, Fields, channels, on_every_rung, threshold
from neurosim.engines import choices
from neurosim.lab import Row, above, below, between, check, claim, column, main
from neurosim.metrics import half_width, student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import RUNGS

QUICK = {"seeds": 3, "trials": 2}


@dataclass(frozen=True, kw_only=True)
class Parameters(Fields):
    seeds: int = param(5, doc="draws of the neurons' noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    band_width: float = param(6.0, doc="excitation along the frequency axis, standard deviation in channels", above=1)
    sideband_width: float = param(18.0, doc="inhibition, likewise", above=1, high=30)
    weights: tuple[float, ...] = param(
        (0.0, 0.2, 0.4, 0.6, 0.8), doc="peak inhibition over peak excitation", low=0, below=1
    )

    def check(self):
        if len(self.weights) < 2 or self.weights[0] != 0 or list(self.weights) != sorted(set(self.weights)):
            raise ParameterError(
                f"Parameters.weights: got {self.weights}, expected at least two, increasing, the first 0"
            )
        if self.sideband_width <= self.band_width:
            raise ParameterError(
                f"Parameters.sideband_width: got {self.sideband_width:g}, expected more than {self.band_width:g}"
            )


class Sideband(Row):
    rung: str = column("rung")
    weight: float = column("peak inhibition over peak excitation")
    half_height: float = column("distance at which the response is half its peak", "channels")
    expected: float = column("the same for a difference of Gaussians", "channels")
    peak: float = column("rate of the unit at the tone", "Hz")


def compute(p, seed, lab):
    place, excite = channels(60, p.band_width)
    inhibit = channels(60, p.sideband_width)[1]
    tone = np.zeros((1, len(place)))
    tone[0, len(place) // 2] = 1.0
    population = ns.Population("units", len(place), bias=threshold(p))
    for weight in p.weights:
        links = [
            ns.Projection("excitation", "tone", "units", 3.0 * excite, tau=0.0),
            ns.Projection("side_bands", "tone", "units", 3.0 * weight * inhibit, sign=-1, tau=0.0),
        ]
        circuit = ns.Circuit({"tone": len(place)}, [population], links)
        expected = difference_half_height(p.band_width, p.sideband_width, weight)
        for rung, rates in on_every_rung(p, lab, circuit, tone):
            rate = (rates[0] + rates[0][::-1]) / 2
            smooth = rate.copy()
            smooth[1:-1] = (rate[:-2] + rate[1:-1] + rate[2:]) / 3  # single neurons count few spikes
            half = half_width(place, smooth if rung == "spiking" else rate)
            yield Sideband(rung, weight, half, expected, rate[len(place) // 2])


def difference_half_height(excitation, inhibition, weight):
    """Where a difference of Gaussians with peaks 1 and `weight` is half of 1 - weight."""
    from scipy.optimize import brentq

    def above_half(x):
        profile = math.exp(-0.5 * (x / excitation) ** 2) - weight * math.exp(-0.5 * (x / inhibition) ** 2)
        return profile - (1 - weight) / 2

    return float(brentq(above_half, 0.0, 3 * excitation))


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


def findings(t):
    width = ratios(t, "half_height")
    why = "a model of side-band inhibition; 'sharpens' is read as at least a tenth narrower, on every rung"
    largest = student_interval(width.max(axis=1).to_numpy())
    yield claim("A1-08", largest, supported=below(0.9), partly=below(1.0), refuted=above(1.0), why=why)
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
