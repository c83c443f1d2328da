"""Digits, filters and the read-out of the population that the reader inhibits."""

import base64
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.engines.equal_constants import share
from neurosim.params import Array

UNITS, TRAINED, TESTED = 60, 400, 200
DT, TAU_INHIBITION = 2e-4, 5e-3
MEAN, SPREAD = 1.0, 0.5  # of every unit's drive over the digits
NOISE, STRENGTH = 0.1, 2.0
LEVELS, BRIGHTEST = 32, 16  # whole numbers in the page: filters in 32nds of their spread, pixels in 16ths


def given() -> dict[str, Any]:
    """One digit of each kind that the read-out has not seen, filters as whole numbers, constants, and the read-out."""
    every = ns.datasets.digits()
    order = ns.randomness.stream(0, "shuffle").permutation(len(every))[: TRAINED + TESTED]
    shown = every.select(order)
    labels = np.asarray(shown.labels)
    pixels = np.rint(BRIGHTEST * shown.flat)
    raw = ns.wiring.random_normal(UNITS, pixels.shape[1], ns.randomness.stream(0, "weights"))
    filters = np.clip(np.rint(LEVELS * raw), -127, 127)
    plain = pixels @ filters.T
    scale = SPREAD / plain.std(axis=0)
    bias = MEAN - scale * plain.mean(axis=0)
    drive = bias + scale * plain
    cells = ns.ladder(ns.LIF(sigma_stat=NOISE))
    curve, step = cells["curve"].transfer, 0.05
    assert curve is not None
    slope = float((curve(drive + step).mean() - curve(drive - step).mean()) / (2 * step))
    # That of the ReLU units is quick to solve, and reads the neurons' rates as well.
    rates = settled(cells["artificial"], drive, STRENGTH / (slope * (UNITS - 1)))
    test = np.arange(TRAINED, TRAINED + TESTED)
    return {
        "digits": {str(d): pixels[test[labels[test] == d][0]].astype(int).tolist() for d in range(10)},
        "filters": base64.b64encode(filters.astype(np.int8).tobytes()).decode(),
        "scale": scale.tolist(),
        "bias": bias.tolist(),
        "slope": slope,
        "constants": constants(),
        "reader": reader(rates, labels),
    }


def constants() -> dict[str, float]:
    """What a time step of the compiled engine makes of a potential and of the inhibition."""
    cell = ns.LIF()
    return {
        "dt": DT,
        "tau_m": cell.tau_m,
        "keep": float(np.exp(-DT / cell.tau_m)),
        "tau": TAU_INHIBITION,
        "share": float(share(TAU_INHIBITION, cell, DT)),
        "fall": float(np.exp(-DT / TAU_INHIBITION)),
    }


def circuit(weight: float, bias: Array | float = 0.0) -> ns.Circuit:
    """The population whose units inhibit each other alike; its drives come as an input."""
    hidden = ns.Population("hidden", UNITS, bias=bias)
    feed = ns.Projection("feed", "drive", "hidden", np.eye(UNITS), sign=None, tau=0.0)
    lateral = [ns.lateral(hidden, weight, tau=TAU_INHIBITION)] if weight else []
    return ns.Circuit({"drive": UNITS}, [hidden], [feed, *lateral])


def settled(cell: Any, drive: Array, weight: float) -> Array:
    """Steady rates at these drives, (trials, units)."""
    lift = 50.0  # an input is not negative; the bias takes it off again
    stimulus = ns.stimulus.constant(drive + lift, "drive")
    return ns.simulate(circuit(weight, -lift), cell, stimulus, progress=False).checked_rates("hidden")


def reader(rates: Array, labels: Any) -> dict[str, Any]:
    """A linear read-out of the rates in 100 Hz, and the fraction of digits it has not seen that it reads rightly.

    Equation
        minimise sum (weights x + offset - target)^2 + |weights|^2, target 1 for the digit itself and -1 for the others
    """
    x = rates[:TRAINED] / 100.0
    target = np.where(labels[:TRAINED, None] == np.arange(10), 1.0, -1.0)
    centre, level = x.mean(axis=0), target.mean(axis=0)
    weights = np.linalg.solve((x - centre).T @ (x - centre) + np.eye(UNITS), (x - centre).T @ (target - level)).T
    weights = np.round(weights, 4)
    offset = np.round(level - weights @ centre, 4)
    read = np.argmax(rates[TRAINED:] / 100.0 @ weights.T + offset, axis=1)
    return {
        "weights": weights.tolist(),
        "offset": offset.tolist(),
        "accuracy": float(np.mean(read == labels[TRAINED:])),
    }
