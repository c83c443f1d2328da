"""Spike times of one's own, and stimuli whose inputs are of different kinds."""

import copy

import numpy as np
import pytest

from neurosim.activations.relu import ReLU
from neurosim.cells.leaky_rate import LeakyRate
from neurosim.cells.lif import LIF
from neurosim.cells.unit import Unit
from neurosim.circuits.circuit import Circuit, Population, Projection
from neurosim.learning.checkpoint import fingerprint
from neurosim.params import DimensionError, ParameterError
from neurosim.schedule import Schedule
from neurosim.simulate import simulate
from neurosim.stimuli.spiketrains import SpikeTrains
from neurosim.stimuli.stimulus import Stimulus, combine, constant, counts, encode, movie, poisson, regular, spikes

SEEDS = np.random.SeedSequence(0)


def trains(stimulus, duration=0.1, dt=1e-4, name="input"):
    return encode(stimulus, duration, dt, SEEDS)[name]


def test_each_spike_falls_into_the_step_that_contains_it():
    # 0.3/1e-4 is a hair below 3000 in binary; 0.00015 lies within step 1; the last one comes after the end of the run.
    found = trains(spikes([0.3, 0.00015, 0.0, 0.40005], [0, 1, 1, 0], size=3), duration=0.4)
    assert found.steps.tolist() == [0, 1, 3000]
    assert found.units.tolist() == [1, 1, 0]
    assert (found.n_units, found.n_trials) == (3, 1)


def test_trials_and_their_choice():
    stimulus = spikes([0.01, 0.02, 0.03], [0, 0, 1], [2, 0, 2], n_trials=4)
    assert stimulus.trials == 4
    assert stimulus.select([2, 0]).repeat(2).trials == 4
    found = trains(stimulus.select([2, 0]))
    assert (found.trials.tolist(), found.steps.tolist()) == ([0, 0, 1], [100, 300, 200])
    assert len(trains(stimulus.select(1))) == 0


def test_spike_trains_go_in_as_they_came_out():
    drawn = trains(poisson(np.full((3, 4), 100.0)))
    back = trains(spikes(drawn))
    for field in ("steps", "units", "trials", "n_units", "n_trials"):
        np.testing.assert_array_equal(getattr(back, field), getattr(drawn, field))
    assert spikes(drawn).length == pytest.approx(0.1)


def test_neo_spike_trains_are_one_per_unit_and_count_from_their_start():
    neo = pytest.importorskip("neo")
    parts = [
        neo.SpikeTrain([1010.0, 1030.0], units="ms", t_start=1000, t_stop=1100),
        neo.SpikeTrain([1.0205], units="s", t_start=1.0, t_stop=1.1),
    ]
    segment = neo.Segment()
    segment.spiketrains.extend(parts)
    for given in (parts, segment):
        found = trains(spikes(given))
        assert (found.steps.tolist(), found.units.tolist()) == ([100, 205, 300], [0, 1, 0])
        assert spikes(given).length == pytest.approx(0.1)


def test_every_rung_sees_them():
    stimulus = spikes([0.02, 0.03, 0.07], [0, 0, 0], input="x")
    circuit = Circuit({"x": 1}, [Population("p", 1)], [Projection("f", "x", "p", [[0.05]], tau=0.0)])
    schedule = Schedule(duration=0.1, settle=0.025)
    # Two spikes in 75 ms of counting, each a drive of 0.05 s times the rate.
    drive = 2 / 0.075 * 0.05
    static = simulate(circuit, Unit(activation=ReLU()), stimulus, schedule)
    assert static.rates["p"][0, 0] == pytest.approx(drive)
    fast = simulate(circuit, LeakyRate(tau=1e-3, activation=ReLU()), stimulus, schedule)
    assert fast.rates["p"][0, 0] == pytest.approx(drive, rel=1e-2)
    # 0.05/20 ms lifts v by 2.5 thresholds: each spike fires the cell in the next step.
    spiking = simulate(circuit, LIF(), stimulus, schedule, record=["spikes"])
    np.testing.assert_allclose(spiking.spikes["p"].times, [0.0201, 0.0301, 0.0701])


