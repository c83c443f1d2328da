"""A ring of units that look at light and inhibit their neighbours: textbook units, or one neuron on four rungs."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.engines import choices
from neurosim.params import Array, ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.cells.base import Cell

LOW, HIGH = 1.0, 2.0  # light on the dark and on the bright side of the step


@dataclass(frozen=True, kw_only=True)
class Neuron(Params):
    """The neuron whose f-I curve has the ReLU as its tangent, and how its spikes are counted."""

    operating_drive: float = param(2.0, doc="drive of the neuron halfway up the step (threshold = 1)", above=1)
    sigma_stat: float = param(0.2, doc="membrane noise of the neurons (threshold = 1)", above=0)
    tau_inhibition: float = param(5e-3, unit="s", doc="synaptic time constant of the inhibition", above=0)
    settle: float = param(0.2, unit="s", doc="time before counting starts", low=0)
    dt: float = param(1e-4, unit="s", doc="time step", above=0)


@dataclass(frozen=True, kw_only=True)
class Ring(Neuron):
    """A ring of places with inhibition that falls off exponentially."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    places: int = param(200, doc="places on the ring, a multiple of 4; the edges are at 1/4 and 3/4", low=200)
    cells: int = param(12, doc="spiking cells at every place of the ring", low=1)
    strength: float = param(0.5, doc="total inhibition onto a unit (loop gain of a uniform field)", above=0)
    strengths: tuple[float, ...] = param((0.0, 0.25, 0.5, 1.0), doc="total inhibition, for the rungs", low=0)
    length: float = param(3.0, doc="distance (in places) over which inhibition falls to 1/e", low=1)
    lengths: tuple[float, ...] = param((1.0, 3.0, 8.0), doc="such distances for the sweep of rectified units", low=1)
    duration: float = param(2.0, unit="s", doc="length of a spiking run on the ring", above=0.2)

    def check(self) -> None:
        if self.places % 4:
            raise ParameterError(f"Parameters.places: got {self.places}, expected a multiple of 4")
        values = self.strengths
        if len(values) < 2 or values[0] != 0 or list(values) != sorted(set(values)) or self.strength not in values:
            raise ParameterError(
                f"Parameters.strengths: got {values}, expected increasing from 0, {self.strength:g} among them"
            )
        if self.length not in self.lengths:
            raise ParameterError(f"Parameters.lengths: got {self.lengths}, expected {self.length:g} among them")


@dataclass(frozen=True, eq=False)
class Scene:
    """The neuron on four rungs, with the tangent of its f-I curve as the ReLU."""

    cells: "Mapping[str, Cell]"
    slope: float
    threshold: float
    operating_drive: float

    def contrast(self, strength: float) -> float:
        """Drive per light: halfway between dark and bright the drive is the operating drive at every strength."""
        return (self.operating_drive - self.threshold) * (1 + strength) / (0.5 * (LOW + HIGH))


def scene(p: Neuron, sigma_stat: float | None = None) -> Scene:
    """The scene of these parameters, with other noise where it is given."""
    neuron = ns.LIF(sigma_stat=p.sigma_stat if sigma_stat is None else sigma_stat)
    curve, at = neuron.transfer, np.array(p.operating_drive)
    slope = float(curve.derivative(at))
    threshold = p.operating_drive - float(curve(at)) / slope
    if sigma_stat == 0:
        return Scene({"spiking": neuron}, slope, threshold, p.operating_drive)
    relu = ns.ReLU(gain=slope, threshold=threshold)
    cells = ns.ladder(neuron, np.linspace(0.0, 2 * p.operating_drive, 21), artificial=relu)
    return Scene(cells, slope, threshold, p.operating_drive)


def ring(
    p: Ring, strength: float, *, length: float | None = None, scene: Scene | None = None, blur: float = 0.0,
    cells: int = 1,
) -> ns.Circuit:  # fmt: skip
    """Light excites every place of a ring and the places inhibit each other; `cells` like units at every place.

    Without a scene the units are textbook ones (gain 1, threshold 0). With one, light and inhibition are scaled so that
    the artificial rung, a ReLU of that gain and threshold, responds like the textbook unit times a constant.
    """
    kernel = ns.kernels.Exponential(length=p.length if length is None else length)
    places = ns.Population("retina", p.places)
    gain, contrast = (1.0, 1.0) if scene is None else (scene.slope, scene.contrast(strength))
    inhibition = ns.lateral(places, strength / gain, kernel=kernel, per="total", tau=p.tau_inhibition)
    sight = np.eye(p.places) if not blur else gaussian_rows(p.places, blur)
    retina = ns.Population("retina", p.places * cells, bias=0.0 if scene is None else scene.threshold)
    light = ns.Projection("sight", "light", "retina", copied(contrast * sight, cells, share=False), tau=0.0)
    weights = copied(inhibition.dense(), cells, share=True)
    return ns.Circuit({"light": p.places}, [retina], [light, dataclasses.replace(inhibition, weights=weights)])


def gaussian_rows(n: int, sigma: float) -> Array:
    """Gaussian fields on a ring, each with the sum 1."""
    profile = ns.kernels.distance_kernel(n, ns.kernels.Gaussian(sigma=sigma), "ring", self_connections=True)
    return ns.wiring.normalise_rows(profile, 1.0)


