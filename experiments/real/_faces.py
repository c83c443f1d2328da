"""Windows with and without a face for MTCNN's three networks."""

import functools

import numpy as np

import neurosim as ns

NETS = ("pnet", "rnet", "onet")
SIDE = {"pnet": 12, "rnet": 24, "onet": 48}
"""Pixels along a window, as each network takes it."""
PLACE = (164.0, 108.0, 352.0, 344.0)
"""The face in the photograph, as the last network places it: left, top, right, bottom."""


@functools.cache
def face_net(net):
    """One of the networks, read once."""
    from neurosim.real import face_detector

    return face_detector.face_net(net)


@functools.cache
def portrait():
    """The photograph of Grace Hopper that comes with Matplotlib, (600, 512, 3), from 0 to 255."""
    from matplotlib import cbook, image

    with cbook.get_sample_data("grace_hopper.jpg") as file:
        return np.asarray(image.imread(file, format="jpg"), dtype=np.float32)


def square(picture, centre, side, pixels):
    """A square of a picture in so many pixels, each the mean of what lies in it; beyond the edge the edge goes on."""
    left, top = (middle - side / 2 for middle in centre)
    fine = pixels * max(1, round(side / pixels))
    places = (np.arange(fine) + 0.5) * side / fine
    rows = np.clip((top + places).astype(int), 0, picture.shape[0] - 1)
    columns = np.clip((left + places).astype(int), 0, picture.shape[1] - 1)
    part = picture[rows][:, columns]
    step = fine // pixels
    return part.reshape(pixels, step, pixels, step, 3).mean(axis=(1, 3))


def windows(seed, count, shift=0.08):
    """Windows with the face, moved, scaled and lit at random, and windows without: for each network (count, ...)."""
    from sklearn.datasets import load_sample_image

    from neurosim.real.face_detector import prepared

    rng = ns.randomness.stream(seed, "stimulus", "windows")
    left, top, right, bottom = PLACE
    faces, others = {net: [] for net in NETS}, {net: [] for net in NETS}
    empty = [load_sample_image(name).astype(np.float32) for name in ("china.jpg", "flower.jpg")]
    for k in range(count):
        side = (bottom - top) * rng.uniform(0.9, 1.15)
        centre = (
            (left + right) / 2 + side * rng.uniform(-shift, shift),
            (top + bottom) / 2 + side * rng.uniform(-shift, shift),
        )
        light, noise = rng.uniform(0.7, 1.2), rng.uniform(0, 8)
        other = empty[k % 2]
        width = rng.uniform(48, 240)
        elsewhere = tuple(rng.uniform(width / 2, side - width / 2) for side in (other.shape[1], other.shape[0]))
        for net, pixels in SIDE.items():
            face, none = square(portrait(), centre, side, pixels), square(other, elsewhere, width, pixels)
            for kept, picture in ((faces, face), (others, none)):
                grainy = light * picture + noise * rng.standard_normal(picture.shape)
                kept[net].append(np.clip(grainy, 0, 255))
    return tuple({net: prepared(np.array(each)) for net, each in kept.items()} for kept in (faces, others))
