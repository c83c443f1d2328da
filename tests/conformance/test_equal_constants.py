"""A synapse or an adaptation as slow as the membrane: the exact solution is an alpha function, on every engine."""

import numpy as np
import pytest
from spiking_circuits import assert_equal

from neurosim.activations.identity import Identity
from neurosim.cells.adaptive_lif import AdaptiveLIF
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.schedule import Schedule
from neurosim.simulate import prepare, simulate
from neurosim.stimuli.stimulus import poisson, regular

WEIGHT, TAU = 1e-3, 20e-3
SCHEDULE = Schedule(duration=0.4, settle=0.0)
STIMULUS = regular([[2.5]], "x")


def one_synapse(tau):
    return Circuit({"x": 1}, [Population("p", 1)], [Projection("f", "x", "p", [[WEIGHT]], tau=tau)])


def first_spike():
    """Step of the one input spike."""
    (step,) = prepare(one_synapse(TAU), LIF(), STIMULUS, SCHEDULE).input_spikes()["x"].steps
    assert step < 3500
    return int(step)


@pytest.mark.parametrize("engine", ["compiled", "brian"])
@pytest.mark.parametrize("t_ref", [0.0, 2e-3])
def test_a_spike_through_a_synapse_as_slow_as_the_membrane_is_an_alpha_function(engine, t_ref):
    run = simulate(one_synapse(TAU), LIF(t_ref=t_ref), STIMULUS, SCHEDULE, engine=engine, record=["v"])
    # The jump of s acts after the update of its step, so time counts from the end of that step.
    t = np.maximum(0.0, (np.arange(SCHEDULE.steps) - first_spike() - 1) * SCHEDULE.dt)
    expected = WEIGHT / TAU * (t / TAU) * np.exp(-t / TAU)
    np.testing.assert_allclose(run.traces["p"].values["v"][:, 0, 0], expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7, -1e-9])
def test_the_response_comes_to_the_alpha_function_without_losing_digits(distance):
    # Difference of exponentials, its digits kept by expm1; relative distance from the alpha function: `distance`.
    tau = TAU * (1 + distance)
    run = simulate(one_synapse(tau), LIF(), STIMULUS, SCHEDULE, engine="compiled", record=["v"])
    t = np.maximum(0.0, (np.arange(SCHEDULE.steps) - first_spike() - 1) * SCHEDULE.dt)
    expected = WEIGHT / (tau - TAU) * np.exp(-t / TAU) * np.expm1(t * (tau - TAU) / (tau * TAU))
    # At a distance of 1e-3 Brian2's own form is used, whose cancellation leaves 1e-16/(1e-3 * dt/tau_m) = 2e-11.
    np.testing.assert_allclose(run.traces["p"].values["v"][:, 0, 0], expected, rtol=1e-10, atol=1e-15)


def test_a_rate_unit_as_slow_as_its_synapse_follows_the_alpha_function():
    cell = LeakyRate(tau=TAU, activation=Identity())
    run = simulate(one_synapse(TAU), cell, STIMULUS, SCHEDULE, record=["rate"])
    # Here a spike is its rate 1/dt during the whole step: its mean time is the middle of it.
    t = np.maximum(0.0, (np.arange(SCHEDULE.steps) - first_spike() - 0.5) * SCHEDULE.dt)
    expected = WEIGHT / TAU * (t / TAU) * np.exp(-t / TAU)
    # Heun on steps of 1/200 of tau: (1/200)^2/6 = 4e-6 of the peak per tau, and twice as much at the onset.
    np.testing.assert_allclose(run.traces["p"].values["rate"][:, 0, 0], expected, rtol=0, atol=2e-5 * expected.max())


CELLS = [LIF(), LIF(t_ref=0.0), AdaptiveLIF(tau_a=TAU), AdaptiveLIF(tau_a=TAU, t_ref=0.0)]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("tau", "other"), [(TAU, None), (TAU * (1 - 1e-9), 7e-3)])
def test_both_spiking_engines_are_equal_in_every_bit_there(cell, tau, other):
    rng = np.random.default_rng(0)
    projections = [Projection("f", "x", "p", rng.uniform(0, 0.01, (8, 5)), tau=tau)]
    if other is not None:
        projections.append(Projection("b", "p", "p", rng.uniform(0, 1e-3, (8, 8)), tau=other))
    circuit = Circuit({"x": 5}, [Population("p", 8, bias=1.0)], projections)
    stimulus = poisson(rng.uniform(50, 200, (2, 5)), "x")
    assert assert_equal(circuit, cell, stimulus, Schedule(duration=0.1, settle=0.0)) > 100
