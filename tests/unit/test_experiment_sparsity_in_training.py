"""The experiment on sparsity before and after learning, on a small setting: its checks notice wrong tables."""

import numpy as np
import pytest
from tampering import changed, claims, failed

import neurosim as ns
from neurosim.params import ParameterError

SMALL = {
    "seeds": 2,
    "units": 32,
    "examples": 100,
    "tests": 100,
    "epochs": 6,
    "memory": 80,
    "steps": 200,
    "rate": 0.05,
    "easy_penalties": (1e-3,),
    "penalties": (0.0, 1e-2),
    "dropouts": (0.5,),
    "keep": (1.0, 0.2),
    "noises": (0.0, 1.0),
    "deep_width": 128,
    "deep_inputs": 60,
    "deep_seeds": 4,
    "shown": 6,
}
NEED_SIZE = {"l1_density_1", "l1_density_2", "always"}
"""Checks whose expectations hold for wide layers and long learning, which this small setting has not."""


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"penalties": (1e-3, 1e-2)}, "penalties"),
        ({"noises": (0.0, 0.5)}, "expected 1 among them"),
        ({"keep": (1.0, 0.5)}, r"0\.2 among them"),
        ({"easy_penalties": (1e-2,)}, r"0\.001 among them"),
        ({"deep_width": 100, "deep_inputs": 200}, "orthogonal"),
    ],
)
def test_parameters_refuse_what_the_findings_could_not_do_without(experiment, wrong, word):
    with pytest.raises(ParameterError, match=word):
        experiment.settings(**wrong)


def test_the_map_of_cosines_gives_the_tabulated_values(module):
    # A table worked out apart from this code: from c = 0, layers 1, 2, 3, 5, 10, 20 and 50.
    expected = {1: 0.318310, 2: 0.493731, 3: 0.604826, 5: 0.735946, 10: 0.871536, 20: 0.948428, 50: 0.987862}
    c = 0.0
    for layer in range(1, 51):
        c = module._next_cosine(c)
        if layer in expected:
            assert c == pytest.approx(expected[layer], abs=5e-7)  # six digits are given


def test_the_map_of_cosines_is_that_of_random_relus(module):
    rng = np.random.default_rng(3)
    c = 0.4
    z = rng.standard_normal((2, 400_000))
    first, second = np.maximum(z[0], 0.0), np.maximum(c * z[0] + np.sqrt(1 - c * c) * z[1], 0.0)
    # E a b = c'/2; the standard error of 400,000 products of standard deviation below 1 is below 0.0016.
    assert 2 * np.mean(first * second) == pytest.approx(module._next_cosine(c), abs=4 * 2 * 0.0016)


def test_selectivity_counts_classes_alike(module):
    labels = np.repeat(np.arange(10), [30, *[10] * 9])
    only, half, never = labels == 3, (labels == 0) | (labels == 1), np.zeros(len(labels), dtype=bool)
    assert module._selectivity(only[:, None], labels) == pytest.approx(1.0)
    assert module._selectivity(half[:, None], labels) == pytest.approx(0.5)  # although class 0 has three times as many
    assert module._selectivity(np.column_stack([only, half, never]), labels) == pytest.approx(0.75)


def test_redundancy_is_the_mean_magnitude_of_correlations(module):
    x = np.array([0.0, 1.0, 2.0, 3.0])
    y = np.array([1.0, -1.0, -1.0, 1.0])  # uncorrelated with x
    # Pairs: (x, -x) 1, (x, y) 0, (-x, y) 0; the constant column is left out.
    assert module._redundancy(np.column_stack([x, -x, y, np.ones(4)])) == pytest.approx(1 / 3)


def test_student_p_agrees_with_scipy(module):
    from scipy import stats

    first, second = np.random.default_rng(2).normal(size=(2, 6))
    assert module._student_p(first - second) == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-10)
    assert module._student_p(np.zeros(4)) == 1.0


