"""Can spikes be exactly a ReLU network, and what do they cost beside spikes that are counted?

A trained network of handwritten digits runs as cells that spike at most once, at a time that is the activity of a ReLU,
and as rate-coded integrate-and-fire (IF) and leaky (LIF) cells. Prediction: in continuous time the decision on every
digit is the network's and the outputs differ by rounding; every active unit sends one spike. In steps the outputs are
off by about a step per unit, while a rate in T steps errs by 1/T however it is counted. The timed network waits for a
window per layer, so it is not faster; from event to event it multiplies as often as a network that skips its zeros.

Source: Stanojevic et al., Nat Commun 15, 6793 (2024); Rueckauer et al., Front Neurosci 11:682 (2017).
"""

from dataclasses import dataclass

import numpy as np

from experiments.networks._timed import LOOKS, QUICK_TIMED, TimedDigits, matched, shared
from neurosim.lab import Row, above, below, check, column, main, near, report
from neurosim.metrics import spikes_are_cheaper, student_interval
from neurosim.params import param
from neurosim.plots import RUNGS, series_style

QUICK = QUICK_TIMED


@dataclass(frozen=True, kw_only=True)
class Parameters(TimedDigits):
    seeds: int = param(5, doc="number of seeds of split, weights and order of examples", low=2)


class Timed(Row):
    per_unit: int = column("steps per time constant tau_c that stands for an activity of 1; 0: continuous time")
    error: float = column("largest difference of an output from the network's")
    same: float = column("fraction of the test digits on which the decision is the network's")
    accuracy: float = column("fraction of the test digits classified correctly")
    spikes: float = column("spikes per hidden unit and digit")
    active: float = column("fraction of the network's hidden units that are active")
    latency: float = column("time until the last hidden window closes, with tau_c = 10 ms", "s")
    macs: float = column("multiplications of the layers that hidden units feed, per digit")


class Counted(Row):
    twin: str = column("rate-coded copy")
    steps: int = column("duration", "ms")
    accuracy: float = column("fraction of the test digits classified correctly")
    network_accuracy: float = column("that of the network itself")
    spikes: float = column("spikes per hidden unit and digit")
    acs: float = column("additions of the layers that hidden units feed, per digit")
    fetches: float = column("weights fetched for them, per digit")


class Decoded(Row):
    network: float = column("activity of a unit of the first hidden population")
    timed: float = column("the same from the time of its spike")
    counted: float = column("the same from the rate of a LIF cell")


def compute(p, seed, lab):
    found = shared(lab, p, seed)
    answers = found["answers"].rename(columns={"copy": "twin"})
    of_timed = answers[answers.twin == "timed"].rename(columns={"steps": "per_unit"})
    counted = answers[answers.twin != "timed"]
    for kind, frame in ((Timed, of_timed), (Counted, counted), (Decoded, found["decoded"])):
        yield kind.table(**{each.name: np.asarray(frame[each.name]) for each in kind.columns()})


def continuous(t):
    return t.timed[t.timed.per_unit == 0]


def at_a_point(t, twin):
    rows = t.counted[t.counted.twin == twin]
    return matched(rows.assign(loss=rows.network_accuracy - rows.accuracy))


def answer(t):
    exact, rows = continuous(t), at_a_point(t, "IF")
    same, spikes = 100 * exact.same.min(), exact.spikes.mean()
    return (
        f"Timed spikes decide {same:.1f} % of the digits as the network, with {spikes:.2f} spikes per unit; IF cells "
        f"within a point of it send {rows.spikes.mean():.1f} in {rows.steps.iloc[0]} ms, where timed ones take "
        f"{1e3 * exact.latency.mean():.0f} ms."
    )


def findings(t):
    exact = continuous(t)
    words = "In continuous time the decision on every digit is the network's (smallest fraction over seeds)."
    why = "an identity; on the coarsest grid here some decisions differ"
    yield check("decisions", words, exact.same.min(), near(1.0, 0.0), why=why, source="Stanojevic et al. 2024")
    fine, coarse = (t.timed[t.timed.per_unit == n].set_index("seed").error for n in (100, 10))
    words = "Ten times finer steps make the largest error of the outputs several times smaller."
    why = "rounding errors are proportional to the step; maxima of 2,000 random sums scatter by less than two"
    yield check("grid", words, student_interval((coarse / fine).to_numpy()), above(5.0), why=why, source="rounding")
    rows = at_a_point(t, "IF")
    ratio = exact.set_index("seed").spikes / rows.set_index("seed").spikes
    words = "Timed spikes are fewer than those of IF cells within a point of the network."
    why = "one spike per active unit against at least one per count"
    yield check("fewer", words, student_interval(ratio.to_numpy()), below(1.0), why=why)
    said = spikes_are_cheaper(float(exact.spikes.mean()))
    words = (
        f"Published criteria at the timed network's spikes per unit: {', '.join(f'{k}: {v}' for k, v in said.items())}."
    )
    yield report("criteria", words, student_interval(exact.spikes.to_numpy()), "spikes per unit")


def error_against_the_grid(ax, t):
    look, rows = series_style("timed"), t.timed[t.timed.per_unit > 0]
    mean = rows.groupby("per_unit").error.mean()
    ax.plot(1 / mean.index, mean, **look.line())
    floor = continuous(t).error.max()
    ax.set(xscale="log", yscale="log", xlabel="step (tau_c)", ylabel="largest error of an output")
    return f"largest error of the outputs against the time step, mean over seeds; in continuous time {floor:.0e}"


def accuracy_against_spikes(ax, t):
    for twin, look in LOOKS.items():
        mean = t.counted[t.counted.twin == twin].groupby("steps")[["spikes", "accuracy"]].mean()
        ax.plot(mean.spikes, 100 * mean.accuracy, **look.line())
    exact, look = continuous(t), series_style("timed")
    ax.plot(exact.spikes.mean(), 100 * exact.accuracy.mean(), look.marker, color=look.colour, label="timed", ls="none")
    ax.set(xscale="log", xlabel="spikes per hidden unit and digit", ylabel="accuracy (%)")
    ax.legend(loc="lower right")
    return "accuracy against spikes: rate-coded copies for several durations, and timed spikes, which are exact"


def activities(ax, t):
    rows = t.decoded[t.decoded.seed == t.decoded.seed.min()]
    for name, look in (("counted", RUNGS["spiking"]), ("timed", series_style("timed"))):
        ax.plot(rows.network, rows[name], look.marker, color=look.colour, ls="none", markersize=3, label=name)
    ax.axline((0, 0), slope=1, color="0.5", linewidth=0.7, zorder=0.5)
    ax.set(xlabel="activity of the network", ylabel="activity from spikes")
    ax.legend(loc="upper left")
    return (
        "activities of units of the network, and from spikes: the time of one, or the rate of a LIF cell (longest run)"
    )


PANELS = (activities, error_against_the_grid, accuracy_against_spikes)

if __name__ == "__main__":
    main(__file__)
