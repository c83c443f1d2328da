"""The experiment on gradients at depth, on a tiny setting: it runs, and its checks notice tables that are wrong."""

import math
from pathlib import Path

import numpy as np
import pytest

from neurosim.lab.experiment import load
from neurosim.lab.progress import Progress
from neurosim.lab.tables import load_tables, save_tables
from neurosim.params import ParameterError

FILE = Path(__file__).parents[2] / "experiments" / "gradient_flow.py"
TINY = {
    "nets": 10, "width": 256, "deepest": 10, "inputs": 32, "sign_batches": 4, "recurrent_units": 40,
    "recurrent_nets": 2, "steps": 30, "residual_nets": 2, "images": 300, "deep": 5, "rates": (0.1, 1.5), "epochs": 4,
    "training_seeds": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def experiment():
    return load(FILE)


@pytest.fixture(scope="module")
def tables(experiment):
    return experiment.compute(experiment.settings(**TINY), Progress(enabled=False))


def failed(findings):
    return {finding.id for finding in findings if finding.verdict == "fails"}


def changed(tables, table, column, rule):
    """The tables with one column of one of them falsified."""
    wrong = tables[table].copy()
    wrong[column] = rule(wrong)
    return {**tables, table: wrong}


def verdict(experiment, tables, claim):
    return {finding.id: finding.verdict for finding in experiment.findings(tables)}[claim]


def test_parameters_refuse_what_cannot_decide(experiment):
    with pytest.raises(ParameterError, match="deepest"):
        experiment.settings(deepest=5)
    with pytest.raises(ParameterError, match="radii"):
        experiment.settings(radii=(0.5, 2.0))
    with pytest.raises(ParameterError, match="rates"):
        experiment.settings(rates=(0.1,))
    assert experiment.settings().depths == (10, 20, 50)


def test_estimate_grows_with_the_run(experiment):
    quick, full = experiment.settings(quick=True), experiment.settings()
    assert experiment.estimate(quick)[0] < experiment.estimate(full)[0] < 300  # five minutes is the bound


def test_checks_hold_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    verdicts = {finding.id: finding.verdict for finding in findings if finding.kind == "claim"}
    assert set(verdicts) == set(experiment.claims)
    # What does not hang on how long networks of this size learn.
    assert verdicts["A2-02"] == verdicts["A4-11"] == verdicts["A2-17"] == verdicts["A0-16"] == "partly"
    assert verdicts["A2-08"] == verdicts["A4-07"] == verdicts["A4-08"] == verdicts["A4-14"] == "supported"


def test_tables_survive_the_disk(experiment, tables, tmp_path):
    save_tables(tmp_path, tables, experiment.columns)
    again = load_tables(tmp_path)
    assert [f.as_dict() for f in experiment.findings(again)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "check"),
    [
        ("theory", "log10_gradient", lambda t: t.log10_gradient * 1.001, "theory-Sigmoid-1-10"),
        ("theory", "log10_gradient", lambda t: t.log10_gradient + 2e-3, "theory-ReLU-2-50"),
        ("depth", "simulated", lambda t: t.simulated + 0.5, "depth-ReLU-1"),
        ("depth", "simulated", lambda t: t.simulated - 0.6, "depth-Sigmoid-16"),
        ("profile", "variance", lambda t: 2 * t.variance, "growth"),
        ("moments", "index", lambda t: t["index"] + 2e-6, "bias-shift-index"),
        ("shares", "share", lambda t: t.share + 0.06, "share-ReLU"),
        ("shares", "share", lambda t: t.share + 0.05, "share-ELU"),
        ("signs", "share", lambda t: t.share - 1e-3, "same-sign-ReLU"),
        ("signs", "share", lambda t: t.share + 0.01, "same-sign-Tanh"),
        ("recurrent", "log10_gradient", lambda t: t.log10_gradient + 1e-6, "recurrent-identity"),
        ("recurrent", "log10_gradient", lambda t: 1.0001 * t.log10_gradient, "recurrent-power"),
        ("residual", "simulated", lambda t: t.simulated + 0.5, "skip"),
    ],
)  # fmt: skip
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule)))


def test_claims_follow_the_measurement(experiment, tables):
    keeps = changed(tables, "depth", "simulated", lambda t: 0.0 * t.simulated)
    assert verdict(experiment, keeps, "A4-08") == "partly"  # the mean is 0, but nothing vanishes
    quick = changed(tables, "learning", "epochs", lambda t: np.where(t.activation == "ReLU", 0.1, 5.0))
    assert verdict(experiment, quick, "A2-06") == "supported"
    slow = changed(tables, "learning", "epochs", lambda t: np.where(t.activation == "ReLU", math.inf, 5.0))
    assert verdict(experiment, slow, "A2-06") == "not supported"
    signs = changed(tables, "signs", "share", lambda t: 0.5 + 0 * t.share)
    assert verdict(experiment, signs, "A2-11") in ("partly", "not supported")


def test_the_centred_sigmoid_is_the_sigmoid_minus_a_half(experiment):
    module = __import__("sys").modules[experiment.compute.__module__]
    drives = np.linspace(-6, 6, 25)
    np.testing.assert_allclose(
        module._activation("CentredSigmoid")(drives), 1 / (1 + np.exp(-drives)) - 0.5, atol=1e-15
    )


def test_epochs_are_interpolated_and_a_network_that_never_learns_has_none(experiment):
    module = __import__("sys").modules[experiment.compute.__module__]
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 20)
    x = np.eye(10)[labels] + 0.01 * rng.standard_normal((200, 10))
    epochs, accuracy = module._epochs(x, labels, 1, "ReLU", 0.5, 0, 6)
    assert 0 < epochs < 5.5
    assert accuracy > 0.9  # ten one-hot patterns are easy
    assert module._epochs(x, labels, 1, "ReLU", 1e-6, 0, 2)[0] == math.inf


def test_figure_shows_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    assert len(figure.axes) == 6
    for ax in figure.axes:
        assert "(" in ax.get_xlabel()
    bars = sorted(patch.get_width() for patch in figure.axes[2].patches)
    np.testing.assert_allclose(bars, sorted(tables["moments"]["index"]))


def test_words_carry_the_numbers(experiment, tables):
    found = tables["depth"].query("activation == 'ReLU' and weight_variance == 1").simulated.iloc[0]
    assert f"{found:.2f}" in experiment.caption(tables)
    assert f"{found:.2f}" in experiment.summary(tables)
