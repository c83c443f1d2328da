"""A tiny question as source text: the laboratory is tested with files, as it is used."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

from neurosim.commands import entry

ROOT = Path(__file__).resolve().parents[2]

SOURCE = '''"""Does a parabola pass through its points?

Prediction: y = a x^2, so y(1) = a. Source: Apollonius, Conics I.
"""

import os
import signal
import time
from dataclasses import dataclass

import numpy as np

from neurosim.lab import Row, above, check, column, main, near, report
from neurosim.metrics import student_interval
from neurosim.params import Array, Params, param

QUICK = {"seeds": 2}


@dataclass(frozen=True, kw_only=True)
class Parameters(Params):
    seeds: int = param(4, doc="number of replicates", low=2)
    points: int = param(5, doc="number of points", low=2)
    factor: float = param(2.0, doc="factor a", unit="Hz", low=0)
    pause: float = param(0.0, doc="pause of a replicate", unit="s", low=0)
    fatal: int = param(-1, doc="seed whose worker is killed")
    diary: str = param("", doc="file that gets a line per computation")


class Points(Row):
    x: float = column("abscissa")
    y: float = column("ordinate", "Hz")
    label: str = column("name of the point")


class Picture(Row):
    image: Array = column("a picture")


def compute(p, seed, lab):
    if p.diary:
        with open(p.diary, "a") as file:
            file.write(f"{seed} {os.getpid()}\\\\n")
    if seed == p.fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(p.pause)
    shared = lab.once(base, Shared(points=p.points), 0)
    noise = lab.stream("weights").normal(size=p.points)
    matrix = np.random.default_rng(seed).normal(size=(200, 200))
    lab.note(engine="none")
    tiny = 1e-9 * (matrix @ matrix)[0, 0]
    yield Points.table(x=shared["x"], y=p.factor * shared["x"] ** 2 + 1e-3 * noise + tiny, label="a,b")
    yield Picture(np.full((2, 3), float(seed)))


@dataclass(frozen=True, kw_only=True)
class Shared(Params):
    points: int = param(5, doc="number of points")


def base(p, seed):
    return {"x": np.linspace(0, 1, p.points), "name": "base", "pair": (1, 2.5)}


def ends(t):
    return student_interval(t.points.groupby("seed").y.last())


def answer(t):
    return f"Yes: the last point is at {ends(t).value:.2f} Hz."


def findings(t):
    yield check("end", "The last point is a.", ends(t), near(2.0, 0.01), "Hz", why="the definition")
    yield report("pictures", "Number of pictures.", len(t.picture))


def curve(ax, t):
    ax.plot(t.points.x, t.points.y, "o")
    ax.set(xlabel="x", ylabel="y (Hz)")
    return "points of all replicates"


def picture(ax, t):
    ax.imshow(t.picture.image[0])
    return "a picture"


PANELS = (curve, picture)

if __name__ == "__main__":
    main(__file__)
'''.replace("\\\\n", "\\n")


def write(folder: Path, name: str = "parabola", *changes: tuple[str, str]) -> Path:
    """The toy as a file of a chapter, with some of its text replaced."""
    text = SOURCE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    chapter = folder / "toys"
    chapter.mkdir(parents=True, exist_ok=True)
    path = chapter / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    return path


def start(*words: object, cwd: Path, **environment: str) -> "subprocess.Popen[str]":
    """Start `neurosim` with these words, as a user in `cwd` would."""
    return subprocess.Popen(
        [sys.executable, "-m", "neurosim", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def neurosim(*words: object, cwd: Path, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of `neurosim` with these words."""
    process = start(*words, cwd=cwd, **environment)
    output, errors = process.communicate(timeout=240)
    return process.returncode, output, errors


def here(*words: object, cwd: Path) -> tuple[int, str, str]:
    """The same within this process, which need not be started; the workers are processes of their own as ever."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        code = entry([str(word) for word in words])
    return code, output.getvalue(), errors.getvalue()
