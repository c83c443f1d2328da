"""The command line of a question: what it understands, and that a mistake is one sentence."""

import pytest
import toy_question
from toy_question import neurosim

from neurosim.commands import entry
from neurosim.commands._options import OPTIONS
from neurosim.lab import ask
from neurosim.lab.options import read_options


@pytest.fixture
def toy(tmp_path):
    return toy_question.write(tmp_path)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--point", "3"], "no option of toys/parabola is named '--point'; did you mean '--points'?"),
        (["--points"], "Missing value for argument '--points'"),
        (["--points", "many"], "Parameters.points: got 'many', expected a whole number (number of points)"),
        (["--points", "1"], "Parameters.points: got 1, expected >= 2 (number of points)"),
        (["--factor", "nan"], "Parameters.factor: got nan Hz, expected >= 0 Hz (factor a)"),
        (["--factor", "-1"], "Parameters.factor: got -1 Hz"),
        (["--jobs", "two"], "--jobs: got 'two', expected a whole number >= 0"),
        (["--params", "none.toml"], "--params: there is no file 'none.toml'"),
        (["--params", "bad.toml"], "is not readable as TOML"),
        (["--params", "odd.toml"], "no parameter in odd.toml (for toys/parabola) is named 'factr'; did you mean"),
        (["--replot"], "has no undamaged result with these parameters and seeds; run it first"),
        (["--out", "bad.toml"], "bad.toml"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(toy, tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("points = = 3")
    (tmp_path / "odd.toml").write_text("factr = 3")
    assert entry(["run", str(toy), *words], lambda *_: tmp_path) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1


def test_a_mistake_has_no_traceback_in_a_shell(toy, tmp_path):
    code, output, errors = neurosim("run", toy, "--points", "x", cwd=tmp_path)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    code, output, errors = neurosim("run", "toys/parabol.py", cwd=tmp_path)
    assert (code, output, errors.count("\n")) == (2, "", 1)


def test_flags_go_before_the_file_the_file_before_quick_and_quick_before_the_defaults(tmp_path):
    toy = toy_question.write(tmp_path, "parabola", ('QUICK = {"seeds": 2}', 'QUICK = {"points": 4}'))
    (tmp_path / "p.toml").write_text("points = 7\nfactor = 3\n")
    question = ask(toy)
    file = ["--params", str(tmp_path / "p.toml")]

    def points(*words: str) -> int:
        return read_options(question, words, OPTIONS)[0].points

    assert [points(), points("--quick"), points("--quick", *file), points("--quick", *file, "--points", "9")] == [
        5,
        4,
        7,
        9,
    ]
    assert read_options(question, [*file, "--factor", "4"], OPTIONS)[0] == question.settings(points=7, factor=4.0)


def test_help_shows_meaning_unit_and_default_and_imports_nothing_slow(toy, tmp_path):
    code, output, errors = neurosim("run", toy, "--help", cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    assert code == 0
    assert "--factor NUMBER" in output
    assert "factor a [Hz] (default: 2.0)" in output
    assert "number of replicates (default: 4; quick: 2)" in output
    assert "--no-progress" in output
    loaded = {line.rpartition("|")[2].strip() for line in errors.splitlines() if line.startswith("import time:")}
    assert "neurosim.commands._options" in loaded
    # Each of these takes 0.1 s or more, and help is to appear within 0.3 s.
    slow = {"pandas", "matplotlib", "brian2", "sklearn", "numba", "tyro", "jinja2", "asyncio", "distributed"}
    assert not loaded & slow
