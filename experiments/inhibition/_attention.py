"""Ways from scores to weights; and softmax attention that learns which keys answer a query, from its error alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from neurosim import metrics
from neurosim.activations import KWTA, DivisiveNormalisation, Softmax, Sparsemax
from neurosim.params import Array, Params, param

FEATURES = 16
"""Components of keys and queries."""
VALUES = 4
"""Components of the value that a key carries."""


def mechanisms(kept_positions: int) -> dict[str, Callable[[Array], Array]]:
    """Attention without neurons: scores (vectors, positions) to weights of total 1; top-k keeps so many."""
    kept = KWTA(k=kept_positions)

    def top(scores: Array) -> Array:
        # k-winners-take-all rectifies, so the scores are lifted above 0 first; then a softmax over the winners.
        winners = kept(scores - scores.min(axis=-1, keepdims=True) + 1.0) > 0
        found: Array = Softmax()(np.where(winners, scores, -np.inf))
        return found

    # Rectified, then divided by the sum (a half-saturation of 1e-12 stands for none).
    relu = DivisiveNormalisation(exponent=1.0, sigma=1e-12)
    return {"softmax": Softmax(), "top-k": top, "ReLU attention": relu, "sparsemax": Sparsemax()}


def law(spread: float, n: int) -> float:
    """Effective fraction of n positions under softmax, to first order in 1/n (the expansion of a ratio of means).

    Equation
        exp(-s^2) (1 + ((e^(s^2) - 1) - 2 (e^(2 s^2) - 1) + (e^(4 s^2) - 1)) / n)
    """
    square = spread**2
    first = math.expm1(square) - 2 * math.expm1(2 * square) + math.expm1(4 * square)
    return math.exp(-square) * (1 + first / n)


@dataclass(frozen=True, kw_only=True)
class LearnedAttention(Params):
    """The task and the learning of one attention head."""

    keys: tuple[int, ...] = param((32, 64, 128), doc="numbers of keys", low=8)
    relevant: tuple[int, ...] = param((1, 2, 4), doc="keys of the kind that is asked for", low=1, high=7)
    kinds: tuple[int, ...] = param((4, 8, 16), doc="kinds of keys, of which a query asks for one", low=2)
    noises: tuple[float, ...] = param(
        (0.25, 0.5, 1.0, 2.0), doc="standard deviation of the noise on a key's components, which have one of 1", low=0
    )
    steps: int = param(500, doc="batches that are learned from, each of new keys", low=20)
    batch: int = param(32, doc="queries per batch", low=8)
    learning_rate: float = param(0.02, doc="of Adam", above=0)


@dataclass(frozen=True)
class Task:
    """How many keys, how many of the kind that is asked for, of how many kinds, how noisy.

    Where all count, the answer is about all keys: the control, in which there is nothing to select.
    """

    keys: int = 64
    relevant: int = 2
    kinds: int = 16
    noise: float = 0.25
    all_count: bool = False


def tasks(p: LearnedAttention) -> list[Task]:
    """The usual task, with one thing changed at a time; and the control."""
    changed = {"keys": p.keys, "relevant": p.relevant, "kinds": p.kinds, "noise": p.noises}
    swept = [replace(Task(), **{name: value}) for name, values in changed.items() for value in values]
    return list(dict.fromkeys([Task(), *swept, Task(all_count=True)]))


def batch(task: Task, kinds: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Queries (count, features), keys (count, keys, features), their values, and the answers (count, values).

    The first keys are of the kind that is asked for; attention knows no order. The answer is their mean value.
    """
    asked = rng.integers(task.kinds, size=count)
    kind = (asked[:, None] + rng.integers(1, task.kinds, size=(count, task.keys))) % task.kinds
    kind[:, : task.relevant] = asked[:, None]
    keys = kinds[kind] + task.noise * rng.standard_normal((count, task.keys, FEATURES))
    values = rng.standard_normal((count, task.keys, VALUES))
    counted = values if task.all_count else values[:, : task.relevant]
    return kinds[asked], keys, values, counted.mean(axis=1)


