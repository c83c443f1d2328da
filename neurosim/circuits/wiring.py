"""Weight matrices (post, pre): pure functions of the two sizes and a random generator.

Weights between distances live in [kernels][neurosim.circuits.kernels]. Functions that return negative weights as well
say "free-signed": they belong to projections without a sign.
"""

import math
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from neurosim.circuits.kernels import DifferenceOfGaussians as DifferenceOfGaussians
from neurosim.circuits.kernels import Exponential as Exponential
from neurosim.circuits.kernels import Gaussian as Gaussian
from neurosim.circuits.kernels import Kernel as Kernel
from neurosim.circuits.kernels import Uniform as Uniform
from neurosim.circuits.kernels import UniformLateral as UniformLateral
from neurosim.circuits.kernels import distance_kernel as distance_kernel
from neurosim.circuits.kernels import distances as distances
from neurosim.params import Array, ParameterError, ParamInfo, count, finite, fits, flag, number, whole
from neurosim.randomness import generator
from neurosim.registry import exports

if TYPE_CHECKING:
    # imported where it is used: it costs a third of the time that importing neurosim may take
    from scipy.sparse import csr_array


def identity(n_post: int, n_pre: int, rng: np.random.Generator | None = None, *, scale: float = 1.0) -> Array:
    """One to one, all with weight `scale`; nothing random (`rng` is there so that all wirings are called alike)."""
    _sizes(n_post, n_pre)
    if rng is not None:
        generator(rng, "identity")
    if n_post != n_pre:
        raise ParameterError(f"identity: got {n_post} units from {n_pre}, expected as many as there are inputs")
    weights: Array = _finite("identity: scale", scale) * np.eye(n_post)
    return weights


def random_normal(n_post: int, n_pre: int, rng: np.random.Generator, *, scale: float = 1.0) -> Array:
    """Independent Gaussian weights of mean 0 and standard deviation `scale`. Free-signed."""
    _sizes(n_post, n_pre)
    return generator(rng, "wiring").normal(0.0, _finite("random_normal: scale", scale, low=0), (n_post, n_pre))


def random_uniform(n_post: int, n_pre: int, rng: np.random.Generator, *, low: float = 0.0, high: float = 1.0) -> Array:
    """Independent weights, uniform in [low, high)."""
    _sizes(n_post, n_pre)
    least, most = _finite("random_uniform: low", low), _finite("random_uniform: high", high)
    if not least < most < least + np.finfo(float).max:
        raise ParameterError(
            f"random_uniform: got low {least:g} and high {most:g}, expected low < high, less than 1.8e308 apart"
        )
    return generator(rng, "wiring").uniform(least, most, (n_post, n_pre))


def random_signs(n_post: int, n_pre: int, rng: np.random.Generator, *, scale: float = 1.0) -> Array:
    """Independent weights +scale or -scale, equally likely. Free-signed."""
    _sizes(n_post, n_pre)
    signs = generator(rng, "wiring").choice(np.array([-1.0, 1.0]), (n_post, n_pre))
    return signs * _finite("random_signs: scale", scale, low=0)


def he_normal(n_post: int, n_pre: int, rng: np.random.Generator) -> Array:
    """Gaussian weights that keep the second moment through ReLU layers: variance 2/n_pre. Free-signed.

    Source
        He, Zhang, Ren & Sun, ICCV (2015), eq. 10.
    """
    _sizes(n_post, n_pre)
    return random_normal(n_post, n_pre, rng, scale=math.sqrt(2 / n_pre))


def xavier_normal(n_post: int, n_pre: int, rng: np.random.Generator) -> Array:
    """Gaussian weights of variance 2/(n_pre + n_post), for curves of slope 1 at 0. Free-signed.

    Source
        Glorot & Bengio, AISTATS (2010), eq. 12.
    """
    _sizes(n_post, n_pre)
    return random_normal(n_post, n_pre, rng, scale=math.sqrt(2 / (n_pre + n_post)))


