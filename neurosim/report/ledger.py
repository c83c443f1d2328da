"""The ledger of claims: each claim once, with the verdict that the questions' findings give it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neurosim.lab.claims import Claim
from neurosim.lab.findings import DEFINITION, NOT_TESTABLE, PARTLY, Finding
from neurosim.lab.result import Result

NOT_TESTED = "not tested yet"


@dataclass(frozen=True)
class Entry:
    """A claim with its verdict and the findings behind it, each with the question it comes from."""

    claim: Claim
    verdict: str
    evidence: tuple[tuple[str, Finding], ...]


def enter(claims: Sequence[Claim], results: Iterable[Result]) -> list[Entry]:
    """Every claim with its verdict; claims that were decided without being in the ledger come last.

    Several findings on one claim count as their common verdict, and as "partly" where they differ. A definition is
    one whatever was found.
    """
    found: dict[str, list[tuple[str, Finding]]] = {}
    for result in results:
        for finding in result.findings:
            if finding.kind == "claim":
                found.setdefault(finding.id, []).append((result.name, finding))
    known = {claim.id for claim in claims}
    extra = [
        Claim(id=id, article="not in the ledger", statement=evidence[0][1].statement)
        for id, evidence in sorted(found.items())
        if id not in known
    ]
    return [_entry(claim, tuple(found.get(claim.id, ()))) for claim in (*claims, *extra)]


def _entry(claim: Claim, evidence: tuple[tuple[str, Finding], ...]) -> Entry:
    verdicts = {finding.verdict for _, finding in evidence}
    measured = verdicts - {NOT_TESTABLE}
    if claim.kind == DEFINITION:
        verdict = DEFINITION  # whatever a run shows of it, no run could refuse it
    elif len(measured) == 1:
        verdict = measured.pop()
    elif measured:
        verdict = PARTLY
    elif verdicts or not claim.testable:
        verdict = NOT_TESTABLE
    else:
        verdict = NOT_TESTED
    return Entry(claim, verdict, evidence)
