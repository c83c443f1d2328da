"""The best sparse code: the minimum of the squared error plus an L1 norm."""

from typing import Any

import numpy as np

from neurosim.params import Array, ParameterError, ParamInfo, finite, flag, number

_PENALTY = ParamInfo("1", "weight of the L1 norm", above=0.0)


def lasso_minimum(dictionary: Any, signals: Any, penalty: Any, *, nonnegative: bool = False) -> Array:
    """Codes at the minimum of the lasso, by coordinate descent: what networks that code sparsely are compared with.

    Equation
        minimise |signal - dictionary @ code|^2 / 2 + penalty * sum |code|, over code >= 0 with `nonnegative`
    Shapes
        dictionary (features, units), signals (trials, features) -> (trials, units)
    Args:
        dictionary: one column per unit.
        signals: one row per trial.
        penalty: weight of the L1 norm.
        nonnegative: whether codes are at least 0.

    Raises:
        ParameterError: shapes that do not fit, numbers that are not finite, a penalty that is not above 0.
    Source
        Friedman, Hastie, Hoefling & Tibshirani, Ann Appl Stat 1 (2007) 302; scikit-learn's implementation. How close a
        code is to the minimum says [kkt_residual][neurosim.metrics.kkt_residual].
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import Lasso

    fields = finite(dictionary, "", "lasso_minimum: dictionary", empty=False)
    targets = finite(signals, "", "lasso_minimum: signals", empty=False)
    if fields.ndim != 2 or targets.ndim != 2 or targets.shape[1] != fields.shape[0]:
        raise ParameterError(
            f"lasso_minimum: got a dictionary of shape {fields.shape} and signals of shape {targets.shape}, expected "
            "(features, units) and (trials, features)"
        )
    weight = number(penalty, _PENALTY, "lasso_minimum: penalty")
    positive = flag(nonnegative, "lasso_minimum: nonnegative")
    # scikit-learn divides the squared error by the number of equations. The tolerance is beyond what rounding always
    # allows; where it is not reached a warning would say so.
    solver = Lasso(alpha=weight / len(fields), fit_intercept=False, positive=positive, tol=1e-15, max_iter=20_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.array([solver.fit(fields, target).coef_.copy() for target in targets])
