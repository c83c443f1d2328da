"""The cell whose threshold rises with its spikes: intervals in closed form, on both engines."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.cells.homeostatic_lif import HomeostaticLIF


@pytest.mark.parametrize("engine", ["brian", "compiled"])
def test_intervals_grow_as_the_threshold_rises(engine):
    cell = HomeostaticLIF(theta_plus=0.1, tau_theta=1e6, t_ref=5e-3, v_reset=0.25)
    circuit = ns.Circuit(populations=[ns.Population("y", 1, bias=2.0)])
    schedule = ns.Schedule(duration=0.4, settle=0.0)
    run = ns.simulate(
        circuit, cell, schedule=schedule, record=("spikes",), engine=engine, learned={"y": {"theta": 0.2}}
    )
    times = run.spikes["y"].times
    # Eight spikes lift the threshold from 1.2 to 2.0, which the drive does not reach.
    thresholds = 1.2 + 0.1 * np.arange(len(times))
    start = np.r_[0.0, np.full(len(times) - 1, 0.25)]
    climbs = cell.tau_m * np.log((2.0 - start) / (2.0 - thresholds))
    silence = np.r_[0.0, np.full(len(times) - 1, 5e-3)]
    intervals = np.diff(np.r_[0.0, times])
    # A spike is seen at the end of its step, and Brian2's refractoriness is one step short.
    np.testing.assert_allclose(intervals, climbs + silence, atol=1.01e-4)
    assert len(times) == 8
    # The threshold itself is forgotten with 1e6 s: 4e-7 of it in this run.
    assert run.learned["y"]["theta"] == pytest.approx(0.2 + 0.1 * len(times), rel=1e-6)


def test_it_is_a_lif_where_nothing_rises():
    circuit = ns.Circuit(populations=[ns.Population("y", 3, bias=[1.1, 1.5, 3.0])])
    still = HomeostaticLIF(theta_plus=0.0)
    runs = [ns.simulate(circuit, cell, record=("spikes",)) for cell in (still, ns.LIF())]
    np.testing.assert_array_equal(runs[0].spikes["y"].times, runs[1].spikes["y"].times)
    assert len(runs[0].spikes["y"]) > 20
    assert still.transfer(np.array([1.5])) == ns.LIF().transfer(np.array([1.5]))
    assert HomeostaticLIF().transfer is None
