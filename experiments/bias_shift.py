"""What can a bias do: for rare classes, for a shifted world, for stability, and as the threshold of a spiking neuron?

A bias is a number added to a drive, so it undoes what is added: a class that is rare, a translation of the input, an
additive drift. Prediction: output biases at the logarithm of the class frequencies make the first loss the entropy of
the labels, and the steps that would have learned the frequencies are saved. Biases alone undo a translation of the
input exactly, b -> b - W d, and no rotation. A homeostatic threshold returns the rates after an additive change of the
light; after a multiplicative one it returns their mean only. In a deep network the division of batch normalisation
keeps activities in range whatever the weights, its offset alone does not. The same shift moves the onset of a ReLU and
of a LIF neuron alike, as bias or as threshold, but a raised threshold lowers the gain as well.

Twins: the ReLU network runs on the ladder with drive = threshold + scale (b + W a), so that the fitted ReLU gives its
activities back. A threshold 1 + shift of a LIF neuron that resets to 0 is the drive divided by 1 + shift.

Sources: Lin et al., arXiv:1708.02002 (2017) (prior of rare classes); Ioffe & Szegedy, arXiv:1502.03167 (2015); Yang et
al., arXiv:1902.08129 (2019) (gradients of normalised networks); Baldi & Hornik, Neural Netw 2 (1989) (autoencoders).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import decisions, metrics, training
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding, below
from neurosim.params import Array, ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 195
CLAIMS = ("A1-39", "A1-40", "A1-43", "A1-44", "A1-45", "A1-50")
QUICK = {
    "seeds": 3,
    "images": 300,
    "steps": 250,
    "epochs": 15,
    "presentations": 30,
    "depth": 16,
    "shifts": (0.0, 0.4, 0.8),
}

RARE, BACKGROUND = 0.05, 0.99
REACH = 3.0
"""Drive that the largest activity of the trained network has on the ladder (threshold 1)."""
TARGET = 12.0
"""Mean rate in Hz that the homeostatic threshold keeps."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick has fewer seeds, images and steps."""

    seed: int = param(0, doc="first seed: weights, images, order", low=0)
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    seeds: int = param(8, doc="networks of every kind, the unit of replication", low=2)
    images: int = param(1200, doc="digits, half of them to train", low=100, high=1797)
    steps: int = param(600, doc="steps on the imbalanced problem", low=50)
    epochs: int = param(30, doc="epochs on the digits", low=1)
    presentations: int = param(60, doc="presentations before and after the light changes", low=10)
    depth: int = param(30, doc="layers of the deep network", low=4)
    shifts: tuple[float, ...] = param((0.0, 0.2, 0.4, 0.6, 0.8, 1.2, 1.6), doc="bias or threshold, from 0", low=0)
    duration: float = param(0.3, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0)

    def check(self) -> None:
        if len(self.shifts) < 2 or self.shifts[0] != 0 or list(self.shifts) != sorted(set(self.shifts)):
            raise ParameterError(f"Parameters.shifts: got {self.shifts}, expected at least two, increasing from 0")

    @property
    def schedule(self) -> ns.Schedule:
        """When it is counted."""
        return ns.Schedule(duration=self.duration, settle=self.settle, dt=self.dt)


_SEED = ("1", "seed of the network")
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "prior": {
        "frequency": ("1", "share of the rare class"),
        "output": ("", "softmax: two outputs; sigmoid: one output"),
        "bias": ("", "what the output biases start at"),
        "value": ("1", "bias of the rare class"),
        "probability": ("1", "what the network first says of the rare class"),
        "loss": ("nat", "first cross-entropy, by the package's loss"),
    },
    "speed": {
        "seed": _SEED,
        "start": ("", "zero, or prior: the logarithms of the class frequencies"),
        "frequency": ("1", "share of positives"),
        "goal": ("1", "loss to reach, in units of the labels' entropy"),
        "first_loss": ("nat", "loss before the first step"),
        "steps": ("1", "steps until it is reached (the number of all steps + 1 if it is not)"),
    },
    "losses": {
        "start": ("", "zero or prior"),
        "step": ("1", "steps of gradient descent"),
        "value": ("nat", "loss, mean over seeds"),
        "low": ("nat", "lower end of its 95 % Student interval"),
        "high": ("nat", "upper end"),
    },
    "adaptation": {
        "seed": _SEED,
        "change": ("", "translation, or rotation of all inputs about their mean"),
        "size": ("1", "rms displacement over the rms distance of the inputs from their mean"),
        "original": ("1", "accuracy on the test images before the change"),
        "changed": ("1", "after the change, nothing adapted"),
        "biases": ("1", "after the biases alone were trained on changed training images"),
        "exact": ("1", "largest difference of an output from the original with b - W d; NaN for the rotation"),
    },
    "drift": {
        "rung": ("", "rung of the ladder"),
        "light": ("", "additive or multiplicative change"),
        "moment": ("", "before, changed (at once) or adapted"),
        "mean_rate": ("Hz", "mean over images and units"),
        "difference": ("1", "rms difference from the responses before, over their rms"),
        "worst_mean": ("Hz", "largest distance of a unit's mean rate from the target"),
    },
    "drift_course": {
        "rung": ("", "rung of the ladder"),
        "light": ("", "additive or multiplicative change"),
        "presentation": ("1", "presentations since the change"),
        "mean_rate": ("Hz", "mean over images and units"),
    },
    "depth": {
        "seed": _SEED,
        "kind": ("", "plain; offset: mean removed and beta added; normalised: divided by the deviation too"),
        "beta": ("1", "offset"),
        "scale": ("1", "weight variance over that of He"),
        "activity": ("1", "log10 of the mean squared activity, last over first layer"),
        "gradient": ("1", "log10 of the mean squared gradient of the drives, first over last layer"),
    },
    "without_bias": {
        "seed": _SEED,
        "task": ("", "classification, regression or autoencoder"),
        "measure": ("", "error rate, or mean squared error over the variance"),
        "with_bias": ("1", "its value with biases"),
        "without": ("1", "its value without"),
    },
    "twins": {
        "seed": _SEED,
        "route": ("", "relu bias; relu threshold; lif bias; lif threshold"),
        "shift": ("1", "fall of the bias or rise of the threshold (threshold distance)"),
        "active_fraction": ("1", "share of active units"),
        "mean_rate": ("Hz", "mean rate"),
        "accuracy": ("1", "accuracy of the network's own read-out"),
    },
    "engines": CROSS_CHECK_COLUMNS,
}


