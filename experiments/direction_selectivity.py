"""Is inhibition from one side enough to prefer a direction, or does it take a rectification too?

A bar moves over a row of receptors. Each cell is excited by the receptor at its own place and inhibited, slowly, by the
one before it. In the null direction the inhibition is there when the excitation comes; in the preferred direction it
comes too late. But a linear cell only adds up: over time it receives the same excitation and the same inhibition from
both directions, so its summed response is the same. Only a cell that cannot go below zero throws away what the
inhibition takes beyond that, and so can tell the directions apart.

Prediction: with excitation of time constant 0.2, inhibition of time constant 1 and weight w, and a bar that takes 1
from place to place, the rectified responses are 1 - exp(-5) and (1 - exp(-5 s)) - (w/e) (1 - exp(-s)) with
s = ln(5 e/w)/4: the null direction is silent from w = 5 e = 13.59 on. The linear cell has no preference at any w, and
neither has a rectified cell that is inhibited from both sides. Spiking cells rectify, so they prefer a direction,
whether the inhibition subtracts or shunts.

Source: Barlow & Levick, J Physiol 178 (1965) (the veto, in the rabbit's retina).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim import metrics
from neurosim.engines import choices
from neurosim.lab.cross_check import CROSS_CHECK_COLUMNS, cross_check, cross_check_findings
from neurosim.lab.findings import Finding
from neurosim.params import Array, ParameterError, Params, param

if TYPE_CHECKING:
    from neurosim.cells.base import Cell
    from neurosim.lab.experiment import Tables
    from neurosim.lab.progress import Progress

ORDER = 85
CLAIMS = ("A1-02", "A1-03", "A1-05")
QUICK = {
    "weights": (0.0, 1.0, 2.0, 5.0, 10.0, 14.0, 20.0),
    "travels": (0.5, 1.0, 2.0),
    "step": 0.01,
    "amplitudes": 5,
    "noisy_trials": 20,
}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    """The full run; --quick has fewer weights, speeds and trials."""

    seed: int = param(0, doc="seed of the noise in the bar's brightness", low=0)
    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    weights: tuple[float, ...] = param(
        (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0), doc="area of the inhibition over the excitation's", low=0
    )
    tau_excitation: float = param(0.2, doc="time constant of the excitation, in units of time", above=0.05, below=0.5)
    tau_inhibition: float = param(1.0, doc="that of the inhibition", above=0.5, high=2)
    unit: float = param(0.2, unit="s", doc="the unit of time: what the bar takes from place to place", above=0.05)
    delay: float = param(0.5, doc="delay of the inhibition where the speed is varied, in units of time", low=0, high=2)
    travels: tuple[float, ...] = param(
        (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0), doc="times from place to place, in units of time", above=0.1, high=4
    )
    places: int = param(4, doc="receptors in the row", low=4, high=12)
    step: float = param(0.005, doc="step of the static units, in units of time", above=0, high=0.02)
    amplitudes: int = param(13, doc="brightnesses of the bar over which spikes are averaged", low=3)
    noisy_trials: int = param(
        100, doc="trials of each direction with a brightness that varies from place to place", low=5
    )
    noise: float = param(0.25, doc="standard deviation of that brightness (mean 1)", above=0, high=0.4)
    peak: float = param(10.0, doc="peak drive of the excitation above threshold", above=1)
    tau_m: float = param(10e-3, unit="s", doc="membrane time constant of the neurons", above=1e-3)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking runs", above=0, high=2e-4)

    def check(self) -> None:
        if list(self.weights) != sorted(set(self.weights)) or self.weights[0] != 0 or 5.0 not in self.weights:
            raise ParameterError(f"Parameters.weights: got {self.weights}, expected them to increase from 0, with a 5")
        if self.weights[-1] < self.silent_weight:
            raise ParameterError(
                f"Parameters.weights: got {self.weights[-1]:g} as the largest, expected at least "
                f"{self.silent_weight:.2f}, where the null direction falls silent"
            )
        if 1.0 not in self.travels:
            raise ParameterError(f"Parameters.travels: got {self.travels}, expected a 1 among them")

    @property
    def silent_weight(self) -> float:
        """The weight from which on the null direction is silent: (tau_i/tau_e) e^(1/tau_i)."""
        return self.tau_inhibition / self.tau_excitation * math.exp(1 / self.tau_inhibition)

    @property
    def area(self) -> float:
        """Excitation that a bar of brightness 1 brings to a cell: drive times s."""
        return self.peak * self.tau_excitation * self.unit


_EVENTS = 10.0
"""Spikes of a receptor for a bar of brightness 1."""
_FLASH = 0.02
"""How long the bar shines on a receptor, in units of time."""
_TAU_RECEPTOR = 1e-3
"""Time in which a drive of 1 makes a receptor spike once, s."""
_START = 0.5
"""When the bar reaches the first place, in units of time."""
_DIRECTIONS = ("preferred", "null")

COLUMNS: dict[str, dict[str, tuple[str, str]]] = {
    "engines": CROSS_CHECK_COLUMNS,
    "setup": {
        "silent_weight": ("1", "weight from which on the null direction is silent, closed form"),
        "preferred": ("1", "response to the preferred direction in closed form"),
        "delay": ("1", "delay of the inhibition where the speed is varied, in units of time"),
        "unit": ("s", "unit of time"),
        "noise": ("1", "standard deviation of the brightness in the noisy trials"),
        "noisy_trials": ("1", "noisy trials of each direction"),
    },
    "theory": {
        "weight": ("1", "area of the inhibition over that of the excitation"),
        "preferred": ("1", "summed rectified response, closed form"),
        "null": ("1", "the same in the null direction"),
        "dsi": ("1", "(P - N)/(P + N)"),
    },
    "responses": {
        "rung": ("", "rung; shunting: spiking with conductances"),
        "cell": ("", "rectified or linear"),
        "wiring": ("", "inhibition from one side or from both"),
        "weight": ("1", "area of the inhibition over that of the excitation"),
        "preferred": ("1", "response over that without inhibition (spikes where they are counted)"),
        "null": ("1", "the same in the null direction"),
        "spikes": ("1", "spikes of a cell in the preferred direction (empty where there are none)"),
        "dsi": ("1", "(P - N)/(|P| + |N|), 0 where both vanish"),
        "expected": (
            "1",
            "theory for the rectified cell inhibited from one side (rate: behind its receptors), 0 otherwise",
        ),
    },
    "speed": {
        "rung": ("", "closed form, or rung"),
        "travel": ("1", "time from place to place, in units of time"),
        "delay": ("1", "delay of the inhibition"),
        "dsi": ("1", "direction selectivity index at weight 5"),
        "expected": ("1", "theory (rate: behind its receptors)"),
    },
    "discrimination": {
        "rung": ("", "rung"),
        "cell": ("", "rectified or linear"),
        "weight": ("1", "area of the inhibition over that of the excitation"),
        "d_prime": ("1", "difference of the mean responses over their root mean square standard deviation"),
        "low": ("1", "lower end of its 95 % interval"),
        "high": ("1", "upper end"),
    },
    "example": {
        "direction": ("", "preferred or null"),
        "time": ("1", "time since the excitation begins, in units of time"),
        "excitation": ("1", "excitatory drive over its peak"),
        "inhibition": ("1", "inhibitory drive, likewise, at weight 5"),
    },
    "raster": {
        "direction": ("", "preferred or null"),
        "weight": ("1", "area of the inhibition over that of the excitation"),
        "trial": ("1", "brightness, as its place in the order"),
        "time": ("1", "time of a spike since the excitation begins, in units of time"),
    },
}

_Row = tuple[str, dict[str, Any]]
_RAN = "which engine ran"


def compute(parameters: Parameters, progress: Progress) -> Tables:
    """Closed forms, then static, rate and spiking units."""
    import pandas as pd

    every: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for part in progress((_engines, _theory, _static, _rate, _spiking, _shunting, _speed), "parts"):
        for table, row in part(parameters):
            if table == _RAN:
                progress.note(**row)
            else:
                every[table].append(row)
    return {name: pd.DataFrame(rows)[list(COLUMNS[name])] for name, rows in every.items()}


def _rest(p: Parameters, excitation: float, inhibition: float) -> float:
    """Positive part of two exponentials that begin together: the integral of [a/te e^(-t/te) - b/ti e^(-t/ti)]+."""
    te, ti = p.tau_excitation, p.tau_inhibition
    if excitation / te <= inhibition / ti:
        return 0.0
    if inhibition == 0:
        return excitation
    until = math.log(excitation / te * ti / inhibition) / (1 / te - 1 / ti)
    return -excitation * math.expm1(-until / te) + inhibition * math.expm1(-until / ti)


def _response(p: Parameters, weight: float, lag: float) -> float:
    """Summed rectified response where the inhibition begins `lag` after the excitation (before it, if negative)."""
    if lag < 0:
        return _rest(p, 1.0, weight * math.exp(lag / p.tau_inhibition))
    left = math.exp(-lag / p.tau_excitation)
    return 1.0 - left + _rest(p, left, weight)


def _closed_form(p: Parameters, weight: float, travel: float = 1.0, delay: float = 0.0) -> tuple[float, float]:
    """Preferred and null response of a rectified cell inhibited from one side."""
    return _response(p, weight, delay + travel), _response(p, weight, delay - travel)


def _behind_receptors(p: Parameters, weight: float, travel: float = 1.0, delay: float = 0.0) -> tuple[float, float]:
    """The same behind receptors that take time, for a bar that shines for a while; a sum over 60 units of time.

    Equation
        kernel(t) = (S(t) - S(t - flash))/flash with S(t) = 1 - (te e^(-t/te) - tr e^(-t/tr))/(te - tr)
    """
    step, slow = 5e-4, _FLASH / 2
    time = (np.arange(round(60.0 / step)) + 0.5) * step

    def risen(t: Array, tau: float) -> Array:
        later = np.maximum(t, 0.0)
        value: Array = 1.0 - (tau * np.exp(-later / tau) - slow * np.exp(-later / slow)) / (tau - slow)
        return np.where(t > 0, value, 0.0)

    def kernel(begin: float, tau: float) -> Array:
        return (risen(time - begin, tau) - risen(time - begin - _FLASH, tau)) / _FLASH

    found = []
    for lag in (delay + travel, delay - travel):
        net = kernel(max(0.0, -lag), p.tau_excitation) - weight * kernel(max(0.0, lag), p.tau_inhibition)
        found.append(float(np.maximum(net, 0.0).sum() * step))
    return found[0], found[1]


def _expected(p: Parameters, rung: str, weight: float, travel: float = 1.0, delay: float = 0.0) -> float:
    """Selectivity in theory: rate units stand behind receptors, for all others the ideal closed form is given."""
    theory = _behind_receptors if rung == "rate" else _closed_form
    return float(metrics.direction_selectivity_index(*theory(p, weight, travel, delay)))


def _theory(p: Parameters) -> Iterator[_Row]:
    yield (
        "setup",
        {
            "silent_weight": p.silent_weight,
            "preferred": _closed_form(p, 5.0)[0],
            "delay": p.delay,
            "unit": p.unit,
            "noise": p.noise,
            "noisy_trials": p.noisy_trials,
        },
    )
    for weight in np.linspace(0.0, p.weights[-1], 81):
        towards, against = _closed_form(p, float(weight))
        dsi = float(metrics.direction_selectivity_index(towards, against))
        yield "theory", {"weight": float(weight), "preferred": towards, "null": against, "dsi": dsi}
    for direction, first in (("preferred", 1.0), ("null", -1.0)):
        for time in np.linspace(-1.2, 2.5, 371):
            excited = math.exp(-time / p.tau_excitation) if time >= 0 else 0.0
            since = time - first
            inhibited = 5.0 * p.tau_excitation / p.tau_inhibition * math.exp(-since / p.tau_inhibition)
            yield (
                "example",
                {
                    "direction": direction,
                    "time": float(time),
                    "excitation": excited,
                    "inhibition": inhibited if since >= 0 else 0.0,
                },
            )


def _row(p: Parameters, rung: str, cell: str, wiring: str, weight: float, towards: float, against: float,
         spikes: float = math.nan) -> dict[str, Any]:  # fmt: skip
    both = abs(towards) + abs(against)
    selective = cell == "rectified" and wiring == "one side"
    return {
        "rung": rung,
        "cell": cell,
        "wiring": wiring,
        "weight": weight,
        "preferred": towards,
        "null": against,
        "spikes": spikes,
        # A linear response can be negative or vanish in both directions (weight 1).
        "dsi": (towards - against) / both if both > 1e-6 else 0.0,
        "expected": _expected(p, rung, weight) if selective else 0.0,
    }


def _static(p: Parameters) -> Iterator[_Row]:
    """Static units that see the synaptic variables as a movie; each frame holds their mean over it."""
    length = 25.0  # the slow inhibition has fallen to e^-24 of its start
    frames = round(length / p.step)
    start = round(1.0 / p.step)

    def kernel(begin: int, tau: float) -> Array:
        edges = np.arange(frames + 1 - begin) * p.step
        shape = -np.diff(np.exp(-edges / tau)) / p.step
        return np.concatenate([np.zeros(begin), shape])

    early, late = 0, start
    movie = {
        "excitation": np.stack([kernel(early, p.tau_excitation), kernel(late, p.tau_excitation)])[:, :, None],
        "inhibition": np.stack([kernel(late, p.tau_inhibition), kernel(early, p.tau_inhibition)])[:, :, None],
    }
    weights = np.array(p.weights)[:, None]
    n = len(weights)
    populations, projections = [], []
    curve = ns.LIF(tau_m=p.tau_m).transfer
    # The neuron's curve has a scale of its own, so it is given the neuron's drive: threshold 1, and the same peak.
    for name, bias, scale in (("rectified", 0.0, 1.0), ("linear", 0.0, 1.0), ("curve", 1.0, p.peak * p.tau_excitation)):
        populations.append(ns.Population(name, n, bias=bias))
        ones = np.ones((n, 1))
        projections.append(ns.Projection(f"{name}_excitation", "excitation", name, scale * ones, tau=0.0))
        projections.append(ns.Projection(f"{name}_inhibition", "inhibition", name, scale * weights, sign=-1, tau=0.0))
    circuit = ns.Circuit({"excitation": 1, "inhibition": 1}, populations, projections)
    cells: Mapping[str, Cell] = {
        "rectified": ns.Unit(),
        "linear": ns.Unit(activation=ns.activations.Identity()),
        "curve": ns.Unit(activation=curve),
    }
    run = ns.simulate(
        circuit, cells, ns.Stimulus(movie, frame=p.step), ns.Schedule(duration=frames * p.step, settle=0.0, dt=p.step),
        seed=p.seed, progress=False,
    )  # fmt: skip
    for name in cells:
        responses = run.rates[name] * length
        rung, cell = ("curve", "rectified") if name == "curve" else ("artificial", name)
        if name == "curve":
            responses = responses / responses[0, 0]  # weight 0: no inhibition
        for weight, towards, against in zip(p.weights, *responses, strict=True):
            yield "responses", _row(p, rung, cell, "one side", weight, float(towards), float(against))


def _inhibited(p: Parameters, name: str, wiring: str, weights: tuple[float, ...], delay: float) -> ns.Projection:
    """One-sided inhibition of one row of cells for each weight, all rows in one population."""
    from scipy.sparse import vstack

    row, receptors = ns.Population("row", p.places), ns.Input("receptors", p.places)
    sides = ("before",) if wiring == "one side" else ("before", "after")
    blocks = [
        sum(
            ns.one_sided(row, weight * p.area / _EVENTS / len(sides), side=side, source=receptors).weights
            for side in sides
        )
        for weight in weights
    ]
    return ns.Projection(
        f"{name}_inhibition", "receptors", name, vstack(blocks), sign=-1, tau=p.tau_inhibition * p.unit,
        delay=delay * p.unit,
    )  # fmt: skip


_KINDS = {"rectified": "one side", "linear": "one side", "both": "both sides"}


def _circuit(p: Parameters, kinds: tuple[str, ...], weights: tuple[float, ...], delay: float = 0.0) -> ns.Circuit:
    """Bar to receptors to cells; a bias of 1 puts every cell at its threshold."""
    n = p.places
    populations = [ns.Population("receptors", n)]
    projections = [ns.Projection("bar", "bar", "receptors", np.eye(n), tau=0.0)]
    for name in kinds:
        populations.append(ns.Population(name, n * len(weights), bias=1.0))
        excite = np.tile(np.eye(n) * p.area / _EVENTS, (len(weights), 1))
        projections.append(
            ns.Projection(f"{name}_excitation", "receptors", name, excite, tau=p.tau_excitation * p.unit)
        )
        projections.append(_inhibited(p, name, _KINDS[name], weights, delay))
    return ns.Circuit({"bar": n}, populations, projections)


def _movie(p: Parameters, brightness: Array, travels: Array, length: float) -> ns.Stimulus:
    """A bar over the places, first in the preferred direction (down), then in the null direction (up).

    Shapes
        brightness (trials, places), travels (trials,); the stimulus has 2 * trials
    """
    frames = math.ceil(length / _FLASH)
    drive = _EVENTS * _TAU_RECEPTOR / (_FLASH * p.unit)
    shown = np.zeros((2, len(brightness), frames, p.places))
    for trial, (bright, travel) in enumerate(zip(brightness, travels, strict=True)):
        when = np.round((_START + travel * np.arange(p.places)) / _FLASH).astype(int)
        for direction, order in enumerate((np.arange(p.places)[::-1], np.arange(p.places))):
            shown[direction, trial, when, order] = drive * bright[order]
    return ns.stimulus.movie(shown.reshape(-1, frames, p.places), _FLASH * p.unit, "constant", "bar")


def _length(p: Parameters, travel: float, tail: float) -> float:
    """Length of a run in units of time, a whole number of flashes."""
    return math.ceil((_START + travel * (p.places - 1) + tail) / _FLASH) * _FLASH


def _trials(p: Parameters) -> Array:
    """Brightness of every place: first the same at all places, in several strengths, then noisy."""
    same = np.repeat(np.linspace(0.7, 1.3, p.amplitudes)[:, None], p.places, axis=1)
    rng = ns.randomness.stream(p.seed, "stimulus", "brightness")
    noisy = 1.0 + p.noise * rng.standard_normal((p.noisy_trials, p.places))
    return np.concatenate([same, np.maximum(noisy, 0.0)])


def _counted(p: Parameters, run: ns.Recording, name: str, length: float, rows: int) -> Array:
    """Responses (direction, trial, weight, cell), summed over time; only cells with a neighbour on either side."""
    total = run.rates[name] * length * p.unit
    shaped: Array = total.reshape(2, -1, rows, p.places)[..., 1:-1]
    return shaped


def _rate_cells(p: Parameters, kinds: tuple[str, ...]) -> dict[str, Cell]:
    receptor = ns.cells.PerfectIF(tau_m=_TAU_RECEPTOR).transfer
    cells: dict[str, Cell] = {"receptors": ns.LeakyRate(tau=_FLASH * p.unit / 2, activation=receptor)}
    for name in kinds:
        linear = name == "linear"
        activation = ns.activations.Identity(threshold=1.0) if linear else ns.ReLU(threshold=1.0)
        cells[name] = ns.LeakyRate(tau=p.tau_m, activation=activation)
    return cells


def _spiking_cells(p: Parameters, kinds: tuple[str, ...]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"receptors": ns.cells.PerfectIF(tau_m=_TAU_RECEPTOR)}
    return {**cells, **dict.fromkeys(kinds, ns.LIF(tau_m=p.tau_m))}


def _rate(p: Parameters) -> Iterator[_Row]:
    """Leaky rate units: linear, rectified, and rectified with inhibition from both sides."""
    kinds = ("rectified", "linear", "both")
    length = _length(p, 1.0, 24.0)  # until the inhibition has fallen to e^-24: what is cut off is no preference
    step = _FLASH * p.unit / 4
    schedule = ns.Schedule(duration=round(length * p.unit / step) * step, settle=0.0, dt=step)
    brightness = _trials(p)
    stimulus = _movie(p, brightness, np.ones(len(brightness)), length)
    run = ns.simulate(
        _circuit(p, kinds, p.weights), _rate_cells(p, kinds), stimulus, schedule, seed=p.seed, progress=False
    )
    for name in kinds:
        yield from _response_rows(p, run, name, "rate", length, p.area * brightness[: p.amplitudes].mean())


def _response_rows(
    p: Parameters, run: ns.Recording, name: str, rung: str, length: float, whole: float | None
) -> Iterator[_Row]:
    """Mean responses to bars of even brightness, and how well noisy ones can be told apart by direction."""
    responses = _counted(p, run, name, length, len(p.weights))
    means = responses[:, : p.amplitudes].mean(axis=(1, 3))
    scale = float(means[0, 0]) if whole is None else whole  # weight 0: no inhibition
    cell = "linear" if name == "linear" else "rectified"
    for k, weight in enumerate(p.weights):
        towards, against = (float(value) / scale for value in means[:, k])
        spikes = float(means[0, k]) if whole is None else math.nan
        yield "responses", _row(p, rung, cell, _KINDS[name], weight, towards, against, spikes)
        noisy = responses[:, p.amplitudes :, k]
        if name != "both" and noisy.size:
            yield "discrimination", {"rung": rung, "cell": cell, "weight": weight, **_d_prime(noisy)}


def _d_prime(responses: Array) -> dict[str, float]:
    """Discriminability of the two directions: mean over cells, with its interval over cells and trials.

    Shapes
        responses (2, trials, cells)
    """
    spread = math.sqrt(float(responses.var(axis=1, ddof=1).mean()))
    towards, against = (float(value) for value in responses.mean(axis=(1, 2)))
    if spread == 0:
        return {"d_prime": math.nan, "low": math.nan, "high": math.nan}
    found = (towards - against) / spread
    # Normal approximation of the standardised difference of two groups of equal size.
    count = responses.shape[1] * responses.shape[2]
    error = 1.96 * math.sqrt(2.0 / count + found**2 / (4.0 * count))
    return {"d_prime": found, "low": found - error, "high": found + error}


def _engines(p: Parameters) -> Iterator[_Row]:
    """One bright bar in both directions, on both engines."""
    kinds = ("rectified",)
    length = _length(p, 1.0, 3.0)
    stimulus = _movie(p, np.ones((1, p.places)), np.ones(1), length)
    schedule = ns.Schedule(duration=round(length * p.unit / p.dt) * p.dt, settle=0.0, dt=p.dt)
    circuit = _circuit(p, kinds, p.weights[:2])
    yield "engines", cross_check("a moving bar", circuit, _spiking_cells(p, kinds), stimulus, schedule, seed=p.seed)


def _spiking(p: Parameters) -> Iterator[_Row]:
    """LIF neurons with delayed currents; receptors that turn the bar into ten spikes."""
    kinds = ("rectified", "both")
    length = _length(p, 1.0, 4.0)
    brightness = _trials(p)
    stimulus = _movie(p, brightness, np.ones(len(brightness)), length)
    schedule = ns.Schedule(duration=round(length * p.unit / p.dt) * p.dt, settle=0.0, dt=p.dt)
    run = ns.simulate(
        _circuit(p, kinds, p.weights), _spiking_cells(p, kinds), stimulus, schedule, seed=p.seed, progress=False,
        record=("spikes",), engine=p.engine,
    )  # fmt: skip
    yield _RAN, {"engine": str(run.provenance["engine"])}
    for name in kinds:
        yield from _response_rows(p, run, name, "spiking", length, None)
    yield from _raster(p, run, len(brightness))


def _raster(p: Parameters, run: ns.Recording, trials: int) -> Iterator[_Row]:
    """Spikes of the cell at the second place, without inhibition, with weak and with strong inhibition."""
    spikes = run.spikes["rectified"]
    for weight in (0.0, 5.0, p.weights[-1]):
        unit = p.weights.index(weight) * p.places + 1
        for direction, words in enumerate(_DIRECTIONS):
            place = 1 if words == "null" else p.places - 2
            for trial in range(p.amplitudes):
                mine = (spikes.units == unit) & (spikes.trials == direction * trials + trial)
                for time in spikes.times[mine]:
                    yield (
                        "raster",
                        {
                            "direction": words,
                            "weight": weight,
                            "trial": trial,
                            "time": float(time / p.unit - _START - place),
                        },
                    )


def _shunting(p: Parameters) -> Iterator[_Row]:
    """The same circuit on neurons with conductances, whose inhibition only leaks."""
    kinds = ("rectified",)
    length = _length(p, 1.0, 3.0)
    brightness = _trials(p)[: p.amplitudes]
    stimulus = _movie(p, brightness, np.ones(len(brightness)), length)
    schedule = ns.Schedule(duration=round(length * p.unit / p.dt) * p.dt, settle=0.0, dt=p.dt)
    cells = {**_spiking_cells(p, kinds), "rectified": ns.cells.ConductanceLIF(tau_m=p.tau_m)}
    run = ns.simulate(
        _circuit(p, kinds, p.weights), cells, stimulus, schedule, seed=p.seed, progress=False, engine=p.engine
    )
    yield _RAN, {"engine": str(run.provenance["engine"])}
    yield from _response_rows(p, run, "rectified", "shunting", length, None)


def _speed(p: Parameters) -> Iterator[_Row]:
    """Selectivity at weight 5 against the speed of the bar, with and without a delay of the inhibition."""
    kinds = ("rectified",)
    travels = np.array(p.travels)
    length = _length(p, travels.max(), 4.0)
    for delay in sorted({0.0, p.delay}):
        for travel in np.geomspace(travels.min(), travels.max(), 61):
            expected = _expected(p, "theory", 5.0, float(travel), delay)
            yield "speed", {
                "rung": "theory", "travel": float(travel), "delay": delay, "dsi": expected, "expected": expected,
            }  # fmt: skip
        circuit = _circuit(p, kinds, (5.0,), delay)
        for rung, cells, copies, step in (
            ("rate", _rate_cells(p, kinds), 1, _FLASH * p.unit / 4),
            ("spiking", _spiking_cells(p, kinds), p.amplitudes, p.dt),
        ):
            bright = np.linspace(0.7, 1.3, copies) if copies > 1 else np.ones(1)
            brightness = np.repeat(np.tile(bright, len(travels))[:, None], p.places, axis=1)
            stimulus = _movie(p, brightness, np.repeat(travels, copies), length)
            schedule = ns.Schedule(duration=round(length * p.unit / step) * step, settle=0.0, dt=step)
            engine = p.engine if rung == "spiking" else "auto"
            run = ns.simulate(circuit, cells, stimulus, schedule, seed=p.seed, progress=False, engine=engine)
            if rung == "spiking":
                yield _RAN, {"engine": str(run.provenance["engine"])}
            responses = _counted(p, run, "rectified", length, 1).reshape(2, len(travels), -1).mean(axis=2)
            for travel, towards, against in zip(p.travels, *responses, strict=True):
                yield (
                    "speed",
                    {
                        "rung": rung,
                        "travel": travel,
                        "delay": delay,
                        "dsi": float(metrics.direction_selectivity_index(towards, against)),
                        "expected": _expected(p, rung, 5.0, travel, delay),
                    },
                )


def findings(tables: Tables) -> list[Finding]:
    """Checks against the closed form and on the spiking rung, three claims, and numbers worth reading."""
    return [*_unit_checks(tables), *_neuron_checks(tables), *_claims(tables), *_reports(tables),
            *cross_check_findings(tables["engines"])]  # fmt: skip


def _part(tables: Tables, rung: str, cell: str = "rectified", wiring: str = "one side") -> Any:
    """Responses of one kind of cell by weight."""
    rows = tables["responses"]
    return rows[(rows.rung == rung) & (rows.cell == cell) & (rows.wiring == wiring)].set_index("weight")


_VETO = {1.0: 0.116865, 2.0: 0.224692, 5.0: 0.528232}
"""Selectivity of the rectified cell with the default time constants, computed apart."""


def _unit_checks(tables: Tables) -> Iterator[Finding]:
    static, rate = _part(tables, "artificial"), _part(tables, "rate")
    silent = float(tables["setup"].silent_weight.iloc[0])
    default = abs(silent - 5 * math.e) < 1e-6
    for weight in [w for w in static.index if w in (_VETO if default else static.index) and w > 0]:
        yield Finding.check(
            f"dsi_static_{weight:g}", f"Direction selectivity of a static rectified unit at weight {weight:g}.",
            "direction selectivity index", static.dsi[weight],
            expected=_VETO[weight] if default else static.expected[weight], tolerance=0.003,
            reason="steps of at most a fiftieth of the time constants; each holds the mean over it, so only the step "
            "in which the drive changes its sign is wrong", source="integral of the two exponentials",
        )  # fmt: skip
    beyond = static[static.index >= silent]
    yield Finding.check(
        "dsi_static_silent", f"From weight {silent:.3f} on the null direction is silent.",
        f"smallest selectivity at weights of {beyond.index.min():g} and more", beyond.dsi.min(), expected=1.0,
        tolerance=1e-9, reason="the inhibition is above the excitation at every moment", source="(ti/te) exp(1/ti)",
    )  # fmt: skip
    for rung, words in (("artificial", "static"), ("rate", "leaky rate")):
        yield Finding.check(
            f"linear_{words.replace(' ', '_')}", f"A linear {words} unit has no preference, whatever the weight.",
            "largest |P - N|/(|P| + |N|)", _part(tables, rung, "linear").dsi.abs().max(), at_most=1e-9,
            reason="the same areas are added up; the runs end when the inhibition has fallen to e^-24 = 4e-11",
        )  # fmt: skip
    yield Finding.check(
        "dsi_rate",
        "Leaky rate units behind receptors of their own are as selective as theory says.",
        "largest distance of the selectivity over weights",
        (rate.dsi - rate.expected).abs().max(),
        at_most=0.005,
        reason="the integration takes four steps during the flash; at strong weights the null "
        "direction leaves a response of hundredths, where a tenth of a step counts",
        source="kernels of two time constants and a flash, summed",
    )
    yield Finding.check(
        "both_sides_rate", "Rectified rate units that are inhibited from both sides have no preference.",
        "largest selectivity", _part(tables, "rate", wiring="both sides").dsi.abs().max(), at_most=1e-9,
        reason="the circuit is its own mirror image; only rounding remains",
    )  # fmt: skip
    speed = tables["speed"]
    rows = speed[speed.rung == "rate"]
    yield Finding.check(
        "speed_rate",
        "Theory holds at every speed and with a delayed inhibition.",
        "largest distance of the selectivity over speeds and delays",
        (rows.dsi - rows.expected).abs().max(),
        at_most=0.025,
        reason="a delayed activity is read at the start of a step of 0.005, half a step late; the excitation's "
        "peak of 5 leaves 5 * 0.0025 more in the null direction, and the index changes by at most twice that",
        source="kernels of two time constants and a flash, summed",
    )


def _neuron_checks(tables: Tables) -> Iterator[Finding]:
    silent = float(tables["setup"].silent_weight.iloc[0])
    for rung, words in (("spiking", "LIF neuron, currents"), ("shunting", "neuron with shunting conductances")):
        rows = _part(tables, rung)
        yield Finding.check(
            f"silent_{rung}", f"Strong inhibition silences the null direction ({words}).",
            f"response at weights of {silent:.2f} and more", rows.null[rows.index >= silent].max(), at_most=0.0,
            reason="the drive never rises above threshold, so no neuron without noise can spike",
        )  # fmt: skip
        yield Finding.check(
            f"monotone_{rung}", f"Selectivity rises with the weight ({words}).",
            "smallest change of the selectivity from one weight to the next", rows.dsi.diff().min(), at_least=0.0,
            reason="more inhibition can only delay or prevent spikes; it is 1 from the silent weight on",
        )  # fmt: skip
        yield Finding.check(
            f"dsi_{rung}", f"With strong inhibition the neuron is selective ({words}).",
            f"selectivity at weight {rows.index.max():g}", rows.dsi.iloc[-1], at_least=0.9,
            reason="1 in the closed form",
        )  # fmt: skip
    yield Finding.check(
        "both_sides_spiking", "LIF neurons that are inhibited from both sides have no preference.",
        "largest selectivity", _part(tables, "spiking", wiring="both sides").dsi.abs().max(), at_most=0.02,
        reason="the circuit is its own mirror image; the order of sums may move a single spike of tens",
    )  # fmt: skip


_SELECTIVE = 0.1
"""Selectivity that counts as a preference: a tenth more one way than the other, roughly."""


def _claims(tables: Tables) -> Iterator[Finding]:
    parts = {}
    for rung, words in (("rate", "rate units"), ("spiking", "LIF neurons")):
        one, both = (_part(tables, rung, wiring=wiring).dsi[5.0] for wiring in ("one side", "both sides"))
        parts[f"{words} inhibited from one side prefer a direction (index {one:.3f})"] = bool(one > _SELECTIVE)
        parts[f"{words} inhibited from both sides by the same total do not ({both:.3f})"] = bool(abs(both) < 0.02)
    yield Finding.claim_of_parts(
        "A1-02", "Unilateral inhibition is inhibition that acts from one side or direction only.", parts,
        reason="a definition; tested is whether the side is what makes the difference, at weight 5. The other meaning, "
        "an output that is never negative, is the report one_sided_output",
    )  # fmt: skip
    parts = {}
    for rung, words in (
        ("artificial", "ReLU"),
        ("rate", "rate unit"),
        ("spiking", "LIF"),
        ("shunting", "shunted"),
    ):
        rows = _part(tables, rung)
        lost, kept = 1 - rows.null.iloc[-1] / rows.null.iloc[0], rows.preferred.iloc[-1] / rows.preferred.iloc[0]
        parts[f"{words}: null direction suppressed by {lost:.0%}, preferred kept at {kept:.0%}"] = bool(
            lost >= 0.9 and kept >= 0.5
        )
    yield Finding.claim_of_parts(
        "A1-03", "Direction-selective neurons of V1 suppress input from the opposite direction.", parts,
        reason="as a model only: at the largest weight the null direction loses at least nine tenths and the preferred "
        "one keeps half", source="Barlow & Levick 1965 described the veto in the rabbit's retina, not in V1",
    )  # fmt: skip
    parts = {}
    for rung, cell, words in (("rate", "rectified", "rectified rate unit"), ("spiking", "rectified", "LIF neuron"),
                                   ("rate", "linear", "linear rate unit")):  # fmt: skip
        rows = tables["discrimination"]
        rows = rows[(rows.rung == rung) & (rows.cell == cell)].set_index("weight")
        parts[f"{words}: d' from {abs(rows.d_prime[0.0]):.2f} to {rows.d_prime[5.0]:.2f}"] = bool(
            rows.low[5.0] > rows.high[0.0]
        )
    yield Finding.claim_of_parts(
        "A1-05", "Suppressing the non-target directions raises the signal-to-noise ratio of the target.", parts,
        reason="signal to noise as the discriminability of the two directions for a bar of uneven brightness, without "
        "inhibition and at weight 5; it rises if the 95 % intervals are apart",
    )  # fmt: skip


def _reports(tables: Tables) -> Iterator[Finding]:
    rate, ideal = _part(tables, "rate"), _part(tables, "artificial")
    yield Finding.report(
        "receptors_take_time", "Receptors that take time and a bar that shines for a while delay the peak of the "
        "excitation, and add to the selectivity.", "largest difference from the ideal closed form",
        (rate.dsi - ideal.expected).abs().max(),
    )  # fmt: skip
    spiking, shunting = _part(tables, "spiking"), _part(tables, "shunting")
    yield Finding.report(
        "one_sided_output", "An output that is never negative is one-sided too, but makes no direction: rectified and "
        "inhibited from both sides. It takes both, for a linear unit inhibited from one side prefers none either.",
        "selectivity of the rectified unit, both sides, weight 5",
        abs(_part(tables, "rate", wiring="both sides").dsi[5.0]),
    )  # fmt: skip
    curve = _part(tables, "curve")
    yield Finding.report(
        "spiking_differs",
        "A LIF neuron is more selective than its f-I curve alone: inhibition that comes first pulls the membrane below "
        "rest, and the excitation has to make up for it.",
        f"selectivity at weight 5 (f-I curve {curve.dsi[5.0]:.3f}, rectified line {spiking.expected[5.0]:.3f})",
        spiking.dsi[5.0],
        reason="in a separate integration in which the drive was not let below threshold, the neuron had the curve's "
        "selectivity (0.519 at weight 5)",
    )
    yield Finding.report(
        "shunting_differs",
        "Shunting inhibition, as strong as the current at threshold and weaker below it, is less selective.",
        "selectivity at weight 5",
        shunting.dsi[5.0],
    )
    yield Finding.report(
        "spike_counts", "Spikes per bar on which the selectivity of the LIF neuron rests.",
        "spikes in the preferred direction at weight 5", spiking.spikes.iloc[0] * spiking.preferred[5.0],
    )  # fmt: skip


def summary(tables: Tables) -> str:
    """The result in one sentence."""
    linear = _part(tables, "rate", "linear").dsi.abs().max()
    found = {rung: _part(tables, rung).dsi[5.0] for rung in ("artificial", "spiking", "shunting")}
    return (
        f"at weight 5 the selectivity is {found['artificial']:.3f} for a ReLU, {found['spiking']:.3f} for a LIF "
        f"neuron, {found['shunting']:.3f} with shunting, and {linear:.0e} at most for a linear unit"
    )


def estimate(parameters: Parameters) -> tuple[float, float]:
    """Seconds and bytes, from times measured on one core."""
    p = parameters
    trials = 2 * (p.amplitudes + p.noisy_trials)
    state = trials * p.places * len(p.weights)
    length = _length(p, 1.0, 24.0)
    return 6.0 + length / (_FLASH / 4) * (3e-4 + 6e-8 * state), 3e8 + 8.0 * trials * p.places * length / _FLASH * 4


def caption(tables: Tables) -> str:
    """What the panels show, with the numbers of this run."""
    setup, speed = tables["setup"].iloc[0], tables["speed"]
    linear = _part(tables, "rate", "linear").dsi.abs().max()
    static, spiking = _part(tables, "artificial"), _part(tables, "spiking")
    quick = speed[(speed.rung == "theory") & (speed.delay == setup.delay)]
    return (
        f"Inhibition from one side; the unit of time is {setup.unit:g} s, what the bar takes from place to place. "
        "A: excitation (from the cell's own place) and inhibition (weight 5, from the place before it); filled: what a "
        "rectified cell keeps. B: direction selectivity (P - N)/(P + N) against the weight: closed form (grey), "
        "rectified cells on four rungs (rate and LIF behind receptors), shunting inhibition, and linear units (at "
        f"most {linear:.0e}). From weight {setup.silent_weight:.2f} on (dotted) the null direction is silent. C: the "
        "two responses, over those without inhibition (grey: closed form); a LIF neuron has "
        f"{spiking.spikes.iloc[0]:.1f} spikes without. D: spikes of one neuron for bars of increasing brightness. "
        "E: selectivity at weight 5 against the time from place to place, without delay (solid) and with a delay of "
        f"{setup.delay:g} (dashed), best at {quick.travel[quick.dsi.idxmax()]:.2f}; lines: closed form. "
        "F: discriminability of the directions for bars whose brightness varies by "
        f"{setup.noise:.0%} from place to place, {int(setup.noisy_trials)} trials each way, 95 % intervals. "
        "Index of the static unit at weights "
        + ", ".join(f"{w:g}: {static.dsi[w]:.3f}" for w in static.index if w > 0)
        + "."
    )


_NAMES = {
    "artificial": "ReLU",
    "curve": "f-I curve",
    "rate": "rate, ReLU",
    "spiking": "LIF",
    "shunting": "LIF, shunting",
}


def _look(rung: str) -> Any:
    from neurosim import plots

    if rung == "shunting":
        return plots.SeriesStyle(plots.OKABE_ITO["reddish purple"], (0, (3, 1.2)), "v", "shunting")
    return plots.RUNGS[rung]


def figure(tables: Tables) -> Any:
    """Six panels from the tables."""
    from neurosim import plots

    with plots.style("nature-2", height=118):
        fig = plots.new_figure()
        grid = fig.add_gridspec(2, 3)
        first = _draw_example(fig, grid[0, 0].subgridspec(2, 1), tables)
        selectivity, responses = fig.add_subplot(grid[0, 1]), fig.add_subplot(grid[0, 2])
        _draw_selectivity(selectivity, tables)
        _draw_responses(responses, tables)
        raster = _draw_raster(fig, grid[1, 0].subgridspec(1, 2), tables)
        speed, discrimination = fig.add_subplot(grid[1, 1]), fig.add_subplot(grid[1, 2])
        _draw_speed(speed, tables)
        _draw_discrimination(discrimination, tables)
        for ax in (selectivity, responses, speed, discrimination):
            plots.tidy(ax)
        plots.label_panels([first, selectivity, responses, raster, speed, discrimination])
    return fig


def _draw_example(fig: Any, grid: Any, tables: Tables) -> Any:
    from neurosim import plots

    example, colour = tables["example"], plots.OKABE_ITO
    axes = [fig.add_subplot(grid[0])]
    axes.append(fig.add_subplot(grid[1], sharex=axes[0]))
    for ax, direction in zip(axes, _DIRECTIONS, strict=True):
        rows = example[example.direction == direction]
        kept = np.maximum(rows.excitation - rows.inhibition, 0.0)
        ax.fill_between(rows.time, rows.inhibition, rows.inhibition + kept, color="0.85", linewidth=0)
        ax.plot(rows.time, rows.excitation, color=colour["vermillion"], linewidth=1.1, label="excitation")
        ax.plot(rows.time, rows.inhibition, color=colour["blue"], linewidth=1.1, label="inhibition")
        ax.set_ylim(0, 1.15)
        ax.set_yticks([0, 1])
        ax.text(0.98, 0.92, direction, transform=ax.transAxes, ha="right", va="top")
        ax.set_ylabel("drive")
        plots.tidy(ax)
    axes[0].tick_params(labelbottom=False)
    for height, words, name in ((0.85, "excitation", "vermillion"), (0.6, "inhibition", "blue")):
        axes[0].text(-1.25, height, words, color=colour[name], fontsize="small")
    axes[1].set_xlabel("time (units)")
    return axes[0]


def _draw_selectivity(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    theory, setup = tables["theory"], tables["setup"].iloc[0]
    ax.plot(theory.weight, theory.dsi, color="0.6", linewidth=1.2, label="closed form")
    for rung, name in _NAMES.items():
        rows, look = _part(tables, rung), _look(rung)
        ax.plot(
            rows.index, rows.dsi, color=look.colour, marker=look.marker, linestyle="none", label=name,
            markersize=5.5 if rung == "artificial" else 3.2,
        )  # fmt: skip
    rows = _part(tables, "rate", "linear")
    ax.plot(
        rows.index, rows.dsi, "x", color=plots.OKABE_ITO["blue"], markersize=4, markeredgewidth=0.9, label="linear rate"
    )
    ax.axvline(setup.silent_weight, color="0.6", linewidth=0.8, linestyle=":")
    ax.set_ylim(-0.05, 1.08)
    ax.set_xlabel(plots.axis_label("weight of the inhibition", "1"))
    ax.set_ylabel(plots.axis_label("direction selectivity", "1"))
    ax.legend(loc="center right", bbox_to_anchor=(1.0, 0.4), borderpad=0.1, labelspacing=0.25)


def _draw_responses(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    theory = tables["theory"]
    for column, dash in (("preferred", "-"), ("null", "--")):
        ax.plot(theory.weight, theory[column], color="0.6", linewidth=1.0, linestyle=dash)
        for rung, name in _NAMES.items():
            if rung == "artificial":
                continue
            rows, look = _part(tables, rung), _look(rung)
            ax.plot(
                rows.index, rows[column], color=look.colour, marker=look.marker, linestyle="none", markersize=3.2,
                markerfacecolor=look.colour if column == "preferred" else "white", markeredgecolor=look.colour,
                markeredgewidth=0.7, label=name if column == "preferred" else None,
            )  # fmt: skip
    ax.set_ylim(-0.03, 1.5)
    ax.set_yticks([0, 0.5, 1.0])
    ax.set_xlabel(plots.axis_label("weight of the inhibition", "1"))
    ax.set_ylabel("response (no inhibition = 1)")
    ax.text(
        0.03, 0.985, "filled, solid: preferred\nopen, dashed: null", transform=ax.transAxes, va="top", fontsize="small"
    )
    ax.legend(loc="upper right", borderpad=0.1, labelspacing=0.25)


def _draw_raster(fig: Any, grid: Any, tables: Tables) -> Any:
    from neurosim import plots

    raster = tables["raster"]
    weights = sorted(raster.weight.unique())
    trials = int(raster.trial.max()) + 1
    axes = [fig.add_subplot(grid[0])]
    axes.append(fig.add_subplot(grid[1], sharey=axes[0]))
    for ax, direction in zip(axes, _DIRECTIONS, strict=True):
        for block, weight in enumerate(weights):
            rows = raster[(raster.direction == direction) & (raster.weight == weight)]
            low = rows.trial + block * (trials + 2)
            ax.vlines(rows.time, low - 0.4, low + 0.4, color="black", linewidth=0.5)
        ax.set_title(direction, fontsize="small", pad=2)
        ax.set_xlim(-0.1, 2.0)
        ax.set_xlabel("time (units)")
        plots.tidy(ax)
    centres = [block * (trials + 2) + (trials - 1) / 2 for block in range(len(weights))]
    axes[0].set_yticks(centres, [f"{weight:g}" for weight in weights])
    axes[0].set_ylabel("trials by weight of the inhibition")
    axes[1].tick_params(labelleft=False)
    return axes[0]


def _draw_speed(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    speed = tables["speed"]
    for k, (delay, group) in enumerate(speed.groupby("delay")):
        theory = group[group.rung == "theory"]
        ax.plot(theory.travel, theory.dsi, color="0.6", linewidth=1.0, linestyle="-" if k == 0 else "--")
        for rung in ("rate", "spiking"):
            rows, look = group[group.rung == rung], plots.RUNGS[rung]
            ax.plot(
                rows.travel, rows.dsi, color=look.colour, marker=look.marker, linestyle="none", markersize=3.2,
                markerfacecolor=look.colour if k == 0 else "white", markeredgecolor=look.colour, markeredgewidth=0.7,
                label=f"{'LIF' if rung == 'spiking' else 'rate'}, delay {delay:g}",
            )  # fmt: skip
    ax.set_xscale("log", base=2)
    ticks = sorted(speed[speed.rung == "rate"].travel.unique())
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_ylim(min(-0.05, 1.1 * speed.dsi.min()), 1.45)
    ax.set_yticks([0, 0.5, 1.0])
    ax.axhline(0, color="0.8", linewidth=0.6)
    ax.set_xlabel("time from place to place (units)")
    ax.set_ylabel(plots.axis_label("direction selectivity", "1"))
    ax.legend(loc="upper right", ncols=2, borderpad=0.1, labelspacing=0.25, columnspacing=0.8, handletextpad=0.3)


def _draw_discrimination(ax: Any, tables: Tables) -> None:
    from neurosim import plots

    table = tables["discrimination"]
    for (rung, cell), rows in table.groupby(["rung", "cell"], sort=False):
        look, linear = plots.RUNGS[str(rung)], cell == "linear"
        ax.fill_between(rows.weight, rows.low, rows.high, color=look.colour, alpha=0.15, linewidth=0)
        ax.plot(
            rows.weight, rows.d_prime, color=look.colour, marker="x" if linear else look.marker, markersize=3.5,
            markeredgewidth=0.9 if linear else 0.0,
            linewidth=1.0, linestyle=":" if linear else "-",
            label="linear rate" if linear else f"{_NAMES[str(rung)]}",
        )  # fmt: skip
    ax.set_xlabel(plots.axis_label("weight of the inhibition", "1"))
    ax.set_ylabel(plots.axis_label("d' of the directions", "1"))
    ax.legend(loc="upper left")


if __name__ == "__main__":
    from neurosim.lab import main

    main(__file__)