def sparse_fixed_indegree(
    n_post: int,
    n_pre: int,
    rng: np.random.Generator,
    *,
    indegree: int,
    weight: float = 1.0,
    self_connections: bool = True,
) -> "csr_array":
    """Every unit hears `indegree` different units, all with the same weight.

    Args:
        n_post: number of receiving units.
        n_pre: number of sending units.
        rng: where the choice comes from.
        indegree: number of connections per receiving unit.
        weight: of each connection.
        self_connections: False where both sides are the same population and no unit may hear itself.
    """
    offered = _offered(n_post, n_pre, self_connections)
    each = whole(indegree, "sparse_fixed_indegree: indegree", low=0, high=offered)
    fits(float(n_post) * each, "sparse_fixed_indegree: n_post and indegree", "fewer connections")
    return _sparse(np.full(n_post, each), n_pre, rng, weight, self_connections)


def sparse_bernoulli(
    n_post: int,
    n_pre: int,
    rng: np.random.Generator,
    *,
    probability: float,
    weight: float = 1.0,
    self_connections: bool = True,
) -> "csr_array":
    """Every pair is connected with the same probability, all with the same weight.

    Args:
        n_post: number of receiving units.
        n_pre: number of sending units.
        rng: where the choice comes from.
        probability: of each connection.
        weight: of each connection.
        self_connections: False where both sides are the same population and no unit may hear itself.
    """
    offered = _offered(n_post, n_pre, self_connections)
    chance = number(probability, ParamInfo("1", "of each connection", low=0, high=1), "sparse_bernoulli: probability")
    fits(float(n_post) * offered * chance, "sparse_bernoulli: n_post, n_pre and probability", "fewer connections")
    # a binomial number of different partners is the same law as one coin per pair, without n_post * n_pre coins
    partners = generator(rng, "wiring").binomial(offered, chance, n_post)
    return _sparse(partners, n_pre, rng, weight, self_connections)


@overload
def normalise_rows(weights: Array, total: float) -> Array: ...
@overload
def normalise_rows(weights: "csr_array", total: float) -> "csr_array": ...
def normalise_rows(weights: "Array | csr_array", total: float) -> "Array | csr_array":
    """The same weights, each row scaled so that its magnitudes sum to `total`.

    Raises:
        ParameterError: a row without any weight, which no factor can scale.
    """
    aim = _finite("normalise_rows: total", total, low=0)
    if hasattr(weights, "tocsr"):
        scaled = weights.tocsr(copy=True)
        finite(scaled.data, "", "normalise_rows: weights")
        rows = np.repeat(np.arange(scaled.shape[0]), np.diff(scaled.indptr))
        largest = np.zeros(scaled.shape[0])
        np.maximum.at(largest, rows, np.abs(scaled.data))
        # a power of two changes no digit, and the sums neither overflow nor vanish
        scaled.data = np.ldexp(scaled.data, -np.frexp(largest)[1][rows])
        scaled.data = scaled.data * _row_factors(abs(scaled).sum(axis=1), aim)[rows]
        return scaled
    matrix = finite(weights, "", "normalise_rows: weights")
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ParameterError(f"normalise_rows: weights: got shape {matrix.shape}, expected (post, pre)")
    matrix = np.ldexp(matrix, -np.frexp(np.abs(matrix).max(axis=1, keepdims=True))[1])
    return np.asarray(matrix * _row_factors(np.abs(matrix).sum(axis=1), aim)[:, None], dtype=np.float64)


def _row_factors(sums: Any, total: float) -> Array:
    given = np.asarray(sums, dtype=np.float64).ravel()
    bad = np.flatnonzero(given == 0)
    if bad.size:
        raise ParameterError(
            f"normalise_rows: weights: row {bad[0]} sums to 0, expected a sum > 0 to scale to {total:g}"
        )
    factors: Array = total / given
    return factors


