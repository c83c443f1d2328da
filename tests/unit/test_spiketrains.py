import numpy as np
import pytest

from neurosim.params import ParameterError
from neurosim.stimuli.encoders import encode
from neurosim.stimuli.spiketrains import SpikeTrains
from neurosim.stimuli.stimulus import movie, poisson


def three_trials() -> SpikeTrains:
    """Trial 0: unit 1 at steps 0 and 9; trial 1 is silent; trial 2: units 0 and 2 at step 5."""
    return SpikeTrains([0, 9, 5, 5], [1, 1, 0, 2], [0, 0, 2, 2], 0.1, 10, 3, 3)  # type: ignore[arg-type]


def test_counts_and_rates_by_hand() -> None:
    trains = three_trials()
    np.testing.assert_array_equal(trains.counts(), [[0, 2, 0], [0, 0, 0], [1, 0, 1]])
    np.testing.assert_array_equal(trains.counts(0.5), [[0, 1, 0], [0, 0, 0], [1, 0, 1]])
    # a spike at the end of the window is outside of it
    np.testing.assert_array_equal(trains.counts(0.1, 0.5), np.zeros((3, 3)))
    # one spike in half a second is 2 Hz, exact up to one rounding of 5 * 0.1
    np.testing.assert_allclose(trains.rates(0.5)[2], [2, 0, 2], rtol=1e-15)
    np.testing.assert_allclose(trains.times, [0, 0.9, 0.5, 0.5], rtol=1e-15)


def test_select_renumbers_and_repeats_trials() -> None:
    chosen = three_trials().select([2, 1, 2, 0])
    assert chosen.trials.tolist() == [0, 0, 2, 2, 3, 3]
    assert chosen.steps.tolist() == [5, 5, 5, 5, 0, 9]
    assert chosen.units.tolist() == [0, 2, 0, 2, 1, 1]
    assert len(three_trials().select(np.array([False, True, False]))) == 0


def test_arrays_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        three_trials().steps[0] = 3


@pytest.mark.parametrize(
    ("steps", "units", "trials", "message"),
    [
        ([10], [0], [0], r"SpikeTrains.steps: got 10, expected 0 to 9"),
        ([0], [-1], [0], r"SpikeTrains.units: got -1, expected 0 to 2"),
        ([0], [0], [3], r"SpikeTrains.trials: got 3, expected 0 to 2"),
        ([0, 1], [0], [0, 0], r"SpikeTrains.units: got shape \(1,\), expected \(2,\)"),
        ([1, 0], [0, 0], [0, 0], "out of order or doubled"),
        ([1, 1], [0, 0], [0, 0], "out of order or doubled"),
    ],
)
def test_impossible_spikes_are_refused(steps: list[int], units: list[int], trials: list[int], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        SpikeTrains(steps, units, trials, 0.1, 10, 3, 3)  # type: ignore[arg-type]


def test_windows_and_trials_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"got the window 0\.5 to 0\.5 s"):
        three_trials().counts(0.5, 0.5)
    with pytest.raises(ParameterError, match="stop <= 1 s"):
        three_trials().rates(0.0, 1.1)
    with pytest.raises(
        ParameterError, match=r"SpikeTrains.select: index\[0\]: got 3, expected whole numbers from -3 to 2"
    ):
        three_trials().select([3])
    with pytest.raises(ParameterError, match="expected at least one"):
        three_trials().select([False] * 3)


def test_repr_says_what_is_inside() -> None:
    assert repr(three_trials()) == "SpikeTrains(4 spikes, 3 trials x 3 units, 1 s in steps of 0.1 s)"


@pytest.mark.parametrize("frames", [1, 7])
def test_no_poisson_spike_depends_on_where_a_run_begins_or_ends(frames):
    rates = np.random.default_rng(3).uniform(1.0, 20.0, (2, frames, 3))
    shown = movie(rates, 40.0, "poisson", "x") if frames > 1 else poisson(rates[:, 0], "x")
    seeds = np.random.SeedSequence(5)
    whole = encode(shown, 215.0, 1e-3, seeds)["x"]
    # Within a piece, at its end, in the second stream (from 100 s on) and in the third.
    for first, last in ((0, 300), (0, 1000), (999, 1001), (950, 12_345), (99_990, 100_010), (150_000, 201_000)):
        part = encode(shown, last * 1e-3, 1e-3, seeds, first)["x"]
        mine = (whole.steps >= first) & (whole.steps < last)
        for field in ("steps", "units", "trials"):
            np.testing.assert_array_equal(getattr(part, field), getattr(whole, field)[mine])
    expected = rates.mean(axis=1) * 215.0 if frames == 1 else (rates[:, :5].sum(1) * 40 + rates[:, 5] * 15)
    assert np.abs(whole.counts() - expected).max() < 6 * np.sqrt(expected.max())
