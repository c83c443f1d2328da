"""One physical scenario on every engine: the same circuit, the same stimuli, the same draws."""

import numpy as np
import pytest

import neurosim.engines as engines
from neurosim.activations.siegert import Siegert
from neurosim.cells.lif import LIF
from neurosim.circuits.circuit import Circuit, Input, Population, Projection
from neurosim.contracts import check_component
from neurosim.inhibition import lateral
from neurosim.ladder import ladder
from neurosim.metrics import correlation, rmse, treves_rolls
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.stimulus import constant, poisson, regular

CELL = LIF()
SCHEDULE = Schedule(duration=1.2, settle=0.2)
# A single spike is no rate: tests/unit/test_timed.py compares its engine with others.
ENGINES = {name: kind for name, kind in engines.known().items() if not kind.one_spike}
LEVELS = {"static": "curve", "rate": "rate", "spiking": "spiking"}


def scenario(strength):
    rng = np.random.default_rng(7)
    population = Population("hidden", 40, bias=0.3)
    weights = rng.uniform(0, 0.004, (40, 20))
    feed = Projection("ff", "x", "hidden", weights)
    rates = rng.uniform(0, 60, (6, 20))
    return Circuit([Input("x", 20)], [population], [feed, lateral(population, strength)]), rates


def counting_error():
    """Hz: a count of a regular train in a window of length T is off by less than one spike, in the mean square 1/6."""
    return 1.2 / (SCHEDULE.window * np.sqrt(6))  # 20 % for the step of t_ref (one dt) and the sampling of 240 units


def fluctuation_bound(rates, strength):
    """Hz: what Poisson spikes of the neighbours would do to the rates, by Siegert's formula.

    Their shot noise has the variance w^2 sum(r)/(2 tau_s), of which the membrane keeps tau_s/(tau_s + tau_m). The real
    neighbours fire regularly and so shake the drive less: this is an upper bound.
    """
    if strength == 0:
        return 0.0
    tau_s = 5e-3
    shot = strength**2 * (rates.sum(axis=1, keepdims=True) - rates) / (2 * tau_s)
    sigma = np.sqrt(shot.mean() * tau_s / (tau_s + CELL.tau_m))
    drives = CELL.transfer.inverse(np.maximum(rates, 1e-3))
    return rmse(Siegert(sigma_stat=float(sigma))(drives), rates)


@pytest.mark.parametrize("name", sorted(ENGINES))
@pytest.mark.parametrize("strength", [0.0, 4e-4])
def test_every_engine_agrees_with_the_static_curve(name, strength):
    circuit, rates = scenario(strength)
    rungs = ladder(CELL)
    engine = ENGINES[name]
    stimulus = constant(rates, input="x")
    reference = simulate(circuit, rungs["curve"], stimulus).checked_rates("hidden")
    recording = simulate(circuit, rungs[LEVELS[engine.level]], stimulus, SCHEDULE, engine=name)
    found = recording.checked_rates("hidden")
    assert recording.level == engine.level
    assert found.shape == reference.shape
    if engine.level == "spiking":
        assert rmse(found, reference) < counting_error() + fluctuation_bound(reference, strength)
        # Both errors are small against the spread of the rates over units (about 14 Hz).
        assert correlation(found.ravel(), reference.ravel()) > 0.99
        # A unit off by the error above moves the ratio by about 2 * rmse / (rate spread * sqrt(40 units)) = 0.02.
        gap = np.abs(treves_rolls(found) - treves_rolls(reference))
        assert gap.max() < 0.05
    else:
        # The rate has relaxed for ten time constants before it is counted: exp(-10) = 5e-5 of the way is left.
        np.testing.assert_allclose(found, reference, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("encode", [poisson, regular])
def test_every_engine_sees_the_same_input_spikes(encode):
    circuit, rates = scenario(0.0)
    rungs = ladder(CELL)
    drives = {}
    for engine in ENGINES.values():
        cell = rungs[LEVELS[engine.level]]
        recording = simulate(circuit, cell, encode(rates, input="x"), SCHEDULE, seed=3, engine=engine.name)
        drives[engine.name] = recording.drive["hidden"]
    reference = drives.pop("static")
    for drive in drives.values():
        np.testing.assert_allclose(drive, reference, rtol=1e-12)
    ideal = rates @ circuit.projection("ff").weights.T + 0.3
    assert np.abs(reference - ideal).max() > 0 or encode is regular
    # 20 inputs of 30 Hz for 1 s: relative counting error of the drive about 1/sqrt(600) = 4 %; 5 of them.
    assert np.abs(reference - ideal).max() < 0.2 * ideal.max()


@pytest.mark.parametrize("name", sorted(engines.known()))
def test_it_keeps_the_contract_of_its_family(name):
    assert len(check_component(engines.known()[name])) >= 25
