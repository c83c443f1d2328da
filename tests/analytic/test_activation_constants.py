"""Moments and constants of activations against textbook formulas that do not use the package, and printed values."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from small_questions import small_run

from neurosim import activations
from neurosim.activations import GELU, SELU, NoisyReLU, SiLU

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772

# mean, second moment, mean slope, mean squared slope, (E f)^2/E f^2, chi: printed to six decimals, computed elsewhere.
MOMENTS = {
    "Sigmoid": (0.5, 0.293379, 0.206621, 0.044836, 0.852140, 0.152827),
    "Tanh": (0.0, 0.394294, 0.605706, 0.464403, 0.0, 1.177807),
    "ReLU": (0.398942, 0.5, 0.5, 0.5, 0.318310, 1.0),
    "LeakyReLU": (0.394953, 0.500050, 0.505, 0.500050, 0.311944, 1.0),
    "PReLU": (0.299207, 0.531250, 0.625, 0.531250, 0.168517, 1.0),
    "ELU": (0.160521, 0.644945, 0.761578, 0.668102, 0.039952, 1.035905),
    "SELU": (0.0, 1.0, 0.985231, 1.071575, 0.0, 1.071575),
    "GELU": (0.282095, 0.425221, 0.5, 0.455851, 0.187144, 1.072031),
    "SiLU": (0.206621, 0.355776, 0.5, 0.379482, 0.119998, 1.066634),
    "Softplus": (0.806059, 0.921246, 0.5, 0.293379, 0.705275, 0.318459),
}


def sigmoid(z):
    return 1.0 / (1.0 + math.exp(-z)) if z >= 0 else math.exp(z) / (1.0 + math.exp(z))


def normal(z):
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def density(z):
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def pieces(a):
    return lambda z: z if z > 0 else a * z, lambda z: 1.0 if z > 0 else a


FORMULAS = {
    "Sigmoid": (sigmoid, lambda z: sigmoid(z) * (1.0 - sigmoid(z))),
    "Tanh": (math.tanh, lambda z: 1.0 - math.tanh(z) ** 2),
    "ReLU": pieces(0.0),
    "LeakyReLU": pieces(0.01),
    "PReLU": pieces(0.25),
    "ELU": (lambda z: z if z > 0 else math.exp(z) - 1.0, lambda z: 1.0 if z > 0 else math.exp(z)),
    "SELU": (
        lambda z: SCALE * (z if z > 0 else ALPHA * (math.exp(z) - 1.0)),
        lambda z: SCALE * (1.0 if z > 0 else ALPHA * math.exp(z)),
    ),
    "GELU": (lambda z: z * normal(z), lambda z: normal(z) + z * density(z)),
    "SiLU": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z)))),
    "Softplus": (lambda z: math.log1p(math.exp(-abs(z))) + max(z, 0.0), sigmoid),
}


def expect(f, low=-14.0):
    """E f(z) over z > low for a standard normal z, split at 0."""
    ends = [low, 0.0, 14.0] if low < 0 else [low, low + 3.0, low + 14.0]
    options = {"epsabs": 1e-14, "epsrel": 1e-13, "limit": 200}
    return sum(quad(lambda z: f(z) * density(z), a, b, **options)[0] for a, b in pairwise(ends))


@pytest.mark.parametrize("name", MOMENTS)
def test_the_atlas_has_the_moments_of_the_textbook_formulas(name):
    f, slope = FORMULAS[name]
    atlas = small_run("activations/atlas").tables["atlas"].set_index("activation").loc[name]
    mean, second, square = expect(f), expect(lambda z: f(z) ** 2), expect(lambda z: slope(z) ** 2)
    columns = ["mean", "second_moment", "mean_square_slope", "bias_shift_index", "chi"]
    # Two quadratures whose own error is below 1e-12.
    expected = [mean, second, square, mean**2 / second, square / second]
    np.testing.assert_allclose(atlas[columns].astype(float), expected, rtol=0, atol=1e-9)
    printed = [value for k, value in enumerate(MOMENTS[name]) if k != 2]
    np.testing.assert_allclose(atlas[columns].astype(float), printed, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", MOMENTS)
def test_the_mean_slope_is_that_of_steins_lemma(name):
    activation = activations.known()[name]()
    slope = expect(lambda z: float(activation.derivative(np.array(z))))
    # E f' = E z f (Stein, Ann Stat 9 (1981), lemma 1); the printed values have six decimals.
    assert slope == pytest.approx(expect(lambda z: z * float(activation(np.array(z)))), abs=1e-9)
    assert slope == pytest.approx(MOMENTS[name][2], abs=1e-6)


def test_sampled_moments_of_every_activation_are_those_of_the_atlas():
    atlas = small_run("activations/atlas").tables["atlas"].set_index("activation")
    z = np.random.default_rng(5).standard_normal(100_000)
    for name, row in atlas.iterrows():
        activation = activations.known()[name]()
        r = activation(z)
        drawn = {"mean": r, "second_moment": r**2, "exact_zero_fraction": (r == 0.0).astype(float)}
        if math.isfinite(row.mean_square_slope):  # otherwise the square of the slope has no mean
            drawn["mean_square_slope"] = activation.derivative(z) ** 2
        for moment, values in drawn.items():
            error = values.std() / math.sqrt(z.size)
            # 80 comparisons: 4.5 standard errors are passed by chance once in 1,800 runs; 5e-5 is half a quantile.
            assert abs(values.mean() - row[moment]) <= 4.5 * error + 5e-5 * (moment == "exact_zero_fraction") + 1e-9


def test_the_slope_of_a_noiseless_neuron_has_no_variance():
    # 1/ln(1/x) rises from the threshold: the square of its slope, 1/(x^2 ln^4 x), has no integral there.
    atlas = small_run("activations/atlas").tables["atlas"].set_index("activation")
    assert set(atlas.index[np.isinf(atlas.mean_square_slope)]) == {"LIFCurve", "ShuntedLIFCurve", "AdaptiveLIFCurve"}


def test_selu_has_mean_0_and_second_moment_1():
    up, down = expect(lambda z: max(z, 0.0)), expect(lambda z: math.expm1(min(z, 0.0)))
    alpha = brentq(lambda a: up + a * down, 1.0, 3.0, xtol=1e-15, rtol=1e-15)
    square = expect(lambda z: (z if z > 0 else alpha * math.expm1(z)) ** 2)
    scale = brentq(lambda s: s * s * square - 1.0, 0.5, 2.0, xtol=1e-15, rtol=1e-15)
    package = float(SELU()(np.array(1.0)))
    # The integrals are solved to 1e-13.
    assert (scale, alpha) == pytest.approx((SCALE, ALPHA), abs=1e-10)
    assert (package, -float(SELU()(np.array(-60.0))) / package) == pytest.approx((SCALE, ALPHA), abs=1e-10)


@pytest.mark.parametrize(
    ("kind", "place", "value"), [(GELU, -0.7517915247, -0.1699712075), (SiLU, -1.278464543, -0.2784645428)]
)
def test_minima_of_smooth_rectifiers(kind, place, value):
    least = minimize_scalar(lambda x: float(kind()(np.array(x))), bounds=(-3, 0), options={"xatol": 1e-9})
    # Ten printed digits; a minimum is flat, so its place has half the digits.
    assert least.fun == pytest.approx(value, abs=1e-9)
    assert least.x == pytest.approx(place, abs=1e-7)


def test_gelu_and_its_approximations():
    z = np.linspace(-8.0, 8.0, 16_001)
    exact = GELU()(z)
    assert np.abs(exact - [x * normal(x) for x in z]).max() < 1e-12
    assert np.abs(exact - GELU(form="tanh")(z)).max() == pytest.approx(4.732e-4, abs=1e-7)
    assert np.abs(exact - z / (1.0 + np.exp(-1.702 * z))).max() == pytest.approx(0.020335, abs=1e-6)
    assert float(GELU().derivative(np.array(0.0))) == pytest.approx(0.5, abs=1e-12)
    # E ReLU(z + xi) = GELU(z) + phi(z): the noisy ReLU, by another route for some drives.
    phi = np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    assert np.abs(NoisyReLU()(z) - exact - phi).max() < 1e-12
    for x in np.linspace(-4.0, 4.0, 33):
        smoothed = quad(lambda xi, x=x: (x + xi) * density(xi), -x, 14.0, epsabs=1e-14, epsrel=1e-13)[0]
        assert smoothed == pytest.approx(x * normal(x) + density(x), abs=1e-12)


def test_thresholds_for_4_and_1_percent_of_active_units():
    for fraction, printed in ((0.04, 1.750686), (0.01, 2.326348)):
        b = brentq(lambda b, f=fraction: expect(lambda z: 1.0, low=b) - f, 0.0, 4.0, xtol=1e-12)
        assert b == pytest.approx(printed, abs=1e-6)
