"""When do units die, and do leaky variants or homeostasis bring them back?

A unit is dead where its slope is 0 for every input of the data: it is silent, and gradient descent cannot move its
weights. On the rungs with dynamics the like of it is a cell that is silent for every stimulus.

Prediction: a network of L - 1 hidden layers of N ReLU units is born dead on one ray of inputs with the probability
1 - (1 - 2^-N)^(L-1), hence certainly with depth; leaky, parametric and exponential units never. Large learning rates
kill ReLU units, and small ones do not. A dead unit whose inputs are fixed never comes back under plain gradient
descent; one in a later layer may, because what it receives goes on changing, and so may any when the inputs change.
Homeostasis needs no gradient: a threshold that falls while a cell is less active than its target wakes silent cells on
every rung.

Sources: Lu, Shin, Su & Karniadakis, arXiv:1903.06733 (2019) (born dead); Maas, Hannun & Ng (2013) (leaky ReLU); He et
al., ICCV (2015), arXiv:1502.01852 (PReLU); Clevert et al., arXiv:1511.07289 (2015) (ELU); Földiák, Biol Cybern 64
(1990) (thresholds that move).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim import decisions
from neurosim.engines import choices
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding
from neurosim.params import ParameterError, Params, param
from neurosim.theory import born_dead

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
    "rates": (0.1, 0.6, 0.8, 1.0, 1.5),
    "training_seeds": 2,
    "revival_epochs": 4,
    "cells": 40,
    "shown": 20,
    "presentations": 30,
    "duration": 0.4,
    "homeostasis_seeds": 1,
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
    rates: tuple[float, ...] = param((0.1, 0.4, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5), doc="learning rates", above=0)
    epochs: int = param(12, doc="passes through the digits", low=2)
    training_seeds: int = param(5, doc="networks per learning rate", low=2)
    revival_epochs: int = param(10, doc="passes through the digits after half of the units were silenced", low=2)
    cells: int = param(100, doc="cells of the population with homeostasis", low=10)
    shown: int = param(40, doc="digits shown per presentation", low=5)
    presentations: int = param(60, doc="presentations, after each of which thresholds move", low=5)
    homeostasis_seeds: int = param(3, doc="populations with homeostasis", low=1)
    target: float = param(10.0, unit="Hz", doc="mean rate that each cell is to keep", above=0)
    learning_rate: float = param(
        0.1, doc="fall of the threshold of a silent cell per presentation (threshold = 1)", above=0
    )
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
LEARNED = 0.9  # training accuracy
RUNGS = {
    "artificial": "static ReLU", "curve": "static f-I curve", "rate": "leaky rate units", "spiking": "LIF neurons"
}  # fmt: skip


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
        "learning_rate": ("1", "fall of the threshold of a silent cell per presentation"),
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
        share = born_dead([width] * (layers - 1)) if name == "ReLU" else 0.0
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
            accuracy[kind] = decisions.accuracy(output, classes)
        yield {
            "activation": name, "rate": rate, "seed": seed, "dead": dead, "underflow": underflow, "born": born,
            "finite": float(finite), "accuracy": accuracy["test"], "train_accuracy": accuracy["train"],
        }  # fmt: skip


def _trained(
    p: Parameters, x: Any, labels: Any, name: str, rate: float, seed: int, learn: tuple[str, ...] | None = None
) -> tuple[Any, bool, float]:
    """The network after the last epoch in which it was finite, whether it always was, and the share born dead."""
    from neurosim.training import SGD, Network, layered, train

    circuit, cells = layered([x.shape[1], *[p.units] * p.layers, 10], _activation(name), seed=seed)
    kept = Network(circuit, cells)
    born, _ = _dead(kept, x)

    def observe(epoch: int, network: Network) -> None:
        tables = ("weights", "biases", "negative_slopes")
        if all(np.isfinite(values).all() for table in tables for values in getattr(network, table).values()):
            for table in tables:
                for key, values in getattr(network, table).items():
                    np.copyto(getattr(kept, table)[key], values)

    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what diverges is reported by train
            found = train(
                circuit, cells, x, labels, optimiser=SGD(learning_rate=rate, momentum=0.0), epochs=p.epochs, seed=seed,
                learn=learn or ("weights", "biases", "negative_slopes"), observe=observe, progress=False,
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
                every = np.concatenate(list(network.negative_slopes.values()))
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

        train(start.to_circuit(), start.to_cells(), x, labels, optimiser=SGD(learning_rate=SMALL_RATE, momentum=0.0),
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
    law = TargetRate(target=p.target, reference=p.target, learning_rate=p.learning_rate)
    cells = ns.Population("cells", p.cells, bias, homeostasis=(law,))
    forward = ns.Projection("forward", "digits", "cells", weights, sign=None, tau=0.0)
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
                           "within": np.mean(np.abs(mean - p.target) <= 0.2 * p.target),
                           "rate": mean.mean()})  # fmt: skip

        learned = ns.learn(
            circuit, rungs[rung], stimulus, schedule, batch=p.shown, epochs=p.presentations, shuffle=False, seed=seed,
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


# ---------------------------------------------------------------- findings


def findings(tables: Tables) -> list[Finding]:
    """Checks against theory, eight claims, numbers worth reading, and the engines' comparison."""
    return [*_born_checks(tables), *_learning_checks(tables), *_waking_checks(tables), *_claims(tables),
            *_reports(tables), *cross_check_findings(tables["engines"])]  # fmt: skip


