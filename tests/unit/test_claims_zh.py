"""The Chinese page: the same verdicts and numbers as the record's, each with its word."""

from neurosim.lab.claims import KINDS, Claim
from neurosim.lab.findings import CLAIM_VERDICTS
from neurosim.lab.record import COLUMNS, Row
from neurosim.report import claims_zh
from neurosim.report.ledger import NOT_TESTED, enter

ARTICLES = [{"article": "A0", "title_zh": "题", "title_en": "", "source": "", "date": "", "about": ""}]


def row(**texts):
    given = {"claim": "C", "verdict": "partly", "quantity": "gain", "value": "-0.2", "low": "-0.3", "high": "-0.1"}
    return Row(
        **dict.fromkeys(COLUMNS, "") | given | {"n": "9", "unit": "Hz", "flips": "size: 2 supported; task: a b"} | texts
    )


def test_every_verdict_and_kind_has_its_word():
    assert set(claims_zh.VERDICTS) == {*CLAIM_VERDICTS, NOT_TESTED}
    assert set(claims_zh.KINDS) == set(KINDS)


def test_a_claim_stands_with_its_sentence_its_verdict_and_its_numbers():
    real = Claim(id="C", article="A0", statement="s", experiment="real/q")
    claim = Claim(
        id="C",
        article="A0",
        statement="s",
        statement_zh="说法",
        quote_zh="原话",
        kind="mechanism",
        experiment="x/q",
        real=real,
    )
    entries = enter(
        [claim], [], {"C": row(question="x/q")}, {"C": row(verdict="supported", question="real/q", flips="")}
    )
    lines = list(claims_zh.chinese_lines(entries, ARTICLES))
    assert lines[:2] == ["## A0　题", ""]
    assert "**说法**" in lines
    assert "> 「原话」" in lines
    (models, networks) = (line for line in lines if line.startswith("* 裁决"))
    assert models.startswith("* 裁决（模型）：**部分支持**。测得 -0.2 Hz，95 % 区间 [-0.3, -0.1]，n = 9（gain）。")
    assert models.endswith("改变这些参数时裁决会变：size、task。")
    assert networks.startswith("* 裁决（真实训练的网络）：**支持**。测得 -0.2 Hz")
    assert lines[-2] == "* 类型：机制。对应的问题：`x/q`、`real/q`。"
