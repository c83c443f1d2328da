"""What a question file must hold is named before anything is computed; tables keep what rows say."""

import numpy as np
import pytest
import toy_question

from neurosim.lab import Row, above, ask, check, column
from neurosim.lab.code import code_of
from neurosim.lab.rows import tables_of
from neurosim.lab.store import arrays_to_frames, frames_to_arrays
from neurosim.metrics import Interval
from neurosim.params import Array, ParameterError


class Mixed(Row):
    number: int = column("a whole number")
    rate: float = column("a rate", "Hz")
    flag: bool = column("a truth value")
    word: str = column("a word")
    image: Array = column("a picture")


def rows():
    yield Mixed(1, 2, True, "None", np.eye(2))
    yield Mixed(np.int64(3), np.float64("nan"), np.bool_(False), "", np.zeros((0, 3)))


def test_rows_become_typed_columns_and_survive_the_way_to_disk():
    frame = tables_of(rows(), [Mixed], "here")["mixed"]
    assert [frame[name].dtype.kind for name in frame] == list("ifbOO")
    arrays = frames_to_arrays({"mixed": frame})
    again = arrays_to_frames(arrays, {"mixed": list(frame)})["mixed"]
    assert list(again.number) == [1, 3]
    assert again.rate[0] == 2.0
    assert np.isnan(again.rate[1])
    assert list(again.flag) == [True, False]
    assert list(again.word) == ["None", ""]
    assert again.image[0].tolist() == [[1, 0], [0, 1]]
    assert again.image[1].shape == (0, 3)


def test_a_table_without_rows_keeps_its_columns():
    frame = tables_of(iter(()), [Mixed], "here")["mixed"]
    assert list(frame) == ["number", "rate", "flag", "word", "image"]
    assert len(frame) == 0


def test_many_rows_at_once():
    block = Mixed.table(number=[1, 2], rate=3.0, flag=True, word=["a", "b"], image=0.0)
    assert list(block.values["rate"]) == [3.0, 3.0]
    with pytest.raises(ParameterError, match=r"Mixed.table: got columns of the lengths .*expected equal ones"):
        Mixed.table(number=[1, 2], rate=[1.0, 2.0, 3.0], flag=True, word="a", image=0.0)
    with pytest.raises(ParameterError, match=r"Mixed.table: got number, expected number, rate"):
        Mixed.table(number=1)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (Mixed(1.5, 0.0, True, "", np.eye(1)), r"Mixed.number: got 1.5, expected one int per row"),
        (Mixed(1, "x", True, "", np.eye(1)), r"Mixed.rate: got 'x', expected one float per row"),
        (Mixed(1, 0.0, 1, "", np.eye(1)), r"Mixed.flag: got 1, expected one bool per row"),
        (Mixed(1, None, True, "", np.eye(1)), r"Mixed.rate: got None, expected one float per row"),
        (Mixed(True, 0.0, True, "", np.eye(1)), r"Mixed.number: got True, expected one int per row"),
        ({"number": 1}, r"compute\(\) yielded \{'number': 1\}, expected rows of Mixed"),
    ],
)
def test_what_a_column_cannot_hold_is_named(row, message):
    with pytest.raises(ParameterError, match=message):
        tables_of([row], [Mixed], "here")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("Does a parabola pass through its points?", "A parabola.")], r"first line .* expected a question"),
        ([("def answer(t)", "def reply(t)")], "answer is missing"),
        (
            [("def compute(p, seed, lab)", "def compute(p, seed)")],
            r"compute takes \(p, seed\), expected \(p, seed, lab\)",
        ),
        ([("PANELS = (curve, picture)", "PANELS = (curve,)")], "PANELS has 1 functions, expected two to four"),
        ([('QUICK = {"seeds": 2}', 'QUICK = {"seed": 2}')], "no parameter of toys/parabola is named 'seed'"),
        ([('x: float = column("abscissa")', "x: float = 0.0")], r"Points.x: expected it to be declared with column"),
        ([('x: float = column("abscissa")', 'x: complex = column("abscissa")')], r"Points.x: got the type .*complex"),
        (
            [('x: float = column("abscissa")', 'seed: int = column("abscissa")')],
            "the laboratory adds this column itself",
        ),
        ([('column("abscissa")', 'column("")')], r"column\(\): meaning: got ''"),
        ([("    points: int = param(5", "    jobs: int = param(5")], "Parameters.jobs: this name is an option"),
    ],
)
def test_mistakes_in_the_contract_are_named_before_anything_is_computed(tmp_path, changes, message):
    with pytest.raises(ParameterError, match=message):
        ask(toy_question.write(tmp_path, "parabola", *changes))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (Interval(1.0, 0.8, 1.2, 5), "holds"),
        (Interval(1.0, 0.4, 1.6, 5), "undecided"),
        (Interval(0.2, 0.1, 0.3, 5), "fails"),
        (Interval(1.0, float("nan"), float("nan"), 1), "undecided"),
        (float("nan"), "fails"),
        (0.5, "holds"),
        (0.49, "fails"),
    ],
)
def test_the_interval_decides_a_check(value, verdict):
    assert check("id", "It is large.", value, above(0.5), why="by hand").verdict == verdict


def test_the_code_of_a_question_is_also_what_other_chapters_share_with_it(tmp_path):
    files = {
        "__init__.py": "",
        "near/question.py": "from work.far._data import numbers\n",
        "near/_own.py": "",
        "far/_data.py": "    from work.third import _deep\n",
        "far/other_question.py": "",
        "third/_deep.py": "import json\n",
        "strange/_else.py": "",
    }
    for name, text in files.items():
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    question = tmp_path / "work/near/question.py"
    before = code_of(question)
    assert code_of(question) == before
    for name, counts in (
        ("near/_own.py", True), ("far/_data.py", True), ("third/_deep.py", True), ("near/question.py", True),
        ("far/other_question.py", False), ("strange/_else.py", False),
    ):  # fmt: skip
        path = tmp_path / "work" / name
        text = path.read_text()
        path.write_text(text + "# changed\n")
        assert (code_of(question) != before) == counts, name
        path.write_text(text)
    assert code_of(question) == before
