"""What the audit measures: entries with a number and a goal, each in a short and in a long form."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Count:
    """How often something was tried, and what went wrong, one sentence each."""

    tried: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, problem: str | None) -> None:
        self.tried += 1
        if problem:
            self.wrong.append(problem)

    def __str__(self) -> str:
        return f"{self.tried} tried, {len(self.wrong)} wrong"


@dataclass(frozen=True)
class Entry:
    """One promise that is tried with numbers.

    Args:
        name: of the entry.
        goal: what the long form has to reach, in words.
        measure: takes how often it tries, and returns what came out.
        short, long: how often, in the tests and in `make audit`.
        others: what other systems reach, where that is known.
    """

    name: str
    goal: str
    measure: Callable[[int], Count]
    short: int
    long: int
    others: str = ""
