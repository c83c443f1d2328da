"""Reading a ledger of claims: what it holds, and one sentence with the line for everything that is wrong in it."""

import csv
import io
from itertools import pairwise

import pytest
import toy_question

from neurosim.lab import run
from neurosim.lab.claims import COLUMNS, read_claims, resting_on, statements
from neurosim.params import ParameterError
from neurosim.report.claims_page import claim_lines, ledger_lines, read_articles

ROW = {
    "id": "A0-01", "article": "A0", "statement": "It grows.", "kind": "mechanism", "testable": "yes",
    "forecast": "supported 0.7; partly 0.2; not supported 0.1", "quote_zh": "它,上升", "statement_zh": "它上升。",
}  # fmt: skip


def table(*changes, columns=COLUMNS):
    """A ledger with one row for each set of changes."""
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**ROW, "id": f"A0-{number:02d}", **change} for number, change in enumerate(changes, 1))
    return file.getvalue()


def read(tmp_path, text):
    (tmp_path / "claims.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_claims(tmp_path / "claims.csv")


def test_a_claim_is_read_with_all_that_stands_in_its_row(tmp_path):
    first, second, third = read(
        tmp_path,
        table({}, {"rests_on": "A0-01  A0-03", "experiment": "a/b"}, {"testable": "No", "forecast": "", "review": "r"}),
    )
    assert (first.statement, first.kind, first.quote_zh) == ("It grows.", "mechanism", "它,上升")
    assert first.forecast == {"supported": 0.7, "partly": 0.2, "not supported": 0.1}
    assert (first.rests_on, first.experiment, first.testable) == ((), "", True)
    assert (second.rests_on, second.experiment) == (("A0-01", "A0-03"), "a/b")
    assert (third.testable, third.forecast, third.review) == (False, {}, "r")


def test_the_probability_of_what_a_forecast_does_not_name_is_zero(tmp_path):
    (claim,) = read(tmp_path, table({"forecast": "not supported 1"}))
    assert claim.forecast == {"supported": 0, "partly": 0, "not supported": 1}


def test_a_definition_needs_no_probabilities(tmp_path):
    (claim,) = read(tmp_path, table({"kind": "definition", "forecast": "definition"}))
    assert claim.forecast == {}


def test_what_a_spreadsheet_puts_in_front_is_no_part_of_the_first_column(tmp_path):
    assert len(read(tmp_path, b"\xef\xbb\xbf" + table({}).encode())) == 1


def test_no_file_is_an_empty_ledger(tmp_path):
    assert read_claims(tmp_path / "claims.csv") == []
    assert statements(tmp_path / "claims.csv") == {}


def test_a_ledger_that_was_changed_is_read_again(tmp_path):
    read(tmp_path, table({}))
    assert list(statements(tmp_path / "claims.csv")) == ["A0-01"]
    read(tmp_path, table({}, {"statement": "It falls."}))
    assert statements(tmp_path / "claims.csv") == {"A0-01": "It grows.", "A0-02": "It falls."}


def test_a_faulty_ledger_is_refused_before_anything_is_computed(tmp_path):
    path = toy_question.write(tmp_path / "experiments", "parabola")
    (tmp_path / "experiments" / "claims.csv").write_text(table({"kind": "rumour"}), encoding="utf-8")
    with pytest.raises(ParameterError, match="line 2: kind is 'rumour'"):
        run(path, quick=True, out=tmp_path / "results", progress=False)
    assert not [path for path in (tmp_path / "results").rglob("*") if path.is_file()]


HALF = "supported 0.5; partly 0.5"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (table({}, columns=[c for c in COLUMNS if c != "kind"]), "line 1: column 'kind' is missing; expected are id, "),
        ("", "line 1: column 'id' is missing"),
        (table({}).replace("review\n", "kind\n", 1), "line 1: column 'kind' is there twice; expected each name once"),
        (table({}).replace(",", ";"), "line 1: column 'id' is missing"),
        (table({}, {"testable": "maybe"}), "line 3: testable is 'maybe', expected yes or no"),
        (table({}, {"kind": "rumour"}), "line 3: kind is 'rumour', expected one of mechanism, comparison, "),
        (table({"kind": ""}), "line 2: kind is '', expected one of"),
        (table({}, {"id": "A0-01"}), "line 3: the claim 'A0-01' occurs twice; expected each id once"),
        (table({"id": " "}), "line 2: id is empty, expected a text"),
        (table({"statement": ""}), "line 2: statement is empty, expected a text"),
        (table({"forecast": "supported 0.7; partly 0.2"}), "line 2: .*probabilities of forecast add to 0.9, exp"),
        (table({"forecast": "supported 0.7; partly 0.7"}), "line 2: .*probabilities of forecast add to 1.4, exp"),
        (table({"forecast": "supported nan; partly 1"}), "line 2: forecast has the part 'supported nan', exp"),
        (table({"forecast": "supported 1.5; partly -0.5"}), "line 2: forecast has the part 'supported 1.5', expected"),
        (table({"forecast": "supported 0.5; supported 0.5"}), "line 2: forecast has the part 'supported 0.5', exp"),
        (table({"forecast": "undecided 0.5; partly 0.5"}), "line 2: forecast has the part 'undecided 0.5', expected"),
        (table({"forecast": "supported"}), "line 2: forecast has the part 'supported', expected each of supported, "),
        (table({"forecast": ""}), "line 2: forecast has the part '', expected each of supported, partly"),
        (table({"kind": "definition", "forecast": HALF}), "line 2: forecast is '.*', expected 'definition' for a def"),
        (table({"testable": "no", "forecast": HALF}), "line 2: forecast is '.*', expected nothing for a claim that"),
        (table({}, {"rests_on": "A0-09"}), "line 3: A0-02 rests on 'A0-09', which the ledger does not hold"),
        (table({"rests_on": "A0-01"}), "line 2: A0-01 rests on A0-01, a circle; expected that no claim rests on"),
        (table({"rests_on": "A0-02"}, {"rests_on": "A0-03"}, {"rests_on": "A0-01"}), "line .: A0-0. rests on .*circle"),
        (table({}).rstrip("\n") + ",one more\n", "line 2: the row has too many fields, expected 13"),
        (table({}) + "A0-02,A0\n", "line 3: the row has too few fields, expected 13"),
        (table({}) + '"A0-02\n', "unexpected end of data; expected a table with commas, in UTF-8"),
        (table({}).encode("gb18030"), "codec can't decode .*; expected a table with commas, in UTF-8"),
    ],
)  # fmt: skip
def test_a_ledger_that_cannot_be_counted_is_refused(tmp_path, text, words):
    with pytest.raises(ParameterError, match=words) as refused:
        read(tmp_path, text)
    assert "\n" not in str(refused.value)


