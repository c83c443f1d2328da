"""Networks that minimise an error on the same patches, and what the fields of any method look like."""

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from experiments.learning._photographs import BATCH, LEARNERS, Photographs, first_fields, missed
from neurosim.metrics import fit_gabors
from neurosim.params import Array, param
from neurosim.plots import OKABE_ITO, RUNGS

METHODS = (*LEARNERS, "dictionary", "autoencoder")
CONTROLS = ("random", "principal")
NAMES = {
    "spiking": "LIF", "rate": "rate", "artificial": "ReLU", "dictionary": "sparse coding",
    "autoencoder": "autoencoder", "random": "random fields", "principal": "principal comp.",
}  # fmt: skip
COLOURS = {
    **{rung: RUNGS[rung].colour for rung in LEARNERS},
    "dictionary": OKABE_ITO["reddish purple"],
    "autoencoder": OKABE_ITO["vermillion"],
    "random": "0.65",
    "principal": "0.65",
}
LEAST_R2, LEAST_COHERENCE = 0.8, 0.5
TILES = 36
METHOD = (
    "spiking, rate, artificial: rungs; dictionary: L1 minimum with learned atoms; autoencoder: of ReLUs; random: "
    "fields that never learn; principal: components with either sign"
)
WEIGHT_DECAY = 1e-3
"""L2 weight on all weights of the autoencoder: without it the penalty on activity is dodged by a larger decoder."""


@dataclass(frozen=True, kw_only=True)
class Coders(Photographs):
    """How the dictionary and the autoencoder learn."""

    learning_penalty: float = param(
        0.25, doc="L1 weight while the dictionary is learned (patches have norm 1)", above=0, below=1
    )
    learning_steps: int = param(300, doc="batches of 128 patches from which the dictionary is learned", low=10)
    activity_penalty: float = param(0.1, doc="L1 weight on the activity of the autoencoder", above=0)
    epochs: int = param(50, doc="passes of the autoencoder through the patches", low=5)


def of_norm_one(rows: Array) -> Array:
    """Patches of length 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def matched(active: Callable[[float], float], fraction: float, low: float, high: float) -> float:
    """The level at which a fraction is active, by bisection; the fraction falls with the level."""
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if active(middle) > fraction else (low, middle)
    return 0.5 * (low + high)


def dictionary(
    p: Coders, seed: int, examples: Array, shown: Mapping[str, Array], fraction: float
) -> tuple[Array, dict[str, Array]]:
    """Sparse coding: atoms learned by scikit-learn; codes >= 0 whose L1 weight makes as large a fraction active."""
    from sklearn.decomposition import MiniBatchDictionaryLearning, sparse_encode
    from sklearn.exceptions import ConvergenceWarning

    size, rows = 128, of_norm_one(examples)
    learner = MiniBatchDictionaryLearning(
        p.units, alpha=p.learning_penalty, fit_algorithm="cd", positive_code=True, batch_size=size, n_jobs=1,
        transform_max_iter=100, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        # A code that is a little off its minimum teaches and compares as well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for k in range(p.learning_steps):
            learner.partial_fit(np.take(rows, range(k * size, (k + 1) * size), axis=0, mode="wrap"))
        atoms: Array = learner.components_ / np.linalg.norm(learner.components_, axis=1, keepdims=True)

        def encode(seen: Array, penalty: float) -> Array:
            found: Array = sparse_encode(
                of_norm_one(seen), atoms, algorithm="lasso_cd", alpha=penalty, positive=True, max_iter=200
            )
            return found

        some = shown["train"][:300]
        penalty = matched(lambda level: float((encode(some, level) > 0).mean()), fraction, 0.01, 0.99)
        codes = {use: encode(seen, penalty) for use, seen in shown.items()}
    return atoms, codes


def autoencoder(
    p: Coders, seed: int, examples: Array, shown: Mapping[str, Array], fraction: float
) -> tuple[Array, dict[str, Array], Array]:
    """Fields, codes and decoder of a trained ReLU layer; one shift of all its thresholds makes the fraction active."""
    rows = of_norm_one(examples)
    circuit, cells = ns.training.layered([p.side**2, p.units, p.side**2], seed=seed)
    start = first_fields(p, seed)
    circuit = circuit.with_weights(to_hidden1=start, to_output=start.T)
    penalties = ns.training.Penalties(l1_activity=p.activity_penalty, l2_weights=WEIGHT_DECAY)
    trained = ns.training.train(
        circuit, cells, rows, rows, loss=ns.training.SquaredError(), optimiser=ns.training.Adam(learning_rate=3e-3),
        epochs=p.epochs, batch=BATCH, penalties=penalties, seed=seed, progress=False,
    )  # fmt: skip
    fields = trained.circuit.projection("to_hidden1").dense()
    decoder: Array = trained.circuit.projection("to_output").dense().T
    bias = trained.circuit.population("hidden1").bias

    def encode(seen: Array, shift: float) -> Array:
        return np.maximum(of_norm_one(seen) @ fields.T + bias - shift, 0.0)

    some, widest = shown["train"], float(np.linalg.norm(fields, axis=1).max() + np.abs(bias).max())
    shift = matched(lambda level: float((encode(some, level) > 0).mean()), fraction, -widest, widest)
    return fields, {use: encode(seen, shift) for use, seen in shown.items()}, decoder


def linear_error(train: tuple[Array, Array], test: tuple[Array, Array]) -> float:
    """Fraction of the energy that ridge regression from the code misses; leaving one out chooses the ridge."""
    from sklearn.linear_model import RidgeCV

    codes, rows = train
    # In units of the mean energy of a column, so that the unit of the code does not matter.
    penalties = np.geomspace(1e-3, 10.0, 9) * max(float((codes**2).sum()) / codes.shape[1], 1e-12)
    found = RidgeCV(alphas=penalties, fit_intercept=False).fit(codes, rows)
    return missed(found.predict(test[0]), test[1])


def coherence(picture: Array) -> float:
    """Coherence of the gradients, (l1 - l2)/(l1 + l2) with the eigenvalues of the structure tensor."""
    down, across = np.gradient(picture)
    xx, yy, xy = (across**2).sum(), (down**2).sum(), (across * down).sum()
    return float(math.hypot(xx - yy, 2.0 * xy) / (xx + yy)) if xx + yy > 0 else 0.0


def peak_frequency(picture: Array) -> float:
    """Spatial frequency that a field passes best, on a grid eight times as fine as the patch's own."""
    side = 8 * len(picture)
    power = np.abs(np.fft.fft2(picture, s=(side, side)))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side), indexing="ij"))
    return float(frequency.ravel()[np.where(frequency <= 0.5, power, 0.0).argmax()])


def described(p: Photographs, fields: Array, alive: Any) -> Iterator[tuple[float, ...]]:
    """Gabor function and orientation of every field; a unit that never answers has none.

    Yields number, r2, x, y, widths across and along, orientation, wave, best frequency, coherence, localised, good.
    """
    pictures = fields.reshape(-1, p.side, p.side)
    fits = fit_gabors(pictures)
    for k in np.flatnonzero(alive).tolist():
        directed = coherence(pictures[k])
        localised = fits.r2[k] >= LEAST_R2 and fits.sigma_across[k] <= p.side / 4
        gabor = (fits.r2, fits.x, fits.y, fits.sigma_across, fits.sigma_along, fits.orientation, fits.frequency)
        good = localised and directed >= LEAST_COHERENCE
        yield k, *(values[k] for values in gabor), peak_frequency(pictures[k]), directed, int(localised), int(good)
