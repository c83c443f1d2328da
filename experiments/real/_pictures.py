"""Pictures for networks that others trained: pieces of photographs, and textures whose edges are known."""

import functools

import numpy as np

import neurosim as ns

NEAR, FAR = 1.0, 4.0
"""Pixels: a pixel this near to an edge is one, farther away than FAR it is none, and between it does not count."""


@functools.cache
def detector():
    """The edge detector, read once."""
    from neurosim.real.edge_detector import edge_detector

    return edge_detector()


def piece(seed, size):
    """A piece of one of scikit-learn's two photographs, in turns: colours from 0 to 255, (1, size, size, 3)."""
    from sklearn.datasets import load_sample_image

    picture = load_sample_image(("china.jpg", "flower.jpg")[seed % 2]).astype(np.float32)
    rng = ns.randomness.stream(seed, "stimulus", "piece")
    top, left = (rng.integers(side - size + 1) for side in picture.shape[:2])
    return picture[None, top : top + size, left : left + size]


def layers_of(seed, size):
    """Drives and activities of the edge detector's layers on a piece of a photograph."""
    from neurosim.real.edge_detector import prepared
    from neurosim.real.layers import Layers

    layers = Layers()
    detector().edges(prepared(piece(seed, size)), layers)
    return layers


def textures(seed, size, regions=5, contrast=25.0):
    """Regions of a colour and a texture each, (1, size, size, 3), and the distance of each pixel from an edge.

    A texture has a spectrum of 1/f; its standard deviation, `contrast`, is about that of the colours' brightness.
    """
    from scipy.ndimage import distance_transform_edt

    rng = ns.randomness.stream(seed, "stimulus", "textures")
    y, x = np.mgrid[:size, :size]
    centres = rng.uniform(0, size, (regions, 2))
    owner = np.argmin((y[..., None] - centres[:, 0]) ** 2 + (x[..., None] - centres[:, 1]) ** 2, axis=-1)
    colours = 128 + 30 * rng.standard_normal((regions, 3))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    frequency[0, 0] = np.inf
    noise = np.array([np.fft.ifft2(np.fft.fft2(rng.standard_normal((size, size))) / frequency).real
                      for _ in range(regions)])  # fmt: skip
    noise *= contrast / noise.std(axis=(1, 2), keepdims=True)
    rows, columns = np.ogrid[:size, :size]
    picture = colours[owner] + noise[owner, rows, columns][..., None]
    edge = np.zeros((size, size), dtype=bool)
    edge[:, 1:] |= owner[:, 1:] != owner[:, :-1]
    edge[1:] |= owner[1:] != owner[:-1]
    return np.clip(picture, 0, 255)[None].astype(np.float32), distance_transform_edt(~edge)


def precision(edges, distance):
    """Average precision of a map of edges, (size, size), where the edges are known: 1 is perfect."""
    from sklearn.metrics import average_precision_score

    counts = (distance <= NEAR) | (distance > FAR)
    return float(average_precision_score(distance[counts] <= NEAR, edges[counts]))
