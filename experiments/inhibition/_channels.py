"""A row of channels with Gaussian fields, and what every rung makes of a picture on it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.params import Array, Params, param

RUNG_NAMES = {"artificial": "ReLU", "curve": "f-I curve", "rate": "leaky rate", "spiking": "LIF, spiking"}


@dataclass(frozen=True, kw_only=True)
class Fields(Params):
    """The neurons on the row of channels, and how they are run."""

    sigma: float = param(0.2, doc="membrane noise of the neurons (threshold = 1)", low=0)
    trials: int = param(4, doc="runs of the spiking rung that are averaged", low=2)
    dt: float = param(2e-4, unit="s", doc="time step of the spiking runs", above=0, high=5e-4)


def channels(reach: int, width: float) -> tuple[Array, Array]:
    """Places of a row of channels around 0, and a Gaussian field of that width for each of them."""
    place = np.arange(-reach, reach + 1).astype(np.float64)
    return place, np.exp(-0.5 * ((place[:, None] - place) / width) ** 2)


def threshold(p: Fields) -> float:
    """Threshold of the line fitted to the neuron."""
    return float(ns.ladder(ns.LIF(sigma_stat=p.sigma))["artificial"].transfer.as_dict()["threshold"])


def on_every_rung(
    p: Fields, lab: Any, circuit: ns.Circuit, shown: Array, rungs: tuple[str, ...] = ns.RUNGS
) -> Iterator[tuple[str, Array]]:
    """Rung and rates (pictures, units), those of neurons averaged over trials; of all rungs, or of some."""
    cells = ns.ladder(ns.LIF(sigma_stat=p.sigma))
    name = circuit.inputs[0].name
    for rung in rungs:
        if rung == "spiking":
            stimulus = ns.stimulus.constant(np.repeat(shown, p.trials, axis=0), name)
            run = lab.simulate(circuit, cells[rung], stimulus, ns.Schedule(duration=1.1, settle=0.1, dt=p.dt))
            rates = run.rates["units"].reshape(len(shown), p.trials, -1).mean(axis=1)
        else:
            stimulus = ns.stimulus.constant(shown, name)
            schedule = ns.Schedule(duration=0.6, settle=0.4)
            rates = lab.simulate(circuit, cells[rung], stimulus, schedule, engine="auto").rates["units"]
        yield rung, rates


def difference_half_height(excitation: float, inhibition: float, weight: float) -> float:
    """Where a difference of Gaussians with peaks 1 and `weight` is half of 1 - weight."""
    from scipy.optimize import brentq

    def above_half(x: float) -> float:
        profile = math.exp(-0.5 * (x / excitation) ** 2) - weight * math.exp(-0.5 * (x / inhibition) ** 2)
        return profile - (1 - weight) / 2

    return float(brentq(above_half, 0.0, 3 * excitation))
