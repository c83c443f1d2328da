"""Threshold or inhibition: what is shown is what was meant, the ways are matched, and verdicts follow the tables."""

from types import SimpleNamespace

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

import neurosim as ns
from experiments.sparsity._digits import read_out, scene
from experiments.sparsity._four_ways import Changes, changed, conditions, matched, responses
from experiments.sparsity.threshold_or_inhibition import described
from neurosim.lab import ask
from neurosim.params import ParameterError

NAME = "sparsity/threshold_or_inhibition"
P = Changes(images=40, units=12, duration=0.15, settle=0.05, dt=5e-4, contrasts=(0.5, 1.0, 2.0), noises=(0.5,))


@pytest.fixture(scope="module")
def here():
    return scene(P, 0)


@pytest.fixture(scope="module")
def seen(here):
    return conditions(P, here, np.random.default_rng(0))


def simulate(*arguments, **options):
    return ns.simulate(*arguments, **options, progress=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"contrasts": (0.5, 1.0)}, "0.5, 1 and 2 among them"),
        ({"noises": ()}, "at least one"),
        ({"encoding": "poisson"}, "given as currents"),
        ({"active": 0.5}, "< 0.45"),
        ({"filters": "principal", "units": 200}, "at most 120"),
    ],
)
def test_parameters_that_cannot_be(changes, words):
    with pytest.raises(ParameterError, match=words):
        ask(QUESTIONS[NAME]).settings(**changes)


def test_at_contrast_1_the_drives_are_those_of_the_pixels(here, seen):
    drive, contrast = seen["contrast", 1.0]
    np.testing.assert_allclose(drive, here.drive, atol=1e-12)
    assert contrast.mean() == pytest.approx(1.0)
    assert contrast.shape == (40, 1)


def test_contrast_scales_what_an_image_adds_to_the_mean_image(seen):
    for level in (0.5, 2.0):
        drive, contrast = seen["contrast", level]
        np.testing.assert_allclose(drive - 1.0, level * (seen["contrast", 1.0][0] - 1.0), atol=1e-12)
        np.testing.assert_allclose(contrast, level * seen["contrast", 1.0][1], rtol=1e-12)


def test_noise_of_half_a_standard_deviation_adds_a_quarter_of_the_variance(here, seen):
    pixels = P.max_rate * here.shown.flat
    unit = np.sqrt(((pixels - pixels.mean(axis=0)) ** 2).mean(axis=1)).mean()
    energy = (unit * seen["noise", 0.5][1]) ** 2 - (unit * seen["contrast", 1.0][1]) ** 2
    # 40 images of 64 pixels: mean of 2,560 squares, standard error 3 %, and a product of mean 0 beside them.
    assert energy.mean() == pytest.approx(0.25 * pixels.var(), rel=0.2)


def test_the_ways_by_hand():
    drive, contrast = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[1.0], [2.0]])
    np.testing.assert_array_equal(changed("none", 0.5, drive, contrast), drive)
    np.testing.assert_array_equal(changed("lateral", 0.5, drive, contrast), drive)
    np.testing.assert_array_equal(changed("threshold", 0.5, drive, contrast), [[0.5, 1.5], [2.5, -1.5]])
    np.testing.assert_array_equal(changed("subtractive", 0.5, drive, contrast), [[0.5, 1.5], [2.0, -2.0]])
    np.testing.assert_array_equal(changed("divisive", 1.0, drive, contrast), [[0.5, 1.0], [1.0, -1 / 3]])


@pytest.mark.parametrize("rung", ns.RUNGS)
@pytest.mark.parametrize("strength", [0.0, 2.0])
def test_currents_do_what_the_pixels_did(here, seen, rung, strength):
    weight = here.weight(strength) if strength else 0.0
    rates, settled = responses(P, simulate, here, rung, seen["contrast", 1.0][0], weight)
    circuit = here.inhibited(P, strength)
    run = ns.simulate(circuit, here.cells[rung], here.stimulus, P.schedule, progress=False)
    assert settled.all()
    # The drives differ by rounding alone. The rate rung is integrated with adaptive steps, to 1e-5 of rates up to
    # 70 Hz, and a unit at threshold, where the curve is vertical, multiplies what is left of them by some hundred.
    tolerance = 0.1 if rung == "rate" and strength else 1e-3
    np.testing.assert_allclose(rates, np.maximum(run.rates["hidden"], 0.0), rtol=0, atol=tolerance)


def test_every_way_leaves_as_many_active():
    rows = replicates(NAME).matched
    rows = rows[rows.way != "none"]
    # 480 entries: a step of bisection moves few of them; the rate rung takes the amounts of the f-I curve's.
    assert (rows.active_fraction - 0.2).abs().max() <= 0.01


