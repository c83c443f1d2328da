"""Does a neuron ignore negative drive, as a ReLU does?

A ReLU gives 0 for every negative drive and forgets it. A LIF neuron charges from where the negative drive left its
potential, v, so its first spike after a step to I comes at tau ln((I - v) / (I - 1)): the more negative, the later,
until it has leaked away. In
noise its rate has no floor at the threshold: below it the rate falls gradually (Siegert). Inhibition with w r = b is
the bias -b of a ReLU: it may lead to the zero, but it is not the zero.

Sources: Siegert, Phys Rev 81 (1951); for the time step Broadie, Glasserman & Kou, Math Finance 7 (1997).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.activations import Siegert
from neurosim.engines import choices
from neurosim.lab import Row, below, column, context, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO, RUNGS

QUICK = {"seeds": 3, "noisy_cells": 300, "noisy_duration": 0.3}
GAIN = 50.0  # Hz: slope of the threshold-linear units
DEPTHS, DEPTH = (0.0, 0.5, 1.0, 2.0), 1.0
DT, HOLD, STEP_DRIVE = 1e-4, 30e-3, 1.5  # s, s, drive: time step, length of the negative drive, what comes after it
PAUSES, PAUSE = (0, 1, 3), 1  # times HOLD, from the negative drive to the positive one
NOISY_DRIVES, HALF = (-2.0, -1.0, -0.5, 0.2, 0.5, 0.8), 0.5
SIGMAS, SIGMA = (0.1, 0.3, 1.0), 0.3
RELU = ns.ReLU(gain=GAIN, threshold=1.0)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="draws of the noise", low=2)
    engine: str = param("auto", doc="engine of the LIF cells", choices=choices("spiking"))
    noisy_cells: int = param(400, doc="noisy neurons per drive", low=10)
    noisy_duration: float = param(2.0, unit="s", doc="length of the runs in noise", low=0.2)


class Memory(Row):
    depth: float = column("size of the negative drive before the step (0: rest)")
    pause: float = column("time without drive between the two", "s")
    latency: float = column("from the positive step to the first spike of a LIF neuron", "s")
    theory: float = column("tau ln((drive - v) / (drive - 1)), v the potential at the step", "s")
    rate_unit_difference: float = column("largest difference of a threshold-linear rate unit from that at rest", "Hz")


class Noise(Row):
    sigma: float = column("stationary standard deviation of the free membrane potential")
    drive: float = column("mean drive of a noisy LIF neuron (threshold 1)")
    rate: float = column("simulated, mean over cells", "Hz")
    theory: float = column("Siegert's formula with the threshold corrected for the time step", "Hz")
    relu: float = column("threshold-linear unit at the same drive", "Hz")


class NoisyCurve(Row):
    sigma: float = column("stationary standard deviation of the free membrane potential")
    drive: float = column("mean drive (threshold 1)")
    rate: float = column("Siegert's formula with the threshold corrected for the time step", "Hz")


class Inhibited(Row):
    drive: float = column("excitatory drive of a ReLU unit (threshold 1)")
    unit: float = column("its rate under an inhibitory unit with w r = 1", "Hz")
    bias: float = column("its rate with the bias -1 instead", "Hz")


def compute(p, seed, lab):
    yield from remembered(p, lab)
    drives = np.array(NOISY_DRIVES)
    population = ns.Population("cells", drives.size * p.noisy_cells, bias=drives.repeat(p.noisy_cells))
    schedule = ns.Schedule(duration=p.noisy_duration, settle=0.1, dt=DT)
    fine = np.linspace(-1.0, 1.0, 41)
    for sigma in SIGMAS:
        run = lab.simulate(ns.Circuit(populations=[population]), ns.LIF(sigma_stat=sigma), schedule=schedule)
        rates, siegert = run.rates["cells"].reshape(drives.size, -1).mean(axis=1), Siegert(sigma_stat=sigma, dt=DT)
        yield Noise.table(sigma=sigma, drive=drives, rate=rates, theory=siegert(drives), relu=RELU(drives))
        yield NoisyCurve.table(sigma=sigma, drive=fine, rate=siegert(fine))
    drives = np.linspace(-2.0, 4.0, 25)
    populations = [
        ns.Population("inhibited", drives.size, bias=drives),
        ns.Population("biased", drives.size, bias=drives - 1.0),
        ns.Population("tonic", 1, bias=3.0),
    ]
    weights = np.full((drives.size, 1), 1.0 / RELU(np.array(3.0)))
    circuit = ns.Circuit({}, populations, [ns.Projection("inhibition", "tonic", "inhibited", weights, sign=-1)])
    run = lab.simulate(circuit, ns.Unit(activation=RELU), engine="auto")
    yield Inhibited.table(drive=drives, unit=run.rates["inhibited"][0], bias=run.rates["biased"][0])


def remembered(p, lab):
    """A negative drive of several depths, a pause, a positive step: first spike of a LIF neuron, and a rate unit."""
    circuit = ns.Circuit({"x": 1}, [ns.Population("cell", 1)], [ns.Projection("drive", "x", "cell", [[1.0]], tau=0.0)])
    cases = [(depth, pause) for pause in PAUSES for depth in DEPTHS]
    movie = np.full((len(cases), 4 + max(PAUSES), 1), STEP_DRIVE)
    for trial, (depth, pause) in enumerate(cases):
        movie[trial, : 1 + pause, 0] = -depth, *[0.0] * pause
    stimulus, schedule = (
        ns.Stimulus({"x": movie}, frame=HOLD),
        ns.Schedule(duration=movie.shape[1] * HOLD, settle=0.0, dt=DT),
    )
    spikes = lab.simulate(circuit, ns.LIF(), stimulus, schedule, record=("spikes",)).spikes["cell"]
    unit = ns.LeakyRate(activation=RELU)
    run = lab.simulate(circuit, unit, stimulus, schedule, record=("rate",), engine="auto")
    rate, tau = run.traces["cell"].values["rate"], ns.LIF().tau_m
    for trial, (depth, pause) in enumerate(cases):
        v = -depth * -np.expm1(-HOLD / tau) * np.exp(-pause * HOLD / tau)
        # A spike is stamped with the start of its step, and the threshold is crossed within the step.
        latency = spikes.of_trial(trial).times.min() + DT - (1 + pause) * HOLD
        difference = np.abs(rate[:, trial] - rate[:, trial - trial % len(DEPTHS)]).max()
        theory = tau * np.log((STEP_DRIVE - v) / (STEP_DRIVE - 1.0))
        yield Memory(depth, pause * HOLD, latency, theory, difference)


def delay(t, depth, pause):
    """First spike after a negative drive minus that after none, in ms; without noise, the same in every replicate."""
    rows = t.memory[np.isclose(t.memory.pause, pause * HOLD)].groupby("depth").latency.first()
    return 1e3 * (rows[depth] - rows[0.0])


def noisy(t, drive, sigma=SIGMA):
    return student_interval(t.noise[(t.noise.drive == drive) & (t.noise.sigma == sigma)].rate.to_numpy())


def answer(t):
    found = noisy(t, NOISY_DRIVES[-1])
    return (
        f"No: {1e3 * PAUSE * HOLD:.0f} ms after a drive of -{DEPTH:g} the next spike of a LIF neuron is still late by "
        f"{delay(t, DEPTH, PAUSE):.1f} ms, and in noise a drive of {NOISY_DRIVES[-1]:g}, below threshold, gives "
        f"{found.value:.1f} Hz ({found.low:.1f} to {found.high:.1f})."
    )


def findings(t):
    over = {
        "noise": {sigma: ignored(t, sigma=sigma) for sigma in SIGMAS},
        "negative drive": {-depth: ignored(t, depth=depth) for depth in DEPTHS[1:]},
        "pause (ms)": {1e3 * pause * HOLD: ignored(t, pause=pause) for pause in PAUSES},
        "milliseconds": {limit: ignored(t, milliseconds=limit) for limit in (0.5, 1.0, 2.0, 5.0)},
        "silent (Hz)": {limit: ignored(t, silent=limit) for limit in (0.1, 1.0, 5.0)},
    }
    why = (
        "silent under a negative drive as a ReLU is, whatever its size; but it delays later spikes until it has leaked "
        "away, and in noise a neuron answers below threshold: inhibition may lead to the zero, but is not it"
    )
    yield judge("A0-09", *ignored(t), over=over, in_the_model=True, why=why, source="Siegert 1951")


def ignored(t, depth=DEPTH, pause=PAUSE, sigma=SIGMA, milliseconds=1.0, silent=1.0):
    """Negative drive silences a noisy LIF neuron and is soon forgotten; below threshold there are no spikes."""
    difference, exact = (t.inhibited.unit - t.inhibited.bias).abs().max(), "without noise: one latency per depth"
    late, words = delay(t, depth, pause), f"rate in noise of {sigma:g} at a drive of"
    rates = {
        drive: role(f"{words} {drive:g}", noisy(t, drive, sigma), below(silent), "Hz", possible=(0.0, 500.0))
        for role, drive in ((needed, -depth), (side, HALF))
    }
    return [
        *rates.values(),
        side("delay of the next spike", late, below(milliseconds), "ms", possible=(-50.0, 50.0), exact=exact),
        context(
            "ReLU: an inhibitory unit with w r = b minus the bias -b",
            difference,
            below(1e-9),
            "Hz",
            exact="a static circuit",
        ),
    ]


def memory_of_inhibition(ax, t):
    rows = t.memory[t.memory.pause == 0].groupby("depth").first()
    look = {"color": RUNGS["spiking"].colour}
    ax.plot(rows.index, 1e3 * (rows.theory - rows.theory[0.0]), label="LIF, theory", **look)
    ax.plot(rows.index, 1e3 * (rows.latency - rows.latency[0.0]), "o", label="LIF, simulated", **look)
    ax.axhline(0.0, color=RUNGS["artificial"].colour, linestyle="--", label="static ReLU")
    ax.set(xlabel="size of the earlier negative drive (threshold 1)", ylabel="delay of the first spike (ms)")
    ax.legend(loc="upper left")
    return "delay of the first spike after a step to 1.5 by the negative drive that came before it"


def noise_below_threshold(ax, t):
    drives = [drive for drive in NOISY_DRIVES if drive >= -1.0]
    means = {drive: noisy(t, drive) for drive in drives}
    curve = t.noisy_curve[t.noisy_curve.sigma == SIGMA].drop_duplicates("drive")
    ax.plot(curve.drive, curve.rate, color=OKABE_ITO["blue"], label="Siegert")
    ax.vlines(drives, [m.low for m in means.values()], [m.high for m in means.values()], color="black")
    ax.plot(drives, [m.value for m in means.values()], "o", color=RUNGS["spiking"].colour, label="noisy LIF")
    ax.plot(curve.drive, 0.0 * curve.drive, "--", color=RUNGS["artificial"].colour, label="static ReLU")
    ax.set(xlabel="mean drive (threshold 1)", ylabel="rate (Hz)")
    ax.legend(loc="upper left")
    return "rate of a LIF neuron in noise (stationary sd 0.3) below its threshold; bars: 95 % intervals over seeds"


PANELS = (memory_of_inhibition, noise_below_threshold)

if __name__ == "__main__":
    main(__file__)
