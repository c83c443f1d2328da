"""How steep is the surrogate of a LIF neuron that gradient descent uses?

The noiseless f-I curve of a LIF neuron has an infinite slope at threshold, so gradient descent needs another curve: a
ReLU fitted to it, the smoothed curve (SoftLIF), or the f-I curve in noise (Siegert). The less smoothing or noise, the
higher and narrower the peak of the slope above threshold.

Sources: Hunsberger & Eliasmith, arXiv:1510.08829 (2015); Siegert, Phys Rev 81 (1951).
"""

from dataclasses import dataclass

import numpy as np

from neurosim.activations import ReLU, Siegert, SoftLIF
from neurosim.cells import LIF
from neurosim.lab import Row, column, main, report
from neurosim.ladder import fit
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO, activation_style

QUICK = {}
LINES = ("-", (0, (4, 1.5)), (0, (1.2, 1.2)))
WORDS = {"ReLU": "ReLU fitted", "SoftLIF": "SoftLIF", "Siegert": "LIF in noise"}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    smoothing: tuple[float, ...] = param((0.02, 0.1), doc="smoothing of SoftLIF", above=0)
    noise: tuple[float, ...] = param((0.1, 0.3, 1.0), doc="standard deviation of the membrane noise (Siegert)", above=0)


class Slopes(Row):
    curve: str = column("ReLU: fitted to the LIF neuron; SoftLIF: surrogate; Siegert: LIF neuron in noise")
    parameter: float = column("smoothing, or standard deviation of the membrane noise")
    drive: float = column("drive (threshold = 1)")
    slope: float = column("derivative", "Hz")


class Steepest(Row):
    curve: str = column("ReLU: fitted to the LIF neuron; SoftLIF: surrogate; Siegert: LIF neuron in noise")
    parameter: float = column("smoothing, or standard deviation of the membrane noise")
    drive: float = column("drive at which the slope is largest")
    slope: float = column("largest slope", "Hz")


def compute(p, seed, lab):
    drives, fine = np.linspace(0.0, 2.5, 251), np.linspace(0.0, 4.0, 40_001)
    curves = [("ReLU", 0.0, fit(ReLU, drives, LIF().transfer(drives)))]
    curves += [("SoftLIF", smoothing, SoftLIF(smoothing=smoothing)) for smoothing in p.smoothing]
    curves += [("Siegert", sigma, Siegert(sigma_stat=sigma)) for sigma in p.noise]
    for name, parameter, curve in curves:
        yield Slopes.table(curve=name, parameter=parameter, drive=drives, slope=curve.derivative(drives))
        every = curve.derivative(fine)
        yield Steepest(name, parameter, fine[every.argmax()], every.max())


def steepest(t, curve):
    """The curve of this kind with the largest slope."""
    rows = t.steepest[t.steepest.curve == curve]
    return rows.loc[rows.slope.idxmax()]


def label(row):
    return WORDS[row.curve] if row.curve == "ReLU" else f"{WORDS[row.curve]} {row.parameter:g}"


def answer(t):
    relu, soft, noisy = (steepest(t, name) for name in ("ReLU", "SoftLIF", "Siegert"))
    return (
        f"The ReLU fitted to the neuron has a slope of {relu.slope:.0f} Hz; SoftLIF with smoothing {soft.parameter:g} "
        f"reaches {soft.slope:.0f} Hz, and the f-I curve in noise of {noisy.parameter:g} {noisy.slope:.0f} Hz."
    )


def findings(t):
    row = steepest(t, "SoftLIF")
    words = f"Maximum slope of the LIF surrogate: {label(row)}, at a drive of {row.drive:.2f}."
    why = "the noiseless f-I curve has no bound: its slope at threshold is infinite"
    yield report("steepest_softlif", words, row.slope, "Hz", why=why)


def colour(name):
    known = {"SoftLIF": OKABE_ITO["bluish green"], "Siegert": "black"}
    return known.get(name) or activation_style(name).colour


def slopes(ax, t):
    for name, rows in t.slopes.groupby("curve", sort=False):
        for line, (_, curve) in zip(LINES * len(rows), rows.groupby("parameter"), strict=False):
            ax.plot(curve.drive, curve.slope, color=colour(name), linestyle=line, label=label(curve.iloc[0]))
    ax.axvline(1.0, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set(ylim=(0, None), xlabel="drive", ylabel="slope of the rate (Hz)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=2, columnspacing=0.8)
    return "slope of the surrogates against the drive; dotted: threshold of the noiseless neuron"


def largest(ax, t):
    rows = t.steepest.iloc[::-1]
    ax.barh(range(len(rows)), rows.slope, color=[colour(name) for name in rows.curve], height=0.6)
    ax.set_yticks(range(len(rows)), [label(row) for row in rows.itertuples()])
    ax.set_xlabel("largest slope (Hz)")
    return "largest slope of each surrogate"


PANELS = (slopes, largest)

if __name__ == "__main__":
    main(__file__)
