"""Do the rules of Oja and Sanger find principal components from random inputs, one presentation at a time?

Averaged over inputs, Oja's rule has the closed form tan(angle(t)) = tan(angle(0)) exp(-(lambda1 - lambda2) eta t).
Single presentations scatter about it with a variance of the order of the learning rate eta. Many linear units learn
side by side, each from Gaussian inputs of its own with <x x^T> = [[2,1],[1,2]], from 80 degrees on. Sanger's rule takes
away from each unit's input what the units before it explain, so that unit k ends along the k-th component.

Sources: Oja, J Math Biol 15 (1982); Sanger, Neural Networks 2 (1989).
"""

import math
from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.learning._hebbian import FIRST, MOMENTS, feed_forward, oja_angle
from neurosim.activations import Identity
from neurosim.lab import Row, above, below, check, column, main, near
from neurosim.params import Params, param
from neurosim.plasticity import Oja, Sanger
from neurosim.plots import OKABE_ITO

QUICK = {"seeds": 1, "replicas": 48}
START = 80.0  # degrees
LEARNING_RATE, STEPS = 1e-3, 4000
MARKS = np.sort([*np.linspace(0.2, 4.0, 20), 0.5])  # learning rate times presentations
COMPARED = (0.5, 1.0, 2.0, 4.0)
SPECTRUM = (5.0, 3.0, 2.0, 1.0, 0.5)  # variances of the inputs of Sanger's rule


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(5, doc="seeds of inputs, start weights and axes", low=1)
    replicas: int = param(48, doc="linear units that learn from random inputs of their own by Oja's rule", low=8)


class Angles(Row):
    time: float = column("learning rate times presentations")
    angle: float = column("angle to the first component, mean over units", "deg")
    standard_error: float = column("its standard error over the units", "deg")
    cosine: float = column("magnitude of the cosine of the angle, mean over units")
    length: float = column("length of the weight vector, mean over units")
    theory: float = column("closed form of the averaged rule", "deg")


class Components(Row):
    component: int = column("rank of the principal component")
    cosine: float = column("magnitude of the cosine between it and the unit of that rank")
    length: float = column("length of that unit's weights")
    others: float = column("largest magnitude of the cosine with another component")


def compute(p, seed, lab):
    yield from oja(p, lab)
    rng = lab.stream("stimulus", "sanger")
    axes = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    x = rng.standard_normal((4000, 5)) * np.sqrt(SPECTRUM) @ axes.T
    circuit = feed_forward(lab.stream("weights", "sanger").normal(0.0, 0.2, (3, 5)), Sanger(learning_rate=0.005))
    stimulus = ns.Stimulus({"inputs": x})
    run = lab.learn(circuit, ns.Unit(activation=Identity()), stimulus, batch=10, epochs=5, shuffle=True)
    w = run.circuit.projection("feed").dense()
    cosines = np.abs(w @ axes) / np.linalg.norm(w, axis=1, keepdims=True)
    for k in range(3):
        yield Components(k + 1, cosines[k, k], np.linalg.norm(w[k]), np.delete(cosines[k], k).max())


def oja(p, lab):
    """Many linear units in one circuit, each with two inputs of its own, one presentation at a time."""
    from scipy.sparse import block_diag, csr_array

    n, rows = p.replicas, []
    angle = math.radians(45.0 + START)
    start = csr_array(block_diag([csr_array([[math.cos(angle), math.sin(angle)]])] * n))
    x = lab.stream("stimulus", "oja").standard_normal((STEPS, n, 2)) @ np.linalg.cholesky(MOMENTS).T
    circuit = feed_forward(start, Oja(learning_rate=LEARNING_RATE))
    marks = {round(time / LEARNING_RATE) for time in MARKS}

    def observe(number, _, now):
        if number in marks:
            dense = now().projection("feed").dense().reshape(n, n, 2)
            rows.append(row(LEARNING_RATE * number, dense[np.arange(n), np.arange(n)]))

    stimulus = ns.Stimulus({"inputs": x.reshape(STEPS, 2 * n)})
    lab.learn(circuit, ns.Unit(activation=Identity()), stimulus, batch=1, shuffle=False, observe=observe)
    return rows


