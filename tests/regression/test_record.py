"""The record of verdicts belongs to the code of now."""

import pytest
from small_questions import EXPERIMENTS, QUESTIONS

from neurosim.lab.claims import read_claims
from neurosim.lab.question import ask
from neurosim.lab.record import NAME, outdated, read_record

RECORD, REAL = (read_record(EXPERIMENTS / NAME, real=place) for place in (False, True))


@pytest.mark.parametrize("name", sorted({row.question for row in (*RECORD.values(), *REAL.values())}))
def test_the_record_of_a_question_is_that_of_its_code(name):
    rows = [row for row in (*RECORD.values(), *REAL.values()) if row.question == name]
    reason = outdated(rows, ask(QUESTIONS[name]))
    assert not reason, f"{name}: {reason}; renew it: neurosim run {name} && neurosim record"


def test_every_claim_that_a_question_decides_stands_in_the_record():
    asked = {claim.id: claim.experiment for claim in read_claims(EXPERIMENTS / "claims.csv") if claim.experiment}
    assert {id: RECORD[id].question for id in asked if id in RECORD} == asked


def test_so_does_every_claim_that_is_put_to_real_networks():
    asked = {claim.id: claim.real.experiment for claim in read_claims(EXPERIMENTS / "claims.csv") if claim.real}
    assert {id: REAL[id].question for id in asked if id in REAL} == asked
