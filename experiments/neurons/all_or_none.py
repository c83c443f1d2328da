"""Is a ReLU all or none, as a spike is?

An action potential has one size, whatever made it, and below threshold there is none. A ReLU has the threshold but is
graded above it, as the f-I curve is: it should resemble a neuron's rate, not its spike. Shown are the peak of a
Hodgkin-Huxley axon after pulses of rising strength, with the ReLU and the step that lie closest to it, what
each spike of a LIF cell adds to the potential of the next cell, and the activity of a static ReLU, a step and a LIF
f-I curve at constant drives.

Sources: Hodgkin & Huxley, J Physiol 117 (1952); Gerstner et al., Neuronal Dynamics (2014), chapters 1 and 2.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.neurons._curves import HIGHEST, LOWEST, fitted, lif_curve
from experiments.neurons._pulses import pulses
from experiments.neurons._trains import whole_steps
from neurosim.cells import HodgkinHuxley
from neurosim.engines import choices
from neurosim.lab import Row, above, below, column, context, judge, main, needed, side
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
WIDTH, WIDTHS = 1e-3, (0.5e-3, 1e-3, 2e-3)  # s, of a pulse
STRONGEST, STRONGEST_RANGE = 4.0, (2.0, 4.0, 5.0)
CLOSER, AS_CLOSE = 0.01, 0.05  # parts of the range of the responses: a difference that matters, one that does not
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
    width: float = column("length of a pulse into a Hodgkin-Huxley axon", "s")
    strength: float = column("its charge, over that of 1 ms at the rheobase")
    peak: float = column("highest membrane potential, above rest", "V")
    fired: int = column("1 if a spike was counted")


class Graded(Row):
    name: str = column("the LIF curve (theory), or the ReLU or step fitted to it")
    drive: float = column("constant drive (rest 0, threshold 1)")
    rate: float = column("activity", "Hz")
    threshold: float = column("threshold of the unit: its fitted shift, for the LIF cell 1")


def compute(p, seed, lab):
    yield from delivered(p, lab)
    yield from responses(lab)
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


def responses(lab):
    """Peak of the membrane potential after pulses: an axon has a spike waveform of its own."""
    strengths = np.linspace(0.1, 5.0, 50)
    currents = strengths * WIDTH / np.array(WIDTHS)[:, None]
    run = lab.simulate(*pulses(HodgkinHuxley(), WIDTHS, currents, 2e-5, 8e-3), record=("v", "spikes"), engine="auto")
    trace = run.traces["cells"].values["v"][:, 0]
    fired = np.isin(np.arange(currents.size), run.spikes["cells"].units).astype(int)
    peak = trace.max(axis=0) - trace[0]
    for width, *rows in zip(WIDTHS, peak.reshape(currents.shape), fired.reshape(currents.shape), strict=True):
        yield Pulses.table(width=width, strength=strengths, peak=rows[0], fired=rows[1])


def shown(t, width=WIDTH, strongest=STRONGEST):
    """Pulses of this width up to this strength."""
    return t.pulses[np.isclose(t.pulses.width, width) & (t.pulses.strength <= strongest + 1e-9)]


def misfit(rows, kind):
    """Error (root mean square over range) of the closest ReLU or step, each with two free numbers."""
    x, y = rows.strength.to_numpy(), rows.peak.to_numpy()
    if np.isnan(y).any():
        return math.nan
    past = x - np.linspace(0.0, x.max(), 400, endpoint=False)[:, None]
    fits = {"ReLU": np.maximum(past, 0.0), "step": 1.0 * (past > 0)}
    left = [y - np.linalg.lstsq(basis[:, None], y, rcond=None)[0] @ basis[None] for basis in fits[kind]]
    return np.sqrt(np.square(left).mean(axis=1).min()) / np.ptp(y)


def variation(t, name):
    """How much the activity above threshold varies, over its maximum; 0 for a step."""
    above = t.graded[(t.graded.name == name) & (t.graded.rate > 0)].rate
    return np.ptp(above) / above.max()


def answer(t):
    rows = shown(t)
    silent, spikes = (rows[rows.fired == kind].peak for kind in (0, 1))
    return (
        f"In its threshold, not in its size: below threshold an axon's response is at most "
        f"{100 * silent.max() / spikes.mean():.0f} % of a spike; above it spikes differ by "
        f"{100 * np.ptp(spikes) / spikes.max():.0f} %, a ReLU's activity by {100 * variation(t, 'ReLU'):.0f} %."
    )


def findings(t):
    spikes, silent = (shown(t)[shown(t).fired == kind] for kind in (1, 0))
    largest = spikes.strength.max() / spikes.strength.min()
    why = (
        f"{len(spikes)} Hodgkin-Huxley spikes of {1e3 * spikes.peak.mean():.0f} mV over pulses of 1 to {largest:.1f} "
        f"times threshold, at most {1e3 * silent.peak.max():.1f} mV below; time and rate of the spikes are graded"
    )
    swept = {
        "width of the pulses (ms)": {1e3 * width: {"width": width} for width in WIDTHS},
        "strongest pulse": {strongest: {"strongest": strongest} for strongest in STRONGEST_RANGE},
    }
    over = {name: {key: all_or_none(t, **case) for key, case in values.items()} for name, values in swept.items()}
    over |= {
        "below threshold": {part: all_or_none(t, small=part) for part in (0.1, SMALL, 0.5)},
        "same size": {part: all_or_none(t, same=part) for part in (0.05, SAME, 0.2)},
    }
    source = "Hodgkin & Huxley 1952"
    yield judge("A0-06", *all_or_none(t), over=over, in_the_model=True, why=why, source=source)
    over = {name: {key: resembles(t, **case) for key, case in values.items()} for name, values in swept.items()}
    over |= {
        "closer": {part: resembles(t, closer=part) for part in (CLOSER, 0.02, 0.05)},
        "as close": {part: resembles(t, close=part) for part in (0.02, AS_CLOSE, 0.1)},
    }
    why = (
        "the sentence likens the threshold: below its own, is an axon closer to a unit that is silent there than to a "
        "line through 0, which is not? All or none, that a ReLU is not: a side part. It was context for a time, after "
        "numbers had been seen, which made the verdict supported; a fifth review put it back"
    )
    yield judge("A0-07", *resembles(t), over=over, in_the_model=True, why=why, source=source)


def all_or_none(t, small=SMALL, same=SAME, **case):
    """An axon after pulses: little below threshold, one size of spike above it, and no gap between the two."""
    rows = shown(t, **case)
    spikes, silent = (rows[rows.fired == kind].peak for kind in (1, 0))
    turned = int((np.diff(rows.sort_values("strength").fired) < 0).sum())
    jumps = np.ptp(t.delivered["mean"]) + t.delivered.sd.max()
    asked = (
        ("largest response below threshold over the smallest spike", silent.max() / spikes.min(), small, 1.0),
        ("spread of the spikes' size over the largest", np.ptp(spikes) / spikes.max(), same, 1.0),
        ("stronger pulses that failed where weaker ones evoked a spike", turned, 0.0, 50.0),
    )
    return [
        *(needed(words, value, below(most), possible=(0.0, top), exact=NO_NOISE) for words, value, most, top in asked),
        context("spread of what LIF spikes deliver (fixed by the model)", jumps, below(1e-9), exact=NO_NOISE),
    ]


def resembles(t, closer=CLOSER, close=AS_CLOSE, **case):
    """Below threshold an axon's response is 0, as a ReLU's, and no line through 0; above it all or none, as a step."""
    rows, possible = shown(t, **case), (-100.0, 100.0)
    line = (rows.strength * rows.peak).sum() / np.square(rows.strength).sum() * rows.strength
    silent = rows.fired == 0
    linear, none = (np.sqrt(np.square(rows.peak - guess)[silent].mean()) for guess in (line, 0.0))
    closeness = (linear - none) / rows.peak[~silent].mean()
    relu, step = (misfit(rows, kind) for kind in ("ReLU", "step"))
    rule, words = above(0.0, matters=closer), "error below threshold of the closest line through 0 minus that of 0"
    graded = "error of the closest ReLU minus that of the closest step, over the responses' range"
    return [
        needed(f"{words}, over the spikes' size", closeness, rule, possible=possible, exact=NO_NOISE),
        side(graded, relu - step, below(close), possible=possible, exact=NO_NOISE),
    ]


def axon(ax, t):
    for fired, marker, label in ((1, "o", "spike"), (0, "x", "no spike")):
        rows = shown(t)[shown(t).fired == fired]
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
    jumps = t.delivered[t.delivered.drive <= HIGHEST]
    ax.plot(
        jumps.drive,
        jumps["mean"],
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
