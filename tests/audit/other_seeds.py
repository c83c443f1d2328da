"""Does a verdict of the record hold with other first seeds? Full runs, so this takes the record's time for each.

python tests/audit/other_seeds.py [QUESTION ...] [--first 1000 2000 ...] [--out results] [--jobs 2]
"""

import argparse
from pathlib import Path

from neurosim.lab.findings import DEFINITION, NOT_TESTABLE
from neurosim.lab.question import ask
from neurosim.lab.question_files import name_of, questions
from neurosim.lab.record import NAME, read_record
from neurosim.lab.result import Result
from neurosim.lab.runs import Request, run_all
from neurosim.lab.telling import say

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


def main() -> None:
    """Run, compare, and print a line for every verdict that is another one."""
    reader = argparse.ArgumentParser()
    reader.add_argument("names", nargs="*", metavar="QUESTION")
    reader.add_argument("--first", type=int, nargs="+", default=[1000 * k for k in range(1, 11)])
    reader.add_argument("--out", type=Path, default=Path("results"))
    reader.add_argument("--jobs", type=int, default=0)
    given = reader.parse_args()
    record = {id: row.verdict for id, row in read_record(EXPERIMENTS / NAME).items()}
    deciding = {row.question for row in read_record(EXPERIMENTS / NAME).values()}
    asked = [ask(path) for path in questions(EXPERIMENTS) if name_of(path) in (given.names or deciding)]
    asked = [question for question in asked if question.random]
    compared, others = 0, []
    for first in given.first:
        requests = [Request(question=q, parameters=q.settings(), first=first, quick=False) for q in asked]
        for result in run_all(requests, given.out, jobs=given.jobs, told=say):
            if not isinstance(result, Result):
                others.append(f"first seed {first}: {result}")
                continue
            for finding in result.findings:
                if finding.kind == "claim" and finding.verdict not in (DEFINITION, NOT_TESTABLE):
                    compared += 1
                    if finding.verdict != record.get(finding.id):
                        others.append(
                            f"{finding.id} ({result.name}): {record.get(finding.id)} in the record, {finding.verdict} "
                            f"with first seed {first}"
                        )
    print("\n".join([*others, f"{len(others)} of {compared} verdicts are others, over {len(given.first)} first seeds"]))


if __name__ == "__main__":
    main()
