"""What biases do: first losses and the gradient of normalisation by other routes; verdicts follow the tables."""

import math

import numpy as np
import pandas as pd
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.networks import _digits
from experiments.networks._normalised import fitted, normalised, normalised_gradient
from experiments.networks.bias_of_the_frame import taught
from experiments.networks.rare_classes import first_losses
from neurosim import training
from neurosim.lab import ask
from neurosim.params import ParameterError


def test_first_losses_are_those_of_the_formulas():
    for row in first_losses():
        p = row.frequency
        odds = {"zero": 0.0, "log p": math.log(p), "logit": math.log(p / (1 - p))}
        assert row.value == pytest.approx(0.0 if row.bias == "zero" else row.value)
        if row.output == "softmax":
            odds |= {"log p": math.log(p / (1 - p)), "log p, exchanged": math.log((1 - p) / p)}
        said = 1 / (1 + math.exp(-odds[row.bias]))
        # Rounding of sums of 10,000 terms.
        assert row.probability == pytest.approx(said, abs=1e-12)
        assert row.loss == pytest.approx(-p * math.log(said) - (1 - p) * math.log(1 - said), abs=1e-10)
    rows = pd.DataFrame([vars(row) for row in first_losses()])
    rare = rows[(rows.frequency == 0.05) & (rows.output == "sigmoid")].set_index("bias")
    # Written with six decimals.
    assert rare.loc["logit", "value"] == pytest.approx(-2.944439, abs=1e-6)
    assert rare.loc["log p", "value"] == pytest.approx(-2.995732, abs=1e-6)
    assert rare.loc["logit", "loss"] == pytest.approx(0.198515, abs=1e-6)


@pytest.mark.parametrize("kind", ["plain", "offset", "normalised"])
def test_the_gradient_of_normalisation_is_that_of_finite_differences(kind):
    rng = np.random.default_rng(2)
    z, back = rng.standard_normal((2, 7, 3))
    drive, spread = normalised(z, kind, 0.4)
    found = normalised_gradient(back, drive - (0.0 if kind == "plain" else 0.4), spread, kind)
    step, expected = 1e-6, np.zeros_like(z)
    for index in np.ndindex(*z.shape):
        change = np.zeros_like(z)
        change[index] = step
        up, down = (normalised(z + sign * change, kind, 0.4)[0] for sign in (1, -1))
        expected[index] = (back * (up - down)).sum() / (2 * step)
    # Central differences at 1e-6: the error of rounding, 1e-16/1e-6, is the larger one.
    assert np.abs(found - expected).max() < 1e-8


def test_a_normalised_layer_descends_and_its_offset_frees_the_units():
    rng = np.random.default_rng(3)
    x, target = rng.standard_normal((60, 5)), np.eye(10)[np.arange(60) % 10]
    cases = [(learned, steps) for learned in (False, True) for steps in (0, 40)]
    course = [fitted(x, target, 8, *case, np.random.default_rng(0)) for case in cases]
    before, fixed, start, learned = (loss for loss, _, _ in course)
    assert before == start
    assert fixed < before
    assert learned < start
    # Normal drives around 0 are positive for half of the examples.
    assert course[0][1] == pytest.approx(0.5, abs=0.1)
    # Small steps: the loss falls by the squared gradient, which the free offset can only make longer.
    small = [fitted(x, target, 8, free, 1, np.random.default_rng(0), rate=1e-3)[0] for free in (False, True)]
    assert small[1] < small[0] < before


def test_normalised_drives_have_mean_beta_and_variance_one():
    z = 5.0 + 3.0 * np.random.default_rng(0).standard_normal((50, 4))
    drive, _ = normalised(z, "normalised", 0.7)
    assert np.abs(drive.mean(axis=0) - 0.7).max() < 1e-12
    assert np.abs(drive.std(axis=0) - 1.0).max() < 1e-9
    assert np.abs(normalised(z, "offset", 0.7)[0].std(axis=0) - z.std(axis=0)).max() < 1e-12


def test_biases_undo_a_translation_exactly():
    circuit, cells = training.layered((6, 5, 3), seed=0)
    network, (x, d) = training.Network(circuit, cells), np.random.default_rng(0).standard_normal((2, 4, 6))
    bias = network.biases["hidden1"] - network.weights["to_hidden1"] @ d[0]
    undone = training.Network(circuit.with_bias(hidden1=bias), cells)
    # Rounding of sums of 6 products near 1.
    assert np.abs(_digits.outputs(undone, x + d[0]) - _digits.outputs(network, x)).max() < 1e-12


def test_convolutions_are_sums_over_patches():
    image, filters = (
        np.random.default_rng(1).standard_normal((1, 64)),
        np.random.default_rng(2).standard_normal((8, 3, 3)),
    )
    seen, pixels = _digits.convolved(filters, image).reshape(8, 3, 3), image.reshape(8, 8)
    places = [(pixels[4 + i : 7 + i, 2 + j : 5 + j] * filters[5]).sum() for i in (0, 1) for j in (0, 1)]
    assert seen[5, 2, 1] == pytest.approx(np.mean(np.maximum(places, 0.0)))


def test_a_network_that_sees_the_frame_keeps_its_weights_and_learns_biases():
    question = ask(QUESTIONS["networks/bias_of_the_frame"])
    p = question.settings(images=200, epochs=3, passes=2)
    network = training.Network(*_digits.learned(p, 0))
    x, y, test, _ = _digits.halves(p, 0)
    seen = taught(p, 0, network, 4, x, y, np.random.default_rng(0))
    for name, weights in network.weights.items():
        assert np.array_equal(seen.weights[name], weights)
    # The drive of the hidden layer is that of the frame plus a bias that the small network makes of it, by hand.
    small = np.maximum(test @ seen.weights["to_small"].T + seen.biases["small"], 0.0)
    bias = seen.biases["hidden1"] + small @ seen.weights["small_to_hidden1"].T
    found = seen.forward({"input": test}).drive["hidden1"]
    np.testing.assert_allclose(found, test @ network.weights["to_hidden1"].T + bias, atol=1e-12)
    assert np.ptp(bias, axis=0).max() > 0


def test_shifts_begin_with_none():
    with pytest.raises(ParameterError, match=r"increasing from 0"):
        ask(QUESTIONS["networks/bias_and_lif_threshold"]).settings(shifts=(0.5, 1.0))


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("changing_light", None, "mean_returns", "holds"),
        ("changing_light", ("drift", "worst_mean", 3.0, "moment == 'adapted'"), "mean_returns", "fails"),
        ("bias_adaptation", ("tuning", "accuracy", 1.0, "change == 'rotation'"), "rotation_not_undone", "fails"),
        ("bias_and_lif_threshold", None, "relu_bias_is_threshold", "holds"),
        (
            "bias_and_lif_threshold",
            ("twins", "mean_rate", 1.0, "route == 'relu bias'"),
            "relu_bias_is_threshold",
            "fails",
        ),
        ("bias_and_lif_threshold", ("twins", "active_fraction", 1.0, "route == 'lif bias'"), "lif_same_onset", "fails"),
        ("bias_and_lif_threshold", ("twins", "mean_rate", 99.0, "route == 'lif threshold'"), "lif_lower_gain", "fails"),
    ],
)
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"networks/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict
