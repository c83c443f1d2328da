"""The experiment on direction selectivity: its closed form against quadrature, and a small run."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from neurosim.cells.lif import LIF
from neurosim.lab.findings import HOLDS
from neurosim.params import ParameterError


@pytest.fixture(scope="module")
def tables(from_disk):
    return from_disk


@pytest.mark.parametrize(
    ("weight", "null", "dsi"), [(1, 0.785398, 0.116865), (2, 0.628799, 0.224692), (5, 0.306622, 0.528232)]
)
def test_the_veto_in_numbers(experiment, module, weight, null, dsi):
    towards, against = module._closed_form(experiment.settings(), weight)
    # Known to six digits.
    assert towards == pytest.approx(0.993262, abs=1e-6)
    assert against == pytest.approx(null, abs=1e-6)
    assert (towards - against) / (towards + against) == pytest.approx(dsi, abs=1e-6)


def test_the_null_direction_falls_silent_at_five_e(experiment, module):
    p = experiment.settings()
    assert p.silent_weight == pytest.approx(13.591409, abs=1e-6)
    assert module._closed_form(p, p.silent_weight * (1 + 1e-9))[1] == 0.0
    assert module._closed_form(p, p.silent_weight * 0.99)[1] > 0.0


@pytest.mark.parametrize("lag", [-2.0, -0.3, 0.0, 0.1, 0.8])
@pytest.mark.parametrize("weight", [0.01, 1.0, 7.0])
def test_responses_at_any_lag_are_the_integral(experiment, module, lag, weight):
    p = experiment.settings(tau_excitation=0.3, tau_inhibition=0.8)

    def kept(t):
        excited = math.exp(-t / 0.3) / 0.3 if t >= 0 else 0.0
        inhibited = math.exp(-(t - lag) / 0.8) / 0.8 if t >= lag else 0.0
        return max(0.0, excited - weight * inhibited)

    edges = sorted({0.0, max(lag, 0.0), 15.0})
    expected = sum(quad(kept, a, b, limit=400)[0] for a, b in itertools.pairwise(edges))
    # The quadrature meets a kink; it is good to 1e-7.
    assert module._response(p, weight, lag) == pytest.approx(expected, abs=1e-6)


def test_theory_behind_receptors_by_simulating_the_filters(experiment, module):
    from scipy.signal import lsim, lti

    p = experiment.settings()
    time = np.arange(0, 12, 1e-4)
    flash = np.where(time < 0.02, 1 / 0.02, 0.0)
    seen = lsim(lti([1], [0.01, 1]), flash, time)[1]
    excited = lsim(lti([1], [p.tau_excitation, 1]), seen, time)[1]
    inhibited = lsim(lti([1], [p.tau_inhibition, 1]), seen, time)[1]
    places = 10_000  # the bar takes 1 from place to place
    null = np.maximum(excited[:-places] - 5.0 * inhibited[places:], 0.0).sum() * 1e-4
    towards, against = module._behind_receptors(p, 5.0)
    # The simulated flash has a ramp of one step, 1/400 of its area.
    assert against == pytest.approx(null, rel=4e-3)
    # All but what is left of the excitation when the inhibition comes: e^-5, a little later behind receptors.
    assert towards == pytest.approx(1 - math.exp(-5), abs=2e-3)


def test_d_prime_of_two_groups_with_known_means(module):
    rng = np.random.default_rng(0)
    responses = rng.standard_normal((2, 4000, 3)) * 2.0
    responses[0] += 3.0
    found = module._d_prime(responses)
    # Two means and two variances of 12,000 draws: a standard error of 0.02.
    assert found["d_prime"] == pytest.approx(1.5, abs=0.08)
    assert found["low"] < 1.5 < found["high"]
    assert math.isnan(module._d_prime(np.ones((2, 5, 2)))["d_prime"])


def test_the_bar_visits_every_place_once_in_either_direction(module, settings):
    p = settings()
    bright = np.array([[1.0, 2.0, 3.0, 4.0]])
    movie = module._movie(p, bright, np.array([1.0]), 6.0)
    towards, against = movie.rates["bar"]
    np.testing.assert_allclose(towards.sum(axis=0), against.sum(axis=0))
    # A brightness of 1 brings ten spikes: rate times length of a frame over the receptor's charge.
    np.testing.assert_allclose(against.sum(axis=0) * movie.frame / 1e-3, 10 * bright[0])
    assert towards.argmax(axis=0).tolist() == against.argmax(axis=0)[::-1].tolist()
    assert (np.diff(against.argmax(axis=0)) > 0).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": (1.0, 5.0, 14.0)}, "increase from 0"),
        ({"weights": (0.0, 1.0, 14.0)}, "with a 5"),
        ({"weights": (0.0, 5.0, 10.0)}, "falls silent"),
        ({"travels": (0.5, 2.0)}, "a 1 among them"),
    ],
)
def test_parameters_that_cannot_be(settings, changes, words):
    with pytest.raises(ParameterError, match=words):
        settings(**changes)


def test_the_checks_hold_on_a_small_run(experiment, tables):
    found = experiment.findings(tables)
    assert not [f"{f.id}: {f.value}" for f in found if f.kind == "check" and f.verdict != HOLDS]
    assert {f.id for f in found if f.kind == "claim"} == set(experiment.claims)


def test_a_linear_cell_adds_up_the_areas(tables):
    rows = tables["responses"].query("cell == 'linear'")
    # Excitation of area 1 less inhibition of area w; the runs end at e^-24 of it.
    np.testing.assert_allclose(rows.preferred, 1 - rows.weight, atol=1e-8)
    np.testing.assert_allclose(rows.null, 1 - rows.weight, atol=1e-8)


def test_the_curve_alone_sees_the_drive_of_the_neuron(tables):
    curve = LIF(tau_m=10e-3).transfer
    found = tables["responses"].query("rung == 'curve'").set_index("weight")
    time = (np.arange(60_000) + 0.5) * 5e-4

    def response(weight, lag):
        inhibition = np.where(time >= lag, 2.0 * weight * np.exp(-(time - lag)), 0.0)
        return curve(1.0 + 10.0 * np.exp(-time / 0.2) - inhibition).sum()

    for weight in (1.0, 5.0):
        towards, against = response(weight, 1.0), response(weight, -1.0)
        # The run holds means over steps of 0.02, a tenth of the excitation's time constant.
        assert found.dsi[weight] == pytest.approx((towards - against) / (towards + against), abs=3e-3)


def test_verdicts_follow_the_numbers(experiment, tables):
    def verdicts(**changed):
        return {f.id: f.verdict for f in experiment.findings({**tables, **changed})}

    assert (verdicts()["A1-02"], verdicts()["A1-03"], verdicts()["A1-05"]) == ("supported", "supported", "partly")
    responses = tables["responses"].copy()
    responses.loc[responses.wiring == "both sides", "dsi"] = 0.5
    changed = verdicts(responses=responses)
    assert (changed["A1-02"], changed["both_sides_rate"]) == ("partly", "fails")
    responses = tables["responses"].copy()
    responses["null"] = responses.preferred
    responses["dsi"] = 0.0
    changed = verdicts(responses=responses)
    assert changed["A1-03"] == "not supported"
    assert {changed[name] for name in ("dsi_static_5", "silent_spiking", "dsi_shunting")} == {"fails"}
    linear = tables["responses"].copy()
    linear.loc[linear.cell == "linear", "dsi"] = 1e-6
    assert verdicts(responses=linear)["linear_static"] == "fails"
    discrimination = tables["discrimination"].assign(d_prime=0.0, low=-1.0, high=1.0)
    assert verdicts(discrimination=discrimination)["A1-05"] == "not supported"


def test_figure_and_caption_come_from_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    panels = [ax for ax in figure.axes if ax.get_ylabel() == "direction selectivity (dimensionless)"]
    assert len(panels) == 2
    assert any(np.array_equal(line.get_ydata(), tables["theory"].dsi) for line in panels[0].lines)
    assert "From weight 13.59 on" in experiment.caption(tables)
    assert "0.529 for a ReLU" in experiment.summary(tables)


def test_the_estimate_grows_with_the_work(experiment, settings):
    assert experiment.estimate(experiment.settings())[0] > experiment.estimate(settings())[0]
