"""bias_shift: normalisation's gradient and first losses against other routes; its findings notice wrong tables."""

import math

import numpy as np
import pandas as pd
import pytest
from small_runs import FROZEN
from tampering import changed, claims, failed

from neurosim.params import ParameterError


@pytest.fixture(scope="module")
def tables(experiment, module):
    frames = {
        name: pd.read_csv(FROZEN / experiment.name / f"{name}.csv", keep_default_na=name != "engines")
        for name in experiment.columns
    }
    # Frozen numbers are rounded to seven digits, and rounding errors are not frozen.
    frames["prior"] = pd.DataFrame(module._prior())
    frames["adaptation"]["exact"] = np.where(frames["adaptation"].change == "translation", 5e-15, np.nan)
    return frames


def test_shifts_begin_with_none_and_the_full_run_takes_longer(experiment):
    quick, full = experiment.settings(quick=True), experiment.settings()
    assert experiment.estimate(quick)[0] < experiment.estimate(full)[0] < 300
    with pytest.raises(ParameterError, match=r"increasing from 0"):
        experiment.settings(shifts=(0.5, 1.0))


def test_every_claim_has_a_finding(experiment, tables):
    assert {finding.id for finding in experiment.findings(tables)} >= set(experiment.claims)


def test_first_losses_are_those_of_the_formulas(module):
    rows = pd.DataFrame(module._prior())
    for row in rows.itertuples():
        p = row.frequency
        odds = {"zero": 0.0, "log p": math.log(p), "logit": math.log(p / (1 - p))}
        if row.output == "softmax":
            odds |= {"log p": math.log(p / (1 - p)), "log p, exchanged": math.log((1 - p) / p)}
        said = 1 / (1 + math.exp(-odds[row.bias]))
        # Rounding of sums of 10,000 terms.
        assert row.probability == pytest.approx(said, abs=1e-12)
        assert row.loss == pytest.approx(-p * math.log(said) - (1 - p) * math.log(1 - said), abs=1e-10)


@pytest.mark.parametrize("kind", ["plain", "offset", "normalised"])
def test_the_gradient_of_normalisation_is_that_of_finite_differences(module, kind):
    rng = np.random.default_rng(2)
    z, back = rng.standard_normal((2, 7, 3))
    drive, spread = module.normalised(z, kind, 0.4)
    offset = 0.0 if kind == "plain" else 0.4
    found = module.normalised_gradient(back, drive - offset, spread, kind)
    step, expected = 1e-6, np.zeros_like(z)
    for index in np.ndindex(*z.shape):
        change = np.zeros_like(z)
        change[index] = step
        up, down = (module.normalised(z + sign * change, kind, 0.4)[0] for sign in (1, -1))
        expected[index] = (back * (up - down)).sum() / (2 * step)
    # Central differences at 1e-6: the error of rounding, 1e-16/1e-6, is the larger one.
    assert np.abs(found - expected).max() < 1e-8


def test_normalised_drives_have_mean_beta_and_variance_one(module):
    z = 5.0 + 3.0 * np.random.default_rng(0).standard_normal((50, 4))
    drive, _ = module.normalised(z, "normalised", 0.7)
    assert np.abs(drive.mean(axis=0) - 0.7).max() < 1e-12
    assert np.abs(drive.std(axis=0) - 1.0).max() < 1e-9
    assert np.abs(module.normalised(z, "offset", 0.7)[0].std(axis=0) - z.std(axis=0)).max() < 1e-12


def test_the_frozen_quick_run_holds_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    verdicts = claims(findings)
    expected = dict.fromkeys(experiment.claims, "partly")
    assert verdicts == expected | {"A1-39": "supported", "A1-44": "supported"}


@pytest.mark.parametrize(
    ("table", "column", "rule", "rows", "noticed"),
    [
        ("prior", "loss", lambda c: c + 2e-6, lambda t: t.bias == "logit", {"first-loss-sigmoid"}),
        ("prior", "loss", lambda c: c + 2e-6, lambda t: t.bias == "zero", {"first-loss-zero"}),
        ("prior", "value", lambda c: c + 2e-6, lambda t: t.bias == "logit", {"bias-logit"}),
        ("prior", "probability", lambda c: c + 1e-9, lambda t: (t.bias == "log p") & (t.output == "softmax"),
         {"softmax-of-log"}),
        ("prior", "probability", lambda c: c + 1e-9, lambda t: (t.bias == "log p") & (t.output == "sigmoid"),
         {"sigmoid-needs-logit"}),
        ("adaptation", "exact", lambda c: 2e-12, lambda t: t.change == "translation", {"translation-undone"}),
        ("adaptation", "biases", lambda c: 0 * c + 0.95, lambda t: t.change == "rotation", {"rotation-not-undone"}),
        ("twins", "mean_rate", lambda c: c + 1e-6, lambda t: t.route == "relu threshold", {"relu-bias-is-threshold"}),
        ("twins", "active_fraction", lambda c: c + 0.05, lambda t: t.route == "lif bias", {"lif-same-onset"}),
        ("twins", "mean_rate", lambda c: c + 3.0, lambda t: t.route == "lif threshold", {"lif-lower-gain"}),
        ("engines", "differing", lambda c: c + 1, lambda t: t.part == "Digits", {"engines/digits"}),
    ],
)  # fmt: skip
def test_checks_notice_a_wrong_table(experiment, tables, table, column, rule, rows, noticed):
    assert failed(experiment.findings(changed(tables, table, column, rule, rows))) == noticed


@pytest.mark.parametrize(
    ("table", "column", "rule", "rows", "claim", "verdict"),
    [
        ("prior", "loss", lambda c: c + 0.1, lambda t: t.bias == "log p", "A1-39", "partly"),
        ("prior", "loss", lambda c: c + 5.0, lambda t: t.bias == "logit", "A1-40", "not supported"),
        ("drift", "difference", lambda c: 0 * c, lambda t: t.moment == "adapted", "A1-43", "supported"),
        ("speed", "steps", lambda c: 0 * c + 200, lambda t: t.start == "prior", "A1-44", "not supported"),
        ("depth", "activity", lambda c: c + 5.0, lambda t: t.kind == "normalised", "A1-45", "not supported"),
        ("without_bias", "without", lambda c: 2 * c, lambda t: t.task == "autoencoder", "A1-50", "partly"),
        ("without_bias", "without", lambda c: 2 * c, lambda t: t.task == "classification", "A1-50", "supported"),
    ],
)  # fmt: skip
def test_verdicts_follow_the_tables(experiment, tables, table, column, rule, rows, claim, verdict):
    (found,) = [f for f in experiment.findings(changed(tables, table, column, rule, rows)) if f.id == claim]
    assert found.verdict == verdict


def test_the_figure_is_drawn_from_the_tables_alone(experiment, tables):
    fig = experiment.figure(tables)
    assert [ax.get_xlabel() for ax in fig.axes].count("shift (threshold distance)") == 2
    assert f"over {tables['speed'].seed.nunique()} seeds" in experiment.caption(tables)
