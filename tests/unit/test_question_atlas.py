"""Activations and single neurons: verdicts follow the tables, right or wrong, and what is counted is right by hand."""

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates, small_run
from tampering import falsified, verdict_of

from experiments.activations.centred_read_out import steps_to_learn
from experiments.neurons.thresholds import measured
from experiments.sparsity.convolution import counted
from neurosim import activations
from neurosim.lab import ask
from neurosim.params import ParameterError


def test_the_parameters_have_bounds():
    with pytest.raises(ParameterError, match="duration"):
        ask(QUESTIONS["neurons/bias_threshold_inhibition"]).settings(duration=0.1)


def test_every_elementwise_activation_of_the_package_is_in_the_atlas():
    units = {name for name, kind in activations.known().items() if kind().acts_on == "unit"}
    assert set(small_run("activations/atlas").tables["atlas"].activation) == units


def test_two_indices_of_the_same_activities_differ():
    rows = small_run("activations/sparseness_indices").tables["thresholds"].query("b == 1.750686")
    limits = rows.set_index("measure").integral
    # ReLU(z - b) with 4 % active: by quadrature elsewhere.
    assert (limits["gini"], limits["hoyer"]) == pytest.approx((0.979, 0.851), abs=5e-4)


def test_two_competing_softmax_units_are_a_sigmoid():
    tables = small_run("activations/atlas").tables
    sigmoid = tables["atlas"].set_index("activation").not_affine["Sigmoid"]
    assert tables["competing"].not_affine.item() == pytest.approx(sigmoid, rel=1e-12)


def test_steps_of_a_read_out_are_those_of_gradient_descent():
    rng = np.random.default_rng(3)
    h = rng.normal([0.0, 1.0, 2.0], 1.0, (200, 3))
    y = h @ [1.0, -2.0, 0.5] + 0.1 * rng.standard_normal(200)
    moments = h.T @ h / 200
    best, w = np.linalg.solve(moments, h.T @ y / 200), np.zeros(3)
    first = (w - best) @ moments @ (w - best)
    steps = 0
    while (w - best) @ moments @ (w - best) > 0.01 * first:
        w = w - moments @ (w - best) / np.linalg.eigvalsh(moments).max()
        steps += 1
    assert steps_to_learn(h, y) == steps


def test_a_small_convolution_is_counted_by_hand():
    assert counted(2, 3, 4, 2) == (24, 8, 8 / 24)


