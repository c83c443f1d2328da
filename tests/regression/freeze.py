"""Small runs of the experiments as frozen tables: `python tests/regression/freeze.py [NAME ...]` writes them anew.

`frozen/<experiment>/setting.toml` holds the parameters of the small run and what is compared; the CSVs beside it are
written here and never by hand. Freeze again only when a number was meant to change; the commit says which and why.

    [parameters]   of the experiment, small enough for a few seconds
    [left_out]     "table" or "table.column" = reason
    [rows]         table = "query": only these rows are compared
    [every]        table = n: every n-th row of what is left (neighbouring rows of a curve say the same)
    [rtol]         "table.column" = tolerance where the usual one is too narrow
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from small_runs import EXPERIMENTS, FROZEN, SECTIONS, setting, small_run

from neurosim.lab.experiment import names

# What the numbers of a deterministic run may depend on: the random generator's streams, solvers, Brian2's updaters.
VERSIONS = ("numpy", "scipy", "scikit-learn", "brian2")


def stale(name, columns):
    """Entries of the setting that name a table or column that the experiment no longer has."""
    known = set(columns) | {f"{table}.{column}" for table, entry in columns.items() for column in entry}
    chosen = setting(name)
    return {entry for section in SECTIONS - {"parameters"} for entry in chosen[section]} - known


def compared(name, tables):
    """The rows and columns of the small run's tables that are compared."""
    chosen, kept = setting(name), {}
    for table, frame in tables.items():
        if table == "arrays" or table in chosen["left_out"]:
            continue
        if table in chosen["rows"]:
            frame = frame.query(chosen["rows"][table])
        frame = frame.iloc[:: chosen["every"].get(table, 1)].reset_index(drop=True)
        columns = [column for column in frame if f"{table}.{column}" not in chosen["left_out"]]
        kept[table] = frame[columns]
    return kept


def freeze(name):
    """Write the tables of an experiment."""
    folder, tables = FROZEN / name, compared(name, small_run(name).tables)
    for old in folder.glob("*.csv"):
        old.unlink()
    for table, frame in tables.items():
        # Ten digits: more than any tolerance compares.
        frame.to_csv(folder / f"{table}.csv", index=False, float_format="%.10g", lineterminator="\n")
    found = {package: version(package) for package in VERSIONS}
    (folder / "versions.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def read(name):
    """The frozen tables, every field as text: the comparison knows from the computed column what it is."""
    import pandas as pd

    options = {"dtype": str, "keep_default_na": False, "na_filter": False}
    return {path.stem: pd.read_csv(path, **options) for path in sorted((FROZEN / name).glob("*.csv"))}


def difference(frozen, found, rtol):
    """None, or a sentence on the first row in which a column differs from its frozen text."""
    if found.dtype.kind != "f":
        texts = found.map(str)
        wrong = np.flatnonzero(texts.to_numpy() != frozen.to_numpy())
        values = texts
    else:
        values, expected = found.to_numpy(), np.array([float(text or "nan") for text in frozen])
        # Differences of equal numbers are rounding errors of any size: what is small against the column counts as 0,
        # and so does a column of nothing else (no table has a unit in which 1e-12 would mean anything).
        finite = np.abs(expected[np.isfinite(expected)])
        atol = max(1e-12, 1e-9 * finite.max(initial=0.0))
        wrong = np.flatnonzero(~np.isclose(values, expected, rtol=rtol, atol=atol, equal_nan=True))
    if not len(wrong):
        return None
    row = wrong[0]
    return f"{len(wrong)} of {len(frozen)} rows; row {row}: frozen {frozen.iloc[row]}, found {np.asarray(values)[row]}"


if __name__ == "__main__":
    for each in sys.argv[1:] or names(EXPERIMENTS):
        freeze(each)
        print(f"froze {each}")
