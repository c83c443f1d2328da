"""Independent units that the compiled engine advances in blocks: every table is read and written within its bounds."""

import numpy as np

from neurosim import LIF, Circuit, Input, Population, Projection, Schedule, simulate
from neurosim.engines.compiled import run as compiled_run
from neurosim.engines.compiled.machine_code import interpreted, stepping
from neurosim.engines.compiled.run import Run
from neurosim.stimuli.stimulus import movie


def test_blocks_stay_within_their_tables_and_spike_as_brian(monkeypatch):
    # Interpreted, a place beyond a table is an IndexError; machine code would write into somebody else's memory.
    monkeypatch.setattr(compiled_run, "_BLOCK", 4)
    monkeypatch.setattr(Run, "quickest", lambda self: interpreted.interpreted(stepping, "advance"))
    weights = np.linspace(0.5, 3.0, 11)[:, None]
    feed = Projection("feed", "x", "cells", weights, sign=None, tau=0.0)
    circuit = Circuit([Input("x", 1)], [Population("cells", 11)], [feed])
    stimulus = movie(np.array([[[1.0], [0.2], [1.5]]]), 20e-3, "constant", "x")
    schedule = Schedule(duration=60e-3, settle=0.0)
    found, expected = (
        simulate(circuit, LIF(), stimulus, schedule, engine=engine, record="spikes").spikes["cells"]
        for engine in ("compiled", "brian")
    )
    assert len(found) > 10
    np.testing.assert_array_equal(found.times, expected.times)
    np.testing.assert_array_equal(found.units, expected.units)