def _born_checks(tables: Tables) -> Iterator[Finding]:
    for row in tables["rays"].itertuples():
        if row.activation == "ReLU":
            yield Finding.check(
                f"ray-{row.width}-{row.layers}", f"A ReLU network of {row.layers} layers of {row.width} is born dead.",
                "share of networks whose output is constant on a ray", row.dead, expected=row.formula,
                standard_error=row.standard_error,
                reason="four standard errors of a binomial share",
                source="Lu et al. 2019: 1 - (1 - 2^-N)^(L - 1)",
            )  # fmt: skip
        else:
            yield Finding.check(
                f"ray-{row.activation}", f"No {row.activation} network is born dead (ten layers of two units).",
                "share of networks whose output is constant on a ray", row.dead, at_most=0.0,
                reason="the slope below threshold is not 0, so neither is the activity",
            )  # fmt: skip
    for width, rows in tables["line"].groupby("width"):
        yield Finding.check(
            f"line-{width}", f"Networks of {width} ReLU units per layer are dead on the whole line as often as known.",
            f"largest distance from the reference over 1 to {rows.hidden.max()} hidden layers",
            (rows.dead - rows.reference).abs().max(), at_most=0.01,
            reason="fixed before the run; two samples of some 60,000 differ by 0.003 (20,000: 0.004)",
            source="Monte Carlo, computed elsewhere",
        )  # fmt: skip


def _rates(tables: Tables, name: str) -> Any:
    """Means over seeds by learning rate."""
    return tables["learning"].query("activation == @name").groupby("rate").mean(numeric_only=True)


def _spearman(tables: Tables) -> float:
    from scipy.stats import spearmanr

    relu = _rates(tables, "ReLU")
    if relu.dead.nunique() == 1:
        return 0.0
    return float(spearmanr(relu.index, relu.dead).statistic)


def _learning_checks(tables: Tables) -> Iterator[Finding]:
    learning = tables["learning"]
    for name in ("LeakyReLU", "PReLU"):
        yield Finding.check(
            f"dead-{name}", f"No {name} unit dies at any learning rate.", "largest share of dead units",
            learning[learning.activation == name].dead.max(), at_most=0.0,
            reason="its slope below threshold is not 0",
        )  # fmt: skip
    elu = learning[learning.activation == "ELU"]
    yield Finding.check(
        "dead-ELU", "No ELU unit dies in a network that learns.",
        f"largest share of dead units in networks of more than {LEARNED:.0%} training accuracy",
        elu[elu.train_accuracy > LEARNED].dead.max(), at_most=0.0,
        reason="exp(drive) is above 0; what diverges reaches drives of -745, where it is 0 in 64 bit",
    )  # fmt: skip
    yield Finding.check(
        "dead-ELU-underflow", "An ELU unit is dead only where exp(drive) underflows.",
        "largest share of dead units that have a drive above -700", (elu.dead - elu.underflow).max(), at_most=0.0,
        reason="the smallest number in 64 bit is exp(-745)",
    )  # fmt: skip
    yield Finding.check(
        "dead-with-rate", "More ReLU units die at larger learning rates.",
        f"Spearman correlation of {learning.rate.nunique()} rates with the share of dead units, mean over networks",
        _spearman(tables), at_least=0.9,
        reason="the bound was fixed before the run; the rates were calibrated: up to 0.4 nobody dies (share at "
        "birth 0.5 to 1.3 % in three runs of five seeds, after learning 0.3 to 1.9 %, without a trend), above it the "
        "share rises",
    )  # fmt: skip
    first = tables["revival"].query("activation == 'ReLU' and layer == 'hidden1'")
    yield Finding.check(
        "no-revival", "A dead ReLU unit with fixed inputs does not come back.",
        f"largest share that is above threshold for some image, of {first.units.iloc[0]} units per network",
        first.data.max(), at_most=0.0, reason="its gradient is exactly 0",
    )  # fmt: skip
    yield Finding.check(
        "no-movement", "Nor do its weights move.", "largest change of a weight onto a dead unit", first.moved.max(),
        at_most=0.0, reason="its gradient is exactly 0",
    )  # fmt: skip


