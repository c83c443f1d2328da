"""Tables on disk: CSV that gives back every float exactly, and beside it the unit and meaning of every column."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.lab.storage import write_bytes, write_json
from neurosim.params import ParameterError

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, Mapping[str, tuple[str, str]]]
"""table -> column -> (unit, meaning)."""

ARRAYS = "arrays"
"""The one entry of the tables that is no table: named NumPy arrays, kept in arrays.npz."""


def save_tables(folder: Path, tables: Mapping[str, Any], columns: Columns) -> None:
    """Write every table as `<name>.csv` with `<name>.json`, and the entry "arrays" as arrays.npz with arrays.json.

    Raises:
        ParameterError: a column without unit and meaning, or one that is described and absent; an index that would be
            lost; an array of Python objects.
    """
    if not tables:
        raise ParameterError("compute() returned no table; expected at least one")
    for name in columns:
        if name not in tables:
            raise ParameterError(f"COLUMNS describes the table {name!r}, which compute() did not return")
    for name, table in tables.items():
        described = columns.get(name, {})
        _check_described(name, list(table.keys()), described)
        if name == ARRAYS:
            _save_arrays(folder, table, described)
        else:
            _save_table(folder, name, table, described)


def load_tables(folder: Path) -> dict[str, Any]:
    """The tables of a result folder as the experiment computed them, floats exact and types kept."""
    tables: dict[str, Any] = {path.stem: _load_table(path) for path in table_files(folder)}
    if (folder / f"{ARRAYS}.npz").exists():
        import numpy as np

        with np.load(folder / f"{ARRAYS}.npz", allow_pickle=False) as archive:
            tables[ARRAYS] = {name: archive[name] for name in archive.files}
    return tables


def table_files(folder: Path) -> list[Path]:
    """The tables of a result folder: a CSV without its description beside it was put there by somebody else."""
    return [path for path in sorted(folder.glob("*.csv")) if path.with_suffix(".json").is_file()]


def describe(folder: Path, table: str) -> dict[str, dict[str, str]]:
    """What `<table>.json` says: column -> unit, meaning, type."""
    columns: dict[str, dict[str, str]] = json.loads((folder / f"{table}.json").read_text(encoding="utf-8"))["columns"]
    return columns


def _check_described(name: str, found: list[str], described: Mapping[str, tuple[str, str]]) -> None:
    missing = [column for column in found if column not in described]
    absent = [column for column in described if column not in found]
    if missing:
        raise ParameterError(f"table {name!r}: column {missing[0]!r} has no unit and meaning in COLUMNS[{name!r}]")
    if absent:
        raise ParameterError(f"table {name!r}: COLUMNS[{name!r}] describes {absent[0]!r}, which is not in the table")


def _save_table(folder: Path, name: str, table: "pd.DataFrame", described: Mapping[str, tuple[str, str]]) -> None:
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise ParameterError(f"table {name!r}: got {type(table).__name__}, expected a pandas DataFrame")
    if not isinstance(table.index, pd.RangeIndex):
        raise ParameterError(f"table {name!r}: its index would be lost in the CSV; call reset_index() first")
    write_bytes(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n").encode())
    columns = {
        column: {"unit": unit, "meaning": meaning, "type": _type_word(table[column])}
        for column, (unit, meaning) in described.items()
    }
    write_json(folder / f"{name}.json", {"table": name, "rows": len(table), "columns": columns})


def _type_word(column: "pd.Series[Any]") -> str:
    return {"i": "int", "u": "int", "f": "float", "b": "bool"}.get(column.dtype.kind, "text")


def _load_table(path: Path) -> "pd.DataFrame":
    import pandas as pd

    # Every field is read as text and converted here: pandas rounds some floats in their last digit by default, how to
    # prevent it depends on its version, and it takes words such as "None" and "NA" for missing values.
    texts = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    types = {column: entry["type"] for column, entry in describe(path.parent, path.stem).items()}
    return pd.DataFrame({column: _typed(texts[column], types[column]) for column in texts})


def _typed(texts: "pd.Series[str]", kind: str) -> "pd.Series[Any]":
    if kind == "float":
        return texts.map(lambda text: float(text or "nan")).astype("float64")
    if kind == "bool":
        return texts == "True"
    return texts.astype("int64") if kind == "int" else texts


def _save_arrays(folder: Path, arrays: Mapping[str, Any], described: Mapping[str, tuple[str, str]]) -> None:
    import numpy as np

    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ParameterError(f"array {name!r}: got Python objects, expected numbers, booleans or text")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **{name: np.asarray(array) for name, array in arrays.items()})
    write_bytes(folder / f"{ARRAYS}.npz", buffer.getvalue())
    columns = {
        name: {
            "unit": unit,
            "meaning": meaning,
            "type": str(np.asarray(arrays[name]).dtype),
            "shape": list(np.asarray(arrays[name]).shape),
        }
        for name, (unit, meaning) in described.items()
    }
    write_json(folder / f"{ARRAYS}.json", {"table": ARRAYS, "columns": columns})
