"""Probes: how well a linear (or quadratic) reader tells classes apart from the activity of a population."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.metrics.checks import real
from neurosim.params import Array, ParameterError


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
    return _probe(activity, labels, test_activity, test_labels, penalty, lambda x: x)


def quadratic_probe(
    activity: Any, labels: Any, test_activity: Any, test_labels: Any, *, components: int = 16, penalty: float = 1e-3
) -> Probe:
    """The same with all products of two of the first principal components: the control for linear separability.

    Raises:
        ParameterError: as `linear_probe`, or fewer than one component.
    """
    if components < 1:
        raise ParameterError(f"quadratic_probe: components: got {components}, expected at least 1")
    train = _matrix(activity, "quadratic_probe: activity")
    centre = train.mean(axis=0)
    basis = np.linalg.svd(train - centre, full_matrices=False)[2][:components]
    pairs = np.triu_indices(len(basis))

    def expand(x: Array) -> Array:
        z = (x - centre) @ basis.T
        return np.concatenate([z, z[:, pairs[0]] * z[:, pairs[1]]], axis=1)

    return _probe(activity, labels, test_activity, test_labels, penalty, expand)


def _probe(activity: Any, labels: Any, test_activity: Any, test_labels: Any, penalty: float, expand: Any) -> Probe:
    from sklearn.linear_model import LogisticRegression

    x, z = _matrix(activity, "probe: activity"), _matrix(test_activity, "probe: test_activity")
    y, u = np.asarray(labels), np.asarray(test_labels)
    if y.shape != (len(x),) or u.shape != (len(z),) or z.shape[1] != x.shape[1]:
        raise ParameterError(
            f"probe: got activity {x.shape} with labels {y.shape} and test activity {z.shape} with labels {u.shape}, "
            "expected one label per trial and the same units"
        )
    if len(np.unique(y)) < 2:
        raise ParameterError(f"probe: labels: got the single class {y.flat[0]}, expected two or more")
    if not penalty > 0:
        raise ParameterError(f"probe: penalty: got {penalty:g}, expected a number > 0")
    x, z = expand(x), expand(z)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    # A unit that never changes tells nothing; dividing by its spread of 0 would.
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    x, z = (x - mean) * scale, (z - mean) * scale
    reader = LogisticRegression(C=1.0 / (penalty * len(x)), max_iter=2000).fit(x, y)
    return Probe(1.0 - float(reader.score(x, y)), 1.0 - float(reader.score(z, u)))


def _matrix(values: Any, where: str) -> Array:
    array = real(values, where)
    if array.ndim != 2:
        raise ParameterError(f"{where}: got shape {array.shape}, expected (trials, units)")
    return array
