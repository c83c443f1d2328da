"""What a refractory period and a threshold become on the time grid, as docs/conventions.md says."""

import math
import warnings

import numpy as np
import pytest

from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits.circuit import Circuit, Population
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.schedule import Schedule
from neurosim.simulate import StepNote, simulate

DT, TAU = 1e-4, 20e-3
ENGINES = [Compiled(), Compiled(shortcut=False), Brian(target="numpy")]


def intervals(cell, drives, engine):
    """Steps between the first two spikes of a cell at each drive."""
    circuit = Circuit(populations=[Population("p", len(drives), bias=np.array(drives))])
    schedule = Schedule(duration=0.2, settle=0.0, dt=DT)
    spikes = simulate(circuit, cell, schedule=schedule, record=["spikes"], engine=engine).spikes["p"]
    return [int(np.diff(np.rint(spikes.times[spikes.units == k] / DT))[0]) for k in range(len(drives))]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("t_ref", "whole", "early", "late"),
    [
        (0.0, 0, 0, 1), (0.5e-4, 0, 0.5, 0.5), (1e-4, 1, 1, 0), (2e-3, 20, 1, 0), (2.05e-3, 20, 1.5, -0.5),
        (2.09e-3, 20, 1.9, -0.9),
    ],
)  # fmt: skip
def test_the_interval_follows_the_rule(engine, t_ref, whole, early, late):
    drives = [1.1, 1.5, 2.7, 9.0]
    for drive, steps in zip(drives, intervals(LIF(t_ref=t_ref), drives, engine), strict=True):
        charging = TAU * math.log(drive / (drive - 1))
        assert steps == max(whole, 1) - 1 + math.floor(charging / DT) + 1
        # In continuous time the interval is t_ref + charging: at most so many steps before and after it.
        assert -early - 1e-9 <= steps - (t_ref + charging) / DT <= late + 1e-9


@pytest.mark.parametrize("engine", ENGINES)
def test_a_perfect_cell_that_reaches_its_threshold_exactly_needs_one_step_more(engine):
    cell = PerfectIF(tau_m=2**-10, reset_mode="zero")
    circuit = Circuit(populations=[Population("p", 3, bias=[0.25, 0.24, 0.26])])
    schedule = Schedule(duration=60 * 2**-10, settle=0.0, dt=2**-10 / 2)
    run = simulate(circuit, cell, schedule=schedule, record=["spikes"], engine=engine)
    # Steps of 1/8 per drive of 1/4: eight of them make exactly 1, which is no spike; 0.24 and 0.26 need 9 and 8.
    found = [set(np.diff(np.rint(run.spikes["p"].times[run.spikes["p"].units == k] / schedule.dt))) for k in range(3)]
    assert found == [{9.0}, {9.0}, {8.0}]


def test_a_period_off_the_grid_is_told_and_one_on_it_is_not():
    circuit = Circuit(populations=[Population("p", 2)])
    with pytest.warns(StepNote, match=r"population 'p': t_ref: got 0\.00205 s, .* counts as 0\.002 s"):
        simulate(circuit, LIF(t_ref=2.05e-3), duration=0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(circuit, LIF(t_ref=0.3), duration=0.01)  # 0.3/1e-4 is no whole number in binary