def test_a_mixed_stimulus_tells_its_kinds_and_survives_a_copy():
    parts = [
        constant([[1.0]] * 2, "a"), poisson([[20.0, 30.0]] * 2, "b"), counts([[1e4]] * 2, "c"),
        spikes([0.01], [0], [1], input="d"), movie(np.ones((2, 3, 1)), 0.1, "constant", "e"),
    ]  # fmt: skip
    both = combine(*parts)
    for stimulus in (both, copy.deepcopy(both), both.select(slice(None))):
        kinds = [stimulus.kind(name) for name in "abcde"]
        assert kinds == ["constant", "poisson", "counts", "spikes", "constant"]
        assert [stimulus.frames_of(name) for name in "abcde"] == [1, 1, 1, 1, 3]
        assert stimulus.length == pytest.approx(0.3)
    assert repr(both) == (
        "Stimulus(2 trials; a: 1 units (constant), b: 2 units (poisson), c: 1 units (counts), "
        "e: 1 units (constant x 3 frames of 0.1 s), d: 1 units (spikes))"
    )
    assert "poisson" in both._repr_html_()
    assert combine(constant([[1.0]], "a"), constant([[2.0]], "b")).encoding == "constant"


def test_a_checkpoint_tells_spike_times_apart_that_have_the_same_rates():
    early, late = (fingerprint({}, spikes([time], [0], duration=0.1)) for time in (0.01, 0.02))
    assert early["stimulus"] != late["stimulus"]
    assert early == fingerprint({}, spikes([0.01], [0], duration=0.1))


ONE = constant([[1.0]], "a")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: spikes([0.1]), "got times without units"),
        (lambda: spikes([0.1, 0.2], [0]), "expected one of each per spike"),
        (lambda: spikes([-0.1], [0]), "got -0.1 s, expected times >= 0 s"),
        (lambda: spikes([0.2], [0], duration=0.2), "expected times before the duration of 0.2 s"),
        (lambda: spikes([np.nan], [0]), "expected finite numbers"),
        (lambda: spikes(np.ma.masked_array([0.1], [True]), [0]), "masked"),
        (lambda: spikes([], []), "got no spikes and no size"),
        (lambda: spikes([0.1], [3], size=2), "units: got 3, expected 0 to 1"),
        (lambda: spikes([0.1], [0], [5], n_trials=2), "trials: got 5, expected 0 to 1"),
        (lambda: spikes([0.1], [0.5]), "expected whole numbers"),
        (lambda: spikes(SpikeTrains([], [], [], 1e-4, 10, 1, 1), [0]), "got units beside"),
        (lambda: trains(spikes([0.01001, 0.01009], [2, 2])), "unit 2 has two spikes in the step of 0.0001 s at 0.01 s"),
        (lambda: trains(spikes([0.01], [0], duration=0.05)), "at most 0.05 s, the length of the given spikes"),
        (lambda: combine(), "got no stimulus"),
        (lambda: combine(ONE, ONE), "the input 'a' is in 2 stimuli"),
        (lambda: combine(ONE, regular([[1.0], [2.0]], "b")), "expected the same trials in all"),
        (lambda: combine(ONE, [[1.0]]), "expected stimuli such as"),
        (lambda: Stimulus({"a": [[1.0]]}, {"b": "poisson"}), "no input"),  # type: ignore[dict-item]
        (lambda: Stimulus({"a": [[1.0]]}, "spikes"), "has no spike times"),  # type: ignore[dict-item]
    ],
)
def test_what_cannot_be_is_one_clear_sentence(build, message):
    with pytest.raises((ParameterError, DimensionError), match=message) as error:
        build()
    assert "\n" not in str(error.value)
