"""A network of layers, ready to be trained."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.activations.identity import Identity
from neurosim.activations.relu import ReLU
from neurosim.cells.base import Cell
from neurosim.cells.unit import Unit
from neurosim.circuits import wiring
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.gate import MOST_ENTRIES, function, labels
from neurosim.params import Array, ParameterError
from neurosim.randomness import stream
from neurosim.registry import lookup

_SCHEMES: dict[str, Callable[[int, int, np.random.Generator], Array]] = {
    "he": wiring.he_normal,
    "xavier": wiring.xavier_normal,
}


def layered(
    sizes: Sequence[int],
    activation: Activation | None = None,
    *,
    output: Activation | None = None,
    weights: str | Callable[[int, int, np.random.Generator], Array] = "he",
    bias: float = 0.0,
    seed: int = 0,
) -> tuple[Circuit, dict[str, Cell]]:
    """A fully connected feed-forward circuit of static units: `input`, `hidden1`, ..., `output`.

    Args:
        sizes: number of inputs, of the units of every hidden population, and of outputs.
        activation: of the hidden units (ReLU).
        output: of the last population (identity: logits).
        weights: "he" (variance 2/n_pre), "xavier" (2/(n_pre + n_post)), or a function of (n_post, n_pre, rng).
        bias: of all units.
        seed: of the weights.

    Raises:
        ParameterError: fewer than two sizes, a size below 1, or a scheme that there is not.
        DimensionError: sizes that are no whole numbers.
    """
    counts = labels(sizes, "layered: sizes", low=1, high=MOST_ENTRIES)
    if counts.ndim != 1 or len(counts) < 2:
        raise ParameterError(f"layered: sizes: got shape {counts.shape}, expected at least inputs and outputs in a row")
    sizes = counts.tolist()
    if isinstance(weights, str):
        draw = lookup("weight scheme (weights)", weights, _SCHEMES)
    else:
        draw = function(weights, 3, "layered: weights", '"he", "xavier" or a function of (n_post, n_pre, rng)')
    names = [*(f"hidden{k}" for k in range(1, len(sizes) - 1)), "output"]
    before = ["input", *names[:-1]]
    projections: list[Any] = []
    for pre, post, n_pre, n_post in zip(before, names, sizes[:-1], sizes[1:], strict=True):
        matrix = draw(n_post, n_pre, stream(seed, "weights", post))
        projections.append(Projection(f"to_{post}", pre, post, matrix, sign=None, tau=0.0))
    populations = [Population(name, size, bias) for name, size in zip(names, sizes[1:], strict=True)]
    hidden: Cell = Unit(activation=ReLU() if activation is None else activation)
    cells = dict.fromkeys(names, hidden) | {"output": Unit(activation=Identity() if output is None else output)}
    return Circuit([Input("input", sizes[0])], populations, projections), cells
