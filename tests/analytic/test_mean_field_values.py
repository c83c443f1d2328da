"""Mean-field theory of depth against closed forms and SciPy's adaptive quadrature, and its refusals."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from neurosim import activations
from neurosim.params import DimensionError, ParameterError
from neurosim.training import gaussian_moments, mean_field, preserving_variance


def by_quad(function, variance, kink=0.0):
    """E function(h), h ~ N(0, variance), by an adaptive rule that is told of the kink."""
    sd = math.sqrt(variance)

    def integrand(h):
        return function(h) * math.exp(-0.5 * h * h / variance) / (sd * math.sqrt(2 * math.pi))

    below, above = (quad(integrand, *ends, epsabs=1e-13, epsrel=1e-12, limit=400)[0] for ends in
                    ((-12 * sd, kink), (kink, 12 * sd)))  # fmt: skip
    return below + above


def reference(value, slope, depth, weight_variance):
    """log10 of the squared gradient's ratio and the last variance, layer by layer with SciPy."""
    q, total = 1.0, 0.0
    for _ in range(depth):
        total += math.log10(weight_variance * by_quad(lambda h: slope(h) ** 2, q))
        q = weight_variance * by_quad(lambda h: value(h) ** 2, q)
    return total, q


def sigmoid(h):
    return 1 / (1 + math.exp(-h))


@pytest.mark.parametrize(
    ("name", "value", "slope", "weight_variance"),
    [
        ("Sigmoid", sigmoid, lambda h: sigmoid(h) * sigmoid(-h), 1.0),
        ("Sigmoid", sigmoid, lambda h: sigmoid(h) * sigmoid(-h), 16.0),
        ("Tanh", math.tanh, lambda h: 1 - math.tanh(h) ** 2, 1.0),
        ("Tanh", math.tanh, lambda h: 1 - math.tanh(h) ** 2, 25 / 9),
        ("ELU", lambda h: h if h > 0 else math.expm1(h), lambda h: 1.0 if h > 0 else math.exp(h), 1.5),
        ("SiLU", lambda h: h * sigmoid(h), lambda h: sigmoid(h) * (1 + h * sigmoid(-h)), 2.8),
    ],
)
def test_ten_layers_agree_with_adaptive_quadrature(name, value, slope, weight_variance):
    expected, variance = reference(value, slope, 10, weight_variance)
    found = mean_field(activations.known()[name](), 10, weight_variance=weight_variance)
    # Two quadratures of 1e-12 each, ten times over.
    assert found.log10_gradient == pytest.approx(expected, abs=1e-9)
    assert found.variance[-1] == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "weight_variance", "expected"),
    [
        ("Sigmoid", 1.0, (-12.6391, -25.1790, -62.7985)),
        ("Sigmoid", 16.0, (-3.6920, -7.6836, -19.6584)),
        ("Tanh", 1.0, (-1.1465, -1.4440, -1.8436)),
        ("Tanh", (5 / 3) ** 2, (0.8774, 1.7046, 4.1864)),
        ("ReLU", 1.0, (-3.0103, -6.0206, -15.0515)),
        ("ReLU", 2.0, (0.0, 0.0, 0.0)),
        ("SELU", 1.0, (0.3002,)),
    ],
)
def test_ten_twenty_and_fifty_layers_have_the_values_computed_elsewhere(name, weight_variance, expected):
    activation = activations.known()[name]()
    for layers, value in zip((10, 20, 50), expected, strict=False):
        found = mean_field(activation, layers, weight_variance=weight_variance)
        # The references have four decimals.
        assert found.log10_gradient == pytest.approx(value, abs=1e-3)
        assert found.log10_gradient == pytest.approx(np.log10(found.chi).sum(), abs=1e-12)


def test_bias_shift_indices_have_the_values_computed_elsewhere():
    expected = {
        "Sigmoid": 0.852140, "Tanh": 0.0, "ReLU": 0.318310, "LeakyReLU": 0.311944, "PReLU": 0.168517, "ELU": 0.039952,
        "SELU": 0.0, "GELU": 0.187144, "SiLU": 0.119998, "Softplus": 0.705275,
    }  # fmt: skip
    for name, index in expected.items():
        # The references have six decimals.
        assert gaussian_moments(activations.known()[name]()).index == pytest.approx(index, abs=1e-6), name


@pytest.mark.parametrize("weight_variance", [0.5, 1.0, 2.0, 3.0])
def test_relu_in_closed_form(weight_variance):
    found = mean_field(activations.ReLU(), 12, weight_variance=weight_variance, start=2.5)
    layers = np.arange(13)
    # A ReLU passes half of the second moment and half of the squared slope; the rest is rounding and quadrature.
    np.testing.assert_allclose(found.variance, 2.5 * (weight_variance / 2) ** layers, rtol=1e-11)
    np.testing.assert_allclose(found.chi, weight_variance / 2, rtol=1e-12)
    np.testing.assert_allclose(found.mean, np.sqrt(found.variance / (2 * np.pi)), rtol=1e-11)


