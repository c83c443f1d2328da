"""Four ways to make a population that looks at digits sparse, and images of other contrast or with noise."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from experiments.sparsity._digits import Digits, Scene
from neurosim.params import Array, ParameterError, param

FEEDFORWARD = ("threshold", "subtractive", "divisive")
BISECTIONS = 12
SETTLED = 0.8
"""Fraction of the images that must have a steady state: findings rest on no smaller one."""
LARGEST = {"threshold": 4.0, "subtractive": 4.0, "divisive": 4.0, "lateral": 64.0}
"""Amounts at which no way leaves a tenth of the units active."""
OFFSET = 50.0
"""Drive that is added to the input and taken from the bias, since an input is not negative."""


@dataclass(frozen=True, kw_only=True)
class Changes(Digits):
    """How sparse the population is made, and what is changed of the images."""

    active: float = param(0.1, doc="active fraction that every way is brought to", above=0.01, below=0.45)
    contrasts: tuple[float, ...] = param((0.5, 0.7, 1.0, 1.4, 2.0), doc="contrasts of the test images", above=0)
    noises: tuple[float, ...] = param((0.25, 0.5, 1.0), doc="noise of the pixels, in their standard deviation", above=0)

    def check(self) -> None:
        super().check()
        if not {0.5, 1.0, 2.0} <= set(self.contrasts):
            raise ParameterError(f"Parameters.contrasts: got {self.contrasts}, expected 0.5, 1 and 2 among them")
        if not self.noises:
            raise ParameterError("Parameters.noises: got none, expected at least one")
        if self.encoding != "constant":
            raise ParameterError(
                "Parameters.encoding: got 'poisson', expected 'constant': drives are given as currents"
            )


Seen = Mapping[tuple[str, float], tuple[Array, Array]]
"""Feed-forward drive (trials, units) and contrast (trials, 1) by what was changed and by how much."""


def conditions(p: Changes, here: Scene, rng: np.random.Generator) -> Seen:
    """Drives and contrasts of the images at every contrast, and with noise on their pixels.

    The contrast of an image is the root mean square difference of its pixels from the mean image, 1 on average.
    """
    pixels = p.max_rate * here.shown.flat
    weights = np.asarray(here.circuit.projection("filters").weights)
    mean, sd = pixels.mean(axis=0), pixels.std()
    noise = rng.standard_normal(pixels.shape)
    shown = {("contrast", c): c * (pixels - mean) for c in p.contrasts}
    shown |= {("noise", level): pixels - mean + level * sd * noise for level in p.noises}
    unit = np.sqrt((shown["contrast", 1.0] ** 2).mean(axis=1)).mean()
    return {
        key: (p.drive_mean + x @ weights.T, np.sqrt((x**2).mean(axis=1, keepdims=True)) / unit)
        for key, x in shown.items()
    }


def changed(way: str, amount: float, drive: Array, contrast: Array) -> Array:
    """The feed-forward drive that is left of it."""
    if way == "divisive":
        return drive / (1.0 + amount * contrast)
    if way == "subtractive":
        return drive - amount * contrast
    return drive - amount if way == "threshold" else drive


def responses(
    p: Changes, simulate: Callable[..., Any], here: Scene, rung: str, drives: Array, weight: float
) -> tuple[Array, Any]:
    """Rates of a population that gets these drives as currents and inhibits itself; which trials settled.

    The rates of a trial without a steady state are NaN.
    """
    hidden = ns.Population("hidden", here.units, bias=-OFFSET)
    feed = ns.Projection("feed", "drive", "hidden", np.eye(here.units), sign=None, tau=0.0)
    lateral = [ns.lateral(hidden, weight, tau=p.tau_inhibition)] if weight else []
    circuit = ns.Circuit({"drive": here.units}, [hidden], [feed, *lateral])
    stimulus = ns.stimulus.constant(drives + OFFSET, "drive")
    engine = p.engine if rung == "spiking" else "auto"
    run = simulate(circuit, here.cells[rung], stimulus, p.schedule, engine=engine)
    return np.maximum(run.rates["hidden"], 0.0), run.converged


def active_fraction(p: Changes, rates: Array) -> float:
    """Fraction of the entries that are active, over the trials with a steady state; NaN if there is none."""
    settled = np.isfinite(rates).all(axis=1)
    return float((rates[settled] > p.smallest_rate).mean()) if settled.any() else math.nan


def matched(
    p: Changes, simulate: Callable[..., Any], here: Scene, rung: str, seen: tuple[Array, Array]
) -> dict[str, float]:
    """The amount of every way that leaves the stated fraction active, by bisection.

    Trials without a steady state do not count; where none has one, the amount is too large.
    """
    low, high = dict.fromkeys(LARGEST, 0.0), dict(LARGEST)
    for _ in range(BISECTIONS):
        middle = {way: 0.5 * (low[way] + high[way]) for way in LARGEST}
        drives = np.concatenate([changed(way, middle[way], *seen) for way in FEEDFORWARD])
        rates = np.split(responses(p, simulate, here, rung, drives, 0.0)[0], len(FEEDFORWARD))
        rates.append(responses(p, simulate, here, rung, seen[0], here.weight(middle["lateral"]))[0])
        for way, each in zip(LARGEST, rates, strict=True):
            (low if active_fraction(p, each) > p.active else high)[way] = middle[way]
    for way, largest in LARGEST.items():
        if high[way] == largest:
            raise ParameterError(
                f"Parameters.active: got {p.active:g}, expected a fraction that is reached on the {rung} rung; "
                f"{way} of {largest:g} leaves more"
            )
    return {way: 0.5 * (low[way] + high[way]) for way in LARGEST}
