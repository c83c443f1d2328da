"""Spike statistics against elephant on random trains, against closed forms, and at the edges of windows."""

import numpy as np
import pytest

from neurosim import metrics
from neurosim.params import DimensionError, ParameterError


def renewal(rng, n_units, shape, rate, duration):
    """Gamma renewal trains, shuffled: CV 1/sqrt(shape)."""
    times, units = [], []
    for unit in range(n_units):
        train = np.cumsum(rng.gamma(shape, 1 / (shape * rate), int(3 * rate * duration)))
        train = train[train < duration]
        times.append(train)
        units.append(np.full(train.size, unit))
    order = rng.permutation(sum(map(len, times)))
    return np.concatenate(times)[order], np.concatenate(units)[order]


# The oracle's own unit library warns about how the oracle calls it.
@pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity is deprecated")
@pytest.mark.parametrize("shape", [0.5, 1.0, 4.0])
def test_against_elephant(shape):
    import neo
    from elephant import statistics as elephant

    n_units, duration = 6, 20.0
    times, units = renewal(np.random.default_rng(int(10 * shape)), n_units, shape, 15.0, duration)
    trains = [neo.SpikeTrain(np.sort(times[units == unit]), units="s", t_stop=duration) for unit in range(n_units)]
    intervals = [np.asarray(elephant.isi(train).rescale("s")) for train in trains]
    # The same definitions by another implementation: rounding only.
    np.testing.assert_allclose(metrics.isis(times, units), np.concatenate(intervals), rtol=1e-12, atol=1e-14)
    assert metrics.cv(times, units) == pytest.approx(elephant.cv(np.concatenate(intervals)), rel=1e-12)
    np.testing.assert_allclose(
        metrics.cv_per_unit(times, units, n_units), [elephant.cv(each) for each in intervals], rtol=1e-12
    )
    counts = metrics.spike_counts(times, units, n_units, 0.0, duration)
    assert metrics.fano(counts) == pytest.approx(elephant.fanofactor(trains), rel=1e-12)
    rates = [float(elephant.mean_firing_rate(train).rescale("Hz")) for train in trains]
    np.testing.assert_allclose(metrics.firing_rates(times, units, n_units, 0.0, duration), rates, rtol=1e-12)


@pytest.mark.parametrize(("shape", "fourth"), [(1.0, 9.0), (4.0, 4.5)])
def test_cv_of_renewal_trains(shape, fourth):
    times, units = renewal(np.random.default_rng(2), 50, shape, 20.0, 100.0)
    expected = 1 / np.sqrt(shape)
    # Large-sample variance of sd/mean for a gamma variable, delta method with its standardised moments:
    # CV^2 ((kurtosis - 1)/4 - skewness CV + CV^2), kurtosis 3 + 6/shape (`fourth`), skewness 2/sqrt(shape).
    n = metrics.isis(times, units).size
    error = expected * np.sqrt(((fourth - 1) / 4 - 2 / np.sqrt(shape) * expected + expected**2) / n)
    assert abs(metrics.cv(times, units) - expected) < 4 * error


def test_fano_of_poisson_windows_is_one():
    rng = np.random.default_rng(4)
    n_units, duration, window = 100, 100.0, 0.5
    units = np.repeat(np.arange(n_units), rng.poisson(10 * duration, n_units))
    times = rng.uniform(0, duration, units.size)
    fano = metrics.fano(metrics.window_counts(times, units, n_units, window, 0.0, duration))
    assert fano.shape == (n_units,)
    windows = duration / window
    # Mean 1 - 1/n with the 1/n variance; sd sqrt(2/n) per unit (Poisson dispersion); units are independent.
    assert abs(fano.mean() - (1 - 1 / windows)) < 4 * np.sqrt(2 / windows / n_units)


def test_clock_has_no_variability():
    times = np.arange(1, 101) / 10
    assert metrics.cv(times, np.zeros(100, int)) == pytest.approx(0.0, abs=1e-13)
    np.testing.assert_array_equal(metrics.fano([[3, 0], [3, 0]]), [0.0, np.nan])


def test_counts_and_rates_by_hand():
    times, units, trials = [0.1, 0.2, 0.3, 0.4, 0.6], [0, 2, 0, 0, 2], [0, 0, 0, 1, 1]
    np.testing.assert_array_equal(metrics.spike_counts(times, units, 3, 0.0, 0.5), [3, 0, 1])
    np.testing.assert_array_equal(metrics.firing_rates(times, units, 3, 0.0, 0.5), [6.0, 0.0, 2.0])
    both = metrics.spike_counts(times, units, 3, 0.0, 1.0, trials=trials, n_trials=2)
    np.testing.assert_array_equal(both, [[2, 0, 1], [1, 0, 1]])


def test_window_holds_its_start_and_not_its_stop():
    # 0.3 = 3 steps of 0.1 s is 0.30000000000000004 in floating point, and must count as 0.3.
    times = np.array([1, 3, 3, 6]) * 0.1
    units = [0, 0, 1, 1]
    np.testing.assert_array_equal(metrics.spike_counts(times, units, 2, 0.3, 0.6), [1, 1])
    np.testing.assert_array_equal(metrics.spike_counts(times, units, 2, 0.1, 0.3), [1, 0])
    windows = metrics.window_counts(times, units, 2, 0.1, 0.1, 0.65)
    np.testing.assert_array_equal(windows, [[1, 0], [0, 0], [1, 1], [0, 0], [0, 0]])
    # Three spikes lie in whole bins, in three of the ten pairs; the one at 0.6 s is in the half bin that is left out.
    assert metrics.active_fraction_in_bins(times, units, 2, 0.1, 0.1, 0.65) == 0.3


