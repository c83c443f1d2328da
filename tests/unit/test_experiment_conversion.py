"""The experiment on conversion: its theory against numbers from elsewhere, its verdicts decided by its tables."""

import numpy as np
import pytest
from tampering import changed, verdict, verdicts

from neurosim.lab.findings import FAILS, HOLDS
from neurosim.params import DimensionError, ParameterError

SMALL = {"seeds": 2, "hidden": 32, "epochs": 12, "shown": 80, "steps": (4, 16, 32, 64), "timed": 60}


@pytest.fixture(scope="module")
def tables(from_disk):
    return from_disk


def test_every_check_of_theory_holds(experiment, tables):
    found = verdicts(experiment.findings(tables))
    exact = ("bound-empty", "bound-half", "reset-zero", "energy-identity", "break-even-ratio", "atp", "best-fraction")
    for name in exact:
        assert found[name] == HOLDS, name
    # Accuracies of 80 digits from 12 epochs say nothing; that they are decided is the next test.
    assert set(experiment.claims) <= set(found)


@pytest.mark.parametrize(
    ("table", "rows", "column", "value", "check"),
    [
        ("bounds", "reset == 'subtract' and v_start == 0.5 and steps == 16", "largest", 0.04, "bound-half"),
        ("bounds", "reset == 'subtract' and v_start == 0 and steps == 64", "largest", 0.02, "bound-empty"),
        ("reset_zero", "activity == 0.9", "rate", 0.9, "reset-zero"),
        ("accuracy", "twin == 'IF, half charged' and steps == 32", "loss", 0.02, "if-within-a-point"),
        ("accuracy", "twin == 'IF, half charged' and steps == 16", "spikes", 30.0, "linear-spikes"),
        ("accuracy", "twin == 'LIF' and steps == 64", "energy", 1.0, "energy-identity"),
        ("accuracy", "twin == 'IF, half charged'", "density", 0.1, "break-even"),
        ("durations", "twin == 'LIF' and network == 'scikit-learn'", "final_loss", 0.02, "lif-imported"),
        ("durations", "twin == 'LIF' and network == 'trained here'", "final_loss", 0.02, "lif-here"),
        ("durations", "twin == 'LIF' and network == 'trained as LIF'", "final_loss", 0.02, "lif-soft"),
        ("atp", "rate == 4", "atp", 3.29e9, "atp"),
        ("fractions", "ratio == 458", "fraction", 0.0101, "best-fraction"),
    ],
)
def test_a_wrong_number_fails_its_check(experiment, tables, table, rows, column, value, check):
    assert verdict(experiment, changed(tables, table, column, value, rows), check) == FAILS


def test_a_right_accuracy_holds(experiment, tables):
    right = changed(tables, "accuracy", "loss", 0.005, "twin == 'IF, half charged'")
    assert verdict(experiment, right, "if-within-a-point") == HOLDS


def test_the_claims_follow_from_operations(experiment, tables):
    timing, pruning, accuracy = (tables[name].copy() for name in ("timing", "pruning", "accuracy"))
    half = (timing.density - 0.5).abs().idxmin()
    accuracy["density"], pruning["backward"], pruning["accuracy"] = 0.4, 0.4, pruning.network_accuracy
    timing.loc[half, "dense_operations"] = 0.5
    everything = {**tables, "timing": timing, "pruning": pruning, "accuracy": accuracy}
    found = verdicts(experiment.findings(everything))
    assert (found["A0-03"], found["A1-21"]) == ("supported", "supported")
    timing.loc[half, "dense_operations"] = 1.0
    found = verdicts(experiment.findings(everything))
    assert (found["A0-03"], found["A1-21"]) == ("partly", "partly")
    accuracy["density"], pruning["backward"], pruning["accuracy"] = 1.0, 1.0, 0.0
    found = verdicts(experiment.findings(everything))
    assert (found["A0-03"], found["A1-21"]) == ("not supported", "not supported")
    assert verdict(experiment, everything, "A0-15") == "supported"
    timing["dense_operations"] = timing.operations
    assert verdict(experiment, everything, "A0-15") == "partly"


def test_times_decide_nothing(experiment, tables):
    slow = tables["timing"].copy()
    slow[["dense", "full", "sparse"]] *= np.random.default_rng(0).uniform(0.01, 100.0, (len(slow), 3))
    found = experiment.findings({**tables, "timing": slow})
    assert repr(found) == repr(experiment.findings(tables))  # NaN is not equal to itself


def test_durations_are_those_from_which_the_loss_stays_small(module):
    import pandas as pd

    rows = [
        {"network": "n", "twin": "t", "steps": steps, "loss": loss, "accuracy": 0.9, "network_accuracy": 0.9 + loss}
        for steps, loss in ((4, 0.0), (8, 0.1), (16, 0.01), (32, -0.02))
    ]
    found = module._durations(pd.DataFrame(rows)).iloc[0]
    assert found.within_a_point == 16
    assert found.final_loss == -0.02
    rows[-1]["loss"] = 0.5
    assert np.isnan(module._durations(pd.DataFrame(rows)).within_a_point.iloc[0])


def test_energy_of_a_row_is_what_one_counts_by_hand(tables):
    row = tables["accuracy"][tables["accuracy"].twin == "IF, half charged"].iloc[0]
    # Two hidden populations of 32 that feed 32 and 10 units.
    assert row.dense_macs == 32 * 32 + 32 * 10
    assert row.macs == pytest.approx(row.density * row.dense_macs)
    assert row.network_energy == pytest.approx(4.6 * row.macs)
    assert row.energy == pytest.approx(0.9 * row.acs)
    assert row.energy_low == pytest.approx(0.1 * row.acs)


def test_another_data_set_is_read_from_its_folder(experiment, module, tmp_path):
    with pytest.raises((ParameterError, FileNotFoundError), match="train-images"):
        module._images(experiment.settings(data=str(tmp_path)), 0)


@pytest.mark.parametrize("steps", [(4, 8, 16), (8, 4, 16, 32), (4, 8, 16.5, 32), (4, 8, 16, 64)])
def test_steps_must_increase_and_hold_32(experiment, steps):
    with pytest.raises((ParameterError, DimensionError), match=r"Parameters\.steps"):
        experiment.settings(steps=steps)


def test_the_figure_and_its_words_come_from_the_tables(experiment, tables):
    fig = experiment.figure(tables)
    labels = [ax.get_xlabel() for ax in fig.axes]
    assert len(labels) == 4
    assert all("(" in label for label in labels)
    assert "LIF" in experiment.summary(tables)
    assert "half charged" not in experiment.summary(tables)
    assert "B: largest error" in experiment.caption(tables)
