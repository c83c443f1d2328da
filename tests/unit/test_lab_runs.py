"""Question x parameters x seed = task: going on, killing, sweeping; every promise tried with processes that die."""

import json
import os
import shutil
import signal
import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import toy_question
from toy_question import here as neurosim
from toy_question import start

from neurosim.lab import ask
from neurosim.lab.store import BusyError, StorageError, claimed, read_part, write_part

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills processes by POSIX signals")


def diary(tmp_path):
    file = tmp_path / "diary"
    return sorted(line.split()[0] for line in file.read_text().splitlines()) if file.exists() else []


def parts(tmp_path):
    return sorted((tmp_path / "results" / "parts" / "toys" / "parabola").glob("*.part"))


def tables(tmp_path):
    (folder,) = (path for path in (tmp_path / "results/toys/parabola").iterdir() if path.is_dir())
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


@pytest.fixture
def toy(tmp_path):
    return toy_question.write(tmp_path)


def test_a_run_its_folder_and_that_it_is_found_again(toy, tmp_path):
    code, output, errors = neurosim("run", toy, "--quick", "--jobs", 1, cwd=tmp_path)
    assert code == 0, errors
    assert output.startswith("Yes: the last point is at 2.00 Hz. 1 of 1 checks hold")
    (folder,) = (tmp_path / "results/toys/parabola").iterdir()
    assert {path.suffix for path in folder.iterdir()} == {
        ".csv",
        ".json",
        ".npz",
        ".png",
        ".pdf",
        ".svg",
        ".txt",
        ".md",
    }
    points = pd.read_csv(folder / "points.csv")
    assert list(points) == ["seed", "x", "y", "label"]
    assert len(points) == 2 * 5
    run = json.loads((folder / "run.json").read_text())
    assert run["notes"]["engine"] == ["none"]
    assert run["shared"][0].startswith("toys.parabola.base:")
    code, output, _ = neurosim("run", toy, "--quick", cwd=tmp_path)
    assert code == 0
    assert "finished before" in output


def test_one_more_seed_costs_one_task(toy, tmp_path):
    for seeds in (3, 4):
        code, _, errors = neurosim(
            "run", toy, "--seeds", seeds, "--diary", tmp_path / "diary", "--jobs", 1, cwd=tmp_path
        )
        assert code == 0, errors
    assert diary(tmp_path) == ["0", "1", "2", "3"]


def test_tables_are_the_same_to_the_bit_for_any_number_of_workers(toy, tmp_path):
    found = []
    for jobs in (1, 3):  # of four tasks one worker does two
        shutil.rmtree(tmp_path / "results", ignore_errors=True)
        code, _, errors = neurosim("run", toy, "--jobs", jobs, cwd=tmp_path)
        assert code == 0, errors
        found.append(tables(tmp_path))
    assert found[0] == found[1]


def test_a_damaged_part_is_computed_again_and_nothing_else(toy, tmp_path):
    words = ("run", toy, "--diary", tmp_path / "diary", "--jobs", 1)
    assert neurosim(*words, cwd=tmp_path)[0] == 0
    before = tables(tmp_path)
    shutil.rmtree(tmp_path / "results/toys")
    content = parts(tmp_path)[1].read_bytes()
    parts(tmp_path)[1].write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
    assert neurosim(*words, cwd=tmp_path)[0] == 0
    assert len(diary(tmp_path)) == 5
    assert tables(tmp_path) == before


def test_a_task_that_kills_its_worker_is_named_and_the_others_go_on(toy, tmp_path):
    code, _, errors = neurosim(
        "run", toy, "--fatal", 1, "--diary", tmp_path / "diary", "--jobs", 2, cwd=tmp_path
    )  # fmt: skip
    assert code == 1
    assert "toys/parabola: seed 1: its worker died 3 times (signal 9)" in errors
    assert "3 of 4 tasks are finished and kept" in errors
    assert diary(tmp_path) == ["0", "1", "1", "1", "2", "3"]
    assert len(parts(tmp_path)) == 3


