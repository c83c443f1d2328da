"""Nengo's LIF cells, stepped by hand: its simulator would record every cell in every step."""

import importlib

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DT, T_REF, TAU
from benchmarks.works.independent import drives

LIBRARY, MODULE, EXACT = "Nengo", "nengo", False
OTHER = "it places spikes within a step: other spikes"


def sweep_in_nengo(p):
    """W1."""
    neurons = importlib.import_module("nengo.neurons")
    drive, steps = drives(p.units), whole_steps(p.duration, DT).steps

    def run():
        cell = neurons.LIF(tau_rc=TAU, tau_ref=T_REF)
        state = {name: np.zeros(p.units) for name in ("voltage", "refractory_time")}
        output, counts = np.zeros(p.units), np.zeros(p.units)
        for _ in range(steps):
            cell.step(DT, drive, output, **state)
            counts += output
        return np.rint(counts * DT)[None]

    return run


WORKS = {"W1": sweep_in_nengo}