def test_a_circle_is_named_in_the_order_in_which_its_claims_rest_on_each_other(tmp_path):
    text = table({"rests_on": "A0-02"}, {"rests_on": "A0-03"}, {"rests_on": "A0-01"}, {})
    with pytest.raises(ParameterError) as refused:
        read(tmp_path, text)
    words = str(refused.value).partition(": ")[2].partition(",")[0].split(" rests on ")
    follows = {"A0-01": "A0-02", "A0-02": "A0-03", "A0-03": "A0-01"}
    assert len(words) == 4
    assert all(follows[one] == other for one, other in pairwise(words))


def test_what_rests_on_a_claim_through_others_is_found(tmp_path):
    claims = read(tmp_path, table({}, {"rests_on": "A0-01"}, {"rests_on": "A0-02 A0-04"}, {}, {"rests_on": "A0-04"}))
    assert resting_on(claims, "A0-01") == ["A0-02", "A0-03"]
    assert resting_on(claims, "A0-04") == ["A0-03", "A0-05"]
    assert resting_on(claims, "A0-03") == []


def test_a_block_of_the_page_shows_all_that_is_known_of_a_claim(tmp_path):
    claims = read(
        tmp_path, table({"expected": "True: so.", "literature": "Read second-hand: so."}, {"rests_on": "A0-01"})
    )
    assert list(claim_lines(claims[0], ["A0-02"])) == [
        "### A0-01", "", "**It grows.**", "", "> 「它,上升」", ">", "> 它上升。", "",
        "* Kind: mechanism. Not tested yet.", "* Expected: True: so.",
        "* Forecast: supported 0.7, partly 0.2, not supported 0.1.", "* [A0-02](#a0-02) rests on it.",
        "* Literature: Read second-hand: so.", "",
    ]  # fmt: skip
    articles = [{"article": "A0", "about": "growth", "title_zh": "上升", "title_en": "", "source": "here", "date": ""}]
    lines = list(ledger_lines(claims, articles))
    assert lines[:3] == ["## A0: growth", "", "上升; here."]
    assert "* Rests on [A0-01](#a0-01)." in lines


def test_a_claim_of_an_unknown_article_is_not_left_out_without_a_word(tmp_path):
    claims = read(tmp_path, table({}, {"article": "A7"}))
    with pytest.raises(ParameterError, match="A0-02: its article 'A7' is not described; described are A0"):
        list(
            ledger_lines(
                claims, [{"article": "A0", "about": "", "title_zh": "", "title_en": "", "source": "", "date": ""}]
            )
        )


def test_a_table_of_articles_without_a_column_is_refused(tmp_path):
    (tmp_path / "articles.csv").write_text("article,about\nA0,growth\n")
    with pytest.raises(ParameterError, match=r"line 1: column 'title_zh' is missing; expected are article, about, "):
        read_articles(tmp_path / "articles.csv")