def _woken(tables: Tables, rung: str) -> tuple[float, Any]:
    """Share of the silenced cells within 20 % of the target, and their rows."""
    rows = tables["cells"].query("rung == @rung and silenced == 1")
    return float(((rows.after - rows.target).abs() <= 0.2 * rows.target).mean()), rows


def _waking_checks(tables: Tables) -> Iterator[Finding]:
    for rung, words in RUNGS.items():
        share, rows = _woken(tables, rung)
        yield Finding.check(
            f"silent-{rung}", f"Without homeostasis the silenced cells are silent ({words}).",
            "largest mean rate of a silenced cell over the target", (rows.before / rows.target).max(), at_most=0.01,
            reason="every drive lies 0.3 below threshold; the fitted ReLU's is 0.68, so 0.7 is just above",
        )  # fmt: skip
        yield Finding.check(
            f"woken-{rung}", f"Homeostasis brings silent cells back to their target ({words}).",
            f"share within 20 % of {rows.target.iloc[0]:g} Hz, of {len(rows)} cells", share, at_least=0.95,
            reason="fixed before the run",
            source="Földiák 1990",
        )  # fmt: skip


def _claims(tables: Tables) -> Iterator[Finding]:
    learning, revival = tables["learning"], tables["revival"]
    last = revival[revival.epoch == revival.epoch.max()]
    means = last.groupby(["activation", "layer"])[["data", "new", "inverted", "moved"]].mean()
    first, second = (means.loc[("ReLU", layer)] for layer in SILENT_LAYERS)
    yield Finding.claim_of_parts(
        "A2-03", "A dead neuron gives no output whatever comes later.",
        {
            f"not when the network learns on and its inputs stay ({first.data:.0%} come back)": first.data == 0,
            f"not when the layer before learns on ({second.data:.0%})": second.data == 0,
            f"not for new images ({first.new:.0%})": first.new == 0,
            f"not for images of inverted contrast ({first.inverted:.0%})": first.inverted == 0,
        },
        reason="units silenced for every image learned from; back is who is above threshold for some image",
    )  # fmt: skip
    yield Finding.claim_of_parts(
        "A2-10", "A ReLU whose input is always below zero cannot recover.",
        {
            f"with fixed inputs none comes back ({first.data:.0%})": first.data == 0,
            f"its weights do not move (by {first.moved:g})": first.moved == 0,
            f"with inputs from a layer that learns none comes back ({second.data:.0%})": second.data == 0,
        },
        reason="plain gradient descent without weight decay; born dead: see the checks",
    )  # fmt: skip
    yield _variants_claim(tables)
    drives = np.linspace(-5.0, 5.0, 1001)
    leaky = _activation("LeakyReLU")
    slope = float(leaky.derivative(drives).min())
    moved = float(means.loc[("LeakyReLU", "hidden1")].moved)
    yield Finding.claim_of_parts(
        "A2-12", "Leaky ReLU, max(a x, x), keeps a gradient.",
        {
            "it is max(a x, x)": bool(np.allclose(leaky(drives), np.maximum(slope * drives, drives), atol=1e-15)),
            f"its slope is nowhere 0 (least {slope:g})": slope > 0,
            f"weights onto silenced units move (by {moved:.1g}, with ReLU by {first.moved:g})": moved > first.moved,
        },
        reason="a = 0.01; for a above 1 the maximum of the two is x below threshold and a x above it",
    )  # fmt: skip
    leaks = tables["leaks"]
    yield Finding.claim_of_parts(
        "A2-13", "PReLU learns its slope and is more flexible.",
        {
            f"the slopes leave their start (by up to {leaks.largest.max():.3f})": bool((leaks.largest > 0.01).all()),
            f"with learned slopes the loss ends lower than with fixed ones, in every network "
            f"({leaks.learned_loss.mean():.4f} against {leaks.fixed_loss.mean():.4f})": bool(
                (leaks.learned_loss < leaks.fixed_loss).all()
            ),
        },
        reason=f"slopes start at 0.25; the same weights and order of images, learning rate {SMALL_RATE:g}",
    )  # fmt: skip
    yield Finding.claim_of_parts(
        "A4-16", "The slope of PReLU is trained, one per channel.",
        {
            f"the slopes leave their start (by up to {leaks.largest.max():.3f})": bool((leaks.largest > 0.01).all()),
            f"those of different units part (s. d. {leaks.sd.mean():.3f})": bool((leaks.sd > 0.0025).all()),
        },
        reason="more than 1 % of the start; one slope per unit",
    )  # fmt: skip
    relu = _rates(tables, "ReLU")
    low, high, rho = float(relu.dead.iloc[0]), float(relu.dead.iloc[-1]), _spearman(tables)
    yield Finding.claim_of_parts(
        "A4-13", "A large learning rate kills ReLU units.",
        {
            f"the share of dead units rises with the rate (Spearman {rho:.3f})": rho > 0.9,
            f"it is over 10 points higher at {relu.index[-1]:g} than at {relu.index[0]:g} ({high:.0%}, {low:.0%})": (
                high - low > 0.1
            ),
        },
        reason="plain gradient descent on digits",
    )  # fmt: skip
    dead = float(learning[learning.activation == "LeakyReLU"].dead.max())
    yield Finding.claim_of_parts(
        "A4-15", "Leaky ReLU avoids dying.",
        {f"no unit dies at any learning rate (largest share {dead:.0%})": dead == 0},
        reason="a leak of 0.01 keeps a gradient, but a hundredth of it: "
        f"{means.loc[('LeakyReLU', 'hidden1')].data:.0%} of the silenced units were back after {last.epoch.max()} "
        "epochs",
    )  # fmt: skip


