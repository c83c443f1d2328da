"""Questions about networks that learn: verdicts follow the tables, and what is done to a network is right by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

import neurosim as ns
from experiments.sparsity._tracing import lowered, silenced, trace
from experiments.sparsity._trained import (
    NAMES,
    Learning,
    class_selectivity,
    largest_kept,
    task_of,
    with_replaced,
)
from experiments.sparsity.penalties import advantage
from neurosim.lab import ask
from neurosim.params import ParameterError
from neurosim.training import Network, layered

HALF, PENALTIES, NOISE = "sparsity/half_silent", "sparsity/penalties", "sparsity/label_noise"
WHICH, DROPOUT, LABELS = "sparsity/which_activation", "sparsity/dropout", "sparsity/random_labels"
TWINS = "sparsity/trained_nets_on_rungs"
P = Learning(units=32, examples=100, tests=100)


@pytest.mark.parametrize(
    ("name", "wrong", "word"),
    [
        (PENALTIES, {"penalties": (1e-3, 1e-2)}, "the first 0"),
        (NOISE, {"noises": (0.0,)}, "at least two"),
        (PENALTIES, {"shifts": (1.0, 2.0)}, "the first 0"),
        (WHICH, {"noises": (0.0, 0.5)}, "1 among them"),
        (WHICH, {"keep": (1.0, 0.5)}, r"0\.2 among them"),
        (HALF, {"deep_width": 100, "deep_inputs": 200}, "orthogonal"),
    ],
)
def test_parameters_refuse_what_the_findings_could_not_do_without(name, wrong, word):
    with pytest.raises(ParameterError, match=word):
        ask(QUESTIONS[name]).settings(**wrong)


def test_selectivity_counts_classes_alike():
    labels = np.repeat(np.arange(10), [30, *[10] * 9])
    only, half, never = labels == 3, (labels == 0) | (labels == 1), np.zeros(len(labels), dtype=bool)
    assert class_selectivity(only[:, None], labels) == pytest.approx(1.0)
    assert class_selectivity(half[:, None], labels) == pytest.approx(0.5)  # although class 0 has three times as many
    assert class_selectivity(np.column_stack([only, half, never]), labels) == pytest.approx(0.75)


def test_what_is_kept_are_the_largest():
    network = Network(*layered([64, 32, 32, 10], ns.activations.Tanh(), seed=0))
    rows = [largest_kept(network, task_of(P, "digits", 0), keep) for keep in (1.0, 0.2)]
    # Of 3200 different magnitudes a fifth stays, but for the one at the quantile.
    assert [row["nonzero"] for row in rows] == pytest.approx([1.0, 0.2], abs=1 / 1000)


def test_raised_thresholds_silence_as_many_units_as_a_normal_distribution_has_below():
    p = ask(QUESTIONS[PENALTIES]).settings(units=2000, examples=100, tests=100, shifts=(0.0, 1.0, 2.0))
    network = Network(*layered([64, 2000, 2000, 10], ns.ReLU(), seed=0))
    task = task_of(P, "prototypes", 0)
    rows = list(lowered(network, task, p.shifts))
    # Before learning drives of an example are normal with mean 0 in the first layer; the mean of both layers starts at
    # a half. Above the first, layers are silenced further by those before.
    assert rows[0][1] == pytest.approx(0.5, abs=0.04)
    first = network.forward({"input": task.test_x}).drive["hidden1"]
    assert (first > first.std()).mean() == pytest.approx(norm.sf(1.0), rel=0.08)
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    whole = network.forward({"input": task.test_x}).activity["output"]
    assert rows[0][2] == np.mean(whole.argmax(axis=1) == task.test_y)


def test_learned_sparseness_is_compared_with_raised_thresholds_at_equal_activity():
    t = replicates(PENALTIES)
    gain, active = advantage(falsified(t, "lowered", "accuracy", 0.5), "digits")
    rows = t.networks[(t.networks.task == "digits") & (t.networks.l1 == t.networks.l1.max())]
    assert active == pytest.approx(rows.active.mean())
    np.testing.assert_allclose(gain, rows.accuracy - 0.5)


@pytest.mark.parametrize("fraction", [0.0, 0.9])
def test_without_a_penalty_in_reach_of_raised_thresholds_nothing_is_decided(fraction):
    t = falsified(replicates(PENALTIES), "lowered", "active", fraction)
    assert len(advantage(t, "digits")[0]) == 0
    assert verdict_of(ask(QUESTIONS[PENALTIES]), t, "learned_digits") == "undecided"


def test_labels_are_replaced_by_any_others_and_only_to_learn():
    task = task_of(P, "digits", 0)
    noisy = with_replaced(task, 0.3, np.random.default_rng(0))
    # 30 of 100 are drawn anew, of which a tenth gets its own label: 27 +- 1.6.
    assert 20 <= (noisy.y != task.y).sum() <= 30
    np.testing.assert_array_equal(noisy.test_y, task.test_y)
    np.testing.assert_array_equal(with_replaced(task, 0.0, np.random.default_rng(0)).y, task.y)


def test_as_many_active_units_are_silenced_as_are_silent():
    # One unit of four is silent: passing on its -1 changes the output by -1, and one active unit is silenced.
    eye, x = np.eye(4), np.array([[1.0, 1.0, 1.0, -1.0]] * 50)
    made = network(eye, eye, np.stack([np.ones(4), np.full(4, 0.7)]))
    made.order, made.output, made.activations = ("hidden1", "hidden2", "output"), "output", {}
    task = SimpleNamespace(test_x=x, test_y=np.zeros(50, dtype=int))
    made.biases["output"] = np.array([0.1, 0.0])
    assert silenced(made, task, np.random.default_rng(0)) == (1.0, 1.0, 1.0)
    # Of sums of three, two (with the negative one) and one or none (a silent and an active one less in each layer).
    made.biases["output"] = np.array([0.0, 0.75])  # the first class needs a sum above 2.5
    assert silenced(made, task, np.random.default_rng(0)) == (1.0, 0.0, 0.0)


def network(first, second, read):
    """Two hidden layers without offsets, as `trace` looks at it."""
    weights = {"to_hidden1": np.array(first), "to_hidden2": np.array(second), "to_output": np.array(read)}
    biases = {"hidden1": np.zeros(len(first)), "hidden2": np.zeros(len(second)), "output": np.zeros(len(read))}
    return SimpleNamespace(weights=weights, biases=biases)


def test_what_carries_an_output_is_traced():
    # Every unit of a layer hands its input on; the class reads them with +1, the other class with -1: the output over
    # the mean of both is their sum, 10 = 6 + 2 + 1 + 1. Without 6, 2 and 1 a tenth is left: three units in each layer.
    eye, x = np.eye(4), np.array([6.0, 2.0, 1.0, 1.0])
    carriers, agreement = trace(network(eye, eye, [np.ones(4), -np.ones(4)]), x, 0)
    assert carriers == 3
    assert agreement == pytest.approx(1.0)  # linear where it is active
    # One unit holds all but 2 %.
    carriers, _ = trace(network(eye, eye, [np.ones(4), -np.ones(4)]), np.array([50.0, 0.6, 0.3, 0.1]), 0)
    assert carriers == 1
    # The class is not on: nothing to trace.
    assert np.isnan(trace(network(eye, eye, [np.ones(4), -np.ones(4)]), x, 1)[0])


def test_gradient_and_ablation_part_where_a_unit_crosses_its_threshold():
    # The second layer has one unit, relu(a - b + c/2): without a it is silent, though its gradient says that it would
    # go on falling. By hand at a, b, c = 3, 2, 1: adds 3, -2, 0.5; lost 1.5 (to silence), -2, 0.5.
    second, read = np.array([[1.0, -1.0, 0.5]]), np.array([[1.0], [-1.0]])
    _, agreement = trace(network(np.eye(3), second, read), np.array([3.0, 2.0, 1.0]), 0)
    assert agreement == pytest.approx(np.corrcoef([3.0, -2.0, 0.5], [1.5, -2.0, 0.5])[0, 1])


def all_of(table, **values):
    """The same values everywhere in a table."""
    return [(table, column, value, None) for column, value in values.items()]


LEARNED = "learned_digits"
ONES = {"active_1": 0.5, "active_2": 0.5}


@pytest.mark.parametrize(
    ("name", "changes", "finding", "verdict"),
    [
        (HALF, [("depth", "cosine", 0.2, "layer == 3")], "cosines", "fails"),
        (PENALTIES, [("networks", "accuracy", 0.9, None), ("lowered", "accuracy", 0.5, None)], LEARNED, "holds"),
        (PENALTIES, [("networks", "accuracy", 0.5, None), ("lowered", "accuracy", 0.5, None)], LEARNED, "fails"),
        (LABELS, [("networks", "train_accuracy", 0.98, "task == 'random'")], "by_heart", "fails"),
        (LABELS, [("networks", "train_accuracy", 1.0, None)], "by_heart", "holds"),
        (LABELS, [("networks", "test_accuracy", 0.2, "task == 'random'")], "nothing_of_others", "fails"),
        (TWINS, [("twins", "differing", 1, "rung == 'perfect_if' and run == 'layer'")], "silent_set", "fails"),
        (TWINS, [("twins", "differing", 1, "rung == 'rate'")], "silent_rate", "fails"),
        (TWINS, [("twins", "accuracy", 0.0, None), ("twins", "static_accuracy", 0.5, None)], "accuracy_lif", "fails"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(name, changes, finding, verdict):
    t = replicates(name)
    for change in changes:
        t = falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[name]), t, finding) == verdict


def test_only_relu_has_exact_zeros():
    # The others are 0 at most at a drive of exactly 0, which has no probability.
    networks = replicates(WHICH).networks
    assert set(networks.activation) == set(NAMES)
    assert (networks[networks.activation == "ReLU"].zeros > 0.1).all()
    assert (networks[networks.activation != "ReLU"].zeros == 0).all()


def test_one_example_moves_nothing_that_leads_into_a_silent_relu():
    gradients = replicates(LABELS).gradients.drop_duplicates("activation").set_index("activation")
    assert gradients.loc["ReLU"].silent_moved == 0
    assert gradients.loc["LeakyReLU"].silent_moved == 1
    assert 0.3 < gradients.loc["ReLU"].silent < 0.7
