"""Rules of the sparseness indices: axes, silence, negative values, refusals, and the table row."""

import numpy as np
import pytest
from scipy import stats

from neurosim import metrics
from neurosim.params import DimensionError, ParameterError

SIGNED = (
    metrics.active_fraction,
    metrics.treves_rolls,
    metrics.vinje_gallant,
    metrics.hoyer,
    metrics.gini,
    metrics.excess_kurtosis,
)
ALL = (*SIGNED, metrics.exact_zero_fraction, metrics.negative_mass)
UNDEFINED_WHEN_SILENT = (*SIGNED[1:], metrics.negative_mass)

RATES = np.array([[4.0, 3.0, 2.0, 1.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])


@pytest.mark.parametrize("index", ALL)
def test_axes_are_trials_and_units(index):
    np.testing.assert_array_equal(index(RATES), [index(row) for row in RATES])
    np.testing.assert_array_equal(index(RATES, axis=0), [index(column) for column in RATES.T])


@pytest.mark.parametrize("index", ALL)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_a_number_is_refused(index, bad):
    with pytest.raises(
        ParameterError, match=r"\(activity\)\[2\]: got (nan|inf), expected finite numbers \(1 of 4 are not\)"
    ):
        index([1.0, 2.0, bad, 0.0])


@pytest.mark.parametrize("index", ALL)
def test_empty_is_refused(index):
    with pytest.raises(ParameterError, match="empty array"):
        index(np.empty((3, 0)))


@pytest.mark.parametrize("index", ALL)
def test_words_are_refused(index):
    with pytest.raises(DimensionError, match="expected real numbers"):
        index(["a", "b"])


@pytest.mark.parametrize("index", UNDEFINED_WHEN_SILENT)
def test_silent_vector_is_undefined(index):
    assert np.isnan(index(np.zeros(5)))


def test_silent_vector_has_no_active_unit():
    assert metrics.active_fraction(np.zeros(5)) == 0.0
    assert metrics.active_fraction(np.zeros(5), relative=1e-6) == 0.0
    assert metrics.exact_zero_fraction(np.zeros(5)) == 1.0


@pytest.mark.parametrize("index", SIGNED)
def test_negative_values_need_a_choice(index):
    values = [3.0, -1.0, 0.0, 2.0]
    with pytest.raises(ParameterError, match=r'smallest -1.*negative="rectify".*negative="abs"'):
        index(values)
    assert index(values, negative="rectify") == index([3.0, 0.0, 0.0, 2.0])
    assert index(values, negative="abs") == index([3.0, 1.0, 0.0, 2.0])


@pytest.mark.parametrize("index", SIGNED)
def test_unknown_choice_offers_the_nearest(index):
    with pytest.raises(ParameterError, match="did you mean 'rectify'"):
        index([1.0, -1.0], negative="rectified")


def test_kurtosis_may_keep_the_signs():
    sample = np.random.default_rng(3).normal(size=200)
    # SciPy's default is the same plain moments; rounding only.
    assert metrics.excess_kurtosis(sample, negative="keep") == pytest.approx(stats.kurtosis(sample), rel=1e-12)
    assert np.isnan(metrics.excess_kurtosis([0.1, 0.1, 0.1]))


def test_residue_of_a_decaying_rate_is_active_only_without_a_level():
    rates = np.r_[np.full(58, 20.0), np.full(42, 20.0 * 0.95**400)]  # after 400 steps: 2.5e-8 Hz, not 0
    assert metrics.active_fraction(rates) == 1.0
    assert metrics.active_fraction(rates, relative=1e-6) == 0.58
    assert metrics.active_fraction(rates, above=0.1) == 0.58


def test_relative_level_is_of_the_largest_entry_of_the_whole_array():
    np.testing.assert_array_equal(metrics.active_fraction([[100.0, 20.0], [4.0, 3.0]], relative=0.1), [1.0, 0.0])


def test_levels_are_checked():
    with pytest.raises(ParameterError, match="expected one of the two"):
        metrics.active_fraction([1.0], above=1.0, relative=0.5)
    with pytest.raises(ParameterError, match="above"):
        metrics.active_fraction([1.0], above=-1.0)
    with pytest.raises(ParameterError, match="relative"):
        metrics.active_fraction([1.0], relative=1.5)


@pytest.mark.parametrize("index", [metrics.vinje_gallant, metrics.hoyer])
def test_one_entry_cannot_be_sparse(index):
    with pytest.raises(ParameterError, match="expected at least 2"):
        index([3.0])


def test_single_number_is_refused():
    with pytest.raises(ParameterError, match="single number"):
        metrics.gini(3.0)


def test_negative_mass_of_known_arrays():
    assert metrics.negative_mass([1.0, -1.0]) == 0.5
    assert metrics.negative_mass([3.0, -1.0, 0.0]) == 0.25
    assert metrics.negative_mass([-2.0]) == 1.0


def test_extreme_scales_do_not_overflow():
    for scale in (1e-300, 1e300):
        assert metrics.treves_rolls(np.array([4, 3, 2, 1]) * scale) == pytest.approx(5 / 6, rel=1e-14)


def test_row_states_rules_and_leaves_out_what_is_undefined():
    row = metrics.sparsity_row(RATES, rung="artificial", seed=3, duration=1.0, dt=1e-4)
    assert list(row) == list(metrics.SPARSITY_COLUMNS)
    assert row["rung"] == "artificial"
    assert (row["n_units"], row["trials"], row["seed"], row["duration"], row["dt"]) == (4, 3, 3, 1.0, 1e-4)
    assert (row["active_rule"], row["negative_rule"]) == ("> 0", "none present")
    assert row["mean_rate"] == pytest.approx(11 / 12)
    assert row["active_fraction"] == pytest.approx(5 / 12)
    assert (row["silent_units"], row["silent_trials"]) == (0.0, pytest.approx(1 / 3))
    # Mean over the two trials that are not silent, from the hand-worked 5/6 and 1/4.
    assert row["population_treves_rolls"] == pytest.approx((5 / 6 + 1 / 4) / 2)
    assert row["population_treves_rolls_left_out"] == 1
    # Units over trials: (4, 1, 0) has (5/3)^2 / (17/3), the three others fire in one trial of three.
    assert row["lifetime_treves_rolls"] == pytest.approx((25 / 51 + 3 * (1 / 3)) / 4)
    assert row["lifetime_treves_rolls_left_out"] == 0


def test_row_sets_what_is_not_active_to_zero():
    decayed = np.array([[20.0, 1e-9, 1e-9, 1e-9], [1e-9, 1e-9, 1e-9, 1e-9]])
    row = metrics.sparsity_row(decayed, rung="rate", relative=1e-6)
    assert row["active_rule"] == "> 1e-06 of the largest"
    assert (row["silent_units"], row["silent_trials"]) == (0.75, 0.5)
    assert row["population_vinje_gallant"] == 1.0
    assert row["population_vinje_gallant_left_out"] == 1
    assert row["lifetime_vinje_gallant_left_out"] == 3


def test_row_of_one_trial_has_no_lifetime_sparseness():
    row = metrics.sparsity_row([4.0, 3.0, 2.0, 1.0], rung="vector")
    assert row["trials"] == 1
    assert row["population_gini"] == pytest.approx(0.25)
    assert np.isnan(row["lifetime_gini"])
    assert row["lifetime_gini_left_out"] == 4


def test_row_needs_a_rule_for_negative_values():
    with pytest.raises(ParameterError, match="negative values"):
        metrics.sparsity_row([[1.0, -1.0]], rung="tanh")
    row = metrics.sparsity_row([[1.0, -1.0]], rung="tanh", negative="rectify")
    assert (row["negative_rule"], row["negative_mass"], row["mean_rate"]) == ("rectify", 0.5, 0.0)
    assert row["active_fraction"] == 0.5


def test_row_without_time_says_so_and_refuses_impossible_times():
    row = metrics.sparsity_row(RATES, rung="artificial")
    assert np.isnan([row["duration"], row["dt"]]).all()
    assert row["seed"] == ""
    for times in ({"duration": -1.0}, {"dt": 0.0}):
        with pytest.raises(ParameterError, match=next(iter(times))):
            metrics.sparsity_row(RATES, rung="spiking", **times)


def test_row_refuses_three_axes():
    with pytest.raises(ParameterError, match="trials, units"):
        metrics.sparsity_row(np.ones((2, 2, 2)), rung="x")
