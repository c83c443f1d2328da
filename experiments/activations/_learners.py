"""Networks of one activation that learn digits by plain gradient descent, at several rates and depths."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiments.activations._by_network import where
from experiments.activations._deep_networks import activation, normal, variance_of
from neurosim.circuits.circuit import Circuit
from neurosim.metrics import Interval, student_interval
from neurosim.params import Array, ParameterError, Params, param
from neurosim.randomness import stream
from neurosim.stimuli import datasets
from neurosim.training import SGD, Network, layered, train

HIDDEN = 64
SOLVED = 0.75  # training accuracy: 25 % error
GOALS = {"epochs_50": 0.5, "epochs": SOLVED, "epochs_90": 0.9, "epochs_95": 0.95}
QUICK_LEARNERS = {"images": 400, "learning_rates": (0.1, 0.5, 1.5), "epochs": 5}


@dataclass(frozen=True, kw_only=True)
class Learner(Params):
    """Networks of one activation that learn digits by plain gradient descent."""

    images: int = param(1200, doc="digits to learn from", low=100, high=1797)
    learning_rates: tuple[float, ...] = param(
        (0.03, 0.1, 0.3, 0.6, 1.0, 1.5, 3.0), doc="learning rates of gradient descent", above=0
    )
    epochs: int = param(10, doc="epochs on the digits", low=2)
    layers: int = param(1, doc="hidden layers", low=1)
    activation: str = param("ReLU", doc="class name, or CentredSigmoid: sigmoid - 1/2")
    own: bool = param(False, doc="s^2 that preserves the variance for tanh and sigmoid too, instead of the usual 1")


def digits_of(images: int) -> tuple[Array, Any]:
    """Pixels of mean 0 and variance 1, and classes, of the first digits."""
    digits = datasets.digits()
    pixels = digits.images.reshape(len(digits.images), -1)[:images]
    return (pixels - pixels.mean()) / pixels.std(), digits.labels[:images]


def learner(name: str, layers: int, width: int, variance: float, seed: int) -> tuple[Circuit, Any]:
    """A network for the digits whose hidden layers have the weight variance s^2 = variance (the first has 1)."""

    def draw(n_post: int, n_pre: int, rng: np.random.Generator) -> Array:
        return math.sqrt(variance if n_pre == width else 1.0) * normal(n_post, n_pre, rng)

    return layered([64, *[width] * layers, 10], activation(name), weights=draw, seed=seed)


def epochs_to_learn(p: Learner, seed: int) -> dict[str, Array]:
    """By learning rate: epochs to each of `GOALS` (inf if never), accuracy in the last epoch, and weights.

    Of the weights that read hidden units: size of their change (root mean square), and the largest one over the largest
    at the start; inf where the loss diverged.
    """
    x, labels = digits_of(p.images)
    # What preserves the variance for the rectifiers, 1/n for the saturating ones, as is usual.
    variance = variance_of(p.activation, None) if p.own or p.activation in ("ReLU", "ELU") else 1.0
    circuit, cells = learner(p.activation, p.layers, HIDDEN, variance, seed)
    start = read_weights(circuit, cells)
    found = []
    for rate in p.learning_rates:
        optimiser = SGD(learning_rate=rate, momentum=0.0)
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # train reports that the loss diverged
                run = train(circuit, cells, x, labels, optimiser=optimiser, epochs=p.epochs, seed=seed, progress=False)
        except ParameterError:
            found.append([*[math.inf] * len(GOALS), 0.0, math.inf, math.inf])
        else:
            score, weights = run.history["score"], read_weights(run.circuit, run.cells)
            moved = np.sqrt(np.mean(np.square(weights - start)))
            grown = np.abs(weights).max() / np.abs(start).max()
            found.append([*(until_solved(score, goal) for goal in GOALS.values()), score[-1], moved, grown])
    return dict(zip((*GOALS, "accuracy", "moved", "grown"), np.array(found).T, strict=True))


def centred_epochs(
    name: str, centred: bool, rate: float, epochs: int, images: int, seed: int
) -> tuple[dict[str, float], float]:
    """Epochs to each of `GOALS` with one hidden layer from which a running mean of each unit may be taken off.

    Also the fraction of the second moment of what is handed on that is mean, over the images of the last epoch.

    Equation
        output = V (f(W x + c) - m) + d;  m <- 0.9 m + 0.1 mean over the batch, a constant for the gradient
    """
    x, labels = digits_of(images)
    rng, f = stream(seed, "weights", "centred"), activation(name)
    w, v = normal(HIDDEN, x.shape[1], rng), math.sqrt(variance_of(name, None)) * normal(10, HIDDEN, rng)
    c, d, mean, scores, moments = np.zeros(HIDDEN), np.zeros(10), np.zeros(HIDDEN), [], []
    for _ in range(epochs):
        right, moments = 0, []
        for batch in np.array_split(rng.permutation(len(x)), max(1, len(x) // 50)):
            drive = x[batch] @ w.T + c
            activity = f(drive)
            mean = 0.9 * mean + 0.1 * activity.mean(axis=0) if centred else mean
            moments.append(((activity - mean).mean(axis=0), np.square(activity - mean).mean(axis=0)))
            output = (activity - mean) @ v.T + d
            error = np.exp(output - output.max(axis=1, keepdims=True))
            error /= error.sum(axis=1, keepdims=True)
            right += int((error.argmax(axis=1) == labels[batch]).sum())
            error[np.arange(len(batch)), labels[batch]] -= 1.0
            error /= len(batch)
            back = (error @ v) * f.derivative(drive)
            v, d = v - rate * error.T @ (activity - mean), d - rate * error.sum(axis=0)
            w, c = w - rate * back.T @ x[batch], c - rate * back.sum(axis=0)
        scores.append(right / len(x))
    first, second = np.mean(moments, axis=0)
    index = float(np.square(first).sum() / second.sum())
    return {name: until_solved(np.array(scores), goal) for name, goal in GOALS.items()}, index


def read_weights(circuit: Circuit, cells: Any) -> Array:
    """All weights that read hidden units, in one vector."""
    weights = Network(circuit, cells).weights
    return np.concatenate([values.ravel() for name, values in weights.items() if name != "to_hidden1"])


def until_solved(scores: Array, goal: float = SOLVED) -> float:
    """Epochs until the training accuracy reaches a goal, interpolated; inf if it never does."""
    reached = np.flatnonzero(np.asarray(scores) >= goal)
    if not len(reached):
        return math.inf
    first = int(reached[0])
    # The score of an epoch is a mean over it, so it belongs to its middle; straight lines between, chance at the start.
    before = (0.0, 0.1) if first == 0 else (first - 0.5, float(scores[first - 1]))
    part = (goal - before[1]) / (float(scores[first]) - before[1])
    return before[0] + part * (first + 0.5 - before[0])


def lead(learning: Any, layers: int, first: str, second: str, goal: str = "epochs") -> Interval:
    """log2 of the epochs that the second activation needs over those of the first, each at its best rate.

    A network that does not get there counts with all the epochs that there were: it needs more.
    """
    rows = learning[learning.layers == layers][goal]
    finite = rows[np.isfinite(rows)]
    most = math.ceil(float(finite.max())) if len(finite) else math.nan
    one, other = (best(learning, layers, name, goal)[2] for name in (first, second))
    if not len(one) and not len(other):
        return Interval(math.nan, math.nan, math.nan, 0)
    count = max(len(one), len(other))
    one, other = (
        np.where(np.isfinite(each), each, most) if len(each) else np.full(count, most) for each in (one, other)
    )
    return student_interval(np.log2(other / one))


def best(learning: Any, layers: int, name: str, goal: str = "epochs") -> tuple[float, float, Array]:
    """Best learning rate (NaN if none), mean epochs to 25 % error or another goal there, and those of each network."""
    rows = where(learning, layers=layers, activation=name)
    means = rows.groupby("learning_rate")[goal].mean()
    rate = float(means.idxmin()) if np.isfinite(means).any() else math.nan
    return rate, float(means.min()), rows[rows.learning_rate == rate][goal].to_numpy()


def plot_epochs(ax: Any, learning: Any, layers: int, names: Any) -> None:
    """Mean epochs to 25 % error against the learning rate; no point where a network did not get there."""
    from neurosim import plots

    rows = learning[learning.layers == layers]
    means = rows.groupby(["activation", "learning_rate"]).epochs.mean()
    rates = sorted(rows.learning_rate.unique())
    for k, name in enumerate(names):
        style, label = plots.activation_style(name), {"CentredSigmoid": "Sigmoid - 1/2"}.get(name, name)
        aside = 1.02 ** (k - (len(names) - 1) / 2)  # so that no point hides another
        finite = means[name][np.isfinite(means[name])]
        line = "-" if len(rates) >= 4 else "none"
        ax.plot(finite.index * aside, finite, color=style.colour, marker=style.marker, linestyle=line, label=label)
    ax.set(xscale="log", yscale="log", ylim=(0.35, 12.0), xlim=(rates[0] / 1.3, rates[-1] * 1.3))
    ax.set_xticks(rates, [f"{rate:g}" for rate in rates])
    ax.set_yticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
    ax.minorticks_off()
    ax.set(xlabel="learning rate", ylabel="epochs to 25 % error")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=3, columnspacing=0.8, handlelength=1.8)
