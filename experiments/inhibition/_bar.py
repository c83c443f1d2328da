"""A bar that moves over a row of receptors to cells that are inhibited from one side, and what theory says of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim.metrics import direction_selectivity_index
from neurosim.params import Array, Params, param

if TYPE_CHECKING:
    from neurosim.cells.base import Cell

SPIKES = 10.0  # of a receptor for a bar of brightness 1
FLASH = 0.02  # how long the bar shines on a receptor, in units of time
TAU_RECEPTOR = 1e-3  # s; time in which a drive of 1 makes a receptor spike once
START = 0.5  # when the bar reaches the first place, in units of time
DIRECTIONS = ("preferred", "null")
SIDES = {"rectified": ("before",), "linear": ("before",), "both": ("before", "after")}


@dataclass(frozen=True, kw_only=True)
class Bar(Params):
    """Receptors, cells and their time constants; the unit of time is what the bar takes from place to place."""

    tau_excitation: float = param(0.2, doc="time constant of the excitation, in units of time", above=0.05, below=0.5)
    tau_inhibition: float = param(1.0, doc="time constant of the inhibition, in units of time", above=0.5, high=2)
    unit: float = param(0.2, unit="s", doc="unit of time: what the bar takes from place to place", above=0.05)
    places: int = param(4, doc="receptors in the row", low=4, high=12)
    peak: float = param(10.0, doc="peak drive of the excitation above threshold", above=1)
    tau_m: float = param(10e-3, unit="s", doc="membrane time constant of the neurons", above=1e-3)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking runs", above=0, high=2e-4)

    @property
    def silent_weight(self) -> float:
        """Weight from which on the null direction is silent: (tau_i/tau_e) e^(1/tau_i)."""
        return self.tau_inhibition / self.tau_excitation * math.exp(1 / self.tau_inhibition)

    @property
    def area(self) -> float:
        """Excitation that a bar of brightness 1 brings to a cell: drive times s."""
        return self.peak * self.tau_excitation * self.unit


def remaining(p: Bar, excitation: float, inhibition: float) -> float:
    """What rectification keeps where both begin together: the integral of [a/te e^(-t/te) - b/ti e^(-t/ti)]+."""
    te, ti = p.tau_excitation, p.tau_inhibition
    if excitation / te <= inhibition / ti:
        return 0.0
    if inhibition == 0:
        return excitation
    until = math.log(excitation / te * ti / inhibition) / (1 / te - 1 / ti)
    return -excitation * math.expm1(-until / te) + inhibition * math.expm1(-until / ti)


def response(p: Bar, weight: float, lag: float) -> float:
    """Summed rectified response where the inhibition begins `lag` after the excitation (before it, if negative)."""
    if lag < 0:
        return remaining(p, 1.0, weight * math.exp(lag / p.tau_inhibition))
    left = math.exp(-lag / p.tau_excitation)
    return 1.0 - left + remaining(p, left, weight)


def closed_form(p: Bar, weight: float, travel: float = 1.0, delay: float = 0.0) -> tuple[float, float]:
    """Preferred and null response of a rectified cell inhibited from one side."""
    return response(p, weight, delay + travel), response(p, weight, delay - travel)


def behind_receptors(p: Bar, weight: float, travel: float = 1.0, delay: float = 0.0) -> tuple[float, float]:
    """The same behind receptors that take time, for a bar that shines for a while; a sum over 60 units of time.

    Equation
        kernel(t) = (S(t) - S(t - flash))/flash with S(t) = 1 - (te e^(-t/te) - tr e^(-t/tr))/(te - tr)
    """
    step, slow = 5e-4, FLASH / 2
    time = (np.arange(round(60.0 / step)) + 0.5) * step

    def risen(t: Array, tau: float) -> Array:
        later = np.maximum(t, 0.0)
        value: Array = 1.0 - (tau * np.exp(-later / tau) - slow * np.exp(-later / slow)) / (tau - slow)
        return np.where(t > 0, value, 0.0)

    def kernel(begin: float, tau: float) -> Array:
        return (risen(time - begin, tau) - risen(time - begin - FLASH, tau)) / FLASH

    found = []
    for lag in (delay + travel, delay - travel):
        net = kernel(max(0.0, -lag), p.tau_excitation) - weight * kernel(max(0.0, lag), p.tau_inhibition)
        found.append(float(np.maximum(net, 0.0).sum() * step))
    return found[0], found[1]


def index(towards: float, against: float) -> float:
    """Direction selectivity, (P - N)/(P + N)."""
    return float(direction_selectivity_index(towards, against))


def circuit(p: Bar, kinds: tuple[str, ...], weights: tuple[float, ...], delay: float = 0.0) -> ns.Circuit:
    """Bar to receptors to cells, a row of cells for each weight; a bias of 1 puts every cell at its threshold."""
    from scipy.sparse import vstack

    n, row, receptors = p.places, ns.Population("row", p.places), ns.Input("receptors", p.places)
    populations = [ns.Population("receptors", n)]
    projections = [ns.Projection("bar", "bar", "receptors", np.eye(n), tau=0.0)]
    for name in kinds:
        populations.append(ns.Population(name, n * len(weights), bias=1.0))
        excite = np.tile(np.eye(n) * p.area / SPIKES, (len(weights), 1))
        projections.append(
            ns.Projection(f"{name}_excitation", "receptors", name, excite, tau=p.tau_excitation * p.unit)
        )
        sides = SIDES[name]
        blocks = [
            sum(
                ns.one_sided(row, weight * p.area / SPIKES / len(sides), side=side, source=receptors).weights
                for side in sides
            )
            for weight in weights
        ]
        inhibition = ns.Projection(
            f"{name}_inhibition", "receptors", name, vstack(blocks), sign=-1, tau=p.tau_inhibition * p.unit,
            delay=delay * p.unit,
        )  # fmt: skip
        projections.append(inhibition)
    return ns.Circuit({"bar": n}, populations, projections)


def movie(p: Bar, brightness: Array, travels: Array, length: float) -> ns.Stimulus:
    """A bar over the places, first in the preferred direction (down), then in the null direction (up).

    Shapes
        brightness (trials, places), travels (trials,); the stimulus has 2 * trials
    """
    bars = list(zip(brightness, travels, strict=True))
    frames = np.stack(
        [[passing(p, bright, direction, START, length, travel) for bright, travel in bars] for direction in DIRECTIONS]
    )
    return ns.stimulus.movie(frames.reshape(-1, *frames.shape[2:]), FLASH * p.unit, "constant", "bar")


def passing(p: Bar, bright: Array, direction: str, start: float, length: float, travel: float = 1.0) -> Array:
    """Frames (frame, place) of one bar that reaches its first place at `start`, in units of time."""
    frames = np.zeros((math.ceil(length / FLASH), p.places))
    when = np.round((start + travel * np.arange(p.places)) / FLASH).astype(int)
    order = np.arange(p.places)[:: -1 if direction == "preferred" else 1]
    frames[when, order] = SPIKES * TAU_RECEPTOR / (FLASH * p.unit) * bright[order]
    return frames


def even(p: Bar, amplitudes: int) -> Array:
    """Bars that are equally bright at all places, of several brightnesses around 1."""
    bright = np.linspace(0.7, 1.3, amplitudes) if amplitudes > 1 else np.ones(1)
    return np.repeat(bright[:, None], p.places, axis=1)


def rate_cells(p: Bar, kinds: tuple[str, ...]) -> dict[str, "Cell"]:
    """Leaky rate units: rectified, linear, and rectified with inhibition from both sides."""
    receptor = ns.cells.PerfectIF(tau_m=TAU_RECEPTOR).transfer
    cells: dict[str, Cell] = {"receptors": ns.LeakyRate(tau=FLASH * p.unit / 2, activation=receptor)}
    for name in kinds:
        activation = ns.activations.Identity(threshold=1.0) if name == "linear" else ns.ReLU(threshold=1.0)
        cells[name] = ns.LeakyRate(tau=p.tau_m, activation=activation)
    return cells


def spiking_cells(p: Bar, kinds: tuple[str, ...]) -> dict[str, "Cell"]:
    """LIF neurons with delayed currents, behind receptors that turn the bar into ten spikes."""
    cells: dict[str, Cell] = {"receptors": ns.cells.PerfectIF(tau_m=TAU_RECEPTOR)}
    return {**cells, **dict.fromkeys(kinds, ns.LIF(tau_m=p.tau_m))}


def shown(
    p: Bar, lab: Any, cells: Mapping[str, "Cell"], weights: tuple[float, ...], brightness: Array, *, tail: float,
    travels: Array | None = None, delay: float = 0.0,
) -> tuple[dict[str, Array], Any]:  # fmt: skip
    """Responses to bars in both directions, summed over time, by kind of cell; and the run itself.

    Only cells with a neighbour on either side count. The run ends `tail` after the bar has reached the last place.

    Shapes
        brightness (trials, places), travels (trials,); responses (direction, trial, weight, cell)
    """
    travels = np.ones(len(brightness)) if travels is None else travels
    length = math.ceil((START + travels.max() * (p.places - 1) + tail) / FLASH) * FLASH
    responses, run = seen(p, lab, cells, weights, movie(p, brightness, travels, length), length, delay)
    return {name: found.reshape(2, -1, *found.shape[1:]) for name, found in responses.items()}, run


def seen(
    p: Bar, lab: Any, cells: Mapping[str, "Cell"], weights: tuple[float, ...], stimulus: ns.Stimulus, length: float,
    delay: float = 0.0,
) -> tuple[dict[str, Array], Any]:  # fmt: skip
    """Responses (trial, weight, cell) to a movie of so many units of time, by kind of cell; and the run itself."""
    kinds = tuple(name for name in cells if name != "receptors")
    spiking = cells["receptors"].level == "spiking"
    step = p.dt if spiking else FLASH * p.unit / 4
    schedule = ns.Schedule(duration=round(length * p.unit / step) * step, settle=0.0, dt=step)
    options: dict[str, Any] = {"record": ("spikes",)} if spiking else {"engine": "auto"}
    run = lab.simulate(circuit(p, kinds, weights, delay), dict(cells), stimulus, schedule, **options)
    responses = {
        name: (run.rates[name] * length * p.unit).reshape(-1, len(weights), p.places)[..., 1:-1] for name in kinds
    }
    return responses, run


def static_responses(p: Bar, lab: Any, weights: tuple[float, ...], step: float) -> dict[str, Array]:
    """Summed responses of static units that see the synaptic variables as a movie; a frame holds their mean over it.

    Shapes
        responses (direction, 1, weight, 1) of the units "rectified", "linear" and "curve"
    """
    length = 25.0  # the slow inhibition has fallen to e^-24 of its start
    frames, start = round(length / step), round(1.0 / step)

    def kernel(begin: int, tau: float) -> Array:
        edges = np.arange(frames + 1 - begin) * step
        return np.concatenate([np.zeros(begin), -np.diff(np.exp(-edges / tau)) / step])

    seen = {
        "excitation": np.stack([kernel(0, p.tau_excitation), kernel(start, p.tau_excitation)])[:, :, None],
        "inhibition": np.stack([kernel(start, p.tau_inhibition), kernel(0, p.tau_inhibition)])[:, :, None],
    }
    n = len(weights)
    activations = {"rectified": None, "linear": ns.activations.Identity(), "curve": ns.LIF(tau_m=p.tau_m).transfer}
    populations, projections = [], []
    for name in activations:
        # The neuron's curve has a scale of its own, so it is given the neuron's drive: threshold 1, and the same peak.
        bias, scale = (1.0, p.peak * p.tau_excitation) if name == "curve" else (0.0, 1.0)
        populations.append(ns.Population(name, n, bias=bias))
        ones = np.ones((n, 1))
        projections.append(ns.Projection(f"{name}_excitation", "excitation", name, scale * ones, tau=0.0))
        projections.append(
            ns.Projection(
                f"{name}_inhibition", "inhibition", name, scale * np.array(weights)[:, None], sign=-1, tau=0.0
            )
        )
    circuit = ns.Circuit({"excitation": 1, "inhibition": 1}, populations, projections)
    cells = {name: ns.Unit(activation=a) if a is not None else ns.Unit() for name, a in activations.items()}
    schedule = ns.Schedule(duration=frames * step, settle=0.0, dt=step)
    run = lab.simulate(circuit, cells, ns.Stimulus(seen, frame=step), schedule, engine="auto")
    return {name: (run.rates[name] * length).reshape(2, 1, n, 1) for name in cells}
