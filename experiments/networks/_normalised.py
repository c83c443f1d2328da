"""Batch normalisation by hand: drives, gradients, and a layer that learns behind it."""

import math

import numpy as np

from neurosim.params import Array


def normalised(z: Array, kind: str, beta: float | Array) -> tuple[Array, Array]:
    """Drives (batch, units) after plain, offset-only or full batch normalisation, and what they were divided by."""
    if kind == "plain":
        return z, np.ones(z.shape[1])
    centred = z - z.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0) + 1e-12) if kind == "normalised" else np.ones(z.shape[1])
    return centred / spread + beta, spread


def normalised_gradient(back: Array, y: Array, spread: Array, kind: str) -> Array:
    """The gradient by z from that by `normalised(z)` (Ioffe & Szegedy, section 3); y is the result without offset."""
    if kind == "plain":
        return back
    back = back - back.mean(axis=0)
    if kind == "normalised":
        back = (back - y * (back * y).mean(axis=0)) / spread
    return back


def fitted(
    x: Array, target: Array, width: int, learned: bool, steps: int, rng: np.random.Generator, rate: float = 0.2
) -> tuple[float, float, float]:
    """Loss and active fractions of a normalised ReLU layer and a linear read-out after full-batch gradient descent."""
    w, v = rng.standard_normal((width, x.shape[1])) / 8.0, rng.standard_normal((10, width)) * math.sqrt(1.0 / width)
    beta, c = np.zeros(width), np.zeros(10)
    for step in range(steps + 1):
        drive, spread = normalised(x @ w.T, "normalised", beta)
        h = np.maximum(drive, 0.0)
        said = np.exp(h @ v.T + c - (h @ v.T + c).max(axis=1, keepdims=True))
        said /= said.sum(axis=1, keepdims=True)
        if step == steps:
            break
        error = (said - target) / len(x)
        back = (error @ v) * (drive > 0)
        v, c = v - rate * error.T @ h, c - rate * error.sum(axis=0)
        w = w - rate * normalised_gradient(back, drive - beta, spread, "normalised").T @ x
        beta = beta - rate * back.sum(axis=0) if learned else beta
    active = (drive > 0).mean(axis=0)
    return float(-np.log((said * target).sum(axis=1)).mean()), float(active.mean()), float(active.std())
