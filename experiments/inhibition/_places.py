"""Where a point was, or whether there were two: read from the spike counts of single trials on a ring."""

import numpy as np

from neurosim.params import Array

CANDIDATES = np.linspace(-10.0, 10.0, 201)
"""Places (from the true one) among which the most likely is looked for."""


def placed(rates: Array) -> float:
    """Root mean square error of the places that are most likely, of one half of the trials.

    The other half gives mean and variance of the rate by distance from the point, the same to either side; rates are
    taken as normal and independent.

    Shapes
        rates (trials, places), the point in the middle
    """
    place = np.arange(rates.shape[1]) - rates.shape[1] // 2
    known, asked = rates[::2], rates[1::2]
    mean, variance = known.mean(axis=0), known.var(axis=0, ddof=1)
    mean[1:], variance[1:] = (0.5 * (each[1:] + each[:0:-1]) for each in (mean, variance))
    variance = np.maximum(variance, 0.05 * variance.max())  # a few trials may all count the same
    near = np.abs(place) <= 30
    shifted = place[near] - CANDIDATES[:, None]
    means, variances = (np.interp(shifted, place, each) for each in (mean, variance))
    distance = ((asked[:, None, near] - means) ** 2 / variances + np.log(variances)).sum(axis=2)
    return float(np.sqrt((CANDIDATES[distance.argmin(axis=1)] ** 2).mean()))


def dip(rates: Array, apart: int) -> tuple[float, float]:
    """Mean over trials, and over the standard deviation, of the dip halfway between two points; three units each."""
    middle, half = rates.shape[1] // 2, apart // 2
    left, centre, right = (rates[:, middle + at - 1 : middle + at + 2].mean(axis=1) for at in (-half, 0, half))
    found = 0.5 * (left + right) - centre
    return float(found.mean()), float(found.mean() / found.std(ddof=1))
