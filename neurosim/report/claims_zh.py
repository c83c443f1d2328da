"""The ledger of claims in Chinese: original sentence, plain statement, verdict with value and interval, question."""

from collections.abc import Iterable, Mapping, Sequence

from neurosim.lab.claims import Claim
from neurosim.lab.findings import DEFINITION, NOT_SUPPORTED, NOT_TESTABLE, PARTLY, SUPPORTED, UNDECIDED
from neurosim.lab.record import Row
from neurosim.report.ledger import NOT_TESTED, Entry

VERDICTS = {
    SUPPORTED: "支持",
    PARTLY: "部分支持",
    NOT_SUPPORTED: "不支持",
    UNDECIDED: "未决",
    DEFINITION: "定义",
    NOT_TESTABLE: "此处无法检验",
    NOT_TESTED: "尚未检验",
}
"""The word of each verdict."""

MEANINGS = (
    (SUPPORTED, "所有必要条件都成立，区间也足以判定。"),
    (PARTLY, "必要条件成立，但附带部分不成立；或者在我们自选参数的合理范围内，裁决会改变。"),
    (NOT_SUPPORTED, "有一个必要条件被否定。"),
    (UNDECIDED, "区间太宽，判定不了。"),
    (DEFINITION, "按定义或构造就成立（或不成立），不计入统计。"),
    (NOT_TESTABLE, "本项目没有能检验它的手段。"),
)

KINDS = {
    "mechanism": "机制", "comparison": "比较", "existence": "存在（“可能”）", "universal": "全称", DEFINITION: "定义",
    "history": "历史", "practice": "做法",
}  # fmt: skip
"""The word of each kind of claim."""


def chinese_lines(entries: Sequence[Entry], articles: Sequence[Mapping[str, str]]) -> Iterable[str]:
    """Every claim below the heading of its article."""
    for article in articles:
        yield from (f"## {article['article']}　{article['title_zh'] or '标题不详'}", "")
        source = [article[name] for name in ("source", "date") if article[name]]
        yield from (f"来源：{'；'.join(source)}。" if source else "来源不详。", "")
        for entry in entries:
            if entry.claim.article == article["article"]:
                yield from _claim(entry)


def _claim(entry: Entry) -> Iterable[str]:
    claim = entry.claim
    yield from (f"### {claim.id}", "", f"**{claim.statement_zh or claim.statement}**", "")
    if claim.quote_zh:
        yield from (*(f"> {line}" for line in f"「{claim.quote_zh}」".splitlines()), "")
    models = entry.real is None or claim.testable
    if models:
        yield _verdict(entry, "模型" if entry.real is not None else "")
    if entry.real is not None:
        yield _verdict(entry.real, "真实训练的网络")
    yield f"* 类型：{KINDS[claim.kind]}。{_question(claim)}"
    yield ""


def _verdict(entry: Entry, place: str) -> str:
    row = entry.recorded
    where = f"（{place}）" if place else "（仅在模型中）" if row is not None and row.in_the_model else ""
    return f"* 裁决{where}：**{VERDICTS[entry.verdict]}**。{_measured(row) if row is not None else ''}"


def _measured(row: Row) -> str:
    if not row.value or row.verdict not in (SUPPORTED, PARTLY, NOT_SUPPORTED, UNDECIDED):
        return ""
    unit = "" if row.unit in ("", "1") else f" {row.unit}"
    reach = f"，95 % 区间 [{row.low}, {row.high}]" if row.low else ""
    count = f"，n = {row.n}" if row.n else ""
    named = "、".join(part.partition(":")[0] for part in row.flips.split("; "))
    flips = f"改变这些参数时裁决会变：{named}。" if row.flips else ""
    return f"测得 {row.value}{unit}{reach}{count}（{row.quantity}）。{flips}"


def _question(claim: Claim) -> str:
    names = [each.experiment for each in (claim, claim.real) if each is not None and each.experiment]
    return f"对应的问题：{'、'.join(f'`{name}`' for name in names)}。" if names else ""