def gabor_filters(n: int, size: int, rng: np.random.Generator) -> Array:
    """Gabor-like receptive fields of random place, orientation, phase and frequency. Free-signed.

    Equation
        exp(-(u^2 + v^2 / 4) / (2 s^2)) cos(2 pi f u + phase), u along the wave, s = 0.5 / f, then mean 0 and norm 1
    Shapes
        (n, size * size), pixels row by row
    Source
        Jones & Palmer, J Neurophysiol 58 (1987) 1233 (the shape).
    """
    count(n, "gabor_filters: n")
    # a grid of 4 holds one period
    count(size, "gabor_filters: size", low=4)
    fits(float(n) * size * size, "gabor_filters: n and size", "fewer or smaller pictures")
    # one to two periods per picture: at least the two pixels per period that a grid of 4 can show
    frequency = generator(rng, "wiring").uniform(1.0, 2.0, n)[:, None] / size
    angle = rng.uniform(0, np.pi, n)[:, None]
    phase = rng.uniform(0, 2 * np.pi, n)[:, None]
    centre = rng.uniform(0.25, 0.75, (2, n, 1)) * (size - 1)
    row, column = np.divmod(np.arange(size * size), size)
    y, x = row - centre[0], column - centre[1]
    u = x * np.cos(angle) + y * np.sin(angle)
    v = y * np.cos(angle) - x * np.sin(angle)
    envelope = np.exp(-2 * np.square(frequency) * (np.square(u) + np.square(v) / 4))
    filters: Array = envelope * np.cos(2 * np.pi * frequency * u + phase)
    filters -= filters.mean(axis=1, keepdims=True)
    filters /= np.linalg.norm(filters, axis=1, keepdims=True)
    return filters


def principal_components(data: Array, n: int) -> Array:
    """Directions of largest variance, first the largest. Free-signed.

    The data are centred; the sign is chosen such that the entry of largest magnitude is positive.

    Shapes
        data (samples, features) -> (n, features), orthonormal rows
    """
    data = finite(data, "", "principal_components: data")
    if data.ndim != 2 or data.size == 0:
        raise ParameterError(f"principal_components: data: got shape {data.shape}, expected (samples, features)")
    # directions have no scale: a power of two keeps their digits and the squares finite
    data = np.ldexp(data, -int(np.frexp(np.abs(data).max())[1]))
    # centring takes one dimension away
    most = min(data.shape[0] - 1, data.shape[1])
    if most < 1:
        raise ParameterError(f"principal_components: data: got shape {data.shape}, expected at least two samples")
    whole(n, "principal_components: n", low=1, high=most)
    _, _, rows = np.linalg.svd(data - data.mean(axis=0), full_matrices=False)
    chosen: Array = rows[:n]
    largest = np.take_along_axis(chosen, np.abs(chosen).argmax(axis=1)[:, None], axis=1)
    signed: Array = chosen * np.sign(largest)
    return signed


def _sparse(degrees: Any, n_pre: int, rng: np.random.Generator, weight: float, self_connections: bool) -> "csr_array":
    from scipy.sparse import csr_array

    generator(rng, "wiring")
    _finite("wiring: weight", weight)
    offered = n_pre if self_connections else n_pre - 1
    columns = []
    for row, degree in enumerate(degrees):
        chosen = np.sort(rng.choice(offered, degree, replace=False, shuffle=False))
        # without self-connections the numbers from the diagonal on move up by one
        columns.append(chosen if self_connections else chosen + (chosen >= row))
    starts = np.concatenate([[0], np.cumsum(degrees)])
    indices = np.concatenate(columns)
    return csr_array((np.full(indices.size, float(weight)), indices, starts), shape=(len(degrees), n_pre))


def _offered(n_post: int, n_pre: int, self_connections: bool) -> int:
    _sizes(n_post, n_pre, dense=False)
    if flag(self_connections, "wiring: self_connections"):
        return n_pre
    if n_post != n_pre:
        raise ParameterError(
            f"self_connections=False: got {n_post} x {n_pre} units, expected one population with itself"
        )
    return n_pre - 1


def _sizes(n_post: int, n_pre: int, dense: bool = True) -> None:
    for name, value in (("n_post", n_post), ("n_pre", n_pre)):
        count(value, f"wiring: {name}")
    if dense:
        fits(float(n_post) * n_pre, "wiring: n_post and n_pre", "fewer units, or a sparse wiring")


def _finite(where: str, value: float, low: float | None = None) -> float:
    return number(value, ParamInfo("1", "a weight", low=low), where)


__all__, __dir__ = exports(globals())
