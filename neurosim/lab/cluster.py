"""The same tasks on an existing dask scheduler (the extra "cluster"), whose workers see the same results folder."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from neurosim.lab.workers import TRIES, Job
from neurosim.params import ParameterError

_POLL = 0.5
_PATIENCE = "10s"
"""How long a scheduler may take to answer."""


class Cluster:
    """Takes the place of [Workers][neurosim.lab.workers.Workers]: `with Cluster("tcp://...") as pool: pool.run(jobs)`.

    Raises:
        ParameterError: dask.distributed is not installed, or nobody answers at the address.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ParameterError(
                '--cluster needs dask.distributed: pip install "neurosim-ladder[cluster]" here and on the workers'
            ) from None
        try:
            make: Any = Client
            self.client = make(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as fault:
            raise ParameterError(f"--cluster: no dask scheduler answers at {address!r} ({fault})") from None

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *exception: object) -> None:
        self.client.close()

    def run(self, jobs: Iterable[Job], told: Callable[[Job], None] = lambda job: None) -> None:
        """Go through the jobs; dask itself moves the tasks of a worker that died to another."""
        waiting, running = list(jobs), dict[Any, Job]()
        while waiting or running:
            for job in list(waiting):
                if any(first.ended and first.state != "done" for first in job.after):
                    job.state = "skipped"
                    told(job)
                elif job.not_before > time.monotonic() or any(first.state != "done" for first in job.after):
                    continue
                else:
                    # Not pure: a job that is given again, because another run held its part, is another one.
                    running[self.client.submit(serve, job.what, pure=False, retries=0)] = job
                    job.state = "running"
                waiting.remove(job)
            for future in [future for future in running if future.done()]:
                job = running.pop(future)
                self._ended(future, job, waiting)
                if job.ended or (job.state == "waiting" and job.tries == 1):
                    told(job)
            time.sleep(_POLL if running else 0.0)

    def _ended(self, future: Any, job: Job, waiting: list[Job]) -> None:
        if future.status == "finished":
            job.reply = future.result()
            job.state = job.reply["state"]
            if job.state == "busy":
                job.state, job.not_before = "waiting", time.monotonic() + _POLL
                job.tries += 1
                waiting.append(job)
            return
        job.state = "broke"
        job.reply = {"text": f"dask gave up on it: {future.exception()!r} (after {TRIES} dead workers)"}


def serve(what: dict[str, Any]) -> dict[str, Any]:
    """One job, on a worker of the cluster."""
    from threadpoolctl import threadpool_limits

    from neurosim.lab.worker import serve as serve_here

    # A sum over another number of threads is another sum.
    with threadpool_limits(limits=1, user_api="blas"):
        return serve_here(what)
