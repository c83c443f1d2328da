"""The experiment on dead units, on a tiny setting: it runs, and its checks notice tables that are wrong."""

import math

import numpy as np
import pytest
from tampering import changed, claims, failed, verdict

from neurosim import activations
from neurosim.params import ParameterError
from neurosim.training import Network, layered

SMALL = {
    "nets": 4000, "line_nets": 10_000, "images": 250, "units": 32, "rates": (0.1, 0.8, 2.5), "epochs": 4,
    "training_seeds": 2, "revival_epochs": 3, "cells": 12, "shown": 12, "presentations": 30, "homeostasis_seeds": 1,
    "duration": 0.4, "dt": 5e-4,
}  # fmt: skip


def test_parameters_refuse_what_cannot_decide(experiment):
    with pytest.raises(ParameterError, match="rates"):
        experiment.settings(rates=(0.5, 0.1, 1.0))
    with pytest.raises(ParameterError, match="settle"):
        experiment.settings(settle=0.7)


def test_estimate_grows_with_the_run(experiment):
    quick, full = experiment.settings(quick=True), experiment.settings()
    assert experiment.estimate(quick)[0] < experiment.estimate(full)[0] < 300  # five minutes is the bound


def test_checks_hold_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    verdicts = claims(findings)
    assert set(verdicts) == set(experiment.claims)
    # What does not hang on how well networks of this size learn.
    assert verdicts["A2-03"] == verdicts["A2-10"] == verdicts["A2-04"] == "partly"
    assert verdicts["A4-15"] == verdicts["A2-12"] == verdicts["A4-13"] == "supported"


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "check"),
    [
        ("rays", "dead", lambda c: c + 0.05, "ray-2-5"),
        ("rays", "dead", lambda c: c + 1e-3, "ray-ELU"),
        ("line", "dead", lambda c: c + 0.02, "line-3"),
        ("learning", "dead", lambda c: c + 0.01, "dead-LeakyReLU"),
        ("learning", "dead", lambda c: c + 0.01, "dead-ELU"),
        ("learning", "underflow", lambda c: -0.01 + 0 * c, "dead-ELU-underflow"),
        ("learning", "dead", lambda c: 1 - c, "dead-with-rate"),
        ("learning", "dead", lambda c: 0 * c, "dead-with-rate"),
        ("revival", "data", lambda c: c + 0.01, "no-revival"),
        ("revival", "moved", lambda c: c + 1e-12, "no-movement"),
        ("cells", "before", lambda c: c + 0.2, "silent-spiking"),
        ("cells", "after", lambda c: 1.3 * c, "woken-rate"),
        ("cells", "after", "before", "woken-spiking"),
        ("engines", "differing", lambda c: c + 1, "engines/awakened-cells"),
    ],
)  # fmt: skip
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule)))


def test_claims_follow_the_measurement(experiment, tables):
    gone = {**tables, "revival": tables["revival"].assign(data=0.0, new=0.0, inverted=0.0)}
    assert verdict(experiment, gone, "A2-03") == "supported"
    assert verdict(experiment, gone, "A2-10") == "supported"
    frozen = {**tables, "leaks": tables["leaks"].assign(sd=0.0, largest=0.0, learned_loss=1.0, fixed_loss=1.0)}
    assert verdict(experiment, frozen, "A4-16") == verdict(experiment, frozen, "A2-13") == "not supported"
    dying = changed(tables, "learning", "dead", lambda c: 0.5 + 0 * c)
    assert verdict(experiment, dying, "A4-15") == "not supported"


def test_born_dead_by_hand_agrees_with_the_networks_of_the_package(module):
    """The same weights in `_born` and in a Network, one by one: dead means that no unit of some layer is active."""
    width, hidden, nets = 2, 4, 300
    rng = np.random.default_rng(3)
    dead = 0
    for _ in range(nets):
        circuit, cells = layered(
            [1, *[width] * hidden, 1], activations.ReLU(), weights=lambda n, m, _: rng.standard_normal((n, m))
        )
        run = Network(circuit, cells).forward({"input": np.array([[1.0]])})
        dead += not run.activity[f"hidden{hidden}"].any()
    expected = 1 - (1 - 2.0**-width) ** hidden
    error = math.sqrt(expected * (1 - expected) / nets)
    assert abs(dead / nets - expected) < 4 * error
    found = module._born("ReLU", width, hidden, (1.0,), 20_000, np.random.default_rng(4))
    layer_by_layer = [1 - (1 - 2.0**-width) ** k for k in range(1, hidden + 1)]
    np.testing.assert_allclose(found, layer_by_layer, atol=4 * math.sqrt(0.25 / 20_000))


def test_silenced_units_are_silent_for_every_input(module):
    x = np.random.default_rng(0).standard_normal((50, 6))
    network = Network(*layered([6, 10, 10, 3], activations.ReLU()))
    chosen = module._silenced(network, x, np.random.default_rng(1))
    drive = network.forward({"input": x}).drive
    for layer, which in chosen.items():
        assert which.sum() == 5
        # The highest drive was lowered to -0.05, up to rounding; the others' thresholds stayed.
        np.testing.assert_allclose(drive[layer][:, which].max(axis=0), -0.05, atol=1e-12)
        assert not network.biases[layer][~which].any()


def test_figure_shows_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    assert len(figure.axes) == 6
    for ax in figure.axes:
        assert "(" in ax.get_xlabel()
        assert "(" in ax.get_ylabel()
    relu = tables["learning"].query("activation == 'ReLU'").groupby("rate").dead.mean()
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), relu)


def test_words_carry_the_numbers(experiment, tables):
    relu = tables["learning"].query("activation == 'ReLU'").groupby("rate").dead.mean()
    assert f"{relu.iloc[-1]:.0%}" in experiment.summary(tables)
    assert f"{relu.iloc[-1]:.1%}" in experiment.caption(tables)
