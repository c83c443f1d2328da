"""Where a result comes from: versions, code and machine."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DISTRIBUTION = "neurosim-ladder"
_LIBRARIES = ("brian2", "numpy", "scipy", "pandas", "matplotlib", "scikit-learn", "numba")


def versions() -> dict[str, str | None]:
    """Of the package, of Python and of the libraries that numbers come from."""
    return {
        "neurosim": version_of(DISTRIBUTION),
        "python": sys.version.split()[0],
        **{name: version_of(name) for name in _LIBRARIES},
    }


def version_of(distribution: str) -> str | None:
    """Installed version of a distribution, or None; nothing is imported for it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def git_state(folder: Path) -> Mapping[str, Any] | None:
    """Commit of the working copy and whether it was changed since; None outside of a repository."""
    import subprocess

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=True
        )
        return done.stdout.strip()

    try:
        return {
            "commit": git("rev-parse", "HEAD"),
            "changed": bool(git("status", "--porcelain", "--untracked-files=no")),
        }
    except (OSError, subprocess.SubprocessError):
        return None


def machine() -> dict[str, Any]:
    """System, processor and number of cores (no host or user name: results are passed on)."""
    import platform

    return {"system": platform.platform(), "processor": _processor(), "cores": available_cores()}


def available_cores() -> int:
    """Cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak_memory() -> int | None:
    """Largest memory the process has held so far, in bytes (None where the system does not say)."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _processor() -> str:
    import platform

    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()
