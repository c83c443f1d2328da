"""Where a result comes from: the digest that names it, and the record of versions, code and machine."""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from neurosim.lab.experiment import Experiment
from neurosim.lab.storage import plain_json
from neurosim.params import Params

DISTRIBUTION = "neurosim-ladder"
_PACKAGE = Path(__file__).resolve().parents[1]
_LIBRARIES = ("brian2", "numpy", "scipy", "pandas", "matplotlib", "scikit-learn", "numba")


def digest_of(experiment: Experiment, parameters: Params) -> str:
    """Name of the result: parameters, package version, and all code it could depend on.

    The code is the experiment's own file and every Python file of `neurosim`, so that a changed program is never
    mistaken for a finished run; the price is that any change of the package makes every result a new one.
    """
    content = {
        "experiment": experiment.name,
        "parameters": values_of(parameters),
        "version": version_of(DISTRIBUTION),
        "code": code_of(experiment.path),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def code_of(path: Path) -> str:
    """Digest of an experiment's file together with every Python file of the package."""
    return hashlib.sha256(path.read_bytes() + package_code().encode()).hexdigest()[:16]


@cache
def package_code() -> str:
    """Digest of every Python file of `neurosim`, names included."""
    total = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        total.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def values_of(parameters: Params) -> dict[str, Any]:
    """The parameter values as JSON knows them."""
    values: dict[str, Any] = plain_json({name: getattr(parameters, name) for name in parameters.info()})
    return values


def parameters_record(experiment: Experiment, parameters: Params, quick: bool) -> dict[str, Any]:
    """What parameters.json holds: every value with its unit and its meaning."""
    described = {
        name: {"value": plain_json(getattr(parameters, name)), "unit": info.unit, "meaning": info.doc}
        for name, info in parameters.info().items()
    }
    return {"experiment": experiment.name, "quick": quick, "parameters": described}


def run_record(experiment: Experiment, parameters: Params, command: str) -> dict[str, Any]:
    """What is known of a run before it starts; the times are added at its end."""
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "question": experiment.question,
        "order": experiment.order,
        "claims": list(experiment.claims),
        "seed": getattr(parameters, "seed", None),
        "command": command,
        "code": code_of(experiment.path),
        "git": git_state(experiment.path.parent),
        "versions": {
            "neurosim": version_of(DISTRIBUTION),
            "python": sys.version.split()[0],
            **{name: version_of(name) for name in _LIBRARIES},
        },
        "machine": machine(),
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
