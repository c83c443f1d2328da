"""Networks of 64 inputs, two hidden layers and ten classes that learn prototypes, digits, or labels without meaning."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.decisions import accuracy
from neurosim.params import Array, ParameterError, Params, param
from neurosim.randomness import stream
from neurosim.training import SGD, Network, Penalties, layered, train

CLASSES, CHANNELS = 10, 64
HIDDEN = ("hidden1", "hidden2")
TASKS = ("prototypes", "digits")
EVERY_TASK = ("easy", *TASKS, "random")
WORDS = {"easy": "easy prototypes", "prototypes": "hard prototypes", "digits": "digits", "random": "random labels"}
COLOURS = {"easy": "sky blue", "prototypes": "blue", "digits": "vermillion", "random": "black"}
NAMES = ("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Softplus", "Tanh", "Sigmoid")
SEEN = (0.0, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Fractions of the learning after which the active fractions are looked at."""
QUICK_LEARNING = {
    "units": 80, "examples": 300, "tests": 200, "epochs": 8, "memory": 20, "rate": 0.05,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Learning(Params):
    """How the networks learn."""

    units: int = param(128, doc="units of each of the two hidden layers", low=16)
    examples: int = param(1000, doc="examples to learn from (digits: at most 898)", low=50)
    tests: int = param(1000, doc="examples to test with (digits: at most 899)", low=100)
    epochs: int = param(20, doc="epochs on prototypes and digits", low=2)
    memory: int = param(60, doc="epochs on random labels", low=2)
    batch: int = param(50, doc="examples per step", low=1)
    rate: float = param(0.02, doc="learning rate of gradient descent", above=0)
    momentum: float = param(0.9, doc="momentum of gradient descent", low=0, below=1)
    easy: float = param(0.8, doc="noise of the easy prototypes (standard deviation; the prototypes have 1)", above=0)
    hard: float = param(1.6, doc="noise of the hard prototypes", above=0)

    def learner(self, task: str, activation: str = "ReLU", l1: float = 0.0, dropout: float = 0.0) -> "Learner":
        """One network that learns so."""
        values = {name: getattr(self, name) for name in Learning.info()}
        return Learner(**values, task=task, activation=activation, l1=float(l1), dropout=float(dropout))


@dataclass(frozen=True, kw_only=True)
class Learner(Learning):
    """One network: what it learns, with which activation and penalties."""

    task: str = param("prototypes", doc="what it learns", choices=EVERY_TASK)
    activation: str = param("ReLU", doc="activation of the hidden units", choices=NAMES)
    l1: float = param(0.0, doc="L1 penalty on hidden activities", low=0)
    dropout: float = param(0.0, doc="probability of dropout while learning", low=0, below=1)

    replaced: float = param(0.0, doc="fraction of the labels to learn that are replaced by random ones", low=0, high=1)

    @property
    def rounds(self) -> int:
        """Epochs of learning."""
        return self.memory if self.task == "random" else self.epochs


@dataclass(frozen=True, eq=False)
class Task:
    """Examples to learn from and to test with."""

    x: Array
    y: Any
    test_x: Array
    test_y: Any


def task_of(p: Learning, name: str, seed: int) -> Task:
    """The examples of a task."""
    if name == "digits":
        every = ns.datasets.digits()
        learn, test = every.split(0.5, stream(seed, "shuffle", "digits"))
        assert learn.labels is not None
        assert test.labels is not None
        mean, sd = float(learn.flat.mean()), float(learn.flat.std())
        chosen = stream(seed, "shuffle", "chosen").permutation(len(learn))[: p.examples]
        x, shown = (learn.flat[chosen] - mean) / sd, (test.flat[: p.tests] - mean) / sd
        return Task(x, learn.labels[chosen], shown, test.labels[: p.tests])
    noise = p.hard if name == "prototypes" else p.easy
    rng = stream(seed, "stimulus", name)
    prototypes = rng.standard_normal((CLASSES, CHANNELS))
    n = p.examples + p.tests
    labels = rng.integers(0, CLASSES, n)
    x = prototypes[labels] + noise * rng.standard_normal((n, CHANNELS))
    if name == "random":
        labels = rng.integers(0, CLASSES, n)
    return Task(x[: p.examples], labels[: p.examples], x[p.examples :], labels[p.examples :])


def with_replaced(task: Task, fraction: float, rng: np.random.Generator) -> Task:
    """The same examples, a fraction of those to learn with a label drawn anew (a tenth of them get their own again)."""
    chosen = rng.permutation(len(task.y))[: round(fraction * len(task.y))]
    labels = task.y.copy()
    labels[chosen] = rng.integers(0, CLASSES, len(chosen))
    return Task(task.x, labels, task.test_x, task.test_y)


def untrained(p: Learner, seed: int) -> tuple[Any, Any]:
    """The circuit and cells before learning."""
    activation = getattr(ns.activations, p.activation)()
    return layered([CHANNELS, p.units, p.units, CLASSES], activation, seed=seed)


def learned(p: Learner, seed: int) -> dict[str, Any]:
    """Circuit and cells after learning, what is to be said of the network, and its activity while it learned.

    `course` has the active fractions of both layers and the test accuracy at some epochs; it is empty with dropout,
    with a penalty, and with another activation than ReLU.
    """
    task, course = with_replaced(task_of(p, p.task, seed), p.replaced, stream(seed, "shuffle", "replaced")), []
    circuit, cells = untrained(p, seed)
    seen = {round(fraction * p.rounds) for fraction in SEEN}
    watched = p.activation == "ReLU" and not p.dropout and not p.l1

    def observe(epoch: int, network: Network) -> None:
        if watched and epoch in seen:
            run = network.forward({"input": task.test_x[:200]})
            row = {"epoch": epoch, "progress": epoch / p.rounds}
            row |= {f"active_{k}": float((run.activity[name] > 0).mean()) for k, name in enumerate(HIDDEN, 1)}
            course.append({**row, "test_accuracy": accuracy(run.activity["output"], task.test_y[:200])})

    found = train(
        circuit, cells, task.x, task.y, epochs=p.rounds, batch=p.batch, seed=seed, observe=observe, progress=False,
        optimiser=SGD(learning_rate=p.rate, momentum=p.momentum),
        penalties=Penalties(l1_activity=p.l1, dropout=p.dropout),
    )  # fmt: skip
    network = Network(found.circuit, found.cells)
    said = described(network, task, found.history["score"])
    return {"circuit": found.circuit, "cells": dict(found.cells), "said": said, "course": course}


def network_of(found: dict[str, Any]) -> Network:
    """The network that learned."""
    return Network(found["circuit"], found["cells"])


def described(network: Network, task: Task, score: Any) -> dict[str, float]:
    """What is to be said about a network after learning, from its test examples."""
    run, seen = network.forward({"input": task.test_x}), network.forward({"input": task.x})
    hidden = [run.activity[name] for name in HIDDEN]
    train_accuracy, test_accuracy = (
        accuracy(each.activity["output"], y) for each, y in ((seen, task.y), (run, task.test_y))
    )
    after = {HIDDEN[0]: hidden[1].shape[1], HIDDEN[1]: CLASSES}
    needed = sum(metrics.zero_skipping_operations(run.activity[name], n).macs for name, n in after.items())
    every = sum(metrics.dense_operations(run.activity[name].shape[1], n).macs for name, n in after.items())
    fitted = np.flatnonzero(score >= 0.99)
    return {
        "train_accuracy": train_accuracy, "test_accuracy": test_accuracy, "gap": train_accuracy - test_accuracy,
        "epochs_to_fit": float(fitted[0] + 1) if fitted.size else math.nan,
        **{f"active_{k}": float((values > 0).mean()) for k, values in enumerate(hidden, 1)},
        "zeros": float(np.mean([(values == 0).mean() for values in hidden])), "operations": needed / every,
        "selectivity": float(np.mean([class_selectivity(values > 0, task.test_y) for values in hidden])),
        "redundancy": float(np.mean([metrics.mean_absolute_correlation(values) for values in hidden])),
    }  # fmt: skip


def class_selectivity(active: Any, labels: Any) -> float:
    """Largest fraction of one class among the examples that make a unit active, mean over units that are ever active.

    Classes count alike, however many examples each has.
    """
    rates = np.array([active[labels == c].mean(axis=0) for c in range(CLASSES) if (labels == c).any()])
    total = rates.sum(axis=0)
    ever = total > 0
    return float((rates[:, ever].max(axis=0) / total[ever]).mean()) if ever.any() else math.nan


def passed(network: Network, x: Array, change: Callable[[str, Array], Array]) -> tuple[Array, dict[str, Array]]:
    """Logits and hidden activities when `change(name, drive)` gives the activities of a hidden layer."""
    before, hidden = x, {}
    for name in network.order:
        drive = before @ network.weights[f"to_{name}"].T + network.biases[name]
        before = drive if name == network.output else change(name, drive)
        if name != network.output:
            hidden[name] = before
    return before, hidden


def largest_kept(network: Network, task: Task, keep: float) -> dict[str, float]:
    """Accuracy when in each layer only the largest activities stay, by one threshold for all units and examples."""

    def kept(layer: str, drive: Array) -> Array:
        activity = network.activations[layer](drive)
        size = np.abs(activity)
        return np.where(size >= np.quantile(size, 1.0 - keep), activity, 0.0) if keep < 1 else activity

    logits, hidden = passed(network, task.test_x, kept)
    nonzero = float(np.mean([(values != 0).mean() for values in hidden.values()]))
    return {"nonzero": nonzero, "accuracy": accuracy(logits, task.test_y)}


def noisy(
    network: Network, task: Task, name: str, seed: int, noises: tuple[float, ...], places: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Accuracy under noise on the inputs or on the hidden drives; all networks of a seed get the same draws.

    Noise of 1 is the standard deviation of the inputs, or the mean activity of the hidden layer.
    """
    clean = network.forward({"input": task.test_x})
    scale = {layer: float(np.abs(clean.activity[layer]).mean()) for layer in HIDDEN}
    draws = {
        layer: stream(seed, "noise", name, layer).standard_normal(values.shape)
        for layer, values in (("input", task.test_x), *((layer, clean.drive[layer]) for layer in HIDDEN))
    }
    for place in places:
        for noise in noises:

            def change(layer: str, drive: Array, place: str = place, noise: float = noise) -> Array:
                added = noise * scale[layer] * draws[layer] if place == "hidden" else 0.0
                return np.asarray(network.activations[layer](drive + added))

            shift = noise * float(task.x.std()) * draws["input"] if place == "input" else 0.0
            logits, _ = passed(network, task.test_x + shift, change)
            yield {"place": place, "noise": noise, "accuracy": accuracy(logits, task.test_y)}


def treves_rolls(network: Network, task: Task) -> Iterator[dict[str, Any]]:
    """Treves-Rolls ratios of both hidden layers; negative activities count as 0."""
    run = network.forward({"input": task.test_x[:300]})
    for k, name in enumerate(HIDDEN, 1):
        row = metrics.sparsity_row(run.activity[name], rung=name, negative="rectify")
        yield {"layer": k, **{key: row[key] for key in ("population_treves_rolls", "lifetime_treves_rolls")}}


def required(p: Params, name: str, *values: float) -> None:
    """Refuse a parameter that lacks values which the findings ask about; the first has to come first.

    Raises:
        ParameterError: a value is missing.
    """
    given = getattr(p, name)
    if len(given) < 2 or given[0] != values[0] or any(value not in given for value in values):
        words = f"at least two, the first {values[0]:g}" + "".join(f", {value:g} among them" for value in values[1:])
        raise ParameterError(f"Parameters.{name}: got {given}, expected {words}")
