"""Gather the newest result of every question and the ledger of claims into one self-contained HTML page."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neurosim.lab.claims import OUTCOMES, read_claims
from neurosim.lab.findings import CLAIM_VERDICTS, FAILS, HOLDS, NOT_SUPPORTED, UNDECIDED
from neurosim.lab.question import needs_of
from neurosim.lab.question_files import name_of, questions, title_of
from neurosim.lab.record import NAME, read_record
from neurosim.lab.storage import write_bytes
from neurosim.params import ParameterError
from neurosim.real.table import lacking
from neurosim.registry import unknown_name
from neurosim.report import live, words
from neurosim.report.cards import card, matrix
from neurosim.report.ledger import NOT_TESTED, base_rate_brier, brier, enter, measurements, scored
from neurosim.report.sections import ROWS, Section, chapters_of, damaged, section

FIRST = "first.txt"
"""File beside the questions with the names of those whose answers the page begins with, one a line."""


def build_report(out: Path, experiments: Path) -> Path:
    """Write `<out>/report.html` from the newest undamaged result of each question; returns its path.

    Args:
        out: folder of all results.
        experiments: folder of the questions, with the ledger `claims.csv` if there is one.

    Raises:
        ParameterError: the ledger or the record is not readable, or nothing was ever run.
        UnknownNameError: the page is to begin with a question that does not exist.
    """
    files = {name_of(path): path for path in questions(experiments)}
    with ThreadPoolExecutor() as pool:  # most of the time goes into making figures small, which threads share
        made = list(pool.map(lambda name: section(out, name, files[name]), files))
    found = [each for each in made if each is not None]
    faults = damaged(out, files)
    if not found:
        state = f", only damaged ones ({faults[0][0]}: {faults[0][1]})" if faults else " yet"
        raise ParameterError(f"{out} holds no finished result{state}; run the questions first")
    chapters = chapters_of(found, experiments)
    sections = {each.result.name: each for chapter in chapters for each in chapter.sections}
    rest = {name: path for name, path in files.items() if name not in sections}
    unready = {name: reason for name, path in rest.items() if (reason := lacking(needs_of(path)))}
    records = (read_record(experiments / NAME, real=real) for real in (False, True))
    ledger = enter(read_claims(experiments / "claims.csv"), [each.result for each in sections.values()], *records)
    cards = [card(entry) for entry in ledger]
    checks = Counter(finding.verdict for each in sections.values() for finding in each.checks)
    verdicts = Counter(entry.verdict for entry in ledger)
    page = _template().render(
        **{name: (Path(__file__).parent / f"page.{name}").read_text(encoding="utf-8") for name in ("css", "js")},
        # In the order of the page; those whose question it does not show come last.
        panels=sorted(live.panels(), key=lambda panel: [*sections, panel.beside].index(panel.beside)),
        live=live.script(),
        sections=list(sections.values()),
        chapters=chapters,
        first=_first(experiments / FIRST, sections, files),
        short=sum(each.result.quick for each in sections.values()),
        unsupported=[entry for entry in ledger if entry.verdict == NOT_SUPPORTED],
        waiting=[(name, title_of(path)) for name, path in rest.items() if name not in unready],
        unready=unready,
        shown=set(sections),
        second=Counter(entry.real.verdict for entry in ledger if entry.real),
        damaged=faults,
        cards=cards,
        matrix=matrix(cards),
        entries={entry.claim.id: entry for entry in ledger},
        decided=sum(verdicts[word] for word in OUTCOMES),
        leaning=[entry for entry in ledger if entry.recorded and entry.here and entry.short],
        scored=sorted(scored(ledger), key=lambda e: (-(e.score or 0.0), e.claim.id)),
        brier=brier(ledger),
        base_rate=base_rate_brier(ledger),
        measurements=measurements(ledger),
        articles=list(dict.fromkeys(entry.claim.article for entry in ledger)),
        held=checks[HOLDS],
        failed=checks[FAILS],
        undecided=checks[UNDECIDED],
        failures=[(each, f) for each in sections.values() for f in each.checks if f.verdict == FAILS],
        verdicts={verdict: verdicts[verdict] for verdict in (*CLAIM_VERDICTS, NOT_TESTED)},
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        rows_shown=ROWS,
    )
    out.mkdir(parents=True, exist_ok=True)
    write_bytes(out / "report.html", page.encode())
    return out / "report.html"


def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neurosim.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(number=words.number, sentence=words.sentence, blocks=words.blocks)
    environment.globals.update(
        symbols=words.SYMBOLS, with_unit=words.with_unit, interval=words.interval, size=words.size
    )
    return environment.get_template("page.html.jinja")


def _first(path: Path, sections: dict[str, Section], known: Mapping[str, Path]) -> list[Section]:
    """The questions that the page begins with: those of the file that were run; without one, one of each chapter."""
    if path.is_file():
        names = path.read_text(encoding="utf-8").split()
        for name in names:
            if name not in known:
                raise unknown_name(f"question ({path})", name, known)
    else:
        names = list({each.chapter: name for name, each in reversed(sections.items())}.values())[::-1]
    return [sections[name] for name in names if name in sections]
