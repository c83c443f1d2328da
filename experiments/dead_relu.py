"""When do units die, and do leaky variants or homeostasis bring them back?

A unit is dead where its slope is 0 for every input of the data: it is silent, and gradient descent cannot move its
weights. On the rungs with dynamics the like of it is a cell that is silent for every stimulus.

Prediction: a network of L - 1 hidden layers of N ReLU units is born dead on one ray of inputs with the probability
1 - (1 - 2^-N)^(L-1), hence certainly with depth; leaky, parametric and exponential units never. Large learning rates
kill ReLU units, and small ones do not. A dead unit whose inputs are fixed never comes back under plain gradient descent; one in a
later layer may, because what it receives goes on changing, and so may any when the inputs change. Homeostasis needs no
gradient: a threshold that falls while a cell is less active than its target wakes silent cells on every rung.

Sources: Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019) (born dead); Maas, Hannun & Ng (2013) (leaky ReLU); He et
al., ICCV (2015), arXiv:1502.01852 (PReLU); Clevert et al., arXiv:1511.07289 (2015) (ELU); Foeldiak, Biol Cybern 64
(1990) (thresholds that move).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.engines import choices
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding
from neurosim.params import ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.activations.base import Activation
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 185
CLAIMS = ("A2-03", "A2-04", "A2-10", "A2-12", "A2-13", "A4-13", "A4-15", "A4-16")
QUICK = {
    "line_nets": 20_000,
    "images": 400,
    "epochs": 5,
    "rates": (0.1, 0.3, 0.6, 1.0, 1.5),
    "training_seeds": 2,
    "revival_epochs": 4,
    "cells": 40,
    "shown": 20,
    "presentations": 40,
    "duration": 0.4,
    "homeostasis_seeds": 2,
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick trains fewer networks on fewer digits."""

    seed: int = param(0, doc="first seed: weights, order of the images, noise", low=0)
    engine: str = param("auto", doc="engine of the LIF cells", choices=choices("spiking"))
    nets: int = param(20_000, doc="random networks per width and depth on one ray", low=100)
    line_nets: int = param(60_000, doc="random networks per width on the whole line", low=100)
    images: int = param(1200, doc="digits to learn from; the rest are the test", low=100, high=1500)
    layers: int = param(2, doc="hidden layers of the networks that learn", low=2)
    units: int = param(64, doc="units of each", low=8)
    rates: tuple[float, ...] = param((0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5), doc="learning rates", above=0)
    epochs: int = param(12, doc="passes through the digits", low=2)
    training_seeds: int = param(5, doc="networks per learning rate", low=2)
    revival_epochs: int = param(10, doc="passes through the digits after half of the units were silenced", low=2)
    cells: int = param(100, doc="cells of the population with homeostasis", low=10)
    shown: int = param(40, doc="digits shown per presentation", low=5)
    presentations: int = param(60, doc="presentations, after each of which thresholds move", low=5)
    homeostasis_seeds: int = param(3, doc="populations with homeostasis", low=1)
    target: float = param(10.0, unit="Hz", doc="mean rate that each cell is to keep", above=0)
    eta: float = param(0.1, doc="fall of the threshold of a silent cell per presentation (threshold = 1)", above=0)
    duration: float = param(0.6, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0)
    sigma_stat: float = param(0.0, doc="membrane noise of the LIF cells (threshold = 1)", low=0)

    def check(self) -> None:
        if len(self.rates) < 3 or list(self.rates) != sorted(set(self.rates)):
            raise ParameterError(f"Parameters.rates: got {self.rates}, expected at least three, increasing")
        if self.settle >= self.duration:
            raise ParameterError(f"Parameters.settle: got {self.settle} s, expected less than {self.duration} s")


