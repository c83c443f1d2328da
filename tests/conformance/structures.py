"""Circuits whose weights have a structure, which random matrices hardly ever have, with every kind of input."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.circuits.kernels import UniformLateral
from neurosim.schedule import Schedule
from neurosim.stimuli.stimulus import Stimulus, combine, constant, counts, movie, poisson, regular, spikes


def _only(shape, rows, columns, rng):
    mask = np.zeros(shape, dtype=bool)
    mask[rows, columns] = True
    return mask * rng.uniform(0.5, 1.5, shape)


STRUCTURES = {
    "random": lambda m, n, rng: rng.uniform(0.5, 1.5, (m, n)),
    "diagonal": lambda m, n, rng: np.eye(m, n) * rng.uniform(0.5, 1.5, (m, n)),
    "permuted": lambda m, n, rng: np.eye(m, n)[rng.permutation(m)] * rng.uniform(0.5, 1.5, (m, n)),
    "single row": lambda m, n, rng: _only((m, n), rng.integers(m), slice(None), rng),
    "single column": lambda m, n, rng: _only((m, n), slice(None), rng.integers(n), rng),
    "single entry": lambda m, n, rng: _only((m, n), rng.integers(m), rng.integers(n), rng),
    "empty rows": lambda m, n, rng: rng.uniform(0.5, 1.5, (m, n)) * (np.arange(m) % 2)[:, None],
    "empty columns": lambda m, n, rng: rng.uniform(0.5, 1.5, (m, n)) * (np.arange(n) % 2),
    "band": lambda m, n, rng: rng.uniform(0.5, 1.5, (m, n)) * (np.abs(np.subtract.outer(range(m), range(n))) <= 1),
    "blocks": lambda m, n, rng: np.equal.outer(np.arange(m) // 2, np.arange(n) // 2) * rng.uniform(0.5, 1.5, (m, n)),
    "staircase": lambda m, n, rng: (np.repeat(np.arange(m), 2)[:n] == np.arange(m)[:, None]) * rng.uniform(0.5, 1.5),
    "equal": lambda m, n, rng: np.full((m, n), 0.7),
    "equal columns": lambda m, n, rng: np.tile(rng.uniform(0.5, 1.5, n), (m, 1)),
    "zero": lambda m, n, rng: np.zeros((m, n)),
}
FORMS = {"dense": np.asarray, "csr": sparse.csr_array, "csc": sparse.csc_array, "coo": sparse.coo_array}
TAUS = {"none": 0.0, "5 ms": 5e-3, "membrane": 20e-3, "slow": 37e-3}


def weights(rng, post, pre, scale):
    """A structured matrix whose entries are about `scale`, in some form."""
    if post == pre and rng.random() < 0.1:
        return UniformLateral(post, scale)
    kind = rng.choice(list(STRUCTURES))
    matrix = STRUCTURES[kind](post, pre, rng) if post > 1 or kind != "staircase" else np.ones((post, pre))
    return FORMS[rng.choice(list(FORMS))](scale * np.resize(matrix, (post, pre)))


def _movie(values, rng, encode):
    frames = np.stack([values, 0.4 * values[:, ::-1], np.zeros_like(values)], axis=1)
    return movie(frames, 10e-3, encode, "x")


# Kind of input -> (stimulus of (trials, units) numbers around 1, Hz per number).
KINDS = {
    "constant": (lambda values, rng: constant(values, "x"), 1.0),
    "movie": (lambda values, rng: _movie(values, rng, "constant"), 1.0),
    "poisson": (lambda values, rng: poisson(300 * values, "x"), 300.0),
    "poisson movie": (lambda values, rng: _movie(300 * values, rng, "poisson"), 300.0),
    "regular": (lambda values, rng: regular(300 * values, "x"), 300.0),
    "counts": (lambda values, rng: counts(2e4 * values, "x"), 2e4),
    "spikes": (lambda values, rng: _given(values, rng), 300.0),
}


def _given(values, rng):
    """Times in any order, on the grid and off it, one per step at most, some of them after the end of the run."""
    trials, units = values.shape
    number = 12
    steps = np.array([rng.choice(400, number, replace=False) for _ in range(trials * units)]).ravel()
    times = (steps + rng.choice([0.0, 0.3, 0.9], steps.size)) * 1e-4
    trial, unit = np.divmod(np.repeat(np.arange(trials * units), number), units)
    order = rng.permutation(steps.size)
    return spikes(times[order], unit[order], trial[order], size=units, n_trials=trials, input="x")


def _renamed(stimulus, name):
    """The same input under another name."""
    if stimulus.given:
        return Stimulus({}, given={name: stimulus.given["x"]})
    return Stimulus({name: stimulus.rates["x"]}, stimulus.encoding, stimulus.frame)


@dataclass(frozen=True)
class Case:
    """A circuit, its input, and how it is run."""

    number: int
    kind: str
    circuit: Circuit
    stimulus: Stimulus
    schedule: Schedule
    tau: float
    delay: float

    def __repr__(self):
        return f"case {self.number}: {self.kind}, tau {self.tau:g}, delay {self.delay:g}, {self.circuit}"


def case(number, kinds=tuple(KINDS), recurrent=True):
    """One case out of arbitrarily many."""
    rng = np.random.default_rng([11, number])
    # Every kind meets every tau and delay early on; the rest is drawn.
    kind = kinds[number % len(kinds)]
    tau = list(TAUS.values())[number // len(kinds) % len(TAUS)]
    delay = (0.0, 7e-3, 0.0, 40e-3)[number // (len(kinds) * len(TAUS)) % 4]
    n_pre, n_post = (int(rng.choice([1, 2, 3, 5, 6])) for _ in range(2))
    n_post = n_pre if rng.random() < 0.5 else n_post
    encode, scale = KINDS[kind]
    values = rng.uniform(0.5, 1.5, (int(rng.integers(1, 4)), n_pre))
    stimulus = encode(values, rng)
    mixed = {}
    if rng.random() < 0.4:
        other = rng.choice(["constant", "movie", "poisson", "counts", "spikes"])
        mixed = {"y": (other, KINDS[other][1])}
        second = KINDS[other][0](rng.uniform(0.2, 0.6, (len(values), 2)), rng)
        stimulus = combine(stimulus, _renamed(second, "y"))
    if rng.random() < 0.3:
        stimulus = stimulus.select(rng.permutation(stimulus.trials)[: int(rng.integers(1, stimulus.trials + 1))])
    elif rng.random() < 0.3:
        stimulus = stimulus.repeat(2)
    sign = rng.choice([1, -1])
    bias = rng.uniform(0.2, 1.4, n_post) + (2.0 if sign < 0 else 0.0)
    feed = weights(rng, n_post, n_pre, 1.2 / scale / np.sqrt(n_pre))
    projections = [Projection("feed", "x", "p", feed, sign=int(sign), tau=tau, delay=delay)]
    for name, (_, per) in mixed.items():
        matrix = weights(rng, n_post, 2, 0.4 / per)
        side = float(rng.choice([0.0, 5e-3]))
        projections.append(Projection("side", name, "p", matrix, tau=side, delay=float(rng.choice([0.0, 3e-3]))))
    if recurrent and rng.random() < 0.6:
        back = weights(rng, n_post, n_post, 2e-3)
        projections.append(Projection("back", "p", "p", back, sign=-1, tau=float(rng.choice([0.0, 5e-3]))))
    circuit = Circuit({"x": n_pre} | dict.fromkeys(mixed, 2), [Population("p", n_post, bias=bias)], projections)
    return Case(number, kind, circuit, stimulus, Schedule(duration=0.03, settle=0.01), tau, delay)
