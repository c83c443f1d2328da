"""Gather the newest result of every question and the ledger of claims into one self-contained HTML page."""

import base64
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neurosim.lab.claims import of_real_networks, read_claims
from neurosim.lab.code import code_of
from neurosim.lab.findings import CLAIM_VERDICTS, FAILS, HOLDS, NOT_SUPPORTED, UNDECIDED, Finding
from neurosim.lab.question import name_of, needs_of, questions, title_of
from neurosim.lab.record import NAME, read_record
from neurosim.lab.result import Result, read_result
from neurosim.lab.storage import damage, finished, write_bytes
from neurosim.lab.tables import describe, table_files
from neurosim.params import ParameterError
from neurosim.real.table import lacking
from neurosim.report import words
from neurosim.report.ledger import NOT_TESTED, base_rate_brier, brier, enter, measurements, scored

ROWS = 12
"""Rows of a table that the page shows."""

EMBEDDED = 100_000
"""Bytes up to which a table's CSV is carried inside the page; a larger one is linked beside it."""


@dataclass(frozen=True)
class Table:
    """A table as the page shows it: its first rows, what its columns mean, and where the whole is."""

    name: str
    columns: dict[str, dict[str, str]]
    rows: list[list[str]]
    count: int
    size: str
    link: str
    inside: bool


_FIRST = ("neurons", "activations", "sparsity", "inhibition", "learning", "networks", "real")
"""Chapters that come first, in this order; any others follow by name."""


@dataclass(frozen=True)
class Chapter:
    """A chapter of the page: its questions, and what they are about."""

    name: str
    title: str
    about: str
    sections: "list[Section]"


@dataclass(frozen=True)
class Section:
    """One question on the page."""

    label: str
    result: Result
    image: str
    width: int
    height: int
    link: str
    tables: list[Table]
    checks: list[Finding]
    groups: dict[str, list[Finding]]
    claims: list[Finding]
    reports: dict[str, list[Finding]]
    real: bool
    outdated: bool
    others: int


def build_report(out: Path, experiments: Path) -> Path:
    """Write `<out>/report.html` from the newest undamaged result of each question; returns its path.

    Args:
        out: folder of all results.
        experiments: folder of the questions, with the ledger `claims.csv` if there is one.

    Raises:
        ParameterError: the ledger is not readable, or nothing was ever run.
    """
    import jinja2

    files = {name_of(path): path for path in questions(experiments)}
    sections = [section for name, path in files.items() if (section := _section(out, name, path))]
    damaged = [found for name in files for found in _damaged(out, name)]
    if not sections:
        state = f", only damaged ones ({damaged[0][0]}: {damaged[0][1]})" if damaged else " yet"
        raise ParameterError(f"{out} holds no finished result{state}; run the questions first")
    chapters = _chapters(sections, experiments)
    sections = [section for chapter in chapters for section in chapter.sections]
    shown = {section.result.name for section in sections}
    rest = {name: path for name, path in files.items() if name not in shown}
    unready = {name: reason for name, path in rest.items() if (reason := lacking(needs_of(path)))}
    waiting = [(name, title_of(path)) for name, path in rest.items() if name not in unready]
    record = read_record(experiments / NAME)
    ledger = enter(
        read_claims(experiments / "claims.csv"),
        [section.result for section in sections],
        record,
        read_record(experiments / NAME, real=True),
    )
    checks = Counter(finding.verdict for section in sections for finding in section.checks)
    verdicts = Counter(entry.verdict for entry in ledger)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neurosim.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(number=words.number, sentence=words.sentence, blocks=words.blocks)
    page = environment.get_template("page.html.jinja").render(
        css=(Path(__file__).parent / "page.css").read_text(encoding="utf-8"),
        sections=sections,
        chapters=chapters,
        short=sum(section.result.quick for section in sections),
        unsupported=[entry for entry in ledger if entry.verdict == NOT_SUPPORTED],
        waiting=waiting,
        unready=unready,
        shown=shown,
        second=Counter(entry.real.verdict for entry in ledger if entry.real),
        damaged=damaged,
        ledger=ledger,
        claims={entry.claim.id: entry.claim for entry in ledger},
        entries={entry.claim.id: entry for entry in ledger},
        recorded=bool(record),
        scored=sorted(scored(ledger), key=lambda e: (-(e.score or 0.0), e.claim.id)),
        brier=brier(ledger),
        base_rate=base_rate_brier(ledger),
        measurements=measurements(ledger),
        reached={entry.claim.id: entry.verdict for entry in ledger},
        articles=list(dict.fromkeys(entry.claim.article for entry in ledger)),
        held=checks[HOLDS],
        failed=checks[FAILS],
        undecided=checks[UNDECIDED],
        failures=[(section, f) for section in sections for f in section.checks if f.verdict == FAILS],
        verdicts={verdict: verdicts[verdict] for verdict in (*CLAIM_VERDICTS, NOT_TESTED)},
        symbols=words.SYMBOLS,
        with_unit=words.with_unit,
        interval=words.interval,
        size=words.size,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        rows_shown=ROWS,
    )
    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / "report.html", page.encode())
    return out / "report.html"


