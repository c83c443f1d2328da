"""Questions of a moving bar: d' of groups with known means, impossible parameters, verdicts that follow the tables."""

import math

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.inhibition._bar import Bar, passing
from experiments.inhibition.direction_noise import signal_to_noise
from neurosim.lab import ask
from neurosim.params import ParameterError


def test_signal_to_noise_of_two_groups_with_known_means():
    rng = np.random.default_rng(0)
    noise, signal = rng.standard_normal((2, 4000, 3)) * np.array([2.0, 4.0])[:, None, None]
    alone, both = signal_to_noise(signal + 3.0, noise)
    # By hand 3/2 and 3/sqrt((4 + 16)/2). Means and variances of 12,000 draws: a standard error of 0.02.
    assert alone == pytest.approx(1.5, abs=0.08)
    assert both == pytest.approx(3 / math.sqrt(10), abs=0.08)
    assert math.isnan(signal_to_noise(signal, np.ones((5, 2)))[0])


def test_two_bars_at_a_time_are_the_sum_of_each():
    p, bright = Bar(), np.array([1.0, 0.5, 2.0, 1.0])
    frames = passing(p, bright, "null", 1.0, 9.5)
    # One frame of 0.02 units per place; the bar is at place k at time 1 + k.
    assert (frames > 0).sum() == 4
    assert [int(np.flatnonzero(frames[:, k])[0]) for k in range(4)] == [50, 100, 150, 200]
    assert frames.sum(axis=0) / frames[:, 0].sum() == pytest.approx(bright)
    back = passing(p, bright, "preferred", 1.0, 9.5)
    assert [int(np.flatnonzero(back[:, k])[0]) for k in range(4)] == [200, 150, 100, 50]


@pytest.mark.parametrize(
    ("question", "changes", "words"),
    [
        ("direction_selectivity", {"weights": (1.0, 5.0, 14.0)}, "increase from 0"),
        ("direction_selectivity", {"weights": (0.0, 1.0, 14.0)}, "with a 5"),
        ("direction_selectivity", {"weights": (0.0, 5.0, 10.0)}, "falls silent"),
        ("direction_noise", {"weights": (0.0, 1.0)}, "with a 5"),
        ("direction_and_speed", {"travels": (0.25, 2.0)}, "the delay of 0.5 among them"),
        ("direction_and_speed", {"travels": (0.5, 2.0)}, "after a shorter time"),
    ],
)
def test_parameters_that_cannot_be(question, changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS[f"inhibition/{question}"]).settings(**changes)


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("direction_selectivity", None, "A1-02", "definition"),
        ("direction_selectivity", None, "from_both_sides", "holds"),
        ("direction_selectivity", ("responses", "dsi", 0.5, "wiring == 'both sides'"), "from_both_sides", "fails"),
        ("direction_noise", None, "A1-05", "partly"),
        ("direction_and_speed", None, "slower_is_less", "holds"),
        ("direction_and_speed", ("speed", "dsi", 0.5, "rung == 'spiking'"), "slower_is_less", "fails"),
        ("direction_and_speed", ("speed", "dsi", 1.0, "travel == 1"), "slower_is_less", "fails"),
        ("direction_and_speed", None, "delay_sets_best_speed", "holds"),
        ("direction_and_speed", ("speed", "dsi", 1.0, "delay == 0.5"), "delay_sets_best_speed", "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"inhibition/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict
