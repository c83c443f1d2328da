"""Does noise keep the width of tuning the same at every contrast?

Without noise a neuron shows the iceberg: the stronger a stimulus, the more of its tuning curve stands above the
threshold. Noise makes a power law of the threshold, and powers of a Gaussian are Gaussians of one width, so a noisy
neuron is tuned alike at all contrasts as long as its mean potential stays below 1.5 standard deviations above the
threshold.

Prediction: over a four-fold contrast the half-height of a Gaussian input of 20.5 deg changes by 2.5 deg behind a
rectified line in noise and by 1.8 deg for a LIF neuron in noise, but by some 16 deg without noise.

Sources: Miller & Troyer, J Neurophysiol 87 (2002); Hansel & van Vreeswijk, J Neurosci 22 (2002).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.lab import Row, above, below, check, column, main
from neurosim.metrics import half_width, student_interval
from neurosim.params import Params, param
from neurosim.plots import RUNGS

QUICK = {"seeds": 3, "orientations": 37, "copies": 40}
VALID = 1.5
"""Standard deviations above threshold up to which noise makes a power law (Miller & Troyer)."""
NAMES = {"artificial": "ReLU", "rate": "leaky rate", "spiking": "LIF"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="draws of the neurons' noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    sigma: float = param(0.33, doc="membrane noise (threshold = 1)", above=0, below=1)
    input_width: float = param(20.5, doc="standard deviation of the input's tuning, in degrees", above=0, high=40)
    orientations: int = param(61, doc="neurons with different preferred orientations", low=19)
    copies: int = param(150, doc="noisy neurons of each orientation", low=2)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking runs", above=0, high=5e-4)


class Contrast(Row):
    rung: str = column("rung")
    noise: float = column("standard deviation of the membrane potential (threshold = 1)")
    contrast: float = column("peak of the mean potential (threshold = 1)")
    above_threshold: float = column("the same above threshold, in standard deviations of the noisy neurons")
    half_height: float = column("angle at which the response is half its peak; NaN if silent", "deg")
    peak: float = column("rate at the preferred orientation", "Hz")
    range: str = column("noisy: four-fold range up to the end of validity; bare: from just above threshold; beyond")


def compute(p, seed, lab):
    angle = np.linspace(-60.0, 60.0, p.orientations | 1)
    bell = np.exp(-0.5 * (angle / p.input_width) ** 2)
    noisy, bare = ns.LIF(sigma_stat=p.sigma), ns.LIF()
    averaged = ns.activations.NoisyReLU(threshold=1.0, width=p.sigma)
    for rung, noise, cell, copies in (
        ("artificial", 0.0, ns.Unit(activation=ns.ReLU(threshold=1.0)), 1),
        ("artificial", p.sigma, ns.Unit(activation=averaged), 1),
        ("rate", 0.0, ns.LeakyRate(activation=bare.transfer), 1),
        ("rate", p.sigma, ns.LeakyRate(activation=noisy.transfer), 1),
        ("spiking", 0.0, bare, 1),
        ("spiking", p.sigma, noisy, p.copies),
    ):
        ranges, contrasts = zip(*shown(p, noise), strict=True)
        field = np.repeat(bell, copies)[:, None]
        projection = ns.Projection("field", "stimulus", "cells", field, tau=0.0)
        circuit = ns.Circuit({"stimulus": 1}, [ns.Population("cells", len(field))], [projection])
        stimulus = ns.stimulus.constant(np.array(contrasts)[:, None], "stimulus")
        spiking = rung == "spiking"
        schedule = ns.Schedule(duration=0.6, settle=0.4)
        if rung != "rate":
            schedule = ns.Schedule(duration=1.1, settle=0.1, dt=p.dt)
        run = lab.simulate(circuit, cell, stimulus, schedule, engine=p.engine if spiking else "auto")
        rates = run.rates["cells"].reshape(len(contrasts), len(angle), copies).mean(axis=2)
        for kind, contrast, rate in zip(ranges, contrasts, rates, strict=True):
            rate = (rate + rate[::-1]) / 2  # the input is symmetric, the draws of noise are not
            if copies > 1:
                rate = with_neighbours(rate)
            half, peak = half_width(angle, rate), rate[len(rate) // 2]
            yield Contrast(rung, noise, contrast, (contrast - 1.0) / p.sigma, half, peak, kind)


def shown(p, noise):
    """The four-fold range inside validity, one from just above threshold for cells without noise, and one beyond."""
    top = 1.0 + VALID * p.sigma
    yield from (("noisy", float(top * fraction)) for fraction in np.geomspace(0.25, 1.0, 7))
    if noise:
        yield from (("beyond", float(top * fraction)) for fraction in (1.5, 2.25))
    else:
        yield from (("bare", float(contrast)) for contrast in np.geomspace(1.05, 4.2, 7))


def with_neighbours(rate):
    """Mean of each neuron's rate and those of its two neighbours; the ends of the row stay."""
    smooth = rate.copy()
    smooth[1:-1] = (rate[:-2] + rate[1:-1] + rate[2:]) / 3
    return smooth


