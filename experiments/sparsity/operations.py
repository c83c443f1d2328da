"""Which operations does sparse activity save, and how?

A product that skips zeros multiplies as many entries as are not 0. In a ReLU network zeros of the activity save
multiplications in the forward pass and zeros of the slope in the backward pass, from one half at the start of learning
on; weights that are pruned save some as well. A dense product multiplies every entry, whatever is 0. Which entries a
product multiplies is measured: an infinite input shows in the output wherever its weight is multiplied, even by 0.

Sources: Horowitz, ISSCC (2014); Han et al., NIPS (2015); scipy.sparse, compressed rows.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._twins import Digits, trained_here
from neurosim.lab import Row, claim_of_parts, column, main
from neurosim.metrics import energy, student_interval
from neurosim.params import param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 2, "epochs": 15, "shown": 200, "size": 200}
DENSITIES = (0.01, 0.03, 0.1, 0.3, 0.5, 1.0)
KEPT = (1.0, 0.5, 0.25, 0.1)
POINT = 0.01 + 1e-12
"""One point of accuracy, and the rounding of a mean."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Digits):
    seeds: int = param(5, doc="number of seeds of split, weights and order of examples", low=2)
    size: int = param(500, doc="rows and columns of the matrices whose products are looked at", low=50)


class Active(Row):
    density: float = column("fraction of the hidden activities that are not 0, weighted by their targets")
    backward: float = column("fraction of the hidden slopes that are not 0: what the backward pass has to follow")


class Pruned(Row):
    kept: float = column("fraction of the weights kept, the largest of each projection")
    accuracy: float = column("of the network with the others set to 0")
    network_accuracy: float = column("with all of them")


class Products(Row):
    density: float = column("fraction of the entries of a matrix that are not 0")
    operations: float = column("fraction of the entries that a sparse product multiplies")
    dense_operations: float = column("fraction of the entries that a dense product multiplies")


def compute(p, seed, lab):
    own = trained_here(p, seed)
    sizes = own.circuit.sizes
    fed = [(each.pre, sizes[each.post]) for each in own.circuit.projections if each.pre != "input"]
    done = sum(energy.zero_skipping_operations(own.run.rates[pre], n).macs for pre, n in fed)
    dense = sum(energy.dense_operations(sizes[pre], n).macs for pre, n in fed)
    hidden = [each.name for each in own.circuit.populations if each.name != "output"]
    alive = [(own.cells[name].activation.derivative(own.run.drive[name]) != 0).mean() for name in hidden]
    yield Active(done / dense, np.mean(alive))
    for kept in KEPT:
        weights = {}
        for each in own.circuit.projections:
            size = np.abs(each.dense())
            weights[each.name] = np.where(size >= np.quantile(size, 1 - kept), each.dense(), 0.0)
        stimulus = ns.Stimulus({"input": own.shown})
        run = lab.simulate(own.circuit.with_weights(**weights), own.cells, stimulus)
        yield Pruned(kept, own.accuracy(run.rates["output"]), own.accuracy(own.run.rates["output"]))
    yield from products(p, lab.stream("weights", "timing"))


def products(p, rng):
    """Entries that a sparse (compressed rows) and a dense product multiply."""
    from scipy.sparse import csr_array

    full, columns = rng.standard_normal((p.size, p.size)), rng.standard_normal((p.size, 64))
    for density in DENSITIES:
        holes = np.where(rng.random((p.size, p.size)) < density, full, 0.0)
        sparse = csr_array(holes)
        np.testing.assert_allclose(sparse @ columns, holes @ columns, rtol=0, atol=1e-9)
        yield Products(np.count_nonzero(holes) / p.size**2, multiplied(sparse), multiplied(holes))


def multiplied(matrix):
    """Fraction of the entries that a product multiplies: with input j infinite, entry (i, j) shows in output i."""
    inputs = np.zeros((matrix.shape[1],) * 2)
    np.fill_diagonal(inputs, np.inf)
    with np.errstate(invalid="ignore"):
        return float((~np.isfinite(matrix @ inputs)).mean())


def half(t):
    """The matrices of which half is 0, mean over seeds."""
    rows = t.products[(t.products.density - 0.5).abs() < 0.1]
    return rows[["density", "operations", "dense_operations"]].mean()


