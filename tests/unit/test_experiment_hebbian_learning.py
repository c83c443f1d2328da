"""The experiment on Hebbian learning: its theory against other routes, and checks that notice wrong tables."""

import numpy as np
import pytest
from scipy.linalg import expm
from tampering import changed, verdict, verdicts

from neurosim.lab.findings import FAILS, HOLDS


@pytest.fixture(scope="module")
def tables(from_disk):
    return from_disk


def test_the_angle_is_that_of_the_matrix_exponential(module):
    # Oja's averaged rule turns the weights as Hebb's does, and Hebb's is linear: u(t) = expm(C t) u(0).
    for time in (0.3, 1.7):
        angle = np.radians(45.0 + 80.0)
        u = expm(module.MOMENTS * time) @ [np.cos(angle), np.sin(angle)]
        found = np.degrees(np.arccos(u @ module.FIRST / np.linalg.norm(u)))
        assert module.oja_angle(80.0, 2.0, time) == pytest.approx(found, abs=1e-9)


def test_the_length_is_that_of_the_matrix_exponential(module):
    start = np.array([0.3, 0.1])
    expected = np.linalg.norm(expm(module.MOMENTS * 0.7) @ start)
    assert module.hebb_length(start, 0.7) == pytest.approx(expected, rel=1e-12)


def test_patterns_without_a_sign_have_the_moments_of_the_theory(module):
    assert (module.PATTERNS >= 0).all()
    np.testing.assert_allclose(module.PATTERNS.T @ module.PATTERNS / 3, module.MOMENTS, rtol=1e-12)
    np.testing.assert_allclose(sorted(np.linalg.eigvalsh(module.MOMENTS)), sorted(module.EIGENVALUES), rtol=1e-12)


def test_inputs_are_used_as_often_and_as_strongly_as_they_should(module):
    world = module._world(3, 40)
    np.testing.assert_allclose((world[:, :4] > 0).mean(axis=0), module.OFTEN)
    np.testing.assert_allclose(world[:, 4:8].max(axis=0), module.STRONGLY)
    np.testing.assert_allclose((world[:, 4:] > 0).mean(axis=0), 0.5)
    assert (world[:, 8:12] == world[:, 8:9]).all()
    assert not (world[:, 12:] == world[:, 8:9]).all(axis=0).any()


def test_checks_hold_and_claims_have_verdicts(experiment, tables):
    found = verdicts(experiment.findings(tables))
    assert [name for name, verdict in found.items() if verdict == FAILS] == []
    assert list(found.values()).count(HOLDS) > 40
    # Sanger's rule needs the weights of other units; everything else in the three claims is as expected.
    expected = {"A0-10": "supported", "A0-11": "not supported", "A1-01": "partly"}
    assert {name: found[name] for name in experiment.claims} == expected


@pytest.mark.parametrize(
    ("table", "column", "rule", "check"),
    [
        ("paths", "along", lambda c: c**1.03, "hebb_growth_spiking"),
        ("paths", "angle", lambda c: c + 3, "oja_path_rate"),
        ("paths", "length", lambda c: 1.03 * c, "oja_length_spiking"),
        ("angles", "angle", lambda c: c + 2e-4, "oja_averaged_1"),
        ("angles", "angle", lambda c: c + 4, "oja_stochastic_4"),
        ("angles", "cosine", lambda c: 0.998 + 0 * c, "oja_cosine_stochastic"),
        ("components", "cosine", "others", "sanger_2"),
        ("selectivity", "selectivity", lambda c: c - 0.02, "bcm_10_spiking"),
        ("agreement", "correlation", lambda c: c - 0.03, "oja_rate_spiking"),
        ("frozen", "largest_change", lambda c: c + 1e-300, "frozen_relu"),
    ],
)
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, check):
    assert verdict(experiment, tables, check) == HOLDS
    assert verdict(experiment, changed(tables, table, column, rule), check) == FAILS


def test_claims_follow_the_measurement(experiment, tables):
    moved = changed(tables, "frozen", "largest_change", lambda c: c + 1e-12)
    assert verdict(experiment, moved, "A0-11") == "supported"
    against = changed(tables, "use", "change", lambda c: -c)
    assert verdict(experiment, against, "A0-10") == "partly"
    local = changed(tables, "locality", "other_weights", lambda c: 0 * c)
    local = changed(local, "locality", "other_units", lambda c: 0 * c)
    assert verdict(experiment, local, "A1-01") == "supported"


def test_figure_and_words_carry_the_numbers(experiment, module, tables):
    figure = experiment.figure(tables)
    assert len(figure.axes) == 6
    assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes)
    hebb = tables["paths"].query("rule == 'Hebb' and rung == 'spiking'")
    assert f"{module.growth_exponent(hebb):.2f}" in experiment.summary(tables)
    assert f"{module.growth_exponent(hebb):.3f}" in experiment.caption(tables)


def test_the_full_run_is_within_its_time(experiment):
    seconds, size = experiment.estimate(experiment.settings())
    assert experiment.estimate(experiment.settings(quick=True))[0] < seconds < 300
    assert size > 0