def _best(tables: Tables, name: str) -> tuple[float, Any]:
    """The learning rate of the best mean test accuracy, and the accuracies of the seeds there."""
    rate = float(_rates(tables, name).accuracy.idxmax())
    rows = tables["learning"].query("activation == @name and rate == @rate").sort_values("seed")
    return rate, rows.accuracy.to_numpy()


def _variants_claim(tables: Tables) -> Finding:
    from neurosim.metrics import student_interval

    learning, parts = tables["learning"], {}
    for name in RECTIFIERS[1:]:
        dead = float(learning[learning.activation == name].dead.max())
        parts[f"no {name} unit dies (largest share {dead:.0%})"] = dead == 0
    relu = _best(tables, "ReLU")[1]
    for name in RECTIFIERS[1:]:
        gain = student_interval(_best(tables, name)[1] - relu)
        words = f"{100 * gain.value:+.2f} points, {100 * gain.low:+.2f} to {100 * gain.high:+.2f}"
        parts[f"{name} is more accurate ({words})"] = gain.low > 0
    return Finding.claim_of_parts(
        "A2-04", "Leaky ReLU, PReLU and ELU overcome the defects of ReLU and improve results further.", parts,
        reason="test accuracy on digits, each at its best learning rate, paired by seed, 95 % Student interval",
    )  # fmt: skip


