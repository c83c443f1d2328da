"""Pruning, rounding and sparse products: verdicts follow the tables, and what is counted is right by hand."""

import numpy as np
import pytest
from scipy.stats import norm
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.sparsity._prototypes import operations, smallest_gone
from experiments.sparsity.pruning import thinned
from neurosim.lab import ask
from neurosim.params import ParameterError


@pytest.mark.parametrize("removed", [(0.0, 0.5, 0.9), (0.5, 0.0, 0.3, 0.7)])
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


def test_rounding_sets_as_many_initial_weights_to_zero_as_a_normal_distribution_has_below_half_a_step():
    rows = replicates("sparsity/rounding", 1).rounded
    rows = rows[rows.weights == "initial"]
    expected = norm.cdf(rows.step / 2) - norm.cdf(-rows.step / 2)
    errors = np.sqrt(expected * (1 - expected) / rows.n)  # of a binomial fraction
    assert (abs(rows.zeros - expected) < 4 * errors).all()


def test_of_the_active_ones_the_smallest_or_any_go():
    values = np.array([[0.0, 3.0, 1.0, 2.0, 4.0], [-1.0, 0.0, 0.5, 0.25, 0.0]])
    np.testing.assert_array_equal(thinned(values, 0.5), [[0, 3.0, 0, 0, 4.0], [-1.0, 0, 0.5, 0, 0]])
    values = np.concatenate([np.arange(1.0, 2001.0).reshape(20, 100), np.zeros((20, 50))], axis=1)
    left = thinned(values, 0.3, np.random.default_rng(0))
    np.testing.assert_array_equal((left != 0).sum(axis=1), 70)
    assert (left[left != 0] == values[left != 0]).all()
    # Small and large go alike: 600 of 2000 with a standard error of 10 in either half.
    assert (left[:, :50] == 0).sum() == pytest.approx(300, abs=50)


def test_times_gate_nothing():
    question, t = ask(QUESTIONS["sparsity/sparse_products"]), replicates("sparsity/sparse_products")
    slow = falsified(falsified(t, "timing", "seconds", 1e3), "timing", "ratio", 1e3)
    assert list(question.findings(slow)) == list(question.findings(t))
    assert verdict_of(question, falsified(t, "timing", "error", 1e-6), "same_product") == "fails"
