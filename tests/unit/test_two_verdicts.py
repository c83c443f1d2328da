"""A claim may be judged twice: in models, and in networks that others trained; each place has question and forecast."""

import pytest
import toy_question
from test_lab_claims import ROW, table
from test_lab_record import SOURCE, full_run
from test_report import CLAIMED, _result

from neurosim.lab import run
from neurosim.lab.claims import COLUMNS, Claim, of_real_networks, read_claims
from neurosim.lab.record import COLUMNS as ROW_COLUMNS
from neurosim.lab.record import Row, read_record, read_rows, renew, write_record
from neurosim.params import ParameterError
from neurosim.report import build_report
from neurosim.report.claims_page import claim_lines
from neurosim.report.ledger import base_rate_brier, brier, enter, measurements

HEAD = "id,experiment,expected,forecast\n"
LINE = "A0-01,real/mean,It may.,supported 0.5; partly 0.5\n"


def read(tmp_path, real, *changes):
    (tmp_path / "claims.csv").write_text(table(*(changes or ({},))), encoding="utf-8")
    (tmp_path / "real_claims.csv").write_text(real, encoding="utf-8")
    return read_claims(tmp_path / "claims.csv")


def test_the_second_place_has_a_question_and_a_forecast_of_its_own(tmp_path):
    outside = {"testable": "no", "forecast": "", "kind": "history"}
    first, second, third = read(tmp_path, HEAD + LINE.replace("A0-01", "A0-02") + LINE, {}, outside, {})
    assert third.real is None
    assert first.experiment == ""
    assert first.forecast["supported"] == 0.7
    assert (first.real.experiment, first.real.expected, first.real.statement) == ("real/mean", "It may.", "It grows.")
    assert first.real.forecast == {"supported": 0.5, "partly": 0.5, "not supported": 0.0}
    assert (second.testable, second.real.testable) == (False, True)


def test_a_second_place_without_a_forecast_is_one_that_cannot_test_it(tmp_path):
    definition = {"kind": "definition", "forecast": "definition"}
    unasked = HEAD + "A0-01,real/mean,Nothing learns again there.,\nA0-02,real/mean,A definition.,definition\n"
    first, second = read(tmp_path, unasked, {}, definition)
    assert (first.testable, first.real.testable, first.real.forecast) == (True, False, {})
    assert second.real.testable
    page = "\n".join(claim_lines(first))
    assert "* In real networks: Not testable there, as `real/mean` says.\n* Expected there: Nothing learns" in page
    with pytest.raises(ParameterError, match="line 2: forecast is '', expected 'definition'"):
        read(tmp_path, HEAD + "A0-01,real/mean,A definition.,\n", definition)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,experiment\n", "line 1: expected the columns id, experiment, expected, forecast"),
        (HEAD + LINE.replace("A0-01", "A0-09"), "line 2: the claim 'A0-09' is not in the ledger"),
        (HEAD + LINE + LINE, "line 3: the claim 'A0-01' occurs twice"),
        (HEAD + LINE.replace("real/mean", "means/mean"), "line 2: A0-01 needs a question of the chapter 'real'"),
        (HEAD + LINE.replace("It may.", ""), "and an expectation"),
        (HEAD + LINE.replace("partly 0.5", "partly 0.6"), "line 2: the probabilities of forecast add to 1.1"),
        (HEAD + LINE.strip() + ",more\n", "line 2: the row has another number of fields"),
        (HEAD + "A0-01,real/mean\n", "line 2: the row has another number of fields"),
    ],
)
def test_a_faulty_second_table_is_refused_with_its_line(text, message, tmp_path):
    with pytest.raises(ParameterError, match=message):
        read(tmp_path, text)


def test_the_record_keeps_both(tmp_path):
    for chapter, text in (("means", SOURCE), ("real", SOURCE.replace("1.0 + 0.1", "-1.0 + 0.1"))):
        (tmp_path / "work" / chapter).mkdir(parents=True)
        (tmp_path / "work" / chapter / "mean.py").write_text(text)
    (tmp_path / "work" / "claims.csv").write_text(
        f"{','.join(COLUMNS)}\nA0-01,A0,,,It is large.,universal,,supported 1,yes,means/mean,,,\n"
    )
    files = [tmp_path / "work" / chapter / "mean.py" for chapter in ("means", "real")]
    for path in files:
        full_run(path, tmp_path / "out")
    record = tmp_path / "work" / "record.csv"
    assert renew(files, tmp_path / "out", record) == []
    assert {row.question: row.verdict for row in read_rows(record)} == {
        "means/mean": "partly", "real/mean": "not supported"
    }  # fmt: skip
    assert read_record(record)["A0-01"].question == "means/mean"
    assert read_record(record, real=True)["A0-01"].question == "real/mean"
    again = record.read_text() + record.read_text().splitlines()[-1] + "\n"
    record.write_text(again)
    with pytest.raises(ParameterError, match="a claim stands there twice"):
        read_rows(record)