def test_what_is_kept_is_the_largest_share(module, settings):
    from neurosim.training import Network, layered

    p = settings()
    network = Network(*layered([64, 32, 32, 10], ns.activations.Tanh(), seed=0))
    rows = list(module._sparsified(p, network, module._task(p, "digits", 0)))
    # Of 3200 different magnitudes a fifth stays, but for the one at the quantile.
    assert [row["nonzero"] for row in rows] == pytest.approx([1.0, 0.2], abs=1 / 1000)


def test_lowered_biases_silence_as_many_units_as_a_normal_distribution_has_below(module, settings):
    from scipy.stats import norm

    from neurosim.training import Network, layered

    p = settings(shifts=(0.0, 1.0, 2.0))
    network = Network(*layered([64, 2000, 10], ns.ReLU(), seed=0))
    task = module._task(p, "prototypes", 0)
    rows = list(module._lowered(p, network, task))
    # Before learning drives of an example are normal with mean 0. Their standard deviation differs between examples by
    # some 10 %, and those with the larger one have more units left: that and 2,000 units make some percent.
    assert [row["active"] for row in rows] == pytest.approx(norm.sf([0.0, 1.0, 2.0]), rel=0.08)
    whole = network.forward({"input": task.test_x}).activity["output"]
    assert rows[0]["accuracy"] == np.mean(whole.argmax(axis=1) == task.test_y)


def test_the_penalty_is_compared_with_lowered_biases_at_equal_activity(experiment, module, tables):
    active, penalty, difference = module._against_lowered(tables, "digits")
    assert penalty == 1e-2
    flat = {**tables, "lowered": tables["lowered"].assign(accuracy=0.5)}
    rows = tables["networks"].query("activation == 'ReLU' and task == 'digits' and dropout == 0 and l1 == @penalty")
    assert active == pytest.approx((rows.active_1 + rows.active_2).mean() / 2)
    np.testing.assert_allclose(module._against_lowered(flat, "digits")[2], rows.test_accuracy - 0.5)
    assert len(difference) == len(rows)


@pytest.mark.parametrize("shares", [{"active": 0.0}, {"active": 0.9}])
def test_without_a_penalty_in_the_range_of_lowered_biases_nothing_is_reported(experiment, tables, shares):
    wrong = {**tables, "lowered": tables["lowered"].assign(**shares)}
    named = {finding.id for finding in experiment.findings(wrong)}
    assert not named & {"lowered_digits", "lowered_prototypes"}
    assert {"lowered_digits", "lowered_prototypes"} <= {finding.id for finding in experiment.findings(tables)}


def test_an_integrate_and_fire_twin_counts_the_scaled_activity(module, settings):
    from neurosim.training import Network, layered

    p = settings()
    network = Network(*layered([64, 32, 32, 10], ns.ReLU(), seed=1))
    x = module._task(p, "digits", 1).test_x[:3]
    scale = module._scales(network, x)
    twin = module._twin(p, network, scale, "perfect_if", ("hidden1",))
    run = ns.simulate(twin.circuit, twin.cell, ns.Stimulus({"input": x}), twin.schedule, progress=False)
    a = np.maximum(x @ network.weights["to_hidden1"].T, 0.0)
    # One spike in a hundred is the unit of counting; nothing else may be lost.
    assert np.abs(twin.unit["hidden1"] * run.rates["hidden1"] - a).max() <= scale["hidden1"] / 100 * (1 + 1e-9)


