"""The experiment on transfer functions, on a tiny setting: it runs, and its checks notice tables that are wrong."""

from pathlib import Path

import numpy as np
import pytest

from neurosim.lab.experiment import load
from neurosim.lab.progress import Progress
from neurosim.lab.tables import load_tables, save_tables
from neurosim.params import ParameterError

FILE = Path(__file__).parents[2] / "experiments" / "transfer_functions.py"
TINY = {"drives": 9, "copies": 8, "duration": 0.3, "isi_copies": 40, "isi_duration": 0.5, "dt": 2e-4}


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
    verdicts = {finding.id: finding.verdict for finding in findings if finding.kind == "claim"}
    # A spike is all or none; a ReLU has the threshold of one, but is graded above it.
    assert verdicts == {"A0-06": "supported", "A0-07": "partly", "A2-01": "supported"}
    assert set(verdicts) == set(experiment.claims)


def test_tables_survive_the_disk(experiment, tables, tmp_path):
    save_tables(tmp_path, tables, experiment.columns)
    again = load_tables(tmp_path)
    assert [f.as_dict() for f in experiment.findings(again)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "check"),
    [
        ("reference", "value", lambda t: t.value * (1 + 1e-7), "lif-closed-form"),
        ("reference", "value", lambda t: t.value * (1 + 1e-5), "siegert"),
        ("intervals", "isi", lambda t: t.isi + t.dt, "noiseless-intervals-late"),
        ("intervals", "isi", lambda t: t.isi - t.dt, "noiseless-intervals-early"),
        ("latency", "latency", lambda t: t.latency + t.dt, "latency-late"),
        ("curve", "rate_sim", lambda t: 1.5 * t.rate_sim + 20, "rate-0.5-0.2ms"),
        ("curve", "spikes", lambda t: t.spikes + 200, "rare-spikes-0.3-0.2ms"),
        ("fits", "nrmse", lambda t: 1.2 * t.nrmse, "nrmse-0.3"),
        ("fits", "rank", lambda t: 11 - t["rank"], "best-fit-high-noise"),
        ("rate_unit", "rate_integrated", lambda t: t.rate_integrated + 0.1, "rate-unit-siegert"),
        ("delivered", "mean", lambda t: t.drive, "spike-amplitude"),
        ("strength_duration", "threshold", lambda t: 1.01 * t.threshold, "strength-duration"),
        ("numbers", "value", lambda t: 1.1 * t.value, "chronaxie"),
    ],
)  # fmt: skip
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule)))


def test_claims_follow_the_measurement(experiment, tables):
    graded = changed(tables, "pulses", "peak", lambda t: 0.03 * t.strength)
    verdicts = {finding.id: finding.verdict for finding in experiment.findings(graded)}
    assert verdicts["A0-06"] == "partly"
    step = tables["shapes"].copy()
    relu = (step.name == "ReLU") & (step.rate > 0)
    step.loc[relu, "rate"] = 50.0
    verdicts = {finding.id: finding.verdict for finding in experiment.findings({**tables, "shapes": step})}
    assert verdicts["A0-07"] == "supported"


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
