"""The audit: python tests/audit/reliability.py [--long] [--only WORD]; --long writes docs/reliability.md.

What is measured is kept in measured.json, entry by entry with its date, so that one entry can be measured again alone.
"""

import argparse
import datetime
import json
import os
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "mutation"))

import deaths
import numpy as np
import same_bits
import signals
import soak
import surroundings
from entries import Count, Entry

ROOT = Path(__file__).resolve().parents[2]
MEASURED, PAGE = Path(__file__).with_name("measured.json"), ROOT / "docs" / "reliability.md"
ENTRIES = (
    Entry(
        "kill -9 while circuits and recordings are saved",
        "no half file, none that nobody saved",
        deaths.saving, 20, 250, "np.savez: 196 of 200 half files",
    ),
    Entry(
        "kill -9 while `learn` writes checkpoints",
        "the weights of a run in one go",
        deaths.learning, 4, 100,
    ),
    Entry(
        "kill -9 of a run with its tasks",
        "no finished task lost, the tables of a run in one go",
        deaths.running, 0, 50, "Hydra: 10 runs in 1 folder; joblib loses a run with a worker",
    ),
    Entry(
        "SIGINT and SIGTERM from the first millisecond on",
        "exit 130 or 143 within 5 s, no traceback, a command that goes on",
        signals.interrupted, 4, 100,
    ),
    Entry(
        "workers, threads, hash seeds, order of imports",
        "one sha256 for all tables and figures",
        same_bits.tables_and_figures, 0, 18,
    ),
    Entry(
        "soak: small calls in one process",
        "2 % more memory at most; files, threads and global state as they were",
        soak.small_calls, 0, 5000,
    ),
    Entry(
        "no HOME, -O, -W error, no machine code, odd folders",
        "all short questions pass",
        surroundings.short_questions, 1, 27,
    ),
)  # fmt: skip
HELD = {
    "kill of a worker": "tests/unit/test_lab_runs.py::test_a_killed_worker_costs_its_task_alone",
    "a task that always kills its worker": (
        "tests/unit/test_lab_runs.py::test_a_task_that_kills_its_worker_is_named_and_the_others_go_on"
    ),
    "kill of a worker of dask": (
        "tests/unit/test_lab_cluster.py::test_a_cluster_gives_the_same_tables_also_when_a_worker_is_killed"
    ),
    "disk full": "tests/unit/test_lab_runs.py::test_a_full_disk_is_named_and_nothing_is_half_written",
    "a path that is a file": "tests/unit/test_lab_runs.py::test_a_folder_that_is_a_file_is_named_before_anything_runs",
    "stale claims": "tests/unit/test_lab_runs.py::test_claims_are_held_by_who_touches_them",
    "damaged results": "tests/unit/test_lab_runs.py::test_a_damaged_part_is_computed_again_and_nothing_else",
    "damaged caches": ("tests/unit/test_compiled_cache.py::test_a_damaged_cache_costs_a_compilation_and_nothing_else"),
    "bad input": "tests/audit/test_bad_input.py::test_a_slice_is_refused_clearly_or_makes_sense",
    "a state that is not finite": (
        "tests/unit/test_failures.py::test_a_state_that_explodes_is_named_and_the_others_are_kept"
    ),
    "memory that is estimated": "tests/unit/test_memory.py::test_the_estimate_is_right_within_a_factor_of_two",
    "memory that is refused": "tests/unit/test_memory.py::test_what_would_not_fit_is_refused_before_it_is_made",
    "hostile files": "tests/property/test_hostile_files.py::test_circuits_and_networks",
}
"""What has a test but no number in this page yet."""


def measured() -> dict[str, dict[str, object]]:
    return json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}


def measure(entry: Entry, times: int) -> dict[str, object]:
    """One entry, with what it took and where it was measured."""
    begun = time.monotonic()
    count: Count = entry.measure(times)
    return {
        "tried": count.tried,
        "wrong": count.wrong[:5],
        "failures": len(count.wrong),
        "seconds": round(time.monotonic() - begun),
        "date": f"{datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}",
        "where": f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.system()}, "
        + f"{os.cpu_count()} cores",
    }


def page() -> str:
    """The page: numbers beside the goals and beside what other systems reach."""
    found = measured()
    rows, faults = [], []
    for number, entry in enumerate(ENTRIES, 1):
        one = found.get(entry.name)
        cells = ("not measured", "", "")
        if one is not None:
            cells = (
                f"{one['tried']} tried, {one['failures']} wrong",
                f"{one['seconds']} s",
                f"{one['date']}, {one['where']}",
            )
            faults += [f"* {entry.name}: {text}" for text in one["wrong"]]  # type: ignore[attr-defined]
        rows.append(f"| {number} | {entry.name} | {entry.goal} | {' | '.join(cells)} | {entry.others} |")
    held = [f"| {what} | {tests} |" for what, tests in HELD.items()]
    texts = {"rows": rows, "faults": faults or ["Nothing."], "held": held, "defects": [_defects()]}
    return TEXT.format(**{name: "\n".join(lines) for name, lines in texts.items()})


def _defects() -> str:
    import kill

    outcomes, explained = kill.results(), kill.explained()
    killed = [each for each in outcomes.values() if each.outcome == "killed"]
    alive = [name for name, each in outcomes.items() if each.outcome in ("survived", "no test")]
    other = len(outcomes) - len(killed) - len(alive)
    return (
        f"Of {len(kill.everything())} single defects, planted one by one in a copy of the package (`tests/mutation`), "
        f"{len(outcomes)} have met\nthe tests nearest to them: {len(killed)} were noticed, {len(alive)} were not "
        f"({sum(name in explained for name in alive)} of these are explained, the others wait for a\n"
        f"value of their own), and {other} ended without an answer."
    )


TEXT = """# Reliability

What the package promises ([promises](promises.md)) and how often that was tried. Written by `make audit`, which anybody
can run. The ordinary tests try some of it in a short form.

| | tried | goal | found | took | when and where | elsewhere |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

## What went wrong

{faults}

## Planted defects

{defects}

## What has tests, and no number here yet

| what | tests |
| --- | --- |
{held}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="as often as the goals say, and write the page")
    parser.add_argument("--only", default="", help="entries whose name contains this")
    parser.add_argument("--page", action="store_true", help="only write the page anew from what was measured")
    options = parser.parse_args()
    wrong = 0
    for entry in () if options.page else ENTRIES:
        if options.only in entry.name and (options.long or entry.short):
            one = measure(entry, entry.long if options.long else entry.short)
            print(f"{entry.name}: {one['tried']} tried, {one['failures']} wrong, {one['seconds']} s", flush=True)
            print(*one["wrong"], sep="\n")  # type: ignore[misc]
            wrong += int(str(one["failures"]))
            if options.long:
                kept = json.dumps({**measured(), entry.name: one}, indent=1, ensure_ascii=False)
                MEASURED.write_text(kept + "\n", encoding="utf-8")
    if options.long or options.page:
        PAGE.write_text(page(), encoding="utf-8")
    sys.exit(min(wrong, 1))


if __name__ == "__main__":
    main()
