"""Convolution, pooling and enlargement of pictures (n, height, width, channels) in single precision."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from neurosim.params import ParameterError
from neurosim.real.single_precision import Singles

_BUFFER = 2**23
"""Numbers that are laid out for one product of matrices."""


def convolve(
    x: Singles, weights: Singles, bias: Singles, *, stride: tuple[int, int] = (1, 1),
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0)),
) -> Singles:  # fmt: skip
    """What deep learning calls a convolution: weights are not turned round.

    Equation
        y[n, i, j, o] = bias[o] + sum_(a, b, c) weights[a, b, c, o] x[n, s_1 i + a, s_2 j + b, c]
    Shapes
        x (n, height, width, channels), weights (height, width, channels, outputs), bias (outputs,)

    Args:
        x: pictures.
        weights: kernels.
        bias: of every output.
        stride: steps between neighbouring outputs.
        padding: zeros put before and after, in rows and in columns.

    Raises:
        ParameterError: shapes that do not fit.
    """
    high, wide, channels, outputs = weights.shape
    if x.ndim != 4 or x.shape[3] != channels or bias.shape != (outputs,):
        raise ParameterError(
            f"convolve: got pictures {x.shape}, weights {weights.shape} and bias {bias.shape}, expected equal channels "
            "and outputs"
        )
    x = np.pad(x, ((0, 0), *padding, (0, 0))) if any(map(any, padding)) else x
    if x.shape[1] < high or x.shape[2] < wide:
        raise ParameterError(
            f"convolve: got pictures of {x.shape[1]} x {x.shape[2]}, expected at least {high} x {wide}"
        )
    windows = sliding_window_view(x, (high, wide), axis=(1, 2))[:, :: stride[0], :: stride[1]]  # type: ignore[call-overload]
    windows = windows.transpose(0, 1, 2, 4, 5, 3)  # n, rows, columns, then as in the weights
    matrix = np.ascontiguousarray(weights.reshape(-1, outputs))
    found = np.empty((*windows.shape[:3], outputs), dtype=np.float32)
    rows = max(1, _BUFFER // (windows.shape[2] * len(matrix)))
    for picture in range(len(x)):
        for row in range(0, windows.shape[1], rows):
            part = windows[picture, row : row + rows]
            flat = part.reshape(-1, len(matrix)) @ matrix
            found[picture, row : row + rows] = flat.reshape(*part.shape[:2], outputs)
    found += bias
    return found


def largest(x: Singles, size: tuple[int, int], stride: tuple[int, int]) -> Singles:
    """Max pooling; a last window that reaches beyond the edge takes what there is of it.

    Equation
        y[n, i, j, c] = max over 0 <= a < size_1, 0 <= b < size_2 of x[n, s_1 i + a, s_2 j + b, c]
    """
    counts = [-(-max(length - s, 0) // step) + 1 for length, s, step in zip(x.shape[1:3], size, stride, strict=True)]
    ends = [(n - 1) * step + s for n, s, step in zip(counts, size, stride, strict=True)]
    missing = [(0, max(0, end - length)) for end, length in zip(ends, x.shape[1:3], strict=True)]
    padded = np.pad(x, ((0, 0), *missing, (0, 0)), constant_values=-np.inf) if any(map(any, missing)) else x
    found: Any = None
    for a in range(size[0]):
        for b in range(size[1]):
            part = padded[:, a : a + (counts[0] - 1) * stride[0] + 1 : stride[0]]
            part = part[:, :, b : b + (counts[1] - 1) * stride[1] + 1 : stride[1]]
            found = part.copy() if found is None else np.maximum(found, part, out=found)
    return np.asarray(found)


def enlarged(x: Singles, height: int, width: int) -> Singles:
    """Bilinear interpolation to another size, pixels taken as squares (the outermost values go on to the edge)."""
    rows, columns = _between(x.shape[1], height), _between(x.shape[2], width)
    return np.asarray(np.einsum("ai,nijc,bj->nabc", rows, x, columns, optimize=True))


def _between(length: int, wanted: int) -> Singles:
    """(wanted, length): weights of linear interpolation at the centres (k + 1/2) length / wanted - 1/2."""
    centres = np.clip((np.arange(wanted) + 0.5) * (length / wanted) - 0.5, 0, length - 1)
    before = np.minimum(centres.astype(int), max(length - 2, 0))
    part = (centres - before).astype(np.float32)
    weights = np.zeros((wanted, length), dtype=np.float32)
    weights[np.arange(wanted), before] = 1 - part
    if length > 1:
        weights[np.arange(wanted), before + 1] += part
    return weights
