"""What does the non-linearity do for XOR, and do the layers of a network become linearly separable with depth?

An article prints the weights of a ReLU network with two hidden units and no bias that computes XOR, and says what is
left of it without the ReLU. Here the arithmetic is done again, thousands of networks are trained from random starts,
and the printed weights run on every rung of the ladder. Linear probes, with quadratic ones as the control, then read
the layers of a three-layer network for handwritten digits, on the same rungs: which digit, and is it even or odd.

Prediction: layers without an activation are one matrix, and no line through the four points does better than 0.5
everywhere. With a ReLU two units suffice, but few random starts get there: in the dead half plane there is no gradient.
A rate unit and a spiking neuron compute XOR with the same weights, as rest is below threshold: the silent answers stay
silent. Information never grows from layer to layer (data-processing inequality), while what a linear reader can use
does, if the network is trained. A linear read-out asks for linear separability, a quadratic one does not.

Mutual information in bits is exact: all inputs of the small task are listed. Two sets of two points can be separated by
a line exactly if the segments that join them do not meet.

Sources: Rumelhart, Hinton & Williams, Nature 323 (1986) 533; Minsky & Papert, Perceptrons (1969); Alain & Bengio,
arXiv:1610.01644 (2016); Cover & Thomas, Elements of Information Theory (2006), sec. 2.8.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding, below
from neurosim.params import Array, ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.activations.base import Activation
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 190
CLAIMS = ("A2-09", "A3-02", "A3-03", "A3-04", "A3-05", "A3-06", "A3-07", "A3-08", "A3-09", "A4-01", "A4-02")
QUICK = {
    "starts": 60, "sizes": 2, "seeds": 2, "images": 300, "epochs": 20, "width": 32, "noise_trials": 10, "toys": 10,
    "allowance": 0.03,
}  # fmt: skip

PATTERNS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
FIRST = np.array([[1.1485, -1.1486], [-1.0205, 1.0189]])
"""The hidden weights that the article prints, one row per hidden unit, columns x and y."""
SECOND = np.array([[0.8707, 0.9815]])
"""Its output weights."""
ARTICLE = (-0.13, 0.001)
"""Its coefficients of x and y without the ReLU."""

# Shares of solved starts of an independent run of 400 seeds; rows as in SETTINGS.
SETTINGS = ((2, False), (2, True), (4, True), (8, True))
SOLVED = {
    "Sigmoid": (0.0, 0.677, 0.990, 1.0),
    "Tanh": (0.830, 0.848, 1.0, 1.0),
    "ReLU": (0.175, 0.210, 0.625, 0.905),
    "LeakyReLU": (0.215, 0.240, 0.708, 0.950),
    "ELU": (0.778, 0.895, 1.0, 1.0),
    "Identity": (0.0, 0.0),
}
REFERENCE_STARTS = 400
LEARNING_RATE, STEPS, CLOSE = 0.1, 3000, 0.1
TASKS = {"digit": 10, "parity": 2}
RATE_TAU = 5e-3
REACH = 3.0
"""Drive that the largest activities of a layer are mapped to on the ladder (threshold 1)."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick has fewer starts, seeds and images."""

    seed: int = param(0, doc="first seed: weights, images, noise", low=0)
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    starts: int = param(400, doc="random starts of every XOR network", low=20)
    sizes: int = param(4, doc="how many of the sizes of the XOR network, small ones first", low=2, high=4)
    seeds: int = param(5, doc="digit networks of every task, the unit of replication", low=2)
    images: int = param(1797, doc="digits that the probes see, half of them to fit", low=100, high=1797)
    epochs: int = param(30, doc="epochs of training on the digits", low=1)
    width: int = param(48, doc="units of each of the three hidden layers", low=4)
    allowance: float = param(0.005, doc="rise of a probe's error from layer to layer that still counts as none", low=0)
    toys: int = param(40, doc="random networks whose information is followed", low=2)
    max_rate: float = param(100.0, unit="Hz", doc="input rate of a 1 (brightest pixel)", above=0)
    tau_synapse: float = param(5e-3, unit="s", doc="synaptic time constant between layers", low=5e-3, high=0.01)
    noises: tuple[float, ...] = param((0.0, 0.1, 0.2, 0.3, 0.4), doc="membrane noise of the XOR neurons", low=0)
    noise_trials: int = param(40, doc="trials of every pattern in noise", low=2)
    duration: float = param(0.4, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.15, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking neurons", above=0)

    def check(self) -> None:
        if not self.noises or self.noises[0] != 0:
            raise ParameterError(f"Parameters.noises: got {self.noises}, expected some that begin with 0")

    @property
    def schedule(self) -> ns.Schedule:
        """When it is counted."""
        return ns.Schedule(duration=self.duration, settle=self.settle, dt=self.dt)


COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "setup": {
        "starts": ("1", "random starts of every XOR network"),
        "images": ("1", "digits that the probes see, half of them to fit"),
        "test_images": ("1", "digits on which a probe is tested, per seed"),
        "width": ("1", "units of each hidden layer of the digit network"),
        "allowance": ("1", "rise of a probe's error that counts as none"),
        "window": ("s", "time in which spikes are counted"),
        "gain": ("Hz", "slope of the ReLU fitted to the neuron"),
        "threshold": ("1", "its threshold"),
    },
    "printed": {
        "x": ("1", "first input"),
        "y": ("1", "second input"),
        "target": ("1", "XOR"),
        "package": ("1", "output of the printed network, static circuit of the package"),
        "by_hand": ("1", "the same in plain Python"),
        "linear": ("1", "without the ReLU"),
        "transposed": ("1", "without the ReLU, hidden weights read as their transpose"),
        "transposed_relu": ("1", "with the ReLU, hidden weights read as their transpose"),
    },
    "coefficients": {
        "reading": ("", "printed: a row per hidden unit; transposed: a column per hidden unit; article: its formula"),
        "x": ("1", "coefficient of x without the ReLU"),
        "y": ("1", "coefficient of y"),
    },
    "regression": {
        "intercept": ("1", "1 with an intercept"),
        "x": ("1", "first input"),
        "y": ("1", "second input"),
        "prediction": ("1", "of least squares on the four patterns"),
        "coefficient_x": ("1", "its coefficient of x"),
        "coefficient_y": ("1", "its coefficient of y"),
        "constant": ("1", "its intercept"),
        "mse": ("1", "its mean squared error"),
    },
    "composition": {
        "seed": ("", "number of the network"),
        "layers": ("1", "layers without an activation"),
        "error": ("1", "largest difference from the product of its matrices"),
        "relu_error": ("1", "the same for the network with ReLUs"),
        "superposition": ("1", "largest |f(u + v) - f(u) - f(v)| without an activation or bias"),
    },
    "success": {
        "activation": ("", "class name of the hidden units' activation"),
        "hidden": ("1", "hidden units"),
        "bias": ("1", "1 with biases"),
        "readout": ("", "linear, or quadratic: all products of two hidden activities besides"),
        "starts": ("1", "random starts"),
        "solved": ("1", "share whose four errors are all below 0.1 after 3,000 steps"),
        "low": ("1", "lower end of its 95 % interval (Wilson)"),
        "high": ("1", "upper end"),
        "reference": ("1", "share in an independent run of 400 starts; NaN where there is none"),
        "median_mse": ("1", "median mean squared error"),
        "diverged": ("1", "networks whose weights grew beyond all bounds"),
        "separable_start": ("1", "share whose hidden states a line separates before training"),
        "separable": ("1", "share after training"),
        "separable_solved": ("1", "share among those that are solved; NaN if there are none"),
        "moved": ("1", "largest change of any hidden weight in any network"),
    },
    "single_layer": {
        "activation": ("", "class name of the only unit's activation"),
        "starts": ("1", "random starts"),
        "most_correct": ("1", "patterns on the right side of 0.5 in the best of them, of 4"),
        "drive_identity": ("1", "largest |d(0,0) + d(1,1) - d(0,1) - d(1,0)| of the drives"),
    },
    "threshold_network": {
        "x": ("1", "first input"),
        "y": ("1", "second input"),
        "output": ("1", "two layers of threshold units (1943), weights set by hand"),
    },
    "rungs": {
        "rung": ("", "rung of the ladder"),
        "x": ("1", "first input"),
        "y": ("1", "second input"),
        "target": ("1", "XOR"),
        "hidden1": ("Hz", "rate of the first hidden unit"),
        "hidden2": ("Hz", "rate of the second"),
        "output": ("Hz", "rate of the output unit"),
        "ideal": ("Hz", "gain times drive scale times the output of the printed network"),
    },
    "noise": {
        "sigma": ("1", "membrane noise of all three neurons (threshold 1)"),
        "trials": ("1", "trials of every pattern"),
        "lowest_true": ("Hz", "mean output rate for the weaker of the patterns whose XOR is 1"),
        "highest_false": ("Hz", "mean output rate for the stronger of those whose XOR is 0"),
        "correct": ("1", "share of single trials on the right side of half the lowest true rate without noise"),
    },
    "information": {
        "network": ("", "random: threshold units that get fewer; trained: ReLUs that learned x1 XOR x2"),
        "seed": ("", "number of the network"),
        "layer": ("1", "0 is the input"),
        "states": ("1", "different states over the 64 inputs"),
        "about_input": ("bit", "I(input; layer), exact"),
        "about_label": ("bit", "I(label; layer), exact"),
        "probe_error": ("1", "share of the 64 inputs that a linear reader gets wrong; NaN for the random networks"),
    },
    "probes": {
        "seed": ("1", "seed of split, start and order"),
        "task": ("", "digit: one of ten; parity: even or odd"),
        "network": ("", "trained, or untrained: its random start"),
        "rung": ("", "rung of the ladder"),
        "layer": ("1", "0: pixels; 1 to 3: hidden layers"),
        "probe": ("", "linear, or quadratic: products of two principal components besides"),
        "train_error": ("1", "share of wrong answers on the images of the fit"),
        "test_error": ("1", "share of wrong answers on others"),
    },
    "probe_means": {
        "task": ("", "digit or parity"),
        "network": ("", "trained or untrained"),
        "rung": ("", "rung of the ladder"),
        "probe": ("", "linear or quadratic"),
        "layer": ("1", "0: pixels; 1 to 3: hidden layers"),
        "value": ("1", "test error, mean over seeds"),
        "low": ("1", "lower end of its 95 % Student interval over seeds"),
        "high": ("1", "upper end"),
    },
    "agreement": {
        "seed": ("1", "seed of the network"),
        "task": ("", "digit or parity"),
        "layer": ("1", "hidden layer"),
        "rate": ("Hz", "root mean squared difference of the rate rung from the f-I curve rung"),
        "spiking": ("Hz", "of the spiking rung from the f-I curve rung"),
        "artificial": ("Hz", "of the artificial rung from the scaled activity of the trained network"),
    },
    "engines": CROSS_CHECK_COLUMNS,
    "arrays": {
        "axis": ("1", "values of x and of y of the maps"),
        "relu_map": ("1", "output of the printed network over the plane, (y, x)"),
    },
}


