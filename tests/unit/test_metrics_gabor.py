"""Gabor fits: known parameters come back, from pictures drawn by another formula, and noise is told from stripes."""

import numpy as np
import pytest

from neurosim.metrics import GaborFit, fit_gabor
from neurosim.params import DimensionError, ParameterError


def drawn(orientation, frequency, phase, *, x=7.0, y=8.5, across=2.0, along=3.0, size=16):
    """A Gabor patch with complex numbers: stripes at `orientation` from the rows, anticlockwise, rows downwards."""
    rows, columns = np.mgrid[:size, :size]
    along_stripes = np.exp(1j * np.radians(orientation))
    place = ((columns - x) - 1j * (rows - y)) / along_stripes  # real part: along the stripes, upwards on paper
    envelope = np.exp(-0.5 * (place.imag / across) ** 2 - 0.5 * (place.real / along) ** 2)
    return envelope * np.cos(-2 * np.pi * frequency * place.imag + np.radians(phase))


@pytest.mark.parametrize("orientation", [0.0, 30.0, 90.0, 135.0])
@pytest.mark.parametrize(("frequency", "phase"), [(0.15, 0.0), (0.25, 90.0), (0.12, 200.0)])
def test_known_parameters_come_back(orientation, frequency, phase):
    fit = fit_gabor(0.4 + 2.5 * drawn(orientation, frequency, phase))
    # Without noise the search ends at the patch itself; its stopping rule leaves 1e-6.
    assert fit.r2 > 1 - 1e-9
    assert abs((fit.orientation - orientation + 90) % 180 - 90) < 1e-3
    assert fit.frequency == pytest.approx(frequency, abs=1e-5)
    assert (fit.x, fit.y) == pytest.approx((7.0, 8.5), abs=1e-3)
    assert (fit.sigma_across, fit.sigma_along) == pytest.approx((2.0, 3.0), abs=1e-3)
    assert (fit.amplitude, fit.offset) == pytest.approx((2.5, 0.4), abs=1e-3)


def test_the_phase_is_that_of_a_ridge_or_an_edge():
    assert fit_gabor(drawn(20.0, 0.2, 0.0)).phase % 360 == pytest.approx(0.0, abs=1e-2) or fit_gabor(
        drawn(20.0, 0.2, 0.0)
    ).phase == pytest.approx(360.0, abs=1e-2)
    assert fit_gabor(-drawn(20.0, 0.2, 0.0)).phase == pytest.approx(180.0, abs=1e-2)


def test_its_field_is_the_picture():
    picture = drawn(70.0, 0.2, 40.0) - 1.0
    np.testing.assert_allclose(fit_gabor(picture).field((16, 16)), picture, atol=1e-4)
    assert isinstance(fit_gabor(picture), GaborFit)


def test_noise_is_explained_less_than_a_noisy_patch():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(16, 16))
    patch = drawn(45.0, 0.2, 0.0)
    noisy = patch + 0.25 * patch.std() * noise
    fit = fit_gabor(noisy)
    # A quarter of the patch's standard deviation is 1/17 of the variance; nine parameters explain little of it.
    assert fit.r2 == pytest.approx(16 / 17, abs=0.02)
    assert fit.orientation == pytest.approx(45.0, abs=2.0)
    assert fit_gabor(noise).r2 < 0.4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_gabor(np.ones((8, 8))), "the same everywhere"),
        (lambda: fit_gabor(np.ones((3, 8))), "at least 4 x 4"),
        (lambda: fit_gabor(np.eye(8), starts=0), "starts.: got 0, expected a whole number >= 1"),
        (lambda: fit_gabor(np.eye(8), starts="a"), "got 'a', expected a whole number >= 1"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises((ParameterError, DimensionError), match=message):
        call()
