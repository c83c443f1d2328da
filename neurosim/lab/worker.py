"""A worker: `python -m neurosim.lab.worker` reads tasks from its input, line by line, and answers each with a line.

It lives as long as its parent: when the input ends, it ends at once. Interruptions are its parent's business.
"""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from neurosim.params import DimensionError, ParameterError


def main() -> None:
    """Serve until the input ends."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a question prints goes to the log; the way back to the parent is this one's alone.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    jobs: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    while True:
        answer(answers, serve(json.loads(jobs.get())))


def _listen(jobs: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        jobs.put(line)
    os._exit(0)


def answer(stream: IO[str], reply: dict[str, Any]) -> None:
    """One line to the parent."""
    stream.write(json.dumps(reply) + "\n")
    stream.flush()


def serve(job: dict[str, Any]) -> dict[str, Any]:
    """Carry out one job; what went wrong is part of the answer."""
    from neurosim.lab.store import BusyError, StorageError

    try:
        return {"state": "done", **carry_out(job)}
    except BusyError as waiting:
        return {"state": "busy", "text": str(waiting)}
    except (ParameterError, DimensionError, StorageError) as mistake:
        return {"state": "refused", "text": str(mistake), "full": isinstance(mistake, StorageError)}
    except Exception:
        return {"state": "broke", "text": traceback.format_exc(limit=-6)}


def carry_out(job: dict[str, Any]) -> dict[str, Any]:
    """A task is computed and stored; a conclusion is drawn from stored tasks.

    Raises:
        ParameterError: the code is no longer that of the run, so that numbers of two versions would lie side by side.
    """
    from neurosim.lab.code import code_of, numbers_code
    from neurosim.lab.question import ask

    question = ask(Path(job["path"]))
    if (numbers_code if job["kind"] == "task" else code_of)(question.path) != job["code"]:
        raise ParameterError(
            f"{question.name}: its code or the package's changed after the run began; run it again (what was finished "
            "before the change stays with the old code)"
        )
    parameters = question.parameters(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in job["parameters"].items()}
    )
    out = Path(job["out"])
    if job["kind"] == "task":
        from neurosim.lab.tasks import Task, perform

        task = Task(question.path, question.name, parameters, job["seed"], job["code"])
        meta = perform(task, out, again=job["again"])
        return {"wall_s": meta["wall_s"]}
    from neurosim.lab.outcome import conclude

    seeds = range(job["first"], job["first"] + job["count"])
    folder = conclude(question, parameters, seeds, out, quick=job["quick"], command=job["command"])
    return {"folder": str(folder)}


if __name__ == "__main__":
    main()
