"""Does noise turn a neuron's threshold into a power law?

Without noise a cell below its threshold is silent. With noise its rate grows smoothly with the mean potential, about
like k V^n up to 1.5 standard deviations of the noise above the threshold. A power law matters because powers of a bell
are bells of one width: such a neuron has the same tuning at every contrast.

Prediction: the exponent of a rectified line in noise rises by about one per standard deviation of threshold (1.42,
2.39, 3.38, 4.37, 5.35 for thresholds of 1 to 5). Siegert's formula gives lower exponents for a LIF neuron.

Sources: Miller & Troyer, J Neurophysiol 87 (2002); Hansel & van Vreeswijk, J Neurosci 22 (2002); Siegert, Phys Rev 81
(1951).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.lab import Row, below, check, column, main, near
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import RUNGS

QUICK = {"seeds": 3, "copies": 30, "draws": 4000, "lif_thresholds": (2.0, 4.0)}
VALID = 1.5
"""Standard deviations above threshold up to which noise makes a power law (Miller & Troyer)."""
EXPONENTS = {1.0: 1.4181, 2.0: 2.3905, 3.0: 3.3788, 4.0: 4.3674, 5.0: 5.3546}
"""Least-squares exponents of the noise-averaged rectified line by threshold, from quadrature."""
LINE, NEURON, STILL = "static, noise drawn", "LIF neuron", "LIF neuron, no noise"


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="draws of all noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    copies: int = param(100, doc="noisy neurons at each mean potential", low=2)
    draws: int = param(20_000, doc="draws of the noise of static units", low=100)
    lif_thresholds: tuple[float, ...] = param(
        (1.5, 2.0, 3.0, 4.0), doc="thresholds of the noisy LIF in standard deviations of its potential", above=1
    )
    dt: float = param(2e-4, unit="s", doc="time step of the spiking runs", above=0, high=5e-4)


class Exponents(Row):
    model: str = column("what was averaged over noise, and how")
    threshold: float = column("threshold above rest in standard deviations of the noise")
    exponent: float = column("least-squares exponent n of k V^n")
    r2: float = column("fraction of the variance that the power law explains")
    expected: float = column("the exponent from quadrature (line) or Siegert's formula (LIF); NaN without noise")


class PowerCurve(Row):
    model: str = column("static ReLU in noise, or LIF neuron in noise")
    threshold: float = column("threshold above rest in standard deviations")
    potential: float = column("mean potential over threshold (rest 0, threshold 1)")
    rate: float = column("rate over the rate at the end of the validity range")
    fit: float = column("k V^n likewise")


def compute(p, seed, lab):
    xi = lab.stream("noise", "static").standard_normal((p.draws, 1))
    # Drawn with its mirror image, so that the mean of the noise is 0.
    shown = ns.stimulus.constant(np.concatenate([xi, -xi]), "noise")
    for threshold, expected in EXPONENTS.items():
        potential = np.linspace(0.05, threshold + VALID, 200)
        cells = ns.Population("units", len(potential), bias=potential)
        noise = ns.Projection("noise", "noise", "units", np.ones((len(potential), 1)), tau=0.0)
        noisy = ns.Circuit({"noise": 1}, [cells], [noise])
        run = lab.simulate(noisy, ns.Unit(activation=ns.ReLU(threshold=threshold)), shown, engine="auto")
        yield from rows(LINE, threshold, potential, run.rates["units"].mean(axis=0), expected, threshold)
    schedule = ns.Schedule(duration=1.1, settle=0.1, dt=p.dt)
    for threshold in p.lif_thresholds:
        cell = ns.LIF(sigma_stat=1.0 / threshold)
        potential = np.linspace(0.05, threshold + VALID, 20) / threshold
        neurons = ns.Population("cells", 20 * p.copies, bias=np.repeat(potential, p.copies))
        run = lab.simulate(ns.Circuit((), [neurons]), cell, schedule=schedule)
        rate = run.rates["cells"].reshape(20, p.copies).mean(axis=1)
        expected = power_law(potential, siegert(cell, potential, p.dt))[1]
        yield from rows(NEURON, threshold, potential, rate, expected, 1.0)
        yield Exponents(STILL, threshold, *power_law(potential, ns.LIF().transfer(potential))[1:], math.nan)


def rows(model, threshold, potential, rate, expected, unit):
    factor, exponent, explained = power_law(potential, rate)
    yield Exponents(model, threshold, exponent, explained, expected)
    fit = factor * potential**exponent / rate[-1]
    relative = {"potential": potential / unit, "rate": rate / rate[-1], "fit": fit}
    yield PowerCurve.table(model=model, threshold=threshold, **relative)


def power_law(potential, rate):
    """Least-squares factor, exponent and explained fraction of k V^n; the factor is known for each exponent."""
    from scipy.optimize import minimize_scalar

    def error(exponent):
        basis = potential**exponent
        return float(np.sum((rate - basis * (basis @ rate) / (basis @ basis)) ** 2))

    exponent = float(minimize_scalar(error, bounds=(0.2, 12.0), method="bounded", options={"xatol": 1e-9}).x)
    basis = potential**exponent
    explained = 1 - error(exponent) / float(np.sum((rate - rate.mean()) ** 2))
    return float(basis @ rate / (basis @ basis)), exponent, explained


def siegert(cell, drive, dt):
    """Siegert's rate at the threshold that a grid of steps has, and a refractory period one step short."""
    shift = 0.5826 * math.sqrt(2.0) * cell.sigma_stat * math.sqrt(dt / cell.tau_m)
    scaled = cell.replace(
        sigma_stat=cell.sigma_stat / (1 + shift), v_reset=cell.v_reset / (1 + shift), t_ref=cell.t_ref - dt
    )
    return scaled.transfer(drive / (1 + shift))


