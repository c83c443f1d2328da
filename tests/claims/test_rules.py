"""Every rule on a claim could go either way: there are tables under which it says yes, no, and nothing."""

import functools

import pytest
from rules import ALL, WAYS, findings
from small_questions import LACKING, QUESTIONS

from neurosim.lab.findings import DEFINITION, NOT_TESTABLE


@functools.cache
def judged():
    """Claim -> question, for every claim that a rule decides."""
    return {
        finding.id: name
        for name in QUESTIONS.keys() - LACKING.keys()
        for finding in findings(name)
        if finding.kind == "claim" and finding.conditions and finding.verdict not in (DEFINITION, NOT_TESTABLE)
    }


@pytest.mark.parametrize(("claim", "verdict"), [(claim, verdict) for claim in sorted(ALL) for verdict in ALL[claim]])
def test_the_rule_says_so_of_such_tables(claim, verdict):
    made = {finding.id: finding for finding in findings(judged()[claim], ALL[claim][verdict])}
    assert made[claim].verdict == verdict, made[claim].conditions


def test_every_rule_has_tables_for_every_way():
    missing = {claim: sorted(set(WAYS) - set(ALL.get(claim, ()))) for claim in judged()}
    missing = {claim: ways for claim, ways in missing.items() if ways}
    assert not missing, f"claims without tables for these verdicts (tests/claims/<chapter>.py): {missing}"
    assert set(ALL) <= set(judged()), f"no rule decides {sorted(set(ALL) - set(judged()))}"
