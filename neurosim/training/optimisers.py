"""Optimisers: gradients to steps."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.params import Array, Params, param


@dataclass(frozen=True, kw_only=True)
class Optimiser(Params, ABC):
    """A rule for steps; what it remembers lives in a list that it makes itself and changes in place."""

    learning_rate: float = param(0.01, doc="learning rate", low=0)

    @abstractmethod
    def memory(self, values: Sequence[Array]) -> list[list[Array]]:
        """What is remembered beside each value."""

    @abstractmethod
    def step(self, values: Sequence[Array], gradients: Sequence[Array], memory: list[list[Array]],
             factors: Sequence[float], count: int) -> None:  # fmt: skip
        """Move every value in place; `factors` multiply the learning rate of each, `count` is 1 at the first step."""


@dataclass(frozen=True, kw_only=True)
class SGD(Optimiser):
    """Stochastic gradient descent with momentum.

    Equation
        v <- momentum * v - learning_rate * g;  w <- w + v
    Source
        Polyak, USSR Comput Math Math Phys 4 (1964).
    """

    momentum: float = param(0.9, doc="share of the last step that is kept", low=0, below=1)

    def memory(self, values: Sequence[Array]) -> list[list[Array]]:
        return [[np.zeros_like(value) for value in values]]

    def step(self, values: Sequence[Array], gradients: Sequence[Array], memory: list[list[Array]],
             factors: Sequence[float], count: int) -> None:  # fmt: skip
        for value, gradient, velocity, factor in zip(values, gradients, memory[0], factors, strict=True):
            velocity *= self.momentum
            velocity -= (self.learning_rate * factor) * gradient
            value += velocity


@dataclass(frozen=True, kw_only=True)
class Adam(Optimiser):
    """Adam: steps scaled by running moments of the gradient.

    Equation
        m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2
        w <- w - learning_rate * sqrt(1 - beta2^t)/(1 - beta1^t) * m/(sqrt(v) + epsilon)
    Source
        Kingma & Ba, ICLR (2015), arXiv:1412.6980, algorithm 1 in the form at the end of its section 2.
    """

    learning_rate: float = param(1e-3, doc="learning rate", low=0)
    beta1: float = param(0.9, doc="memory of the mean", low=0, below=1)
    beta2: float = param(0.999, doc="memory of the square", low=0, below=1)
    epsilon: float = param(1e-8, doc="added to the root", above=0)

    def memory(self, values: Sequence[Array]) -> list[list[Array]]:
        return [[np.zeros_like(value) for value in values] for _ in range(3)]

    def step(self, values: Sequence[Array], gradients: Sequence[Array], memory: list[list[Array]],
             factors: Sequence[float], count: int) -> None:  # fmt: skip
        size = self.learning_rate * np.sqrt(1.0 - self.beta2**count) / (1.0 - self.beta1**count)
        for value, gradient, mean, square, room, factor in zip(
            values, gradients, *memory, factors, strict=True
        ):  # fmt: skip
            # In place throughout: a fresh array per operation would take most of the time.
            np.multiply(gradient, 1.0 - self.beta1, out=room)
            mean *= self.beta1
            mean += room
            np.multiply(gradient, gradient, out=room)
            room *= 1.0 - self.beta2
            square *= self.beta2
            square += room
            np.sqrt(square, out=room)
            room += self.epsilon
            np.divide(mean, room, out=room)
            room *= size * factor
            value -= room