@pytest.mark.parametrize(
    ("name", "claim", "changes", "verdict"),
    [
        ("neurons/bias_threshold_inhibition", "unit_is_bias", [], "holds"),
        ("neurons/bias_threshold_inhibition", "unit_is_bias", [("inhibition", "rate", 40.0, None)], "fails"),
        ("neurons/bias_threshold_inhibition", "lower_gain", [], "holds"),
        ("neurons/bias_threshold_inhibition", "lower_gain", [("inhibition", "rate", 40.0, None)], "fails"),
        ("neurons/shunting", "slope", [], "holds"),
        ("neurons/shunting", "slope", [("shunting", "closed_form", 300.0, "g_i == 20 and current == 2000")], "fails"),
        ("neurons/shunting", "rheobase", [], "holds"),
        ("neurons/shunting", "rheobase", [("shunting", "simulated", 1.0, "current < 600 and g_i == 20")], "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(name, claim, changes, verdict):
    t = replicates(name)
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, claim) == verdict


def test_onsets_are_where_the_bias_puts_them():
    rows = replicates("neurons/bias_threshold_inhibition").inhibition.query("route == 'bias'")
    assert ((rows.rate > 1e-3) == (rows.theory > 0)).all()
    assert (replicates("neurons/bias_threshold_inhibition").no_input.rate > 0).all()


def test_a_relu_hands_on_the_bias_of_an_inhibitory_unit_exactly():
    rows = replicates("neurons/negative_drive").inhibited
    assert (rows.unit - rows.bias).abs().max() <= 1e-9
    assert (rows.bias[rows.drive <= 1.0] == 0.0).all()


def test_measures_of_curves_whose_threshold_is_known():
    drives = np.arange(-0.95, 3.0, 0.1)
    relu = measured(drives, 7.0 * np.maximum(drives - 1.0, 0.0))
    # By hand: the largest rate is 7 * 1.95 at 2.95; 5 % of it is 0.0975 above the threshold, between the samples 1.05
    # and 1.15. The last silent sample is 0.95: 1.9 of 3.9 of the drives.
    assert relu["corner"] == pytest.approx(1.0, abs=1e-6)
    assert relu["onset"] == pytest.approx(1.0975, abs=1e-6)
    assert relu["gain_above_onset"] == pytest.approx(1.0, abs=1e-6)
    assert relu["dead_zone"] == pytest.approx(1.9 / 3.9, abs=1e-9)
    assert (relu["saturation"], relu["negative_area"]) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert relu["misfit"] < 1e-6
    # Another gain, the same shape: nothing changes.
    assert measured(drives, 0.02 * np.maximum(drives - 1.0, 0.0)) == pytest.approx(relu, abs=1e-6)
    # A line in the place of the rectified one: no corner, no dead zone, and 1.95 of 3.9 of the drives below zero.
    line = measured(drives, drives - 1.0)
    assert line["dead_zone"] == 0.0
    assert line["negative_area"] == pytest.approx(0.5, abs=1e-9)
    assert np.isnan(line["softness"])


def test_spikes_counted_from_rest_begin_where_the_first_one_fits_the_window():
    rows = small_run("neurons/thresholds").tables["neuron"].query("condition == 'window'")
    late = rows.pivot(index="value", columns="rung", values="silent")
    for window, row in late.iterrows():
        # v = drive (1 - exp(-t/20 ms)) reaches 1; samples are 0.01 apart and a step of 0.1 ms more or less.
        first = 1.0 / (1.0 - np.exp(-window / 20e-3))
        assert -0.02 <= row.spiking - first <= 0.006
        assert row.membrane == pytest.approx(row.spiking, abs=0.011)
        assert row.rate == pytest.approx(0.995, abs=1e-9)


def test_the_leaky_rate_unit_has_the_shape_of_its_curve():
    rows = small_run("neurons/thresholds").tables["neuron"].query("condition != 'window'")
    columns = ["onset", "softness", "saturation", "corner"]
    curve, rate = (rows[rows.rung == rung][columns].to_numpy() for rung in ("curve", "rate"))
    np.testing.assert_allclose(rate, curve, rtol=0, atol=1e-3)  # settled to 1e-5 of the largest rate


@pytest.mark.parametrize(
    ("finding", "changes", "verdict"),
    [
        ("adaptation", [], "holds"),
        ("adaptation", [("neuron", "corner", 0.7, "condition == 'product 0.1'")], "fails"),
        ("adaptation", [("neuron", "corner", 0.99, "condition == 'jump' and value == 0.0")], "fails"),
        ("filter_first", [], "holds"),
        ("filter_first", [("neuron", "silent", 0.995, "rung == 'spiking'")], "fails"),
        ("filter_first", [("neuron", "silent", 1.575, "rung == 'rate'")], "fails"),
        ("noise", [("neuron", "softness", 0.3, "condition == 'noise'")], "fails"),
        ("step", [("neuron", "at_5_hz", 0.4, "condition == 'step'")], "fails"),
    ],
)
def test_verdicts_on_thresholds_follow_the_tables(finding, changes, verdict):
    t = replicates("neurons/thresholds")
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS["neurons/thresholds"]), t, finding) == verdict


def test_softness_and_onset_in_proportion_to_their_predictions_hold():
    t = replicates("neurons/thresholds")
    for sigma in (0.1, 0.2, 0.4):
        t = falsified(t, "neuron", "softness", 2.3 * sigma, f"condition == 'noise' and value == {sigma}")
    assert verdict_of(ask(QUESTIONS["neurons/thresholds"]), t, "noise") == "holds"
    # 0.5826 * 0.3 * (sqrt(2 * 0.05) - sqrt(2 * 0.005)) = 0.0378
    for dt, place in ((1e-4, 0.45), (1e-3, 0.4878)):
        t = falsified(t, "neuron", "at_5_hz", place, f"condition == 'step' and value == {dt}")
    (found,) = (f for f in ask(QUESTIONS["neurons/thresholds"]).findings(t) if f.id == "step")
    assert found.value == pytest.approx(1.0, abs=0.01)
    assert found.verdict == "holds"
