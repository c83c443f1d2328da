"""Small runs of every question against frozen tables, column by column: no number changes without being noticed."""

import pytest
from freeze import FROZEN, compared, difference
from small_questions import QUESTIONS, setting, small_run

from neurosim.engines import choices
from neurosim.lab.question import ask

# The same formulas in another order of operations or with another release of SciPy differ by less; a changed model,
# parameter or definition differs by more. Wider tolerances stand, with their reason, in setting.toml.
RTOL = 1e-6


def read(name):
    import pandas as pd

    options = {"dtype": str, "keep_default_na": False, "na_filter": False}
    return {path.stem: pd.read_csv(path, **options) for path in sorted((FROZEN / name).glob("*.csv"))}


@pytest.mark.parametrize("name", QUESTIONS)
def test_tables_are_as_they_were(name):
    found, frozen, tolerances = compared(name), read(name), setting(name)["rtol"]
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
    assert not faults, "\n".join([f"{name}; {again}", *faults])


@pytest.mark.parametrize("name", QUESTIONS)
def test_settings_name_what_exists(name):
    tables, chosen = small_run(name).tables, setting(name)
    known = set(tables) | {f"{table}.{column}" for table, frame in tables.items() for column in frame}
    assert {entry for section in ("left_out", "rows", "every", "rtol") for entry in chosen[section]} <= known


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_that_lets_an_engine_choose_notes_it(name):
    if "engine" in ask(QUESTIONS[name]).parameters.info():
        assert set(small_run(name).notes.get("engine", ())) & set(choices("spiking"))


def test_every_frozen_folder_belongs_to_a_question():
    frozen = {f"{file.parent.parent.name}/{file.parent.name}" for file in FROZEN.glob("*/*/setting.toml")}
    assert frozen == set(QUESTIONS)
