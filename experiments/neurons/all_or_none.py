"""Is a ReLU all or none, as a spike is?

An action potential has one size, whatever made it, and below threshold there is none. A ReLU has the threshold but is
graded above it, as the f-I curve is: it should resemble a neuron's rate, not its spike. Shown are the peak of a
Hodgkin-Huxley axon after 1 ms pulses of rising strength, what each spike of a LIF cell adds to the potential of the
next cell, and the activity of a static ReLU, a step and a LIF f-I curve at constant drives.

Sources: Hodgkin & Huxley, J Physiol 117 (1952); Gerstner et al., Neuronal Dynamics (2014), chapters 1 and 2.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.neurons._curves import HIGHEST, LOWEST, fitted, lif_curve
from experiments.neurons._trains import whole_steps
from neurosim.cells import HodgkinHuxley
from neurosim.engines import choices
from neurosim.lab import Row, below, column, context, judge, main, needed, side
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO, activation_style

QUICK = {"drives": 21}
SHOWN = (1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Drives above threshold that are tried beside the equidistant ones."""
WEIGHT = 1e-3
"""Jump of the receiving membrane potential that a spike makes."""
UNITS = ("ReLU", "Step", "LIF")
SMALL, SAME = 0.25, 0.1
"""Fraction of a spike that a response below threshold may have, and by which spikes of one size may differ."""
NO_NOISE = "no noise: each pulse and drive has one response"


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    drives: int = param(41, doc="number of drives from -1 to 3", low=5)
    duration: float = param(0.2, unit="s", doc="length of the run at constant drives", above=0.05)
    dt: float = param(1e-4, unit="s", doc="time step of the LIF cells", above=0, high=1e-3)
    engine: str = param("auto", doc="engine of the LIF cells", choices=choices("spiking"))


class Delivered(Row):
    drive: float = column("constant drive of the sending cell (rest 0, threshold 1)")
    spikes: int = column("its spikes that reach the receiver within the run")
    mean: float = column("jump of the receiving potential at a spike, over the nominal jump; mean")
    sd: float = column("standard deviation of these jumps over the spikes")


class Pulses(Row):
    strength: float = column("current of a 1 ms pulse into a Hodgkin-Huxley axon, in rheobases")
    peak: float = column("highest membrane potential, above rest", "V")
    fired: int = column("1 if a spike was counted")


class Graded(Row):
    name: str = column("the LIF curve (theory), or the ReLU or step fitted to it")
    drive: float = column("constant drive (rest 0, threshold 1)")
    rate: float = column("activity", "Hz")
    threshold: float = column("threshold of the unit: its fitted shift, for the LIF cell 1")


def compute(p, seed, lab):
    yield from delivered(p, lab)
    yield pulses(lab)
    x = np.linspace(LOWEST, HIGHEST, 161)
    for name in UNITS:
        unit, threshold = lif_curve(0.0), 1.0
        if name != "LIF":
            unit = fitted(name, 0.0, x)[0]
            threshold = unit.threshold
        yield Graded.table(name=name, drive=x, rate=unit(x), threshold=threshold)


def delivered(p, lab):
    """Noiseless LIF cells, each with a silent receiver that shows what a spike delivers."""
    drives = np.unique(np.concatenate([np.linspace(LOWEST, HIGHEST, p.drives), SHOWN]).round(12))
    cells, cell = len(drives), ns.LIF()
    circuit = ns.Circuit(
        populations=[ns.Population("cells", cells, bias=drives), ns.Population("receiver", cells)],
        projections=[ns.Projection("synapse", "cells", "receiver", WEIGHT * cell.tau_m * np.eye(cells), tau=0.0)],
    )
    schedule = whole_steps(p.duration, 0.0, p.dt)
    run = lab.simulate(circuit, cell, schedule=schedule, record=("spikes", "v"))
    spikes, trace = run.spikes["cells"], run.traces["receiver"].values["v"][:, 0]
    for unit, drive in enumerate(drives):
        steps = np.round(spikes.times[spikes.units == unit] / p.dt).astype(int)
        if len(steps) > 1:
            steps = steps[steps + 1 < len(trace)]
            # What a spike added to a leaking potential.
            jumps = (trace[steps + 1, unit] - trace[steps, unit] * math.exp(-p.dt / cell.tau_m)) / WEIGHT
            yield Delivered(drive, len(jumps), jumps.mean(), jumps.std())


def pulses(lab):
    """Peak of the membrane potential after 1 ms pulses: an axon has a spike waveform of its own."""
    strengths = np.linspace(0.1, 4.0, 40)
    circuit = ns.Circuit(
        inputs=[ns.Input("pulse", 1)],
        populations=[ns.Population("axon", len(strengths))],
        projections=[ns.Projection("current", "pulse", "axon", strengths[:, None], sign=None, tau=0.0)],
    )
    shown = (np.arange(10) < 1).astype(float).reshape(1, 10, 1)
    schedule = whole_steps(10e-3, 0.0, 2e-5)
    stimulus = ns.stimulus.movie(shown, 1e-3, "constant", "pulse")
    run = lab.simulate(circuit, HodgkinHuxley(), stimulus, schedule, record=("v", "spikes"), engine="auto")
    trace = run.traces["axon"].values["v"][:, 0]
    fired = np.isin(np.arange(len(strengths)), run.spikes["axon"].units)
    return Pulses.table(strength=strengths, peak=trace.max(axis=0) - trace[0], fired=fired.astype(int))