def row(time, weights):
    """Signed angles, so that a cloud around the eigenvector has the mean 0."""
    along, across = weights @ FIRST, weights @ np.array([-FIRST[1], FIRST[0]])
    angles = np.degrees(np.arctan(across / along))
    lengths = np.linalg.norm(weights, axis=1)
    error = angles.std(ddof=1) / math.sqrt(len(angles))
    cosine = np.mean(np.abs(along) / lengths)
    return Angles(time, angles.mean(), error, cosine, lengths.mean(), float(oja_angle(START, time)))


def distances(t):
    """Distance of the mean angle from theory at the compared times."""
    mean = t.angles.groupby("time")[["angle", "theory"]].mean()
    return (mean.angle - mean.theory).iloc[[np.isclose(mean.index, time).argmax() for time in COMPARED]]


def answer(t):
    last = t.angles[t.angles.time == t.angles.time.max()]
    return (
        f"Yes: Oja's units end {last.angle.abs().mean():.1f} degrees from the first component with length "
        f"{last.length.mean():.3f}, and Sanger's units along the first three with cosines of at least "
        f"{t.components.cosine.min():.3f}."
    )


def findings(t):
    words = "The mean angle follows the closed form of the averaged rule (largest distance at four times)."
    why = (
        "2 degrees: one unit scatters by up to 5.5 degrees (at time 1), so the mean of 48 by 0.8; and a bias of the "
        "order of the learning rate times the squared scatter"
    )
    yield check("angle", words, distances(t).abs().max(), below(2.0), "deg", why=why, source="Oja 1982")
    last = t.angles[t.angles.time == t.angles.time.max()]
    why = "at a learning rate of 0.001 the angle scatters by 1.6 degrees, that is a cosine of 0.9996"
    yield check("cosine", "Oja's units end along the component.", last.cosine.min(), above(0.999), why=why)
    why = "scatter of the order of the learning rate times the eigenvalue"
    words = "Oja's units end at length 1."
    yield check("length", words, last.length.mean(), near(1.0, 0.02), why=why, source="Oja 1982")
    words = "Sanger's unit k lies along component k (smallest of the three cosines)."
    why = "neighbouring variances of 5, 3 and 2 keep the scatter small at this learning rate"
    yield check("sanger", words, t.components.cosine.min(), above(0.99), why=why, source="Sanger 1989")


def turning(ax, t):
    time = np.linspace(0.0, 4.0, 200)
    ax.plot(time, oja_angle(START, time), color="0.4", linewidth=0.8, zorder=1, label="averaged rule")
    mean = t.angles.groupby("time").angle.mean()
    ax.plot(
        mean.index,
        mean,
        linestyle="none",
        marker="D",
        markersize=3.2,
        color=OKABE_ITO["vermillion"],
        label="single presentations",
    )
    ax.set(xlabel="learning rate x presentations", ylabel="angle to the first component (deg)", ylim=(-3, 85))
    ax.legend(loc="upper right")
    return "angle of linear units under Oja's rule, each with random inputs of its own, mean over units and seeds"


def components(ax, t):
    for name, colour, words in (
        ("cosine", "blue", "its own component"),
        ("others", "reddish purple", "any other, largest"),
    ):
        x = t.components.component + (0.08 if name == "others" else -0.08)
        look = {"marker": "o" if name == "cosine" else "s", "color": OKABE_ITO[colour], "markersize": 3.6}
        ax.plot(x, t.components[name], linestyle="none", alpha=0.7, label=words, **look)
    ax.set_xticks([1, 2, 3])
    ax.set(xlim=(0.5, 3.5), ylim=(-0.04, 1.04), xlabel="rank of Sanger's unit", ylabel="|cosine| with")
    ax.legend(loc="center right")
    return (
        "cosines between the weights of three units under Sanger's rule and the components of their inputs, every seed"
    )


PANELS = (turning, components)

if __name__ == "__main__":
    main(__file__)
