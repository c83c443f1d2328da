"""Brian2, written by hand."""

import contextlib
import warnings

import numpy as np

from benchmarks.engines import whole_steps
from benchmarks.parameters import DELAY, DT, T_REF, TAU
from benchmarks.works.independent import drives
from benchmarks.works.recurrent import by_source, recurrent_network, source_spikes

LIBRARY, MODULE, EXACT = "Brian2", "brian2", True


@contextlib.contextmanager
def brian_code(p):
    """Brian2 (by its one door) with the code generation that was asked for; its preference comes back afterwards."""
    from neurosim.engines.brian.engine import load_brian2

    b = load_brian2()
    before = b.prefs["codegen.target"]
    b.prefs["codegen.target"] = "cython" if p.compile_peers else "numpy"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield b
    finally:
        b.prefs["codegen.target"] = before


def brian_cells(b, units, drive):
    """Names of objects are fixed, so that compiled code is found again."""
    cells = b.NeuronGroup(
        units, "dv/dt = (I - v)/tau : 1 (unless refractory)\nI : 1 (constant)", threshold="v > 1", reset="v = 0",
        refractory=T_REF * b.second, method="exact", dt=DT * b.second, namespace={"tau": TAU * b.second},
        name="speed_cells",
    )  # fmt: skip
    cells.I = drive
    return cells


def sweep_in_brian(p):
    def run():
        with brian_code(p) as b:
            cells = brian_cells(b, p.units, drives(p.units))
            monitor = b.SpikeMonitor(cells, name="speed_spikes")
            b.Network(cells, monitor).run(whole_steps(p.duration, DT).duration * b.second, namespace={})
            return np.array(monitor.count[:])[None]

    return run


def recurrent_in_brian(p):
    circuit, stimulus, schedule = recurrent_network(p)
    trains = source_spikes(p, circuit, stimulus, schedule)
    matrices = {name: by_source(circuit.projection(name).weights) for name in ("outside", "recurrent")}

    def run():
        with brian_code(p) as b:
            cells = brian_cells(b, p.network, 0.0)
            times = trains.times * b.second
            sources = b.SpikeGeneratorGroup(
                trains.n_units, trains.units, times, dt=DT * b.second, sorted=True, name="speed_sources"
            )
            network = b.Network(cells, sources)
            for name, pre in (("outside", sources), ("recurrent", cells)):
                start, target, jump = matrices[name]
                synapses = b.Synapses(
                    pre, cells, "w : 1 (constant)", on_pre="v_post += w", dt=DT * b.second, name=f"speed_{name}",
                    delay=(DELAY if name == "recurrent" else 0.0) * b.second, namespace={},
                )  # fmt: skip
                synapses.connect(i=np.repeat(np.arange(len(start) - 1), np.diff(start)), j=target)
                synapses.w = jump
                network.add(synapses)
            monitor = b.SpikeMonitor(cells, name="speed_spikes")
            network.add(monitor)
            network.run(schedule.duration * b.second, namespace={})
            return np.array(monitor.count[:])[None]

    return run


WORKS = {"W1": sweep_in_brian, "W2": recurrent_in_brian}
