"""A finished result folder, read back: tables, findings, caption, figure and provenance."""

import base64
import json
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from neurosim.lab.findings import Finding, one_line, tally
from neurosim.lab.storage import damage
from neurosim.lab.tables import load_tables
from neurosim.params import ParameterError


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one run found; everything here was read from its folder.

    Args:
        folder: the result folder.
        parameters: value, unit and meaning of each parameter.
        quick: whether the parameters started from the quick run's.
        findings: checks, claims and reports.
        caption: text under the figure.
        run: the provenance (run.json).
        reused: whether the folder was finished before it was asked for.
    """

    folder: Path
    parameters: dict[str, dict[str, Any]]
    quick: bool
    findings: list[Finding]
    caption: str
    run: dict[str, Any]
    reused: bool = False
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:
        """Chapter and name of the question."""
        return str(self.run["experiment"])

    @property
    def figure(self) -> Path:
        """The figure as PNG; PDF and SVG lie beside it."""
        return self.folder / "figure.png"

    @property
    def tables(self) -> dict[str, Any]:
        """The tables, read when first asked for."""
        if not self._cache:
            self._cache.update(load_tables(self.folder))
        return self._cache

    @property
    def failed(self) -> int:
        """How many checks fail."""
        return tally(self.findings)[1]

    @property
    def outcome(self) -> str:
        """The result in one line: its answer, then checks and claims."""
        sentences = (self.run.get("summary", ""), one_line(self.findings))
        return " ".join(f"{sentence.strip().rstrip('.')}." for sentence in sentences if sentence.strip())

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}\n{self.folder}"

    def _repr_html_(self) -> str:
        image = base64.b64encode(self.figure.read_bytes()).decode()
        rows = "".join(
            f"<tr><td>{escape(f.id)}</td><td>{escape(f.statement)}</td><td>{escape(_short(f.value))}</td>"
            f"<td>{escape(_short(f.expected))}</td><td>{escape(f.verdict)}</td></tr>"
            for f in self.findings
        )
        return (
            f"<h3>{escape(self.run['title'])}</h3><p>{escape(self.outcome)}</p>"
            f'<img alt="{escape(self.caption, quote=True)}" src="data:image/png;base64,{image}" style="max-width:100%">'
            f"<p>{escape(self.caption)}</p><table><tr><th>id</th><th>statement</th><th>value</th><th>expected</th>"
            f"<th>verdict</th></tr>{rows}</table><p><code>{escape(str(self.folder))}</code></p>"
        )


def read_result(folder: Path, *, reused: bool = False, verify: bool = True) -> Result:
    """Read a result folder.

    Raises:
        ParameterError: it is no finished result, or a file was changed after it was written.
    """
    if verify and (fault := damage(folder)):
        raise ParameterError(f"{folder} is no finished result: {fault}")

    def read(name: str) -> Any:
        return json.loads((folder / name).read_text(encoding="utf-8"))

    record = read("parameters.json")
    return Result(
        folder=folder,
        parameters=record["parameters"],
        quick=record["quick"],
        findings=[Finding(**values) for values in read("findings.json")],
        caption=(folder / "caption.txt").read_text(encoding="utf-8").strip(),
        run=read("run.json"),
        reused=reused,
    )


def _short(value: float | str | None) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
