"""Does a ReLU keep the gradient over many time steps of a recurrent network?

The weights are the same in every step, so the squared gradient of a ReLU network goes with the power 2 T of the
spectral radius of its weights: exactly for multiples of the identity, and up to a constant for random weights, because
a ReLU is homogeneous. Only at one radius does it keep its size. Tanh saturates where a ReLU would explode. A ReLU helps
where it loses less than tanh with the same weights does; to explode is no help. Without an input after the first step
tanh falls into its linear range; an input at every step keeps it out of there. Expected before the first run with such
inputs: with a normal input of spread 0.3 or 1 and identity weights of radius 1 ReLU keeps the gradient within tenfold
and tanh loses more than ten times as much; without inputs no network shows it.

Sources: Hochreiter, Diploma thesis, TU Munich (1991); Bengio, Simard & Frasconi, IEEE Trans Neural Netw 5 (1994);
Le, Jaitly & Hinton, arXiv:1504.00941 (2015).
"""

import math
from dataclasses import dataclass

import numpy as np

from experiments._bounds import RARE, TENFOLD, TENFOLD_RANGE
from experiments.activations._by_network import decades, spared, where
from experiments.activations._deep_networks import scaled, squares
from neurosim.lab import Row, above, below, column, context, exists, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import ParameterError, Params, param
from neurosim.plots import activation_style
from neurosim.training import layered

QUICK = {"seeds": 4, "steps": 50, "radii": (0.5, 1.0, 1.5, 2.0)}
KINDS = ("random", "identity")
HEARD = 0.3
INPUTS = (0.0, HEARD, 1.0)  # standard deviation of a normal input to every unit at every step


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(400, doc="random networks, the unit of replication", low=2)
    units: int = param(100, doc="units of the network", low=4)
    steps: int = param(100, doc="most time steps over which the gradient goes back (and over half of them)", low=4)
    radii: tuple[float, ...] = param(
        (0.5, 0.8, 1.0, 1.2, round(math.sqrt(2), 4), 1.5, 2.0), doc="spectral radii of the recurrent weights", above=0
    )

    def check(self):
        if 1.0 not in self.radii or max(self.radii) < 1.5:
            raise ParameterError(f"Parameters.radii: got {self.radii}, expected 1 and one of at least 1.5 among them")


class Recurrent(Row):
    weights: str = column("random: normal; identity: the spectral radius on the diagonal")
    activation: str = column("class name")
    radius: float = column("spectral radius")
    input: float = column("standard deviation of the input to every unit at every step")
    steps: int = column("time steps")
    log10_gradient: float = column("log10 of the squared gradient's ratio over all steps")
    power: float = column("2 T log10(radius)")


def compute(p, seed, lab):
    n = p.units
    random = lab.stream("weights", "recurrent").standard_normal((n, n))
    random /= np.max(np.abs(np.linalg.eigvals(random)))
    state = np.abs(lab.stream("stimulus", "recurrent").standard_normal((1, n)))
    heard = lab.stream("stimulus", "steps").standard_normal((p.steps + 1, n))
    cotangent = lab.stream("init", "recurrent").standard_normal((1, n))
    for weights, matrix in zip(KINDS, (random, np.eye(n)), strict=True):
        for radius in p.radii:
            # Unrolled in time: layers that share one matrix, their inputs as biases.
            circuit, _ = layered([n] * (p.steps + 2), weights=lambda *_, shared=radius * matrix: shared)
            for name in ("ReLU", "Tanh"):
                network = scaled(circuit, name, 1.0)
                for spread in INPUTS:
                    for bias, each in zip(network.biases.values(), heard, strict=True):
                        bias[:] = spread * each
                    for steps, found in through_time(network, circuit.order(), state, cotangent).items():
                        yield Recurrent(weights, name, radius, spread, steps, found, 2 * steps * math.log10(radius))


