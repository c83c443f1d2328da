"""Does an L1 penalty drive some weights towards zero?

The 32 weights of a linear fit have 16 equations, or 64. With an L1 penalty some weights are exactly 0 at the minimum.
Whether they get there depends on the method: a step with a threshold (soft thresholding, coordinate descent) reaches
them. Gradient descent that takes sign(w) for the slope of |w|, as automatic differentiation does, jumps across zero
and back at every step, and so stays near. An L2 penalty, whose pull fades with the weight, leaves none there.

Sources: Tibshirani, J R Stat Soc B 58 (1996); Daubechies, Defrise & De Mol, Commun Pure Appl Math 57 (2004).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import NEAR_ZERO, NEAR_ZERO_RANGE, RARE
from neurosim.lab import Row, above, column, judge, main, needed, report
from neurosim.metrics import lasso_objective, student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.randomness import stream
from neurosim.theory import lasso_minimum

QUICK = {"seeds": 5}
METHODS = {
    "coordinate descent": ("L1", "black"),
    "soft threshold": ("L1", "sky blue"),
    "subgradient descent": ("L1", "vermillion"),
    "linear equations": ("L2", "bluish green"),
}
"""Penalty and colour by method."""
EQUATIONS = (16, 64)  # for 32 unknowns, the first in the figure
RATE = 500.0  # Hz of a weight of 1, where weights are the activities of a circuit


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="linear fits", low=2)
    penalties: tuple[float, ...] = param(
        (0.1, 0.05, 0.2), doc="weights of the penalty, the first in the figure", above=0, below=1
    )
    steps: int = param(20_000, doc="steps of subgradient descent", low=100)


class Zeros(Row):
    equations: int = column("equations of the fit, for 32 unknowns")
    strength: float = column("weight of the penalty")
    method: str = column("how the weights were found")
    penalty: str = column("norm of the weights that is punished")
    exact_zeros: float = column("fraction of the weights that are exactly 0")
    near_zeros: float = column("fraction of the weights that are not 0 and below 1 % of the largest")
    gap: float = column("L1 objective above its minimum")


class Weights(Row):
    equations: int = column("equations of the fit, for 32 unknowns")
    strength: float = column("weight of the penalty")
    method: str = column("how the weights were found")
    rank: int = column("rank of the weight's magnitude, the largest first")
    magnitude: float = column("magnitude of the weight over the largest")


def compute(p, seed, lab):
    # Replicates are fits of one stream, counted by the seed.
    rng = stream(0, "weights", "linear fit", seed)
    for equations in EQUATIONS:
        yield from fits(p, lab, equations, rng)


def fits(p, lab, equations, rng):
    features = rng.standard_normal((equations, 32))
    features /= np.linalg.norm(features, axis=0)
    signal = rng.standard_normal(equations)
    signals = signal[None, :] / np.linalg.norm(signal)
    gram, match = features.T @ features, signals @ features
    for strength in p.penalties:
        best = lasso_minimum(features, signals, strength)
        found = {
            "coordinate descent": best,
            "soft threshold": two_sided(lab, features, signals, strength),
            "subgradient descent": subgradient(gram, match, strength, p.steps),
            "linear equations": np.linalg.solve(gram + strength * np.eye(32), match[0])[None, :],
        }
        least = lasso_objective(features, signals, best, strength)
        for method, weights in found.items():
            size = np.abs(weights)
            near = (weights != 0) & (size < 0.01 * size.max())
            gap = (lasso_objective(features, signals, weights, strength) - least)[0]
            yield Zeros(equations, strength, method, METHODS[method][0], (weights == 0).mean(), near.mean(), gap)
            order = np.sort(size[0])[::-1] / size.max()
            yield Weights.table(
                equations=equations, strength=strength, method=method, rank=np.arange(1, 33), magnitude=order
            )


def two_sided(lab, features, signals, penalty):
    """The weights as activities of units that shrink from both sides and inhibit each other by their overlap."""
    code = ns.Population("code", 32, bias=0.0)
    match = ns.Projection("match", "image", "code", features.T / RATE, sign=None, tau=0.0)
    inhibition = ns.inhibition.competition(code, math.sqrt(1.0 / RATE) * features, tau=0.0)
    units = ns.Unit(activation=ns.activations.SoftThreshold(gain=RATE, threshold=penalty))
    run = lab.simulate(
        ns.Circuit({"image": len(features)}, [code], [match, inhibition]), units, ns.Stimulus({"image": RATE * signals})
    )
    return run.checked_rates("code") / RATE


def subgradient(gram, match, penalty, steps):
    """Gradient descent that takes sign(w) for the slope of |w|: the penalty as automatic differentiation has it."""
    weights, step = np.zeros_like(match), 0.1 / float(np.linalg.eigvalsh(gram)[-1])
    for _ in range(steps):
        weights = weights + step * (match - weights @ gram - penalty * np.sign(weights))
    return weights


def shown(t, table="zeros"):
    """The rows of the first penalty and the fewer equations."""
    rows = getattr(t, table)
    return rows[(rows.strength == rows.strength.iloc[0]) & (rows.equations == EQUATIONS[0])]


def fraction(t, method, value="exact_zeros"):
    rows = shown(t)
    return student_interval(rows[rows.method == method][value].to_numpy())


def driven(t, method="subgradient descent", tolerance=NEAR_ZERO, strength=None, equations=EQUATIONS[0]):
    """Weights at 0 or nearly so under L1, in excess of L2, over fits; nearly: this part of their root mean square."""
    rows = t.weights[t.weights.strength == (t.weights.strength.iloc[0] if strength is None else strength)]
    rows = rows[rows.equations == equations]
    size = (rows.magnitude**2).groupby([rows.seed, rows.method]).transform("mean") ** 0.5
    near = (rows.magnitude <= tolerance * size).astype(float).where(rows.magnitude.notna())
    by_seed = near.groupby([rows.seed, rows.method]).mean().unstack()
    found = student_interval((by_seed[method] - by_seed["linear equations"]).to_numpy())
    words = f"fraction of the weights that L1 leaves within {100 * tolerance:g} % of zero, less that of L2"
    return needed(words, found, above(RARE), possible=(-1.0, 1.0))


def answer(t):
    near = driven(t).value
    best, plain = (fraction(t, method).value for method in ("coordinate descent", "subgradient descent"))
    return (
        f"Yes: plain gradient descent leaves {100 * near:.0f} % more of the weights within 1 % of zero than with L2. "
        f"Exactly 0 are {100 * plain:.0f} % of them, and {100 * best:.0f} % at the minimum, which takes a step with a "
        "threshold to reach."
    )


def findings(t):
    why = "some: more than one in twenty beyond an L2 penalty of the same weight; towards zero, not to zero, is claimed"
    over = {
        "nearly zero": {tolerance: [driven(t, tolerance=tolerance)] for tolerance in NEAR_ZERO_RANGE},
        "penalty": {strength: [driven(t, strength=strength)] for strength in t.weights.strength.unique()},
        "method": {method: [driven(t, method)] for method in METHODS if method != "linear equations"},
    }
    over["equations for 32 unknowns"] = {each: [driven(t, equations=each)] for each in EQUATIONS}
    yield judge("A1-25", driven(t), why=why, over=over, source="Tibshirani (1996)")
    words = "What plain subgradient descent loses by missing the zeros: L1 objective above its minimum."
    yield report("gap", words, fraction(t, "subgradient descent", "gap"))


def fractions(ax, t):
    for place, (method, (_, colour)) in enumerate(METHODS.items()):
        exact, near = (fraction(t, method, value).value for value in ("exact_zeros", "near_zeros"))
        ax.barh(place, exact, color=OKABE_ITO[colour], height=0.6)
        ax.barh(place, near, left=exact, color="white", edgecolor=OKABE_ITO[colour], height=0.6, hatch="////")
        points = shown(t)[shown(t).method == method]
        ax.plot(points.exact_zeros + points.near_zeros, np.full(len(points), place), ".", color="0.3", markersize=3)
    ax.set_yticks(range(len(METHODS)), [f"{method} ({penalty})" for method, (penalty, _) in METHODS.items()])
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set(xlim=(0, 1), xlabel="fraction of the weights")
    return "filled: weights that are exactly 0; hatched: below 1 % of the largest; points: both together, by fit"


def magnitudes(ax, t):
    for method, (_, colour) in METHODS.items():
        rows = shown(t, "weights")
        rows = rows[(rows.method == method) & (rows.seed == rows.seed.min())]
        style = {"linewidth": 3.5, "alpha": 0.6} if method == "soft threshold" else {"linewidth": 1.1}
        ax.plot(rows["rank"], rows.magnitude.where(rows.magnitude > 0), color=OKABE_ITO[colour], label=method, **style)
    ax.set(yscale="log", ylim=(1e-6, 2), xlabel="rank of the weight", ylabel="magnitude / largest")
    ax.legend(loc="lower left")
    return "magnitudes of the weights of one fit; a curve ends where the exact zeros begin"


PANELS = (fractions, magnitudes)

if __name__ == "__main__":
    main(__file__)
