"""Questions of bars: networks side by side, equations written by hand, verdicts that follow the tables."""

import math

import numpy as np
import pandas as pd
import pytest
from small_questions import QUESTIONS, replicates
from tampering import falsified, verdict_of

from experiments.learning import _bars as bars
from experiments.learning.foldiak_bars import needed
from experiments.learning.sparse_and_slow import pictures_until
from neurosim.lab import ask
from neurosim.params import ParameterError


def test_networks_side_by_side_do_not_touch():
    few = bars.Foldiak(patterns=100, warm_up=20)
    cases = {"intact": ("equal", {}), "other": ("unequal", {"alpha": 0.0}), "never": ("equal", {"warm": 0.0})}
    every = bars.side_by_side(few, 3, cases)
    for name, case in cases.items():
        alone = bars.side_by_side(few, 3, {name: case})[name]
        # The integrator chooses its steps for all together: states differ by its tolerance, 1e-5, answers do not.
        np.testing.assert_array_equal(every[name]["active"], alone["active"])
        np.testing.assert_allclose(every[name]["weights"], alone["weights"], rtol=1e-9)


@pytest.mark.parametrize("left_out", [{}, {"alpha": 0.0}, {"beta": 0.0}, {"gamma": 0.0}, {"gamma": 0.0, "warm": 0.0}])
def test_the_networks_learn_what_equations_written_by_hand_say(left_out):
    warm_up, rates = 30, {**bars.RATES, **left_out}
    found = bars.side_by_side(bars.Foldiak(patterns=100, warm_up=warm_up), 7, {"one": ("equal", left_out)})["one"]
    q, w = bars.start_weights(7), np.zeros((16, 16))
    t = np.full(16, 0.5 if rates["warm"] else 1.0)
    # What was learned in 50 pictures, the first of the marks.
    for number, x in enumerate(bars.pictures(7, warm_up + 50)):
        if number < warm_up and not rates["warm"]:
            continue
        y = np.zeros(16)
        for _ in range(2000):  # Euler's method, steps of tau/200
            y += 0.005 * (1.0 / (1.0 + np.exp(-10.0 * (q @ x - w @ y - t))) - y)
        y = (y > 0.5).astype(float)
        t += rates["warm" if number < warm_up else "gamma"] * (y - 1 / 8)
        if number >= warm_up:
            q += rates["beta"] * y[:, None] * (x - q)
            w = np.maximum(w + rates["alpha"] * (np.outer(y, y) - 1 / 64), 0.0) * (1 - np.eye(16))
    assert found["patterns"][0] == 50
    np.testing.assert_allclose(found["weights"][0], q, rtol=1e-9)


def test_pictures_until_the_loss_is_near_its_end():
    rows = pd.DataFrame({"patterns": [0, 10, 20, 30], "loss": [101.0, 51.0, 1.5, 1.0]})
    # Level 1 + 10 % of 100 = 11, crossed on the line from 51 to 1.5 after 40/49.5 of ten pictures.
    assert pictures_until(rows) == pytest.approx(10 + 10 * 40 / 49.5)


def test_autoencoders_without_the_penalties_that_are_shown_are_refused():
    with pytest.raises(ParameterError, match=r"expected 0 and 0\.1 among them"):
        ask(QUESTIONS["learning/sparse_and_slow"]).settings(penalties=(0.0, 0.3))


def test_pictures_needed_are_those_of_the_slowest_seed():
    t = replicates("learning/foldiak_bars", 2)
    rows = pd.DataFrame({"seed": [0, 0, 1, 1], "patterns": [100, 200, 100, 200], "unique": [15, 16, 3, 15]})
    assert needed(type(t)(learning=rows)) == 200
    assert needed(type(t)(learning=rows.assign(unique=[15, 16, 3, 14]))) == math.inf


