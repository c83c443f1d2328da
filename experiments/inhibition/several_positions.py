"""Does a wide excitatory field with a narrower inhibitory one detect an orientation at several positions?

A LIF neuron hears detectors of its orientation at adjacent positions, weighed by a Gaussian, and is inhibited by
detectors of the other orientation at the same positions, weighed by a Gaussian of its own. A detector also answers to
the wrong orientation, with a fraction of its response. A bar of either orientation is shown at every position.

Prediction: a wide excitatory field tells the orientations apart at more positions than a narrow one. Inhibition adds to
the difference of the responses wherever it reaches; where it is narrower than the excitation, the flanks rely on the
excitation alone and still respond to their orientation more than to the other.

Source: Green & Swets (1966) for d'; the field of a sum of Gaussians.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.lab import Row, above, column, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 2, "trials": 8}
POSITIONS = np.arange(-24, 25)
SPREAD = 1.0  # places over which a detector sees a bar
WIDE, NARROW = 6.0, 1.5  # standard deviations of the excitatory field
WIDES, NARROWS = (4.0, WIDE, 8.0), (1.0, NARROW, 2.5)
RATIOS, RATIO = (0.25, 0.5, 0.75, 1.0, 1.5), 0.5  # width of the inhibition over that of the excitation
WRONG, LEAK = (0.3, 0.5, 0.7), 0.5  # a detector's response to the wrong orientation
CRITERIA = (1.0, 2.0)  # d' from which on a position counts
STRENGTH = 0.7  # peak of the inhibition over that of the excitation


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="draws of the neuron's noise", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    sigma: float = param(0.2, doc="membrane noise of the neuron (threshold = 1)", above=0)
    drive: float = param(1.2, doc="largest excitation above 0.8 (threshold = 1)", above=0)
    trials: int = param(20, doc="trials of each orientation at each position", low=5)
    window: float = param(0.2, unit="s", doc="time over which spikes are counted", above=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0, high=5e-4)


class Position(Row):
    excitation: float = column("standard deviation of the excitatory field", "places")
    ratio: float = column("width of the inhibitory field over it; 0: no inhibition")
    wrong: float = column("response of a detector to the wrong orientation")
    position: int = column("of the bar", "places")
    own: float = column("response to the cell's orientation, mean over trials", "Hz")
    other: float = column("response to the other orientation", "Hz")
    d_prime: float = column("difference over the root mean square deviation, of at least one spike")


def compute(p, seed, lab):
    cases = [(WIDE, ratio, LEAK) for ratio in (0.0, *RATIOS)]
    cases += [(wide, ratio, LEAK) for wide in WIDES if wide != WIDE for ratio in (0.0, RATIO)]
    cases += [(narrow, RATIO, LEAK) for narrow in NARROWS]
    for wrong in sorted(set(WRONG) - {LEAK}):
        cases += [(WIDE, 0.0, wrong), (WIDE, RATIO, wrong), (NARROW, RATIO, wrong)]
    seen = np.exp(-0.5 * ((POSITIONS[:, None] - POSITIONS) / SPREAD) ** 2)
    schedule = ns.Schedule(duration=0.1 + p.window, settle=0.1, dt=p.dt)
    for excitation, ratio, wrong in cases:
        shown = {"own": np.concatenate([seen, wrong * seen]), "other": np.concatenate([wrong * seen, seen])}
        stimulus = ns.Stimulus({name: np.repeat(each, p.trials, axis=0) for name, each in shown.items()})
        run = lab.simulate(cell(p, excitation, ratio), ns.LIF(sigma_stat=p.sigma), stimulus, schedule)
        own, other = run.rates["cell"].reshape(2, len(POSITIONS), p.trials)
        deviation = np.sqrt((own.var(axis=1, ddof=1) + other.var(axis=1, ddof=1)) / 2)
        d_prime = (own.mean(axis=1) - other.mean(axis=1)) / np.maximum(deviation, 1 / p.window)
        yield Position.table(excitation=excitation, ratio=ratio, wrong=wrong, position=POSITIONS, own=own.mean(axis=1),
                             other=other.mean(axis=1), d_prime=d_prime)  # fmt: skip


def cell(p, excitation, ratio):
    """One cell: a bar of its own orientation in the middle brings the largest excitation."""

    def field(width):
        weights = np.exp(-0.5 * (POSITIONS / width) ** 2)
        return p.drive * weights[None] / (weights * np.exp(-0.5 * (POSITIONS / SPREAD) ** 2)).sum()

    links = [ns.Projection("excitation", "own", "cell", field(excitation), tau=0.0)]
    if ratio:
        inhibition = STRENGTH * field(ratio * excitation)
        links.append(ns.Projection("inhibition", "other", "cell", inhibition, sign=-1, tau=0.0))
    inputs = {"own": len(POSITIONS), "other": len(POSITIONS)}
    return ns.Circuit(inputs, [ns.Population("cell", 1, bias=0.8)], links)


def places(t, excitation=WIDE, ratio=RATIO, wrong=LEAK, criterion=1.0):
    """Positions at which the orientations are told apart, by seed."""
    rows = t.position[(t.position.excitation == excitation) & (t.position.ratio == ratio) & (t.position.wrong == wrong)]
    return (rows.d_prime >= criterion).groupby(rows.seed).sum().astype(float)


def answer(t):
    wide, narrow, alone = (places(t, **how).mean() for how in ({}, {"excitation": NARROW}, {"ratio": 0.0}))
    return (
        f"It does: with inhibition half as wide as a field of {WIDE:g} places a LIF neuron tells two orientations "
        f"apart at {wide:.1f} positions, with a field of {NARROW:g} at {narrow:.1f}, without inhibition at {alone:.1f}."
    )


def detection(t, several=3.0, more=2.0, ratio=RATIO, wide=WIDE, narrow=NARROW, **how):
    broad, alone = (places(t, wide, each, **how) for each in (ratio, 0.0))
    count = float(len(POSITIONS))
    return [
        needed("the feature is detected at several positions", student_interval(broad), above(several), "positions",
               possible=(0.0, count)),
        needed("at more positions than with a narrow excitatory field",
               student_interval(broad - places(t, narrow, **how)), above(0.0, matters=more), "positions",
               possible=(-count, count)),
        side("at more positions than without inhibition", student_interval(broad - alone), above(0.0, matters=1.0),
             "positions", possible=(-count, count)),
    ]  # fmt: skip


def findings(t):
    why = (
        "several are three at least; a LIF neuron with inhibition tuned to the other orientation, draws of its noise "
        "are the unit; the inhibition may be narrower, so both kinds are asked. What it adds is a side part"
    )
    swept = {
        "width of the inhibition": {each: detection(t, ratio=each) for each in RATIOS},
        "response to the wrong orientation": {each: detection(t, wrong=each) for each in WRONG},
        "d' that counts": {each: detection(t, criterion=each) for each in CRITERIA},
        "several": {each: detection(t, each) for each in (2.0, 3.0, 5.0)},
        "positions more that matter": {each: detection(t, more=each) for each in (1.0, 2.0, 4.0)},
        "wide field": {each: detection(t, wide=each) for each in WIDES},
        "narrow field": {each: detection(t, narrow=each) for each in NARROWS},
    }
    yield judge("A1-07", *detection(t), why=why, source="Green & Swets (1966)", over=swept, in_the_model=True)


def responses(ax, t):
    for ratio, dash in ((0.0, ":"), (RATIO, "-")):
        rows = t.position[(t.position.excitation == WIDE) & (t.position.ratio == ratio) & (t.position.wrong == LEAK)]
        mean = rows.groupby("position")[["own", "other"]].mean()
        for name, colour in (("own", "black"), ("other", OKABE_ITO["vermillion"])):
            label = f"{name} orientation" if ratio else None
            ax.plot(mean.index, mean[name], linestyle=dash, color=colour, label=label)
    ax.set(xlabel="position of the bar (places)", ylabel="rate (Hz)", ylim=(0, None))
    ax.legend()
    return "response of the wide cell to bars of either orientation, with inhibition half as wide; dotted: without it"


def number_of_places(ax, t):
    ratios = (0.0, *RATIOS)
    for criterion, fill in zip(CRITERIA, ("black", "white"), strict=True):
        found = [student_interval(places(t, ratio=each, criterion=criterion)) for each in ratios]
        ax.vlines(ratios, [each.low for each in found], [each.high for each in found], color="black")
        ax.plot(
            ratios,
            [each.value for each in found],
            "o-",
            color="black",
            markerfacecolor=fill,
            label=f"d' of {criterion:g}",
        )
    ax.set(xlabel="width of inhibition / excitation (0: none)", ylabel="positions", ylim=(0, None))
    ax.legend()
    return "positions at which the wide cell tells the orientations apart; bars: 95 % intervals over draws of noise"


PANELS = (responses, number_of_places)

if __name__ == "__main__":
    main(__file__)