def _reports(tables: Tables) -> Iterator[Finding]:
    learning = tables["learning"]
    elu = learning[learning.activation == "ELU"]
    yield Finding.report(
        "dead-ELU-diverged", "At learning rates at which nothing is learned ELU units die too, by underflow.",
        "largest share of dead units", elu.dead.max(),
        reason="steps so large that every drive of a unit falls below -745, where exp(drive) is 0 in 64 bit",
    )  # fmt: skip
    for name in RECTIFIERS:
        rate, accuracy = _best(tables, name)
        yield Finding.report(
            f"accuracy-{name}", f"Test accuracy of {name} at its best learning rate, {rate:g}.",
            "mean over networks", accuracy.mean(), low=accuracy.min(), high=accuracy.max(),
            reason="interval: smallest and largest network",
        )  # fmt: skip
    last = tables["revival"].query("epoch == epoch.max()")
    for (name, layer), rows in last.groupby(["activation", "layer"]):
        yield Finding.report(
            f"revival-{name}-{layer}", f"Silenced {name} units of {layer} that are back.",
            f"share above threshold for some image after {rows.epoch.iloc[0]} epochs", rows.data.mean(),
            low=rows.data.min(), high=rows.data.max(), reason="interval: smallest and largest network",
        )  # fmt: skip
    for rung, words in RUNGS.items():
        rows = tables["course"].query("rung == @rung").groupby("presentation").within.mean()
        reached = rows.index[rows >= 0.95]
        yield Finding.report(
            f"presentations-{rung}", f"How long homeostasis needs ({words}).",
            "presentations until 95 % of the silenced cells are within 20 % of their target",
            float(reached[0]) if len(reached) else "not reached",
        )  # fmt: skip


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    relu, last = _rates(tables, "ReLU"), tables["revival"].query("activation == 'ReLU' and epoch == epoch.max()")
    back = last.groupby("layer").data.mean()
    share = min(_woken(tables, rung)[0] for rung in RUNGS)
    return (
        f"dead ReLU units rise from {relu.dead.iloc[0]:.0%} at a learning rate of {relu.index[0]:g} to "
        f"{relu.dead.iloc[-1]:.0%} at {relu.index[-1]:g}, leaky and parametric ones stay at 0; of silenced units with "
        f"fixed inputs {back['hidden1']:.0%} come back by gradient descent, of those above a layer that learns "
        f"{back['hidden2']:.0%}; homeostasis brings {share:.0%} of silent cells back on every rung"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core with the compiled engine."""
    p = parameters
    trained = p.training_seeds * p.images * (4 * len(p.rates) * p.epochs + 2 * p.epochs + 4 * p.revival_epochs)
    steps = p.homeostasis_seeds * p.presentations * p.shown * p.duration / p.dt
    return 4.0 + 6e-5 * p.nets + 1e-5 * p.line_nets + 2.2e-5 * trained + 1.5e-6 * steps, 6e8


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    setup, relu = tables["setup"].iloc[0], _rates(tables, "ReLU")
    back = tables["revival"].query("epoch == epoch.max()").groupby(["activation", "layer"]).data.mean()
    woken = ", ".join(f"{_woken(tables, rung)[0]:.0%} ({words})" for rung, words in RUNGS.items())
    best = ", ".join(f"{name} {100 * _best(tables, name)[1].mean():.1f} %" for name in RECTIFIERS)
    return (
        f"A: share of random ReLU networks of N units per layer that are dead at birth, on one ray of inputs (filled, "
        f"{setup.nets:.0f} networks; lines: 1 - (1 - 2^-N)^hidden layers) and on the whole line (open, "
        f"{setup.line_nets:.0f}; dashed: reference). B: share of hidden units with slope 0 for all {setup.images:.0f} "
        f"digits after {setup.epochs:.0f} epochs of plain gradient descent, {setup.layers:.0f} layers of "
        f"{setup.units:.0f}, mean of {setup.training_seeds:.0f} networks: ReLU {relu.dead.iloc[0]:.1%} at a rate of "
        f"{relu.index[0]:g}, {relu.dead.iloc[-1]:.1%} at {relu.index[-1]:g}; ELU dies by underflow where learning "
        f"diverges. C: test accuracy; at the best rate {best}. D: half of the units of both layers are silenced for "
        f"every image; share that is above threshold for some image while the network learns on. Layer 1 (solid) has "
        f"fixed inputs: ReLU {back['ReLU', 'hidden1']:.0%}, LeakyReLU {back['LeakyReLU', 'hidden1']:.0%}, ELU "
        f"{back['ELU', 'hidden1']:.0%} at the end; layer 2 (dashed): ReLU {back['ReLU', 'hidden2']:.0%}. "
        f"E: cells that are silenced for all {setup.shown:.0f} digits and whose threshold falls by "
        f"{setup.learning_rate:g} per "
        f"presentation while they are silent; share within 20 % of {setup.target:g} Hz. F: their mean rates before "
        f"(open) and after (filled); grey: target and 20 % about it. Within it in the end: {woken}."
    )


# ---------------------------------------------------------------- the figure


def figure(tables: Tables) -> Any:
    """The six panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=118):
        fig = plots.new_figure()
        axes = fig.subplots(2, 3)
        _draw_born(axes[0, 0], tables)
        _draw_rates(axes[0, 1], tables, "dead", "dead units (share)")
        _draw_rates(axes[0, 2], tables, "accuracy", "test accuracy (share)")
        _draw_revival(axes[1, 0], tables)
        _draw_course(axes[1, 1], tables)
        _draw_cells(axes[1, 2], tables)
        plots.label_panels(axes)
    return fig


def _above(ax: Any, columns: int) -> None:
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.02), ncols=columns, columnspacing=1.0, handlelength=2.0)