def weights(matrix: Array, queries: Array, keys: Array) -> Array:
    """Softmax of query . matrix . key / sqrt(features), (count, keys)."""
    scores = np.einsum("bf,bnf->bn", queries @ matrix, keys) / np.sqrt(FEATURES)
    found: Array = Softmax()(scores)
    return found


def gradient(matrix: Array, queries: Array, keys: Array, values: Array, answers: Array) -> Array:
    """Slope of half the mean squared error of the answers with respect to the matrix."""
    weight = weights(matrix, queries, keys)
    error = np.einsum("bn,bnv->bv", weight, values) - answers
    pull = np.einsum("bnv,bv->bn", values, error)
    slope = weight * (pull - (weight * pull).sum(axis=1, keepdims=True)) / (len(queries) * np.sqrt(FEATURES))
    found: Array = queries.T @ np.einsum("bn,bnf->bf", slope, keys)
    return found


def learned(p: LearnedAttention, task: Task, rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """What one head does on new keys, before and after learning."""
    kinds = rng.standard_normal((task.kinds, FEATURES))
    matrix = rng.standard_normal((FEATURES, FEATURES)) / np.sqrt(FEATURES)  # scores of standard deviation 1
    fresh = batch(task, kinds, 500, rng)
    ideal = {"ideal": float(posterior(task, kinds, *fresh[:2])[:, task.relevant :].sum(axis=1).mean())}
    found = {"before": _measured(matrix, task, *fresh) | ideal}
    mean, square = np.zeros_like(matrix), np.zeros_like(matrix)
    for k in range(1, p.steps + 1):
        slope = gradient(matrix, *batch(task, kinds, p.batch, rng))
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        step = mean / (1 - 0.9**k) / (np.sqrt(square / (1 - 0.999**k)) + 1e-8)
        matrix = matrix - p.learning_rate * step
    return {**found, "after": _measured(matrix, task, *fresh) | ideal}


def posterior(task: Task, kinds: Array, queries: Array, keys: Array) -> Array:
    """Weights (count, keys) of the observer with the smallest error, who knows kinds, noise and how many are relevant.

    Equation
        w_k = P(k is relevant | keys, exactly R are)/R = l_k e_(R-1)(l without l_k)/(R e_R(l)), with the ratio of
        likelihoods l_k = p(key | asked kind)/mean_j p(key | other kind j), e_r the elementary symmetric polynomials;
        where all keys count, 1 over their number
    """
    if task.all_count:
        return np.full(keys.shape[:2], 1 / task.keys)
    distance = ((keys[:, :, None] - kinds) ** 2).sum(axis=3)
    likelihood = np.exp(-(distance - distance.min(axis=2, keepdims=True)) / (2 * task.noise**2))
    asked = (queries[:, None] == kinds).all(axis=2)[:, None]
    own = (likelihood * asked).sum(axis=2)
    ratio = own / np.maximum((likelihood * ~asked).sum(axis=2), 1e-300)
    ratio = ratio / ratio.max(axis=1, keepdims=True)
    before, after = _polynomials(ratio, task.relevant), _polynomials(ratio[:, ::-1], task.relevant)[:, ::-1]
    without = sum(before[:, :-1, r] * after[:, 1:, task.relevant - 1 - r] for r in range(task.relevant))
    chance = ratio * without
    found: Array = chance / chance.sum(axis=1, keepdims=True)
    return found


def _polynomials(x: Array, highest: int) -> Array:
    """Symmetric polynomials e_0 to e_highest of the first 0, 1, ... columns: (rows, columns + 1, degrees)."""
    found = np.zeros((len(x), x.shape[1] + 1, highest + 1))
    found[:, :, 0] = 1.0
    for k in range(x.shape[1]):
        found[:, k + 1, 1:] = found[:, k, 1:] + x[:, k, None] * found[:, k, :-1]
    return found


def _measured(
    matrix: Array, task: Task, queries: Array, keys: Array, values: Array, answers: Array
) -> dict[str, float]:
    weight = weights(matrix, queries, keys)
    error = np.einsum("bn,bnv->bv", weight, values) - answers
    return {
        "ignored": float(weight[:, task.relevant :].sum(axis=1).mean()),
        "effective": float((metrics.participation_ratio(weight) / task.keys).mean()),
        "error": float((error**2).mean() / (answers**2).mean()),
    }
