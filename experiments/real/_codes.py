"""How many dimensions the activities of a layer have, and whether two things rise together."""

import numpy as np


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
