"""Noiseless LIF cells on a grid of time steps, and rate units at rest, against closed forms counted in whole steps."""

import math

import numpy as np
import pytest

import neurosim as ns
from neurosim.activations import LIFCurve, ReLU, Siegert, SoftLIF

DT, TAU, T_REF = 1e-4, 20e-3, 2e-3
DRIVES = np.array([1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0])
ISI_MS = [62.8, 49.9, 34.1, 23.9, 15.8, 10.1, 6.4, 4.1]
"""Intervals in ms that Brian2 2.9.0 gave with its exact integration, dt 0.1 ms."""
WEIGHT = 1e-3


def fired(engine):
    """Cells at constant drives, each with a silent receiver."""
    cells = len(DRIVES)
    circuit = ns.Circuit(
        populations=[ns.Population("cells", cells, bias=DRIVES), ns.Population("receiver", cells)],
        projections=[ns.Projection("synapse", "cells", "receiver", WEIGHT * TAU * np.eye(cells), tau=0.0)],
    )
    schedule = ns.Schedule(duration=0.2, settle=0.0, dt=DT)
    return ns.simulate(circuit, ns.LIF(), schedule=schedule, record=("spikes", "v"), engine=engine, progress=False)


@pytest.mark.parametrize("engine", ["compiled", "brian"])
def test_intervals_latencies_and_effects_of_noiseless_spikes(engine):
    run = fired(engine)
    spikes, trace = run.spikes["cells"], run.traces["receiver"].values["v"][:, 0]
    crossing = np.ceil(TAU * np.log(DRIVES / (DRIVES - 1)) / DT)
    for unit in range(len(DRIVES)):
        steps = np.round(spikes.times[spikes.units == unit] / DT).astype(int)
        # A spike carries the time at which its step starts.
        assert steps[0] == crossing[unit] - 1
        # Refractoriness ends one step early; all intervals of a cell are equal.
        assert set(np.diff(steps)) == {crossing[unit] + round(T_REF / DT) - 1}
        assert np.diff(steps)[0] == round(ISI_MS[unit] * 1e-3 / DT)
        steps = steps[steps + 1 < len(trace)]
        jumps = trace[steps + 1, unit] - trace[steps, unit] * math.exp(-DT / TAU)
        np.testing.assert_allclose(jumps, WEIGHT, rtol=1e-12)  # sums of order 1e-3 in double precision


@pytest.mark.parametrize("duration", [0.2, 0.3])
def test_the_weakest_lasting_drive_is_that_of_a_pulse_as_long_as_the_run(duration):
    drives = 1 + 1e-6 * np.arange(0, 100)
    circuit = ns.Circuit(populations=[ns.Population("cells", len(drives), bias=drives)])
    schedule = ns.Schedule(duration=duration, settle=0.0, dt=DT)
    rates = ns.simulate(circuit, ns.LIF(), schedule=schedule, progress=False).rates["cells"][0]
    # 10 and 15 time constants: 4.5e-5 and 3e-7 above 1; the drives are 1e-6 apart.
    assert drives[rates > 0].min() == pytest.approx(1 / -math.expm1(-duration / TAU), abs=1e-6)


@pytest.mark.parametrize("phi", [ReLU(gain=45.0, threshold=0.68), LIFCurve(), Siegert(), SoftLIF()], ids=repr)
def test_a_leaky_rate_unit_settles_on_its_own_curve(phi):
    drives = np.linspace(-1.0, 3.0, 41)
    circuit = ns.Circuit(populations=[ns.Population("units", len(drives), bias=drives)])
    schedule = ns.Schedule(duration=0.4, settle=0.3, dt=DT)
    cell = ns.LeakyRate(activation=phi)
    rates = ns.simulate(circuit, cell, schedule=schedule, engine="rate", progress=False).rates["units"][0]
    # Relative tolerance 1e-5 of the integration, at rates up to 150 Hz, over some ten steps.
    np.testing.assert_allclose(rates, phi(drives), atol=1e-2)
