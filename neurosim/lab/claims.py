"""The ledger of claims: one table of what the articles say; questions name the id alone.

A claim has two places: models that are built here (`claims.csv`), and networks that others trained (`real_claims.csv`,
which adds the question of the chapter `real` and what is expected of it; the statement stands in the ledger alone).
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from neurosim.lab.findings import DEFINITION, NOT_SUPPORTED, PARTLY, SUPPORTED
from neurosim.params import ParameterError

KINDS = ("mechanism", "comparison", "existence", "universal", DEFINITION, "history", "practice")
"""What sort of statement a claim is; "existence" is a statement with *may*, for which one clear instance is enough."""

OUTCOMES = (SUPPORTED, PARTLY, NOT_SUPPORTED)
"""Verdicts that a forecast gives probabilities to."""

COLUMNS = (
    "id", "article", "quote_zh", "statement_zh", "statement", "kind", "expected", "forecast", "testable", "experiment",
    "rests_on", "literature", "review",
)  # fmt: skip


REAL = "real"
"""The chapter of questions that ask networks which others trained."""

REAL_COLUMNS = ("id", "experiment", "expected", "forecast")


def of_real_networks(question: str) -> bool:
    """Whether a question ("chapter/name") asks networks that others trained."""
    return question.partition("/")[0] == REAL


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim as the ledger states it.

    Args:
        id: an article, a number, and a letter where a sentence holds several claims: "A4-17", "A4-17b".
        article: whose claim it is.
        quote_zh: its words in the article; empty where no excerpt is at hand.
        statement_zh: the claim as one plain Chinese sentence.
        statement: the same in English, with the hedges and conditions of the article.
        kind: a word of `KINDS`.
        expected: the outcome that theory and literature lead to expect, written before the first run.
        forecast: the same as probabilities of `OUTCOMES`; empty for a definition and for what is not testable.
        testable: whether a question could put it to the test here.
        experiment: the question that decides it; empty as long as there is none.
        rests_on: ids of the claims that it takes for granted, directly.
        literature: what other sources say.
        review: answer to a remark of the review of the ledger that was not followed.
        real: the same claim as it is put to networks that others trained, with question, expectation and forecast of
            its own (without a forecast the question says why it is not testable there); None where it is not.
    """

    id: str
    article: str
    statement: str
    quote_zh: str = ""
    statement_zh: str = ""
    kind: str = ""
    expected: str = ""
    forecast: Mapping[str, float] = field(default_factory=dict)
    testable: bool = True
    experiment: str = ""
    rests_on: tuple[str, ...] = ()
    literature: str = ""
    review: str = ""
    real: "Claim | None" = None


def read_claims(path: Path) -> list[Claim]:
    """The claims of a ledger file in its order; none if there is no such file.

    Raises:
        ParameterError: a column is missing; a row has another number of fields; an unknown kind; probabilities that
            do not add to 1; an id that occurs twice, or that is named in `rests_on` and does not exist; a circle.
    """
    if not path.is_file():
        return []
    lines: dict[str, str] = {}
    claims = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            names = reader.fieldnames or ()
            missing = [column for column in COLUMNS if column not in names]
            if len(set(names)) < len(names):
                twice = next(name for name in names if list(names).count(name) > 1)
                raise ParameterError(f"{path}, line 1: column {twice!r} is there twice; expected each name once")
            if missing:
                raise ParameterError(
                    f"{path}, line 1: column {missing[0]!r} is missing; expected are {', '.join(COLUMNS)}"
                )
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                claim = _claim(row, where, len(names))
                if claim.id in lines:
                    raise ParameterError(f"{where}: the claim {claim.id!r} occurs twice; expected each id once")
                lines[claim.id] = where
                claims.append(claim)
    except (csv.Error, UnicodeDecodeError) as error:
        raise ParameterError(f"{path}: {error}; expected a table with commas, in UTF-8") from None
    _check_graph(claims, lines)
    return _with_real(claims, path.with_name(f"real_{path.name}"))


def statements(path: Path) -> dict[str, str]:
    """What every claim of a ledger file states; empty where there is no such file."""
    return {claim.id: claim.statement for claim in read_claims(path)}


def resting_on(claims: Sequence[Claim], id: str) -> list[str]:
    """Ids of the claims that rest on a claim, directly or through others, in the order of the ledger."""
    found = {id}
    while new := {claim.id for claim in claims if found.intersection(claim.rests_on)} - found:
        found |= new
    return [claim.id for claim in claims if claim.id in found and claim.id != id]


