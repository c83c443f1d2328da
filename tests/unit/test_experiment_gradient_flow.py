"""The experiment on gradients at depth, on a tiny setting: it runs, and its checks notice tables that are wrong."""

import math

import numpy as np
import pytest
from tampering import changed, claims, failed, verdict

from neurosim.params import ParameterError

SMALL = {
    "nets": 10, "width": 256, "deepest": 10, "inputs": 32, "sign_batches": 4, "recurrent_units": 40,
    "recurrent_nets": 2, "steps": 30, "residual_nets": 2, "images": 300, "deep": 5, "rates": (0.1, 1.5), "epochs": 4,
    "training_seeds": 2,
}  # fmt: skip


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
    verdicts = claims(findings)
    assert set(verdicts) == set(experiment.claims)
    # What does not hang on how long networks of this size learn.
    assert verdicts["A2-02"] == verdicts["A4-11"] == verdicts["A2-17"] == verdicts["A0-16"] == "partly"
    assert verdicts["A2-08"] == verdicts["A4-07"] == verdicts["A4-08"] == verdicts["A4-14"] == "supported"


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "check"),
    [
        ("theory", "log10_gradient", lambda c: c * 1.001, "theory-Sigmoid-1-10"),
        ("theory", "log10_gradient", lambda c: c + 2e-3, "theory-ReLU-2-50"),
        ("depth", "simulated", lambda c: c + 0.5, "depth-ReLU-1"),
        ("depth", "simulated", lambda c: c - 0.6, "depth-Sigmoid-16"),
        ("profile", "variance", lambda c: 2 * c, "growth"),
        ("moments", "index", lambda c: c + 2e-6, "bias-shift-index"),
        ("shares", "share", lambda c: c + 0.06, "share-ReLU"),
        ("shares", "share", lambda c: c + 0.05, "share-ELU"),
        ("signs", "share", lambda c: c - 1e-3, "same-sign-ReLU"),
        ("signs", "share", lambda c: c + 0.01, "same-sign-Tanh"),
        ("recurrent", "log10_gradient", lambda c: c + 1e-6, "recurrent-identity"),
        ("recurrent", "log10_gradient", lambda c: 1.0001 * c, "recurrent-power"),
        ("residual", "simulated", lambda c: c + 0.5, "skip"),
    ],
)  # fmt: skip
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule)))


def test_claims_follow_the_measurement(experiment, tables):
    keeps = changed(tables, "depth", "simulated", lambda c: 0.0 * c)
    assert verdict(experiment, keeps, "A4-08") == "partly"  # the mean is 0, but nothing vanishes
    others = changed(tables, "learning", "epochs", 5.0)
    quick = changed(others, "learning", "epochs", 0.1, "activation == 'ReLU'")
    assert verdict(experiment, quick, "A2-06") == "supported"
    slow = changed(others, "learning", "epochs", math.inf, "activation == 'ReLU'")
    assert verdict(experiment, slow, "A2-06") == "not supported"
    signs = changed(tables, "signs", "share", lambda c: 0.5 + 0 * c)
    assert verdict(experiment, signs, "A2-11") in ("partly", "not supported")


def test_the_centred_sigmoid_is_the_sigmoid_minus_a_half(module):
    drives = np.linspace(-6, 6, 25)
    np.testing.assert_allclose(
        module._activation("CentredSigmoid")(drives), 1 / (1 + np.exp(-drives)) - 0.5, atol=1e-15
    )


def test_epochs_are_interpolated_and_a_network_that_never_learns_has_none(module):
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