def loss_of_half(t):
    rows = t.pruned[t.pruned.kept == 0.5]
    return float((rows.network_accuracy - rows.accuracy).mean())


def answer(t):
    return (
        f"Skipping zeros saves {100 * (1 - t.active.density.mean()):.0f} % of the forward and "
        f"{100 * (1 - t.active.backward.mean()):.0f} % of the backward multiplications; pruning half of the weights "
        f"costs {100 * loss_of_half(t):.1f} points of accuracy; a dense product saves nothing."
    )


def findings(t):
    density, backward = t.active.density.mean(), t.active.backward.mean()
    dense_gain, saves = bool(half(t).dense_operations <= 0.9), 1 - density >= 0.1
    parts = {
        f"zeros of activity save a tenth or more of the forward multiplications ({1 - density:.2f})": saves,
        f"and of the backward ones ({1 - backward:.2f})": 1 - backward >= 0.1,
        "much: half of the forward ones or more": density <= 0.5,
        "a dense product with half zeros leaves at least a tenth of its multiplications out": dense_gain,
    }
    why = "operations are counted, not timed; much: half, the density at which such networks begin"
    yield claim_of_parts("A0-03", parts, why=why, source="Horowitz 2014 for the cost of an operation")
    below = t.products[t.products.density < 1]
    parts = {
        "entries multiplied are the non-zero ones": (t.products.operations / t.products.density - 1).abs().max() < 1e-9,
        "at every density below 1 these are fewer than a dense product multiplies": (
            below.operations < below.dense_operations
        ).all(),
    }
    why = "entries are seen through infinite inputs; times are another question (sparse_products)"
    yield claim_of_parts("A0-15", parts, why=why, source="scipy.sparse, compressed rows")
    parts = {
        f"zeros of activity cut a tenth of the operations or more ({1 - density:.2f})": saves,
        f"half of the weights can go for at most a point of accuracy ({100 * loss_of_half(t):.1f} points)": (
            loss_of_half(t) <= POINT
        ),
        "a dense product with half zeros leaves at least a tenth of its multiplications out": dense_gain,
    }
    why = "operations are counted, not timed; TPUs and mobile devices are not measured"
    source = "A1-36 of the same article contradicts the part on hardware"
    yield claim_of_parts("A1-21", parts, why=why, source=source)


def multiplications_left(ax, t):
    for row, values in enumerate((t.active.density, t.active.backward)):
        found = student_interval(values.to_numpy())
        ax.hlines(row, max(found.low, 0.0), min(found.high, 1.0), color="black", linewidth=1.4)
        ax.plot(values, np.full(len(values), row), "o", color=OKABE_ITO["blue"], markersize=3)
    ax.axvline(0.5, color="0.6", linestyle=":", linewidth=0.8)
    ax.set_yticks(range(2), ("forward", "backward"))
    ax.set(ylim=(1.5, -0.5), xlim=(0, 1), xlabel="fraction of multiplications left")
    return (
        "multiplications left in a trained network when zeros of activity (forward) or slope (backward) are skipped; a "
        "point per seed, bars: 95 % intervals; dotted: one half"
    )


def accuracy_after_pruning(ax, t):
    for kept, rows in t.pruned.groupby("kept"):
        ax.plot(np.full(len(rows), kept), 100 * rows.accuracy, "o", color=OKABE_ITO["blue"], markersize=3)
    mean = 100 * t.pruned.groupby("kept").accuracy.mean()
    ax.plot(mean.index, mean, color=OKABE_ITO["blue"])
    ax.set(ylim=(0, 101), xlim=(0, 1.03), xlabel="fraction of weights kept", ylabel="accuracy (%)")
    return "test accuracy when only the largest weights of each projection are kept"


def entries_multiplied(ax, t):
    mean = t.products.groupby(t.products.groupby("seed").cumcount()).mean()
    ax.plot(mean.density, mean.dense_operations, "s-", color="black", label="dense product")
    ax.plot(mean.density, mean.operations, "o-", color=OKABE_ITO["vermillion"], label="sparse product")
    ax.set(xscale="log", yscale="log", xlabel="density of the matrix", ylabel="fraction of entries multiplied")
    ax.legend(loc="lower right")
    return "entries that a product multiplies, measured with infinite inputs"


PANELS = (multiplications_left, accuracy_after_pruning, entries_multiplied)

if __name__ == "__main__":
    main(__file__)
