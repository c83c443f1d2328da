"""Which tests are nearest to a function: python tests/mutation/nearest.py --measure (long; goes on where it stopped)

Measured test by test with what each calls. Nearest are those that take the least time, and among these those that call
the fewest functions. The table nearest.json keeps eight for each function that has a defect, and this file makes it.
Tests of frozen tables and of texts are left out: a defect is to be killed by a value.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from defects import HERE, ROOT, Defect, everything

TABLE = HERE / "nearest.json"
MEASURED = Path.home() / ".cache" / "neurosim-planted" / "reach"
ORDER = ("tests/unit", "tests/analytic", "tests/property", "tests/conformance")
LEFT_OUT = (
    "browser",
    "test_live_panels",
    "test_real_",
    "test_report",
    "test_cython",
    "test_newcomers",
    "test_question_",
    "test_lab_cluster",
)
KEPT = 8


def measure(minutes: float) -> None:
    """Run every test file once in the workshop, and note what its tests call."""
    import time

    from reach import Reach
    from workshop import Workshop

    MEASURED.mkdir(parents=True, exist_ok=True)
    until, shop = time.monotonic() + 60 * minutes, Workshop()
    files = [path.relative_to(ROOT) for folder in ORDER for path in sorted((ROOT / folder).glob("test_*.py"))]
    try:
        for path in files:
            into = MEASURED / f"{path.parent.name}.{path.stem}.jsonl"
            if into.exists() or any(word in path.name for word in LEFT_OUT):
                continue
            if time.monotonic() > until:
                break
            partial = into.with_suffix(".partial")
            partial.write_text("")
            interpreted = "compiled" in path.name or "interpreted" in path.name
            answer = shop.test([str(path)], 60.0, plugin=Reach(shop.folder, partial), interpreted=interpreted)
            partial.rename(into)
            print(path, answer["seconds"], answer["how"], flush=True)
    finally:
        shop.close()


def measured() -> dict[str, list[str]]:
    """Every function's tests, nearest first: in turn the nearest of every test file that calls it.

    Nearest is what calls the fewest functions, since it looks at this one, and among alike the quickest.
    """
    found: dict[str, dict[str, list[tuple[float, float, str]]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(MEASURED.glob("*.*l*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            test, seconds, called = json.loads(line)
            for function in called:
                near = len(called) * (1.0 + seconds), seconds, test
                found[function.partition(".<locals>.<")[0]][test.partition("::")[0]].append(near)
    return {function: _in_turn([sorted(tests) for tests in files.values()]) for function, files in found.items()}


def _in_turn(files: list[list[tuple[float, float, str]]]) -> list[str]:
    files = sorted(files)
    longest = max(map(len, files))
    return [tests[k][2] for k in range(longest) for tests in files if k < len(tests)]


def of_defect(defect: Defect, table: dict[str, list[str]]) -> list[str]:
    """The tests that call the defect's function; of a class or a module those that call anything in it."""
    if tests := table.get(f"{defect.file}::{defect.function}"):
        return tests
    inside = f"{defect.file}::{defect.function}" + ("." if defect.function else "")
    return list(dict.fromkeys(test for name, tests in table.items() if name.startswith(inside) for test in tests))


def table() -> dict[str, list[str]]:
    """The recorded nearest tests of every function that has a defect."""
    if not TABLE.exists():
        return {}
    recorded = json.loads(TABLE.read_text(encoding="utf-8"))
    return {
        function: [f"{file}::{test}" for file, tests in files.items() for test in tests]
        for function, files in recorded.items()
    }


def record(nearest: dict[str, list[str]]) -> None:
    """Write the table: function, test file, tests."""
    grouped: dict[str, dict[str, list[str]]] = {}
    for function, tests in sorted(nearest.items()):
        grouped[function] = files = {}
        for test in tests:
            file, _, name = test.partition("::")
            files.setdefault(file, []).append(name)
    lines = (f"{json.dumps(name)}: {json.dumps(files, ensure_ascii=False)}" for name, files in grouped.items())
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--minutes", type=float, default=90.0)
    options = parser.parse_args()
    if options.measure:
        measure(options.minutes)
    every = measured()
    # Of each file at least one, so that a whole file's slip does not hide a function's nearest tests.
    kept = {f"{each.file}::{each.function}": of_defect(each, every)[:KEPT] for each in everything()}
    record(kept)
    print(f"{len(kept)} functions, {sum(not tests for tests in kept.values())} that no measured test calls")


if __name__ == "__main__":
    main()
