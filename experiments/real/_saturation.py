"""Hooks that saturate, disturb or normalise the layers of the edge detector, and the detector without a network."""

import numpy as np

FIRST = "block1_conv2"
"""The layer whose activities are normalised."""


def tops(activities, level):
    """Where the activities of each layer are cut: a fraction of their 99.9th percentile."""
    return {name: np.float32(level * np.percentile(values, 99.9)) for name, values in activities.items()}


def cut(ends):
    """A hook that cuts every activity."""
    return lambda name, drive, activity: np.minimum(activity, ends[name])


def disturbed(ends, seed):
    """A hook that adds noise of the same mean square as the cut takes away."""
    rng = np.random.default_rng(seed)

    def hook(name, drive, activity):
        lost = np.sqrt(np.mean((activity - np.minimum(activity, ends[name])) ** 2))
        return np.maximum(activity + lost * rng.standard_normal(activity.shape, dtype=np.float32), 0)

    return hook


def normalised(width):
    """Activities of the first block over the mean of a surround and all channels, scaled to the same mean."""
    from scipy.ndimage import uniform_filter

    def hook(name, drive, activity):
        if name != FIRST:
            return None
        around = uniform_filter(activity.mean(axis=-1), (0, width, width))[..., None]
        found = activity / (around + activity.mean())
        return found * (activity.mean() / found.mean())

    return hook


def gradient(picture, scale):
    """Length of the gradient of the brightness, smoothed by a Gaussian."""
    from scipy.ndimage import gaussian_gradient_magnitude

    return gaussian_gradient_magnitude(picture.mean(axis=-1), scale)
