"""One sha256 for every table and figure, whatever the workers, threads, hash seeds and the order of imports."""

import hashlib
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import toy_question
from entries import Count

ENVIRONMENTS = (
    ("1", {}),
    ("2", {"OMP_NUM_THREADS": "4", "NUMBA_NUM_THREADS": "2", "PYTHONHASHSEED": "1"}),
    ("4", {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "3", "PYTHONHASHSEED": "2"}),
    ("1", {"PYTHONHASHSEED": "3", "NEUROSIM_AUDIT_FIRST": "brian2"}),
    ("2", {"PYTHONHASHSEED": "4", "NEUROSIM_AUDIT_FIRST": "matplotlib.pyplot"}),
    ("4", {"PYTHONHASHSEED": "5", "MKL_NUM_THREADS": "1", "NEUROSIM_AUDIT_FIRST": "numba"}),
)
QUESTIONS = ("toy", "inhibition/mach_bands", "neurons/negative_drive")
FIRST = """
import importlib, os
if "NEUROSIM_AUDIT_FIRST" in os.environ:
    importlib.import_module(os.environ["NEUROSIM_AUDIT_FIRST"])
"""


def tables_and_figures(times: int) -> Count:
    """Every question in every surrounding: the files of tables and figures have one digest each."""
    count, known = Count(), dict[str, str]()
    known_questions = [
        name for name in QUESTIONS if name == "toy" or (toy_question.ROOT / f"experiments/{name}.py").exists()
    ]
    for question, (jobs, environment) in itertools.islice(itertools.product(known_questions, ENVIRONMENTS), times):
        with tempfile.TemporaryDirectory() as folder:
            path = toy_question.write(Path(folder)) if question == "toy" else question
            words = ["run", str(path), "--quick", "--jobs", jobs, "--no-progress", "--out", f"{folder}/results"]
            code = f"{FIRST}import sys\nsys.argv = ['neurosim', *{words!r}]\nfrom neurosim.__main__ import main\nmain()"
            variables = {**os.environ, "PYTHONPATH": str(toy_question.ROOT), **environment}
            done = subprocess.run(
                [sys.executable, "-c", code], cwd=folder, env=variables, capture_output=True, text=True
            )
            digest = digest_of(Path(folder) / "results")
            first = known.setdefault(question, digest)
            problem = done.stderr.strip().splitlines()[-1:] if done.returncode else []
            count.add(
                f"{question}: {problem}" if problem else None if digest == first else f"{question}: {environment}"
            )
    return count


def digest_of(results: Path) -> str:
    """Of all tables and figures of a run, by name."""
    files = sorted(path for kind in ("csv", "png", "svg", "pdf") for path in results.glob(f"*/*/*/*.{kind}"))
    content = b"".join(path.name.encode() + hashlib.sha256(path.read_bytes()).digest() for path in files)
    return hashlib.sha256(content).hexdigest() if files else ""
