"""Pruning, rounding and sparse products: verdicts follow the tables, and what is counted is right by hand."""

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.sparsity._prototypes import operations, smallest_gone
from neurosim.lab import ask
from neurosim.params import ParameterError


@pytest.mark.parametrize("removed", [(0.0, 0.5, 0.9), (0.5, 0.0, 0.9, 0.995)])
def test_parameters_refuse_what_the_findings_could_not_do_without(removed):
    with pytest.raises(ParameterError, match="growing fractions"):
        ask(QUESTIONS["sparsity/pruning"]).settings(removed=removed)


def test_the_smallest_go():
    values = np.array([[3.0, -1.0, 0.5, -4.0], [0.1, 0.2, -0.3, 0.4]])
    np.testing.assert_array_equal(smallest_gone(values, 0.5), [[3.0, 0, 0, -4.0], [0, 0, -0.3, 0.4]])
    np.testing.assert_array_equal(smallest_gone(values[0], 0.25), [3.0, -1.0, 0.0, -4.0])
    assert smallest_gone(values, 0.0) is values


def test_operations_count_pairs_that_are_not_zero():
    weights = {"to_hidden": np.array([[1.0, 0.0], [2.0, 3.0]]), "to_output": np.array([[0.0, 5.0]])}
    x, hidden = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 1.0], [0.0, 2.0]])
    # By hand: 3 and 1 products in the first layer, 1 and 1 in the second: 3 of 6 weights on average.
    assert operations(weights, x, {"hidden": hidden}) == pytest.approx(3 / 6)


def test_the_error_function_is_the_probability_of_small_weights():
    from scipy import stats

    rounded = replicates("sparsity/rounding").rounded.drop_duplicates("step")
    probability = stats.norm.cdf(rounded.step / 2) - stats.norm.cdf(-rounded.step / 2)
    np.testing.assert_allclose(rounded.expected, probability, rtol=1e-12)


@pytest.mark.parametrize(
    ("changes", "finding", "verdict"),
    [
        (
            [("pruned", "accuracy", 0.95, "removed == 0.0"), ("pruned", "accuracy", 0.94, "removed == 0.5")],
            "half",
            "holds",
        ),
        (
            [("pruned", "accuracy", 0.95, "removed == 0.0"), ("pruned", "accuracy", 0.9, "removed == 0.5")],
            "half",
            "fails",
        ),
        ([("pruned", "accuracy", 0.95, None)], "nine_tenths", "fails"),
        ([("pruned", "smallest_kept", 0.0, "removed == 0.9")], "A1-18", "partly"),
        ([], "A1-18", "supported"),
        (
            [
                ("overlap", "overlap", 0.95, None),
                ("pruned", "accuracy", 0.97, "route == 'weights'"),
                ("pruned", "accuracy", 0.5, "route == 'random'"),
            ],
            "A0-14",
            "supported",
        ),
        (
            [("zeros", "changed", 1.0, None), ("pruned", "accuracy", 0.99, "route == 'random'")],
            "A0-14",
            "not supported",
        ),
    ],
)
def test_verdicts_on_pruning_follow_the_tables(changes, finding, verdict):
    question, t = ask(QUESTIONS["sparsity/pruning"]), replicates("sparsity/pruning")
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(question, t, finding) == verdict


def test_one_wrong_weight_is_enough_against_rounding():
    question, t = ask(QUESTIONS["sparsity/rounding"]), replicates("sparsity/rounding")
    assert verdict_of(question, t, "A1-31") == "supported"
    assert verdict_of(question, falsified(t, "rounded", "wrong", 1, "step == 2"), "A1-31") == "partly"


def test_times_gate_nothing():
    question, t = ask(QUESTIONS["sparsity/sparse_products"]), replicates("sparsity/sparse_products")
    slow = falsified(falsified(t, "timing", "seconds", 1e3), "timing", "ratio", 1e3)
    assert list(question.findings(slow)) == list(question.findings(t))
    assert verdict_of(question, falsified(t, "timing", "error", 1e-6), "same_product") == "fails"
