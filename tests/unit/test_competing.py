"""Spiking cells whose drives compete: step by step against a loop of its own, and what is refused."""

import numpy as np
import pytest

import neurosim as ns
from neurosim import activations, cells
from neurosim.cells.competing import Competing
from neurosim.engines.brian import Brian
from neurosim.params import DimensionError, ParameterError
from neurosim.plasticity import STDP, Hebb
from neurosim.registry import from_dict
from neurosim.simulate import RefusedError, prepare

N = 5
WEIGHTS = 4e-3 * np.random.default_rng(3).uniform(0.2, 1.0, (N, 8))
BIAS = np.linspace(0.9, 1.3, N)
RATES = ns.Stimulus({"x": [[40.0] * 8, [80.0] * 8]}, encoding="regular")
SCHEDULE = ns.Schedule(duration=0.2, settle=0.0)
SIX = activations.KWTA(k=6)
WINNERS = Competing(cell=ns.LIF(), competition=activations.KWTA(k=2))


def circuit(tau=5e-3, rule=None):
    return ns.Circuit(
        [ns.Input("x", 8)], [ns.Population("units", N, bias=BIAS)],
        [ns.Projection("feed", "x", "units", WEIGHTS, tau=tau, rule=rule)],
    )  # fmt: skip


def two_winners(received):
    """The two largest of the units keep their drive."""
    left = np.zeros_like(received)
    for trial, row in enumerate(received):
        for unit in sorted(range(N), key=lambda u: -row[u])[:2]:
            left[trial, unit] = max(0.0, row[unit])
    return left


def by_hand(arrivals):
    """Received drive, drive and v of LIF cells, (steps, trials, units), from spikes (steps, trials, inputs)."""
    dt, tau_m, tau, quiet = SCHEDULE.dt, 20e-3, 5e-3, 20
    v, current, free = np.zeros((2, N)), np.zeros((2, N)), np.zeros((2, N), dtype=int)
    traces = []
    for step, spikes in enumerate(arrivals):
        received = BIAS + current
        drive = two_winners(received)
        traces.append((received, drive, v.copy()))
        v = np.where(step >= free, drive + (v - drive) * np.exp(-dt / tau_m), v)
        current = current * np.exp(-dt / tau)
        fired = (v > 1) & (step >= free)
        current = current + spikes @ WEIGHTS.T / tau
        v[fired] = 0.0
        free[fired] = step + quiet
    return [np.array(trace) for trace in zip(*traces, strict=True)]


def test_every_step_is_the_competition_of_what_arrived_and_then_the_cell():
    names = ("spikes", "received", "drive", "v")
    result = ns.simulate(circuit(), WINNERS, RATES, SCHEDULE, record=names, seed=2)
    trains = prepare(circuit(), WINNERS, RATES, SCHEDULE, seed=2).input_spikes()["x"]
    arrivals = np.zeros((SCHEDULE.steps, 2, 8))
    np.add.at(arrivals, (trains.steps, trains.trials, trains.units), 1.0)
    received, drive, v = by_hand(arrivals)
    found = result.traces["units"].values
    np.testing.assert_allclose(found["received"], received, rtol=1e-12)
    np.testing.assert_allclose(found["drive"], drive, rtol=1e-12)
    np.testing.assert_allclose(found["v"], v, atol=1e-12)
    assert result.rates["units"].max() > 20


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Competing(cell=cells.ConductanceLIF()), "got ConductanceLIF, which tells excitation from inhibition"),
        (lambda: Competing(competition=activations.ReLU()), "got ReLU, which acts on single units, expected an activ"),
        (lambda: Competing(cell="LIF"), "Competing.cell: got 'LIF', expected a Cell"),
        (lambda: Competing(cell=ns.Unit()), "Competing.cell: got Unit, expected a spiking cell such as LIF"),
        (lambda: Competing(cell=WINNERS), "Competing.cell: got Competing, expected a spiking cell such as LIF"),
        (lambda: ns.measure_transfer(WINNERS, [1.0, 2.0]), "whose units hear each other, expected a cell with a curve"),
        (lambda: activations.Composition(inner=activations.ReLU()), r"Composition.inner: got ReLU, which acts on sing"),
        (lambda: activations.Composition(outer=activations.KWTA()), r"Composition.outer: got KWTA, which acts on a po"),
        (lambda: ns.convert(circuit(), ns.Unit(), WINNERS, RATES), "expected a spiking cell such as LIF"),
        (
            lambda: ns.simulate(circuit(), Competing(competition=SIX), RATES),
            "KWTA has 6 winners",
        ),
        (lambda: ns.simulate(circuit(), Competing(cell=cells.ExpIF(), competition=SIX), RATES), "KWTA has 6 winners"),
    ],
)
def test_what_cannot_compete_is_refused(make, message):
    with pytest.raises((ParameterError, DimensionError), match=message):
        make()


