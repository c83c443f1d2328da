"""The ledger's statements by id: they live in one table, and questions name the id alone."""

import csv
from functools import cache
from pathlib import Path


@cache
def statements(path: Path) -> dict[str, str]:
    """What every claim of a ledger file states; empty where there is no such file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["statement"] for row in csv.DictReader(file)}