# Width, number of layers (one more than hidden ones).
RAYS = ((2, 2), (2, 5), (2, 10), (2, 20), (3, 10), (4, 10), (5, 10), (8, 10), (8, 50))
# Width -> probability that a network is dead on the whole line, 1 to 9 hidden layers (60,000 networks).
LINE = {
    2: (0.0, 0.1532, 0.3356, 0.4950, 0.6192, 0.7153, 0.7852, 0.8385, 0.8794),
    3: (0.0, 0.0428, 0.1192, 0.2071, 0.2953, 0.3765, 0.4521, 0.5197, 0.5777),
    4: (0.0, 0.0118, 0.0384, 0.0728, 0.1139, 0.1589, 0.2035, 0.2493, 0.2933),
}
RECTIFIERS = ("ReLU", "LeakyReLU", "PReLU", "ELU")
SMALL_RATE = 0.05
SILENT_LAYERS = ("hidden1", "hidden2")
DISTANCE = 0.3  # silenced cells: largest drive this far below threshold
FAR = -700.0  # exp(drive) underflows from -745 on
RUNGS = ("artificial", "curve", "rate", "spiking")


_INTERVAL = {
    "activation": ("", "class name"),
    "rate": ("1", "learning rate of plain gradient descent"),
    "seed": ("1", "network"),
}
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "setup": {
        "nets": ("1", "random networks per point, one ray"),
        "line_nets": ("1", "random networks per width, whole line"),
        "images": ("1", "digits to learn from"),
        "layers": ("1", "hidden layers"),
        "units": ("1", "units of each"),
        "epochs": ("1", "passes through the digits"),
        "training_seeds": ("1", "networks per learning rate"),
        "cells": ("1", "cells of the population with homeostasis"),
        "shown": ("1", "digits per presentation"),
        "presentations": ("1", "presentations"),
        "target": ("Hz", "mean rate that each cell is to keep"),
        "eta": ("1", "fall of the threshold of a silent cell per presentation"),
    },
    "rays": {
        "activation": ("", "class name"),
        "width": ("1", "units per layer"),
        "layers": ("1", "layers: one more than hidden ones"),
        "dead": ("1", "share of networks whose output is the same for all inputs on one ray"),
        "formula": ("1", "1 - (1 - 2^-N)^(L - 1)"),
        "standard_error": ("1", "of a share that obeys the formula"),
    },
    "line": {
        "width": ("1", "units per layer"),
        "hidden": ("1", "hidden layers"),
        "dead": ("1", "share of networks whose output is the same for all inputs of each sign"),
        "reference": ("1", "the same computed elsewhere, 60,000 networks"),
    },
    "learning": {
        **_INTERVAL,
        "dead": ("1", "share of hidden units with slope 0 for every image they learned from, after learning"),
        "underflow": ("1", "share of hidden units whose every drive lies below -700, where exp(drive) is 0 in 64 bit"),
        "born": ("1", "share of dead units before learning"),
        "finite": ("1", "1 if the loss stayed finite (else everything is that of the last epoch in which it was)"),
        "accuracy": ("1", "on the test images"),
        "train_accuracy": ("1", "on the images learned from"),
    },
    "leaks": {
        "seed": ("1", "network"),
        "start": ("1", "slope below threshold before learning"),
        "mean": ("1", "mean over units after learning"),
        "sd": ("1", "standard deviation over units"),
        "largest": ("1", "largest change"),
        "learned_loss": ("1", "cross-entropy on the images learned from, slopes learned"),
        "fixed_loss": ("1", "the same, slopes fixed"),
    },
    "revival": {
        "activation": ("", "class name"),
        "seed": ("1", "network"),
        "layer": ("", "hidden layer; hidden1 has fixed inputs"),
        "epoch": ("1", "epochs since half of the units of both layers were silenced"),
        "units": ("1", "silenced units"),
        "moved": ("1", "largest change of a weight onto a silenced unit"),
        "data": ("1", "share of silenced units above threshold for some image learned from"),
        "new": ("1", "the same for some test image"),
        "inverted": ("1", "the same for some image of inverted contrast"),
    },
    "cells": {
        "rung": ("", "rung of the ladder"),
        "seed": ("1", "population"),
        "cell": ("1", "cell"),
        "silenced": ("1", "1 if its threshold was put above all its drives at the start"),
        "before": ("Hz", "mean rate over the digits, before"),
        "after": ("Hz", "the same after homeostasis"),
        "target": ("Hz", "rate that it is to keep"),
    },
    "course": {
        "rung": ("", "rung of the ladder"),
        "seed": ("1", "population"),
        "presentation": ("1", "presentation, from 1"),
        "silent": ("1", "share of the silenced cells below 1 % of the target"),
        "within": ("1", "share of them within 20 % of the target"),
        "rate": ("Hz", "their mean rate"),
    },
    "engines": CROSS_CHECK_COLUMNS,
}


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Born dead, killed by learning, revived or not, and woken by homeostasis."""
    import pandas as pd
    from threadpoolctl import threadpool_limits

    p = parameters
    names = list(COLUMNS["setup"])
    # The matrices are small: a second core would wait for the first.
    with threadpool_limits(1):
        rows: dict[str, Any] = {
            "setup": [{name: getattr(p, name) for name in names}], "rays": _rays(p, progress), "line": _line(p),
            "learning": _learning(p, progress), "leaks": _slopes_learned(p, progress), "revival": _revival(p, progress),
        }  # fmt: skip
        rows["cells"], rows["course"], rows["engines"] = _homeostasis(p, progress)
        return {name: pd.DataFrame(list(rows[name]), columns=list(COLUMNS[name])) for name in COLUMNS}


def _activation(name: str) -> Activation:
    from neurosim import activations

    return activations.known()[name]()


def _born(name: str, width: int, hidden: int, inputs: tuple[float, ...], nets: int, rng: Any) -> Any:
    """Share of random networks, after each hidden layer, whose output is the same for all inputs of each sign.

    Shapes
        activity (nets, inputs, units); a network that is dead on every input is not followed further
    """
    activation = _activation(name)
    activity = np.broadcast_to(np.array(inputs)[:, np.newaxis], (nets, len(inputs), 1))
    dead = []
    for _ in range(hidden):
        weights = rng.standard_normal((len(activity), width, activity.shape[2]))
        activity = activation(np.einsum("nuj,nij->niu", weights, activity))
        activity = activity[(activity != 0).any(axis=(1, 2))]
        dead.append(1 - len(activity) / nets)
    return dead


def _rays(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    from neurosim.randomness import stream

    cases = [("ReLU", *ray) for ray in RAYS] + [(name, 2, 10) for name in RECTIFIERS[1:]]
    for name, width, layers in progress(cases, "born dead"):
        share = 1 - (1 - 2.0**-width) ** (layers - 1) if name == "ReLU" else 0.0
        dead = _born(name, width, layers - 1, (1.0,), p.nets, stream(p.seed, "weights", name, width, layers))
        yield {
            "activation": name, "width": width, "layers": layers, "dead": dead[-1], "formula": share,
            "standard_error": math.sqrt(share * (1 - share) / p.nets),
        }  # fmt: skip


def _line(p: Parameters) -> Iterator[dict[str, Any]]:
    """A line through 0 is two rays, and without biases a network is a straight line on each."""
    from neurosim.randomness import stream

    for width, references in LINE.items():
        dead = _born("ReLU", width, len(references), (1.0, -1.0), p.line_nets, stream(p.seed, "weights", "line", width))
        for hidden, (share, reference) in enumerate(zip(dead, references, strict=True), start=1):
            yield {"width": width, "hidden": hidden, "dead": share, "reference": reference}


def _digits(p: Parameters) -> tuple[Any, Any, Any, Any]:
    """Pixels of mean 0 and variance 1, and classes, to learn from and to test."""
    from neurosim import datasets

    images = datasets.digits()
    x = images.images.reshape(len(images.images), -1)
    x = (x - x.mean()) / x.std()
    return x[: p.images], images.labels[: p.images], x[p.images :], images.labels[p.images :]


def _dead(network: Any, x: Any) -> tuple[float, float]:
    """Shares of hidden units with the slope 0 for every input, and with every drive below -700."""
    with np.errstate(over="ignore", invalid="ignore"):
        drive = network.forward({"input": x}).drive
        dead = [(network.activation(name).derivative(drive[name]) == 0).all(axis=0) for name in network.hidden]
    far = [(drive[name] < FAR).all(axis=0) for name in network.hidden]
    return float(np.concatenate(dead).mean()), float(np.concatenate(far).mean())


def _learning(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    """Digits by plain gradient descent, every activation from the same weights, at every learning rate."""
    x, labels, test_x, test_labels = _digits(p)
    cases = [(n, r, p.seed + k) for n in RECTIFIERS for r in p.rates for k in range(p.training_seeds)]
    for name, rate, seed in progress(cases, "networks that learn"):
        network, finite, born = _trained(p, x, labels, name, rate, seed)
        dead, underflow = _dead(network, x)
        accuracy = {}
        for kind, inputs, classes in (("train", x, labels), ("test", test_x, test_labels)):
            with np.errstate(over="ignore", invalid="ignore"):
                output = network.forward({"input": inputs}).activity["output"]
            accuracy[kind] = float(np.mean(output.argmax(axis=1) == classes))
        yield {
            "activation": name, "rate": rate, "seed": seed, "dead": dead, "underflow": underflow, "born": born,
            "finite": float(finite), "accuracy": accuracy["test"], "train_accuracy": accuracy["train"],
        }  # fmt: skip


def _trained(
    p: Parameters, x: Any, labels: Any, name: str, rate: float, seed: int, learn: tuple[str, ...] | None = None
) -> tuple[Any, bool, float]:
    """The network after the last epoch in which it was finite, whether that was the last one, and who was born dead."""
    from neurosim.training import SGD, Network, layered, train

    circuit, cells = layered([x.shape[1], *[p.units] * p.layers, 10], _activation(name), seed=seed)
    kept = Network(circuit, cells)
    born, _ = _dead(kept, x)

    def observe(epoch: int, network: Network) -> None:
        tables = ("weights", "biases", "leaks")
        if all(np.isfinite(values).all() for table in tables for values in getattr(network, table).values()):
            for table in tables:
                for key, values in getattr(network, table).items():
                    np.copyto(getattr(kept, table)[key], values)

    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what diverges is reported by train
            found = train(
                circuit, cells, x, labels, optimiser=SGD(rate=rate, momentum=0.0), epochs=p.epochs, seed=seed,
                learn=learn or ("weights", "biases", "leaks"), observe=observe, progress=False,
            )  # fmt: skip
    except ParameterError:
        return kept, False, born
    return kept, found.finished, born


def _slopes_learned(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    """PReLU with slopes that are learned and with the same slopes fixed, from the same weights."""
    from neurosim.training import CrossEntropy

    x, labels, _, _ = _digits(p)
    loss = CrossEntropy()
    targets = loss.prepared(labels, len(x), 10)
    for k in progress(range(p.training_seeds), "learned slopes"):
        row: dict[str, Any] = {"seed": p.seed + k}
        for kind, learn in (("learned", None), ("fixed", ("weights", "biases"))):
            network, _, _ = _trained(p, x, labels, "PReLU", SMALL_RATE, p.seed + k, learn)
            row[f"{kind}_loss"] = loss.value_and_gradient(network.forward({"input": x}).activity["output"], targets)[0]
            if kind == "learned":
                every = np.concatenate(list(network.leaks.values()))
                row |= {"start": 0.25, "mean": every.mean(), "sd": every.std(), "largest": np.abs(every - 0.25).max()}
        yield row


def _silenced(network: Any, x: Any, rng: Any) -> dict[str, Any]:
    """Put half of the units of each of the first two layers just below threshold for every input; which ones."""
    chosen = {}
    for name in SILENT_LAYERS:
        highest = network.forward({"input": x}).drive[name].max(axis=0)
        chosen[name] = rng.permutation(len(highest)) < len(highest) // 2
        network.biases[name] -= np.where(chosen[name], highest + 0.05, 0.0)
    return chosen


def _revival(p: Parameters, progress: Progress) -> Iterator[dict[str, Any]]:
    """Half of the units are silenced, then the network learns: who comes back?"""
    from neurosim.randomness import stream
    from neurosim.training import SGD, Network, layered, train

    x, labels, test_x, _ = _digits(p)
    cases = [(name, p.seed + k) for name in RECTIFIERS for k in range(p.training_seeds)]
    for name, seed in progress(cases, "revival"):
        start = Network(*layered([x.shape[1], *[p.units] * p.layers, 10], _activation(name), seed=seed))
        chosen = _silenced(start, x, stream(seed, "init", "silenced"))
        rows: list[dict[str, Any]] = []

        def observe(
            epoch: int, network: Network, start: Network = start, chosen: Any = chosen, rows: Any = rows
        ) -> None:
            found = {kind: network.forward({"input": inputs}).drive for kind, inputs in
                     (("data", x), ("new", test_x), ("inverted", -x))}  # fmt: skip
            for layer, which in chosen.items():
                active = {kind: (drive[layer][:, which] > 0).any(axis=0).mean() for kind, drive in found.items()}
                moved = np.abs(network.weights[f"to_{layer}"] - start.weights[f"to_{layer}"])[which].max()
                rows.append({"layer": layer, "epoch": epoch, "units": int(which.sum()), "moved": moved, **active})

        train(start.to_circuit(), start.to_cells(), x, labels, optimiser=SGD(rate=SMALL_RATE, momentum=0.0),
              epochs=p.revival_epochs, seed=seed, observe=observe, progress=False)  # fmt: skip
        yield from ({"activation": name, "seed": seed, **row} for row in rows)


def _population(p: Parameters, seed: int) -> tuple[Any, Any, Any]:
    """Cells that look at digits, half of them silenced; the circuit, the stimulus, and which are silenced."""
    import neurosim as ns
    from neurosim import datasets
    from neurosim.homeostasis import TargetRate

    images = datasets.digits().images
    rng = ns.randomness.stream(seed, "weights", "population")
    shown = 100.0 * images[rng.permutation(len(images))[: p.shown]].reshape(p.shown, -1)  # Hz
    weights = rng.standard_normal((p.cells, shown.shape[1]))
    drive = shown @ weights.T
    weights *= 0.4 / drive.std(axis=0)[:, np.newaxis]
    drive = shown @ weights.T
    silenced = rng.permutation(p.cells) < p.cells // 2
    bias = np.where(silenced, 1.0 - DISTANCE - drive.max(axis=0), 1.0 - drive.mean(axis=0))
    law = TargetRate(target=p.target, reference=p.target, eta=p.eta)
    cells = ns.Population("cells", p.cells, bias, homeostasis=(law,))
    forward = ns.Projection("forward", "digits", "cells", weights, sign=None)
    circuit = ns.Circuit({"digits": shown.shape[1]}, [cells], [forward])
    return circuit, ns.Stimulus({"digits": shown}), silenced


def _homeostasis(
    p: Parameters, progress: Progress
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """The same population on every rung, with and without thresholds that move."""
    import neurosim as ns

    rungs = ns.ladder(ns.LIF(sigma_stat=p.sigma_stat))
    schedule = ns.Schedule(duration=p.duration, settle=p.settle, dt=p.dt)
    cells: list[dict[str, Any]] = []
    course: list[dict[str, Any]] = []
    engines: list[dict[str, Any]] = []
    for seed, rung in progress([(p.seed + k, r) for k in range(p.homeostasis_seeds) for r in RUNGS], "homeostasis"):
        circuit, stimulus, silenced = _population(p, seed)
        engine = p.engine if rung == "spiking" else "auto"
        common = {"rung": rung, "seed": seed}

        def observe(batch: int, run: Any, _: Any, common: Any = common, silenced: Any = silenced) -> None:
            mean = run.checked_rates("cells").mean(axis=0)[silenced]
            course.append({**common, "presentation": batch, "silent": np.mean(mean < 0.01 * p.target),
                           "within": np.mean(np.abs(mean - p.target) <= 0.2 * p.target), "rate": mean.mean()})  # fmt: skip

        learned = ns.learn(
            circuit, rungs[rung], stimulus, schedule, batch=p.shown, passes=p.presentations, shuffle=False, seed=seed,
            engine=engine, observe=observe, progress=False,
        )  # fmt: skip
        if rung == "spiking":
            progress.note(engine=learned.provenance["engine"])
        rates = []
        for state in (circuit, learned.circuit):
            run = ns.simulate(
                state.frozen(), rungs[rung], stimulus, schedule, seed=seed + 1000, engine=engine, progress=False
            )
            rates.append(run.checked_rates("cells").mean(axis=0))
        for k in range(p.cells):
            cells.append({**common, "cell": k, "silenced": int(silenced[k]), "before": rates[0][k],
                          "after": rates[1][k], "target": p.target})  # fmt: skip
        if rung == "spiking" and seed == p.seed:
            check = learned.circuit.frozen()
            engines.append(cross_check("Awakened cells", check, rungs[rung], stimulus, schedule, seed=seed, trials=3))
    return cells, course, engines
