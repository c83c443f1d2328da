"""Pictures to show: scikit-learn's digits and photographs, natural patches, IDX folders (MNIST), OpenML on request."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from neurosim.gate import picked
from neurosim.params import (
    Array,
    ParameterError,
    ParamInfo,
    choice,
    count,
    finite,
    fits,
    flag,
    number,
    text,
    whole,
)
from neurosim.params import labels as class_numbers
from neurosim.randomness import generator
from neurosim.reading import a_path
from neurosim.registry import exports, lookup
from neurosim.stimuli import idx_files

Split = Literal["train", "test"]
Photograph = Literal["china", "flower"]

WHITENING_CUTOFF = 200 / 512
"""f0 of the whitening filter in cycles per pixel: 200 cycles per picture of 512 pixels."""


@dataclass(frozen=True, eq=False, repr=False)
class Images:
    """Pictures with or without labels; arrays are read-only.

    Shapes
        images (n, height, width), labels (n,) or None
    Units
        brightness from 0 to 1; patches are signed, with mean 0 each
    Raises:
        ParameterError: no picture, NaN, or labels that do not fit.
    """

    images: Array
    labels: npt.NDArray[np.int64] | None
    name: str
    source: str

    def __post_init__(self) -> None:
        text(self.name, "Images.name")
        text(self.source, "Images.source")
        images = np.array(finite(self.images, "1", f"Images {self.name!r}: images"))
        if images.ndim != 3 or images.size == 0:
            raise ParameterError(
                f"Images {self.name!r}: images: got shape {images.shape}, expected (n, height, width), none of them 0"
            )
        images.setflags(write=False)
        object.__setattr__(self, "images", images)
        if self.labels is not None:
            labels = np.array(class_numbers(self.labels, f"Images {self.name!r}: labels", low=-np.inf))
            if labels.shape != (len(images),):
                raise ParameterError(
                    f"Images {self.name!r}: labels: got shape {labels.shape}, expected ({len(images)},)"
                )
            labels.setflags(write=False)
            object.__setattr__(self, "labels", labels)

    @property
    def flat(self) -> Array:
        """Pictures as rows, (n, height * width)."""
        return self.images.reshape(len(self), -1)

    def select(self, index: Any) -> "Images":
        """Some of the pictures: an index, slice, mask or array of numbers."""
        chosen = picked(len(self), index, "Images.select: index")
        labels = None if self.labels is None else self.labels[chosen]
        return Images(self.images[chosen], labels, self.name, self.source)

    def split(self, train_fraction: float, rng: np.random.Generator) -> tuple["Images", "Images"]:
        """Two disjoint random parts in the original order, with the same share of every label.

        Raises:
            ParameterError: the fraction leaves one of the two parts empty.
        """
        number(train_fraction, ParamInfo("1", "part of the pictures", above=0, below=1), "Images.split: train_fraction")
        generator(rng, "split")
        labels = np.zeros(len(self), dtype=np.int64) if self.labels is None else self.labels
        train = np.zeros(len(self), dtype=bool)
        for label in np.unique(labels):
            members = rng.permutation(np.flatnonzero(labels == label))
            train[members[: round(train_fraction * members.size)]] = True
        if train.all() or not train.any():
            raise ParameterError(
                f"Images.split: train_fraction {train_fraction:g} of {len(self)} pictures leaves a part empty, "
                f"expected at least one picture on both sides"
            )
        return self.select(train), self.select(~train)

    def __len__(self) -> int:
        return int(self.images.shape[0])

    def __repr__(self) -> str:
        count, height, width = self.images.shape
        labelled = "no labels" if self.labels is None else f"{np.unique(self.labels).size} labels"
        return f"Images({self.name!r}, {count} of {height} x {width}, {labelled})"

    def _repr_html_(self) -> str:
        return f"<b>{escape(repr(self))}</b><br>{escape(self.source)}"


def digits() -> Images:
    """The 1,797 handwritten digits of 8 x 8 pixels that come with scikit-learn."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return Images(
        found.images / 16.0,
        found.target,
        "digits",
        "Optical Recognition of Handwritten Digits (Alpaydin & Kaynak, UCI repository, 1998), from scikit-learn",
    )


