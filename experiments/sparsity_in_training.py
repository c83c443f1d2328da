"""Is a ReLU network half silent, before and after learning, for every input and for every unit?

Networks of 64 inputs, two hidden layers and ten classes learn noisy prototypes (an easy and a hard task), handwritten
digits, and labels that mean nothing. Counted is which share of the hidden activities is above 0, in every layer, from
the first draw of the weights to the last epoch; then the same weights run as leaky rates and as spiking neurons.

Prediction: weights that are symmetric about 0, without biases, make every unit active with probability exactly 1/2 for
any input, in every layer, so the *population* is half silent before learning. A *unit* is not: with depth the inputs
become alike (their cosine c follows c' = (sqrt(1 - c^2) + c (pi - arccos c))/pi) and more and more units are on for all
inputs or for none. After learning there is no fixed number: it depends on the task, the layer and the penalty. Sparse
is not general: a network that is silent for the most part can learn random labels by heart. Only ReLU has exact zeros;
a silent unit has a gradient of exactly 0. A perfect integrate-and-fire cell with reset by subtraction is silent in T
steps exactly where T a <= 1, so its silent set is the set of zeros but for activities between 0 and 1/T.

Sources: Glorot, Bordes & Bengio, AISTATS (2011), sec. 3; Cho & Saul, NIPS (2009), eq. 6 (the map of cosines); Zhang et
al., ICLR (2017) (random labels); Srivastava et al., J Mach Learn Res 15 (2014), sec. 7.2 (dropout and sparsity);
Rueckauer et al., Front Neurosci 11:682 (2017), sec. 2 (reset by subtraction, scaling by layer maxima).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import decisions, metrics
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding
from neurosim.metrics.sparsity_table import SPARSITY_COLUMNS, sparsity_row
from neurosim.params import Array, ParameterError, Params, param
from neurosim.randomness import stream

if TYPE_CHECKING:
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress
    from neurosim.training import Network

ORDER = 160
CLAIMS = ("A0-04", "A0-17", "A1-16", "A1-19", "A1-22", "A1-26", "A1-27", "A2-07", "A2-21")
QUICK = {
    "seeds": 3,
    "units": 80,
    "examples": 300,
    "tests": 200,
    "epochs": 8,
    "memory": 20,
    "steps": 1000,
    "rate": 0.05,
    "easy_rate": 0.15,
    "dropouts": (0.5,),
    "easy_penalties": (1e-3,),
    "penalties": (0.0, 1e-3, 1e-2),
    "keep": (1.0, 0.5, 0.2),
    "noises": (0.0, 1.0, 2.0),
    "deep_seeds": 2,
    "shown": 6,
}

CLASSES, CHANNELS = 10, 64
HIDDEN = ("hidden1", "hidden2")
TASKS = ("prototypes", "digits")
NAMES = ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Softplus", "Tanh", "Sigmoid")
MATCH = 0.2
"""Share of the activities that are kept where activations are compared."""
LAYERS = (1, 2, 3, 5, 10, 20)
DEPTH = 20
STEPS = 100
"""Time steps of the perfect integrate-and-fire twin: T of the prediction."""
RELATIVE = 1e-4
"""A leaky rate counts as active above this share of its layer's largest one: it decays, but never to 0."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick has smaller networks, fewer examples and fewer seeds."""

    seed: int = param(0, doc="first seed: weights, examples, order of learning and noise", low=0)
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    units: int = param(256, doc="units of each of the two hidden layers", low=16)
    examples: int = param(1000, doc="examples to learn from (digits: at most 898)", low=100)
    tests: int = param(1000, doc="examples to test with (digits: at most 899)", low=100)
    epochs: int = param(20, doc="epochs on prototypes and digits", low=2)
    memory: int = param(60, doc="epochs on random labels", low=2)
    steps: int = param(1200, doc="steps of learning on the easy prototypes with a penalty, which acts slowly", low=100)
    batch: int = param(50, doc="examples per step", low=1)
    rate: float = param(0.02, doc="learning rate of gradient descent", above=0)
    easy_rate: float = param(0.1, doc="learning rate on the easy prototypes with a penalty", above=0)
    momentum: float = param(0.9, doc="momentum of gradient descent", low=0, below=1)
    easy: float = param(0.8, doc="noise of the easy prototypes (standard deviation; the prototypes have 1)", above=0)
    hard: float = param(1.6, doc="noise of the hard prototypes", above=0)
    penalties: tuple[float, ...] = param(
        (0.0, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2), doc="L1 penalties on hidden activities (hard prototypes, digits)", low=0
    )  # fmt: skip
    easy_penalties: tuple[float, ...] = param((1e-3, 1e-2), doc="L1 penalties on the easy prototypes", above=0)
    dropouts: tuple[float, ...] = param((0.2, 0.5), doc="probabilities of dropout", above=0, below=1)
    keep: tuple[float, ...] = param(
        (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05), doc="shares of the largest activities that are kept", above=0, high=1
    )
    shifts: tuple[float, ...] = param(
        (0.0, 0.25, 0.5, 1.0, 1.5, 2.0), low=0,
        doc="lowering of all hidden biases after learning, in standard deviations of their layer's drives",
    )  # fmt: skip
    noises: tuple[float, ...] = param(
        (0.0, 0.25, 0.5, 1.0, 1.5, 2.0), low=0,
        doc="noise at test: of inputs in their standard deviation, of hidden drives in their layer's mean activity",
    )  # fmt: skip
    deep_width: int = param(512, doc="units per layer of the deep network", low=64)
    deep_inputs: int = param(500, doc="orthogonal inputs of the deep network", low=10)
    deep_seeds: int = param(5, doc="deep networks", low=2)
    shown: int = param(40, doc="test examples shown to rate units and spiking neurons", low=4)
    shown_dt: float = param(5e-4, unit="s", doc="time step of the LIF twin", above=0)

    def check(self) -> None:
        for name, needed in (("penalties", 0.0), ("noises", 0.0), ("keep", 1.0), ("shifts", 0.0)):
            values = getattr(self, name)
            if len(values) < 2 or values[0] != needed:
                raise ParameterError(f"Parameters.{name}: got {values}, expected at least two, the first {needed:g}")
        if MATCH not in self.keep:
            raise ParameterError(f"Parameters.keep: got {self.keep}, expected {MATCH:g} among them, where all compare")
        if 1.0 not in self.noises:
            raise ParameterError(
                f"Parameters.noises: got {self.noises}, expected 1 among them, where claims are decided"
            )
        if 1e-3 not in self.easy_penalties:
            raise ParameterError(f"Parameters.easy_penalties: got {self.easy_penalties}, expected 0.001 among them")
        if self.deep_inputs > self.deep_width:
            raise ParameterError(
                f"Parameters.deep_inputs: got {self.deep_inputs}, expected at most deep_width = {self.deep_width}: "
                "the inputs are orthogonal"
            )