def compute(p: Parameters, progress: Progress) -> Tables:
    """All tables; every part draws from streams of its own."""
    import pandas as pd

    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    rows["prior"] = list(_prior())
    curves: dict[str, list[Array]] = {"zero": [], "prior": []}
    for seed in progress([p.seed + k for k in range(p.seeds)], "networks"):
        rows["speed"] += _speed(p, seed, curves)
        network, parts = _digit_network(p, seed)
        rows["adaptation"] += _adaptation(p, seed, network, parts)
        rows["twins"] += _twins(p, seed, network, parts, rows["engines"], progress)
        rows["without_bias"] += _without_bias(p, seed, parts)
        rows["depth"] += _depth(p, seed)
    for rung in ("curve", "spiking"):
        for light in ("additive", "multiplicative"):
            _drift(p, rung, light, rows["drift"], rows["drift_course"])
    for start, losses in curves.items():
        for step in range(0, p.steps + 1, 5):
            found = metrics.student_interval([loss[step] for loss in losses])
            rows["losses"].append({"start": start, "step": step, **_bounds(found)})
    return {name: pd.DataFrame(rows[name], columns=list(columns)) for name, columns in COLUMNS.items()}


def _bounds(found: Any) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


# ---------------------------------------------------------------- rare classes


def _prior() -> Iterator[dict[str, Any]]:
    """First losses on 10,000 labels, by the package; a sigmoid's logit z is the softmax of (0, z)."""
    loss = training.CrossEntropy()
    for frequency in (0.5, 0.2, 0.1, RARE, 1 - BACKGROUND):
        positives = round(10_000 * frequency)
        labels = (np.arange(10_000) < positives).astype(int)
        rare, often = math.log(frequency), math.log(1 - frequency)
        starts = {
            ("softmax", "zero"): (0.0, 0.0),
            ("softmax", "log p"): (often, rare),
            ("softmax", "log p, exchanged"): (rare, often),
            ("sigmoid", "zero"): (0.0, 0.0),
            ("sigmoid", "log p"): (0.0, rare),
            ("sigmoid", "logit"): (0.0, rare - often),
        }
        for (output, bias), logits in starts.items():
            activity = np.tile(logits, (10_000, 1))
            softmax = ns.activations.Softmax()(np.array([logits]))[0]
            yield {
                "frequency": frequency, "output": output, "bias": bias, "value": logits[1],
                "probability": softmax[1] / softmax.sum(),
                "loss": loss.value_and_gradient(activity, loss.prepared(labels, 10_000, 2))[0],
            }  # fmt: skip


GOALS = (1.0, 0.9, 0.75)


def _speed(p: Parameters, seed: int, curves: dict[str, list[Array]]) -> Iterator[dict[str, Any]]:
    """A small network on two overlapping clouds, 5 % of one and then half of it, by full-batch gradient descent."""
    count, dimensions = 400, 8
    for frequency in (RARE, 0.5):
        rng = ns.randomness.stream(seed, "stimulus", "clouds", round(100 * frequency))
        labels = (np.arange(count) < round(frequency * count)).astype(int)
        inputs = rng.standard_normal((count, dimensions)) + labels[:, None] * np.eye(dimensions)[0] * 2.5
        entropy = -frequency * math.log(frequency) - (1 - frequency) * math.log(1 - frequency)
        circuit, cells = training.layered((dimensions, 16, 2), seed=seed)
        # Small output weights: the first output is the bias, for both starts alike.
        small = 0.01 * circuit.projection("to_output").dense()
        for start, bias in (("zero", np.zeros(2)), ("prior", np.log([1 - frequency, frequency]))):
            losses: list[float] = []
            loss = training.CrossEntropy()

            def observe(
                epoch: int, network: Any, losses: list[float] = losses, x: Array = inputs, y: Any = labels
            ) -> None:
                output = network.forward({"input": x}).activity["output"]
                losses.append(training.CrossEntropy().value_and_gradient(output, y)[0])

            training.train(
                circuit.with_weights(to_output=small).with_bias(output=bias), cells, inputs, labels, loss=loss,
                optimiser=training.SGD(rate=0.05, momentum=0.0), epochs=p.steps, batch=count, seed=seed,
                observe=observe, progress=False,
            )  # fmt: skip
            course = np.array(losses)
            if frequency == RARE:
                curves[start].append(course)
            for goal in GOALS:
                reached = np.flatnonzero(course <= (goal + 1e-3) * entropy)
                yield {
                    "seed": seed, "start": start, "frequency": frequency, "goal": goal, "first_loss": course[0],
                    "steps": int(reached[0]) if len(reached) else p.steps + 1,
                }  # fmt: skip


