"""brainpy's LIF cells with exponential Euler steps, in one compiled loop, single precision."""

import importlib

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DT, TAU
from benchmarks.works.independent import drives, silent_steps

LIBRARY, MODULE, EXACT = "brainpy", "brainpy", False


def sweep_in_brainpy(p):
    """W1."""
    bp, bm = importlib.import_module("brainpy"), importlib.import_module("brainpy.math")
    steps = whole_steps(p.duration, DT).steps
    bm.set_dt(1e3 * DT)  # its times are in ms
    silent = 1e3 * DT * (silent_steps() - 0.5)  # between two whole steps: its clock is in single precision
    cells = bp.dyn.LifRef(p.units, V_rest=0.0, V_reset=0.0, V_th=1.0, tau=1e3 * TAU, tau_ref=silent,
                          V_initializer=bp.init.Constant(0.0), method="exp_auto")  # fmt: skip
    push, counts = bm.asarray(drives(p.units), dtype=bm.float32), bm.Variable(bm.zeros(p.units))

    def step(number):
        bp.share.save(i=number, t=number * bm.get_dt(), dt=bm.get_dt())
        counts.value = counts + cells.update(push)

    @bm.jit
    def loop():
        cells.reset_state()
        counts.value = bm.zeros(p.units)
        bm.for_loop(step, bm.arange(steps))
        return counts.value

    return lambda: np.asarray(loop())[None]


WORKS = {"W1": sweep_in_brainpy}
