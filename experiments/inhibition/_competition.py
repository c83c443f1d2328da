"""Units that all inhibit each other: one neuron on its rungs, in units in which ReLU rungs are r = [x - w sum r]+.

An input x adds scale * x to the drive, from the threshold of the fitted ReLU on; activity is given as rate over
(slope * scale) and inhibition as weight times slope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

import neurosim as ns
from neurosim.engines import choices
from neurosim.engines.rate import Rate
from neurosim.params import Array, Params, param

if TYPE_CHECKING:
    from neurosim.cells.base import Cell

INPUTS = (1.0, 0.8, 0.6, 0.4, 0.2)
WINNING = 0.05  # a unit is among the winners if it has more than this fraction of the highest rate
LABELS = {
    "artificial": "static ReLU",
    "relu_rate": "leaky rate with ReLU",
    "rate": "leaky rate, f-I curve",
    "spiking": "LIF, spiking",
}
RUNG = "artificial: static ReLU; relu_rate: leaky rate unit with that ReLU; rate: with the f-I curve; spiking"
# The slowest mode of two units decays with (tau + tau_s)/(1 - w), 25 ms / 0.1 at w = 0.9: 20 times in 5 s.
STEADY = ns.Schedule(duration=5.5, settle=5.0, dt=1e-3)
SETTLED = ns.Schedule(duration=1.5, settle=1.3, dt=1e-3)


@dataclass(frozen=True, kw_only=True)
class Competition(Params):
    """The neuron, its inputs and the inhibition."""

    engine: str = param("auto", doc="engine of the spiking runs", choices=choices("spiking"))
    scale: float = param(2.0, doc="drive (threshold = 1) that an input of 1 adds", above=0)
    sigma_stat: float = param(0.2, doc="membrane noise of the neuron (threshold = 1)", above=0)
    tau_inhibition: float = param(0.1, unit="s", doc="synaptic time constant of the inhibition", above=0)
    hard: float = param(1.5, doc="inhibition (loop gain of a pair) that leaves one winner", above=1)
    duration: float = param(0.8, unit="s", doc="length of a trial", above=0)
    settle: float = param(0.3, unit="s", doc="time before counting starts", low=0)
    dt: float = param(2e-4, unit="s", doc="time step of the neurons", above=0)


@dataclass(frozen=True, kw_only=True)
class Loops(Competition):
    """A pair whose inputs change step by step."""

    dwell: float = param(1.0, unit="s", doc="time for which each input of a hysteresis loop is shown", above=0)


@dataclass(frozen=True, eq=False)
class Scene:
    """The neuron on its rungs, and the ReLU whose slope and threshold set the units of input, activity, inhibition."""

    p: Competition
    cells: "Mapping[str, Cell]"
    slope: float
    threshold: float

    def circuit(self, strength: float, tau: float, weights: Array) -> ns.Circuit:
        """Inputs onto units that all inhibit each other."""
        units = ns.Population("units", len(weights), bias=self.threshold)
        feed = ns.Projection("feed", "inputs", "units", self.p.scale * weights, sign=None, tau=0.0)
        if strength > 1:
            inhibition = ns.winner_take_all(units, strength / self.slope, gain=self.slope, tau=tau)
        else:
            inhibition = ns.lateral(units, strength / self.slope, tau=tau)
        return ns.Circuit({"inputs": weights.shape[1]}, [units], [feed, inhibition])

    def run(
        self, rung: str, inputs: Array, strength: float, *, lab: Any = None, tau: float | None = None,
        weights: Array | None = None,
    ) -> Array:  # fmt: skip
        """Activities (trials, units) of one rung, in units of the ReLU's; spikes are drawn by the lab."""
        weights = np.eye(inputs.shape[1]) if weights is None else weights
        circuit = self.circuit(strength, self.p.tau_inhibition if tau is None else tau, weights)
        schedule = ns.Schedule(duration=self.p.duration, settle=self.p.settle, dt=self.p.dt)
        quiet = partial(ns.simulate, progress=False)
        simulate, schedule = {
            "artificial": (partial(quiet, engine="static"), schedule),
            "relu_rate": (partial(quiet, engine=Rate(rtol=1e-9, atol=1e-9, samples=3)), STEADY),
            "rate": (partial(quiet, engine="rate"), SETTLED),
            "spiking": (getattr(lab, "simulate", None), schedule),
        }[rung]
        run = simulate(circuit, self.cells[rung], ns.Stimulus({"inputs": inputs}), schedule)
        return self.activity(run.checked_rates("units"))

    def activity(self, rates: Array) -> Array:
        """Rates in units of the ReLU's activity at an input of 1."""
        return rates / (self.slope * self.p.scale)


def scene(p: Competition) -> Scene:
    """The scene of these parameters."""
    cells = dict(ns.ladder(ns.LIF(sigma_stat=p.sigma_stat)))
    relu = cells["artificial"].transfer
    assert relu is not None
    cells["relu_rate"] = ns.LeakyRate(tau=cells["rate"].as_dict()["tau"], activation=relu)
    shape = relu.as_dict()
    return Scene(p, cells, shape["gain"], shape["threshold"])


def winners(activity: Array) -> Array:
    """Number of winners in every trial."""
    count: Array = (activity > WINNING * activity.max(axis=1, keepdims=True)).sum(axis=1)
    return count


def ratios(p: Loops) -> Array:
    """Rival's input over the first unit's on the way up: coarse, and in steps of 0.5 % around w (not on it)."""
    fine = p.hard * np.exp(0.005 * (np.arange(-6, 6) + 0.5))
    coarse = np.geomspace(1 / (1.6 * p.hard), 1.6 * p.hard, 19)
    return np.concatenate([coarse[coarse < fine[0]], fine, coarse[coarse > fine[-1]]])


def path(p: Loops) -> tuple[Array, Array]:
    """Ratios of a whole loop, up and down again, and the inputs (steps, units)."""
    up = ratios(p)
    both = np.concatenate([up, 1 / up])
    return both, 0.6 * np.stack([np.ones_like(both), both], axis=1)


def loops_without_noise(p: Loops, seed: int) -> dict[str, Array]:
    """Activities (steps, units) of a pair whose state is carried along a loop; nothing is random."""
    found, (_, inputs) = scene(p), path(p)
    circuit = found.circuit(p.hard, p.tau_inhibition, np.eye(2))
    schedule = ns.Schedule(duration=p.dwell, settle=p.dwell / 2, dt=p.dt)
    stimuli = [ns.Stimulus({"inputs": row[None]}) for row in inputs]
    activities = {}
    for rung in ("artificial", "relu_rate", "rate"):
        runs = ns.sweep(circuit, found.cells[rung], stimuli, schedule)
        activities[rung] = found.activity(np.concatenate([run.checked_rates("units") for run in runs]))
    return activities


def switch(p: Loops, activity: Array, direction: str) -> float:
    """Stronger over weaker input where the winner changes (up or down) in a loop of activities (steps, units).

    The geometric mean of the last step before the change and the first one after it; NaN if there is none. Spikes may
    bring the winner back; the last change is the one that stays.
    """
    up = ratios(p)  # on the way down the same ratios are those of the first unit over the rival
    half = activity[: len(up)] if direction == "up" else activity[len(up) :]
    lead = (half[:, 1] - half[:, 0]) * (1 if direction == "up" else -1)
    changed = np.flatnonzero((lead[:-1] < 0) & (lead[1:] >= 0))
    return float(np.sqrt(up[changed[-1]] * up[changed[-1] + 1])) if len(changed) else float("nan")
