"""How long must a drive last to make a neuron fire, and what does a ReLU know of that?

A membrane integrates: at a constant drive the first spike of a LIF cell comes after tau ln(drive / (drive - 1)), and a
pulse of the length T must have the strength 1 / (1 - exp(-T/tau)) (Lapicque's law). A pulse of twice the rheobase must
last tau ln 2, the chronaxie. A static ReLU or step has the threshold 1 at every duration, and no latency. A
Hodgkin-Huxley axon has no fixed threshold: it adapts while a weak pulse lasts, so short pulses should need more, over
its own rheobase, than Lapicque's law says with the time constant of its membrane at rest.

Sources: Lapicque, J Physiol Pathol Gen 9 (1907); Hodgkin & Huxley, J Physiol 117 (1952); Gerstner et al., Neuronal
Dynamics (2014), chapters 1 and 2.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.neurons._pulses import pulses, resting_time_constant, weakest
from experiments.neurons._trains import whole_steps
from neurosim.cells import HodgkinHuxley
from neurosim.engines import choices
from neurosim.lab import Row, above, below, between, check, column, main
from neurosim.params import ParameterError, Params, param
from neurosim.plots import OKABE_ITO

QUICK = {}
DRIVES = (1.05, 1.1, 1.5, 2.0, 5.0)
DURATIONS = (1e-3, 5e-3, 10e-3, 20e-3, 50e-3)
AXON_DURATIONS = (0.1e-3, 0.2e-3, 0.5e-3, 1e-3, 2e-3, 5e-3, 10e-3)
AXON_DT, AXON_WAIT = 2e-5, 10e-3
"""Time step (s) of the axon, and how long a spike is waited for after the longest pulse."""
NEAR = 1 + 1e-4 * np.arange(-10, 21)
"""Drives around the rheobase."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    duration: float = param(0.2, unit="s", doc="length of the runs at constant drive", low=0.15)
    dt: float = param(1e-4, unit="s", doc="time step", above=0, high=1e-3)
    engine: str = param("auto", doc="engine of the LIF cells", choices=choices("spiking"))

    def check(self):
        if abs(1e-3 / self.dt - round(1e-3 / self.dt)) > 1e-9:
            raise ParameterError(f"Parameters.dt: got {self.dt:g} s, expected a whole number of steps in 1 ms")


class Latency(Row):
    drive: float = column("constant drive (rest 0, threshold 1)")
    latency: float = column("time of the first spike (start of the step of crossing)", "s")
    theory: float = column("tau ln(drive / (drive - 1))", "s")


class StrengthDuration(Row):
    duration: float = column("length of a rectangular pulse from rest", "s")
    threshold: float = column("weakest pulse that makes a spike, by repeated refinement of a grid")
    resolution: float = column("width of the last grid")
    theory: float = column("1 / (1 - exp(-duration/tau))")


class Axon(Row):
    duration: float = column("length of a rectangular pulse into a Hodgkin-Huxley axon at rest", "s")
    threshold: float = column("weakest pulse that makes a spike, over that of the longest pulse")
    resolution: float = column("width of the last grid, likewise")
    theory: float = column("1 / (1 - exp(-duration/tau)), tau of the membrane at rest")


class Limits(Row):
    rheobase: float = column("weakest constant drive that makes a spike within the run")
    chronaxie: float = column("shortest pulse of twice the rheobase that makes a spike", "s")
    step: float = column("time step", "s")


def compute(p, seed, lab):
    tau = ns.LIF().tau_m
    drives = np.array([*DRIVES, *NEAR])
    circuit = ns.Circuit(populations=[ns.Population("cells", len(drives), bias=drives)])
    schedule = whole_steps(p.duration, 0.0, p.dt)
    spikes = lab.simulate(circuit, ns.LIF(), schedule=schedule, record=("spikes",)).spikes["cells"]
    for unit, drive in enumerate(DRIVES):
        yield Latency(drive, spikes.times[spikes.units == unit].min(), tau * math.log(drive / (drive - 1)))
    rheobase = drives[np.isin(np.arange(len(drives)), spikes.units) & (np.arange(len(drives)) >= len(DRIVES))].min()
    durations = np.array(DURATIONS)
    threshold, resolution = weakest(lambda grid: fired(p, lab, durations, grid), len(durations), 0.9, 641)
    yield StrengthDuration.table(
        duration=durations, threshold=threshold, resolution=resolution, theory=1 / -np.expm1(-durations / tau)
    )
    tried = np.arange(round(12e-3 / p.dt), round(16e-3 / p.dt) + 1) * p.dt
    yield Limits(rheobase, tried[fired(p, lab, tried, np.full((len(tried), 1), 2.0))[:, 0].argmax()], p.dt)
    yield axon(lab)


def fired(p, lab, durations, strengths):
    """Which LIF cells fire: one pulse length per channel, `strengths` (channels, cells) of it in each channel."""
    run = lab.simulate(*pulses(ns.LIF(), durations, strengths, p.dt))
    return run.rates["cells"][0].reshape(strengths.shape) > 0


