"""A ring of units that excite their neighbours in orientation and inhibit all others, on several rungs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import neurosim as ns
from neurosim.params import Array, Params, param


@dataclass(frozen=True, kw_only=True)
class Rings(Params):
    """The rings of units without noise."""

    units: int = param(720, doc="units of the rings whose coupling varies", low=180)
    couplings: tuple[float, ...] = param((3.0, 4.0, 6.0, 10.0), doc="their tuned interactions J2", above=2.2, high=11)
    cells: int = param(1024, doc="neurons of the ring on three rungs", low=64)
    coupling: float = param(6.0, doc="its tuned interaction J2", above=2.2, high=11)
    pinning: float = param(0.05, doc="tuned fraction of its input", above=0, below=1)
    contrasts: tuple[float, ...] = param((1.0, 2.0, 4.0), doc="its input above threshold (threshold = 1)", above=0)
    sigma: float = param(0.2, doc="membrane noise of its neurons (threshold = 1)", low=0)
    rate_duration: float = param(0.8, unit="s", doc="length of the runs of rate units", above=0.2)


def still(p: Rings, seed: int) -> dict[str, Any]:
    """What has no noise: the ends of the active zones, and the rates of the ladder's ring by rung."""
    schedule = ns.Schedule(duration=p.rate_duration, settle=p.rate_duration - 0.1)
    zones = []
    for coupling in p.couplings:
        angle, circuit, stimulus = wired(p.units, coupling, 1e-3, (1.0,), 1.0, 0.0)
        for rung, cell in (("artificial", ns.Unit()), ("rate", ns.LeakyRate())):
            run = ns.simulate(circuit, cell, stimulus, schedule, seed=seed, progress=False)
            zones.append((coupling, rung, falls_to_zero(angle, run.drive["units"][0]), bool(run.converged.all())))
    cells = ns.ladder(ns.LIF(sigma_stat=p.sigma))
    _, circuit, stimulus = ring(p, cells)
    # The static f-I curve has the steady states of the rate rung, and is left out.
    rates = {
        rung: ns.simulate(circuit, cells[rung], stimulus, schedule, seed=seed, progress=False).rates["units"]
        for rung in ("artificial", "rate")
    }
    return {"zones": zones, "rates": rates}


def falls_to_zero(angle: Array, drive: Array) -> float:
    """Where the drive falls to 0 on the positive side, by interpolation."""
    x, y = angle[angle >= 0], drive[angle >= 0]
    k = int(np.argmax(y < 0))
    return float(x[k - 1] + (x[k] - x[k - 1]) * y[k - 1] / (y[k - 1] - y[k]))


def uniform(coupling: float) -> float:
    """An untuned inhibition at which the amplitude of the bump is stable (J2 3: 7.3, 6: 10, 10: 16, ...)."""
    return float(np.interp(coupling, [2.0, 3.0, 4.0, 6.0, 10.0, 11.0], [7.0, 7.3, 8.0, 10.0, 16.0, 17.0]))


def ring(p: Rings, cells: Mapping[str, Any]) -> tuple[Array, ns.Circuit, ns.Stimulus]:
    """The ring of the ladder, with the gain and the threshold of the line fitted to the neuron."""
    line = cells["artificial"].transfer.as_dict()
    return wired(p.cells, p.coupling, p.pinning, p.contrasts, line["gain"], line["threshold"])


def wired(
    n: int, coupling: float, pinning: float, contrasts: tuple[float, ...], gain: float, threshold: float
) -> tuple[Array, ns.Circuit, ns.Stimulus]:
    """Angles, circuit and stimulus: interactions (-J0 + J2 cos 2 theta)/n per unit of the slope, weakly tuned input."""
    theta = np.pi * (np.arange(n) - n // 2) / n
    strength = (-uniform(coupling) + coupling * np.cos(2 * (theta[:, None] - theta))) / (n * gain)
    links = [
        ns.Projection("input", "stimulus", "units", np.eye(n), sign=None, tau=0.0),
        ns.Projection("ring", "units", "units", strength, sign=None),
    ]
    circuit = ns.Circuit({"stimulus": n}, [ns.Population("units", n, bias=threshold)], links)
    shown = np.asarray(contrasts)[:, None] * (1 - pinning + pinning * np.cos(2 * theta))
    return np.degrees(theta), circuit, ns.stimulus.constant(shown, "stimulus")
