"""The scheduler: warm workers share jobs; one that dies costs its job alone, which is tried again."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

TRIES = 3
"""How often a job may cost its worker its life."""
_PATIENCE = 0.5
"""Seconds until a job that another run is computing is looked at again."""
_POLL = 0.2

# A sum over another number of threads is another sum: products of matrices have one thread everywhere.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
               "NUMEXPR_NUM_THREADS")  # fmt: skip
_BEGIN = (
    f"import sys; sys.path.append({str(Path(__file__).resolve().parents[2])!r}); "
    "from neurosim.lab.worker import main; sys.exit(main())"
)
"""A folder of the name `neurosim` where somebody works must not hide the package, so that folder is not searched."""


@dataclass(eq=False)
class Job:
    """Something to be done in a worker, and what came of it.

    `state` is "waiting", "running", "done", "refused" (bad input), "broke" (an exception, a dead worker).
    """

    what: dict[str, Any]
    label: str
    after: "tuple[Job, ...]" = ()
    """Jobs that have to be done first; where one of them fails, this one is not begun."""
    state: str = "waiting"
    reply: dict[str, Any] = field(default_factory=dict)
    tries: int = 0
    begun: float = 0.0
    not_before: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in ("waiting", "running")


class Workers:
    """Some workers, begun when there is work for them and kept warm until the end.

        with Workers(2) as workers:
            workers.run(jobs, told)

    Results do not depend on how many there are: every worker multiplies matrices with one thread, and the compiled
    engine's threads (all cores shared between the workers) change no bit.
    """

    def __init__(self, count: int, cores: int) -> None:
        self.count, self.threads = count, max(1, cores // count)
        self.idle: list[_Worker] = []
        self.busy: dict[_Worker, Job] = {}
        self.replies: queue.Queue[tuple[_Worker, str | None]] = queue.Queue()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in [*self.idle, *self.busy]:
            worker.kill()

    def run(self, jobs: Iterable[Job], told: Callable[[Job], None] = lambda job: None) -> None:
        """Go through the jobs; `told` hears of each that ends, and of each that has to wait for another run."""
        waiting = deque(jobs)
        while waiting or self.busy:
            self._hand_out(waiting, told)
            try:
                worker, line = self.replies.get(timeout=_POLL)
            except queue.Empty:
                continue
            job = self.busy.pop(worker, None)
            if job is None:
                self.idle = [each for each in self.idle if each is not worker]
                worker.kill()
                continue
            if line is None:
                self._died(worker, job, waiting)
                worker.kill()
            else:
                self._answered(worker, job, json.loads(line), waiting, told)
            if job.ended:
                told(job)

    def _hand_out(self, waiting: deque[Job], told: Callable[[Job], None]) -> None:
        now = time.monotonic()
        for _ in range(len(waiting)):
            if len(self.busy) >= self.count:
                return
            job = waiting.popleft()
            if any(first.ended and first.state != "done" for first in job.after):
                job.state = "skipped"
                told(job)
            elif job.not_before > now or any(first.state != "done" for first in job.after):
                waiting.append(job)
            else:
                worker = self.idle.pop() if self.idle else _Worker(self.threads, self.replies)
                self.busy[worker] = job
                job.state, job.begun = "running", now
                worker.send(job.what)

    def _died(self, worker: "_Worker", job: Job, waiting: deque[Job]) -> None:
        job.tries += 1
        if job.tries < TRIES:
            job.state = "waiting"
            waiting.appendleft(job)
            return
        job.state = "broke"
        job.reply = {"text": f"its worker died {TRIES} times ({worker.end()}); last words:\n{worker.words()}"}

    def _answered(
        self, worker: "_Worker", job: Job, reply: dict[str, Any], waiting: deque[Job], told: Callable[[Job], None]
    ) -> None:
        self.idle.append(worker)
        job.reply = reply
        if reply["state"] != "busy":
            job.state = reply["state"]
            return
        job.state = "waiting"
        if not job.not_before:
            told(job)
        job.not_before = time.monotonic() + _PATIENCE
        waiting.append(job)


class _Worker:
    """A process; its output goes to an unnamed file, which a full pipe can never block."""

    def __init__(self, threads: int, replies: "queue.Queue[tuple[_Worker, str | None]]") -> None:
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        environment = {
            **os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "NUMBA_NUM_THREADS": str(threads), "MPLBACKEND": "agg"
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _BEGIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
            start_new_session=True,  # Ctrl-C reaches it through its parent
        )
        threading.Thread(target=self._listen, args=(replies,), daemon=True).start()

    def _listen(self, replies: "queue.Queue[tuple[_Worker, str | None]]") -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            replies.put((self, line.decode()))
        self.process.wait()
        replies.put((self, None))

    def send(self, what: dict[str, Any]) -> None:
        """Hand it a job; a worker that has just died is noticed by its listener."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write(json.dumps(what).encode() + b"\n")
            self.process.stdin.flush()

    def end(self) -> str:
        """How it ended, in words."""
        code = self.process.wait()
        return f"signal {-code}" if code < 0 else f"exit {code}"

    def words(self, lines: int = 8) -> str:
        """The end of what it printed."""
        self.log.seek(0)
        said = self.log.read().decode(errors="replace").strip().splitlines()[-lines:]
        return "\n".join(said) or "(it said nothing)"

    def kill(self) -> None:
        """End it at once; nothing half-written is left behind."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self.log.close()
