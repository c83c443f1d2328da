"""The experiment on pruning, on a small setting: its checks notice wrong tables."""

import numpy as np
import pytest
from tampering import changed, claims, failed

from neurosim.params import ParameterError

SMALL = {
    "seeds": 2,
    "units": 96,
    "examples": 800,
    "tests": 600,
    "epochs": 10,
    "rate": 0.05,
    "removed": (0.0, 0.5, 0.9, 0.995),
    "rounding": (0.5, 1.0, 2.0),
    "densities": (0.01, 1.0),
    "size": 64,
    "columns": 3,
    "repeats": 1,
}


@pytest.mark.parametrize("removed", [(0.0, 0.5, 0.9), (0.5, 0.0, 0.9, 0.995)])
def test_parameters_refuse_what_the_findings_could_not_do_without(experiment, removed):
    with pytest.raises(ParameterError, match="growing shares"):
        experiment.settings(removed=removed)


def test_the_smallest_go(module):
    values = np.array([[3.0, -1.0, 0.5, -4.0], [0.1, 0.2, -0.3, 0.4]])
    np.testing.assert_array_equal(module._smallest_gone(values, 0.5), [[3.0, 0, 0, -4.0], [0, 0, -0.3, 0.4]])
    np.testing.assert_array_equal(module._smallest_gone(values[0], 0.25), [3.0, -1.0, 0.0, -4.0])
    assert module._smallest_gone(values, 0.0) is values


def test_weights_return_to_their_matrices(module):
    like = {"a": np.arange(6.0).reshape(2, 3), "b": np.arange(4.0).reshape(4, 1)}
    found = module._split(np.concatenate([w.ravel() for w in like.values()]), like)
    assert all(np.array_equal(found[name], like[name]) for name in like)


def test_operations_count_pairs_that_are_not_zero(module):
    weights = {"to_hidden": np.array([[1.0, 0.0], [2.0, 3.0]]), "to_output": np.array([[0.0, 5.0]])}
    x, hidden = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 1.0], [0.0, 2.0]])
    # By hand: 3 and 1 products in the first layer, 1 and 1 in the second: 3 of 6 weights on average.
    assert module._operations(weights, x, {"hidden": hidden}) == pytest.approx(3 / 6)


def test_the_error_function_is_the_probability_of_small_weights(tables):
    from scipy import stats

    rounded = tables["rounded"].drop_duplicates("step")
    probability = stats.norm.cdf(rounded.step / 2) - stats.norm.cdf(-rounded.step / 2)
    np.testing.assert_allclose(rounded.expected, probability, rtol=1e-12)


def test_checks_hold_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    # Two small networks do not decide on a mean within three points of chance; the rest holds at any size.
    assert failed(findings) <= {"chance"}
    assert claims(findings) == {"A0-14": "partly", "A1-18": "supported", "A1-31": "supported"}
    assert set(claims(findings)) == set(experiment.claims)


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "query", "check"),
    [
        ("pruned", "accuracy", lambda c: 0 * c + 0.99, "route == 'weights' and removed == 0.9", "monotone"),
        ("pruned", "accuracy", lambda c: c - 0.02, "route == 'weights' and removed == 0.5", "half"),
        ("pruned", "accuracy", lambda c: 0 * c + 0.95, "route == 'weights' and removed == 0.9", "nine_tenths"),
        ("pruned", "accuracy", lambda c: 0 * c + 0.14, "route == 'weights' and removed == 0.995", "chance"),
        ("rounded", "zeros", lambda c: c + 0.02, "weights == 'initial' and step == 1", "rounded_1"),
        ("rounded", "wrong", lambda c: c + 1, "weights == 'learned' and step == 2", "rounded_which"),
        ("zeros", "changed", lambda c: c + 1e-6, None, "zeros_change_nothing"),
        ("timing", "error", lambda c: c + 1e-6, "method == 'rows'", "same_product"),
    ],
)
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, query, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule, query)))


@pytest.mark.parametrize(
    ("changes", "claim", "verdict"),
    [
        ([("pruned", "smallest_kept", lambda c: 0 * c, "removed == 0.9")], "A1-18", "partly"),
        ([("rounded", "wrong", lambda c: c + 1, None)], "A1-31", "partly"),
        (
            [
                ("overlap", "overlap", lambda c: 0 * c + 0.95, None),
                ("pruned", "accuracy", lambda c: 0 * c + 0.97, "route == 'weights'"),
                ("pruned", "accuracy", lambda c: 0 * c + 0.5, "route == 'random'"),
            ],
            "A0-14",
            "supported",
        ),
        (
            [
                ("zeros", "changed", lambda c: c + 1, None),
                ("pruned", "accuracy", lambda c: 0 * c + 0.99, "route == 'random'"),
            ],
            "A0-14",
            "not supported",
        ),
    ],
)
def test_verdicts_follow_the_tables(experiment, tables, changes, claim, verdict):
    for change in changes:
        tables = changed(tables, *change)
    assert claims(experiment.findings(tables))[claim] == verdict


def test_break_even_is_the_end_of_the_fast_range(module, tables):
    timing = changed(tables, "timing", "ratio", lambda c: 0 * c + 0.5, "density == 0.01")
    timing = changed(timing, "timing", "ratio", lambda c: 0 * c + 2.0, "density == 1")
    assert set(module._break_even(timing).values()) == {0.01}
    never = changed(tables, "timing", "ratio", lambda c: 0 * c + 2.0)
    assert set(module._break_even(never).values()) == {0.0}


def test_times_gate_nothing(experiment, tables):
    slow = changed(changed(tables, "timing", "seconds", lambda c: 1e3 * c), "timing", "ratio", lambda c: 1e3 * c)
    assert repr(experiment.findings(slow)) == repr(experiment.findings(tables))


def test_the_figure_shows_the_tables(experiment, tables):
    axes = experiment.figure(tables).axes
    assert len(axes) == 4
    drawn = next(line for line in axes[0].lines if line.get_label() == "smallest weights").get_ydata()
    pruned = tables["pruned"].query("route == 'weights'")
    np.testing.assert_allclose(drawn, pruned.groupby("removed").accuracy.mean(), rtol=1e-12)
    assert all("(" in ax.get_ylabel() for ax in axes)


def test_words_carry_the_numbers(experiment, tables):
    half = tables["pruned"].query("route == 'weights' and removed == 0.5").accuracy.mean()
    assert f"half gone {half:.3f}" in experiment.caption(tables)
    assert f"{half:.3f}" in experiment.summary(tables)


def test_the_full_run_is_larger_and_has_an_estimate(experiment):
    seconds, size = experiment.estimate(experiment.settings())
    assert experiment.estimate(experiment.settings(quick=True))[0] < seconds < 300
    assert size > 0