# ---------------------------------------------------------------- a shifted world


def _digit_network(p: Parameters, seed: int) -> tuple[Any, tuple[Array, Any, Array, Any]]:
    """A trained ReLU network with one hidden layer, and the images: training, its labels, test, its labels."""
    fit, test = ns.datasets.digits().split(p.images / 2 / 1797, ns.randomness.stream(seed, "shuffle", "halves"))
    test = test.select(ns.randomness.stream(seed, "shuffle", "shown").permutation(len(test))[: p.images // 2])
    parts = (fit.flat, fit.labels, test.flat, test.labels)
    return _trained(p, seed, (64, 48, 10), parts[0], parts[1]), parts


def _trained(p: Parameters, seed: int, sizes: tuple[int, ...], x: Array, y: Any, **options: Any) -> Any:
    circuit, cells = training.layered(sizes, seed=seed)
    options = {"optimiser": training.SGD(rate=0.05), "epochs": p.epochs, "seed": seed, "progress": False, **options}
    run = training.train(circuit, cells, x, y, **options)
    return training.Network(run.circuit, run.cells)


def _outputs(network: Any, x: Array) -> Array:
    found: Array = network.forward({"input": x}).activity["output"]
    return found


def _adaptation(
    p: Parameters, seed: int, network: Any, parts: tuple[Array, Any, Array, Any]
) -> Iterator[dict[str, Any]]:
    """The same rms displacement by a translation and by a rotation; then only the biases learn."""
    x, y, test, labels = parts
    rng = ns.randomness.stream(seed, "stimulus", "changes")
    centre = x.mean(axis=0)
    spread = math.sqrt(float(((x - centre) ** 2).sum(axis=1).mean()))
    basis = np.linalg.qr(rng.standard_normal((64, 64)))[0]
    original = _outputs(network, test)
    for size in (0.5, 1.0):
        angle = 2.0 * math.asin(size / 2.0)  # turning every plane by one angle moves every input by this share
        turn = np.kron(np.eye(32), [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        rotation, d = basis @ turn @ basis.T, size * spread * basis[:, 0]
        changes = {
            "translation": lambda z, d=d: z + d,
            "rotation": lambda z, rotation=rotation: centre + (z - centre) @ rotation.T,
        }
        for change, moved in changes.items():
            circuit, cells = network.to_circuit(), network.to_cells()
            exact = math.nan
            if change == "translation":
                bias = network.biases["hidden1"] - network.weights["to_hidden1"] @ d
                undone = training.Network(circuit.with_bias(hidden1=bias), cells)
                exact = float(np.abs(_outputs(undone, moved(test)) - original).max())
            run = training.train(
                circuit, cells, moved(x), y, learn=("biases",), optimiser=training.SGD(rate=0.05), epochs=p.epochs,
                seed=seed, progress=False,
            )  # fmt: skip
            yield {
                "seed": seed, "change": change, "size": size, "original": decisions.accuracy(original, labels),
                "changed": decisions.accuracy(_outputs(network, moved(test)), labels),
                "biases": decisions.accuracy(_outputs(training.Network(run.circuit, run.cells), moved(test)), labels),
                "exact": exact,
            }  # fmt: skip


def _drift(p: Parameters, rung: str, light: str, rows: list[dict[str, Any]], course: list[dict[str, Any]]) -> None:
    """Units with homeostatic thresholds look at digits; then the light changes."""
    rng = ns.randomness.stream(p.seed, "weights", "drift")
    shown = ns.datasets.digits().flat[:40]
    filters = ns.wiring.random_normal(20, 64, rng)
    filters = 0.5 * filters / (100.0 * shown @ filters.T).std(axis=0)[:, None]
    homeostasis = ns.homeostasis.TargetRate(target=TARGET, reference=TARGET, eta=0.15)
    units = ns.Population("units", 20, bias=1.0 - (100.0 * shown @ filters.T).mean(axis=0), homeostasis=homeostasis)
    circuit = ns.Circuit(
        {"pixels": 64}, [units], [ns.Projection("filters", "pixels", "units", filters, sign=None, tau=0.0)]
    )
    cell = ns.ladder(ns.LIF())[rung]
    after = 1.5 * shown if light == "multiplicative" else shown + 0.3
    engine = p.engine if rung == "spiking" else "auto"
    before: Array | None = None
    for moment, images in (("before", shown), ("adapted", after)):
        stimulus = ns.Stimulus({"pixels": 100.0 * images})
        seen: list[Array] = []

        def observe(number: int, recording: Any, circuit_now: Any, seen: list[Array] = seen) -> None:
            seen.append(recording.rates["units"])

        learned = ns.learn(
            circuit, cell, stimulus, p.schedule, batch=len(images), passes=p.presentations, seed=p.seed, engine=engine,
            shuffle=False, observe=observe, progress=False,
        )  # fmt: skip
        circuit = learned.circuit
        before = seen[-1] if before is None else before
        wanted = [("changed", seen[0]), ("adapted", seen[-1])] if moment == "adapted" else [("before", seen[-1])]
        for name, rates in wanted:
            rows.append({
                "rung": rung, "light": light, "moment": name, "mean_rate": rates.mean(),
                "difference": metrics.rmse(rates, before) / math.sqrt(float(np.mean(before**2))),
                "worst_mean": np.abs(rates.mean(axis=0) - TARGET).max(),
            })  # fmt: skip
        if moment == "adapted":
            course += [
                {"rung": rung, "light": light, "presentation": k, "mean_rate": rates.mean()}
                for k, rates in enumerate(seen)
            ]


# ---------------------------------------------------------------- stability


def _depth(p: Parameters, seed: int) -> Iterator[dict[str, Any]]:
    """Mean squared activity and gradient in a deep ReLU network at its random start."""
    kinds = (("plain", 0.0), ("offset", 0.0), ("offset", 1.0), ("normalised", 0.0), ("normalised", 1.0))
    for scale in (0.25, 1.0, 4.0):
        for kind, beta in kinds:
            rng = ns.randomness.stream(seed, "weights", "deep")
            yield {"seed": seed, "kind": kind, "beta": beta, "scale": scale, **_deep(p.depth, kind, beta, scale, rng)}


def _deep(depth: int, kind: str, beta: float, scale: float, rng: np.random.Generator) -> dict[str, float]:
    width, batch = 64, 96
    h, layers, squares = rng.standard_normal((batch, width)), [], []
    for _ in range(depth):
        w = rng.standard_normal((width, width)) * math.sqrt(2.0 * scale / width)
        z = h @ w.T
        drive, spread = normalised(z, kind, beta)
        h = np.maximum(drive, 0.0)
        layers.append((w, drive, spread, beta))
        squares.append(float(np.mean(h**2)))
    back, gradients = rng.standard_normal((batch, width)), []
    for w, drive, spread, offset in reversed(layers):
        back = back * (drive > 0)
        gradients.append(float(np.mean(back**2)))
        back = normalised_gradient(back, drive - offset, spread, kind) @ w
    return {
        "activity": math.log10(squares[-1] / squares[0]),
        "gradient": math.log10(gradients[-1] / gradients[0]),
    }


def normalised(z: Array, kind: str, beta: float) -> tuple[Array, Array]:
    """Drives (batch, units) after plain, offset-only or full batch normalisation, and what they were divided by."""
    if kind == "plain":
        return z, np.ones(z.shape[1])
    centred = z - z.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0) + 1e-12) if kind == "normalised" else np.ones(z.shape[1])
    return centred / spread + beta, spread


def normalised_gradient(back: Array, y: Array, spread: Array, kind: str) -> Array:
    """The gradient by z, given that by `normalised(z)`; y is the result without its offset.

    Source
        Ioffe & Szegedy (2015), section 3.
    """
    if kind == "plain":
        return back
    back = back - back.mean(axis=0)
    if kind == "normalised":
        back = (back - y * (back * y).mean(axis=0)) / spread
    return back


def _without_bias(p: Parameters, seed: int, parts: tuple[Array, Any, Array, Any]) -> Iterator[dict[str, Any]]:
    """The same tasks with and without biases; the linear autoencoder in closed form (principal components)."""
    x, y, test, labels = parts
    errors = [
        1.0 - decisions.accuracy(_outputs(_trained(p, seed, (64, 48, 10), x, y, learn=learn), test), labels)
        for learn in (("weights", "biases"), ("weights",))
    ]
    yield _pair(seed, "classification", "error rate", errors)
    rng = ns.randomness.stream(seed, "stimulus", "regression")
    inputs = rng.standard_normal((400, 6))
    values = inputs @ rng.standard_normal(6) + 3.0 + 0.1 * rng.standard_normal(400)
    fits = []
    for design in (np.column_stack([inputs, np.ones(400)]), inputs):
        solution = np.linalg.lstsq(design[:200], values[:200], rcond=None)[0]
        fits.append(float(np.mean((design[200:] @ solution - values[200:]) ** 2) / values[200:].var()))
    yield _pair(seed, "regression", "mean squared error over variance", fits)
    kept, found = 8, []
    for mean in (x.mean(axis=0), np.zeros(64)):
        components = np.linalg.svd(x - mean, full_matrices=False)[2][:kept]
        rest = (test - mean) - (test - mean) @ components.T @ components
        found.append(float((rest**2).sum() / ((test - test.mean(axis=0)) ** 2).sum()))
    yield _pair(seed, "autoencoder", "mean squared error over variance", found)


def _pair(seed: int, task: str, measure: str, values: list[float]) -> dict[str, Any]:
    return {"seed": seed, "task": task, "measure": measure, "with_bias": values[0], "without": values[1]}


# ---------------------------------------------------------------- bias and threshold on two rungs


def _twins(
    p: Parameters, seed: int, network: Any, parts: tuple[Array, Any, Array, Any], engines: list[dict[str, Any]],
    progress: Progress,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """The hidden layer of the trained network as ReLUs and as LIF neurons, at every shift."""
    x, _, test, labels = parts
    cells = ns.ladder(ns.LIF())
    relu = cells["artificial"].activation
    w, b = network.weights["to_hidden1"], network.biases["hidden1"]
    top = float(np.quantile(np.maximum(0.0, x @ w.T + b), 0.999))
    scale = (REACH - relu.threshold) / top
    weights, bias = scale * w / 100.0, relu.threshold + scale * b
    stimulus = ns.Stimulus({"input": 100.0 * test})

    def circuit(shift: float, factor: float) -> ns.Circuit:
        return ns.Circuit(
            {"input": 64},
            [ns.Population("hidden", len(w), bias=(bias - shift) * factor)],
            [ns.Projection("to_hidden", "input", "hidden", weights * factor, sign=None, tau=0.0)],
        )

    for shift in p.shifts:
        raised = ns.Unit(activation=relu.replace(threshold=relu.threshold + shift))
        routes: dict[str, tuple[ns.Circuit, Any]] = {
            "relu bias": (circuit(shift, 1.0), cells["artificial"]),
            "relu threshold": (circuit(0.0, 1.0), raised),
            "lif bias": (circuit(shift, 1.0), cells["spiking"]),
            "lif threshold": (circuit(0.0, 1.0 / (1.0 + shift)), cells["spiking"]),
        }
        for route, (made, cell) in routes.items():
            engine = p.engine if route.startswith("lif") else "auto"
            run = ns.simulate(made, cell, stimulus, p.schedule, seed=seed, progress=False, engine=engine)
            rates = run.checked_rates("hidden")
            outputs = rates / (relu.gain * scale) @ network.weights["to_output"].T + network.biases["output"]
            yield {
                "seed": seed, "route": route, "shift": shift, "active_fraction": float((rates > 0).mean()),
                "mean_rate": rates.mean(), "accuracy": decisions.accuracy(outputs, labels),
            }  # fmt: skip
        progress.note(engine=str(run.provenance["engine"]))
    if not engines:
        brief = ns.Schedule(duration=0.1, settle=0.0, dt=p.dt)
        made = circuit(p.shifts[1], 1.0)
        engines.append(cross_check("Digits", made, cells["spiking"], stimulus, brief, seed=seed, trials=4))


# ---------------------------------------------------------------- findings


def findings(tables: Tables) -> list[Finding]:
    """Checks of the first loss, of what biases undo, of stability and of the twins; then the claims."""
    return [
        *_prior_checks(tables), *_shift_checks(tables), *_claims(tables), *_reports(tables),
        *cross_check_findings(tables["engines"]),
    ]  # fmt: skip


def _first(tables: Tables, output: str, bias: str, frequency: float = RARE) -> Any:
    rows = tables["prior"]
    near = np.isclose(rows.frequency, frequency)
    return rows[near & (rows.output == output) & (rows.bias == bias)].iloc[0]


def _prior_checks(tables: Tables) -> Iterator[Finding]:
    for name, row, expected, words in (
        ("softmax", _first(tables, "softmax", "log p"), 0.198515, "softmax biases log p"),
        ("sigmoid", _first(tables, "sigmoid", "logit"), 0.198515, "a sigmoid's bias at the logit"),
        ("zero", _first(tables, "softmax", "zero"), 0.693147, "biases of 0"),
    ):
        yield Finding.check(
            f"first-loss-{name}", f"With {words}, the first loss at 5 % positives is {expected}.", "cross-entropy",
            row.loss, expected=expected, tolerance=1e-6, unit="nat",
            reason="the reference is written with six decimals; the labels are 5 % exactly",
            source="entropy of the labels; ln 2",
        )  # fmt: skip
    log_p, logit = _first(tables, "sigmoid", "log p"), _first(tables, "sigmoid", "logit")
    for name, row, expected in (("logit", logit, -2.944439), ("log-p", log_p, -2.995732)):
        yield Finding.check(
            f"bias-{name}", f"{'log(p/(1-p))' if name == 'logit' else 'log p'} at p = 0.05 is {expected}.", "bias",
            row.value, expected=expected, tolerance=1e-6, reason="the reference is written with six decimals",
        )  # fmt: skip
    softmax = tables["prior"][(tables["prior"].output == "softmax") & (tables["prior"].bias == "log p")]
    yield Finding.check(
        "softmax-of-log", "softmax(log p) = p at every frequency.", "largest difference",
        np.abs(softmax.probability - softmax.frequency).max(), at_most=1e-12, reason="rounding; the p sum to 1",
    )  # fmt: skip
    yield Finding.check(
        "sigmoid-needs-logit", "One sigmoid output with bias log p says p/(1 + p) instead of p.", "probability",
        log_p.probability, expected=RARE / (1 + RARE), tolerance=1e-12, reason="e^log p/(1 + e^log p); rounding",
    )  # fmt: skip


def _shift_checks(tables: Tables) -> Iterator[Finding]:
    adaptation, twins = tables["adaptation"], tables["twins"]
    moved = adaptation[adaptation.change == "translation"]
    yield Finding.check(
        "translation-undone", "b - W d undoes a translation of the input by d in every output.", "largest difference",
        moved.exact.max(), at_most=1e-12, reason="rounding of sums of 64 products near 1",
    )  # fmt: skip
    largest = adaptation[adaptation["size"] == adaptation["size"].max()].set_index(["change", "seed"])
    lost = (largest.original - largest.biases).unstack("change")
    gap = metrics.student_interval(lost["rotation"] - lost["translation"])
    yield Finding.check(
        "rotation-not-undone", "Trained biases win back less after a rotation than after a translation of equal size.",
        "accuracy still lost, rotation minus translation", gap.value, low=gap.low, high=gap.high, at_least=0.05,
        reason="bias training may end anywhere; 5 points are many standard errors over test images and seeds",
    )  # fmt: skip
    by_route = twins.set_index(["route", "seed", "shift"])
    same = by_route.loc["relu bias"] - by_route.loc["relu threshold"]
    yield Finding.check(
        "relu-bias-is-threshold", "For the ReLU a lower bias and a higher threshold are the same.",
        "largest difference of rate, active fraction or accuracy", np.abs(same.to_numpy()).max(), at_most=1e-9,
        reason="drive - (threshold + shift) = (drive - shift) - threshold up to rounding",
    )  # fmt: skip
    lif = by_route.loc["lif bias"] - by_route.loc["lif threshold"]
    yield Finding.check(
        "lif-same-onset", "For the LIF neuron they move the onset alike.", "largest difference of the active fraction",
        np.abs(lif.active_fraction).max(), at_most=0.02,
        reason="drive > 1 + shift both ways; a cell that fires only just may have no spike in the window, more "
        "easily with the slower climb to a raised threshold",
    )  # fmt: skip
    shifted = lif[lif.index.get_level_values("shift") > 0]
    yield Finding.check(
        "lif-lower-gain", "A raised threshold lowers the rate of the LIF neuron more than the same fall of the bias.",
        "smallest mean rate with the lower bias minus that with the raised threshold", shifted.mean_rate.min(),
        at_least=0.0, unit="Hz", reason="from reset the potential has farther to climb; the ReLU has no such climb",
    )  # fmt: skip


def _claims(tables: Tables) -> Iterator[Finding]:
    entropy, zero = _first(tables, "softmax", "log p"), _first(tables, "softmax", "zero")
    sigmoid, labels = _first(tables, "sigmoid", "log p"), -(RARE * math.log(RARE) + (1 - RARE) * math.log(1 - RARE))
    yield Finding.claim(
        "A1-39", "An output bias initialised to the logarithm of the class frequency compensates imbalance, for "
        "example "
        "log 0.05 and log 0.95.", "first loss of two softmax outputs minus the entropy of the labels",
        abs(entropy.loss - labels), supported=below(1e-6), partly=below(zero.loss - labels), unit="nat",
        reason=f"no bias can do better than the entropy, and 0 starts at {zero.loss:.6f}. A single sigmoid needs "
        "the logit "
        f"{_first(tables, 'sigmoid', 'logit').value:.6f}: with log 0.05 it says {sigmoid.probability:.6f} and loses "
        f"{sigmoid.loss - labels:.1e} more",
    )  # fmt: skip
    p = 1 - BACKGROUND
    low, none = _first(tables, "sigmoid", "logit", p), _first(tables, "sigmoid", "zero", p)
    right, wrong = _first(tables, "softmax", "log p", p), _first(tables, "softmax", "log p, exchanged", p)
    yield Finding.claim_of_parts(
        "A1-40", "In detection the bias of the background class should start low.",
        {
            f"one output for the object lowers the first loss with a low bias ({low.value:.2f}: {low.loss:.4f} instead "
            f"of {none.loss:.4f})": bool(low.loss < none.loss),
            f"of two outputs, that of the background should have the lower bias ({wrong.loss:.4f} against "
            f"{right.loss:.4f} the other way round)": bool(wrong.loss < right.loss),
        },
        reason="99 % background: what starts low is the output for the rare object; an output for the background "
        "itself "
        "starts high, at log 0.99", source="Lin et al. 2017 (a prior of 0.01 for the object)",
    )  # fmt: skip
    drift = tables["drift"].set_index(["light", "rung", "moment"])
    parts = {}
    for light in ("additive", "multiplicative"):
        rows = drift.xs("adapted", level="moment").loc[light]
        before = drift.xs("changed", level="moment").loc[light]
        parts[
            f"{light}: the mean rates of all units return to the target (within {rows.worst_mean.max():.2f} Hz; at "
            f"once {before.worst_mean.max():.0f} Hz off)"
        ] = bool(rows.worst_mean.max() < 0.1 * TARGET)
        parts[
            f"{light}: the responses to the images return (rms difference {rows.difference.max():.1%} of their size; "
            f"at once {before.difference.max():.0%})"
        ] = bool(rows.difference.max() < 0.1)
    yield Finding.claim_of_parts(
        "A1-43", "An adaptive bias compensates drift such as a change of illumination.", parts,
        reason="f-I curve and spiking rung, the worse of the two; a tenth counts as returned. Light multiplies, and a "
        "threshold can only subtract",
    )  # fmt: skip
    yield _speed_claim(tables)
    depth = tables["depth"]

    def worst(kind: str, column: str) -> float:
        return float(depth[depth.kind == kind].groupby(["beta", "scale"])[column].mean().abs().max())

    parts = {}
    for kind, words in (("normalised", "with the division"), ("offset", "with the offset alone")):
        parts[f"{words} activities stay in range (10^{worst(kind, 'activity'):.1f} at worst)"] = (
            worst(kind, "activity") < 1.0
        )
        parts[f"{words} gradients neither vanish nor explode (10^{worst(kind, 'gradient'):.1f} at worst)"] = (
            worst(kind, "gradient") < 1.0
        )
    yield Finding.claim_of_parts(
        "A1-45", "The bias of batch normalisation keeps numbers stable and prevents vanishing or exploding gradients.",
        parts,
        reason="mean squares of the last and first layer of a deep ReLU network at random weights of a quarter, "
        "once and "
        "four times He's variance, offsets 0 and 1; a factor of 10 counts as in range (without anything: "
        f"10^{worst('plain', 'activity'):.1f})", source="Ioffe & Szegedy 2015; Yang et al. 2019",
    )  # fmt: skip
    yield _without_claim(tables)


def _saved(tables: Tables, frequency: float, goal: float) -> Any:
    rows = tables["speed"]
    rows = rows[np.isclose(rows.frequency, frequency) & np.isclose(rows.goal, goal)]
    steps = rows.pivot(index="seed", columns="start", values="steps")
    return metrics.student_interval(steps["zero"] - steps["prior"])


def _speed_claim(tables: Tables) -> Finding:
    parts = {}
    for goal in GOALS:
        saved = _saved(tables, RARE, goal)
        parts[
            f"to {goal:g} times the entropy it saves {saved.value:.0f} steps ({saved.low:.0f} to {saved.high:.0f})"
        ] = saved.low > 0
    return Finding.claim_of_parts(
        "A1-44", "A good initial bias speeds convergence up.", parts,
        reason="5 % positives, full-batch gradient descent, paired by seed, 95 % Student intervals; with as many "
        "positives "
        f"as negatives it saves {_saved(tables, 0.5, GOALS[-1]).value:.0f}",
    )  # fmt: skip


def _without_claim(tables: Tables) -> Finding:
    rows = tables["without_bias"]
    parts = {}
    for task, group in rows.groupby("task", sort=False):
        if task == "autoencoder":
            growth = metrics.student_interval(group.without / group.with_bias - 1)
            parts[
                f"autoencoder: without bias the error grows by less than a tenth ({growth.value:.1%}, "
                f"{growth.low:.1%} to {growth.high:.1%})"
            ] = growth.high < 0.1
        else:
            # A ratio: the errors of regressions with other slopes are not alike in size.
            found = metrics.student_interval(np.log10(group.without / group.with_bias))
            parts[
                f"{task}: without bias the {group.measure.iloc[0]} is higher (times {10**found.value:.2g}, "
                f"{10**found.low:.2g} to {10**found.high:.2g})"
            ] = found.low > 0
    return Finding.claim_of_parts(
        "A1-50", "The bias matters for classification and regression but little for unsupervised learning such as "
        "autoencoders.", parts,
        reason="digits (one hidden layer), a line with an offset, and a linear autoencoder of eight units in "
        "closed form: "
        "without bias one component is spent on the mean", source="Baldi & Hornik 1989",
    )  # fmt: skip


def _reports(tables: Tables) -> Iterator[Finding]:
    adaptation = tables["adaptation"]
    largest = adaptation[adaptation["size"] == adaptation["size"].max()]
    for change, rows in largest.groupby("change", sort=False):
        found = metrics.student_interval(rows.biases)
        yield Finding.report(
            f"adapted-{change}", f"Accuracy after a {change} and training of the biases alone (original "
            f"{rows.original.mean():.3f}, nothing adapted {rows.changed.mean():.3f}).", "accuracy", found.value,
            low=found.low, high=found.high,
        )  # fmt: skip
    twins = tables["twins"]
    last = twins[twins["shift"] == twins["shift"].max()].groupby("route")[["active_fraction", "accuracy"]].mean()
    for route in ("relu bias", "lif bias", "lif threshold"):
        row = last.loc[route]
        yield Finding.report(
            f"largest-shift-{route.replace(' ', '-')}", f"At the largest shift, {route}: "
            f"{row.active_fraction:.1%} active.",
            "accuracy of the network's own read-out", row.accuracy,
        )  # fmt: skip


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    saved = _saved(tables, RARE, GOALS[0])
    adaptation = tables["adaptation"]
    largest = adaptation[adaptation["size"] == adaptation["size"].max()].groupby("change").biases.mean()
    return (
        f"biases at log p start at the loss {_first(tables, 'softmax', 'log p').loss:.4f} instead of "
        f"{_first(tables, 'softmax', 'zero').loss:.4f} and save {saved.value:.0f} steps; biases alone bring "
        "digits back to "
        f"{largest['translation']:.2f} after a translation and {largest['rotation']:.2f} after a rotation of equal size"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core."""
    p = parameters
    return 6.0 + p.seeds * (0.003 * p.steps + 0.02 * p.epochs + p.images * len(p.shifts) * 3e-4), 5e8


# ---------------------------------------------------------------- figure


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    seeds = tables["speed"].seed.nunique()
    adaptation, without = tables["adaptation"], tables["without_bias"].groupby("task")[["with_bias", "without"]].mean()
    return (
        f"What a bias can do; bands and bars are 95 % Student intervals over {seeds} seeds. A: loss on a problem "
        "with 5 % "
        "positives, output biases from 0 or from log p; dotted: entropy of the labels, 0.1985. B: accuracy on "
        "digits after "
        "a translation or a rotation of the inputs by "
        f"{adaptation['size'].max():g} times their rms distance from the mean, before and after training of the biases "
        "alone. C: homeostatic thresholds after a change of the light, f-I curve (dashed) and spiking rung "
        "(solid); dotted: "
        "target. D, E: the same shift as bias of a ReLU network, as bias and as threshold of its LIF twin (the "
        "ReLU is fitted to the whole f-I curve and begins below its onset at 1). F: "
        "mean squared "
        f"activity through a deep ReLU network, last over first layer, for three scales of the weights and "
        "offsets 0 "
        f"and 1. Without biases the digit error is {without.loc['classification', 'without']:.3f} instead of "
        f"{without.loc['classification', 'with_bias']:.3f}, that of the autoencoder "
        f"{without.loc['autoencoder', 'without']:.3f} instead of {without.loc['autoencoder', 'with_bias']:.3f}."
    )


def figure(tables: Tables) -> Any:
    """The six panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=112):
        fig = plots.new_figure()
        grid = fig.add_gridspec(2, 3)
        axes = [fig.add_subplot(grid[k // 3, k % 3]) for k in range(6)]
        _draw_losses(axes[0], tables)
        _draw_adaptation(axes[1], tables)
        _draw_drift(axes[2], tables)
        _draw_twins(axes[3:5], tables)
        _draw_depth(axes[5], tables)
        plots.label_panels(axes)
    return fig


def _draw_losses(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    words = {"zero": ("from 0", "black", "--"), "prior": ("from log p", "blue", "-")}
    for start, rows in tables["losses"].groupby("start", sort=False):
        label, name, dash = words[str(start)]
        colour = plots.OKABE_ITO[name]
        ax.plot(rows.step, rows.value, color=colour, linestyle=dash, label=label)
        ax.fill_between(rows.step, rows.low, rows.high, color=colour, alpha=0.2, linewidth=0)
    ax.axhline(_first(tables, "softmax", "log p").loss, color="0.5", linestyle=":", linewidth=0.8)
    ax.set_ylim(0, 0.72)
    ax.set_xlabel("steps of gradient descent")
    ax.set_ylabel(plots.axis_label("loss", "nat"))
    ax.legend(title="output biases", loc="upper right")
    plots.tidy(ax)


def _draw_adaptation(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    rows = tables["adaptation"]
    rows = rows[rows["size"] == rows["size"].max()]
    for k, change in enumerate(("translation", "rotation")):
        group = rows[rows.change == change]
        name = ("bluish green", "vermillion")[k]
        found = [metrics.student_interval(group[column]) for column in ("original", "changed", "biases")]
        x = np.arange(3) + 0.12 * (k - 0.5)
        ax.vlines(x, [f.low for f in found], [f.high for f in found], color=plots.OKABE_ITO[name], linewidth=1.0)
        ax.plot(x, [f.value for f in found], "os"[k] + ("-", "--")[k], color=plots.OKABE_ITO[name], label=change)
    ax.set_xticks(range(3), ["original", "changed", "biases\ntrained"])
    ax.set_xlim(-0.4, 2.4)
    ax.set_ylim(0, 1.02)
    ax.set_ylabel("accuracy")
    ax.legend(loc="lower left")


def _draw_drift(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    colours = {"additive": plots.OKABE_ITO["blue"], "multiplicative": plots.OKABE_ITO["orange"]}
    for (rung, light), rows in tables["drift_course"].groupby(["rung", "light"], sort=False):
        solid = rung == "spiking"
        ax.plot(
            rows.presentation, rows.mean_rate, color=colours[str(light)], linestyle="-" if solid else "--",
            label=f"{light}, {'LIF' if solid else 'f-I curve'}",
        )  # fmt: skip
    ax.axhline(TARGET, color="0.5", linestyle=":", linewidth=0.8)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("presentations since the light changed")
    ax.set_ylabel(plots.axis_label("mean rate", "Hz"))
    ax.legend(loc="lower right")
    plots.tidy(ax)


def _draw_twins(axes: Any, tables: Tables) -> None:
    from neurosim import plots

    looks = {
        "relu bias": (plots.RUNGS["artificial"].colour, "s--", "ReLU, bias"),
        "lif bias": (plots.RUNGS["spiking"].colour, "o-", "LIF, bias"),
        "lif threshold": (plots.OKABE_ITO["reddish purple"], "^:", "LIF, threshold"),
    }
    twins = tables["twins"]
    for ax, column, label in zip(
        axes, ("active_fraction", "accuracy"), ("active fraction", "accuracy of its read-out"), strict=True
    ):
        for route, (colour, line, name) in looks.items():
            rows = twins[twins.route == route].groupby("shift")[column]
            found = {shift: metrics.student_interval(values) for shift, values in rows}
            x = list(found)
            ax.vlines(x, [f.low for f in found.values()], [f.high for f in found.values()], color=colour, linewidth=0.8)
            ax.plot(x, [f.value for f in found.values()], line, color=colour, label=name)
        ax.set_xlabel("shift (threshold distance)")
        ax.set_ylabel(label)
        ax.set_ylim(0, 1.02)
    axes[0].legend(loc="upper right")


def _draw_depth(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    depth = tables["depth"]
    labels = {"plain": "nothing", "offset": "offset only", "normalised": "division too"}
    colours = {"plain": "black", "offset": "vermillion", "normalised": "bluish green"}
    for k, ((kind, beta), rows) in enumerate(depth.groupby(["kind", "beta"], sort=False)):
        means = rows.groupby("scale").activity.mean()
        ax.plot(
            np.arange(len(means)) + 0.05 * (k - 2), means, ("o-" if beta == 0 else "s--"),
            color=plots.OKABE_ITO[colours[str(kind)]],
            label=labels[str(kind)] if kind == "plain" else f"{labels[str(kind)]}, β = {beta:g}",
        )  # fmt: skip
    ax.axhspan(-1, 1, color="0.92", zorder=0)
    scales = sorted(depth.scale.unique())
    ax.set_xticks(range(len(scales)), [f"{scale:g}" for scale in scales])
    ax.set_xlabel("weight variance over He's")
    ax.set_ylabel("log10 of activity, last / first layer")
    ax.set_ylim(top=ax.get_ylim()[1] + 1.1 * np.ptp(ax.get_ylim()))  # room for the legend
    ax.legend(loc="upper left")


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)
