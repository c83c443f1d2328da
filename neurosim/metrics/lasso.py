"""Sparse coding: how good a code is, and how far it is from the best one."""

from typing import Any

import numpy as np

from neurosim.metrics.checks import real, representable
from neurosim.params import Array, ParameterError, ParamInfo, flag, number


def lasso_objective(dictionary: Any, signal: Any, code: Any, penalty: Any) -> Any:
    """What the lasso minimises.

    Equation
        |signal - dictionary @ code|^2 / 2 + penalty * sum |code|
    Shapes
        dictionary (features, units), signal (features,) or (trials, features), code (units,) or (trials, units) ->
        a number or (trials,)
    """
    fields, target, values, weight = _checked(dictionary, signal, code, penalty, "lasso_objective")
    with np.errstate(over="ignore", invalid="ignore"):
        rest = target - values @ fields.T
        result = 0.5 * np.square(rest).sum(axis=-1) + weight * np.abs(values).sum(axis=-1)
    return _defined(result, "lasso_objective")[()]


def kkt_residual(dictionary: Any, signal: Any, code: Any, penalty: Any, *, nonnegative: bool = False) -> Any:
    """Largest violation of the conditions that the lasso's solution, and no other code, fulfils.

    Equation
        c = dictionary^T (signal - dictionary @ code); max over the units of
        |c_i - penalty * sign(a_i)| where a_i != 0, max(0, |c_i| - penalty) where a_i = 0
        nonnegative: |c_i - penalty| where a_i > 0, max(0, c_i - penalty) where a_i = 0, and -a_i where a_i < 0
    Shapes
        as in [lasso_objective][neurosim.metrics.lasso_objective]
    Raises:
        ParameterError: shapes that do not fit, a negative penalty.
    Source
        Tibshirani, J R Stat Soc B 58 (1996) (the problem); the conditions are those of Karush, Kuhn and Tucker.
    """
    fields, target, values, weight = _checked(dictionary, signal, code, penalty, "kkt_residual")
    with np.errstate(over="ignore", invalid="ignore"):
        gradient = _defined((target - values @ fields.T) @ fields, "kkt_residual")
    if flag(nonnegative, "kkt_residual: nonnegative"):
        idle = np.maximum(gradient - weight, 0.0)
        violation = np.where(values > 0, np.abs(gradient - weight), np.maximum(idle, -values))
    else:
        idle = np.maximum(np.abs(gradient) - weight, 0.0)
        violation = np.where(values != 0, np.abs(gradient - weight * np.sign(values)), idle)
    return violation.max(axis=-1)[()]


def _defined(result: Any, name: str) -> Any:
    """A result, or an error where the products of dictionary, signal and code are beyond float64."""
    return representable(np.where(np.isnan(result), np.inf, result), f"{name}(dictionary, signal, code, penalty)")


def _checked(dictionary: Any, signal: Any, code: Any, penalty: Any, name: str) -> tuple[Array, Array, Array, float]:
    fields = real(dictionary, f"{name}(dictionary)")
    target, values = real(signal, f"{name}(signal)"), real(code, f"{name}(code)")
    weight = number(penalty, ParamInfo("1", "weight of the L1 norm", low=0), f"{name}: penalty")
    if fields.ndim != 2:
        raise ParameterError(f"{name}(dictionary): got shape {fields.shape}, expected (features, units)")
    trials = target.shape[:-1]
    expected = (*trials, fields.shape[1])
    if target.ndim not in (1, 2) or target.shape[-1] != fields.shape[0] or values.shape != expected:
        raise ParameterError(
            f"{name}: got a signal of shape {target.shape} and a code of shape {values.shape}, expected "
            f"{(*trials, fields.shape[0])} and {expected}"
        )
    return fields, target, values, weight