def test_checks_hold_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) - NEED_SIZE == set()
    assert set(claims(findings)) == set(experiment.claims)


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "query", "check"),
    [
        ("learning", "active_1", lambda c: c + 0.3, "epoch == 0 and task == 'digits'", "half_digits_1"),
        ("learning", "active_2", lambda c: c - 0.3, "epoch == 0 and task == 'prototypes'", "half_prototypes_2"),
        ("depth", "active", lambda c: c + 0.2, "layer == 7", "half_deep"),
        ("depth", "cosine", lambda c: c + 0.1, "layer == 3", "cosine_3"),
        ("depth", "always_on", lambda c: 0 * c + 0.6, "layer == 20", "always"),
        ("networks", "zeros", lambda c: c + 1e-9, "activation == 'GELU'", "no_zeros_GELU"),
        ("networks", "active_2", lambda c: 0 * c + 0.16, "task == 'easy' and l1 == 0.001", "l1_density_2"),
        ("networks", "test_accuracy", lambda c: 0 * c + 0.98, "task == 'easy' and l1 == 0.001", "l1_accuracy"),
        ("networks", "train_accuracy", lambda c: 0 * c + 0.98, "task == 'random'", "random_train"),
        ("networks", "test_accuracy", lambda c: 0 * c + 0.2, "task == 'random'", "random_test"),
        ("gradients", "silent_moved", lambda c: c + 1e-3, "activation == 'ReLU'", "silent_gradient"),
        ("twins", "differing", lambda c: c + 1, "rung == 'perfect_if' and run == 'layer'", "silent_set"),
        ("twins", "law", lambda c: c + 1, "rung == 'lif' and run == 'layer'", "silent_law_lif"),
        ("twins", "differing", lambda c: c + 1, "rung == 'rate'", "silent_rate"),
    ],
)
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, query, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule, query)))


def sharp(tables, question, quantity, sign):
    """The tables with one comparison decided on both tasks."""
    query = f"question == '{question}' and quantity == '{quantity}'"
    for column, value in (("value", 0.4 * sign), ("low", 0.4 * sign - 0.01), ("high", 0.4 * sign + 0.01)):
        tables = changed(tables, "paired", column, lambda c, value=value: 0 * c.fillna(0) + value, query)
    return tables


def test_verdicts_follow_the_tables(experiment, tables):
    better = sharp(tables, "sparser", "test_accuracy", +1)
    better = sharp(better, "sparser", "accuracy, input noise", +1)
    better = sharp(sharp(better, "sparser", "gap", -1), "sparser", "accuracy, hidden noise", +1)
    assert claims(experiment.findings(better))["A0-04"] == "partly"  # random labels are still learned by heart
    found = claims(experiment.findings(changed(better, "networks", "train_accuracy", lambda c: 0 * c + 0.5)))
    assert found["A0-04"] == "supported"
    worse = sharp(sharp(tables, "sparser", "operations", +1), "sparser", "gap", +1)
    assert claims(experiment.findings(sharp(worse, "sparser", "selectivity", -1)))["A1-16"] == "not supported"
    half = changed(tables, "networks", "active_1", lambda c: 0 * c + 0.5)
    half = changed(half, "networks", "active_2", lambda c: 0 * c + 0.5)
    half = changed(half, "depth", "active", lambda c: 0 * c + 0.5)
    assert claims(experiment.findings(half))["A1-27"] == "supported"
    dropped = sharp(sharp(tables, "dropout", "active", +1), "dropout", "redundancy", +1)
    assert claims(experiment.findings(dropped))["A1-26"] == "not supported"
    moved = changed(tables, "gradients", "silent_moved", lambda c: c + 0.1)
    assert "A2-07" in claims(experiment.findings(moved))


def test_the_figure_shows_the_tables(experiment, tables):
    axes = experiment.figure(tables).axes
    assert len(axes) == 8
    cosines = next(line for line in axes[1].lines if line.get_label() == "cosine of inputs").get_ydata()
    np.testing.assert_allclose(cosines, tables["depth"].groupby("layer").cosine.mean(), rtol=1e-12)
    assert all("(" in ax.get_xlabel() or ax is axes[6] or ax is axes[7] for ax in axes)


def test_words_carry_the_numbers(experiment, tables):
    labels = tables["networks"].query("task == 'random' and activation == 'ReLU'")
    assert f"random labels: {labels.train_accuracy.mean():.3f} learned" in experiment.caption(tables)
    assert f"{labels.train_accuracy.mean():.0%}" in experiment.summary(tables)


def test_the_full_run_is_larger_and_has_an_estimate(experiment):
    seconds, size = experiment.estimate(experiment.settings())
    assert experiment.estimate(experiment.settings(quick=True))[0] < seconds < 300
    assert size > 0
