"""The small run of every question, computed once in a test run: compared with frozen tables, drawn, and concluded from.

Its parameters stand in `regression/frozen/<chapter>/<question>/setting.toml`:

    [parameters]   small enough for a few seconds; `seed` is the seed of its one replicate (0 if not given)
    [left_out]     "table" or "table.column" = reason
    [rows]         table = "query": only these rows are compared (noisy recurrent spikes differ between processors)
    [every]        table = n: every n-th row is compared (neighbouring rows of a curve say the same)
    [rtol]         "table.column" = tolerance where the usual one is too narrow
"""

import functools
import os
import pickle
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from neurosim.lab.laboratory import Lab
from neurosim.lab.question import ask, needs_of
from neurosim.lab.question_files import name_of, questions
from neurosim.lab.rows import tables_of
from neurosim.real.table import lacking

ROOT = Path(__file__).parents[1]
EXPERIMENTS = ROOT / "experiments"
FROZEN = Path(__file__).parent / "regression" / "frozen"
SECTIONS = {"parameters", "left_out", "rows", "every", "rtol"}
QUESTIONS = {name_of(path): path for path in questions(EXPERIMENTS)}
LACKING = {name: reason for name, path in QUESTIONS.items() if (reason := lacking(needs_of(path)))}
"""Questions that cannot run here, since a trained network that they need was not fetched, with the reason."""


@dataclass(frozen=True)
class SmallRun:
    """The tables of one replicate, and what it noted of itself."""

    tables: dict
    notes: dict


def setting(name):
    """The sections of a question's setting.toml, each of them present."""
    file = FROZEN / name / "setting.toml"
    if not file.is_file():
        raise FileNotFoundError(
            f"the question {name!r} has no frozen tables: write {file.relative_to(ROOT)} (parameters of a run of a "
            f"few seconds; see the other folders), run `python tests/regression/freeze.py {name}`, commit the folder"
        )
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    unknown = set(given) - SECTIONS
    if unknown:
        raise ValueError(f"{file}: unknown section {sorted(unknown)}, known are {sorted(SECTIONS)}")
    return {section: given.get(section, {}) for section in SECTIONS}


@functools.cache
def shared():
    """Where the processes of a test run keep what questions share."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return Path(tempfile.mkdtemp(prefix="neurosim-shared-"))
    folder = Path(tempfile.gettempdir()) / f"neurosim-shared-{run}"
    folder.mkdir(exist_ok=True)
    return folder


@functools.cache
def small_run(name):
    """The small run. Its tables are shared: who changes one copies it first."""
    if name in LACKING:
        pytest.skip(LACKING[name])
    kept = shared() / f"{name.replace('/', '.')}.small"
    if kept.is_file():
        return pickle.loads(kept.read_bytes())
    found = _computed(name)
    partial = kept.with_name(f"{kept.name}.{os.getpid()}")
    partial.write_bytes(pickle.dumps(found))
    partial.replace(kept)
    return found


def _computed(name):
    given = dict(setting(name)["parameters"])
    seed = given.pop("seed", 0)
    question = ask(QUESTIONS[name])
    p = question.settings(**{key: tuple(v) if isinstance(v, list) else v for key, v in given.items()})
    lab = Lab(p, seed, shared())
    tables = tables_of(question.compute(p, seed, lab), question.tables, name)
    if question.random:
        for frame in tables.values():
            frame.insert(0, "seed", seed)
    return SmallRun(tables, lab.notes)


def replicates(name, seeds=3):
    """The small run's tables as if there were several replicates: what `answer`, `findings` and panels look at."""
    import pandas as pd

    tables = small_run(name).tables
    if not ask(QUESTIONS[name]).random:
        return SimpleNamespace(**tables)
    return SimpleNamespace(
        **{table: pd.concat([frame.assign(seed=seed) for seed in range(seeds)]) for table, frame in tables.items()}
    )