def compute(p: Parameters, progress: Progress) -> Tables:
    """All tables; every part draws from streams of its own."""
    import pandas as pd

    cells = ns.ladder(ns.LIF(), tau_rate=RATE_TAU)
    tables: dict[str, Any] = {
        "printed": _printed(), "coefficients": _coefficients(), "regression": _regression(),
        "composition": _composition(p.seed), "single_layer": _single_layers(p),
        "threshold_network": _threshold_network(), "information": _information(p),
    }  # fmt: skip
    tables["success"] = _success(p, progress)
    circuit, scale = _xor_circuit(p, cells)
    tables["rungs"] = _xor_on_rungs(p, cells, circuit, scale, progress)
    tables["noise"] = _xor_in_noise(p, circuit, tables["rungs"])
    tables["engines"] = [_cross_check_xor(p, circuit)]
    tables["probes"], tables["agreement"], test_images = [], [], 0
    digits = ns.datasets.digits()
    work = [(p.seed + k, task) for k in range(p.seeds) for task in TASKS]
    for seed, task in progress(work, "digit networks"):
        rows, distances, test_images, row = _digit_network(p, seed, task, digits, cells)
        tables["probes"] += [{"seed": seed, "task": task, **r} for r in rows]
        tables["agreement"] += [{"seed": seed, "task": task, **r} for r in distances]
        tables["engines"] += [row] if (seed, task) == work[0] else []
    relu = _fitted(cells)
    tables["setup"] = [{
        "starts": p.starts, "images": p.images, "test_images": test_images, "width": p.width,
        "allowance": p.allowance, "window": p.schedule.window, "gain": relu.gain, "threshold": relu.threshold,
    }]  # fmt: skip
    frames = {name: pd.DataFrame(list(rows), columns=list(COLUMNS[name])) for name, rows in tables.items()}
    frames["probe_means"] = _means(frames["probes"])
    return {**{name: frames[name] for name in COLUMNS if name != "arrays"}, "arrays": _maps()}


def _fitted(cells: Mapping[str, Any]) -> Any:
    """The ReLU of the artificial rung."""
    return cells["artificial"].activation


# ---------------------------------------------------------------- the printed network


def _static(first: Array, second: Array, activation: Activation, patterns: Array) -> Array:
    """Output of a network with these weights as a circuit of static units."""
    circuit = ns.Circuit(
        {"input": 2},
        [ns.Population("hidden", len(first)), ns.Population("output", len(second))],
        [
            ns.Projection("to_hidden", "input", "hidden", first, sign=None, tau=0.0),
            ns.Projection("to_output", "hidden", "output", second, sign=None, tau=0.0),
        ],
    )
    cells = {"hidden": ns.Unit(activation=activation), "output": ns.Unit(activation=ns.activations.Identity())}
    run = ns.simulate(circuit, cells, ns.Stimulus({"input": patterns}), progress=False)
    return run.checked_rates("output")[:, 0]


def _printed() -> Iterator[dict[str, Any]]:
    identity = ns.activations.Identity()
    outputs = {
        "package": _static(FIRST, SECOND, ns.ReLU(), PATTERNS),
        "linear": _static(FIRST, SECOND, identity, PATTERNS),
        "transposed": _static(FIRST.T, SECOND, identity, PATTERNS),
        "transposed_relu": _static(FIRST.T, SECOND, ns.ReLU(), PATTERNS),
    }
    for k, (x, y) in enumerate(PATTERNS.tolist()):
        by_hand = sum(v * max(0.0, a * x + b * y) for v, (a, b) in zip(SECOND[0].tolist(), FIRST.tolist(), strict=True))
        values = {name: float(output[k]) for name, output in outputs.items()}
        yield {"x": x, "y": y, "target": TARGETS[k], "by_hand": by_hand, **values}


def _coefficients() -> Iterator[dict[str, Any]]:
    for reading, weights in (("printed", FIRST), ("transposed", FIRST.T)):
        x, y = (SECOND @ weights)[0].tolist()
        yield {"reading": reading, "x": x, "y": y}
    yield {"reading": "article", "x": ARTICLE[0], "y": ARTICLE[1]}


def _maps() -> dict[str, Array]:
    axis = np.linspace(-0.5, 1.5, 81)
    x, y = np.meshgrid(axis, axis)
    plane = np.column_stack([x.ravel(), y.ravel()])
    return {"axis": axis, "relu_map": _static(FIRST, SECOND, ns.ReLU(), plane).reshape(x.shape)}


def _regression() -> Iterator[dict[str, Any]]:
    for intercept in (True, False):
        design = np.column_stack([PATTERNS, np.ones(4)]) if intercept else PATTERNS
        solution = np.linalg.lstsq(design, TARGETS, rcond=None)[0]
        prediction = design @ solution
        for (x, y), value in zip(PATTERNS.tolist(), prediction.tolist(), strict=True):
            yield {
                "intercept": int(intercept), "x": x, "y": y, "prediction": value, "coefficient_x": solution[0],
                "coefficient_y": solution[1], "constant": solution[2] if intercept else 0.0,
                "mse": float(np.mean((prediction - TARGETS) ** 2)),
            }  # fmt: skip


