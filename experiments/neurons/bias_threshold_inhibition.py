"""Are a lower bias, inhibition and a higher threshold the same thing?

For a threshold-linear unit, static or as a rate, a bias -b, an inhibitory current b, an inhibitory unit with w r = b
and a threshold 1 + b all shift the curve by b. In a LIF neuron every steady route moves the rheobase by b, but a raised
threshold also lowers the gain, because the potential climbs farther from reset. The spikes of one inhibitory unit leave
gaps in which a neuron just below threshold fires.

Source: the LIF equation, whose v scales with its threshold; Gerstner et al., Neuronal Dynamics (2014), section 1.3.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.lab import Row, below, check, column, definition, main, near
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO, RUNGS

QUICK = {"duration": 0.26}
GAIN, UNIT_RATE = 50.0, 100.0  # Hz: slope of the threshold-linear units; rate of the unit that inhibits
SHIFTS = (0.0, 0.5, 1.0)
ABOVE_THRESHOLD = (-1.5, -0.005, 0.005, 0.25, 0.5, 1.0, 2.0)
SYNAPSE = 30e-3  # s
DT = 1e-4  # s
FILLED = 0.18  # s: how long the inhibitory synapse of the spiking rung needs
UNBIDDEN = 1.5  # a bias above the threshold of 1
ROUTES = ("bias", "inhibitory current", "inhibitory unit", "raised threshold")


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    engine: str = param("auto", doc="engine of the spiking cells", choices=choices("spiking"))
    duration: float = param(2.0, unit="s", doc="length of the spiking run", low=0.25)


class Inhibition(Row):
    rung: str = column("static, rate or spiking")
    route: str = column("bias, inhibitory current, inhibitory unit (tonically active) or raised threshold")
    shift: float = column("b, in units of the threshold distance")
    drive: float = column("excitatory drive (threshold 1)")
    rate: float = column("steady rate, simulated", "Hz")
    theory: float = column("closed form", "Hz")


class ShiftCurves(Row):
    rung: str = column("static or spiking")
    route: str = column("bias or raised threshold")
    shift: float = column("b")
    drive: float = column("excitatory drive (threshold 1)")
    rate: float = column("closed form", "Hz")


class NoInput(Row):
    rung: str = column("static, rate or spiking")
    rate: float = column(f"rate of a unit with the bias {UNBIDDEN:g} (threshold 1) and no input", "Hz")


def compute(p, seed, lab):
    shift, drive = np.array([(b, 1.0 + b + x) for b in SHIFTS for x in ABOVE_THRESHOLD]).T
    for rung in ("static", "rate", "spiking"):
        for route, rates in run_routes(p, lab, rung, shift, drive).items():
            expected = closed_form(rung, route, drive, shift)
            yield Inhibition.table(rung=rung, route=route, shift=shift, drive=drive, rate=rates, theory=expected)
        alone = ns.Circuit(populations=[ns.Population("unit", 1, bias=UNBIDDEN)])
        yield NoInput(rung, simulated(p, lab, rung, alone, cell(rung, 1.0)).rates["unit"][0, 0])
    drives = np.linspace(0.0, 4.1, 206)
    for b in (SHIFTS[0], SHIFTS[-1]):
        for rung, route in (("static", "bias"), ("spiking", "bias"), ("spiking", "raised threshold")):
            expected = closed_form(rung, route, drives, b)
            yield ShiftCurves.table(rung=rung, route=route, shift=b, drive=drives, rate=expected)


def closed_form(rung, route, drive, shift):
    if rung != "spiking":
        return GAIN * np.maximum(drive - shift - 1.0, 0.0)
    return ns.LIF().transfer(drive / (1.0 + shift) if route == "raised threshold" else drive - shift)


def cell(rung, threshold):
    relu = ns.ReLU(gain=GAIN, threshold=threshold)
    return {"static": ns.Unit(activation=relu), "rate": ns.LeakyRate(activation=relu), "spiking": ns.LIF()}[rung]


def simulated(p, lab, rung, circuit, cells, stimulus=None):
    if rung == "spiking":
        schedule = ns.Schedule(duration=p.duration, settle=0.0, dt=DT)
        return lab.simulate(circuit, cells, stimulus, schedule, record=("spikes",))
    # 25 time constants of the synapse: settled to rounding.
    return lab.simulate(circuit, cells, stimulus, ns.Schedule(duration=1.0, settle=0.8), engine="auto")


def run_routes(p, lab, rung, shift, drive):
    """Rates by route, for every pair of a shift and a drive."""
    spiking, n = rung == "spiking", len(shift)
    # On the grid an interval comes out up to one step short: aimed almost a step higher, it is 1 / UNIT_RATE.
    aim = float(ns.LIF().transfer.inverse(1.0 / (1.0 / UNIT_RATE + 0.99 * DT)))
    cells = {"cells": cell(rung, 1.0), "tonic": cell(rung, 1.0)}
    # A LIF neuron with threshold 1 + b and reset 0 is the same cell with every potential divided by 1 + b.
    biases = [drive - shift, drive, drive, *([drive / (1.0 + shift)] if spiking else [])]
    populations = [
        ns.Population("cells", n * len(biases), bias=np.concatenate(biases)),
        ns.Population("tonic", 1, bias=aim if spiking else 1.0 + UNIT_RATE / GAIN),
    ]
    if not spiking:
        for k, b in enumerate(SHIFTS):
            populations.append(ns.Population(f"raised_{k}", int((shift == b).sum()), bias=drive[shift == b]))
            cells[f"raised_{k}"] = cell(rung, 1.0 + b)
    weight, nothing = (shift / UNIT_RATE)[:, None], np.zeros((n, 1))
    rest = [nothing] * (len(biases) - 3)
    onto = {"gaba": [nothing, weight, nothing, *rest], "tonic": [nothing, nothing, weight, *rest]}
    arrows = [
        # GABA from outside is a steady current, without a synapse that would first have to fill.
        ns.Projection(f"from_{pre}", pre, "cells", np.concatenate(w), sign=-1, tau=SYNAPSE if pre == "tonic" else 0.0)
        for pre, w in onto.items()
    ]
    circuit = ns.Circuit({"gaba": 1}, populations, arrows)
    run = simulated(p, lab, rung, circuit, cells, ns.Stimulus({"gaba": [[UNIT_RATE]]}))
    found = [rates_of(run, name) if spiking else run.rates[name][0] for name in cells if name != "tonic"]
    return dict(zip(ROUTES, np.split(np.concatenate(found), len(ROUTES)), strict=True))


def rates_of(run, name):
    """1 / mean interspike interval of every unit, once the inhibitory synapse is full if there are two such spikes."""
    spikes, rates = run.spikes[name], np.zeros(run.rates[name].shape[1])
    for unit in range(rates.size):
        times = spikes.times[spikes.units == unit]
        late = times[times >= FILLED]
        times = late if late.size > 1 else times
        rates[unit] = (times.size - 1) / np.ptp(times) if times.size > 1 else 0.0
    return rates


def at_drive_4(t):
    """Rates of the LIF neuron by route, at the largest shift and drive."""
    rows = t.inhibition[(t.inhibition.rung == "spiking") & (t.inhibition["shift"] == SHIFTS[-1])]
    return rows[rows.drive == rows.drive.max()].set_index("route").rate


def answer(t):
    ratio = at_drive_4(t)["raised threshold"] / at_drive_4(t)["bias"]
    return (
        "For threshold-linear units yes; in a LIF neuron all of them move the onset alike, but a raised threshold also "
        f"lowers the rate to {100 * ratio:.0f} % of that with the bias (b = 1, drive 4)."
    )


def findings(t):
    bias = t.inhibition[t.inhibition.route == "bias"]
    wrong = ((bias.rate > 1e-3) != (bias.theory > 0)).sum()
    why = (
        f"ReLU(x - b) > 0 exactly where x > b; of {len(bias)} onsets on three rungs, 0.005 from the threshold, {wrong} "
        "were elsewhere, and with a bias above the threshold the least rate at zero input was "
        f"{t.no_input.rate.min():.0f} Hz"
    )
    yield definition("A1-38", why=why)
    spikes = t.inhibition[(t.inhibition.rung == "spiking") & (t.inhibition.route == "inhibitory unit")]
    firing, silenced = spikes[spikes.theory > 20.0], spikes[(spikes.theory == 0) & (spikes["shift"] > 0)]
    words = "LIF: one inhibitory unit with w r = b acts like the bias, up to the ripple of its spikes."
    why = "10 ms between spikes, a synapse of 30 ms; largest relative difference of the rate where it is above 20 Hz"
    yield check("unit_is_bias", words, (firing.rate / firing.theory - 1.0).abs().max(), near(0.0, 0.03), why=why)
    why = (
        "a unit that is inhibited below its threshold sends nothing, whatever it hears; a LIF cell just below it fires "
        f"in the gaps between the spikes that inhibit it, at most {silenced.rate.max():.0f} Hz here"
    )
    yield definition("A0-08b", silenced.theory.max(), why=why)
    rates = at_drive_4(t)
    words = "LIF: a raised threshold lowers the gain as well (rate over that with the bias, b = 1, drive 4)."
    why = "from reset the potential climbs farther; threshold-linear units, the control, have a ratio of 1"
    ratio = rates["raised threshold"] / rates["bias"] if rates["bias"] > 0 else math.nan
    yield check("lower_gain", words, ratio, below(0.9), why=why)


LOOKS = {
    "bias": ("o", "black", 5.0),
    "inhibitory current": ("s", "sky blue", 3.6),
    "inhibitory unit": ("^", "vermillion", 3.2),
    "raised threshold": ("D", "bluish green", 2.6),
}


def marks(ax, x, y, route):
    marker, colour, size = LOOKS[route]
    look = {"markeredgecolor": OKABE_ITO[colour], "markerfacecolor": "none", "markeredgewidth": 0.8, "label": route}
    ax.plot(x, y, marker, markersize=size, **look)


def four_routes(ax, t):
    for (rung, _, _), rows in t.shift_curves.groupby(["rung", "route", "shift"]):
        colour = RUNGS["artificial" if rung == "static" else "spiking"].colour
        ax.plot(rows.drive, rows.rate, color=colour, linewidth=0.8, zorder=1)
    table = t.inhibition[(t.inhibition["shift"] == SHIFTS[-1]) & (t.inhibition.rung != "rate")]
    for route in ROUTES:
        rows = table[table.route == route]
        marks(ax, rows.drive, rows.rate, route)
    ax.text(0.95, 22.0, "b = 0", fontsize="small", ha="right")
    ax.text(3.1, 22.0, "b = 1", fontsize="small", ha="left")
    ax.set(xlabel="drive (threshold 1)", ylabel="rate (Hz)", xlim=(0.0, 4.1), ylim=(-3, 112))
    ax.legend(loc="upper left", fontsize="small", handlelength=1.0)
    return "rate without a shift and with b = 1 by four routes; orange: static unit, black: LIF neuron, lines: theory"


def against_bias(ax, t):
    rows = t.inhibition[(t.inhibition["shift"] == SHIFTS[-1]) & (t.inhibition.rung == "spiking")]
    rates = rows.pivot(index="drive", columns="route", values="rate")
    for route in ROUTES[1:]:
        marks(ax, rates.index - 1.0 - SHIFTS[-1], rates[route] - rates["bias"], route)
    ax.axhline(0.0, color="0.6", linewidth=0.7, linestyle=":")
    ax.set(xlabel="drive - (1 + b)", ylabel="rate - rate with the bias (Hz)")
    return "LIF neuron, b = 1: rate by each route minus that with the bias, against the distance from the threshold"


PANELS = (four_routes, against_bias)

if __name__ == "__main__":
    main(__file__)
