"""Every rule on a claim could go either way: there are tables under which it says yes, no, and nothing."""

import functools

import pytest
from rules import ALL, WAYS, findings
from small_questions import EXPERIMENTS, LACKING, QUESTIONS

from neurosim.lab.claims import of_real_networks, read_claims
from neurosim.lab.findings import DEFINITION, NOT_TESTABLE

LACKING_CLAIMS = {
    (claim.id, True): claim.real.experiment
    for claim in read_claims(EXPERIMENTS / "claims.csv")
    if claim.real and claim.real.experiment in LACKING
}
"""Claims of questions that cannot run here: their tests are left out, with the reason."""


@functools.cache
def judged():
    """Claim, and whether real networks are asked -> question, for every claim that a rule decides."""
    return {
        (finding.id, of_real_networks(name)): name
        for name in QUESTIONS.keys() - LACKING.keys()
        for finding in findings(name)
        if finding.kind == "claim" and finding.conditions and finding.verdict not in (DEFINITION, NOT_TESTABLE)
    }


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        pytest.param((id, real), verdict, id=f"{id}{' real' * real}-{verdict}")
        for id, real in sorted(ALL)
        for verdict in ALL[id, real]
    ],
)
def test_the_rule_says_so_of_such_tables(claim, verdict):
    question = LACKING_CLAIMS.get(claim) or judged()[claim]
    made = {finding.id: finding for finding in findings(question, ALL[claim][verdict])}
    assert made[claim[0]].verdict == verdict, made[claim[0]].conditions


def test_every_rule_has_tables_for_every_way():
    missing = {claim: sorted(set(WAYS) - set(ALL.get(claim, ()))) for claim in judged()}
    missing = {claim: ways for claim, ways in missing.items() if ways}
    assert not missing, f"claims without tables for these verdicts (tests/claims/<chapter>.py): {missing}"
    extra = set(ALL) - set(judged()) - set(LACKING_CLAIMS)
    assert not extra, f"no rule decides {sorted(extra)}"
