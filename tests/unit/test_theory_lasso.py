"""`theory.lasso_minimum` against closed forms, the conditions of optimality, and input that it refuses."""

import numpy as np
import pytest

from neurosim import theory
from neurosim.metrics import kkt_residual
from neurosim.params import ParameterError


def test_with_an_orthogonal_dictionary_it_is_the_soft_threshold():
    signals = np.array([[1.0, -0.5, 0.05], [0.0, 0.3, -2.0]])
    found = theory.lasso_minimum(np.eye(3), signals, 0.1)
    np.testing.assert_allclose(found, [[0.9, -0.4, 0.0], [0.0, 0.2, -1.9]], atol=1e-14)
    found = theory.lasso_minimum(np.eye(3), signals, 0.1, nonnegative=True)
    np.testing.assert_allclose(found, [[0.9, 0.0, 0.0], [0.0, 0.2, 0.0]], atol=1e-14)


@pytest.mark.parametrize("nonnegative", [True, False])
def test_it_keeps_the_conditions_of_optimality(nonnegative):
    rng = np.random.default_rng(3)
    fields, signals = rng.standard_normal((10, 25)), rng.standard_normal((4, 10))
    found = theory.lasso_minimum(fields, signals, 0.5, nonnegative=nonnegative)
    assert found.shape == (4, 25)
    assert kkt_residual(fields, signals, found, 0.5, nonnegative=nonnegative).max() < 1e-12
    assert 0 < (found != 0).mean() < 0.6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((np.eye(2), [1.0, 2.0], 0.1), r"signals of shape \(2,\)"),
        ((np.eye(2), [[1.0, 2.0, 3.0]], 0.1), r"signals of shape \(1, 3\)"),
        ((np.ones(2), [[1.0, 2.0]], 0.1), r"dictionary of shape \(2,\)"),
        ((np.eye(2), [[np.nan, 2.0]], 0.1), "lasso_minimum: signals"),
        ((np.eye(2), np.ma.masked_values([[1.0, 9.0]], 9.0), 0.1), "lasso_minimum: signals"),
        ((np.zeros((0, 2)), [[1.0]], 0.1), "empty"),
        ((np.eye(2), [[1.0, 2.0]], 0.0), "penalty"),
        ((np.eye(2), [[1.0, 2.0]], -0.1), "penalty"),
    ],
)
def test_input_that_it_refuses(arguments, words):
    with pytest.raises(ParameterError, match=words):
        theory.lasso_minimum(*arguments)
