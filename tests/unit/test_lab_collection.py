"""A folder of experiments: listed, run side by side, and resumed after an interruption."""

import json
import signal
import time

import pytest
from lab_toy import python, start, write_toy

from neurosim.lab.collection import collection_main
from neurosim.report import build_report

PROGRAM = """
import sys
from pathlib import Path

from neurosim.lab.collection import collection_main
from neurosim.report import build_report

sys.exit(collection_main(Path("experiments"), sys.argv[1:], build_report, "python all.py"))
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "all.py").write_text(PROGRAM)
    write_toy(tmp_path / "experiments", "parabola")
    (tmp_path / "experiments" / "__main__.py").write_text("")
    return tmp_path


def test_list_reads_the_files_without_running_them(folder):
    computed = ("CLAIMS = (", "CLAIMS = (*('A1-02', 'A1-01'), ")
    write_toy(folder / "experiments", "broken", ("from dataclasses import dataclass", "raise SystemError"), computed)
    (folder / "experiments" / "cut.py").write_text('"""Half a')
    code, output, _ = python("all.py", "list", cwd=folder)
    assert code == 0
    lines = output.splitlines()
    assert [line.split()[0] for line in lines] == ["broken", "cut", "parabola"]
    assert lines[2] == "parabola  Does a parabola pass through its points?  [A0-06]"
    assert "[A0-06, A1-01, A1-02]" in lines[0]
    assert "not readable" in lines[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "parabol"), "no experiment is named 'parabol'; did you mean 'parabola'? known are: parabola"),
        (("rnu",), "no command is named 'rnu'; did you mean 'run'?"),
        (("run",), "run: give the names of experiments, or --all"),
        (("run", "--all", "--jobs", "0"), "--jobs: got 0, expected a whole number >= 1"),
        (("run", "--all", "--jobs", "x"), "argument --jobs: invalid int value: 'x'"),
        (("run", "--all", "--quik"), "named '--quik'; did you mean '--quick'"),
        (("run", "parabola", "--pints", "3"), "did you mean '--points'?"),
        (("report",), "results holds no finished result yet"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(folder, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(folder)
    assert collection_main(folder / "experiments", words, build_report) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert sentence in said.err


def test_all_run_side_by_side_on_one_thread_each_and_one_that_breaks_stops_no_other(folder):
    threads = (
        "x = np.linspace",
        'import os\n    progress.note(t=os.environ["OPENBLAS_NUM_THREADS"])\n    x = np.linspace',
    )
    write_toy(folder / "experiments", "parabola", threads)
    write_toy(folder / "experiments", "broken", ("x = np.linspace", "raise KeyError('oh')\n    x = np.linspace"))
    write_toy(folder / "experiments", "wrong", ("expected=2.0", "expected=2.5"))
    code, output, errors = python("all.py", "run", "--all", "--quick", "--jobs", 2, cwd=folder)
    assert code == 1
    table = output.splitlines()
    assert table[0].split() == ["experiment", "wall", "s", "checks", "claims"]
    assert [line.split()[0] for line in table[1:4]] == ["broken", "parabola", "wrong"]
    assert "did not finish" in table[1]
    assert "1 held" in table[2]
    assert "A0-06 supported" in table[2]
    assert "1 FAILED: end" in table[3]
    assert "KeyError: 'oh'" in output
    assert sorted(errors.splitlines()) == sorted(set(errors.splitlines()))
    assert "[3/3]" in errors
    (record,) = folder.glob("results/parabola/*/run.json")
    assert json.loads(record.read_text())["notes"]["t"] == ["1"]


def test_one_name_takes_every_option_of_the_experiment(folder):
    code, output, _ = python("all.py", "run", "parabola", "--quick", "--points", 6, cwd=folder)
    assert code == 0
    assert output.splitlines()[-1] == "repeat  python experiments/parabola.py --quick --points 6"


def test_ctrl_c_keeps_finished_work_and_the_same_command_goes_on(folder):
    slow = ('param(0.0, doc="pause', 'param(30.0, doc="pause')
    write_toy(folder / "experiments", "slow", slow)
    process = start("all.py", "run", "--all", "--quick", "--jobs", 2, cwd=folder)
    for _ in range(600):
        # A manifest in a .partial folder is a run that has not got its name yet.
        done = [path for path in folder.glob("results/parabola/*/manifest.json") if not path.parent.suffix]
        if done and list(folder.glob("results/slow/*.partial/param*")):
            break
        time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 5
    assert errors.splitlines()[-1] == "python all.py run --all --quick --jobs 2"
    assert "Traceback" not in errors
    assert not list(folder.glob("results/slow/*.partial"))
    (folder / "experiments" / "slow.py").unlink()
    write_toy(folder / "experiments", "fast")
    code, output, _ = python("all.py", "run", "--all", "--quick", "--jobs", 2, cwd=folder)
    assert code == 0
    table = output.splitlines()
    assert "done before" in table[2]
    assert "done before" not in table[1]


def test_experiments_side_by_side_run_on_one_thread_each(folder):
    look = """from threadpoolctl import threadpool_info

    from neurosim.engines.compiled import run as compiled_run

    np.ones((200, 200)) @ np.ones((200, 200))
    progress.note(blas=[pool["num_threads"] for pool in threadpool_info()], compiled=compiled_run.threads_of(0))
    x = np.linspace"""
    write_toy(folder / "experiments", "looking", ("x = np.linspace", look))
    code, output, errors = python("all.py", "run", "looking", "parabola", "--jobs", "2", "--quick", cwd=folder)
    assert code == 0, output + errors
    (record,) = (folder / "results" / "looking").glob("*/run.json")
    notes = json.loads(record.read_text())["notes"]
    assert notes["compiled"] == [1]
    assert notes["blas"]
    assert all(count == 1 for pools in notes["blas"] for count in pools)


def test_one_experiment_alone_writes_the_same_tables_as_all_at_once(folder, monkeypatch):
    """Sums over another number of threads are other sums: a single run takes one thread as well, whatever is set."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "4")
    look = """from threadpoolctl import threadpool_info

    noise = np.random.default_rng(0).standard_normal((700, 700))
    noise = np.linalg.solve(noise, noise @ noise)
    from scipy.linalg import lu_factor  # a BLAS of its own, loaded this late
    lu_factor(noise)
    progress.note(blas=[pool["num_threads"] for pool in threadpool_info()])
    x = noise.ravel()[:5] + np.linspace"""
    write_toy(folder / "experiments", "looking", ("x = np.linspace", look))
    code, output, errors = python("all.py", "run", "looking", "--quick", "--out", "alone", cwd=folder)
    assert code in (0, 1), output + errors
    python("all.py", "run", "looking", "parabola", "--quick", "--out", "both", cwd=folder)
    alone, both = (next(folder.glob(f"{out}/looking/*/points.csv")) for out in ("alone", "both"))
    assert alone.read_bytes() == both.read_bytes()
    notes = json.loads((alone.parent / "run.json").read_text())["notes"]
    assert all(count == 1 for pools in notes["blas"] for count in pools)
