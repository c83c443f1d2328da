"""The experiment on attention and winner-take-all, on a small setting: its checks notice wrong tables."""

import numpy as np
import pytest
from tampering import changed, claims, failed

from neurosim.params import ParameterError


def test_parameters_refuse_what_the_findings_could_not_do_without(experiment):
    for wrong, word in (
        ({"contrasts": (0.0, 0.1)}, r"expected 0\.2"),
        ({"spreads": (1.0, 2.0)}, "expected 1 and 4"),
        ({"strengths": (0.0, 1.0)}, r"none above 1\.5"),
        ({"hard": 0.9}, "hard"),
    ):
        with pytest.raises(ParameterError, match=word):
            experiment.settings(**wrong)


def test_the_full_run_is_larger_and_has_an_estimate(experiment):
    seconds, size = experiment.estimate(experiment.settings())
    assert experiment.estimate(experiment.settings(quick=True))[0] < seconds < 600
    assert size > 0


def test_the_closed_form_is_a_steady_state(module):
    rng = np.random.default_rng(1)
    for w in (0.0, 0.07, 0.3, 0.62, 0.95, 1.0, 1.7):
        x = np.sort(rng.uniform(0.1, 1.0, 7))[::-1]
        r = module._closed_form(x, w)
        # Put into the equation that it solves; rounding is amplified by 1/(1 - w) = 20 at most.
        np.testing.assert_allclose(r, np.maximum(x - w * (r.sum() - r), 0.0), atol=1e-13)


def test_winners_are_lost_where_the_boundaries_are(module):
    x = np.array(module.INPUTS)
    # x_k = w S of the k - 1 stronger ones, by hand: 1/11, 1/4, 1/2, 4/5.
    for active, w in ((5, 1 / 11), (4, 1 / 4), (3, 1 / 2), (2, 4 / 5)):
        assert (module._closed_form(x, w - 1e-6) > 0).sum() == active
        assert (module._closed_form(x, w + 1e-6) > 0).sum() == active - 1


def test_the_first_order_of_the_effective_number(module):
    # Another route: the mean of the ratio over many vectors, at a spread small enough for the first order alone.
    n, s = 64, 0.4
    p = np.exp(s * np.random.default_rng(2).standard_normal((40_000, n)))
    share = p.sum(axis=1) ** 2 / (p**2).sum(axis=1) / n
    error = share.std() / np.sqrt(len(share))
    # Four standard errors and the second order, about (e^(4 s^2)/n)^2.
    assert share.mean() == pytest.approx(
        np.exp(-(s**2)) * (1 + module._first_order(s) / n), abs=4 * error + (np.exp(4 * s**2) / n) ** 2
    )


def test_a_switch_is_found_between_two_inputs(module):
    import pandas as pd

    ratio, rival = np.array([0.5, 1.0, 1.4, 1.6, 2.0]), np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    up = pd.DataFrame({"step": range(5), "ratio": ratio, "rival": rival, "first": 1 - rival})
    assert module._switch(up, up=True) == (1.4, 1.6)
    down = pd.DataFrame({"step": range(5), "ratio": 1 / ratio, "rival": 1 - rival, "first": rival})
    assert module._switch(down, up=False) == (1.4, 1.6)
    assert module._switch(up.assign(rival=0.0, first=1.0), up=True) is None


def test_checks_hold_and_every_claim_has_a_verdict(experiment, tables):
    findings = experiment.findings(tables)
    assert failed(findings) == set()
    assert claims(findings) == {"A0-12": "partly", "A0-13": "partly", "A1-12": "partly", "A1-30": "supported"}
    assert set(claims(findings)) == set(experiment.claims)


def test_tables_survive_the_disk(experiment, tables, from_disk):
    assert [f.as_dict() for f in experiment.findings(from_disk)] == [f.as_dict() for f in experiment.findings(tables)]