def through_time(network, layers, state, cotangent):
    """log10 of the squared gradient's ratio over half of the steps and over all."""
    run, most, ratios = network.forward({"input": state}), len(layers) - 1, {}
    for steps in (most // 2, most):
        found = squares(network, run, layers[steps], cotangent)
        first, last = found["hidden1"], found[layers[steps]]
        ratios[steps] = math.log10(first / last) if first > 0 else -math.inf
    return ratios


def means(t, spread=0.0):
    """Mean over networks by weights, activation and radius, over half of the steps, with inputs of this spread."""
    rows = where(t.recurrent, steps=int(t.recurrent.steps.min()), input=spread)
    return rows.groupby(["weights", "activation", "radius"]).log10_gradient.mean()


def answer(t):
    heard = means(t, HEARD)
    relu, tanh = (heard["identity", name, 1.0] / 2 for name in ("ReLU", "Tanh"))
    return (
        f"It can where something is heard at every step: with identity weights and inputs of spread {HEARD:g} ReLU "
        f"changes the gradient by 10^{relu:.1f} and tanh by 10^{tanh:.1f} (without inputs: "
        f"10^{means(t)['identity', 'ReLU', 1.0] / 2:.1f} and 10^{means(t)['identity', 'Tanh', 1.0] / 2:.1f})."
    )


def findings(t):
    over = {
        "spread of the inputs": {spread: helps(t, spread=spread) for spread in INPUTS},
        "weights": {kind: helps(t, kinds=(kind,)) for kind in KINDS},
        "time steps": {int(steps): helps(t, steps=steps) for steps in sorted(t.recurrent.steps.unique())},
        "decades": {most: helps(t, most=most) for most in TENFOLD_RANGE},
    }
    why = (
        "can: one clear instance is enough, a network and a spectral radius with which tanh loses ten times as much of "
        "the gradient (not its square) as ReLU loses or gains with the same weights, and ReLU keeps it within tenfold; "
        "plain networks without gates. Until a fourth review they heard nothing after the first step, and of 10 "
        "networks none showed it. Of 80 none did without inputs, of 80 others two: so few cannot decide, and there "
        "are 400 since"
    )
    yield judge("A2-17", *helps(t), over=over, why=why)


def changes(t, name, steps, kind, spread):
    """log10 of the change of the gradient, by network (rows) and radius."""
    rows = where(t.recurrent, activation=name, weights=kind, steps=int(steps), input=spread)
    return rows.pivot(index="seed", columns="radius", values="log10_gradient").to_numpy() / 2


def helps(t, kinds=KINDS, steps=None, most=TENFOLD, spread=HEARD):
    """Tanh loses the gradient at some radius at which a ReLU network with the same weights changes it by less."""
    steps = steps or t.recurrent.steps.min()
    relu, tanh = (np.hstack([changes(t, name, steps, kind, spread) for kind in kinds]) for name in ("ReLU", "Tanh"))
    more, seen, exact = spared(relu, tanh, most)
    _, reverse, unknown = spared(tanh, relu, most)
    words = "networks where {} changes the gradient by less than {:g} decades and {} loses that much more"
    helped, hindered = words.format("ReLU", most, "tanh"), words.format("tanh", most, "ReLU")
    setting = f"{' or '.join(kinds)} weights, {steps} steps, inputs of spread {spread:g}"
    return [
        needed(f"{helped}, {setting}", seen, exists(RARE), possible=(0.0, 1.0), exact=exact),
        context(f"{hindered}, {setting}", reverse, below(RARE), exact=unknown),
        decades(context, "what tanh loses more, largest over radii", student_interval(more), above(most)),
    ]


def against_radius(ax, t, weights):
    power = t.recurrent[t.recurrent.steps == t.recurrent.steps.min()].groupby("radius").power.first()
    ax.plot(power.index, power, color="0.75", linewidth=2.6, label="radius^(2 T)")
    for name in ("ReLU", "Tanh"):
        style = activation_style(name)
        for spread, face, words in ((0.0, style.colour, ""), (HEARD, "white", ", inputs")):
            rows = means(t, spread)[weights, name]
            line = style.marker + (("--" if spread else "-") if len(rows) >= 4 else "")
            ax.plot(
                rows.index,
                rows,
                line,
                color=style.colour,
                markerfacecolor=face,
                markeredgewidth=0.8,
                label=name + words,
            )
    ax.axhline(0.0, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set(xlabel="spectral radius", ylabel="squared gradient (log10)")


def random_weights(ax, t):
    against_radius(ax, t, "random")
    ax.legend(loc="upper left")
    return (
        "squared gradient over half of the steps against the spectral radius, random weights, mean over networks; "
        f"open: with inputs of spread {HEARD:g} at every step"
    )


def identity(ax, t):
    against_radius(ax, t, "identity")
    return "the same for multiples of the identity, where all units stay active"


PANELS = (random_weights, identity)

if __name__ == "__main__":
    main(__file__)
