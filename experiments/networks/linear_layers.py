"""What can a network compute without an activation, or with a single layer of units?

Layers without an activation are one matrix, and no linear function of the four points does better on XOR than 0.5
everywhere. The drives of a single layer obey d(0,0) + d(1,1) = d(0,1) + d(1,0), which no monotonic activation can
mend, smooth or not; two layers of threshold units can.

Sources: Minsky & Papert, Perceptrons (1969); McCulloch & Pitts, Bull Math Biophys 5 (1943) 115.
"""

from dataclasses import dataclass

import numpy as np

import neurosim as ns
from experiments.networks._xor import LEARNING_RATE, PATTERNS, STEPS, TARGETS, XorNetworks, learned_starts
from neurosim.lab import Row, column, definition, main
from neurosim.params import Params, param
from neurosim.plots import OKABE_ITO, activation_style

LAYERS = (6, 20, 15, 25, 10, 4)
SINGLE = ("Step", "Sigmoid", "Tanh", "ReLU", "Softplus")
QUICK = {"seeds": 2, "starts": 30}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(4, doc="seeds of weights", low=1)
    starts: int = param(100, doc="random starts of every XOR network, per seed", low=20)


class Composition(Row):
    layers: int = column("layers without an activation")
    error: float = column("largest difference from the product of their matrices")
    relu_error: float = column("the same for the network with ReLUs")
    superposition: float = column("largest |f(u + v) - f(u) - f(v)| without an activation or bias")


class Regression(Row):
    intercept: int = column("1 with an intercept")
    x: float = column("first input")
    y: float = column("second input")
    prediction: float = column("of least squares on the four patterns of XOR")
    mse: float = column("its mean squared error")


class Linear(Row):
    bias: int = column("1 with biases; two hidden units without an activation, trained on XOR")
    starts: int = column("random starts")
    solved: float = column("fraction whose four errors are all below 0.1 after 3,000 steps")
    median_mse: float = column("median mean squared error")


class SingleLayer(Row):
    activation: str = column("class name of the only unit's activation")
    starts: int = column("random starts")
    most_correct: int = column("patterns on the right side of 0.5 in the best of them at any step, of 4")
    solved: float = column("fraction of them with all 4 on the right side at some step")
    drive_identity: float = column("largest |d(0,0) + d(1,1) - d(0,1) - d(1,0)| of the drives")


class ThresholdNetwork(Row):
    x: float = column("first input")
    y: float = column("second input")
    output: float = column("two layers of threshold units (1943), weights set by hand")


def compute(p, seed, lab):
    yield composition(seed)
    yield from regression()
    for bias in (False, True):
        kind = XorNetworks(activation="Identity", hidden=2, bias=bias, starts=p.starts)
        found = lab.once(learned_starts, kind, seed)
        yield Linear(int(bias), p.starts, found["solved"], found["median_mse"])
    for name in SINGLE:
        yield single_layer(name, p.starts, lab.stream("weights", "single", name))
    yield from threshold_network()


def composition(seed):
    """Five layers with and without an activation, against the product of their matrices."""
    circuit, linear = ns.training.layered(LAYERS, ns.activations.Identity(), weights="xavier", seed=seed)
    curved = {name: ns.Unit() if name != "output" else cell for name, cell in linear.items()}
    u, v = ns.randomness.stream(seed, "stimulus", "composition").standard_normal((2, 50, LAYERS[0]))
    product = np.eye(LAYERS[0])
    for projection in circuit.projections:
        product = projection.dense() @ product

    def output(cells, x):
        return ns.simulate(circuit, cells, ns.Stimulus({"input": x}), progress=False).checked_rates("output")

    return Composition(
        len(circuit.projections),
        float(np.abs(output(linear, u) - u @ product.T).max()),
        float(np.abs(output(curved, u) - u @ product.T).max()),
        float(np.abs(output(linear, u + v) - output(linear, u) - output(linear, v)).max()),
    )


def regression():
    """Least squares on XOR, with and without an intercept."""
    for intercept in (True, False):
        design = np.column_stack([PATTERNS, np.ones(4)]) if intercept else PATTERNS
        prediction = design @ np.linalg.lstsq(design, TARGETS, rcond=None)[0]
        mse = float(np.mean((prediction - TARGETS) ** 2))
        x, y = PATTERNS.T
        yield Regression.table(intercept=int(intercept), x=x, y=y, prediction=prediction, mse=mse)


