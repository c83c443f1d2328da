"""Is the sparseness of spikes that of the activations, and does it stay so when rates are counted?

In a trained digits network as timed spikes an inactive unit is silent and an active one spikes once. As rate-coded
integrate-and-fire (IF) or leaky (LIF) cells, a unit of small activity may send no spike within the run, and errors of
the layer before make silent units spike. Prediction: the fraction of timed units that spike equals the active fraction
in every layer, exactly; that of rate-coded cells, at durations that cost a point of accuracy or none, does not.

Source: Stanojevic et al., Nat Commun 15, 6793 (2024) (0.3 spikes per neuron); Rueckauer et al., Front Neurosci 11:682
(2017).
"""

from dataclasses import dataclass

from experiments.networks import _timed
from experiments.networks._timed import LOOKS, QUICK_TIMED, TWINS, TimedDigits, shared
from neurosim.lab import Row, above, check, column, main, near, report
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import series_style

QUICK = QUICK_TIMED
MATTERS = 0.01
"""Difference of active fractions that matters."""


@dataclass(frozen=True, kw_only=True)
class Parameters(TimedDigits):
    seeds: int = param(5, doc="number of seeds of split, weights and order of examples", low=2)


class Silence(Row):
    copy: str = column("timed, or the rate-coded twin")
    steps: int = column("duration (0: timed, in continuous time)", "ms")
    population: str = column("hidden population")
    active: float = column("fraction of the network's units that are active")
    firing: float = column("fraction of the copy's units that spike")
    wrong: float = column("fraction of the units that are active in one of the two alone")
    spikes: float = column("spikes per unit and digit")
    loss: float = column("accuracy of the network less that of the copy")


def compute(p, seed, lab):
    rows = shared(lab, p, seed)["populations"]
    # Of timed spikes only continuous time is asked.
    rows = rows[(rows["copy"] != "timed") | (rows.steps == 0)]
    yield Silence.table(**{each.name: rows[each.name].to_numpy() for each in Silence.columns()})


def matched(t, twin):
    return _timed.matched(t.silence[t.silence["copy"] == twin])


def answer(t):
    exact, counted = t.silence[t.silence["copy"] == "timed"], matched(t, "IF")
    return (
        f"{100 * exact.firing.mean():.1f} % of the timed units spike, the active ones and no other; of IF cells at "
        f"matched accuracy {100 * counted.firing.mean():.1f} %, and {100 * counted.wrong.mean():.1f} % of them are "
        "silent or spike wrongly."
    )


def findings(t):
    exact = t.silence[t.silence["copy"] == "timed"]
    words = "Exactly the active units spike, once each (units that differ, all layers and seeds)."
    why = "an identity; rate-coded twins on the same digits break it"
    yield check("identity", words, exact.wrong.max(), near(0.0, 0.0), why=why, source="Stanojevic et al. 2024")
    for twin, name in TWINS.items():
        wrong = matched(t, twin).groupby("seed").wrong.mean()
        words = f"At matched accuracy {name} are silent or spike wrongly in a percent of the cases or more."
        why = "one percent, the difference of active fractions that matters"
        yield check(twin.lower(), words, student_interval(wrong.to_numpy()), above(MATTERS), why=why)
    spikes = matched(t, "IF").groupby("seed").spikes.mean() / exact.groupby("seed").spikes.mean()
    yield report(
        "spikes", "Spikes of IF cells at matched accuracy over timed ones.", student_interval(spikes.to_numpy())
    )


def firing_against_duration(ax, t):
    for twin, look in LOOKS.items():
        mean = t.silence[t.silence["copy"] == twin].groupby("steps").firing.mean()
        ax.plot(mean.index, 100 * mean, **look.line())
    exact, look = t.silence[t.silence["copy"] == "timed"], series_style("timed")
    ax.axhline(100 * exact.firing.mean(), color=look.colour, linestyle=look.linestyle, label="timed = active units")
    ax.set(xscale="log", xlabel="duration (ms)", ylabel="units that spike (%)")
    ax.legend()
    return "fraction of the hidden units that spike at all against the duration of a rate-coded run, mean over seeds"


def wrong_against_duration(ax, t):
    for twin, look in LOOKS.items():
        mean = t.silence[t.silence["copy"] == twin].groupby("steps").wrong.mean()
        ax.plot(mean.index, 100 * mean, **look.line())
    ax.set(xscale="log", ylim=(0, None), xlabel="duration (ms)", ylabel="wrongly silent or active (%)")
    return "fraction of the units that are active in the network or in the copy, but not in both; timed spikes: none"


PANELS = (firing_against_duration, wrong_against_duration)

if __name__ == "__main__":
    main(__file__)
