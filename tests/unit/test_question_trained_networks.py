"""Questions about networks that learn: verdicts follow the tables, and what is done to a network is right by hand."""

import numpy as np
import pytest
from scipy.stats import norm
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

import neurosim as ns
from experiments.sparsity._trained import (
    NAMES,
    Learning,
    class_selectivity,
    largest_kept,
    task_of,
)
from experiments.sparsity.learned_or_raised import advantage, lowered
from neurosim.lab import ask
from neurosim.params import ParameterError
from neurosim.training import Network, layered

HALF, PENALTIES, RAISED = "sparsity/half_silent", "sparsity/penalties", "sparsity/learned_or_raised"
WHICH, DROPOUT, LABELS = "sparsity/which_activation", "sparsity/dropout", "sparsity/random_labels"
TWINS = "sparsity/trained_nets_on_rungs"
P = Learning(units=32, examples=100, tests=100)


@pytest.mark.parametrize(
    ("name", "wrong", "word"),
    [
        (PENALTIES, {"penalties": (1e-3, 1e-2)}, "the first 0"),
        (PENALTIES, {"noises": (0.0,)}, "at least two"),
        (RAISED, {"shifts": (1.0, 2.0)}, "the first 0"),
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
    p = ask(QUESTIONS[RAISED]).settings(units=2000, examples=100, tests=100, shifts=(0.0, 1.0, 2.0))
    network = Network(*layered([64, 2000, 2000, 10], ns.ReLU(), seed=0))
    task = task_of(P, "prototypes", 0)
    rows = list(lowered(p, network, task, "prototypes"))
    # Before learning drives of an example are normal with mean 0 in the first layer; the mean of both layers starts at
    # a half. Above the first, layers are silenced further by those before.
    assert rows[0].active == pytest.approx(0.5, abs=0.04)
    first = network.forward({"input": task.test_x}).drive["hidden1"]
    assert (first > first.std()).mean() == pytest.approx(norm.sf(1.0), rel=0.08)
    assert [row.active for row in rows] == sorted((row.active for row in rows), reverse=True)
    whole = network.forward({"input": task.test_x}).activity["output"]
    assert rows[0].accuracy == np.mean(whole.argmax(axis=1) == task.test_y)


def test_learned_sparseness_is_compared_with_raised_thresholds_at_equal_activity():
    t = replicates(RAISED)
    gain, active = advantage(falsified(t, "lowered", "accuracy", 0.5), "digits")
    rows = t.learned[(t.learned.task == "digits") & (t.learned.l1 > 0)]
    assert active == pytest.approx(rows.active.mean())
    np.testing.assert_allclose(gain, rows.accuracy - 0.5)


@pytest.mark.parametrize("fraction", [0.0, 0.9])
def test_without_a_penalty_in_reach_of_raised_thresholds_nothing_is_decided(fraction):
    t = falsified(replicates(RAISED), "lowered", "active", fraction)
    assert len(advantage(t, "digits")[0]) == 0
    assert verdict_of(ask(QUESTIONS[RAISED]), t, "learned_digits") == "undecided"


def all_of(table, **values):
    """The same values everywhere in a table."""
    return [(table, column, value, None) for column, value in values.items()]


BETTER = [
    ("networks", "test_accuracy", 0.5, "l1 == 0"), ("networks", "test_accuracy", 0.9, "l1 > 0"),
    ("networks", "gap", 0.5, "l1 == 0"), ("networks", "gap", 0.1, "l1 > 0"),
    ("networks", "operations", 0.5, "l1 == 0"), ("networks", "operations", 0.1, "l1 > 0"),
    ("networks", "selectivity", 0.1, "l1 == 0"), ("networks", "selectivity", 0.9, "l1 > 0"),
    ("networks", "active_1", 0.5, "l1 == 0"), ("networks", "active_1", 0.1, "l1 > 0"),
    ("networks", "active_2", 0.5, "l1 == 0"), ("networks", "active_2", 0.1, "l1 > 0"),
    ("noise", "accuracy", 0.3, "l1 == 0"), ("noise", "accuracy", 0.8, "l1 > 0"),
    ("networks", "train_accuracy", 1.0, "task == 'random'"),
]  # fmt: skip
WORSE = [(table, column, 0.6, None) for table, column, *_ in BETTER]
ONES = {"active_1": 0.5, "active_2": 0.5}


@pytest.mark.parametrize(
    ("name", "changes", "finding", "verdict"),
    [
        (HALF, [("depth", "active", 0.7, "layer == 7")], "half_deep", "fails"),
        (HALF, [("depth", "cosine", 0.2, "layer == 3")], "cosines", "fails"),
        (
            HALF,
            [*all_of("course", **ONES), *all_of("after", **ONES), *all_of("depth", active=0.5)],
            "A1-27",
            "supported",
        ),
        (HALF, [*all_of("after", active_1=0.2), *all_of("depth", active=0.7)], "A1-27", "not supported"),
        (
            HALF,
            [
                *all_of("course", **ONES), *all_of("after", **ONES),
                *all_of("depth", always_on=0.0, always_off=0.0),
            ],
            "A1-19",
            "supported",
        ),
        (PENALTIES, BETTER, "A0-04", "partly"),  # random labels are still learned by heart
        (PENALTIES, [*BETTER, ("networks", "train_accuracy", 0.5, None)], "A0-04", "supported"),
        (PENALTIES, BETTER, "A1-16", "supported"),
        (PENALTIES, WORSE, "A1-16", "not supported"),
        (PENALTIES, BETTER, "A1-22", "supported"),
        (PENALTIES, WORSE, "A1-22", "not supported"),
        (PENALTIES, [("networks", "active_2", 0.9, "task == 'easy'")], "easy_density", "fails"),
        (RAISED, [("learned", "accuracy", 0.9, None), ("lowered", "accuracy", 0.5, None)], "learned_digits", "holds"),
        (RAISED, [("learned", "accuracy", 0.5, None), ("lowered", "accuracy", 0.5, None)], "learned_digits", "fails"),
        (DROPOUT, all_of("networks", active_1=0.5, active_2=0.5, redundancy=0.5), "A1-26", "not supported"),
        (
            DROPOUT,
            [
                ("networks", "active_1", 0.0, "dropout > 0"), ("networks", "active_2", 0.0, "dropout > 0"),
                ("networks", "redundancy", 0.0, "dropout > 0"), ("networks", "zeros", 0.5, "activation == 'Tanh'"),
            ],
            "A1-26",
            "supported",
        ),
        (LABELS, [("networks", "train_accuracy", 0.98, "task == 'random'")], "by_heart", "fails"),
        (LABELS, [("networks", "train_accuracy", 1.0, None)], "by_heart", "holds"),
        (LABELS, [("networks", "test_accuracy", 0.2, "task == 'random'")], "nothing_of_others", "fails"),
        (LABELS, [("gradients", "silent_moved", 0.1, None), ("networks", "active_1", 1.0, None),
                  ("networks", "active_2", 1.0, None), ("networks", "gap", 0.5, None)], "A2-07", "not supported"),
        (
            LABELS,
            [
                ("networks", "epochs_to_fit", 3.0, "activation == 'ReLU'"),
                ("networks", "epochs_to_fit", 5.0, "activation != 'ReLU'"),
                ("networks", "gap", 0.1, "activation == 'ReLU'"), ("networks", "gap", 0.5, "activation != 'ReLU'"),
            ],
            "A2-07",
            "supported",
        ),
        (WHICH, all_of("networks", operations=1.0, test_accuracy=0.5, selectivity=0.5), "A0-17", "not supported"),
        (
            WHICH,
            [
                ("networks", "test_accuracy", 0.9, "activation == 'ReLU'"),
                ("networks", "test_accuracy", 0.5, "activation != 'ReLU'"),
                ("networks", "selectivity", 0.9, "activation == 'ReLU'"),
                ("networks", "selectivity", 0.5, "activation != 'ReLU'"),
            ],
            "A0-17",
            "supported",
        ),
        (WHICH, all_of("noise", accuracy=0.5), "A2-21", "not supported"),
        (
            WHICH,
            [
                ("noise", "accuracy", 0.5, None), ("noise", "accuracy", 0.9, "activation == 'ReLU' and noise == 0"),
                ("noise", "accuracy", 0.9, "activation == 'Tanh' and noise == 1"),
            ],
            "A2-21",
            "supported",
        ),
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
