"""Spectra of population activity whose form is known."""

import numpy as np
import pytest

from neurosim.metrics import population_rate, power_spectrum, spectral_peak


def test_rate_per_bin_by_hand():
    # Spikes on the edge of a bin belong to the bin that begins there, whatever rounding does to 3 * 0.1.
    rate = population_rate([0.05, 3 * 0.1, 0.31, 0.39, 0.95, -0.2], n_units=2, bin=0.1, start=0.0, stop=0.95)
    np.testing.assert_allclose(rate, np.array([1, 0, 0, 3, 0, 0, 0, 0, 0]) / (2 * 0.1))
    assert population_rate([], 2, 0.1, 0.0, 0.5).tolist() == [0.0] * 5
    with pytest.raises(ValueError, match="at least one whole bin"):
        population_rate([0.1], 2, 0.1, 0.0, 0.05)


def test_poisson_trains_have_a_flat_spectrum_of_twice_the_rate_per_unit():
    rng = np.random.default_rng(3)
    rate, units, duration = 20.0, 50, 100.0
    times = rng.uniform(0.0, duration, rng.poisson(rate * units * duration))
    frequencies, density = power_spectrum(population_rate(times, units, 1e-3, 0.0, duration), 1e-3)
    inner = density[2:-2]  # the mean is taken out at 0, and Hann's window spreads that over two frequencies
    # 400 segments with half overlap, 120 frequencies: the mean has a standard error of about 0.6 %.
    assert inner.mean() == pytest.approx(2 * rate / units, rel=0.02)
    # A single frequency, averaged over some 700 segments, scatters by 4-5 %; 120 of them stay within 5 sd.
    assert np.abs(inner / inner.mean() - 1).max() < 0.25
    assert frequencies[1] == pytest.approx(4.0)
    assert frequencies[-1] == pytest.approx(500.0)


def test_a_sine_has_its_peak_and_its_power():
    time = np.arange(0.0, 4.0, 1e-3)
    frequencies, density = power_spectrum(30.0 + 7.0 * np.sin(2 * np.pi * 22.3 * time), 1e-3, segment=0.5)
    where, height = spectral_peak(frequencies, density, low=5.0)
    # Frequencies are 2 Hz apart; a parabola on Hann's bell, which is not one, misses by at most a tenth of that.
    assert where == pytest.approx(22.3, abs=0.2)
    assert density.sum() * 2.0 == pytest.approx(7.0**2 / 2, rel=1e-3)  # Parseval; leakage of the sine's cut ends
    assert height >= density.max()


def test_a_peak_is_looked_for_in_its_band():
    frequencies = np.arange(10.0)
    density = np.array([9.0, 0, 1, 3, 2, 0, 0, 5, 8, 9])
    # Parabola through (2, 1), (3, 3), (4, 2): vertex at 3 + 1/6, height 3 + 1/24.
    assert spectral_peak(frequencies, density, low=1.0, high=5.0) == pytest.approx((3 + 1 / 6, 3 + 1 / 24))
    assert spectral_peak(frequencies, density) == (0.0, 9.0)
    assert spectral_peak(frequencies, density, low=5.0, high=7.5) == pytest.approx((7.0, 5.0))
    with pytest.raises(ValueError, match="no frequency lies between"):
        spectral_peak(frequencies, density, low=20.0)
    with pytest.raises(ValueError, match="8 to 100 bins"):
        power_spectrum(np.ones(100), 1e-3, segment=0.2)