@pytest.mark.parametrize(
    ("options", "tau", "message"),
    [
        ({"engine": "compiled"}, 5e-3, "compiled: the drives of 'units' compete, which it cannot do"),
        ({}, 0.0, "an instantaneous synapse moves v past the competition of 'units'; take tau > 0"),
        ({"engine": Brian(target="standalone")}, 5e-3, "standalone"),
        ({"record": "receivd"}, 5e-3, "did you mean 'received'"),
    ],
)
def test_an_engine_that_cannot_run_it_says_so(options, tau, message):
    with pytest.raises((RefusedError, ParameterError), match=message):
        ns.simulate(circuit(tau), WINNERS, RATES, SCHEDULE, **options)


def test_it_stands_in_the_provenance_and_goes_through_a_file():
    given = ns.simulate(circuit(), WINNERS, RATES, SCHEDULE).provenance["cells"]["units"]
    assert from_dict(given) == WINNERS


@pytest.mark.parametrize("rule", [STDP(), Hebb(learning_rate=1e-6)])
def test_losers_do_not_learn(rule):
    made = ns.Circuit(
        [ns.Input("x", 8)], [ns.Population("units", N, bias=BIAS)],
        [ns.Projection("feed", "x", "units", np.full((N, 8), 1e-3), rule=rule)],
    )  # fmt: skip
    learning = ns.learn(made, Competing(competition=activations.KWTA(k=2)), RATES, SCHEDULE, batch=1, progress=False)
    change = np.abs(learning.circuit.projection("feed").weights - 1e-3).sum(axis=1)
    # The inputs are the same for all units, so those with the largest biases win. STDP weakens at every input's spike
    # that follows an output's, and only winners have any.
    assert (change[:3] == 0).all()
    assert (change[3:] > 0).all()


def test_a_movie_shows_its_frame_before_the_drives_compete():
    frames = np.zeros((1, 2, N))
    frames[0, 0, :2], frames[0, 1, 3:] = 1.0, 1.0
    made = ns.Circuit(
        [ns.Input("x", N)], [ns.Population("units", N)], [ns.Projection("feed", "x", "units", 2 * np.eye(N), tau=0.0)]
    )
    movie = ns.Stimulus({"x": frames}, frame=0.1)
    drive = ns.simulate(made, WINNERS, movie, SCHEDULE, record="drive").traces["units"].values["drive"][:, 0]
    np.testing.assert_array_equal(drive[:1000], np.tile([2.0, 2.0, 0, 0, 0], (1000, 1)))
    np.testing.assert_array_equal(drive[1000:], np.tile([0, 0, 0, 2.0, 2.0], (1000, 1)))


def test_a_cell_without_closed_form_competes_on_the_ladder_too():
    rungs = ns.ladder(
        Competing(cell=cells.ExpIF(), competition=activations.KWTA(k=2)), [0.5, 1.2, 2.0, 3.0],
        schedule=ns.Schedule(duration=0.2, settle=0.1),
    )  # fmt: skip
    drive = np.array([2.0, 0.5, 3.0, 1.9])
    assert ((rungs["curve"].transfer(drive) > 0) == [True, False, True, False]).all()
    assert Competing(cell=cells.ExpIF()).transfer is None
