import json
import pickle

import pytest

from neurosim.params import DimensionError, ParameterError
from neurosim.registry import from_dict
from neurosim.schedule import Schedule

# Times are numbers here; a step of 1 s is no slip.
pytestmark = pytest.mark.filterwarnings("ignore::neurosim.magnitudes.MagnitudeWarning")


def test_default_counts_steps() -> None:
    schedule = Schedule()
    assert (schedule.steps, schedule.settle_steps) == (5000, 1000)
    # one subtraction of two doubles near 0.5
    assert schedule.window == pytest.approx(0.4, abs=1e-15)


@pytest.mark.parametrize(
    ("duration", "dt", "steps"), [(0.3, 1e-4, 3000), (1.1, 1e-3, 1100), (0.7, 1e-5, 70000), (1, 1, 1)]
)
def test_times_that_binary_cannot_hold_are_whole_multiples(duration: float, dt: float, steps: int) -> None:
    assert Schedule(duration=duration, settle=0.0, dt=dt).steps == steps


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"settle": 0.5}, r"Schedule.settle: got 0.5 s, expected less than the duration \(0.5 s\)"),
        ({"dt": 0.6}, r"Schedule.dt: got 0.6 s, expected at most the duration"),
        ({"duration": 0.50003}, r"Schedule.duration: got 0.50003 s, .* the nearest is 0.5 s"),
        ({"settle": 0.10007}, r"Schedule.settle: got 0.10007 s, .* the nearest is 0.1001 s"),
        ({"dt": 0.0}, r"Schedule.dt: got 0 s, expected > 0 s"),
        ({"duration": float("nan")}, r"Schedule.duration: got nan s"),
        ({"settle": -0.1}, r"Schedule.settle: got -0.1 s, expected >= 0 s"),
    ],
)
def test_impossible_times_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Schedule(**values)


def test_text_is_no_time() -> None:
    with pytest.raises(DimensionError, match=r"Schedule.duration: got '1 s'"):
        Schedule(duration="1 s")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("duration", "settle"),
    # 0.1 s wherever that is at most half of the run, else half of it
    [(0.5, 0.1), (0.2, 0.1), (0.3, 0.1), (60.0, 0.1), (0.1, 0.05), (0.05, 0.025), (1e-4, 0.0), (3e-4, 1e-4)],
)
def test_the_default_settling_time_follows_a_short_duration(duration: float, settle: float) -> None:
    assert Schedule(duration=duration).settle == settle
    assert Schedule().replace(duration=duration).settle == settle


def test_the_default_settling_time_is_a_whole_number_of_steps() -> None:
    assert Schedule(duration=0.3, dt=0.03).settle_steps == 3
    assert Schedule(duration=0.07, dt=0.01).settle_steps == 3


def test_a_given_settling_time_stays() -> None:
    assert Schedule(settle=0.2).replace(duration=1.0).settle == 0.2
    with pytest.raises(ParameterError, match=r"Schedule.settle: got 0.1 s, expected less than the duration"):
        Schedule(settle=0.1).replace(duration=0.05)


def test_a_default_schedule_is_the_written_one() -> None:
    assert Schedule() == Schedule(duration=0.5, settle=0.1, dt=1e-4)
    assert repr(Schedule()) == "Schedule(duration=0.5, settle=0.1, dt=0.0001)"
    assert pickle.loads(pickle.dumps(Schedule(duration=0.1))) == Schedule(duration=0.1)
    assert from_dict(Schedule(duration=0.1).as_dict()) == Schedule(duration=0.1)
    assert json.dumps(Schedule(duration=0.1).as_dict()["settle"]) == "0.05"