_WHICH = {
    "seed": ("1", "seed of the network and its examples"),
    "task": ("", "easy, prototypes (the hard ones), digits or random (labels without meaning)"),
    "activation": ("", "class name of the hidden units' activation"),
    "l1": ("1", "L1 penalty on hidden activities"),
    "dropout": ("1", "probability of dropout while learning"),
}
_ACCURACY = ("1", "share of test examples named correctly")
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "setup": {
        "seeds": ("1", "number of seeds"),
        "units": ("1", "units per hidden layer"),
        "examples": ("1", "prototypes to learn from"),
        "tests": ("1", "prototypes to test with"),
        "epochs": ("1", "epochs on prototypes and digits"),
        "memory": ("1", "epochs on random labels"),
        "steps": ("1", "steps of learning on easy prototypes with a penalty"),
        "easy": ("1", "noise of the easy prototypes"),
        "hard": ("1", "noise of the hard prototypes"),
        "deep_width": ("1", "units per layer of the deep network"),
        "deep_inputs": ("1", "its inputs"),
        "deep_seeds": ("1", "its random draws"),
    },
    "networks": {
        **_WHICH,
        "train_accuracy": ("1", "share of the learned examples named correctly after learning"),
        "test_accuracy": _ACCURACY,
        "gap": ("1", "train_accuracy - test_accuracy"),
        "epochs_to_fit": ("1", "epochs until 99 % of the examples were named correctly; NaN where that never came"),
        "active_1": ("1", "share of test activities above 0, first hidden layer"),
        "active_2": ("1", "the same, second hidden layer"),
        "zeros": ("1", "share of hidden test activities that are exactly 0"),
        "operations": ("1", "multiplications behind hidden layers when exact zeros are skipped, over all of them"),
        "selectivity": ("1", "largest share of one class among the examples that make a unit active, mean over units"),
        "redundancy": ("1", "mean magnitude of the correlation of two units over test examples"),
    },
    "sparsity": {
        **_WHICH,
        "layer": ("1", "hidden layer"),
        **{name: entry for name, entry in SPARSITY_COLUMNS.items() if name != "seed"},
    },
    "learning": {
        **_WHICH,
        "epoch": ("1", "epochs so far"),
        "progress": ("1", "the same as a share of all epochs"),
        "active_1": ("1", "share of test activities above 0, first hidden layer"),
        "active_2": ("1", "the same, second hidden layer"),
        "test_accuracy": _ACCURACY,
    },
    "depth": {
        "seed": _WHICH["seed"],
        "layer": ("1", "layer of the deep network, before learning"),
        "active": ("1", "share of activities above 0"),
        "always_off": ("1", "share of the units that no input makes active"),
        "always_on": ("1", "share of the units that every input makes active"),
        "on_sd": ("1", "standard deviation over units of the share of inputs that make a unit active"),
        "cosine": ("1", "mean cosine between the activities for two inputs"),
        "expected_cosine": ("1", "the same by the map of cosines, from 0"),
    },
    "gradients": {
        "seed": _WHICH["seed"],
        "activation": _WHICH["activation"],
        "silent": ("1", "share of hidden units with a drive <= 0, for one example"),
        "silent_moved": ("1", "share of these whose incoming weights or bias have a gradient other than exactly 0"),
        "moved": ("1", "share of all hidden units with such a gradient"),
    },
    "sparsified": {
        "seed": _WHICH["seed"],
        "task": _WHICH["task"],
        "activation": _WHICH["activation"],
        "keep": ("1", "share of each layer's activities that may stay; the smallest in magnitude are set to 0"),
        "nonzero": ("1", "share of hidden activities that are not 0 then"),
        "accuracy": _ACCURACY,
    },
    "lowered": {
        "seed": _WHICH["seed"],
        "task": _WHICH["task"],
        "shift": ("1", "by how much all hidden biases are lowered, in standard deviations of their layer's drives"),
        "active": ("1", "share of hidden activities above 0 then, mean of the layers"),
        "accuracy": _ACCURACY,
    },
    "noise": {
        **{name: entry for name, entry in _WHICH.items() if name != "dropout"},
        "place": ("", "input, or hidden (noise on the drive, in units of the layer's mean activity)"),
        "noise": ("1", "standard deviation of the noise at test"),
        "accuracy": _ACCURACY,
    },
    "paired": {
        "question": ("", "what is compared"),
        "task": _WHICH["task"],
        "quantity": ("", "column of the table networks, or the accuracy under noise or of sparsified networks"),
        "first": ("", "network or activation"),
        "second": ("", "network or activation that it is compared with"),
        "value": ("1", "first minus second, mean over seeds"),
        "low": ("1", "lower end of its 95 % Student interval over seeds (paired)"),
        "high": ("1", "upper end"),
        "n": ("1", "number of seeds"),
        "p_value": ("1", "two-sided paired Student test"),
        "p_holm": ("1", "the same, corrected for all rows of the question (Holm)"),
    },
    "twins": {
        "seed": _WHICH["seed"],
        "task": _WHICH["task"],
        "rung": ("", "rate, perfect_if or lif"),
        "run": ("", "layer: each layer gets the static activities before it; network: the whole network runs"),
        "layer": ("1", "hidden layer"),
        "entries": ("1", "test examples times units"),
        "between": ("1", "entries with 0 < a <= 1/T, a the activity over its layer's maximum"),
        "differing": ("1", "other entries that are silent on one side only"),
        "law": ("1", "entries (of all) that are not silent exactly where the closed form says; NaN: none known"),
        "overlap": ("1", "overlap (Jaccard index) of the sets of active units, mean over examples"),
        "correlation": ("1", "correlation of rates and static activities over examples and units"),
        "accuracy": ("1", "share of the shown examples that the network names correctly (NaN: no whole network)"),
        "static_accuracy": ("1", "the same for the static network"),
    },
    "engines": CROSS_CHECK_COLUMNS,
}


# ---------------------------------------------------------------- tasks and networks


@dataclass(frozen=True, eq=False)
class _Task:
    """Examples to learn from and to test with."""

    name: str
    x: Array
    y: Any
    test_x: Array
    test_y: Any


def _task(p: Parameters, name: str, seed: int) -> _Task:
    if name == "digits":
        every = ns.datasets.digits()
        train, test = every.split(0.5, stream(seed, "shuffle", "digits"))
        mean, sd = float(train.flat.mean()), float(train.flat.std())
        chosen = stream(seed, "shuffle", "chosen").permutation(len(train))[: p.examples]
        return _Task(
            name, (train.flat[chosen] - mean) / sd, train.labels[chosen],
            (test.flat[: p.tests] - mean) / sd, test.labels[: p.tests],
        )  # fmt: skip
    noise = p.hard if name == "prototypes" else p.easy
    rng = stream(seed, "stimulus", name)
    prototypes = rng.standard_normal((CLASSES, CHANNELS))
    n = p.examples + p.tests
    labels = rng.integers(0, CLASSES, n)
    x = prototypes[labels] + noise * rng.standard_normal((n, CHANNELS))
    if name == "random":
        labels = rng.integers(0, CLASSES, n)
    return _Task(name, x[: p.examples], labels[: p.examples], x[p.examples :], labels[p.examples :])


def _conditions(p: Parameters) -> list[dict[str, Any]]:
    """Every network of a seed, each once."""
    found = [{"task": "easy", "activation": "ReLU", "l1": l1} for l1 in (0.0, *p.easy_penalties)]
    found += [{"task": "random", "activation": name} for name in ("ReLU", "LeakyReLU", "Tanh")]
    for task in TASKS:
        found += [{"task": task, "activation": name} for name in NAMES]
        found += [{"task": task, "activation": "ReLU", "l1": l1} for l1 in p.penalties[1:]]
        found += [{"task": task, "activation": "ReLU", "dropout": dropout} for dropout in p.dropouts]
        found += [{"task": task, "activation": "Tanh", "dropout": max(p.dropouts)}]
    return [{"l1": 0.0, "dropout": 0.0, **condition} for condition in found]


def _trained(p: Parameters, seed: int, which: Mapping[str, Any], task: _Task) -> tuple[Any, list[dict[str, Any]]]:
    """The training run, and the active fractions after every epoch where they are drawn."""
    from neurosim.training import SGD, Penalties, layered, train

    activation = getattr(ns.activations, which["activation"])()
    circuit, cells = layered([CHANNELS, p.units, p.units, CLASSES], activation, seed=seed)
    slow = which["task"] == "easy" and which["l1"] > 0
    usual = p.memory if which["task"] == "random" else p.epochs
    epochs = max(1, round(p.steps * p.batch / len(task.x))) if slow else usual
    seen = {round(share * epochs) for share in _SEEN}
    rows: list[dict[str, Any]] = []
    watched = which["activation"] == "ReLU" and not which["dropout"] and which["l1"] in (0.0, 1e-3)

    def observe(epoch: int, network: Network) -> None:
        if watched and epoch in seen:
            run = network.forward({"input": task.test_x[:200]})
            row = {"seed": seed, **which, "epoch": epoch, "progress": epoch / epochs}
            row |= {f"active_{k}": float((run.activity[name] > 0).mean()) for k, name in enumerate(HIDDEN, 1)}
            row["test_accuracy"] = decisions.accuracy(run.activity["output"], task.test_y[:200])
            rows.append(row)

    found = train(
        circuit, cells, task.x, task.y, epochs=epochs, batch=p.batch, seed=seed, observe=observe, progress=False,
        optimiser=SGD(learning_rate=p.easy_rate if slow else p.rate, momentum=p.momentum),
        penalties=Penalties(l1_activity=which["l1"], dropout=which["dropout"]),
    )  # fmt: skip
    return found, rows


