"""Activations that solve an equation: against a bracketing root finder, each row on its own, in a few evaluations."""

import numpy as np
import pytest
from scipy.optimize import brentq

from neurosim.activations.adaptive_lif_curve import AdaptiveLIFCurve
from neurosim.activations.soft_kwta import SoftKWTA


def interval(curve, drive):
    """The interval of the adapted neuron from its equation of motion, in high precision."""
    mp = pytest.importorskip("mpmath").mp.clone()
    mp.dps = 60
    tau_m, tau_a, t_ref = mp.mpf(curve.tau_m), mp.mpf(curve.tau_a), mp.mpf(curve.t_ref)

    def excess(s):
        level = curve.jump * mp.exp(-t_ref / tau_a) / (1 - mp.exp(-(s + t_ref) / tau_a))
        if tau_m == tau_a:
            kernel = s / tau_m * mp.exp(-s / tau_m)
        else:
            kernel = (mp.exp(-s / tau_a) - mp.exp(-s / tau_m)) / (1 - tau_m / tau_a)
        fast = mp.exp(-s / tau_m)
        return (mp.mpf(drive) * (1 - fast) + mp.mpf(curve.v_reset) * fast - level * kernel) - 1

    low, high = mp.mpf("1e-30"), 100 * max(tau_m, tau_a)
    for _ in range(190):
        middle = mp.sqrt(low * high)
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return float(high + t_ref), excess(high)


CURVES = [
    AdaptiveLIFCurve(), AdaptiveLIFCurve(t_ref=0.0, jump=5.0), AdaptiveLIFCurve(tau_a=20e-3, v_reset=-3.0),
    AdaptiveLIFCurve(tau_a=20.000001e-3), AdaptiveLIFCurve(tau_a=1e-3, jump=300.0, v_reset=0.9),
    AdaptiveLIFCurve(jump=0.0), AdaptiveLIFCurve(tau_m=1e-3, tau_a=3.0, t_ref=0.05, jump=0.01),
]  # fmt: skip


@pytest.mark.parametrize("curve", CURVES)
def test_the_adapted_rate_in_high_precision(curve):
    for above in (3e-16, 1e-9, 1e-3, 0.1, 0.7, 3.0, 1e3, 1e9):
        drive = 1.0 + above
        expected, _ = interval(curve, drive)
        assert curve(np.array([drive]))[0] == pytest.approx(1 / expected, rel=1e-13)


@pytest.mark.parametrize("curve", CURVES)
def test_the_slope_of_the_adapted_rate_is_that_of_its_values(curve):
    drive = 1.0 + np.geomspace(1e-3, 1e4, 200)
    step = 1e-3 * (drive - 1.0)
    outer = (curve(drive + 2 * step) - curve(drive - 2 * step)) / (4 * step)
    inner = (curve(drive + step) - curve(drive - step)) / (2 * step)
    slope = curve.derivative(drive)
    # Richardson leaves (1e-3)^4 of the fifth derivative (large where adaptation sets in); rounding grows by the step.
    rounding = 3e-15 * (curve(drive) + slope * drive) / step
    assert (np.abs(slope - (4 * inner - outer) / 3) <= 1e-7 * slope + rounding).all()


def test_no_drive_depends_on_the_others():
    rng = np.random.default_rng(0)
    drive = 1.0 + 10.0 ** rng.uniform(-15, 12, 400)
    for curve in CURVES:
        together = curve(drive)
        np.testing.assert_array_equal(together, [curve(np.array([one]))[0] for one in drive])


def test_the_adapted_rate_takes_two_evaluations(monkeypatch):
    count = []
    plain = AdaptiveLIFCurve._step
    monkeypatch.setattr(AdaptiveLIFCurve, "_step", lambda *args: count.append(1) or plain(*args))
    for curve in CURVES:
        count.clear()
        curve(1.0 + np.geomspace(1e-15, 1e8, 1000))
        assert len(count) == 2


@pytest.mark.parametrize(("k", "temperature"), [(1, 0.1), (2, 0.1), (2, 1e-3), (3, 20.0), (4, 1.0)])
def test_soft_winners_against_a_bracketing_root_finder(k, temperature):
    rng = np.random.default_rng(2)
    for drive in (rng.normal(1.5, 1, 5), np.round(rng.normal(0, 2, 9)), np.ones(6), np.r_[np.zeros(5), 1e3]):

        def excess(theta, drive=drive):
            with np.errstate(over="ignore"):
                return (1 / (1 + np.exp((theta - drive) / temperature))).sum() - k

        theta = brentq(excess, drive.min() - 90 * temperature, drive.max() + 90 * temperature, xtol=1e-15, rtol=1e-15)
        with np.errstate(over="ignore"):
            expected = 1 / (1 + np.exp((theta - drive) / temperature))
        # The threshold is right to some bits of the drives; over the temperature that is the error of a unit.
        tolerance = 1e-14 * max(1.0, np.abs(drive).max() / temperature)
        np.testing.assert_allclose(SoftKWTA(k=k, temperature=temperature)(drive), expected, atol=tolerance)


def test_soft_winners_need_few_iterations(monkeypatch):
    from neurosim.activations import soft_kwta

    counted, plain = [], soft_kwta._expit()
    monkeypatch.setattr(soft_kwta, "_expit", lambda: lambda z: counted.append(1) or plain(z))
    rng = np.random.default_rng(3)
    for temperature in (0.01, 0.1, 1.0, 10.0):
        for units, k in ((5, 1), (5, 2), (40, 3), (300, 20)):
            counted.clear()
            SoftKWTA(k=k, temperature=temperature)(rng.normal(1.5, 1, (2, units)))
            assert len(counted) <= 14