def test_a_threshold_and_a_bias_variance_in_closed_form():
    # E ReLU(z - 1), its square and P(z > 1), tabulated to six decimals.
    moments = gaussian_moments(activations.ReLU(threshold=1.0))
    found = (moments.mean, moments.second_moment, moments.mean_square_slope)
    assert found == pytest.approx((0.083316, 0.075340, 0.158655), abs=1e-6)
    linear = mean_field(activations.Identity(), 3, weight_variance=0.5, bias_variance=0.2)
    np.testing.assert_allclose(linear.variance, [1.0, 0.7, 0.55, 0.475], rtol=1e-12)


def test_the_preserving_variance_of_relu_is_two_and_that_of_selu_one():
    assert preserving_variance(activations.ReLU()) == pytest.approx(2.0, rel=1e-12)
    assert preserving_variance(activations.SELU()) == pytest.approx(1.0, rel=1e-9)  # SELU's constants have 16 digits
    moments = gaussian_moments(activations.ReLU(), 4.0)
    assert moments.index == pytest.approx(1 / np.pi, rel=1e-12)  # (sd/sqrt(2 pi))^2 over sd^2/2


def test_moments_of_curves_with_a_kink_elsewhere():
    # Two kinks, at -1 and 1: 2 Q(1) of the drives are beyond them.
    soft = gaussian_moments(activations.SoftThreshold())
    tail, density = 0.5 * math.erfc(1 / math.sqrt(2)), math.exp(-0.5) / math.sqrt(2 * math.pi)
    assert soft.mean == pytest.approx(0.0, abs=1e-14)
    assert soft.second_moment == pytest.approx(2 * (2 * tail - density), rel=1e-12)
    assert soft.mean_square_slope == pytest.approx(2 * tail, rel=1e-12)
    # A kink at drive 0 with a variance of 4, and a measured curve with one at every sample.
    measured = activations.MeasuredCurve(drives=(-0.5, 0.3, 1.1, 2.0), rates=(0.0, 1.0, 4.0, 4.5))
    for curve, sd, kinks in ((activations.PerfectIFCurve(), 2.0, [0.0]), (measured, 1.0, [-0.5, 0.3, 1.1, 2.0])):
        found = gaussian_moments(curve, sd**2)
        for value, of in (
            (found.mean, lambda h, c=curve: float(c(np.array(h)))),
            (found.second_moment, lambda h, c=curve: float(c(np.array(h))) ** 2),
            (found.mean_square_slope, lambda h, c=curve: float(c.derivative(np.array(h))) ** 2),
        ):
            edges = [-12.0 * sd, *kinks, 12.0 * sd]
            weighted = [
                quad(lambda h, of=of, sd=sd: of(h) * math.exp(-0.5 * (h / sd) ** 2), a, b, epsabs=1e-13, epsrel=1e-12)
                for a, b in pairwise(edges)
            ]
            expected = sum(part for part, _ in weighted) / (sd * math.sqrt(2 * math.pi))
            assert value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["LIFCurve", "ShuntedLIFCurve", "AdaptiveLIFCurve"])
def test_a_slope_without_a_second_moment_is_said_to_have_none(name):
    # 1/ln(1/x) rises from the threshold, and the square of its slope, 1/(x^2 ln^4 x), has no integral there.
    found = gaussian_moments(activations.known()[name]())
    assert found.mean_square_slope == math.inf
    if name != "AdaptiveLIFCurve":
        # By substitution x = exp(-s): the rate is 1/(t_ref + tau ln(drive/(drive - 1))), smooth in s.
        def integrand(s, power):
            drive = 1.0 + math.exp(-s)
            rate = 1.0 / (2e-3 + 20e-3 * math.log(drive / math.exp(-s)))
            return rate**power * math.exp(-s - 0.5 * drive**2) / math.sqrt(2 * math.pi)

        for value, power in ((found.mean, 1), (found.second_moment, 2)):
            expected = quad(lambda s, k=power: integrand(s, k), -2.5, 60.0, epsabs=1e-13, epsrel=1e-12, limit=500)[0]
            assert value == pytest.approx(expected, rel=1e-9)


def test_refusals_name_the_argument():
    with pytest.raises(ParameterError, match="depth"):
        mean_field(activations.ReLU(), 0, weight_variance=2.0)
    with pytest.raises(ParameterError, match="weight_variance"):
        mean_field(activations.ReLU(), 2, weight_variance=0.0)
    with pytest.raises(ParameterError, match="single units"):
        gaussian_moments(activations.Softmax())
    with pytest.raises(DimensionError, match="variance"):
        gaussian_moments(activations.ReLU(), "wide")