def variation(t, name):
    """How much the activity above threshold varies, over its maximum; 0 for a step."""
    above = t.graded[(t.graded.name == name) & (t.graded.rate > 0)].rate
    return np.ptp(above) / above.max()


def answer(t):
    spikes = 1e3 * t.pulses[t.pulses.fired == 1].peak
    return (
        f"Only in having a threshold: above it the ReLU's activity varies by {100 * variation(t, 'ReLU'):.0f} % of its "
        f"maximum, as a LIF neuron's rate does ({100 * variation(t, 'LIF'):.0f} %), while spikes of an axon differ by "
        f"{100 * np.ptp(spikes) / spikes.max():.0f} %."
    )


def findings(t):
    spikes, silent = t.pulses[t.pulses.fired == 1], t.pulses[t.pulses.fired == 0]
    largest = spikes.strength.max() / spikes.strength.min()
    why = (
        f"spikes of {1e3 * spikes.peak.min():.1f} to {1e3 * spikes.peak.max():.1f} mV for pulses of 1 to {largest:.1f} "
        f"times threshold, at most {1e3 * silent.peak.max():.1f} mV below; time and rate of the spikes are graded"
    )
    over = {
        "below threshold": {part: all_or_none(t, part, SAME) for part in (0.1, SMALL, 0.5)},
        "same size": {part: all_or_none(t, SMALL, part) for part in (0.05, SAME, 0.2)},
    }
    source = "Hodgkin & Huxley 1952"
    yield judge("A0-06", *all_or_none(t, SMALL, SAME), over=over, in_the_model=True, why=why, source=source)
    over = {"same size": {part: resembles(t, part) for part in (0.05, SAME, 0.2, 0.5)}}
    why = (
        "that a ReLU is silent up to its threshold is its definition; what is asked is the other half, whether it is "
        f"all above it (LIF rate {100 * variation(t, 'LIF'):.0f} %, step {100 * variation(t, 'Step'):.0f} %)"
    )
    yield judge("A0-07", *resembles(t, SAME), over=over, in_the_model=True, why=why)


def all_or_none(t, small, same):
    """An axon after pulses: little below threshold, one size of spike above it, and no gap between the two."""
    spikes, silent = t.pulses[t.pulses.fired == 1].peak, t.pulses[t.pulses.fired == 0].peak
    turned = int((np.diff(t.pulses.sort_values("strength").fired) < 0).sum())
    jumps = np.ptp(t.delivered["mean"]) + t.delivered.sd.max()
    return [
        needed(
            "largest response below threshold over the smallest spike",
            silent.max() / spikes.min(),
            below(small),
            possible=(0.0, 1.0),
            exact=NO_NOISE,
        ),
        needed(
            "spread of the spikes' size over the largest",
            np.ptp(spikes) / spikes.max(),
            below(same),
            possible=(0.0, 1.0),
            exact=NO_NOISE,
        ),
        needed(
            "stronger pulses that failed where weaker ones evoked a spike",
            turned,
            below(0),
            possible=(0, 40),
            exact=NO_NOISE,
        ),
        context("spread of what LIF spikes deliver (fixed by the model)", jumps, below(1e-9), exact=NO_NOISE),
    ]


def resembles(t, same):
    """A ReLU is silent up to its threshold, as below an axon's, and of one size above it."""
    relu = t.graded[t.graded.name == "ReLU"]
    below_it = relu[relu.drive <= relu.threshold].rate.abs().max() / relu.rate.max()
    return [
        needed(
            "largest activity up to the threshold over the largest",
            below_it,
            below(same),
            possible=(0.0, 1.0),
            exact=NO_NOISE,
        ),
        side(
            "variation of the activity above threshold over its largest",
            variation(t, "ReLU"),
            below(same),
            possible=(0.0, 1.0),
            exact=NO_NOISE,
        ),
    ]


def axon(ax, t):
    for fired, marker, label in ((1, "o", "spike"), (0, "x", "no spike")):
        rows = t.pulses[t.pulses.fired == fired]
        ax.plot(rows.strength, 1e3 * rows.peak, marker, color="black", markersize=3, markeredgewidth=0.7, label=label)
    ax.set(xlabel="strength of a 1 ms pulse (rheobase = 1)", ylabel="peak above rest (mV)", ylim=(0, None))
    ax.legend(loc="center right")
    return "peak potential of a Hodgkin-Huxley axon after a current pulse"


def activities(ax, t):
    for name in UNITS:
        rows = t.graded[t.graded.name == name]
        wide = {"color": "0.75", "linewidth": 3.2, "label": "LIF rate"}
        look = wide if name == "LIF" else activation_style(name).line() | {"marker": ""}
        ax.plot(rows.drive, rows.rate / rows.rate.max(), **look)
    shown = t.delivered[t.delivered.drive <= HIGHEST]
    ax.plot(
        shown.drive,
        shown["mean"],
        "s",
        color=OKABE_ITO["vermillion"],
        markersize=3.5,
        markerfacecolor="none",
        markeredgewidth=0.9,
        label="effect of a LIF spike",
    )
    ax.set(xlabel="drive (threshold = 1)", ylabel="amplitude (largest = 1)")
    ax.legend(loc="upper left")
    return (
        "activity of a LIF neuron and of the ReLU and the step that lie closest to it, over its maximum; squares: what "
        "one spike adds to the potential of the next cell"
    )


PANELS = (axon, activities)

if __name__ == "__main__":
    main(__file__)
