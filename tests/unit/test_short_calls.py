"""The short way: times in place of a schedule, vectors that are one trial."""

import numpy as np
import pytest

import neurosim as ns
from neurosim.params import ParameterError


def circuit(rule=None):
    feed = ns.Projection("feed", "x", "p", np.array([[0.02, 0.01]]), rule=rule)
    return ns.Circuit({"x": 2}, [ns.Population("p", 1)], [feed])


STIMULUS = ns.stimulus.constant([60.0, 30.0], "x")
CALLS = {
    "simulate": lambda **times: ns.simulate(circuit(), ns.LIF(), STIMULUS, **times).rates["p"],
    "sweep": lambda **times: ns.sweep(circuit(), ns.LeakyRate(), [STIMULUS], **times)[0].rates["p"],
    "measure_transfer": lambda **times: ns.measure_transfer(ns.LIF(), [1.5], **times),
    "learn": lambda **times: (
        ns.learn(circuit(ns.plasticity.Oja(learning_rate=1e-6)), ns.LIF(), STIMULUS, progress=False, **times)
        .circuit.projection("feed")
        .dense()
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_times_stand_for_a_schedule(name):
    given = ns.Schedule(duration=0.2, settle=0.05, dt=2e-4)
    assert np.array_equal(CALLS[name](duration=0.2, settle=0.05, dt=2e-4), CALLS[name](schedule=given))
    assert np.array_equal(CALLS[name](duration=0.08), CALLS[name](schedule=ns.Schedule(duration=0.08, settle=0.04)))


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("time", ["duration", "settle", "dt"])
def test_a_schedule_and_a_time_are_one_too_many(name, time):
    message = rf"{name}: got a schedule and {time} = 0.2, expected one of the two .schedule.replace\({time}=0.2\)"
    with pytest.raises(ParameterError, match=message):
        CALLS[name](schedule=ns.Schedule(), **{time: 0.2})


def test_a_wrong_time_is_named():
    with pytest.raises(ParameterError, match=r"Schedule.duration: got -1 s, expected > 0 s"):
        CALLS["simulate"](duration=-1.0)
    with pytest.raises(TypeError, match=r"simulate: schedule: got 0.3, expected a Schedule, or duration=0.5"):
        CALLS["simulate"](schedule=0.3)


def test_a_run_of_fifty_milliseconds_counts_its_second_half():
    run = ns.simulate(ns.Circuit(populations=[ns.Population("p", 1, bias=1.5)]), ns.LIF(), duration=0.05)
    # 21.97 ms + 2 ms from spike to spike on the grid: spikes at 21.9 and 45.8 ms, of which one is after 25 ms
    assert run.rates["p"].tolist() == [[pytest.approx(1 / 0.025)]]


@pytest.mark.parametrize("encoding", ["constant", "poisson", "regular", "counts"])
def test_a_vector_is_one_trial(encoding):
    make = getattr(ns.stimulus, encoding)
    assert make([20.0] * 40).rates["input"].shape == (1, 40)
    both = make({"a": [20.0, 30.0], "b": [[5.0]]})
    assert (both.trials, both.rates["a"].tolist(), both.rates["b"].tolist()) == (1, [[20.0, 30.0]], [[5.0]])
    with pytest.raises(
        ParameterError, match=r"got shape \(\), expected \(trials, units\), or \(units,\) for one trial"
    ):
        make(20.0)


def test_a_movie_of_frames_and_units_is_one_trial():
    frames = np.arange(6.0).reshape(3, 2)
    film = ns.stimulus.movie(frames, 0.1)
    assert (film.trials, film.frames, film.sizes) == (1, 3, {"input": 2})
    assert np.array_equal(film.rates["input"][0], frames)
    with pytest.raises(ParameterError, match=r"expected \(trials, frames, units\), or \(frames, units\) for one trial"):
        ns.stimulus.movie([1.0, 2.0], 0.1)
