"""Patches of photographs, and a dictionary that is learned from them by sparse coding."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.params import Array, Params, param

SIDE = 8
"""Pixels along the side of a patch."""
BATCH = 128


@dataclass(frozen=True, kw_only=True)
class Learning(Params):
    """How the dictionary is learned."""

    atoms: int = param(128, doc="columns of the dictionary", low=16)
    learning_steps: int = param(300, doc="batches of 128 patches from which it is learned", low=10)
    learning_penalty: float = param(0.2, doc="lambda while it is learned (patches have norm 1)", above=0, below=1)


def patches(count: int, use: str, seed: int) -> Array:
    """Whitened photograph patches of norm 1, as rows."""
    found = ns.datasets.natural_patches(count, SIDE, ns.randomness.stream(seed, "stimulus", use)).flat
    rows: Array = found / np.linalg.norm(found, axis=1, keepdims=True)
    return rows


def examples(p: Learning, seed: int) -> Array:
    """The patches from which the dictionary is learned."""
    return patches(BATCH * min(p.learning_steps, 64), "learn", seed)


def dictionary(p: Learning, seed: int) -> Any:
    """Columns (pixels, atoms) of norm 1, by scikit-learn: sparse codes >= 0, then better columns."""
    import warnings

    from sklearn.decomposition import MiniBatchDictionaryLearning
    from sklearn.exceptions import ConvergenceWarning

    rows = examples(p, seed)
    learner = MiniBatchDictionaryLearning(
        p.atoms, alpha=p.learning_penalty, fit_algorithm="cd", positive_code=True, batch_size=BATCH, n_jobs=1,
        transform_max_iter=100, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        # A code that is a little off its minimum teaches as well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for k in range(p.learning_steps):
            learner.partial_fit(np.take(rows, range(k * BATCH, (k + 1) * BATCH), axis=0, mode="wrap"))
    return learner.components_.T / np.linalg.norm(learner.components_.T, axis=0)
