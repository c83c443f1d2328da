import numpy as np
import pytest
from scipy.stats import norm

from neurosim.circuits.kernels import (
    DifferenceOfGaussians,
    Exponential,
    Gaussian,
    Uniform,
    UniformLateral,
    distance_kernel,
    distances,
)
from neurosim.circuits.wiring import normalise_rows
from neurosim.params import DimensionError, ParameterError
from neurosim.registry import UnknownNameError


def test_distances_by_hand() -> None:
    np.testing.assert_array_equal(distances(4, "line")[0], [0, 1, 2, 3])
    np.testing.assert_array_equal(distances(5, "ring")[1], [1, 0, 1, 2, 2])
    # unit 0 is the corner, unit 5 sits in row 1, column 2
    np.testing.assert_allclose(distances((2, 3), "grid")[0], [0, 1, 2, 1, np.sqrt(2), np.sqrt(5)], rtol=1e-15)
    np.testing.assert_allclose(distances((4, 3), "torus")[0].reshape(4, 3)[3], [1, np.sqrt(2), np.sqrt(2)], rtol=1e-15)


def test_kernels_at_known_distances() -> None:
    distance = np.array([0.0, 1.0, 2.0])
    np.testing.assert_allclose(
        Gaussian(sigma=2.0)(distance), 2 * np.sqrt(2 * np.pi) * norm.pdf(distance, scale=2), rtol=1e-14
    )
    np.testing.assert_allclose(
        Exponential(length=2.0)(distance), [1, 0.6065306597126334, 0.36787944117144233], rtol=1e-15
    )
    np.testing.assert_array_equal(Uniform()(distance), [1, 1, 1])
    hat = DifferenceOfGaussians(sigma_e=1.0, sigma_i=3.0, ratio=0.9)
    # scipy's normal density as the other route
    np.testing.assert_allclose(hat(distance), norm.pdf(distance) - 0.9 * norm.pdf(distance, scale=3), rtol=1e-13)
    flat = DifferenceOfGaussians(sigma_e=1.0, sigma_i=3.0, ratio=0.9, dimensions=2)(distance)
    np.testing.assert_allclose(
        flat, (np.exp(-(distance**2) / 2) - 0.1 * np.exp(-(distance**2) / 18)) / (2 * np.pi), rtol=1e-13
    )


def test_only_the_mexican_hat_is_free_signed() -> None:
    assert DifferenceOfGaussians.free_signed
    assert not any(kernel.free_signed for kernel in (Gaussian, Exponential, Uniform))


@pytest.mark.parametrize("total", [0.5, 1.0])
def test_hartline_ratliff_ring_has_its_mach_bands(total: float) -> None:
    # an independent solution of r = e - K r on a ring of 200 with an exponential kernel of length 3:
    # plateaus, overshoot at the first place of the step, undershoot one before; given to six decimals
    plateaus, highest, lowest = {
        0.5: ((0.666667, 1.333333), 1.508098, 0.491902),
        1.0: ((0.5, 1.0), 1.277877, 0.222123),
    }[total]
    weights = normalise_rows(distance_kernel(200, Exponential(length=3.0), "ring"), total)
    excitation = np.ones(200)
    excitation[50:150] = 2
    rates = np.linalg.solve(np.eye(200) + weights, excitation)
    assert (rates.argmax(), rates.argmin()) in {(50, 49), (50, 150), (149, 49), (149, 150)}
    # The references have six digits.
    np.testing.assert_allclose([rates[50], rates[49]], [highest, lowest], atol=5.1e-7)
    np.testing.assert_allclose([rates[0], rates[100]], plateaus, atol=5.1e-7)


