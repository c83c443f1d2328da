"""The command line of an experiment: what it prints, how it ends, and that a mistake is one sentence."""

import signal
import sys
import time

import pytest
from lab_toy import python, start, write_toy

from neurosim.lab import load
from neurosim.lab.command import run_file
from neurosim.lab.options import read_request


@pytest.fixture
def toy(tmp_path):
    return write_toy(tmp_path / "experiments")


def test_a_run_ends_with_folder_figure_and_the_command_that_repeats_it(toy, tmp_path):
    code, output, errors = python("experiments/parabola.py", "--quick", "--seed", 4, "--noisy", cwd=tmp_path)
    folder, figure, repeat = output.splitlines()[-3:]
    assert code == 1, errors  # the noise moves the last point off the curve
    assert "check end fails: y(1) is" in output
    assert folder.startswith("folder  results/parabola/")
    assert (tmp_path / figure.removeprefix("figure  ")).is_file()
    assert repeat == "repeat  python experiments/parabola.py --quick --noisy --seed 4"
    words = repeat.removeprefix("repeat  python ").split()
    again, output_again, _ = python(*words, cwd=tmp_path)
    assert again == 1
    assert output_again.splitlines()[-3:] == [folder, figure, repeat]
    assert "finished before" in output_again


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--point", "3"], "no option of parabola is named '--point'; did you mean '--points'?"),
        (["--points"], "Missing value for argument '--points'"),
        (["--points", "many"], "Parameters.points: got 'many', expected a whole number (number of points)"),
        (["--points", "1"], "Parameters.points: got 1, expected >= 2 (number of points)"),
        (["--factor", "nan"], "Parameters.factor: got nan Hz, expected >= 0 Hz (factor a)"),
        (["--factor", "-1"], "Parameters.factor: got -1 Hz"),
        (["--engine", "brain"], "Parameters.engine: got 'brain', expected one of 'static', 'rate'"),
        (["--levels", "1", "x"], "Parameters.levels: got (1.0, 'x'), expected a sequence of numbers"),
        (["quick"], "'quick' is no option; options begin with two dashes"),
        (["--params", "none.toml"], "--params: there is no file 'none.toml'"),
        (["--params", "bad.toml"], "is not readable as TOML"),
        (["--params", "odd.toml"], "no parameter in odd.toml (for parabola) is named 'factr'; did you mean 'factor'?"),
        (["--replot"], "has no tables of parabola with these parameters"),
        (["--out", "bad.toml"], "bad.toml"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(toy, tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("points = = 3")
    (tmp_path / "odd.toml").write_text("factr = 3")
    assert run_file(toy, words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1


def test_a_mistake_has_no_traceback_in_a_shell(toy, tmp_path):
    code, output, errors = python("experiments/parabola.py", "--points", "x", cwd=tmp_path)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    code, output, errors = python("-m", "neurosim.lab", "experiments/parabol.py", cwd=tmp_path)
    assert (code, output, errors.count("\n")) == (2, "", 1)


def test_input_that_is_found_bad_while_computing_is_a_sentence_too(tmp_path, monkeypatch, capsys):
    change = ("    import time\n", "    p.replace(points=-1)\n")
    monkeypatch.chdir(tmp_path)
    assert run_file(write_toy(tmp_path / "experiments", "parabola", change), ["--quick", "--no-progress"]) == 2
    assert capsys.readouterr().err == "error: Parameters.points: got -1, expected >= 2 (number of points)\n"
    assert not list(tmp_path.glob("results/parabola/[!.]*"))


def test_flags_go_before_the_file_the_file_before_quick_and_quick_before_the_defaults(toy, tmp_path):
    (tmp_path / "p.toml").write_text("points = 7\nfactor = 3\nlevels = [1, 2]\nnoisy = true\n")
    experiment = load(toy)
    file = ["--params", str(tmp_path / "p.toml")]

    def points(*words: str) -> int:
        return read_request(experiment, words).parameters.points

    assert [points(), points("--quick"), points("--quick", *file), points("--quick", *file, "--points", "9")] == [
        12,
        5,
        7,
        9,
    ]
    request = read_request(experiment, [*file, "--no-noisy", "--factor", "4"])
    assert request.parameters == experiment.settings(points=7, factor=4.0, levels=(1.0, 2.0), noisy=False)
    assert read_request(experiment, ["--points", "12", "--quick"]).parameters.points == 12


def test_help_shows_meaning_unit_and_default_and_imports_nothing_slow(toy, tmp_path):
    code, output, errors = python("-X", "importtime", "experiments/parabola.py", "--help", cwd=tmp_path)
    assert code == 0
    assert "--factor NUMBER" in output
    assert "factor a [Hz] (default: 2.0)" in output
    assert "number of points (default: 12; quick: 5)" in output
    assert "--engine {static,rate}" in output
    assert "--no-progress" in output
    loaded = {line.rpartition("|")[2].strip() for line in errors.splitlines() if line.startswith("import time:")}
    assert "neurosim.lab.command" in loaded
    # Each of these takes 0.1 s or more, and help is to appear within 0.3 s.
    assert not loaded & {
        "pandas",
        "matplotlib",
        "scipy",
        "brian2",
        "sklearn",
        "numba",
        "tyro",
        "jinja2",
        "tqdm",
        "asyncio",
    }


def test_a_dry_run_computes_nothing(toy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_file(toy, ["--dry-run", "--points", "100", "--pause", "0.5"]) == 0
    output = capsys.readouterr().out
    assert "parameters  points=100, pause=0.5" in output
    assert "would run" in output
    assert "50 s, 0.00153 MiB" in output  # 100 points of 0.5 s and of 16 bytes
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_run_and_says_how_to_go_on(toy, tmp_path, signal_sent):
    process = start("experiments/parabola.py", "--pause", "5", "--no-progress", cwd=tmp_path)
    partial = _wait_for(tmp_path / "results" / "parabola")
    began = time.monotonic()
    process.send_signal(signal_sent)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 128 + signal_sent
    assert time.monotonic() - began < 5
    assert output == ""
    assert errors.splitlines()[-1] == "python experiments/parabola.py --pause 5.0"
    assert "Traceback" not in errors
    assert not partial.exists()


STUBBORN = """
import time
from neurosim.lab.interrupt import interruptible

with interruptible(lambda: "farewell", grace=0.3):
    while True:
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
"""

SWALLOWED = """
import time
from neurosim.lab.interrupt import interruptible

try:
    with interruptible(lambda: "farewell", grace=60):
        try:
            print("ready", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            pass
except KeyboardInterrupt:
    raise SystemExit(130)
raise SystemExit(0)
"""


IN_A_CALLBACK = """
import time
import weakref
from neurosim.lab.interrupt import interruptible

class Thing:
    pass

def forgotten(_):
    print("ready", flush=True)
    time.sleep(60)

try:
    with interruptible(lambda: "farewell", grace=60):
        thing = Thing()
        reference = weakref.ref(thing, forgotten)
        del thing  # calls back now; what is raised in there cannot get out
        time.sleep(60)
except KeyboardInterrupt:
    raise SystemExit(130)
raise SystemExit(0)
"""


@pytest.mark.parametrize(("program", "said"), [(STUBBORN, "farewell\n"), (SWALLOWED, ""), (IN_A_CALLBACK, "")])
def test_ctrl_c_works_also_where_a_library_swallows_it(tmp_path, program, said):
    (tmp_path / "program.py").write_text(program)
    process = start("program.py", cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, said)


def test_a_killed_run_leaves_no_result_and_does_not_block_the_next(toy, tmp_path):
    process = start("experiments/parabola.py", "--pause", "5", cwd=tmp_path)
    partial = _wait_for(tmp_path / "results" / "parabola")
    process.kill()
    process.communicate()
    assert partial.exists()
    code, output, _ = python("experiments/parabola.py", "--quick", cwd=tmp_path)
    assert code == 0, output
    assert not partial.exists()


def test_two_runs_of_the_same_thing_compute_it_once(toy, tmp_path):
    words = ("experiments/parabola.py", "--quick", "--pause", "0.2", "--diary", "diary")
    processes = [start(*words, cwd=tmp_path) for _ in range(2)]
    results = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len((tmp_path / "diary").read_text().splitlines()) == 1
    assert len({output.splitlines()[-3] for output, _ in results}) == 1
    assert sum("is computing" in errors for _, errors in results) == 1


def _wait_for(root):
    for _ in range(600):
        found = list(root.glob("*.partial/parameters.json"))
        if found:
            return found[0].parent
        time.sleep(0.05)
    sys.exit("the run never began")