def _with_real(claims: list[Claim], path: Path) -> list[Claim]:
    """The claims with what the table of real networks adds to them."""
    if not path.is_file():
        return claims
    found, known = {}, {claim.id: claim for claim in claims}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != REAL_COLUMNS:
            raise ParameterError(f"{path}, line 1: expected the columns {', '.join(REAL_COLUMNS)}")
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row or None in row.values():
                raise ParameterError(f"{where}: the row has another number of fields, expected {len(REAL_COLUMNS)}")
            texts = {name: row[name].strip() for name in REAL_COLUMNS}
            id = texts["id"]
            if id not in known or id in found:
                reason = "occurs twice, expected once" if id in found else "is not in the ledger"
                raise ParameterError(f"{where}: the claim {id!r} {reason}")
            if not of_real_networks(texts["experiment"]) or not texts["expected"]:
                raise ParameterError(f"{where}: {id} needs a question of the chapter {REAL!r}, and an expectation")
            testable = bool(texts["forecast"]) or known[id].kind == DEFINITION
            found[id] = replace(
                known[id], testable=testable, experiment=texts["experiment"], expected=texts["expected"],
                forecast=_forecast(texts["forecast"], known[id].kind, testable, where),
            )  # fmt: skip
    return [replace(claim, real=found.get(claim.id)) for claim in claims]


def _claim(row: dict[str, str | None], where: str, width: int) -> Claim:
    if None in row or None in row.values():
        raise ParameterError(f"{where}: the row has too {'many' if None in row else 'few'} fields, expected {width}")
    texts: dict[str, Any] = {name: (row[name] or "").strip() for name in COLUMNS}
    if not texts["id"] or not texts["statement"]:
        raise ParameterError(f"{where}: {'id' if not texts['id'] else 'statement'} is empty, expected a text")
    testable, kind, forecast, rests_on = (texts.pop(name) for name in ("testable", "kind", "forecast", "rests_on"))
    if testable.lower() not in ("yes", "no"):
        raise ParameterError(f"{where}: testable is {testable!r}, expected yes or no")
    if kind not in KINDS:
        raise ParameterError(f"{where}: kind is {kind!r}, expected one of {', '.join(KINDS)}")
    return Claim(
        **texts, kind=kind, testable=testable.lower() == "yes", rests_on=tuple(rests_on.split()),
        forecast=_forecast(forecast, kind, testable.lower() == "yes", where),
    )  # fmt: skip


def _forecast(text: str, kind: str, testable: bool, where: str) -> dict[str, float]:
    if not testable or kind == DEFINITION:
        due = DEFINITION if testable else ""
        if text != due:
            words = "'definition' for a definition" if testable else "nothing for a claim that is not testable here"
            raise ParameterError(f"{where}: forecast is {text!r}, expected {words}")
        return {}
    found: dict[str, float] = {}
    for part in text.split(";"):
        word, _, number = part.strip().rpartition(" ")
        try:
            probability = float(number)
        except ValueError:
            probability = math.nan
        if word not in OUTCOMES or word in found or not 0 <= probability <= 1:
            raise ParameterError(
                f"{where}: forecast has the part {part.strip()!r}, expected each of {', '.join(OUTCOMES)} at most "
                "once with a probability from 0 to 1, such as 'supported 0.7; partly 0.2; not supported 0.1'"
            )
        found[word] = probability
    if not math.isclose(sum(found.values()), 1.0, abs_tol=1e-9):
        raise ParameterError(f"{where}: the probabilities of forecast add to {sum(found.values()):g}, expected 1")
    return {word: found.get(word, 0.0) for word in OUTCOMES}


def _check_graph(claims: Sequence[Claim], lines: Mapping[str, str]) -> None:
    for claim in claims:
        unknown = [id for id in claim.rests_on if id not in lines]
        if unknown:
            raise ParameterError(
                f"{lines[claim.id]}: {claim.id} rests on {unknown[0]!r}, which the ledger does not hold"
            )
    try:
        TopologicalSorter({claim.id: claim.rests_on for claim in claims}).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]
        raise ParameterError(
            f"{lines[circle[0]]}: {' rests on '.join(circle)}, a circle; expected that no claim rests on itself"
        ) from None
