"""How sparse is a population of neurons that looks at handwritten digits, on every rung of the ladder?

The 1,797 digits of scikit-learn drive one hidden population through fixed filters; the units inhibit each other. The
same circuit, images and weights run on four rungs: a rectified linear unit fitted to the neuron, the neuron's own f-I
curve, a leaky rate unit with that curve, and the spiking neuron. Each unit's drive is scaled to the same mean and
standard deviation over the images, in threshold distances, so that half of it lies below threshold.

Prediction: without inhibition every rung gives its own static curve back, the spiking rung up to the counting of whole
spikes. With inhibition the curve, the rate and the spiking rung agree (a steady state knows no dynamics, and every
spike carries the same area on every rung), while the ReLU differs by the shape of the curve. Inhibition makes the code
sparser, and a read-out loses accuracy when too few units are left, alike on all rungs at the same active fraction.

Sources: Treves & Rolls, Network 2 (1991) 371; Willmore & Tolhurst, Network 12 (2001) 255; Glorot, Bordes & Bengio,
AISTATS (2011); Gerstner et al., Neuronal Dynamics (2014), sec. 1.3.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding
from neurosim.metrics.sparsity_table import SPARSITY_COLUMNS, sparsity_row
from neurosim.params import Array, ParameterError, Params, param
from neurosim.theory import counting_error

if TYPE_CHECKING:
    from neurosim.activations.base import Activation
    from neurosim.cells.base import Cell
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 30
CLAIMS = ("A0-02", "A1-13", "A1-37")
QUICK = {
    "seeds": 3,
    "images": 60,
    "units": 48,
    "duration": 0.35,
    "strengths": (0.0, 2.0, 8.0),
    "shifts": (0.75,),
    "targets": (0.2, 0.1),
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick shows fewer images to fewer units."""

    seed: int = param(0, doc="first seed: images, filters, input spikes and noise", low=0)
    seeds: int = param(5, doc="number of seeds, the unit of replication", low=2)
    engine: str = param("auto", doc="engine of the spiking runs", choices=ns.engines.choices("spiking"))
    images: int = param(200, doc="digits shown, half of them to train the read-out", low=40, high=1797)
    units: int = param(100, doc="units of the hidden population", low=8)
    filters: str = param("random", doc="weights of the units", choices=("random", "principal", "gabor"))
    encoding: str = param("constant", doc="how pixels arrive", choices=("constant", "poisson"))
    max_rate: float = param(100.0, unit="Hz", doc="input rate of the brightest pixel", above=0)
    drive_mean: float = param(1.0, doc="mean drive of every unit over the images (threshold = 1)")
    drive_sd: float = param(0.5, doc="standard deviation of every unit's drive over the images", above=0)
    strengths: tuple[float, ...] = param(
        (0.0, 1.0, 2.0, 4.0, 8.0, 16.0), doc="inhibition: fall of the mean rate per rise of the mean rate", low=0
    )
    shifts: tuple[float, ...] = param((0.25, 0.5, 0.75, 1.0), doc="rises of the threshold, without inhibition", above=0)
    targets: tuple[float, ...] = param(
        (0.3, 0.2, 0.15, 0.1), doc="active fractions at which read-outs are compared", above=0, below=1
    )
    winners: float = param(0.2, doc="share of winners of k-winners-take-all", above=0, high=1)
    tau_inhibition: float = param(5e-3, unit="s", doc="synaptic time constant of the inhibition", above=0)
    sigma_stat: float = param(0.0, doc="membrane noise of the neuron (threshold = 1)", low=0)
    duration: float = param(0.5, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0)

    def check(self) -> None:
        where = "Parameters.strengths"
        if len(self.strengths) < 2 or self.strengths[0] != 0 or list(self.strengths) != sorted(set(self.strengths)):
            raise ParameterError(f"{where}: got {self.strengths}, expected at least two, increasing from 0")
        if not self.shifts:
            raise ParameterError("Parameters.shifts: got none, expected at least one")
        if not self.targets:
            raise ParameterError("Parameters.targets: got none, expected at least one")
        if self.filters == "principal" and self.units > 2 * _COMPONENTS:
            raise ParameterError(
                f"Parameters.units: got {self.units}, expected at most {2 * _COMPONENTS} with principal components"
            )

    @property
    def schedule(self) -> ns.Schedule:
        """When it is counted."""
        return ns.Schedule(duration=self.duration, settle=self.settle, dt=self.dt)

    @property
    def noiseless(self) -> bool:
        """Whether the spiking rung is deterministic at constant drive."""
        return self.sigma_stat == 0 and self.encoding == "constant"

    @property
    def smallest_rate(self) -> float:
        """Half a spike in the window: what rounds to at least one. The rule for an active unit, on every rung."""
        return 0.5 / self.schedule.window


_COMPONENTS = 60
"""Principal components that have any variance: 3 of the 64 pixels are never inked."""

