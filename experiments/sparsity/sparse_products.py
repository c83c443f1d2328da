"""From which sparseness on does a sparse product of matrices save time?

Operations fall with the density (the fraction of entries that are not 0). Time on dense hardware falls only far below
1, because a sparse product fetches an index with every weight; where the lines cross belongs to the machine that ran
this, so it is reported and decides nothing.

Source: Gale, Elsen & Hooker, arXiv:1902.09574 (2019).
"""

import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

import neurosim as ns
from neurosim.lab import Row, below, check, column, main, report
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"repeats": 5, "size": 512}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    densities: tuple[float, ...] = param(
        (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
        doc="densities at which products are timed",
        above=0,
        high=1,
    )
    size: int = param(1024, doc="rows and columns of the matrices", low=16)
    columns: int = param(64, doc="vectors that are multiplied at once, beside one alone", low=2)
    repeats: int = param(9, doc="repetitions of a timing, of which the shortest counts", low=1)


class Timing(Row):
    method: str = column("dense (BLAS), csr (scipy.sparse, sparse weights) or rows (those of active inputs are added)")
    vectors: int = column("vectors multiplied at once")
    density: float = column("fraction of weights (csr) or of inputs (rows) that are not 0")
    seconds: float = column("shortest wall time of a product on this machine", "s")
    ratio: float = column("the same over that of the dense product")
    error: float = column("largest difference from the dense product, over the largest entry")


def compute(p, seed, lab):
    rng = ns.randomness.stream(seed, "weights", "timing")
    full, x = rng.standard_normal((p.size, p.size)), rng.standard_normal((p.size, p.columns))
    vectors = {1: x[:, 0].copy(), p.columns: x}
    dense = {n: seconds(p, lambda v=v: full @ v) for n, v in vectors.items()}
    for density in p.densities:
        few = np.where(rng.random(full.shape) < density, full, 0.0)
        compressed = sparse.csr_array(few)
        for n, v in vectors.items():
            yield Timing("dense", n, density, dense[n], 1.0, 0.0)
            yield timed(p, "csr", n, density, lambda v=v, m=compressed: m @ v, few @ v, dense[n])
        inputs = np.zeros(p.size)
        on = rng.permutation(p.size)[: max(1, round(density * p.size))]
        inputs[on] = x[on, 0]
        rows = np.ascontiguousarray(full.T)

        def added(inputs=inputs, rows=rows):
            active = np.flatnonzero(inputs)
            return inputs[active] @ rows[active]

        yield timed(p, "rows", 1, density, added, full @ inputs, dense[1])


def timed(p, method, n, density, work, right, dense):
    found = seconds(p, work)
    error = float(np.abs(work() - right).max() / np.abs(right).max())
    return Timing(method, n, density, found, found / dense, error)


def seconds(p, work):
    """Shortest of the repetitions, each long enough for the clock: whatever else runs can only add time."""
    work()
    started = time.perf_counter()
    work()
    times = max(1, min(200, round(1e-3 / max(time.perf_counter() - started, 1e-7))))
    found = []
    for _ in range(p.repeats):
        started = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - started) / times)
    return min(found)


def break_even(t, method, vectors):
    """Largest density at which a method is faster than the dense product, and at all smaller ones too; 0: at none."""
    rows = t.timing[(t.timing.method == method) & (t.timing.vectors == vectors)].sort_values("density")
    faster = np.logical_and.accumulate(rows.ratio.to_numpy() < 1.0)
    return float(rows.density[faster].max()) if faster.any() else 0.0


def answer(t):
    return (
        f"Here sparse weights are faster for one vector up to a density of {break_even(t, 'csr', 1):g}, and for "
        f"{t.timing.vectors.max()} vectors at once up to {break_even(t, 'csr', t.timing.vectors.max()):g}."
    )


def findings(t):
    words, why = "The sparse products are the dense one.", "sums of some 1,000 products in another order"
    yield check("same_product", words, t.timing.error.max(), below(1e-10), why=why)
    count = int((t.timing.method != "dense").sum())
    words = "Number of sparse products that were timed (times belong to the machine and decide nothing)."
    yield report("products", words, count)


def times(ax, t, vectors):
    looks = {
        "csr": ("blue", "o-", "sparse weights (scipy.sparse)"),
        "rows": ("vermillion", "s-", "rows of active inputs"),
    }
    for method, (colour, look, label) in looks.items():
        rows = t.timing[(t.timing.method == method) & (t.timing.vectors == vectors)].sort_values("density")
        if len(rows):
            ax.plot(rows.density, rows.ratio, look, color=OKABE_ITO[colour], label=label)
    line = np.array([t.timing.density.min(), 1.0])
    ax.plot(line, line, ":", color="0.6", label="operations")
    ax.axhline(1.0, color="black", linewidth=0.9)
    ax.set(xscale="log", yscale="log", xlabel="density (fraction that is not 0)", ylabel="time / dense product")
    ax.legend(loc="upper left")


def one_vector(ax, t):
    times(ax, t, 1)
    return "time of a product with one vector over that of the dense product, one core of the machine that ran this"


def many_vectors(ax, t):
    times(ax, t, t.timing.vectors.max())
    return f"the same for {t.timing.vectors.max()} vectors at once"


PANELS = (one_vector, many_vectors)

if __name__ == "__main__":
    main(__file__)
