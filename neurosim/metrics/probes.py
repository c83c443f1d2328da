"""Probes: how well a linear (or quadratic) reader tells classes apart from the activity of a population."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.metrics.checks import count, exponent, real, shifted
from neurosim.params import Array, ParameterError, ParamInfo, number
from neurosim.params import labels as whole_numbers

_PENALTY = ParamInfo("1", "L2 penalty per trial", low=1e-100, high=1e100)
_FARTHEST = 300
"""Powers of two by which the activity of the test trials may exceed that of the others."""


@dataclass(frozen=True)
class Probe:
    """Share of wrong answers of a reader, on the trials it was fitted to and on others."""

    train_error: float
    test_error: float


def linear_probe(activity: Any, labels: Any, test_activity: Any, test_labels: Any, *, penalty: float = 1e-3) -> Probe:
    """Fit a linear classifier to the activity of some trials and try it on others.

    Equation
        multinomial logistic regression on standardised activities, with an L2 penalty per trial on the weights
    Shapes
        activity (trials, units), labels (trials,)
    Raises:
        ParameterError: shapes that do not fit, fewer than two classes, or a penalty that is not positive.
    Source
        Alain & Bengio, arXiv:1610.01644 (2016).
    """
    return _probe(activity, labels, test_activity, test_labels, penalty, "linear_probe", lambda x: lambda z: z)


def quadratic_probe(
    activity: Any, labels: Any, test_activity: Any, test_labels: Any, *, components: int = 16, penalty: float = 1e-3
) -> Probe:
    """The same with all products of two of the first principal components: the control for linear separability.

    Raises:
        ParameterError: as `linear_probe`, or fewer than one component.
    """
    most = count(components, "quadratic_probe: components")

    def products(train: Array) -> Callable[[Array], Array]:
        centre = train.mean(axis=0)
        basis = np.linalg.svd(train - centre, full_matrices=False)[2][:most]
        pairs = np.triu_indices(len(basis))

        def expand(x: Array) -> Array:
            z = (x - centre) @ basis.T
            return np.concatenate([z, z[:, pairs[0]] * z[:, pairs[1]]], axis=1)

        return expand

    return _probe(activity, labels, test_activity, test_labels, penalty, "quadratic_probe", products)


def _probe(
    activity: Any,
    labels: Any,
    test_activity: Any,
    test_labels: Any,
    penalty: float,
    name: str,
    expansion: Callable[[Array], Callable[[Array], Array]],
) -> Probe:
    from sklearn.linear_model import LogisticRegression

    x, z = _matrix(activity, f"{name}: activity"), _matrix(test_activity, f"{name}: test_activity")
    y, u = _labels(labels, x, f"{name}: labels"), _labels(test_labels, z, f"{name}: test_labels")
    if z.shape[1] != x.shape[1]:
        raise ParameterError(
            f"{name}: got activity of {x.shape[1]} units and test_activity of {z.shape[1]}, expected the same units"
        )
    if y.dtype.kind != u.dtype.kind:
        raise ParameterError(
            f"{name}: labels and test_labels: got numbers in one and names in the other, expected one kind"
        )
    if len(np.unique(y)) < 2:
        raise ParameterError(f"{name}: labels: got the single class {y[0]}, expected two or more")
    strength = 1.0 / (number(penalty, _PENALTY, f"{name}: penalty") * len(x))
    # A classifier of standardised activities does not see their scale, and squares must not overflow.
    power = exponent(x)
    if exponent(z) > power + _FARTHEST:
        raise ParameterError(
            f"{name}: test_activity: got values up to {np.abs(z).max():g}, expected the scale of activity "
            f"({np.abs(x).max():g})"
        )
    x, z = shifted(x, power), shifted(z, power)
    expand = expansion(x)
    x, z = expand(x), expand(z)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    # A unit that never changes tells nothing; dividing by its spread of 0 would.
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    x, z = (x - mean) * scale, (z - mean) * scale
    reader = LogisticRegression(C=strength, max_iter=2000).fit(x, y)
    return Probe(1.0 - float(reader.score(x, y)), 1.0 - float(reader.score(z, u)))


def _labels(values: Any, trials: Array, where: str) -> Any:
    """Class numbers or names, one per trial."""
    texts = isinstance(values, np.ndarray | list | tuple) and np.asarray(values, dtype=object).ndim == 1
    if texts and len(values) and all(isinstance(each, str) for each in values):
        found = np.asarray(values)
    else:
        found = whole_numbers(values, where, low=-(2**62))
    if found.shape != (len(trials),):
        raise ParameterError(f"{where}: got shape {found.shape}, expected ({len(trials)},), one label per trial")
    return found


def _matrix(values: Any, where: str) -> Array:
    array = real(values, where)
    if array.ndim != 2:
        raise ParameterError(f"{where}: got shape {array.shape}, expected (trials, units)")
    return array
