"""The experiment on Mach bands: its pieces against other routes, and a small run from tables to figure."""

import numpy as np
import pytest

from neurosim.cells.unit import Unit
from neurosim.lab.findings import HOLDS
from neurosim.params import ParameterError
from neurosim.theory import mach_band


@pytest.fixture(scope="module")
def tables(from_disk):
    return from_disk


@pytest.mark.parametrize(("strength", "length"), [(0.5, 3.0), (1.2, 1.0), (0.3, 6.0), (2.5, 2.0), (2.0, 1.0)])
def test_the_closed_form_solves_the_line(module, strength, length):
    places = np.arange(-400, 400)
    kernel = np.exp(-np.abs(np.subtract.outer(places, places)) / length)
    np.fill_diagonal(kernel, 0.0)
    q = np.exp(-1 / length)
    light = np.where(places >= 0, 1.0, 0.0)
    # On the far side of the line's ends the light goes on as it is: what is missing there is added by hand.
    beyond = np.exp(-(400 - places) / length) / (1 - q)
    full = strength * (1 - q) / (2 * q)
    bright = 1 / (1 + strength)
    response = np.linalg.solve(np.eye(800) + full * kernel, light - full * bright * beyond)
    # The largest of a band that falls off by its root within 400 places; rounding of the solution is all that remains.
    assert mach_band(strength, length) == pytest.approx((response[400] - bright) / bright, rel=1e-9)


def test_the_closed_form_knows_its_special_case_and_its_limit(module):
    q = np.exp(-1 / 2.0)
    one_unit = 2 * q / (1 - q)  # the coefficient of the neighbours is 0: only the unit at the edge leaves its plateau
    # By hand: r_0 (1 + q^2 - 2 q^2) = 1 + q^2 - q with r = 1/(1 + K) in the plateau, 1 + K = (1 + q)/(1 - q).
    expected = (1 + q * q - q) / (1 - q * q) * (1 + q) / (1 - q) - 1
    assert mach_band(one_unit, 2.0) == pytest.approx(expected, rel=1e-12)
    assert np.isnan(mach_band((1 + q) / (1 - q), 2.0))
    assert mach_band(0.0, 2.0) == pytest.approx(0.0, abs=1e-15)


def test_copies_of_a_unit_do_as_the_unit(module, settings):
    p = settings()
    scene = module._scene(p)
    step = module._step(p)
    one = module._respond(module._ring(p, 0.5, scene=scene), Unit(activation=scene.tangent), step)[0]
    three = module._respond(module._ring(p, 0.5, scene=scene, cells=3), Unit(activation=scene.tangent), step)[0]
    # Weights below a millionth of the largest are left out: at most 2 * 1e-6 / (1 - exp(-1/3)) of the inhibition.
    np.testing.assert_allclose(three.reshape(-1, 3), np.repeat(one[:, None], 3, axis=1), rtol=1e-5)
    # In units of the slope the artificial rung is the textbook circuit.
    plain = module._respond(module._ring(p, 0.5), Unit(), step)[0]
    np.testing.assert_allclose(one / (scene.slope * scene.contrast(0.5)), plain, rtol=1e-9)


def test_halfway_up_the_step_the_drive_is_the_operating_drive(module, settings):
    p = settings(operating_drive=1.8)
    scene = module._scene(p)
    curve = scene.cells["curve"].transfer
    assert scene.tangent(np.array(1.8)) == pytest.approx(float(curve(np.array(1.8))), rel=1e-12)
    for strength in (0.0, 0.5, 1.0):
        middle = scene.slope * scene.contrast(strength) * 1.5 / (1 + strength)  # uniform light of 1.5
        drive = scene.threshold + scene.contrast(strength) * 1.5 - strength / scene.slope * middle
        assert drive == pytest.approx(1.8, rel=1e-12)


def test_gratings_show_the_transfer_function_of_two_gaussians(module):
    line = module._TwoGaussians.make(1.0, 2.0, 0.8, np.array([-1.0, 0.0]), 0.05)
    k = np.array([0.0, 0.3, 0.88, 2.0])
    expected = np.exp(-(k**2) / 2) - 0.8 * np.exp(-2 * k**2)
    # Six standard deviations leave 2e-9 of the Gaussians outside.
    np.testing.assert_allclose(line.transfer(k), expected, atol=5e-9)


def test_the_vertex_of_a_parabola(module):
    x = np.linspace(-1.0, 1.0, 9)
    place, height = module._vertex(x, 2.0 - 3.0 * (x - 0.1) ** 2)
    assert place == pytest.approx(0.1, rel=1e-12)
    assert height == pytest.approx(2.0, rel=1e-12)
    assert module._vertex(x, x) == (1.0, 1.0)


