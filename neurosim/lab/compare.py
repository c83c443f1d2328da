"""Two results side by side: what differs in parameters, findings and numbers; and a result run once more."""

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.lab.findings import Finding
from neurosim.lab.question import ask
from neurosim.lab.result import Result, read_result
from neurosim.lab.runs import Request, run_all
from neurosim.lab.storage import damage
from neurosim.lab.telling import FailedError, say
from neurosim.params import ParameterError

if TYPE_CHECKING:
    import pandas as pd


def compare(one: Path, other: Path) -> str:
    """What differs between two results, or between two sweeps, line by line.

    Raises:
        ParameterError: a folder holds no undamaged result.
    """
    for folder in (one, other):
        if fault := damage(folder):
            raise ParameterError(f"{folder} is no undamaged result: {fault}")
    lines = list(_differences(one, other))
    return "\n".join(lines) if lines else "no difference in parameters, findings or numbers"


def verify(folder: Path, find: Callable[[str], Path], *, jobs: int = 0) -> tuple[str, bool]:
    """Run a result again from nothing, with the code of now, and compare; returns the text and whether all is equal.

    Raises:
        ParameterError: the folder holds no undamaged result, or its question is not here.
        FailedError: it could not be run again.
    """
    result = read_result(folder)
    question = ask(find(result.name))
    values = {
        name: tuple(v) if isinstance(v := entry["value"], list) else v for name, entry in result.parameters.items()
    }
    request = Request(
        question=question, parameters=question.parameters(**values), first=result.run["seeds"][0], quick=result.quick
    )
    with tempfile.TemporaryDirectory() as scratch:
        again = run_all([request], Path(scratch), jobs=jobs, told=say)[0]
        if isinstance(again, str):
            raise FailedError(again)
        lines = list(_differences(folder, again.folder))
    code = "the same code" if again.run["code"] == result.run["code"] else "other code than then"
    if lines:
        return f"{folder} differs from a run of now ({code}; then | now):\n" + "\n".join(lines), False
    return f"{folder} came out the same, every number to the last digit ({code})", True


def _differences(one: Path, other: Path) -> Iterator[str]:
    if (one / "run.json").exists() and (other / "run.json").exists():
        a, b = read_result(one, verify=False), read_result(other, verify=False)
        if a.name != b.name:
            yield f"question: {a.name} | {b.name}"
        yield from _parameters(a, b)
        yield from _findings(a, b)
    else:
        first, second = (json.loads((folder / "sweep.json").read_text(encoding="utf-8")) for folder in (one, other))
        for key in ("question", "over"):
            if first[key] != second[key]:
                yield f"{key}: {first[key]} | {second[key]}"
    yield from _numbers(one, other)


def _parameters(a: Result, b: Result) -> Iterator[str]:
    for name in dict.fromkeys([*a.parameters, *b.parameters]):
        values = [result.parameters.get(name, {}).get("value", "(none)") for result in (a, b)]
        if values[0] != values[1]:
            yield f"parameter {name}: {values[0]} | {values[1]}"
    if a.run["seeds"] != b.run["seeds"]:
        yield f"seeds (first, number): {a.run['seeds']} | {b.run['seeds']}"


def _findings(a: Result, b: Result) -> Iterator[str]:
    found = [{finding.id: finding for finding in result.findings} for result in (a, b)]
    for name in dict.fromkeys([*found[0], *found[1]]):
        words = [_words(each.get(name)) for each in found]
        if words[0] != words[1]:
            yield f"{name}: {words[0]} | {words[1]}"


def _words(finding: Finding | None) -> str:
    if finding is None:
        return "(none)"
    value = f"{finding.value:.6g}" if isinstance(finding.value, float) else str(finding.value)
    return f"{value} {finding.verdict}".strip()


def _numbers(one: Path, other: Path) -> Iterator[str]:
    import pandas as pd

    for name in sorted({path.name for folder in (one, other) for path in folder.glob("*.csv")}):
        paths = [folder / name for folder in (one, other)]
        if not all(path.exists() for path in paths):
            yield f"{name}: only in {one if paths[0].exists() else other}"
            continue
        frames = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths]
        if list(frames[0]) != list(frames[1]) or len(frames[0]) != len(frames[1]):
            yield f"{name}: {_shape(frames[0])} | {_shape(frames[1])}"
            continue
        for column in frames[0]:
            if words := _column(frames[0][column], frames[1][column]):
                yield f"{name}, {column}: {words}"


def _shape(frame: "pd.DataFrame") -> str:
    return f"{len(frame)} rows of {', '.join(frame)}"


def _column(a: "pd.Series[Any]", b: "pd.Series[Any]") -> str:
    import numpy as np
    import pandas as pd

    wrong = np.flatnonzero((a != b).to_numpy())
    if not len(wrong):
        return ""
    x, y = pd.to_numeric(a, errors="coerce"), pd.to_numeric(b, errors="coerce")
    largest = np.nanmax(np.abs(x - y).to_numpy()[wrong], initial=0.0)
    size = f", largest difference {largest:.3g}" if largest > 0 else ""
    return f"{len(wrong)} of {len(a)} rows differ (row {wrong[0]}: {a.iloc[wrong[0]]} | {b.iloc[wrong[0]]}){size}"
