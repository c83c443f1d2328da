"""Run one experiment: claim the folder, compute, write tables, conclude and draw from what was written, publish."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from neurosim.lab.experiment import Experiment, load
from neurosim.lab.findings import Finding
from neurosim.lab.progress import Progress
from neurosim.lab.provenance import digest_of, parameters_record, peak_memory, run_record, values_of
from neurosim.lab.result import Result, read_result
from neurosim.lab.storage import (
    FAILED,
    claim,
    damage,
    finished,
    keep_failed,
    publish,
    release,
    write_bytes,
    write_json,
)
from neurosim.lab.tables import load_tables, save_tables
from neurosim.lab.threads import one_thread
from neurosim.params import ParameterError, Params


def run(
    experiment: Experiment | ModuleType | Path | str,
    parameters: Params | None = None,
    *,
    quick: bool = False,
    out: Path | str = "results",
    progress: bool | Progress = True,
    force: bool = False,
    command: str = "",
    notify: Callable[[str], None] = lambda text: None,
) -> Result:
    """Run an experiment, or return its result if exactly this run is already finished.

    Args:
        experiment: a loaded experiment, its module, or the path of its file.
        parameters: the experiment's `Parameters`; None for its defaults (with `quick` those of the quick run).
        quick: whether this counts as a quick run.
        out: folder of all results; this one goes to `<out>/<name>/<digest>/`.
        progress: False for silence.
        force: compute again even if the result is there.
        command: what repeats the run, for the record; made up from the parameters when empty.
        notify: told in one line what a person who waits should know.

    Raises:
        ParameterError: the experiment breaks its contract; tables computed by then are kept beside the result.
    """
    experiment = as_experiment(experiment)
    parameters = experiment.settings(quick=quick) if parameters is None else parameters
    root = Path(out) / experiment.name
    digest = digest_of(experiment, parameters)
    folder = root / digest
    if not force and is_done(folder, notify):
        return read_result(folder, reused=True, verify=False)
    partial = claim(root, digest, waiting=lambda pid: notify(_waiting(root / digest, pid)))
    try:
        if not force and is_done(folder):  # another process finished it while this one waited
            release(partial)
            return read_result(folder, reused=True, verify=False)
        command = command or command_line(experiment, parameters, quick=quick, out=out)
        record = run_record(experiment, parameters, command)
        write_json(partial / "parameters.json", parameters_record(experiment, parameters, quick))
        watch = progress if isinstance(progress, Progress) else Progress(progress)
        _compute(experiment, parameters, partial, watch, record)
    except BaseException:
        release(partial)
        raise
    return _conclude_and_publish(experiment, partial, record, notify)


def replot(
    experiment: Experiment | ModuleType | Path | str,
    parameters: Params | None = None,
    *,
    quick: bool = False,
    out: Path | str = "results",
    notify: Callable[[str], None] = lambda text: None,
) -> Result:
    """Draw the figure and its caption again, and conclude again, from the tables on disk; nothing is computed.

    The tables may come from an older version of the code (that is what redrawing is for): the newest result with these
    parameters is taken, or what a run that broke after computing has left.

    Raises:
        ParameterError: there are no tables for these parameters.
    """
    import shutil

    experiment = as_experiment(experiment)
    parameters = experiment.settings(quick=quick) if parameters is None else parameters
    root = Path(out) / experiment.name
    source = _tables_of(root, values_of(parameters))
    if source is None:
        raise ParameterError(
            f"--replot: {root} has no tables of {experiment.name} with these parameters; run it without --replot first"
        )
    partial = claim(root, source.name.removesuffix(FAILED))
    try:
        for path in source.iterdir():
            if not path.name.startswith("."):
                shutil.copyfile(path, partial / path.name)
        record: dict[str, Any] = read_json(partial / "run.json")
        record["redrawn"] = _now()
    except BaseException:
        release(partial)
        raise
    return _conclude_and_publish(experiment, partial, record, notify)


def as_experiment(experiment: Experiment | ModuleType | Path | str) -> Experiment:
    """The loaded experiment, from any of the ways to name one."""
    if isinstance(experiment, Experiment):
        return experiment
    if isinstance(experiment, ModuleType):
        return load(str(experiment.__file__))
    return load(experiment)


def is_done(folder: Path, notify: Callable[[str], None] = lambda text: None) -> bool:
    """Whether the folder holds a finished result whose every checksum is right."""
    if not folder.exists():
        return False
    fault = damage(folder)
    if fault:
        notify(f"{folder} is not used: {fault}; it is computed again")
    return not fault


def command_line(experiment: Experiment, parameters: Params, *, quick: bool, out: Path | str = "results") -> str:
    """The shortest command that repeats a run from the place where it was started."""
    import os
    import shlex

    path = os.path.relpath(experiment.path)
    words = ["python", str(experiment.path) if path.startswith("..") else path]
    words += ["--quick"] if quick else []
    reference = experiment.settings(quick=quick)
    for name in parameters.info():
        value = getattr(parameters, name)
        if value == getattr(reference, name):
            continue
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        else:
            words += [flag, *(map(repr, value) if isinstance(value, tuple) else [str(value)])]
    words += ["--out", str(out)] if Path(out) != Path("results") else []
    return shlex.join(words)


def read_json(path: Path) -> Any:
    """The content of a JSON file."""
    import json

    return json.loads(path.read_text(encoding="utf-8"))


@one_thread()
def _compute(
    experiment: Experiment, parameters: Params, partial: Path, progress: Progress, record: dict[str, Any]
) -> None:
    record["started"] = _now()
    wall, cpu = time.perf_counter(), time.process_time()
    tables = experiment.compute(parameters, progress)
    record["wall_s"] = round(time.perf_counter() - wall, 3)
    record["cpu_s"] = round(time.process_time() - cpu, 3)
    record["peak_memory_bytes"] = peak_memory()
    record["notes"] = progress.notes
    save_tables(partial, tables, experiment.columns)
    record["finished"] = _now()
    write_json(partial / "run.json", record)


@one_thread()
def _conclude_and_publish(
    experiment: Experiment, partial: Path, record: dict[str, Any], notify: Callable[[str], None]
) -> Result:
    """Everything downstream of the tables, from the tables as they were written, so that a redrawing sees the same."""
    from neurosim.plots import save_figure

    try:
        tables = load_tables(partial)
        findings = list(experiment.findings(tables))
        _check_findings(experiment, findings)
        write_json(partial / "findings.json", [finding.as_dict() for finding in findings])
        caption = experiment.caption(tables)
        write_bytes(partial / "caption.txt", (caption.strip() + "\n").encode())
        save_figure(experiment.figure(tables), partial / "figure")
        record["summary"] = experiment.summary(tables) if experiment.summary else ""
        write_json(partial / "run.json", record)
        write_bytes(partial / "README.md", _readme(read_result(partial, verify=False)).encode())
    except Exception:
        notify(f"the tables are kept in {keep_failed(partial)}: mend the experiment and draw them with --replot")
        raise
    except BaseException:
        release(partial)
        raise
    return read_result(publish(partial), verify=False)


def _check_findings(experiment: Experiment, findings: list[Finding]) -> None:
    for finding in findings:
        if not isinstance(finding, Finding):
            raise ParameterError(f"{experiment.name}: findings() returned {finding!r}, expected Finding objects")
    keys = [(finding.kind, finding.id) for finding in findings]
    twice = [key for key in keys if keys.count(key) > 1]
    if twice:
        raise ParameterError(f"{experiment.name}: two findings of kind {twice[0][0]!r} have the id {twice[0][1]!r}")
    decided = {finding.id for finding in findings if finding.kind == "claim"}
    for claim_id in sorted(decided ^ set(experiment.claims)):
        where = "findings() decide no such claim" if claim_id in experiment.claims else "it is decided, but not listed"
        raise ParameterError(f"{experiment.name}: CLAIMS and the claim {claim_id!r} disagree: {where}")


def _tables_of(root: Path, values: Mapping[str, Any]) -> Path | None:
    broken = sorted(root.glob(f"*{FAILED}")) if root.is_dir() else []
    for folder in [*reversed(finished(root)), *broken]:
        try:
            record = read_json(folder / "parameters.json")["parameters"]
        except (OSError, ValueError, KeyError):
            continue
        if {name: entry["value"] for name, entry in record.items()} == dict(values) and (folder / "run.json").exists():
            return folder
    return None


def _readme(result: Result) -> str:
    run = result.run
    kind = "quick run" if result.quick else "full run"
    return (
        f"# {run['title']}\n\n{run['question']}\n\n**Result ({kind}):** {result.outcome}\n\n{result.caption}\n\n"
        f"## Repeat\n\n    {run['command']}\n\n"
        "## Files\n\n"
        "`figure.png|pdf|svg` and `caption.txt`; every number in them: `*.csv`, with unit and meaning of each column\n"
        "in the `.json` of the same name; `findings.json`: checks, claims and reports; `parameters.json`;\n"
        "`run.json`: seed, versions, code, times, machine; `manifest.json`: SHA-256 of every file.\n"
    )


def _waiting(folder: Path, pid: int) -> str:
    return f"process {pid} is computing {folder} already; waiting for it (if it is gone, delete {folder}.partial)"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
