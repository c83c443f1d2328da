"""The ledger of claims: complete, fair to its articles, and filled in where something must stand."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from neurosim.lab.claims import COLUMNS, OUTCOMES, of_real_networks, read_claims
from neurosim.lab.question_files import name_of, questions
from neurosim.report.claims_page import coded, read_articles

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
# How many claims each text makes, counted by hand when the texts were read first: 118 in all.
COUNTS = {"A0": 17, "A1": 51, "A2": 21, "A3": 11, "A4": 18}
# Found missing when the ledger was held against the texts a second time, sentence by sentence: 17.
ADDED = {
    *("A0-18", "A0-20", "A0-21", "A1-55", "A1-56", "A1-58", "A1-59", "A1-60", "A2-22", "A2-24", "A2-25"),
    *("A3-12", "A3-13", "A4-21", "A4-22", "A4-23", "A4-25"),
}
# Sentences with several claims, whose further parts have ids of their own.
SPLIT = {
    *("A0-08b", "A0-10b", "A1-29b", "A3-06b"),
    *("A1-01b", "A1-21b", "A1-21c", "A2-07b", "A2-07c", "A3-07b", "A4-03b", "A4-17b", "A4-17c"),
    *("A4-18b", "A4-18c", "A4-18d"),
    *("A0-16b", "A2-05b", "A2-17b"),
}
OUTSIDE = {
    *("A1-15", "A1-21b", "A1-21c", "A1-24", "A1-32", "A1-33", "A1-36", "A1-46", "A1-47", "A1-51"),
    *("A2-15", "A2-16", "A2-19", "A2-20", "A3-10", "A3-11", "A4-09", "A4-25"),
    *("A0-16b", "A1-34", "A2-05b"),
}
# Parts of split claims whose sentence no file of excerpts holds.
WITHOUT_QUOTE = {"A1-01b", "A1-21c", "A4-17b", "A4-18b", "A4-18d"}
# True by construction, by the review of the rules: no run could refuse them (A0-11: none could support it).
DEFINITIONS = {
    *("A0-01", "A0-10", "A0-11", "A0-15", "A1-01", "A1-02", "A1-10", "A1-17", "A1-18", "A1-29", "A1-30", "A1-31"),
    *("A1-09", "A1-29b", "A3-03", "A3-06", "A4-01"),
    *("A1-38", "A1-39", "A1-46", "A2-01", "A2-07c", "A2-09", "A2-10", "A2-12", "A3-01", "A3-02", "A3-07"),
    *("A4-05", "A4-12", "A4-14", "A4-16", "A4-18b"),
    *("A0-08b", "A0-21", "A1-48", "A4-10", "A4-17c", "A4-18"),
}
# Their expectation stands as it stood in words when they were first run, so the rule codes it.
CODED = {
    *("A0-06", "A0-07", "A0-08", "A0-09", "A0-14", "A0-16", "A0-17", "A1-03"),
    *("A1-11", "A1-13", "A1-19", "A1-26", "A1-27", "A1-44", "A1-45", "A2-02", "A2-03", "A2-05", "A2-08"),
    *("A2-17", "A2-21", "A3-04", "A3-05", "A3-08", "A3-09", "A4-06", "A4-07", "A4-11"),
}
ID = r"A[0-4]-[0-9]{2}[a-z]?"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (EXPERIMENTS / "claims.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        found = list(reader)
    assert reader.fieldnames == list(COLUMNS)
    return found


@pytest.fixture(scope="module")
def ledger():
    return {claim.id: claim for claim in read_claims(EXPERIMENTS / "claims.csv")}


def test_every_claim_has_one_row_in_the_order_of_its_number(rows):
    first = {f"{article}-{n:02d}" for article, count in COUNTS.items() for n in range(1, count + 1)}
    assert len(first) == 118
    assert [row["id"] for row in rows] == sorted(first | ADDED | SPLIT)
    assert len(rows) == 118 + len(ADDED | SPLIT)


def test_the_table_has_unix_line_ends_and_quotes_only_where_they_are_needed(rows):
    content = (EXPERIMENTS / "claims.csv").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    lines = content.decode("utf-8").splitlines()
    assert len(lines) == len(rows) + 1  # no cell holds a line end
    for line, row in zip(lines[1:], rows, strict=True):
        cells = ['"' + cell.replace('"', '""') + '"' if set(cell) & set('",') else cell for cell in row.values()]
        assert line == ",".join(cells), row["id"]


def test_every_claim_has_its_words_its_statement_and_its_expected_outcome(rows):
    for row in rows:
        assert all(value == value.strip() for value in row.values()), row["id"]
        assert row["id"].startswith(row["article"] + "-")
        assert row["statement"].endswith("."), row["id"]
        assert row["expected"].endswith("."), row["id"]
        assert re.search("[\u4e00-\u9fff]", row["statement_zh"]), row["id"]
        assert row["statement_zh"].endswith("。"), row["id"]
        assert not row["quote_zh"].endswith(("。", ".")), row["id"]
        assert not re.search("[\u4e00-\u9fff]", row["statement"] + row["expected"] + row["literature"]), row["id"]
    assert {row["id"] for row in rows if not row["quote_zh"]} == WITHOUT_QUOTE


def test_no_statement_is_there_twice(rows):
    for column in ("statement", "statement_zh"):
        twice = [text for text, n in Counter(row[column] for row in rows).items() if n > 1]
        assert not twice


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("A3-11", "centre on its last linear layer"),  # and not on the whole model
        ("A1-42", "may shift"),
        ("A1-02", "direction or region"),
        ("A1-40", "can be lowered"),
        ("A1-36", "Traditional GPUs"),
        ("A2-19", "more complex language models"),
        ("A1-07", "may be narrower"),
        ("A4-11", "commonly used in very deep networks"),
        ("A1-29", "local connections"),
        ("A1-29b", "weight sharing"),
        ("A1-25", "towards zero"),
        ("A1-41", "fully connected layers"),
        ("A1-43", "from the current frame"),
        ("A1-50", "may matter less"),
        ("A2-06", "often"),
        ("A2-11", "If all outputs of a layer are positive"),
        ("A2-10", "non-positive"),
        ("A3-06", "at least approximately"),
        ("A4-13", "For some samples"),
        ("A4-02", "usually required"),
        ("A1-03", "may"),
        ("A1-08", "may"),
        ("A0-12", "can be seen as"),
    ],
)
def test_hedges_and_conditions_of_the_article_are_part_of_the_statement(ledger, id, words):
    assert words in ledger[id].statement


def test_statements_with_may_are_existence_claims(ledger):
    for claim in ledger.values():
        if claim.kind == "existence" and claim.testable:
            assert re.search(r"\bmay\b", claim.statement), claim.id


def test_what_is_outside_has_the_word_of_the_literature_and_no_experiment(ledger):
    assert {claim.id for claim in ledger.values() if not claim.testable} == OUTSIDE
    for id in OUTSIDE:
        assert ledger[id].literature, id
        assert not ledger[id].experiment, id


def test_what_is_testable_names_the_question_that_decides_it_as_soon_as_there_is_one(ledger):
    known = {name_of(path): path.read_text(encoding="utf-8") for path in questions(EXPERIMENTS)}
    for claim in ledger.values():
        named = [name for name, text in known.items() if f'"{claim.id}"' in text]
        due = [claim.real.experiment] if claim.real and claim.real.experiment in known else []
        assert [name for name in named if of_real_networks(name)] == due, f"{claim.id}: experiments/real_claims.csv"
        deciding = [name for name in named if not of_real_networks(name)]
        if claim.testable and claim.experiment:
            assert claim.experiment in deciding, claim.id
        elif claim.testable:
            assert not deciding, f"{claim.id} is decided by {deciding[0]}: write this into its column experiment"


def test_questions_decide_claims_of_the_ledger(ledger):
    for path in questions(EXPERIMENTS):
        named = set(re.findall(rf'"({ID})"', path.read_text(encoding="utf-8")))
        assert named <= set(ledger), f"{name_of(path)} decides claims that experiments/claims.csv does not hold"


def test_texts_name_claims_that_are_in_the_ledger(ledger):
    for claim in ledger.values():
        named = set(re.findall(ID, f"{claim.expected} {claim.literature} {claim.review}"))
        assert named <= set(ledger), claim.id


def test_questions_and_ledger_agree_on_what_is_a_definition(ledger):
    for path in questions(EXPERIMENTS):
        for made, id in re.findall(rf'\b(definition|judge)\(\s*"({ID})"', path.read_text(encoding="utf-8")):
            assert (made == "definition") == (ledger[id].kind == "definition"), f"{name_of(path)}: {made} of {id}"


def test_what_is_true_by_construction_is_a_definition(ledger):
    assert {claim.id for claim in ledger.values() if claim.kind == "definition"} == DEFINITIONS


def test_forecasts_agree_with_the_expectation_in_words(ledger):
    said = {"True": "supported", "Roughly true": "supported", "Mostly true": "supported", "Partly": "partly"}
    said |= {"Wrong": "not supported", "Not in general": "not supported", "Mostly the reverse": "not supported"}
    for claim in ledger.values():
        for words, outcome in said.items():
            if claim.forecast and claim.expected.startswith(words):
                assert max(OUTCOMES, key=lambda each: claim.forecast[each]) == outcome, claim.id


def test_expectations_from_before_the_first_run_are_coded_by_the_rule(ledger):
    for id in CODED:
        assert ledger[id].forecast == coded(ledger[id].expected), id


@pytest.mark.parametrize(
    ("expected", "supported"),
    [("True: so.", 0.9), ("True if so.", 0.7), ("Mostly true.", 0.6), ("Partly: so.", 0.1), ("Wrong today.", 0.02),
     ("Not in general.", 0.05), ("Truly.", 0.35), ("", 0.35)],
)  # fmt: skip
def test_the_coding_of_expectations(expected, supported):
    assert coded(expected)["supported"] == supported
    assert sum(coded(expected).values()) == pytest.approx(1, abs=1e-12)


def test_claims_that_draw_a_sum_rest_on_its_parts(ledger):
    assert ledger["A0-17"].rests_on == ("A0-03", "A0-04", "A0-05")
    assert ledger["A2-19"].rests_on == ("A2-05", "A4-25")


def test_the_articles_of_the_ledger_are_described(ledger):
    articles = read_articles(EXPERIMENTS / "articles.csv")
    assert [article["article"] for article in articles] == sorted({claim.article for claim in ledger.values()})
    assert all(article["about"] for article in articles)
