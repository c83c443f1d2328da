"""How fast do spiking neurons approach a sparse code?

Integrate-and-fire neurons without leak carry on to the next spike what the last one left over. So the count of each is
right up to a few spikes at any time, and its running rate approaches the L1 minimum like 1/t. A neuron with a leak has
another curve and so another penalty: its rates stop at a distance from that minimum.

Prediction: a slope of -1 of log error against log time without a leak; flatter while the slowest units have hardly
spiked, and towards 0 with a leak.

Sources: Shapero, Zhu, Hasler & Rozell, Int J Neural Syst 24 (2014); Tang, Lin & Davies, arXiv:1705.05475 (2017).
"""

from dataclasses import dataclass

import numpy as np

from experiments.inhibition._sparse_code import Coder, code, counting_times, gaussian, spikes_before
from neurosim.lab import Row, above, between, check, column, main
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import OKABE_ITO
from neurosim.randomness import stream

QUICK = {"seeds": 5, "spiking_time": 400.0}
CELLS = {"PerfectIF": ("spiking", "IF, no leak", "black"), "LIF": ("leaky", "LIF", "reddish purple")}
"""Rung, name and colour by cell."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Coder):
    seeds: int = param(8, doc="random dictionaries of 32 columns, each with one signal", low=2)
    spiking_time: float = param(1600.0, doc="length of the runs, in tau", low=200)

    def check(self):
        if self.spiking_time % 2:
            raise ParameterError(f"Parameters.spiking_time: got {self.spiking_time:g}, expected an even whole number")


class Errors(Row):
    cell: str = column("PerfectIF (no leak) or LIF")
    time: float = column("time over which spikes were counted, from the start", "tau")
    error: float = column("largest distance of a running rate from the minimum")


def compute(p, seed, lab):
    # Replicates are dictionaries of one stream, counted by the seed.
    problem = gaussian(stream(0, "weights", "dictionary", seed))
    times = counting_times(p.spiking_time)
    for cell, (rung, _, _) in CELLS.items():
        run = code(p, lab, problem, rung, time=p.spiking_time, record=("spikes",))
        counts = spikes_before(p, run.spikes["code"], times, problem.features.shape[1])
        error = np.abs(counts / times[:, None] - problem.minimum).max(axis=1)
        yield Errors.table(cell=cell, time=times, error=error)


def slopes(t, cell, first, last=np.inf):
    """Slope of log error against log time between two times (tau): mean over dictionaries with its interval."""
    rows = t.errors[(t.errors.cell == cell) & t.errors.time.between(first, last)]
    return student_interval(
        np.array([np.polyfit(np.log(each.time), np.log(each.error), 1)[0] for _, each in rows.groupby("seed")])
    )


def left(t, cell):
    """Largest error at the end."""
    return student_interval(t.errors[(t.errors.cell == cell) & (t.errors.time == t.errors.time.max())].error.to_numpy())


def answer(t):
    return (
        f"Like 1/t without a leak: from 50 tau on the error falls like t^{slopes(t, 'PerfectIF', 50.0).value:.2f}, to "
        f"{left(t, 'PerfectIF').value:.4f} after {t.errors.time.max():g} tau; with a leak it stays at "
        f"{left(t, 'LIF').value:.3f}."
    )


def findings(t):
    words = "Without a leak the error falls like 1/t after 50 tau (slope of log error against log time)."
    why = "whole spikes scatter a slope by some 0.05; means lie from -1.03 to -0.92 in sets of short runs"
    late = slopes(t, "PerfectIF", 50.0)
    yield check("late", words, late, between(-1.15, -0.85), why=why, source="error O(1/t)")
    words = "Up to 50 tau it falls about like 1/t, too (slope from 10 to 50 tau)."
    why = "flatter than -1 while the slowest units have hardly spiked: -0.95 to -0.68 in twelve sets of dictionaries"
    early = slopes(t, "PerfectIF", 10.0, 50.0)
    yield check("early", words, early, between(-1.2, -0.4), why=why, source="error O(1/t)")
    words = "With a leak, the control, it hardly falls after 50 tau: another curve is another penalty."
    why = "less than half of the slope without a leak"
    yield check("leak", words, slopes(t, "LIF", 50.0), above(-0.5), why=why)


def errors(ax, t):
    for cell, (_, name, colour) in CELLS.items():
        rows = t.errors[t.errors.cell == cell]
        for _, each in rows.groupby("seed"):
            ax.plot(each.time, each.error, color=OKABE_ITO[colour], linewidth=0.5, alpha=0.4)
        mean = rows.groupby("time").error.mean()
        ax.plot(mean.index, mean, color=OKABE_ITO[colour], linewidth=1.4, label=name)
    times = np.array([t.errors.time.min(), t.errors.time.max()])
    ax.plot(times, 1.0 / times, color="0.3", linestyle="--", linewidth=0.8, label="one spike: 1/t")
    ax.set(xscale="log", yscale="log", xlabel="counting time (tau)", ylabel="largest error (activity)")
    ax.legend(loc="lower left", handlelength=1.8)
    return "distance of running rates from the L1 minimum; thin: random dictionaries, thick: their mean"


def spikes(ax, t):
    for cell, (_, name, colour) in CELLS.items():
        rows = t.errors[t.errors.cell == cell]
        mean = (rows.error * rows.time).groupby(rows.time).mean()
        ax.plot(mean.index, mean, color=OKABE_ITO[colour], linewidth=1.4, label=name)
    ax.set(xscale="log", yscale="log", xlabel="counting time (tau)", ylabel="error x time (spikes)")
    ax.legend(loc="upper left")
    return "the same in whole spikes, mean over dictionaries: without a leak a count is never far off"


PANELS = (errors, spikes)

if __name__ == "__main__":
    main(__file__)
