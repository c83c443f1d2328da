"""Constant inputs and their movies through synapses and delays: the master equation in closed form on every engine."""

import numpy as np
import pytest
from spiking_circuits import assert_equal

from neurosim.activations.relu import ReLU
from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.conductance_lif import ConductanceLIF
from neurosim.cells.homeostatic_lif import HomeostaticLIF
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.cells.perfect_if import PerfectIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.engines.brian import Brian
from neurosim.engines.compiled import Compiled
from neurosim.inhibition import one_sided
from neurosim.metrics import direction_selectivity_index
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant, movie

SCHEDULE = Schedule(duration=0.1, settle=0.0)
STEP_UP = movie([[[0.0], [2.0]]], 0.05, "constant", "x")
TIMES = np.arange(SCHEDULE.steps) * SCHEDULE.dt


def feed(tau, delay, size=1, **options):
    return Circuit(
        {"x": size},
        [Population("p", size)],
        [Projection("f", "x", "p", np.eye(size), tau=tau, delay=delay, **{"sign": None} | options)],
    )


def filtered(begin, tau, times=TIMES):
    """A unit step at `begin` through an exponential of area 1."""
    since = np.maximum(0.0, times - begin)
    return np.where(times >= begin - 1e-9, 1.0 if tau == 0 else -np.expm1(-since / (tau or 1.0)), 0.0)


@pytest.mark.parametrize("cell", [LIF(), LeakyRate(tau=1e-3, activation=ReLU())])
@pytest.mark.parametrize(
    ("delay", "tau", "at_60_ms"), [(0.02, 0.0, 0.0), (0.0, 0.03, 0.5669), (10.0, 0.0, 0.0), (0.005, 0.03, 0.3070)]
)
def test_the_drive_of_a_current_that_is_switched_on(cell, delay, tau, at_60_ms):
    drive = simulate(feed(tau, delay), cell, STEP_UP, SCHEDULE, record=["drive"]).traces["p"].values["drive"]
    assert drive[600, 0, 0] == pytest.approx(at_60_ms, abs=1e-4)
    np.testing.assert_allclose(drive[:, 0, 0], 2 * filtered(0.05 + delay, tau), rtol=0, atol=1e-12)


def rate_of(tau, delay, tau_r):
    """A rate unit of gain 1 behind a constant input of 1: two exponentials one behind the other."""
    s = np.maximum(0.0, TIMES - delay)
    return 1 - (tau_r * np.exp(-s / tau_r) - tau * np.exp(-s / tau)) / (tau_r - tau)


@pytest.mark.parametrize("delay", [0.0, 7e-3])
def test_a_rate_unit_behind_a_synapse_follows_two_exponentials(delay):
    cell, tau_r, tau = LeakyRate(tau=10e-3, activation=ReLU()), 10e-3, 5e-3
    stimulus = constant([[1.0]], "x")
    run = simulate(feed(tau, delay), cell, stimulus, SCHEDULE, record=["rate"])
    exact = rate_of(tau, delay, tau_r)
    # Heun: (dt/tau)^2/6 = 1.7e-5 of the fastest change, and a step of the synapse that is half as slow: 4 times that.
    np.testing.assert_allclose(run.traces["p"].values["rate"][:, 0, 0], exact, rtol=0, atol=1e-4)
    mean = simulate(feed(tau, delay), cell, stimulus, SCHEDULE).rates["p"][0, 0]
    s, end = SCHEDULE.duration - delay, SCHEDULE.duration
    integral = s - (tau_r**2 * -np.expm1(-s / tau_r) - tau**2 * -np.expm1(-s / tau)) / (tau_r - tau)
    # The adaptive run averages 201 samples by trapezoids; steps average the starts of steps, half a step early.
    assert mean == pytest.approx(integral / end, abs=1e-3)


CELLS = [LIF(), LIF(t_ref=0.0), AdaptiveLIF(), PerfectIF(), HomeostaticLIF()]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("tau", "delay"), [(5e-3, 0.0), (20e-3, 7e-3), (0.0, 12e-3)])
def test_both_spiking_engines_are_equal_in_every_bit(cell, tau, delay):
    rng = np.random.default_rng(1)
    projections = [
        Projection("a", "x", "p", rng.uniform(0, 1, (6, 4)), tau=tau, delay=delay),
        Projection("b", "x", "p", rng.normal(0, 0.5, (6, 4)), sign=None, tau=3e-3),
        Projection("c", "p", "p", rng.uniform(0, 2e-3, (6, 6)), sign=-1, tau=tau),
    ]
    circuit = Circuit({"x": 4}, [Population("p", 6, bias=0.9)], projections)
    # The second frame begins within a step, at 20.05 ms: the first step that shows it is the one at 20.1 ms.
    film = movie(rng.uniform(0, 2, (3, 5, 4)), 20.05e-3, "constant", "x")
    assert assert_equal(circuit, cell, film, SCHEDULE) > 20
    assert assert_equal(circuit, cell, constant(film.rates["x"][:, 0], "x"), SCHEDULE) > 20


@pytest.mark.parametrize("engine", [Compiled(), Brian(target="numpy")])
def test_a_frame_is_shown_from_the_first_step_that_is_not_before_it(engine):
    film = movie([[[0.0], [1.0]]], 5.05e-3, "constant", "x")
    run = simulate(feed(0.0, 0.0), LIF(), film, Schedule(duration=0.01, settle=0.0), engine=engine, record=["v"])
    # v moves in the step that begins at 5.1 ms and shows it at the beginning of the next one.
    assert np.flatnonzero(run.traces["p"].values["v"][:, 0, 0])[0] == 52


@pytest.mark.parametrize("sign", [1, -1])
def test_conductances_open_as_the_synapse_has_it(sign):
    cell = ConductanceLIF(t_ref=0.0)
    circuit = feed(8e-3, 10e-3, sign=sign)
    engine = Brian(target="numpy")
    run = simulate(circuit, cell, constant([[0.5]], "x"), SCHEDULE, engine=engine, record=["g_exc", "g_inh"])
    own, other = ("g_exc", "g_inh") if sign > 0 else ("g_inh", "g_exc")
    scale = cell.E_exc - 1 if sign > 0 else 1 - cell.E_inh
    values = run.traces["p"].values
    np.testing.assert_allclose(values[own][:, 0, 0], 0.5 * filtered(10e-3, 8e-3) / scale, rtol=0, atol=1e-12)
    assert not values[other].any()


def test_one_sided_inhibition_that_comes_late_tells_directions_apart_in_a_current_too():
    n, frame = 8, 10e-3
    units, eyes = Population("p", n), Input("x", n)
    late = one_sided(units, 1.0, source=eyes, tau=0.0, delay=frame)
    circuit = Circuit([eyes], [units], [Projection("f", "x", "p", np.eye(n), tau=0.0), late])
    forth = np.eye(n)[None]
    schedule, cell = Schedule(duration=n * frame, settle=0.0), LeakyRate(tau=1e-3, activation=ReLU(gain=50.0))
    against, along = (
        simulate(circuit, cell, movie(shown, frame, "constant", "x"), schedule).rates["p"].sum()
        for shown in (forth[:, ::-1], forth)
    )
    # Along, every unit but the first is inhibited as strongly as it is driven in its own frame: one of eight is left.
    assert direction_selectivity_index(against, along) == pytest.approx((8 - 1) / (8 + 1), abs=0.02)
