"""The ledger of claims: complete, unique, and filled in where something must stand."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from neurosim.lab.question import name_of, questions

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
COLUMNS = ["id", "article", "statement", "expected", "testable", "literature", "experiment"]
# How many claims each text makes, counted by hand when the texts were read: 118 in all.
COUNTS = {"A0": 17, "A1": 51, "A2": 21, "A3": 11, "A4": 18}
OUTSIDE = {
    *("A1-15", "A1-32", "A1-33", "A1-36", "A1-46", "A1-47", "A1-48", "A1-51"),
    *("A2-15", "A2-16", "A2-19", "A2-20", "A3-10", "A3-11", "A4-09"),
}


@pytest.fixture(scope="module")
def ledger() -> list[dict[str, str]]:
    with (EXPERIMENTS / "claims.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = list(reader)
    assert reader.fieldnames == COLUMNS
    return rows


def test_every_claim_has_one_row_and_they_are_numbered_without_a_gap(ledger):
    expected = [f"{article}-{n:02d}" for article, count in COUNTS.items() for n in range(1, count + 1)]
    assert [row["id"] for row in ledger] == expected
    assert len(ledger) == 118


def test_no_row_has_too_many_or_too_few_fields(ledger):
    for row in ledger:
        assert set(row) == set(COLUMNS), row["id"]
        assert all(isinstance(value, str) and value == value.strip() for value in row.values()), row["id"]


def test_every_claim_has_its_article_statement_and_expected_outcome(ledger):
    for row in ledger:
        assert row["id"].startswith(row["article"] + "-")
        assert row["statement"].endswith("."), row["id"]
        assert row["expected"].endswith("."), row["id"]
        assert row["testable"] in ("yes", "no"), row["id"]


def test_no_statement_is_there_twice(ledger):
    twice = [text for text, n in Counter(row["statement"] for row in ledger).items() if n > 1]
    assert not twice


def test_what_is_outside_has_the_word_of_the_literature_and_no_experiment(ledger):
    assert {row["id"] for row in ledger if row["testable"] == "no"} == OUTSIDE
    for row in ledger:
        if row["testable"] == "no":
            assert row["literature"], row["id"]
            assert not row["experiment"], row["id"]


def test_what_is_testable_names_the_question_that_decides_it(ledger):
    known = {name_of(path): path.read_text(encoding="utf-8") for path in questions(EXPERIMENTS)}
    for row in ledger:
        if row["testable"] == "yes":
            assert f'"{row["id"]}"' in known.get(row["experiment"], ""), row["id"]


def test_questions_decide_claims_of_the_ledger(ledger):
    known = {row["id"] for row in ledger}
    for path in questions(EXPERIMENTS):
        named = set(re.findall(r'"(A[0-4]-[0-9]{2})"', path.read_text(encoding="utf-8")))
        assert named <= known, f"{name_of(path)} decides claims that experiments/claims.csv does not hold"
