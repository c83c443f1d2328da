"""A face detector (MTCNN): three small networks with one learned slope per channel below threshold (PReLU)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from neurosim.activations import PReLU
from neurosim.params import ParameterError, choice
from neurosim.real.convolution import convolve, largest
from neurosim.real.layers import Hook, passed_on, pictures, taken
from neurosim.real.single_precision import Singles, softmax
from neurosim.real.table import folder
from neurosim.real.torch_file import read_tensors

Net = Literal["pnet", "rnet", "onet"]
NETS: tuple[Net, ...] = ("pnet", "rnet", "onet")

_POOLS: Mapping[Net, tuple[tuple[int, int], ...]] = {
    "pnet": ((2, 2),), "rnet": ((3, 2), (3, 2)), "onet": ((3, 2), (3, 2), (2, 2))
}  # fmt: skip
"""Size and stride of the pooling after the first convolutions."""
_HEADS: Mapping[Net, tuple[str, str]] = {
    "pnet": ("conv4_1", "conv4_2"), "rnet": ("dense5_1", "dense5_2"), "onet": ("dense6_1", "dense6_2")
}  # fmt: skip
"""Layers that say whether there is a face, and how the box is to be corrected."""


@dataclass(frozen=True, eq=False)
class FaceNet:
    """One of MTCNN's three networks: is there a face in a window, and how is the window to be moved.

    Equation
        drive = linear map or convolution (without padding) + bias, activity = drive if drive > 0 else slope drive;
        after the first convolutions the largest of 2 x 2 or 3 x 3 in steps of 2
    Shapes
        pictures (n, height, width, 3); faces (n, ...), boxes (n, ..., 4), where ... is a map of windows of 12 x 12 in
        steps of 2 for "pnet" and nothing for "rnet" (24 x 24) and "onet" (48 x 48)
    Raises:
        ParameterError: a tensor that is missing or has another shape.
    Source
        Zhang, Zhang, Li & Qiao, IEEE Signal Process Lett 23 (2016) 1499; PReLU: He et al., ICCV (2015).

    Args:
        net: which of the three.
        tensors: by the names of the package facenet-pytorch.
    """

    net: Net
    tensors: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        choice(self.net, "FaceNet: net", NETS)
        for name in self.layers:
            number = name.removeprefix("conv").removeprefix("dense")
            weights = taken(self.tensors, f"{name}.weight", (None,) * (4 if name.startswith("conv") else 2), "FaceNet")
            for other in (f"{name}.bias", f"prelu{number}.weight"):
                taken(self.tensors, other, (len(weights),), "FaceNet")
        for name, outputs in zip(_HEADS[self.net], (2, 4), strict=True):
            dimensions = (outputs, None, 1, 1) if name.startswith("conv") else (outputs, None)
            taken(self.tensors, f"{name}.weight", dimensions, "FaceNet")
            taken(self.tensors, f"{name}.bias", (outputs,), "FaceNet")

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers with learned slopes, in order."""
        return {
            "pnet": ("conv1", "conv2", "conv3"),
            "rnet": ("conv1", "conv2", "conv3", "dense4"),
            "onet": ("conv1", "conv2", "conv3", "conv4", "dense5"),
        }[self.net]

    def slopes(self, layer: str) -> Singles:
        """Learned slopes below threshold of a layer, one per channel."""
        number = layer.removeprefix("conv").removeprefix("dense")
        return np.asarray(self.tensors[f"prelu{number}.weight"], dtype=np.float32)

    def activation(self, layer: str) -> PReLU:
        """The activation of a layer as a part of this package."""
        return PReLU(negative_slopes=tuple(self.slopes(layer).tolist()))

    def run(self, x: Any, hook: Hook | None = None) -> tuple[Singles, Singles]:
        """Probability of a face, and the corrections of the box (left, top, right, bottom) in widths and heights.

        Args:
            x: pictures (n, height, width, 3) in red, green and blue, from `prepared`.
            hook: sees drives and activities of every layer, and may change the activities.
        """
        x = pictures(x, 3, "FaceNet")
        for k, name in enumerate(self.layers):
            if name.startswith("dense") and x.ndim == 4:
                x = np.ascontiguousarray(x.transpose(0, 2, 1, 3)).reshape(len(x), -1)  # columns, rows, channels
            drive = self._linear(x, name)
            x = passed_on(hook, name, drive, np.where(drive > 0, drive, drive * self.slopes(name)))
            if k < len(_POOLS[self.net]):
                size, stride = _POOLS[self.net][k]
                x = largest(x, (size, size), (stride, stride))
        face, box = (self._linear(x, name) for name in _HEADS[self.net])
        return softmax(face)[..., 1], box

    def _linear(self, x: Singles, name: str) -> Singles:
        weights, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        if weights.ndim == 4:
            return convolve(x, np.asarray(weights.transpose(2, 3, 1, 0)), bias)
        if x.shape[1] != weights.shape[1]:
            raise ParameterError(f"FaceNet {self.net}: got pictures of another size than it takes (24 or 48 pixels)")
        return np.asarray(x @ weights.T + bias)


def prepared(pictures_rgb: Any) -> Singles:
    """Pictures in red, green and blue from 0 to 255, (n, height, width, 3), as the networks take them."""
    return np.asarray((pictures(pictures_rgb, 3, "prepared") - np.float32(127.5)) / np.float32(128.0))


def corrected(boxes: Any, corrections: Any) -> Singles:
    """Boxes moved as a network says.

    Equation
        left' = left + c_1 width, top' = top + c_2 height, right' = right + c_3 width, bottom' = bottom + c_4 height
    Shapes
        boxes and corrections (..., 4): left, top, right, bottom; a box includes its last row and column
    Source
        Girshick et al., CVPR (2014), appendix C, for corners in place of centre and size.
    """
    boxes, corrections = (np.asarray(values, dtype=np.float32) for values in (boxes, corrections))
    size = boxes[..., 2:] - boxes[..., :2] + 1
    return np.asarray(boxes + corrections * np.concatenate([size, size], axis=-1))


def face_net(net: Net) -> FaceNet:
    """One of the networks that were fetched as "mtcnn".

    Raises:
        NotFetchedError: they were not fetched; the message holds the command.
    """
    choice(net, "face_net", NETS)
    return FaceNet(net, read_tensors(folder("mtcnn") / f"{net}.pt"))
