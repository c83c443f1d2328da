"""Gabor functions fitted to many fields at once, against functions that are known and against SciPy's search."""

import numpy as np
import pytest

from neurosim.metrics.gabor import fit_gabor
from neurosim.metrics.gabor_fits import fit_gabors
from neurosim.params import ParameterError


def drawn(side, x, y, across, along, degrees, frequency, phase, amplitude=1.0):
    """A Gabor function written down a second time: stripes at this angle as one sees them, rows counted downwards."""
    down, right = np.mgrid[:side, :side].astype(float)
    stripes = np.array([np.cos(np.radians(degrees)), -np.sin(np.radians(degrees))])  # right, down
    wave = np.array([np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])
    along_it = (right - x) * stripes[0] + (down - y) * stripes[1]
    across_it = (right - x) * wave[0] + (down - y) * wave[1]
    envelope = np.exp(-0.5 * (across_it / across) ** 2 - 0.5 * (along_it / along) ** 2)
    return amplitude * envelope * np.cos(2 * np.pi * frequency * across_it + np.radians(phase))


KNOWN = [
    (12, 5.0, 6.5, 1.8, 2.6, 30.0, 0.22, 40.0, 2.0),
    (12, 6.2, 4.4, 1.5, 3.0, 100.0, 0.25, 200.0, 0.01),
    (10, 3.5, 5.0, 1.6, 2.2, 150.0, 0.28, 300.0, 5.0),
    (8, 4.0, 3.0, 1.4, 1.9, 75.0, 0.3, 90.0, 1.0),
]


@pytest.mark.parametrize("numbers", KNOWN)
def test_the_numbers_of_a_gabor_function_come_back(numbers):
    _, x, y, across, along, degrees, frequency, _, amplitude = numbers
    fit = fit_gabors(drawn(*numbers)[None])
    # The function lies in the family, so the search ends where rounding and its finite differences (1e-6) end it.
    assert fit.r2[0] == pytest.approx(1.0, abs=1e-8)
    for found, expected in (
        (fit.x, x), (fit.y, y), (fit.sigma_across, across), (fit.sigma_along, along), (fit.orientation, degrees),
        (fit.frequency, frequency), (fit.amplitude, amplitude),
    ):  # fmt: skip
        assert found[0] == pytest.approx(expected, rel=1e-3)
    assert 0 <= fit.phase[0] < 360


def test_horizontal_stripes_have_orientation_0_and_vertical_ones_90():
    rows = np.repeat(np.array([0, 1, 2, 0, -2, -1.0, 0, 0])[:, None], 8, axis=1)
    fit = fit_gabors(np.stack([rows, rows.T]))
    # 0 and 180 degrees are the same orientation.
    assert min(fit.orientation[0], 180 - fit.orientation[0]) < 1e-3
    assert fit.orientation[1] == pytest.approx(90.0, abs=1e-3)


def by_scipy(picture):
    """The largest explained share that SciPy's least squares finds from twenty random starts, eight numbers free."""
    from scipy.optimize import least_squares

    side, rng = len(picture), np.random.default_rng(3)
    low = [-1, -1, 0.4, 0.4, -400, 0, -1000, -10]
    high = [side, side, side, side, 400, 0.5, 1000, 10]

    def rest(free):
        return (drawn(side, *free) - picture).ravel()

    found = []
    for _ in range(20):
        middle, size = rng.uniform(0.2 * side, 0.8 * side, 2), rng.uniform(0.8, side / 2, 2)
        start = [*middle, *size, rng.uniform(0, 180), rng.uniform(0.02, 0.4), rng.uniform(0, 360), 1.0]
        scale = [1, 1, 0.5, 0.5, 30, 0.05, 60, 0.5]
        found.append(2 * least_squares(rest, start, bounds=(low, high), x_scale=scale, max_nfev=200).cost)
    return 1 - min(found) / np.square(picture - picture.mean()).sum()


def test_noisy_fields_are_explained_as_well_as_by_another_search():
    rng = np.random.default_rng(1)
    pictures = np.stack([drawn(*numbers[:-1]) for numbers in KNOWN if numbers[0] == 12])
    pictures += 0.1 * rng.standard_normal(pictures.shape)
    fit = fit_gabors(pictures)
    for picture, found in zip(pictures, fit.r2, strict=True):
        # Either may stop in a slightly better place; a wrong local optimum would cost far more than a percent.
        assert found > by_scipy(picture) - 0.01


def test_one_field_and_many_fields_are_described_in_the_same_words():
    pictures = np.stack([drawn(*numbers) for numbers in KNOWN if numbers[0] == 12])
    many = fit_gabors(pictures)
    for k, picture in enumerate(pictures):
        one = fit_gabor(picture)
        # Both find the function itself; what is left is where their searches stop.
        for name in ("x", "y", "sigma_across", "sigma_along", "orientation", "frequency", "amplitude", "r2"):
            assert getattr(many, name)[k] == pytest.approx(getattr(one, name), rel=1e-3), name


def test_explained_share_of_noise_is_small_and_of_nothing_undefined():
    rng = np.random.default_rng(2)
    fit = fit_gabors(np.concatenate([rng.standard_normal((20, 8, 8)), np.zeros((1, 8, 8)), np.ones((1, 8, 8))]))
    # Eight numbers for 64 pixels explain 8/64 at random and a few times that at the best place; 0.6 is far from it.
    assert (fit.r2[:20] < 0.6).all()
    assert np.isnan(fit.r2[20:]).all()


def test_scale_and_company_do_not_matter():
    pictures = np.stack([drawn(*numbers) for numbers in KNOWN if numbers[0] == 12])
    together, alone = fit_gabors(pictures), fit_gabors(pictures[:1])
    assert together.x[0] == pytest.approx(alone.x[0], rel=1e-9)  # the sums run in another order
    large = fit_gabors(1e6 * pictures)
    np.testing.assert_allclose(large.amplitude, 1e6 * together.amplitude, rtol=1e-6)
    np.testing.assert_allclose(large.sigma_along, together.sigma_along, rtol=1e-6)


@pytest.mark.parametrize("shape", [(8, 8), (3, 2, 8), (2, 3, 4, 4)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ParameterError, match=r"fit_gabors\(fields\): got shape"):
        fit_gabors(np.ones(shape))
