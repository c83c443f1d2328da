"""What every activation in the folder must satisfy, whoever wrote it."""

import inspect
import json

import numpy as np
import pytest

from neurosim import activations, registry
from neurosim.circuits.kernels import Exponential
from neurosim.params import DimensionError, ParameterError

DEFAULTS = {name: cls() for name, cls in activations.known().items()}
VARIANTS = {
    "GELU-tanh": activations.GELU(form="tanh"),
    "ELU-deep": activations.ELU(alpha=2.5, gain=30.0, threshold=0.5, width=0.3),
    "ReLU-shifted": activations.ReLU(gain=40.0, threshold=1.0),
    "Softplus-sharp": activations.Softplus(gain=40.0, threshold=1.0, width=0.05),
    "NoisyReLU-sharp": activations.NoisyReLU(gain=40.0, threshold=1.0, width=0.1),
    "Softmax-cold": activations.Softmax(gain=20.0, temperature=0.3),
    "KWTA-3": activations.KWTA(k=3),
    "LocalResponseNorm-strong": activations.LocalResponseNorm(alpha=0.3, size=3, wrap=True, gain=20.0),
    "LocalResponseNorm-root": activations.LocalResponseNorm(alpha=0.5, beta=0.5, size=9),
    "Sparsemax-warm": activations.Sparsemax(gain=20.0, temperature=3.0),
    "SoftKWTA-3": activations.SoftKWTA(k=3, gain=20.0, temperature=0.3),
    "SoftThreshold-small": activations.SoftThreshold(threshold=0.1, gain=5.0),
    "DivisiveNormalisation-local": activations.DivisiveNormalisation(
        exponent=1.5, sigma=0.3, weight=0.4, kernel=Exponential(length=1.0), topology="line", gain=30.0
    ),
    "Composition-of-winners": activations.Composition(inner=activations.KWTA(k=3), outer=activations.SoftLIF()),
    "LIFCurve-no-refractoriness": activations.LIFCurve(t_ref=0.0, v_reset=0.5),
    "Siegert-noiseless": activations.Siegert(sigma_stat=0.0),
    "Siegert-quiet": activations.Siegert(sigma_stat=1e-3, t_ref=0.0),
    "Siegert-step": activations.Siegert(dt=1e-4, v_reset=-1.0),
    "SoftLIF-sharp": activations.SoftLIF(smoothing=1e-3),
    "MeasuredCurve-saturating": activations.MeasuredCurve(drives=(0.5, 1.0, 3.0, 4.0), rates=(1.0, 5.0, 20.0, 20.0)),
}
CASES = {**DEFAULTS, **VARIANTS}
UNITS = [name for name, act in CASES.items() if act.acts_on == "unit"]
POPULATIONS = [name for name, act in CASES.items() if act.acts_on == "population"]

# Off the round numbers at which kinks sit, by far more than the step of a difference quotient.
GRID = np.arange(-6.0, 8.0, 0.05) + 0.0123
STEP = 1e-5


def drives_for(act, shape=(7, 40)):
    return GRID[: np.prod(shape)].reshape(shape) if act.acts_on == "population" else GRID


def test_everything_in_the_folder_is_tested():
    expected = (
        "Identity Step ReLU LeakyReLU PReLU ELU SELU GELU SiLU Softplus Sigmoid Tanh Softmax KWTA LIFCurve Siegert"
    )
    assert set(expected.split()) | {"SoftLIF", "NoisyReLU", "MeasuredCurve"} <= set(DEFAULTS)


@pytest.mark.parametrize("name", UNITS)
def test_derivative_is_the_slope(name):
    act = CASES[name]
    quotient = (act(GRID + STEP) - act(GRID - STEP)) / (2 * STEP)
    finer = (act(GRID + STEP / 2) - act(GRID - STEP / 2)) / STEP
    slope = (4 * finer - quotient) / 3
    # Rounding of the values, some 1e-15 of the largest, is divided by the step; 1e-6 is what Richardson leaves of the
    # curvature of the sharpest case (a scale of 1e-3, cubed ratio 1e-8 of step to scale, with its factor).
    rounding = 3e-15 * np.abs(act(GRID)).max() / STEP
    np.testing.assert_allclose(act.derivative(GRID), slope, rtol=1e-6, atol=rounding)


@pytest.mark.parametrize("name", UNITS)
def test_a_jump_is_documented_and_a_one_sided_slope_is_returned(name):
    act = CASES[name]
    place = np.round(np.arange(-6.0, 8.0, 0.05), 2)
    left, right = act.derivative(place - 1e-9), act.derivative(place + 1e-9)
    # A smooth slope changes by at most its curvature times 2e-9; the sharpest case here has scale 1e-3.
    jumps = np.abs(right - left) > 1e-4 * (1.0 + np.minimum(np.abs(left), np.abs(right)))
    jumps |= np.abs(act(place + 1e-9) - act(place - 1e-9)) > 1e-2 * (1.0 + np.abs(act(place - 1e-9)))
    if jumps.any():
        assert act.kink
        at, low, high = act.derivative(place)[jumps], left[jumps], right[jumps]
        # One of the two one-sided slopes, up to the curvature over 1e-9.
        assert (np.isclose(at, low, rtol=1e-6) | np.isclose(at, high, rtol=1e-6)).all()


