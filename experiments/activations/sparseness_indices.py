"""How do the indices of sparseness grow with a threshold, and what is lost meanwhile?

For ReLU(z - b), z standard normal, every index rises with b, but they are different functions of it: at 4 % active
units the Gini index is 0.979 and Hoyer's 0.851, so numbers of different indices cannot be compared. A peaked softmax is
nearly zero almost everywhere without one exact zero. A threshold also destroys: a line through ReLU(z - b) recovers
73 % of the variance of z at b = 0, and 4.7 % where 1 % of the units are active.

Sources: Treves & Rolls, Network 2 (1991); Vinje & Gallant, Science 287 (2000); Hoyer, JMLR 5 (2004); Hurley & Rickard,
IEEE Trans Inf Theory 55 (2009).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments.activations._gaussian import expect
from neurosim.activations import KWTA, ReLU, Softmax
from neurosim.lab import Row, column, definition, main
from neurosim.metrics import sparsity
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "samples": 100_000}
SPARSE = 1.750686  # 4 % active
SAMPLED = (-1.0, 0.0, 0.5, 1.0, 1.281552, 1.644854, SPARSE, 2.326348)
LINE = tuple(round(float(b), 6) for b in np.arange(-1.0, 2.6, 0.125))
DECODED = (*np.arange(-2.0, 2.1, 0.5).tolist(), 2.326348)
UNITS = 64


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="random populations", low=2)
    samples: int = param(400_000, doc="units of a population", low=1000)


class Thresholds(Row):
    b: float = column("threshold of ReLU(z - b)")
    measure: str = column("moment or sparseness index")
    integral: float = column("large-population limit by quadrature")
    expected: float = column("the limit, for Hoyer and Vinje-Gallant at the number of units that was sampled")
    sampled: float = column("by the package from random drives; NaN where not sampled")


class Decoding(Row):
    b: float = column("threshold of ReLU(z - b)")
    active_fraction: float = column("fraction of drives above b")
    explained: float = column("fraction of the variance of z that a line through ReLU(z - b) recovers")


class Population(Row):
    activation: str = column("activation of a whole population of 64 units")
    drive_sd: float = column("standard deviation of the drives")
    exact_zero_fraction: float = column("fraction of activities that are exactly 0")
    near_zero_fraction: float = column("fraction below 1 % of the standard deviation of the activity")
    smallest: float = column("smallest activity")


def compute(p, seed, lab):
    of_units, of_populations = (np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,))) for key in (2, 1))
    for b in sorted({*LINE, *SAMPLED}):
        limit = limits(b)
        found = measured(ReLU(threshold=b)(of_units.standard_normal(p.samples))) if b in SAMPLED else {}
        for name, expected in finite(limit, p.samples).items():
            yield Thresholds(b, name, limit[name], expected, found.get(name, math.nan))
    for b in DECODED:
        limit = limits(b)
        shared = expect(lambda z, b=b: z * (z - b), low=b)
        explained = shared**2 / (limit["second_moment"] - limit["mean"] ** 2)
        yield Decoding(b, limit["active_fraction"], explained)
    for f, sd in ((Softmax(), 1.0), (Softmax(), 4.0), (Softmax(), 8.0), (KWTA(k=3), 1.0)):
        r = f(sd * of_populations.standard_normal((500, UNITS)))
        yield Population(type(f).__name__, sd, (r == 0.0).mean(), (r < 0.01 * r.std()).mean(), r.min())


def limits(b):
    """Moments and indices of ReLU(z - b) in a large population, by quadrature."""
    m0, m1, m2, m3, m4 = (expect(lambda z, k=k: (z - b) ** k, low=b) for k in range(5))
    ratio, fourth = m1**2 / m2, m4 - 4.0 * m1 * m3 + 6.0 * m1**2 * m2 - 3.0 * m1**4
    ranked = expect(lambda z: (z - b) * 0.5 * math.erfc(-z / math.sqrt(2.0)), low=b)
    return {
        "active_fraction": m0,
        "mean": m1,
        "second_moment": m2,
        "treves_rolls": ratio,
        "vinje_gallant": 1.0 - ratio,
        "hoyer": 1.0 - math.sqrt(ratio),
        "gini": 2.0 * ranked / m1 - 1.0,
        "kurtosis": fourth / (m2 - m1**2) ** 2 - 3.0,
    }


def finite(limit, n):
    """The limits as the two indices that are normalised by the number of units give them for n units."""
    root = math.sqrt(n)
    hoyer, vinje = limit["hoyer"] * root / (root - 1.0), limit["vinje_gallant"] / (1 - 1 / n)
    return {**limit, "hoyer": hoyer, "vinje_gallant": vinje}


def measured(r):
    indices = ("active_fraction", "treves_rolls", "vinje_gallant", "hoyer", "gini")
    found = {name: float(getattr(sparsity, name)(r)) for name in indices}
    kurtosis = float(sparsity.excess_kurtosis(r))
    return {**found, "mean": float(r.mean()), "second_moment": float((r**2).mean()), "kurtosis": kurtosis}


def sampled(t, measure, b=SPARSE):
    rows = t.thresholds[(t.thresholds.measure == measure) & (t.thresholds.b == b)]
    return rows.sort_values("seed").sampled.to_numpy()


def decoded(t):
    return t.decoding.drop_duplicates("b").sort_values("b")


def answer(t):
    gini, hoyer = (sampled(t, name).mean() for name in ("gini", "hoyer"))
    last = decoded(t).iloc[-1]
    return (
        f"All rise with it, each in its own way (4 % active: Gini {gini:.3f}, Hoyer {hoyer:.3f}); with "
        f"{100 * last.active_fraction:.0f} % active a line recovers {100 * last.explained:.1f} % of the drive's "
        "variance."
    )


def findings(t):
    soft = t.population[(t.population.activation == "Softmax") & (t.population.drive_sd == 8.0)]
    zeros = 1 - sampled(t, "active_fraction").mean()
    why = (
        f"zero and nearly zero are counted apart: ReLU with 4 % active units has {100 * zeros:.0f} % "
        f"exact zeros, a peaked softmax none and {100 * soft.near_zero_fraction.mean():.0f} % near zeros"
    )
    yield definition("A0-01", why=why)


LOOKS = {
    "active_fraction": ("active fraction", "black", "-", "o"),
    "treves_rolls": ("Treves-Rolls", "orange", "--", "s"),
    "vinje_gallant": ("Vinje-Gallant", "blue", "-", "^"),
    "hoyer": ("Hoyer", "vermillion", "--", "D"),
    "gini": ("Gini", "bluish green", "-.", "v"),
}


def indices(ax, t):
    means = t.thresholds.groupby(["measure", "b"])[["integral", "sampled"]].mean()
    for measure, (label, colour, dash, marker) in LOOKS.items():
        rows = means.loc[measure]
        ax.plot(rows.index, rows.integral, linestyle=dash, color=OKABE_ITO[colour], label=label)
        ax.plot(rows.index, rows.sampled, linestyle="none", marker=marker, color=OKABE_ITO[colour], markersize=3)
    ax.set(xlabel="threshold b (sd of the drive)", ylabel="index", ylim=(0, 1.02), xlim=(-1.05, 2.55))
    ax.legend(loc="center right", fontsize="small", bbox_to_anchor=(1.0, 0.47))
    return "active fraction and four indices of ReLU(z - b): integrals (lines) and samples (symbols, mean over seeds)"


def recovered(ax, t):
    rows = decoded(t)
    ax.plot(rows.active_fraction, rows.explained, "o-", color=OKABE_ITO["blue"])
    ax.set(xlabel="active fraction", ylabel="recovered fraction of the variance", xlim=(0, 1.02), ylim=(0, 1.02))
    return "fraction of the variance of the drive that a line through ReLU(z - b) recovers, thresholds from 2.3 to -2"


PANELS = (indices, recovered)

if __name__ == "__main__":
    main(__file__)
