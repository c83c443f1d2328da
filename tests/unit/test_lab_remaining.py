"""What is left of a run, from what its finished jobs took."""

import re

import pytest
import toy_question
from toy_question import here as neurosim

from neurosim.lab.remaining import Remaining, in_words
from neurosim.lab.workers import Job


def job(question, kind="task"):
    return Job({"kind": kind, "path": question}, question)


def test_known_questions_take_what_they_took_and_others_what_lies_between_mean_and_median():
    jobs = [job(name) for name in "aaaabbbbccddd"] + [job("a", "conclude"), job("b", "conclude")]
    remaining = Remaining(jobs, 2)
    for name, seconds in (("a", 1.0), ("a", 3.0)):
        remaining.ended(job(name), seconds)
    assert remaining.seconds() is None  # of two jobs nothing can be said
    remaining.ended(job("b"), 5.0)
    remaining.ended(job("c"), 20.0)
    # a: 2 x 2 s; b: 3 x 5 s; c: 1 x 20 s; d: 3 x (mean 9 + median 5) / 2; figures: 2 x 1 s; two workers.
    assert remaining.seconds() == pytest.approx((4 + 15 + 20 + 3 * 7 + 2) / 2)
    remaining.ended(job("a", "conclude"), 4.0)
    assert remaining.seconds() == pytest.approx((4 + 15 + 20 + 3 * 7 + 4) / 2)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.2, ", 1 s left"), (59.6, ", 60 s left"), (240.0, ", 4 min left"), (7200.0, ", 2.0 h left")],
)
def test_it_is_said_in_words(seconds, words):
    assert in_words(seconds) == words


def test_a_line_per_step_has_the_time_of_day_and_what_is_left_and_several_questions_have_a_total(tmp_path):
    toy = toy_question.write(tmp_path)
    words = ("run", toy, "--seeds", 5, "--jobs", 1)
    code, output, _ = neurosim("run", toy, toy, "--quick", "--dry-run", cwd=tmp_path)
    assert code == 0
    assert output.splitlines()[-1].startswith(
        "total: 1 question, 2 tasks, 0 of them finished; 0 s of computing, and 1 of "
    )
    code, _, errors = neurosim(*words, cwd=tmp_path)
    lines = [line for line in errors.splitlines() if "/6]" in line]
    assert code == 0, errors
    assert len(lines) == 6
    assert all(re.match(r"\d\d:\d\d:\d\d \[\d/6\] +\d+ s", line) for line in lines)
    assert ["left" in line for line in lines] == [False, False, True, True, True, False]
