"""The small run of every experiment, computed once in a process: it is compared with frozen tables and looked at by
the experiment's own tests. Its parameters stand in `regression/frozen/<experiment>/setting.toml`."""

import functools
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from neurosim.lab.experiment import load
from neurosim.lab.progress import Progress

ROOT = Path(__file__).parents[1]
EXPERIMENTS = ROOT / "experiments"
FROZEN = Path(__file__).parent / "regression" / "frozen"
SECTIONS = {"parameters", "left_out", "rows", "every", "rtol"}


@dataclass(frozen=True)
class SmallRun:
    """What a small run gave: all tables, and what it noted of itself (the engines that ran)."""

    tables: dict
    notes: dict


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


def parameters(name):
    """The parameters of the small run."""
    given = setting(name)["parameters"]
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


@functools.cache
def small_run(name):
    """The small run. Its tables are shared: who changes one copies it first."""
    key = f"{EXPERIMENTS.name}.{name}"
    known = sys.modules.get(key)
    experiment, progress = load(EXPERIMENTS / f"{name}.py"), Progress(enabled=False)
    if known is not None:
        sys.modules[key] = known  # a test that has loaded the experiment itself may patch that module
    return SmallRun(experiment.compute(experiment.settings(**parameters(name)), progress), progress.notes)