def copied(weights: Array, cells: int, *, share: bool) -> Any:
    """The same weights with `cells` units at every receiving place; with `share` also at every sending place."""
    if cells == 1:
        return weights
    from scipy import sparse

    # A millionth of the largest weight is below what a spike more or less does.
    kept = sparse.csr_array(np.where(weights < 1e-6 * weights.max(initial=0.0), 0.0, weights))
    block = np.full((cells, cells), 1.0 / cells) if share else np.ones((cells, 1))
    return sparse.csr_array(sparse.kron(kept, block, format="csr"))


def respond(circuit: ns.Circuit, cell: "Cell", profiles: Array, **options: Any) -> Array:
    """Activity (trials, units) of a circuit that sees these profiles of light."""
    stimulus = ns.stimulus.constant(np.atleast_2d(profiles), "light")
    return ns.simulate(circuit, cell, stimulus, progress=False, **options).checked_rates("retina")


def smooth(p: Ring, found: Scene, rung: str, strength: float, lights: Array, blur: float = 0.0) -> Array:
    """Response (lights, places) of the ring on a rung without noise, where nothing is random."""
    late = ns.Schedule(duration=0.5, settle=0.4)
    return respond(ring(p, strength, scene=found, blur=blur), found.cells[rung], lights, schedule=late)


def spiking(
    p: Ring, simulate: Any, found: Scene, strength: float, lights: Array, blur: float = 0.0
) -> tuple[Array, str]:
    """Response (lights, places) of the spiking ring, the cells of a place averaged, and the engine that ran."""
    schedule = ns.Schedule(duration=p.duration, settle=p.settle, dt=p.dt)
    circuit = ring(p, strength, scene=found, blur=blur, cells=p.cells)
    run = simulate(circuit, found.cells["spiking"], ns.stimulus.constant(lights, "light"), schedule, engine=p.engine)
    return run.rates["retina"].reshape(len(lights), p.places, p.cells).mean(axis=2), run.provenance["engine"]


def smooth_edges(p: Ring, seed: int) -> dict[str, Array]:
    """Response of the rungs without noise to a step and a ramp: (strength, light, place)."""
    found, lights = scene(p), np.stack([step(p.places), ramp(p.places)])
    return {
        rung: np.stack([smooth(p, found, rung, strength, lights) for strength in p.strengths]) for rung in ns.RUNGS[:-1]
    }


def spiking_edges(p: Ring, seed: int) -> tuple[Array, str]:
    """Response (light, place) of the spiking ring to a step and a ramp at the main strength, and its engine."""
    simulate, lights = partial(ns.simulate, seed=seed, progress=False), np.stack([step(p.places), ramp(p.places)])
    return spiking(p, simulate, scene(p), p.strength, lights)


def edges_in_step(p: Ring, seed: int) -> Array:
    """Response (light, place) to the step without membrane noise: cells that see the same light fire in step."""
    still = scene(p, 0.0)
    schedule = ns.Schedule(duration=p.duration, settle=p.settle, dt=p.dt)
    pairs, cell = ring(p, p.strength, scene=still, cells=2), still.cells["spiking"]
    seen = respond(pairs, cell, step(p.places), schedule=schedule, engine=p.engine)
    averaged: Array = seen.reshape(1, p.places, 2).mean(axis=2)
    return averaged


def plateaus(circuit: ns.Circuit, places: int) -> tuple[float, float]:
    """Response of textbook units to uniform light of either side of the step."""
    uniform = np.stack([ns.patterns.uniform_profile(places, level) for level in (LOW, HIGH)])
    low, high = respond(circuit, ns.Unit(), uniform)[:, 0]
    return float(low), float(high)


def step(places: int) -> Array:
    """Light of 1 and 2 with edges at a quarter and three quarters of the ring."""
    return ns.patterns.step_profile(places, LOW, HIGH, places // 4, 3 * places // 4)


def ramp(places: int) -> Array:
    """Up around the first edge and down around the second, over a tenth of the ring each."""
    quarter, half = places // 4, places // 20
    up = ns.patterns.ramp_profile(places, LOW, HIGH, quarter - half, quarter + half)
    return np.minimum(up, up[::-1])


def folded(response: Array) -> Array:
    """Mean of the two halves of the ring, each seen from its dark middle: one edge at a quarter of the places."""
    half = len(response) // 2
    both: Array = 0.5 * (response[:half] + response[: half - 1 : -1])
    return both


def bands(one_edge: Array) -> metrics.MachBands:
    """The bands at the one edge of a folded response; the plateaus are the outer 3/10 of it on either side."""
    plateau = 3 * len(one_edge) // 10
    return metrics.mach_overshoot(one_edge, slice(0, plateau), slice(len(one_edge) - plateau, None))


def contrast(one_edge: Array) -> float:
    """(max - min)/(max + min); the light has 1/3."""
    return float((one_edge.max() - one_edge.min()) / (one_edge.max() + one_edge.min()))


def edge_in_noise(responses: Array, distance: int) -> float:
    """Difference across an edge, so many places to either side of it, over its standard deviation.

    Shapes
        (trials, places); both edges of the ring count
    """
    first, second = responses.shape[1] // 4, 3 * responses.shape[1] // 4
    up = responses[:, first + distance - 1] - responses[:, first - distance]
    down = responses[:, second - distance] - responses[:, second + distance - 1]
    both = np.concatenate([up, down])
    return float(both.mean() / both.std(ddof=1))