def change(t, rung, noisy):
    """Range of the half-height over a four-fold contrast, with its interval over seeds."""
    rows = t.contrast[(t.contrast.rung == rung) & (t.contrast.range == ("noisy" if noisy else "bare"))]
    rows = rows[(rows.noise > 0) == noisy]
    return student_interval(rows.groupby("seed").half_height.agg(np.ptp).to_numpy())


def answer(t):
    bare, noisy = (change(t, "spiking", noise).value for noise in (False, True))
    return (
        f"Nearly: over a four-fold contrast the half-height of a LIF neuron's tuning changes by {noisy:.1f} deg with "
        f"noise and by {bare:.1f} deg without."
    )


def findings(t):
    words = "Without noise the width of a LIF neuron's tuning depends on the contrast (change over a four-fold one)."
    why = "the iceberg of a Gaussian of 20.5 deg: a rectified line goes from 4.1 to 20.1 deg"
    yield check("bare_width", words, change(t, "spiking", False), above(15.0), "deg", why=why)
    words = "With noise it hardly does, up to 1.5 standard deviations above threshold."
    why = "the power law is an approximation: closed forms give 1.8 deg, counting spikes adds up to 0.7 deg"
    source = "Miller & Troyer 2002; Hansel & van Vreeswijk 2002"
    yield check("noisy_width", words, change(t, "spiking", True), below(3.0), "deg", why=why, source=source)
    neuron = t.contrast[(t.contrast.rung == "spiking") & (t.contrast.noise > 0)].set_index("seed")
    inside = neuron[neuron.range == "noisy"].groupby("seed").half_height.last()
    beyond = neuron[neuron.range == "beyond"].groupby("seed").half_height.max()
    words = "Beyond that range the tuning of noisy neurons widens, too (largest half-height minus that at its end)."
    why = "what noise makes is a power law near threshold only; the closed form widens by 5.4 deg there"
    yield check("beyond", words, student_interval((beyond - inside).to_numpy()), above(2.0), "deg", why=why)


def widths(ax, t):
    for (rung, noise), rows in t.contrast.groupby(["rung", "noise"]):
        style, mean = RUNGS[rung], rows.groupby("contrast").half_height.mean()
        look = {"markerfacecolor": style.colour, "linestyle": "-", "label": NAMES[rung]}
        if not noise:
            look = {"markerfacecolor": "white", "linestyle": ":"}
        ax.plot(
            mean.index,
            mean,
            color=style.colour,
            marker=style.marker,
            markersize=3,
            markeredgewidth=0.7,
            linewidth=1.0 if noise else 0.6,
            **look,
        )
    ax.axvspan(t.contrast[t.contrast.range == "noisy"].contrast.max(), 5.0, color="0.93", zorder=0, linewidth=0)
    ax.set_xscale("log", base=2)
    ax.set_xticks([0.5, 1.0, 2.0, 4.0], ["0.5", "1", "2", "4"])
    ax.set(xlim=(0.3, 5.0), ylim=(0, 34), xlabel="contrast (threshold = 1)", ylabel="half-height (deg)")
    ax.text(0.33, 27.5, "filled: noise\nopen: no noise", fontsize="small", va="top")
    ax.legend(loc="upper left", ncols=3, borderpad=0.1, columnspacing=0.8, handletextpad=0.3, handlelength=1.2)
    return "half-height of the tuning to a Gaussian input by contrast; shaded: beyond the validity of the power law"


def changes(ax, t):
    for place, rung in enumerate(NAMES):
        style = RUNGS[rung]
        for noisy in (False, True):
            found = change(t, rung, noisy)
            ax.vlines(place, max(0.0, found.low), found.high, color=style.colour, linewidth=0.9)
            ax.plot(
                place,
                found.value,
                style.marker,
                color=style.colour,
                markeredgewidth=0.7,
                markerfacecolor=style.colour if noisy else "white",
            )
    ax.set_xticks(range(len(NAMES)), list(NAMES.values()))
    ax.set(xlim=(-0.5, len(NAMES) - 0.5), ylim=(0, 24), ylabel="change over a four-fold contrast (deg)")
    ax.set_xlabel("cell")
    return "change of the half-height over a four-fold contrast; open: without noise; bars: 95 % intervals over seeds"


PANELS = (widths, changes)

if __name__ == "__main__":
    main(__file__)
