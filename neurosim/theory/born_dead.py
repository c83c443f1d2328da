"""ReLU networks that are dead before they have learned anything."""

import math
from collections.abc import Sequence
from typing import Any

from neurosim.gate import labels, shown, whole
from neurosim.params import ParameterError, ParamInfo, number

_PROBABILITY = ParamInfo("1", "probability", above=0.0, below=1.0)
_DEEPEST = 100_000


def born_dead(widths: Sequence[int]) -> float:
    """Probability that a ReLU network gives the same answer to all inputs of one direction, whatever it was trained on.

    Every weight is drawn independently from a distribution symmetric around 0 without an atom there, and the biases
    are 0 (He's, Kaiming's, LeCun's and Xavier's initialisations all are so; their scale does not matter). Then every
    unit is silent with probability 1/2, and a layer in which all units are silent is the end.

    Equation
        P = 1 - prod_l (1 - 2^-N_l), over the hidden layers
    Args:
        widths: number of units of every hidden layer.

    Raises:
        ParameterError: a width below 1.
    Source
        Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019) (for layers of equal width).
    """
    given = labels(widths, "born_dead: widths", low=1)
    if given.ndim != 1 or not given.size:
        raise ParameterError(f"born_dead: widths: got {shown(widths)}, expected whole numbers >= 1, one per layer")
    return _dead(given.tolist())


def width_against_death(hidden: int, probability: Any) -> int:
    """Fewest units per layer with which a network of so many hidden layers is born dead less often than this.

    Equation
        N = ceil(-log2(1 - (1 - P)^(1/L)))
    Raises:
        ParameterError: no layers, or a probability outside (0, 1).
    """
    layers = whole(hidden, "width_against_death: hidden", low=1, high=_DEEPEST)
    wanted = number(probability, _PROBABILITY, "width_against_death: probability")
    width = max(1, math.ceil(-math.log2(-math.expm1(math.log1p(-wanted) / layers)) - 1e-9))
    while _dead([width] * layers) > wanted:  # where rounding decides
        width += 1
    return width


def _dead(widths: Sequence[int]) -> float:
    return -math.expm1(sum(math.log1p(-(2.0**-width)) if width > 1 else math.log(0.5) for width in widths))
