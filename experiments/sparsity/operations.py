"""Which operations does sparse activity save, and how?

A product that skips zeros multiplies as many entries as are not 0. In a ReLU network zeros of the activity save
multiplications in the forward pass and zeros of the slope in the backward pass: one half at the start of learning, less
where most units are active afterwards. Weights that are pruned save some as well, as many as can go before accuracy
does, which depends on the width. A dense product multiplies every entry, whatever is 0; when a sparse one is faster is
another question, sparse_products.

Sources: Horowitz, ISSCC (2014); Han et al., NIPS (2015); scipy.sparse, compressed rows.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments._bounds import POINT
from experiments.networks._twins import Digits, trained_here
from neurosim.lab import Row, above, below, column, context, definition, judge, main, needed
from neurosim.metrics import energy, student_interval
from neurosim.params import ParameterError, Params, param
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 3, "epochs": 15, "shown": 200, "widths": (64, 128)}
KEPT = (1.0, 0.75, 0.5, 0.25, 0.1)
"""Fractions kept that the finding asks about: a half, and twenty-five points to either side."""
MUCH_RANGE = (0.25, 0.5, 0.75)
"""What "much" may mean: a half is what ReLUs of random weights save."""
SAVED = 0.1
"""A saving from a tenth on."""
SAVED_RANGE = (0.05, 0.1, 0.2)


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="networks of each width (split, weights, order of examples), unit of replication", low=2)
    data: str = param("", doc="folder of IDX files with MNIST's names; empty: scikit-learn's digits")
    widths: tuple[int, ...] = param((64, 128, 256), doc="units of either hidden population", low=4)
    epochs: int = param(30, doc="passes through the training digits", low=1)
    shown: int = param(600, doc="test digits shown, at most", low=20)

    def check(self):
        if not self.widths:
            raise ParameterError("Parameters.widths: got none, expected at least one")


class Active(Row):
    width: int = column("units of either hidden population")
    density: float = column("fraction of the hidden activities that are not 0, weighted by their targets")
    backward: float = column("fraction of the hidden slopes that are not 0: what the backward pass has to follow")
    step: float = column("fraction of the multiplications left in a whole step of learning, first layer included")


class Pruned(Row):
    width: int = column("units of either hidden population")
    kept: float = column("fraction of the weights kept, the largest of each projection")
    accuracy: float = column("of the network with the others set to 0")
    network_accuracy: float = column("with all of them")


def compute(p, seed, lab):
    for width in p.widths:
        own = trained_here(Digits(data=p.data, hidden=width, epochs=p.epochs, shown=p.shown), seed)
        yield active(own, width)
        for kept in KEPT:
            weights = {}
            for each in own.circuit.projections:
                size = np.abs(each.dense())
                weights[each.name] = np.where(size >= np.quantile(size, 1 - kept), each.dense(), 0.0)
            stimulus = ns.Stimulus({"input": own.shown})
            run = lab.simulate(own.circuit.with_weights(**weights), own.cells, stimulus)
            yield Pruned(width, kept, own.accuracy(run.rates["output"]), own.accuracy(own.run.rates["output"]))


def active(own, width):
    """Multiplications that are left in a trained network when zeros of activity and slope are skipped."""
    sizes = own.circuit.sizes
    fed = [(each.pre, sizes[each.post]) for each in own.circuit.projections if each.pre != "input"]
    done = sum(energy.zero_skipping_operations(own.run.rates[pre], n).macs for pre, n in fed)
    dense = sum(energy.dense_operations(sizes[pre], n).macs for pre, n in fed)
    hidden = [each.name for each in own.circuit.populations if each.name != "output"]
    alive = {name: own.cells[name].activation.derivative(own.run.drive[name]) != 0 for name in hidden}
    return Active(width, done / dense, np.mean([each.mean() for each in alive.values()]), step(own, alive))


def step(own, alive):
    """Fraction of the multiplications left in a step of learning: forward, errors backward, gradients of the weights.

    Pixels and the errors of the output count as not 0, and no error goes back to the pixels.
    """
    sizes = own.circuit.sizes
    left = every = 0.0
    for each in own.circuit.projections:
        pre, post = sizes[each.pre], sizes[each.post]
        hears = (own.run.rates[each.pre] != 0).sum(axis=1) if each.pre in alive else pre
        slopes = alive[each.pre].sum(axis=1) if each.pre in alive else 0
        errors = alive[each.post].sum(axis=1) if each.post in alive else post
        left += np.mean(hears * post + errors * slopes + errors * hears)
        every += pre * post * (3 if each.pre in alive else 2)
    return left / every


def saved(t, column_, width):
    """Fraction of the multiplications that are saved at a width, over networks."""
    return student_interval(1 - t.active[t.active.width == width][column_].to_numpy())


def loss(t, width, kept):
    """Accuracy lost with so many weights kept, over networks."""
    rows = t.pruned[(t.pruned.width == width) & (t.pruned.kept == kept)]
    return student_interval((rows.network_accuracy - rows.accuracy).to_numpy())


def answer(t):
    forward, backward = 1 - t.active.density.mean(), 1 - t.active.backward.mean()
    lost = ", ".join(f"{100 * loss(t, width, 0.5).value:.1f} ({width} units)" for width in t.active.width.unique())
    return (
        f"Skipping zeros saves {100 * forward:.0f} % of the forward and {100 * backward:.0f} % of the backward "
        f"multiplications; pruning half of the weights costs {lost} points of accuracy."
    )


def much(t, width, bound=0.5):
    """Zeros of activity and slope save much of both passes, and something of a whole step of learning."""
    share = (0.0, 1.0)
    return [
        needed("multiplications saved in the forward pass", saved(t, "density", width), above(bound), possible=share),
        needed("and in the backward pass", saved(t, "backward", width), above(bound), possible=share),
        needed("and in a step of learning", saved(t, "step", width), above(SAVED), possible=share),
    ]


def fewer(t, width, least=SAVED):
    """Zeros of activity save operations, in an answer and in a step of learning; what zero weights cost is context."""
    words = "accuracy lost with half of the weights 0, which saves as many operations"
    zeros, whole = saved(t, "density", width), saved(t, "step", width)
    return [
        needed("multiplications saved by zeros of activity", zeros, above(least), possible=(0.0, 1.0)),
        needed("and in a step of learning", whole, above(least), possible=(0.0, 1.0)),
        context(words, loss(t, width, 0.5), below(POINT)),
    ]


def findings(t):
    first = int(t.active.width.iloc[0])
    over = {
        "width": {width: much(t, width) for width in t.active.width.unique()},
        "much": {bound: much(t, first, bound) for bound in MUCH_RANGE},
    }
    why = (
        "operations are counted, as times belong to a machine; much: half, as the claim speaks of most outputs; a step "
        "of learning: forward, errors, gradients, the dense first layer included"
    )
    source = "Horowitz 2014 for the cost of an operation"
    yield judge("A0-03", *much(t, first), why=why, source=source, over=over)
    why = "a product that skips zeros multiplies what is not 0, and no other product is called sparse"
    yield definition("A0-15", why=why, source="scipy.sparse, compressed rows")
    over = {
        "width": {width: fewer(t, width) for width in t.active.width.unique()},
        "saving": {least: fewer(t, first, least=least) for least in SAVED_RANGE},
    }
    why = (
        "operations are counted; that a product becomes faster by it is a matter of the machine and not judged here "
        "(sparse_products shows times); the rule was changed after numbers had been seen"
    )
    yield judge("A1-21", *fewer(t, first), why=why, over=over)


def multiplications_left(ax, t):
    names = {"density": "forward", "backward": "backward", "step": "step of learning"}
    for row, name in enumerate(names):
        for k, (width, rows) in enumerate(t.active.groupby("width")):
            found, y = student_interval(rows[name].to_numpy()), row + 0.2 * k
            colour = OKABE_ITO[("blue", "vermillion", "bluish green", "orange")[k % 4]]
            ax.hlines(y, max(found.low, 0.0), min(found.high, 1.0), color="black", linewidth=1.4)
            label = None if row else f"{width} units"
            ax.plot(rows[name], np.full(len(rows), y), "o", color=colour, markersize=3, label=label)
    ax.axvline(0.5, color="0.6", linestyle=":", linewidth=0.8)
    ax.set_yticks(range(3), names.values())
    ax.set(ylim=(2.8, -0.5), xlim=(0, 1), xlabel="fraction of multiplications left")
    ax.legend(loc="lower right")
    return (
        "multiplications left in trained networks when zeros of activity (forward), of slope (backward) or both (step "
        "of learning, first layer included) are skipped; a point per seed, bars: 95 % intervals; dotted: one half"
    )


def accuracy_after_pruning(ax, t):
    for k, (width, rows) in enumerate(t.pruned.groupby("width")):
        mean = 100 * rows.groupby("kept").accuracy.mean()
        colour = OKABE_ITO[("blue", "vermillion", "bluish green", "orange")[k % 4]]
        ax.plot(rows.kept, 100 * rows.accuracy, "o", color=colour, markersize=2.5)
        ax.plot(mean.index, mean, color=colour, label=f"{width} units")
    ax.set(ylim=(0, 101), xlim=(0, 1.03), xlabel="fraction of weights kept", ylabel="accuracy (%)")
    ax.legend(loc="lower right")
    return "test accuracy when only the largest weights of each projection are kept, a point per network"


PANELS = (multiplications_left, accuracy_after_pruning)

if __name__ == "__main__":
    main(__file__)
