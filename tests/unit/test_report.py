"""The report: everything on one page, nothing fetched from elsewhere, and a ledger whose counts add up."""

import base64
import gzip
import json
import math
import re
from html.parser import HTMLParser

import pytest
import toy_question

from neurosim.lab import Finding, read_result, run
from neurosim.lab.claims import COLUMNS, Claim
from neurosim.lab.record import COLUMNS as ROW_COLUMNS
from neurosim.lab.record import Row
from neurosim.lab.result import Result
from neurosim.params import ParameterError, UnknownNameError
from neurosim.report import build_report
from neurosim.report.ledger import base_rate_brier, brier, enter, measurements
from neurosim.report.words import blocks, interval, label, number, sentence, size, with_unit

CLAIMS = f"""{",".join(COLUMNS)}
A0-06,A0,曲线上升,,The curve grows,mechanism,true by theory,supported 1,yes,,,,
A0-07,A0,,,"Never, <b>measured</b>",existence,unknown,supported 0.5; partly 0.5,yes,,A0-06,,
A0-08,A0,,,Out of reach,history,,,no,,,The literature says so,
A0-10,A0,,,A name,definition,,definition,yes,,,,
"""


class Page(HTMLParser):
    """Tags with their attributes, ids, and the text outside of the style sheet."""

    VOID = frozenset(("meta", "img", "br", "link", "input"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text += data

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.tags if name in attributes]


CLAIMED = (
    (
        'yield report("pictures"',
        """yield judge("A0-06", needed("end", ends(t), above(1.0), "Hz", possible=(-9, 9)), why="it grows")
    yield report("pictures\"""",
    ),
    ("above, check,", "above, check, judge, needed,"),
)


def toy(folder, name="parabola", *changes):
    (folder / "claims.csv").parent.mkdir(parents=True, exist_ok=True)
    if not (folder / "claims.csv").exists():
        (folder / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    return toy_question.write(folder, name, *CLAIMED, *changes)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("built")
    folder = tmp_path / "experiments"
    failing = toy(folder, "failing", ("near(2.0, 0.01)", "near(2.5, 0.01)"))
    toy(folder, "never_run")
    for path in (toy(folder), failing):
        run(path, quick=path == failing, out=tmp_path / "results", progress=False)
    page = build_report(tmp_path / "results", folder)
    return page, Page(page.read_text(encoding="utf-8"))


def test_every_part_of_a_question_is_on_the_page(built):
    _, page = built
    text = " ".join(page.text.split())
    for words in (
        "Does a parabola pass through its points?",
        "Prediction: y = a x^2, so y(1) = a.",
        "the last point is at 2.00 Hz",
        "Points of all replicates.",
        "The last point is a.",
        "2 ± 0.01",
        "The definition.",
        "The first 8 of 20 rows, in five digits. Exact and whole: points.csv",
        "number of points",
        "neurosim run",
        "Not run yet: toys/never_run",
        "quick run",
        "numpy",
    ):
        assert words in text, words


def test_questions_stand_in_order_and_failures_at_the_top(built):
    _, page = built
    sections = [name for tag, a in page.tags if tag == "section" and (name := a.get("id"))]
    assert sections == ["toys/failing", "toys/parabola"]
    assert page.text.index("Failed checks") < page.text.index("quick run")
    assert "1 of 2 checks hold" in page.text


def test_nothing_is_fetched_from_elsewhere(built):
    path, page = built
    assert not [tag for tag, _ in page.tags if tag in ("link", "iframe")]
    assert [attributes for tag, attributes in page.tags if tag == "script"] == [{}]
    assert all(source.startswith("data:image/webp;base64,") for source in page.values("src"))
    text = path.read_text(encoding="utf-8").replace('"http://www.w3.org/2000/svg"', "")  # SVG's name, asked of nobody
    assert not re.search(r"url\(|@import|https?://|fetch\(|import\(", text)


def test_every_link_leads_somewhere(built):
    path, page = built
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    for link in page.values("href"):
        if link.startswith("#"):
            assert link[1:] in ids
        elif not link.startswith("data:"):
            assert (path.parent / link).is_file()


def unpacked(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


def test_the_tables_on_the_page_are_the_files(built):
    path, page = built
    carried = {unpacked(text) for text in page.values("data-packed")}
    assert carried == {file.read_bytes() for file in path.parent.glob("*/*/*/*.csv")}


def test_the_drawings_on_the_page_are_the_files_without_what_an_editor_needs(built):
    path, page = built
    for text, file in zip(page.values("data-drawing"), sorted(path.parent.glob("*/*/*/figure.svg")), strict=True):
        carried, whole = unpacked(text).decode(), file.read_text(encoding="utf-8")
        assert "<metadata>" in whole
        assert "<metadata>" not in carried
        kinds = r"<(path|use|text|image|g)[ >]"
        assert re.findall(kinds, carried) == re.findall(kinds, whole)
        carried, whole = (re.findall(r"-?[\d.]+", " ".join(re.findall(r' d="([^"]*)"', x))) for x in (carried, whole))
        assert len(whole) > 50
        assert [float(number) for number in carried] == pytest.approx([float(number) for number in whole], abs=0.01)


def test_each_panel_has_a_place_of_its_own_on_the_figure(built):
    _, page = built
    for text in page.values("data-panels"):
        first, second = json.loads(text)
        assert (first["letter"], first["caption"]) == ("A", "points of all replicates.")
        assert (second["letter"], second["caption"]) == ("B", "a picture.")
        left, top, width, height = first["place"]
        assert 0 <= left < 0.05
        assert 0 <= top < 0.2
        assert left + width <= second["place"][0] + 0.01  # side by side
        assert second["place"][0] + second["place"][2] <= 1.0
        assert 0.7 < height <= 1.0


def test_figures_have_a_size_and_words_for_those_who_cannot_see_them(built):
    _, page = built
    images = [attributes for tag, attributes in page.tags if tag == "img"]
    assert [image["alt"] for image in images] == ["Figure of Failing, 2 panels", "Figure of Parabola, 2 panels"]
    # 183 mm are 518.7 points; a row of panels is 62 mm or 175.7 points high.
    assert [(image["width"], image["height"]) for image in images] == [("519", "176")] * 2
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", built[0].read_text(encoding="utf-8"))
    assert captions == ["<b>A</b> Points of all replicates. <b>B</b> A picture. "] * 2


def test_text_is_escaped(built):
    path, _ = built
    assert "Never, &lt;b&gt;measured&lt;/b&gt;" in path.read_text(encoding="utf-8")


def test_a_verdict_is_more_than_a_colour(built):
    _, page = built
    for sign, word in (
        ("✓", "holds"),
        ("✗", "fails"),
        ("●", "supported"),
        ("–", "not testable here"),
        ("·", "not tested yet"),
    ):
        assert f"{sign} {word}" in page.text


def test_the_ledger_counts_add_up(built):
    _, page = built
    text = " ".join(page.text.split())
    counts = "4 claims: 1 supported, 0 partly, 0 not supported, 0 undecided, 1 definition, "
    counts += "1 not testable here, 1 not tested yet"
    assert counts in text


def test_the_sentence_of_the_article_stands_below_the_statement_in_its_own_language(built):
    path, page = built
    html = path.read_text(encoding="utf-8")
    chinese = [attributes for tag, attributes in page.tags if attributes.get("lang") == "zh"]
    assert chinese == [{"class": "original", "lang": "zh"}]
    card = html[html.index('id="A0-06"') : html.index('id="A0-07"')]
    assert card.index("The curve grows") < card.index('<p class="original" lang="zh">「曲线上升」</p>')


def test_kind_and_forecast_of_a_claim_stand_in_the_ledger(built):
    _, page = built
    text = " ".join(page.text.split())
    assert "Expected: unknown Forecast: supported 0.5, partly 0.5" in text
    assert "Existence." in text
    assert "Forecast: supported 0.5, partly 0.5, not supported 0" in text


def test_what_a_claim_rests_on_stands_beside_it_with_its_verdict(built):
    path, _ = built
    assert '<a href="#A0-06">A0-06</a> (supported)' in path.read_text(encoding="utf-8")


def test_without_a_ledger_file_the_decided_claims_are_listed(tmp_path):
    path = toy(tmp_path / "experiments")
    (tmp_path / "experiments" / "claims.csv").write_text(CLAIMS.replace("A0-07", "A0-09"), encoding="utf-8")
    run(path, out=tmp_path / "results", progress=False)
    (tmp_path / "experiments" / "claims.csv").unlink()
    page = Page(build_report(tmp_path / "results", tmp_path / "experiments").read_text(encoding="utf-8"))
    assert "1 claim: 1 supported" in " ".join(page.text.split())


def test_the_page_begins_with_the_questions_that_are_asked_for_and_with_no_other(tmp_path):
    path = toy(tmp_path / "experiments")
    run(path, quick=True, out=tmp_path / "results", progress=False)
    first = tmp_path / "experiments" / "first.txt"
    first.write_text("toys/parabola\n")
    answers = '<dl class="answers">\n<div><dt><a href="#toys/parabola">'
    assert answers in build_report(tmp_path / "results", tmp_path / "experiments").read_text(encoding="utf-8")
    first.write_text("toys/parabula\n")
    with pytest.raises(UnknownNameError, match="did you mean 'toys/parabola'"):
        build_report(tmp_path / "results", tmp_path / "experiments")


def test_a_damaged_result_is_not_shown(tmp_path):
    path = toy(tmp_path / "experiments")
    older = run(path, quick=True, out=tmp_path / "results", progress=False)
    newer = run(path, out=tmp_path / "results", progress=False)
    page = build_report(tmp_path / "results", tmp_path / "experiments")
    assert newer.folder.name in page.read_text(encoding="utf-8")
    (newer.folder / "points.csv").write_text("x\n")
    page = build_report(tmp_path / "results", tmp_path / "experiments")
    assert f"parabola/{newer.folder.name}/" not in page.read_text(encoding="utf-8")
    assert older.folder.name in page.read_text(encoding="utf-8")
    text = " ".join(page.read_text(encoding="utf-8").split())
    assert f"<code>toys/parabola/{newer.folder.name}</code> (points.csv was changed after it was written)" in text


def test_the_only_result_is_named_where_it_is_damaged(tmp_path):
    path = toy(tmp_path / "experiments")
    found = run(path, quick=True, out=tmp_path / "results", progress=False)
    table = found.folder / "points.csv"
    table.write_bytes(table.read_bytes()[:-5])
    with pytest.raises(
        ParameterError, match=r"holds no finished result, only damaged ones \(toys/parabola/.*points\.csv was"
    ):
        build_report(tmp_path / "results", tmp_path / "experiments")


def test_a_stray_table_does_not_end_the_report(tmp_path):
    path = toy(tmp_path / "experiments")
    found = run(path, quick=True, out=tmp_path / "results", progress=False)
    (found.folder / "copy of points.csv").write_text("x;y\n1;2\n")
    (found.folder / "empty.csv").write_text("")
    page = build_report(tmp_path / "results", tmp_path / "experiments").read_text(encoding="utf-8")
    assert found.folder.name in page
    assert "copy of points" not in page
    assert list(read_result(found.folder).tables) == ["picture", "points"]


def _result(name: str, verdict: str, *, quick: bool = False) -> Result:
    finding = Finding(id="C", kind="claim", statement="s", quantity="q", value=1.0, verdict=verdict)
    return Result(folder=None, parameters={}, quick=quick, findings=[finding], caption="", run={"experiment": name})


@pytest.mark.parametrize(
    ("verdicts", "testable", "expected"),
    [
        ([], True, "not tested yet"),
        ([], False, "not testable here"),
        (["supported"], True, "supported"),
        (["supported", "supported"], True, "supported"),
        (["supported", "not supported"], True, "partly"),
        (["not supported", "not testable here"], True, "not supported"),
        (["not testable here"], True, "not testable here"),
        (["partly"], False, "not testable here"),
    ],
)
def test_several_verdicts_on_one_claim(verdicts, testable, expected):
    claim = Claim(id="C", article="A0", statement="s", testable=testable)
    (entry,) = enter([claim], [_result(str(i), verdict) for i, verdict in enumerate(verdicts)])
    assert entry.verdict == expected
    assert len(entry.evidence) == len(verdicts)


def _row(verdict: str, measurement: str = "m") -> Row:
    texts = dict.fromkeys(ROW_COLUMNS, "") | {"claim": "C", "verdict": verdict, "measurement": measurement}
    return Row(**texts)


@pytest.mark.parametrize(
    ("here", "quick", "recorded", "verdict", "agrees"),
    [
        ("supported", True, None, "not tested yet", False),
        ("supported", False, None, "supported", True),
        ("partly", True, "supported", "supported", False),
        ("supported", True, "supported", "supported", True),
        ("partly", False, "supported", "supported", False),
        (None, False, "partly", "partly", True),
    ],
)
def test_the_record_decides_and_a_short_run_leans(here, quick, recorded, verdict, agrees):
    claim = Claim(id="C", article="A0", statement="s", forecast={"supported": 0.7, "partly": 0.2, "not supported": 0.1})
    results = [_result("q", here, quick=quick)] if here else []
    (entry,) = enter([claim], results, {"C": _row(recorded)} if recorded else {})
    assert (entry.verdict, entry.here, entry.agrees) == (verdict, here or "", agrees)
    # (0.7 - 1)^2 + 0.2^2 + 0.1^2 and 0.7^2 + (0.2 - 1)^2 + 0.1^2
    score = {"supported": 0.14, "partly": 1.14}.get(verdict)
    assert entry.score == (None if score is None else pytest.approx(score))


def test_forecasts_are_scored_and_one_measurement_counts_once():
    forecast = {"supported": 0.7, "partly": 0.2, "not supported": 0.1}
    claims = [Claim(id=f"C{k}", article="A0", statement="s", forecast=forecast) for k in range(3)]
    record = {"C0": _row("supported"), "C1": _row("partly"), "C2": _row("undecided", "another")}
    entries = enter(claims, [], record)
    assert brier(entries) == (pytest.approx((0.14 + 1.14) / 2), 2)
    assert base_rate_brier(entries) == pytest.approx(0.5)  # a half each: 0.5^2 + 0.5^2 for either verdict
    assert measurements(entries) == 1
    assert math.isnan(brier([])[0])


def test_a_definition_stays_out_of_the_tally_whatever_was_found():
    claim = Claim(id="C", article="A0", statement="s", kind="definition")
    found = [
        enter([claim], [_result(v, v) for v in verdicts])[0].verdict for verdicts in ([], ["supported"], ["partly"])
    ]
    assert found == ["definition"] * 3


def test_numbers_are_short_and_honest():
    assert [number(x) for x in (None, float("nan"), 3.0, 0.123456, -2.5, 1e-12, "inf", ">= 2", 12345678.0)] == [
        *("–", "–", "3", "0.1235", "−2.5", "1e−12", "inf", "≥ 2", "1.235e+07")
    ]
    assert [with_unit(2.0, "Hz"), with_unit(2.0, "1"), with_unit("word", "Hz")] == ["2 Hz", "2", "word"]
    assert [sentence(text) for text in ("a LIF fires", "It does.", "")] == ["A LIF fires.", "It does.", ""]
    assert [interval(None, 1.0), interval(-1.0, 1.0)] == ["", " [−1, 1]"]
    assert [size(999), size(1500), size(2_000_000)] == ["999 B", "1.5 kB", "2.0 MB"]


def test_a_docstring_becomes_paragraphs_and_lists():
    text = "One\nsentence.\n\n* first\n  goes on\n* second\n\n    r = w * x\n\nEnd."
    assert blocks(text) == [
        ("p", "One sentence."),
        ("ul", ["first goes on", "second"]),
        ("pre", "r = w * x"),
        ("p", "End."),
    ]


def test_every_verdict_has_its_sign():
    from neurosim.lab.findings import CLAIM_VERDICTS, FAILS, HOLDS, UNDECIDED
    from neurosim.report.ledger import NOT_TESTED
    from neurosim.report.words import SYMBOLS

    assert set(SYMBOLS) == {HOLDS, FAILS, UNDECIDED, NOT_TESTED, *CLAIM_VERDICTS}


@pytest.mark.parametrize(
    ("stem", "text"),
    [
        ("f_i_curve", "f-I curve"),
        ("gelu", "GELU"),
        ("digits_by_stdp", "Digits by STDP"),
        ("half_silent", "Half silent"),
    ],
)
def test_names_of_questions_are_written_as_one_writes_them(stem, text):
    assert label(stem) == text
