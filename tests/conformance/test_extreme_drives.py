"""Drives at the ends of float64, infinite and missing ones, and float32: what every activation in the folder does."""

import numpy as np
import pytest
from test_activation_conformance import CASES

from neurosim import activations
from neurosim.params import ParameterError

POPULATIONS = [name for name, act in CASES.items() if act.acts_on == "population"]

CASES = {
    **CASES,
    "SoftLIF-no-refractoriness": activations.SoftLIF(t_ref=0.0),
    "Siegert-no-refractoriness": activations.Siegert(t_ref=0.0),
    "AdaptiveLIFCurve-no-refractoriness": activations.AdaptiveLIFCurve(t_ref=0.0),
    "PerfectIFCurve-no-refractoriness": activations.PerfectIFCurve(t_ref=0.0),
    "ShuntedLIFCurve-no-refractoriness": activations.ShuntedLIFCurve(t_ref=0.0, tonic_inhibition=2.0),
    "SoftThreshold-unshifted": activations.SoftThreshold(threshold=0.0),
}
UNITS = [name for name, act in CASES.items() if act.acts_on == "unit"]
HUGE = 1e308
ROWS = {
    "huge": [HUGE, -HUGE, 0.5],
    "two huge": [HUGE, HUGE, -HUGE],
    "huge and half": [HUGE, 0.5 * HUGE, 0.1 * HUGE],
    "all low": [-HUGE, -HUGE, -HUGE],
    "up": [np.inf, 0.5, 1.0],
    "both up": [np.inf, np.inf, 1.0],
    "down": [-np.inf, 0.5, 1.0],
    "two down": [-np.inf, -np.inf, 1.0],
    "all down": [-np.inf, -np.inf, -np.inf],
    "missing": [np.nan, 0.5, 1.0],
    "missing and up": [np.nan, np.inf, -np.inf],
}


def quiet(compute):
    """What is computed without an invalid operation or a division by zero; an overflow only into an infinite value."""
    with np.errstate(all="raise", under="ignore", over="ignore"):
        value = compute()
    if not np.isinf(value).any():
        with np.errstate(all="raise", under="ignore"):
            compute()
    return value


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("name", CASES)
def test_no_drive_makes_an_activation_warn(name, row):
    act, drive = CASES[name], np.array(ROWS[row])
    value = quiet(lambda: act(drive))
    slope = quiet(lambda: act.derivative(drive))
    back = quiet(lambda: act.pullback(drive, np.ones(3)))
    for found in (value, slope, back):
        if np.isfinite(drive).all():
            assert not np.isnan(found).any()
    low, high = act.range
    known = value[~np.isnan(value)]
    assert ((known >= low) & (known <= high * (1 + 1e-12))).all()


@pytest.mark.parametrize("name", UNITS)
def test_curves_of_single_units_reach_their_limits(name):
    # Every curve is straight far out: the slope there is the one further in, and its value at infinity follows from it.
    act = CASES[name]
    for sign in (-1.0, 1.0):
        drive = sign * np.array([1e10, HUGE, np.inf])
        value, slope = quiet(lambda drive=drive: act(drive)), quiet(lambda drive=drive: act.derivative(drive))
        # Curves of spiking neurons approach their lines as 1/drive and logarithmically slowly: 1e-5 at 1e10.
        np.testing.assert_allclose(slope[1:], slope[0], rtol=1e-4, atol=1e-7)
        if abs(slope[2]) > 1e-7:
            assert value[2] == sign * np.sign(slope[2]) * np.inf
            with np.errstate(over="ignore"):
                np.testing.assert_allclose(value[1], slope[1] * drive[1], rtol=1e-6)
        else:
            assert np.isfinite(value).all()
            np.testing.assert_allclose(value[1:], value[0], rtol=1e-6, atol=1e-6)


