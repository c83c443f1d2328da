"""Every rule on a claim could go either way: there are tables under which it says yes, no, and nothing."""

import pytest
from rules import ALL, WAYS, findings
from small_questions import EXPERIMENTS, QUESTIONS

from neurosim.lab.claims import of_real_networks, read_claims
from neurosim.lab.findings import DEFINITION, NOT_TESTABLE

PLACES = {
    (claim.id, real): place.experiment
    for claim in read_claims(EXPERIMENTS / "claims.csv")
    for real, place in ((False, claim), (True, claim.real))
    if place is not None
}
"""Claim, and whether real networks are asked -> the question that decides it."""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # The question comes first: its tests run in the process that has its small run.
        pytest.param(claim, verdict, id=f"{PLACES.get(claim)} {claim[0]}-{verdict}")
        for claim in sorted(ALL)
        for verdict in ALL[claim]
    ],
)
def test_the_rule_says_so_of_such_tables(claim, verdict):
    made = {finding.id: finding for finding in findings(PLACES[claim], ALL[claim][verdict])}
    assert made[claim[0]].verdict == verdict, made[claim[0]].conditions


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_rule_has_tables_for_every_way(question):
    judged = {
        (finding.id, of_real_networks(question))
        for finding in findings(question)
        if finding.kind == "claim" and finding.conditions and finding.verdict not in (DEFINITION, NOT_TESTABLE)
    }
    missing = {claim: sorted(set(WAYS) - set(ALL.get(claim, ()))) for claim in judged}
    missing = {claim: ways for claim, ways in missing.items() if ways}
    assert not missing, f"claims without tables for these verdicts (tests/claims/<chapter>.py): {missing}"
    extra = {claim for claim in ALL if PLACES.get(claim) == question} - judged
    assert not extra, f"no rule of the question decides {sorted(extra)}"
