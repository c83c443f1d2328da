"""Tables on disk: CSV that gives back every float exactly, and beside it the unit and meaning of every column."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def load_tables(folder: Path) -> dict[str, Any]:
    """The tables of a result folder as the question computed them, floats exact and types kept."""
    return {path.stem: _load_table(path) for path in table_files(folder)}


def table_files(folder: Path) -> list[Path]:
    """The tables of a result folder: a CSV without its description beside it was put there by somebody else."""
    return [path for path in sorted(folder.glob("*.csv")) if path.with_suffix(".json").is_file()]


def describe(folder: Path, table: str) -> dict[str, dict[str, str]]:
    """What `<table>.json` says: column -> unit, meaning, type."""
    columns: dict[str, dict[str, str]] = json.loads((folder / f"{table}.json").read_text(encoding="utf-8"))["columns"]
    return columns


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
