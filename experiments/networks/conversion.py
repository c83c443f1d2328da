"""Does a trained network keep its answers when its units become spiking cells, and how long must these run?

A trained network of handwritten digits is run as leaky rate units, as perfect integrate-and-fire (IF) cells with a
reset by subtraction or to zero that start empty or half charged, and as leaky ones (LIF), for 4 to 256 steps of 1 ms.
One network is trained here, one by scikit-learn and imported, one here with a smoothed LIF curve, so that its
conversion needs no fit. An IF cell in T steps errs by at most 1/T (half as much if it starts half charged), so accuracy
should come back with the number of steps.

Sources: Rueckauer et al., Front Neurosci 11:682 (2017); Diehl et al., IJCNN (2015); Hunsberger & Eliasmith,
arXiv:1510.08829 (2015).
"""

from dataclasses import dataclass

import numpy as np

from experiments.networks._twins import BEST, IMPORTED, QUICK_TWINS, RELU, SOFT, Twins, twins
from neurosim.lab import Row, above, below, check, column, main
from neurosim.metrics import student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO, RUNGS, SeriesStyle

QUICK = {"seeds": 2, **QUICK_TWINS}
POINT = 0.01 + 1e-12
"""One point of accuracy, and the rounding of a mean."""
EMPTY, TO_ZERO = "IF", "IF to zero, half charged"
LOOKS = {
    (RELU, "rate"): SeriesStyle(RUNGS["rate"].colour, RUNGS["rate"].linestyle, RUNGS["rate"].marker, "leaky rate"),
    (RELU, BEST): SeriesStyle(OKABE_ITO["bluish green"], "-", "s", "IF, half charged"),
    (RELU, EMPTY): SeriesStyle(OKABE_ITO["sky blue"], "--", "v", "IF, empty at start"),
    (RELU, TO_ZERO): SeriesStyle(OKABE_ITO["vermillion"], "-", "P", "IF, reset to zero"),
    (RELU, "LIF"): SeriesStyle(RUNGS["spiking"].colour, "-", "o", "LIF, trained here"),
    (IMPORTED, "LIF"): SeriesStyle("0.45", "--", "X", "LIF, scikit-learn"),
    (SOFT, "LIF"): SeriesStyle(OKABE_ITO["reddish purple"], "-", "^", "LIF, trained as LIF"),
}
"""Style of each network and twin."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Twins):
    seeds: int = param(5, doc="number of seeds of split, weights and order of examples", low=2)


class Accuracy(Row):
    network: str = column("trained here, by scikit-learn, or here with a smoothed LIF curve")
    twin: str = column("what the network became")
    steps: int = column("duration in steps of 1 ms")
    accuracy: float = column("fraction of the test digits classified correctly")
    network_accuracy: float = column("that of the network itself")
    loss: float = column("the difference")
    spikes: float = column("spikes per hidden unit and digit (0: none are sent)")


class Layers(Row):
    network: str = column("trained here, by scikit-learn, or here with a smoothed LIF curve")
    twin: str = column("what the network became")
    population: str = column("hidden population")
    kind: str = column("exact (the curve is the activation up to a factor) or fitted")
    scale: float = column("activity at the peak rate")
    peak: float = column("peak rate", "Hz")
    gain: float = column("drive of the cell per drive of the network")
    threshold: float = column("drive of the cell at drive 0 of the network")
    residual: float = column("rms distance of the curve from the rates asked for, over the peak rate")
    clipped: float = column("fraction of the active units above the scale, in the calibration")


class Diagnosis(Row):
    network: str = column("trained here, by scikit-learn, or here with a smoothed LIF curve")
    twin: str = column("what the network became, at the longest duration")
    population: str = column("hidden population")
    correlation: float = column("of the decoded activity with the network's")
    slope: float = column("of the same, through the origin")
    dead: float = column("fraction of the network's active units that never spike")
    settled: float = column("time from which the correlation stays above 0.95", "s")
    cause: str = column("verdict of neurosim.diagnose")


def compute(p, seed, lab):
    found = lab.once(twins, p, seed)
    lab.note(models="PerfectIF")
    lab.note(models="LIF")
    for engine in found["engines"]:
        lab.note(engine=engine)
    for kind, frame in ((Accuracy, found["answers"]), (Layers, found["layers"]), (Diagnosis, found["diagnosis"])):
        yield kind.table(**{each.name: frame[each.name].to_numpy() for each in kind.columns()})


def of(t, network, twin):
    return t.accuracy[(t.accuracy.network == network) & (t.accuracy.twin == twin)]


def within_a_point(t, network, twin):
    """Shortest duration (steps) from which the mean loss stays within a point; NaN: none."""
    loss = of(t, network, twin).groupby("steps").loss.mean()
    poor = np.flatnonzero(loss.to_numpy() > POINT)
    first = int(poor[-1]) + 1 if poor.size else 0
    return float(loss.index[first]) if first < len(loss) else float("nan")


def worst_loss(rows, by):
    """The group with the largest loss (upper end of its interval over seeds)."""
    found = [student_interval(each.loss.to_numpy()) for _, each in rows.groupby(by)]
    return max(found, key=lambda each: (np.nan_to_num(each.high, nan=each.value), each.value))


def answer(t):
    longest = t.accuracy[(t.accuracy.twin == "LIF") & (t.accuracy.steps == t.accuracy.steps.max())]
    loss = 100 * longest.groupby("network").loss.mean().max()
    since = {}
    for twin, unit in (("LIF", "ms"), (BEST, "steps")):
        steps = within_a_point(t, RELU, twin)
        since[twin] = f"from {steps:.0f} {unit} on" if np.isfinite(steps) else "at no duration"
    return (
        f"After {longest.steps.iloc[0]} ms LIF cells lose at most {max(loss, 0.0):.1f} points of accuracy; they stay "
        f"within a point of the network {since['LIF']}, half-charged IF cells {since[BEST]}."
    )


def findings(t):
    rows = t.accuracy[(t.accuracy.twin == BEST) & (t.accuracy.steps >= 32)]
    words = "From 32 steps on half-charged IF cells lose at most a point of accuracy (worst network and duration)."
    why = "one point, as published conversions of such networks lose at most"
    yield check("if_cells", words, worst_loss(rows, ["network", "steps"]), below(POINT), why=why, source="Diehl 2015")
    rows = t.accuracy[(t.accuracy.twin == "LIF") & (t.accuracy.steps == t.accuracy.steps.max())]
    words = "At the longest duration LIF cells lose at most a point of accuracy (worst of three networks)."
    source = "Hunsberger & Eliasmith 2015; Rueckauer et al. 2017"
    yield check("lif_cells", words, worst_loss(rows, "network"), below(POINT), why=why, source=source)
    half, empty = (of(t, RELU, twin).set_index(["steps", "seed"]).accuracy for twin in (BEST, EMPTY))
    gain = (half - empty)[t.accuracy.steps.min()]
    words = (
        "In the shortest run cells that start half charged classify more digits correctly than those that start empty."
    )
    why = "ten points; the bound on the error of a rate is half as large, 1/8 in place of 1/4 in four steps"
    yield check("half_charge", words, student_interval(gain.to_numpy()), above(0.1), why=why)


def accuracy_against_duration(ax, t):
    for (network, twin), look in LOOKS.items():
        mean = of(t, network, twin).groupby("steps").accuracy.mean()
        ax.plot(mean.index, 100 * mean, **look.line())
    own = 100 * of(t, RELU, BEST).network_accuracy.mean()
    ax.axhline(own, color="0.5", linestyle=":", linewidth=0.9)
    steps = sorted(set(t.accuracy.steps))
    ax.set_xscale("log", base=2)
    ax.set_xticks(steps, [str(step) for step in steps])
    ax.minorticks_off()
    ax.set(ylim=(50, 100.5), xlabel="duration (ms; IF: steps)", ylabel="accuracy (%)")
    ax.legend(loc="lower right")
    return (
        f"test accuracy against duration, mean over {t.accuracy.seed.nunique()} seeds; dotted: the network trained "
        f"here ({own:.1f} %); accuracies below 50 % are not shown"
    )


def copies_of_activities(ax, t):
    places = []
    for network, twin in ((RELU, BEST), (IMPORTED, BEST), (RELU, "LIF"), (IMPORTED, "LIF"), (SOFT, "LIF")):
        for population in ("hidden1", "hidden2"):
            rows = t.diagnosis[(t.diagnosis.network == network) & (t.diagnosis.twin == twin)]
            rows = rows[rows.population == population]
            look = LOOKS[RELU if twin == BEST else network, twin]
            y = len(places) + np.linspace(-0.15, 0.15, len(rows))
            ax.plot(rows.correlation, y, look.marker, color=look.colour)
            places.append(f"{'IF' if twin == BEST else 'LIF'}, {network}, {population[-1]}")
    ax.set_yticks(range(len(places)), places)
    ax.set(ylim=(len(places) - 0.5, -0.5), xlabel="correlation of activities", xlim=(None, 1.001))
    return (
        "correlation of the activities decoded from spikes with the network's, in hidden layers 1 and 2 at the longest "
        "duration; a point per seed (IF: half charged)"
    )


PANELS = (accuracy_against_duration, copies_of_activities)

if __name__ == "__main__":
    main(__file__)
