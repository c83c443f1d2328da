"""Every experiment that spikes lets one choose the engine and compares both engines on a part of its own circuits."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from neurosim.engines import choices
from neurosim.lab import CROSS_CHECK_COLUMNS, load
from neurosim.lab.experiment import names
from neurosim.lab.findings import FAILS

ROOT = Path(__file__).parents[2]
EXPERIMENTS = [load(ROOT / "experiments" / f"{name}.py") for name in names(ROOT / "experiments")]
SPIKING = [experiment for experiment in EXPERIMENTS if "engine" in experiment.parameters.info()]


def test_some_experiments_spike():
    assert {"speed"} <= {e.name for e in SPIKING}


@pytest.mark.parametrize("experiment", SPIKING, ids=lambda experiment: experiment.name)
def test_the_engine_is_chosen_from_the_folder_of_engines(experiment):
    assert experiment.parameters.info()["engine"].choices == choices("spiking")


@pytest.mark.parametrize("experiment", SPIKING, ids=lambda experiment: experiment.name)
def test_a_part_of_its_circuits_runs_on_both_engines(experiment):
    assert experiment.columns.get("engines") == CROSS_CHECK_COLUMNS, "see docs/extending.md, an experiment"
    path = ROOT / "tests" / "regression" / "frozen" / experiment.name / "engines.csv"
    frozen = pd.read_csv(path, keep_default_na=False)
    compared = frozen[frozen.refused == ""]
    assert len(compared) > 0
    assert (compared.spikes >= 5).all()
    assert (compared.differing == 0).all()
    # The findings hang on the table: one spike elsewhere fails the check.
    module = sys.modules[experiment.compute.__module__]
    frozen.loc[compared.index[0], "differing"] = 1
    verdicts = [finding.verdict for finding in module.cross_check_findings(frozen)]
    assert verdicts.count(FAILS) == 1
