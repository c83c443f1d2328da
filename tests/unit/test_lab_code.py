"""A task is found by the code that its numbers depend on, and by no other."""

import pytest
from small_questions import QUESTIONS

from neurosim.lab.code import numbers_code, reached
from neurosim.params import ParameterError

FILES = {
    "__init__.py": "",
    "near/question.py": '''"""Is it so?"""
import work.near._aside as aside
from work import _bounds
from math import floor, pi
from work.far._data import numbers as data, words
from work.near import _own


class Parameters:
    size: int = _own.SIZE


def compute(p, seed, lab):
    """Its rows."""
    # said by hand
    yield lab.once(prepared, p, seed)


def prepared(p, seed):
    from work.far._late import LATE

    return data(p) + _bounds.HALF + aside.offset(LATE) + pi


def findings(t):
    yield words


def panel(ax, t):
    return _own.COLOUR
''',
    "near/_own.py": "SIZE = 3\nCOLOUR = 'red'\n",
    "near/_aside.py": "STEP = 2\n\n\ndef offset(x):\n    return x + STEP\n",
    "far/_data.py": "from work.third._deep import deep\n\n\ndef numbers(p):\n    return deep(p)\n\n\nwords = 'so'\n",
    "far/_late.py": "LATE = 4\nEARLY = 5\n",
    "third/_deep.py": "TABLE = {}\nTABLE['x'] = 1\n\n\ndef deep(p):\n    return TABLE\n",
    "_bounds.py": "HALF = 0.5\n",
}


@pytest.fixture
def work(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "work"


@pytest.mark.parametrize(
    ("name", "old", "new", "counts"),
    [
        ("near/question.py", "+ _bounds.HALF", "- _bounds.HALF", True),
        ("near/question.py", "yield lab.once", "return lab.once", True),
        ("near/question.py", "size: int", "width: int", True),
        ("near/_own.py", "SIZE = 3", "SIZE = 4", True),
        ("near/_aside.py", "STEP = 2", "STEP = 3", True),  # a file under another name
        ("far/_data.py", "deep(p)\n\n\nwords", "deep(p) + 1\n\n\nwords", True),
        ("far/_late.py", "LATE = 4", "LATE = 6", True),  # imported within a function
        ("third/_deep.py", "TABLE = {}", "TABLE = {'y': 1}", True),
        ("third/_deep.py", "TABLE['x'] = 1", "TABLE['x'] = 2", True),
        ("_bounds.py", "HALF = 0.5", "HALF = 0.4", True),
        ("near/question.py", "floor, pi", "ceil, floor, pi", False),  # another name from the same place
        ("near/question.py", "floor, pi", "floor, tau as pi", True),
        ("near/question.py", "yield words", "yield words * 2", False),
        ("near/question.py", "return _own.COLOUR", "return 'x'", False),
        ("near/question.py", "Is it so?", "Is it not so?", False),
        ("near/question.py", "Its rows.", "Rows.", False),
        ("near/question.py", "# said by hand", "# by hand", False),
        ("near/_own.py", "COLOUR = 'red'", "COLOUR = 'blue'", False),
        ("far/_data.py", "words = 'so'", "words = 'no'", False),
        ("far/_late.py", "EARLY = 5", "EARLY = 7", False),
    ],
)
def test_what_the_numbers_depend_on(work, name, old, new, counts):
    question, path = work / "near/question.py", work / name
    before = reached(question, ["compute", "Parameters"]), numbers_code(question)
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    after = reached(question, ["compute", "Parameters"]), numbers_code(question)
    assert [a != b for a, b in zip(before, after, strict=True)] == [counts, counts]


@pytest.mark.parametrize(
    "line", ["from ._own import SIZE", "from . import _own\nSIZE = _own.SIZE", "from work.near._own import *"]
)
def test_other_ways_to_import(work, line):
    question = work / "near/other.py"
    question.write_text(f"{line}\n\n\ndef compute(p, seed, lab):\n    return SIZE\n")
    before = reached(question, ["compute", "Parameters"])
    (work / "near/_own.py").write_text("SIZE = 5\nCOLOUR = 'red'\n")
    assert reached(question, ["compute", "Parameters"]) != before


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_reaches_its_parameters_and_rows(name):
    from neurosim.lab.code import _reached

    texts = "\n".join(_reached(QUESTIONS[name].resolve(), ("compute", "Parameters"))[0])
    assert "def compute(" in texts
    assert "(Row)" in texts
    assert "class Parameters" in texts


def test_an_import_whose_use_cannot_be_told_is_refused(work):
    question = work / "near/other.py"
    question.write_text("import work.near._own\n\n\ndef compute(p, seed, lab):\n    return work.near._own.SIZE\n")
    with pytest.raises(ParameterError, match=r"import work\.near\._own has no name of its own here"):
        reached(question, ["compute"])