def long(name):
    """The tables as if the run had been long and had found what the sources say."""
    t = replicates(f"learning/{name}")
    tables = dict(vars(t))
    if name == "foldiak_bars":
        tables["outcome"] = t.outcome.assign(patterns=5000, unique=16, activity=0.126, correlation=0.03)
        tables["learning"] = t.learning.assign(unique=15, patterns=t.learning.patterns.replace(150, 1200))
    if name == "other_learners_of_bars":
        outcome = t.outcome.copy()
        rate, spiking = outcome.network == "Földiák", outcome.network == "SAILnet"
        outcome.loc[rate, ["patterns", "unique", "active_fraction"]] = [5000, 16, 0.126]
        outcome.loc[spiking, ["patterns", "unique", "activity"]] = [300_000, 12, 0.12]
        tables["outcome"] = outcome
    if name == "bars_ablated":
        rows = t.ablations.assign(patterns=3000)
        rows["unique"] = np.where(rows.variant.str.startswith("no "), 0, 16)
        rows["correlation"] = np.where(rows.variant == "no anti-Hebb", 0.99, 0.03)
        tables["ablations"] = rows
    return type(t)(**tables)


def test_a_short_run_decides_nothing_that_needs_a_long_one():
    for name, findings in {
        "foldiak_bars": ("each", "activity", "correlation"),
        "other_learners_of_bars": ("sailnet_count", "sailnet_bars"),
        # After 100 pictures the intact network has found next to nothing, so an ablation shows nothing either.
        "bars_ablated": ("no_anti_hebb", "no_hebb", "thresholds"),
    }.items():
        for finding in findings:
            t = replicates(f"learning/{name}")
            assert verdict_of(ask(QUESTIONS[f"learning/{name}"]), t, finding) == "undecided", finding


@pytest.mark.parametrize(
    ("question", "change", "finding", "verdict"),
    [
        ("foldiak_bars", None, "each", "holds"),
        ("foldiak_bars", ("outcome", "unique", 14, "seed == 0"), "each", "fails"),
        ("foldiak_bars", None, "short", "holds"),
        ("foldiak_bars", ("learning", "unique", 14, "patterns == 1200"), "short", "fails"),
        ("foldiak_bars", None, "activity", "holds"),
        ("foldiak_bars", ("outcome", "activity", 0.15, None), "activity", "fails"),
        ("foldiak_bars", None, "correlation", "holds"),
        ("foldiak_bars", ("outcome", "correlation", 0.08, "seed == 1"), "correlation", "fails"),
        ("other_learners_of_bars", None, "sailnet_count", "holds"),
        ("other_learners_of_bars", ("outcome", "activity", 0.15, "network == 'SAILnet'"), "sailnet_count", "fails"),
        ("other_learners_of_bars", None, "sailnet_bars", "holds"),
        ("other_learners_of_bars", ("outcome", "unique", 11, "units == 24"), "sailnet_bars", "fails"),
        ("bars_ablated", None, "no_anti_hebb", "holds"),
        ("bars_ablated", ("ablations", "unique", 3, "variant == 'no Hebb' and seed == 1"), "no_hebb", "fails"),
        ("bars_ablated", ("ablations", "unique", 7, "variant == 'all rules' and seed == 1"), "no_hebb", "undecided"),
        ("bars_ablated", None, "same", "holds"),
        ("bars_ablated", ("ablations", "correlation", 0.8, "variant == 'no anti-Hebb'"), "same", "fails"),
        ("bars_ablated", ("ablations", "correlation", 0.95, None), "same", "undecided"),
        ("bars_ablated", None, "thresholds", "holds"),
        ("bars_ablated", ("ablations", "unique", 14, "variant == 'thresholds never move'"), "thresholds", "fails"),
        ("bars_ablated", ("ablations", "patterns", 400, None), "thresholds", "undecided"),
    ],
)
def test_verdicts_follow_the_tables(question, change, finding, verdict):
    t = long(question)
    t = t if change is None else falsified(t, *change)
    assert verdict_of(ask(QUESTIONS[f"learning/{question}"]), t, finding) == verdict
