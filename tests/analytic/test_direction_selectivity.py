"""A bar over cells that are inhibited from one side: closed forms against quadrature, and what cells make of them."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import lsim, lti
from small_questions import replicates, setting

from experiments.inhibition._bar import Bar, behind_receptors, closed_form, index, movie, response
from neurosim.cells.lif import LIF

DIRECTION = "inhibition/direction_selectivity"


def part(rung, cell="rectified", wiring="one side"):
    rows = replicates(DIRECTION).responses
    return rows[(rows.rung == rung) & (rows.cell == cell) & (rows.wiring == wiring)].set_index("weight")


@pytest.mark.parametrize(
    ("weight", "null", "dsi"), [(1, 0.785398, 0.116865), (2, 0.628799, 0.224692), (5, 0.306622, 0.528232)]
)
def test_the_veto_in_numbers(weight, null, dsi):
    towards, against = closed_form(Bar(), weight)
    # Known to six digits.
    assert towards == pytest.approx(0.993262, abs=1e-6)
    assert against == pytest.approx(null, abs=1e-6)
    assert index(towards, against) == pytest.approx(dsi, abs=1e-6)


def test_the_null_direction_falls_silent_at_five_e():
    p = Bar()
    assert p.silent_weight == pytest.approx(5 * math.e, rel=1e-12)
    assert closed_form(p, p.silent_weight * (1 + 1e-9))[1] == 0.0
    assert closed_form(p, p.silent_weight * 0.99)[1] > 0.0


@pytest.mark.parametrize("lag", [-2.0, -0.3, 0.0, 0.1, 0.8])
@pytest.mark.parametrize("weight", [0.01, 1.0, 7.0])
def test_responses_at_any_lag_are_the_integral(lag, weight):
    def kept(t):
        excited = math.exp(-t / 0.3) / 0.3 if t >= 0 else 0.0
        inhibited = math.exp(-(t - lag) / 0.8) / 0.8 if t >= lag else 0.0
        return max(0.0, excited - weight * inhibited)

    edges = sorted({0.0, max(lag, 0.0), 15.0})
    expected = sum(quad(kept, a, b, limit=400)[0] for a, b in itertools.pairwise(edges))
    # The quadrature meets a kink; it is good to 1e-7.
    assert response(Bar(tau_excitation=0.3, tau_inhibition=0.8), weight, lag) == pytest.approx(expected, abs=1e-6)


def test_theory_behind_receptors_by_simulating_the_filters():
    p, time = Bar(), np.arange(0, 12, 1e-4)
    flash = np.where(time < 0.02, 1 / 0.02, 0.0)
    seen = lsim(lti([1], [0.01, 1]), flash, time)[1]
    excited = lsim(lti([1], [p.tau_excitation, 1]), seen, time)[1]
    inhibited = lsim(lti([1], [p.tau_inhibition, 1]), seen, time)[1]
    places = 10_000  # the bar takes 1 from place to place
    null = np.maximum(excited[:-places] - 5.0 * inhibited[places:], 0.0).sum() * 1e-4
    towards, against = behind_receptors(p, 5.0)
    # The simulated flash has a ramp of one step, 1/400 of its area.
    assert against == pytest.approx(null, rel=4e-3)
    # All but what is left of the excitation when the inhibition comes: e^-5, a little later behind receptors.
    assert towards == pytest.approx(1 - math.exp(-5), abs=2e-3)


def test_the_bar_visits_every_place_once_in_either_direction():
    bright = np.array([[1.0, 2.0, 3.0, 4.0]])
    shown = movie(Bar(), bright, np.array([1.0]), 6.0)
    towards, against = shown.rates["bar"]
    np.testing.assert_allclose(towards.sum(axis=0), against.sum(axis=0))
    # A brightness of 1 brings ten spikes: rate times length of a frame over the receptor's charge.
    np.testing.assert_allclose(against.sum(axis=0) * shown.frame / 1e-3, 10 * bright[0])
    assert towards.argmax(axis=0).tolist() == against.argmax(axis=0)[::-1].tolist()
    assert (np.diff(against.argmax(axis=0)) > 0).all()


def test_static_rectified_units_reach_the_closed_form():
    rows = part("artificial")
    for weight in rows.index:
        # Steps of a tenth of the excitation's time constant; only the one in which the drive changes its sign is wrong.
        assert rows.dsi[weight] == pytest.approx(index(*closed_form(Bar(), weight)), abs=3e-3)
    assert rows.dsi[rows.index >= Bar().silent_weight].min() == 1.0


@pytest.mark.parametrize("rung", ["artificial", "rate"])
def test_a_linear_cell_adds_up_the_areas_in_both_directions(rung):
    rows = part(rung, "linear")
    # Excitation of area 1 less inhibition of area w; the runs end when the inhibition has fallen to e^-24 = 4e-11.
    np.testing.assert_allclose(rows.preferred, 1 - rows.index, atol=1e-8)
    np.testing.assert_allclose(rows.null, 1 - rows.index, atol=1e-8)
    assert rows.dsi.abs().max() <= 1e-9


def test_rate_units_behind_receptors_are_as_selective_as_theory_says():
    for weight, row in part("rate").iterrows():
        # Four steps during the flash; a null response of hundredths, where a tenth of a step counts.
        assert row.dsi == pytest.approx(index(*behind_receptors(Bar(), weight)), abs=0.005)


def test_theory_holds_at_every_speed_and_with_a_delay():
    rows = replicates("inhibition/direction_and_speed").speed.query("rung == 'rate'")
    assert len(rows) == 2 * len(setting("inhibition/direction_and_speed")["parameters"]["travels"])
    for row in rows.itertuples():
        # A delayed activity is read at the start of a step of 0.005, half a step late; the excitation's peak of 5
        # leaves 5 * 0.0025 more in the null direction, and the index changes by at most twice that.
        assert row.dsi == pytest.approx(index(*behind_receptors(Bar(), 5.0, row.travel, row.delay)), abs=0.025)


def test_cells_inhibited_from_both_sides_have_no_preference():
    # The circuit is its own mirror image; the order of sums may move a single spike of tens.
    assert part("rate", wiring="both sides").dsi.abs().max() <= 1e-9
    assert part("spiking", wiring="both sides").dsi.abs().max() <= 0.02


@pytest.mark.parametrize("rung", ["spiking", "shunting"])
def test_inhibition_silences_neurons_where_the_drive_stays_below_threshold(rung):
    rows = part(rung)
    assert rows.null[rows.index >= Bar().silent_weight].max() == 0.0
    # More inhibition can only delay or prevent spikes.
    assert rows.dsi.diff().min() >= 0.0
    assert rows.dsi.iloc[-1] == 1.0


def test_the_curve_alone_sees_the_drive_of_the_neuron():
    curve, found = LIF(tau_m=10e-3).transfer, part("curve")
    time = (np.arange(60_000) + 0.5) * 5e-4

    def summed(weight, lag):
        inhibition = np.where(time >= lag, 2.0 * weight * np.exp(-(time - lag)), 0.0)
        return curve(1.0 + 10.0 * np.exp(-time / 0.2) - inhibition).sum()

    for weight in (1.0, 5.0):
        # The run holds means over steps of 0.02, a tenth of the excitation's time constant.
        assert found.dsi[weight] == pytest.approx(index(summed(weight, 1.0), summed(weight, -1.0)), abs=3e-3)
