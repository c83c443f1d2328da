"""Can a network of broad inhibition set the width of its tuning by itself, at every contrast?

On a ring with the interactions -J0 + J2 cos 2(theta - theta') and a nearly untuned input, threshold-linear units narrow
their activity by themselves once J2 > 2.

Prediction: the active zone ends at theta_c, where J2 (theta_c - sin(4 theta_c)/4) = pi, whatever the contrast. The
same ring of LIF neurons is as wide as that of leaky rate units with the neuron's f-I curve, and about as wide as that
of rectified lines fitted to the curve.

Source: Ben-Yishai, Bar-Or & Sompolinsky, PNAS 92 (1995).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.inhibition._orientation_ring import Rings, ring, still, uniform
from neurosim import plots
from neurosim.engines import choices
from neurosim.lab import Row, below, check, column, main
from neurosim.metrics import half_width, student_interval
from neurosim.params import ParameterError, param
from neurosim.theory import active_zone

QUICK = {"seeds": 3, "couplings": (3.0, 6.0), "rate_duration": 0.4, "spiking_duration": 0.6}
NAMES = {"artificial": "ReLU", "rate": "leaky rate", "spiking": "LIF"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Rings):
    seeds: int = param(5, doc="draws of the neurons' noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    spiking_duration: float = param(1.5, unit="s", doc="length of the runs of neurons", above=0.4)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking runs", above=0, high=5e-4)

    def check(self):
        if len(self.contrasts) < 2:
            raise ParameterError(f"Parameters.contrasts: got {self.contrasts}, expected at least two")


class Zone(Row):
    coupling: float = column("tuned interaction J2")
    uniform: float = column("untuned inhibition J0")
    rung: str = column("rung")
    theta_c: float = column("angle at which the drive falls to threshold", "deg")
    expected: float = column("root of J2 (theta - sin(4 theta)/4) = pi", "deg")
    converged: bool = column("whether a steady state was found")


class Ladder(Row):
    rung: str = column("rung")
    contrast: float = column("input above threshold (threshold = 1)")
    half_height: float = column("angle at which the response is half its peak", "deg")
    peak: float = column("rate at the stimulus", "Hz")
    expected: float = column("half-height of cos 2 theta - cos 2 theta_c: rectified lines, untuned input", "deg")


class Profile(Row):
    rung: str = column("rung")
    contrast: float = column("input above threshold (threshold = 1)")
    angle: float = column("preferred orientation minus that of the stimulus", "deg")
    response: float = column("rate over the peak")


def compute(p, seed, lab):
    found = lab.once(still, p, 0)
    for coupling, rung, theta_c, converged in found["zones"]:
        expected = math.degrees(active_zone(coupling))
        yield Zone(coupling, uniform(coupling), rung, theta_c, expected, converged)
    cells = ns.ladder(ns.LIF(sigma_stat=p.sigma))
    angle, circuit, stimulus = ring(p, cells)
    schedule = ns.Schedule(duration=p.spiking_duration, settle=0.3, dt=p.dt)
    run = lab.simulate(circuit, cells["spiking"], stimulus, schedule)
    smoothed = np.array([smooth(rate, p.cells // 50) for rate in run.rates["units"]])
    edge = math.cos(2 * math.radians(math.degrees(active_zone(p.coupling))))
    expected = math.degrees(0.5 * math.acos((1 + edge) / 2))
    for rung, rates in {**found["rates"], "spiking": smoothed}.items():
        for contrast, rate in zip(p.contrasts, rates, strict=True):
            yield Ladder(rung, contrast, half_width(angle, rate), rate[len(rate) // 2], expected)
            chosen = slice(None, None, max(1, p.cells // 128))
            yield Profile.table(rung=rung, contrast=contrast, angle=angle[chosen], response=rate[chosen] / rate.max())


def smooth(rate, reach):
    """Mean over neighbours on the ring: single neurons count few spikes."""
    around = np.concatenate([rate[-reach:], rate, rate[:reach]])
    return np.convolve(around, np.full(2 * reach + 1, 1.0 / (2 * reach + 1)), mode="valid")


def heights(t, rung):
    """Half-heights by seed (rows) and contrast (columns)."""
    return t.ladder[t.ladder.rung == rung].pivot(index="seed", columns="contrast", values="half_height")


def answer(t):
    lif, contrasts = heights(t, "spiking"), sorted(t.ladder.contrast.unique())
    first, last = (student_interval(lif[contrast].to_numpy()) for contrast in (contrasts[0], contrasts[-1]))
    return (
        f"Yes: the half-height of a ring of LIF neurons is {first.value:.1f} deg at contrast {contrasts[0]:g} and "
        f"{last.value:.1f} deg at contrast {contrasts[-1]:g}; theory gives {t.ladder.expected.iloc[0]:.1f} deg for "
        "rectified lines at any contrast."
    )


def findings(t):
    lif = heights(t, "spiking")
    change = student_interval(((lif.max(axis=1) - lif.min(axis=1)) / lif.mean(axis=1)).to_numpy())
    words = "The width of a ring of LIF neurons hardly depends on the contrast (range over contrasts over the mean)."
    why = "the same neurons without the ring change their half-height by more than 15 deg (question tuning_in_noise)"
    yield check("lif_contrast", words, change, below(0.2), why=why)
    for rung, kind, seen in (
        ("rate", "leaky rate units with its f-I curve", "up to 0.065 in five seeds of a short run"),
        ("artificial", "rectified lines with its gain", "up to 0.112 in five seeds of a short run"),
    ):
        distance = student_interval((lif / heights(t, rung) - 1).abs().max(axis=1).to_numpy())
        words = f"A ring of LIF neurons is as wide as one of {kind} (largest relative difference over contrasts)."
        why = f"a line misses some of the curve: the gain varies by about a tenth along the ring ({seen})"
        yield check(f"lif_like_{rung}", words, distance, below(0.15), why=why)


def zones(ax, t):
    coupling = np.linspace(2.2, 11.0, 60)
    ax.plot(coupling, [math.degrees(active_zone(float(each))) for each in coupling], color="0.5", label="theory")
    first = t.zone[t.zone.seed == t.zone.seed.min()]
    for rung, size in (("artificial", 5.5), ("rate", 3.0)):
        rows, style = first[first.rung == rung], plots.RUNGS[rung]
        label = "static ReLU" if rung == "artificial" else "leaky rate, ReLU"
        ax.plot(rows.coupling, rows.theta_c, style.marker, color=style.colour, markersize=size, label=label)
    ax.set(ylim=(0, 80), xlabel="tuned interaction J2", ylabel="end of the active zone (deg)")
    ax.legend(loc="lower left")
    return "end of the active zone of rings of threshold-linear units by their coupling"


def profiles(ax, t):
    shown = sorted(t.profile.contrast.unique())
    shown = shown[len(shown) // 2]
    for rung, name in NAMES.items():
        rows, style = t.profile[(t.profile.rung == rung) & (t.profile.contrast == shown)], plots.RUNGS[rung]
        mean = rows.groupby("angle").response.mean()
        marks = {"marker": ".", "markersize": 3, "linestyle": "none"} if rung == "spiking" else {"marker": "none"}
        ax.plot(mean.index, mean, **{**style.line(), **marks, "label": name})
    ax.set_xticks([-90, -45, 0, 45, 90])
    ax.set(ylim=(0, 1.3), yticks=[0, 0.5, 1], xlabel="orientation (deg)", ylabel="response / peak")
    ax.legend(loc="upper right", borderpad=0.1)
    return f"response of one ring on three rungs at contrast {shown:g} (LIF: mean over seeds)"


def widths(ax, t):
    ax.axhline(t.ladder.expected.iloc[0], color="0.6", linewidth=0.8, linestyle=":", label="theory, untuned input")
    for rung, name in NAMES.items():
        values, style = heights(t, rung), plots.RUNGS[rung]
        found = [student_interval(values[contrast].to_numpy()) for contrast in values]
        error = [[each.value - each.low for each in found], [each.high - each.value for each in found]]
        ax.errorbar(
            values.columns,
            [each.value for each in found],
            np.nan_to_num(error),
            fmt=style.marker,
            color=style.colour,
            label=name,
            capsize=2,
            linewidth=0.8,
        )
    ax.set_xscale("log", base=2)
    ax.set_xticks(list(values.columns), [f"{contrast:g}" for contrast in values.columns])
    ax.set(ylim=(0, 35), xlabel="contrast (threshold = 1)", ylabel="half-height (deg)")
    ax.legend(loc="lower left")
    return "half-height of the response by contrast; bars: 95 % intervals over seeds"


PANELS = (zones, profiles, widths)

if __name__ == "__main__":
    main(__file__)
