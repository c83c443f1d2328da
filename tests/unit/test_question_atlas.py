"""Activations and single neurons: verdicts follow the tables, right or wrong, and what is counted is right by hand."""

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates, small_run
from tampering import falsified, verdict_of

from experiments.activations.centred_read_out import steps_to_learn
from experiments.networks.translation_and_rotation import best_bias
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


def test_the_best_bias_is_found_for_every_unit():
    drive = np.random.default_rng(0).standard_normal((500, 2))
    # Of a unit that fires often, and of one that fires rarely; the search goes in steps of 0.02.
    target = np.maximum(drive + np.array([0.4, -1.2]), 0.0)
    np.testing.assert_allclose(best_bias(drive, target), [0.4, -1.2], atol=1e-9)


def test_a_small_convolution_is_counted_by_hand():
    assert counted(2, 3, 4, 2) == (24, 8, 8 / 24)


@pytest.mark.parametrize(
    ("name", "claim", "changes", "verdict"),
    [
        ("activations/atlas", "A1-28", [("atlas", "exact_zero_fraction", 0.4, "activation == 'SELU'")], "supported"),
        ("activations/atlas", "A1-28", [], "not supported"),
        ("activations/atlas", "A3-01", [], "supported"),
        ("activations/atlas", "A3-01", [("atlas", "not_affine", 0.0, "activation == 'Tanh'")], "not supported"),
        ("activations/atlas", "A3-01", [("competing", "not_affine", 0.0, None)], "not supported"),
        ("activations/atlas", "A4-04", [], "partly"),
        ("activations/atlas", "A4-04", [("atlas", "chi", 1.0, "activation == 'Sigmoid'")], "supported"),
        ("activations/sparseness_indices", "A0-01", [], "supported"),
        ("activations/sparseness_indices", "A0-01", [("population", "near_zero_fraction", 0.1, None)], "partly"),
        ("activations/sparseness_indices", "A1-49", [], "supported"),
        ("activations/sparseness_indices", "A1-49", [("decoding", "explained", 0.5, None)], "not supported"),
        ("activations/sparseness_indices", "indices_differ", [("thresholds", "sampled", 0.9, None)], "fails"),
        ("activations/centred_read_out", "A1-42", [], "supported"),
        ("activations/centred_read_out", "A1-42", [("means", "index", 0.01, "activation == 'ReLU'")], "partly"),
        ("activations/centred_read_out", "A2-14", [], "partly"),
        ("activations/centred_read_out", "A2-14", [("readout", "steps", 1, "activation == 'ELU'")], "supported"),
        ("activations/centred_read_out", "A4-05", [], "supported"),
        ("activations/centred_read_out", "A4-05", [("means", "index", 0.0, None)], "not supported"),
        ("activations/centred_read_out", "A4-12", [], "supported"),
        ("activations/centred_read_out", "A4-12", [("means", "mean", 0.0, None)], "not supported"),
        ("activations/gelu", "A4-18", [], "partly"),
        ("activations/gelu", "A4-18", [("constants", "value", 0.0, "name == 'GELU slope at 3'")], "supported"),
        ("activations/cost", "A4-06", [], "not supported"),
        ("activations/cost", "A4-06", [("element", "instructions", 250, "name == 'exp'")], "supported"),
        ("activations/cost", "A4-06", [("element", "instructions", 150, "name == 'exp'")], "partly"),
        ("activations/cost", "A4-10", [], "supported"),
        ("activations/cost", "A4-10", [("element", "instructions", 5, "name == 'maximum'")], "not supported"),
        ("activations/cost", "A2-05", [], "partly"),
        ("activations/cost", "A2-05", [("layer", "sigmoid", 5000.0, None)], "supported"),
        ("sparsity/convolution", "A1-17", [], "supported"),
        ("sparsity/convolution", "A1-17", [("convolution", "density", 0.9, None)], "not supported"),
        ("sparsity/convolution", "A1-29", [], "supported"),
        ("sparsity/convolution", "A1-29", [("convolution", "density", 0.3, None)], "partly"),
        ("networks/translation_and_rotation", "A1-41", [], "partly"),
        ("networks/translation_and_rotation", "A1-41", [("adaptation", "residual", 0.0, None)], "supported"),
        ("networks/translation_and_rotation", "A1-41", [("adaptation", "largest", 2e-12, None)], "not supported"),
        ("networks/translation_and_rotation", "rotation", [("adaptation", "residual", 0.0, None)], "fails"),
        ("neurons/bias_threshold_inhibition", "A1-38", [], "supported"),
        ("neurons/bias_threshold_inhibition", "A1-38", [("inhibition", "rate", 0.0, "rung == 'spiking'")], "partly"),
        ("neurons/bias_threshold_inhibition", "A1-38", [("no_input", "rate", 0.0, "rung == 'rate'")], "partly"),
        ("neurons/bias_threshold_inhibition", "unit_is_bias", [], "holds"),
        ("neurons/bias_threshold_inhibition", "unit_is_bias", [("inhibition", "rate", 40.0, None)], "fails"),
        ("neurons/bias_threshold_inhibition", "lower_gain", [], "holds"),
        ("neurons/bias_threshold_inhibition", "lower_gain", [("inhibition", "rate", 40.0, None)], "fails"),
        ("neurons/shunting", "slope", [], "holds"),
        ("neurons/shunting", "slope", [("shunting", "closed_form", 300.0, "g_i == 20 and current == 2000")], "fails"),
        ("neurons/shunting", "rheobase", [], "holds"),
        ("neurons/shunting", "rheobase", [("shunting", "simulated", 1.0, "current < 600 and g_i == 20")], "fails"),
        ("neurons/negative_drive", "A0-09", [], "partly"),
        ("neurons/negative_drive", "A0-09", [("memory", "latency", 0.022, None), ("noise", "rate", 0.0, None)],
         "supported"),
        ("neurons/negative_drive", "A0-09", [("memory", "latency", 0.022, None)], "partly"),
        ("neurons/negative_drive", "below_threshold", [("noise", "rate", 0.0, "drive == 0.5")], "fails"),
        ("neurons/negative_drive", "silenced", [("noise", "rate", 1.0, "drive == -1.0")], "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(name, claim, changes, verdict):
    t = replicates(name)
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, claim) == verdict


def test_the_smallest_relevant_error_of_a_shift_is_noticed():
    # A neuron that fires below the rheobase, in one condition of one route.
    t = replicates("neurons/bias_threshold_inhibition")
    wrong = falsified(t, "inhibition", "rate", 5.0, "rung == 'spiking' and route == 'bias' and drive == 1.995")
    assert verdict_of(ask(QUESTIONS["neurons/bias_threshold_inhibition"]), wrong, "A1-38") == "partly"
