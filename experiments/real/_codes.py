"""How many dimensions the activities of a layer have, and whether two things rise together."""

import numpy as np

from neurosim.metrics import Interval


def dimension(samples):
    """(tr C)^2 / tr C^2 of the covariance over samples (rows), from the smaller of the two Gram matrices."""
    centred = samples - samples.mean(axis=0)
    gram = centred @ centred.T if len(centred) < centred.shape[1] else centred.T @ centred
    total = float((gram.astype(float) ** 2).sum())
    return float(np.trace(gram.astype(float)) ** 2 / total) if total else 0.0


def alike(one, other):
    """Rank correlation; 0 where one of the two does not vary."""
    ranks = one.rank().to_numpy(), other.rank().to_numpy()
    return np.corrcoef(*ranks)[0, 1] if min(rank.std() for rank in ranks) > 0 else 0.0


def at_same(one, other, third):
    """Rank correlation of two things at the same value of a third (partial), and how many places remain for it."""
    both, first, second = alike(one, other), alike(one, third), alike(other, third)
    left = np.sqrt((1 - first**2) * (1 - second**2))
    return (both - first * second) / left if left > 0 else 0.0, len(one) - 1


def with_interval(correlation, n):
    """A correlation of n places with the interval of Fisher's z, whose standard error is 1/sqrt(n - 3)."""
    z, half = np.arctanh(np.clip(correlation, -0.99, 0.99)), 1.96 / np.sqrt(n - 3)
    return Interval(float(np.tanh(z)), float(np.tanh(z - half)), float(np.tanh(z + half)), n)