_COMMON = {
    "seed": ("1", "seed of images, filters, input spikes and noise"),
    "route": ("", "what was moved: start (nothing), inhibition, or threshold"),
    "strength": ("1", "inhibition as fall of the population's mean rate per rise of its mean rate, at the start"),
    "shift": ("1", "rise of the threshold (threshold distance)"),
}
_INTERVAL = {
    "value": ("1", "mean over seeds"),
    "low": ("1", "lower end of its 95 % Student interval over seeds"),
    "high": ("1", "upper end of that interval"),
    "n": ("1", "number of seeds"),
}
COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "setup": {
        "seed": _COMMON["seed"],
        "trials": ("1", "digits shown"),
        "train_trials": ("1", "digits that the read-out was trained on"),
        "units": ("1", "hidden units"),
        "filters": ("", "weights of the hidden units"),
        "encoding": ("", "how pixels arrive"),
        "drive_mean": ("1", "mean of the drive over images and units (threshold = 1)"),
        "drive_sd": ("1", "its standard deviation"),
        "relu_gain": ("Hz", "slope of the ReLU fitted to the neuron's curve"),
        "relu_threshold": ("1", "its threshold"),
        "population_slope": ("Hz", "rise of the mean rate per rise of all drives, f-I curve, no inhibition"),
        "window": ("s", "time in which spikes are counted"),
        "dt": ("s", "time step"),
        "smallest_rate": ("Hz", "a unit is active above this rate (half a spike in the window)"),
        "pixel_accuracy": ("1", "accuracy of the same read-out on the pixels themselves"),
        "chance": ("1", "share of the most frequent digit among the test images"),
    },
    "sparsity": {
        **_COMMON,
        "weight": ("s", "inhibitory weight of a pair (drive per Hz)"),
        "total_weight": ("s", "sum of the inhibitory weights onto a unit"),
        "pair_strength": ("1", "weight times the population's slope: how much one unit's change feeds back to another"),
        **{name: entry for name, entry in SPARSITY_COLUMNS.items() if name != "seed"},
        "mean_rate": ("Hz", "mean rate over trials and units, before the rules"),
        "correlation": ("1", "mean magnitude of the correlation of two units over trials (units that vary)"),
        "unsettled_trials": ("1", "trials left out on every rung because a static one found no steady state"),
        "accuracy": ("1", "share of test images that a linear read-out names correctly"),
    },
    "agreement": {
        **_COMMON,
        "rung": ("", "rung that is compared with the f-I curve rung"),
        "rmse": ("Hz", "root mean squared difference over trials and units"),
        "correlation": ("1", "correlation over trials and units"),
        "largest": ("Hz", "largest difference"),
        "differing": ("1", "share of entries that differ by more than 0.5 Hz"),
        "mean_difference": ("Hz", "difference of the mean rates"),
        "overlap": ("1", "overlap (Jaccard index) of the sets of active units, mean over trials"),
        "lowest": ("Hz", "lowest rate of the rung; below 0 by integration error, and set to 0 before anything else"),
        "counting": ("Hz", "expected rmse from counting whole spikes and from the time step alone"),
        "shot_noise": ("Hz", "expected rmse if every inhibitory spike came at random (an upper bound)"),
    },
    "recovery": {
        "seed": _COMMON["seed"],
        "rung": ("", "rung"),
        "entries": ("1", "trials times units that were compared"),
        "largest": ("Hz", "largest distance from the static curve of the independently computed drive"),
        "excess": ("Hz", "largest distance beyond what is allowed for this entry (negative: within)"),
        "exact": ("1", "1 where the allowance is derived, 0 where noise makes the comparison a report"),
        "rmse": ("Hz", "root mean squared distance"),
        "counting": ("Hz", "what counting whole spikes and the time step lead one to expect for it"),
    },
    "sparseness": {
        "rung": ("", "rung"),
        "view": ("", "population: over the units of a trial; lifetime: over the trials of a unit"),
        "strength": _COMMON["strength"],
        **_INTERVAL,
    },
    "tradeoff": {
        "rung": ("", "rung"),
        "route": ("", "what was moved: threshold or inhibition (each begins at the same start)"),
        "amount": ("1", "rise of the threshold, or strength of the inhibition"),
        "active_fraction": ("1", "mean over seeds of the share of active units"),
        "active_low": ("1", "lower end of its 95 % interval"),
        "active_high": ("1", "upper end"),
        "accuracy": ("1", "mean over seeds of the read-out's accuracy"),
        "accuracy_low": ("1", "lower end of its 95 % interval"),
        "accuracy_high": ("1", "upper end"),
    },
    "matched": {
        "comparison": ("", "accuracy of the first minus accuracy of the second"),
        "route": ("", "what was moved to reach the active fraction"),
        "active_fraction": ("1", "active fraction at which both were interpolated (straight in its logarithm)"),
        **_INTERVAL,
        "p_value": ("1", "two-sided paired Student test over seeds"),
        "p_holm": ("1", "the same, corrected for all rows of this table (Holm)"),
    },
    "activations": {
        "seed": _COMMON["seed"],
        "activation": ("", "class name"),
        "shift": ("1", "threshold in standard deviations of the drive (LIF rungs: 0)"),
        "gain": ("Hz", "factor on the textbook curve"),
        "matched_mean": ("Hz", "mean activity after rectification, which was made equal"),
        "nonzero_fraction": ("1", "share of entries that are not exactly 0, before rectification"),
        **{name: entry for name, entry in SPARSITY_COLUMNS.items() if name not in ("seed", "rung")},
        "mean_rate": ("Hz", "mean activity before rectification"),
    },
    "activation_summary": {
        "activation": ("", "class name; spiking: the simulated neuron"),
        "measure": ("", "column of the table activations"),
        **_INTERVAL,
    },
    "silence": {
        "seed": _COMMON["seed"],
        "exact_zeros": ("1", "share of the ReLU's activities that are exactly 0"),
        "below_threshold": ("1", "share of the drives at or below its threshold, computed apart"),
        "always_silent": ("1", "share of the units that are silent for every image"),
        "accuracy": ("1", "read-out of the ReLU layer"),
        "silence_accuracy": ("1", "read-out that sees only which units are silent"),
        "chance": ("1", "share of the most frequent digit among the test images"),
        "without_silent_half": ("1", "read-out without the half of the units that is silent most often"),
    },
    "excitation": {
        "seed": _COMMON["seed"],
        "width": ("1", "radius (standard deviation, in pixels) of purely excitatory receptive fields"),
        "strength": _COMMON["strength"],
        "correlation": ("1", "mean magnitude of the correlation of two units over trials, f-I curve rung"),
        "population_treves_rolls": ("1", "Treves-Rolls activity ratio over the units, mean over trials"),
    },
    "example": {
        "rung": ("", "rung"),
        "rank": ("1", "units in the order of their response on the f-I curve rung, least first"),
        "rate": ("Hz", "response to the digit shown"),
        "strength": _COMMON["strength"],
        "label": ("1", "the digit shown"),
    },
    "raster": {
        "time": ("s", "time of a spike since the digit appeared"),
        "rank": ("1", "its unit, in the order of the table example"),
    },
    "engines": CROSS_CHECK_COLUMNS,
    "arrays": {
        "image": ("1", "the digit shown, brightness 0 to 1"),
        "filters": ("1", "filters of twelve units of the first seed"),
    },
}


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Every seed at every operating point on four rungs, then what follows from their rates."""
    import pandas as pd

    p = parameters
    every: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS if name != "arrays"}
    arrays: dict[str, Array] = {}
    every_digit = ns.datasets.digits()
    scenes: dict[int, _Scene] = {}
    work = [(p.seed + k, *point) for k in range(p.seeds) for point in _points(p)]
    for seed, route, strength, shift in progress(work, "operating points"):
        if seed not in scenes:
            scenes = {seed: _scene(p, seed, every_digit)}
        scene = scenes[seed]
        shown = route == "inhibition" and seed == p.seed and strength == p.strengths[len(p.strengths) // 2]
        runs = _climb(p, scene, strength, shift, record=("spikes",) if shown else ())
        common = {"seed": seed, "route": route, "strength": strength, "shift": shift}
        rates = _settled(runs)
        every["sparsity"] += [{**common, **row} for row in _sparsity(p, scene, rates, strength)]
        every["agreement"] += [{**common, **row} for row in _agreement(p, scene, runs, rates, strength)]
        if route == "start":
            every["recovery"] += [{"seed": seed, **row} for row in _recovery(p, scene, rates)]
            every["activations"] += [{"seed": seed, **row} for row in _activations(p, scene, rates.spiking)]
            every["silence"].append({"seed": seed, **_silence(scene, rates.of["artificial"])})
            every["excitation"] += [{"seed": seed, **row} for row in _excitation(p, scene)]
            every["setup"].append(_setup(p, scene))
        if shown:
            every["example"], every["raster"], arrays = _example(scene, runs, strength)
            every["engines"].append(_cross_check(p, scene, strength))
        progress.note(engine=str(runs["spiking"].provenance["engine"]))
    tables = {name: pd.DataFrame(rows) for name, rows in every.items() if rows}
    tables["sparseness"] = _sparseness(tables["sparsity"])
    tables["tradeoff"] = _tradeoff(tables["sparsity"])
    tables["matched"] = _matched(tables["sparsity"], p.targets)
    tables["activation_summary"] = _activation_summary(tables["activations"])
    for name, columns in COLUMNS.items():
        if name != "arrays":
            tables[name] = tables[name][list(columns)]
    return {**tables, "arrays": arrays}


def _points(p: Parameters) -> Iterator[tuple[str, float, float]]:
    yield "start", 0.0, 0.0
    yield from (("inhibition", strength, 0.0) for strength in p.strengths[1:])
    yield from (("threshold", 0.0, shift) for shift in p.shifts)


@dataclass(frozen=True, eq=False)
class _Scene:
    """What a seed fixes: the images, the weights, the cells, and how strongly the population reacts."""

    seed: int
    shown: ns.datasets.Images
    train: Any
    cells: Mapping[str, Cell]
    circuit: ns.Circuit
    stimulus: ns.Stimulus
    inputs: Array
    slope: float

    @property
    def drive(self) -> Array:
        """Feed-forward drive (trials, units), by plain NumPy from the description alone."""
        weights = np.asarray(self.circuit.projection("filters").weights)
        drive: Array = np.asarray(self.circuit.population("hidden").bias)[None, :] + self.inputs @ weights.T
        return drive

    @property
    def units(self) -> int:
        return int(self.circuit.population("hidden").size)

    def weight(self, strength: float) -> float:
        """Inhibitory weight of a pair (s) for a dimensionless strength."""
        return strength / (self.slope * (self.units - 1))


def _scene(p: Parameters, seed: int, every: ns.datasets.Images) -> _Scene:
    shown, train = _images(every, p.images, ns.randomness.stream(seed, "shuffle"))
    cells = ns.ladder(ns.LIF(sigma_stat=p.sigma_stat))
    raw = _filters(p, every, ns.randomness.stream(seed, "weights"))
    return _wired(p, seed, shown, train, cells, raw)


def _wired(
    p: Parameters, seed: int, shown: ns.datasets.Images, train: Any, cells: Mapping[str, Cell], raw: Array
) -> _Scene:
    """A circuit with these filters, scaled so that every unit's drive has the stated mean and deviation."""
    from neurosim.simulate import prepare

    pixels = p.max_rate * shown.flat
    weights = p.drive_sd * raw / (pixels @ raw.T).std(axis=0)[:, None]
    hidden = ns.Population("hidden", len(raw), bias=p.drive_mean - (pixels @ weights.T).mean(axis=0))
    # A tau of 0 would put every input spike on the membrane at once; for constant inputs it has no effect.
    tau = p.tau_inhibition if p.encoding == "poisson" else 0.0
    filters = ns.Projection("filters", "pixels", "hidden", weights, sign=None, tau=tau)
    circuit = ns.Circuit({"pixels": pixels.shape[1]}, [hidden], [filters])
    stimulus = ns.Stimulus({"pixels": pixels}, encoding="poisson" if p.encoding == "poisson" else "constant")
    inputs = prepare(circuit, cells["curve"], stimulus, p.schedule, seed=seed).input_rates()["pixels"]
    scene = _Scene(seed, shown, train, cells, circuit, stimulus, inputs, slope=1.0)
    curve, step = _curve(cells["curve"]), 0.05
    slope = (curve(scene.drive + step).mean() - curve(scene.drive - step).mean()) / (2 * step)
    return dataclasses.replace(scene, slope=float(slope))


