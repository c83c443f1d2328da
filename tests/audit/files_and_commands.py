"""Damaged files for every reader, and malformed command lines for every option of every question."""

import contextlib
import dataclasses
import gzip
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import recipes
import verdicts
from verdicts import INTERNAL, LEGITIMATE, NONSENSE, REFUSED, Outcome

import neurosim as ns

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
FLIPS = 24
"""Places, spread over a file, at which one bit is turned."""


def _idx(path: Path) -> Any:
    folder = recipes.FOLDER / "damaged_idx"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(recipes.digit_folder(), folder)
    shutil.copy(path, folder / "train-images-idx3-ubyte")
    return ns.datasets.idx(folder)


def _zipped_idx(path: Path) -> Any:
    folder = recipes.FOLDER / "damaged_gz"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(recipes.digit_folder(), folder)
    (folder / "train-images-idx3-ubyte").unlink()
    shutil.copy(path, folder / "train-images-idx3-ubyte.gz")
    return ns.datasets.idx(folder)


def whole_files() -> dict[str, tuple[Path, Callable[[Path], Any]]]:
    """An undamaged file of every kind, and its reader."""
    folder = recipes.FOLDER
    images = recipes.digit_folder() / "train-images-idx3-ubyte"
    zipped = folder / "images.gz"
    zipped.write_bytes(gzip.compress(images.read_bytes()))
    network = folder / "network.npz"
    ns.export_network(*recipes.network(), network)
    files: dict[str, tuple[Path, Callable[[Path], Any]]] = {
        "circuit": (recipes.saved(), ns.Circuit.load),
        "network": (network, ns.import_network),
        "IDX": (images, _idx),
        "zipped IDX": (zipped, _zipped_idx),
    }
    if hasattr(ns, "load"):
        recording = folder / "recording.npz"
        recipes.simulated().save(recording)
        files["recording"] = (recording, ns.load)
    return files


def damages(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut, emptied, overwritten and with one bit turned."""
    for part in (0, 1, 4, 10, len(data) // 2, len(data) - 1):
        yield f"cut to {part} bytes", data[:part]
    yield "text", b"no such file\n"
    yield "zeros", bytes(len(data))
    yield "random bytes", np.random.default_rng(0).bytes(len(data))
    yield "a pickle", b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94."
    yield "twice", data + data
    for place in np.linspace(0, len(data) - 1, FLIPS).astype(int).tolist():
        yield f"a bit turned at {place}", data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


def file_outcomes(chosen: Callable[[str], bool]) -> list[Outcome]:
    """All readers with all damages, a folder and a path that does not exist."""
    outcomes = []
    for kind, (whole, read) in whole_files().items():
        usual, data = read(whole), whole.read_bytes()
        bad = recipes.FOLDER / f"damaged{whole.suffix}"
        for damage, changed in damages(data):
            if chosen(f"{kind} {damage}"):
                bad.write_bytes(changed)
                outcomes.append(Outcome(f"file: {kind}", "path", damage, *_read(lambda: read(bad), usual)))  # noqa: B023
    return outcomes


def _read(read: Callable[[], Any], usual: Any) -> tuple[str, str]:
    try:
        result = read()
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        if not type(error).__module__.startswith("neurosim") or "\n" in str(error) or len(str(error)) > 600:
            return INTERNAL, said[:300]
        return REFUSED, said[:300]
    if not verdicts.finite(result):
        return NONSENSE, "not finite"
    # formats without a checksum hold other numbers then, and nobody can know
    return LEGITIMATE, "equal" if verdicts.same(result, usual) else "other numbers in a file that is whole"


TEXTS = (
    "",
    "abc",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "1j",
    "[1",
    "1,2",
    "0x10",
    "None",
    "--",
    "1 2",
    "\u0661",
    "true",
    "1" * 5000,
)
# of every option that is a number; a list of numbers, a text or a switch may take some of them
TOML = (
    "true",
    '"1"',
    "nan",
    "inf",
    "[1]",
    "{a = 1}",
    "2020-01-01",
    "1e400",
    "[[]]",
    "-0.5",
    "''",
    "1979-05-27T07:32:00Z",
)
BROKEN = (
    "= 1",
    "[a",
    "seed = ",
    "seed == 1",
    "seed = 1\nseed = 2",
    "\x00",
    "no_such_option = 1",
    "[seed]\nx = 1",
    "quick = 3",
)


def command_outcomes(chosen: Callable[[str], bool]) -> list[Outcome]:
    """An option of every kind that questions have with malformed values, and malformed files of parameters.

    Nothing is computed. Options are of one kind if their defaults have one type and their bounds are of one sort.
    """
    from neurosim.lab import ask
    from neurosim.lab.question_files import questions

    outcomes: list[Outcome] = []
    known: set[Any] = set()
    for path in questions(EXPERIMENTS):
        declared = ask(path).parameters
        fields = {field.name: field.default for field in dataclasses.fields(declared)}
        label = f"command: {path.stem}"
        fresh = {name: _kind(fields[name], info) for name, info in declared.info().items()}
        names = [name for name, kind in fresh.items() if kind not in known and not known.add(kind)]  # type: ignore[func-returns-value]
        for name in names:
            flag = f"--{name.replace('_', '-')}"
            for text in TEXTS:
                if chosen(f"{label} {name} {text[:20]}"):
                    outcomes.append(_command(path, label, name, f"{flag} {text[:20]!r}", [flag, text]))
            for value in TOML:
                if chosen(f"{label} {name} TOML {value}"):
                    outcomes.append(_toml(path, label, name, f"{name} = {value}"))
        if any(outcome.kind == "positional" for outcome in outcomes):
            continue
        for word in ("--no-such-option", "--see", "-q", "positional", "--params", "--jobs", "--seed", "--cluster"):
            outcomes.append(_command(path, label, word.lstrip("-"), word, [word]))
        for content in BROKEN:
            outcomes.append(_toml(path, label, "", content))
    return outcomes


def _kind(default: Any, info: Any) -> tuple[Any, ...]:
    entry = default[0] if isinstance(default, tuple) and default else None
    return type(default), type(entry), info.low is None and info.above is None, info.choices is None


def _toml(path: Path, label: str, name: str, content: str) -> Outcome:
    file = recipes.FOLDER / "parameters.toml"
    file.write_text(content + "\n", encoding="utf-8")
    return _command(path, label, name, f"TOML: {content!r}", ["--params", str(file)])


def _command(path: Path, label: str, name: str, kind: str, words: list[str]) -> Outcome:
    from neurosim.commands import entry

    out, said = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            code = entry(["run", str(path), *words, "--dry-run", "--out", os.devnull + "x"])
    except BaseException as error:
        return Outcome(label, name, kind, INTERNAL, f"{type(error).__name__}: {error}"[:300])
    message = said.getvalue().strip()
    if code == 0:
        # what a number must not be is no number on a command line either
        never = any(word in kind for word in ("nan", "true'", "= true", "{a", "1979", "2020", "abc"))
        parameters_line = next(
            (line for line in out.getvalue().splitlines() if line.strip().startswith("parameters")), ""
        )
        numeric = (
            never
            and "'" not in parameters_line
            and "True" not in parameters_line
            and "the full run" not in parameters_line
        )
        return Outcome(label, name, kind, NONSENSE if numeric else LEGITIMATE, parameters_line[:200])
    clear = message.startswith("error: ") and "\n" not in message and len(message) < 900
    named = (
        not name
        or name in message.replace("-", "_")
        or name in message
        or "unknown" in message
        or "known are" in message
    )
    return Outcome(label, name, kind, REFUSED if clear and named else INTERNAL, message[:300])
