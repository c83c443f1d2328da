"""A question is found by its name, the end of its name, its file, or its path from here without the ending."""

import toy_question

from neurosim.lab.question_files import find


def test_a_question_of_ones_own_is_found_with_and_without_its_ending(tmp_path, monkeypatch):
    known = toy_question.write(tmp_path / "experiments", "parabola")
    own = toy_question.write(tmp_path / "mine", "cubic")
    monkeypatch.chdir(tmp_path)
    assert find("toys/parabola", tmp_path / "experiments") == known
    assert find("parabola", tmp_path / "experiments") == known
    for name in ("mine/toys/cubic", "mine/toys/cubic.py"):
        assert find(name, tmp_path / "experiments").resolve() == own.resolve()
