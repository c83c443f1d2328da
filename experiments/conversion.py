"""What does sparsity buy, what does it cost to compute with spikes, and which share of active cells is best?

The same trained network of handwritten digits is run four ways: as static units, as leaky rate units, as perfect
integrate-and-fire cells (reset by subtraction or to zero, starting empty or half charged) and as leaky ones, for 4 to
256 steps of 1 ms. One network is trained here, one by scikit-learn and imported, one here with a smoothed LIF curve, so
that its conversion needs no fit.

Prediction: a perfect integrate-and-fire cell in T steps is wrong by at most 1/T (1/(2T) if it starts half charged), so
accuracy comes back with the number of steps while spikes, and with them additions, grow in proportion to it. A
multiplication with addition costs 5.1 additions (32-bit, 45 nm), so spikes are cheaper only as long as a cell sends
fewer than 5.1 times the density of the network that skips its zeros. Per information, the best share of active cells
is p = (1 - p)^r for active cells that cost r times a silent one: 20 % at 4 Hz, 1 to 4 % only at high rates.

Sources: Rueckauer et al., Front Neurosci 11:682 (2017); Diehl et al., IJCNN (2015); Hunsberger & Eliasmith,
arXiv:1510.08829 (2015); Horowitz, ISSCC (2014); Attwell & Laughlin, J Cereb Blood Flow Metab 21 (2001); Levy & Baxter,
Neural Comput 8 (1996); Lennie, Curr Biol 13 (2003).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim.decisions import accuracy
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding
from neurosim.params import Array, ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.conversion import Conversion
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 170
CLAIMS = ("A0-03", "A0-15", "A1-21")
QUICK = {"seeds": 2, "steps": (4, 8, 16, 32, 64, 128), "epochs": 15, "shown": 200, "timed": 200}
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
ATP = {0.16: 5.576e8, 1.0: 1.154e9, 4.0: 3.284e9, 10.0: 7.544e9, 40.0: 2.8844e10, 50.0: 3.5944e10}
"""Rate in Hz and ATP per second: the budget worked out by hand."""
FRACTIONS = {
    2: 0.381966, 5: 0.245122, 7.396: 0.197131, 10: 0.164921, 20: 0.106105, 50: 0.056013, 64.96: 0.046223,
    78.9: 0.039982, 100: 0.033416, 160.91: 0.023136, 458: 0.010004,
}  # fmt: skip
"""Cost ratio and best active fraction to six digits; 7.396 and 64.96 are the rounded ratios of 4 and 40 Hz."""


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run: five seeds of three networks."""

    seed: int = param(0, doc="first seed: split, weights, order of examples", low=0)
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    data: str = param("", doc="folder of IDX files with MNIST's names; empty: scikit-learn's digits")
    hidden: int = param(64, doc="units of either hidden population", low=4)
    epochs: int = param(30, doc="passes through the training digits", low=1)
    shown: int = param(600, doc="test digits shown, at most", low=20)
    steps: tuple[int, ...] = param(
        (4, 8, 16, 32, 64, 128, 256), doc="durations in steps of 1 ms, increasing", low=2, high=4096
    )
    peak: float = param(200.0, unit="Hz", doc="rate of a LIF cell at its layer's scale", above=0)
    tau_syn: float = param(5e-3, unit="s", doc="synaptic time constant of the LIF circuits", low=1e-3)
    tau_rate: float = param(10e-3, unit="s", doc="time constant of the rate units", low=2e-3)
    timed: int = param(500, doc="units of the matrices whose products are timed", low=50)

    def check(self) -> None:
        steps = self.steps
        if len(steps) < 4 or list(steps) != sorted(set(steps)):
            raise ParameterError(f"Parameters.steps: got {steps}, expected at least four numbers, increasing")
        if 32 not in steps:
            raise ParameterError(f"Parameters.steps: got {steps}, expected 32 among them")


