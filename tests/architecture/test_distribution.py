"""What an installed package needs beside its modules is in the wheel: ledgers, record, templates, types."""

import fnmatch
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_of_the_packages_is_a_module_or_declared():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = settings["tool"]["setuptools"]["package-data"]
    listed = subprocess.run(
        ["git", "ls-files", "neurosim", "experiments"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "experiments/claims.csv" in listed
    left_out = [
        name
        for name in listed
        if not name.endswith(".py")
        and not any(fnmatch.fnmatch(name, f"{package}/{each}") for package in declared for each in declared[package])
    ]
    assert left_out == []
