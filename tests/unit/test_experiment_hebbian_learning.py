"""The experiment on Hebbian learning: its theory against other routes, and checks that notice wrong tables."""

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm
from small_runs import small_run

from neurosim.lab import load
from neurosim.lab.findings import FAILS, HOLDS
from neurosim.lab.tables import load_tables, save_tables

EXPERIMENT = load(Path(__file__).parents[2] / "experiments" / "hebbian_learning.py")


@pytest.fixture(scope="module")
def part():
    """The experiment's own functions."""
    return sys.modules[EXPERIMENT.compute.__module__]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("result")
    save_tables(folder, small_run("hebbian_learning").tables, EXPERIMENT.columns)
    return load_tables(folder)


def verdicts(tables):
    return {finding.id: finding.verdict for finding in EXPERIMENT.findings(tables)}


def changed(tables, table, column, rule):
    wrong = tables[table].copy()
    wrong[column] = rule(wrong)
    return {**tables, table: wrong}


def test_the_angle_is_that_of_the_matrix_exponential(part):
    # Oja's averaged rule turns the weights as Hebb's does, and Hebb's is linear: u(t) = expm(C t) u(0).
    for time in (0.3, 1.7):
        angle = np.radians(45.0 + 80.0)
        u = expm(part.MOMENTS * time) @ [np.cos(angle), np.sin(angle)]
        found = np.degrees(np.arccos(u @ part.FIRST / np.linalg.norm(u)))
        assert part.oja_angle(80.0, 2.0, time) == pytest.approx(found, abs=1e-9)


def test_the_length_is_that_of_the_matrix_exponential(part):
    start = np.array([0.3, 0.1])
    expected = np.linalg.norm(expm(part.MOMENTS * 0.7) @ start)
    assert part.hebb_length(start, 0.7) == pytest.approx(expected, rel=1e-12)


def test_patterns_without_a_sign_have_the_moments_of_the_theory(part):
    assert (part.PATTERNS >= 0).all()
    np.testing.assert_allclose(part.PATTERNS.T @ part.PATTERNS / 3, part.MOMENTS, rtol=1e-12)
    np.testing.assert_allclose(sorted(np.linalg.eigvalsh(part.MOMENTS)), sorted(part.EIGENVALUES), rtol=1e-12)


def test_inputs_are_used_as_often_and_as_strongly_as_they_should(part):
    world = part._world(3, 40)
    np.testing.assert_allclose((world[:, :4] > 0).mean(axis=0), part.OFTEN)
    np.testing.assert_allclose(world[:, 4:8].max(axis=0), part.STRONGLY)
    np.testing.assert_allclose((world[:, 4:] > 0).mean(axis=0), 0.5)
    assert (world[:, 8:12] == world[:, 8:9]).all()
    assert not (world[:, 12:] == world[:, 8:9]).all(axis=0).any()


def test_checks_hold_and_claims_have_verdicts(tables):
    found = verdicts(tables)
    assert [name for name, verdict in found.items() if verdict == FAILS] == []
    assert list(found.values()).count(HOLDS) > 40
    # Sanger's rule needs the weights of other units; everything else in the three claims is as expected.
    claims = {"A0-10": "supported", "A0-11": "not supported", "A1-01": "partly"}
    assert {name: found[name] for name in EXPERIMENT.claims} == claims


@pytest.mark.parametrize(
    ("table", "column", "rule", "check"),
    [
        ("paths", "along", lambda t: t.along**1.03, "hebb_growth_spiking"),
        ("paths", "angle", lambda t: t.angle + 3, "oja_path_rate"),
        ("paths", "length", lambda t: 1.03 * t.length, "oja_length_spiking"),
        ("angles", "angle", lambda t: t.angle + 2e-4, "oja_averaged_1"),
        ("angles", "angle", lambda t: t.angle + 4, "oja_stochastic_4"),
        ("angles", "cosine", lambda t: 0.998 + 0 * t.cosine, "oja_cosine_stochastic"),
        ("components", "cosine", lambda t: t.others, "sanger_2"),
        ("selectivity", "selectivity", lambda t: t.selectivity - 0.02, "bcm_10_spiking"),
        ("agreement", "correlation", lambda t: t.correlation - 0.03, "oja_rate_spiking"),
        ("frozen", "largest_change", lambda t: t.largest_change + 1e-300, "frozen_relu"),
    ],
)
def test_a_false_table_fails_its_check(tables, table, column, rule, check):
    assert verdicts(tables)[check] == HOLDS
    assert verdicts(changed(tables, table, column, rule))[check] == FAILS


def test_claims_follow_the_measurement(tables):
    moved = changed(tables, "frozen", "largest_change", lambda t: t.largest_change + 1e-12)
    assert verdicts(moved)["A0-11"] == "supported"
    against = changed(tables, "use", "change", lambda t: -t.change)
    assert verdicts(against)["A0-10"] == "partly"
    local = changed(tables, "locality", "other_weights", lambda t: 0 * t.other_weights)
    local = changed(local, "locality", "other_units", lambda t: 0 * t.other_units)
    assert verdicts(local)["A1-01"] == "supported"


def test_figure_and_words_carry_the_numbers(part, tables):
    figure = EXPERIMENT.figure(tables)
    assert len(figure.axes) == 6
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes)
    hebb = tables["paths"].query("rule == 'Hebb' and substrate == 'spiking'")
    assert f"{part.growth_exponent(hebb):.2f}" in EXPERIMENT.summary(tables)
    assert f"{part.growth_exponent(hebb):.3f}" in EXPERIMENT.caption(tables)


def test_the_full_run_is_within_its_time():
    seconds, size = EXPERIMENT.estimate(EXPERIMENT.settings())
    assert EXPERIMENT.estimate(EXPERIMENT.settings(quick=True))[0] < seconds < 300
    assert size > 0