def _images(every: ns.datasets.Images, count: int, rng: np.random.Generator) -> tuple[ns.datasets.Images, Any]:
    """Digits with the same share of every label, and which of them train the read-out (the first half)."""
    train, rest = every.split(count / 2 / len(every), rng)
    test = rest.split(min(1.0, count / 2 / len(rest)), rng)[0] if len(rest) > count / 2 + 1 else rest
    together = ns.datasets.Images(
        np.concatenate([train.images, test.images]),
        np.concatenate([_labels(train), _labels(test)]),
        every.name,
        every.source,
    )
    return together, np.arange(len(together)) < len(train)


def _labels(images: ns.datasets.Images) -> Any:
    assert images.labels is not None
    return images.labels


def _filters(p: Parameters, every: ns.datasets.Images, rng: np.random.Generator) -> Array:
    if p.filters == "gabor":
        return ns.wiring.gabor_filters(p.units, 8, rng)
    if p.filters == "random":
        return ns.wiring.random_normal(p.units, 64, rng)
    # Every component with both signs, as a rectified unit hears only one side of it.
    components = ns.wiring.principal_components(every.flat, math.ceil(p.units / 2))
    return np.concatenate([components, -components])[: p.units]


def _curve(cell: Cell) -> Activation:
    assert cell.transfer is not None
    return cell.transfer


def _climb(
    p: Parameters, scene: _Scene, strength: float, shift: float, record: tuple[str, ...]
) -> dict[str, ns.Recording]:
    """The four rungs at one operating point: same circuit, same stimuli, same seed."""
    circuit, runs = _inhibited(p, scene, strength, shift), {}
    for rung in ns.RUNGS:
        spiking = rung == "spiking"
        runs[rung] = ns.simulate(
            circuit, scene.cells[rung], scene.stimulus, p.schedule, seed=scene.seed, progress=False,
            record=record if spiking else (), engine=p.engine if spiking else "auto",
        )  # fmt: skip
    return runs


def _inhibited(p: Parameters, scene: _Scene, strength: float, shift: float = 0.0) -> ns.Circuit:
    """The circuit at an operating point."""
    bias = np.asarray(scene.circuit.population("hidden").bias)
    circuit = scene.circuit.with_bias(hidden=bias - shift)
    if not strength:
        return circuit
    inhibition = ns.lateral(circuit.population("hidden"), scene.weight(strength), tau=p.tau_inhibition)
    return circuit.with_projections(inhibition)


def _cross_check(p: Parameters, scene: _Scene, strength: float) -> dict[str, Any]:
    """A few digits with inhibition, on both engines."""
    circuit = _inhibited(p, scene, strength)
    return cross_check(
        "Inhibited digits", circuit, scene.cells["spiking"], scene.stimulus, p.schedule, seed=scene.seed, trials=4
    )


@dataclass(frozen=True, eq=False)
class _Rates:
    """Rates of the trials that settled on every rung, and which trials those are."""

    of: Mapping[str, Array]
    settled: Any

    @property
    def spiking(self) -> Array:
        return self.of["spiking"]


def _settled(runs: Mapping[str, ns.Recording]) -> _Rates:
    settled = np.all([run.converged for run in runs.values()], axis=0)
    if not settled.any():
        raise ParameterError("no trial has a steady state on every rung; expected weaker inhibition")
    # A rate that falls to 0 is left a little below it by an explicit integrator; the table `agreement` says how far.
    return _Rates({rung: np.maximum(run.rates["hidden"][settled], 0.0) for rung, run in runs.items()}, settled)


def _sparsity(p: Parameters, scene: _Scene, rates: _Rates, strength: float) -> Iterator[dict[str, Any]]:
    train = scene.train[rates.settled]
    labels = _labels(scene.shown)[rates.settled]
    for rung, activity in rates.of.items():
        row = sparsity_row(
            activity, rung=rung, above=p.smallest_rate, seed=scene.seed,
            duration=p.schedule.window if rung in ("rate", "spiking") else None,
            dt=p.dt if rung == "spiking" else None,
        )  # fmt: skip
        yield {
            **row,
            "weight": scene.weight(strength),
            "total_weight": scene.weight(strength) * (scene.units - 1),
            "pair_strength": scene.weight(strength) * scene.slope,
            "correlation": _redundancy(activity),
            "unsettled_trials": int((~rates.settled).sum()),
            "accuracy": _accuracy(activity, labels, train),
        }


def _redundancy(activity: Array) -> float:
    """Mean magnitude of the correlation between the responses of two units."""
    varying = activity[:, activity.std(axis=0) > 0]
    if varying.shape[1] < 2:
        return float("nan")
    pairs = np.corrcoef(varying.T)[np.triu_indices(varying.shape[1], 1)]
    return float(np.abs(pairs).mean())


def _accuracy(activity: Array, labels: Any, train: Any) -> float:
    """Accuracy on the test images of a linear read-out trained on the others; deterministic."""
    from sklearn.linear_model import RidgeClassifierCV

    # One factor for all units: a rung's unit of measurement must not decide how strongly it is regularised.
    scale = math.sqrt(float(np.mean(activity[train] ** 2))) or 1.0
    reader = RidgeClassifierCV(alphas=np.logspace(-1, 4, 11)).fit(activity[train] / scale, labels[train])
    return float(np.mean(reader.predict(activity[~train] / scale) == labels[~train]))


def _agreement(
    p: Parameters, scene: _Scene, runs: Mapping[str, ns.Recording], rates: _Rates, strength: float
) -> Iterator[dict[str, Any]]:
    reference = rates.of["curve"]
    drive = runs["curve"].drive["hidden"][rates.settled]
    for rung in ("artificial", "rate", "spiking"):
        difference = rates.of[rung] - reference
        yield {
            "rung": rung,
            "rmse": metrics.rmse(rates.of[rung], reference),
            "correlation": metrics.correlation(rates.of[rung], reference),
            "largest": float(np.abs(difference).max()),
            "differing": float((np.abs(difference) > 0.5).mean()),
            "mean_difference": float(difference.mean()),
            "overlap": float(np.nanmean(metrics.jaccard(rates.of[rung], reference, above=p.smallest_rate))),
            "lowest": float(runs[rung].rates["hidden"][rates.settled].min()),
            "counting": counting_error(reference, p.schedule.window, p.dt),
            "shot_noise": _shot_noise(p, drive, reference, scene.weight(strength)),
        }


