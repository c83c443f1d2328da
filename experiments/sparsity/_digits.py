"""A population of units that looks at handwritten digits through fixed filters, on the four rungs of the ladder."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.params import Array, ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.activations.base import Activation
    from neurosim.cells.base import Cell

COMPONENTS = 60
"""Principal components that have any variance: 3 of the 64 pixels are never inked."""
QUICK_DIGITS = {"images": 60, "units": 48, "duration": 0.35}


@dataclass(frozen=True, kw_only=True)
class Digits(Params):
    """The images, the population, and how its spikes are counted."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    images: int = param(200, doc="digits shown, half of them to train the read-out", low=40, high=1797)
    units: int = param(100, doc="units of the hidden population", low=8)
    filters: str = param("random", doc="weights of the units", choices=("random", "principal", "gabor"))
    encoding: str = param("constant", doc="how pixels arrive", choices=("constant", "poisson"))
    max_rate: float = param(100.0, unit="Hz", doc="input rate of the brightest pixel", above=0)
    drive_mean: float = param(1.0, doc="mean drive of every unit over the images (threshold = 1)")
    drive_sd: float = param(0.5, doc="standard deviation of every unit's drive over the images", above=0)
    tau_inhibition: float = param(5e-3, unit="s", doc="synaptic time constant of the inhibition", above=0)
    sigma_stat: float = param(0.0, doc="membrane noise of the neuron (threshold = 1)", low=0)
    duration: float = param(0.5, unit="s", doc="length of a presentation", above=0)
    settle: float = param(0.1, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step", above=0)

    def check(self) -> None:
        if self.filters == "principal" and self.units > 2 * COMPONENTS:
            raise ParameterError(
                f"Parameters.units: got {self.units}, expected at most {2 * COMPONENTS} with principal components"
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


@dataclass(frozen=True, kw_only=True)
class Sweep(Digits):
    """The operating points: inhibition of several strengths, and thresholds raised without inhibition."""

    strengths: tuple[float, ...] = param(
        (0.0, 1.0, 2.0, 4.0, 8.0, 16.0), doc="inhibition strength: loop gain of the mean rate", low=0
    )
    shifts: tuple[float, ...] = param((0.25, 0.5, 0.75, 1.0), doc="rises of the threshold, without inhibition", above=0)

    def check(self) -> None:
        super().check()
        if len(self.strengths) < 2 or self.strengths[0] != 0 or list(self.strengths) != sorted(set(self.strengths)):
            raise ParameterError(
                f"Parameters.strengths: got {self.strengths}, expected at least two, increasing from 0"
            )
        if not self.shifts:
            raise ParameterError("Parameters.shifts: got none, expected at least one")

    @property
    def shown(self) -> float:
        """The strength at which one image is looked at closely."""
        return self.strengths[len(self.strengths) // 2]

    @property
    def points(self) -> Iterator[tuple[str, float, float]]:
        """Route, strength and shift of every operating point."""
        yield "start", 0.0, 0.0
        yield from (("inhibition", strength, 0.0) for strength in self.strengths[1:])
        yield from (("threshold", 0.0, shift) for shift in self.shifts)


QUICK_SWEEP = {**QUICK_DIGITS, "strengths": (0.0, 1.0, 3.0, 8.0), "shifts": (0.25, 0.5, 0.75)}


@dataclass(frozen=True, eq=False)
class Scene:
    """What a seed fixes: the images, the weights, the cells, and how strongly the population reacts."""

    shown: ns.datasets.Images
    train: Any
    cells: Mapping[str, "Cell"]
    circuit: ns.Circuit
    stimulus: ns.Stimulus
    drive: Array
    """Feed-forward drive (trials, units), by plain NumPy from the circuit alone."""
    slope: float
    """Rise of the mean rate per rise of all drives (Hz), f-I curve rung, without inhibition."""

    @property
    def labels(self) -> Any:
        """The digits shown."""
        return labels_of(self.shown)

    @property
    def units(self) -> int:
        """Size of the population."""
        return int(self.circuit.population("hidden").size)

    def weight(self, strength: float) -> float:
        """Inhibitory weight of a pair (s) whose loop gain of the mean rate is this."""
        return strength / (self.slope * (self.units - 1))

    def inhibited(self, p: Digits, strength: float, shift: float = 0.0) -> ns.Circuit:
        """The circuit at an operating point."""
        circuit = self.circuit.with_bias(hidden=np.asarray(self.circuit.population("hidden").bias) - shift)
        if not strength:
            return circuit
        inhibition = ns.lateral(circuit.population("hidden"), self.weight(strength), tau=p.tau_inhibition)
        return circuit.with_projections(inhibition)


def scene(p: Digits, seed: int, fields: Array | None = None) -> Scene:
    """Images, cells and a circuit whose filters (or these fields) give every unit the stated mean and deviation."""
    from neurosim.simulate import prepare

    every = ns.datasets.digits()
    shown, train = chosen_images(every, p.images, ns.randomness.stream(seed, "shuffle"))
    cells = ns.ladder(ns.LIF(sigma_stat=p.sigma_stat))
    raw = random_filters(p, every, ns.randomness.stream(seed, "weights")) if fields is None else fields
    pixels = p.max_rate * shown.flat
    weights = p.drive_sd * raw / (pixels @ raw.T).std(axis=0)[:, None]
    hidden = ns.Population("hidden", len(raw), bias=p.drive_mean - (pixels @ weights.T).mean(axis=0))
    # A tau of 0 would put every input spike on the membrane at once; for constant inputs it has no effect.
    tau = p.tau_inhibition if p.encoding == "poisson" else 0.0
    filters = ns.Projection("filters", "pixels", "hidden", weights, sign=None, tau=tau)
    circuit = ns.Circuit({"pixels": pixels.shape[1]}, [hidden], [filters])
    stimulus = ns.Stimulus({"pixels": pixels}, encoding="poisson" if p.encoding == "poisson" else "constant")
    inputs = prepare(circuit, cells["curve"], stimulus, p.schedule, seed=seed).input_rates()["pixels"]
    drive = np.asarray(hidden.bias)[None, :] + inputs @ weights.T
    curve, step = curve_of(cells["curve"]), 0.05
    slope = (curve(drive + step).mean() - curve(drive - step).mean()) / (2 * step)
    return Scene(shown, train, cells, circuit, stimulus, drive, float(slope))


def chosen_images(every: ns.datasets.Images, count: int, rng: np.random.Generator) -> tuple[ns.datasets.Images, Any]:
    """Digits with the same fraction of every label, and which of them train the read-out (the first half)."""
    train, rest = every.split(count / 2 / len(every), rng)
    test = rest.split(min(1.0, count / 2 / len(rest)), rng)[0] if len(rest) > count / 2 + 1 else rest
    images = np.concatenate([train.images, test.images])
    labels = np.concatenate([labels_of(train), labels_of(test)])
    together = ns.datasets.Images(images, labels, every.name, every.source)
    return together, np.arange(len(together)) < len(train)


def labels_of(images: ns.datasets.Images) -> Any:
    """The labels, which digits have."""
    assert images.labels is not None
    return images.labels


def random_filters(p: Digits, every: ns.datasets.Images, rng: np.random.Generator) -> Array:
    """Weights (units, pixels) before they are scaled."""
    if p.filters == "gabor":
        return ns.wiring.gabor_filters(p.units, 8, rng)
    if p.filters == "random":
        return ns.wiring.random_normal(p.units, 64, rng)
    # Every component with both signs, as a rectified unit hears only one side of it.
    components = ns.wiring.principal_components(every.flat, math.ceil(p.units / 2))
    return np.concatenate([components, -components])[: p.units]


def curve_of(cell: "Cell") -> "Activation":
    """The static curve of a cell that has one."""
    assert cell.transfer is not None
    return cell.transfer


def responses(p: Sweep, seed: int) -> dict[str, Any]:
    """Rates of the four rungs at every operating point: same circuit, same stimuli, same seed.

    A point names its route, strength and shift, which trials settled on every rung, their rates by rung, and the drive
    on the f-I curve rung.
    """
    found, engines, raster = [], [], {}
    here = scene(p, seed)
    for route, strength, shift in p.points:
        circuit, runs = here.inhibited(p, strength, shift), {}
        for rung in ns.RUNGS:
            spiking = rung == "spiking"
            record = ("spikes",) if spiking and route == "inhibition" and strength == p.shown else ()
            runs[rung] = ns.simulate(
                circuit, here.cells[rung], here.stimulus, p.schedule, seed=seed, progress=False, record=record,
                engine=p.engine if spiking else "auto",
            )  # fmt: skip
            if record:
                spikes = runs[rung].spikes["hidden"]
                raster = {"times": spikes.times, "units": spikes.units, "trials": spikes.trials}
        settled = np.all([run.converged for run in runs.values()], axis=0)
        if not settled.any():
            raise ParameterError("no trial has a steady state on every rung; expected weaker inhibition")
        # A rate that falls to 0 is left a little below it by an explicit integrator.
        rates = {rung: np.maximum(run.rates["hidden"][settled], 0.0) for rung, run in runs.items()}
        drive = runs["curve"].drive["hidden"][settled]
        point = {"route": route, "strength": strength, "shift": shift, "settled": settled}
        found.append({**point, "rates": rates, "drive": drive})
        engines.append(str(runs["spiking"].provenance["engine"]))
    return {"points": found, "raster": raster, "engine": engines[0]}


def read_out(activity: Array, labels: Any, train: Any) -> float:
    """Accuracy on the test images of a linear read-out trained on the others; deterministic."""
    read = reader(activity[train], labels[train])
    return float(np.mean(read(activity[~train]) == labels[~train]))


def reader(activity: Array, labels: Any) -> Callable[[Array], Any]:
    """What a linear read-out that learned from these activities says of others."""
    from sklearn.linear_model import RidgeClassifierCV

    # One factor for all units: a rung's unit of measurement must not decide how strongly it is regularised.
    scale = math.sqrt(float(np.mean(activity**2))) or 1.0
    found = RidgeClassifierCV(alphas=np.logspace(-1, 4, 11)).fit(activity / scale, labels)
    return lambda shown: found.predict(shown / scale)


def doubling(ax: Any, strengths: Any) -> None:
    """An axis on which 0, 1, 2, 4, ... are equally far apart."""
    ticks = sorted(set(strengths))
    ax.set_xscale("symlog", base=2, linthresh=1.0)
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set(xlim=(-0.3, 1.2 * ticks[-1]), xlabel="inhibition (loop gain)")
    ax.minorticks_off()


def at(rows: Any, active: float) -> Any:
    """Accuracy at an active fraction, straight in its logarithm between two points."""
    return np.interp(np.log(active), np.log(rows.active_fraction), rows.accuracy)
