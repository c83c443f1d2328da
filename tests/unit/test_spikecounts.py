"""Poisson numbers of spikes: their law, their independence, and that no cut through a run changes them."""

import itertools

import numpy as np
import pytest
from scipy import stats

from neurosim.params import ParameterError
from neurosim.randomness import sequence
from neurosim.stimuli.spikecounts import SpikeCounts
from neurosim.stimuli.stimulus import counts, draw_counts, encode, movie, poisson

DT = 1e-4


def stream(stimulus, duration=0.1, memory=0, seed=0) -> SpikeCounts:
    return draw_counts(stimulus, duration, DT, sequence(seed, "stimulus"), memory)["input"]


def everything(stimulus, duration=0.1) -> np.ndarray:
    source = stream(stimulus, duration)
    return np.stack([source.at(step).copy() for step in range(source.n_steps)])


def test_numbers_follow_the_poisson_law() -> None:
    found = everything(counts(np.full((2, 500), 20e3)))
    law = stats.poisson(2.0)  # 20 kHz in steps of 0.1 ms
    # eight classes with an expectation far above 5, and the tail
    observed = [*((found == value).sum() for value in range(8)), (found >= 8).sum()]
    expected = np.array([*law.pmf(range(8)), law.sf(7)]) * found.size
    # the seed is fixed; 1e-3 is what one seed in a thousand falls below when the law is right
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_steps_channels_and_trials_are_independent() -> None:
    found = everything(counts(np.full((2, 200), 20e3))).astype(float)  # (steps, trials, channels)
    for first, second in [
        (found[1:], found[:-1]),
        (found[:, 0], found[:, 1]),
        (found[..., 1:], found[..., :-1]),
    ]:
        # the standard error of a correlation of 0 from n pairs is 1/sqrt(n); 4 of them
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 4 / np.sqrt(first.size)


def test_channels_keep_their_own_rates() -> None:
    rates = np.array([[0.0, 100.0, 5e3, 40e3]])
    total = everything(counts(rates)).sum(axis=(0, 1))
    expected = rates[0] * 0.1
    assert total[0] == 0
    # a Poisson number varies by the square root of its mean; 4 of them
    assert np.all(np.abs(total - expected) <= 4 * np.sqrt(expected))


def test_frames_share_the_step_between_them() -> None:
    # frames of 2.5 steps: the third step holds half of each
    shown = everything(movie(np.tile([[[10e3], [40e3]]], (3000, 1, 2)), 2.5 * DT, "counts"), 5 * DT)
    mean = shown.mean(axis=(1, 2))
    expected = np.array([1.0, 1.0, 2.5, 4.0, 4.0])
    # 6,000 draws per step, whose mean varies by sqrt(expected/6000); 4 of them
    assert np.all(np.abs(mean - expected) < 4 * np.sqrt(expected / 6000))


@pytest.mark.parametrize("block", [1, 7, 900, 1 << 20])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stimulus = counts(np.array([[1e3, 20e3, 3e3], [2e3, 2e3, 2e3]]))
    reference = everything(stimulus, 0.01)
    monkeypatch.setattr("neurosim.stimuli.spikecounts._BLOCK", block)
    np.testing.assert_array_equal(everything(stimulus, 0.01), reference)
    # a trial on its own, and cut by hand
    alone = stream(stimulus.select([1]), 0.01)
    pieces = [alone.draw(0, 1), alone.draw(1, 40), alone.draw(40, 100)]
    np.testing.assert_array_equal(np.concatenate(pieces)[:, 0], reference[:, 1])


def test_only_the_latest_steps_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurosim.stimuli.spikecounts._BLOCK", 10)
    source = stream(counts([[1e4]]), memory=15)
    early = source.at(3).copy()
    np.testing.assert_array_equal(source.at(3), early)
    source.at(18)
    np.testing.assert_array_equal(source.at(3), early)
    source.at(95)
    assert len(source._blocks) <= 3
    with pytest.raises(ParameterError, match="got step 3, expected one of the latest 16 steps"):
        source.at(3)
    with pytest.raises(ParameterError, match="got step 1000, expected 0 to 999"):
        source.at(1000)


def test_the_wrong_door_says_so() -> None:
    with pytest.raises(ParameterError, match="encode: got a stimulus of counts"):
        encode(counts([[1e4]]), 0.1, DT, sequence(0, "stimulus"))
    with pytest.raises(ParameterError, match="reaches 1e\\+14 Hz, expected at most 1e\\+13 Hz"):
        stream(counts([[1e14]]))
    with pytest.raises(ParameterError, match="expected a finite rate >= 0 Hz"):
        counts([[-1.0]])
    assert draw_counts(poisson([[10.0]]), 0.1, DT, sequence(0, "stimulus")) == {}


@pytest.mark.parametrize("trials", [1, 3])
@pytest.mark.parametrize("cuts", [(0, 1, 700, 701, 1000), (0, 333, 1000)])
def test_steps_in_slices_are_the_steps_one_by_one(trials, cuts, monkeypatch) -> None:
    monkeypatch.setattr(
        "neurosim.stimuli.spikecounts._BLOCK", 5 * 64 * trials
    )  # slices begin, end and cross within blocks
    stimulus = counts(np.linspace(0.0, 20e3, 5 * trials).reshape(trials, 5))
    source = stream(stimulus)
    found = np.concatenate([source.between(*cut) for cut in itertools.pairwise(cuts)])
    assert np.array_equal(found, everything(stimulus))
