"""The record of verdicts belongs to the code of now."""

import pytest
from small_questions import EXPERIMENTS, QUESTIONS

from neurosim.lab.question import ask
from neurosim.lab.record import NAME, outdated, read_record

RECORD = read_record(EXPERIMENTS / NAME)


@pytest.mark.parametrize("name", sorted({row.question for row in RECORD.values()}))
def test_the_record_of_a_question_is_that_of_its_code(name):
    rows = [row for row in RECORD.values() if row.question == name]
    reason = outdated(rows, ask(QUESTIONS[name]))
    assert not reason, f"{name}: {reason}; renew it: neurosim run {name} && neurosim record"