def test_limits_by_hand():
    ends = np.array([-np.inf, np.inf])
    for cls in (activations.GELU, activations.SiLU, activations.NoisyReLU, activations.Softplus, activations.ReLU):
        np.testing.assert_array_equal(cls()(ends), [0.0, np.inf])
        np.testing.assert_array_equal(cls().derivative(ends), [0.0, 1.0])
        np.testing.assert_array_equal(cls()(np.array([-HUGE, HUGE])), [0.0, HUGE])
    np.testing.assert_array_equal(activations.GELU(form="tanh")(ends), [0.0, np.inf])
    np.testing.assert_array_equal(activations.Tanh()(ends), [-1.0, 1.0])
    for cls in (activations.SoftLIF, activations.LIFCurve, activations.Siegert, activations.AdaptiveLIFCurve):
        assert cls()(ends)[1] == pytest.approx(500.0, rel=1e-12)  # 1/t_ref
        # Without a refractory period the interval is tau_m (1 - v_reset)/drive: 50 Hz per drive.
        straight = cls(t_ref=0.0, **({"jump": 0.0} if cls is activations.AdaptiveLIFCurve else {}))
        np.testing.assert_allclose(straight.derivative(np.array([HUGE, np.inf])), 50.0, rtol=1e-12)
        assert straight(np.array([1e300]))[0] == pytest.approx(50.0 * 1e300, rel=1e-12)
        assert straight(ends)[1] == np.inf
    # The mean of the adaptation is jump tau_a r: r = drive / (0.02 + 0.1 * 0.1).
    adapted = activations.AdaptiveLIFCurve(t_ref=0.0)
    np.testing.assert_allclose(adapted.derivative(np.array([HUGE, np.inf])), 1.0 / 0.03, rtol=1e-12)


def test_limits_of_populations_by_hand():
    drive = np.array([HUGE, 0.5 * HUGE, -HUGE])
    for act in (activations.Softmax(), activations.Sparsemax(), activations.SoftKWTA()):
        np.testing.assert_array_equal(act(drive), [1.0, 0.0, 0.0])
        np.testing.assert_array_equal(act(np.array([HUGE, HUGE, -HUGE])), [0.5, 0.5, 0.0])
        np.testing.assert_array_equal(act(np.array([-np.inf, -np.inf, 1.0])), [0.0, 0.0, 1.0])
    # a^2/(1 + sum a^2) of 1 : 1/2.
    np.testing.assert_allclose(activations.DivisiveNormalisation()(drive), [0.8, 0.2, 0.0], rtol=1e-15)
    np.testing.assert_array_equal(activations.KWTA()(np.array([1.0, np.inf, 2.0])), [0.0, np.inf, 0.0])
    # beta = 1/2, the offset negligible: a_i / sqrt(alpha sum a^2); the third is not anyone's neighbour.
    norm = activations.LocalResponseNorm(alpha=0.25, beta=0.5, size=3)
    found = norm(np.array([0.6 * HUGE, 0.8 * HUGE, 0.0, 0.0, 3.0]))
    np.testing.assert_allclose(found, [1.2, 1.6, 0.0, 0.0, 3.0 / np.sqrt(2.0 + 0.25 * 9.0)], rtol=1e-12)


