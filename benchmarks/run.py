"""One run: every work by everyone, compared before it is timed; then how times grow."""

import pandas as pd

from benchmarks.entrants import agreement_of, measure, summary_of
from benchmarks.peers import WITHOUT, peers_of
from benchmarks.program import loaded_program
from benchmarks.report import machine_facts
from benchmarks.scaling import PANELS, scaling_of
from benchmarks.theory import theory_of
from benchmarks.works import WORKS

COLUMNS = {
    "times": (
        "work", "entrant", "kind", "share", "first", "seconds", "fastest", "slowest", "inside", "to_bound", "to_peer",
    ),
    "runs": ("work", "entrant", "round", "seconds"),
    "agreement": ("work", "entrant", "kind", "exact", "trials", "total", "reference", "deviation", "agrees"),
    "scaling": ("panel", "entrant", "kind", "x", "seconds"),
    "peers": ("library", "work", "state"),
    "theory": ("name", "value", "expected", "allowed", "reason"),
    "machine": ("name", "value"),
}  # fmt: skip
"""Tables and their columns. Times are in seconds, scaled to the whole work where only a share of it was run."""


def compute(p, works=tuple(WORKS), panels=tuple(PANELS), say=lambda words: None):
    """All tables of a run, as data frames."""
    rows = {name: [] for name in COLUMNS}
    with loaded_program() as (program, compiler):
        for work in works:
            say(work)
            entrants, libraries = peers_of(p, work)
            entrants = WORKS[work](p, program) + entrants
            outputs, times, inside = measure(entrants, p.rounds, pause=p.pause)
            rows["peers"] += libraries
            rows["agreement"] += agreement_of(work, entrants, outputs)
            rows["runs"] += [(work, e.name, i, t) for e in entrants for i, t in enumerate(times[e.name][1:], start=1)]
            rows["times"] += summary_of(work, entrants, times, inside, rows["agreement"])
            rows["theory"] += theory_of(p, work, outputs[entrants[0].name])
        rows["peers"] += [(library, "-", why) for library, why in WITHOUT.items()]
        for panel in panels:
            say(f"scaling: {panel}")
            rows["scaling"] += scaling_of(p, panel, program)
        rows["machine"] = machine_facts(p, compiler)
    return {name: pd.DataFrame(rows[name], columns=list(COLUMNS[name])) for name in COLUMNS}