def natural_patches(n: int, size: int, rng: np.random.Generator, whiten: bool = True) -> Images:
    """Square patches at random places of scikit-learn's two photographs, in grey.

    Each photograph is scaled to standard deviation 1, each patch has mean 0, and patches whose standard deviation is
    below a tenth of the photograph's (empty sky) are drawn anew.

    Equation
        whitening: factor f exp(-(f / f0)^4) on each spatial frequency f, f0 = 200/512 cycles per pixel
    Source
        Olshausen & Field, Vision Res 37 (1997) 3311 (the filter, and f0 = 200 cycles per picture of 512 pixels).
    """
    count(n, "natural_patches: n")
    generator(rng, "natural_patches")
    flag(whiten, "natural_patches: whiten")
    grey = [_grey(name) for name in get_args(Photograph)]
    pictures = [_whitened(picture) if whiten else picture - picture.mean() for picture in grey]
    pictures = [picture / picture.std() for picture in pictures]
    smallest = min(min(picture.shape) for picture in pictures)
    whole(size, "natural_patches: size", low=2, high=smallest)
    fits(float(n) * size * size, "natural_patches: n and size", "fewer or smaller patches")
    patches: list[Array] = []
    while len(patches) < n:
        picture = pictures[rng.integers(len(pictures))]
        top, left = (rng.integers(side - size + 1) for side in picture.shape)
        patch = picture[top : top + size, left : left + size]
        if patch.std() >= 0.1:
            patches.append(patch - patch.mean())
    kind = "whitened patches" if whiten else "patches"
    return Images(np.array(patches), None, "natural_patches", f"{kind} of china.jpg and flower.jpg, from scikit-learn")


