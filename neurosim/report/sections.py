"""A question as the page shows it, from its newest result."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim.lab.code import code_of
from neurosim.lab.figures import newest, undamaged
from neurosim.lab.findings import FAILS, Finding
from neurosim.lab.question_files import title_of
from neurosim.lab.result import Result
from neurosim.lab.storage import damage, finished
from neurosim.lab.tables import describe, table_files
from neurosim.report import words
from neurosim.report.pictures import Picture, packed, picture

ROWS = 8
"""Rows of a table that the page shows."""

EMBEDDED = 60_000
"""Bytes up to which a table's CSV is carried inside the page; a larger one is linked beside it."""

_FIRST = ("neurons", "activations", "sparsity", "inhibition", "learning", "networks", "real")
"""Chapters that come first, in this order; any others follow by name."""


@dataclass(frozen=True)
class Table:
    """A table as the page shows it: its first rows, what its columns mean, and where the whole is."""

    name: str
    columns: dict[str, dict[str, str]]
    rows: list[list[str]]
    count: int
    size: str
    link: str
    inside: str


@dataclass(frozen=True)
class Section:
    """One question on the page."""

    label: str
    result: Result
    picture: Picture
    link: str
    tables: list[Table]
    checks: list[Finding]
    claims: list[Finding]
    reports: list[Finding]
    outdated: bool
    others: int

    @property
    def chapter(self) -> str:
        """The folder of the question."""
        return self.result.name.partition("/")[0]


@dataclass(frozen=True)
class Chapter:
    """A chapter of the page: its questions, and what they are about."""

    name: str
    title: str
    about: str
    sections: list[Section]


def chapters_of(sections: Sequence[Section], experiments: Path) -> list[Chapter]:
    """The sections by chapter, each chapter with the title that the docstring of its folder gives it."""
    names = {section.chapter for section in sections}
    made = []
    for name in sorted(names, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)):
        about = title_of(experiments / name / "__init__.py") if (experiments / name / "__init__.py").is_file() else ""
        title, _, rest = about.rstrip(".").partition(": ")
        own = sorted((section for section in sections if section.chapter == name), key=lambda each: each.result.name)
        made.append(Chapter(name, title if rest else name.capitalize(), rest, own))
    return made


def damaged(out: Path, names: Iterable[str]) -> list[tuple[str, str]]:
    """Result folders that are not shown because something in them is not what was written, and why."""
    found = []
    for name in names:
        folders = [folder for folder in finished(out / name) if not folder.name.startswith("sweep-")]
        found += [(each.relative_to(out).as_posix(), fault) for each in folders if (fault := damage(each))]
    return found


def section(out: Path, name: str, path: Path) -> Section | None:
    """The newest undamaged result of a question, or None; a full run of the code of now goes before short ones."""
    folders = undamaged(out / name)
    if not folders:
        return None
    code, result = code_of(path), newest(folders, path)
    link = result.folder.relative_to(out).as_posix()
    return Section(
        label=words.label(path.stem),
        result=result,
        picture=picture(result.folder, result.run.get("panels", [])),
        link=link,
        tables=[_table(csv_path, link) for csv_path in table_files(result.folder)],
        checks=_sorted(result.findings, "check"),
        claims=_sorted(result.findings, "claim"),
        reports=_sorted(result.findings, "report"),
        outdated=result.run["code"] != code,
        others=len(folders) - 1,
    )


def _sorted(findings: Sequence[Finding], kind: str) -> list[Finding]:
    """Findings of one kind, failed checks on top."""
    return sorted((finding for finding in findings if finding.kind == kind), key=lambda each: each.verdict != FAILS)


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
    return Table(
        name=path.stem,
        columns={name: columns[name] for name in header},
        rows=[_cells(row, [columns[name]["type"] for name in header]) for row in rows],
        count=count,
        size=words.size(len(content)),
        link=f"{link}/{path.name}",
        inside=packed(content) if len(content) <= EMBEDDED else "",
    )


def _cells(row: Sequence[str], kinds: Sequence[str]) -> list[str]:
    cells: list[Any] = [
        float(cell) if kind == "float" and cell else cell for cell, kind in zip(row, kinds, strict=True)
    ]
    return [words.number(cell, 5) for cell in cells]
