"""Deep networks of one activation: exact power laws, epochs by hand; verdicts follow the tables."""

import math

import numpy as np
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.activations import gated_gradients
from experiments.activations._deep_networks import Deep, activation, scaled
from experiments.activations._learners import Learner, centred_epochs, epochs_to_learn, lead, until_solved
from experiments.activations.recurrent_gradients import through_time
from experiments.activations.variance_by_depth import restoring
from neurosim.lab import ask
from neurosim.params import ParameterError
from neurosim.training import layered


def test_a_recurrent_relu_network_is_a_power_law_in_the_spectral_radius():
    rows = replicates("activations/recurrent_gradients", 1).recurrent
    relu = rows[(rows.activation == "ReLU") & (rows.steps == 10) & (rows.input == 0)]
    constant = (relu.log10_gradient - relu.power).groupby(relu.weights)
    # All units of the identity network stay active; a ReLU is homogeneous, so the active units of the random one do not
    # depend on the scale. Rounding of log10 and of a power of 20.
    assert relu[relu.weights == "identity"].power.to_numpy() == pytest.approx(
        [20 * math.log10(radius) for radius in (0.5, 0.8, 1.0, 1.2, 1.4142, 1.5, 2.0)]
    )
    assert constant.get_group("identity").abs().max() < 1e-9
    assert np.ptp(constant.get_group("random").to_numpy()) < 1e-9


def test_the_gradient_through_time_is_the_product_of_slopes_and_weights():
    rng = np.random.default_rng(1)
    matrix, state, heard, top = (rng.standard_normal(shape) for shape in ((5, 5), 5, (5, 5), 5))
    circuit, _ = layered([5] * 6, weights=lambda *_: matrix)
    network = scaled(circuit, "Tanh", 1.0)
    for bias, each in zip(network.biases.values(), heard, strict=True):
        bias[:] = each
    found = through_time(network, circuit.order(), state[None], top[None])
    drives, active = [], state
    for each in heard:
        drives.append(matrix @ active + each)
        active = np.tanh(drives[-1])
    for steps in (2, 4):
        last = gradient = top if steps == 4 else (1 - np.tanh(drives[steps]) ** 2) * top  # the output is linear
        for drive in reversed(drives[:steps]):
            gradient = (1 - np.tanh(drive) ** 2) * (matrix.T @ gradient)
        assert found[steps] == pytest.approx(np.log10(np.mean(gradient**2) / np.mean(last**2)), abs=1e-12)


@pytest.mark.parametrize("name", ["ReLU", "Tanh"])
def test_the_gradient_of_an_lstm_is_that_of_small_changes_of_its_first_state(name):
    rng, phi = np.random.default_rng(0), activation(name)
    weights, heard, cell, top = (rng.standard_normal(shape) for shape in ((16, 4), (6, 16), 4, 4))
    found = gated_gradients.backward(phi, weights, gated_gradients.forward(phi, weights, heard, 0.7, cell), top)
    up, down = (
        [top @ gated_gradients.forward(phi, weights, heard, 0.7, cell + step)[-1][-1] for step in sign * np.eye(4)]
        for sign in (1e-6, -1e-6)
    )
    assert found == pytest.approx(np.subtract(up, down) / 2e-6, rel=1e-6)


def test_the_centred_sigmoid_is_the_sigmoid_minus_a_half():
    drives = np.linspace(-6, 6, 25)
    np.testing.assert_allclose(activation("CentredSigmoid")(drives), 1 / (1 + np.exp(-drives)) - 0.5, atol=1e-15)


def test_a_deviation_of_the_variance_of_a_relu_neither_grows_nor_dies_out():
    assert restoring("ReLU") == pytest.approx(1.0, abs=1e-9)  # E ReLU(h)^2 = q / 2
    assert restoring("SELU") < 1 < restoring("GELU")