def test_mexican_hat_on_a_line_makes_the_known_edge() -> None:
    # step response Phi(x/1) - 0.8 Phi(x/2) of the continuous kernel: maximum .314777 at 1.5632, plateau .2;
    # ten units per unit of length, edge in the middle between two units
    x = (np.arange(400) - 199.5) / 10
    weights = distance_kernel(
        400, DifferenceOfGaussians(sigma_e=10, sigma_i=20, ratio=0.8), "line", self_connections=True
    )
    # the far end of the line, ten broad standard deviations away, is an edge of its own: look at the near half only
    response = (weights @ (x > 0))[:300]
    # midpoint sum of a Gaussian ten steps wide: errors of order exp(-2 pi^2 100), so only the grid of x is coarse:
    # the curvature at the maximum is about 0.1, and the maximum at most 0.05 off the grid
    assert response.max() == pytest.approx(0.314777, abs=0.1 * 0.05**2)
    assert x[response.argmax()] == pytest.approx(1.5632, abs=0.0501)
    # five broad standard deviations from the edge and from the end: 0.8 * 2 * Phi(-5) = 5e-7
    assert response[299] == pytest.approx(0.2, abs=1e-6)


def test_units_do_not_inhibit_themselves_unless_asked() -> None:
    assert not distance_kernel(6, Gaussian(sigma=2.0)).diagonal().any()
    np.testing.assert_array_equal(distance_kernel(6, Gaussian(sigma=2.0), self_connections=True).diagonal(), np.ones(6))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: distance_kernel(10, Gaussian(sigma=6.0)),
            ParameterError,
            "Gaussian of width 6 on a ring of 10 units, expected at most 5",
        ),
        (
            lambda: distance_kernel((4, 10), Exponential(length=3.0), "torus"),
            ParameterError,
            "4 x 10 units, expected at most 2",
        ),
        (
            lambda: distance_kernel((4, 10), DifferenceOfGaussians(), "grid"),
            ParameterError,
            "dimensions = 1 on a grid, expected 2",
        ),
        (lambda: distances(4, "rings"), UnknownNameError, "did you mean 'ring'"),  # type: ignore[arg-type]
        (lambda: distances((2, 2), "ring"), ParameterError, "expected one number of units"),
        (lambda: distances(4, "grid"), ParameterError, r"expected \(rows, columns\)"),
        (lambda: distances(0, "line"), ParameterError, "shape: got 0, expected a whole number >= 1"),
        (lambda: distances(2.5, "line"), DimensionError, "shape: got 2.5, expected a whole number"),  # type: ignore[arg-type]
        (lambda: Gaussian(sigma=0.0), ParameterError, "Gaussian.sigma: got 0, expected > 0"),
        (lambda: UniformLateral(0, 0.1), ParameterError, "UniformLateral.n: got 0"),
        (lambda: UniformLateral(3, -0.1), ParameterError, "got -0.1 s, expected >= 0 s"),
        (lambda: UniformLateral(3, float("nan")), ParameterError, "UniformLateral.value: got nan s"),
        (lambda: UniformLateral(3, "a"), DimensionError, "expected a number in s"),  # type: ignore[arg-type]
        (lambda: UniformLateral(3, 0.1) @ np.ones(4), ParameterError, r"got rates of shape \(4,\)"),
        (lambda: UniformLateral(3, 0.1).apply(np.ones(3)), ParameterError, r"expected \(trials, 3\)"),
    ],
)
def test_mistakes_are_named(call: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()  # type: ignore[operator]


def test_uniform_lateral_is_a_value() -> None:
    assert UniformLateral(3, 0.1) == UniformLateral(np.int64(3), np.float64(0.1))  # type: ignore[arg-type]
    assert UniformLateral(3, 0.1) != UniformLateral(3, 0.2)
    assert repr(UniformLateral(3, 0.1)) == "UniformLateral(n=3, value=0.1)"
    assert UniformLateral(3, 0.1).shape == (3, 3)
    np.testing.assert_array_equal(UniformLateral(1, 0.1).apply(np.ones((2, 1))), np.zeros((2, 1)))


def test_uniform_kernel_and_operator_are_the_same_matrix() -> None:
    np.testing.assert_allclose(UniformLateral(5, 0.3).toarray(), 0.3 * distance_kernel(5, Uniform()), rtol=1e-15)
