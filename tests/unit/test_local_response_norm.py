"""Local response normalisation against numbers worked out by hand."""

import numpy as np
import pytest

from neurosim.activations import LocalResponseNorm
from neurosim.params import ParameterError


def test_the_neighbours_divide_and_the_ends_have_fewer():
    drive = np.array([1.0, 2.0, -5.0, 3.0])
    norm = LocalResponseNorm(size=3, offset=1.0, alpha=1.0, beta=1.0)
    # Squares 1, 4, 0, 9: sums with both neighbours 5, 5, 13, 9.
    np.testing.assert_allclose(norm(drive), [1 / 6, 2 / 6, 0.0, 3 / 10], rtol=1e-15)
    ring = norm.replace(wrap=True)
    # Now the first and the last see each other: 14, 5, 13, 10.
    np.testing.assert_allclose(ring(drive), [1 / 15, 2 / 6, 0.0, 3 / 11], rtol=1e-15)


@pytest.mark.parametrize("wrap", [False, True])
def test_a_window_wider_than_the_population_counts_everybody_once(wrap):
    drive = np.array([1.0, 2.0, 3.0])
    found = LocalResponseNorm(size=9, offset=2.0, alpha=0.5, beta=0.5, wrap=wrap)(drive)
    np.testing.assert_allclose(found, drive / 3.0, rtol=1e-15)  # sqrt(2 + 0.5 * 14) = 3


def test_the_constants_of_the_source_are_the_defaults():
    found = LocalResponseNorm()(np.full(9, 100.0))[4]
    assert found == pytest.approx(100.0 / 7.0**0.75, rel=1e-14)  # 2 + 1e-4 * 5 * 1e4 = 7


def test_the_highest_activity_is_that_of_a_lonely_unit():
    norm = LocalResponseNorm(offset=2.0, alpha=0.01, beta=1.0)
    # a / (2 + 0.01 a^2) is highest at a = sqrt(200), where it is a / 4.
    assert norm.range[1] == pytest.approx(np.sqrt(200.0) / 4.0, rel=1e-14)
    assert LocalResponseNorm(beta=0.25).range[1] == np.inf
    assert LocalResponseNorm(beta=0.5, alpha=0.04, gain=2.0).range[1] == pytest.approx(10.0)


def test_an_even_neighbourhood_has_no_middle():
    with pytest.raises(ParameterError, match="odd"):
        LocalResponseNorm(size=4)