_COMMON = {
    "seed": ("1", "seed of split, weights and order of examples"),
    "network": ("", "trained here, by scikit-learn, or here with a smoothed LIF curve"),
    "twin": ("", "what the network became"),
    "steps": ("1", "duration in steps of 1 ms"),
}
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "accuracy": {
        **_COMMON,
        "accuracy": ("1", "share of test digits named correctly"),
        "network_accuracy": ("1", "that of the network itself"),
        "loss": ("1", "the difference"),
        "spikes": ("1", "spikes per hidden unit and digit (0: none are sent)"),
        "density": ("1", "share of the network's hidden activities that are not 0, weighted by their targets"),
        "acs": ("1", "additions per digit: hidden spikes times targets"),
        "macs": ("1", "multiplications per digit of the same layers with zeros skipped"),
        "dense_macs": ("1", "without skipping"),
        "energy_low": ("pJ", "lowest energy of the additions (int32; for the network of its skipping MACs)"),
        "energy": ("pJ", "energy of the additions in 32-bit floating point"),
        "network_energy": ("pJ", "energy of the network's MACs, zeros skipped, in 32-bit floating point"),
        "network_low": ("pJ", "the same in int32"),
        "dense_energy": ("pJ", "the same without skipping, 32-bit floating point"),
    },
    "durations": {
        "network": _COMMON["network"],
        "twin": _COMMON["twin"],
        "network_accuracy": ("1", "accuracy of the network, mean over seeds"),
        "final_accuracy": ("1", "accuracy at the longest duration, mean over seeds"),
        "final_loss": ("1", "loss at the longest duration, mean over seeds"),
        "within_a_point": ("1", "shortest duration (steps) from which the mean loss stays within a point; NaN: none"),
    },
    "layers": {
        "seed": _COMMON["seed"],
        "network": _COMMON["network"],
        "twin": _COMMON["twin"],
        "population": ("", "population"),
        "kind": ("", "exact (the curve is the activation up to a factor) or fitted"),
        "scale": ("1", "activity at the peak rate"),
        "peak": ("Hz", "peak rate"),
        "gain": ("1", "drive of the cell per drive of the network"),
        "threshold": ("1", "drive of the cell at drive 0 of the network"),
        "residual": ("1", "rms distance of the curve from the rates asked for, over the peak rate"),
        "clipped": ("1", "share of active units above the scale, in the calibration"),
    },
    "diagnosis": {
        "network": _COMMON["network"],
        "twin": _COMMON["twin"],
        "population": ("", "population"),
        "correlation": ("1", "of the decoded activity with the network's, at the longest duration"),
        "slope": ("1", "of the same, through the origin"),
        "dead": ("1", "share of the network's active units that never spike"),
        "settled": ("s", "time from which the correlation stays above .95"),
        "cause": ("", "verdict of neurosim.diagnose"),
    },
    "bounds": {
        "reset": ("", "subtract or zero"),
        "v_start": ("1", "potential at the start"),
        "steps": _COMMON["steps"],
        "largest": ("1", "largest distance of rate and clip(a, 0, 1) for 401 activities a from -.5 to 1.5"),
        "mean": ("1", "mean distance"),
        "bound": ("1", "1/T, or 1/(2T) for a start at 1/2"),
    },
    "reset_zero": {
        "activity": ("1", "constant activity asked for"),
        "rate": ("1", "spikes per step with a reset to zero, in 1,000 steps"),
    },
    "pruning": {
        "seed": _COMMON["seed"],
        "kept": ("1", "share of the weights kept, the largest of each projection"),
        "accuracy": ("1", "of the network trained here with the others set to 0"),
        "network_accuracy": ("1", "with all of them"),
        "backward": ("1", "share of hidden derivatives that are not 0, which is what the backward pass has to follow"),
    },
    "timing": {
        "density": ("1", "share of non-zero entries"),
        "operations": ("1", "entries that a sparse product multiplies, over all"),
        "dense_operations": ("1", "entries that a dense product multiplies, over all: zeros too"),
        "dense": ("s", "dense product of a matrix with these zeros, fastest of several"),
        "full": ("s", "dense product of a matrix without zeros, fastest of several"),
        "sparse": ("s", "product by scipy.sparse (compressed rows), fastest of several"),
    },
    "atp": {
        "rate": ("Hz", "firing rate"),
        "atp": ("1/s", "ATP per second and neuron, by the package"),
        "by_hand": ("1/s", "the same worked out by hand"),
        "ratio": ("1", "cost of the active cell over that of a silent one"),
        "fraction": ("1", "best active fraction at that ratio"),
    },
    "fractions": {
        "ratio": ("1", "cost of an active cell over that of a silent one"),
        "fraction": ("1", "best active fraction, by the package"),
        "tabled": ("1", "the same to six digits, solved elsewhere; NaN between the table's ratios"),
    },
    "engines": CROSS_CHECK_COLUMNS,
}