def test_every_pixel_gets_the_same_total_and_none_inhibits_itself(module, settings):
    p = settings()
    scene = module._scene(p)
    circuit = module._sheet(p, scene, (9, 12))
    inhibition = circuit.projection("lateral").weights
    np.testing.assert_allclose(inhibition.sum(axis=1), p.photo_strength / scene.slope, rtol=1e-12)
    assert (inhibition.diagonal() == 0).all()
    dense = inhibition.toarray()
    # One pixel to the right against one down and one to the right of the middle: distances 1 and sqrt(2).
    middle = 4 * 12 + 6
    assert dense[middle, middle + 13] / dense[middle, middle + 1] == pytest.approx(np.exp(-0.5 / 9.0), rel=1e-12)


def test_folding_puts_both_edges_on_each_other(module, settings):
    p = settings()
    folded = module._folded(p, module._step(p))
    assert (folded[:50] == 1.0).all()
    assert (folded[50:] == 2.0).all()
    assert folded.shape == (100,)


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
def test_parameters_that_cannot_be(settings, changes, words):
    with pytest.raises(ParameterError, match=words):
        settings(**changes)


def test_the_checks_hold_on_a_small_run(experiment, tables):
    found = experiment.findings(tables)
    failed = [f"{f.id}: {f.value}" for f in found if f.kind == "check" and f.verdict != HOLDS]
    assert not failed
    assert {f.id for f in found if f.kind == "claim"} == set(experiment.claims)
    assert set(tables) == set(experiment.columns)


def test_one_sided_inhibition_makes_one_band_at_each_edge(tables):
    sides = tables["one_sided"].set_index(["circuit", "edge"])
    # The first unit behind a rising edge hears the dark side only: it answers 2 - 0.5 * 2/3 instead of 4/3, which is
    # half of the step of 2/3 too much, and the last dark unit hears the dark side as if there were no edge.
    assert sides.loc[("one-sided", "rising"), "overshoot"] == pytest.approx(0.5, abs=1e-6)
    assert sides.loc[("one-sided", "rising"), "undershoot"] == pytest.approx(0.0, abs=1e-6)
    assert sides.loc[("one-sided", "falling"), "undershoot"] == pytest.approx(0.5, abs=1e-6)
    assert sides.loc[("symmetric", "rising"), "overshoot"] == pytest.approx(0.174764 / 0.666667, abs=2e-6)


def test_verdicts_follow_the_numbers(experiment, tables):
    def verdicts(**changed):
        return {f.id: f.verdict for f in experiment.findings({**tables, **changed})}

    bands = tables["bands"].copy()
    spiking = (bands.rung == "spiking") & (bands.strength > 0)
    bands.loc[spiking, "relative_overshoot"] *= 1.6
    assert verdicts(bands=bands)["spiking_overshoot"] == "fails"
    assert verdicts(bands=tables["bands"].assign(trough=3))["spiking_trough"] == "fails"
    both = tables["one_sided"].assign(overshoot=0.4, undershoot=0.4)
    assert verdicts()["A1-04"] == "partly"
    assert verdicts(one_sided=both)["A1-04"] == "supported"
    assert verdicts(spread=tables["spread"].assign(half_width=3.0))["A1-06"] == "not supported"
    phase = tables["phase"]
    assert verdicts(phase=phase.assign(reversed=0.0))["A1-07"] == "not supported"
    assert verdicts(phase=phase.assign(band_pass=1, relative_overshoot=0.2))["A1-07"] == "supported"
    assert verdicts(phase=phase.assign(band_pass=1))["band_pass_boundary"] == "fails"
    assert verdicts(phase=phase.assign(relative_overshoot=0.2))["A1-11"] == "supported"
    level = tables["normalisation"].assign(relative_overshoot=0.1)
    assert verdicts(normalisation=level)["A1-14"] == "partly"
    assert verdicts(normalisation=level.assign(relative_overshoot=0.0))["A1-14"] == "not supported"
    reference = tables["reference"].assign(highest=1.5)
    assert verdicts(reference=reference)["recurrent_static_0.5_highest"] == "fails"


def test_figure_and_caption_come_from_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    labels = [ax.get_xlabel() for ax in figure.axes]
    assert labels.count("distance to edge (places)") == 2
    assert labels.count("total inhibition (loop gain)") == 2
    profiles = tables["profiles"]
    shown = profiles[(profiles.stimulus == "step") & (profiles.rung == "spiking") & (profiles.place.abs() <= 20)]
    drawn = [line.get_ydata() for line in figure.axes[0].lines]
    assert any(np.array_equal(data, shown.scaled) for data in drawn)
    caption = experiment.caption(tables)
    assert "10 LIF cells a place" in caption
    assert "0.262 (ReLU)" in caption
    assert "0.262" in experiment.summary(tables)


def test_the_estimate_grows_with_the_work(experiment, settings):
    assert experiment.estimate(settings(cells=20))[0] > experiment.estimate(settings())[0]
    assert experiment.estimate(settings(block=7))[0] > experiment.estimate(settings())[0]
