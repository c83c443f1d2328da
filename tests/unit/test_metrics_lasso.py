"""Optimality conditions of sparse codes that are known or come from coordinate descent."""

import numpy as np
import pytest

from neurosim.metrics import kkt_residual, lasso_objective

H = 1 / np.sqrt(2)
PHI = np.array([[1.0, 0.0, H, -H], [0.0, 1.0, H, H]])
SIGNAL = np.array([1.0, 0.8])
# Solved by hand for a penalty of 0.2: units 0 and 2 are active, c_0 = c_2 = 0.2.
CODE = np.array([0.2 * np.sqrt(2) - 0.2, 0.0, 0.8 * np.sqrt(2) - 0.2 * (2 - np.sqrt(2)), 0.0])


def test_the_worked_example():
    np.testing.assert_allclose(CODE, [0.082843, 0, 1.014214, 0], atol=5e-7)  # printed with six digits
    assert lasso_objective(PHI, SIGNAL, CODE, 0.2) == pytest.approx(0.24284271, abs=5e-9)
    assert kkt_residual(PHI, SIGNAL, CODE, 0.2) < 1e-15
    assert kkt_residual(PHI, SIGNAL, CODE, 0.2, nonnegative=True) < 1e-15


def test_violations_by_hand():
    # A silent code: c = Phi^T s = (1, .8, 1.2728, -.1414); the largest exceeds .2 by 1.0728.
    assert kkt_residual(PHI, SIGNAL, np.zeros(4), 0.2) == pytest.approx(1.8 * H - 0.2, rel=1e-14)
    # With the signal reversed only the free code has anything to do for units 0 to 2.
    assert kkt_residual(PHI, -SIGNAL, np.zeros(4), 0.2) == pytest.approx(1.8 * H - 0.2, rel=1e-14)
    assert kkt_residual(PHI, -SIGNAL, np.zeros(4), 0.2, nonnegative=True) == 0.0
    mirrored = kkt_residual(PHI, -SIGNAL, -CODE, 0.2)
    assert mirrored < 1e-15
    # A negative coefficient is as wrong as it is large, at least.
    assert kkt_residual(PHI, -SIGNAL, -CODE, 0.2, nonnegative=True) >= CODE.max()


@pytest.mark.parametrize("nonnegative", [False, True])
def test_coordinate_descent_fulfils_them(nonnegative):
    from sklearn.linear_model import Lasso

    rng = np.random.default_rng(42)
    fields = rng.standard_normal((16, 32))
    fields /= np.linalg.norm(fields, axis=0)
    signals = rng.standard_normal((3, 16))
    model = Lasso(alpha=0.1 / 16, fit_intercept=False, positive=nonnegative, tol=1e-14, max_iter=100_000)
    codes = np.array([model.fit(fields, signal).coef_ for signal in signals])
    residual = kkt_residual(fields, signals, codes, 0.1, nonnegative=nonnegative)
    assert residual.shape == (3,)
    assert residual.max() < 1e-6  # a duality gap of 1e-14 bounds the residual by about its root
    assert kkt_residual(fields, signals, codes + 1e-3, 0.1, nonnegative=nonnegative).min() > 1e-3
    worse = lasso_objective(fields, signals, codes + 1e-3, 0.1)
    assert (worse > lasso_objective(fields, signals, codes, 0.1)).all()


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"expected \(2,\) and \(4,\)"):
        kkt_residual(PHI, SIGNAL, CODE[:3], 0.2)
    with pytest.raises(ValueError, match=r"penalty: got -1"):
        kkt_residual(PHI, SIGNAL, CODE, -1.0)