@dataclass(frozen=True, eq=False)
class _Network:
    """A trained network, its digits, and what it says of them."""

    seed: int
    name: str
    circuit: ns.Circuit
    cells: Any
    calibration: Array
    shown: Array
    labels: Any

    def outputs(self) -> ns.Recording:
        return ns.simulate(self.circuit, self.cells, ns.Stimulus({"input": self.shown}), progress=False)

    def accuracy(self, output: Array) -> float:
        return accuracy(output, self.labels)


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Train, convert, run every twin for every duration; then the theory and the timings."""
    import pandas as pd

    p = parameters
    every: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for seed in progress(range(p.seed, p.seed + p.seeds), "seeds"):
        for network in _networks(p, seed):
            run = network.outputs()
            every["accuracy"] += _static_rows(p, network, run)
            if network.name == RELU:
                every["pruning"] += _pruning(network, run)
            for twin, conversion, dt in _twins(p, network):
                _run_twin(p, network, run, twin, conversion, dt, every, progress)
    every["bounds"] = list(_bounds(p))
    every["reset_zero"] = list(_reset_zero(p))
    every["timing"] = list(_timing(p))
    every["atp"], every["fractions"] = list(_atp()), list(_fractions())
    tables = {name: pd.DataFrame(rows) for name, rows in every.items() if name != "durations"}
    tables["durations"] = _durations(tables["accuracy"])
    return {name: tables[name][list(columns)] for name, columns in COLUMNS.items()}


def _images(p: Parameters, seed: int) -> tuple[ns.datasets.Images, ns.datasets.Images]:
    if p.data:
        return ns.datasets.idx(p.data, "train"), ns.datasets.idx(p.data, "test")
    return ns.datasets.digits().split(2 / 3, ns.randomness.stream(seed, "shuffle"))


def _networks(p: Parameters, seed: int) -> Iterator[_Network]:
    import warnings

    from neurosim.activations.soft_lif import SoftLIF
    from neurosim.training import Adam, layered, train

    learnt, test = _images(p, seed)
    chosen = test.select(slice(0, p.shown))
    sizes = [learnt.flat.shape[1], p.hidden, p.hidden, 10]
    x, y = learnt.flat, learnt.labels

    circuit, cells = layered(sizes, seed=seed)
    done = train(circuit, cells, x, y, epochs=p.epochs, seed=seed, progress=False)
    yield _Network(seed, RELU, done.circuit, done.cells, x[:1000], chosen.flat, chosen.labels)

    from sklearn.neural_network import MLPClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops after so many epochs, as the others do
        model = MLPClassifier((p.hidden, p.hidden), max_iter=p.epochs, random_state=seed, learning_rate_init=3e-3)
        model.fit(x, y)
    yield _Network(seed, IMPORTED, *ns.import_network(model), x[:1000], chosen.flat, chosen.labels)

    # Activities are rates here: weights are smaller by the rate of a bright pixel, and so are the steps of learning.
    circuit, cells = layered(
        sizes, SoftLIF(smoothing=0.1), seed=seed, bias=1.0,
        weights=lambda n_post, n_pre, rng: ns.wiring.he_normal(n_post, n_pre, rng) / INPUT_HZ,
    )  # fmt: skip
    done = train(
        circuit, cells, INPUT_HZ * x, y, epochs=p.epochs, seed=seed, optimiser=Adam(learning_rate=0.03 / INPUT_HZ),
        bias_rate=INPUT_HZ, progress=False,
    )  # fmt: skip
    yield _Network(seed, SOFT, done.circuit, done.cells, INPUT_HZ * x[:1000], INPUT_HZ * chosen.flat, chosen.labels)


def _twins(p: Parameters, network: _Network) -> Iterator[tuple[str, Conversion, float]]:
    from neurosim.cells.perfect_if import PerfectIF

    given = network.circuit, network.cells
    if network.name != SOFT:
        for twin, options in IF_TWINS.items():
            yield twin, ns.convert(*given, PerfectIF(**options), network.calibration, peak=1 / STEP), STEP
    yield "LIF", ns.convert(*given, ns.LIF(), network.calibration, peak=p.peak, tau=p.tau_syn), STEP / 2


def _run_twin(
    p: Parameters, network: _Network, static: ns.Recording, twin: str, conversion: Conversion, dt: float,
    every: dict[str, list[dict[str, Any]]], progress: Progress,
) -> None:  # fmt: skip
    common = {"seed": network.seed, "network": network.name, "twin": twin}
    stimulus = conversion.stimulus(network.shown)
    for steps in p.steps:
        schedule = ns.Schedule(duration=steps * STEP, settle=0.0, dt=dt)
        run = ns.simulate(
            conversion.circuit, conversion.cells, stimulus, schedule, seed=network.seed, engine=p.engine, progress=False
        )
        progress.note(engine=str(run.provenance["engine"]))
        counts = {name: np.rint(rates * schedule.window) for name, rates in run.rates.items()}
        output = conversion.read(run)
        every["accuracy"].append(_row(network, static, twin, steps, output, counts))
    every["layers"] += [{**common, **row} for row in conversion.to_frame().to_dict("records")]
    if network.seed == p.seed and twin in (BEST, "LIF"):
        long = ns.Schedule(duration=p.steps[-1] * STEP, settle=0.0, dt=dt)
        found = ns.diagnose(
            network.circuit, network.cells, conversion, network.shown[:100], long, seed=network.seed, engine=p.engine
        )
        every["diagnosis"] += [{**common, **row} for row in found.to_frame().to_dict("records")]
        if (network.name, twin) == (RELU, BEST):
            part, short = "Digits on half charged IF cells", ns.Schedule(duration=32 * STEP, settle=0.0, dt=dt)
            every["engines"].append(cross_check(part, conversion.circuit, conversion.cells, stimulus, short, trials=3))


def _row(
    network: _Network, static: ns.Recording, twin: str, steps: float, output: Array, counts: dict[str, Array]
) -> dict[str, Any]:
    """Accuracy, and what the layers that hidden units feed cost."""
    from neurosim.metrics import energy

    sizes = network.circuit.sizes
    hidden = [(p.pre, sizes[p.post]) for p in network.circuit.projections if p.pre != "input"]
    nothing = energy.Operations()
    skipping = sum((energy.zero_skipping_operations(static.rates[pre], n) for pre, n in hidden), nothing)
    dense = sum((energy.dense_operations(sizes[pre], n) for pre, n in hidden), nothing)
    spiking = sum((energy.spiking_operations(counts[pre], n) for pre, n in hidden if counts), nothing)
    float32, int32 = energy.COST_TABLES["fp32"], energy.COST_TABLES["int32"]
    accuracy, own = network.accuracy(output), network.accuracy(static.rates["output"])
    return {
        "seed": network.seed, "network": network.name, "twin": twin, "steps": steps, "accuracy": accuracy,
        "network_accuracy": own, "loss": own - accuracy,
        "spikes": float(np.mean([c.mean() for c in counts.values()])) if counts else 0.0,
        "density": skipping.macs / dense.macs, "acs": spiking.acs, "macs": skipping.macs, "dense_macs": dense.macs,
        "energy_low": spiking.energy_pj(int32), "energy": spiking.energy_pj(float32),
        "network_energy": skipping.energy_pj(float32), "network_low": skipping.energy_pj(int32),
        "dense_energy": dense.energy_pj(float32),
    }  # fmt: skip


def _static_rows(p: Parameters, network: _Network, static: ns.Recording) -> list[dict[str, Any]]:
    """The leaky rate twin of the network trained here: the mean output up to each duration."""
    from neurosim.cells.leaky_rate import LeakyRate

    if network.name != RELU:
        return []
    cells = {name: LeakyRate(tau=p.tau_rate, activation=unit.activation) for name, unit in network.cells.items()}
    stimulus, found = ns.Stimulus({"input": network.shown}), []
    for steps in p.steps:
        schedule = ns.Schedule(duration=steps * STEP, settle=0.0, dt=STEP)
        run = ns.simulate(network.circuit, cells, stimulus, schedule, progress=False)
        found.append(_row(network, static, "rate", steps, run.rates["output"], {}))
    return found


def _pruning(network: _Network, static: ns.Recording) -> Iterator[dict[str, Any]]:
    """The network without its smallest weights, and how many hidden derivatives are not 0."""
    hidden = [p.name for p in network.circuit.populations if p.name != "output"]
    alive = [network.cells[name].activation.derivative(static.drive[name]) != 0 for name in hidden]
    own = network.accuracy(static.rates["output"])
    for kept in (1.0, 0.5, 0.25, 0.1):
        weights = {}
        for p in network.circuit.projections:
            size = np.abs(p.dense())
            weights[p.name] = np.where(size >= np.quantile(size, 1 - kept), p.dense(), 0.0)
        run = ns.simulate(
            network.circuit.with_weights(**weights),
            network.cells,
            ns.Stimulus({"input": network.shown}),
            progress=False,
        )
        yield {
            "seed": network.seed, "kept": kept, "accuracy": network.accuracy(run.rates["output"]),
            "network_accuracy": own, "backward": float(np.mean([part.mean() for part in alive])),
        }  # fmt: skip


def _one_layer(activity: Array, **options: Any) -> Conversion:
    """A single rectified unit that is asked for these activities, scale 1."""
    from neurosim.cells.perfect_if import PerfectIF

    network = ns.import_network([(np.ones((1, 1)), None), (np.ones((1, 1)), None)])
    cell = PerfectIF(**options)
    return ns.convert(*network, cell, activity[:, None], scales={"hidden1": 1.0}, peak=1 / STEP)


def _bounds(p: Parameters) -> Iterator[dict[str, Any]]:
    a = np.linspace(-0.5, 1.5, 401)
    for options in IF_TWINS.values():
        conversion = _one_layer(a, **options)
        for steps in p.steps:
            schedule = ns.Schedule(duration=steps * STEP, settle=0.0, dt=STEP)
            stimulus = conversion.stimulus(a[:, None])
            run = ns.simulate(conversion.circuit, conversion.cells, stimulus, schedule, engine=p.engine, progress=False)
            error = np.abs(STEP * run.rates["hidden1"][:, 0] - np.clip(a, 0.0, 1.0))
            yield {
                "reset": options["reset_mode"], "v_start": options["v_start"], "steps": steps,
                "largest": float(error.max()), "mean": float(error.mean()),
                "bound": (0.5 if options["v_start"] else 1.0) / steps,
            }  # fmt: skip


def _reset_zero(p: Parameters) -> Iterator[dict[str, Any]]:
    a = np.array([0.55, 0.7, 0.9])
    conversion = _one_layer(a, reset_mode="zero")
    schedule = ns.Schedule(duration=1.0, settle=0.0, dt=STEP)
    stimulus = conversion.stimulus(a[:, None])
    run = ns.simulate(conversion.circuit, conversion.cells, stimulus, schedule, engine=p.engine, progress=False)
    for activity, rate in zip(a, run.rates["hidden1"][:, 0], strict=True):
        yield {"activity": float(activity), "rate": float(STEP * rate)}


def _timing(p: Parameters) -> Iterator[dict[str, Any]]:
    """One thread's worth of a layer: (n, n) weights with zeros, times 64 columns."""
    from scipy.sparse import csr_array

    rng = ns.randomness.stream(p.seed, "weights", "timing")
    n = p.timed
    full, columns = rng.standard_normal((n, n)), rng.standard_normal((n, 64))
    for density in (0.01, 0.03, 0.1, 0.3, 0.5, 1.0):
        holes = np.where(rng.random((n, n)) < density, full, 0.0)
        sparse = csr_array(holes)
        assert np.allclose(sparse @ columns, holes @ columns)
        yield {
            "density": float(np.count_nonzero(holes)) / n**2, "operations": sparse.nnz / n**2,
            "dense_operations": holes.size / n**2,
            "dense": _fastest(holes, columns), "full": _fastest(full, columns), "sparse": _fastest(sparse, columns),
        }  # fmt: skip


