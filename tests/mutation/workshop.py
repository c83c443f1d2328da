"""A copy of the project in which a defect is planted, and processes that run tests in it.

Importing NumPy, Brian2 and pytest takes longer than most tests. So this process imports them once and none of neurosim,
and forks one child for each defect. The working tree is never touched.
"""

import contextlib
import gc
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from defects import ROOT, Defect, planted

COPIED = ("neurosim", "tests", "experiments", "benchmarks", "pyproject.toml", "README.md", "CHANGELOG.md", "Makefile")
HEAVY = (
    "pytest", "_pytest.assertion.rewrite", "numpy", "scipy.integrate", "scipy.linalg", "scipy.sparse", "scipy.stats",
    "scipy.special", "scipy.optimize", "scipy.signal", "scipy.ndimage", "pandas", "sympy", "numba", "brian2",
    "sklearn.linear_model", "sklearn.neural_network", "sklearn.decomposition", "matplotlib.figure", "hypothesis",
    "hypothesis.extra.numpy", "threadpoolctl", "tqdm", "jinja2", "tyro", "PIL.Image",
)  # fmt: skip


LIGHT = tuple(
    name for name in HEAVY if name.partition(".")[0] in ("pytest", "_pytest", "numpy", "scipy", "threadpoolctl")
)
"""What nearly every quick test needs."""


class Killer:
    """A plugin of pytest that remembers the first test that fails, and how."""

    def __init__(self) -> None:
        self.test, self.how, self.passed = "", "", 0

    def pytest_runtest_logreport(self, report):  # type: ignore[no-untyped-def]
        if report.failed and not self.test:
            self.test, self.how = report.nodeid, _last_line(report)
        self.passed += report.when == "call" and report.passed

    def pytest_collectreport(self, report):  # type: ignore[no-untyped-def]
        if report.failed and not self.test:
            self.test, self.how = report.nodeid or "collection", _last_line(report)


def _last_line(report: object) -> str:
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    text = getattr(crash, "message", str(getattr(report, "longrepr", "")))
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:120]


class Workshop:
    """The copy, and children that run tests in it; `imported` is what this process imports for all of them."""

    def __init__(self, imported: tuple[str, ...] = HEAVY) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="planted-")).resolve()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy2(source, self.folder / name)
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
            os.environ[name] = "1"
        os.environ["NUMBA_CACHE_DIR"] = str(self.folder / "machine_code")
        for name in imported:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.collect()
        gc.freeze()
        assert not any(name.partition(".")[0] == "neurosim" for name in sys.modules)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def holding(self, defect: Defect) -> Iterator[bool]:
        """The copy with the defect in it; says whether it could be planted."""
        text, path = planted(defect), self.folder / defect.file
        if text is None:
            yield False
            return
        whole, times = path.read_text(encoding="utf-8"), path.stat()
        try:
            path.write_text(text, encoding="utf-8")
            yield True
        finally:
            path.write_text(whole, encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def test(
        self, tests: list[str], seconds: float, *, plugin: object = None, interpreted: bool = False
    ) -> dict[str, object]:
        """Run tests in a child until one fails; a child that takes longer than these seconds is ended."""
        reading, writing = os.pipe()
        start = time.perf_counter()
        child = os.fork()
        if not child:
            os.close(reading)
            os.setpgid(0, 0)
            self._child(tests, writing, plugin, interpreted)
        os.close(writing)
        answer = _read(reading, start + seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        took = round(time.perf_counter() - start, 2)
        if answer is None:
            late = took >= seconds
            return {
                "test": tests[0],
                "how": f"no end in {seconds:g} s" if late else "the process died",
                "seconds": took,
                "passed": 0,
            }
        return json.loads(answer) | {"seconds": took}

    def _child(self, tests: list[str], writing: int, plugin: object, interpreted: bool) -> None:
        try:
            nowhere = os.open(self.folder / "output.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            for descriptor in (1, 2):
                os.dup2(nowhere, descriptor)
            os.chdir(self.folder)
            sys.dont_write_bytecode = plugin is None
            sys.path[:0] = [str(self.folder)]
            os.environ |= {"PYTHONPATH": str(self.folder)}
            if plugin is None:
                os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            if interpreted:
                import numba

                os.environ["NUMBA_DISABLE_JIT"] = "1"
                numba.config.DISABLE_JIT = 1
            import pytest

            killer = Killer()
            quiet = [
                f"-Wignore::pytest.{each}"
                for each in ("PytestAssertRewriteWarning", "PytestUnraisableExceptionWarning")
            ]
            options = [
                "-x",
                "-q",
                *quiet,
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                "-p",
                "no:benchmark",
                "--noconftest",
                "-o",
                "addopts=",
                f"--rootdir={self.folder}",
            ]
            options = options[1:] if plugin is not None else options
            code = int(pytest.main([*options, *tests], plugins=[killer, *([plugin] if plugin is not None else [])]))
            answer = {"test": killer.test, "how": killer.how, "passed": killer.passed, "code": code}
            os.write(writing, json.dumps(answer).encode())
        except BaseException:
            os.write(
                writing, json.dumps({"test": tests[0], "how": traceback.format_exc()[-300:], "passed": 0}).encode()
            )
        finally:
            os._exit(0)


def _read(descriptor: int, until: float) -> str | None:
    import select

    content = b""
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        while (left := until - time.perf_counter()) > 0:
            if not select.select([file], [], [], left)[0]:
                return None
            if not (part := file.read(65536)):
                return content.decode() or None
            content += part
    return None