def test_epochs_are_interpolated_between_the_middles_of_epochs():
    assert until_solved(np.array([0.5, 1.0])) == pytest.approx(1.0)  # 0.75 is half way between 0.5 at 0.5 and 1 at 1.5
    assert until_solved(np.array([0.9, 1.0])) == pytest.approx(0.5 * 0.65 / 0.8)  # chance, 0.1, at the start
    assert until_solved(np.array([0.1, 0.749])) == math.inf
    assert until_solved(np.array([0.5, 1.0]), 0.9) == pytest.approx(1.3)


def test_a_network_that_never_learns_has_no_epochs():
    p = Learner(images=100, learning_rates=(1e-6, 0.3), epochs=8)
    found = epochs_to_learn(p, 0)
    (slow, fast), (still, moved), accuracy = found["epochs"], found["moved"], found["accuracy"][1]
    assert slow == math.inf
    assert still < 1e-3 < moved
    assert 0 < found["epochs_50"][1] < fast < 8
    assert accuracy > 0.75


def test_a_hand_written_network_learns_as_one_of_the_package_does():
    (plain, index), (centred, none) = (centred_epochs("ReLU", mean, 0.3, 8, 400, 0) for mean in (False, True))
    plain, centred, late = plain["epochs"], centred["epochs"], plain["epochs_90"]
    found = epochs_to_learn(Learner(images=400, learning_rates=(0.3,), epochs=8), 0)
    epochs, accuracy = found["epochs"].item(), found["accuracy"].item()
    # Other weights and another order of the same digits: the same within an epoch.
    assert abs(plain - epochs) < 1.0
    assert 0 < centred < 8
    assert plain < late < 8
    assert 0.2 < index < 0.6  # 0.318 for a standard normal drive
    assert none < 0.05
    assert accuracy > 0.75
    assert centred_epochs("ReLU", True, 1e-6, 2, 200, 0)[0]["epochs"] == math.inf


def test_parameters_refuse_what_cannot_decide():
    with pytest.raises(ParameterError, match="deepest"):
        Deep(deepest=5)
    with pytest.raises(ParameterError, match="radii"):
        ask(QUESTIONS["activations/recurrent_gradients"]).settings(radii=(0.5, 2.0))
    with pytest.raises(ParameterError, match="learning_rates"):
        ask(QUESTIONS["activations/learning_rate_and_speed"]).settings(learning_rates=(0.3,))
    assert Deep().depths == (10, 20, 50)
    assert Deep(deepest=10).depths == (10,)


def test_a_lead_is_counted_in_doublings_of_the_epochs():
    t = replicates("activations/learning_rate_and_speed")
    slower = falsified(t, "learning", "epochs", 2.0)
    quick = falsified(slower, "learning", "epochs", 0.5, "activation == 'ReLU'")
    found = lead(quick.learning, 1, "ReLU", "Tanh")
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))
    # A network that never gets there counts with all the epochs that there were: two, by the slowest that did.
    never = falsified(quick, "learning", "epochs", math.inf, "activation == 'Tanh'")
    assert lead(never.learning, 1, "ReLU", "Tanh").value == pytest.approx(2.0)
    assert lead(never.learning, 1, "Tanh", "ReLU").value == pytest.approx(-2.0)
    assert math.isnan(lead(falsified(t, "learning", "epochs", math.inf).learning, 1, "ReLU", "Tanh").value)


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("gradients_by_depth", ("depth", "log10_gradient", -2.5, "activation == 'ReLU'"), "follows_theory", "fails"),
        ("gradients_by_depth", ("depth", "log10_gradient", -5.0, "activation == 'Sigmoid'"), "follows_theory", "fails"),
        ("variance_by_depth", ("profile", "log10_variance", 0.0, "activation == 'ReLU'"), "growth", "fails"),
        ("gradient_signs", ("signs", "alike", 0.02, "activation == 'Tanh'"), "same_sign_tanh", "fails"),
        ("skip_connections", ("residual", "log10_gradient", 0.0, None), "small_branches", "fails"),
    ],
)
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    name = f"activations/{question}"
    t = replicates(name)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict
