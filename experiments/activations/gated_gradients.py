"""Does a ReLU in place of tanh keep the gradient of an LSTM over many time steps?

An LSTM hands its cell state on through a forget gate, c' = f c + i g, and the gradient goes back along it as the
product of the gates, whatever the activation of g and of the output is: with a forget gate near 1 little is lost. The
activation matters on the way through the gates only, by h = o phi(c). Expected before the first run: with large forget
biases tanh and ReLU both keep the gradient, with small ones both lose it, so that tanh nowhere loses ten times as much
as ReLU while ReLU keeps it within tenfold; with large recurrent weights ReLU grows without bound, as c does.

Equation
    i, f, o = sigma(V x + U h + b),  g = phi(V x + U h),  c' = f c + i g,  h' = o phi(c');  phi: tanh or ReLU

Sources: Hochreiter & Schmidhuber, Neural Comput 9 (1997); Gers, Schmidhuber & Cummins, Neural Comput 12 (2000), on the
forget gate; Jozefowicz, Zaremba & Sutskever, ICML (2015), on its bias.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from experiments._bounds import RARE, TENFOLD, TENFOLD_RANGE
from experiments.activations._by_network import decades, spared, where
from experiments.activations._deep_networks import activation
from neurosim.lab import Row, above, below, column, context, exists, judge, main, needed
from neurosim.metrics import student_interval
from neurosim.params import Params, param
from neurosim.plots import activation_style

QUICK = {"seeds": 6, "steps": 50}
PHI = ("ReLU", "Tanh")
RADII = (0.5, 1.0, 2.0, 4.0)  # spectral radius of the recurrent weights of each gate
BIASES = (0.0, 1.0, 2.0, 4.0)  # of the forget gate: 1 is usual, with 4 it is 0.98
INPUTS = (0.3, 1.0)  # standard deviation of V x
HEARD = 1.0


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(80, doc="random networks, the unit of replication (72 can refute)", low=2)
    units: int = param(50, doc="units of the network", low=4)
    steps: int = param(100, doc="most time steps over which the gradient goes back (and over half of them)", low=4)


class Gated(Row):
    activation: str = column("class name of phi")
    radius: float = column("spectral radius of the recurrent weights of each gate")
    bias: float = column("bias of the forget gate")
    input: float = column("standard deviation of the input to every gate of every unit at every step")
    steps: int = column("time steps")
    log10_gradient: float = column("log10 of the gradient's (not the squared one's) change over all steps")


def compute(p, seed, lab):
    n = p.units
    weights = lab.stream("weights", "gates").standard_normal((4, n, n))
    weights = np.concatenate([each / np.max(np.abs(np.linalg.eigvals(each))) for each in weights])
    heard = lab.stream("stimulus", "steps").standard_normal((p.steps, 4 * n))
    last = lab.stream("init", "cotangent").standard_normal(n)
    for name in PHI:
        for radius in RADII:
            for bias in BIASES:
                for spread in INPUTS:
                    states = forward(activation(name), radius * weights, spread * heard, bias, np.zeros(n))
                    for steps in (p.steps // 2, p.steps):
                        first = backward(activation(name), radius * weights, states[:steps], last)
                        change = np.sqrt(np.mean(first**2) / np.mean(last**2))
                        yield Gated(name, radius, bias, spread, steps, math.log10(max(change, 1e-300)))


def forward(phi, weights, heard, bias, cell):
    """For every step: the three gates, the drive of g, the cell state before and after it; h is 0 at first."""
    n, states, h = len(cell), [], np.zeros(len(cell))
    for each in heard:
        drives = (weights @ h + each).reshape(4, n)
        i, f, o = expit(drives[:3] + np.array([0.0, bias, 0.0])[:, None])
        before, cell = cell, f * cell + i * phi(drives[3])
        h = o * phi(cell)
        states.append((i, f, o, drives[3], before, cell))
    return states


def backward(phi, weights, states, gradient):
    """Gradient with respect to the first cell state from that with respect to the last one."""
    h = np.zeros(len(gradient))
    for k, (i, f, o, drive, before, after) in enumerate(reversed(states)):
        gradient = gradient + h * o * phi.derivative(after) if k else gradient
        to_output = h * phi(after) if k else np.zeros(len(gradient))
        slopes = [
            gradient * phi(drive) * i * (1 - i),
            gradient * before * f * (1 - f),
            to_output * o * (1 - o),
            gradient * i * phi.derivative(drive),
        ]
        h, gradient = weights.T @ np.concatenate(slopes), gradient * f
    return gradient


def changes(t, name, bias, **chosen):
    """log10 of the change of the gradient, by network (rows) and radius."""
    rows = where(t.gated, activation=name, bias=bias, **chosen)
    return rows.pivot(index="seed", columns="radius", values="log10_gradient").to_numpy()


def answer(t):
    steps = int(t.gated.steps.max())
    found = [
        changes(t, name, bias, steps=steps, input=HEARD)[:, 1].mean()
        for bias in (BIASES[1], BIASES[-1])
        for name in PHI
    ]
    return (
        f"With recurrent weights of radius 1 and a forget bias of {BIASES[1]:g} the gradient changes over {steps} "
        f"steps by 10^{found[0]:.1f} (ReLU) and 10^{found[1]:.1f} (tanh), with a bias of {BIASES[-1]:g} by "
        f"10^{found[2]:.1f} and 10^{found[3]:.1f}."
    )


def findings(t):
    few, many = sorted(int(steps) for steps in t.gated.steps.unique())
    over = {
        "spread of the inputs": {spread: helps(t, many, spread=spread) for spread in INPUTS},
        "forget bias": {bias: helps(t, many, biases=(bias,)) for bias in BIASES},
        "time steps": {steps: helps(t, steps) for steps in (few, many)},
        "decades": {most: helps(t, many, most=most) for most in TENFOLD_RANGE},
    }
    why = (
        "can: one clear instance is enough, a network, a spectral radius and a forget bias with which tanh loses ten "
        "times as much of the gradient as ReLU loses or gains with the same weights, and ReLU keeps it within tenfold; "
        "networks before learning"
    )
    yield judge("A2-17b", *helps(t, many), over=over, why=why, source="Hochreiter & Schmidhuber 1997")


def helps(t, steps, biases=BIASES, most=TENFOLD, spread=HEARD):
    """Tanh loses the gradient at some setting at which a ReLU network with the same weights changes it by less."""
    relu, tanh = (
        np.hstack([changes(t, name, bias, steps=steps, input=spread) for bias in biases]) for name in PHI
    )  # fmt: skip
    more, seen, exact = spared(relu, tanh, most)
    _, reverse, unknown = spared(tanh, relu, most)
    words = "networks where {} changes the gradient by less than {:g} decades and {} loses that much more"
    helped, hindered = words.format("ReLU", most, "tanh"), words.format("tanh", most, "ReLU")
    setting = f"forget bias {' or '.join(f'{bias:g}' for bias in biases)}, {steps} steps, inputs of spread {spread:g}"
    return [
        needed(f"{helped}, {setting}", seen, exists(RARE), possible=(0.0, 1.0), exact=exact),
        context(f"{hindered}, {setting}", reverse, below(RARE), exact=unknown),
        decades(context, "what tanh loses more, largest over settings", student_interval(more), above(most)),
    ]


def against(ax, t, radius):
    for name in PHI:
        style, steps = activation_style(name), int(t.gated.steps.max())
        for spread, face, line in ((HEARD, style.colour, "-"), (INPUTS[0], "white", "--")):
            rows = where(t.gated, activation=name, radius=radius, steps=steps, input=spread)
            means = rows.groupby("bias").log10_gradient.mean()
            look = {"color": style.colour, "markerfacecolor": face, "markeredgewidth": 0.8}
            ax.plot(means.index, means, style.marker + line, label=f"{name}, inputs {spread:g}", **look)
    ax.axhline(0.0, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set(xlabel="bias of the forget gate", ylabel="gradient (log10)")
    ax.set_xticks(BIASES)


def small_weights(ax, t):
    against(ax, t, RADII[1])
    ax.legend(loc="lower right")
    return "change of the gradient over all steps against the forget bias, recurrent weights of radius 1; means"


def large_weights(ax, t):
    against(ax, t, RADII[-1])
    return f"the same for recurrent weights of radius {RADII[-1]:g}"


PANELS = (small_weights, large_weights)

if __name__ == "__main__":
    main(__file__)