_SEEN = (0.0, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Shares of the learning after which the active fractions are looked at."""


def _described(which: Mapping[str, Any], seed: int, task: _Task, training: Any, network: Network) -> dict[str, Any]:
    """What is to be said about a network after learning, from its test examples."""
    run, learned = network.forward({"input": task.test_x}), network.forward({"input": task.x})
    hidden = [run.activity[name] for name in HIDDEN]
    train_accuracy, test_accuracy = (
        decisions.accuracy(run_.activity["output"], y) for run_, y in ((learned, task.y), (run, task.test_y))
    )
    after = {HIDDEN[0]: hidden[1].shape[1], HIDDEN[1]: CLASSES}
    needed = sum(metrics.zero_skipping_operations(run.activity[name], n).macs for name, n in after.items())
    every = sum(metrics.dense_operations(run.activity[name].shape[1], n).macs for name, n in after.items())
    fitted = np.flatnonzero(training.history["score"] >= 0.99)
    return {
        "seed": seed, **which, "train_accuracy": train_accuracy, "test_accuracy": test_accuracy,
        "gap": train_accuracy - test_accuracy, "epochs_to_fit": float(fitted[0] + 1) if fitted.size else math.nan,
        **{f"active_{k}": float((values > 0).mean()) for k, values in enumerate(hidden, 1)},
        "zeros": float(np.mean([(values == 0).mean() for values in hidden])), "operations": needed / every,
        "selectivity": float(np.mean([_selectivity(values > 0, task.test_y) for values in hidden])),
        "redundancy": float(np.mean([_redundancy(values) for values in hidden])),
    }  # fmt: skip


def _selectivity(active: Any, labels: Any) -> float:
    """Largest share of one class among the examples that make a unit active, mean over the units that are ever active.

    Classes count alike, however many examples each has.
    """
    rates = np.array([active[labels == c].mean(axis=0) for c in range(CLASSES) if (labels == c).any()])
    total = rates.sum(axis=0)
    ever = total > 0
    return float((rates[:, ever].max(axis=0) / total[ever]).mean()) if ever.any() else math.nan


def _redundancy(activity: Array) -> float:
    """Mean magnitude of the correlation of two units, over those that vary."""
    varying = activity[:, activity.std(axis=0) > 1e-12 * max(float(np.abs(activity).max()), 1e-300)]
    if varying.shape[1] < 2:
        return math.nan
    matrix = np.abs(np.corrcoef(varying.T))
    n = len(matrix)
    return float((matrix.sum() - n) / (n * (n - 1)))


# ---------------------------------------------------------------- what is done to a trained network


def _passed(network: Network, x: Array, change: Any) -> tuple[Array, dict[str, Array]]:
    """Logits and hidden activities when `change(name, drive)` gives the activities of a hidden layer."""
    before, hidden = x, {}
    for name in network.order:
        drive = before @ network.weights[f"to_{name}"].T + network.biases[name]
        before = drive if name == network.output else change(name, drive)
        if name != network.output:
            hidden[name] = before
    return before, hidden


def _sparsified(p: Parameters, network: Network, task: _Task) -> Iterator[dict[str, float]]:
    """Accuracy when in each layer only the largest activities stay, by one threshold for all units and examples."""
    for keep in p.keep:

        def kept(name: str, drive: Array, keep: float = keep) -> Array:
            activity = network.activations[name](drive)
            size = np.abs(activity)
            return np.where(size >= np.quantile(size, 1.0 - keep), activity, 0.0) if keep < 1 else activity

        logits, hidden = _passed(network, task.test_x, kept)
        nonzero = float(np.mean([(values != 0).mean() for values in hidden.values()]))
        yield {"keep": keep, "nonzero": nonzero, "accuracy": decisions.accuracy(logits, task.test_y)}


def _lowered(p: Parameters, network: Network, task: _Task) -> Iterator[dict[str, float]]:
    """Accuracy when every unit's threshold is raised: b is taken from all hidden biases, nothing is learned anew."""
    drives: dict[str, Array] = {}

    def seen(name: str, drive: Array) -> Array:
        drives[name] = drive
        return network.activations[name](drive)

    _passed(network, task.test_x, seen)
    for shift in p.shifts:

        def lowered(name: str, drive: Array, shift: float = shift) -> Array:
            return network.activations[name](drive - shift * drives[name].std())

        logits, hidden = _passed(network, task.test_x, lowered)
        active = float(np.mean([(values > 0).mean() for values in hidden.values()]))
        yield {"shift": shift, "active": active, "accuracy": decisions.accuracy(logits, task.test_y)}


def _noisy(
    p: Parameters, seed: int, network: Network, task: _Task, places: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Accuracy under noise on the inputs or on the hidden drives; all networks of a seed get the same draws."""
    clean = network.forward({"input": task.test_x})
    scale = {name: float(np.abs(clean.activity[name]).mean()) for name in HIDDEN}
    draws = {
        name: stream(seed, "noise", task.name, name).standard_normal(values.shape)
        for name, values in (("input", task.test_x), *((name, clean.drive[name]) for name in HIDDEN))
    }
    for place in places:
        for noise in p.noises:

            def change(name: str, drive: Array, place: str = place, noise: float = noise) -> Array:
                added = noise * scale[name] * draws[name] if place == "hidden" else 0.0
                return np.asarray(network.activations[name](drive + added))

            shift = noise * float(task.x.std()) * draws["input"] if place == "input" else 0.0
            logits, _ = _passed(network, task.test_x + shift, change)
            yield {"place": place, "noise": noise, "accuracy": decisions.accuracy(logits, task.test_y)}


def _gradients(p: Parameters, seed: int, name: str, task: _Task) -> dict[str, Any]:
    """Which units one example would move, before learning, mean over twenty examples."""
    from neurosim.training import CrossEntropy, Network, layered

    circuit, cells = layered([CHANNELS, p.units, p.units, CLASSES], getattr(ns.activations, name)(), seed=seed)
    network, loss = Network(circuit, cells), CrossEntropy()
    silent, silent_moved, moved = [], [], []
    for trial in range(20):
        run = network.forward({"input": task.x[trial : trial + 1]})
        _, gradient = loss.value_and_gradient(run.activity["output"], task.y[trial : trial + 1])
        found = network.backward(run, {"output": gradient})
        for layer in HIDDEN:
            off = run.drive[layer][0] <= 0
            any_gradient = (found.weights[f"to_{layer}"] != 0).any(axis=1) | (found.biases[layer] != 0)
            silent.append(off.mean())
            silent_moved.append(any_gradient[off].mean())
            moved.append(any_gradient.mean())
    return {
        "seed": seed, "activation": name, "silent": float(np.mean(silent)),
        "silent_moved": float(np.mean(silent_moved)), "moved": float(np.mean(moved)),
    }  # fmt: skip


# ---------------------------------------------------------------- depth, before learning


def _next_cosine(c: float) -> float:
    """Cosine of two ReLU layers' activities from that of the activities before, infinitely many random weights."""
    return (math.sqrt(1.0 - c * c) + c * (math.pi - math.acos(c))) / math.pi


def _depth(p: Parameters, seed: int) -> Iterator[dict[str, Any]]:
    """A deep network before learning, on orthogonal inputs."""
    from neurosim.circuits import wiring

    rng = stream(seed, "stimulus", "depth")
    before = np.linalg.qr(rng.standard_normal((p.deep_width, p.deep_inputs)))[0].T
    relu, expected = ns.ReLU(), 0.0
    for layer in range(1, DEPTH + 1):
        weights = wiring.he_normal(p.deep_width, p.deep_width, stream(seed, "weights", "depth", layer))
        before = relu(before @ weights.T)
        expected = _next_cosine(expected)
        on = (before > 0).mean(axis=0)
        unit = before / np.linalg.norm(before, axis=1, keepdims=True)
        n, total = len(unit), unit.sum(axis=0)
        yield {
            "seed": seed, "layer": layer, "active": float(on.mean()), "always_off": float((on == 0).mean()),
            "always_on": float((on == 1).mean()), "on_sd": float(on.std()),
            "cosine": float((total @ total - n) / (n * (n - 1))), "expected_cosine": expected,
        }  # fmt: skip


# ---------------------------------------------------------------- the same weights in rate units and spiking neurons


@dataclass(frozen=True, eq=False)
class _Twin:
    """A spiking version: hidden layers spike, the output is computed from their rates, as activities of the network."""

    circuit: Any
    cell: Any
    schedule: Any
    unit: dict[str, float]
    """Activity of the network per Hz, by layer."""


def _scales(network: Network, x: Array) -> dict[str, float]:
    """Largest activity of every hidden layer."""
    run = network.forward({"input": x})
    return {name: float(run.activity[name].max()) for name in HIDDEN}


def _twin(p: Parameters, network: Network, scale: Mapping[str, float], kind: str, layers: tuple[str, ...]) -> _Twin:
    """The hidden layers of a network as neurons; a single layer gets the static activities before it as currents.

    Equation
        perfect IF: drive = (tau_m/dt) z/scale, so that the largest activity is one spike per step
        LIF: drive = 1 + z/scale; activity = scale rate/rate(2)
    """
    if kind == "perfect_if":
        dt = 1e-3
        cell: Any = ns.cells.PerfectIF(tau_m=2 * dt, reset_mode="subtract")
        schedule = ns.Schedule(duration=STEPS * dt, settle=0.0, dt=dt)
        gain, threshold, peak, tau = cell.tau_m / dt, 0.0, 1.0 / dt, 0.0
    else:
        cell = ns.LIF()
        schedule = ns.Schedule(duration=0.5, settle=0.0, dt=p.shown_dt)
        gain, threshold, peak, tau = 1.0, 1.0, float(cell.transfer(np.array(2.0))), 5e-3
    populations, projections, unit = [], [], {}
    source, before = "input", 1.0
    for name in layers:
        factor = gain / scale[name]
        unit[name] = scale[name] / peak
        populations.append(ns.Population(name, p.units, bias=threshold + factor * network.biases[name]))
        weights = factor * before * network.weights[f"to_{name}"]
        projections.append(
            ns.Projection(f"to_{name}", source, name, weights, sign=None, tau=0.0 if source == "input" else tau)
        )
        source, before = name, unit[name]
    inputs = {"input": network.weights[f"to_{layers[0]}"].shape[1]}
    return _Twin(ns.Circuit(inputs, populations, projections), cell, schedule, unit)


def _twins(p: Parameters, seed: int, network: Network, task: _Task, progress: Progress) -> Iterator[dict[str, Any]]:
    """Who is silent, static, as leaky rates and as spiking neurons."""
    x, labels = task.test_x[: p.shown], task.test_y[: p.shown]
    static = network.forward({"input": x})
    scale = _scales(network, x)
    common = {"seed": seed, "task": task.name, "static_accuracy": decisions.accuracy(static.activity["output"], labels)}

    def row(rung: str, run: str, name: str, activity: Array, silent: Any, accuracy: float, law: Any = None) -> Any:
        a = static.activity[name] / scale[name]
        between = (a > 0) & (a <= 1.0 / STEPS) if rung == "perfect_if" else np.zeros(a.shape, dtype=bool)
        zero = a <= (RELATIVE if rung == "rate" else 0.0)
        return {
            **common, "rung": rung, "run": run, "layer": 1 + HIDDEN.index(name), "entries": a.size,
            "between": int(between.sum()), "differing": int(((silent != zero) & ~between).sum()),
            "law": math.nan if law is None else int((silent != law).sum()),
            "overlap": float(np.nanmean(metrics.jaccard(1.0 - silent, 1.0 - zero))),
            "correlation": metrics.correlation(activity, a), "accuracy": accuracy,
        }  # fmt: skip

    cells = {n: ns.LeakyRate(activation=network.activations[n]) for n in network.order}
    rates = ns.simulate(
        network.to_circuit(), cells, ns.Stimulus({"input": x}), ns.Schedule(duration=0.4, settle=0.3, dt=1e-3),
        seed=seed, progress=False,
    ).rates  # fmt: skip
    for name in HIDDEN:
        silent = rates[name] <= RELATIVE * rates[name].max()
        yield row("rate", "network", name, rates[name], silent, decisions.accuracy(rates["output"], labels))
    for rung in ("perfect_if", "lif"):
        for layers in ((HIDDEN[0],), (HIDDEN[1],), HIDDEN):
            twin = _twin(p, network, scale, rung, layers)
            given = x if layers[0] == HIDDEN[0] else static.activity[HIDDEN[0]]
            run = ns.simulate(
                twin.circuit, twin.cell, ns.Stimulus({"input": given}), twin.schedule, seed=seed, engine=p.engine,
                progress=False,
            )  # fmt: skip
            progress.note(engine=run.provenance["engine"])
            whole, accuracy = len(layers) > 1, math.nan
            if whole:
                hidden = twin.unit[HIDDEN[1]] * run.rates[HIDDEN[1]]
                logits = hidden @ network.weights["to_output"].T + network.biases["output"]
                accuracy = decisions.accuracy(logits, labels)
            for name in layers:
                law = None if whole else _silent_law(rung, static.drive[name] / scale[name], twin)
                silent = run.rates[name] == 0
                yield row(rung, "network" if whole else "layer", name, run.rates[name], silent, accuracy, law)


def _silent_law(rung: str, z: Array, twin: _Twin) -> Any:
    """Where a neuron at the constant drive that stands for z stays silent, in closed form."""
    if rung == "perfect_if":
        return STEPS * z <= 1.0
    return (1.0 + z) * -math.expm1(-twin.schedule.duration / twin.cell.tau_m) <= 1.0


def _engines(p: Parameters, network: Network, task: _Task) -> Iterator[dict[str, Any]]:
    scale = _scales(network, task.test_x[: p.shown])
    stimulus = ns.Stimulus({"input": task.test_x[: p.shown]})
    for part, kind in (("Perfect integrate-and-fire network", "perfect_if"), ("LIF network", "lif")):
        twin = _twin(p, network, scale, kind, HIDDEN)
        schedule = twin.schedule.replace(duration=min(twin.schedule.duration, 0.1))
        yield cross_check(part, twin.circuit, twin.cell, stimulus, schedule, trials=2)


# ---------------------------------------------------------------- all of it


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Every network of every seed, then what is done to it."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # matrices this small gain nothing from a second thread but the wait for it
        return _computed(parameters, progress)


def _computed(parameters: Parameters, progress: Progress) -> Tables:
    import pandas as pd

    from neurosim.training import Network

    p = parameters
    every: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS if name not in ("setup", "paired")}
    seeds = [p.seed + k for k in range(p.seeds)]
    for seed in progress([p.seed + k for k in range(p.deep_seeds)], "deep networks"):
        every["depth"] += list(_depth(p, seed))
    tasks: dict[tuple[int, str], _Task] = {}
    for seed, which in progress([(s, c) for s in seeds for c in _conditions(p)], "networks"):
        key = (seed, which["task"])
        if key not in tasks:
            tasks = {k: v for k, v in tasks.items() if k[0] == seed} | {key: _task(p, which["task"], seed)}
        task = tasks[key]
        training, rows = _trained(p, seed, which, task)
        network = Network(training.circuit, training.cells)
        every["learning"] += rows
        every["networks"].append(_described(which, seed, task, training, network))
        plain = which["l1"] == 0 and which["dropout"] == 0
        if not which["dropout"]:
            run = network.forward({"input": task.test_x[:300]})
            every["sparsity"] += [
                {"seed": seed, **which, "layer": k, **_row_without_seed(run.activity[name], which["activation"])}
                for k, name in enumerate(HIDDEN, 1)
            ]
        if which["task"] not in TASKS or which["dropout"]:
            continue
        label = {"seed": seed, **{k: which[k] for k in ("task", "activation", "l1")}}
        places = ("input", "hidden") if which["activation"] == "ReLU" else ("input",)
        every["noise"] += [{**label, **row} for row in _noisy(p, seed, network, task, places)]
        if plain:
            short = {k: label[k] for k in ("seed", "task", "activation")}
            every["sparsified"] += [{**short, **row} for row in _sparsified(p, network, task)]
            if which["task"] == "prototypes":
                every["gradients"].append(_gradients(p, seed, which["activation"], task))
            if which["activation"] == "ReLU":
                bare = {k: label[k] for k in ("seed", "task")}
                every["lowered"] += [{**bare, **row} for row in _lowered(p, network, task)]
                every["twins"] += list(_twins(p, seed, network, task, progress))
                if seed == p.seed and which["task"] == "digits":
                    every["engines"] += list(_engines(p, network, task))
    tables = {name: pd.DataFrame(rows)[list(COLUMNS[name])] for name, rows in every.items()}
    setup = {name: getattr(p, name) for name in COLUMNS["setup"]}
    return {"setup": pd.DataFrame([setup]), **tables, "paired": _paired(tables)}


def _row_without_seed(activity: Array, name: str) -> dict[str, Any]:
    row = sparsity_row(activity, rung=name, negative="rectify")
    return {key: value for key, value in row.items() if key != "seed"}


# ---------------------------------------------------------------- comparisons over seeds


def _paired(tables: Tables) -> Any:
    """Differences between networks of the same seed, by question; p-values corrected within each question."""
    import pandas as pd

    networks = tables["networks"].assign(active=lambda t: (t.active_1 + t.active_2) / 2)
    rows = [row for task in TASKS for row in _sparser(networks[networks.task == task], tables["noise"], task)]
    for task in TASKS:
        here = networks[(networks.task == task) & (networks.l1 == 0)]
        plain = here[here.dropout == 0]
        rows += _activations(plain, tables["sparsified"].query("task == @task"), task)
        most = here.dropout.max()
        for quantity in ("active", "redundancy", "selectivity", "test_accuracy"):
            first = here.query("activation == 'ReLU' and dropout == @most")
            second = plain.query("activation == 'ReLU'")
            rows.append(_difference("dropout", task, quantity, f"dropout {most:g}", first, "none", second))
        rows += _order(tables["noise"].query("task == @task and place == 'input' and l1 == 0"), task)
    labels = networks[networks.task == "random"]
    for other in ("LeakyReLU", "Tanh"):
        first, second = labels.query("activation == 'ReLU'"), labels.query("activation == @other")
        rows.append(_difference("random labels", "random", "epochs_to_fit", "ReLU", first, other, second))
    table = pd.DataFrame(rows)
    table["p_holm"] = math.nan
    for _, group in table.groupby("question"):
        tested = group.p_value.notna()
        if tested.any():
            table.loc[group.index[tested], "p_holm"] = metrics.holm(group.p_value[tested])
    return table[list(COLUMNS["paired"])]


def _sparser(networks: Any, noise: Any, task: str) -> Iterator[dict[str, Any]]:
    """The sparsest ReLU network that is as accurate as the one without penalty, against that one."""
    relu = networks.query("activation == 'ReLU' and dropout == 0")
    chosen = _as_accurate(relu)
    first, second = relu[relu.l1 == chosen], relu[relu.l1 == 0]
    names = f"l1 {chosen:g}", "none"
    for quantity in ("active", "test_accuracy", "gap", "operations", "selectivity", "redundancy"):
        yield _difference("sparser", task, quantity, names[0], first, names[1], second)
    for place in ("input", "hidden"):
        part = noise.query("task == @task and activation == 'ReLU' and place == @place and noise > 0")
        means = part.groupby(["seed", "l1"]).accuracy.mean().reset_index()
        yield _difference(
            "sparser", task, f"accuracy, {place} noise", names[0], means[means.l1 == chosen], names[1],
            means[means.l1 == 0], column="accuracy",
        )  # fmt: skip


def _as_accurate(relu: Any) -> float:
    """The strongest penalty that costs less than one point of accuracy; the weakest one if all cost more."""
    accuracy = relu.groupby("l1").test_accuracy.mean()
    penalties = [l1 for l1 in accuracy.index if l1 > 0]
    good = [l1 for l1 in penalties if accuracy[l1] >= accuracy[0.0] - 0.01]
    return max(good) if good else min(penalties)


def _activations(plain: Any, sparsified: Any, task: str) -> Iterator[dict[str, Any]]:
    relu, others = plain[plain.activation == "ReLU"], plain[plain.activation != "ReLU"]
    for quantity in ("test_accuracy", "gap", "selectivity"):
        mean = others.groupby("seed")[quantity].mean().reset_index()
        yield _difference("against all", task, quantity, "ReLU", relu, "mean of the others", mean)
        for name in NAMES[1:]:
            yield _difference("against each", task, quantity, "ReLU", relu, name, others[others.activation == name])
    part = sparsified[sparsified.keep == MATCH]
    for name in NAMES[1:]:
        yield _difference(
            "at equal activity", task, f"accuracy, {MATCH:.0%} kept", "ReLU", part[part.activation == "ReLU"], name,
            part[part.activation == name], column="accuracy",
        )  # fmt: skip


def _order(noise: Any, task: str) -> Iterator[dict[str, Any]]:
    for level in (0.0, 1.0):
        here = noise[noise.noise == level]
        for i, a in enumerate(NAMES):
            for b in NAMES[i + 1 :]:
                yield _difference(
                    "order", task, f"accuracy, input noise {level:g}", a, here[here.activation == a], b,
                    here[here.activation == b], column="accuracy",
                )  # fmt: skip


def _difference(
    question: str, task: str, quantity: str, a: str, first: Any, b: str, second: Any, column: str | None = None
) -> dict[str, Any]:
    """One row of the table paired."""
    name = column or quantity
    values = (first.set_index("seed")[name] - second.set_index("seed")[name]).to_numpy()
    values = values[np.isfinite(values)]
    row = {"question": question, "task": task, "quantity": quantity, "first": a, "second": b, "n": len(values)}
    if len(values) < 2:
        return {**row, **dict.fromkeys(("value", "low", "high", "p_value"), math.nan)}
    interval = metrics.student_interval(values)
    return {**row, "value": interval.value, "low": interval.low, "high": interval.high, "p_value": _student_p(values)}


def _student_p(difference: Array) -> float:
    """Two-sided p-value of a mean difference of 0."""
    from scipy import special

    error = difference.std(ddof=1) / math.sqrt(len(difference))
    if error == 0:
        return 1.0 if difference.mean() == 0 else 0.0
    return float(2 * special.stdtr(len(difference) - 1, -abs(difference.mean()) / error))


# ---------------------------------------------------------------- findings


def findings(tables: Tables) -> list[Finding]:
    """Checks against theory, verdicts on claims, and what is worth knowing."""
    found = [*_initial_checks(tables), *_learned_checks(tables), *_twin_checks(tables)]
    found += [*_half_claims(tables), *_benefit_claims(tables), *_other_claims(tables), *_reports(tables)]
    return [*found, *cross_check_findings(tables["engines"])]


_SPREAD = {"cosine": 0.012, "always": 0.067}
"""Standard deviations between deep networks, from eight seeds of the full run."""


def _initial_checks(tables: Tables) -> Iterator[Finding]:
    setup, depth = tables["setup"].iloc[0], tables["depth"]
    n = int(setup.units * setup.seeds)
    start = tables["learning"].query("epoch == 0 and l1 == 0")
    for task in TASKS:
        for layer in (1, 2):
            yield Finding.check(
                f"half_{task}_{layer}", f"Before learning half of hidden layer {layer} is active ({task}).",
                "active fraction", start[start.task == task][f"active_{layer}"].mean(), expected=0.5,
                standard_error=0.5 / math.sqrt(n),
                reason=f"for any input the units are independent fair coins; {n} units over the seeds; averaging over "
                "inputs can only narrow this",
                source="symmetry of the weights about 0",
            )  # fmt: skip
    active = depth.groupby("layer").active.mean()
    worst = active.loc[(active - 0.5).abs().idxmax()]
    n = int(setup.deep_width * setup.deep_seeds)
    yield Finding.check(
        "half_deep", f"Before learning half is active in every one of {DEPTH} layers.", "active fraction, worst layer",
        worst, expected=0.5, standard_error=0.5 / math.sqrt(n),
        reason=f"as before, {n} units per layer; given the layer before, units are independent whatever the depth",
        source="symmetry of the weights about 0",
    )  # fmt: skip
    narrow = math.sqrt(512 / setup.deep_width)  # fluctuations fall with the root of the width
    for layer in LAYERS:
        rows = depth[depth.layer == layer]
        yield Finding.check(
            f"cosine_{layer}", f"Two orthogonal inputs have become alike in layer {layer} as the map of cosines says.",
            "mean cosine over pairs of inputs and seeds", rows.cosine.mean(), expected=rows.expected_cosine.iloc[0],
            tolerance=0.02, standard_error=_SPREAD["cosine"] * narrow / math.sqrt(len(rows)),
            reason="finite width: all cosines of a network move together; over eight seeds the standard deviation of "
            f"one network is {_SPREAD['cosine']:g} in layer {DEPTH} (width 512)",
            source="Cho & Saul (2009), eq. 6",
        )  # fmt: skip
    last = depth[depth.layer == DEPTH]
    always = last.always_on + last.always_off
    yield Finding.check(
        "always", f"In layer {DEPTH} about half of the units do not depend on the input: always on or always off.",
        "share of units, mean over seeds", always.mean(), expected=0.49, tolerance=0.08,
        standard_error=_SPREAD["always"] * narrow / math.sqrt(len(always)),
        reason=f"over eight seeds one network has a standard deviation of {_SPREAD['always']:g} (0.34 to 0.55, mean "
        "0.45; width 512)",
        source="a simulation apart from this one (width 512, 500 inputs)",
    )  # fmt: skip


def _learned_checks(tables: Tables) -> Iterator[Finding]:
    networks, gradients = tables["networks"], tables["gradients"]
    for name in NAMES[1:]:
        yield Finding.check(
            f"no_zeros_{name}", f"{name} has no exact zeros after learning.", "share of hidden activities",
            networks.query("activation == @name and dropout == 0").zeros.max(), expected=0.0, tolerance=0.0,
            reason="the function is 0 at most at a drive of exactly 0, which has no probability",
        )  # fmt: skip
    easy = networks.query("task == 'easy' and l1 == 0.001")
    for layer in (1, 2):
        yield Finding.check(
            f"l1_density_{layer}", f"With an L1 penalty of 0.001 at most 15 % of layer {layer} is active (easy task).",
            "active fraction, mean over seeds", easy[f"active_{layer}"].mean(), at_most=0.15,
            reason="the penalty needs steps to act: 0.10 and 0.08 after 1200 steps with 256 units",
            source="a simulation apart from this one: 0.104 and 0.075",
        )  # fmt: skip
    yield Finding.check(
        "l1_accuracy", "And it loses no accuracy.", "test accuracy, mean over seeds", easy.test_accuracy.mean(),
        at_least=0.99, reason="prototypes are 11 apart, the noise is 0.8: no two classes overlap",
    )  # fmt: skip
    labels = networks.query("task == 'random' and activation == 'ReLU'")
    yield Finding.check(
        "random_train", "A ReLU network learns random labels by heart.", "accuracy on the learned examples",
        labels.train_accuracy.min(), at_least=0.99, reason="the worst seed", source="Zhang et al. (2017), sec. 2",
    )  # fmt: skip
    yield Finding.check(
        "random_test", "And knows nothing of others.", "test accuracy, mean over seeds", labels.test_accuracy.mean(),
        at_most=0.15, reason="chance is 0.1 and its standard error below 0.01",
    )  # fmt: skip
    yield Finding.check(
        "silent_gradient", "One example changes nothing that leads into a silent ReLU.",
        "share of silent units with a gradient", gradients.query("activation == 'ReLU'").silent_moved.max(),
        expected=0.0, tolerance=0.0, reason="the derivative is exactly 0 there",
    )  # fmt: skip


def _twin_checks(tables: Tables) -> Iterator[Finding]:
    twins = tables["twins"]
    layer = twins.query("run == 'layer'")
    integrate = layer[layer.rung == "perfect_if"]
    yield Finding.check(
        "silent_set", f"Perfect integrate-and-fire cells are silent in {STEPS} steps where ReLU is 0, but for "
        "activities up to 1/T.", "other entries that differ", integrate.differing.sum(), expected=0.0, tolerance=0.0,
        reason=f"all of {integrate.entries.sum()} entries, {integrate.between.sum()} of them between 0 and 1/T; each "
        "layer gets the static activities before it",
        source="v after T steps is T a",
    )  # fmt: skip
    for rung, words in (("perfect_if", "T a <= 1"), ("lif", "the drive does not reach threshold in the time given")):
        yield Finding.check(
            f"silent_law_{rung}", f"A neuron ({rung}) is silent exactly where {words}.", "entries that differ",
            layer[layer.rung == rung].law.sum(), expected=0.0, tolerance=0.0,
            reason="closed form of the membrane potential at constant drive",
        )  # fmt: skip
    yield Finding.check(
        "silent_rate", "Leaky rate units are silent where ReLU is 0.", "entries that differ",
        twins[twins.rung == "rate"].differing.sum(), expected=0.0, tolerance=0.0,
        reason=f"active is above {RELATIVE:g} of the layer's largest activity on both sides; after 30 time constants "
        "what is left of the start is below that",
    )  # fmt: skip


def _mean(values: Any) -> tuple[float, float, float]:
    found = metrics.student_interval(np.asarray(values))
    return found.value, found.low, found.high


def _is_half(values: Any) -> bool:
    _, low, high = _mean(values)
    return low >= 0.45 and high <= 0.55


def _after_learning(tables: Tables) -> dict[str, Any]:
    """Active fractions after learning without penalty, over seeds, by task and layer."""
    relu = tables["networks"].query("activation == 'ReLU' and l1 == 0 and dropout == 0")
    return {
        f"{task}, layer {layer}": rows[f"active_{layer}"]
        for task, rows in relu.groupby("task", sort=False)
        for layer in (1, 2)
    }


def _half_claims(tables: Tables) -> Iterator[Finding]:
    depth = tables["depth"]
    start = tables["learning"].query("epoch == 0 and l1 == 0")
    before = [*start.active_1, *start.active_2]
    after = _after_learning(tables)
    half = [words for words, values in after.items() if _is_half(values)]
    told = f"{len(half)} of {len(after)} layers; {min(v.mean() for v in after.values()):.2f} to " + (
        f"{max(v.mean() for v in after.values()):.2f}"
    )
    last = depth[depth.layer == DEPTH]
    always = (last.always_on + last.always_off).mean()
    reason = (
        "half means 0.45 to 0.55: before learning the mean over seeds, whose expectation is known to be 0.5; after "
        "learning the 95 % interval of that mean"
    )
    yield Finding.claim_of_parts(
        "A1-19", "ReLU forces half of the neurons to be inactive.",
        {
            f"before learning half of a layer is active ({np.mean(before):.3f})": abs(np.mean(before) - 0.5) <= 0.05,
            f"each neuron is, in a deep network before learning ({always:.0%} of layer {DEPTH} do not depend on the "
            "input)": always < 0.05,
            f"half is active after learning ({told})": len(half) == len(after),
        },
        reason=reason,
    )  # fmt: skip
    deep = (depth.groupby("layer").active.mean() - 0.5).abs() <= 0.05
    yield Finding.claim_of_parts(
        "A1-27", "ReLU by itself gives 50 % sparse activity.",
        {
            f"in every layer before learning ({deep.mean():.0%} of {len(deep)} layers)": bool(deep.all()),
            f"in every layer after learning without a penalty ({told})": len(half) == len(after),
        },
        reason=reason,
    )  # fmt: skip


def _compared(tables: Tables, question: str, quantity: str, task: str, second: str | None = None) -> Any:
    """One row of the table paired."""
    rows = tables["paired"].query("question == @question and quantity == @quantity and task == @task")
    return (rows if second is None else rows[rows.second == second]).iloc[0]


def _both(tables: Tables, question: str, quantity: str, sign: int, second: str | None = None) -> tuple[bool, str]:
    """Whether the difference has this sign, interval and all, on both tasks; and the differences in words."""
    rows = [_compared(tables, question, quantity, task, second) for task in TASKS]
    holds = all((row.low > 0) if sign > 0 else (row.high < 0) for row in rows)
    return holds, " and ".join(f"{row.value:+.3f} [{row.low:+.3f}, {row.high:+.3f}]" for row in rows)


def _benefit_claims(tables: Tables) -> Iterator[Finding]:
    networks = tables["networks"]

    def part(words: str, question: str, quantity: str, sign: int, second: str | None = None) -> dict[str, bool]:
        holds, numbers = _both(tables, question, quantity, sign, second)
        return {f"{words} ({numbers})": holds}

    labels = networks.query("task == 'random' and activation == 'ReLU'")
    matched = (
        "the sparsest network that loses less than one point of accuracy against the one without penalty; differences "
        "on hard prototypes and digits with paired 95 % intervals over seeds, both of which must be on the right side"
    )
    yield Finding.claim_of_parts(
        "A0-04", "Sparse activity improves generalisation, gives robust features and less overfitting.",
        {
            **part("test accuracy rises", "sparser", "test_accuracy", +1),
            **part("accuracy under input noise rises", "sparser", "accuracy, input noise", +1),
            **part("the gap between training and test falls", "sparser", "gap", -1),
            "a network with few active units cannot learn random labels by heart (accuracy "
            f"{labels.train_accuracy.mean():.3f} with {labels.active_2.mean():.0%} of layer 2 active)": (
                labels.train_accuracy.mean() < 0.99
            ),
        },
        reason=matched,
    )  # fmt: skip
    yield Finding.claim_of_parts(
        "A1-16", "Sparsity improves efficiency, overfitting and interpretability.",
        {
            **part("fewer multiplications", "sparser", "operations", -1),
            **part("the gap between training and test falls", "sparser", "gap", -1),
            **part("an active unit says more about the class", "sparser", "selectivity", +1),
        },
        reason=matched + "; what an active unit says is measured as the largest share of a class among its examples",
    )  # fmt: skip
    relu = networks.query(
        "activation == 'ReLU' and l1 == 0 and dropout == 0 and task in @TASKS", local_dict={"TASKS": TASKS}
    )
    saved, _, high = _mean(relu.operations)
    yield Finding.claim_of_parts(
        "A0-17", "In sum, the sparsity of ReLU improves efficiency, generalisation and interpretability together.",
        {
            f"fewer multiplications than without zeros ({saved:.2f} of them)": high < 1.0,
            **part("better test accuracy", "against all", "test_accuracy", +1),
            **part("an active unit says more about the class", "against all", "selectivity", +1),
        },
        reason="ReLU against the mean of eight activations without exact zeros, same weights at the start and same "
        "learning; negative activities count as inactive; both tasks must agree",
    )  # fmt: skip
    density = {task: _compared(tables, "sparser", "active", task) for task in TASKS}
    plain = {task: relu[relu.task == task][["active_1", "active_2"]].to_numpy().mean() for task in TASKS}
    yield Finding.claim_of_parts(
        "A1-22", "Sparsity makes a network rely on a few key features and so less sensitive to noise.",
        {
            "equal accuracy needs at most half of the activity ("
            + " and ".join(f"{1 + density[t].value / plain[t]:.2f} of it" for t in TASKS)
            + ")": all(density[t].high <= -0.5 * plain[t] for t in TASKS),
            **part("accuracy under input noise rises", "sparser", "accuracy, input noise", +1),
            **part("accuracy under noise on hidden drives rises, at equal mean activity", "sparser",
                   "accuracy, hidden noise", +1),
        },
        reason=matched + "; noise on hidden drives is measured in their layer's mean activity, which is the same as "
        "scaling all networks to one mean activity, since ReLU commutes with scaling",
    )  # fmt: skip


def _other_claims(tables: Tables) -> Iterator[Finding]:
    networks, gradients = tables["networks"], tables["gradients"]
    tanh = networks.query("activation == 'Tanh' and dropout > 0")
    fewer, active = _both(tables, "dropout", "active", -1)
    lower, redundancy = _both(tables, "dropout", "redundancy", -1)
    yield Finding.claim_of_parts(
        "A1-26", "Dropout forces sparse representations of low redundancy.",
        {
            f"activity of a ReLU network falls ({active})": fewer,
            f"correlations between its units fall ({redundancy})": lower,
            f"zeros are enforced: a tanh network has some at test ({tanh.zeros.max():.3g})": bool(tanh.zeros.min() > 0),
        },
        reason="against the same network without dropout, both without it at test; paired 95 % intervals over seeds, "
        "both tasks must agree",
    )  # fmt: skip
    relu = networks.query("activation == 'ReLU' and l1 == 0 and dropout == 0")
    share, _, high = _mean((relu.active_1 + relu.active_2) / 2)
    fits = [_compared(tables, "random labels", "epochs_to_fit", "random", other) for other in ("LeakyReLU", "Tanh")]
    gaps = {other: _both(tables, "against each", "gap", -1, other) for other in ("LeakyReLU", "Tanh")}
    moved = gradients.query("activation == 'ReLU'").silent_moved.max()
    yield Finding.claim_of_parts(
        "A2-07",
        "Only part of the hidden units is active, so the network is more expressive, overfits less, and only "
        "contributing units are adjusted.",
        {
            f"only part is active ({share:.2f})": high < 1.0,
            "random labels are learned in fewer epochs than by LeakyReLU and Tanh ("
            + " and ".join(f"{row.value:+.1f} [{row.low:+.1f}, {row.high:+.1f}]" for row in fits)
            + ")": all(row.high < 0 for row in fits),
            "the gap between training and test is smaller than of LeakyReLU and Tanh ("
            + "; ".join(words for _, words in gaps.values())
            + ")": all(holds for holds, _ in gaps.values()),
            f"a silent unit has no gradient ({moved:.3g} of them have one)": moved == 0,
        },
        reason="LeakyReLU is ReLU but for the zeros, so it shows what the zeros do; paired 95 % intervals over seeds",
    )  # fmt: skip
    noise = tables["noise"].query("place == 'input' and l1 == 0 and noise in [0, 1]")
    means = noise.groupby(["task", "noise", "activation"]).accuracy.mean().unstack("activation")
    best = means.idxmax(axis=1)
    reversed_ = _reversals(tables)
    yield Finding.claim_of_parts(
        "A2-21", "Which variant is best depends on the task.",
        {
            "another activation is best on another task or at another noise level ("
            + ", ".join(f"{task} at noise {level:g}: {name}" for (task, level), name in best.items())
            + ")": best.nunique() > 1,
            f"some pair changes its order beyond doubt ({reversed_[0] if reversed_ else 'none'}; {len(reversed_)} "
            "pairs)": bool(reversed_),
        },
        reason="beyond doubt: paired Student test over seeds, p below 0.05 in both directions after Holm's correction "
        f"for all {len(tables['paired'].query('question == @q', local_dict={'q': 'order'}))} comparisons",
    )  # fmt: skip


def _reversals(tables: Tables) -> list[str]:
    """Pairs of activations whose order differs between conditions, significantly in each."""
    rows = tables["paired"]
    rows = rows[(rows.question == "order") & (rows.p_holm < 0.05)]
    found = []
    for (a, b), group in rows.groupby(["first", "second"], sort=False):
        up, down = group[group.value > 0], group[group.value < 0]
        if len(up) and len(down):
            where = [f"{part.iloc[0].task}, {part.iloc[0].quantity.split(', ')[1]}" for part in (up, down)]
            found.append(f"{a} above {b} on {where[0]}, below on {where[1]}")
    return found


def _reports(tables: Tables) -> Iterator[Finding]:
    twins, networks = tables["twins"], tables["networks"]
    for words, values in _after_learning(tables).items():
        value, low, high = _mean(values)
        yield Finding.report(
            f"active_{words.replace(', layer ', '_')}", f"Active fraction of ReLU after learning ({words}).",
            "share above 0, test", value, low=low, high=high,
            reason="reported elsewhere: 0.17 to 0.32 with an L1 penalty on images (Glorot et al. 2011, table 1); 0.03 "
            "and 0.06 in large transformers (Li et al., ICLR 2023)",
        )  # fmt: skip
    for row in tables["paired"].query("question == 'at equal activity'").itertuples():
        yield Finding.report(
            f"kept_{row.task}_{row.second}", f"ReLU against {row.second} when {MATCH:.0%} of the activities are kept "
            f"({row.task}); p = {row.p_holm:.2g} after Holm's correction.", "difference of test accuracy", row.value,
            low=row.low, high=row.high,
        )  # fmt: skip
    for task in TASKS:
        active, penalty, difference = _against_lowered(tables, task)
        if len(difference) < 2:
            continue  # no penalty of this run is as sparse as lowered biases make it
        value, low, high = _mean(difference)
        yield Finding.report(
            f"lowered_{task}", f"Networks that learned with the L1 penalty of {penalty:g} against ones without whose "
            f"hidden biases are lowered afterwards until as many units are active ({active:.1%}, {task}).",
            "difference of test accuracy at equal activity", value, low=low, high=high,
            reason="a threshold moves sparsity anywhere, so accuracy is compared where as many units are active",
        )  # fmt: skip
    whole = twins.query("run == 'network'")
    for (rung, task), rows in whole.groupby(["rung", "task"], sort=False):
        deep = rows[rows.layer == len(HIDDEN)]
        yield Finding.report(
            f"overlap_{rung}_{task}", f"Active sets of layer 2 when the whole network runs ({rung}, {task}); accuracy "
            f"{deep.accuracy.mean():.3f}, static {deep.static_accuracy.mean():.3f}.", "overlap (Jaccard)",
            deep.overlap.mean(),
            reason="spikes that come before the inhibition that should prevent them leave a trace in the next layer",
        )  # fmt: skip
    labels = networks.query("task == 'random'")
    for name, rows in labels.groupby("activation", sort=False):
        yield Finding.report(
            f"fit_{name}", f"Epochs until {name} has learned 99 % of the random labels.", "epochs, mean over seeds",
            rows.epochs_to_fit.mean(),
        )  # fmt: skip


def _against_lowered(tables: Tables, task: str) -> tuple[float, float, Any]:
    """The strongest penalty within the activities that lowered biases reach: active share, penalty, and by seed how
    much better it is than the lowered network of the same activity (read off between two shifts).
    """
    learned = tables["networks"].query("activation == 'ReLU' and dropout == 0 and l1 > 0 and task == @task")
    learned = learned.assign(active=(learned.active_1 + learned.active_2) / 2)
    lowered = tables["lowered"].query("task == @task and active > 0").sort_values("active")
    least = lowered.groupby("seed").active.min()
    inside = learned[learned.active >= learned.seed.map(least)]
    if inside.empty:
        return np.nan, np.nan, np.empty(0)
    seeds = inside.groupby("l1").size()
    penalty = float(seeds.index[seeds == seeds.max()].max())
    rows = inside[inside.l1 == penalty]
    curves = dict(list(lowered.groupby("seed")))
    found = [
        row.test_accuracy - np.interp(np.log(row.active), np.log(curves[row.seed].active), curves[row.seed].accuracy)
        for row in rows.itertuples()
    ]
    return float(rows.active.mean()), penalty, np.array(found)


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    start = tables["learning"].query("epoch == 0 and l1 == 0")
    before = np.mean([*start.active_1, *start.active_2])
    after = [values.mean() for values in _after_learning(tables).values()]
    last = tables["depth"].query("layer == @DEPTH", local_dict={"DEPTH": DEPTH})
    always = (last.always_on + last.always_off).mean()
    easy = tables["networks"].query("task == 'easy' and l1 == 0.001")
    labels = tables["networks"].query("task == 'random' and activation == 'ReLU'")
    return (
        f"before learning {before:.1%} of the ReLUs are active, though in layer {DEPTH} {always:.0%} of the units are "
        f"so for all inputs or none; after learning it is {min(after):.0%} to {max(after):.0%} by task and layer, "
        f"{easy.active_1.mean():.0%} and {easy.active_2.mean():.0%} with an L1 penalty; random labels are learned with "
        f"{labels.train_accuracy.mean():.0%} accuracy and tested with {labels.test_accuracy.mean():.0%}"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core."""
    p = parameters
    layer = CHANNELS + p.units + 40
    slow = len(p.easy_penalties)
    steps = ((len(_conditions(p)) - slow - 3) * p.epochs + 3 * p.memory) * p.examples / p.batch + slow * p.steps
    work = 2.5e-4 + 5.5e-10 * p.batch * p.units * layer
    return 3.0 + p.seeds * (steps * work + 0.03 * p.shown) + 0.6 * p.deep_seeds * (p.deep_width / 512) ** 2, 5e8


# ---------------------------------------------------------------- the figure


_COLOURS = {"easy": "sky blue", "prototypes": "blue", "digits": "vermillion", "random": "black"}
_WORDS = {"easy": "easy prototypes", "prototypes": "hard prototypes", "digits": "digits", "random": "random labels"}
_RUNG = {"rate": "rate", "perfect_if": "spiking", "lif": "spiking"}


def figure(tables: Tables) -> Any:
    """The eight panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=112):
        fig = plots.new_figure()
        axes = fig.subplots(2, 4)
        draws = (_draw_learning, _draw_depth, _draw_sparseness, _draw_penalty,
                 _draw_sparsified, _draw_noise, _draw_dropout, _draw_twins)  # fmt: skip
        for ax, draw in zip(axes.flat, draws, strict=True):
            draw(ax, tables)
            plots.tidy(ax)
        plots.label_panels(axes)
    return fig


def _colour(task: str) -> str:
    from neurosim.plots import OKABE_ITO

    return OKABE_ITO[_COLOURS[task]]


def _draw_learning(ax: Any, tables: Tables) -> None:
    from neurosim.plots import OKABE_ITO

    learning = tables["learning"]
    lines = [(task, 0.0, _colour(task), _WORDS[task]) for task in ("easy", "prototypes", "digits", "random")]
    lines.insert(1, ("easy", 1e-3, OKABE_ITO["bluish green"], "easy, L1 0.001"))
    for task, l1, colour, words in lines:
        rows = learning[(learning.task == task) & (learning.l1 == l1)].groupby("progress").mean(numeric_only=True)
        ax.plot(rows.index, rows.active_2, color=colour, label=words)
        ax.plot(rows.index, rows.active_1, color=colour, linestyle=(0, (1.2, 1.2)), linewidth=0.9)
    ax.axhline(0.5, color="0.6", linewidth=0.7, zorder=0.5)
    ax.set_ylim(0.0, 0.98)
    ax.set_yticks([0.0, 0.25, 0.5])
    ax.set_xlabel("learning done (share)")
    ax.set_ylabel("active (share)")
    ax.legend(loc="upper left", handlelength=1.4, ncols=1)


def _draw_depth(ax: Any, tables: Tables) -> None:
    from neurosim.plots import OKABE_ITO

    depth = tables["depth"].groupby("layer").mean(numeric_only=True)
    always = depth.always_off + depth.always_on
    ax.plot(depth.index, depth.expected_cosine, color="0.6", linewidth=2.6, label="cosine, theory")
    for values, colour, marker, words in (
        (depth.cosine, "black", "o", "cosine of inputs"),
        (depth.active, "blue", "s", "active"),
        (always, "vermillion", "^", "always on or off"),
    ):
        ax.plot(depth.index, values, color=OKABE_ITO[colour], marker=marker, markersize=2.4, linewidth=0.9, label=words)
    ax.set_ylim(0.0, 1.45)
    ax.set_yticks([0.0, 0.5, 1.0])
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.set_xlabel("layer (before learning)")
    ax.set_ylabel("share, or cosine (dimensionless)")
    ax.legend(loc="upper left", handlelength=1.4)


def _draw_sparseness(ax: Any, tables: Tables) -> None:
    rows = tables["sparsity"].query("activation == 'ReLU'")
    ax.plot([0, 1], [0, 1], color="0.8", linewidth=0.7, zorder=0.4)
    for task in _COLOURS:
        means = (
            rows[rows.task == task]
            .groupby(["l1", "layer"])[["lifetime_treves_rolls", "population_treves_rolls"]]
            .mean()
        )
        means = means.reset_index()
        for layer, marker in ((1, "o"), (2, "s")):
            part = means[means.layer == layer]
            ax.plot(
                part.lifetime_treves_rolls, part.population_treves_rolls, color=_colour(task), marker=marker,
                markersize=3.0, linewidth=0.6, markerfacecolor=_colour(task) if layer == 2 else "white",
                markeredgewidth=0.7, label=_WORDS[task] if layer == 2 else None,
            )  # fmt: skip
    top = 1.15 * max(rows.lifetime_treves_rolls.max(), rows.population_treves_rolls.max())
    ax.set_xlim(0.0, top)
    ax.set_ylim(0.0, top)
    ax.set_xlabel("lifetime Treves-Rolls (ratio)")
    ax.set_ylabel("population Treves-Rolls (ratio)")


def _draw_penalty(ax: Any, tables: Tables) -> None:
    networks = tables["networks"].query("activation == 'ReLU' and dropout == 0")
    for task in TASKS:
        rows = networks[networks.task == task].assign(active=lambda t: (t.active_1 + t.active_2) / 2)
        groups = rows.groupby("l1")
        active = groups.active.mean()
        for column, dash, marker in (("test_accuracy", "-", "o"), ("train_accuracy", (0, (1.2, 1.2)), "none")):
            found = [_mean(group[column]) for _, group in groups]
            words = "test" if column == "test_accuracy" else "learned"
            ax.plot(active, [v for v, _, _ in found], color=_colour(task), linestyle=dash, marker=marker,
                    markersize=2.8, label=words if task == TASKS[0] else None)  # fmt: skip
            if marker == "o":
                ax.vlines(active, [low for _, low, _ in found], [high for _, _, high in found], color=_colour(task),
                          linewidth=0.8)  # fmt: skip
        shifted = tables["lowered"].query("task == @task").groupby("shift")[["active", "accuracy"]].mean()
        ax.plot(shifted.active, shifted.accuracy, color=_colour(task), linestyle=(0, (4, 1.6)), linewidth=0.9,
                marker="x", markersize=2.6, label="lowered" if task == TASKS[0] else None)  # fmt: skip
    ax.set_xscale("log")
    least = max(min(line.get_xdata().min() for line in ax.lines), 1e-3)
    ticks = [tick for tick in (0.01, 0.03, 0.1, 0.3) if tick >= least / 1.5]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_xlim(least / 1.3, 0.65)
    ax.set_xlabel("active (share)")
    ax.set_ylabel("accuracy (share)")
    ax.legend(loc="center left", bbox_to_anchor=(0.0, 0.52), handlelength=1.6)


def _draw_sparsified(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    rows = tables["sparsified"].query("task == 'digits'")
    means = rows.groupby(["activation", "keep"]).accuracy.mean().unstack("keep")
    for name in NAMES:
        style = plots.activation_style(name)
        ax.plot(means.columns, means.loc[name], **{**style.line(), "markersize": 2.4, "linewidth": 1.0})
    ax.plot([MATCH, MATCH], [0.0, 1.0], color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set_xscale("log")
    ticks = [tick for tick in (0.05, 0.1, 0.2, 0.5, 1.0) if tick >= means.columns.min()]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_ylim(-0.35, 1.02)
    ax.set_yticks([0.0, 0.5, 1.0])
    ax.set_xlabel("activities kept (share)")
    ax.set_ylabel("test accuracy, digits (share)")
    ax.legend(loc="lower right", handlelength=1.6, fontsize=5.6, labelspacing=0.1, ncols=2, columnspacing=0.6)


def _draw_noise(ax: Any, tables: Tables) -> None:
    noise = tables["noise"].query("activation == 'ReLU' and place == 'input'")
    for task in TASKS:
        first = str(_compared(tables, "sparser", "gap", task)["first"])
        for l1, dash, words in ((0.0, "-", "no penalty"), (float(first.split()[1]), (0, (3, 1.2)), "sparser")):
            groups = noise[(noise.task == task) & np.isclose(noise.l1, l1, rtol=1e-9, atol=0)].groupby("noise").accuracy
            found = [_mean(group) for _, group in groups]
            ax.plot(list(groups.groups), [v for v, _, _ in found], color=_colour(task), linestyle=dash,
                    marker="o" if l1 == 0 else "s", markersize=2.6,
                    markerfacecolor=_colour(task) if l1 == 0 else "white", markeredgewidth=0.7,
                    label=words if task == TASKS[0] else None)  # fmt: skip
            ax.vlines(list(groups.groups), [low for _, low, _ in found], [high for _, _, high in found],
                      color=_colour(task), linewidth=0.7)  # fmt: skip
    ax.axhline(1 / CLASSES, color="0.6", linewidth=0.7, linestyle=":")
    ax.set_ylim(0.0, 1.05)
    ax.set_xlabel("input noise (s. d. of inputs)")
    ax.set_ylabel("test accuracy (share)")
    ax.legend(loc="upper right", handlelength=1.8, labelspacing=0.15)


def _draw_dropout(ax: Any, tables: Tables) -> None:
    rows = (
        tables["networks"]
        .query("activation == 'ReLU' and l1 == 0")
        .assign(active=lambda t: (t.active_1 + t.active_2) / 2)
    )
    for task in TASKS:
        groups = rows[rows.task == task].groupby("dropout")
        for column, marker, dash, words in (
            ("active", "o", "-", "active (share)"), ("redundancy", "s", (0, (3, 1.2)), "correlation of two units")
        ):  # fmt: skip
            found = [_mean(group[column]) for _, group in groups]
            ax.plot(list(groups.groups), [v for v, _, _ in found], color=_colour(task), linestyle=dash, marker=marker,
                    markersize=2.8, label=words if task == TASKS[0] else None)  # fmt: skip
            ax.vlines(list(groups.groups), [low for _, low, _ in found], [high for _, _, high in found],
                      color=_colour(task), linewidth=0.8)  # fmt: skip
    ax.set_ylim(0.0, 0.85)
    ax.set_xlabel("dropout while learning")
    ax.set_ylabel("share, or correlation")
    ax.legend(loc="upper left", handlelength=1.8)


def _draw_twins(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    twins = tables["twins"].query("run == 'network'")
    for place, rung in enumerate(("rate", "perfect_if", "lif")):
        for task, shift in zip(TASKS, (-0.14, 0.14), strict=True):
            for layer, marker in ((1, "o"), (2, "s")):
                values = twins[(twins.rung == rung) & (twins.task == task) & (twins.layer == layer)].overlap
                x = place + shift + (layer - 1.5) * 0.1
                ax.plot(
                    [x] * len(values), values, linestyle="none", marker=marker, markersize=3.0, color=_colour(task),
                    markerfacecolor=_colour(task) if layer == 2 else "white", markeredgewidth=0.7,
                    label=f"layer {layer}" if task == TASKS[0] and place == 0 else None,
                )  # fmt: skip
    ax.set_xticks(range(3), ["leaky\nrate", "perfect\nIF", "LIF"])
    ax.set_xlim(-0.5, 2.5)
    ax.set_ylim(min(0.8, 0.98 * float(twins.overlap.min())), 1.01)
    ax.set_ylabel("overlap of active sets (share)")
    ax.set_xlabel("same weights in")
    ax.legend(loc="lower left", handlelength=1.2)
    plots.despine(ax)


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    setup, depth, networks = tables["setup"].iloc[0], tables["depth"], tables["networks"]
    last = depth[depth.layer == DEPTH]
    easy = networks.query("task == 'easy' and l1 == 0.001")
    labels = networks.query("task == 'random' and activation == 'ReLU'")
    after = {words: values.mean() for words, values in _after_learning(tables).items()}
    chosen = {task: _compared(tables, "sparser", "accuracy, input noise", task) for task in TASKS}
    tanh = networks.query("activation == 'Tanh' and dropout > 0").zeros.max()
    twins = tables["twins"]
    network = twins.query("run == 'network' and layer == 2").groupby("rung").overlap.mean()
    layer = twins.query("run == 'layer' and rung == 'perfect_if'")
    return (
        f"Networks of {CHANNELS} inputs, two hidden layers of {setup.units:.0f} units and {CLASSES} classes, "
        f"{setup.seeds:.0f} seeds; bars are 95 % Student intervals. "
        f"A: share of ReLUs that are active for test examples, layer 2 (solid) and layer 1 (dotted), means over seeds; "
        "after learning without penalty "
        + ", ".join(f"{value:.3f} ({words})" for words, value in after.items())
        + f", with the L1 penalty {easy.active_1.mean():.3f} and {easy.active_2.mean():.3f} at an accuracy of "
        f"{easy.test_accuracy.mean():.3f}; random labels: {labels.train_accuracy.mean():.3f} learned, "
        f"{labels.test_accuracy.mean():.3f} tested. "
        f"B: a network of {DEPTH} layers of {setup.deep_width:.0f} ReLUs before learning, {setup.deep_inputs:.0f} "
        f"orthogonal inputs: half is active in every layer, but in the last one {last.always_off.mean():.3f} of the "
        f"units are always off and {last.always_on.mean():.3f} always on; grey: the map of cosines. "
        "C: Treves-Rolls ratios (small means sparse) over the examples of a unit and over the units of an example, "
        "layer 1 (open) and 2 (filled), lines join growing L1 penalties; colours as in A. "
        "D: accuracy on test examples and on learned ones against the active share as the L1 penalty grows, and where "
        "all hidden biases are lowered after learning without a penalty (dashed); colours as in A. "
        f"E: test accuracy on digits when only the largest hidden activities in magnitude are kept, by activation; "
        f"dotted: where they are compared ({MATCH:.0%}). "
        "F: accuracy under noise on the inputs, without penalty and with the strongest one that costs less than a "
        "point of accuracy; differences of the mean over the noise levels "
        + " and ".join(
            f"{row.value:+.3f} [{row.low:+.3f}, {row.high:+.3f}] ({_WORDS[task]})" for task, row in chosen.items()
        )
        + "; colours as in A, dotted: chance. G: dropout while learning, none at test, ReLU; a tanh network learned "
        f"with dropout has {tanh:.3g} exact zeros. "
        f"H: overlap (Jaccard) of the sets of active units with those of the static network when the whole network "
        f"runs as leaky rates, perfect integrate-and-fire cells ({STEPS} steps) or LIF neurons, layer 2 on average "
        + ", ".join(f"{network[name]:.3f} ({name})" for name in ("rate", "perfect_if", "lif"))
        + f"; layer by layer {layer.differing.sum():.0f} of {layer.entries.sum():.0f} perfect cells differ beyond the "
        f"{layer.between.sum():.0f} activities between 0 and 1/{STEPS}; colours as in A."
    )


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)