def _fastest(matrix: Any, columns: Array) -> float:
    found = []
    for _ in range(15):
        started = time.perf_counter()
        matrix @ columns
        found.append(time.perf_counter() - started)
    return min(found)


def _atp() -> Iterator[dict[str, Any]]:
    from neurosim.metrics import energy

    for rate, by_hand in ATP.items():
        ratio = energy.active_cost_ratio(rate)
        fraction = energy.optimal_active_fraction(ratio)
        atp = float(energy.atp_per_second(rate))
        yield {"rate": rate, "atp": atp, "by_hand": by_hand, "ratio": ratio, "fraction": fraction}


def _fractions() -> Iterator[dict[str, Any]]:
    from neurosim.metrics import energy

    between = [float(r) for r in np.geomspace(1.0, 1000.0, 31)]
    for ratio in sorted([*FRACTIONS, *between]):
        tabled = FRACTIONS.get(ratio, float("nan"))
        yield {"ratio": float(ratio), "fraction": energy.optimal_active_fraction(float(ratio)), "tabled": tabled}


def _durations(accuracy: Any) -> Any:
    import pandas as pd

    rows = []
    for (network, twin), group in accuracy.groupby(["network", "twin"], sort=False):
        mean = group.groupby("steps")[["loss", "accuracy", "network_accuracy"]].mean()
        good = mean.loss.to_numpy() <= POINT
        poor = np.flatnonzero(~good)
        first = int(poor[-1]) + 1 if poor.size else 0
        rows.append(
            {
                "network": network, "twin": twin, "network_accuracy": mean.network_accuracy.iloc[-1],
                "final_accuracy": mean.accuracy.iloc[-1], "final_loss": mean.loss.iloc[-1],
                "within_a_point": float(mean.index[first]) if first < len(mean) else float("nan"),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


POINT = 0.01 + 1e-12
"""One point of accuracy, and the rounding of a mean."""


def findings(tables: Tables) -> list[Finding]:
    """The bounds, the conversions, the operations, the budgets, and three claims."""
    return [
        *_theory_findings(tables), *_conversion_findings(tables), *_energy_findings(tables),
        *_budget_findings(tables), *_claims(tables), *cross_check_findings(tables["engines"]),
    ]  # fmt: skip


def _theory_findings(tables: Tables) -> Iterator[Finding]:
    bounds = tables["bounds"]
    exact = bounds[bounds.reset == "subtract"]
    for start, words in ((0.0, "1/T"), (0.5, "1/(2T), half charged")):
        rows = exact[exact.v_start == start]
        yield Finding.check(
            f"bound-{'half' if start else 'empty'}",
            f"With reset by subtraction the rate is within {words} of the activity, at every duration.",
            "largest error over the bound", (rows.largest / rows.bound).max(), at_most=1 + 1e-9,
            reason="a count is a whole number; 1e-9 for the rounding of the summed potential",
            source="Rueckauer et al. 2017; derivation: the potential left over is at most one threshold",
        )  # fmt: skip
    zero = tables["reset_zero"]
    yield Finding.check(
        "reset-zero",
        "With a reset to zero, activities of .55, .7 and .9 all give one spike in two steps.",
        "largest distance from .5", (zero.rate - 0.5).abs().max(), expected=0.0, tolerance=1e-9,
        reason="1/ceil(1/a) in whole steps; exact up to rounding", source="Rueckauer et al. 2017",
    )  # fmt: skip
    long = bounds[(bounds.reset == "zero") & (bounds.steps == bounds.steps.max())]
    yield Finding.report(
        "reset-zero-stays", "With a reset to zero the error does not vanish with the duration.",
        "smallest of the largest errors at the longest duration", long.largest.min(),
    )  # fmt: skip


def _conversion_findings(tables: Tables) -> Iterator[Finding]:
    accuracy, durations = tables["accuracy"], tables["durations"]
    late = accuracy[(accuracy.twin == BEST) & (accuracy.steps >= 32)]
    worst = late.groupby(["network", "steps"]).loss.mean().max()
    reason = (
        "one point, as published conversions of such networks lose at most; over the seeds 0 to 4 the mean loss at one "
        "duration has a standard error of .001, and no seed loses more than .007 from 32 steps on"
    )
    yield Finding.check(
        "if-within-a-point",
        "From 32 steps on, half charged IF cells name digits as well as the network within a point.",
        "largest loss, mean over seeds", worst, at_most=POINT, reason=reason, source="Diehl et al. 2015",
    )  # fmt: skip
    for network in (RELU, IMPORTED, SOFT):
        row = durations[(durations.network == network) & (durations.twin == "LIF")].iloc[0]
        name = {RELU: "here", IMPORTED: "imported", SOFT: "soft"}[network]
        yield Finding.check(
            f"lif-{name}",
            f"At full duration LIF cells lose at most a point of accuracy ({network}).",
            "loss, mean over seeds", row.final_loss, at_most=POINT, reason=reason,
            source="Hunsberger & Eliasmith 2015; Rueckauer et al. 2017",
        )  # fmt: skip
        yield Finding.report(
            f"lif-{name}-duration", f"Duration from which LIF cells stay within a point ({network}).", "duration",
            row.within_a_point, unit="ms",
        )  # fmt: skip
    start = accuracy[(accuracy.network == RELU) & (accuracy.steps == accuracy.steps.min())]
    for twin in (BEST, "IF"):
        rows = start[start.twin == twin]
        yield Finding.report(
            f"shortest-{'half' if twin == BEST else 'empty'}",
            f"Accuracy at the shortest duration ({rows.steps.iloc[0]:.0f} steps): {twin}.",
            "mean over seeds", rows.accuracy.mean(), low=rows.accuracy.min(), high=rows.accuracy.max(),
        )  # fmt: skip


def _energy_findings(tables: Tables) -> Iterator[Finding]:
    accuracy = tables["accuracy"]
    rows = accuracy[(accuracy.network == RELU) & (accuracy.twin == BEST)]
    mean = rows.groupby("steps")[["spikes", "acs", "macs"]].mean()
    steps = mean.index.to_numpy(dtype=float)
    line = mean.spikes.iloc[-1] / steps[-1] * steps
    late = steps >= 16
    yield Finding.check(
        "linear-spikes",
        "The number of spikes grows in proportion to the duration.",
        "largest relative distance from a line through 0 and the longest duration, from 16 steps on",
        np.abs(mean.spikes.to_numpy() / line - 1)[late].max(), at_most=0.04,
        reason="a spike is one step under way to the second of two populations: half of 1/16 is .03; .021 to .024 for "
        "the seeds 0 to 4",
        source="constant rates",
    )  # fmt: skip
    spiking = accuracy[accuracy.acs > 0]
    by_hand = 0.9 * spiking.acs / (4.6 * spiking.macs)
    yield Finding.check(
        "energy-identity",
        "The energy of spikes over that of the network is .9 pJ times additions over 4.6 pJ times multiplications.",
        "largest distance of the two ratios", (spiking.energy / spiking.network_energy - by_hand).abs().max(),
        expected=0.0, tolerance=1e-12, reason="an identity; rounding alone", source="Horowitz 2014",
    )  # fmt: skip
    crossing = float(np.interp(1.0, (0.9 * mean.acs / (4.6 * mean.macs)).to_numpy(), steps))
    share = rows.density.mean()
    per_step = (rows.acs / rows.dense_macs / rows.steps)[rows.steps == steps[-1]].mean()
    predicted = 4.6 / 0.9 * share / per_step
    yield Finding.check(
        "break-even",
        "Spikes cost as much as the network at 5.111 times its density in spikes per unit (weighted by targets).",
        "duration of equal energy over the one predicted from the spikes per step", crossing / predicted,
        expected=1.0, tolerance=0.03,
        reason="the step that spikes are under way, half of 1/17 (.03); 1.005 to 1.006 for the seeds 0 to 4",
        source="Horowitz 2014 (break-even 46/9 = 5.111111)",
    )  # fmt: skip
    from neurosim.metrics import energy

    yield Finding.check(
        "break-even-ratio", "A multiplication with addition costs 5.111111 additions.", "MAC/AC",
        energy.break_even_spikes(1.0, energy.COST_TABLES["fp32"]), expected=5.111111, tolerance=5e-7,
        reason="46/9, rounded to six decimals", source="Horowitz 2014",
    )  # fmt: skip
    yield Finding.report("break-even-steps", "Duration of equal energy, network trained here.", "steps", crossing)
    yield Finding.report("density", "Share of hidden activities that are not 0.", "mean over seeds", share)
    at = accuracy[(accuracy.network == RELU) & (accuracy.twin == "LIF")]
    last = at[at.steps == at.steps.max()]
    yield Finding.report(
        "lif-energy", "Energy of the LIF circuit at full duration over that of the network, additions alone.", "ratio",
        (last.energy / last.network_energy).mean(), reason="updates of the cells and memory are not counted",
    )  # fmt: skip


def _budget_findings(tables: Tables) -> Iterator[Finding]:
    atp, fractions = tables["atp"], tables["fractions"].dropna()
    yield Finding.check(
        "atp", "ATP per second is 4.44e8 + 7.1e8 times the rate.", "largest relative distance from the table",
        (atp.atp / atp.by_hand - 1).abs().max(), expected=0.0, tolerance=1e-4, reason="four printed digits",
        source="Attwell & Laughlin 2001",
    )  # fmt: skip
    yield Finding.check(
        "best-fraction", "The best active fraction solves p = (1 - p)^r.", "largest distance from the table",
        (fractions.fraction - fractions.tabled).abs().max(), expected=0.0, tolerance=1e-6,
        reason="six printed digits; the ratios of 4 and 40 Hz are entered as rounded there (7.396, 64.96)",
        source="Levy & Baxter 1996",
    )  # fmt: skip
    four = atp[atp.rate == 4.0].iloc[0]
    yield Finding.report(
        "best-at-4-hz", "Best active fraction under the cortical budget at 4 Hz.", "fraction", four.fraction,
        reason="1 to 4 % is best only for active cells at about 50 to 290 Hz",
        source="Attwell & Laughlin 2001: at most 15 %",
    )  # fmt: skip


def _claims(tables: Tables) -> Iterator[Finding]:
    accuracy, pruning, timing = tables["accuracy"], tables["pruning"], tables["timing"]
    density = accuracy[accuracy.network == RELU].density.mean()
    backward = pruning.backward.mean()
    half = timing.iloc[(timing.density - 0.5).abs().argmin()]
    dense_gain, saves = bool(half.dense_operations <= 0.9), 1 - density >= 0.1
    yield Finding.claim_of_parts(
        "A0-03",
        "Sparse activity saves computation in the forward and backward pass and makes training more efficient.",
        {
            f"zeros of activity save a tenth or more of the forward multiplications ({1 - density:.2f})": saves,
            f"and of the backward ones ({1 - backward:.2f})": 1 - backward >= 0.1,
            "much: half of the forward ones or more": density <= 0.5,
            "a dense product with half zeros leaves at least a tenth of its multiplications out": dense_gain,
        },
        reason="operations are counted, not timed; much: half, the density at which such networks begin",
        source="Horowitz 2014 for the cost of an operation",
    )  # fmt: skip
    below = timing[timing.density < 1]
    in_proportion = bool((timing.operations / timing.density - 1).abs().max() < 1e-9)
    yield Finding.claim_of_parts(
        "A0-15",
        "Sparse matrix operations compute only the non-zero elements and so cut computation.",
        {
            "entries multiplied are the non-zero ones": in_proportion,
            "at every density below 1 these are fewer than a dense product multiplies": bool(
                (below.operations < below.dense_operations).all()
            ),
        },
        reason="operations are counted; times stand in the table timing, and nothing is concluded from them",
        source="scipy.sparse, compressed rows",
    )
    pruned = pruning[pruning.kept == 0.5].groupby("seed").first()
    lost = float((pruned.network_accuracy - pruned.accuracy).mean())
    yield Finding.claim_of_parts(
        "A1-21",
        "Sparse weights and activity cut operations and speed networks up.",
        {
            f"zeros of activity cut a tenth of the operations or more ({1 - density:.2f})": saves,
            f"half of the weights can go for at most a point of accuracy ({100 * lost:.1f} points)": lost <= POINT,
            "a dense product with half zeros leaves at least a tenth of its multiplications out": dense_gain,
        },
        reason="operations are counted, not timed; TPUs and mobile devices are not measured",
        source="A1-36 of the same article contradicts the part on hardware",
    )


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    d = tables["durations"]
    lif = d[d.twin == "LIF"]
    here = lif[lif.network == RELU].iloc[0]
    return (
        f"LIF cells lose {100 * lif.final_loss.min():.1f} to {100 * lif.final_loss.max():.1f} points of accuracy and "
        f"are within a point from {here.within_a_point:.0f} ms on; spikes are cheaper than the network only for short "
        "runs"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core with scikit-learn's digits."""
    p = parameters
    units = 2 * p.hidden * p.shown
    return 5.0 + p.seeds * (0.25 * p.epochs + 9 * sum(p.steps) * units * 3e-9 + 2.0), 5e8 + 400.0 * units


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    a, d = tables["accuracy"], tables["durations"]
    rows = a[(a.network == RELU) & (a.twin == BEST)]
    lif = d[d.twin == "LIF"].set_index("network")
    return (
        f"A trained network and its spiking twins ({a.seed.nunique()} seeds; the network names "
        f"{rows.network_accuracy.mean():.1%} of the digits). A: accuracy against duration, mean over seeds; dotted: "
        "the network trained here. LIF cells stay within a point of their network from "
        f"{lif.within_a_point[RELU]:.0f} ms (trained here), {lif.within_a_point[IMPORTED]:.0f} ms (scikit-learn) and "
        f"{lif.within_a_point[SOFT]:.0f} ms (trained as LIF). B: largest error of the rate of one IF cell over "
        "activities from -.5 to 1.5; lines: the bounds 1/T and 1/(2T). C: energy of the arithmetic of the layers that "
        "hidden units feed, per digit; bars reach from 32-bit integers to 32-bit floating point (45 nm); grey: the "
        f"network with zeros skipped (density {rows.density.mean():.2f}), where spikes break even. Updates of the "
        "cells and memory are not counted. D: share of active cells that carries most information per energy, against "
        "the cost of an active cell; filled: the cortical budget at the rates written beside; open: at most 15 and 5 % "
        "active at 4 and 40 Hz (Attwell & Laughlin); dashed: 1 % (Lennie)."
    )


def figure(tables: Tables) -> Any:
    """The four panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=140):
        fig = plots.new_figure()
        axes = fig.subplots(2, 2)
        _draw_accuracy(axes[0, 0], tables)
        _draw_bounds(axes[0, 1], tables)
        _draw_energy(axes[1, 0], tables)
        _draw_fraction(axes[1, 1], tables)
        plots.label_panels(axes)
    return fig


def _looks() -> dict[tuple[str, str], Any]:
    """Style of each network and twin: black is the LIF cell, which the ladder draws so."""
    from neurosim.plots.style import OKABE_ITO, RUNGS, SeriesStyle

    rate, spiking = RUNGS["rate"], RUNGS["spiking"]
    blue, sky, red, purple = (OKABE_ITO[c] for c in ("bluish green", "sky blue", "vermillion", "reddish purple"))
    return {
        (RELU, "rate"): SeriesStyle(rate.colour, rate.linestyle, rate.marker, "leaky rate"),
        (RELU, BEST): SeriesStyle(blue, "-", "s", "IF, half charged"),
        (RELU, "IF"): SeriesStyle(sky, "--", "v", "IF, empty at start"),
        (RELU, "IF to zero, half charged"): SeriesStyle(red, "-", "P", "IF, reset to zero"),
        (RELU, "LIF"): SeriesStyle(spiking.colour, "-", "o", "LIF, trained here"),
        (IMPORTED, "LIF"): SeriesStyle("0.45", "--", "X", "LIF, scikit-learn"),
        (SOFT, "LIF"): SeriesStyle(purple, "-", "^", "LIF, trained as LIF"),
    }


def _mean(accuracy: Any, network: str, twin: str) -> Any:
    rows = accuracy[(accuracy.network == network) & (accuracy.twin == twin)]
    return rows.drop(columns=["network", "twin", "seed"]).groupby("steps").mean()


def _draw_accuracy(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    accuracy = tables["accuracy"]
    for (network, twin), look in _looks().items():
        mean = _mean(accuracy, network, twin)
        ax.plot(mean.index, 100 * mean.accuracy, **look.line())
    ax.axhline(100 * _mean(accuracy, RELU, BEST).network_accuracy.iloc[0], color="0.5", linestyle=":", linewidth=0.9)
    _duration(ax, tables)
    ax.set_ylim(50, 100.5)
    ax.set_ylabel(plots.axis_label("accuracy", "%"))
    ax.legend(loc="lower right")
    plots.tidy(ax)
    _duration(ax, tables)


def _duration(ax: Any, tables: Tables) -> None:
    steps = sorted(set(tables["accuracy"].steps))
    ax.set_xscale("log", base=2)
    ax.set_xticks(steps, [f"{step:.0f}" for step in steps])
    ax.minorticks_off()
    ax.set_xlabel("duration (ms; IF: steps)")


def _draw_bounds(ax: Any, tables: Tables) -> None:
    from neurosim import plots
    from neurosim.plots.style import OKABE_ITO

    looks = {
        ("subtract", 0.5): (OKABE_ITO["bluish green"], "s", "subtract, half charged"),
        ("subtract", 0.0): (OKABE_ITO["sky blue"], "v", "subtract, empty"),
        ("zero", 0.5): (OKABE_ITO["vermillion"], "P", "to zero, half charged"),
    }
    bounds = tables["bounds"]
    for (reset, start), (colour, marker, label) in looks.items():
        rows = bounds[(bounds.reset == reset) & (bounds.v_start == start)]
        ax.plot(1 / rows.steps, rows.largest, linestyle="none", marker=marker, color=colour, label=label)
        if reset == "subtract":
            ax.plot(1 / rows.steps, rows.bound, color=colour, linewidth=0.9, label="1/T" if not start else "1/(2T)")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    steps = sorted(set(bounds.steps))
    ax.set_xticks([1 / step for step in steps], [f"1/{step:.0f}" for step in steps])
    ax.minorticks_off()
    ax.set_xlabel("1/T (T: duration in steps)")
    ax.set_ylabel(plots.axis_label("largest error of the rate", "spikes per step"))
    ax.legend(loc="lower right")
    ax.spines[["top", "right"]].set_visible(False)


def _draw_energy(ax: Any, tables: Tables) -> None:
    accuracy, looks = tables["accuracy"], _looks()
    for key in ((RELU, BEST), (RELU, "IF"), (RELU, "LIF")):
        mean, look = _mean(accuracy, *key), looks[key]
        ax.plot(mean.energy / 1e3, 100 * mean.accuracy, **look.line())
        ax.hlines(100 * mean.accuracy, mean.energy_low / 1e3, mean.energy / 1e3, color=look.colour, linewidth=0.6)
    mean = _mean(accuracy, RELU, BEST)
    own = mean.iloc[0]
    ax.axvline(own.network_energy / 1e3, color="0.5", linewidth=0.9, linestyle="--")
    ax.plot(own.network_energy / 1e3, 100 * own.network_accuracy, "*", color="0.3", markersize=8, label="network")
    ax.hlines(100 * own.network_accuracy, own.network_low / 1e3, own.network_energy / 1e3, color="0.3", linewidth=0.9)
    ax.set_xscale("log")
    ax.set_xlim(0.1, 400)
    ax.set_ylim(75, 101)
    ax.set_xlabel("energy of the arithmetic (nJ per digit)")
    ax.set_ylabel("accuracy (%)")
    at = own.network_energy / 1e3
    ax.text(at * 1.1, 101, "spikes cost more", ha="left", va="top", fontsize="small")
    ax.text(at / 1.1, 101, "spikes cost less", ha="right", va="top", fontsize="small")
    ax.legend(loc="lower right")
    ax.spines[["top", "right"]].set_visible(False)


def _draw_fraction(ax: Any, tables: Tables) -> None:
    fractions, atp = tables["fractions"], tables["atp"]
    ax.plot(fractions.ratio, fractions.fraction, color="black", linewidth=1.2)
    for row in atp.itertuples():
        ax.plot(row.ratio, row.fraction, "o", color="black", markersize=4)
        below = row.rate == 50.0  # beside 40 Hz there is no room above the curve
        ax.annotate(
            f"{row.rate:g} Hz", (row.ratio, row.fraction), xytext=(-5, -5) if below else (5, 3),
            textcoords="offset points", fontsize="small", ha="right" if below else "left",
            va="top" if below else "bottom",
        )  # fmt: skip
    for rate, most in ((4.0, 0.15), (40.0, 0.05)):
        ratio = float(atp[atp.rate == rate].ratio.iloc[0])
        ax.plot(ratio, most, "o", markerfacecolor="white", markeredgecolor="black", markeredgewidth=0.8, markersize=5)
    ax.axhline(0.01, color="0.5", linestyle="--", linewidth=0.9)
    ax.text(1.1, 0.0106, "1 % (Lennie)", va="bottom", fontsize="small")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(1, 1000)
    ax.set_xlabel("cost of an active cell (silent cell = 1)")
    ax.set_ylabel("best active fraction")
    ax.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)
