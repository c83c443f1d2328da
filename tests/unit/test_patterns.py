import numpy as np
import pytest

from neurosim.params import DimensionError, ParameterError
from neurosim.stimuli import patterns


def test_bars_light_whole_rows_and_columns() -> None:
    pictures = patterns.bars(500, 8, 1 / 8, np.random.default_rng(0)).reshape(500, 8, 8)
    rows, columns = pictures.all(axis=2), pictures.all(axis=1)
    # every lit pixel lies on a line that is lit from end to end
    np.testing.assert_array_equal(pictures, rows[:, :, None] | columns[:, None, :])
    # a line is lit with p = 1/8, or all eight lines across it are ((1/8)^8, nothing): 4 standard errors of 8000 lines
    lit = np.concatenate([rows, columns]).mean()
    assert lit == pytest.approx(1 / 8, abs=4 * np.sqrt(1 / 8 * 7 / 8 / 8000))


def test_bars_at_the_extremes() -> None:
    rng = np.random.default_rng(0)
    assert not patterns.bars(2, 3, 0.0, rng).any()
    assert patterns.bars(2, 3, 1.0, rng).all()


def test_grating_has_its_frequency_along_its_orientation() -> None:
    upright, flat = patterns.gratings([0.0, np.pi / 2], 0.125, 16).reshape(2, 16, 16)
    # two periods along the 16 pixels of a row: the spectrum is the mean and frequency 2 only, 0.25 * 16 on each side
    spectrum = np.abs(np.fft.fft(upright[5]))
    expected = np.zeros(16)
    expected[[0, 2, 14]] = 8, 4, 4
    # a few roundings of a sum of 16 numbers below 1
    np.testing.assert_allclose(spectrum, expected, atol=1e-13)
    np.testing.assert_allclose(upright, np.tile(upright[0], (16, 1)), atol=1e-14)
    np.testing.assert_allclose(flat, upright.T, atol=1e-13)


def test_grating_phase_moves_it_from_bright_to_dark() -> None:
    assert patterns.gratings([0.3], 0.1, 9)[0, 40] == 1.0
    # cos(pi) = -1 in floating point as well
    assert patterns.gratings([0.3], 0.1, 9, phase=np.pi)[0, 40] == 0.0


def test_profiles_by_hand() -> None:
    np.testing.assert_array_equal(patterns.uniform_profile(3, 2.0), [2, 2, 2])
    np.testing.assert_array_equal(patterns.step_profile(5, 1, 2, 1, 3), [1, 2, 2, 1, 1])
    np.testing.assert_array_equal(patterns.point_profile(4, 0, 5, 2), [0, 0, 5, 0])
    np.testing.assert_array_equal(patterns.ramp_profile(6, 1, 3, 1, 5), [1, 1, 1.5, 2, 2.5, 3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: patterns.bars(0, 8, 0.1, np.random.default_rng(0)), "bars: n: got 0, expected a whole number >= 1"),
        (lambda: patterns.bars(1, 8, 1.1, np.random.default_rng(0)), r"probability: got 1\.1, expected 0 to 1"),
        (lambda: patterns.gratings([], 0.1, 8), "orientations: got an empty array"),
        (lambda: patterns.gratings([0.0], 0.6, 8), "Nyquist"),
        (lambda: patterns.gratings([0.0], 0.1, 8, phase=np.nan), "phase: got nan"),
        (lambda: patterns.step_profile(5, 0, 1, 3, 6), "stop: got 6, expected a whole number from 0 to 5"),
        (lambda: patterns.point_profile(5, 0, 1, -1), "point_profile: at: got -1"),
        (lambda: patterns.ramp_profile(5, 0, 1, 3, 3), "expected 0 <= start < stop <= 5"),
    ],
)
def test_mistakes_are_named(call: object, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()  # type: ignore[operator]


def test_bars_of_unequal_probability_and_alone() -> None:
    shares = np.array([0.1, 0.9, 0.5, 0.0, 1.0, 0.3])
    pictures = patterns.bars(4000, 3, shares, np.random.default_rng(0)).reshape(4000, 3, 3)
    # Column 1 always lights up, column 0 never: row k is lit where its pixel in column 0 is.
    assert (pictures[:, :, 1] == 1).all()
    np.testing.assert_allclose(pictures[:, :, 0].mean(axis=0), shares[:3], atol=0.03)  # four standard errors
    causes = patterns.single_bars(3).reshape(6, 3, 3)
    assert (causes[1] == [[0, 0, 0], [1, 1, 1], [0, 0, 0]]).all()
    assert (causes[3] == [[1, 0, 0], [1, 0, 0], [1, 0, 0]]).all()
    with pytest.raises(ValueError, match=r"got shape \(2,\), expected one number or 6 of them"):
        patterns.bars(1, 3, [0.1, 0.2], np.random.default_rng(0))


def test_a_probability_in_words_is_refused() -> None:
    with pytest.raises(DimensionError, match="bars: probability: got 'often', expected a number"):
        patterns.bars(3, 4, "often", np.random.default_rng(0))  # type: ignore[arg-type]
