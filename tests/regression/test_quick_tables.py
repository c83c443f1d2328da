"""Small runs of every experiment against frozen tables, column by column: no number changes without being noticed."""

import json
from importlib.metadata import version

import pandas as pd
import pytest
from freeze import compared, difference, read, stale
from small_runs import EXPERIMENTS, FROZEN, setting, small_run

from neurosim.engines import choices
from neurosim.lab.experiment import load, names

# The same formulas in another order of operations or with another release of SciPy differ by less; a changed model,
# parameter or definition differs by more. Wider tolerances stand, with their reason, in setting.toml.
RTOL = 1e-6


def same_versions(name):
    frozen = json.loads((FROZEN / name / "versions.json").read_text(encoding="utf-8"))
    changed = {package: f"{old} -> {version(package)}" for package, old in frozen.items() if version(package) != old}
    return f"versions since the freeze: {changed}" if changed else "with the versions of the freeze"


@pytest.mark.parametrize("name", names(EXPERIMENTS))
def test_tables_are_as_they_were(name):
    run = small_run(name)
    tolerances, found, frozen = setting(name)["rtol"], compared(name, run.tables), read(name)
    again = f"if it was meant to change: python tests/regression/freeze.py {name}"
    assert set(found) == set(frozen), f"{name}: other tables than the frozen ones; {again}"
    faults = []
    for table, frame in found.items():
        before = frozen[table]
        assert list(frame) == list(before), f"{name}: table {table} has other columns than the frozen one; {again}"
        if len(frame) != len(before):
            faults.append(f"{table}: {len(frame)} rows, frozen {len(before)}")
            continue
        for column in frame:
            fault = difference(before[column], frame[column], tolerances.get(f"{table}.{column}", RTOL))
            if fault:
                faults.append(f"{table}.{column}: {fault}")
    # run.json and the report say which engines ran: an experiment that lets one choose must note them.
    if "engine" in load(EXPERIMENTS / f"{name}.py").parameters.info():
        assert set(run.notes.get("engine", ())) & set(choices("spiking")), f"{name}: no progress.note(engine=...)"
    assert not faults, "\n".join([f"{name} ({same_versions(name)}); {again}", *faults])


@pytest.mark.parametrize("name", names(EXPERIMENTS))
def test_tables_have_the_promised_columns(name):
    tables, promised = small_run(name).tables, load(EXPERIMENTS / f"{name}.py").columns
    assert set(tables) == set(promised)
    for table in set(promised) - {"arrays"}:
        assert list(tables[table]) == list(promised[table]), table
        assert len(tables[table]) > 0, table


@pytest.mark.parametrize("name", names(EXPERIMENTS))
def test_settings_name_what_exists(name):
    assert stale(name, load(EXPERIMENTS / f"{name}.py").columns) == set()


def test_every_frozen_folder_belongs_to_an_experiment():
    assert {file.parent.name for file in FROZEN.glob("*/setting.toml")} == set(names(EXPERIMENTS))


def test_an_experiment_without_frozen_tables_is_named():
    with pytest.raises(
        FileNotFoundError, match="the experiment 'unheard_of' has no frozen tables: write tests/regress"
    ):
        setting("unheard_of")


def test_the_comparison_sees_small_changes_and_no_rounding():
    frozen = pd.Series(["1", "1e-12", "", "100"])
    assert difference(frozen, pd.Series([1.0, 1e-12, float("nan"), 100.0]), RTOL) is None
    assert difference(frozen, pd.Series([1.0, 3e-15, float("nan"), 100.0 + 1e-7]), RTOL) is None
    assert "row 0" in difference(frozen, pd.Series([1.00001, 1e-12, float("nan"), 100.0]), RTOL)
    assert "row 2" in difference(frozen, pd.Series([1.0, 1e-12, 0.0, 100.0]), RTOL)
    assert difference(pd.Series(["a", "b"]), pd.Series(["a", "b"]), RTOL) is None
    assert "row 1" in difference(pd.Series(["3", "4"]), pd.Series([3, 5]), RTOL)
    assert "row 0" in difference(pd.Series(["True"]), pd.Series([False]), RTOL)
