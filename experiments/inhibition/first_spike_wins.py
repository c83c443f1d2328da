"""Does inhibition that follows the first spikes pick the strongest inputs, and how much delay does it bear?

Leaky integrate-and-fire cells with unequal drives race for their first spike. An interneuron counts their spikes and
after k of them silences all others. Prediction: the latency tau ln(J/(J - 1)) falls with the drive J, so without a
delay the k cells that spike are the k largest drives, the winners of the activation k-WTA. With a delay d of the
inhibition every cell that would spike within d after the k-th wins as well: the identity ends, and how many too many
there are follows from the latencies alone.

Source: Thorpe, Delorme & Van Rullen, Neural Networks 14 (2001) (codes of first spikes); Maass, Neural Comput 12 (2000)
(k-winner-take-all).
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from neurosim.activations import KWTA
from neurosim.cells import PerfectIF
from neurosim.engines import choices
from neurosim.lab import Row, above, check, column, main, near, report
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, Params, param
from neurosim.plots import OKABE_ITO

TAU, DT, DURATION = 20e-3, 1e-5, 0.08
BLOW = 100.0
"""Distance (threshold 1) by which the interneuron pulls a cell down: it does not come back within the run."""
COLOURS = tuple(OKABE_ITO[name] for name in ("blue", "vermillion", "bluish green", "orange"))
QUICK = {"seeds": 2, "trials": 60}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="number of seeds of the drives", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    trials: int = param(400, doc="sets of drives", low=20)
    units: int = param(20, doc="cells in the race", low=4)
    winners: tuple[int, ...] = param((1, 3, 6), doc="spikes after which the others are silenced", low=1)
    delays: tuple[float, ...] = param(
        (0.0, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3), unit="s", doc="delays of the inhibition, in steps of 0.01 ms", low=0
    )

    def check(self):
        if max(self.winners) >= self.units or 0.0 not in self.delays or len(self.delays) < 4:
            raise ParameterError(
                "Parameters: expected fewer winners than units, and at least four delays, 0 among them"
            )


class Race(Row):
    k: int = column("spikes after which the others are silenced")
    delay: float = column("delay of the inhibition", "s")
    same: float = column("fraction of the trials in which the cells that spike are the winners of k-WTA")
    predicted: float = column("fraction of the trials in which they are those that the latencies predict")
    extra: float = column("mean number of cells that spike beyond k")
    expected: float = column("the same from the latencies")


def compute(p, seed, lab):
    drives = lab.stream("stimulus", "drives").uniform(1.1, 2.0, (p.trials, p.units))
    latency = TAU * np.log(drives / (drives - 1))
    for k in p.winners:
        best = KWTA(k=k)(drives) > 0
        decided = np.sort(latency, axis=1)[:, [k - 1]]
        for delay in p.delays:
            spiked = race(p, lab, drives, k, delay)
            # The interneuron needs a step to spike and acts after the threshold of the next one.
            expected = latency <= decided + delay + DT
            yield Race(
                k, delay, np.mean((spiked == best).all(axis=1)), np.mean((spiked == expected).all(axis=1)),
                spiked.sum(axis=1).mean() - k, expected.sum(axis=1).mean() - k,
            )  # fmt: skip


def race(p, lab, drives, k, delay):
    """Whether each cell spikes, (trials, units)."""
    n = p.units
    circuit = ns.Circuit(
        [ns.Input("drives", n)],
        [ns.Population("cells", n), ns.Population("counter", 1)],
        [
            ns.Projection("feed", "drives", "cells", np.eye(n), tau=0.0),
            # A little more than 1/k each: v = 1 is not yet a spike.
            ns.Projection("count", "cells", "counter", np.full((1, n), 1.001 / k * TAU), tau=0.0),
            ns.Projection("silence", "counter", "cells", np.full((n, 1), BLOW * TAU), sign=-1, tau=0.0, delay=delay),
        ],
    )
    cells = {"cells": ns.LIF(tau_m=TAU, t_ref=2 * DURATION), "counter": PerfectIF(tau_m=TAU)}
    schedule = ns.Schedule(duration=DURATION, settle=0.0, dt=DT)
    return lab.simulate(circuit, cells, ns.stimulus.constant(drives, input="drives"), schedule).rates["cells"] > 0


def answer(t):
    none, longest = t.race[t.race.delay == 0], t.race[t.race.delay == t.race.delay.max()]
    return (
        f"Without a delay the cells that spike are those of k-WTA in {100 * none.same.mean():.1f} % of the trials; "
        f"a delay of {1e3 * t.race.delay.max():g} ms lets {longest.extra.mean():.1f} too many through."
    )


def findings(t):
    none = t.race[t.race.delay == 0].groupby("seed").same.mean()
    words = "Without a delay the cells that spike are those of k-WTA (fraction of the trials)."
    why = "latencies within two steps of 0.01 ms are a tie; of 20 cells up to 2.2 spike per ms: 4 % of the trials"
    yield check(
        "identity", words, student_interval(none.to_numpy()), above(0.93), why=why, source="latency of a LIF cell"
    )
    delayed = t.race[t.race.delay > 0]
    words = "With a delay those spike whose latency lies within the delay after the k-th (fraction of the trials)."
    why = "the same ties of a step, at both ends of the delay"
    held = delayed.groupby("seed").predicted.mean()
    yield check(
        "latencies", words, student_interval(held.to_numpy()), above(0.9), why=why, source="latency of a LIF cell"
    )
    worst = (delayed.extra - delayed.expected).abs().max()
    words = "The number of cells too many is what the latencies predict (largest difference)."
    yield check("too_many", words, worst, near(0.0, 0.1), why="a tenth of a cell: the same ties", source="latencies")
    lost = t.race[t.race.delay == t.race.delay.max()].groupby("seed").same.mean()
    yield report("longest", "Trials that the longest delay leaves right.", student_interval(lost.to_numpy()))


def lines(t):
    """Numbers of winners, their rows and colours."""
    return [(k, rows, COLOURS[n % len(COLOURS)]) for n, (k, rows) in enumerate(t.race.groupby("k"))]


def winners_against_delay(ax, t):
    for k, rows, colour in lines(t):
        mean = rows.groupby("delay")[["extra", "expected"]].mean()
        ax.plot(1e3 * mean.index, mean.extra, "o", color=colour, label=f"k = {k}", linestyle="none")
        ax.plot(1e3 * mean.index, mean.expected, color=colour)
    ax.set(xlabel="delay of the inhibition (ms)", ylabel="cells too many")
    ax.legend()
    return "cells that spike beyond k against the delay (points), and what the latencies of the drives predict (lines)"


def identity_against_delay(ax, t):
    for k, rows, colour in lines(t):
        mean = rows.groupby("delay").same.mean()
        ax.plot(1e3 * mean.index, 100 * mean, "o-", color=colour, label=f"k = {k}")
    ax.set(ylim=(0, 102), xlabel="delay of the inhibition (ms)", ylabel="trials as k-WTA (%)")
    return "fraction of the trials in which exactly the winners of k-WTA spike"


PANELS = (winners_against_delay, identity_against_delay)

if __name__ == "__main__":
    main(__file__)