@pytest.mark.parametrize("beta", [0.3, 0.5, 0.75])
def test_a_local_response_norm_of_huge_drives_follows_its_power_law(beta):
    # Where the offset is negligible, r(c x) = c^(1 - 2 beta) r(x) and J(c x) = c^(-2 beta) J(x).
    act = activations.LocalResponseNorm(alpha=0.25, beta=beta, size=3)
    near, scale = np.array([0.6, 0.8, 0.3, 0.9]) * 1e15, 1e150
    np.testing.assert_allclose(act(scale * near), scale ** (1 - 2 * beta) * act(near), rtol=1e-12)
    np.testing.assert_allclose(act.derivative(scale * near), scale ** (-2 * beta) * act.derivative(near), rtol=1e-11)
    weights = np.array([1.0, -2.0, 0.5, 3.0])
    np.testing.assert_allclose(act.pullback(near * scale, weights), weights @ act.derivative(near * scale), rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_what_is_missing_stays_missing(name):
    act = CASES[name]
    drive = np.array([[np.nan, 0.5, 2.0], [0.25, 0.5, 2.0]])
    value, slope, back = act(drive), act.derivative(drive), act.pullback(drive, np.ones((2, 3)))
    assert np.isnan(value[0, 0])
    curve = act.acts_on == "unit"
    if not curve or len(np.unique(act.derivative(np.linspace(-3.0, 3.0, 90)))) > 2:  # the slope of straight pieces
        assert np.isnan(slope[0, 0]).any()
        assert np.isnan(back[0, 0])
    # The other units of a curve, and other trials, do not know of it.
    for found, part in ((value, act(drive[1])), (slope, act.derivative(drive[1]))):
        np.testing.assert_array_equal(found[1], part)
    if act.acts_on == "unit":
        np.testing.assert_array_equal(value[0, 1:], act(drive[1])[1:])


@pytest.mark.parametrize("row", ["up", "both up", "all down", "missing"])
@pytest.mark.parametrize("name", [name for name in POPULATIONS if not isinstance(CASES[name], activations.KWTA)])
def test_a_population_knows_all_its_units_or_none(name, row):
    act = CASES[name]
    if row == "all down" and not np.isnan(act(np.array(ROWS[row]))).any():
        return  # rectified drives: silence is the limit
    if act.smallest_population >= 3 or "winners" in name:
        return
    local = row == "missing" and hasattr(act, "size")
    assert np.isnan(act(np.array(ROWS[row]))).all() or local
    both = act(np.array([ROWS[row], [0.5, 1.0, -1.0]]))
    np.testing.assert_array_equal(both[1], act(np.array([0.5, 1.0, -1.0])))


@pytest.mark.parametrize("name", CASES)
def test_float32_where_it_is_asked_for(name):
    act = CASES[name]
    drive = np.random.default_rng(3).normal(0.8, 1.0, (5, 3))
    cotangent = np.ones_like(drive)
    for exact, single in (
        (act(drive), act(drive, dtype=np.float32)),
        (act.derivative(drive), act.derivative(drive, dtype="float32")),
        (act.pullback(drive, cotangent), act.pullback(drive, cotangent, dtype=np.dtype("f4"))),
    ):
        assert exact.dtype == np.float64
        assert single.dtype == np.float32
        assert single.shape == exact.shape
        np.testing.assert_allclose(single, exact, rtol=2.0**-24, atol=2.0**-150)  # half a unit in the last place
    assert act(drive.astype(np.float32)).dtype == np.float64
    assert act(drive.astype(np.float32), dtype=np.float32).dtype == np.float32
    assert act(drive, dtype=float).dtype == np.float64


def test_a_softmax_underflows_to_an_exact_zero_in_float32_alone():
    drive = np.array([0.0, -103.0, -104.0])
    double, single = activations.Softmax()(drive), activations.Softmax()(drive, dtype=np.float32)
    # exp(-103) = 1.9e-45 is nearest to the smallest float32, 2^-149 = 1.4e-45; exp(-104) = 6.8e-46 is below its half.
    assert single.tolist() == [1.0, 2.0**-149, 0.0]
    assert double[2] == pytest.approx(6.813556821545298e-46, rel=1e-13)
    with np.errstate(all="raise"):
        assert activations.ReLU()(np.array([1e300]), dtype=np.float32)[0] == np.inf


@pytest.mark.parametrize("dtype", ["int8", "float99", object, complex, "float16", np.int64, 3, [1.0], "f4,"])
@pytest.mark.parametrize("method", ["__call__", "derivative"])
def test_another_type_is_refused(method, dtype):
    with pytest.raises(ParameterError, match=r"^ReLU: dtype: got .*, expected float32 or float64$"):
        getattr(activations.ReLU(), method)(np.zeros(3), dtype=dtype)


def test_a_newcomer_that_writes_its_curve_alone_has_all_of_this():
    class Cube(activations.Activation):
        spiking = activations.ReLU.spiking

        def _value(self, drive):
            return drive**3

        def _derivative(self, drive):
            return 3.0 * drive**2

        @property
        def range(self):
            return -np.inf, np.inf

    assert Cube()([2, 3], dtype="float32").dtype == np.float32
    np.testing.assert_array_equal(Cube().pullback([2.0], [0.5], dtype=np.float32), [6.0])
    with pytest.raises(ParameterError, match="dtype"):
        Cube()([2.0], dtype=int)
