"""The ledger of claims: each claim once, with the verdict of the record, and what the results at hand say of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from neurosim.lab.claims import OUTCOMES, Claim, of_real_networks
from neurosim.lab.findings import DEFINITION, NOT_TESTABLE, PARTLY, Finding
from neurosim.lab.record import Row
from neurosim.lab.result import Result

NOT_TESTED = "not tested yet"


@dataclass(frozen=True)
class Entry:
    """A claim with its verdict and what stands behind it.

    Args:
        claim: of the ledger.
        verdict: of the record; where it has none, of a full run at hand.
        recorded: its row of the record, if there is one.
        here: the verdict of the results at hand: a leaning where they are short runs, "" where there are none.
        short: whether only short runs are at hand.
        evidence: the findings at hand, each with the question it comes from.
        real: the same of networks that others trained; None where they are not asked. A claim that models cannot
            decide has their verdict.
    """

    claim: Claim
    verdict: str
    recorded: Row | None
    here: str
    short: bool
    evidence: tuple[tuple[str, Finding], ...]
    real: "Entry | None" = None

    @property
    def agrees(self) -> bool:
        """Whether what is at hand says what the record says."""
        return self.here in ("", self.verdict)

    @property
    def score(self) -> float | None:
        """Brier score of the forecast: 0 for a certain and right one, 2 for a certain and wrong one.

        sum over outcomes of (probability - 1 for the verdict, 0 for the others)^2 (Brier, Mon Weather Rev 78 (1950) 1).
        """
        if not self.claim.forecast or self.verdict not in OUTCOMES:
            return None
        return sum((self.claim.forecast[word] - (word == self.verdict)) ** 2 for word in OUTCOMES)


def enter(
    claims: Sequence[Claim], results: Iterable[Result], record: Mapping[str, Row] | None = None,
    real: Mapping[str, Row] | None = None,
) -> list[Entry]:  # fmt: skip
    """Every claim with its verdict; claims that were decided without being in the ledger come last.

    Several findings on one claim count as their common verdict, and as "partly" where they differ. A definition is
    one whatever was found. A short run decides nothing, and says nothing beside a full one.

    Args:
        claims: the ledger.
        results: what is at hand.
        record: the recorded verdicts of models.
        real: those of networks that others trained.
    """
    every = list(results)
    asked = [claim.real for claim in claims if claim.real]
    second = _entered(asked, [result for result in every if of_real_networks(result.name)], real or {})
    beside = {entry.claim.id: entry for entry in second}
    entries = _entered(claims, [result for result in every if not of_real_networks(result.name)], record or {})
    known = {claim.id for claim in claims}
    return [_beside(entry, beside.get(entry.claim.id)) for entry in entries] + [
        entry for entry in second if entry.claim.id not in known
    ]


def _beside(entry: Entry, real: Entry | None) -> Entry:
    """An entry with that of real networks beside it, whose verdict it has where models cannot decide."""
    if real is None or entry.verdict != NOT_TESTABLE:
        return replace(entry, real=real)
    return replace(real, claim=entry.claim, real=real)


def scored(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Every entry and that of real networks beside it, as far as its forecast has a score."""
    for entry in entries:
        yield from (each for each in (entry, entry.real) if each is not None and each.score is not None)


def _entered(claims: Sequence[Claim], results: Iterable[Result], record: Mapping[str, Row]) -> list[Entry]:
    """The claims in one of the two places."""
    found: dict[str, list[tuple[str, Finding]]] = {}
    full: set[str] = set()
    for result in sorted(results, key=lambda result: result.quick):
        for finding in result.findings:
            if finding.kind == "claim" and not (result.quick and finding.id in full):
                found.setdefault(finding.id, []).append((result.name, finding))
                full |= set() if result.quick else {finding.id}
    known = {claim.id for claim in claims}
    extra = [
        Claim(id=id, article="not in the ledger", statement=evidence[0][1].statement)
        for id, evidence in sorted(found.items())
        if id not in known
    ]
    return [
        _entry(claim, tuple(found.get(claim.id, ())), record.get(claim.id), claim.id not in full)
        for claim in (*claims, *extra)
    ]


def measurements(entries: Iterable[Entry]) -> int:
    """On how many independent measurements the decided claims rest."""
    every = (each for entry in entries for each in (entry, entry.real) if each is not None)
    return len({_measurement(entry) for entry in every if entry.verdict in OUTCOMES})


def _measurement(entry: Entry) -> tuple[bool, str]:
    recorded = entry.recorded
    return (recorded.real, recorded.measurement) if recorded else (False, entry.claim.id)


def brier(entries: Iterable[Entry]) -> tuple[float, int]:
    """Mean score of the forecasts over the decided claims, and how many these are (NaN and 0 without any)."""
    scores = [entry.score or 0.0 for entry in scored(entries)]
    return (sum(scores) / len(scores) if scores else float("nan")), len(scores)


def base_rate_brier(entries: Iterable[Entry]) -> float:
    """The score of who knows only how often each verdict is reached, and says so every time."""
    verdicts = [entry.verdict for entry in scored(entries)]
    if not verdicts:
        return float("nan")
    return 1.0 - sum((verdicts.count(word) / len(verdicts)) ** 2 for word in OUTCOMES)


def _entry(claim: Claim, evidence: tuple[tuple[str, Finding], ...], recorded: Row | None, short: bool) -> Entry:
    verdicts = {finding.verdict for _, finding in evidence}
    measured = verdicts - {NOT_TESTABLE}
    here = measured.pop() if len(measured) == 1 else PARTLY if measured else ""
    if claim.kind == DEFINITION:
        verdict, here = DEFINITION, ""  # whatever a run shows of it, no run could refuse it
    elif not claim.testable or verdicts == {NOT_TESTABLE}:
        verdict, here = NOT_TESTABLE, ""
    elif recorded is not None:
        verdict = recorded.verdict
    else:
        verdict = NOT_TESTED if short or not here else here
    return Entry(claim, verdict, recorded, here, short, evidence)