def _shot_noise(p: Parameters, drive: Array, rates: Array, weight: float) -> float:
    """Expected rmse if inhibitory spikes were independent in time: Campbell's variance, then the neuron's noisy curve.

    Equation
        sigma^2 = weight^2 sum_j r_j / (2 (tau_s + tau_m)) on the membrane; rate by Siegert's formula; below threshold
        the spikes are counted as random ones (variance rate / window)
    """
    cell = ns.LIF()
    silent = float(np.sqrt(weight**2 * rates.sum(axis=1).mean() / (2 * (p.tau_inhibition + cell.tau_m))))
    if silent < 1e-6:
        return counting_error(rates, p.schedule.window, p.dt)
    noisy = _curve(cell.replace(sigma_stat=math.hypot(silent, p.sigma_stat)))(drive)
    random = np.where(rates > 0, 0.0, noisy / p.schedule.window)
    return float(np.sqrt(np.mean((noisy - rates) ** 2 + random) + counting_error(rates, p.schedule.window, p.dt) ** 2))


def _recovery(p: Parameters, scene: _Scene, rates: _Rates) -> Iterator[dict[str, Any]]:
    """Distance of each rung from its static curve at the drive, both written down here a second time."""
    drive = scene.drive
    curve = _closed_form(drive) if p.sigma_stat == 0 else _curve(scene.cells["curve"])(drive)
    relu = _curve(scene.cells["artificial"]).as_dict()
    line = np.where(drive > relu["threshold"], relu["gain"] * (drive - relu["threshold"]), 0.0)
    tau, window = ns.LIF().tau_m, p.schedule.window
    # r(t) = curve (1 - exp(-t / tau)), averaged over the window.
    missing = tau / window * (math.exp(-p.settle / tau) - math.exp(-p.duration / tau))
    steady = p.encoding == "constant"
    # A window that holds x periods of a regular train holds the whole number below or above x; and a period may be
    # shorter than in continuous time by up to one step.
    faster = np.where(curve > 0, curve**2 * p.dt / (1 - curve * p.dt), 0.0)
    whole = np.where(curve > 0, 1.0 / window, 0.0)
    for rung, expected, allowed, exact in (
        ("artificial", line, 1e-9, True),
        ("curve", curve, 1e-9, True),
        ("rate", curve * (1 - missing), 1e-4 * curve.max(), steady),
        ("spiking", curve, whole + faster, p.noiseless),
    ):
        distance = np.abs(rates.of[rung] - expected[rates.settled])
        allowance = np.broadcast_to(allowed, drive.shape)[rates.settled]
        yield {
            "rung": rung,
            "entries": int(distance.size),
            "largest": float(distance.max()),
            "excess": float((distance - allowance).max()),
            "exact": int(exact),
            "rmse": float(np.sqrt(np.mean(distance**2))),
            "counting": counting_error(curve, p.schedule.window, p.dt),
        }


def _closed_form(drive: Array) -> Array:
    """Rate of the noiseless LIF neuron from its interval, t_ref + tau ln(drive - reset) - tau ln(drive - 1)."""
    cell = ns.LIF()
    rates = np.zeros_like(drive)
    fires = drive > 1
    interval = cell.t_ref + cell.tau_m * (np.log(drive[fires] - cell.v_reset) - np.log(drive[fires] - 1.0))
    rates[fires] = 1.0 / interval
    return rates


def _activations(p: Parameters, scene: _Scene, spiking: Array) -> Iterator[dict[str, Any]]:
    """Every artificial activation with its threshold where its mean rectified activity equals that of the f-I curve."""
    curve = _curve(scene.cells["curve"])(scene.drive)
    target, top = float(curve.mean()), float(curve.max())
    slope = float(_curve(scene.cells["artificial"]).as_dict()["gain"]) * p.drive_sd
    z = (scene.drive - p.drive_mean) / p.drive_sd
    yield _activation_row(p, scene, "LIFCurve" if p.sigma_stat == 0 else "Siegert", curve, 0.0, 1.0)
    yield _activation_row(p, scene, "spiking", spiking, 0.0, 1.0)
    for name, kind in ns.activations.known().items():
        if name == "Softmax":
            # A shared total has no threshold to shift: the total itself is the mean activity.
            gain = target * scene.units
            yield _activation_row(p, scene, name, gain * kind()(z), 0.0, gain)
            continue
        if name == "KWTA":
            activation = kind().replace(k=math.ceil(p.winners * scene.units))
        elif issubclass(kind, ns.activations.base.Shaped):
            activation = kind()
        else:
            continue  # the curves of neurons are rungs of their own
        # A bounded activation spans the neuron's range, an unbounded one has the slope of the fitted ReLU.
        limit = activation.range[1]
        gain = top / limit if math.isfinite(limit) else slope
        shift = _matched_shift(activation, z, target / gain)
        yield _activation_row(p, scene, name, gain * activation(z - shift), shift, gain)


def _matched_shift(activation: Activation, z: Array, target: float) -> float:
    """The threshold at which the mean rectified activity is `target`, by bisection (the mean falls as it rises)."""
    low, high = float(z.min()) - 10.0, float(z.max()) + 10.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if np.maximum(activation(z - middle), 0.0).mean() > target:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _activation_row(
    p: Parameters, scene: _Scene, name: str, activity: Array, shift: float, gain: float
) -> dict[str, Any]:
    row = sparsity_row(activity, rung=name, above=p.smallest_rate, negative="rectify", seed=scene.seed)
    return {
        "activation": name,
        "shift": shift,
        "gain": gain,
        "matched_mean": float(np.maximum(activity, 0.0).mean()),
        "nonzero_fraction": 1.0 - row["exact_zero_fraction"],
        **row,
    }