def _composition(seed: int) -> Iterator[dict[str, Any]]:
    """Networks of five layers with and without an activation, against the product of their matrices."""
    for number in range(5):
        circuit, linear = ns.training.layered(
            (6, 20, 15, 25, 10, 4), ns.activations.Identity(), weights="xavier", seed=seed + number
        )
        curved = {name: ns.Unit() if name != "output" else cell for name, cell in linear.items()}
        rng = ns.randomness.stream(seed + number, "stimulus", "composition")
        u, v = rng.standard_normal((2, 50, 6))
        product = np.eye(6)
        for projection in circuit.projections:
            product = projection.dense() @ product

        def output(cells: Any, x: Array, circuit: ns.Circuit = circuit) -> Array:
            return ns.simulate(circuit, cells, ns.Stimulus({"input": x}), progress=False).checked_rates("output")

        yield {
            "seed": number,
            "layers": len(circuit.projections),
            "error": float(np.abs(output(linear, u) - u @ product.T).max()),
            "relu_error": float(np.abs(output(curved, u) - u @ product.T).max()),
            "superposition": float(np.abs(output(linear, u + v) - output(linear, u) - output(linear, v)).max()),
        }


# ---------------------------------------------------------------- training from random starts


@dataclass(frozen=True, eq=False)
class _Batch:
    """Many networks trained side by side: errors (4, starts), hidden activities (hidden, 4, starts)."""

    error: Array
    start: Array
    hidden: Array
    moved: float


def _train_batch(
    activation: Activation, hidden: int, bias: bool, starts: int, rng: np.random.Generator, quadratic: bool = False
) -> _Batch:
    """Full-batch gradient descent on the mean squared error of XOR, for all starts at once.

    Equation
        o = v^T h + h^T Q h + c, h = f(W x + b); N(0,1) weights, biases from 0; Q = 0 and c = b = 0 where not asked for
    """
    w = rng.standard_normal((2, hidden, 1, starts))
    v = rng.standard_normal((hidden, 1, starts))
    q = rng.standard_normal((hidden, hidden, 1, starts)) if quadratic else None
    b, c, first = np.zeros((hidden, 1, starts)), np.zeros((1, starts)), w.copy()
    x, y = PATTERNS[:, :1], PATTERNS[:, 1:]
    start = None
    # A network may diverge; its numbers then stop being finite, and it counts as not solved.
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(STEPS + 1):
            drive = w[0] * x + w[1] * y + b
            h = activation(drive)
            start = h if start is None else start
            error = (v * h).sum(axis=0) + c - TARGETS[:, None]
            by_h: Any = v
            if q is not None:
                error = error + np.einsum("ipn,ijqn,jpn->pn", h, q, h)
                by_h = v + np.einsum("ijqn,jpn->ipn", q + q.swapaxes(0, 1), h)
            if step == STEPS:
                break
            pull = (LEARNING_RATE * 2.0 / len(TARGETS)) * error
            back = pull * by_h * activation.derivative(drive)
            v = v - (pull * h).sum(axis=1, keepdims=True)
            if q is not None:
                q = q - np.einsum("pn,ipn,jpn->ijn", pull, h, h)[:, :, None]
            if bias:
                b -= back.sum(axis=1, keepdims=True)
                c -= pull.sum(axis=0, keepdims=True)
            w[0] -= (back * x).sum(axis=1, keepdims=True)
            w[1] -= (back * y).sum(axis=1, keepdims=True)
    finite = np.isfinite(w).all(axis=(0, 1, 2))
    assert start is not None
    return _Batch(error, start, h, float(np.abs(w - first)[..., finite].max(initial=0.0)))


