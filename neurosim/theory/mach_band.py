"""Mach bands in closed form: how much lateral inhibition overshoots beside a step."""

import math
from typing import Any

from neurosim.params import ParamInfo, number

_STRENGTH = ParamInfo("1", "total inhibition of a unit by its neighbours", low=0.0)
_LENGTH = ParamInfo("1", "length of the kernel in distances of neighbours", above=0.0)


def mach_band(strength: Any, length: Any) -> float:
    """Overshoot over plateau step of an infinite unrectified line with exponential inhibition (no self-inhibition).

    Equation
        With q = exp(-1/length), C = K (1 - q)/(2 q), A = 1 + q^2 - 2 C q^2, B = q (1 - C), the response r to light e
        obeys A r_n - B (r_{n-1} + r_{n+1}) = (1 + q^2) e_n - q (e_{n-1} + e_{n+1}). Beside a step of height 1 it
        leaves its plateau as a s^n, with s the root of A = B (s + 1/s) inside the unit circle and
        a = (q - B/(1 + K))/(A + B - B s). From K = (1 + q)/(1 - q) on no such response exists (NaN): neighbours
        silence each other in turn.
    Args:
        strength: total inhibition K, the sum over all neighbours' weights times the gain.
        length: over which the kernel falls by a factor e, in distances of neighbours.

    Raises:
        ParameterError: a negative strength, a length that is not positive.
    Source
        The equation of Hartline & Ratliff, J Gen Physiol 40 (1957), solved on a line (derived here).
    """
    k = number(strength, _STRENGTH, "mach_band: strength")
    q = math.exp(-1.0 / number(length, _LENGTH, "mach_band: length"))
    if k * (1 - q) >= 1 + q:
        return math.nan
    if q == 0:  # no neighbour within reach
        return 0.0
    share = k * (1 - q) / (2 * q)
    a, b = 1 + q * q - 2 * share * q * q, q * (1 - share)
    root = 2 * b / (a + math.sqrt(a * a - 4 * b * b))
    return (1 + k) * (q - b / (1 + k)) / (a + b - b * root)