@pytest.mark.parametrize(
    ("table", "column", "rule", "query", "check"),
    [
        ("attention", "zeros", lambda c: c + 1e-9, "mechanism == 'softmax'", "softmax_zeros"),
        ("attention", "effective", lambda c: 1.2 * c, "positions == 64 and spread == 4", "effective_64_4"),
        ("attention", "effective", lambda c: 1.1 * c, "positions == 4096 and spread == 1", "effective_law"),
        ("attention", "support", lambda c: 1.2 * c, "mechanism == 'sparsemax'", "support_64_1"),
        ("attention", "support", lambda c: c + 0.03, "mechanism == 'ReLU attention'", "relu_half"),
        ("underflow", "gap", lambda c: c + 0.01, None, "underflow_float64"),
        ("uniform", "artificial", lambda c: c + 2e-6, "unit == 1", "uniform_artificial"),
        ("uniform", "rate", lambda c: c - 2e-6, "unit == 0", "uniform_rate"),
        ("identity", "difference", lambda c: c + 2e-6, "rung == 'relu_rate'", "sparsemax_is_inhibition_relu_rate"),
        ("divisive", "rate", lambda c: 1.00001 * c, None, "divisive"),
        ("sweep", "winners", lambda c: c + 1, "rung == 'artificial' and strength == 0.2", "winners"),
        ("states", "stable", lambda c: c + 1, "strength == 1.6", "stable_states"),
        ("switch", "ratio", lambda c: 1.03 * c, "rung == 'relu_rate'", "hysteresis_relu_rate_up"),
        ("switch", "ratio", lambda c: 0.97 * c, "rung == 'artificial'", "hysteresis_artificial_down"),
        ("choice", "correct", lambda c: 0.94 + 0 * c, "contrast == 0.2", "spiking_winner"),
        ("choice", "winners", lambda c: c + 0.1, "contrast == 0.2", "spiking_one_winner"),
        ("choice", "correct", lambda c: c + 0.4, "contrast == 0", "chance"),
        ("xor", "answer", lambda c: 1 - c, "rung == 'KWTA' and a == 1 and b == 1", "xor_KWTA"),
    ],
)
def test_a_false_table_fails_its_check(experiment, tables, table, column, rule, query, check):
    assert check in failed(experiment.findings(changed(tables, table, column, rule, query)))


@pytest.mark.parametrize(
    ("changes", "claim", "verdict"),
    [
        ([("attention", "zeros", lambda c: c + 0.6, "mechanism == 'softmax'")], "A0-12", "supported"),
        ([("attention", "effective", lambda c: 1 + 0 * c, "mechanism == 'softmax'")], "A0-12", "not supported"),
        ([("attention", "effective", lambda c: 0.5 + 0 * c, "mechanism == 'softmax'")], "A0-13", "not supported"),
        ([("attention", "zeros", lambda c: 0 * c, "mechanism == 'sparsemax'")], "A1-30", "partly"),
        ([("switch", "ratio", lambda c: 1.1 + 0 * c, "rung == 'relu_rate'")], "A1-12", "supported"),
    ],
)
def test_verdicts_follow_the_tables(experiment, tables, changes, claim, verdict):
    for change in changes:
        tables = changed(tables, *change)
    assert claims(experiment.findings(tables))[claim] == verdict


def test_the_figure_shows_the_tables(experiment, tables):
    figure = experiment.figure(tables)
    heat, *axes = (ax for ax in figure.axes if ax.get_label() != "<colorbar>")
    zeros = sum(text.get_text() == "0" for text in heat.texts)
    assert zeros == int((tables["weights"].weight == 0).sum())
    winners, loop, choice = axes[2], axes[3], axes[4]
    drawn = next(line for line in winners.lines if line.get_label() == "LIF, spiking").get_ydata()
    np.testing.assert_array_equal(drawn, tables["sweep"].query("rung == 'spiking'").winners)
    assert "w" in winners.get_xlabel()
    assert len([line for line in loop.lines if line.get_label() == "static ReLU"]) == 1
    assert "%" in choice.get_xlabel()


def test_words_carry_the_numbers(experiment, tables):
    usual = tables["attention"].query("mechanism == 'softmax' and positions == 64 and spread == 1").effective.iloc[0]
    assert f"{usual:.1%}" in experiment.caption(tables)
    assert f"{usual:.0%}" in experiment.summary(tables)