def by_seed(t, model, value="exponent"):
    """A number of one model by seed (rows) and threshold (columns)."""
    return t.exponents[t.exponents.model == model].pivot(index="seed", columns="threshold", values=value)


def answer(t):
    neuron = by_seed(t, NEURON)
    top = neuron.columns[-1]
    line = student_interval(by_seed(t, LINE)[top].to_numpy())
    found = student_interval(neuron[top].to_numpy())
    return (
        f"Yes: behind a threshold of {top:g} standard deviations of the noise a LIF neuron's rate grows like "
        f"V^{found.value:.2f} and that of a rectified line like V^{line.value:.2f}."
    )


def findings(t):
    noisy, still = (1 - by_seed(t, model, "r2") for model in (NEURON, STILL))
    words = "With noise a LIF neuron's rate is nearer to a power law (unexplained variance, over that without noise)."
    why = (
        "at most half of it behind every threshold; without noise, the control, a power law misses "
        f"{100 * still.to_numpy().min():.1f} % of the variance and more, with noise at most "
        f"{100 * noisy.mean().max():.1f} %"
    )
    ratio = student_interval((noisy / still).max(axis=1).to_numpy())
    yield check("power_law", words, ratio, below(0.5), why=why, source="Miller & Troyer 2002")
    line = by_seed(t, LINE)
    slopes = [np.polyfit(line.columns, each, 1)[0] for each in line.to_numpy()]
    words = "The exponent of a rectified line in noise rises by about one per standard deviation of threshold."
    why = "quadrature gives 0.98 from one standard deviation to five"
    yield check("rises", words, student_interval(np.array(slopes)), near(1.0, 0.05), why=why, source="closed form")
    neuron = by_seed(t, NEURON)
    shared = [threshold for threshold in neuron if threshold in line]
    words = "A LIF neuron's exponent is at most two thirds of a rectified line's behind the same threshold."
    why = "its f-I curve is concave above the threshold; Siegert's formula gives about a half"
    ratio = (neuron[shared] / line[shared]).max(axis=1)
    yield check("lif_lower", words, student_interval(ratio.to_numpy()), below(2 / 3), why=why, source="Siegert 1951")


def curves(ax, t):
    mean = t.power_curve.groupby(["model", "threshold", "potential"], as_index=False).mean()
    exponents = t.exponents.groupby(["model", "threshold"]).exponent.mean()
    for model, rung, words in ((LINE, "artificial", "ReLU"), (NEURON, "spiking", "LIF")):
        style = RUNGS[rung]
        for threshold in (2.0, 4.0):
            part = mean[(mean.model == model) & (mean.threshold == threshold) & (mean.potential > 0.2)]
            if not len(part):
                continue
            every, filled = max(1, len(part) // 12), threshold == 2.0
            ax.plot(part.potential, part.fit, color=style.colour, linewidth=0.9, linestyle="-" if filled else "--")
            ax.plot(
                part.potential[::every],
                part.rate[::every],
                style.marker,
                color=style.colour,
                markersize=3,
                markerfacecolor=style.colour if filled else "white",
                markeredgewidth=0.7,
                label=f"{words}, {threshold:g} sd: n = {exponents[model, threshold]:.2f}",
            )
    ax.set(xscale="log", yscale="log", ylim=(1e-4, 30))
    ax.set_xticks([0.25, 0.5, 1.0, 1.75], ["0.25", "0.5", "1", "1.75"])
    ax.minorticks_off()
    ax.set(xlabel="mean potential (threshold = 1)", ylabel="rate / rate at the end of the range")
    ax.legend(loc="upper left", borderpad=0.1, labelspacing=0.2)
    return "rate by mean potential in noise, for thresholds of 2 and 4 standard deviations; lines: best power laws"


def by_threshold(ax, t):
    ax.plot(list(EXPONENTS), list(EXPONENTS.values()), color="0.6", label="quadrature")
    expected = t.exponents[t.exponents.model == NEURON].groupby("threshold").expected.mean()
    ax.plot(expected.index, expected, "_", color="0.4", markersize=9, markeredgewidth=1.0, label="Siegert's formula")
    for model, rung, name in ((LINE, "artificial", "ReLU, noise drawn"), (NEURON, "spiking", "LIF, spiking")):
        for threshold, values in by_seed(t, model).items():
            found, style = student_interval(values.to_numpy()), RUNGS[rung]
            ax.vlines(threshold, found.low, found.high, color=style.colour, linewidth=0.9)
            label = name if threshold == by_seed(t, model).columns[0] else None
            ax.plot(threshold, found.value, style.marker, color=style.colour, label=label)
    ax.set(xlim=(0.7, 5.3), ylim=(0, 6), xlabel="threshold (sd of the noise)", ylabel="exponent n")
    ax.legend(loc="upper left")
    return "exponent by threshold; bars: 95 % intervals over seeds, mostly smaller than the markers"


PANELS = (curves, by_threshold)

if __name__ == "__main__":
    main(__file__)
