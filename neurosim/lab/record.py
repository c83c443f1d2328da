"""The record: the verdict of the full run on every claim, with the code and the parameters that it came from.

`experiments/record.csv` is written by `neurosim record` alone, from full runs, and committed. A row stays true until
the code that the question's numbers or its rules reach is another.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from neurosim.lab.claims import of_real_networks, read_claims
from neurosim.lab.digests import digests
from neurosim.lab.findings import CLAIM_VERDICTS, Finding
from neurosim.lab.outcome import redraw
from neurosim.lab.question import Question, ask
from neurosim.lab.result import Result, read_result
from neurosim.lab.storage import damage, finished, write_bytes
from neurosim.params import ParameterError

NAME = "record.csv"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the full run found about one claim.

    Args:
        claim: its id in the ledger.
        verdict: a word of `CLAIM_VERDICTS`.
        quantity, value, low, high, unit, n: the first condition: what was measured, with interval and replications.
        conditions: each condition with its role, value and state, in words.
        flips: where the verdict flips while a parameter runs through its range, in words; empty where it does not.
        in_the_model: "yes" where the claim speaks of brains and only a model was asked.
        measurement: what the verdict rests on; claims that share it count once.
        question: that decided it.
        parameters: digest of the parameters of the full run.
        seeds: first seed and number of replicates, such as "0+20".
        numbers: digest of the code that the numbers depend on.
        rule: digest of the code that the verdict depends on.
        version: of the package.
        date: when the run was finished.
    """

    claim: str
    verdict: str
    quantity: str
    value: str
    low: str
    high: str
    unit: str
    n: str
    conditions: str
    flips: str
    in_the_model: str
    measurement: str
    question: str
    parameters: str
    seeds: str
    numbers: str
    rule: str
    version: str
    date: str

    @property
    def real(self) -> bool:
        """Whether networks that others trained were asked."""
        return of_real_networks(self.question)


COLUMNS = tuple(field.name for field in fields(Row))


def read_record(path: Path, *, real: bool = False) -> dict[str, Row]:
    """Claim -> its row for models, or with `real` for networks that others trained; nothing if there is no such file.

    Raises:
        ParameterError: another header than the record's, a row that is none, or a claim twice.
    """
    return {row.claim: row for row in read_rows(path) if row.real == real}


def read_rows(path: Path) -> list[Row]:
    """Every row of a record; none if there is no such file.

    Raises:
        ParameterError: as for `read_record`.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ParameterError(f"{path}: its columns are not those of a record; write it with `neurosim record`")
        rows = []
        for row in reader:
            if None in row or None in row.values() or row["verdict"] not in CLAIM_VERDICTS:
                raise ParameterError(
                    f"{path}, line {reader.line_num}: no row of a record; write it with `neurosim record`"
                )
            rows.append(Row(**row))
    if len({(row.claim, row.real) for row in rows}) < len(rows):
        raise ParameterError(f"{path}: a claim stands there twice; write it again with `neurosim record`")
    return rows


def write_record(path: Path, rows: Iterable[Row]) -> None:
    """Write the rows in order of their claims."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: getattr(row, name) for name in COLUMNS} for row in sorted(rows, key=lambda r: (r.claim, r.real))
    )
    write_bytes(path, text.getvalue().encode())


def renew(files: Iterable[Path], out: Path, record: Path) -> list[str]:
    """Write the record from the newest full runs; returns, in a line each, what does not stand in it.

    Rules that changed since a run are applied to its tables. A question without a full run of the code of now keeps
    its rows as long as nothing that they depend on changed, and loses them otherwise.
    """
    before, kept, lost = read_rows(record), [], []
    asked = {
        place.experiment
        for claim in read_claims(record.with_name("claims.csv"))
        for place in (claim, claim.real)
        if place
    }
    for path in files:
        question = ask(path)
        rows = [row for row in before if row.question == question.name]
        result = _full_run(question, out)
        if result is not None:
            kept += rows_of(question, result)
        elif reason := outdated(rows, question):
            lost.append(f"{question.name}: {reason}, and {out} holds no full run of the code of now")
        else:
            kept += rows
            if not rows and question.name in asked:
                lost.append(f"{question.name}: it decides a claim of the ledger, and {out} holds no full run of it")
    write_record(record, kept)
    return lost


def rows_of(question: Question, result: Result) -> list[Row]:
    """The rows that a full result gives.

    Raises:
        ParameterError: it is not the full run of the question's code of now.
    """
    now = digests(question)
    if reason := _unfit(result, now, question):
        raise ParameterError(f"{question.name}: {reason}")
    first, count = result.run["seeds"]
    shared = {
        "question": question.name, "seeds": f"{first}+{count}" if question.random else "",
        "version": str(result.run["versions"]["neurosim"]), "date": str(result.run["finished"])[:10], **now,
    }  # fmt: skip
    return [Row(**_numbers(finding), **shared) for finding in result.findings if finding.kind == "claim"]