def axon(lab):
    """The same for an axon, in units of its own rheobase."""
    cell, durations = HodgkinHuxley(), np.array(AXON_DURATIONS)

    def spikes(grid):
        run = lab.simulate(*pulses(cell, durations, grid, AXON_DT, AXON_WAIT), engine="auto")
        return run.rates["cells"][0].reshape(grid.shape) > 0

    threshold, resolution = weakest(spikes, len(durations), 0.2, 17, rounds=3)
    return Axon.table(
        duration=durations,
        threshold=threshold / threshold[-1],
        resolution=resolution / threshold[-1],
        theory=1 / -np.expm1(-durations / resting_time_constant(cell)),
    )


def answer(t):
    limits, law = t.limits.iloc[0], t.strength_duration.sort_values("duration")
    more = t.axon.threshold.iloc[0] / t.axon.theory.iloc[0]
    return (
        f"A LIF cell needs {law.threshold.iloc[0]:.1f} times its rheobase in {1e3 * law.duration.iloc[0]:g} ms, twice "
        f"in {1e3 * limits.chronaxie:.1f} ms, as Lapicque's law says (an axon {more:.1f} times as much as it says); a "
        "static ReLU knows no time."
    )


def findings(t):
    limits = t.limits.iloc[0]
    early = ((t.latency.theory - t.latency.latency) / limits.step).to_numpy()
    words = "First spikes come within one time step of theory (earliest of five drives, in time steps)."
    why = "a spike carries the time at which its step starts, so it may be early by one step, and never late"
    value = float(early[np.abs(early - 0.5).argmax()])
    yield check("latency", words, value, between(-1e-4, 1 + 1e-4), why=why, source="tau ln(drive / (drive - 1))")
    law = t.strength_duration
    words = "Short pulses need Lapicque's strength (largest distance over the resolution of the search)."
    why = "the step is exact for a constant input, so only the resolution is left"
    value = ((law.threshold - law.theory).abs() / (law.resolution + 1e-6)).max()
    yield check("lapicque", words, value, below(1.0), why=why, source="Lapicque 1907")
    rows = t.axon
    words = "Short pulses into an axon need more than Lapicque's law says with its resting time constant (ratio)."
    why = f"a quarter more; pulses of {1e3 * rows.duration.iloc[0]:g} ms; LIF cells keep the law (check lapicque)"
    value = rows.threshold.iloc[0] / rows.theory.iloc[0]
    yield check("axon", words, value, above(1.25), why=why, source="Hodgkin & Huxley 1952")


def first_spike(ax, t):
    drive = np.linspace(1.02, 5.2, 300)
    ax.plot(drive, 20 * np.log(drive / (drive - 1)), color=OKABE_ITO["vermillion"], label="theory")
    ax.plot(t.latency.drive, 1e3 * t.latency.latency, "o", color="black", label="LIF, simulated")
    ax.axhline(0.0, color=OKABE_ITO["blue"], linestyle="--", label="ReLU, step")
    ax.set(ylim=(-2, 85), xlabel="drive (threshold = 1)", ylabel="first spike (ms)")
    ax.legend()
    return "time of the first spike at a constant drive; theory: tau ln(drive / (drive - 1)), tau = 20 ms"


def strength_and_duration(ax, t):
    chronaxie, duration = 1e3 * t.limits.chronaxie.iloc[0], np.geomspace(0.8, 70, 200)
    ax.plot(duration, 1 / -np.expm1(-duration / 20), color=OKABE_ITO["vermillion"], label="Lapicque")
    law = t.strength_duration
    ax.plot(1e3 * law.duration, law.threshold, "o", color="black", label="LIF, simulated")
    ax.plot(duration, np.ones_like(duration), color=OKABE_ITO["blue"], linestyle="--", label="ReLU, step")
    ax.plot([chronaxie, chronaxie, 0.8], [0.8, 2, 2], color="0.5", linewidth=0.7, linestyle=":")
    ax.text(1.1 * chronaxie, 2.2, f"chronaxie\n{chronaxie:.1f} ms")
    ax.set(xscale="log", yscale="log", xlim=(0.8, 70), ylim=(0.8, 30))
    ax.set_xticks([1, 10, 50], ["1", "10", "50"])
    ax.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    ax.minorticks_off()
    ax.set(xlabel="duration of the pulse (ms)", ylabel="threshold (rheobase = 1)")
    ax.legend()
    return "weakest rectangular pulse that makes a LIF cell fire, against its duration; dotted: chronaxie"


def axon_and_membrane(ax, t):
    rows, duration = t.axon, np.geomspace(0.08, 12, 200)
    law = 1 / -np.expm1(-1e-3 * duration / resting_time_constant(HodgkinHuxley()))
    ax.plot(duration, law, color=OKABE_ITO["vermillion"], label="Lapicque, at rest")
    ax.plot(1e3 * rows.duration, rows.threshold, "o", color="black", label="axon")
    ax.set(xscale="log", yscale="log", ylim=(0.8, 50))
    ax.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    ax.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    ax.minorticks_off()
    ax.set(xlabel="duration of the pulse (ms)", ylabel="threshold (rheobase = 1)")
    ax.legend()
    return (
        "the same for a Hodgkin-Huxley axon, over its threshold at 10 ms; line: time constant of its resting membrane"
    )


PANELS = (first_spike, strength_and_duration, axon_and_membrane)

if __name__ == "__main__":
    main(__file__)
