"""What the forward passes have in common: a hook at every layer, and a record of drives and activities."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim.params import ParameterError
from neurosim.real.single_precision import Singles

Hook = Callable[[str, Singles, Singles], Any]
"""Told a layer's name, drives and activities; what it returns takes the place of the activities (None: they stay)."""


@dataclass(frozen=True)
class Layers:
    """A hook that keeps the drives and activities of every layer, in order.

    Shapes
        (pictures, height, width, channels) of a convolution, (pictures, units) of a dense layer
    """

    drives: dict[str, Singles] = field(default_factory=dict)
    activities: dict[str, Singles] = field(default_factory=dict)

    def __call__(self, name: str, drive: Singles, activity: Singles) -> None:
        self.drives[name], self.activities[name] = drive, activity


def passed_on(hook: Hook | None, name: str, drive: Singles, activity: Singles) -> Singles:
    """The activities of a layer as a hook leaves them."""
    new = None if hook is None else hook(name, drive, activity)
    if new is None:
        return activity
    found = np.asarray(new, dtype=np.float32)
    if found.shape != activity.shape:
        raise ParameterError(f"the hook at layer {name} returned shape {found.shape}, expected {activity.shape}")
    return found


def taken(tensors: Mapping[str, Any], name: str, shape: tuple[int | None, ...], where: str) -> Singles:
    """A tensor of a file as float32, with the shape that the network needs (None: any length).

    Raises:
        ParameterError: it is missing, has another shape or is not finite.
    """
    found = tensors.get(name)
    expected = " x ".join("any" if length is None else str(length) for length in shape)
    if found is None or len(found.shape) != len(shape):
        got = "none" if found is None else f"shape {found.shape}"
        raise ParameterError(f"{where}: tensor {name}: got {got}, expected {expected}")
    if any(want is not None and have != want for have, want in zip(found.shape, shape, strict=True)):
        raise ParameterError(f"{where}: tensor {name}: got shape {found.shape}, expected {expected}")
    values: Singles = np.asarray(found, dtype=np.float32)
    if not np.isfinite(values).all():
        raise ParameterError(f"{where}: tensor {name}: got NaN or infinity, expected finite numbers")
    return values


def pictures(x: Any, channels: int, where: str) -> Singles:
    """Pictures (n, height, width, channels) as float32.

    Raises:
        ParameterError: another shape, or NaN.
    """
    found = np.asarray(x)
    if found.dtype.kind not in "iuf" or found.ndim != 4 or found.shape[3] != channels or 0 in found.shape:
        raise ParameterError(
            f"{where}: got {found.dtype} of shape {found.shape}, expected (n, height, width, {channels})"
        )
    if not np.isfinite(found).all():
        raise ParameterError(f"{where}: got NaN or infinity, expected finite numbers")
    return found.astype(np.float32)
