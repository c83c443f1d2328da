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
import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np

from neurosim.lab.experiment import load, names
from neurosim.lab.progress import Progress

ROOT = Path(__file__).parents[2]
EXPERIMENTS = ROOT / "experiments"
FROZEN = Path(__file__).parent / "frozen"
SECTIONS = {"parameters", "left_out", "rows", "every", "rtol"}
# What the numbers of a deterministic run may depend on: the random generator's streams, solvers, Brian2's updaters.
VERSIONS = ("numpy", "scipy", "scikit-learn", "brian2")


def setting(name):
    """The sections of an experiment's setting.toml, each of them present."""
    file = FROZEN / name / "setting.toml"
    if not file.is_file():
        raise FileNotFoundError(
            f"the experiment {name!r} has no frozen tables: write {file.relative_to(ROOT)} (parameters of a run of a "
            f"few seconds; see the other folders), run `python tests/regression/freeze.py {name}`, commit the folder"
        )
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    unknown = set(given) - SECTIONS
    if unknown:
        raise ValueError(f"{file.name} of {name}: unknown section {sorted(unknown)}, known are {sorted(SECTIONS)}")
    return {section: given.get(section, {}) for section in SECTIONS}


def stale(name, columns):
    """Entries of the setting that name a table or column that the experiment no longer has."""
    known = set(columns) | {f"{table}.{column}" for table, entry in columns.items() for column in entry}
    chosen = setting(name)
    return {entry for section in SECTIONS - {"parameters"} for entry in chosen[section]} - known


def computed(name, progress=None):
    """The tables of the small run, with the rows and columns that are compared."""
    chosen, experiment = setting(name), load(EXPERIMENTS / f"{name}.py")
    parameters = {key: tuple(v) if isinstance(v, list) else v for key, v in chosen["parameters"].items()}
    tables = experiment.compute(experiment.settings(**parameters), progress or Progress(enabled=False))
    kept = {}
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
    folder, tables = FROZEN / name, computed(name)
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
    sys.path.insert(0, str(ROOT))
    for each in sys.argv[1:] or names(EXPERIMENTS):
        freeze(each)
        print(f"froze {each}")
