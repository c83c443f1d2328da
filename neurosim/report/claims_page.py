"""The ledger of claims as a page of the documentation: one block per claim, and how forecasts were coded."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from neurosim.lab.claims import KINDS, OUTCOMES, Claim
from neurosim.lab.findings import DEFINITION, UNDECIDED
from neurosim.lab.record import Row
from neurosim.params import ParameterError

ARTICLE_COLUMNS = ("article", "about", "title_zh", "title_en", "source", "date")

CODING: tuple[tuple[tuple[str, ...], tuple[float, float, float]], ...] = (
    (("True:", "True,"), (0.9, 0.08, 0.02)),
    (("True ",), (0.7, 0.25, 0.05)),
    (("Roughly true", "Mostly true"), (0.6, 0.35, 0.05)),
    (("Partly",), (0.1, 0.8, 0.1)),
    (("Not in general", "Mostly the reverse"), (0.05, 0.35, 0.6)),
    (("Wrong",), (0.02, 0.08, 0.9)),
    (("",), (0.35, 0.45, 0.2)),
)
"""First words of an expectation -> probabilities of supported, partly, not supported; the first that fit count."""

_KINDS = {
    "mechanism": "one thing brings another about",
    "comparison": "more, less, better or like something else",
    "existence": "a statement with *may*: one clear instance supports it",
    "universal": "said of all cases, or as a plain number",
    DEFINITION: "true (or false) by construction: a question may illustrate it, no run could refuse it, and it is no "
    "part of the tally",
    "history": "who did or used something first or widely",
    "practice": "what is usually done or should be done",
}
_CODING_WORDS = {"True ": '"True" with a condition (if, of, with, in ...)', "": "anything else"}


def coded(expected: str) -> dict[str, float]:
    """The forecast that the first words of an expectation stand for, by `CODING`."""
    found = next(numbers for words, numbers in CODING if expected.startswith(words))
    return dict(zip(OUTCOMES, found, strict=True))


def read_articles(path: Path) -> list[dict[str, str]]:
    """What is known of each article; an empty text is something that its file does not say.

    Raises:
        ParameterError: a column is missing.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in ARTICLE_COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            expected = ", ".join(ARTICLE_COLUMNS)
            raise ParameterError(f"{path}, line 1: column {missing[0]!r} is missing; expected are {expected}")
        return [{name: (row[name] or "").strip() for name in ARTICLE_COLUMNS} for row in reader]


def ledger_lines(
    claims: Sequence[Claim], articles: Sequence[Mapping[str, str]], record: Mapping[str, Row] | None = None,
    real: Mapping[str, Row] | None = None,
) -> Iterable[str]:  # fmt: skip
    """Every claim below the heading of its article: original sentence, statement, kind, verdict, expectation.

    Raises:
        ParameterError: a claim of an article that is not described.
    """
    described = {article["article"] for article in articles}
    for claim in claims:
        if claim.article not in described:
            raise ParameterError(
                f"{claim.id}: its article {claim.article!r} is not described; described are "
                f"{', '.join(sorted(described))}"
            )
    carried: dict[str, list[str]] = {}
    for claim in claims:
        for id in claim.rests_on:
            carried.setdefault(id, []).append(claim.id)
    for article in articles:
        yield from (f"## {article['article']}: {article['about']}", "")
        known = [article[name] for name in ("title_zh", "title_en", "source", "date") if article[name]]
        yield from ([f"{'; '.join(known)}.", ""] if known else ["Title, source and date are not known.", ""])
        for claim in claims:
            if claim.article == article["article"]:
                rows = ((record or {}).get(claim.id), (real or {}).get(claim.id))
                yield from claim_lines(claim, carried.get(claim.id, []), *rows)


def claim_lines(
    claim: Claim, carries: Sequence[str] = (), row: Row | None = None, real: Row | None = None
) -> Iterable[str]:
    """One claim as a block.

    Args:
        claim: of the ledger.
        carries: ids of the claims that rest on it.
        row: what the record says of it in models.
        real: what the record says of it in networks that others trained.
    """
    yield from (f"### {claim.id}", "", f"**{claim.statement}**", "")
    chinese = [line for line in (f"「{claim.quote_zh}」" if claim.quote_zh else "", claim.statement_zh) if line]
    yield from (f"> {line}".rstrip() for line in "\n\n".join(chinese).splitlines())
    yield ""
    if row is not None and row.verdict in (*OUTCOMES, UNDECIDED):
        yield from _verdict(row)
    yield from (f"* Kind: {claim.kind}. {_decided(claim)}", f"* Expected: {claim.expected}", *_forecast(claim))
    if claim.real is not None:
        if real is not None and real.verdict in (*OUTCOMES, UNDECIDED):
            yield from _verdict(real)
        yield from (f"* In real networks: {_decided(claim.real)}", f"* Expected there: {claim.real.expected}")
        yield from _forecast(claim.real)
    links = [f"rests on {_links(claim.rests_on)}" if claim.rests_on else "", _carried(carries)]
    if any(links):
        text = "; ".join(link for link in links if link)
        yield f"* {text[:1].upper()}{text[1:]}."
    if claim.literature:
        yield f"* Literature: {claim.literature}"
    if claim.review:
        yield f"* Note: {claim.review}"
    yield ""


def _forecast(claim: Claim) -> Iterable[str]:
    if claim.forecast:
        yield f"* Forecast: {', '.join(f'{word} {claim.forecast[word]:g}' for word in OUTCOMES)}."


def kind_lines() -> Iterable[str]:
    """What each kind of claim means."""
    return (f"* *{kind}*: {_KINDS[kind]}." for kind in KINDS)


def coding_rows() -> Iterable[tuple[str, ...]]:
    """The rule that codes expectations, as rows of a table: first words, then the probability of each outcome."""
    for words, numbers in CODING:
        said = ", ".join(_CODING_WORDS.get(word, f'"{word}"') for word in words)
        yield (said, *(f"{number:g}" for number in numbers))


def _verdict(row: Row) -> Iterable[str]:
    """The verdict of the record with its conditions, where it flips, and how to repeat it."""
    where = ", in real networks" if row.real else ", in the model" if row.in_the_model else ""
    yield f"* Verdict: **{row.verdict}**{where}."
    yield from (f"    * {condition}." for condition in row.conditions.split(" | ") if condition)
    if row.flips:
        yield f"    * It flips with {row.flips}."
    count = f"{row.n} independent measurements; " if row.n else ""
    yield f"    * {count}`neurosim run {row.question}`."


def _decided(claim: Claim) -> str:
    if claim.experiment:
        if not claim.testable:
            return f"Not testable there, as `{claim.experiment}` says."
        return f"{'Shown' if claim.kind == DEFINITION else 'Decided'} by `{claim.experiment}`."
    if claim.kind == DEFINITION:
        return "No question shows it."
    return "Not tested yet." if claim.testable else "Not testable here."


def _carried(ids: Sequence[str]) -> str:
    return f"{_links(ids)} {'rests' if len(ids) == 1 else 'rest'} on it" if ids else ""


def _links(ids: Sequence[str]) -> str:
    return ", ".join(f"[{id}](#{id.lower()})" for id in ids)