def photograph(name: Photograph = "china", block: int = 7) -> Images:
    """One of scikit-learn's two sample photographs, in grey, each pixel the mean over a square block of the original's.

    Shapes
        images (1, 427 // block, 640 // block); the rows and columns that are left over are cut off on all sides

    Raises:
        ParameterError: a block that is smaller than a pixel or larger than the picture.
        UnknownNameError: there is no such photograph.
    """
    choice(name, "photograph", get_args(Photograph))
    grey = _grey(name)
    whole(block, "photograph: block", low=1, high=min(grey.shape), doc="pixels")
    rows, columns = (side // block for side in grey.shape)
    top, left = ((side - block * (side // block)) // 2 for side in grey.shape)
    inside = grey[top : top + rows * block, left : left + columns * block]
    means = inside.reshape(rows, block, columns, block).mean(axis=(1, 3))
    return Images(
        means[None], None, f"photograph-{name}", f"{name}.jpg, from scikit-learn, in blocks of {block} pixels"
    )


def _grey(name: str) -> Array:
    from sklearn.datasets import load_sample_image

    # weights of ITU-R BT.601, the luminance that these photographs were stored with
    grey: Array = load_sample_image(f"{name}.jpg") @ np.array([0.299, 0.587, 0.114]) / 255.0
    return grey


def _whitened(picture: Array) -> Array:
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(side) for side in picture.shape), indexing="ij"))
    gain = frequency * np.exp(-((frequency / WHITENING_CUTOFF) ** 4))
    filtered: Array = np.fft.ifft2(np.fft.fft2(picture) * gain).real
    return filtered


def idx(folder: str | Path | None = None, split: Split = "train", name: str | None = None) -> Images:
    """Pictures, and labels where there are any, from a folder of IDX files: MNIST and its relatives.

    Bytes are divided by 255, other whole numbers by the largest in the file; fractions are taken as they are. Of
    QMNIST's eight columns of labels the first is the class. EMNIST's pictures, which lie on their side in its files,
    are turned upright.

    Shapes
        images (n, height, width), from files of three dimensions (a fourth of length 1 is left out)
    Args:
        folder: where `train-images-idx3-ubyte[.gz]` and the like are; the variable NEUROSIM_DATA when not given.
        split: "train" or "test" (the files that begin with t10k or test).
        name: what stands before the split in the names of the files ("emnist-letters", "qmnist"); needed where the
            folder holds several sets.

    Raises:
        ParameterError: a file is missing, cut short or of another kind, or pictures and labels differ in number.
    """
    choice(split, "split", get_args(Split))
    chosen = os.environ.get("NEUROSIM_DATA") if folder is None else folder
    if not chosen:
        raise ParameterError(
            "idx: got no folder, expected the argument `folder` or the environment variable NEUROSIM_DATA"
        )
    where = a_path(chosen, "idx", "folder")
    known = None if name is None else text(name, "idx: name")
    found, images_file, labels_file = idx_files.find(where, split, known)
    shape = idx_files.header(images_file).shape
    if len(shape) not in (3, 4) or (len(shape) == 4 and 1 not in (shape[1], shape[3])):
        raise ParameterError(f"{images_file}: got an array of shape {shape}, expected grey pictures (n, height, width)")
    labels = None if labels_file is None else _idx_labels(labels_file, shape[0], images_file.name)
    pixels = idx_files.read(images_file)
    if pixels.ndim == 4:
        pixels = pixels[..., 0] if shape[3] == 1 else pixels[:, 0]
    if found.lower().startswith("emnist"):
        pixels = pixels.transpose(0, 2, 1)
    source = f"IDX files {images_file} and {labels_file.name if labels_file is not None else 'no labels'}"
    return Images(_brightness(pixels, images_file), labels, f"{found or 'idx'}-{split}", source)


def _brightness(pixels: npt.NDArray[Any], file: Path) -> Array:
    if pixels.dtype.kind == "f":
        return np.asarray(pixels, dtype=np.float64)
    if pixels.size and pixels.min() < 0:
        raise ParameterError(f"{file}: got a pixel of {pixels.min()}, expected whole numbers >= 0")
    largest = 255 if pixels.dtype == np.uint8 else max(int(pixels.max(initial=0)), 1)
    return np.asarray(pixels / float(largest), dtype=np.float64)


def _idx_labels(file: Path, count: int, images: str) -> npt.NDArray[np.int64]:
    """The classes, one per picture; the numbers are compared before anything else is read."""
    shape = idx_files.header(file).shape
    if shape[0] != count:
        raise ParameterError(f"{file}: got {shape[0]} labels, expected {count}, one per picture in {images}")
    if shape[1:] not in ((), (1,), (_QMNIST_COLUMNS,)):
        raise ParameterError(f"{file}: got labels of shape {shape}, expected ({count},), or QMNIST's ({count}, 8)")
    values = idx_files.read(file)
    classes = values if values.ndim == 1 else values[:, 0]
    if not np.array_equal(classes, np.round(classes)):  # NaN is not equal to itself
        raise ParameterError(f"{file}: got labels that are no whole numbers")
    return classes.astype(np.int64)


_QMNIST_COLUMNS = 8


def openml(name: str, *, allow_download: bool = False, version: int | str = 1) -> Images:
    """Square pictures from openml.org ("mnist_784", ...), scaled by their brightest pixel.

    Raises:
        ParameterError: `allow_download` is not True (nothing is fetched from a network unasked), or no square pictures.
    """
    if allow_download is not True:
        raise ParameterError(
            f"openml: {name!r} would be downloaded from openml.org; expected allow_download=True to do so"
        )
    from sklearn.datasets import fetch_openml

    found = fetch_openml(name, version=version, as_frame=False)
    pixels = np.asarray(found.data, dtype=np.float64)
    side = math.isqrt(pixels.shape[1])
    if side * side != pixels.shape[1] or pixels.min() < 0 or pixels.max() == 0:
        raise ParameterError(f"openml: {name!r} has {pixels.shape[1]} columns, expected pixels >= 0 of square pictures")
    _, labels = np.unique(found.target, return_inverse=True)
    images = pixels.reshape(-1, side, side) / pixels.max()
    return Images(images, labels, name, f"OpenML data set {name!r}, version {version}")


def load(name: str, /, **options: Any) -> Images:
    """A data set by name (digits, natural_patches, photograph, idx, openml), with the options of that function.

    Raises:
        UnknownNameError: no data set has that name; the nearest one is offered.
    """
    table: dict[str, Callable[..., Images]] = {
        "digits": digits,
        "natural_patches": natural_patches,
        "photograph": photograph,
        "idx": idx,
        "openml": openml,
    }
    return lookup("data set", name, table)(**options)


__all__, __dir__ = exports(globals())