def test_on_static_rungs_the_threshold_of_a_tenth_is_the_quantile_of_the_drives(here, seen):
    found = matched(P, simulate, here, "curve", seen["contrast", 1.0])
    fires = np.quantile(here.drive, 0.9)
    # A tenth of 480 drives lies above the quantile; between two of them any threshold does. The curve needs to
    # exceed half a spike in the window, at a drive a little above 1.
    least = ns.ladder(ns.LIF())["curve"].transfer
    drives = np.linspace(1.0, 1.2, 20_001)
    onset = drives[np.argmax(least(drives) > P.smallest_rate)]
    assert found["threshold"] == pytest.approx(fires - onset, abs=0.02)
    # Subtraction of a n and division by 1 + a n put the same thresholds: onset + a n and onset (1 + a n).
    assert found["subtractive"] == pytest.approx(onset * found["divisive"], abs=0.005)


def test_a_fraction_that_no_amount_reaches_is_refused(here):
    high = (np.full((40, 12), 90.0), np.ones((40, 1)))
    with pytest.raises(ParameterError, match="leaves more"):
        matched(P, simulate, here, "curve", high)


def test_images_without_a_steady_state_do_not_count_as_silent_where_ways_are_matched(here, seen):
    gone = np.arange(40) % 4 == 0

    def without(*arguments, **options):
        found = simulate(*arguments, **options)
        rates = found.rates["hidden"].copy()
        rates[np.resize(gone, len(rates))] = np.nan  # the three feed-forward ways are shown at once
        return SimpleNamespace(rates={"hidden": rates}, converged=~np.isnan(rates).any(axis=1))

    others = tuple(values[~gone] for values in seen["contrast", 1.0])
    expected = matched(P, simulate, here, "curve", others)
    assert matched(P, without, here, "curve", seen["contrast", 1.0]) == expected


@pytest.mark.parametrize(("left_out", "told"), [(0, True), (8, True), (9, False)])
def test_images_without_a_steady_state_are_left_out_and_counted(here, seen, left_out, told):
    rates = {key: responses(P, simulate, here, "curve", drive, 0.0)[0] for key, (drive, _) in seen.items()}
    gone = np.flatnonzero(here.train)[:left_out]
    rates["contrast", 1.0][gone] = np.nan
    found, *rows = described(P, here, "curve", "none", 0.0, rates)
    assert found.unsettled == left_out
    stay = np.setdiff1d(np.arange(40), gone)
    clean = rates["contrast", 1.0][stay]
    if told:
        assert found.active_fraction == pytest.approx((clean > P.smallest_rate).mean())
        read = read_out(clean, here.labels[stay], here.train[stay])  # the same read-out, of the other images alone
        assert found.accuracy == pytest.approx(read)
        assert [row.unsettled for row in rows] == [left_out if row.level == 1.0 else 0 for row in rows]
        assert not np.isnan([row.accuracy for row in rows]).any()
    else:
        assert np.isnan([found.accuracy, found.active_fraction, *(row.accuracy for row in rows)]).all()


@pytest.mark.parametrize(("unsettled", "verdict"), [(0, "holds"), (8, "holds"), (9, "undecided")])
def test_no_check_rests_on_fewer_images_than_stated(unsettled, verdict):
    t = falsified(falsified(replicates(NAME), "overlap", "overlap", 1.0, None), "overlap", "unsettled", unsettled, None)
    assert verdict_of(ask(QUESTIONS[NAME]), t, "same_units") == verdict


@pytest.mark.parametrize(
    ("changes", "finding", "verdict"),
    [
        ([("overlap", "overlap", 0.5, "first == 'subtractive' and second == 'divisive'")], "same_units", "fails"),
        ([("overlap", "overlap", 1.0, None)], "same_units", "holds"),
        ([("robustness", "active_fraction", 0.1, None)], "contrast", "fails"),
        (
            [
                ("robustness", "active_fraction", 0.1, None),
                ("robustness", "active_fraction", 0.3, "way == 'threshold' and level == 2.0"),
            ],
            "contrast",
            "holds",
        ),
        ([("matched", "correlation", 0.1, None)], "correlation", "fails"),
        ([("matched", "correlation", 0.1, None), ("matched", "correlation", 0.0, "way == 'lateral'")],
         "correlation", "holds"),
        ([("robustness", "accuracy", 0.5, None)], "accuracy", "fails"),
        ([("robustness", "accuracy", 0.5, None), ("robustness", "accuracy", 0.1, "way == 'threshold'")],
         "accuracy", "holds"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(changes, finding, verdict):
    t = replicates(NAME)
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[NAME]), t, finding) == verdict
