"""Small runs of the questions as frozen tables: `python tests/regression/freeze.py [NAME ...]`.

Freeze again only when a number was meant to change; the commit says which and why.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from small_questions import FROZEN, QUESTIONS, setting, small_run

# What the numbers of a deterministic run may depend on: the random generator's streams, solvers, Brian2's updaters.
VERSIONS = ("numpy", "scipy", "scikit-learn", "brian2")


def compared(name):
    """The rows and columns of the small run's tables that are compared."""
    chosen, kept = setting(name), {}
    for table, frame in small_run(name).tables.items():
        if table in chosen["left_out"]:
            continue
        frame = frame.query(chosen["rows"][table]) if table in chosen["rows"] else frame
        frame = frame.iloc[:: chosen["every"].get(table, 1)].reset_index(drop=True)
        arrays = [column for column in frame if len(frame) and hasattr(frame[column].iloc[0], "shape")
                  and getattr(frame[column].iloc[0], "ndim", 0)]  # fmt: skip
        columns = [c for c in frame if f"{table}.{c}" not in chosen["left_out"] and c not in arrays]
        kept[table] = frame[columns]
    return kept


def freeze(name):
    """Write the tables of a question."""
    folder = FROZEN / name
    for old in folder.glob("*.csv"):
        old.unlink()
    for table, frame in compared(name).items():
        # Ten digits: more than any tolerance compares.
        frame.to_csv(folder / f"{table}.csv", index=False, float_format="%.10g", lineterminator="\n")
    found = {package: version(package) for package in VERSIONS}
    (folder / "versions.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


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
    for each in sys.argv[1:] or QUESTIONS:
        freeze(each)
        print(f"froze {each}")
