"""Several experiments side by side, each in a process of its own: one that breaks or is killed stops no other."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from neurosim.lab.command import EXIT_BAD_INPUT, EXIT_CHECK_FAILED
from neurosim.lab.findings import tally
from neurosim.lab.result import Result, read_result
from neurosim.lab.storage import MANIFEST
from neurosim.lab.threads import VARIABLES

_POLL = 0.05
_TIME_TO_UNWIND = 3.0


@dataclass(frozen=True)
class Job:
    """One experiment file with the options it is to be run with."""

    name: str
    path: Path
    options: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    job: Job
    code: int
    output: str
    result: Result | None


def run_jobs(
    jobs_to_do: Sequence[Job], *, jobs: int, out: Path, progress: bool = True, show_output: bool = False
) -> int:
    """Run the jobs, at most `jobs` at a time, then print a table of what came of each; returns the exit code.

    Exit codes: 0; 1 if a check failed or an experiment broke; 2 if an experiment refused its input.
    """
    outcomes: list[Outcome] = []
    waiting = list(jobs_to_do)
    running: list[_Process] = []
    display = _Display(len(waiting), progress)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_Process(waiting.pop(0)))
                display.show(len(outcomes), running)
            time.sleep(_POLL)
            for process in [p for p in running if p.ended()]:
                running.remove(process)
                outcomes.append(process.outcome())
                display.finished(outcomes[-1], len(outcomes), running)
            display.show(len(outcomes), running)
    finally:
        display.close()
        _stop(running)
    outcomes.sort(key=lambda outcome: outcome.job.name)
    if show_output:
        print("\n\n".join(outcome.output.strip() for outcome in outcomes))
    else:
        print(table(outcomes))
        print(f"folder  {out}")
    codes = {outcome.code for outcome in outcomes}
    return 0 if codes <= {0} else EXIT_BAD_INPUT if codes <= {0, EXIT_BAD_INPUT} else EXIT_CHECK_FAILED


def table(outcomes: Sequence[Outcome]) -> str:
    """Name, seconds, checks and claims of each experiment; below it, why the broken ones broke."""
    rows = [("experiment", "wall s", "checks", "claims")]
    trouble = []
    for outcome in outcomes:
        if outcome.result is None:
            rows.append((outcome.job.name, "-", "did not finish", ""))
            trouble.append(f"{outcome.job.name} (exit {outcome.code}):\n{_tail(outcome.output)}")
            continue
        held, failed = tally(outcome.result.findings)
        failures = [f.id for f in outcome.result.findings if f.verdict == "fails"]
        claims = ", ".join(f"{f.id} {f.verdict}" for f in outcome.result.findings if f.kind == "claim")
        before = " (done before)" if outcome.result.reused else ""
        checks = f"{held} held" + (f", {failed} FAILED: {', '.join(failures)}" if failed else "")
        rows.append((outcome.job.name, f"{outcome.result.run['wall_s']:.1f}{before}", checks, claims))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, *trouble])


class _Process:
    """A running job; its output goes to an unnamed file, which a full pipe can never block."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.began = time.monotonic()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the job)
        # Experiments already fill the cores; threads inside each would only fight for them.
        one = dict.fromkeys((*VARIABLES, "NUMBA_NUM_THREADS"), "1")
        environment = {**os.environ, **one, "MPLBACKEND": "agg"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "neurosim.lab", str(job.path), *job.options],
            stdout=self._output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C reaches the workers through their parent, once
        )

    def ended(self) -> bool:
        return self._process.poll() is not None

    def outcome(self) -> Outcome:
        self._output.seek(0)
        output = self._output.read().decode(errors="replace")
        self._output.close()
        code = self._process.returncode
        return Outcome(self.job, code, output, _result_in(output) if code in (0, EXIT_CHECK_FAILED) else None)

    def interrupt(self) -> None:
        if not self.ended():
            self._process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)

    def kill(self) -> None:
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._output.close()


class _Display:
    """Which experiments are done and which are running: a bar in a terminal, a line per event in a log."""

    def __init__(self, total: int, enabled: bool) -> None:
        from tqdm import tqdm

        self._total = total
        self._enabled = enabled
        self._bar = tqdm(total=total, desc="experiments", leave=False, disable=not (enabled and sys.stderr.isatty()))
        self._said = time.monotonic()

    def show(self, done: int, running: Sequence[_Process]) -> None:
        now = time.monotonic()
        names = ", ".join(f"{process.job.name} {now - process.began:.0f} s" for process in running)
        if not self._bar.disable:
            self._bar.set_postfix_str(names, refresh=now - self._said > 0.5)
        elif self._enabled and now - self._said > 30.0:
            print(f"{done} of {self._total} done; running: {names}", file=sys.stderr, flush=True)
        else:
            return
        if now - self._said > 0.5:
            self._said = now

    def finished(self, outcome: Outcome, done: int, running: Sequence[_Process]) -> None:
        word = {0: "done", EXIT_CHECK_FAILED: "done, a check failed"}.get(outcome.code, f"stopped, exit {outcome.code}")
        if outcome.code == EXIT_CHECK_FAILED and outcome.result is None:
            word = "broke"
        if not self._bar.disable:
            self._bar.update(1)
        elif self._enabled:
            print(f"[{done}/{self._total}] {outcome.job.name}: {word}", file=sys.stderr, flush=True)
            self._said = time.monotonic()

    def close(self) -> None:
        self._bar.close()


def _stop(running: Sequence[_Process]) -> None:
    for process in running:
        process.interrupt()
    deadline = time.monotonic() + _TIME_TO_UNWIND
    while time.monotonic() < deadline and not all(process.ended() for process in running):
        time.sleep(_POLL)
    for process in running:
        process.kill()


def _result_in(output: str) -> Result | None:
    lines = output.splitlines()
    folders = [line.removeprefix("folder  ") for line in lines if line.startswith("folder  ")]
    if not folders or not (Path(folders[-1]) / MANIFEST).is_file():
        return None
    return read_result(
        Path(folders[-1]), verify=False, reused=any(line.startswith("finished before") for line in lines)
    )


def _tail(output: str, lines: int = 12) -> str:
    return "\n".join(f"    {line}" for line in output.strip().splitlines()[-lines:]) or "    (it said nothing)"