def test_active_fraction_counts_a_bin_once():
    assert metrics.active_fraction_in_bins([0.01, 0.02, 0.03], [0, 0, 0], 2, 0.1, 0.0, 0.2) == 0.25


def test_intervals_do_not_span_units_or_trials():
    times, units, trials = [0.5, 0.1, 0.2, 0.9, 0.4], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]
    np.testing.assert_allclose(metrics.isis(times, units, trials=trials), [0.4, 0.2], rtol=1e-15)
    np.testing.assert_allclose(metrics.isis(times, units), [0.4, 0.4, 0.2], rtol=1e-15)


def test_latency_is_from_the_start_and_nan_where_silent():
    times, units, trials = [0.5, 0.2, 0.9, 0.1], [0, 0, 2, 1], [0, 0, 0, 1]
    np.testing.assert_allclose(
        metrics.first_spike_latency(times, units, 3, 0.15), [0.05, np.nan, 0.75], rtol=1e-12, equal_nan=True
    )
    per_trial = metrics.first_spike_latency(times, units, 3, stop=0.6, trials=trials, n_trials=2)
    np.testing.assert_array_equal(per_trial, [[0.2, np.nan, np.nan], [np.nan, 0.1, np.nan]])


def test_silence_is_a_result():
    none = np.array([])
    np.testing.assert_array_equal(metrics.spike_counts(none, none, 2, 0.0, 1.0), [0, 0])
    np.testing.assert_array_equal(metrics.firing_rates([], [], 2, 0.0, 1.0, trials=[], n_trials=3), np.zeros((3, 2)))
    assert metrics.active_fraction_in_bins([], [], 2, 0.1, 0.0, 1.0) == 0.0
    assert metrics.isis([], []).size == 0
    assert np.isnan(metrics.cv([], []))
    np.testing.assert_array_equal(metrics.cv_per_unit([], [], 2), [np.nan, np.nan])
    np.testing.assert_array_equal(metrics.first_spike_latency([], [], 2), [np.nan, np.nan])


def test_cv_needs_two_intervals():
    np.testing.assert_array_equal(metrics.cv_per_unit([0.1, 0.2, 0.1, 0.2, 0.3], [0, 0, 1, 1, 1], 3)[[0, 2]], np.nan)
    assert np.isnan(metrics.cv([0.1, 0.2], [0, 0]))


BAD_SPIKES = (
    ([0.1, np.nan], [0, 0], r"\(times\)\[1\]: got nan"),
    ([-0.1], [0], "times >= 0"),
    ([0.1], [0, 1], "1 times and 2 units"),
    ([[0.1]], [0], "expected a vector"),
    ([0.1], [-1], r"\(units\)\[0\]: got -1"),
)


@pytest.mark.parametrize(("times", "units", "message"), BAD_SPIKES)
def test_bad_spikes_are_refused(times, units, message):
    for call in (
        metrics.isis,
        metrics.cv,
        lambda t, u: metrics.cv_per_unit(t, u, 2),
        lambda t, u: metrics.spike_counts(t, u, 2, 0.0, 1.0),
        lambda t, u: metrics.firing_rates(t, u, 2, 0.0, 1.0),
        lambda t, u: metrics.window_counts(t, u, 2, 0.1, 0.0, 1.0),
        lambda t, u: metrics.active_fraction_in_bins(t, u, 2, 0.1, 0.0, 1.0),
        lambda t, u: metrics.first_spike_latency(t, u, 2),
    ):
        with pytest.raises(ParameterError, match=message):
            call(times, units)


def test_bad_arguments_are_refused():
    with pytest.raises(ParameterError, match=r"units\)\[0\]: got 2, expected whole numbers from 0 to 1"):
        metrics.spike_counts([0.1], [2], 2, 0.0, 1.0)
    with pytest.raises(ParameterError, match=r"units\)\[0\]: got 5, expected whole numbers from 0 to 1"):
        metrics.cv_per_unit([0.1, 0.2], [5, 5], 2)
    with pytest.raises(ParameterError, match=r"units\)\[0\]: got 0\.5, expected whole numbers"):
        metrics.spike_counts([0.1], [0.5], 2, 0.0, 1.0)
    with pytest.raises(ParameterError, match="stop > start"):
        metrics.firing_rates([0.1], [0], 2, 1.0, 1.0)
    with pytest.raises(ParameterError, match="only one of trials and n_trials"):
        metrics.spike_counts([0.1], [0], 2, 0.0, 1.0, trials=[0])
    with pytest.raises(ParameterError, match="does not fit"):
        metrics.active_fraction_in_bins([0.1], [0], 2, 2.0, 0.0, 1.0)
    with pytest.raises(ParameterError, match="bin"):
        metrics.window_counts([0.1], [0], 2, 0.0, 0.0, 1.0)
    with pytest.raises(ParameterError, match=">= 1"):
        metrics.spike_counts([], [], 0, 0.0, 1.0)
    for counts, message in (
        ([[1.0, 2.0]], "at least two"),
        ([-1.0, 2.0], ">= 0"),
        ([np.nan, 1.0], r"counts\)\[0\]: got nan"),
        ([], "empty"),
    ):
        with pytest.raises(ParameterError, match=message):
            metrics.fano(counts)


def test_quantities_are_checked_for_their_dimension():
    import brian2

    counts = metrics.spike_counts([100, 700] * brian2.ms, [0, 1], 2, 0 * brian2.ms, 500 * brian2.ms)
    np.testing.assert_array_equal(counts, [1, 0])
    with pytest.raises(DimensionError, match="expected a quantity in s"):
        metrics.isis([1, 2] * brian2.mV, [0, 0])