@pytest.mark.parametrize("name", CASES)
def test_far_drives_neither_overflow_nor_warn(name):
    act = CASES[name]
    far = np.array([-1e6, -1e3, -40.0, -1.0, 0.0, 1.0, 1.0 + 1e-15, 40.0, 1e3, 1e6])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        value, slope = act(far), act.derivative(far)
        gradient = act.pullback(far, np.ones_like(far))
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", CASES)
def test_range_holds_every_value(name):
    act = CASES[name]
    low, high = act.range
    assert low < high
    for drive in (GRID, np.array([-1e6, -1e3, 1e3, 1e6]), np.linspace(-2.0, 2.0, 4001)):
        value = act(drive)
        slack = 4 * np.finfo(float).eps * np.abs(value).max()  # the bound itself is rounded
        assert value.min() >= low - slack
        assert value.max() <= high + slack


@pytest.mark.parametrize("name", UNITS)
def test_it_falls_only_where_its_own_bound_on_the_slope_says_so(name):
    act = CASES[name]
    value = act(np.linspace(-8.0, 8.0, 20001))
    falls = np.diff(value).min() < -1e-13 * np.abs(value).max()  # rounding of one value
    lowest, _ = act.slope_range()
    assert not falls or lowest < 0
    if lowest >= 0:
        assert (act.derivative(GRID) >= 0).all()


def test_curves_that_dip_say_so_and_others_claim_to_be_monotone():
    # Hendrycks & Gimpel (2016) and Elfwing et al. (2018): slopes of -0.129 and -0.0998 at their steepest descent.
    assert activations.GELU().slope_range()[0] == pytest.approx(-0.129, abs=1e-3)
    assert activations.SiLU().slope_range()[0] == pytest.approx(-0.0998, abs=1e-3)
    assert activations.Softplus().slope_range()[0] == activations.LIFCurve().slope_range()[0] == 0.0


@pytest.mark.parametrize("shape", [(), (1,), (0,), (3,), (2, 3), (0, 4), (2, 3, 4)])
@pytest.mark.parametrize("name", CASES)
def test_shape_and_type_are_kept(name, shape):
    act = CASES[name]
    drive = np.linspace(-1.0, 3.0, int(np.prod(shape))).reshape(shape)
    before = drive.copy()
    if act.acts_on == "population" and shape == ():
        with pytest.raises(DimensionError, match="last axis"):
            act(drive)
        return
    value, slope = act(drive), act.derivative(drive)
    assert np.shape(value) == shape
    assert np.shape(slope) == (shape if act.acts_on == "unit" else (*shape, shape[-1]))
    assert np.shape(act.pullback(drive, drive)) == shape
    assert value.dtype == slope.dtype == np.float64
    np.testing.assert_array_equal(drive, before)


@pytest.mark.parametrize("name", CASES)
def test_whole_numbers_are_drives_too(name):
    act = CASES[name]
    np.testing.assert_array_equal(act(np.array([-1, 0, 2])), act(np.array([-1.0, 0.0, 2.0])))


@pytest.mark.parametrize("name", UNITS)
def test_a_missing_drive_stays_missing(name):
    value = CASES[name](np.array([np.nan, 0.5]))
    assert np.isnan(value[0])
    assert np.isfinite(value[1])


@pytest.mark.parametrize("name", CASES)
def test_pullback_is_the_transposed_derivative(name):
    act = CASES[name]
    rng = np.random.default_rng(5)
    drive = drives_for(act)
    cotangent, direction = rng.standard_normal(drive.shape), rng.standard_normal(drive.shape)
    change = (act(drive + STEP * direction) - act(drive - STEP * direction)) / (2 * STEP)
    expected = np.sum(cotangent * change)
    found = np.sum(act.pullback(drive, cotangent) * direction)
    # Second-order truncation at a direction of length up to 3: (3e-5 / scale)**2 / 6 of the steepest slope; the
    # steepest case has scale 1e-3.
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-7 * (1.0 + np.abs(act(drive)).max()))


@pytest.mark.parametrize("name", POPULATIONS)
def test_population_acts_on_the_last_axis(name):
    act = CASES[name]
    drive = np.random.default_rng(7).standard_normal((2, 3, 6))
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(act(drive)[index], act(drive[index]))
        np.testing.assert_array_equal(act.derivative(drive)[index], act.derivative(drive[index]))
    assert not np.allclose(act(drive), np.swapaxes(act(np.swapaxes(drive, 0, 2)), 0, 2))


@pytest.mark.parametrize("name", POPULATIONS)
def test_jacobian_against_differences(name):
    act = CASES[name]
    drive = np.random.default_rng(8).standard_normal(6)
    columns = [(act(drive + h) - act(drive - h)) / (2 * STEP) for h in STEP * np.eye(6)]
    # (1e-5 / 0.3)**2 / 6 of truncation and 1e-15 * 20 / 1e-5 of rounding.
    np.testing.assert_allclose(act.derivative(drive), np.stack(columns, axis=-1), rtol=1e-7, atol=2e-8)


@pytest.mark.parametrize("name", CASES)
def test_is_a_value(name):
    act = CASES[name]
    twin = registry.from_dict(json.loads(json.dumps(act.as_dict())))
    assert twin == act
    assert hash(twin) == hash(act)
    assert act.replace() == act
    np.testing.assert_array_equal(twin(GRID), act(GRID))
    with pytest.raises(ParameterError, match="is named 'colour'; "):
        act.replace(colour=1)


@pytest.mark.parametrize("name", DEFAULTS)
def test_says_what_it_is(name):
    act = DEFAULTS[name]
    text = inspect.cleandoc(type(act).__doc__)
    for heading in ("Equation", "Shapes", "Source"):
        assert f"\n{heading}\n" in text
    assert act.spiking.kind in ("exact", "approximate", "none")
    assert len(act.spiking.why) > 20
    assert all(info.doc for info in act.info().values())


@pytest.mark.parametrize("name", DEFAULTS)
def test_no_neuron_fires_at_a_negative_rate(name):
    act = DEFAULTS[name]
    if act.range[0] < 0:
        assert act.spiking.kind != "exact"
