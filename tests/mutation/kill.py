"""Plant one defect after the other and see whether a test notices: python tests/mutation/kill.py [--minutes 30]

It goes on where it stopped: a defect with a line in results.csv is not tried again, unless --again says so. Every
defect meets the tests nearest to it (nearest.py), which were passed without it. What comes out:

killed    a test failed, and which
survived  all of them passed
no end    they took far longer than without the defect
no test   nothing that was measured calls the function
gone      the line is not in the file any more

Survivors are accounted for in explained.csv: why no value can tell, or what cannot be had.
"""

import argparse
import csv
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import nearest
from defects import HERE, Defect, everything, planted
from workshop import LIGHT, Workshop

RESULTS, EXPLAINED = HERE / "results.csv", HERE / "explained.csv"
QUICK = 1.2
"""Seconds of a test that the slice may run."""
LIMIT = 40.0
"""Seconds for the nearest tests of a defect."""


@dataclass(frozen=True)
class Outcome:
    """What became of one defect: the test that noticed it, and the first line of what that test said."""

    name: str
    outcome: str
    seconds: float
    test: str = ""
    how: str = ""


def results() -> dict[str, Outcome]:
    if not RESULTS.exists():
        return {}
    with RESULTS.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {row["name"]: Outcome(**row | {"seconds": float(row["seconds"])}) for row in rows}  # type: ignore[arg-type]


def explained() -> dict[str, str]:
    """Why a survivor is none: its name and the arithmetic."""
    with EXPLAINED.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["why"] for row in csv.DictReader(file)}


def write(found: dict[str, Outcome]) -> None:
    order = [each.name for each in everything()]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, Outcome.__dataclass_fields__, lineterminator="\n")
        rows.writeheader()
        rows.writerows(asdict(found[name]) for name in order if name in found)


def attempt(shop: Workshop, defect: Defect, tests: list[str], limit: float = LIMIT) -> Outcome:
    """Plant one defect and run the tests."""
    if planted(defect) is None:
        return Outcome(defect.name, "gone", 0.0)
    if not tests:
        return Outcome(defect.name, "no test", 0.0)
    with shop.holding(defect):
        answer = shop.test(tests, limit, interpreted="machine_code" in defect.file)
    test, how = str(answer["test"]), str(answer["how"])
    outcome = "no end" if how.startswith("no end") else "killed" if test else "survived"
    if outcome == "survived" and not answer["passed"]:
        outcome = "no test"
    return Outcome(defect.name, outcome, float(answer["seconds"]), test, how)  # type: ignore[arg-type]


def slice_of(found: dict[str, Outcome], count: int) -> list[tuple[Defect, Outcome]]:
    """Some that a quick test has killed, spread over the folders; the same ones as long as list and record are."""
    quick = {name: each for name, each in found.items() if each.outcome == "killed" and each.seconds < QUICK}
    folders: dict[str, list[Defect]] = {}
    for defect in sorted(everything(), key=lambda each: each.name):
        if defect.name in quick and planted(defect) is not None:
            folders.setdefault(defect.file.rpartition("/")[0], []).append(defect)
    longest = max(map(len, folders.values()), default=0)
    in_turn = [group[k] for k in range(longest) for _, group in sorted(folders.items()) if k < len(group)]
    return [(defect, quick[defect.name]) for defect in in_turn[:count]]


def try_slice(count: int) -> int:
    """Plant some and run the one test that has killed each; the number that survive."""
    chosen, shop = slice_of(results(), count), Workshop(LIGHT)
    try:
        tried = [attempt(shop, defect, [before.test], LIMIT) for defect, before in chosen]
    finally:
        shop.close()
    alive = [str(defect) for (defect, _), now in zip(chosen, tried, strict=True) if now.outcome != "killed"]
    print(f"{len(tried) - len(alive)} of {len(tried)} killed", *alive, sep="\n")
    return len(alive) + (not tried)


def by_file(tests: list[str], first: str = "") -> list[str]:
    """A test that killed it before comes first; the tests of a file stand together."""
    files = list(dict.fromkeys(test.partition("::")[0] for test in [first, *tests] if test))
    ordered = sorted(tests, key=lambda test: files.index(test.partition("::")[0]))
    return list(dict.fromkeys([*([first] if "::" in first else []), *ordered]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=600.0)
    parser.add_argument("--only", default="", help="defects whose description contains this")
    parser.add_argument("--again", default="", help="outcomes that are tried again, such as survived,gone")
    parser.add_argument("--wide", type=int, default=0, help="this many measured tests in place of the recorded ones")
    parser.add_argument("--tests", nargs="*", help="these tests in place of the nearest")
    parser.add_argument("--slice", type=int, default=0, help="only the tests that have killed this many before")
    options = parser.parse_args()
    if options.slice:
        sys.exit(try_slice(options.slice))
    table, found = nearest.measured() if options.wide else nearest.table(), results()
    again = set(options.again.split(",")) - {""}
    waiting = [
        each
        for each in everything()
        if options.only in str(each) and (each.name not in found or found[each.name].outcome in again)
    ]
    until, shop = time.monotonic() + 60 * options.minutes, Workshop()
    try:
        for defect in sorted(waiting, key=lambda each: each.name in found):  # those that nobody has tried come first
            if time.monotonic() > until:
                break
            before = found.get(defect.name)
            tests = options.tests or by_file(nearest.of_defect(defect, table)[: options.wide or nearest.KEPT])
            outcome = attempt(shop, defect, tests, LIMIT * (3 if options.wide else 1))
            found[defect.name] = outcome
            write(found)
            if outcome.outcome != "killed" or before is not None:
                print(outcome.outcome, outcome.seconds, defect, outcome.test, flush=True)
    finally:
        shop.close()
    print(Counter(each.outcome for each in found.values()))


if __name__ == "__main__":
    main()
