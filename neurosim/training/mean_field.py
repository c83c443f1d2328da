"""Mean-field theory of deep random networks: how signals and gradients change from layer to layer at infinite width."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.params import Array, ParameterError, ParamInfo, number

_REACH = 12.0
"""Standard deviations of the drive that are integrated over; beyond lies less than 4e-33 of a normal variable."""
_ABOVE_0 = ParamInfo("1", "variance", above=0.0)
_FROM_0 = ParamInfo("1", "variance", low=0.0)


@dataclass(frozen=True)
class Moments:
    """Means over a normal drive of mean 0."""

    mean: float
    second_moment: float
    mean_square_slope: float

    @property
    def index(self) -> float:
        """Share of the second moment that is the mean: (E f)^2 / E f^2."""
        return self.mean**2 / self.second_moment


@dataclass(frozen=True)
class MeanField:
    """What theory says of each layer.

    Shapes
        variance, mean, second_moment: (depth + 1,), from the first layer on; chi: (depth,)
    """

    variance: Array
    """Of the drive."""
    mean: Array
    """Of the activity."""
    second_moment: Array
    """Of the activity."""
    chi: Array
    """Squared gradient by the drives of a layer over that by the drives of the next one."""

    @property
    def log10_gradient(self) -> float:
        """log10 of the squared gradient by the first layer's drives over that by the last layer's."""
        return float(np.log10(self.chi).sum())


def gaussian_moments(activation: Activation, variance: Any = 1.0) -> Moments:
    """Mean, second moment and mean squared slope of an activity whose drive is normal with mean 0.

    Equation
        E f(h), E f(h)^2, E f'(h)^2 with h ~ N(0, variance), by Gauss-Legendre panels that close in on the kink
    Args:
        activation: of a unit (not of a population).
        variance: of the drive.

    Raises:
        ParameterError: an activation of a population, a variance that is not positive.
    """
    size = number(variance, _ABOVE_0, "gaussian_moments: variance")
    if not isinstance(activation, Activation) or activation.acts_on != "unit":
        raise ParameterError(f"gaussian_moments: got {activation!r}, expected an activation of single units")
    sd = float(np.sqrt(size))
    drive, weight = _nodes(sd, float(getattr(activation, "threshold", 0.0)))
    activity, slope = activation(drive), activation.derivative(drive)
    return Moments(float(weight @ activity), float(weight @ activity**2), float(weight @ slope**2))


def preserving_variance(activation: Activation, variance: Any = 1.0) -> float:
    """The weight variance (times the number of inputs) at which the drive keeps this variance in the next layer.

    Equation
        sigma_w^2 = variance / E f(h)^2, h ~ N(0, variance); 2 for ReLU
    Source
        He, Zhang, Ren & Sun, ICCV (2015), arXiv:1502.01852 (for ReLU).
    """
    moments = gaussian_moments(activation, variance)
    return number(variance, _ABOVE_0, "preserving_variance: variance") / moments.second_moment


def mean_field(
    activation: Activation, depth: int, *, weight_variance: Any, bias_variance: Any = 0.0, start: Any = 1.0
) -> MeanField:
    """Follow the variance of the drive and the squared gradient through the layers of a wide random network.

    Equation
        q_(l+1) = weight_variance * E f(h_l)^2 + bias_variance, h_l ~ N(0, q_l), q_0 = start
        chi_l = weight_variance * E f'(h_l)^2, the factor on the squared gradient from layer l + 1 back to layer l
    Args:
        activation: of every unit.
        depth: how many layers follow the first.
        weight_variance: variance of a weight times the number of inputs of a unit (2: He, 1: LeCun, Xavier).
        bias_variance: variance of the biases.
        start: variance of the first layer's drive.

    Raises:
        ParameterError: a depth below 1, a variance out of range.
    Source
        Poole et al., NeurIPS (2016), arXiv:1606.05340; Schoenholz et al., ICLR (2017), arXiv:1611.01232.
    """
    if isinstance(depth, bool) or not isinstance(depth, int | np.integer) or depth < 1:
        raise ParameterError(f"mean_field: depth: got {depth!r}, expected a whole number >= 1")
    weight = number(weight_variance, _ABOVE_0, "mean_field: weight_variance")
    bias = number(bias_variance, _FROM_0, "mean_field: bias_variance")
    variances = [number(start, _ABOVE_0, "mean_field: start")]
    moments = [gaussian_moments(activation, variances[0])]
    for _ in range(depth):
        variances.append(weight * moments[-1].second_moment + bias)
        moments.append(gaussian_moments(activation, variances[-1]))
    return MeanField(
        np.array(variances),
        np.array([m.mean for m in moments]),
        np.array([m.second_moment for m in moments]),
        np.array([weight * m.mean_square_slope for m in moments[:-1]]),
    )


@cache
def _legendre() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(24)


def _nodes(sd: float, kink: float) -> tuple[Array, Array]:
    """Drives and weights of the normal density: panels from the kink outwards, each a bit longer than the last."""
    nodes, weights = _legendre()
    reach = _REACH * sd
    steps = np.concatenate([[0.0], np.geomspace(1e-4 * sd, reach + abs(kink), 40)])
    edges = np.unique(np.clip(np.concatenate([kink - steps, kink + steps]), -reach, reach))
    half = np.diff(edges)[:, np.newaxis] / 2.0
    drive = (edges[:-1, np.newaxis] + half + half * nodes).ravel()
    density = np.exp(-0.5 * (drive / sd) ** 2) / (sd * np.sqrt(2.0 * np.pi))
    return drive, (half * weights).ravel() * density
