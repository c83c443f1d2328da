"""XOR: the printed network, networks trained from many random starts side by side, and whether a line separates."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.activations.base import Activation
from neurosim.params import Array, Params, param

PATTERNS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = np.array([0.0, 1.0, 1.0, 0.0])
FIRST = np.array([[1.1485, -1.1486], [-1.0205, 1.0189]])
"""The hidden weights that the article prints, one row per hidden unit, columns x and y."""
SECOND = np.array([[0.8707, 0.9815]])
"""Its output weights."""
LEARNING_RATE, STEPS = 0.1, 3000
CLOSE = 0.1
"""A network has solved XOR when all four errors are smaller."""


@dataclass(frozen=True, kw_only=True)
class XorNetworks(Params):
    """Many networks of one kind, each from a random start."""

    activation: str = param("ReLU", doc="class name of the hidden units' activation")
    hidden: int = param(2, doc="hidden units", low=1)
    bias: bool = param(False, doc="whether units have biases")
    readout: str = param("linear", doc="linear, or quadratic: products of two hidden activities besides")
    starts: int = param(100, doc="random starts", low=20)


@dataclass(frozen=True, eq=False)
class Batch:
    """Networks after training: errors (4, starts), hidden activities before and after (hidden, 4, starts)."""

    error: Array
    start: Array
    hidden: Array
    moved: float


def learned_starts(p: XorNetworks, seed: int) -> dict[str, Any]:
    """What became of the networks: fractions of them, and the largest change of a hidden weight."""
    rng = ns.randomness.stream(seed, "weights", p.activation, p.hidden, int(p.bias), p.readout)
    activation = ns.activations.known()[p.activation]()
    batch = train_batch(activation, p.hidden, p.bias, p.starts, rng, p.readout == "quadratic")
    finite = np.isfinite(batch.error).all(axis=0)
    errors = np.where(finite, batch.error, np.inf)
    solved = (np.abs(errors) < CLOSE).all(axis=0)
    before, separable = line_separates(batch.start), line_separates(batch.hidden)
    return {
        "solved": float(solved.mean()),
        "median_mse": float(np.median(np.mean(errors**2, axis=0))),
        "diverged": int((~finite).sum()),
        "separable_start": float(before.mean()),
        "separable": float(separable.mean()),
        "separable_solved": float(separable[solved].mean()) if solved.any() else float("nan"),
        "gained": float((separable & ~before).mean()),
        "lost": float((before & ~separable).mean()),
        "moved": batch.moved,
    }


def train_batch(
    activation: Activation, hidden: int, bias: bool, starts: int, rng: np.random.Generator, quadratic: bool = False
) -> Batch:
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
    return Batch(error, start, h, float(np.abs(w - first)[..., finite].max(initial=0.0)))


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


def line_separates(hidden: Array) -> Array:
    """Whether a line (plane) separates the hidden states of XOR's ones from those of its zeros, per network.

    Two sets of two points can be separated exactly if the segments that join them do not meet.
    """
    finite = np.isfinite(hidden).all(axis=(0, 1))
    states = np.where(finite, hidden, 0.0)
    size = np.abs(states).max(axis=(0, 1))
    apart = segments_apart(states[:, 0], states[:, 3], states[:, 1], states[:, 2])
    # Rounding leaves 1e-16 of the size where the segments meet.
    return finite & (apart > 1e-6 * size)


def static_output(first: Array, second: Array, activation: Activation, patterns: Array) -> Array:
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
