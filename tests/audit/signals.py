"""SIGINT and SIGTERM at random moments of a run, from the first millisecond on."""

import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import toy_question
from entries import Count

LONGEST = 5.0
"""Seconds from the signal to the end."""
NAMES = {signal.SIGINT: 130, signal.SIGTERM: 143}


def interrupted(times: int) -> Count:
    """Runs in a folder with a space and a quote in its name: the exit code, no traceback, a command that goes on."""
    pick, count = random.Random(4), Count()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            place = Path(folder) / f"it's number {number}"
            place.mkdir()
            question = toy_question.write(place)
            words = ("run", question, "--pause", 0.2, "--jobs", 1, "--no-progress")
            kind = list(NAMES)[number % 2]
            process = toy_question.start(*words, cwd=place)
            time.sleep(pick.uniform(0.0, 2.5) * (number > 3) + 0.001 * number)
            process.send_signal(kind)
            count.add(_ended(process, kind, place, resume=number % 10 == 9))
    return count


def _ended(process: "subprocess.Popen[str]", kind: signal.Signals, place: Path, *, resume: bool) -> str | None:
    begun = time.monotonic()
    try:
        _, errors = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        return f"{kind.name}: it did not end"
    took, code = time.monotonic() - begun, process.returncode
    if code == 0:
        return None  # it was done before
    if code not in (NAMES[kind], -kind):  # the second before Python can take it, which a shell counts as the first
        return f"{kind.name}: exit code {code}"
    if "Traceback" in errors:
        return f"{kind.name}: a traceback that ends with {errors.strip().splitlines()[-1]}"
    if took > LONGEST:
        return f"{kind.name}: it took {took:.1f} s to end"
    commands = [line[line.index("neurosim run") :] for line in errors.splitlines() if "neurosim run" in line]
    if resume and commands:
        again = subprocess.run(
            [sys.executable, "-m", *shlex.split(commands[-1])], cwd=place, capture_output=True, text=True
        )
        return None if again.returncode == 0 else f"the command that goes on fails: {commands[-1]}"
    return None
