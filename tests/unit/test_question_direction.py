"""Questions of a moving bar: d' of groups with known means, impossible parameters, verdicts that follow the tables."""

import math

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.inhibition.direction_noise import d_prime, pooled
from neurosim.lab import ask
from neurosim.params import ParameterError


def test_d_prime_of_two_groups_with_known_means():
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((2, 4000, 3)) * 2.0
    responses[0] += 3.0
    found, low, high = d_prime(responses)
    # Two means and two variances of 12,000 draws: a standard error of 0.02.
    assert found == pytest.approx(1.5, abs=0.08)
    assert low < 1.5 < high
    assert math.isnan(d_prime(np.ones((2, 5, 2)))[0])


def test_sets_of_bars_are_pooled_by_their_trials():
    one = replicates("inhibition/direction_noise", seeds=1)
    four = replicates("inhibition/direction_noise", seeds=4)
    first, all_of_them = (pooled(t, "spiking", "rectified", 5.0) for t in (one, four))
    assert all_of_them.value == pytest.approx(first.value, rel=1e-12)
    assert all_of_them.high - all_of_them.low == pytest.approx((first.high - first.low) / 2, rel=1e-12)


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
        ("direction_selectivity", None, "A1-02", "supported"),
        ("direction_selectivity", ("responses", "dsi", 0.5, "wiring == 'both sides'"), "A1-02", "partly"),
        ("direction_selectivity", ("responses", "dsi", 0.05, "wiring == 'one side'"), "A1-02", "partly"),
        ("direction_selectivity", None, "A1-03", "supported"),
        ("direction_selectivity", ("responses", "null", 1.0), "A1-03", "not supported"),
        ("direction_selectivity", ("responses", "null", 1.0, "rung == 'spiking'"), "A1-03", "partly"),
        ("direction_selectivity", ("responses", "preferred", 0.4, "weight == 14"), "A1-03", "not supported"),
        ("direction_noise", None, "A1-05", "partly"),
        ("direction_noise", ("discrimination", "d_prime", 0.0), "A1-05", "not supported"),
        ("direction_noise", ("discrimination", "d_prime", 3.0, "cell == 'linear' & weight == 5"), "A1-05", "supported"),
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
