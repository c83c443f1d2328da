"""What breaks the identity of timed spikes and ReLUs, and how soon?

The spike times of a trained digits network are its activities as long as cells do not leak, synaptic currents last,
times are continuous and nothing is noisy. One of these is broken at a time: a leak, currents that decay, a grid, jitter
of the spike times, noise that the membrane gathered while it listened, spikes that get lost. Prediction: leak and slow
decay bend every activity by x^2/2 times their rate, so the error grows in proportion to it, as it does with a grid and
with jitter; lost spikes come with a probability, so their error grows as its root. Biology has all of these but one,
the grid.

Source: Stanojevic et al., Nat Commun 15, 6793 (2024); Faisal, Selen & Wolpert, Nat Rev Neurosci 9 (2008) (noise).
"""

from dataclasses import dataclass

import numpy as np

from experiments.networks._timed import POINT, same_decisions, trained, with_one_fault
from experiments.networks._twins import Digits
from neurosim.lab import Row, between, check, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, param
from neurosim.plots import series_style

FAULTS = {
    "leak": "leak of the membrane (tau_c over its time constant)",
    "slow synapses": "decay of the synaptic currents (tau_c over their time constant)",
    "grid": "time step (tau_c)",
    "jitter": "jitter of the spike times (sd, tau_c)",
    "membrane noise": "noise on the membrane when the window opens (sd, 1)",
    "missing spikes": "probability that a spike is lost",
}
IN_BIOLOGY = tuple(fault for fault in FAULTS if fault != "grid")
QUICK = {"seeds": 2, "epochs": 15, "shown": 200}


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(5, doc="number of seeds of split, weights, noise and losses", low=2)
    sizes: tuple[float, ...] = param(
        (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5), doc="sizes of the faults, increasing", above=0, high=1
    )

    def check(self):
        if len(self.sizes) < 4 or list(self.sizes) != sorted(set(self.sizes)):
            raise ParameterError(f"Parameters.sizes: got {self.sizes}, expected at least four numbers, increasing")


class Faults(Row):
    fault: str = column("what is wrong")
    size: float = column("how much of it, in units of tau_c, of an activity of 1, or a probability")
    error: float = column("rms error of the outputs over their rms")
    same: float = column("fraction of the digits on which the decision is the network's")
    accuracy: float = column("fraction of the digits classified correctly")
    network_accuracy: float = column("that of the network itself")


def compute(p, seed, lab):
    own = trained(p, seed)
    exact = own.run.rates["output"]
    size_of = np.sqrt(np.mean(exact**2))
    for fault in FAULTS:
        for size in p.sizes:
            output = with_one_fault(own, fault, size, lab.stream("noise", fault))
            error = np.sqrt(np.mean((output - exact) ** 2)) / size_of
            right = own.accuracy(output)
            yield Faults(fault, size, error, same_decisions(own, output), right, own.accuracy(exact))


def of(t, fault):
    return t.faults[t.faults.fault == fault]


def growth(t, fault):
    """Exponent with which the error grows with the size, from the smallest to the tenfold of it, in each seed."""
    found = []
    for _, rows in of(t, fault).groupby("seed"):
        rows = rows[rows["size"] <= 10.001 * rows["size"].min()]
        found.append(np.polyfit(np.log(rows["size"]), np.log(rows.error), 1)[0])
    return student_interval(np.array(found))


def tolerated(t, fault):
    """Largest size up to which the mean loss of accuracy stays within a point; 0 where none is."""
    rows = of(t, fault)
    loss = (rows.network_accuracy - rows.accuracy).groupby(rows["size"]).mean()
    poor = np.flatnonzero(loss.to_numpy() > POINT)
    first = int(poor[0]) if poor.size else len(loss)
    return float(loss.index[first - 1]) if first else 0.0


def answer(t):
    sizes = {fault: tolerated(t, fault) for fault in FAULTS}
    least = min(sizes, key=sizes.get)
    most = max(sizes, key=sizes.get)
    return (
        f"Within a point of accuracy it bears {least} of {sizes[least]:g} at most and {most} of {sizes[most]:g}; "
        f"any of them ends the identity, and {len(IN_BIOLOGY)} of {len(FAULTS)} are found in biology."
    )


def findings(t):
    for fault, id in (("leak", "leak"), ("slow synapses", "synapses")):
        words = f"The error grows in proportion to a small rate: {fault}."
        why = "each activity is bent by x^2/2 times the rate; the next order is a percent at these sizes"
        yield check(id, words, growth(t, fault), between(0.85, 1.15), why=why, source="the closed form of a leak")
    words = "The error grows as the root of the probability that a spike is lost."
    why = "variances of independent losses add; an interval over a few seeds"
    yield check(
        "lost", words, growth(t, "missing spikes"), between(0.3, 0.7), why=why, source="variance of a Bernoulli"
    )
    rows = of(t, "leak")
    loss = rows.network_accuracy - rows.accuracy
    worst = student_interval(loss[rows["size"] == rows["size"].min()].to_numpy())
    yield report("smallest_leak", "Accuracy lost with the smallest leak.", worst)


def error_against_size(ax, t):
    for fault in FAULTS:
        mean = of(t, fault).groupby("size").error.mean()
        look = series_style(fault)
        ax.plot(mean.index, mean, **look.line())
    ax.set(xscale="log", yscale="log", xlabel="size of the fault", ylabel="relative error of the outputs (rms)")
    ax.legend()
    return "error of the outputs with one thing wrong, mean over seeds; sizes in tau_c, activities of 1, probabilities"


def accuracy_against_size(ax, t):
    for fault in FAULTS:
        mean = of(t, fault).groupby("size").accuracy.mean()
        ax.plot(mean.index, 100 * mean, **series_style(fault).line())
    ax.axhline(100 * t.faults.network_accuracy.mean(), color="0.5", linestyle=":", linewidth=0.9)
    ax.set(xscale="log", xlabel="size of the fault", ylabel="accuracy (%)")
    return "accuracy against the same; dotted: the network. A strong leak keeps cells from their threshold altogether"


PANELS = (error_against_size, accuracy_against_size)

if __name__ == "__main__":
    main(__file__)
