"""Which activations are sparse when all are equally active on average?

Every artificial activation gets the same drives as a layer of neurons that looks at handwritten digits, and the
threshold at which its mean rectified activity equals that of the neurons' f-I curve. A steep onset gives more activity
per unit, so fewer units are needed: a step or an f-I curve should be sparser than a ReLU, and a soft onset (softplus)
denser. Exact zeros need not decide it: tanh has none, yet where it is negative it counts as silent.

Sources: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3; Treves & Rolls, Network 2 (1991) 371; Willmore & Tolhurst,
Network 12 (2001) 255.
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.sparsity._digits import QUICK_DIGITS, Digits, curve_of, scene
from neurosim import metrics, plots
from neurosim.lab import Row, above, check, column, main, report
from neurosim.metrics import student_interval
from neurosim.params import param

QUICK = {"seeds": 3, **QUICK_DIGITS}
NEURONS = ("LIFCurve", "Siegert", "spiking")
MEASURES = (
    "active_fraction", "population_treves_rolls", "lifetime_treves_rolls", "negative_mass", "silent_units", "mean_rate",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    winners: float = param(0.2, doc="fraction of winners of k-winners-take-all", above=0, high=1)


class Activations(Row):
    activation: str = column("class name; spiking: the simulated neuron")
    shift: float = column("threshold in standard deviations of the drive (neurons: 0)")
    gain: float = column("factor on the textbook curve", "Hz")
    matched_mean: float = column("mean activity after rectification, which was made equal", "Hz")
    nonzero_fraction: float = column("fraction of the entries that are not exactly 0, before rectification")
    active_fraction: float = column("fraction of the entries above half a spike in the window, after rectification")
    population_treves_rolls: float = column("Treves-Rolls ratio over the units of an image, mean over images")
    lifetime_treves_rolls: float = column("Treves-Rolls ratio over the images of a unit, mean over units")
    negative_mass: float = column("fraction of the total magnitude that is negative, before rectification")
    silent_units: float = column("fraction of the units that are active for no image")
    mean_rate: float = column("mean activity before rectification", "Hz")


def compute(p, seed, lab):
    here = scene(p, seed)
    curve = curve_of(here.cells["curve"])(here.drive)
    target, top = float(curve.mean()), float(curve.max())
    slope = float(curve_of(here.cells["artificial"]).as_dict()["gain"]) * p.drive_sd
    z = (here.drive - p.drive_mean) / p.drive_sd
    yield row(p, "LIFCurve" if p.sigma_stat == 0 else "Siegert", curve, 0.0, 1.0)
    run = lab.simulate(here.circuit, here.cells["spiking"], here.stimulus, p.schedule)
    yield row(p, "spiking", run.rates["hidden"], 0.0, 1.0)
    for name, kind in ns.activations.known().items():
        if name == "Softmax":
            # A shared total has no threshold to shift: the total itself is the mean activity.
            yield row(p, name, target * here.units * kind()(z), 0.0, target * here.units)
            continue
        if name == "KWTA":
            activation = kind().replace(k=math.ceil(p.winners * here.units))
        elif issubclass(kind, ns.activations.base.Shaped):
            activation = kind()
        else:
            continue  # the curves of neurons are rungs of their own
        # A bounded activation spans the neuron's range, an unbounded one has the slope of the fitted ReLU.
        limit = activation.range[1]
        gain = top / limit if math.isfinite(limit) else slope
        shift = matched_shift(activation, z, target / gain)
        yield row(p, name, gain * activation(z - shift), shift, gain)


def matched_shift(activation, z, target):
    """The threshold at which the mean rectified activity is `target`, by bisection (the mean falls as it rises)."""
    low, high = float(z.min()) - 10.0, float(z.max()) + 10.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if np.maximum(activation(z - middle), 0.0).mean() > target:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def row(p, name, activity, shift, gain):
    """How sparse one layer is; negative values count as inactive."""
    found = metrics.sparsity_row(activity, rung=name, above=p.smallest_rate, negative="rectify")
    return Activations(
        name, shift, gain, np.maximum(activity, 0.0).mean(), 1.0 - found["exact_zero_fraction"],
        *(found[measure] for measure in MEASURES),
    )  # fmt: skip


def measured(t, measure, activation="ReLU", than=None):
    """A measure over seeds, or how much larger it is than that of another activation in the same seed."""
    by_seed = t.activations.pivot(index="seed", columns="activation", values=measure)
    return student_interval(by_seed[activation] if than is None else by_seed[activation] - by_seed[than])


def neuron(t):
    """Name of the neurons' curve: with noise it is Siegert's."""
    return next(name for name in NEURONS if (t.activations.activation == name).any())


def answer(t):
    relu, spiking, step, soft = (
        100 * measured(t, "active_fraction", name).value for name in ("ReLU", "spiking", "Step", "Softplus")
    )
    return (
        f"Those with a steep onset: at the same mean activity {step:.0f} % of the units are active with a step, "
        f"{spiking:.0f} % of spiking neurons, {relu:.0f} % with ReLU and {soft:.0f} % with softplus."
    )


def findings(t):
    why = "difference in the same seed; 0.05 of all units is more than the seeds differ by"
    words = "The neurons' f-I curve, steep at threshold, needs fewer active units than ReLU (ReLU less f-I curve)."
    yield check("steep", words, measured(t, "active_fraction", "ReLU", neuron(t)), above(0.05), why=why)
    words = "Softplus, soft at threshold, needs more (softplus less ReLU)."
    yield check("soft", words, measured(t, "active_fraction", "Softplus", "ReLU"), above(0.05), why=why)
    words = "Exact zeros do not decide it: tanh has none, and fewer of its units are active (ReLU less tanh)."
    yield check("without_zeros", words, measured(t, "active_fraction", "ReLU", "Tanh"), above(0.05), why=why)
    words = "Fraction of the ReLU's activities that are exactly 0; every smooth activation has none."
    zeros = 1.0 - t.activations[t.activations.activation == "ReLU"].nonzero_fraction
    yield report("relu_zeros", words, student_interval(zeros.to_numpy()))


def order(t):
    """Activations from sparse to dense."""
    return t.activations.groupby("activation").active_fraction.mean().sort_values(kind="stable").index


def points(ax, t, measure, **look):
    for place, name in enumerate(order(t)):
        rung = {"spiking": "spiking", "LIFCurve": "curve", "Siegert": "curve"}.get(name)
        colour = plots.RUNGS[rung or "artificial"].colour
        found = measured(t, measure, name)
        ax.hlines(place, max(found.low, 0.0), min(found.high, 1.0), color=colour, linewidth=1.0)
        ax.plot(found.value, place, color=colour, linestyle="none", marker="o", **look)
    ax.set_yticks(range(len(order(t))), ["LIF, spiking" if name == "spiking" else name for name in order(t)])
    ax.set(xlim=(0, 1.05))


def active_fractions(ax, t):
    points(ax, t, "nonzero_fraction", markersize=4.4, markerfacecolor="none", markeredgewidth=0.8)
    points(ax, t, "active_fraction", markersize=3.2)
    ax.set(xlabel="fraction of the activities")
    return (
        "open: fraction of the activities that are not exactly 0; filled: fraction of active units; 95 % intervals "
        "over seeds; black and green: the neurons"
    )


def treves_rolls(ax, t):
    points(ax, t, "population_treves_rolls", markersize=3.2)
    ax.set(xlabel="Treves-Rolls ratio (small: sparse)")
    return "Treves-Rolls ratio of the rectified activity over the units of an image, in the same order"


PANELS = (active_fractions, treves_rolls)

if __name__ == "__main__":
    main(__file__)
