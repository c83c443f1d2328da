"""Short questions without HOME, under -O and -W error, without machine code, in folders with odd names."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import toy_question
from entries import Count

GONE = ("HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "DISPLAY", "LANG", "LC_ALL", "TERM")
"""Variables that are taken away where one is None."""
CASES: tuple[tuple[str, list[str], dict[str, str | None]], ...] = (
    ("no HOME", [], dict.fromkeys(("HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"))),
    ("a HOME that is a file", [], {"HOME": "/dev/null", "XDG_CACHE_HOME": None, "MPLCONFIGDIR": None}),
    ("python -O", ["-O"], {}),
    ("python -OO", ["-OO"], {}),
    ("no machine code", [], {"NUMBA_DISABLE_JIT": "1"}),
    ("no display, no language", [], dict.fromkeys(("DISPLAY", "LANG", "LC_ALL", "TERM"))),
    ("the C locale", [], {"LC_ALL": "C", "PYTHONUTF8": "0"}),
    (
        "warnings are errors",
        ["-W", "error", "-W", "ignore::DeprecationWarning", "-W", "ignore::PendingDeprecationWarning"],
        {},
    ),
    ("no writing of bytecode", ["-B"], {"PYTHONHASHSEED": "7"}),
)
QUESTIONS = ("toy", "inhibition/mach_bands", "neurons/negative_drive")


def short_questions(times: int) -> Count:
    """Every question in every surrounding, in a folder called `ä b 神经`."""
    count = Count()
    questions = [name for name in QUESTIONS if name == "toy" or (toy_question.ROOT / f"experiments/{name}.py").exists()]
    pairs = [(question, case) for question in questions for case in CASES]
    for question, case in pairs[:times]:
        count.add(problem_of(question, *case))
    return count


def problem_of(question: str, name: str, options: list[str], changes: dict[str, str | None]) -> str | None:
    """What goes wrong with one question in one surrounding; None if nothing does."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "ä b 神经"
        place.mkdir()
        path = toy_question.write(place) if question == "toy" else question
        environment = {**os.environ, "PYTHONPATH": str(toy_question.ROOT)} | {k: v for k, v in changes.items() if v}
        for key in (key for key, value in changes.items() if value is None):
            environment.pop(key, None)
        command = [sys.executable, *options, "-m", "neurosim", "run", str(path), "--quick", "--jobs", "1"]
        done = subprocess.run(
            [*command, "--no-progress"], cwd=place, env=environment, capture_output=True, text=True, encoding="utf-8"
        )
        if done.returncode or "Traceback" in done.stderr:
            return f"{question}, {name}: {[*done.stderr.strip().splitlines(), '?'][-2:]}"
        return None