def _full_run(question: Question, out: Path) -> Result | None:
    now = digests(question)
    for folder in reversed(finished(out / question.name)):
        if folder.name.startswith("sweep-") or damage(folder):
            continue
        result = read_result(folder, verify=False)
        if _unfit(result, {**now, "rule": result.run.get("rule", "")}, question):
            continue
        if result.run["rule"] != now["rule"]:
            result = read_result(redraw(question, folder), verify=False)
        return result
    return None


def _unfit(result: Result, now: dict[str, str], question: Question) -> str:
    """Why a result says nothing for the record, or "" if it does."""
    reference = question.settings()
    values = {name: entry["value"] for name, entry in result.parameters.items()}
    for name in reference.info():
        wanted = getattr(reference, name)
        if values.get(name) != (list(wanted) if isinstance(wanted, tuple) else wanted):
            return f"not the full run ({name} is {values.get(name)!r}, full size is {wanted!r})"
    if result.run["seeds"][0] != 0:
        return f"its first seed is {result.run['seeds'][0]}, the record's is 0"
    for name, words in (("numbers", "its numbers were computed"), ("rule", "its verdicts were reached")):
        if result.run.get(name) != now[name]:
            return f"{words} by other code"
    return ""


def outdated(rows: Sequence[Row], question: Question) -> str:
    """Why the record of a question has to be renewed, or "" if it is that of the code of now."""
    now = digests(question)
    for row in rows:
        for name, words in (
            ("parameters", "the parameters of the full run"), ("numbers", "what its numbers depend on"),
            ("rule", "what its verdicts depend on"),
        ):  # fmt: skip
            if getattr(row, name) != now[name]:
                return f"{words} changed after {row.claim} was recorded"
    return ""


@dataclass(frozen=True)
class Said:
    """A condition as the record says it: role, state, what was measured, its value and interval, and what was asked."""

    role: str
    state: str
    words: str
    value: str
    low: str
    high: str
    asked: str


_BETWEEN = " | "
_CONDITION = re.compile(
    r"(?P<role>\w+), (?P<state>\w+): (?P<words>.*) = (?P<value>\S+)"
    r"(?: \[(?P<low>\S+), (?P<high>\S+)\])?, asked (?P<asked>.*)"
)


def conditions_of(text: str) -> list[Said]:
    """The conditions in a row of the record, each of them.

    Raises:
        ParameterError: one that is not written as the record writes it.
    """
    made = []
    for each in text.split(_BETWEEN) if text else []:
        found = _CONDITION.fullmatch(each)
        if found is None:
            raise ParameterError(f"the record has the condition {each!r:.80}; write it again with `neurosim record`")
        made.append(Said(**{name: value or "" for name, value in found.groupdict().items()}))
    return made


def said(condition: Mapping[str, Any]) -> Said:
    """A finding's condition in the record's words."""
    low, high = condition["low"], condition["high"]
    return Said(
        condition["role"], condition["state"], condition["words"], _short(condition["value"]),
        *(("", "") if low is None else (_short(low), _short(high))), condition["rule"],
    )  # fmt: skip


def _numbers(finding: Finding) -> dict[str, Any]:
    flips = [f"{name}: {_course(finding.swept[name])}" for name in finding.flips]
    conditions = [
        f"{each.role}, {each.state}: {each.words} = {each.value}"
        + (f" [{each.low}, {each.high}]" if each.low else "")
        + f", asked {each.asked}"
        for each in map(said, finding.conditions)
    ]
    if any(_CONDITION.fullmatch(each) is None or _BETWEEN in each for each in conditions):
        raise ParameterError(f"{finding.id}: a condition holds {_BETWEEN!r} or a line break, expected plain words")
    return {
        "claim": finding.id, "verdict": finding.verdict, "quantity": finding.quantity, "unit": finding.unit,
        "value": _short(finding.value), "low": _short(finding.low), "high": _short(finding.high),
        "n": str(finding.n or ""), "conditions": _BETWEEN.join(conditions), "flips": "; ".join(flips),
        "in_the_model": "yes" if finding.in_the_model else "", "measurement": finding.measurement,
    }  # fmt: skip


def _course(verdicts: dict[str, str]) -> str:
    """The verdicts along a range, such as "0.5 supported, 1 and 2 partly"."""
    runs: list[tuple[str, list[str]]] = []
    for value, verdict in verdicts.items():
        if runs and runs[-1][0] == verdict:
            runs[-1][1].append(value)
        else:
            runs.append((verdict, [value]))
    return ", ".join(f"{' and '.join(values)} {verdict}" for verdict, values in runs)


def _short(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
