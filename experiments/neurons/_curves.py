"""The f-I curve of a LIF neuron in theory, and the activations that lie closest to it."""

import math
from typing import Any

import numpy as np

from neurosim import activations
from neurosim.activations import Siegert
from neurosim.params import Array

SIGMAS = (0.0, 0.1, 0.3, 0.5, 1.0)
"""Noise amplitudes sigma_B: sqrt(2) times the stationary standard deviation of the free membrane potential."""
LOWEST, HIGHEST = -1.0, 3.0
"""Range of the drives (rest 0, threshold 1)."""


def lif_curve(sigma: float, dt: float = 0.0) -> Siegert:
    """Siegert's formula for this noise, which is the closed form where there is none; `dt` corrects for a time step."""
    return Siegert(sigma_stat=sigma / math.sqrt(2), dt=dt)


def fitted(name: str, sigma: float, x: Array) -> tuple[Any, float]:
    """The activation of this name closest to the curve at the drives x (least squares), and its offset in Hz.

    Input shift and output gain are free, and so are the input scale where the activation has a width and the offset of
    the tanh, which is negative on half of its axis. For each shift and scale the best gain (and offset) is linear least
    squares, so only these two are searched: first on a grid, which no local minimum can trap, then refined from its
    three best points.
    """
    from scipy.optimize import least_squares

    y, lowest, highest = lif_curve(sigma)(x), float(x[0]), float(x[-1])
    unit = getattr(activations, name)()
    scaled, free_offset = "width" in unit.info(), float(name == "Tanh")

    def residual(free: Any) -> Array:
        basis = unit.shape((x - free[0]) / np.exp(free[1] if scaled else 0.0))
        gain, offset = _mixed(basis, y, free_offset)
        return gain * basis + offset - y

    # Half-way between the drives, where a step changes what it covers.
    shifts = np.arange(lowest - 1.0, highest, x[1] - x[0]) + (x[1] - x[0]) / 2
    widths = np.linspace(math.log(1e-2), math.log(10.0), 10) if scaled else np.zeros(1)
    basis = unit.shape((x - shifts[:, None, None]) / np.exp(widths)[:, None])
    gain, offset = (np.expand_dims(part, -1) for part in _mixed(basis, y, free_offset))
    error = ((gain * basis + offset - y) ** 2).sum(axis=-1)
    limits = ([lowest - 4.0, math.log(1e-6)], [highest, math.log(50.0)])
    best = []
    for flat in np.argsort(error, axis=None)[:3]:
        row, column = np.unravel_index(flat, error.shape)
        start = [shifts[row], widths[column]][: 1 + scaled]
        best.append((error[row, column], start))
        if name != "Step":
            found = least_squares(residual, start, bounds=tuple(limit[: len(start)] for limit in limits))
            best.append((2 * found.cost, found.x.tolist()))
    shift, *log_width = min(best, key=lambda pair: pair[0])[1]
    width = math.exp(log_width[0]) if scaled else 1.0
    gain, offset = map(float, _mixed(unit.shape((x - shift) / width), y, free_offset))
    # The noise average scales its output with its width; the others do not.
    changes = {"gain": gain / width if name == "NoisyReLU" else gain, "threshold": shift}
    return unit.replace(**changes, **({"width": width} if scaled else {})), offset


def _mixed(basis: Any, y: Array, free_offset: float) -> tuple[Any, Any]:
    """Best gain and offset for curves along the last axis."""
    mean, level = free_offset * basis.mean(axis=-1), free_offset * y.mean()
    centred = basis - np.expand_dims(mean, -1)
    gain = (centred @ (y - level)) / np.maximum((centred**2).sum(axis=-1), 1e-300)
    return gain, level - gain * mean