def _silence(scene: _Scene, activity: Array) -> dict[str, Any]:
    """What the silent units of the ReLU layer mean to a read-out."""
    labels, train = _labels(scene.shown), scene.train
    threshold = float(_curve(scene.cells["artificial"]).as_dict()["threshold"])
    silent = activity == 0
    talkative = np.argsort(silent[train].mean(axis=0), kind="stable")[: scene.units // 2]
    return {
        "exact_zeros": float(silent.mean()),
        "below_threshold": float((scene.drive <= threshold).mean()),
        "always_silent": float(silent.all(axis=0).mean()),
        "accuracy": _accuracy(activity, labels, train),
        "silence_accuracy": _accuracy((~silent).astype(np.float64), labels, train),
        "chance": _chance(scene),
        "without_silent_half": _accuracy(activity[:, talkative], labels, train),
    }


def _chance(scene: _Scene) -> float:
    test = _labels(scene.shown)[~scene.train]
    return float(np.bincount(test).max() / len(test))


def _excitation(p: Parameters, scene: _Scene) -> Iterator[dict[str, Any]]:
    """Purely excitatory receptive fields, narrow and broad, on the f-I curve rung, without and with inhibition."""
    rng = ns.randomness.stream(scene.seed, "weights", "excitation")
    places = rng.uniform(1.0, 6.0, (scene.units, 2))
    row, column = np.divmod(np.arange(64), 8)
    squared = (row - places[:, :1]) ** 2 + (column - places[:, 1:]) ** 2
    strong = p.strengths[len(p.strengths) // 2]
    for width in (0.7, 2.0):
        fields = np.exp(-squared / (2 * width**2))
        other = _wired(p, scene.seed, scene.shown, scene.train, scene.cells, fields)
        for strength in (0.0, strong):
            circuit = other.circuit
            if strength:
                circuit = circuit.with_projections(ns.lateral(circuit.population("hidden"), other.weight(strength)))
            curve = other.cells["curve"]
            run = ns.simulate(circuit, curve, other.stimulus, p.schedule, seed=other.seed, progress=False)
            rates = run.rates["hidden"][run.converged]
            silenced = np.where(rates > p.smallest_rate, rates, 0.0)
            yield {
                "width": width,
                "strength": strength,
                "correlation": _redundancy(rates),
                "population_treves_rolls": float(np.nanmean(metrics.treves_rolls(silenced, axis=-1))),
            }


def _setup(p: Parameters, scene: _Scene) -> dict[str, Any]:
    relu = _curve(scene.cells["artificial"]).as_dict()
    return {
        "seed": scene.seed,
        "trials": len(scene.shown),
        "train_trials": int(scene.train.sum()),
        "units": scene.units,
        "filters": p.filters,
        "encoding": p.encoding,
        "drive_mean": float(scene.drive.mean()),
        "drive_sd": float(scene.drive.std()),
        "relu_gain": relu["gain"],
        "relu_threshold": relu["threshold"],
        "population_slope": scene.slope,
        "window": p.schedule.window,
        "dt": p.dt,
        "smallest_rate": p.smallest_rate,
        "pixel_accuracy": _accuracy(scene.shown.flat, _labels(scene.shown), scene.train),
        "chance": _chance(scene),
    }


def _example(
    scene: _Scene, runs: Mapping[str, ns.Recording], strength: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Array]]:
    """One digit: its picture, every unit's response on every rung, and the spikes."""
    settled = np.all([run.converged for run in runs.values()], axis=0)
    active = (runs["curve"].rates["hidden"] > 0).sum(axis=1)
    # The settled image with the median number of active units, so that none is picked for its looks.
    trial = np.flatnonzero(settled)[np.argsort(active[settled], kind="stable")[int(settled.sum()) // 2]]
    order = np.argsort(runs["curve"].drive["hidden"][trial], kind="stable")
    label = int(_labels(scene.shown)[trial])
    rows = [
        {"rung": rung, "rank": rank, "rate": float(run.rates["hidden"][trial, unit]), "strength": strength,
         "label": label}
        for rung, run in runs.items()
        for rank, unit in enumerate(order)
    ]  # fmt: skip
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    spikes = runs["spiking"].spikes["hidden"].of_trial(int(trial))
    raster = [
        {"time": float(time), "rank": int(place[unit])} for time, unit in zip(spikes.times, spikes.units, strict=True)
    ]
    weights = np.asarray(scene.circuit.projection("filters").weights)[order[-12:][::-1]]
    return rows, raster, {"image": scene.shown.images[trial], "filters": weights.reshape(-1, 8, 8)}


def _interval(values: Any) -> dict[str, Any]:
    found = metrics.student_interval(values)
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.n}


def _sparseness(sparsity: Any) -> Any:
    import pandas as pd

    rows = []
    swept = sparsity[sparsity.route != "threshold"]
    for (rung, strength), group in swept.groupby(["rung", "strength"], sort=False):
        for view in ("population", "lifetime"):
            values = group[f"{view}_treves_rolls"].dropna()
            if len(values):
                rows.append({"rung": rung, "view": view, "strength": strength, **_interval(values)})
    return pd.DataFrame(rows)


def _tradeoff(sparsity: Any) -> Any:
    import pandas as pd

    rows = []
    for route, amount in (("threshold", "shift"), ("inhibition", "strength")):
        swept = sparsity[sparsity.route.isin(["start", route])]
        for (rung, value), group in swept.groupby(["rung", amount], sort=False):
            x, y = _interval(group.active_fraction), _interval(group.accuracy)
            rows.append(
                {"rung": rung, "route": route, "amount": value,
                 "active_fraction": x["value"], "active_low": x["low"], "active_high": x["high"],
                 "accuracy": y["value"], "accuracy_low": y["low"], "accuracy_high": y["high"]}
            )  # fmt: skip
    return pd.DataFrame(rows)


_NOTHING = {"value": float("nan"), "low": float("nan"), "high": float("nan"), "n": 0}


def _matched(sparsity: Any, targets: tuple[float, ...]) -> Any:
    """Accuracies at the same active fraction, paired by seed; NaN where fewer than two seeds reach it on both sides."""
    import pandas as pd

    curves = {
        (seed, rung, route): _at(sparsity[(sparsity.seed == seed) & (sparsity.rung == rung)], route, targets)
        for seed in sparsity.seed.unique()
        for rung in ns.RUNGS
        for route in ("threshold", "inhibition")
    }
    pairs = [((rung, route), ("spiking", route)) for route in ("threshold", "inhibition") for rung in ns.RUNGS[:-1]]
    pairs.append((("spiking", "inhibition"), ("spiking", "threshold")))
    rows = []
    for first, second in pairs:
        by_seed = [(curves[seed, *first], curves[seed, *second]) for seed in sparsity.seed.unique()]
        for index, target in enumerate(targets):
            difference = np.array([a[index] - b[index] for a, b in by_seed])
            difference = difference[np.isfinite(difference)]
            same_route = first[1] == second[1]
            rows.append(
                {
                    "comparison": f"{first[0]} - {second[0]}" if same_route else f"{first[1]} - {second[1]}",
                    "route": first[1] if same_route else "either",
                    "active_fraction": target,
                    **(_interval(difference) if len(difference) else _NOTHING),
                    "p_value": _student_p(difference) if len(difference) > 1 else float("nan"),
                }
            )
    table = pd.DataFrame(rows)
    tested = table.p_value.notna()
    table["p_holm"] = float("nan")
    if tested.any():
        table.loc[tested, "p_holm"] = metrics.holm(table.p_value[tested])
    return table


def _at(rows: Any, route: str, targets: tuple[float, ...]) -> Array:
    """Accuracy along a sweep at these active fractions; NaN where the sweep does not reach."""
    swept = rows[rows.route.isin(["start", route]) & (rows.active_fraction > 0)].sort_values("active_fraction")
    found: Array = np.interp(
        np.log(targets), np.log(swept.active_fraction), swept.accuracy, left=float("nan"), right=float("nan")
    )
    return found


def _student_p(difference: Array) -> float:
    from scipy import special

    error = difference.std(ddof=1) / math.sqrt(len(difference))
    if error == 0:
        return 1.0 if difference.mean() == 0 else 0.0
    return float(2 * special.stdtr(len(difference) - 1, -abs(difference.mean()) / error))


_MEASURES = ("nonzero_fraction", "active_fraction", "population_treves_rolls", "lifetime_treves_rolls", "negative_mass")


def _activation_summary(activations: Any) -> Any:
    import pandas as pd

    return pd.DataFrame(
        [
            {"activation": name, "measure": measure, **_interval(group[measure])}
            for name, group in activations.groupby("activation", sort=False)
            for measure in _MEASURES
        ]
    )


def findings(tables: Tables) -> list[Finding]:
    """Checks against the static curves, the counting of spikes and the other engine; three claims; numbers to read."""
    return [*_recovery_checks(tables), *_agreement_checks(tables), *_other_checks(tables), *_claims(tables),
            *_reports(tables), *cross_check_findings(tables["engines"])]  # fmt: skip


def _recovery_checks(tables: Tables) -> Iterator[Finding]:
    recovery = tables["recovery"]
    words = {
        "artificial": "gain * max(0, drive - threshold) of the drive computed apart, up to rounding (1e-9 Hz)",
        "curve": "the LIF interval formula written down a second time, up to rounding (1e-9 Hz)",
        "rate": "the same curve times 1 - tau/T (exp(-settle/tau) - exp(-duration/tau)), the closed form of its "
        "average; 1e-4 of the highest rate, ten times the integrator's relative tolerance",
        "spiking": "a regular train is counted as the whole number below or above (1/T), and its interval is up to "
        "one step short, r^2 dt / (1 - r dt)",
    }
    for rung, reason in words.items():
        rows = recovery[recovery.rung == rung]
        entries, excess = int(rows.entries.sum()), float(rows.excess.max())
        quantity = f"largest distance beyond the allowance, {entries} pairs of image and unit"
        statement = f"Without inhibition the {rung} rung gives its own static curve back."
        if rows.exact.all():
            yield Finding.check(f"recovered_{rung}", statement, quantity, excess, at_most=0.0, unit="Hz", reason=reason)
        else:
            why = "noisy: no bound holds for each pair"
            yield Finding.report(f"recovered_{rung}", statement, quantity, excess, unit="Hz", reason=why)
    rows = recovery[recovery.rung == "spiking"]
    if rows.exact.all():
        ratio = float(np.sqrt((rows.rmse**2).mean() / (rows.counting**2).mean()))
        yield Finding.check(
            "counting_noise", "What is left between spiking and curve without inhibition is the counting of spikes.",
            "rmse over its expectation sqrt(share of active * 1/(6 T^2))", ratio, expected=1.0, tolerance=0.15,
            reason="the expectation takes the broken part of the count as uniform; images share few drives, so it is "
            "not quite (1.02 in five seeds of the full run, 1.01-1.03 in nine of the quick one)",
        )  # fmt: skip


def _agreement_checks(tables: Tables) -> Iterator[Finding]:
    rows = tables["agreement"]
    rate, spiking = (rows[rows.rung == rung] for rung in ("rate", "spiking"))
    noiseless = bool(tables["recovery"].exact.all())
    if not noiseless:
        yield Finding.report(
            "rungs_agree", "With noise the rungs differ by what the noise adds.",
            "largest rmse of spiking against curve", spiking.rmse.max(), unit="Hz",
        )  # fmt: skip
        return
    yield Finding.check(
        "rate_is_curve", "The rate rung settles where the f-I curve rung has its steady state, at every strength.",
        "largest rmse over seeds and operating points", rate.rmse.max(), at_most=0.6, unit="Hz",
        reason="both are deterministic; the curve's slope is infinite at threshold, so pairs of units within about "
        "0.001 of it have more than one steady state and may end in another (0.23 Hz in five full seeds, up to 0.40 "
        "in nine quick ones, whose pairs inhibit each other more)",
    )  # fmt: skip
    yield Finding.check(
        "few_units_differ", "Only units at threshold can settle elsewhere on the rate rung: they are few.",
        "largest share of image-unit pairs that differ by more than 0.5 Hz", rate.differing.max(), at_most=0.03,
        reason="a drive of density 0.8 per threshold distance leaves 0.1-0.2 % of the units within 0.001 of threshold; "
        "strong inhibition piles them up there (0.6 % in five full seeds, up to 1.6 % in nine quick ones)",
    )  # fmt: skip
    window = float(tables["setup"].window.iloc[0])
    yield Finding.check(
        "spiking_is_curve", "The spiking rung agrees with the f-I curve rung at every strength.",
        "largest rmse over seeds and operating points", spiking.rmse.max(), unit="Hz",
        at_most=1.0 / (window * math.sqrt(6.0)) + 1.5,
        reason="counting whole spikes costs at most 1/(T sqrt 6) (all units active); 1.5 Hz more for the shot noise of "
        "the inhibition, which lifts units just below threshold (altogether 1.46 Hz in five full "
        "seeds, 1.96 in nine quick ones)",
    )  # fmt: skip
    yield Finding.check(
        "spiking_correlates", "Spiking and f-I curve rung correlate over images and units at every strength.",
        "smallest correlation", spiking.correlation.min(), at_least=0.95,
        reason="0.98 in five full and nine quick seeds; the lowest where inhibition is strongest and spikes few",
    )  # fmt: skip
    yield Finding.check(
        "same_mean_rate", "Both have the same mean rate: what fluctuations add, the inhibition takes away.",
        "largest difference of the mean rates", spiking.mean_difference.abs().max(), at_most=0.3, unit="Hz",
        reason="an interval up to one step short raises a rate r by r^2 dt/2, 0.1 Hz on average; counting a window "
        "adds +-1/T over the square root of all entries",
    )  # fmt: skip
    inhibited = spiking[spiking.route == "inhibition"]
    yield Finding.check(
        "below_shot_noise", "The rungs agree better than they would if inhibitory spikes came at random.",
        "largest rmse over the rmse expected for random inhibitory spikes",
        (inhibited.rmse / inhibited.shot_noise).max(), at_most=1.0,
        reason="Campbell's theorem and Siegert's formula for Poisson spikes; trains of a neuron without noise are far "
        "more regular",
        source="Campbell 1909; Siegert 1951",
    )  # fmt: skip


def _other_checks(tables: Tables) -> Iterator[Finding]:
    sparsity, activations = tables["sparsity"], tables["activations"]
    swept = sparsity[sparsity.route != "threshold"].sort_values("strength")
    steps = [group.mean_rate.diff().dropna().max() for _, group in swept.groupby(["seed", "rung"])]
    yield Finding.check(
        "inhibition_lowers_rates", "Stronger inhibition lowers the mean rate on every rung and in every seed.",
        "largest change of the mean rate from one strength to the next", max(steps), at_most=0.0, unit="Hz",
        reason="the summed rate solves R = F(w R) with F falling, so R falls as w rises",
    )  # fmt: skip
    artificial = activations[~activations.activation.isin(["spiking"])]
    fewest = (artificial.n_units * artificial.trials * artificial.active_fraction).min()
    spread = artificial.groupby("seed").matched_mean.agg(lambda values: values.max() / values.min() - 1)
    yield Finding.check(
        "same_mean_activity", "All activations are compared at the same mean activity.",
        "largest relative difference of the mean rectified activities", spread.max(), at_most=1.0 / fewest,
        reason="a continuous curve is matched to rounding; a step moves by one entry at a time, one part in the number "
        "of its active entries",
    )  # fmt: skip


def _claims(tables: Tables) -> Iterator[Finding]:
    sparsity = tables["sparsity"]
    drops = {}
    for route, amount in (("threshold", "shift"), ("inhibition", "strength")):
        rows = sparsity[(sparsity.rung == "spiking") & sparsity.route.isin(["start", route])]
        by_seed = rows.pivot(index="seed", columns=amount, values="accuracy")
        lost = metrics.student_interval(by_seed.iloc[:, 0] - by_seed.iloc[:, -1])
        least = rows[rows[amount] == rows[amount].max()].active_fraction.mean()
        words = f"accuracy lost at {least:.1%} active by {route}: {lost.value:.3f}, {lost.low:.3f} to {lost.high:.3f}"
        drops[words] = lost.low > 0
    yield Finding.claim_of_parts(
        "A1-37", "Too much sparsity loses information.", drops,
        reason="a linear read-out of the spiking rung, sparsest against densest operating point of a sweep, paired by "
        "seed; a condition holds if the 95 % interval of the loss lies above 0",
    )  # fmt: skip
    silence = tables["silence"]
    gain = metrics.student_interval(silence.silence_accuracy - silence.chance)
    lost = metrics.student_interval(silence.accuracy - silence.without_silent_half)
    exact = bool((silence.exact_zeros > 0).all() and np.allclose(silence.exact_zeros, silence.below_threshold))
    yield Finding.claim_of_parts(
        "A0-02", "ReLU silences unnecessary neurons, because a negative input gives zero.",
        {
            "a drive below threshold gives exactly 0, and nothing else does": exact,
            f"which units are silent says nothing about the digit (it reads {silence.silence_accuracy.mean():.2f}, "
            f"chance {silence.chance.mean():.2f})": not gain.low > 0,
            f"the half that is silent most often can be removed without loss ({lost.value:.3f} lost, "
            f"{lost.low:.3f} to {lost.high:.3f})": not lost.low > 0,
        },
        reason="a unit is unnecessary if neither its silence nor its removal makes a difference to a read-out; "
        "intervals over seeds",
    )  # fmt: skip
    yield _redundancy_claim(tables)


def _redundancy_claim(tables: Tables) -> Finding:
    sparsity, excitation = tables["sparsity"], tables["excitation"]
    spiking = sparsity[(sparsity.rung == "spiking") & (sparsity.route != "threshold")]

    def change(column: str) -> Any:
        by_seed = spiking.pivot(index="seed", columns="strength", values=column).dropna(axis=1)
        return metrics.student_interval(by_seed.iloc[:, -1] - by_seed.iloc[:, 0])

    sparser, alike = change("population_treves_rolls"), change("correlation")
    broad = excitation.pivot(index="seed", columns=["strength", "width"], values="correlation")
    widths, strengths = sorted(excitation.width.unique()), sorted(excitation.strength.unique())
    alone = metrics.student_interval(broad[strengths[0], widths[-1]] - broad[strengths[0], widths[0]])
    helped = metrics.student_interval(broad[strengths[-1], widths[-1]] - broad[strengths[0], widths[-1]])
    return Finding.claim_of_parts(
        "A1-13", "Broad excitation reduces redundancy and inhibition saves resources, as in sparse coding.",
        {
            f"inhibition makes the population sparser (Treves-Rolls ratio {sparser.value:+.2f})": sparser.high < 0,
            f"inhibition makes units with random filters less alike (mean |correlation| {alike.value:+.3f})":
                alike.high < 0,
            f"inhibition makes broad excitatory fields less alike ({helped.value:+.3f})": helped.high < 0,
            f"broad excitatory fields alone are less alike than narrow ones ({alone.value:+.3f})": alone.high < 0,
        },
        reason="redundancy as the mean magnitude of the correlation of two units over images; a condition holds if the "
        "95 % interval over seeds lies below 0",
    )  # fmt: skip


def _reports(tables: Tables) -> Iterator[Finding]:
    sparsity, matched, setup = tables["sparsity"], tables["matched"], tables["setup"]
    start = sparsity[sparsity.route == "start"]
    strongest = sparsity[sparsity.strength == sparsity.strength.max()]
    for name, rows in (("start", start), ("strongest", strongest)):
        for rung in ns.RUNGS:
            found = metrics.student_interval(rows[rows.rung == rung].population_treves_rolls.dropna())
            yield Finding.report(
                f"treves_rolls_{rung}_{name}",
                f"Treves-Rolls activity ratio of the {rung} rung, "
                + ("without inhibition." if name == "start" else f"inhibition {rows.strength.max():g}."),
                "population sparseness", found.value, low=found.low, high=found.high,
            )  # fmt: skip
    accuracy = metrics.student_interval(start[start.rung == "spiking"].accuracy)
    yield Finding.report(
        "accuracy_start", "Accuracy of the linear read-out of the spiking rung without inhibition "
        f"(on the pixels themselves {setup.pixel_accuracy.mean():.3f}).", "accuracy",
        accuracy.value, low=accuracy.low, high=accuracy.high,
    )  # fmt: skip
    tested = matched[matched.p_holm.notna() & (matched.route != "either")]
    if len(tested):
        largest = tested.loc[tested.value.abs().idxmax()]
        yield Finding.report(
            "rungs_at_matched_sparsity",
            f"Largest difference between rungs at the same active fraction: {largest.comparison}, by {largest.route}, "
            f"at {largest.active_fraction:g}; {int((tested.p_holm < 0.05).sum())} of {len(tested)} comparisons "
            "of rungs are significant after correction.",
            "difference of accuracy", largest.value, low=largest.low, high=largest.high,
            reason=f"paired Student tests over {int(largest.n)} seeds with Holm's correction, p = {largest.p_holm:.2g}",
        )  # fmt: skip
    yield Finding.report(
        "unsettled_trials", "Trials left out because a static rung found no steady state, all seeds together.",
        "trials", sparsity[sparsity.rung == "curve"].unsettled_trials.sum(),
    )  # fmt: skip
    yield Finding.report(
        "pair_strength", "Feedback of one unit on another at the strongest inhibition (the whole loop: "
        f"{sparsity.strength.max():g}).", "weight times slope of the population", sparsity.pair_strength.max(),
    )  # fmt: skip


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    sparsity, agreement = tables["sparsity"], tables["agreement"]
    spiking = sparsity[sparsity.rung == "spiking"]
    start = spiking[spiking.route == "start"]
    strong = spiking[spiking.strength == spiking.strength.max()]
    rmse = agreement[agreement.rung == "spiking"].rmse
    return (
        f"inhibition takes the spiking population from {start.active_fraction.mean():.0%} to "
        f"{strong.active_fraction.mean():.0%} active while the read-out goes from {start.accuracy.mean():.2f} to "
        f"{strong.accuracy.mean():.2f}; spiking and f-I curve agree within {rmse.min():.1f}-{rmse.max():.1f} Hz"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core with Brian2's NumPy code."""
    p = parameters
    entries = p.images * p.units
    spiking = p.schedule.steps * (1.5e-4 + 60e-9 * entries) + 0.6
    points = p.seeds * len(list(_points(p)))
    return 6.0 + points * (spiking + 1.2e-4 * entries), 4e8 + 48.0 * entries * (p.units + 60)


_NAMES = {"artificial": "ReLU", "curve": "f-I curve", "rate": "leaky rate", "spiking": "LIF, spiking"}


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    setup, sparsity, example = tables["setup"].iloc[0], tables["sparsity"], tables["example"]
    spiking = tables["agreement"][tables["agreement"].rung == "spiking"]
    rate = tables["agreement"][tables["agreement"].rung == "rate"]
    seeds = sparsity.seed.nunique()
    return (
        f"Handwritten digits on four rungs. {setup.trials} images ({setup.train_trials} train the read-out), "
        f"{setup.units} units with {setup.filters} filters, drive {setup.drive_mean:.2f} +- {setup.drive_sd:.2f} "
        f"(threshold 1); ReLU fitted to the f-I curve (slope {setup.relu_gain:.1f} Hz, threshold "
        f"{setup.relu_threshold:.2f}). Bands and bars: 95 % Student intervals over {seeds} seeds. A unit is active "
        f"above {setup.smallest_rate:g} Hz (half a spike in {setup.window:g} s) on every rung. "
        f"A: a {example.label.iloc[0]}, filters of the twelve units with the highest drive, responses of all units on "
        f"each rung (inhibition {example.strength.iloc[0]:g}) and the spikes, units in the order of their drive on the "
        "f-I curve rung. "
        "B: Treves-Rolls activity ratio (1: all alike, small: sparse) over the units of an image and over the images "
        "of a unit, against the strength of uniform lateral inhibition, given as the loop gain of the mean rate. "
        "C: accuracy of a linear read-out against the share of active units, moved by the threshold (left) and by "
        f"inhibition (right); dotted: the pixels themselves, {tables['setup'].pixel_accuracy.mean():.2f}. "
        f"D: difference from the f-I curve rung, {spiking.rmse.min():.2f} to {spiking.rmse.max():.2f} Hz for spikes "
        f"and at most {rate.rmse.max():.2f} Hz for the rate; grey: what counting whole spikes costs at the start. "
        "E: activations with their threshold where the mean rectified activity equals that of the f-I curve; open: "
        "share of activities that are not exactly 0, filled: share of active units (left), and the Treves-Rolls ratio "
        "of the rectified activity (right)."
    )


def figure(tables: Tables) -> Any:
    """The five panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=205):
        fig = plots.new_figure()
        rows = fig.add_gridspec(3, 1, height_ratios=[1.0, 0.95, 1.15])
        first = _draw_example(
            fig, rows[0].subgridspec(2, 3, width_ratios=[0.45, 1.0, 1.2], height_ratios=[1.3, 1.0]), tables
        )
        middle = _row(fig, rows[1].subgridspec(1, 4))
        _draw_sparseness(middle[:2], tables)
        _draw_tradeoff(middle[2:], tables)
        last = _row(fig, rows[2].subgridspec(1, 3, width_ratios=[1.0, 1.0, 0.75]))
        _draw_agreement(last[0], tables)
        _draw_activations(last[1:], tables)
        plots.label_panels([first, middle[0], middle[2], last[0], last[1]])
    return fig


def _row(fig: Any, grid: Any) -> list[Any]:
    return [fig.add_subplot(grid[0, column]) for column in range(grid.ncols)]


def _draw_example(fig: Any, grid: Any, tables: Tables) -> Any:
    from neurosim import plots

    picture, tiles = fig.add_subplot(grid[0, 0]), fig.add_subplot(grid[1, 0])
    example, arrays = tables["example"], tables["arrays"]
    plots.plot_image(picture, arrays["image"], low=0.0, high=1.0)
    plots.plot_filters(tiles, arrays["filters"], columns=4)
    tiles.set_title("filters", loc="center", fontsize="small", pad=2)
    responses = fig.add_subplot(grid[:, 1])
    raster = fig.add_subplot(grid[:, 2], sharey=responses)
    for rung, group in example.groupby("rung", sort=False):
        look = plots.RUNGS[str(rung)].line()
        line = {"linestyle": "none", "markersize": 2.4} if rung == "spiking" else {"marker": "none"}
        responses.plot(group["rate"], group["rank"], **{**look, **line, "label": _NAMES[str(rung)]})
    responses.set_xlabel(plots.axis_label("firing rate", "Hz"))
    responses.set_ylabel(plots.axis_label("unit", "rank by drive"))
    responses.legend(loc="lower right")
    units = int(example["rank"].max()) + 1
    spikes = tables["raster"]
    plots.plot_raster(raster, spikes.time, spikes["rank"], n_units=units)
    raster.set_ylabel("")
    raster.tick_params(labelleft=False)
    plots.tidy(responses)
    return picture


def _draw_sparseness(axes: Any, tables: Tables) -> None:
    from neurosim import plots

    table = tables["sparseness"]
    for ax, view in zip(axes, ("population", "lifetime"), strict=True):
        plots.plot_curves(
            ax, table[table["view"] == view], "strength", "value", by="rung", low="low", high="high",
            x_unit="1", y_unit="1", legend=False,
        )  # fmt: skip
        _doubling(ax, table.strength)
        ax.set_ylabel(f"{view} Treves-Rolls ratio")
        ax.set_ylim(bottom=0.0)
    top = max(ax.get_ylim()[1] for ax in axes)
    for ax in axes:
        ax.set_ylim(0.0, top)
    _legend(axes[1], loc="upper right")


def _doubling(ax: Any, strengths: Any) -> None:
    """An axis on which 0, 1, 2, 4, ... are equally far apart."""
    ax.set_xscale("symlog", base=2, linthresh=1.0)
    ticks = sorted(set(strengths))
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xlim(-0.3, 1.2 * ticks[-1])
    ax.minorticks_off()
    ax.set_xlabel("inhibition (loop gain)")


def _legend(ax: Any, **where: Any) -> None:
    handles, labels = ax.get_legend_handles_labels()
    names = {style: _NAMES[rung] for rung, style in _labels_of_rungs().items()}
    ax.legend(handles, [names.get(label, label) for label in labels], **where)


def _labels_of_rungs() -> dict[str, str]:
    from neurosim import plots

    return {rung: look.label for rung, look in plots.RUNGS.items()}


def _draw_tradeoff(axes: Any, tables: Tables) -> None:
    from matplotlib.ticker import NullLocator

    from neurosim import plots

    table = tables["tradeoff"]
    for ax, route in zip(axes, ("threshold", "inhibition"), strict=True):
        plots.plot_tradeoff(
            ax, table[table.route == route], "active_fraction", "accuracy", by="rung", x_unit="1", y_unit="1",
            x_interval=("active_low", "active_high"), y_interval=("accuracy_low", "accuracy_high"), legend=False,
        )  # fmt: skip
        ax.axhline(tables["setup"].pixel_accuracy.mean(), color="0.6", linestyle=":", linewidth=0.8)
        ax.set_xscale("log")
        ax.set_xlim(max(0.003, table.active_fraction.min() / 1.4), 1.0)
        ticks = [tick for tick in (0.01, 0.03, 0.1, 0.3, 1.0) if tick >= ax.get_xlim()[0]]
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xlabel("active fraction")
        ax.set_ylim(min(0.5, table.accuracy_low.min() - 0.02), 1.0)
        ax.set_title(f"by {route}", fontsize="small")
    axes[0].set_ylabel("accuracy of the read-out")
    axes[1].set_ylabel("")


def _draw_agreement(ax: Any, tables: Tables) -> None:
    import pandas as pd

    from neurosim import plots

    rows = tables["agreement"]
    swept = rows[rows.route != "threshold"]
    table = pd.DataFrame(
        [
            {"rung": rung, "strength": strength, **_interval(group.rmse)}
            for (rung, strength), group in swept.groupby(["rung", "strength"], sort=False)
        ]
    )
    plots.plot_curves(ax, table, "strength", "value", by="rung", x_unit="1", y_unit="Hz", legend=False)
    for rung, group in table.groupby("rung"):
        colour = plots.RUNGS[str(rung)].colour
        ax.vlines(group.strength, np.maximum(group.low, 1.5e-3), group.high, color=colour, linewidth=0.8)
    ax.axhline(swept[swept.route == "start"].counting.mean(), color="0.6", linestyle=":", linewidth=0.8)
    _doubling(ax, table.strength)
    ax.set_yscale("log")
    ax.set_ylim(bottom=1.5e-3)  # room for the legend
    ax.set_ylabel(plots.axis_label("rmse against the f-I curve", "Hz"))
    _legend(ax, loc="lower right")


def _draw_activations(axes: Any, tables: Tables) -> None:
    from neurosim import plots

    table = tables["activation_summary"]
    dense = table[table.measure == "active_fraction"].sort_values("value", kind="stable")
    order = list(dense.activation)
    heights = np.arange(len(order))
    special = {"spiking": "spiking", "LIFCurve": "curve", "Siegert": "curve"}
    rungs = np.array([special.get(name, "artificial") for name in order])
    for ax, measures in zip(axes, (("nonzero_fraction", "active_fraction"), ("population_treves_rolls",)), strict=True):
        ax.hlines(heights, 0.0, 1.05, color="0.93", linewidth=0.5, zorder=0.5)
        for measure in measures:
            rows = table[table.measure == measure].set_index("activation").loc[order]
            hollow = measure == "nonzero_fraction"
            for rung in np.unique(rungs):
                colour, here = plots.RUNGS[rung].colour, rungs == rung
                ax.hlines(heights[here], rows.low[here], rows.high[here], color=colour, linewidth=1.2)
                ax.plot(
                    rows.value[here], heights[here], linestyle="none", marker="o", color=colour,
                    markersize=4.4 if hollow else 3.2, markerfacecolor="none" if hollow else colour,
                    markeredgewidth=0.8 if hollow else 0.0,
                )  # fmt: skip
        ax.set_yticks(heights, [_NAMES["spiking"] if name == "spiking" else name for name in order])
        ax.set_ylim(-0.6, len(order) - 0.4)
        ax.set_xlim(0.0, 1.05)
        plots.tidy(ax)
    axes[0].set_xlabel("share of activities\n(open: not 0, filled: active)")
    axes[1].set_xlabel("Treves-Rolls ratio")
    axes[1].tick_params(labelleft=False)


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)