def test_code_that_changes_during_a_run_is_not_mixed_with_the_old_one(toy, tmp_path):
    process = start("run", toy, "--pause", 1.0, "--diary", tmp_path / "diary", "--jobs", 1, cwd=tmp_path)
    waited = time.monotonic() + 100
    while not diary(tmp_path) and time.monotonic() < waited:
        time.sleep(0.02)
    text = toy.read_text()
    toy.write_text(text.replace("tiny = 1e-9", "tiny = 2e-9"))
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 1
    assert "toys/parabola: its code or the package's changed after the run began; run it again" in errors
    assert "1 of 4 tasks are finished and kept" in errors
    assert diary(tmp_path) == ["0"]
    # With the old code again the finished task counts.
    toy.write_text(text)
    code, _, errors = neurosim("run", toy, "--pause", 1.0, "--diary", tmp_path / "diary", "--jobs", 1, cwd=tmp_path)
    assert code == 0, errors
    assert diary(tmp_path) == ["0", "1", "2", "3"]


@pytest.mark.long
def test_a_killed_worker_costs_its_task_alone(toy, tmp_path):
    process = start("run", toy, "--pause", 1.5, "--diary", tmp_path / "diary", "--jobs", 2, cwd=tmp_path)
    waited = time.monotonic() + 100
    while not diary(tmp_path) and time.monotonic() < waited:
        time.sleep(0.05)
    _, at_work = (tmp_path / "diary").read_text().splitlines()[0].split()
    os.kill(int(at_work), signal.SIGKILL)
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert set(diary(tmp_path)) == {"0", "1", "2", "3"}
    assert len(diary(tmp_path)) == 5


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long), signal.SIGKILL]
)
def test_after_a_signal_only_what_is_missing_is_computed(toy, tmp_path, number):
    words = ("run", toy, "--pause", 0.4, "--diary", tmp_path / "diary", "--jobs", 1)
    process = start(*words, cwd=tmp_path)
    waited = time.monotonic() + 100
    while not parts(tmp_path) and time.monotonic() < waited:
        time.sleep(0.02)
    process.send_signal(number)
    _, errors = process.communicate(timeout=200)
    kept = {str(read_part(path)[1]["seed"]) for path in parts(tmp_path)}
    assert kept
    assert process.returncode != 0
    assert "Traceback" not in errors
    if number != signal.SIGKILL:
        assert "neurosim run" in errors
    code, _, errors = neurosim(*words, cwd=tmp_path)
    assert code == 0, errors
    times = Counter(diary(tmp_path))
    assert set(times) == {"0", "1", "2", "3"}
    assert all(times[seed] == 1 for seed in kept)
    # The one that was running may have begun twice.
    assert sum(times.values()) <= 5
    assert not list((tmp_path / "results").rglob("*.tmp"))


def test_a_full_disk_is_named_and_nothing_is_half_written(tmp_path, monkeypatch):
    import errno

    from neurosim.lab import store

    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write_bytes", full)
    with pytest.raises(
        StorageError, match=r"x.part could not be written \(No space left on device\): it needs [\d,]+ by"
    ):
        write_part(tmp_path / "deep" / "x.part", {"a": np.zeros(5)}, {})
    assert read_part(tmp_path / "deep" / "x.part") is None


def test_a_folder_that_is_a_file_is_named_before_anything_runs(toy, tmp_path):
    (tmp_path / "taken").write_text("")
    code, _, errors = neurosim("run", toy, "--out", "taken", "--diary", tmp_path / "diary", cwd=tmp_path)
    assert code == 2
    assert "taken is a file; choose another folder with --out" in errors
    assert not diary(tmp_path)


def test_claims_are_held_by_who_touches_them(tmp_path, monkeypatch):
    from neurosim.lab import store

    path = tmp_path / "x.part"
    with claimed(path), pytest.raises(BusyError), claimed(path):
        pass
    assert not list(tmp_path.iterdir())
    old = time.time() - 100
    for content in (b"garbage \x00", json.dumps({"pid": 1, "host": "elsewhere"}).encode(), b""):
        claim = tmp_path / "x.part.claim"
        claim.write_bytes(content)
        os.utime(claim, (old, old))
        with claimed(path):
            pass
    claim = tmp_path / "x.part.claim"
    claim.mkdir()
    os.utime(claim, (old, old))
    with claimed(path):
        pass
    monkeypatch.setattr(store, "HEARTBEAT", 0.05)
    claim.write_bytes(b"from a clock that runs ahead")
    os.utime(claim, (old + 10_000, old + 10_000))
    with claimed(path):
        pass