def segments_apart(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Distance between the segments a-b and c-d, (coordinates, networks) -> (networks,): 0 exactly where they meet.

    Equation
        min |a + s (b - a) - c - t (d - c)| over 0 <= s, t <= 1: the free minimum where it lies inside, else an edge
    """
    u, v, r = b - a, d - c, a - c
    uu, vv, uv, ur, vr = ((m * n).sum(axis=0) for m, n in ((u, u), (v, v), (u, v), (u, r), (v, r)))

    def ratio(top: Array, bottom: Array) -> Array:
        return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)

    def distance(s: Array, t: Array) -> Array:
        return np.sqrt(((r + s * u - t * v) ** 2).sum(axis=0))

    zero, one = np.zeros_like(uu), np.ones_like(uu)
    edges = [(k, np.clip(ratio(vr + k * uv, vv), 0, 1)) for k in (zero, one)]
    edges += [(np.clip(ratio(k * uv - ur, uu), 0, 1), k) for k in (zero, one)]
    best = np.min([distance(s, t) for s, t in edges], axis=0)
    # Parallel segments have their minimum on an edge.
    across = uu * vv - uv**2
    free = across > 1e-12 * uu * vv
    s, t = ratio(uv * vr - vv * ur, np.where(free, across, 0.0)), ratio(uu * vr - uv * ur, np.where(free, across, 0.0))
    inside = free & (s > 0) & (s < 1) & (t > 0) & (t < 1)
    return np.where(inside, np.minimum(best, distance(s, t)), best)


def _separable(hidden: Array) -> Array:
    """Whether a line (plane) separates the hidden states of XOR's ones from those of its zeros, per network."""
    finite = np.isfinite(hidden).all(axis=(0, 1))
    states = np.where(finite, hidden, 0.0)
    size = np.abs(states).max(axis=(0, 1))
    apart = segments_apart(states[:, 0], states[:, 3], states[:, 1], states[:, 2])
    # Rounding leaves 1e-16 of the size where the segments meet.
    return finite & (apart > 1e-6 * size)


def _success(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    from neurosim import activations

    known = activations.known()
    sizes = SETTINGS[: p.sizes]
    work = [(name, *size, "linear") for name, shares in SOLVED.items() for size in sizes[: len(shares)]]
    work += [("Step", 8, True, "linear")]
    work += [("Tanh", 2, True, "quadratic"), ("ReLU", 2, True, "quadratic")]
    for name, hidden, bias, readout in progress(work, "XOR networks"):
        rng = ns.randomness.stream(p.seed, "weights", name, hidden, int(bias), readout)
        batch = _train_batch(known[name](), hidden, bias, p.starts, rng, readout == "quadratic")
        finite = np.isfinite(batch.error).all(axis=0)
        errors = np.where(finite, batch.error, np.inf)
        solved = (np.abs(errors) < CLOSE).all(axis=0)
        separable = _separable(batch.hidden)
        low, high = _wilson(int(solved.sum()), p.starts)
        known_share = SOLVED.get(name, ()) if readout == "linear" else ()
        place = SETTINGS.index((hidden, bias))
        yield {
            "activation": name, "hidden": hidden, "bias": int(bias), "readout": readout, "starts": p.starts,
            "solved": float(solved.mean()), "low": low, "high": high,
            "reference": known_share[place] if place < len(known_share) else math.nan,
            "median_mse": float(np.median(np.mean(errors**2, axis=0))), "diverged": int((~finite).sum()),
            "separable_start": float(_separable(batch.start).mean()), "separable": float(separable.mean()),
            "separable_solved": float(separable[solved].mean()) if solved.any() else math.nan, "moved": batch.moved,
        }  # fmt: skip


def _wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a share k/n (Wilson, J Am Stat Assoc 22, 1927)."""
    z = 1.959964
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    return max(0.0, centre - half), min(1.0, centre + half)


def _single_layers(p: Parameters) -> Iterator[dict[str, Any]]:
    """One unit with a bias, trained on XOR from many starts."""
    from neurosim import activations

    for name in ("Step", "Sigmoid", "Tanh", "ReLU", "Softplus"):
        activation = activations.known()[name]()
        rng = ns.randomness.stream(p.seed, "weights", "single", name)
        w, b = 2.0 * rng.standard_normal((2, p.starts)), rng.standard_normal(p.starts)
        correct = []
        for _ in range(STEPS // 3):
            drive = PATTERNS @ w + b
            out = activation(drive)
            correct.append(((out > 0.5) == (TARGETS[:, None] > 0.5)).sum(axis=0).max())
            pull = (LEARNING_RATE * 2.0 / 4.0) * (out - TARGETS[:, None]) * activation.derivative(drive)
            w, b = w - PATTERNS.T @ pull, b - pull.sum(axis=0)
        identity = np.abs(drive[0] + drive[3] - drive[1] - drive[2]).max()
        yield {
            "activation": name, "starts": p.starts, "most_correct": int(max(correct)), "drive_identity": identity,
        }  # fmt: skip


def _threshold_network() -> Iterator[dict[str, Any]]:
    """At least one, but not both: three threshold units."""
    step = ns.Unit(activation=ns.activations.Step())
    circuit = ns.Circuit(
        {"input": 2},
        [ns.Population("hidden", 2, bias=[-0.5, -1.5]), ns.Population("output", 1, bias=-0.5)],
        [
            ns.Projection("to_hidden", "input", "hidden", np.ones((2, 2)), sign=None, tau=0.0),
            ns.Projection("to_output", "hidden", "output", [[1.0, -1.0]], sign=None, tau=0.0),
        ],
    )
    output = ns.simulate(circuit, step, ns.Stimulus({"input": PATTERNS}), progress=False).checked_rates("output")
    for (x, y), value in zip(PATTERNS.tolist(), output[:, 0].tolist(), strict=True):
        yield {"x": x, "y": y, "output": value}


# ---------------------------------------------------------------- information


def mutual_information(a: Any, b: Any) -> float:
    """I(a; b) in bits of two labellings of equally likely cases."""
    joint = np.zeros((int(max(a)) + 1, int(max(b)) + 1))
    np.add.at(joint, (a, b), 1.0 / len(a))
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return float((joint[there] * np.log2(joint[there] / product[there])).sum())


def _information(p: Parameters) -> Iterator[dict[str, Any]]:
    bits = (np.arange(64)[:, None] >> np.arange(6)) & 1
    inputs, labels = bits.astype(float), bits[:, 0] ^ bits[:, 1]
    for number in range(p.toys):
        rng = ns.randomness.stream(p.seed, "weights", "information", number)
        layers = [inputs]
        for width in (6, 5, 4, 3):
            weights = rng.standard_normal((width, layers[-1].shape[1]))
            layers.append((layers[-1] @ weights.T > 0).astype(float))
        yield from _follow("random", number, layers, labels)
    circuit, cells = ns.training.layered((6, 12, 6, 3, 2), seed=p.seed)
    run = ns.training.train(
        circuit, cells, inputs, labels, optimiser=ns.training.SGD(learning_rate=0.05), epochs=150, batch=16,
        seed=p.seed, progress=False,
    )  # fmt: skip
    network = ns.training.Network(run.circuit, run.cells)
    activity = network.forward({"input": inputs}).activity
    yield from _follow("trained", 0, [inputs, *(activity[name] for name in network.hidden)], labels)


def _follow(network: str, number: int, layers: list[Array], labels: Any) -> Iterator[dict[str, Any]]:
    case = np.arange(len(labels))
    for layer, activity in enumerate(layers):
        # States are equal if all their activities agree to nine digits: rounding of a sum makes no new state.
        _, state = np.unique(np.round(activity, 9), axis=0, return_inverse=True)
        state = state.ravel()
        error = math.nan
        if network == "trained":
            error = metrics.linear_probe(activity, labels, activity, labels).train_error
        yield {
            "network": network, "seed": number, "layer": layer, "states": int(state.max()) + 1,
            "about_input": mutual_information(case, state), "about_label": mutual_information(labels, state),
            "probe_error": error,
        }  # fmt: skip


# ---------------------------------------------------------------- the ladder


def _on_ladder(
    p: Parameters, weights: list[Array], biases: list[Array], tops: list[float], relu: Any
) -> tuple[ns.Circuit, list[float]]:
    """A ReLU network as a circuit for all rungs: activity a becomes the rate gain * scale * a of the fitted ReLU.

    Equation
        drive = threshold + scale_l (b_l + W_l a), scale_l = (REACH - threshold)/(largest activity of the layer)
    """
    populations, projections, pre, unit = [], [], "input", p.max_rate
    scales = []
    for k, (w, b, top) in enumerate(zip(weights, biases, tops, strict=True), start=1):
        scale = (REACH - relu.threshold) / top
        name = f"hidden{k}"
        populations.append(ns.Population(name, len(w), bias=relu.threshold + scale * b))
        # From constant inputs a synapse makes no difference, and a tau of 0 saves its onset.
        tau = 0.0 if pre == "input" else p.tau_synapse
        projections.append(ns.Projection(f"to_{name}", pre, name, scale * w / unit, sign=None, tau=tau))
        pre, unit = name, relu.gain * scale
        scales.append(unit)
    return ns.Circuit({"input": weights[0].shape[1]}, populations, projections), scales


def _run(p: Parameters, rung: str, cell: Any, circuit: ns.Circuit, inputs: Array, seed: int) -> ns.Recording:
    """One rung; the rate rung takes fixed steps, as the vertical onset of the f-I curve stalls adaptive ones."""
    schedule, engine = p.schedule, p.engine if rung == "spiking" else "auto"
    chosen: Any = engine
    if rung == "rate":
        # Only the steady state is asked for: with time constants of 5 ms it is reached in a tenth of a second.
        schedule = ns.Schedule(duration=0.15, settle=0.125, dt=0.5 * RATE_TAU)
        chosen = ns.engines.rate.Rate(fixed_step=True)
    stimulus = ns.Stimulus({"input": p.max_rate * inputs})
    return ns.simulate(circuit, cell, stimulus, schedule, seed=seed, progress=False, engine=chosen)


def _xor_circuit(p: Parameters, cells: Mapping[str, Any]) -> tuple[ns.Circuit, float]:
    hidden = np.maximum(0.0, PATTERNS @ FIRST.T)
    tops = [float(hidden.max()), float((hidden @ SECOND.T).max())]
    circuit, scales = _on_ladder(p, [FIRST, SECOND], [np.zeros(2), np.zeros(1)], tops, _fitted(cells))
    return circuit, scales[-1]


def _xor_on_rungs(
    p: Parameters, cells: Mapping[str, Any], circuit: ns.Circuit, scale: float, progress: Progress
) -> Iterator[dict[str, Any]]:
    ideal = scale * (np.maximum(0.0, PATTERNS @ FIRST.T) @ SECOND.T)[:, 0]
    rows = []
    for rung in ns.RUNGS:
        run = _run(p, rung, cells[rung], circuit, PATTERNS, p.seed)
        hidden, output = run.checked_rates("hidden1"), run.checked_rates("hidden2")
        for k, (x, y) in enumerate(PATTERNS.tolist()):
            rows.append({
                "rung": rung, "x": x, "y": y, "target": TARGETS[k], "hidden1": hidden[k, 0], "hidden2": hidden[k, 1],
                "output": output[k, 0], "ideal": ideal[k],
            })  # fmt: skip
    progress.note(engine=str(run.provenance["engine"]))
    return rows


def _xor_in_noise(p: Parameters, circuit: ns.Circuit, rungs: Any) -> Iterator[dict[str, Any]]:
    quiet = [row["output"] for row in rungs if row["rung"] == "spiking"]
    criterion = 0.5 * min(rate for rate, target in zip(quiet, TARGETS, strict=True) if target)
    for sigma in p.noises:
        inputs = np.tile(PATTERNS, (p.noise_trials, 1))
        run = _run(p, "spiking", ns.LIF(sigma_stat=sigma), circuit, inputs, p.seed)
        rates = run.checked_rates("hidden2")[:, 0].reshape(p.noise_trials, 4)
        mean, true = rates.mean(axis=0), TARGETS > 0.5
        yield {
            "sigma": sigma, "trials": p.noise_trials, "lowest_true": mean[true].min(),
            "highest_false": mean[~true].max(), "correct": float(((rates > criterion) == true).mean()),
        }  # fmt: skip


def _brief(p: Parameters) -> ns.Schedule:
    """Long enough for some spikes of every cell that fires: both engines run it."""
    return ns.Schedule(duration=0.1, settle=0.0, dt=p.dt)


def _cross_check_xor(p: Parameters, circuit: ns.Circuit) -> dict[str, Any]:
    stimulus = ns.Stimulus({"input": p.max_rate * PATTERNS})
    return cross_check("XOR of three neurons", circuit, ns.LIF(), stimulus, _brief(p), seed=p.seed)


# ---------------------------------------------------------------- probes


def _digit_network(
    p: Parameters, seed: int, task: str, digits: ns.datasets.Images, cells: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], int, dict[str, Any]]:
    """Train one network, run it on every rung, and probe every layer."""
    every, rest = digits.split(0.5, ns.randomness.stream(seed, "shuffle", "halves"))
    classes = TASKS[task]

    def labels_of(images: ns.datasets.Images) -> Any:
        assert images.labels is not None
        return images.labels % classes

    circuit, units = ns.training.layered((64, p.width, p.width, p.width, classes), seed=seed)
    trained = ns.training.train(
        circuit, units, every.flat, labels_of(every), optimiser=ns.training.SGD(learning_rate=0.05), epochs=p.epochs,
        seed=seed, progress=False,
    )  # fmt: skip
    rng = ns.randomness.stream(seed, "shuffle", "shown")
    half = p.images // 2
    fit, test = (
        images if half >= len(images) else images.select(np.sort(rng.permutation(len(images))[:half]))
        for images in (every, rest)
    )
    shown = np.concatenate([fit.flat, test.flat])
    y = np.concatenate([labels_of(fit), labels_of(test)])
    is_fit = np.arange(len(shown)) < len(fit)
    layers, untrained = {}, ns.training.Network(circuit, units).forward({"input": shown}).activity
    network = ns.training.Network(trained.circuit, trained.cells)
    activity = network.forward({"input": shown}).activity
    names = list(network.hidden)
    tops = [float(np.quantile(activity[name][is_fit], 0.999)) for name in names]
    on_ladder, scales = _on_ladder(
        p, [network.weights[f"to_{n}"] for n in names], [network.biases[n] for n in names], tops, _fitted(cells)
    )
    for rung in ns.RUNGS:
        run = _run(p, rung, cells[rung], on_ladder, shown, seed)
        layers["trained", rung] = [run.checked_rates(name) for name in names]
    layers["untrained", "artificial"] = [untrained[name] for name in names]
    distances = [
        {
            "layer": k + 1,
            "rate": metrics.rmse(layers["trained", "rate"][k], layers["trained", "curve"][k]),
            "spiking": metrics.rmse(layers["trained", "spiking"][k], layers["trained", "curve"][k]),
            "artificial": metrics.rmse(layers["trained", "artificial"][k], scales[k] * activity[name]),
        }
        for k, name in enumerate(names)
    ]
    stimulus = ns.Stimulus({"input": p.max_rate * shown})
    row = cross_check("Digits", on_ladder, cells["spiking"], stimulus, _brief(p), seed=seed, trials=2)
    return list(_probe_rows(shown, layers, y, is_fit)), distances, len(test), row


def _probe_rows(pixels: Array, layers: Mapping[tuple[str, str], list[Array]], y: Any, fit: Any) -> Iterator[Any]:
    probes = {"linear": metrics.linear_probe, "quadratic": metrics.quadratic_probe}
    for probe, read in probes.items():
        at_input = read(pixels[fit], y[fit], pixels[~fit], y[~fit])
        for (network, rung), activities in layers.items():
            if probe == "quadratic" and (network == "untrained" or rung in ("curve", "rate")):
                continue
            asked = range(1, 4) if probe == "linear" else (3,)
            found = {k: read(activities[k - 1][fit], y[fit], activities[k - 1][~fit], y[~fit]) for k in asked}
            for layer, result in {0: at_input, **found}.items():
                yield {
                    "network": network, "rung": rung, "layer": layer, "probe": probe,
                    "train_error": result.train_error, "test_error": result.test_error,
                }  # fmt: skip


def _means(probes: Any) -> Any:
    import pandas as pd

    rows = []
    keys = ["task", "network", "rung", "probe", "layer"]
    for key, group in probes.groupby(keys, sort=False):
        found = metrics.student_interval(group.test_error)
        rows.append({**dict(zip(keys, key, strict=True)), "value": found.value, "low": found.low, "high": found.high})
    return pd.DataFrame(rows, columns=list(COLUMNS["probe_means"]))


# ---------------------------------------------------------------- findings


def findings(tables: Tables) -> list[Finding]:
    """Checks of the arithmetic, of the shares of solved starts, of the rungs and of the probes; then the claims."""
    return [
        *_arithmetic_checks(tables), *_training_checks(tables), *_rung_checks(tables), *_probe_checks(tables),
        *_arithmetic_claims(tables), *_training_claims(tables), *_depth_claims(tables), *_reports(tables),
        *cross_check_findings(tables["engines"]),
    ]  # fmt: skip


def _arithmetic_checks(tables: Tables) -> Iterator[Finding]:
    printed, fitted, composition = tables["printed"], tables["regression"], tables["composition"]
    coefficients = tables["coefficients"].set_index("reading")
    known = np.array([0.0, 1.000050, 0.999999, 0.0])
    yield Finding.check(
        "printed-outputs", "The printed network gives 0, 1.000050, 0.999999 and 0.",
        "largest difference of an output", np.abs(printed.package - known).max(), at_most=1e-6,
        reason="the reference is written with six decimals, so it is off by up to 5e-7", source="independent "
        "arithmetic",
    )  # fmt: skip
    yield Finding.check(
        "printed-by-hand", "The circuit of static units computes what plain Python does.",
        "largest difference of an output", np.abs(printed.package - printed.by_hand).max(), at_most=1e-14,
        reason="a few roundings of numbers near 1",
    )  # fmt: skip
    references = {"printed": (-0.001622, -0.000036), "transposed": (-0.127352, 0.111501)}
    for reading, (x, y) in references.items():
        row = coefficients.loc[reading]
        yield Finding.check(
            f"linear-{reading}", f"Without its ReLU the network, {reading} reading, is {x:+.6f} x {y:+.6f} y.",
            "largest difference of a coefficient", max(abs(row.x - x), abs(row.y - y)), at_most=1e-6,
            reason="the reference is written with six decimals", source="product of the printed matrices",
        )  # fmt: skip
    for intercept, values, mse in ((1, (0.5,) * 4, 0.25), (0, (0.0, 1 / 3, 1 / 3, 2 / 3), 1 / 3)):
        rows = fitted[fitted.intercept == intercept]
        distance = max(np.abs(rows.prediction.to_numpy() - values).max(), np.abs(rows.mse - mse).max())
        word = "with" if intercept else "without"
        yield Finding.check(
            f"regression-{word}", f"Least squares {word} an intercept predicts {', '.join(f'{v:.3g}' for v in values)} "
            f"on the four patterns, mean squared error {mse:.3g}.", "largest difference", distance, at_most=1e-12,
            reason="normal equations solved by hand; rounding", source="least squares on four points",
        )  # fmt: skip
    yield Finding.check(
        "composition", "Five layers without an activation are one matrix.", "largest difference of an output",
        composition.error.max(), at_most=1e-12, reason="rounding of five products of matrices of 25 units at most",
    )  # fmt: skip


def _training_checks(tables: Tables) -> Iterator[Finding]:
    success = tables["success"]
    known = success[success.reference.notna()]
    chance = np.sqrt(known.reference * (1 - known.reference) * (1 / known.starts + 1 / REFERENCE_STARTS))
    few = known.starts.min() < REFERENCE_STARTS
    allowed = np.maximum(0.06, 4.0 * chance) if few else np.full(len(known), 0.06)
    distance = np.abs(known.solved - known.reference)
    worst = known.loc[(distance - allowed).idxmax()]
    yield Finding.check(
        "solved-starts", f"As many random starts solve XOR as in an independent run ({len(known)} networks; the "
        f"nearest to its limit: {worst.activation}, {worst.hidden} hidden, {worst.solved:.3f}, "
        f"reference {worst.reference:.3f}).",
        "largest difference over its allowance", (distance / allowed).max(), at_most=1.0,
        reason="0.06 at 400 starts, about two standard errors of the difference of two such runs (of five "
        "networks at five "
        "seeds each, means are within 0.033 and one of 25 single runs is 0.062 off); with fewer starts four "
        "standard errors "
        "if that is more",
        source="400 seeds, full-batch gradient descent at 0.1, 3,000 steps, N(0,1) weights",
    )  # fmt: skip
    linear = success[success.activation == "Identity"]
    for bias, mse in ((0, 1 / 3), (1, 0.25)):
        rows = linear[linear.bias == bias]
        yield Finding.check(
            f"linear-trained-{'bias' if bias else 'no-bias'}", "Trained networks without an activation end where least "
            "squares does.", "median mean squared error", rows.median_mse.iloc[0], expected=mse, tolerance=1e-6,
            reason="3,000 steps at rate 0.1 bring the slowest direction of all but few starts to rounding",
        )  # fmt: skip
    yield Finding.check(
        "solved-is-separable", "Where a linear read-out solves XOR, a line separates the hidden states.",
        "smallest share of solved networks", success[success.readout == "linear"].separable_solved.min(), at_least=1.0,
        reason="the read-out itself is such a line; the test by segments does not know it",
    )  # fmt: skip


def _rung_checks(tables: Tables) -> Iterator[Finding]:
    rungs, window = tables["rungs"], tables["setup"].window.iloc[0]
    for rung, rows in rungs.groupby("rung", sort=False):
        low = rows[rows.target == 1].output.min()
        high = max(rows[rows.target == 0].output.max(), 1.0 / window)
        yield Finding.check(
            f"xor-{rung}", f"The printed weights compute XOR on the {rung} rung: the weakest yes is at least three "
            "times the strongest no.", "ratio of the rates (a silent no counts as one spike)", low / high, at_least=3.0,
            reason="the criterion was set beforehand; one spike in the window is the least that can be counted",
        )  # fmt: skip
    artificial = rungs[rungs.rung == "artificial"]
    yield Finding.check(
        "xor-scaled", "On the artificial rung the rates are the scaled outputs of the printed network.",
        "largest difference", np.abs(artificial.output - artificial.ideal).max(), at_most=1e-9, unit="Hz",
        reason="the fitted ReLU only stretches and shifts; rounding",
    )  # fmt: skip
    distance = tables["agreement"]
    yield Finding.check(
        "digits-scaled", "The digit network on the artificial rung is the trained network, scaled.",
        "largest rmse of a layer", distance.artificial.max(), at_most=1e-9, unit="Hz", reason="as for XOR",
    )  # fmt: skip
    yield Finding.check(
        "digits-rate", "The rate rung settles where the f-I curve rung is.", "largest rmse of a layer",
        distance.rate.max(), at_most=0.25, unit="Hz",
        reason="five filters and units in a row after 25 time constants leave 1e-6 of a rate, but next to its vertical "
        "onset the curve turns that into up to some Hz for a few units",
    )  # fmt: skip


def _series(tables: Tables, task: str, rung: str, network: str = "trained", probe: str = "linear") -> Any:
    """Test errors (seeds, layers) of one series."""
    rows = tables["probes"]
    rows = rows[(rows.task == task) & (rows.rung == rung) & (rows.network == network) & (rows.probe == probe)]
    return rows.pivot(index="seed", columns="layer", values="test_error")


def _probe_checks(tables: Tables) -> Iterator[Finding]:
    allowance = tables["setup"].allowance.iloc[0]
    for rung in ns.RUNGS:
        for task in TASKS:
            errors = _series(tables, task, rung).mean()
            yield Finding.check(
                f"probe-rise-{rung}-{task}", f"A linear probe's error does not rise from layer to layer ({task}, "
                f"{rung} "
                f"rung: {_percent(errors)}).", "largest rise, mean over seeds", errors.diff().max(), at_most=allowance,
                reason="half a point counts as none in the full run; the quick run tests on a sixth of the images of "
                "fewer seeds and allows 3 points, two standard errors",
                source="Alain & Bengio 2016",
            )  # fmt: skip
            yield Finding.check(
                f"probe-last-{rung}-{task}", f"It is lower at the last hidden layer than at the pixels ({task}, {rung} "
                "rung).", "error at the last layer minus error at the pixels", errors.iloc[-1] - errors.iloc[0],
                at_most=0.0, reason="mean over seeds, the same test images", source="Alain & Bengio 2016",
            )  # fmt: skip


def _percent(errors: Any) -> str:
    return ", ".join(f"{100 * error:.1f}" for error in errors) + " %"


def _arithmetic_claims(tables: Tables) -> Iterator[Finding]:
    printed, composition, success = tables["printed"], tables["composition"], tables["success"]
    linear = success[success.activation == "Identity"]
    yield Finding.claim_of_parts(
        "A2-09", "Without an activation a network is just linear regression.",
        {
            f"the product of its matrices gives the same output ({composition.error.max():.1g})":
                bool(composition.error.max() <= 1e-12),
            f"trained on XOR it ends at the error of least squares ({linear.median_mse.min():.4f} with bias, "
            f"{linear.median_mse.max():.4f} without)":
                bool(np.allclose(sorted(linear.median_mse), [0.25, 1 / 3], atol=1e-3)),
            f"no start solves XOR ({linear.solved.max():.0%})": bool((linear.solved == 0).all()),
        },
        reason="1e-12 is rounding; 1e-3 is a hundredth of the difference between the two errors of least squares",
    )  # fmt: skip
    yield Finding.claim(
        "A3-02", "A composition of linear layers is linear.", "largest violation of superposition",
        max(composition.superposition.max(), composition.error.max()), supported=below(1e-12),
        reason=f"rounding; with ReLUs the same networks differ from their product by "
        f"{composition.relu_error.max():.2g}",
    )  # fmt: skip
    fitted = tables["regression"]
    parts = {}
    for intercept, words in ((1, "with an intercept"), (0, "without one, as in the article's own network")):
        values = fitted[fitted.intercept == intercept].prediction
        parts[f"{words}: {', '.join(f'{value:.3f}' for value in values)}"] = bool(np.allclose(values, 0.5, atol=1e-9))
    yield Finding.claim_of_parts(
        "A3-03", "Linear regression on XOR predicts 0.5 everywhere.", parts, reason="0.5 to rounding on all four "
        "patterns",
    )  # fmt: skip
    few = success[(success.activation == "ReLU") & (success.hidden == 2) & (success.bias == 0)].iloc[0]
    yield Finding.claim(
        "A3-04", "A ReLU network with two hidden units and no bias solves XOR with the printed weights.",
        "largest error of an output", np.abs(printed.package - printed.target).max(), supported=below(1e-3),
        partly=below(0.5),
        reason="four weights of four decimals are off by up to 5e-5 each; partly if only the sides of 0.5 are "
        "right. Of "
        f"{few.starts} random starts {few.solved:.1%} get there ({few.low:.1%} to {few.high:.1%})",
    )  # fmt: skip
    coefficients = tables["coefficients"].set_index("reading")
    said = coefficients.loc["article"]
    distances = {}
    for reading in ("printed", "transposed"):
        row = coefficients.loc[reading]
        distances[reading] = max(abs(row.x - said.x), abs(row.y - said.y))
    best = min(distances, key=lambda reading: distances[reading])
    row = coefficients.loc[best]
    wrong = np.abs(printed.transposed_relu - printed.target).max()
    yield Finding.claim(
        "A3-05", "Without its ReLU that network computes 0.001 y - 0.13 x.",
        "largest difference of a coefficient, nearer reading", distances[best], supported=below(5e-3),
        reason=f"half of the last digit of 0.13; nearer is the {best} reading with {row.x:+.6f} x {row.y:+.6f} y. The "
        f"transposed reading is no XOR network either: with ReLU its worst output is off by {wrong:.2f}",
    )  # fmt: skip


def _training_claims(tables: Tables) -> Iterator[Finding]:
    success, single = tables["success"], tables["single_layer"].set_index("activation")
    linear = success[(success.readout == "linear") & ~success.activation.isin(["Identity", "Step"])]
    rise = metrics.student_interval(linear.separable - linear.separable_start)
    two = linear[linear.hidden == 2]
    yield Finding.claim_of_parts(
        "A3-06", "A final linear layer forces the last hidden state to be linearly separable.",
        {
            f"in every network that solves XOR a line separates the hidden states "
            f"({linear.separable_solved.min():.0%})": bool(linear.separable_solved.min() == 1.0),
            f"training makes separable hidden states more frequent ({rise.value:+.2f}, {rise.low:+.2f} to "
            f"{rise.high:+.2f}; with two hidden units from {two.separable_start.mean():.0%} to "
            f"{two.separable.mean():.0%})": rise.low > 0,
        },
        reason="XOR from random starts, all activations; 95 % interval over networks. It is a pressure and no "
        "guarantee: "
        "networks that stay unsolved mostly stay inseparable",
    )  # fmt: skip
    yield _readout_claim(tables)
    threshold, smooth = tables["threshold_network"], single.loc[["Sigmoid", "Tanh"]]
    solves = bool((threshold.output.to_numpy() == TARGETS).all())
    yield Finding.claim_of_parts(
        "A4-01", "Minsky proved that the networks of his time could not solve XOR because they lacked a non-linear "
        "activation such as the sigmoid.",
        {
            f"one layer of threshold units fails (at most {single.loc['Step', 'most_correct']} of 4 right)":
                bool(single.loc["Step", "most_correct"] < 4),
            f"one layer with a sigmoid or tanh does better (at most {smooth.most_correct.max()} of 4)":
                bool(smooth.most_correct.max() == 4),
            "two layers of threshold units, known since 1943, fail as well": not solves,
        },
        reason="the proof is about a single layer: its drives obey d(0,0) + d(1,1) = d(0,1) + d(1,0) (here to "
        f"{single.drive_identity.max():.1g}), which no monotonic activation can mend",
        source="Minsky & Papert 1969; McCulloch & Pitts 1943",
    )  # fmt: skip
    step = success[success.activation == "Step"].iloc[-1]
    relu = success[(success.activation == "ReLU")]
    spiking = next(f for f in _rung_checks(tables) if f.id == "xor-spiking")
    yield Finding.claim_of_parts(
        "A4-02", "Activations must be differentiable.",
        {
            f"with a slope of 0 wherever there is one, gradient descent leaves the hidden weights of step units where "
            f"they were (moved by {step.moved:g})": bool(step.moved == 0),
            f"a kink keeps ReLU networks from learning XOR (up to {relu.solved.max():.0%} of the starts solve it)":
                bool((relu.solved == 0).all()),
            "spiking neurons, which have no derivative, cannot take over trained weights": spiking.verdict != "holds",
        },
        reason="differentiable almost everywhere is enough for the gradient; without a slope the read-out alone learns "
        f"({step.solved:.0%} of the starts of {step.hidden} step units solved by luck of their random features)",
    )  # fmt: skip


def _readout_claim(tables: Tables) -> Finding:
    success = tables["success"]
    quadratic = success[success.readout == "quadratic"].set_index("activation")
    pairs = {
        name: (
            success[
                (success.activation == name)
                & (success.hidden == 2)
                & (success.bias == 1)
                & (success.readout == "linear")
            ].iloc[0],
            row,
        )
        for name, row in quadratic.iterrows()
    }
    parts = {}
    for name, (with_line, with_square) in pairs.items():
        solved = round(with_square.solved * with_square.starts)
        high = _wilson(round(with_square.separable_solved * solved), solved)[1]
        parts[
            f"{name}: of the solved networks {with_line.separable_solved:.0%} are linearly separable with a linear, "
            f"{with_square.separable_solved:.0%} with a quadratic read-out"
        ] = with_line.separable_solved == 1.0 and high < 1.0
    gains = {}
    for task in TASKS:
        gap = _series(tables, task, "artificial") - _series(tables, task, "artificial", probe="quadratic")
        gains[task] = metrics.student_interval(gap[0] - gap[3])
    for task, gain in gains.items():
        parts[
            f"{task}: what a quadratic probe gains over a linear one shrinks from pixels to the last layer by "
            f"{100 * gain.value:.1f} points ({100 * gain.low:.1f} to {100 * gain.high:.1f})"
        ] = gain.low > 0
    return Finding.claim_of_parts(
        "A3-09", "Because the last layer is linear, the others learn linear and not polynomial separability.", parts,
        reason="the read-out is what is changed: with a quadratic one the hidden states need not be linearly "
        "separable; "
        "upper ends of 95 % intervals below 100 %, intervals over seeds above 0",
    )  # fmt: skip


def _depth_claims(tables: Tables) -> Iterator[Finding]:
    information = tables["information"].sort_values(["network", "seed", "layer"])
    groups = information.groupby(["network", "seed"])
    rises = [groups[column].diff().max() for column in ("about_input", "about_label")]
    yield Finding.claim(
        "A3-07", "Information does not increase with depth.", "largest rise from one layer to the next", max(rises),
        supported=below(1e-9), unit="bit",
        reason="exact sums over 64 inputs, so only rounding may rise; data-processing inequality. The trained "
        "network's "
        f"linear reader goes from {_trained(information).probe_error.iloc[0]:.0%} to "
        f"{_trained(information).probe_error.iloc[-1]:.0%} wrong meanwhile",
        source="Cover & Thomas 2006, sec. 2.8",
    )  # fmt: skip
    parts = {}
    for task in TASKS:
        errors = _series(tables, task, "artificial")
        fall = metrics.student_interval(errors[0] - errors[3])
        parts[f"{task}, trained: the error falls from pixels to the last layer ({_percent(errors.mean())})"] = (
            fall.low > 0
        )
    steps = np.concatenate([_series(tables, task, "artificial").diff(axis=1).iloc[:, 1:].to_numpy().ravel()
                            for task in TASKS])  # fmt: skip
    share = float((steps <= 0).mean())
    parts[f"trained: nearly every layer lowers it or leaves it (nine of ten; found {share:.0%} of {len(steps)})"] = (
        share >= 0.9
    )
    for task in TASKS:
        errors = _series(tables, task, "artificial", network="untrained")
        fall = metrics.student_interval(errors[0] - errors[3])
        parts[f"{task}, random weights: the error falls too ({_percent(errors.mean())})"] = fall.low > 0
    yield Finding.claim_of_parts(
        "A3-08", "Linear separability increases with depth: the error of a linear probe nearly always falls from layer "
        "to layer.", parts,
        reason="test errors; a fall counts if its 95 % interval over seeds lies above 0; every layer of every "
        "seed is one "
        "step", source="Alain & Bengio 2016",
    )  # fmt: skip


def _trained(information: Any) -> Any:
    return information[information.network == "trained"].sort_values("layer")


def _reports(tables: Tables) -> Iterator[Finding]:
    noise = tables["noise"]
    good = noise[noise.lowest_true >= 3.0 * noise.highest_false]
    yield Finding.report(
        "xor-noise", "Largest membrane noise at which the weakest yes is still three times the strongest no.",
        "sigma_stat (threshold 1)", good.sigma.max(),
        reason="noise lifts a drive just below threshold across it, so the silent answers begin to speak",
    )  # fmt: skip
    distance = tables["agreement"]
    yield Finding.report(
        "digits-spiking", "Spikes against the f-I curve in the last hidden layer: near threshold, single spikes count.",
        "rmse", distance[distance.layer == 3].spiking.mean(), unit="Hz",
    )  # fmt: skip
    success = tables["success"]
    for name in ("ReLU", "Tanh"):
        row = success[(success.activation == name) & (success.hidden == 2) & (success.bias == 0)].iloc[0]
        yield Finding.report(
            f"solved-{name.lower()}", f"{name}, two hidden units, no bias: random starts that solve XOR.", "share",
            row.solved, low=row.low, high=row.high, reason="Wilson's interval",
        )  # fmt: skip
    yield Finding.report(
        "diverged", "Networks whose weights grew beyond all bounds, of all sizes and activations.", "networks",
        success.diverged.sum(),
    )  # fmt: skip


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    success = tables["success"].set_index(["activation", "hidden", "bias", "readout"]).solved
    parity = _series(tables, "parity", "artificial").mean()
    spikes = _series(tables, "parity", "spiking").mean()
    return (
        f"two ReLUs without bias solve XOR from {success['ReLU', 2, 0, 'linear']:.0%} of the starts, two tanh "
        "units from "
        f"{success['Tanh', 2, 0, 'linear']:.0%}; on digits (even or odd) a linear probe's error falls from "
        f"{parity[0]:.1%} at the pixels to {parity[3]:.1%} in the last layer and to {spikes[3]:.1%} with spikes"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core."""
    p = parameters
    networks = p.seeds * len(TASKS)
    return 5.0 + 6.0 * p.sizes * (0.1 + p.starts / 1500) + networks * p.images * p.width * 1.4e-4, 6e8


# ---------------------------------------------------------------- figure

_NAMES = {"artificial": "ReLU", "curve": "f-I curve", "rate": "leaky rate", "spiking": "LIF, spiking"}


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    setup, success, noise = tables["setup"].iloc[0], tables["success"], tables["noise"]
    relu = success[(success.activation == "ReLU") & (success.hidden == 2) & (success.bias == 0)].iloc[0]
    seeds = tables["probes"].seed.nunique()
    return (
        "XOR and linear separability. A: output of the network with the printed weights over the plane; filled: inputs "
        "whose XOR is 1, open: 0. B: the same weights on every rung of the ladder, output rate for the four inputs "
        f"(x, y), drives scaled to at most {REACH:g} (threshold 1). C: the spiking rung with membrane noise, means of "
        f"{int(noise.trials.iloc[0])} trials. D: share of {int(relu.starts)} random starts that gradient descent "
        "takes to "
        "a solution, with 95 % intervals; grey ticks: an independent run of 400 starts; two ReLUs without bias "
        f"{relu.solved:.1%}. E, F: test error of a linear probe on the layers of a three-layer network of "
        f"{int(setup.width)} "
        f"units each for handwritten digits, {int(setup.test_images)} test images, mean and 95 % interval over {seeds} "
        "seeds; "
        "grey: random weights; dotted: quadratic probe, trained ReLU network. G: exact information about the 64 "
        "inputs, "
        "layer by layer, in a network trained on x1 XOR x2 and the share of inputs that a linear reader gets wrong."
    )


def figure(tables: Tables) -> Any:
    """The seven panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=160):
        fig = plots.new_figure()
        rows = fig.add_gridspec(3, 1, height_ratios=[1.0, 0.95, 1.0])
        top = [fig.add_subplot(cell) for cell in rows[0].subgridspec(1, 3, width_ratios=[0.8, 1.1, 0.9])]
        middle = fig.add_subplot(rows[1])
        last = [fig.add_subplot(cell) for cell in rows[2].subgridspec(1, 3, width_ratios=[1.0, 1.0, 1.0])]
        _draw_map(fig, top[0], tables)
        _draw_rungs(top[1], tables)
        _draw_noise(top[2], tables)
        _draw_success(middle, tables)
        _draw_probes(last[:2], tables)
        _draw_information(last[2], tables)
        plots.label_panels([*top, middle, *last])
    return fig


def _draw_map(fig: Any, ax: Any, tables: Tables) -> None:
    axis, values = tables["arrays"]["axis"], tables["arrays"]["relu_map"]
    image = ax.contourf(axis, axis, values, levels=np.linspace(0.0, 1.75, 15), cmap="Blues", extend="max")
    ax.contour(axis, axis, values, levels=[0.5], colors="0.2", linewidths=0.8)
    for (x, y), target in zip(PATTERNS.tolist(), TARGETS, strict=True):
        ax.plot(x, y, "o", color="black", markersize=5, markerfacecolor="black" if target else "white",
                markeredgewidth=0.8)  # fmt: skip
    ax.set_aspect("equal")
    ax.set_xticks([0, 1])
    ax.set_yticks([0, 1])
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    bar = fig.colorbar(image, ax=ax, shrink=0.8, ticks=[0.0, 0.5, 1.0, 1.5])
    bar.set_label("output of the ReLU network")


def _draw_rungs(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    rungs = tables["rungs"]
    for k, rung in enumerate(ns.RUNGS):
        rows, look = rungs[rungs.rung == rung], plots.RUNGS[rung]
        at = np.arange(4) + 0.19 * (k - 1.5)
        ax.bar(at, rows.output, width=0.17, color=look.colour, label=_NAMES[rung])
        ax.plot(at, rows.output, linestyle="none", marker=look.marker, color=look.colour, markersize=3)
    rows = rungs[rungs.rung == "curve"]
    ax.set_xticks(range(4), [f"({x:g}, {y:g})" for x, y in zip(rows.x, rows.y, strict=True)])
    ax.set_xlabel("input (x, y)")
    ax.set_ylabel(plots.axis_label("output rate", "Hz"))
    ax.set_ylim(-3, 165)
    ax.legend(loc="upper center", ncols=2)


def _draw_noise(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    noise = tables["noise"]
    colours = plots.OKABE_ITO
    ax.plot(noise.sigma, noise.lowest_true, "o-", color=colours["black"], label="weakest yes")
    ax.plot(noise.sigma, noise.highest_false, "o--", color=colours["vermillion"], markerfacecolor="white",
            markeredgewidth=0.8, label="strongest no")  # fmt: skip
    ax.plot(noise.sigma, noise.lowest_true / 3, ":", color="0.5", label="a third of yes")
    ax.set_xlabel("membrane noise (threshold = 1)")
    ax.set_ylabel(plots.axis_label("output rate", "Hz"))
    ax.set_ylim(-3, 165)
    ax.legend(loc="upper left")
    plots.tidy(ax)


def _draw_success(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    success = tables["success"]
    rows = success[success.readout == "linear"]
    known = rows[rows.reference.notna()]
    sizes = list(dict.fromkeys(zip(known.hidden, known.bias, strict=True)))
    names = list(dict.fromkeys(known.activation))
    labels = {"Identity": "none (linear)", "LeakyReLU": "leaky ReLU"}
    for k, name in enumerate(names):
        look = plots.activation_style(name)
        chosen = known[known.activation == name]
        at = np.array([sizes.index(size) for size in zip(chosen.hidden, chosen.bias, strict=True)])
        x = at + 0.13 * (k - (len(names) - 1) / 2)
        ax.hlines(chosen.reference, x - 0.055, x + 0.055, color="0.55", linewidth=1.2)
        ax.vlines(x, chosen.low, chosen.high, color=look.colour, linewidth=1.0)
        ax.plot(x, chosen.solved, linestyle="none", marker=look.marker, color=look.colour, label=labels.get(name, name))
    words = [f"{hidden} hidden, {'bias' if bias else 'no bias'}" for hidden, bias in sizes]
    ax.set_xticks(range(len(sizes)), words)
    ax.set_xlim(-0.5, len(sizes) - 0.5)
    ax.set_ylim(-0.04, 1.04)
    ax.set_ylabel("share of starts that solve XOR")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="activation", alignment="left")


def _draw_probes(axes: Any, tables: Tables) -> None:
    from neurosim import plots

    means = tables["probe_means"]
    titles = {"digit": "which digit", "parity": "even or odd"}
    for ax, task in zip(axes, TASKS, strict=True):
        rows = means[means.task == task]
        untrained = rows[rows.network == "untrained"]
        ax.plot(untrained.layer, 100 * untrained.value, "o-", color="0.65", label="random weights")
        for k, rung in enumerate(ns.RUNGS):
            look = plots.RUNGS[rung]
            line = rows[(rows.network == "trained") & (rows.rung == rung) & (rows.probe == "linear")]
            x = line.layer + 0.05 * (k - 1.5)
            ax.vlines(x, 100 * np.maximum(line.low, 0.0), 100 * line.high, color=look.colour, linewidth=0.8)
            ax.plot(x, 100 * line.value, **{**look.line(), "label": _NAMES[rung]})
        square = rows[(rows.probe == "quadratic") & (rows.rung == "artificial")]
        ax.plot(square.layer, 100 * square.value, "x:", color="0.3", markeredgewidth=0.9, label="quadratic probe")
        ax.set_xticks(range(4), ["pixels", "1", "2", "3"])
        ax.set_xlabel("layer")
        ax.set_title(titles[task])
        ax.set_ylabel(plots.axis_label("probe error", "%"))
        means_only = rows[rows.probe == "linear"].value.max()
        ax.set_ylim(0, (165 if task == "digit" else 115) * means_only)
    axes[0].legend(loc="upper left", ncols=2, columnspacing=1.0)


def _draw_information(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    rows = _trained(tables["information"])
    colours = plots.OKABE_ITO
    ax.plot(rows.layer, rows.about_input, "o-", color=colours["black"], label="about the input")
    ax.plot(rows.layer, rows.about_label, "s--", color=colours["blue"], label="about the label")
    other = ax.twinx()
    other.plot(rows.layer, 100 * rows.probe_error, "^:", color=colours["vermillion"], label="linear reader")
    other.spines["right"].set_visible(True)
    other.set_ylabel("wrong by a line (%)", color=colours["vermillion"])
    other.set_ylim(-3, 100)
    ax.set_ylim(-0.2, 8.5)
    ax.set_xticks(range(len(rows)), ["input", *(str(k) for k in range(1, len(rows)))])
    ax.set_xlabel("layer")
    ax.set_ylabel(plots.axis_label("information", "bit"))
    handles = [*ax.get_lines(), *other.get_lines()]
    ax.legend(handles, [str(line.get_label()) for line in handles], loc="upper right")


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)
