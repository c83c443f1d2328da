"""Questions of lateral inhibition: ring and sheet by other routes, verdicts that follow the tables."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

import neurosim as ns
from experiments.inhibition import photograph
from experiments.inhibition._places import dip, placed
from experiments.inhibition._ring import Ring, folded, respond, ring, scene, step
from experiments.inhibition._two_gaussians import TwoGaussians
from neurosim.lab import ask
from neurosim.params import ParameterError
from neurosim.theory import mach_band

SPIKING = "main and rung == 'spiking'"


def test_copies_of_a_unit_do_as_the_unit():
    p = Ring()
    found, light = scene(p), step(p.places)
    tangent = ns.Unit(activation=ns.ReLU(gain=found.slope, threshold=found.threshold))
    one = respond(ring(p, 0.5, scene=found), tangent, light)[0]
    three = respond(ring(p, 0.5, scene=found, cells=3), tangent, light)[0]
    # Weights below a millionth of the largest are left out: at most 2 * 1e-6 / (1 - exp(-1/3)) of the inhibition.
    np.testing.assert_allclose(three.reshape(-1, 3), np.repeat(one[:, None], 3, axis=1), rtol=1e-5)
    # In units of the slope the artificial rung is the textbook circuit.
    plain = respond(ring(p, 0.5), ns.Unit(), light)[0]
    np.testing.assert_allclose(one / (found.slope * found.contrast(0.5)), plain, rtol=1e-9)


def test_halfway_up_the_step_the_drive_is_the_operating_drive():
    found = scene(Ring(operating_drive=1.8))
    curve, tangent = found.cells["curve"].transfer, ns.ReLU(gain=found.slope, threshold=found.threshold)
    assert tangent(np.array(1.8)) == pytest.approx(float(curve(np.array(1.8))), rel=1e-12)
    for strength in (0.0, 0.5, 1.0):
        middle = found.slope * found.contrast(strength) * 1.5 / (1 + strength)  # uniform light of 1.5
        drive = found.threshold + found.contrast(strength) * 1.5 - strength / found.slope * middle
        assert drive == pytest.approx(1.8, rel=1e-12)


def test_gratings_show_the_transfer_function_of_two_gaussians():
    line = TwoGaussians.make(1.0, 2.0, 0.8, np.array([-1.0, 0.0]), 0.05)
    k = np.array([0.0, 0.3, 0.88, 2.0])
    expected = np.exp(-(k**2) / 2) - 0.8 * np.exp(-2 * k**2)
    # Six standard deviations leave 2e-9 of the Gaussians outside.
    np.testing.assert_allclose(line.transfer(k), expected, atol=5e-9)


def test_every_pixel_gets_the_same_total_and_none_inhibits_itself():
    p = photograph.Parameters()
    found = scene(p)
    inhibition = photograph.sheet(p, found, (9, 12)).projection("lateral").weights
    np.testing.assert_allclose(inhibition.sum(axis=1), p.photo_strength / found.slope, rtol=1e-12)
    assert (inhibition.diagonal() == 0).all()
    dense = inhibition.toarray()
    # One pixel to the right against one down and one to the right of the middle: distances 1 and sqrt(2).
    middle = 4 * 12 + 6
    assert dense[middle, middle + 13] / dense[middle, middle + 1] == pytest.approx(np.exp(-0.5 / 9.0), rel=1e-12)


def test_the_place_of_a_hill_in_noise_is_found_as_well_as_theory_allows():
    place, rng = np.arange(200) - 100, np.random.default_rng(0)
    hill = 50.0 + 40.0 * np.exp(-0.5 * (place / 3.0) ** 2)
    rates = hill + 5.0 * rng.standard_normal((800, 200))
    # Fisher information of the place: the sum of slope^2/variance; its root is the smallest error. Means and variances
    # come from 400 trials, and 400 errors have a standard error of 3.5 %.
    slope = 40.0 * place / 9.0 * np.exp(-0.5 * (place / 3.0) ** 2)
    best = 1 / np.sqrt((slope**2).sum() / 25.0)
    assert placed(rates) == pytest.approx(best, rel=0.15)


def test_a_dip_between_two_points():
    rates = np.full((2, 200), 10.0)
    rates[:, 96:99] += 4.0
    rates[:, 102:105] += 6.0
    rates[1, 102:105] += 2.0
    # By hand: dips of 5 and 6; mean 5.5, standard deviation 1/sqrt(2).
    assert dip(rates, 6) == pytest.approx((5.5, 5.5 * np.sqrt(2)))


def test_folding_puts_both_edges_on_each_other():
    both = folded(step(200))
    assert (both[:50] == 1.0).all()
    assert (both[50:] == 2.0).all()
    assert both.shape == (100,)


def test_the_overshoot_at_every_strength_and_length_is_that_of_the_difference_equation():
    sweep = replicates("inhibition/mach_bands").sweep.query("not clipped")
    # The theory is for an infinite line; on the ring a kernel of length 8 meets itself where it is exp(-100/8) = 4e-6.
    assert (sweep.relative_overshoot - sweep.theory).abs().max() < 1e-4


def test_the_closed_form_knows_its_special_case_and_its_limit():
    q = np.exp(-1 / 2.0)
    one_unit = 2 * q / (1 - q)  # the coefficient of the neighbours is 0: only the unit at the edge leaves its plateau
    # By hand: r_0 (1 + q^2 - 2 q^2) = 1 + q^2 - q with r = 1/(1 + K) in the plateau, 1 + K = (1 + q)/(1 - q).
    expected = (1 + q * q - q) / (1 - q * q) * (1 + q) / (1 - q) - 1
    assert mach_band(one_unit, 2.0) == pytest.approx(expected, rel=1e-12)
    assert np.isnan(mach_band((1 + q) / (1 - q), 2.0))
    assert mach_band(0.0, 2.0) == pytest.approx(0.0, abs=1e-15)


def test_the_rungs_meet_at_the_edge():
    rows = replicates("inhibition/mach_bands", seeds=1).bands.query("main").set_index("rung")
    # The integrator's tolerance of 1e-5 Hz against a step of 43 Hz, and 10 to 25 time constants of settling.
    assert rows.relative_overshoot["rate"] == pytest.approx(rows.relative_overshoot["curve"], abs=1e-4)
    assert rows.peak.abs().max() <= 1
    assert rows.trough.abs().max() <= 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"places": 202}, "multiple of 4"),
        ({"strengths": (0.0, 1.0)}, "0.5 among them"),
        ({"strengths": (0.5, 1.0)}, "increasing from 0"),
        ({"lengths": (1.0, 2.0)}, "3 among them"),
        ({"seeds": 1}, ">= 2"),
    ],
)
def test_parameters_that_cannot_be(changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS["inhibition/mach_bands"]).settings(**changes)


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("mach_bands", ("bands", "relative_overshoot", 0.9, SPIKING), "spiking_overshoot", "fails"),
        ("widths", None, "band_pass_boundary", "holds"),
        ("widths", ("phase", "band_pass", True), "band_pass_boundary", "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"inhibition/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict


@pytest.mark.parametrize(("shared", "verdict"), [(0.0, "holds"), (0.3, "fails")])
def test_a_distortion_that_all_seeds_share_is_no_noise_of_counting(shared, verdict):
    rng = np.random.default_rng(0)
    rates = rng.standard_normal((100, 100))
    other = shared * rng.standard_normal(rates.shape)
    seen = [rates + other + 0.3 * rng.standard_normal(rates.shape) for _ in range(2)]
    correlations = [np.corrcoef(each.ravel(), rates.ravel())[0, 1] for each in seen]
    pictures = pd.DataFrame({"seed": [0, 1], "name": "spiking", "picture": seen})
    photo = pd.DataFrame({"seed": [0, 1], "rung": "spiking", "other": "rate", "correlation": correlations, "silent": 0})
    t = SimpleNamespace(photo=photo, pictures=pictures)
    assert verdict_of(ask(QUESTIONS["inhibition/photograph"]), t, "counting_noise") == verdict
