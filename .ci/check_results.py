"""Fail unless the report and every question's findings are there and every check holds."""

import json
import sys
from pathlib import Path

from neurosim.lab.question import needs_of
from neurosim.real import lacking

results = Path(sys.argv[1])
problems = []
held = 0
report = results / "report.html"
if not report.is_file() or report.stat().st_size < 10_000:
    problems.append(f"{report} is missing or empty")
for source in sorted(Path("experiments").glob("*/[!_]*.py")):
    found = sorted(results.glob(f"{source.parent.name}/{source.stem}/*/findings.json"))
    if not found and (reason := lacking(needs_of(source))):
        print(f"{source}: left out, since it needs {reason}")
    elif not found:
        problems.append(f"{source}: no findings.json")
    for path in found:
        checks = [finding for finding in json.loads(path.read_text()) if finding["kind"] == "check"]
        held += sum(check["verdict"] == "holds" for check in checks)
        problems += [f"{path}: {check['id']} fails" for check in checks if check["verdict"] == "fails"]
for problem in problems:
    print(problem, file=sys.stderr)
print(f"{held} passed, {len(problems)} failed")
sys.exit(bool(problems))
