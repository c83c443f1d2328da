"""Result folders: whole or absent, never shared, and changed files are noticed."""

import json
import math
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from lab_toy import start

from neurosim.lab import storage
from neurosim.params import ParameterError

SAVER = """
import sys
from pathlib import Path
from neurosim.lab import storage

root = Path(sys.argv[1])
count = 0
while True:
    folder = storage.claim(root, "digest")
    for name in "abc":
        storage.write_bytes(folder / name, str(count).encode() * 50_000)
    storage.publish(folder)
    count += 1
    if count == 1:
        print("ready", flush=True)
"""


def test_killed_saves_leave_the_last_whole_result(tmp_path):
    (tmp_path / "saver.py").write_text(SAVER)
    root = tmp_path / "results"
    pick = random.Random(7)
    for _ in range(12):
        process = start("saver.py", root, cwd=tmp_path)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(pick.uniform(0.0, 0.04))  # a save takes about 10 ms, so this falls anywhere in one
        process.kill()
        process.communicate()
        storage.release(storage.claim(root, "other"))  # what the next run does first: it clears away what died
        assert [path.name for path in root.iterdir() if not path.name.startswith(".")] == ["digest"]
        assert storage.damage(root / "digest") == ""
        contents = {(root / "digest" / name).read_bytes() for name in "abc"}
        assert len(contents) == 1


def test_a_claim_is_exclusive_while_its_process_lives(tmp_path):
    told: list[int] = []
    holder = start(
        "-c",
        "import sys, time; from pathlib import Path; from neurosim.lab import storage;"
        "f = storage.claim(Path(sys.argv[1]), 'digest'); print(f, flush=True); time.sleep(60)",
        tmp_path,
        cwd=tmp_path,
    )
    assert holder.stdout is not None
    claimed = Path(holder.stdout.readline().strip())
    assert claimed.is_dir()

    def kill_the_holder(pid: int) -> None:
        told.append(pid)
        holder.send_signal(signal.SIGKILL)
        holder.communicate()

    (claimed / "half").write_text("half a result")
    mine = storage.claim(tmp_path, "digest", waiting=kill_the_holder)
    assert told == [holder.pid]
    assert sorted(path.name for path in mine.iterdir()) == [storage.OWNER]


def test_a_recycled_process_id_is_another_process(tmp_path):
    folder = storage.claim(tmp_path, "digest")
    owner = json.loads((folder / storage.OWNER).read_text())
    if owner["started"] is None:
        pytest.skip("this system does not tell when a process started")
    (folder / storage.OWNER).write_text(json.dumps({**owner, "started": "1"}))
    (folder / "half").write_text("half a result")
    assert not (storage.claim(tmp_path, "digest") / "half").exists()


def test_a_claim_of_another_machine_is_respected(tmp_path):
    folder = storage.claim(tmp_path, "digest")
    owner = json.loads((folder / storage.OWNER).read_text())
    (folder / storage.OWNER).write_text(json.dumps({**owner, "host": "elsewhere", "pid": 2**22 + 1}))
    storage.release(storage.claim(tmp_path, "other"))
    assert folder.exists()
    with pytest.raises(
        ParameterError, match=r"digest\.partial is held by a process on 'elsewhere'.*delete this folder"
    ):
        storage.claim(tmp_path, "digest")


@pytest.mark.parametrize("pid", ["12", None, -1, 0, 2**40, True, [1]])
def test_a_claim_of_what_can_be_no_process_is_cleared_away(tmp_path, pid):
    folder = storage.claim(tmp_path, "digest")
    owner = json.loads((folder / storage.OWNER).read_text())
    (folder / storage.OWNER).write_text(json.dumps({**owner, "pid": pid}))
    (folder / "half").write_text("")
    assert storage.claim(tmp_path, "digest") == folder
    assert not (folder / "half").exists()


def test_a_kill_between_the_two_renames_brings_the_old_result_back(tmp_path):
    folder = storage.claim(tmp_path, "digest")
    storage.write_bytes(folder / "a", b"1")
    final = storage.publish(folder)
    os.rename(final, final.with_name(final.name + storage.REPLACED))
    storage.release(storage.claim(tmp_path, "other"))
    assert storage.damage(final) == ""


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
    folder = storage.claim(tmp_path, "digest")
    storage.write_bytes(folder / "a", b"1")
    final = storage.publish(folder)
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
