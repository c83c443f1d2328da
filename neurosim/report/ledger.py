"""The ledger of claims: each claim once, with the verdict that the questions' findings give it."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from neurosim.lab.findings import NOT_TESTABLE, PARTLY, Finding
from neurosim.lab.result import Result
from neurosim.params import ParameterError

NOT_TESTED = "not tested yet"
COLUMNS = ("id", "article", "statement", "expected", "testable", "literature")


@dataclass(frozen=True)
class Claim:
    """A claim as the ledger file states it: what the article says, and what theory and literature lead to expect.

    `experiment` is the question that is meant to decide it (an optional column).
    """

    id: str
    article: str
    statement: str
    expected: str
    testable: bool
    literature: str
    experiment: str = ""


@dataclass(frozen=True)
class Entry:
    """A claim with its verdict and the findings behind it, each with the question it comes from."""

    claim: Claim
    verdict: str
    evidence: tuple[tuple[str, Finding], ...]


def read_claims(path: Path) -> list[Claim]:
    """The claims of the ledger file in its order; none if there is no such file.

    Raises:
        ParameterError: a column is missing, an id occurs twice, or `testable` is neither yes nor no.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ParameterError(f"{path}: column {missing[0]!r} is missing; expected are {', '.join(COLUMNS)}")
        claims = [_claim(row, f"{path}, line {reader.line_num}") for row in reader]
    ids = [claim.id for claim in claims]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise ParameterError(f"{path}: the claim {twice[0]!r} occurs twice; expected each id once")
    return claims


def enter(claims: Sequence[Claim], results: Iterable[Result]) -> list[Entry]:
    """Every claim with its verdict; claims that were decided without being in the ledger come last.

    Several findings on one claim count as their common verdict, and as "partly" where they differ.
    """
    found: dict[str, list[tuple[str, Finding]]] = {}
    for result in results:
        for finding in result.findings:
            if finding.kind == "claim":
                found.setdefault(finding.id, []).append((result.name, finding))
    known = {claim.id for claim in claims}
    extra = [
        Claim(id, "not in the ledger", evidence[0][1].statement, "", True, "")
        for id, evidence in sorted(found.items())
        if id not in known
    ]
    return [_entry(claim, tuple(found.get(claim.id, ()))) for claim in (*claims, *extra)]


def _entry(claim: Claim, evidence: tuple[tuple[str, Finding], ...]) -> Entry:
    verdicts = {finding.verdict for _, finding in evidence}
    measured = verdicts - {NOT_TESTABLE}
    if len(measured) == 1:
        verdict = measured.pop()
    elif measured:
        verdict = PARTLY
    elif verdicts or not claim.testable:
        verdict = NOT_TESTABLE
    else:
        verdict = NOT_TESTED
    return Entry(claim, verdict, evidence)


def _claim(row: dict[str, str], where: str) -> Claim:
    testable = row["testable"].strip().lower()
    if testable not in ("yes", "no"):
        raise ParameterError(f"{where}: testable is {row['testable']!r}, expected yes or no")
    texts = {name: (row[name] or "").strip() for name in COLUMNS if name != "testable"}
    return Claim(testable=testable == "yes", experiment=(row.get("experiment") or "").strip(), **texts)
