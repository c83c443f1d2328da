"""Result folders: whole or absent, and changed files are noticed."""

import json
import math
import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from toy_question import ROOT

from neurosim.lab import storage


def publish(tmp_path, content=b"1"):
    partial, final = tmp_path / "digest.partial-1", tmp_path / "digest"
    partial.mkdir()
    storage.write_bytes(partial / "a", content)
    storage.publish_files(partial, final)
    return final


SAVER = """
import sys
from pathlib import Path
from neurosim.lab import storage

root = Path(sys.argv[1])
count = 0
while True:
    partial = root / f"digest.partial-{count}"
    partial.mkdir(parents=True)
    for name in "abc":
        storage.write_bytes(partial / name, str(count).encode() * 50_000)
    storage.publish_files(partial, root / "digest")
    count += 1
    if count == 1:
        print("ready", flush=True)
"""


def test_a_killed_save_never_leaves_half_a_result(tmp_path):
    (tmp_path / "saver.py").write_text(SAVER)
    pick = random.Random(7)
    for number in range(12):
        root = tmp_path / str(number)
        process = subprocess.Popen(
            [sys.executable, "saver.py", root],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(pick.uniform(0.0, 0.04))  # a save takes about 10 ms, so this falls anywhere in one
        process.kill()
        process.communicate()
        # between the two renames there is none, and it is made again from its parts
        for folder in storage.finished(root):
            assert storage.damage(folder) == ""
            assert len({(folder / name).read_bytes() for name in "abc"}) == 1


def test_what_a_killed_save_set_aside_is_cleared_by_the_next(tmp_path):
    final = publish(tmp_path)
    os.rename(final, final.with_name(f"digest{storage.REPLACED}-7"))
    publish(tmp_path, b"2")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digest"]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda f: (f / "a").write_bytes(b"2"), "a was changed"),
        (lambda f: (f / "a").unlink(), "a is missing"),
        (lambda f: (f / storage.MANIFEST).unlink(), "no manifest"),
        (lambda f: (f / storage.MANIFEST).write_text("{"), "unreadable"),
        (lambda f: (f / storage.MANIFEST).write_text("{}"), "lists nothing"),
    ],
)
def test_damage_is_named(tmp_path, harm, words):
    final = publish(tmp_path)
    assert storage.damage(final) == ""
    assert json.loads((final / storage.MANIFEST).read_text()) == {
        # sha256sum of the one byte "1", from the command of that name
        "a": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    }
    harm(final)
    assert words in storage.damage(final)


def test_a_failing_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a"
    storage.write_bytes(path, b"old")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        storage.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"


def test_json_has_no_nan_literals(tmp_path):
    value = {
        "nan": math.nan,
        "inf": -math.inf,
        "array": np.array([1.0, math.nan]),
        "int": np.int64(3),
        "flag": np.True_,
    }
    storage.write_json(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text()
    assert json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in JSON")) == {
        "nan": None,
        "inf": "-inf",
        "array": [1.0, None],
        "int": 3,
        "flag": True,
    }


def test_a_command_made_of_saved_pieces_agrees_with_sha256sum(tmp_path):
    content = np.random.default_rng(1).bytes(100_000)
    (tmp_path / "a").write_bytes(content)
    said = subprocess.run(["sha256sum", tmp_path / "a"], capture_output=True, text=True, check=True).stdout
    assert storage.checksum(tmp_path / "a") == said.split()[0]
