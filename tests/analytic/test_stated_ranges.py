"""What every curve says of itself, by hand: between which values it lies, and between which slopes."""

import numpy as np
import pytest

from neurosim import activations as a
from neurosim.cells import LIF, ExpIF, Izhikevich, TimedIF

INF = np.inf
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Klambauer et al. (2017), eq. 14."""
STATED = {
    "Identity": (a.Identity(gain=3.0), (-INF, INF), (3.0, 3.0)),
    "ReLU": (a.ReLU(gain=3.0), (0.0, INF), (0.0, 3.0)),
    "LeakyReLU": (a.LeakyReLU(negative_slope=0.2), (-INF, INF), (0.2, 1.0)),
    "LeakyReLU without a leak": (a.LeakyReLU(negative_slope=0.0), (0.0, INF), (0.0, 1.0)),
    "ELU, shallow": (a.ELU(alpha=0.5), (-0.5, INF), (0.0, 1.0)),
    "ELU, deep": (a.ELU(alpha=2.0), (-2.0, INF), (0.0, 2.0)),
    "SELU": (a.SELU(), (-SELU_SCALE * SELU_ALPHA, INF), (0.0, SELU_SCALE * SELU_ALPHA)),
    "Tanh": (a.Tanh(gain=5.0), (-5.0, 5.0), (0.0, 5.0)),
    "NoisyReLU": (a.NoisyReLU(gain=2.0), (0.0, INF), (0.0, 2.0)),
    "PerfectIFCurve": (a.PerfectIFCurve(tau_m=0.02, t_ref=0.0), (0.0, INF), (0.0, 50.0)),
    "SoftLIF": (a.SoftLIF(t_ref=0.004), (0.0, 250.0), None),
    "LIFCurve": (a.LIFCurve(t_ref=0.004), (0.0, 250.0), (0.0, INF)),
    # Sigmoid's slope is greatest in the middle, 1/4; softplus has the sigmoid as its slope.
    "Sigmoid": (a.Sigmoid(gain=8.0), (0.0, 8.0), (0.0, 2.0)),
    "Softplus": (a.Softplus(gain=8.0), (0.0, INF), (0.0, 8.0)),
}


@pytest.mark.parametrize("name", STATED)
def test_range_and_slopes_are_those_by_hand(name):
    curve, values, slopes = STATED[name]
    assert curve.range == pytest.approx(values, rel=1e-12)
    if slopes is not None:
        assert curve.slope_range() == pytest.approx(slopes, rel=1e-12)


def test_the_slopes_of_gelu_lie_about_a_half():
    # Steepest at z = sqrt(2): Phi(z) + z phi(z) = 0.9213503965 + 1.4142135624 * 0.1467626632.
    low, high = a.GELU().slope_range()
    assert (low, high) == pytest.approx((-0.128904145, 1.128904145), abs=1e-8)
    # The cubic form: tanh(c (z + 0.044715 z^3)), c = sqrt(2/pi); its slope at z = -1.3, by differences of the formula.
    c, z, h = np.sqrt(2 / np.pi), np.array([-1.3, 0.7]), 1e-5

    def curve(z):
        return 0.5 * z * (1 + np.tanh(c * (z + 0.044715 * z**3)))

    np.testing.assert_allclose(a.GELU(form="tanh").derivative(z), (curve(z + h) - curve(z - h)) / (2 * h), rtol=1e-8)


def test_slopes_of_a_population_depend_on_how_many_there_are():
    # As many winners as units: all pass with slope 1; else a winner may change, and the value jumps.
    assert a.KWTA(k=3).slope_range(units=3) == (0.0, 1.0)
    assert a.KWTA(k=3).slope_range(units=4) == (0.0, INF)
    # One unit has the whole of a softmax whatever its drive; two or more have at most gain/(2 temperature).
    assert a.Softmax(gain=8.0, temperature=2.0).slope_range(units=1) == (0.0, 0.0)
    assert a.Softmax(gain=8.0, temperature=2.0).slope_range(units=5) == (0.0, 2.0)


def test_division_by_others_alone_has_no_bound():
    # r = g d^2/(s^2 + w d^2) -> g/w for one that divides itself; without a weight nothing holds it back.
    assert a.DivisiveNormalisation(gain=6.0, weight=2.0).range == pytest.approx((0.0, 3.0))
    assert a.DivisiveNormalisation(gain=6.0, weight=0.0).range == (0.0, INF)


def test_at_the_edge_of_a_dead_zone_the_slope_is_0():
    curve = a.SoftThreshold(threshold=0.5, gain=4.0)
    np.testing.assert_array_equal(curve.derivative(np.array([-0.75, -0.5, 0.0, 0.5, 0.75])), [4.0, 0.0, 0.0, 0.0, 4.0])


def test_limits_and_straight_ends():
    np.testing.assert_array_equal(a.AdaptiveLIFCurve(t_ref=0.004)(np.array([-np.inf, 0.5, np.inf])), [0.0, 0.0, 250.0])
    # Without refractoriness 1/T -> I/(tau_m (1 - v_reset)): the slope at huge drives among ordinary ones.
    steep = a.LIFCurve(t_ref=0.0, tau_m=0.02, v_reset=0.5).derivative(np.array([0.5, 1e200]))
    np.testing.assert_allclose(steep, [0.0, 100.0], rtol=1e-12)
    with_period = a.LIFCurve(t_ref=0.004, tau_m=0.02).derivative(np.array([2.0]))
    # T = 4 ms + 20 ms ln 2; dT/dI = -20 ms * 1/(I (I - 1)) = -10 ms: slope 0.01/T^2.
    np.testing.assert_allclose(with_period, 0.01 / (0.004 + 0.02 * np.log(2)) ** 2, rtol=1e-12)


def test_what_cells_start_from_and_are_made_of():
    cell = ExpIF(delta_T=0.2)
    v = cell.initial["v"]
    # At rest both terms of its own equation cancel.
    assert v == pytest.approx(rest_of(cell), abs=1e-12)
    resonator = Izhikevich.resonator()
    # Izhikevich (2003), fig. 2: a = 0.1/ms, b = 0.26, c = -65 mV, d = 2 mV/ms.
    assert (resonator.a, resonator.b, resonator.c, resonator.d) == (100.0, 260.0, -65e-3, 2.0)
    assert TimedIF().refractory == 0.0
    assert LIF(t_ref=0.005).refractory == 0.005


def rest_of(cell):
    """The lower zero of dv/dt at drive 0, by bisection of the text that Brian2 gets."""
    from scipy.optimize import brentq

    text = cell.equations.splitlines()[0].partition("=")[2].rpartition(":")[0]
    known = {"exp": np.exp, "clip": np.clip, "inf": np.inf, "drive": 0.0}
    names = {name: value for name, (value, _) in cell.constants.items()} | known

    def slope(v):
        return float(eval(text.replace("xi", "0"), {}, {**names, "v": v}))

    return brentq(slope, -0.5, 0.5, xtol=1e-15)
