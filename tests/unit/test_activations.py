"""Activations one by one: values by hand, scaling, ties, inverse, tables, and what they refuse."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from neurosim import activations
from neurosim.activations import (
    ELU,
    GELU,
    KWTA,
    LeakyReLU,
    LIFCurve,
    MeasuredCurve,
    NoisyReLU,
    PReLU,
    ReLU,
    Siegert,
    Sigmoid,
    SoftLIF,
    Softmax,
    Softplus,
    Sparsemax,
    Step,
    Tanh,
)
from neurosim.params import DimensionError, ParameterError


def test_textbook_values_by_default():
    z = np.array([-2.0, 0.0, 3.0])
    np.testing.assert_array_equal(ReLU()(z), [0.0, 0.0, 3.0])
    np.testing.assert_array_equal(LeakyReLU()(z), [-0.02, 0.0, 3.0])
    np.testing.assert_array_equal(PReLU()(z), [-0.5, 0.0, 3.0])
    np.testing.assert_array_equal(Step()(z), [0.0, 0.0, 1.0])
    np.testing.assert_allclose(ELU()(z), [math.exp(-2.0) - 1.0, 0.0, 3.0], rtol=1e-15)
    np.testing.assert_allclose(Softplus()(z), [math.log1p(math.exp(-2.0)), math.log(2.0), math.log1p(math.exp(3.0))])
    np.testing.assert_allclose(Sigmoid()(z), 1.0 / (1.0 + np.exp(-z)), rtol=1e-15)
    np.testing.assert_array_equal(Tanh()(z), np.tanh(z))


@pytest.mark.parametrize("cls", [ELU, GELU, Sigmoid, Softplus, Tanh])
def test_gain_threshold_and_width_scale_the_textbook_curve(cls):
    drive = np.linspace(-2.0, 3.0, 11)
    scaled = cls(gain=30.0, threshold=0.5, width=0.25)
    z = (drive - 0.5) / 0.25
    np.testing.assert_allclose(scaled(drive), 30.0 * cls()(z), rtol=1e-14)
    np.testing.assert_allclose(scaled.derivative(drive), 120.0 * cls().derivative(z), rtol=1e-14)
    assert scaled.range == tuple(30.0 * bound for bound in cls().range)


def test_subgradients_at_the_kinks():
    at = np.array(0.0)
    assert float(LeakyReLU(negative_slope=0.1).derivative(at)) == 0.1
    assert float(ELU(alpha=2.0).derivative(at)) == 2.0
    assert float(Step().derivative(at)) == 0.0
    assert float(LIFCurve().derivative(np.array(1.0))) == 0.0
    assert float(MeasuredCurve(drives=(0.0, 1.0), rates=(0.0, 5.0)).derivative(at)) == 0.0


def test_prelu_derivative_by_its_leak():
    drive = np.array([-2.0, 0.5, 4.0])
    act = PReLU(gain=3.0, threshold=1.0)
    change = (act.replace(negative_slope=0.26)(drive) - act.replace(negative_slope=0.24)(drive)) / 0.02
    np.testing.assert_allclose(
        act.negative_slope_derivative(drive), change, atol=1e-12
    )  # linear in leak: rounding only
    assert PReLU(negative_slope=-0.5).range == (0.0, np.inf)
    assert LeakyReLU(negative_slope=0.0).range == (0.0, np.inf)


def test_tails_keep_their_digits():
    assert float(Tanh().derivative(np.array(30.0))) == pytest.approx(4.0 * math.exp(-60.0), rel=1e-14)
    assert float(Softplus()(np.array(-700.0))) == pytest.approx(math.exp(-700.0), rel=1e-12)
    # Mills' ratio: phi(z)/z**2 * (1 - 3/z**2 + 15/z**4), next term 105/z**6 = 1.1e-4 at z = 10.
    tail = math.exp(-50.0) / math.sqrt(2 * math.pi) / 100 * (1 - 0.03 + 0.0015)
    assert float(NoisyReLU()(np.array(-10.0))) == pytest.approx(tail, rel=2e-4)


def test_softmax_shares_a_total():
    drive = np.array([[1.0, 2.0, 3.0], [1e6, 1e6, -1e6]])
    share = Softmax(gain=12.0)(drive)
    np.testing.assert_allclose(share.sum(axis=-1), 12.0, rtol=1e-15)
    np.testing.assert_allclose(share[0], 12.0 * np.exp([1.0, 2.0, 3.0]) / np.exp([1.0, 2.0, 3.0]).sum(), rtol=1e-14)
    np.testing.assert_array_equal(share[1], [6.0, 6.0, 0.0])
    np.testing.assert_allclose(Softmax()(drive[0] + 100.0), Softmax()(drive[0]), rtol=1e-13)
    np.testing.assert_allclose(Softmax(temperature=2.0)(2.0 * drive[0]), Softmax()(drive[0]), rtol=1e-15)


def test_sparsemax_of_two_is_a_hard_sigmoid():
    gap = np.array([-3.0, -1.0, -0.4, 0.0, 0.5, 1.0, 7.0])
    share = Sparsemax(gain=4.0)(np.stack([gap, np.zeros_like(gap)], axis=-1))
    np.testing.assert_allclose(share[:, 0], 4.0 * np.clip((gap + 1.0) / 2.0, 0.0, 1.0), atol=1e-15)
    np.testing.assert_allclose(share.sum(axis=-1), 4.0, rtol=1e-15)


def test_sparsemax_is_the_nearest_point_of_the_simplex():
    drive = 1.5 * np.random.default_rng(3).standard_normal((20, 9))
    for z, r in zip(drive / 0.7, Sparsemax(temperature=0.7)(drive), strict=True):
        # Another route to the common threshold: the root of the total, bracketed by the simplex's own bounds.
        theta = brentq(lambda t, z=z: np.maximum(z - t, 0.0).sum() - 1.0, z.min() - 1.0, z.max(), xtol=1e-14)
        np.testing.assert_allclose(r, np.maximum(z - theta, 0.0), atol=1e-13)
        corners = ((np.eye(9) - z) ** 2).sum(axis=1)
        assert ((r - z) ** 2).sum() <= corners.min()
    np.testing.assert_array_equal(Sparsemax()(np.array([1e6, 1e6, -1e6])), [0.5, 0.5, 0.0])
    np.testing.assert_allclose(Sparsemax()(drive + 100.0), Sparsemax()(drive), atol=1e-13)  # rounding of 100


def test_sparsemax_jacobian_shares_within_the_support():
    # Support of the first three: (2 + 1.8 + 1.5 - 1)/3 = 1.4333 lies between 1.5 and 0.
    found = Sparsemax(gain=3.0, temperature=1.0).derivative(np.array([2.0, 0.0, 1.8, 1.5]))
    expected = np.array([[2, 0, -1, -1], [0, 0, 0, 0], [-1, 0, 2, -1], [-1, 0, -1, 2]])
    np.testing.assert_allclose(found, expected, atol=1e-15)


def test_winners_take_all_and_ties_go_to_the_lower_index():
    drive = np.array([[1.0, 3.0, 2.0, 3.0], [2.0, 2.0, 2.0, 2.0], [-1.0, -2.0, 0.5, 0.0]])
    np.testing.assert_array_equal(KWTA(k=1)(drive), [[0, 3, 0, 0], [2, 0, 0, 0], [0, 0, 0.5, 0]])
    np.testing.assert_array_equal(KWTA(k=3)(drive), [[0, 3, 2, 3], [2, 2, 2, 0], [0, 0, 0.5, 0]])
    np.testing.assert_array_equal(KWTA(k=9)(drive), np.maximum(drive, 0.0))
    np.testing.assert_array_equal(KWTA(k=1).derivative(drive[0]), np.diag([0.0, 1.0, 0.0, 0.0]))


def test_winners_are_the_first_of_a_list_sorted_by_hand_whatever_the_ties():
    rng = np.random.default_rng(2)
    for _ in range(200):
        drive, k = rng.integers(-2, 4, (3, rng.integers(1, 9))).astype(float), int(rng.integers(1, 6))
        expected = np.zeros_like(drive)
        for row, out in zip(drive, expected, strict=True):
            winners = sorted(range(len(row)), key=lambda unit, row=row: (-row[unit], unit))[:k]
            out[winners] = np.maximum(row[winners], 0.0)
        np.testing.assert_array_equal(KWTA(k=k)(drive), expected)


def test_a_missing_drive_leaves_open_who_wins():
    # Whether 2 is among the two largest of (?, 2, 1, 3) depends on what is missing. Other trials are not touched.
    drive = np.array([[np.nan, 2.0, 1.0, 3.0], [np.nan, np.nan, -1.0, np.nan], [0.0, 2.0, 1.0, -3.0]])
    np.testing.assert_array_equal(KWTA(k=2)(drive), [[np.nan] * 4, [np.nan] * 4, [0, 2, 1, 0]])
    np.testing.assert_array_equal(KWTA(k=2).pullback(drive, np.ones((3, 4)))[0], [np.nan] * 4)
    # With no more units than places nobody competes.
    np.testing.assert_array_equal(KWTA(k=4)(drive[0]), [np.nan, 2.0, 1.0, 3.0])


def test_one_winner_take_all_circuit_solves_xor():
    # Three weighted sums compete; the middle one wins for exactly one active input.
    answers = [bool(KWTA(k=1)(np.array([0.5, x + y, 3 * (x + y) - 2.5]))[1] > 0) for x in (0, 1) for y in (0, 1)]
    assert answers == [False, True, True, False]


def test_lif_curve_inverse():
    curve = LIFCurve(t_ref=3e-3, v_reset=-0.5)
    drive = np.array([1.0 + 1e-9, 1.01, 1.5, 10.0, 1e3])
    # Near saturation the rate holds few digits of the drive: 1e3 is eps * 1e3 * t_ref/tau_m * 1e3.
    np.testing.assert_allclose(curve.inverse(curve(drive)), drive, rtol=1e-10)
    assert float(curve.inverse(np.array(0.0))) == 1.0
    for rate in (-1.0, 1.0 / 3e-3, np.nan):
        with pytest.raises(ParameterError, match=r"LIFCurve.inverse: rate: got .* Hz, expected rates >= 0 and < 1/"):
            curve.inverse(np.array([1.0, rate]))


def test_siegert_far_below_threshold_is_silent_without_a_warning():
    drive = np.array([-1e300, -1e6, -50.0, -20.0])
    np.testing.assert_array_equal(Siegert()(drive), 0.0)
    np.testing.assert_array_equal(Siegert().derivative(drive), 0.0)
    np.testing.assert_allclose(Siegert().cv(drive[1:]), 1.0, atol=1e-6)  # escapes so rare are a Poisson process


@pytest.mark.parametrize("sigma", [1e-90, 1e-12, 1e-5, 1.0, 1e4])
def test_siegert_over_all_noise_levels(sigma):
    drive = np.linspace(-3.0, 5.0, 801)
    curve = Siegert(sigma_stat=sigma)
    rate = curve(drive)
    assert np.isfinite(rate).all()
    assert (np.diff(rate) >= -1e-12 * rate.max()).all()  # rounding
    assert np.isfinite(curve.derivative(drive)).all()
    assert np.isfinite(curve.cv(drive)).all()


def test_siegert_conventions():
    assert Siegert(sigma_stat=0.3).sigma_brunel == pytest.approx(0.3 * math.sqrt(2.0), rel=1e-15)
    assert Siegert(dt=1e-3).range == (0.0, 1000.0)
    assert Siegert(t_ref=0.0, dt=1e-3).range == (0.0, np.inf)
    # Brunel's sigma and the stationary deviation must not be exchanged: 6.78 against 2.29 Hz.
    assert float(Siegert(sigma_stat=0.3)(np.array(0.5))) == pytest.approx(6.7784, abs=6e-5)
    assert float(Siegert(sigma_stat=0.3 / math.sqrt(2.0))(np.array(0.5))) == pytest.approx(2.288, abs=6e-4)
    noiseless = Siegert(sigma_stat=0.0).cv(np.array([0.5, 1.5]))
    assert np.isnan(noiseless[0])
    assert noiseless[1] == 0.0


def test_soft_lif_approaches_the_lif_curve():
    drive = np.array([1.05, 1.5, 4.0])
    # The softplus is off by smoothing * exp(-0.05/smoothing), far below rounding.
    np.testing.assert_allclose(SoftLIF(smoothing=1e-3)(drive), LIFCurve()(drive), rtol=1e-13)
    below = float(SoftLIF(smoothing=1e-2)(np.array(0.0)))
    # ln(1 + 1/y) = 100 - ln 0.01 far below threshold.
    assert below == pytest.approx(1.0 / (2e-3 + 20e-3 * (100.0 + math.log(100.0))), rel=1e-12)


def test_measured_curve_passes_through_its_table_and_goes_straight_on():
    curve = MeasuredCurve(drives=(0.0, 1.0, 2.0, 4.0), rates=(2.0, 2.0, 30.0, 80.0))
    np.testing.assert_allclose(curve(np.array(curve.drives)), curve.rates, rtol=1e-15)
    np.testing.assert_array_equal(curve(np.array([-5.0, -1e6, 0.5])), 2.0)
    beyond = curve(np.array([4.0, 5.0, 6.0]))
    assert beyond[2] - beyond[1] == pytest.approx(beyond[1] - beyond[0], rel=1e-12)
    assert curve.range == (2.0, np.inf)
    falling = MeasuredCurve(drives=(0.0, 1.0, 2.0), rates=(0.0, 50.0, 40.0))
    assert float(falling(np.array(100.0))) == 40.0
    assert falling.range == (0.0, 50.0)


def test_measured_curve_follows_the_curve_it_was_measured_from():
    drives = np.linspace(0.0, 4.0, 41)
    truth = Siegert(sigma_stat=0.3)
    table = MeasuredCurve(drives=drives, rates=truth(drives))
    fine = np.linspace(0.0, 4.0, 997)
    # Monotone cubic interpolation: third order in the spacing 0.1 where the slope turns, the curve's scale is 0.3.
    assert np.abs(table(fine) - truth(fine)).max() < 0.1


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: GELU(form="fast"), ParameterError, "GELU.form: got 'fast', expected one of 'exact', 'tanh'"),
        (lambda: Softplus(width=0.0), ParameterError, "Softplus.width"),
        (lambda: LIFCurve(v_reset=1.0), ParameterError, "LIFCurve.v_reset"),
        (lambda: Siegert(sigma_stat=-0.1), ParameterError, "Siegert.sigma_stat"),
        (lambda: Siegert(tau_m=math.nan), ParameterError, "Siegert.tau_m"),
        (lambda: KWTA(k=0), ParameterError, "KWTA.k"),
        (lambda: KWTA(k=1.5), DimensionError, "whole number"),
        (lambda: KWTA()(np.array(1.0)), DimensionError, "KWTA: drive: got one number"),
        (lambda: Softmax()(np.array(1.0)), DimensionError, "Softmax: drive: got one number"),
        (lambda: Sparsemax()(np.array(1.0)), DimensionError, "Sparsemax: drive: got one number"),
        (lambda: Sparsemax(temperature=0.0), ParameterError, "Sparsemax.temperature"),
        (lambda: MeasuredCurve(drives=(0.0, 1.0), rates=(1.0,)), ParameterError, "got 2 drives and 1 rates"),
        (lambda: MeasuredCurve(drives=(0.0,), rates=(1.0,)), ParameterError, "expected two or more"),
        (lambda: MeasuredCurve(drives=(0.0, 2.0, 2.0), rates=(0.0, 1.0, 2.0)), ParameterError, "entry 2 is 2 after 2"),
        (lambda: MeasuredCurve(drives=(0.0, 1.0), rates=(0.0, -1.0)), ParameterError, r"rates\[1\]"),
        (lambda: activations.Relu, AttributeError, "did you mean 'ReLU'"),
    ],
)
def test_bad_input_is_explained(make, error, says):
    with pytest.raises(error, match=says):
        make()