def _chapters(sections: list[Section], experiments: Path) -> list[Chapter]:
    """The sections by chapter, each chapter with the title that the docstring of its folder gives it."""
    names = {section.result.name.partition("/")[0] for section in sections}
    order = sorted(names, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    made = []
    for name in order:
        about = title_of(experiments / name / "__init__.py") if (experiments / name / "__init__.py").is_file() else ""
        title, _, rest = about.rstrip(".").partition(": ")
        own = [section for section in sections if section.result.name.partition("/")[0] == name]
        own.sort(key=lambda section: section.result.name)
        made.append(Chapter(name, title if rest else name.capitalize(), rest, own))
    return made


def _damaged(out: Path, name: str) -> list[tuple[str, str]]:
    """Result folders that are not shown because something in them is not what was written, and why."""
    folders = [folder for folder in finished(out / name) if not folder.name.startswith("sweep-")]
    return [(folder.relative_to(out).as_posix(), fault) for folder in folders if (fault := damage(folder))]


def _section(out: Path, name: str, path: Path) -> Section | None:
    folders = [f for f in finished(out / name) if not f.name.startswith("sweep-") and not damage(f)]
    if not folders:
        return None
    code = code_of(path)
    results = [read_result(folder, verify=False) for folder in folders]
    # A full run of the code of now is not hidden by a short one that came later.
    full = [result for result in results if not result.quick and result.run["code"] == code]
    result = (full or results)[-1]
    link = result.folder.relative_to(out).as_posix()
    checks, reports = (_grouped(result.findings, kind) for kind in ("check", "report"))
    picture = result.figure.read_bytes()
    width, height = words.shown_size(picture)
    return Section(
        label=words.label(path.stem),
        result=result,
        image=base64.b64encode(picture).decode(),
        width=width,
        height=height,
        link=link,
        tables=[_table(csv_path, link) for csv_path in table_files(result.folder)],
        checks=[finding for group in checks.values() for finding in group],
        groups=checks,
        claims=[finding for finding in result.findings if finding.kind == "claim"],
        reports=reports,
        real=of_real_networks(name),
        outdated=result.run["code"] != code,
        others=len(folders) - 1,
    )


def _grouped(findings: Sequence[Finding], kind: str) -> dict[str, list[Finding]]:
    """Findings of one kind by what stands before the slash of their id (the others first), failed checks on top."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.kind == kind:
            group, slash, _ = finding.id.partition("/")
            groups.setdefault(group if slash else "", []).append(finding)
    ordered = sorted(groups, key=bool)
    return {name: sorted(groups[name], key=lambda finding: finding.verdict != FAILS) for name in ordered}


def _table(path: Path, link: str) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        rows: list[list[str]] = []
        count = 0
        for row in reader:
            count += 1
            if len(rows) < ROWS:
                rows.append(row)
    columns = describe(path.parent, path.stem)
    content = path.read_bytes()
    inside = len(content) <= EMBEDDED
    return Table(
        name=path.stem,
        columns={name: columns[name] for name in header},
        rows=[_cells(row, [columns[name]["type"] for name in header]) for row in rows],
        count=count,
        size=words.size(len(content)),
        link=f"data:text/csv;base64,{base64.b64encode(content).decode()}" if inside else f"{link}/{path.name}",
        inside=inside,
    )


def _cells(row: Sequence[str], kinds: Sequence[str]) -> list[str]:
    cells: list[Any] = [
        float(cell) if kind == "float" and cell else cell for cell, kind in zip(row, kinds, strict=True)
    ]
    return [words.number(cell, 5) for cell in cells]