def test_a_second_question_without_a_full_run_is_named(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "mean.py").write_text(SOURCE)
    read(tmp_path, HEAD + LINE)
    (lost,) = renew([tmp_path / "real" / "mean.py"], tmp_path / "out", tmp_path / "record.csv")
    assert lost.startswith("real/mean: it decides a claim of the ledger")


FORECAST = {"supported": 0.7, "partly": 0.2, "not supported": 0.1}


def claim(id="C", testable=True, real=True):
    second = Claim(id=id, article="A0", statement="s", experiment="real/q", forecast=FORECAST)
    first = FORECAST if testable else {}
    return Claim(id=id, article="A0", statement="s", testable=testable, forecast=first, real=second if real else None)


def row(verdict, question="x/y"):
    return Row(
        **dict.fromkeys(ROW_COLUMNS, "")
        | {
            "claim": "C",
            "verdict": verdict,
            "measurement": "m",
            "question": question,
            "conditions": "needed, holds: gain = 1, asked >= 0",
        }
    )


def test_each_place_has_its_verdict_and_both_forecasts_are_scored():
    (entry,) = enter([claim()], [], {"C": row("supported")}, {"C": row("partly", "real/q")})
    assert (entry.verdict, entry.real.verdict) == ("supported", "partly")
    # (0.7 - 1)^2 + 0.2^2 + 0.1^2 = 0.14 and 0.7^2 + (0.2 - 1)^2 + 0.1^2 = 1.14
    assert brier([entry]) == (pytest.approx((0.14 + 1.14) / 2), 2)
    assert base_rate_brier([entry]) == pytest.approx(0.5)
    assert measurements([entry]) == 2


def test_what_models_cannot_decide_has_the_verdict_of_real_networks():
    (entry,) = enter([claim(testable=False)], [], {}, {"C": row("partly", "real/q")})
    assert (entry.verdict, entry.real.verdict) == ("partly", "partly")
    assert brier([entry])[1] == 1
    assert measurements([entry]) == 1
    (entry,) = enter([claim(testable=False)], [])
    assert entry.verdict == "not tested yet"
    (entry,) = enter([claim(testable=False, real=False)], [])
    assert (entry.verdict, entry.real) == ("not testable here", None)


def test_results_belong_to_the_place_of_their_chapter():
    assert of_real_networks("real/half_silent_layers")
    assert not of_real_networks("reality/x")
    results = [_result("real/q", "partly"), _result("x/q", "supported")]
    (entry,) = enter([claim()], results)
    assert (entry.here, entry.real.here) == ("supported", "partly")
    assert [name for name, _ in entry.evidence] == ["x/q"]


def test_both_stand_on_the_page_of_claims():
    lines = list(claim_lines(claim(), (), row("supported"), row("partly", "real/q")))
    assert "* Verdict: **supported**." in lines
    assert "* Verdict: **partly**, in real networks." in lines
    assert "* In real networks: Decided by `real/q`." in lines


def test_the_report_shows_both_and_what_was_not_fetched(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path / "nothing"))
    folder = tmp_path / "experiments"
    path = toy_question.write(folder, "parabola", *CLAIMED)
    (folder / "real").mkdir()
    needy = path.read_text().replace('QUICK = {"seeds": 2}', 'QUICK = {"seeds": 2}\nNEEDS = ("hed",)')
    (folder / "real" / "needy.py").write_text(needy)
    (folder / "claims.csv").write_text(table({**ROW, "id": "A0-06"}, {"id": "A0-07"}), encoding="utf-8")
    second = "A0-06,real/needy,It may.,supported 1\nA0-07,real/needy,It may.,supported 1\n"
    (folder / "real_claims.csv").write_text(HEAD + second, encoding="utf-8")
    recorded = vars(row("not supported", "real/needy")) | {"claim": "A0-06"}
    write_record(folder / "record.csv", [Row(**recorded)])
    run(path, quick=True, out=tmp_path / "results", progress=False)
    page = " ".join(build_report(tmp_path / "results", folder).read_text(encoding="utf-8").split())
    assert 'Not fetched, so not run: <code title="hed: not in the cache' in page
    assert 'href="#real/needy"' not in page
    assert "in real networks</span>" in page
    assert "○</span> not supported" in page
    assert "not fetched: real/needy" in page
