"""How many products do the zeros of VGG16's layers save, and does a sparse product save time there?

A convolution is a product of matrices: one row for each place with its 9 x channels inputs, one column for each output.
Every input that is 0 saves one multiplication per output. Time is another matter: a dense product runs at the speed of
the processor's vectors, a sparse one (scipy.sparse, compressed rows) reads an index with every number. One thread, both
in single precision; the inputs are the layers' own, from pieces of two photographs. A processor is no GPU: nothing is
said of those.

Sources: Gale, Elsen & Hooker, arXiv:1902.09574 (2019); Simonyan & Zisserman, ICLR (2015).
"""

import time
from dataclasses import dataclass

import numpy as np

from experiments.real._drawn import scatter
from experiments.real._pictures import detector, layers_of
from neurosim.lab import Row, above, below, column, definition, judge, main, needed, side
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO
from neurosim.real.edge_detector import LAYERS

QUICK = {"seeds": 2, "size": 64, "repeats": 1}
NEEDS = ("hed",)
INSIDE = LAYERS[1:]
"""Layers whose inputs are activities."""
MUCH, MUCHES = 0.5, (0.25, 0.5, 0.75)
"""Part of the products that has to be saved."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="pieces of photographs, the unit of replication", low=2)
    size: int = param(112, doc="height and width of a piece in pixels", low=32, high=400)
    repeats: int = param(3, doc="repetitions of a timing, of which the shortest counts", low=1)


class Products(Row):
    layer: int = column("layer whose inputs are asked, from 2")
    density: float = column("fraction of its inputs that are not 0, places weighted as the products use them")
    products: float = column("multiplications of the dense product")
    dense: float = column("shortest wall time of the dense product on this machine, one thread", "s")
    ratio: float = column("that of the sparse product over it, the compressed rows being there already")
    made: float = column("the same with the time that making them takes")
    error: float = column("largest difference of the two products, over the largest entry")


def compute(p, seed, lab):
    from threadpoolctl import threadpool_limits

    layers = layers_of(seed, p.size)
    before = dict(zip(LAYERS[1:], LAYERS, strict=False))
    with threadpool_limits(1):
        for number, name in enumerate(INSIDE, 2):
            yield from timed(p, number, detector().weights(name), rows_of(layers.activities[before[name]], name))


def rows_of(activity, layer):
    """The inputs of every place of a convolution, (places, 9 channels), behind the pooling where a block begins."""
    from neurosim.real.convolution import largest

    x = largest(activity, (2, 2), (2, 2)) if layer.endswith("conv1") else activity
    x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(-1, 9 * activity.shape[-1])[:2048]


def timed(p, number, weights, inputs):
    from scipy import sparse

    matrix = np.ascontiguousarray(weights.reshape(inputs.shape[1], -1))
    few = sparse.csr_array(inputs)
    dense, quick = seconds(p, lambda: inputs @ matrix), seconds(p, lambda: few @ matrix)
    made = seconds(p, lambda: sparse.csr_array(inputs) @ matrix)
    right = inputs @ matrix
    error = float(np.abs(few @ matrix - right).max() / max(np.abs(right).max(), 1e-30))
    density = few.nnz / inputs.size
    yield Products(number, density, float(inputs.size) * matrix.shape[1], dense, quick / dense, made / dense, error)


def seconds(p, work):
    """Shortest of the repetitions: whatever else runs can only add time."""
    found = []
    for _ in range(p.repeats + 1):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def means(t, name):
    """A column by layer, mean of the pieces."""
    return t.products.groupby("layer")[name].mean().to_numpy()


def saved(t, much=MUCH):
    """Products that zeros save in the layers, and time that a sparse product takes."""
    return [
        needed(
            "part of the products with a zero activity in them, over layers",
            student_interval(1.0 - means(t, "density")),
            above(much),
            possible=(0.0, 1.0),
        ),
        side(
            "octaves between the times of the sparse and the dense product, over layers",
            student_interval(np.log2(means(t, "ratio"))),
            below(0.0),
            "octave",
            possible=(-20.0, 20.0),
        ),
    ]


def answer(t):
    return (
        f"Zeros save {100 * (1 - means(t, 'density')).mean():.0f} % of the products in VGG16's layers; the sparse "
        f"product takes {2 ** np.log2(means(t, 'ratio')).mean():.1f} times as long as the dense one on this machine."
    )


def findings(t):
    density = means(t, "density")
    why = f"a zero input needs no product, so the products fall with the density, here to {100 * density.mean():.0f} %"
    yield definition("A0-15", float(density.mean()), why=why)
    over = {"part saved": {much: saved(t, much) for much in MUCHES}}
    why = (
        "much is one half of the products, over the layers of VGG16's edge detector; time is a side matter, since it "
        "belongs to this machine, one thread, and SciPy's sparse product"
    )
    yield judge("A1-21", *saved(t), over=over, why=why)


def counts(ax, t):
    scatter(ax, (1 - t.products.density).groupby(t.products.layer), "blue", "o-")
    ax.set(ylim=(0, 1), xlabel="layer", ylabel="products saved")
    return "part of the products of a layer that have a zero activity in them, mean and standard deviation over pieces"


def times(ax, t):
    density = means(t, "density")
    for name, colour, words in (
        ("ratio", "vermillion", "rows compressed before"),
        ("made", "orange", "and compressing"),
    ):
        ax.plot(density, means(t, name), "o", color=OKABE_ITO[colour], markersize=3.5, label=words)
    ax.axhline(1.0, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set(xlim=(0, 1), yscale="log", xlabel="density of the inputs", ylabel="time, sparse / dense")
    ax.legend(loc="lower right")
    return (
        "time of the sparse product over that of the dense one, each layer a point; below the line it would save time"
    )


PANELS = (counts, times)

if __name__ == "__main__":
    main(__file__)
