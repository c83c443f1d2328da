"""The experiment on transfer functions, on a tiny setting: it runs, and its checks notice tables that are wrong."""

import numpy as np
import pytest
from tampering import changed, claims, failed, verdict

from neurosim.params import ParameterError

SMALL = {"drives": 9, "copies": 8, "duration": 0.3, "isi_copies": 40, "isi_duration": 0.5, "dt": 2e-4}


def test_parameters_refuse_what_cannot_run(experiment):
    assert experiment.settings(quick=True).copies < 100
    with pytest.raises(ParameterError, match="dt"):
        experiment.settings(dt=1e-2)
    with pytest.raises(ParameterError, match="copies"):
        experiment.settings(copies=1)


def test_full_run_has_a_thousand_cells_and_an_estimate(experiment):
    full = experiment.settings()
    assert full.drives * full.copies >= 1000
    seconds, size = experiment.estimate(full)
    assert experiment.estimate(experiment.settings(quick=True))[0] < seconds < 600  # ten minutes is the bound
    assert size > 0


def test_checks_hold_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    # A spike is all or none; a ReLU has the threshold of one, but is graded above it.
    assert claims(findings) == {"A0-06": "supported", "A0-07": "partly", "A2-01": "supported"}
    assert set(claims(findings)) == set(experiment.claims)


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "check"),
    [
        ("reference", "value", lambda c: c * (1 + 1e-7), "lif-closed-form"),
        ("reference", "value", lambda c: c * (1 + 1e-5), "siegert"),
        ("intervals", "isi", "isi + dt", "noiseless-intervals-late"),
        ("intervals", "isi", "isi - dt", "noiseless-intervals-early"),
        ("latency", "latency", "latency + dt", "latency-late"),
        ("curve", "rate_sim", lambda c: 1.5 * c + 20, "rate-0.5-0.2ms"),
        ("curve", "spikes", lambda c: c + 200, "rare-spikes-0.3-0.2ms"),
        ("fits", "nrmse", lambda c: 1.2 * c, "nrmse-0.3"),
        ("fits", "rank", lambda c: 11 - c, "best-fit-high-noise"),
        ("rate_unit", "rate_integrated", lambda c: c + 0.1, "rate-unit-siegert"),
        ("delivered", "mean", "drive", "spike-amplitude"),
        ("strength_duration", "threshold", lambda c: 1.01 * c, "strength-duration"),
        ("numbers", "value", lambda c: 1.1 * c, "chronaxie"),
    ],
)  # fmt: skip
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule)))


def test_claims_follow_the_measurement(experiment, tables):
    graded = changed(tables, "pulses", "peak", "0.03 * strength")
    assert verdict(experiment, graded, "A0-06") == "partly"
    step = changed(tables, "shapes", "rate", 50.0, "name == 'ReLU' and rate > 0")
    assert verdict(experiment, step, "A0-07") == "supported"


def test_figure_shows_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    labels = [ax.get_xlabel() for ax in figure.axes]
    assert sum("threshold = 1" in label for label in labels) >= 4
    points = [line.get_ydata() for line in figure.axes[0].lines if line.get_marker() == "o"]
    silent = tables["curve"].query("sigma == 0 and dt == dt.min()").rate_sim
    np.testing.assert_array_equal(points[0], silent)


def test_words_carry_the_numbers(experiment, tables):
    best = tables["fits"].query("sigma == 0").nrmse.min()
    assert f"{best:.4f}" in experiment.caption(tables)
    assert f"{best:.4f}" in experiment.summary(tables)