def _draw_born(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    rays = tables["rays"].query("activation == 'ReLU'")
    palette = [colour for name, colour in plots.OKABE_ITO.items() if name != "yellow"]
    colours = dict(zip(sorted(rays.width.unique()), palette, strict=False))
    for width, rows in rays.groupby("width"):
        hidden = np.arange(1, 50)
        ax.plot(hidden, 1 - (1 - 2.0**-width) ** hidden, color=colours[width], linewidth=0.9)
        ax.plot(rows.layers - 1, rows.dead, color=colours[width], linestyle="none", marker="o", label=f"N = {width}")
    for width, rows in tables["line"].query("hidden > 1").groupby("width"):
        ax.plot(rows.hidden, rows.reference, color=colours[width], linewidth=0.7, linestyle=(0, (4, 1.5)))
        ax.plot(rows.hidden, rows.dead, color=colours[width], linestyle="none", marker="s", markerfacecolor="white",
                markeredgecolor=colours[width], markeredgewidth=0.7, markersize=2.8)  # fmt: skip
    ax.set_xscale("log")
    ax.set_xticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    ax.minorticks_off()
    ax.set_xlabel("hidden layers (number)")
    ax.set_ylabel("born dead (share)")
    _above(ax, 3)
    plots.tidy(ax)


def _draw_rates(ax: Any, tables: Tables, column: str, label: str) -> None:
    from neurosim import plots

    for name in RECTIFIERS:
        means = _rates(tables, name)
        ax.plot(means.index, means[column], **plots.activation_style(name).line())
    ax.set_xlim(0.0, None)
    ax.set_ylim(-0.04, 1.04)
    ax.set_xlabel(plots.axis_label("learning rate", "1"))
    ax.set_ylabel(label)
    _above(ax, 2)
    plots.tidy(ax)


def _draw_revival(ax: Any, tables: Tables) -> None:
    from neurosim import plots
    from neurosim.plots.figure import FewTicks

    means = tables["revival"].groupby(["activation", "layer", "epoch"]).data.mean()
    for name in RECTIFIERS:
        style = plots.activation_style(name)
        for layer, dashes in (("hidden1", "-"), ("hidden2", (0, (4, 1.5)))):
            rows = means[name, layer]
            ax.plot(rows.index, rows, color=style.colour, linestyle=dashes, marker=style.marker, markersize=2.8,
                    label=name if layer == "hidden1" else None)  # fmt: skip
    ax.set_ylim(-0.04, 1.04)
    ax.xaxis.set_major_locator(FewTicks(5, integer=True))
    ax.set_xlabel("epochs since they were silenced (number)")
    ax.set_ylabel("revived units (share)")
    _above(ax, 2)
    plots.tidy(ax)


def _draw_course(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    means = tables["course"].groupby(["rung", "presentation"]).within.mean()
    for k, rung in enumerate(RUNGS):
        rows, style = means[rung], plots.RUNGS[rung]
        ax.plot(rows.index, rows, **style.line(), markevery=(2 * k, 8))
    ax.axhline(0.95, color="0.6", linewidth=0.7, linestyle=":", zorder=0.5)
    ax.set_ylim(-0.04, 1.04)
    ax.set_xlabel("presentations (number)")
    ax.set_ylabel("cells at their target (share)")
    _above(ax, 2)
    plots.tidy(ax)


def _draw_cells(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    target = float(tables["setup"].target.iloc[0])
    ax.axhspan(0.8 * target, 1.2 * target, color="0.9", zorder=0)
    ax.axhline(target, color="0.6", linewidth=0.7, zorder=0.5)
    for place, rung in enumerate(RUNGS):
        rows, style = _woken(tables, rung)[1], plots.RUNGS[rung]
        spread = np.linspace(-0.3, 0.3, len(rows))
        ax.plot(place + spread, rows.before, linestyle="none", marker=style.marker, markersize=2.4,
                markerfacecolor="white", markeredgecolor=style.colour, markeredgewidth=0.5)  # fmt: skip
        ax.plot(place + spread, rows.after, linestyle="none", marker=style.marker, markersize=2.4, color=style.colour)
    ax.set_xticks(range(len(RUNGS)), [plots.RUNGS[rung].label.replace(" ", "\n") for rung in RUNGS])
    ax.set_xlabel("rung (name)")
    ax.set_ylim(-0.06 * target, 1.35 * target)
    ax.set_ylabel(plots.axis_label("mean rate of silenced cells", "Hz"))
    plots.tidy(ax)


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)
