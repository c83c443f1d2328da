"""The experiment on bars: its parts against other routes, and findings that notice wrong tables."""

import math

import numpy as np
import pandas as pd
import pytest
from tampering import changed, failed, verdict, verdicts

from neurosim.lab.findings import FAILS, HOLDS


@pytest.fixture(scope="module")
def tables(from_disk):
    return from_disk


@pytest.fixture
def long(tables):
    """The same tables as if the run had been long and had found what the sources say."""
    whole = {name: table.copy() if name != "arrays" else table for name, table in tables.items()}
    outcome, learning, ablations = whole["outcome"], whole["learning"], whole["ablations"]
    rate, spiking = outcome.network == "Földiák", outcome.network == "SAILnet"
    outcome.loc[rate, ["patterns", "unique", "activity", "correlation"]] = [5000, 16, 0.126, 0.03]
    outcome.loc[spiking, ["patterns", "unique", "activity"]] = [300_000, 12, 0.12]
    learning.loc[(learning.network == "Földiák") & (learning.patterns == 150), ["patterns", "unique"]] = [1200, 15]
    ablations["patterns"] = 3000
    ablations["unique"] = np.where(ablations.variant.str.startswith("no "), 0, 16)
    ablations.loc[ablations.variant == "no anti-Hebb", "correlation"] = 0.99
    return whole


def test_networks_of_several_seeds_in_one_circuit_do_not_touch(module):
    both, alone = module._Blocks(range(3, 5), 30, 20), module._Blocks(range(4, 5), 30, 20)
    both.run()
    alone.run()
    assert (both.x[:, 64:] == alone.x).all()
    # The integrator chooses its steps for both together: states differ by its tolerance, 1e-5, answers do not.
    np.testing.assert_array_equal(both.activity(1), alone.activity(0))
    np.testing.assert_allclose(both.weights[1], alone.weights[0], rtol=1e-9)


def test_the_blocks_learn_what_equations_written_by_hand_say(module):
    blocks = module._Blocks(range(7, 8), 25, 30)
    blocks.run()
    q, w, t = module._start_weights(7, 16), np.zeros((16, 16)), np.full(16, 0.5)
    for number, x in enumerate(blocks.x):
        y = np.zeros(16)
        for _ in range(2000):  # Euler's method, steps of tau/200
            y += 0.005 * (1.0 / (1.0 + np.exp(-10.0 * (q @ x - w @ y - t))) - y)
        y = (y > 0.5).astype(float)
        warm = number < 30
        t += (0.1 if warm else 0.02) * (y - 1 / 8)
        if not warm:
            q += 0.02 * y[:, None] * (x - q)
            w = np.maximum(w + 0.1 * (np.outer(y, y) - 1 / 64), 0.0) * (1 - np.eye(16))
    np.testing.assert_allclose(blocks.weights[0], q, rtol=1e-9)


def test_pictures_until_the_loss_is_near_its_end(module):
    rows = pd.DataFrame({"patterns": [0, 10, 20, 30], "loss": [101.0, 51.0, 1.5, 1.0]})
    # Level 1 + 1 % of 100 = 2, crossed on the line from 51 to 1.5 after 49/49.5 of ten pictures.
    assert module.pictures_until(rows) == pytest.approx(10 + 10 * 49 / 49.5)


def test_pictures_needed_are_those_of_the_slowest_seed(module):
    rows = pd.DataFrame({"seed": [0, 0, 1, 1], "patterns": [100, 200, 100, 200], "unique": [15, 16, 3, 15]})
    assert module._needed(rows) == 200
    assert module._needed(rows.assign(unique=[15, 16, 3, 14])) == math.inf


def test_a_short_run_reports_and_a_long_one_is_checked(experiment, tables, long):
    short, whole = verdicts(experiment.findings(tables)), verdicts(experiment.findings(long))
    assert short["foldiak_mean"] == short["sailnet_bars_16"] == short["threshold_never"] == ""
    assert failed(experiment.findings(long)) == set()
    assert whole["foldiak_mean"] == whole["sailnet_bars_24"] == HOLDS
    assert {"A0-05", "A1-23", "A1-35"} <= set(short)


@pytest.mark.parametrize(
    ("table", "rows", "column", "value", "check"),
    [
        ("outcome", "network == 'Földiák' and seed == 0", "unique", 14, "foldiak_each"),
        ("outcome", "network == 'Földiák'", "unique", 15, "foldiak_mean"),
        ("outcome", "network == 'Földiák'", "activity", 0.15, "foldiak_activity"),
        ("outcome", "network == 'Földiák' and seed == 1", "correlation", 0.08, "foldiak_correlation"),
        ("learning", "network == 'Földiák' and patterns == 1200", "unique", 14, "foldiak_short"),
        ("outcome", "network == 'SAILnet'", "activity", 0.15, "sailnet_count_16"),
        ("outcome", "network == 'SAILnet' and units == 24", "unique", 11, "sailnet_bars_24"),
        ("ablations", "variant == 'no Hebb' and seed == 1", "unique", 3, "no_hebb_bars"),
        ("ablations", "variant == 'no anti-Hebb' and seed == 1", "correlation", 0.8, "no_anti_hebb_correlation"),
        ("ablations", "variant == 'thresholds never move' and seed == 0", "unique", 14, "threshold_never"),
    ],
)
def test_a_false_table_fails_its_check(experiment, long, table, rows, column, value, check):
    assert verdict(experiment, long, check) == HOLDS
    assert verdict(experiment, changed(long, table, column, value, rows), check) == FAILS


def test_claims_follow_the_measurement(experiment, long):
    found = verdicts(experiment.findings(long))
    assert found["A0-05"] == found["A1-23"] == "partly"  # not so in the random layer
    all_found = long["outcome"].copy()
    all_found["unique"], all_found["active_fraction"] = 16, 0.1
    every = verdicts(experiment.findings({**long, "outcome": all_found}))
    assert every["A0-05"] == every["A1-23"] == "supported"
    slow = changed(long, "training", "patterns", lambda c: 3 * c, "network == 'autoencoder'")
    ratio = next(f for f in experiment.findings(slow) if f.id == "A1-35")
    plain = next(f for f in experiment.findings(long) if f.id == "A1-35")
    assert ratio.value == pytest.approx(3 * plain.value, rel=1e-12)
    fast = changed(long, "training", "patterns", lambda c: c / 100, "network == 'autoencoder'")
    assert verdict(experiment, fast, "A1-35") == "not supported"


def test_figure_and_words_carry_the_numbers(experiment, tables):
    figure = experiment.figure(tables)
    assert len(figure.axes) == 8
    outcome = tables["outcome"][tables["outcome"].network == "Földiák"]
    assert f"{outcome.activity.mean():.3f}" in experiment.caption(tables)
    assert f"{outcome.unique.mean():.1f}" in experiment.summary(tables)


def test_the_full_run_is_within_its_time(experiment):
    seconds, size = experiment.estimate(experiment.settings())
    assert experiment.estimate(experiment.settings(quick=True))[0] < 25 < seconds < 300
    assert size < 4e9
