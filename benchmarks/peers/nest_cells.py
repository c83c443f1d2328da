"""NEST's LIF cells with delta synapses and a constant current."""

import importlib

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DT, TAU
from benchmarks.works.independent import drives, silent_steps

LIBRARY, MODULE, EXACT = "NEST", "nest", True


def sweep_in_nest(p):
    """W1; making and connecting the cells is part of a call, as it is for the others."""
    nest = importlib.import_module("nest")
    nest.set_verbosity("M_ERROR")
    # It holds a cell for so many whole steps after that of the spike.
    silent = 1e3 * DT * (silent_steps() - 1)
    # V' = -V/tau + I/C: a current of drive * C/tau drives V to the drive.
    law = {"E_L": 0.0, "V_reset": 0.0, "V_th": 1.0, "V_m": 0.0, "tau_m": 1e3 * TAU, "t_ref": silent, "C_m": 1.0}

    def run():
        nest.ResetKernel()
        nest.resolution = 1e3 * DT
        cells = nest.Create("iaf_psc_delta", p.units, params=law)
        cells.I_e = (drives(p.units) / (1e3 * TAU)).tolist()
        recorder = nest.Create("spike_recorder")
        nest.Connect(cells, recorder)
        nest.Simulate(1e3 * DT * whole_steps(p.duration, DT).steps)
        return np.bincount(np.asarray(recorder.events["senders"]) - 1, minlength=p.units)[None]

    return run


WORKS = {"W1": sweep_in_nest}
