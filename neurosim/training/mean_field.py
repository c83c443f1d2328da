"""Mean-field theory of deep random networks: how signals and gradients change from layer to layer at infinite width."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from neurosim.activations.base import Activation
from neurosim.gate import named_as, whole
from neurosim.params import Array, ParameterError, ParamInfo, number

_REACH = 12.0
"""Standard deviations of the drive that are integrated over; beyond lies less than 4e-33 of a normal variable."""
_PRECISION = 1e-14
"""What is lost on a panel, as a fraction of the whole integral, when it is no longer halved."""
_HALVINGS = 50
_DEEPEST = 100_000
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
        E f(h), E f(h)^2, E f'(h)^2 with h ~ N(0, variance), by Gauss-Legendre panels that are halved where the curve
        has kinks and jumps; the last is infinite where it diverges (f-I curve of a LIF neuron without noise)
    Args:
        activation: of a unit (not of a population).
        variance: of the drive.

    Raises:
        ParameterError: an activation of a population, a variance that is not positive.
    """
    size = number(variance, _ABOVE_0, "gaussian_moments: variance")
    if not isinstance(activation, Activation) or activation.acts_on != "unit":
        raise ParameterError(f"gaussian_moments: got {activation!r}, expected an activation of single units")
    found = _moments(activation, size)
    if not np.isfinite([found.mean, found.second_moment]).all():
        raise ParameterError(f"gaussian_moments: variance: got {size:g}, expected one whose moments float64 can hold")
    return found


def _moments(activation: Activation, variance: float) -> Moments:
    sd = float(np.sqrt(variance))
    with np.errstate(over="ignore", invalid="ignore"):
        found = _integrals(activation, sd, _edges(sd, float(getattr(activation, "threshold", 0.0))))
    return Moments(*map(float, found))


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
    depth = whole(depth, "mean_field: depth", low=1, high=_DEEPEST)
    weight = number(weight_variance, _ABOVE_0, "mean_field: weight_variance")
    bias = number(bias_variance, _FROM_0, "mean_field: bias_variance")
    variances = [number(start, _ABOVE_0, "mean_field: start")]
    with named_as("mean_field: activation and start"):
        moments = [gaussian_moments(activation, variances[0])]
    for _ in range(depth):
        variances.append(weight * moments[-1].second_moment + bias)
        if not 0.0 < variances[-1] < np.inf:
            raise ParameterError(
                f"mean_field: weight_variance, bias_variance and start: the variance of layer {len(variances)} is "
                f"{variances[-1]:g}, expected values that keep it above 0 and below 1.8e308"
            )
        with named_as("mean_field: weight_variance, bias_variance and start"):
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


def _edges(sd: float, kink: float) -> Array:
    """Edges of panels from the kink outwards, each a bit longer than the last."""
    reach = _REACH * sd
    steps = np.concatenate([[0.0], np.geomspace(1e-4 * sd, reach + abs(kink), 40)])
    return np.unique(np.clip(np.concatenate([kink - steps, kink + steps]), -reach, reach))


def _integrals(activation: Activation, sd: float, edges: Array) -> Array:
    """The three integrals; a panel is halved as long as its halves add up to something else than it."""
    low, high = edges[:-1], edges[1:]
    whole = _panels(activation, sd, low, high)
    settled = np.zeros(3)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        left, right = _panels(activation, sd, low, middle), _panels(activation, sd, middle, high)
        scale = np.abs(settled) + np.abs(left + right).sum(axis=1)
        open_ = (np.abs(left + right - whole) > _PRECISION * scale[:, np.newaxis]).any(axis=0)
        settled += (left + right)[:, ~open_].sum(axis=1)
        low, high = np.concatenate([low[open_], middle[open_]]), np.concatenate([middle[open_], high[open_]])
        whole = np.concatenate([left[:, open_], right[:, open_]], axis=1)
        if not low.size:
            return settled
    # What is left lies within rounding of a kink: next to nothing, unless the slope grows too fast there.
    rest = whole.sum(axis=1)
    return np.where(np.abs(rest) > 1e-3 * np.abs(settled), np.inf, settled + rest)


def _panels(activation: Activation, sd: float, low: Array, high: Array) -> Array:
    """(3, panels): the integrals of f, f^2 and f'^2 over every panel."""
    nodes, weights = _legendre()
    half = ((high - low) / 2.0)[:, np.newaxis]
    drive = low[:, np.newaxis] + half + half * nodes
    weight = half * weights * np.exp(-0.5 * (drive / sd) ** 2) / (sd * np.sqrt(2.0 * np.pi))
    activity, slope = activation(drive), activation.derivative(drive)
    return np.stack([(weight * values).sum(axis=1) for values in (activity, activity**2, slope**2)])
