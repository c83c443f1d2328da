"""Does a ReLU keep the gradient over many time steps of a recurrent network?

The weights are the same in every step, so the squared gradient of a ReLU network goes with the power 2 T of the
spectral radius of its weights: exactly for multiples of the identity, and up to a constant for random weights, because
a ReLU is homogeneous. Only at one radius does it keep its size. Tanh saturates where a ReLU would explode.

Sources: Hochreiter, Diploma thesis, TU Munich (1991); Bengio, Simard & Frasconi, IEEE Trans Neural Netw 5 (1994);
Le, Jaitly & Hinton, arXiv:1504.00941 (2015).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments._bounds import TENFOLD, TENFOLD_RANGE
from experiments.activations._deep_networks import scaled, squares
from neurosim.lab import Row, above, column, context, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, Params, param
from neurosim.plots import activation_style
from neurosim.training import layered

QUICK = {"seeds": 4, "radii": (0.5, 1.0, 1.5, 2.0)}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(10, doc="random networks, the unit of replication", low=2)
    units: int = param(100, doc="units of the network", low=4)
    steps: int = param(50, doc="time steps over which the gradient goes back", low=2)
    radii: tuple[float, ...] = param(
        (0.5, 0.8, 1.0, 1.2, 1.5, 2.0), doc="spectral radii of the recurrent weights", above=0
    )

    def check(self):
        if 1.0 not in self.radii or max(self.radii) < 1.5:
            raise ParameterError(f"Parameters.radii: got {self.radii}, expected 1 and one of at least 1.5 among them")


class Recurrent(Row):
    weights: str = column("random: normal; identity: the spectral radius on the diagonal")
    activation: str = column("class name")
    radius: float = column("spectral radius")
    log10_gradient: float = column("log10 of the squared gradient's ratio over all steps")
    power: float = column("2 T log10(radius)")


def compute(p, seed, lab):
    n = p.units
    random = lab.stream("weights", "recurrent").standard_normal((n, n))
    random /= np.max(np.abs(np.linalg.eigvals(random)))
    state = np.abs(lab.stream("stimulus", "recurrent").standard_normal((1, n)))
    cotangent = lab.stream("init", "recurrent").standard_normal((1, n))
    for weights, matrix in (("random", random), ("identity", np.eye(n))):
        for radius in p.radii:
            for name in ("ReLU", "Tanh"):
                found = through_time(p.steps, radius * matrix, name, state, cotangent)
                yield Recurrent(weights, name, radius, found, 2 * p.steps * math.log10(radius))


def through_time(steps, matrix, name, state, cotangent):
    """log10 of the squared gradient's ratio: the network unrolled in time, as layers that share one matrix."""
    circuit, _ = layered([len(matrix)] * (steps + 2), weights=lambda *_: matrix)
    network = scaled(circuit, name, 1.0)
    found = squares(network, network.forward({"input": state}), "output", cotangent)
    return math.log10(found["hidden1"] / found["output"]) if found["hidden1"] > 0 else -math.inf


def means(t):
    """Mean over networks by weights, activation and radius."""
    return t.recurrent.groupby(["weights", "activation", "radius"]).log10_gradient.mean()


def answer(t):
    found, largest = means(t), t.recurrent.radius.max()
    return (
        "Not by itself: with random weights of spectral radius 1 the squared gradient changes by "
        f"10^{found['random', 'ReLU', 1.0]:.1f} (tanh: 10^{found['random', 'Tanh', 1.0]:.1f}), at {largest:g} by "
        f"10^{found['random', 'ReLU', largest]:.1f}."
    )


def findings(t):
    radii = sorted(t.recurrent.radius.unique())
    over = {
        "spectral radius": {f"{radius:g}": reduces(t, radius, TENFOLD) for radius in radii} | {"own": at_own(t, radii)},
        "decades": {decades: reduces(t, 1.0, decades) for decades in TENFOLD_RANGE},
    }
    why = (
        "a plain recurrent network, gradient (not its square) over all time steps, the same weights for both, by "
        "network; LSTMs keep gradients by their gates, whatever the activation, and are not simulated"
    )
    yield judge("A2-17", *reduces(t, 1.0, TENFOLD), over=over, why=why)


def kept(t, weights, name, radius):
    """log10 of the change of the gradient, by network."""
    rows = t.recurrent[(t.recurrent.weights == weights) & (t.recurrent.activation == name)]
    return rows[np.isclose(rows.radius, radius)].sort_values("seed").log10_gradient.to_numpy() / 2


def reduces(t, radius, decades):
    """A ReLU network keeps more of the gradient than a tanh network with the same weights."""
    more = {kind: kept(t, kind, "ReLU", radius) - kept(t, kind, "Tanh", radius) for kind in ("random", "identity")}
    words = f"log10 of the gradient that ReLU keeps over what tanh keeps, radius {radius:g}"
    return [
        needed(
            f"{words}, random weights",
            student_interval(more["random"]),
            above(0.0, matters=decades),
            possible=(-200.0, 200.0),
        ),
        context(f"{words}, multiples of the identity", student_interval(more["identity"]), above(0.0)),
        context(
            "log10 of the change of the gradient of ReLU",
            student_interval(kept(t, "random", "ReLU", radius)),
            above(-decades),
        ),
    ]


def at_own(t, radii):
    """ReLU keeps more than tanh, each at the radius where its gradient changes least."""
    lost = {
        name: min((np.abs(kept(t, "random", name, radius)) for radius in radii), key=np.mean)
        for name in ("ReLU", "Tanh")
    }
    words = "decades that the gradient of tanh changes more than that of ReLU, each at its own radius"
    more = student_interval(lost["Tanh"] - lost["ReLU"])
    return [needed(words, more, above(0.0, matters=TENFOLD), possible=(-200.0, 200.0))]


def against_radius(ax, t, weights):
    found, power = means(t), t.recurrent.groupby("radius").power.first()
    ax.plot(power.index, power, color="0.75", linewidth=2.6, label="radius^(2 T)")
    for name in ("ReLU", "Tanh"):
        rows, style = found[weights, name], activation_style(name)
        line = style.marker + ("-" if len(rows) >= 4 else "")
        ax.plot(rows.index, rows, line, color=style.colour, label=name)
    ax.axhline(0.0, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set(xlabel="spectral radius", ylabel="squared gradient (log10)")


def random_weights(ax, t):
    against_radius(ax, t, "random")
    ax.legend(loc="upper left")
    return "squared gradient over all time steps against the spectral radius, random weights, mean over networks"


def identity(ax, t):
    against_radius(ax, t, "identity")
    return "the same for multiples of the identity, where all units stay active"


PANELS = (random_weights, identity)

if __name__ == "__main__":
    main(__file__)