def single_layer(name, starts, rng):
    """One unit with a bias, trained on XOR from many starts."""
    activation = ns.activations.known()[name]()
    w, b = 2.0 * rng.standard_normal((2, starts)), rng.standard_normal(starts)
    correct = np.zeros(starts, dtype=int)
    for _ in range(STEPS // 3):
        drive = PATTERNS @ w + b
        out = activation(drive)
        correct = np.maximum(correct, ((out > 0.5) == (TARGETS[:, None] > 0.5)).sum(axis=0))
        pull = (LEARNING_RATE * 2.0 / 4.0) * (out - TARGETS[:, None]) * activation.derivative(drive)
        w, b = w - PATTERNS.T @ pull, b - pull.sum(axis=0)
    identity = np.abs(drive[0] + drive[3] - drive[1] - drive[2]).max()
    return SingleLayer(name, starts, correct.max(), (correct == 4).mean(), identity)


def threshold_network():
    """At least one, but not both: three threshold units."""
    circuit = ns.Circuit(
        {"input": 2},
        [ns.Population("hidden", 2, bias=[-0.5, -1.5]), ns.Population("output", 1, bias=-0.5)],
        [
            ns.Projection("to_hidden", "input", "hidden", np.ones((2, 2)), sign=None, tau=0.0),
            ns.Projection("to_output", "hidden", "output", [[1.0, -1.0]], sign=None, tau=0.0),
        ],
    )
    step = ns.Unit(activation=ns.activations.Step())
    output = ns.simulate(circuit, step, ns.Stimulus({"input": PATTERNS}), progress=False).checked_rates("output")
    x, y = PATTERNS.T
    yield ThresholdNetwork.table(x=x, y=y, output=output[:, 0])


def answer(t):
    linear, best = t.linear.solved.max(), t.single_layer.most_correct.max()
    starts = t.linear.groupby("bias").starts.sum().max()
    return (
        f"Only linear functions: of {starts} starts without an activation {100 * linear:.0f} % learn XOR, and no "
        f"single layer gets more than {best} of its 4 patterns right, with a sigmoid no more than with thresholds."
    )


def findings(t):
    composed = t.composition
    error = max(composed.superposition.max(), composed.error.max())
    why = (
        f"a product of matrices is a matrix: the same outputs to rounding ({error:.0e}), while with ReLUs they differ "
        f"by {composed.relu_error.min():.2g}; no run could say otherwise"
    )
    yield definition("A2-09", error, why=why)
    yield definition("A3-02", error, why=why)
    off = (t.regression[t.regression.intercept == 1].prediction - 0.5).abs().max()
    why = (
        "closed form of least squares on four points, with an intercept as linear regression has it: the slopes are 0 "
        "(shown is the largest distance of a prediction from 0.5). The bias that the article leaves out is that of its "
        "ReLU network"
    )
    yield definition("A3-03", off, why=why)
    why = (
        "false as read: what fails is the single layer, whose drives obey d(0,0) + d(1,1) = d(0,1) + d(1,0), and no "
        "monotonic activation, the sigmoid included, mends that (shown are the patterns that the best start gets "
        "right, of 4). Two layers of threshold units, known since 1943, compute XOR. Who proved what is history"
    )
    source = "Minsky & Papert 1969; McCulloch & Pitts 1943"
    yield definition("A4-01", t.single_layer.most_correct.max(), why=why, source=source)


def predictions(ax, t):
    rows = t.regression[t.regression.seed == t.regression.seed.min()]
    for k, (intercept, colour) in enumerate(((1, "blue"), (0, "vermillion"))):
        those = rows[rows.intercept == intercept]
        label = "with an intercept" if intercept else "without one"
        ax.plot(np.arange(4) + 0.1 * (k - 0.5), those.prediction, "os"[k], color=OKABE_ITO[colour], label=label)
    ax.hlines(TARGETS, np.arange(4) - 0.25, np.arange(4) + 0.25, color="0.5", label="XOR")
    ax.set_xticks(range(4), [f"({x:g}, {y:g})" for x, y in PATTERNS])
    ax.set(xlabel="input (x, y)", ylabel="output", ylim=(-0.08, 1.45))
    ax.legend(loc="upper left", ncols=2)
    return "best linear function of the two inputs, by least squares"


def best_of_single_layers(ax, t):
    most = t.single_layer.groupby("activation", sort=False).most_correct.max()
    for k, (name, value) in enumerate(most.items()):
        style = activation_style(name)
        ax.plot(value, k, style.marker, color=style.colour)
    solves = t.threshold_network
    right = int((solves.output == (solves.x != solves.y)).groupby(solves.seed).sum().min())
    ax.plot(right, len(most), "D", color="black")
    ax.set_yticks(range(len(most) + 1), [*most.index, "Step, two layers"])
    ax.axvline(4, color="0.6", linewidth=0.7, linestyle=":")
    ax.set(xlim=(-0.2, 4.3), ylim=(len(most) + 0.5, -0.5), xlabel="patterns of XOR right, of 4")
    starts = t.single_layer.groupby("activation").starts.sum().max()
    return f"most patterns on the right side of 0.5, one unit trained from {starts} starts, by its activation"


PANELS = (predictions, best_of_single_layers)

if __name__ == "__main__":
    main(__file__)
