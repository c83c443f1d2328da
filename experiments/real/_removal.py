"""Weights, activities and attention of a trained encoder without the least important of them."""

import numpy as np


def gone(weights, importance, fraction):
    """The weights without the least important fraction of the matrix."""
    k = round(fraction * weights.size)
    if k == 0:
        return weights
    bound = np.partition(importance.ravel(), k)[k]
    return np.where(importance < bound, np.float32(0.0), weights)


def of_each(activities, importance, fraction):
    """The activities without the least important fraction of each token."""
    k = round(fraction * activities.shape[-1])
    return np.where(importance < np.partition(importance, k, axis=-1)[..., k : k + 1], np.float32(0.0), activities)


def without(weights, importance, fraction):
    """Weights (..., keys) without the least important of each query, the others raised to a total of 1."""
    k = int(fraction * weights.shape[-1])
    left = np.where(importance < np.partition(importance, k, axis=-1)[..., k : k + 1], 0.0, weights)
    return left / left.sum(axis=-1, keepdims=True)
