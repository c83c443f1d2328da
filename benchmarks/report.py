"""What a run says: what does not agree, the table of times, and what the machine was."""

import math

from benchmarks.engines import most_threads
from benchmarks.entrants import ENGINE, PEER


def machine_facts(p, compiler):
    import platform

    from neurosim.lab.provenance import machine, version_of

    known = {key: str(value) for key, value in machine().items()}
    packages = {name: version_of(name) or "-" for name in ("numpy", "scipy", "numba", "brian2")}
    return list({
        **known, "threads": str(most_threads()), "compiler": compiler, "python": platform.python_version(), **packages,
        "Brian2 code": "compiled" if p.compile_peers else "NumPy",
    }.items())  # fmt: skip


def fastest(rows):
    return None if rows.empty else rows.loc[rows.seconds.idxmin()]


def rival(times, work, word):
    if word == "C":
        return "C"
    rows = times[(times.work == work) & (times.kind == PEER)]
    return str(fastest(rows[rows.to_peer >= 1.0 - 1e-12]).entrant)


def ratios(tables):
    words = []
    times = tables["times"]
    for work in times.work.unique():
        row = fastest(times[(times.work == work) & (times.kind == ENGINE)])
        if row is None:
            continue
        parts = [] if math.isnan(row.to_bound) else [f"{row.to_bound:.2f} x C"]
        parts += [] if math.isnan(row.to_peer) else [f"{row.to_peer:.2f} x {rival(times, work, 'library')}"]
        words.append(f"{work} {1e3 * row.seconds:.0f} ms ({', '.join(parts)})")
    return words


def problems(tables):
    """What is wrong: one sentence for each entrant and each count that does not agree."""
    found = []
    for row in tables["agreement"].itertuples():
        if row.exact and not row.agrees:
            found.append(f"{row.work}: {row.entrant} differs from the others by up to {row.deviation:g} per unit")
    for row in tables["theory"].itertuples():
        if not abs(row.value - row.expected) <= row.allowed:
            found.append(f"{row.name}: got {row.value:g}, expected {row.expected:g} +- {row.allowed:g} ({row.reason})")
    return found


def as_text(tables):
    """The table of times in Markdown, then the libraries, then the machine."""
    spikes = tables["agreement"].set_index(["work", "entrant"])
    lines = [
        "| work | who | median | over C | spikes (W5: mean rate) | agrees |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in tables["times"].sort_values(["work", "seconds"]).itertuples():
        same = spikes.loc[(row.work, row.entrant)]
        ratio = "-" if math.isnan(row.to_bound) else f"{row.to_bound:.2f}"
        word = "every spike" if same.deviation == 0 else f"within {same.deviation:.2g}" if same.agrees else "no (below)"
        lines.append(
            f"| {row.work} | {row.entrant} | {1e3 * row.seconds:.1f} ms | {ratio} | {same.total:,.6g} | {word} |"
        )
    lines += ["", "| library | work | state |", "| --- | --- | --- |"]
    lines += [f"| {row.library} | {row.work} | {row.state} |" for row in tables["peers"].itertuples()]
    lines += ["", *(f"{row.name}: {row.value}" for row in tables["machine"].itertuples())]
    return "\n".join(lines)