def test_a_waiting_run_says_so_and_ends_when_the_other_has(toy, tmp_path):
    words = ("run", toy, "--quick", "--pause", 2, "--diary", tmp_path / "diary", "--jobs", 1)
    first = start(*words, cwd=tmp_path)
    waited = time.monotonic() + 100
    while not diary(tmp_path) and time.monotonic() < waited:
        time.sleep(0.05)
    code, _, errors = neurosim(*words, cwd=tmp_path)
    assert code == 0, errors
    first.communicate(timeout=200)
    assert first.returncode == 0
    assert diary(tmp_path) == ["0", "1"]
    assert "waiting: " in errors


def test_a_sweep_is_one_tidy_table(toy, tmp_path):
    code, output, errors = neurosim(
        "sweep", toy, "--over", "factor=1,2.5", "--over", "points=3,4", "--seeds", 2, "--jobs", 2, cwd=tmp_path
    )  # fmt: skip
    assert code == 0, errors
    assert "4 points x 2 seeds = 8 tasks, 8 of them to compute" in errors
    folder = tmp_path / output.split()[-1]
    table = pd.read_csv(folder / "points.csv")
    assert list(table)[:3] == ["factor", "points", "seed"]
    assert len(table) == 2 * (3 + 4) * 2
    last = table[(table.factor == 2.5) & (table.x == 1.0)]
    assert np.allclose(last.y, 2.5, atol=0.01)
    assert (folder / "figure.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--over", "facto=1"], "no parameter of"),
        (["--over", "factor"], "expected NAME=VALUE,VALUE"),
        (["--over", "factor=-1"], "factor: got -1"),
        (["--over", "seeds=2,3"], "give their number with --seeds"),
        ([], "expected at least one parameter"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_before_it_runs(toy, tmp_path, words, message):
    code, _, errors = neurosim("sweep", toy, *words, "--diary", tmp_path / "diary", cwd=tmp_path)
    assert code == 2
    assert message in errors
    assert not diary(tmp_path)


def test_compare_verify_and_replot(toy, tmp_path):
    one = neurosim("run", toy, "--quick", "--jobs", 1, cwd=tmp_path)[1]
    two = neurosim("run", toy, "--quick", "--factor", 2.005, "--jobs", 1, cwd=tmp_path)[1]
    first, second = (
        next(line.split()[1] for line in text.splitlines() if line.startswith("folder")) for text in (one, two)
    )
    code, output, errors = neurosim("compare", first, second, cwd=tmp_path)
    assert code == 0, errors
    assert "parameter factor: 2.0 | 2.005" in output
    assert "points.csv, y: 8 of 10 rows differ" in output or "points.csv, y: 10 of 10 rows differ" in output
    assert neurosim("compare", first, first, cwd=tmp_path)[1].startswith("no difference")
    code, output, errors = neurosim("run", toy, "--quick", "--replot", cwd=tmp_path)
    assert code == 0, errors
    run = json.loads((tmp_path / first / "run.json").read_text())
    assert run["redrawn_by"]["code"] == run["code"]
    target = tmp_path / "experiments" / "toys"
    target.mkdir(parents=True)
    shutil.copy(toy, target / "parabola.py")
    code, output, errors = neurosim("verify", first, cwd=tmp_path)
    assert code == 0, output + errors
    assert "came out the same, every number to the last digit" in output


def test_the_smallest_new_question_runs_at_once(tmp_path):
    code, output, errors = neurosim("new", "mine/first_steps", cwd=tmp_path)
    assert code == 0, errors
    code, output, errors = neurosim("run", output.split()[0], "--quick", "--jobs", 1, cwd=tmp_path)
    assert code == 0, errors
    assert output.startswith("Yes: from drive 0.8 to 1.4 the rate rises by")
    assert neurosim("new", "mine/first_steps", cwd=tmp_path)[0] == 2
    assert "expected CHAPTER/QUESTION" in neurosim("new", "first steps", cwd=tmp_path)[2]


def test_a_thousand_small_tasks_cost_little_each(toy, tmp_path):
    # Not timed here: that nothing grows with the number of tasks shows in the number of files looked at.
    from neurosim.lab.runs import Request, plan

    question = ask(toy)
    tasks, last = plan(Request(question=question, parameters=question.settings(seeds=1000)), tmp_path)
    assert len(tasks) == 1000
    assert len({job.label for job in tasks}) == 1000
    assert last.after == tuple(tasks)
