"""Trained networks of handwritten digits and their twins of rate, integrate-and-fire and LIF cells."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.activations.soft_lif import SoftLIF
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.perfect_if import PerfectIF
from neurosim.decisions import accuracy
from neurosim.metrics import energy
from neurosim.params import Array, ParameterError, Params, param
from neurosim.training import Adam, layered, train

STEP = 1e-3
"""Time step of the perfect integrate-and-fire cells in s; those with a leak take half of it."""
RELU, IMPORTED, SOFT = "trained here", "scikit-learn", "trained as LIF"
INPUT_HZ = 100.0
"""Rate of the brightest pixel where activities are rates (the network of LIF curves)."""
IF_TWINS = {
    "IF, half charged": {"reset_mode": "subtract", "v_start": 0.5},
    "IF": {"reset_mode": "subtract", "v_start": 0.0},
    "IF to zero, half charged": {"reset_mode": "zero", "v_start": 0.5},
    "IF to zero": {"reset_mode": "zero", "v_start": 0.0},
}
BEST = "IF, half charged"
QUICK_TWINS = {"steps": (4, 8, 16, 32, 64, 128), "epochs": 15, "shown": 200}


@dataclass(frozen=True, kw_only=True)
class Digits(Params):
    """How the networks learn, and what they are shown."""

    data: str = param("", doc="folder of IDX files with MNIST's names; empty: scikit-learn's digits")
    hidden: int = param(64, doc="units of either hidden population", low=4)
    epochs: int = param(30, doc="passes through the training digits", low=1)
    shown: int = param(600, doc="test digits shown, at most", low=20)


@dataclass(frozen=True, kw_only=True)
class Twins(Digits):
    """How the twins run."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    steps: tuple[int, ...] = param(
        (4, 8, 16, 32, 64, 128, 256), doc="durations in steps of 1 ms, increasing", low=2, high=4096
    )
    peak: float = param(200.0, unit="Hz", doc="rate of a LIF cell at its layer's scale", above=0)
    tau_syn: float = param(5e-3, unit="s", doc="synaptic time constant of the LIF circuits", low=1e-3)
    tau_rate: float = param(10e-3, unit="s", doc="time constant of the rate units", low=2e-3)

    def check(self) -> None:
        steps = self.steps
        if len(steps) < 4 or list(steps) != sorted(set(steps)):
            raise ParameterError(f"Parameters.steps: got {steps}, expected at least four numbers, increasing")
        if 32 not in steps:
            raise ParameterError(f"Parameters.steps: got {steps}, expected 32 among them")


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network, its digits, and its own answers to them."""

    name: str
    circuit: ns.Circuit
    cells: Any
    calibration: Array
    shown: Array
    labels: Any
    run: ns.Recording

    def accuracy(self, output: Array) -> float:
        return accuracy(output, self.labels)


def network(name: str, circuit: ns.Circuit, cells: Any, x: Array, test: Any, scale: float = 1.0) -> Trained:
    shown = scale * test.flat
    run = ns.simulate(circuit, cells, ns.Stimulus({"input": shown}), progress=False)
    return Trained(name, circuit, cells, scale * x[:1000], shown, test.labels, run)


def images(p: Digits, seed: int) -> tuple[Any, Any]:
    """Training digits, and those that are shown."""
    if p.data:
        learnt, test = ns.datasets.idx(p.data, "train"), ns.datasets.idx(p.data, "test")
    else:
        learnt, test = ns.datasets.digits().split(2 / 3, ns.randomness.stream(seed, "shuffle"))
    return learnt, test.select(slice(0, p.shown))


def trained_here(p: Digits, seed: int) -> Trained:
    """A network of ReLUs with two hidden populations."""
    learnt, test = images(p, seed)
    circuit, cells = layered([learnt.flat.shape[1], p.hidden, p.hidden, 10], seed=seed)
    done = train(circuit, cells, learnt.flat, learnt.labels, epochs=p.epochs, seed=seed, progress=False)
    return network(RELU, done.circuit, done.cells, learnt.flat, test)


def others(p: Digits, seed: int) -> Iterator[Trained]:
    """The network that scikit-learn trained, and the one with a smoothed LIF curve, which needs no fit."""
    from sklearn.neural_network import MLPClassifier

    learnt, test = images(p, seed)
    x, y = learnt.flat, learnt.labels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops after so many epochs, as the others do
        model = MLPClassifier((p.hidden, p.hidden), max_iter=p.epochs, random_state=seed, learning_rate_init=3e-3)
        model.fit(x, y)
    yield network(IMPORTED, *ns.import_network(model), x, test)

    # Activities are rates here: weights are smaller by the rate of a bright pixel, and so are the steps of learning.
    circuit, cells = layered(
        [x.shape[1], p.hidden, p.hidden, 10], SoftLIF(smoothing=0.1), seed=seed, bias=1.0,
        weights=lambda n_post, n_pre, rng: ns.wiring.he_normal(n_post, n_pre, rng) / INPUT_HZ,
    )  # fmt: skip
    done = train(
        circuit, cells, INPUT_HZ * x, y, epochs=p.epochs, seed=seed, optimiser=Adam(learning_rate=0.03 / INPUT_HZ),
        bias_rate=INPUT_HZ, progress=False,
    )  # fmt: skip
    yield network(SOFT, done.circuit, done.cells, x, test, INPUT_HZ)


def twins(p: Twins, seed: int) -> dict[str, Any]:
    """Every network as every twin for every duration: answers and costs, translated layers, diagnosis, engines."""
    import pandas as pd

    found: dict[str, list[Any]] = {"answers": [], "layers": [], "diagnosis": []}
    engines = set()
    for own in (trained_here(p, seed), *others(p, seed)):
        if own.name == RELU:
            found["answers"] += list(_rate_twin(p, own))
        for twin, conversion, dt in _conversions(p, own):
            common = {"network": own.name, "twin": twin}
            stimulus = conversion.stimulus(own.shown)
            options = {"seed": seed, "engine": p.engine, "progress": False}
            for steps in p.steps:
                schedule = ns.Schedule(duration=steps * STEP, settle=0.0, dt=dt)
                run = ns.simulate(conversion.circuit, conversion.cells, stimulus, schedule, **options)
                engines.add(str(run.provenance["engine"]))
                counts = {name: np.rint(rates * schedule.window) for name, rates in run.rates.items()}
                found["answers"].append(_answers(own, twin, steps, conversion.read(run), counts))
            found["layers"] += [{**common, **row} for row in conversion.to_frame().to_dict("records")]
            if twin in (BEST, "LIF"):
                # At the longest duration.
                seen = ns.diagnose(
                    own.circuit, own.cells, conversion, own.shown[:100], schedule, seed=seed, engine=p.engine
                )
                found["diagnosis"] += [{**common, **row} for row in seen.to_frame().to_dict("records")]
    return {**{name: pd.DataFrame(rows) for name, rows in found.items()}, "engines": sorted(engines)}


def _conversions(p: Twins, own: Trained) -> Iterator[tuple[str, Any, float]]:
    given = own.circuit, own.cells
    if own.name != SOFT:
        for twin, options in IF_TWINS.items():
            yield twin, ns.convert(*given, PerfectIF(**options), own.calibration, peak=1 / STEP), STEP
    yield "LIF", ns.convert(*given, ns.LIF(), own.calibration, peak=p.peak, tau=p.tau_syn), STEP / 2


def _rate_twin(p: Twins, own: Trained) -> Iterator[dict[str, Any]]:
    """Leaky rate units: the mean output up to each duration."""
    cells = {name: LeakyRate(tau=p.tau_rate, activation=unit.activation) for name, unit in own.cells.items()}
    for steps in p.steps:
        schedule = ns.Schedule(duration=steps * STEP, settle=0.0, dt=STEP)
        run = ns.simulate(own.circuit, cells, ns.Stimulus({"input": own.shown}), schedule, progress=False)
        yield _answers(own, "rate", steps, run.rates["output"], {})


def _answers(own: Trained, twin: str, steps: int, output: Array, counts: dict[str, Array]) -> dict[str, Any]:
    """Accuracy, and what the layers that hidden units feed cost."""
    sizes, static = own.circuit.sizes, own.run
    hidden = [(p.pre, sizes[p.post]) for p in own.circuit.projections if p.pre != "input"]
    nothing = energy.Operations()
    skipping = sum((energy.zero_skipping_operations(static.rates[pre], n) for pre, n in hidden), nothing)
    dense = sum((energy.dense_operations(sizes[pre], n) for pre, n in hidden), nothing)
    spiking = sum((energy.spiking_operations(counts[pre], n) for pre, n in hidden if counts), nothing)
    right, whole = own.accuracy(output), own.accuracy(static.rates["output"])
    float32, int32 = energy.COST_TABLES["fp32"], energy.COST_TABLES["int32"]
    return {
        "network": own.name, "twin": twin, "steps": steps, "accuracy": right, "network_accuracy": whole,
        "loss": whole - right, "spikes": float(np.mean([c.mean() for c in counts.values()])) if counts else 0.0,
        "density": skipping.macs / dense.macs, "acs": spiking.acs, "macs": skipping.macs, "dense_macs": dense.macs,
        "energy_low": spiking.energy_pj(int32), "energy": spiking.energy_pj(float32),
        "network_energy": skipping.energy_pj(float32), "network_low": skipping.energy_pj(int32),
        "dense_energy": dense.energy_pj(float32),
    }  # fmt: skip
