"""How long a run will go on, from what its finished jobs took."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean, median

from neurosim.lab.workers import Job

_ENOUGH = 3
"""Jobs that have to be finished before anything is said."""


class Remaining:
    """What is left of a run, in seconds.

    A job is expected to take what the finished ones of its question took on average; one of a question of which
    nothing is finished yet, what lies half way between mean and median of the questions that are (one dear question
    must not speak for all). Figures, which come last, are expected to take what the figures so far took, or a second.
    The sum is shared by the workers.

    Args:
        jobs: all jobs of the run.
        workers: how many are done at once.
    """

    def __init__(self, jobs: Sequence[Job], workers: int) -> None:
        self.workers = max(1, workers)
        self.left: dict[tuple[str, str], int] = defaultdict(int)
        self.took: dict[tuple[str, str], list[float]] = defaultdict(list)
        for job in jobs:
            self.left[_kind(job)] += 1

    def ended(self, job: Job, seconds: float) -> None:
        """A job came to its end after so long."""
        self.left[_kind(job)] -= 1
        self.took[_kind(job)].append(seconds)

    def seconds(self) -> float | None:
        """Seconds to go; None as long as too little is known."""
        if sum(map(len, self.took.values())) < _ENOUGH:
            return None
        means = {kind: fmean(values) for kind, values in self.took.items()}
        usual = {}
        for what in ("task", "conclude"):
            known = [mean for (kind, _), mean in means.items() if kind == what]
            usual[what] = (fmean(known) + median(known)) / 2 if known else 1.0
        expected = sum(count * means.get(kind, usual[kind[0]]) for kind, count in self.left.items())
        return expected / self.workers


def in_words(seconds: float | None) -> str:
    """Such as ", 4 min left"; nothing where it is not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f", {max(1, round(seconds))} s left"
    return f", {round(seconds / 60)} min left" if seconds < 5400 else f", {seconds / 3600:.1f} h left"


def _kind(job: Job) -> tuple[str, str]:
    return str(job.what.get("kind", "task")), str(job.what.get("path", ""))
