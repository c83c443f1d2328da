"""From the parts of a run to its folder: tables, answer, findings, figure, caption; drawn from what lies on disk."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from neurosim.lab.claims import statements
from neurosim.lab.code import code_of
from neurosim.lab.digests import digests
from neurosim.lab.findings import Finding
from neurosim.lab.provenance import git_state, machine, versions
from neurosim.lab.question import MOST_FINDINGS, Question
from neurosim.lab.rows import Row
from neurosim.lab.storage import publish_files, write_bytes, write_json
from neurosim.lab.tables import load_tables
from neurosim.lab.tasks import gather, tasks_of, values_of
from neurosim.params import ParameterError, Params

if TYPE_CHECKING:
    import pandas as pd


def folder_of(question: Question, parameters: Params, seeds: range, out: Path) -> Path:
    """Where the result of a run lies."""
    import hashlib
    import json

    content = {
        "question": question.name, "code": code_of(question.path), "parameters": values_of(parameters),
        "seeds": [seeds.start, len(seeds)],
    }  # fmt: skip
    return out / question.name / hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def conclude(
    question: Question, parameters: Params, seeds: range, out: Path, *, quick: bool, command: str
) -> Path:  # fmt: skip
    """Gather a finished run's parts, and publish its folder by one rename. Returns the folder."""
    tables, parts = gather(tasks_of(question, parameters, seeds), out, random=question.random)
    final = folder_of(question, parameters, seeds, out)
    partial = final.with_name(f"{final.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        for table in question.tables:
            _save_table(partial, table, tables[table.name()], random=question.random)
        described = {
            name: {"value": getattr(parameters, name), "unit": info.unit, "meaning": info.doc}
            for name, info in parameters.info().items()
        }
        write_json(partial / "parameters.json", {"experiment": question.name, "quick": quick, "parameters": described})
        record = _record(question, parameters, seeds, parts, command)
        _draw(question, partial, record)
        publish_files(partial, final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return final


def redraw(question: Question, source: Path) -> Path:
    """Answer, findings, figure and caption of a result again, from its tables; the record says which code drew."""
    import json

    partial = source.with_name(f"{source.name}.partial-{os.getpid()}")
    shutil.copytree(source, partial)
    try:
        record = json.loads((partial / "run.json").read_text(encoding="utf-8"))
        record["redrawn"] = _now()
        record["redrawn_by"] = {"code": code_of(question.path), "git": git_state(question.path.parent)}
        _draw(question, partial, record)
        publish_files(partial, source)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return source


def tables_in(folder: Path) -> SimpleNamespace:
    """The tables of a result by name, as `answer`, `findings` and panels get them."""
    import numpy as np

    tables = load_tables(folder)
    for path in sorted(folder.glob("*.npz")):
        table, _, column = path.stem.partition(".")
        with np.load(path, allow_pickle=False) as archive:
            tables[table][column] = [archive[str(row)] for row in range(len(tables[table]))]
    return SimpleNamespace(**tables)


def _save_table(folder: Path, table: type[Row], frame: "pd.DataFrame", *, random: bool) -> None:
    import io

    import numpy as np

    columns = table.columns()
    described = {each.name: {"unit": each.unit, "meaning": each.meaning, "type": each.kind} for each in columns}
    if random:
        described = {"seed": {"unit": "1", "meaning": "seed of the replicate", "type": "int"}} | described
    for each in columns:
        if each.kind == "array":
            buffer = io.BytesIO()
            np.savez_compressed(buffer, **{str(row): value for row, value in enumerate(frame[each.name])})
            write_bytes(folder / f"{table.name()}.{each.name}.npz", buffer.getvalue())
            frame = frame.assign(**{each.name: ["x".join(map(str, np.shape(v))) for v in frame[each.name]]})
            described[each.name]["type"] = "text"
    write_bytes(folder / f"{table.name()}.csv", frame.to_csv(index=False, lineterminator="\n").encode())
    write_json(folder / f"{table.name()}.json", {"table": table.name(), "rows": len(frame), "columns": described})


def _record(
    question: Question, parameters: Params, seeds: range, parts: list[dict[str, Any]], command: str
) -> dict[str, Any]:
    notes: dict[str, list[Any]] = {}
    for part in parts:
        for name, values in part["notes"].items():
            notes.setdefault(name, []).extend(value for value in values if value not in notes.get(name, []))
    return {
        "experiment": question.name,
        "title": question.title,
        "question": question.question,
        "seeds": [seeds.start, len(seeds)],
        "seed": f"{seeds.start} to {seeds.stop - 1}" if question.random else "none: nothing is random",
        "started": min(part["started"] for part in parts),
        "command": command,
        "code": code_of(question.path),
        "numbers": digests(question)["numbers"],
        "git": git_state(question.path.parent),
        "wall_s": round(sum(part["wall_s"] for part in parts), 3),
        "cpu_s": round(sum(part["cpu_s"] for part in parts), 3),
        "peak_memory_bytes": max((part["peak_memory_bytes"] or 0) for part in parts) or None,
        "notes": notes,
        "shared": sorted({each for part in parts for each in part["shared"]}),
        "finished": _now(),
        "versions": versions(),
        "machine": machine(),
    }


def _draw(question: Question, folder: Path, record: dict[str, Any]) -> None:
    from neurosim.lab.drawing import draw, panels_of
    from neurosim.plots import save_figure

    t = tables_in(folder)
    record["summary"] = question.answer(t)
    findings = _findings(question, t)
    record["rule"] = digests(question)["rule"]
    record["claims"] = [finding.id for finding in findings if finding.kind == "claim"]
    drawing = draw(question, t)
    save_figure(drawing.figure, folder / "figure")
    record["panels"], caption = panels_of(drawing), drawing.caption
    write_json(folder / "findings.json", [finding.as_dict() for finding in findings])
    write_bytes(folder / "caption.txt", (caption + "\n").encode())
    write_json(folder / "run.json", record)
    write_bytes(folder / "README.md", _readme(record, caption).encode())


def _findings(question: Question, t: Any) -> list[Finding]:
    import dataclasses

    known = statements(question.path.parents[1] / "claims.csv")
    found = []
    for finding in question.findings(t):
        if not isinstance(finding, Finding):
            raise ParameterError(f"{question.name}: findings yielded {finding!r:.60}, expected check, claim or report")
        if finding.kind == "claim":
            if finding.id not in known:
                raise ParameterError(f"{question.name}: the ledger has no claim {finding.id!r}")
            finding = dataclasses.replace(finding, statement=known[finding.id])
        found.append(finding)
    ids = [finding.id for finding in found]
    if len(set(ids)) < len(ids):
        raise ParameterError(f"{question.name}: the findings {', '.join(ids)} have an id twice, expected each once")
    if len(found) > MOST_FINDINGS:
        raise ParameterError(f"{question.name}: it has {len(found)} findings, expected at most {MOST_FINDINGS}")
    return found


def _readme(run: dict[str, Any], caption: str) -> str:
    return (
        f"# {run['title']}\n\n**{run['summary']}**\n\n{caption}\n\n## Repeat\n\n    {run['command']}\n\n"
        "## Files\n\n"
        "`figure.png|pdf|svg` and `caption.txt`; every number in them: `*.csv`, with unit and meaning of each column\n"
        "in the `.json` of the same name; `findings.json`: checks, claims and reports; `parameters.json`;\n"
        "`run.json`: seeds, versions, code, times, machine; `manifest.json`: SHA-256 of every file.\n"
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
