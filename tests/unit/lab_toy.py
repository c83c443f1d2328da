"""A tiny experiment as source text, and how to run it: the laboratory is tested with files, as it is used."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SOURCE = '''"""Does a parabola pass through its points?

Prediction: y = a x^2, so y(1) = a. Source: Apollonius, Conics I.
"""

from dataclasses import dataclass

from neurosim.lab import Finding, above, main
from neurosim.params import Params, param


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    points: int = param(12, doc="number of points", low=2)
    factor: float = param(2.0, doc="factor a", unit="Hz", low=0)
    pause: float = param(0.0, doc="pause per point", unit="s", low=0)
    levels: tuple[float, ...] = param((0.5, 1.0), doc="levels")
    noisy: bool = param(False, doc="add noise")
    engine: str = param("static", doc="engine", choices=("static", "rate"))
    diary: str = param("", doc="file that gets a line per computation")
    seed: int = param(0, doc="seed of the noise", low=0)


QUICK = {"points": 5}
CLAIMS = ("A0-06",)
COLUMNS = {
    "points": {"x": ("1", "abscissa"), "y": ("Hz", "ordinate"), "name": ("", "label"), "last": ("", "is the last")},
    "arrays": {"grid": ("1", "a grid")},
}


def estimate(p):
    return p.points * p.pause, 16.0 * p.points


def compute(p, progress):
    import time

    import numpy as np
    import pandas as pd

    if p.diary:
        with open(p.diary, "a") as file:
            file.write("computed\\\\n")
    for _ in progress(range(p.points), "points"):
        time.sleep(p.pause)
    progress.note(engine=p.engine)
    x = np.linspace(0, 1, p.points) ** 1.1
    y = p.factor * x**2 + (np.random.default_rng(p.seed).normal(size=p.points) if p.noisy else 0.0)
    names = ["None", "a,b", "", *["NA"] * (p.points - 3)]
    table = pd.DataFrame({"x": x, "y": y, "name": names, "last": x == 1.0})
    return {"points": table, "arrays": {"grid": np.eye(3)}}


def findings(tables):
    end = tables["points"]["y"].iloc[-1]
    return [
        Finding.check(
            "end", "the last point is a", "y(1)", end, expected=2.0, tolerance=1e-12, unit="Hz", reason="rounding"
        ),
        Finding.claim("A0-06", "the curve grows", "y(1)", end, supported=above(1.0), unit="Hz", reason="definition"),
        Finding.report("engines/same", "both engines agree", "points that differ", 0),
    ]


def figure(tables):
    from matplotlib.figure import Figure

    fig = Figure(figsize=(2, 1.5))
    ax = fig.subplots()
    ax.plot(tables["points"]["x"], tables["points"]["y"])
    return fig


def caption(tables):
    return f"A parabola over {len(tables['points'])} points."


if __name__ == "__main__":
    main(__file__)
'''.replace("\\\\n", "\\n")


def write_toy(folder: Path, name: str = "parabola", *changes: tuple[str, str]) -> Path:
    """The toy as a file, with some of its text replaced."""
    text = SOURCE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(text)
    return path


def start(*words: object, cwd: Path) -> "subprocess.Popen[str]":
    """Start python with these words, as a user in `cwd` would."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def python(*words: object, cwd: Path) -> tuple[int, str, str]:
    """Exit code, output and errors of python with these words."""
    process = start(*words, cwd=cwd)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors
