"""Elementwise maps of large float32 arrays, in blocks that stay in the processor's cache."""

from typing import Any

import numpy as np
import numpy.typing as npt

Singles = npt.NDArray[np.float32]

_BLOCK = 2**15
_FAR = np.float32(100.0)
"""Beyond it the tail is 0; its square would overflow further out."""
_P = 0.3275911
_ERFC = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)


def gelu(drive: Any) -> Singles:
    """GELU to 5e-7 of the exact one, several times faster than in double precision.

    Equation
        z Phi(z) = max(0, z) - |z| erfc(|z| / sqrt(2)) / 2,
        erfc(x) = (a_1 t + ... + a_5 t^5) exp(-x^2), t = 1 / (1 + p x)
    Source
        Abramowitz & Stegun (1964), eq. 7.1.26.
    """
    z = np.ascontiguousarray(drive, dtype=np.float32)
    found = np.empty_like(z)
    flat, out = z.reshape(-1), found.reshape(-1)
    scale = np.float32(_P / 2**0.5)
    coefficients = [np.float32(a) for a in _ERFC]
    for start in range(0, flat.size, _BLOCK):
        x = flat[start : start + _BLOCK]
        size = np.minimum(np.abs(x), _FAR)
        t = 1 / (1 + scale * size)
        tail = np.zeros_like(x)
        for a in reversed(coefficients):
            tail += a
            tail *= t
        tail *= np.exp(np.float32(-0.5) * size * size)
        tail *= np.float32(0.5) * size
        np.subtract(np.maximum(x, np.float32(0.0)), tail, out=out[start : start + _BLOCK])
    return found


def softmax(scores: Singles) -> Singles:
    """exp(scores) over the last axis, divided by their sum."""
    found = np.exp(scores - scores.max(axis=-1, keepdims=True))
    found /= found.sum(axis=-1, keepdims=True)
    return np.asarray(found)


def normalised(x: Singles, gain: Singles, bias: Singles, epsilon: float) -> Singles:
    """(x - mean) / sqrt(variance + epsilon) over the last axis, times a gain, plus a bias (layer normalisation)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    centred *= 1 / np.sqrt(variance + np.float32(epsilon))
    centred *= gain
    centred += bias
    return np.asarray(centred)
