"""How the strength of lateral connections falls with distance, on a line, a ring, a grid or a torus."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from neurosim.gate import shown
from neurosim.params import (
    Array,
    DimensionError,
    ParameterError,
    ParamInfo,
    Params,
    choice,
    count,
    finite,
    fits,
    flag,
    number,
    param,
    real,
    whole,
)
from neurosim.registry import exports

Topology = Literal["line", "ring", "grid", "torus"]


class KernelWidthError(ParameterError):
    """A kernel or reach that goes farther than there are units."""


@dataclass(frozen=True, kw_only=True)
class Kernel(Params, ABC):
    """Strength of a connection as a function of distance; neighbouring units are 1 apart."""

    free_signed: ClassVar[bool] = False
    """Whether strengths can be negative, which a signed projection does not take."""

    @abstractmethod
    def __call__(self, distance: Array) -> Array:
        """Strength at these distances (any shape)."""

    @property
    @abstractmethod
    def width(self) -> float:
        """Distance over which the strength falls; 0 where it does not fall."""


@dataclass(frozen=True, kw_only=True)
class Uniform(Kernel):
    """The same strength at every distance: 1."""

    def __call__(self, distance: Array) -> Array:
        return np.ones_like(finite(distance, "1", "Uniform: distance"))

    @property
    def width(self) -> float:
        return 0.0


@dataclass(frozen=True, kw_only=True)
class Gaussian(Kernel):
    """A bell of height 1.

    Equation
        exp(-distance^2 / (2 sigma^2))
    """

    sigma: float = param(3.0, doc="standard deviation, in distances of neighbours", above=0)

    def __call__(self, distance: Array) -> Array:
        values: Array = np.exp(-0.5 * np.square(_ratio(distance, self.sigma, "Gaussian")))
        return values

    @property
    def width(self) -> float:
        return self.sigma


@dataclass(frozen=True, kw_only=True)
class Exponential(Kernel):
    """An exponential fall from height 1.

    Equation
        exp(-distance / length)
    """

    length: float = param(3.0, doc="distance over which the strength falls to 1/e", above=0)

    def __call__(self, distance: Array) -> Array:
        values: Array = np.exp(-_ratio(distance, self.length, "Exponential"))
        return values

    @property
    def width(self) -> float:
        return self.length


@dataclass(frozen=True, kw_only=True)
class DifferenceOfGaussians(Kernel):
    """Mexican hat: a narrow Gaussian minus a broad one, each of area 1 before weighting. Free-signed.

    Equation
        g(distance, sigma_e) - ratio * g(distance, sigma_i),
        g(d, s) = exp(-d^2 / (2 s^2)) / (sqrt(2 pi) s)^dimensions
    Source
        Rodieck, Vision Res 5 (1965) 583.
    """

    free_signed: ClassVar[bool] = True

    sigma_e: float = param(1.0, doc="standard deviation of the positive part, in distances of neighbours", above=0)
    sigma_i: float = param(3.0, doc="standard deviation of the negative part, in distances of neighbours", above=0)
    ratio: float = param(0.9, doc="area of the negative part over that of the positive part", low=0)
    dimensions: int = param(1, doc="1 on a line or ring, 2 on a grid or torus", choices=(1, 2))

    def __call__(self, distance: Array) -> Array:
        return self._bell(distance, self.sigma_e) - self.ratio * self._bell(distance, self.sigma_i)

    def _bell(self, distance: Array, sigma: float) -> Array:
        return Gaussian(sigma=sigma)(distance) / (math.sqrt(2 * math.pi) * sigma) ** self.dimensions

    @property
    def width(self) -> float:
        return max(self.sigma_e, self.sigma_i)


def distances(shape: int | Sequence[int], topology: Topology = "ring") -> Array:
    """Euclidean distance between any two units, the short way round on a ring or torus.

    Shapes
        (n, n); a grid's unit i sits in row i // columns, column i % columns
    """
    sides = _sides(shape, topology, "distances")
    fits(math.prod(float(side) for side in sides) ** 2, "distances: shape", "fewer units")
    squared = np.zeros((1, 1))
    for side in sides:
        gap = np.abs(np.subtract.outer(np.arange(side), np.arange(side))).astype(np.float64)
        if topology in ("ring", "torus"):
            gap = np.minimum(gap, side - gap)
        n = squared.shape[0] * side
        squared = (squared[:, None, :, None] + np.square(gap)[None, :, None, :]).reshape(n, n)
    return np.sqrt(squared)


def distance_kernel(
    shape: int | Sequence[int], kernel: Kernel, topology: Topology = "ring", *, self_connections: bool = False
) -> Array:
    """Lateral weights that depend on distance only; `W[i, i]` is 0 unless self-connections are asked for.

    Shapes
        (n, n), (post, pre); symmetric
    Raises:
        KernelWidthError: the kernel is wider than half the ring (its two tails would meet).
        ParameterError: the shape does not fit.
    """
    if not isinstance(kernel, Kernel):
        raise DimensionError(
            f"distance_kernel: kernel: got {shown(kernel)}, expected a Kernel such as Gaussian(sigma=3.0)"
        )
    sides = _sides(shape, topology, "distance_kernel")
    flag(self_connections, "distance_kernel: self_connections")
    # Distances, the kernel of them and what is between: three arrays of (units, units) at once.
    fits(3.0 * math.prod(sides) ** 2, "distance_kernel: shape", "fewer units, or the uniform kernel, which stores none")
    if topology in ("ring", "torus") and kernel.width > min(sides) / 2:
        raise KernelWidthError(
            f"distance_kernel: got the kernel {type(kernel).__name__} of width {kernel.width:g} on a {topology} of "
            f"{' x '.join(map(str, sides))} units, expected at most {min(sides) / 2:g}, half the way round"
        )
    if isinstance(kernel, DifferenceOfGaussians) and kernel.dimensions != len(sides):
        raise ParameterError(
            f"distance_kernel: got DifferenceOfGaussians.dimensions = {kernel.dimensions} on a {topology}, "
            f"expected {len(sides)}"
        )
    weights = kernel(distances(shape, topology))
    if not self_connections:
        np.fill_diagonal(weights, 0.0)
    return weights


def _ratio(distance: Any, width: float, name: str) -> Array:
    """Distance over width; infinite where it is beyond what float64 can hold, and the strength 0."""
    with np.errstate(over="ignore"):
        return np.minimum(finite(distance, "1", f"{name}: distance", low=0) / width, 1e150)


def _sides(shape: int | Sequence[int], topology: Topology, where: str) -> tuple[int, ...]:
    choice(topology, "topology", get_args(Topology))
    expected = 1 if topology in ("line", "ring") else 2
    several = isinstance(shape, Sequence) and not isinstance(shape, str | bytes)
    parts: Any = shape if several else (shape,)
    sides = tuple(whole(side, f"{where}: shape", low=1) for side in parts)
    if len(sides) != expected:
        form = "one number of units" if expected == 1 else "(rows, columns)"
        raise ParameterError(f"{where}: shape: got {shown(shape)}, expected {form} on a {topology}, each at least 1")
    return sides


@dataclass(frozen=True)
class UniformLateral:
    """Every unit to every other one with the same weight, as an operator: n numbers of work, no n x n matrix.

    Units
        value drive per Hz = s, >= 0
    """

    n: int
    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", count(self.n, "UniformLateral.n"))
        weight = number(self.value, ParamInfo("s", "weight of each connection", low=0), "UniformLateral.value")
        object.__setattr__(self, "value", weight)

    @property
    def shape(self) -> tuple[int, int]:
        """(post, pre), as of the matrix."""
        return self.n, self.n

    def __matmul__(self, rates: Array) -> Array:
        """`W @ rates` for (units,) or (units, columns)."""
        rates = real(rates, "Hz", "UniformLateral: rates")
        if rates.ndim not in (1, 2) or rates.shape[0] != self.n:
            raise ParameterError(
                f"UniformLateral: got rates of shape {rates.shape}, expected ({self.n},) or ({self.n}, k)"
            )
        drive: Array = self.value * (rates.sum(axis=0) - rates)
        return drive

    def apply(self, rates: Array) -> Array:
        """Drive that these rates cause: (trials, units) in Hz -> (trials, units); NaN and infinite rates give NaN."""
        rates = real(rates, "Hz", "UniformLateral: rates")
        if rates.ndim != 2 or rates.shape[1] != self.n:
            raise ParameterError(f"UniformLateral: got rates of shape {rates.shape}, expected (trials, {self.n})")
        drive: Array = self.value * (rates.sum(axis=1, keepdims=True) - rates)
        return drive

    def toarray(self) -> Array:
        """The dense matrix."""
        return self.value * (1.0 - np.eye(self.n))


__all__, __dir__ = exports(globals())
